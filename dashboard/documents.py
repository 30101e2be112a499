"""The house's documents, on paper and as PDF: what a matter says, a customer's pack, registers."""

import datetime as dt
from typing import Any, Final

from django.db.models import F, Q
from django.template.loader import render_to_string
from django.utils.translation import gettext_lazy as _

from accounts.models import Customer
from accounts.scope import current, scope
from breaches import record
from breaches.content import CONTENT
from breaches.models import Breach
from dashboard import reports
from deletion.models import Exit
from obligations import reading
from obligations.models import Agreement, Entry, Evidence, Matter, Message, Obligation
from obligations.paper import as_pdf, can_pdf

__all__ = ["as_pdf", "breach_register", "can_pdf", "management", "of_matter", "pack", "page"]
MOST: Final = 1000  # obligations of one pack
TITLES: Final = {
    "breach_notice": _("Notice of a personal data breach"),
    "dsar_forwarding": _("Request of a data subject, forwarded"),
    "consent": _("Request for consent to a sub-processor"),
    "quote": _("Quote for an audit"),
    "exit": _("Certificate of deletion"),
    "breach": _("Breach report"),
}
# Kinds whose first entry says what the customer is asked or offered; it never names a data subject.
ASKING: Final = ("consent", "quote", "dsar_forwarding", "disclosure_notice")
UNSEEN: Final = ("note", "acknowledge", "correct", "decline")


def of_matter(matter: Matter) -> dict[str, Any]:
    """What was said to the customer about a matter, and what proves it. Nothing of any other matter."""
    rows = Obligation.objects.filter(matter=matter).select_related("matter", "owner")
    letters = Message.objects.filter(matter=matter, entry__isnull=False).exclude(text="")
    entries = list(Entry.objects.filter(matter=matter).exclude(step__in=UNSEEN).order_by("id")[:200])
    for entry in entries:
        entry.matter = matter
    return {
        "title": TITLES.get(matter.kind, matter.clause.title),
        "matter": matter,
        "content": _content(matter),
        "asked": next((entry for entry in entries if entry.step == "open"), None)
        if matter.kind in ASKING
        else None,
        "certificate": Exit.objects.filter(matter=matter).first() if matter.kind == "exit" else None,
        "letters": list(letters.order_by("queued_at")[:50]),
        "clocks": rows.order_by("id")[:100],
        "entries": entries,
        "evidence": list(Evidence.objects.filter(matter=matter).order_by("id")[:200]),
    }


def _content(matter: Matter) -> list[tuple[Any, str]]:
    """What Art. 33(3) asks of a breach notice; what is not known yet is said to be so."""
    of = {"breach_notice": matter.parent_id, "breach": matter.pk}.get(matter.kind)
    row = Breach.objects.filter(matter=of).first() if of else None
    return [(field.label, getattr(row, field.name)) for field in CONTENT] if row else []


def pack(customer: Customer, now: dt.datetime) -> dict[str, Any]:
    """A customer's accountability pack, read in that customer's own scope: nothing of any other is in reach."""
    with scope([customer.pk], reason="accountability pack", reader=current().reader):
        rows = Obligation.objects.select_related("matter__agreement", "owner").order_by("-id")
        met = Q(state="met", owed_by="processor")
        late = met & Q(due_at__isnull=False, met_at__gte=F("due_at"))
        n_met, n_late = Obligation.objects.filter(met).count(), Obligation.objects.filter(late).count()
        found = list(rows[: MOST + 1])
        return {
            "title": _("Accountability pack"),
            "customer": customer,
            "agreements": list(Agreement.objects.select_related("profile").order_by("pk")),
            "clocks": [reading.clock(row, now) for row in found[:MOST]],
            "more": len(found) > MOST,
            "share": reports.share(n_met - n_late, n_late),
            "met": n_met,
            "evidence": list(Evidence.objects.select_related("matter").order_by("-id")[:MOST]),
        }


def breach_register() -> dict[str, Any]:
    """The register of breaches (Art. 33(5)), newest first."""
    found = list(Matter.objects.filter(kind="breach").order_by("-pk")[:MOST])
    return {"title": _("Register of breaches"), "columns": record.COLUMNS, "lines": record.lines(found)}


def management(now: dt.datetime) -> dict[str, Any]:
    """The management report: the charts with their numbers, and what is late now."""
    late = reading.open_obligations().filter(due_at__lte=now, owed_by="processor").order_by("due_at", "id")
    return {
        "title": _("Management report"),
        "charts": reports.read(now),
        "late": [reading.clock(row, now) for row in late[:50]],
    }


def page(template: str, context: dict[str, Any], now: dt.datetime, *, pdf: bool) -> str:
    """The document as HTML."""
    return render_to_string(
        f"dashboard/documents/{template}.html", {**context, "made_at": now, "pdf": pdf, "can_pdf": can_pdf()}
    )
