"""Forms of agreements: customer, agreement, contact, term, contract file."""

import json
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import Customer, User
from obligations import periods, told
from obligations.clauses import term_specs
from obligations.languages import LANGUAGES
from obligations.models import Agreement, Profile
from obligations.models_agreement import check_calendar


class CalendarField(forms.MultiValueField):
    """Country, subdivision and time zone; empty country and zone: no calendar."""

    def __init__(self, **kwargs: Any) -> None:
        parts = tuple(forms.CharField(max_length=length, required=False) for length in (2, 10, 60))
        super().__init__(
            fields=parts, require_all_fields=False, widget=CalendarInput(), required=False, **kwargs
        )

    def compress(self, values: list[str]) -> dict[str, str] | None:
        country, subdivision, zone = [*values, "", "", ""][:3]
        given = {"country": country.upper(), "subdivision": subdivision.upper(), "tz": zone}
        calendar = {key: value for key, value in given.items() if value} or None
        check_calendar(calendar)
        return calendar


class CalendarInput(forms.MultiWidget):
    def __init__(self) -> None:
        hints = (
            {"placeholder": "DE", "aria-label": _("Country (ISO 3166)"), "size": 4},
            {"placeholder": "BE", "aria-label": _("Subdivision (ISO 3166-2)"), "size": 5},
            {"placeholder": "Europe/Berlin", "aria-label": _("Time zone (IANA)"), "size": 18},
        )
        super().__init__(widgets=[forms.TextInput(attrs=hint) for hint in hints])

    def decompress(self, value: Any) -> list[str]:
        known = value or {}
        return [known.get("country", ""), known.get("subdivision", ""), known.get("tz", "")]


class AgreementForm(forms.Form):
    """A new agreement, of a customer that exists or of a new one."""

    customer = forms.CharField(
        label=_("Customer"), max_length=200, help_text=_("A new name makes a new customer.")
    )
    title = forms.CharField(label=_("Title"), max_length=200)
    profile = forms.ModelChoiceField(Profile.objects.none(), label=_("Contract text"), empty_label=None)
    customer_role = forms.ChoiceField(label=_("The customer is"), choices=Agreement.CustomerRole.choices)
    our_calendar = CalendarField(
        label=_("Our calendar"), help_text=_("Country, subdivision, time zone of our place.")
    )
    their_calendar = CalendarField(label=_("Their calendar"), help_text=_("Of the customer's place."))
    owner = forms.ModelChoiceField(User.objects.none(), label=_("Owner"), help_text=_("Who must act."))
    deputy = forms.ModelChoiceField(User.objects.none(), label=_("Deputy"), required=False)
    language = forms.CharField(label=_("Language of notices"), initial="en", max_length=10)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        staff = User.objects.filter(memberships__role="officer", memberships__customer=None).order_by("name")
        self.fields["owner"].queryset = self.fields["deputy"].queryset = staff  # type: ignore[attr-defined]
        newest = [
            Profile.objects.filter(key=key).order_by("-version").values_list("pk", flat=True)[0]
            for key in sorted(set(Profile.objects.exclude(key="house").values_list("key", flat=True)))
        ]
        self.fields["profile"].queryset = Profile.objects.filter(pk__in=newest)  # type: ignore[attr-defined]

    def customer_row(self) -> Customer | None:
        """The customer of that name, if it exists."""
        return Customer.objects.filter(name=self.cleaned_data["customer"].strip()).first()


class ContactForm(forms.Form):
    """A notice contact."""

    name = forms.CharField(label=_("Name"), max_length=150)
    email = forms.EmailField(label=_("E-mail"))
    phone = forms.CharField(label=_("Telephone"), max_length=40, required=False)
    language = forms.ChoiceField(
        label=_("Language of notices"),
        choices=[("", _("As the agreement says")), *LANGUAGES],
        required=False,
    )
    kinds = forms.MultipleChoiceField(
        label=_("Gets notices of"),
        help_text=_("None ticked: of everything that nobody else has chosen."),
        choices=told.choices,
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    reminders = forms.BooleanField(
        label=_("Gets reminders of your own periods"),
        help_text=_("Such as the 72 hours to inform the authority, or the days in which to object."),
        initial=True,
        required=False,
    )


class TermForm(forms.Form):
    """A negotiated term."""

    key = forms.ChoiceField(label=_("Term"))
    value = forms.CharField(
        label=_("Value"),
        help_text=_(
            "Such as: 24 hours; 10 business days; at least 30 days; promptly (target 2 business days); yes; specific."
        ),
    )
    effective_from = forms.DateField(label=_("In force from"), widget=forms.DateInput(attrs={"type": "date"}))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        specs = sorted(term_specs().values(), key=lambda spec: str(spec.label))
        self.fields["key"].choices = [(spec.key, f"{spec.label} ({spec.key})") for spec in specs]  # type: ignore[attr-defined]

    def clean_value(self) -> Any:
        """A period in words, yes or no, a word, or a value as it stands in a profile."""
        words = self.cleaned_data["value"].strip()
        plain = {"yes": True, "no": False}.get(words.lower(), periods.from_words(words))
        if plain is not None:
            return plain
        try:
            return json.loads(words)
        except json.JSONDecodeError:
            return words


class ContractForm(forms.Form):
    """The contract's text as a file."""

    file = forms.FileField(label=_("Contract as a text file"), help_text=_("UTF-8, at most 2 MB."))
