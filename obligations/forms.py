"""Forms made from the Fields of a Step: the same declaration as the API's."""

import uuid
from collections.abc import Iterable, Sequence
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from obligations import evidence
from obligations.clauses import Field
from obligations.models import Agreement


class AgreementChoice(forms.ModelMultipleChoiceField):  # type: ignore[type-arg]
    """Several agreements, as a list of ids."""

    def __init__(self, **kwargs: Any) -> None:
        queryset = Agreement.objects.select_related("customer").order_by("customer__name", "title")
        super().__init__(queryset, widget=forms.CheckboxSelectMultiple, **kwargs)

    def label_from_instance(self, obj: Agreement) -> str:
        return f"{obj.customer}: {obj.title}" if str(obj.customer) not in obj.title else obj.title

    def clean(self, value: Any) -> Any:
        return [agreement.pk for agreement in super().clean(value)]


def _house_people() -> Any:
    return User.objects.filter(is_active=True, memberships__customer=None).distinct().order_by("name")


class PersonChoice(forms.ModelChoiceField):  # type: ignore[type-arg]
    """One person of the house, as an id."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(_house_people(), empty_label=_("Choose"), **kwargs)

    def clean(self, value: Any) -> Any:
        found = super().clean(value)
        return found and found.pk


class PeopleChoice(forms.ModelMultipleChoiceField):  # type: ignore[type-arg]
    """Several people of the house, as ids."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(_house_people(), widget=forms.CheckboxSelectMultiple, **kwargs)

    def clean(self, value: Any) -> Any:
        return [person.pk for person in super().clean(value)]


class Moment(forms.DateTimeField):
    """A date and time in the reader's zone."""

    widget = forms.DateTimeInput(attrs={"type": "datetime-local", "step": 60}, format="%Y-%m-%dT%H:%M")
    input_formats = ("%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M")


def form_field(field: Field) -> forms.Field:
    """The form field of a Field."""
    common: dict[str, Any] = {"label": field.label, "help_text": field.help, "required": field.required}
    if field.type == "instant":
        return Moment(**common)
    if field.type == "date":
        return forms.DateField(widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"), **common)
    if field.type == "long_text":
        return forms.CharField(widget=forms.Textarea(attrs={"rows": 5}), max_length=20_000, **common)
    if field.type == "choice":
        blank = [("", _("Choose"))]
        return forms.ChoiceField(choices=[*blank, *field.choices], **common)
    if field.type == "agreements":
        return AgreementChoice(**common)
    if field.type == "file":
        return forms.FileField(max_length=200, **common)
    if field.type == "person":
        return PersonChoice(**common)
    if field.type == "people":
        return PeopleChoice(**common)
    if field.type == "number":
        return forms.IntegerField(**common)
    if field.type == "boolean":
        return forms.BooleanField(**{**common, "required": False})
    return forms.CharField(max_length=200, **common)


class OpenAgreement(forms.ModelChoiceField):  # type: ignore[type-arg]
    """The agreement that a new matter is about, among those in scope."""

    def __init__(self) -> None:
        rows = Agreement.objects.select_related("customer").order_by("customer__name", "title")
        super().__init__(rows, label=_("Agreement"), empty_label=_("Choose"))


class StepForm(forms.Form):
    """`at`, the step's facts, and the versions that the reader saw (id:version pairs)."""

    at = Moment(
        label=_("When it happened"),
        help_text=_("Now, or earlier if you record it afterwards. Empty: now."),
        required=False,
    )
    seen = forms.CharField(widget=forms.HiddenInput, required=False)
    key = forms.UUIDField(widget=forms.HiddenInput, required=False)

    def __init__(self, fields: Sequence[Field], *args: Any, with_at: bool = True, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.names = [field.name for field in fields]
        for field in fields:
            self.fields[field.name] = form_field(field)
        if not with_at:
            del self.fields["at"]

    def facts(self) -> dict[str, Any]:
        """The step's facts without empty ones; an uploaded file is stored before anything points to it."""
        known = {name: self.cleaned_data.get(name) for name in self.names}
        return {
            name: evidence.kept(value.name or "file", value.chunks())
            if isinstance(value, UploadedFile)
            else value
            for name, value in known.items()
            if value not in (None, "", [])
        }

    def add_problems(self, problems: Iterable[tuple[str, str]]) -> None:
        """Show what a verb said next to the field it is about."""
        for name, words in problems:
            self.add_error(name if name in self.fields else None, words)


def seen(matters: Iterable[Any]) -> str:
    """The hidden field that carries versions through a form."""
    return ",".join(f"{matter.pk}:{matter.version}" for matter in matters)


def versions(text: str) -> dict[int, int]:
    """What `seen` carried: the version that was read, by matter id; an unreadable list is none."""
    try:
        pairs = [pair.split(":") for pair in text.split(",") if pair]
        return {int(pk): int(version) for pk, version in pairs}
    except ValueError:
        return {}


def fresh_key() -> uuid.UUID:
    """The key that makes a form sent twice open one matter."""
    return uuid.uuid4()
