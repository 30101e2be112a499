"""Pages that act: each form is a Step's declaration, each POST calls one verb."""

import json
from collections.abc import Mapping, Sequence

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts import drafts
from accounts.doors import Request, door, prove_first
from accounts.roles import STAFF
from obligations import actions, bulk_steps, evidence, reading, refusals
from obligations.clauses import CLAUSES, Clause, Field, Step
from obligations.facts import InvalidFacts
from obligations.forms import OpenAgreement, StepForm, fresh_key, seen, versions
from obligations.models import Entry, Matter
from obligations.proposals import waits_for
from obligations.turn import Refused

MOST = 5000
SHOWN = 500  # results that are listed one by one


@door(*STAFF)
@require_http_methods(["GET", "HEAD", "POST"])
def open_form(request: Request, kind: str) -> HttpResponse:
    """Open a matter of a kind."""
    clause = CLAUSES.get(kind)
    if clause is None or not reading.may_open(request.actor, clause):
        raise Http404
    step = clause.step("open")
    form = StepForm(
        (actions.TITLE, *step.fields),
        request.POST or None,
        request.FILES or None,
        with_at=not step.happened,
        initial={"key": fresh_key(), **drafts.taken(request)},
    )
    if clause.of == "agreement":
        form.fields = {"agreement": OpenAgreement(), **form.fields}
    if request.method == "POST" and form.is_valid():
        made = _open(request, form, kind)
        if made:
            messages.success(request, _("%(reference)s is open.") % {"reference": made.reference})
            return redirect("matter", made.public_reference)
    return form_page(request, form, step, clause, [])


def _open(request: Request, form: StepForm, kind: str) -> Matter | None:
    now = timezone.now()
    try:
        facts = form.facts()
        title = facts.pop("title")
        return actions.open_matter(
            kind,
            actor=request.actor,
            at=form.cleaned_data.get("at") or now,
            now=now,
            facts=facts,
            title=title,
            agreement=form.cleaned_data.get("agreement"),
            key=form.cleaned_data.get("key"),
        )
    except (InvalidFacts, Refused, evidence.Unusable) as error:
        show(form, error)
        return None


@door(*STAFF)
@require_http_methods(["GET", "HEAD", "POST"])
def step_form(request: Request, reference: str, step: str) -> HttpResponse:
    """One step of one matter, or of its children: those `chosen` on its page, or `all` that can take it.

    The form that is sent names its matters by `seen`: exactly those that its reader saw.
    """
    found = reading.whole(reference.upper())
    if found is None:
        raise Http404
    below = Matter.objects.filter(parent=found).select_related("agreement", "customer", "proposal")
    named = versions(request.POST.get("seen", ""))
    if named:
        batch = [found] if set(named) == {found.pk} else list(below.filter(pk__in=named).order_by("pk"))
    elif "all" in request.GET:
        batch = [row for row in below.order_by("pk")[:MOST] if _can_take(row, step)]
    elif request.GET.getlist("chosen"):
        batch = list(below.filter(public_reference__in=request.GET.getlist("chosen")).order_by("pk"))
    else:
        batch = [found]
    return _step_page(request, batch, step, back=found)


def _can_take(row: Matter, name: str) -> bool:
    return any(step.name == name and row.state in step.from_states for step in row.clause.steps)


def _step_page(request: Request, batch: list[Matter], name: str, back: Matter) -> HttpResponse:
    if not batch:
        raise Http404
    clause = batch[0].clause
    step = next((step for step in clause.steps if step.name == name), None)
    if step is None or name == "open" or any(row.kind != clause.kind for row in batch):
        raise Http404
    approving = step.two_people and any(waits_for(row, name) for row in batch)
    prove = prove_first(request) if approving else None
    if prove:
        return prove
    fields = () if approving else step.fields
    filled = request.POST if request.method == "POST" and "seen" in request.POST else None
    files = request.FILES if filled is not None else None
    initial = {
        "seen": seen(batch),
        "key": fresh_key(),
        **_known(clause, fields, batch),
        **drafts.taken(request),
    }
    form = StepForm(fields, filled, files, with_at=not step.happened, initial=initial)
    if filled is not None and form.is_valid():
        response = _advance(request, form, step, batch, back)
        if response:
            return response
    return form_page(request, form, step, clause, batch, back=back)


