"""What Prometheus reads: numbers, to whoever has the token, for a fixed number of statements."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from prometheus_client.parser import text_string_to_metric_families

from conftest import add_many, report_breach, utc
from dpa_tracker import metrics
from obligations import alerts
from obligations.models import Matter
from obligations.tests.engine import REPORTED, later, reported
from webhooks.tests.helping import house, many


def numbers(now) -> dict[tuple[str, str], float]:
    """Every sample by its name and its label, as Prometheus' own parser reads them."""
    families = text_string_to_metric_families(metrics.text(now))
    return {
        (sample.name, ",".join(sample.labels.values())): sample.value
        for family in families
        for sample in family.samples
    }


@pytest.mark.parametrize(
    ("token", "sent", "status"),
    [
        ("", "Bearer x", 404),
        ("secret", "", 401),
        ("secret", "Bearer other", 401),
        ("secret", "Bearer secret", 200),
    ],
)
def test_only_who_has_the_token_reads_the_metrics(client, db, settings, token, sent, status):
    settings.METRICS_TOKEN = token
    answer = client.get("/metrics", **({"HTTP_AUTHORIZATION": sent} if sent else {}))
    assert answer.status_code == status
    assert (b"dpa_" in answer.content) == (status == 200)


def test_the_metrics_say_what_is_late_unheard_and_waiting(cast):
    case = reported(cast)
    many(house(cast), 3, REPORTED)
    silent = numbers(later(REPORTED, 30))
    assert silent["dpa_alerts_due", ""] > 0 and silent["dpa_alert_lateness_seconds", ""] > 3600
    assert silent["dpa_webhooks_waiting", ""] == 3 and silent["dpa_webhooks_lateness_seconds", ""] == 108000
    alerts.sweep(later(REPORTED, 30))
    rang = numbers(later(REPORTED, 30))
    assert rang["dpa_alerts_due", ""] == 0 == rang["dpa_tick_age_seconds", "sweep"]
    assert rang["dpa_obligations", "late"] > 0 and rang["dpa_obligations", "unheard"] > 0
    assert rang["dpa_outbox_waiting", ""] == rang["dpa_messages", "queued"] > 0
    Matter.objects.filter(pk__in=[row.pk for row in (*case.all, case.breach)]).update(restricted=True)
    assert numbers(later(REPORTED, 30))["dpa_obligations", "late"] == 0


@pytest.mark.parametrize("number", [1, 100])
def test_the_metrics_cost_the_same_for_one_and_for_a_hundred(cast, number):
    report_breach(cast, add_many(cast, number), REPORTED)
    with CaptureQueriesContext(connection) as captured:
        metrics.text(utc("29 Mar 12:00"))
    assert len(captured) == 7
