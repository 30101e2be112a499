"""The public page with which anybody checks a certificate, and the way to it from the exit."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_safe

from accounts.doors import EVERYBODY, Request, door
from accounts.scope import ALL, scope
from deletion.certificate import digest
from deletion.facts import METHODS, PLACES
from deletion.models import Exit


@door()
@require_safe
def certificate(request: Request, code: str) -> HttpResponse:
    """The certificate of that code. Whoever holds the code may read it; every other code is the same 404."""
    with scope(ALL, reason="check of a certificate"):
        found = Exit.objects.filter(code=code).first()
    if found is None:
        return render(request, "deletion/no_certificate.html", status=404)
    context = {
        "certificate": found,
        "facts": found.facts,
        "lines": [_in_words(line) for line in found.facts["erased"]],
        "valid": digest(found.facts) == found.sha256,
    }
    return render(request, "deletion/certificate.html", context)


@door(*EVERYBODY)
@require_safe
def certificate_of(request: Request, reference: str) -> HttpResponse:
    """From an exit that the reader may see to its certificate."""
    rows = Exit.objects.filter(matter__public_reference=reference, code__isnull=False)
    return redirect("certificate", get_object_or_404(rows).code)


def _in_words(line: dict[str, str]) -> dict[str, str]:
    places, methods = dict(PLACES), dict(METHODS)
    place, method = line["place"], line["method"]
    return {**line, "place": str(places.get(place, place)), "method": str(methods.get(method, method))}
