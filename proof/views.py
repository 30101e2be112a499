"""One click: does the ledger of this customer hold, what does that mean, and the pack to take away."""

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.text import slugify
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.doors import EVERYBODY, Request, door
from accounts.models import Customer
from obligations.models import Matter
from proof import packs, signing, verifying
from proof.models import Checkpoint


def _customers(request: Request) -> list[Customer]:
    """Those whose proof the reader may see: staff all, a customer's people their own."""
    rows = Customer.objects.order_by("name")
    return list(rows if request.actor.is_staff else rows.filter(pk__in=request.actor.at_customers))


def _customer(request: Request, reference: str) -> Customer:
    """Named by the reference of one of its agreements: a customer reads no running number."""
    own = Matter.objects.filter(kind="agreement", public_reference=reference.upper())
    pk = own.values_list("customer_id", flat=True).first()
    found = next((row for row in _customers(request) if row.pk == pk), None)
    if found is None:
        raise Http404
    return found


@door(*EVERYBODY)
@require_safe
def proofs(request: Request) -> HttpResponse:
    """Whose proof there is to see, and the public keys."""
    last = {row.customer_id: row for row in Checkpoint.objects.exclude(customer=None).order_by("seq")}
    agreements = Matter.objects.filter(kind="agreement").order_by("-pk")
    references = dict(agreements.values_list("customer_id", "public_reference"))  # the first of each
    rows = [(row, references.get(row.pk), last.get(row.pk)) for row in _customers(request)]
    return render(request, "proof/proofs.html", {"rows": rows, "keys": signing.public_keys()})


@door(*EVERYBODY)
@never_cache
@require_safe
def proof(request: Request, reference: str) -> HttpResponse:
    """Verify the customer's chain now, in plain words."""
    customer = _customer(request, reference)
    report = verifying.of_customer(customer.pk)
    checkpoints = Checkpoint.objects.filter(customer=customer).order_by("-seq")[:30]
    context = {
        "customer": customer,
        "reference": reference,
        "report": report,
        "seals": report.looked_at["ledger"],
        "signed": report.looked_at["checkpoints"],
        "checkpoints": checkpoints,
        "keys": signing.public_keys(),
        "now": timezone.now(),
    }
    return render(request, "proof/proof.html", context)


@door(*EVERYBODY)
@require_POST
def pack(request: Request, reference: str) -> HttpResponse:
    """The accountability pack, as a file."""
    customer = _customer(request, reference)
    now = timezone.now()
    name = f"accountability-{slugify(customer.name)}-{now:%Y-%m-%d}.zip"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(packs.made(customer, now), content_type="application/zip", headers=headers)
