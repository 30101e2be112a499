"""Agreements: the list, one agreement clause by clause, and the forms to record what was agreed."""

import base64
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.doors import Request, door
from accounts.roles import STAFF, Role
from agreements import attaching, coverage, findings, records
from agreements.forms import AgreementForm, ContactForm, ContractForm, TermForm
from obligations import reading, refusals, told
from obligations.languages import LANGUAGES
from obligations.models import Agreement, Evidence, Matter, Obligation
from obligations.terms import TermBook

WRITERS = (Role.OFFICER, Role.ADMIN)
PAGE = 50
MOST_TEXT = 2 * 1024 * 1024


@door(*STAFF)
@require_safe
def agreements(request: Request) -> HttpResponse:
    """Agreements, newest first, with their findings."""
    before = request.GET.get("before", "")
    rows = Agreement.objects.select_related("customer", "profile", "owner")
    found, older = reading.page_before(rows, int(before) if before.isdecimal() else None, PAGE)
    matters = _matters(found)
    book, today = TermBook(found, [findings.MECHANISM]), timezone.localdate()
    with_contacts = findings.with_contacts(found)
    context = {
        "rows": [
            (
                row,
                matters.get(row.pk),
                findings.find(row, matters.get(row.pk), book, today, row.pk in with_contacts),
            )
            for row in found
        ],
        "older": older,
        "may_write": bool(request.actor.house & set(WRITERS)),
    }
    return render(request, "agreements/agreements.html", context)


def _matters(rows: Any) -> dict[int, Matter]:
    found = Matter.objects.filter(kind="agreement", agreement__in=[row.pk for row in rows])
    return {matter.agreement_id: matter for matter in found}


@door(*STAFF)
@require_safe
def agreement(request: Request, pk: int) -> HttpResponse:
    """One agreement: findings, contacts, and clause by clause its wording, terms and obligations."""
    found = _agreement(pk)
    matter = _matters([found]).get(pk)
    now, today = timezone.now(), timezone.localdate()
    book = TermBook([found])
    rows = Obligation.objects.filter(matter__agreement=found, state="open").select_related("matter", "owner")
    contacts = list(found.contacts.all())
    actor = request.actor
    context = {
        "agreement": found,
        "matter": matter,
        "steps": refusals.available(matter.clause, matter, actor, now) if matter else [],
        "findings": findings.find(found, matter, book, today, bool(contacts)),
        "language": dict(LANGUAGES).get(found.language, found.language),
        "contacts": [(contact, told.in_words(contact)) for contact in contacts],
        "clauses": coverage.clauses(
            found,
            book,
            today,
            reading.clocks(rows.order_by("due_at")[:200], now),
            coverage.last_proofs(found, now),
        ),
        "amendments": Matter.objects.filter(kind="amendment", agreement=found).order_by("-pk")[:PAGE],
        "evidence": Evidence.objects.filter(matter=matter),
        "may_write": bool(actor.house & set(WRITERS)),
        "contact_form": ContactForm(),
        "term_form": TermForm(),
    }
    return render(request, "agreements/agreement.html", context)


@door(*STAFF)
@require_safe
def coverage_page(request: Request, reference: str) -> HttpResponse:
    """What carries each duty of this agreement's contract, and how it stands."""
    rows = Matter.objects.select_related("agreement__profile", "agreement__customer")
    matter = get_object_or_404(rows, kind="agreement", public_reference=reference)
    assert matter.agreement is not None
    found = coverage.states(matter.agreement, timezone.now())
    context = {
        "agreement": matter.agreement,
        "states": found,
        "uncovered": [state.row.id for state in found if state.words == "not carried"],
    }
    return render(request, "agreements/coverage.html", context)


@door(*WRITERS)
@require_http_methods(["GET", "HEAD", "POST"])
def new_agreement(request: Request) -> HttpResponse:
    """Record an agreement, of a customer that exists or of a new one."""
    form = AgreementForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        fields = {key: value for key, value in form.cleaned_data.items() if key != "customer"}
        actor, at = request.actor, timezone.now()
        try:
            with transaction.atomic():
                name = form.cleaned_data["customer"].strip()
                customer = form.customer_row() or records.add_customer(name, actor=actor, at=at)
                made = records.add_agreement(customer, actor=actor, at=at, **fields)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(
                request, _("%(made)s is recorded. Add the notice contacts next.") % {"made": made}
            )
            return redirect("agreement", made.pk)
    return _form(request, form, _("Record an agreement"), None)


@door(*WRITERS)
@require_http_methods(["GET", "HEAD", "POST"])
def add_contact(request: Request, pk: int) -> HttpResponse:
    """Add a notice contact after the ones there are."""
    found = _agreement(pk)
    form = ContactForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            records.add_contact(found, actor=request.actor, at=timezone.now(), **form.cleaned_data)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            return redirect("agreement", pk)
    return _form(request, form, _("Add a notice contact"), found)


@door(*WRITERS)
@require_http_methods(["GET", "HEAD", "POST"])
def add_term(request: Request, pk: int) -> HttpResponse:
    """Record a negotiated term from a day on; obligations that run keep theirs."""
    found = _agreement(pk)
    form = TermForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        try:
            records.set_term(
                found,
                values["key"],
                values["value"],
                effective_from=values["effective_from"],
                actor=request.actor,
                at=timezone.now(),
            )
        except ValidationError as error:
            form.add_error("value", error)
        else:
            messages.success(
                request, _("The term is recorded. Obligations that already run keep their dates.")
            )
            return redirect("agreement", pk)
    return _form(request, form, _("Record a negotiated term"), found)


@door(Role.OFFICER)
@require_http_methods(["GET", "HEAD", "POST"])
def attach(request: Request, pk: int) -> HttpResponse:
    """Attach the contract: first the proposed split, then, confirmed, the file and its clauses."""
    found = _agreement(pk)
    form = ContractForm(request.POST or None, request.FILES or None)
    carried = request.POST.get("carried", "")
    if request.method == "POST" and carried:
        return _confirm(request, found, carried)
    if request.method == "POST" and form.is_valid():
        upload = form.cleaned_data["file"]
        data = upload.read(MOST_TEXT + 1)
        try:
            if len(data) > MOST_TEXT:
                raise ValueError("The file is larger than 2 MB; a contract's text is not.")
            proposal = attaching.propose(found, data)
        except ValueError as error:
            form.add_error("file", str(error))
        else:
            context = {
                "agreement": found,
                "proposal": proposal,
                "filename": upload.name,
                "carried": base64.b64encode(data).decode("ascii"),
            }
            return render(request, "agreements/split.html", context)
    return _form(request, form, _("Attach the contract"), found, multipart=True)


def _confirm(request: Request, found: Agreement, carried: str) -> HttpResponse:
    data = base64.b64decode(carried)
    proposal = attaching.propose(found, data)
    name = request.POST.get("filename", "")[:200] or "contract.txt"
    kept = attaching.confirm(found, data, proposal, filename=name, actor=request.actor, at=timezone.now())
    messages.success(
        request, _("The contract is kept as evidence, SHA-256 %(sha256)s…") % {"sha256": kept.sha256[:16]}
    )
    return redirect("agreement", found.pk)


def _agreement(pk: int) -> Agreement:
    return get_object_or_404(
        Agreement.objects.select_related("customer", "profile", "owner", "deputy"), pk=pk
    )


def _form(
    request: Request, form: Any, title: str, found: Agreement | None, *, multipart: bool = False
) -> HttpResponse:
    context = {"form": form, "title": title, "agreement": found, "multipart": multipart}
    return render(request, "agreements/form.html", context, status=422 if form.is_bound else 200)
