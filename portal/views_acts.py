"""Pages that act: ask for something, take a step, sign. The forms and the verbs are those of every other door."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts import drafts
from accounts.doors import Request, door, prove_first
from accounts.roles import CUSTOMER_SIDE
from audits import entitlement
from obligations import actions, evidence, reading
from obligations.clauses import CLAUSES, Step
from obligations.facts import InvalidFacts
from obligations.forms import StepForm, fresh_key
from obligations.models import Agreement, Evidence, Matter
from obligations.signatures import NAME
from obligations.terms import TermBook
from obligations.turn import Refused
from portal import asking, own, signing
from portal.templatetags.customers_words import step_of

Problem = (InvalidFacts, Refused, evidence.Unusable)


@door(*CUSTOMER_SIDE)
@require_safe
def ask(request: Request) -> HttpResponse:
    """What can be asked for, what happens then and by when."""
    agreements = list(asking.live_agreements(request.actor))
    today = timezone.localdate()
    context = {
        "asks": asking.asks(request.actor, agreements[0] if len(agreements) == 1 else None, today),
        "running": asking.running(request.actor),
        "ledgers": entitlement.ledgers(agreements, timezone.now()),
    }
    return render(request, "portal/ask.html", context)


@door(*CUSTOMER_SIDE)
@require_http_methods(["GET", "HEAD", "POST"])
def ask_for(request: Request, kind: str) -> HttpResponse:
    """One request: its form, and what follows from it under the reader's agreement."""
    clause = CLAUSES.get(kind)
    if clause is None or not asking.may_ask(request.actor, clause):
        raise Http404
    step = clause.step("open")
    agreements = list(asking.live_agreements(request.actor))
    form = StepForm(
        (actions.TITLE, *step.fields),
        request.POST or None,
        request.FILES or None,
        with_at=False,
        initial={"key": fresh_key(), **drafts.taken(request)},
    )
    if len(agreements) != 1:
        form.fields = {"agreement": _choice(agreements), **form.fields}
    if request.method == "POST" and form.is_valid():
        about = agreements[0] if len(agreements) == 1 else form.cleaned_data["agreement"]
        made = _opened(request, form, kind, about)
        if made:
            messages.success(request, _("Your request is on its way. This page shows where it is."))
            return redirect("portal-matter", made.public_reference)
    only = agreements[0] if len(agreements) == 1 else None
    context = {
        "form": form,
        "clause": clause,
        "step": step,
        "ask": asking.ask(clause, only, TermBook([only] if only else []), timezone.localdate()),
    }
    if kind == "audit":
        context["ledgers"] = entitlement.ledgers(agreements, timezone.now())
    return render(request, "portal/ask_for.html", context, status=422 if form.is_bound else 200)


def _choice(agreements: list[Agreement]) -> forms.Field:
    """Agreements by the reference of their own matter: no running number stands in the page."""
    known = own.references(agreements)
    rows = [(known[row.pk], row.title) for row in agreements if row.pk in known]
    by_reference = {known[row.pk]: row for row in agreements if row.pk in known}
    return forms.TypedChoiceField(
        choices=[("", _("Choose")), *rows], coerce=by_reference.__getitem__, label=_("Agreement")
    )


def _opened(request: Request, form: StepForm, kind: str, about: Agreement) -> Matter | None:
    now = timezone.now()
    try:
        facts = form.facts()
        title = facts.pop("title")
        return actions.open_matter(
            kind,
            actor=request.actor,
            at=now,
            facts=facts,
            title=title,
            agreement=about,
            key=form.cleaned_data.get("key"),
        )
    except Problem as error:
        _show(form, error, None)
        return None


