"""Who the data subject is: a page of its own, so that no list and no search shows a name."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from accounts.doors import EVERYBODY, Request, door
from dsars import subjects
from obligations.models import Evidence, Matter


@door(*EVERYBODY)
@require_safe
def data_subject(request: Request, reference: str) -> HttpResponse:
    """Name, contact and the request itself; after the purge, that there is nothing any more."""
    rows = Matter.objects.filter(kind__in=subjects.KINDS).select_related("dsar_subject")
    found = get_object_or_404(rows, public_reference=reference)
    context = {
        "matter": found,
        "subject": getattr(found, "dsar_subject", None),
        "evidence": Evidence.objects.filter(matter=found).order_by("pk"),
    }
    return render(request, "dsars/data_subject.html", context)
