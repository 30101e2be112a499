"""Pages to look things up: the agreement with its wording, sub-processors, the report to the authority, files."""

from collections.abc import Iterable
from typing import Any

from django.http import Http404, HttpResponse, HttpResponseBase
from django.http.response import FileResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.doors import Request, door
from accounts.roles import CUSTOMER_SIDE
from agreements import coverage
from obligations import evidence, paper, reading
from obligations.languages import LANGUAGES
from obligations.models import Entry, Evidence, Matter, Obligation
from obligations.terms import TermBook
from portal import authority as authorities
from portal import own
from portal.asking import live_agreements
from subprocessors.mechanisms import EEA
from subprocessors.models import Transfer

MAIL_BODY = 1500  # what mail programs still take from a link
DOWNLOADS = {
    "pdf": "application/pdf",
    "html": "text/html; charset=utf-8",
    "txt": "text/plain; charset=utf-8",
}


@door(*CUSTOMER_SIDE)
@require_safe
def agreements(request: Request) -> HttpResponse:
    """The reader's agreements and how they stand."""
    rows = own.matters(request).filter(kind="agreement").order_by("customer__name", "pk")
    return render(request, "portal/agreements.html", {"rows": rows})


@door(*CUSTOMER_SIDE)
@require_safe
def agreement(request: Request, reference: str) -> HttpResponse:
    """One agreement, clause by clause: wording, terms as of today, what runs under it."""
    found = own.agreement(request, reference)
    now, today = timezone.now(), timezone.localdate()
    matter = own.matter(request, reference)
    rows = Obligation.objects.filter(matter__agreement=found).select_related("matter", "owner")
    running = reading.clocks(rows.order_by("-pk")[:300], now)
    views = coverage.clauses(found, TermBook([found]), today, running)
    context = {
        "agreement": found,
        "matter": matter,
        "clauses": [(view, _state(view.clocks)) for view in views],
        "signatures": _signatures(request, matter),
        "noted": _noted(request, matter),
        "papers": Evidence.objects.filter(matter=matter).order_by("pk"),
        "amendments": own.matters(request).filter(kind="amendment", agreement=found).order_by("-pk"),
        "language": dict(LANGUAGES).get(found.language, found.language),
    }
    return render(request, "portal/agreement.html", context)


def _state(found: Iterable[reading.Clock]) -> tuple[str, str]:
    """Class and words of a clause's state: what is late, what runs, what was met."""
    clocks = list(found)
    running = [clock for clock in clocks if clock.row.is_open]
    late = sum(clock.verdict == "late" for clock in running)
    met = sum(clock.row.state == "met" for clock in clocks)
    words = [
        template % {"n": number}
        for number, template in (
            (late, _("%(n)s late")),
            (len(running) - late, _("%(n)s running")),
            (met, _("%(n)s met")),
        )
        if number
    ]
    kind = "late" if late else "soon" if any(c.urgency in ("soon", "over") for c in running) else "ok"
    return (kind, ", ".join(words)) if words else ("vague", _("nothing due"))


def _signatures(request: Request, matter: Matter) -> dict[str, Any]:
    signed = Entry.objects.filter(matter=matter, step="sign").order_by("pk").last()
    return dict(signed.facts) if signed else {}


def _noted(request: Request, matter: Matter) -> list[Entry]:
    """Clauses that do not hold, and conflicts with other agreements, as they were noted."""
    rows = Entry.objects.filter(matter=matter, step__in=("clause_status", "conflict")).order_by("pk")
    return reading.visible(rows, matter, request.actor)


@door(*CUSTOMER_SIDE)
@require_safe
def subprocessors(request: Request) -> HttpResponse:
    """Who works with the customer's data: what was asked, answered and changed, and what leaves the EEA."""
    rows = list(own.matters(request).filter(kind="consent").order_by("title", "-pk")[:200])
    ids = [row.pk for row in rows]
    facts = dict(Entry.objects.filter(matter__in=ids, step="open").values_list("matter_id", "facts"))
    history: dict[int, list[Entry]] = {}
    for row in rows:
        history[row.pk] = []
    by_key = {row.pk: row for row in rows}
    for entry in Entry.objects.filter(matter__in=ids, proposed=False).order_by("pk"):
        entry.matter = by_key[entry.matter_id]
        history[entry.matter_id].append(entry)
    transfers = Transfer.objects.filter(customer__in=request.actor.at_customers.keys())
    named = [
        (agreement, clause)
        for agreement in live_agreements(request.actor)
        for clause in agreement.profile.clauses.values()
        if "A1.4" in clause["covers"]
    ]
    context = {
        "rows": [(row, facts.get(row.pk, {}), history[row.pk]) for row in rows],
        "named": named,
        "transfers": transfers.select_related("matter").order_by("country", "pk"),
        "eea": EEA,
    }
    return render(request, "portal/subprocessors.html", context)


@door(*CUSTOMER_SIDE)
@require_safe
def authority(request: Request, reference: str) -> HttpResponseBase:
    """The content of Art. 33(3), ready to copy, download (`as=pdf`, `as=html`, `as=txt`) and forward."""
    found = own.matter(request, reference)
    if found.kind != "breach_notice":
        raise Http404
    rows = Obligation.objects.filter(matter=found, state="open").select_related("matter")
    running = reading.clocks(rows, timezone.now())
    report = authorities.report(found, own.entries(request, found), running)
    if not report.told:
        raise Http404
    form = request.GET.get("as", "")
    if form in DOWNLOADS:
        return _download(report, form)
    subject = _("Personal data breach %(reference)s") % {"reference": found.public_reference}
    mail = urlencode({"subject": subject, "body": report.text[:MAIL_BODY]}).replace("+", "%20")
    clock = next((c for c in running if c.theirs), None)
    context = {"matter": found, "report": report, "mailto": f"mailto:?{mail}", "clock": clock}
    return render(request, "portal/authority.html", context)


def _download(report: authorities.Report, form: str) -> HttpResponse:
    """As text, as a page, or as PDF; where no PDF can be made the page takes its place."""
    context = {"report": report, "title": _("Notification of a personal data breach (Art. 33 GDPR)")}
    now, content = timezone.now(), report.text.encode()
    if form == "html":
        content = render_to_string(
            "portal/documents/authority.html", {**context, "made_at": now, "alone": True}
        ).encode()
    if form == "pdf":
        content, form = paper.made("portal/documents/authority.html", context, now)
    answer = HttpResponse(content, content_type=DOWNLOADS[form])
    name = f"breach-{report.matter.public_reference}.{form}"
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    answer.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return answer


@door(*CUSTOMER_SIDE)
@require_safe
def file(request: Request, digest: str) -> HttpResponseBase:
    """A paper by its SHA-256, as an attachment: no running number says how many there are."""
    rows = Evidence.objects.filter(customer__in=request.actor.at_customers.keys(), sha256=digest)
    found = rows.exclude(sha256="").order_by("pk").first()
    if found is None:
        raise Http404
    response = FileResponse(evidence.path(found.sha256).open("rb"), as_attachment=True, filename=found.title)
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response.headers["Content-Type"] = "application/octet-stream"
    return response
