"""Files that are tables, and those that only say so."""

import io
import time

import pytest
from openpyxl import Workbook

from exchange import tables
from exchange.tests.helping import errors, imported, judged, xlsx, zipped
from obligations import cells
from obligations.models import Agreement
from obligations.uploads import Unusable


def test_xlsx_reads_like_csv_and_a_formula_is_an_error_not_a_value(cast):
    head = ("customer", "agreement", "customer_role", "region")
    good = judged(cast, "agreements", xlsx(head, ("North", "DPA", "controller", "EU")))
    assert good.lines[0].cells == {
        "customer": "North",
        "agreement": "DPA",
        "customer_role": "controller",
        "region": "EU",
    }
    found = judged(cast, "agreements", xlsx(head, ("North", '=HYPERLINK("http://x")', "controller", "EU")))
    assert errors(found) == {"agreement": "This cell holds a formula. Paste its value instead."}


def test_text_that_looks_like_a_formula_stays_text_in_and_out(cast):
    imported(cast, "agreements", "customer,agreement,customer_role,region\n=1+1,DPA,controller,@EU\n")
    made = Agreement.objects.get(title="DPA")
    assert (made.customer.name, made.region) == ("=1+1", "@EU")
    out = "".join(
        cells.csv_lines(
            [("customer", "agreement", "customer_role", "region"), ("=1+1", "DPA", "controller", "@EU")]
        )
    )
    assert "'=1+1" in out
    assert dict(judged(cast, "agreements", out).counts) == {"unchanged": 1}


BOMB = zipped(xl__workbook_dot_xml=b"<x/>", xl__worksheets__sheet1_dot_xml=b" " * (tables.MOST_UNPACKED + 1))
ENTITY = zipped(xl__workbook_dot_xml=b'<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>')
HOSTILE = {
    "a bomb": (BOMB, "grows beyond all measure"),
    "entities of its own": (ENTITY, "declares entities"),
    "a damaged one": (zipped(xl__workbook_dot_xml=b"<x"), "cannot be read"),
    "no table": (b"%PDF-1.7", "is no table"),
    "too large": (b"a" * (tables.LIMIT + 1), "larger than 3 MB"),
    "too many rows": (b"email,name,role\n" + b"a,b,c\n" * 5001, "more than 5000 rows"),
    "no UTF-8": ("email,name,role\nä,b,c\n".encode("latin-1"), "not in UTF-8"),
    "a strange column": (b"email,name,role,salary\n1,2,3,4\n", "There is no column salary"),
    "a missing column": (b"email,name\n1,2\n", "column role is missing"),
    "a column twice": (b"email,email\n1,2\n", "names a column twice"),
    "more cells than names": (b"email,name,role\na,b,c,d\n", "Line 2 has more cells"),
    "no line": (b"email,name,role\n", "only the names of the columns"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_file_that_is_no_table_of_ours_is_refused_in_words(cast, name):
    data, words = HOSTILE[name]
    with pytest.raises(Unusable, match=words):
        judged(cast, "people", data)


def test_a_cell_in_the_last_row_of_a_sheet_costs_nothing(cast):
    book = Workbook()
    book.active.append(("email", "name", "role"))
    book.active.cell(1_048_576, 1, "far@away.example")
    kept = io.BytesIO()
    book.save(kept)
    began = time.monotonic()
    with pytest.raises(Unusable, match="only the names"):
        judged(cast, "people", kept.getvalue())
    assert time.monotonic() - began < 20
