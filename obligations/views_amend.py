"""Pages that amend: correct a fact, extend or waive an obligation, decline a proposal, acknowledge, attach a file."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts import drafts
from accounts.doors import Request, door, prove_first
from accounts.roles import Role
from obligations import actions, corrections, evidence, reading
from obligations.clauses import Field, Step
from obligations.facts import InvalidFacts
from obligations.forms import StepForm, seen, versions
from obligations.models import Evidence, Matter, Obligation
from obligations.proposals import waits_for
from obligations.turn import Refused
from obligations.views_steps import form_page, show


@door(Role.OFFICER)
@require_http_methods(["GET", "HEAD", "POST"])
def correct_form(request: Request, reference: str, fact: str) -> HttpResponse:
    """Correct an earlier fact: old and new are kept, open clocks are counted anew."""
    found = reading.whole(reference.upper())
    fields = (
        [f for f in found.clause.step("open").fields if f.name == fact and not f.private] if found else []
    )
    if found is None or not fields:
        raise Http404
    step = Step(
        "correct",
        f"Correct: {fields[0].label}",
        found.state,
        "=",
        frozenset({Role.OFFICER}),
        fields=(fields[0], corrections.REASON),
    )
    form = StepForm(step.fields, request.POST or None, with_at=False, initial={"seen": seen([found])})
    if request.method == "POST" and form.is_valid():
        found.version = versions(form.cleaned_data["seen"]).get(found.pk, -1)
        facts = form.facts()
        try:
            corrections.correct(
                found,
                fact,
                facts.get(fact),
                reason=facts.get("reason", ""),
                actor=request.actor,
                at=timezone.now(),
            )
        except (InvalidFacts, Refused) as error:
            show(form, error)
        else:
            messages.success(
                request, _("%(label)s was corrected; the earlier value is kept.") % {"label": fields[0].label}
            )
            return redirect("matter", reference)
    return form_page(request, form, step, found.clause, [], back=found)


@door(Role.OFFICER, Role.APPROVER, Role.SIGNATORY)
@require_http_methods(["GET", "HEAD", "POST"])
def decline_form(request: Request, reference: str) -> HttpResponse:
    """End a proposal: its proposer takes it back, or an approver says no."""
    found = reading.whole(reference.upper())
    if found is None or found.proposal is None:
        raise Http404
    step = Step(
        "decline", "Decline the proposal", found.state, "=", frozenset(), fields=(corrections.REASON,)
    )
    form = StepForm(step.fields, request.POST or None, with_at=False, initial={"seen": seen([found])})
    if request.method == "POST" and form.is_valid():
        try:
            reason = form.facts().get("reason", "")
            read = versions(form.cleaned_data["seen"]).get(found.pk, -1)
            corrections.decline(found, reason=reason, actor=request.actor, at=timezone.now(), seen=read)
        except (InvalidFacts, Refused) as error:
            show(form, error)
        else:
            messages.success(request, _("The proposal was declined; the reason is kept."))
            return redirect("matter", reference)
    return form_page(request, form, step, found.clause, [], back=found)


@door(Role.ADMIN, Role.OFFICER, Role.APPROVER)
@require_POST
def acknowledge(request: Request, pk: int) -> HttpResponse:
    """I have seen it: the escalation stops."""
    row = get_object_or_404(Obligation, pk=pk)
    changed = actions.acknowledge([row], actor=request.actor, at=timezone.now())
    words = (
        "Acknowledged: the escalation stops, the duty goes on."
        if changed
        else "This was acknowledged before."
    )
    messages.success(request, words)
    back = request.POST.get("next", "")
    ours = url_has_allowed_host_and_scheme(back, None) and back.startswith("/")
    return redirect(back) if ours else redirect("obligation", pk)


@door(Role.ADMIN, Role.OFFICER, Role.APPROVER)
@require_POST
def note_add(request: Request, reference: str) -> HttpResponse:
    """A note beside the matter's entries."""
    found = reading.whole(reference.upper())
    if found is None:
        raise Http404
    try:
        actions.note(found, request.POST.get("text", ""), actor=request.actor, at=timezone.now())
    except InvalidFacts as error:
        messages.error(request, error.problems["text"])
    else:
        messages.success(request, _("The note is kept."))
    return redirect("matter", found.public_reference)


@door(Role.OFFICER, Role.APPROVER, Role.SIGNATORY)
@require_http_methods(["GET", "HEAD", "POST"])
def amend_form(request: Request, pk: int, verb: str) -> HttpResponse:
    """Extend or waive an obligation: one person proposes with the creditor's agreement, another approves."""
    row = get_object_or_404(Obligation.objects.select_related("matter__proposal", "matter__agreement"), pk=pk)
    verbs = {"extend": (corrections.extend, (corrections.DUE_AT,)), "waive": (corrections.waive, ())}
    if verb not in verbs:
        raise Http404
    act, extra = verbs[verb]
    approving = waits_for(row.matter, verb)
    prove = prove_first(request) if approving else None
    if prove:
        return prove
    fields = () if approving else (*extra, corrections.REASON, _evidence_field(row.matter))
    step = Step(
        verb,
        f"{verb.capitalize()} this obligation",
        row.matter.state,
        "=",
        frozenset({Role.APPROVER}),
        fields=fields,
        two_people=True,
    )
    initial = {"seen": seen([row.matter]), **drafts.taken(request)}
    form = StepForm(fields, request.POST or None, with_at=False, initial=initial)
    if request.method == "POST" and form.is_valid():
        facts = form.facts()
        if "evidence" in facts:
            facts["evidence"] = int(facts["evidence"])
        try:
            read = versions(form.cleaned_data["seen"]).get(row.matter_id, -1)
            made = act(row, actor=request.actor, at=timezone.now(), facts=facts, seen=read)
        except (InvalidFacts, Refused) as error:
            show(form, error)
        else:
            messages.success(
                request, _("Proposed; it waits for a second person.") if made.proposed else _("Done.")
            )
            return redirect("matter", row.matter.public_reference)
    return form_page(
        request, form, step, row.matter.clause, [row.matter] if approving else [], back=row.matter
    )


def _evidence_field(matter: Matter) -> Field:
    known = tuple(
        (str(pk), title) for pk, title in Evidence.objects.filter(matter=matter).values_list("pk", "title")
    )
    return Field(
        "evidence",
        "choice",
        "The other side's written agreement",
        required=False,
        choices=known,
        help="Attach it to the matter first.",
    )


@door(Role.ADMIN, Role.OFFICER, Role.APPROVER)
@require_POST
def evidence_add(request: Request, reference: str) -> HttpResponse:
    """Attach a file to a matter."""
    found = reading.whole(reference.upper())
    upload = request.FILES.get("file")
    if found is None:
        raise Http404
    if upload is None or not upload.size:
        messages.error(request, _("Choose a file that is not empty."))
    else:
        try:
            made = evidence.add_file(
                found,
                title=upload.name or "file",
                chunks=upload.chunks(),
                actor=request.actor,
                at=timezone.now(),
            )
        except evidence.Unusable as error:
            messages.error(request, str(error))
        else:
            messages.success(request, _("%(title)s is attached.") % {"title": made.title})
    return redirect("matter", reference)
