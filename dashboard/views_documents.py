"""Documents, each as a page to print and as PDF."""

from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.doors import Request, door
from accounts.models import Customer
from accounts.roles import STAFF
from dashboard import documents
from obligations import reading


@door(*STAFF)
@require_safe
def of_matter(request: Request, reference: str, form: str) -> HttpResponse:
    """What a matter says: notice, supplement, forwarding letter, consent request, quote, certificate."""
    found = reading.whole(reference.upper())
    if found is None:
        raise Http404
    return _answer("matter", documents.of_matter(found), form, found.public_reference)


@door(*STAFF)
@require_safe
def pack(request: Request, pk: int, form: str) -> HttpResponse:
    """The accountability pack of one customer."""
    customer = get_object_or_404(Customer, pk=pk)
    return _answer("pack", documents.pack(customer, timezone.now()), form, f"accountability-{pk}")


@door(*STAFF)
@require_safe
def breach_register(request: Request, form: str) -> HttpResponse:
    """The register of breaches."""
    return _answer("register", documents.breach_register(), form, "breaches")


@door(*STAFF)
@require_safe
def management(request: Request, form: str) -> HttpResponse:
    """The management report."""
    return _answer("management", documents.management(timezone.now()), form, "management-report")


def _answer(template: str, context: dict[str, Any], form: str, name: str) -> HttpResponse:
    now = timezone.now()
    if form == "html":
        return HttpResponse(documents.page(template, context, now, pdf=False))
    if form != "pdf":
        raise Http404
    if not documents.can_pdf():
        words = _("This machine cannot make PDFs: it lacks the library Pango (package libpango-1.0-0). ")
        words += _("Open the same address with .html instead of .pdf, and print it.")
        return HttpResponse(words, status=503, content_type="text/plain; charset=utf-8")
    made = documents.as_pdf(documents.page(template, context, now, pdf=True))
    disposition = f'attachment; filename="{name}.pdf"'
    return HttpResponse(made, content_type="application/pdf", headers={"Content-Disposition": disposition})