def _known(clause: Clause, fields: Sequence[Field], batch: Sequence[Matter]) -> dict[str, object]:
    """What the matter knows already of the facts that its form shows again, such as a slot to agree to."""
    names = [field.name for field in fields if field.known]
    row = clause.detail.objects.filter(matter=batch[0]).first() if clause.detail and names else None
    return {name: getattr(row, name) for name in names if row is not None and len(batch) == 1}


def _advance(
    request: Request, form: StepForm, step: Step, batch: list[Matter], back: Matter
) -> HttpResponse | None:
    now = timezone.now()
    known = versions(form.cleaned_data["seen"])
    for row in batch:
        row.version = known.get(row.pk, -1)
    actor, at = request.actor, form.cleaned_data.get("at") or now
    try:
        facts = form.facts()
        if bulk_steps.is_long(batch, step, actor):
            key, page = form.cleaned_data["key"], reverse("matter", args=[back.public_reference])
            job = bulk_steps.start(step, [(facts, batch)], actor=actor, at=at, now=now, key=key, back=page)
            return redirect("job", job.pk)
        outcome = actions.advance(
            batch, step.name, actor=actor, at=at, now=now, facts=facts, partial=len(batch) > 1
        )
    except (InvalidFacts, Refused, evidence.Unusable) as error:
        show(form, error)
        return None
    _tell(request, step, outcome, batch)
    if outcome.refused and len(batch) > 1:
        return _results(request, step, outcome, batch, back)
    return redirect("matter", back.public_reference)


def _results(
    request: Request, step: Step, outcome: actions.Outcome, batch: Sequence[Matter], back: Matter
) -> HttpResponse:
    """One line for each matter of a batch of which some were refused: those first, with the reason."""
    lines = [(row, outcome.refused.get(row.pk, "")) for row in batch]
    lines.sort(key=lambda line: not line[1])
    context = {
        "step": step,
        "back": back,
        "lines": lines[:SHOWN],
        "of": len(batch),
        "refused": len(outcome.refused),
    }
    return render(request, "obligations/results.html", context)


def _tell(request: Request, step: Step, outcome: actions.Outcome, batch: Sequence[Matter]) -> None:
    of_many = {"step": step.label, "all": len(batch)}
    several = len(batch) > 1
    for tell, found, one, many in (
        (
            messages.info,
            outcome.proposed,
            _("%(step)s: proposed; it waits for a second person."),
            _("%(step)s: %(n)s of %(all)s proposed; each waits for a second person."),
        ),
        (messages.success, outcome.done, _("%(step)s: done."), _("%(step)s: %(n)s of %(all)s done.")),
        (messages.error, outcome.refused, _("%(step)s: refused."), _("%(step)s: %(n)s of %(all)s refused.")),
    ):
        if found:
            tell(request, (many if several else one) % {**of_many, "n": len(found)})


def form_page(
    request: Request,
    form: StepForm,
    step: Step,
    clause: Clause,
    batch: Sequence[Matter],
    back: Matter | None = None,
) -> HttpResponse:
    request.kind_shown = clause.kind
    proposals = _distinct_proposals(batch, step.name)
    blocked: Mapping[int, str] = {}
    if batch and request.method in ("GET", "HEAD"):
        now = timezone.now()
        at = {row.pk: now for row in batch}
        blocked, _ = refusals.find(step, batch, {r.pk: r.version for r in batch}, request.actor, at, now)
    context = {
        "form": form,
        "step": step,
        "clause": clause,
        "batch": batch,
        "back": back,
        "proposals": proposals,
        "blocked": list(dict.fromkeys(blocked.values()))[:20],
        "first": batch[:50],
    }
    return render(request, "obligations/step.html", context, status=422 if form.is_bound else 200)


def _distinct_proposals(batch: Sequence[Matter], step: str) -> list[Entry]:
    """What waits for approval: proposals that say the same are shown once."""
    found: dict[str, Entry] = {}
    for row in batch:
        if row.proposal and waits_for(row, step):
            row.proposal.matter = row
            found.setdefault(json.dumps(row.proposal.facts, sort_keys=True), row.proposal)
    return list(found.values())[:20]


def show(form: StepForm, error: InvalidFacts | Refused | evidence.Unusable) -> None:
    if isinstance(error, InvalidFacts):
        form.add_problems(error.problems.items())
    elif isinstance(error, evidence.Unusable):
        form.add_problems([("", str(error))])
    else:
        form.add_problems(("", reason) for reason in dict.fromkeys(error.reasons.values()))
