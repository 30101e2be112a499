"""The pages of an import: what was shown is done, and nothing else."""

import sys
import time

import pytest
from django.db import connection

from accounts.models import Customer
from dpa_tracker.tests.crowd import signed_in
from exchange import importing, playing, templates
from exchange.importing import SHEETS
from exchange.tests.helping import AGREEMENT, NORTH, NOW, errors, judged, sent
from jobs import working
from jobs.models import Job
from obligations import cells
from obligations.clauses import CLAUSES
from obligations.uploads import Unusable


def test_a_step_that_needs_two_people_is_taken_on_the_page(cast):
    head = "reference,kind,title,step,at,fact.reason\n"
    found = errors(judged(cast, "matters", head + "1,breach,X,not_a_breach,2026-01-07T09:00Z,Why\n"))
    assert found["step"] == "This step needs two people. Take it on the matter's page."


def test_the_page_shows_the_dry_run_and_imports_exactly_what_it_has_shown(cast):
    olga, address = signed_in("olga"), "/exchange/import/agreements/"
    shown = olga.post(address, sent((AGREEMENT + NORTH).encode()))
    assert shown.status_code == 200 and "Import as shown" in shown.content.decode()
    form = {name: shown.context[name] for name in ("carried", "name", "key")} | {
        "digest": shown.context["run"].digest
    }
    assert not Job.objects.exists()
    answer = olga.post(address, form)
    assert answer.url == f"/jobs/{Job.objects.get().pk}/"
    working.work(Job.objects.get().started_at)
    again = olga.post(address, {**form, "key": ""})
    assert again.context["changed_meanwhile"] and "nothing to do" in again.content.decode()
    assert Customer.objects.filter(name="North Ltd").count() == 1


def test_a_file_with_errors_shows_them_and_offers_no_import(cast):
    olga, address = signed_in("olga"), "/exchange/import/agreements/"
    shown = olga.post(address, sent((AGREEMENT + NORTH + NORTH).encode()))
    page = shown.content.decode()
    assert shown.status_code == 422 and "Line 2 is about the same" in page and "Import as shown" not in page
    form = {name: shown.context[name] for name in ("carried", "name", "key")} | {
        "digest": shown.context["run"].digest
    }
    assert olga.post(address, form).status_code == 422
    assert not Job.objects.exists() and not Customer.objects.filter(name="North Ltd").exists()
    difference = olga.post(address, {**form, "difference": "1"})
    assert "Leave one of them out" in difference.content.decode("utf-8-sig")


def test_every_template_is_read_back_as_a_table_without_lines(cast):
    for name, sheet in SHEETS.items():
        for clause in (None, *(CLAUSES[kind] for kind in playing.told_kinds() if name == "matters")):
            rows = templates.rows(sheet, clause)
            data = "".join(cells.csv_lines(rows)).encode()
            with pytest.raises(Unusable, match="only the names"):
                judged(cast, name, data)
            assert all(means for means in rows[1])
    assert len(playing.kinds()) >= 10


def test_a_customer_may_not_even_look(cast):
    assert signed_in("sven").get("/exchange/").status_code == 403
    assert signed_in("aude").get("/exchange/import/people/").status_code == 403


@pytest.mark.long
def test_5000_rows_from_file_to_the_last_result(live_cast, capsys):
    lines = "".join(
        f"Customer {n},DPA {n},controller,EU,DE-BE Europe/Berlin,2026-01-05,2026-01-07\n" for n in range(5000)
    )
    began = time.monotonic()
    found = judged(live_cast, "agreements", AGREEMENT + lines)
    looked = time.monotonic() - began
    job = importing.start(found, live_cast.olga, NOW, None, "")
    while working.work(NOW):
        pass
    worked = time.monotonic() - began
    again = judged(live_cast, "agreements", AGREEMENT + lines)
    with capsys.disabled():
        print(
            f"\n{connection.vendor}: dry run {looked:.1f} s, imported after {worked:.1f} s", file=sys.stderr
        )
    assert working.counts(job) == {"done": 5000}
    assert dict(again.counts) == {"unchanged": 5000}