@door(*CUSTOMER_SIDE)
@require_http_methods(["GET", "HEAD", "POST"])
def step_form(request: Request, reference: str, step: str) -> HttpResponse:
    """One step of one matter. A step that a person signs asks first who is there, and makes the document."""
    found = own.matter(request, reference)
    chosen = next((s for s in found.clause.steps if s.name == step and step != "open"), None)
    if chosen is None or not request.actor.roles_at(found.customer_id) & CUSTOMER_SIDE & chosen.takers:
        raise Http404
    signature = signing.signs(chosen)
    prove = prove_first(request) if signature else None
    if prove:
        return prove
    filled = request.POST if request.method == "POST" and "seen" in request.POST else None
    form = StepForm(
        signing.asked(chosen),
        filled,
        request.FILES if filled is not None else None,
        with_at=False,
        initial={**_known(found, chosen), "seen": found.version, **drafts.taken(request)},
    )
    sentence = signing.intention(chosen, found, request.actor.name)
    if signature:
        form.fields["intends"] = forms.BooleanField(label=sentence)
        form.fields[NAME].help_text = signing.HELP % {"name": request.actor.name}
    if filled is not None and form.is_valid() and _taken(request, form, found, chosen, sentence):
        return redirect("portal-matter", found.public_reference)
    return _step_page(request, form, found, chosen, signature)


def _step_page(request: Request, form: StepForm, found: Matter, step: Step, signature: bool) -> HttpResponse:
    now = timezone.now()
    reasons = step.guard([found], now) if step.guard else {}
    (blocked,) = reading.for_customers([reasons.get(found.pk, "")])
    if found.state not in step.from_states:
        blocked = _("This is %(state)s now, so this step is not open any more.") % {
            "state": found.state_label
        }
    context = {
        "form": form,
        "matter": found,
        "step": step,
        "signature": signature,
        "blocked": blocked if not form.is_bound else "",
        "about": signing.asked_so_far(found) if signature else [],
        "papers": Evidence.objects.filter(matter=found).exclude(sha256="") if signature else [],
        "mail": step.notice,
    }
    return render(request, "portal/step.html", context, status=422 if form.is_bound else 200)


def _taken(request: Request, form: StepForm, found: Matter, step: Step, sentence: str) -> bool:
    now = timezone.now()
    try:
        facts = form.facts()
        if signing.signs(step):
            wrong = signing.wrong_name(facts.get(NAME, ""), request.actor.name)
            if wrong:
                raise InvalidFacts({NAME: wrong})
            facts["intention"] = sentence[:200]
            facts["signed_document"] = signing.document(request, found, step, facts, now)
        found.version = _version(form)
        actions.advance([found], step.name, actor=request.actor, at=now, facts=facts)
    except Problem as error:
        _show(form, error, found)
        return False
    _thank(request, found, step)
    return True


def _thank(request: Request, found: Matter, step: Step) -> None:
    words = _("Done: %(step)s.") % {"step": step_of(step, found)}
    if signing.signs(step):
        words += " " + _("The signed document is under “Papers”; 365 AITECH has the same one.")
    messages.success(request, words)


def _version(form: StepForm) -> int:
    text = form.cleaned_data["seen"]
    return int(text) if text.isdecimal() and len(text) < 10 else -1


def _known(found: Matter, step: Step) -> dict[str, Any]:
    """What the form can say beforehand: a column of the same name, and today's date."""
    detail = found.clause.detail and found.clause.detail.objects.filter(matter=found).first()
    known = {field.name: getattr(detail, field.name) for field in step.fields if hasattr(detail, field.name)}
    dates = {
        f.name: timezone.localdate() for f in step.fields if f.type == "date" and f.name.startswith("signed_")
    }
    return {**{name: value for name, value in known.items() if value and name != NAME}, **dates}


def _show(form: StepForm, error: Any, found: Matter | None) -> None:
    if isinstance(error, InvalidFacts):
        form.add_problems(error.problems.items())
    elif isinstance(error, Refused) and found is not None:
        form.add_problems(("", reason) for reason in own.reasons(error))
    elif isinstance(error, Refused):
        form.add_problems(("", reason) for reason in dict.fromkeys(error.reasons.values()))
    else:
        form.add_problems([("", str(error))])
