"""Print the story of one breach from its rows: what happened, when it was typed, and how each clock came out."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from accounts.scope import ALL, scope
from obligations import reading
from obligations.models import Entry, Matter, Message, Obligation


class Command(BaseCommand):
    help = "Print the timeline of the demo's breach (`manage.py demo` first)."

    def handle(self, *args: Any, **options: Any) -> None:
        with scope(ALL, reason="demo_breach"):
            breach = Matter.objects.filter(kind="breach").order_by("pk").first()
            if breach is None:
                raise CommandError("There is no breach yet. Run `manage.py demo` first.")
            self._timeline(breach)
            for notice in Matter.objects.filter(parent=breach).select_related("agreement").order_by("pk"):
                self._clocks(notice)

    def _timeline(self, breach: Matter) -> None:
        self.stdout.write(f"{breach.reference} {breach.title}\n")
        self.stdout.write("happened (UTC)        recorded (UTC)        matter  step                 by")
        notices = Matter.objects.filter(parent=breach)
        rows = Entry.objects.filter(matter__in=[breach.pk, *notices.values_list("pk", flat=True)])
        for entry in rows.select_related("matter").order_by("recorded_at", "id"):
            who = entry.actor_name + (f", proposed by {entry.proposer_name}" if entry.proposer_name else "")
            step = f"{entry.step}{' (proposed)' if entry.proposed else ''}"
            self.stdout.write(
                f"{entry.at:%a %d %b %H:%M:%S}   {entry.recorded_at:%a %d %b %H:%M:%S}   "
                f"{entry.matter.reference:<7} {step:<20} {who}"
            )

    def _clocks(self, notice: Matter) -> None:
        self.stdout.write(f"\n{notice.reference} {notice.title}: {notice.state_label}")
        for row in Obligation.objects.filter(matter=notice).select_related("matter").order_by("pk"):
            shown = reading.clock(row, timezone.now())
            due = f"due {row.due_at:%a %d %b %H:%M:%S}" if row.due_at else f"{row.period}"
            self.stdout.write(
                f"  {shown.duty.title} (clause {row.source}, {row.owed_by}, round {row.round}): "
                f"from {row.started_at:%a %d %b %H:%M:%S}, {due}; {shown.verdict}"
            )
            self.stdout.write(f"      counted by {row.reckoning['origin']}")
        for row in Message.objects.filter(matter=notice).order_by("queued_at", "id"):
            fate = row.error if row.state == "failed" else row.proof or "accepted by a relay"
            kind = "notice" if row.entry_id else "alert"
            self.stdout.write(
                f"  {row.queued_at:%a %d %b %H:%M:%S}  {kind} to {row.recipient}: {row.state} ({fate})"
            )
