"""What people type about endpoints."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import Customer
from accounts.roles import Actor
from webhooks.endpoints import KEEPERS


class EndpointForm(forms.Form):
    """A wish for an endpoint."""

    url = forms.CharField(
        label=_("Address"),
        max_length=500,
        help_text=_("Where your program listens, such as https://hooks.example/dpa."),
    )
    wants = forms.CharField(
        label=_("Only these events"),
        required=False,
        max_length=1000,
        help_text=_("Kinds and steps, such as breach.* *.alert. Empty: every event."),
    )
    customer: Any = forms.ModelChoiceField(
        None,  # asked in the reader's scope, not at import
        label=_("Of this customer alone"),
        required=False,
        to_field_name="name",
        empty_label=_("All that happens"),
    )

    def __init__(self, actor: Actor, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        chosen: Any = self.fields["customer"]
        chosen.queryset = Customer.objects.order_by("name")
        if not actor.house & KEEPERS:  # a customer's people: one of theirs
            chosen.queryset = chosen.queryset.filter(pk__in=actor.at_customers)
            chosen.required, chosen.empty_label = True, None

    def patterns(self) -> list[str]:
        """The patterns that were typed."""
        return str(self.cleaned_data["wants"]).replace(",", " ").split()


def _typed() -> forms.DateTimeInput:
    return forms.DateTimeInput({"type": "datetime-local"}, "%Y-%m-%dT%H:%M")


class ReplayForm(forms.Form):
    """A range of time, in the reader's zone."""

    since = forms.DateTimeField(label=_("From"), widget=_typed())
    until = forms.DateTimeField(label=_("Until"), widget=_typed())

    def clean(self) -> dict[str, Any]:
        """The range must be one."""
        found = self.cleaned_data
        if "since" in found and "until" in found and found["since"] >= found["until"]:
            raise forms.ValidationError(_("The range ends before it begins."))
        return found
