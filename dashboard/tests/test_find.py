"""Find: what fits, page by page without counting, and what leaves as a file."""

import csv
import datetime as dt
import io
import re

import pytest
from django.db import connection
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from openpyxl import load_workbook

from conftest import add_many, report_breach, utc
from dashboard import finding
from dashboard.tests.test_today import page, signed_in, statements
from obligations import cells
from obligations.models import Obligation

REPORTED = utc("27 Mar 17:00")
NOW = utc("28 Mar 18:00")


def found(cast, address: str) -> list[Obligation]:
    return list(finding.obligations(finding.asked(QueryDict(address), cast.olga), NOW))


def test_words_find_titles_customers_people_and_references(cast):
    breach = report_breach(cast, [cast.a, cast.b], REPORTED)
    assert {str(row.customer) for row in found(cast, "q=acm")} == {"Acme"}
    assert {row.matter_id for row in found(cast, f"q={breach.reference}")} > {breach.pk}
    assert found(cast, "q=olga") and not found(cast, "q=nobody-at-all")


@pytest.mark.parametrize(
    ("address", "duties"),
    [("state=late&customer={a}", {"notify_customer"}), ("state=over&customer={b}&kind=breach_notice", None)],
)
def test_filters_narrow_together(cast, address, duties):
    report_breach(cast, [cast.a, cast.b], REPORTED)
    rows = found(cast, address.format(a=cast.a.customer_id, b=cast.b.customer_id))
    assert rows and len({row.customer_id for row in rows}) == 1
    assert duties is None or {row.duty for row in rows} == duties


@pytest.mark.parametrize("sort", ["next", "newest", "oldest"])
def test_pages_by_key_show_every_row_once_in_order(cast, sort):
    report_breach(cast, add_many(cast, 60), REPORTED)
    address, seen = f"sort={sort}", []
    for _ in range(20):
        rows, key = finding.page(finding.asked(QueryDict(address), cast.olga), NOW)
        seen += [row.pk for row in rows]
        if not key:
            break
        query = QueryDict(mutable=True)
        query.update({"sort": sort, "after": key})
        address = query.urlencode()
    assert len(seen) == len(set(seen)) == Obligation.objects.filter(state="open").count() > 100


@pytest.mark.parametrize("number", [2, 200])
def test_find_keeps_its_statements_and_counts_nothing(cast, number):
    report_breach(cast, add_many(cast, number), REPORTED)
    client = signed_in(cast.olga)
    with CaptureQueriesContext(connection) as captured:
        text = page(client, reverse("find") + "?q=customer")
    asked = statements(captured)
    assert not [sql for sql in asked if "COUNT(" in sql]
    assert len(asked) == 11 and len(text) < 150_000


def test_the_export_is_what_is_seen_and_no_cell_is_a_formula(cast):
    breach = report_breach(cast, [cast.a], REPORTED)
    type(breach).objects.filter(pk=breach.pk).update(title="=HYPERLINK(1)")
    client = signed_in(cast.aude)
    answer = client.get(reverse("find-export", args=["csv"]) + f"?q={breach.reference}")
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert {row["Customer"] for row in rows} == {"Acme", "365 AITECH"}
    assert "'=HYPERLINK(1)" in {row["Matter"] for row in rows}
    kept = client.get(reverse("find-export", args=["xlsx"]) + f"?q={breach.reference}").content
    sheet = load_workbook(io.BytesIO(kept)).active
    assert len(list(sheet.rows)) == len(rows) + 1
    assert not [c.value for row in sheet.rows for c in row if c.data_type == "f"]


@pytest.mark.parametrize(
    "begin",
    [
        "=1+1",
        "+1",
        "-1",
        "@x",
        "\t=1",
        "\t1",
        "  =1",
        "\r=1",
        "\uff1d1",
        "\uff0b1",
        "\uff0d1",
        "\uff20x",
        "\u3000=1",
        "\u200b=1",
    ],
)
def test_what_a_spreadsheet_would_run_is_text(begin):
    assert cells.cell(begin).startswith("'")


@pytest.mark.parametrize("text", ["a;=1", "a,+1", 'a"=1', "a\n=1", "a|@x", "a; \uff1d1", "a\t-1"])
def test_nor_does_one_run_it_that_cuts_lines_elsewhere(text):
    line = "".join(cells.csv_lines([[text]]))
    assert not re.search('[;,|\t\n"]\\s*[-=+@\uff1d]', line), line


def test_instants_and_words_with_signs_inside_stay_as_they_are():
    noon = dt.datetime(2026, 3, 2, 12, tzinfo=dt.UTC)
    assert (
        "".join(cells.csv_lines([[noon, "pre-paid, 2+2", 7]]))
        == '\ufeff2026-03-02T12:00+00:00,"pre-paid, 2+2",7\r\n'
    )


def test_what_an_address_means_wrongly_is_not_asked(cast):
    asked = finding.asked(QueryDict("state=x&kind=y&customer=z&sort=q&after=%00&owner=-1"), cast.olga)
    assert (asked.state, asked.kind, asked.customer, asked.owner, asked.sort) == (
        "open",
        "",
        None,
        None,
        "next",
    )
    assert finding.page(asked, NOW) == ([], "")
