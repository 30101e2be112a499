"""Sweep: nothing due is missed, nothing rings twice, and one broken row delays only itself."""

import datetime as dt
import os
import re
import subprocess
import sys
from collections import Counter

from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext

from conftest import add_many, report_breach, utc
from obligations import alerts
from obligations.models import Message, Obligation

DUE = 5000


def database_url(role: str = "") -> str:
    """The test database, as another process reaches it; on PostgreSQL as `role`, by default the owner of all."""
    found = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{found['NAME']}"
    return f"postgres://{role or found['USER']}:{found['PASSWORD']}@{found['HOST']}:{found['PORT']}/{found['NAME']}"


def sweepers(number: int, now: dt.datetime, start) -> list[subprocess.Popen[str]]:
    """Processes that wait for the file `start`."""
    environment = os.environ | {"DATABASE_URL": database_url(), "PYTHONPATH": str(settings.BASE_DIR)}
    command = [sys.executable, "-m", "obligations.tests.sweeper", now.isoformat(), str(start)]
    started = [
        subprocess.Popen(command, env=environment, cwd=settings.BASE_DIR, stdout=subprocess.PIPE, text=True)
        for _ in range(number)
    ]
    for process in started:
        assert process.stdout and process.stdout.readline() == "ready\n"
    return started


def test_four_sweepers_at_once_raise_each_of_5000_alerts_once(live_cast, tmp_path):
    report_breach(live_cast, add_many(live_cast, DUE), utc("27 Mar 17:00"))
    due = Obligation.objects.filter(duty="notify_customer", next_alert_at__lte=utc("27 Mar 17:00"))
    assert due.count() == DUE
    processes = sweepers(4, utc("27 Mar 17:00"), tmp_path / "start")
    (tmp_path / "start").touch()
    rang = [int(process.communicate()[0]) for process in processes]
    assert [process.returncode for process in processes] == [0, 0, 0, 0]
    assert sum(rang) == DUE
    per_obligation = Counter(Message.objects.filter(entry=None).values_list("obligation_id", flat=True))
    assert len(per_obligation) == DUE and set(per_obligation.values()) == {1}
    assert not due.exists()


def test_after_ten_days_of_downtime_each_obligation_rings_once_with_its_latest_rung(cast):
    breach = report_breach(cast, [cast.a, cast.b], utc("27 Mar 17:00"))
    assert alerts.sweep(utc("6 Apr 17:00")) == 7  # three clocks of each notice, and one of the breach
    rows = Obligation.objects.filter(matter__parent=breach, duty="notify_customer")
    late, vague = rows.get(matter__agreement=cast.a), rows.get(matter__agreement=cast.b)
    (alert,) = Message.objects.filter(obligation=late)
    assert (alert.recipient, alert.context["rung"]) == ("adam@people.example", "every 1 hour after due")
    assert alert.context["late"] and "at target" in alert.context["skipped"]
    (alert,) = Message.objects.filter(obligation=vague)
    assert (alert.recipient, alert.context["rung"]) == ("anna@people.example", "at target")
    assert alert.context["skipped"] == ["start", "1 hour after start", "30 minutes before target"]
    assert alerts.sweep(utc("6 Apr 17:00")) == 0


def test_a_row_that_cannot_be_read_delays_only_itself_and_is_reported(cast):
    report_breach(cast, [cast.a, cast.b, cast.c], utc("27 Mar 17:00"))
    poison = Obligation.objects.filter(duty="notify_customer").order_by("pk")[1]
    Obligation.objects.filter(pk=poison.pk).update(duty="a_duty_that_no_room_declares")
    assert alerts.sweep(utc("27 Mar 17:00")) == 2
    poison.refresh_from_db()
    assert "a_duty_that_no_room_declares" in poison.fault
    assert poison.next_alert_at == utc("27 Mar 17:15")
    (told,) = Message.objects.filter(template="obligations/fault")
    assert told.recipient == "adam@people.example"
    Obligation.objects.filter(pk=poison.pk).update(duty="notify_customer")
    assert alerts.sweep(utc("27 Mar 17:15")) == 1
    poison.refresh_from_db()
    assert poison.fault == ""


def test_an_unacknowledged_alert_climbs_the_line_until_somebody_acknowledges(cast):
    report_breach(cast, [cast.b], utc("27 Mar 17:00"))
    for at in ("17:00", "18:00", "19:00", "20:30", "21:00", "22:00", "23:00"):
        alerts.sweep(utc(f"27 Mar {at}"))
    told = Message.objects.filter(obligation__duty="notify_customer").order_by("queued_at")
    assert [(m.recipient.partition("@")[0], m.context["rung"]) for m in told] == [
        ("olga", "start"),
        ("dora", "1 hour after start"),
        ("anna", "nobody has acknowledged"),
        ("olga", "30 minutes before target"),
        ("anna", "at target"),
        ("adam", "nobody has acknowledged"),
        ("adam", "nobody has acknowledged"),
    ]


def test_an_idle_sweep_is_one_read_and_a_busy_one_does_not_grow_with_its_rows(cast):
    alerts.sweep(utc("27 Mar 16:00"))  # writes the first heartbeat
    counts = {}
    for number in (1, 100):
        report_breach(cast, add_many_more(cast, number), utc("27 Mar 17:00"))
        with CaptureQueriesContext(connection) as captured:
            assert alerts.sweep(utc("27 Mar 17:00")) == number
        counts[number] = statements(captured)
    assert counts[1] == counts[100]
    with CaptureQueriesContext(connection) as captured:
        assert alerts.sweep(utc("27 Mar 17:00")) == 0
    reads = [query["sql"] for query in captured if "obligations_obligation" in query["sql"]]
    assert len(reads) == 1


def statements(captured: CaptureQueriesContext) -> list[str]:
    """Statements without their values; a long list of rows that was written in several chunks counts once."""
    shapes = [re.sub(r'"s\d+_x\d+"', "", " ".join(query["sql"].split()[:3])) for query in captured]
    return [shape for place, shape in enumerate(shapes) if not place or shape != shapes[place - 1]]


def add_many_more(cast, number: int):
    """Agreements whose names are not taken yet."""
    from accounts.models import Customer

    made = add_many(cast, number)
    for agreement in made:
        agreement.customer.name = f"{agreement.customer.name} ({number})"
    Customer.objects.bulk_update([agreement.customer for agreement in made], ["name"])
    return made
