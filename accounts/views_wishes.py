"""A person's own settings: time zone, working hours, and how alerts reach them."""

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from accounts import people
from accounts.doors import EVERYBODY, Request, door
from accounts.models import User

CLOCK = forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
OF_ALERTS = ("alerts", "digest_at", "quiet_from", "quiet_to")


class WishesForm(forms.ModelForm):
    """Times are in the zone of the same form."""

    class Meta:
        model = User
        fields = ("time_zone", "workday_starts", "workday_ends", *OF_ALERTS)
        widgets = dict.fromkeys(("workday_starts", "workday_ends", *OF_ALERTS[1:]), CLOCK)
        labels = {
            "time_zone": gettext_lazy("Time zone"),
            "workday_starts": gettext_lazy("Working day begins"),
            "workday_ends": gettext_lazy("Working day ends"),
            "alerts": gettext_lazy("Alerts of day clocks"),
            "digest_at": gettext_lazy("The one message comes at"),
            "quiet_from": gettext_lazy("Quiet from"),
            "quiet_to": gettext_lazy("Quiet until"),
        }
        help_texts = {
            "time_zone": gettext_lazy(
                "An IANA name such as Europe/Berlin. All times that you read are in it."
            ),
            "workday_starts": gettext_lazy("Day clocks of what you own ring in your working hours."),
            "alerts": gettext_lazy("Hour clocks, what is late and escalations always come at once."),
            "digest_at": gettext_lazy("What rings after it waits until the next day."),
            "quiet_from": gettext_lazy(
                "Both empty: no quiet hours. What falls into them comes at their end."
            ),
        }

    def clean(self) -> dict[str, object]:
        """Quiet hours have both ends, and the working day begins before it ends."""
        known = super().clean() or {}
        begins, ends = known.get("quiet_from"), known.get("quiet_to")
        if "quiet_from" in self.fields and (begins is None) != (ends is None):
            self.add_error("quiet_to", _("Give both ends of the quiet hours, or neither."))
        elif begins is not None and begins == ends:
            self.add_error("quiet_to", _("Quiet hours cannot end when they begin."))
        first, last = known.get("workday_starts"), known.get("workday_ends")
        if first is not None and last is not None and first >= last:
            self.add_error("workday_ends", _("The working day must end after it begins."))
        return known


@door(*EVERYBODY)
@require_http_methods(["GET", "HEAD", "POST"])
def wishes(request: Request) -> HttpResponse:
    """Each person changes their own; alerts about our duties go to the house's people alone."""
    user = User.objects.get(pk=request.actor.user_id or 0)
    form = WishesForm(request.POST or None, instance=user)
    if not request.actor.is_staff:
        form.fields = {name: field for name, field in form.fields.items() if name not in OF_ALERTS}
    if request.method == "POST" and form.is_valid():
        people.set_wishes(user, list(form.fields), actor=request.actor, at=timezone.now())
        messages.success(request, _("Kept. It holds from the next alert on."))
        return redirect("wishes")
    return render(request, "people/wishes.html", {"form": form}, status=422 if form.is_bound else 200)
