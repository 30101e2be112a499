"""The contract as data: profile (a text), agreement (one signed DPA), term (one negotiated parameter)."""

import datetime as dt
from typing import Any, ClassVar

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.scope import Scoped, scoped_history
from obligations.clock import Calendar


def calendar_from(data: dict[str, Any] | None) -> Calendar:
    """A Calendar of its stored form; without data Monday to Friday, UTC, no holidays (time.md: strict)."""
    kept = dict(data or {})
    if kept.get("weekend") is not None:
        kept["weekend"] = frozenset(kept["weekend"])
    for name in ("extra_holidays", "removed_holidays"):
        kept[name] = tuple(dt.date.fromisoformat(day) for day in kept.get(name, ()))
    return Calendar(**kept)


def check_calendar(data: dict[str, Any] | None) -> None:
    """Refuse what the clock could not use, with the clock's own words."""
    try:
        calendar_from(data)
    except (TypeError, ValueError) as error:
        raise ValidationError(
            f"This calendar cannot be used: {error} "
            'It should look like {"country": "DE", "subdivision": "BE", "tz": "Europe/Berlin"}.'
        ) from error


class Profile(models.Model):
    """A contract text as data, from a YAML file. A changed file makes a new version; versions never change."""

    key = models.CharField(max_length=60)
    version = models.PositiveIntegerField()
    title = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64)
    clauses = models.JSONField()  # {"11": {"title", "says", "covers": [...]}}
    terms = (
        models.JSONField()
    )  # {"breaches.inform_authority.within": value, or [{"from", "value", "source"}]}
    settings = models.JSONField(default=dict)  # the house's calendar and working hours
    loaded_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["key", "version"], name="one_profile_per_version")
        ]

    def __str__(self) -> str:
        return f"{self.title} (version {self.version})"


class Agreement(Scoped):
    """One signed data protection agreement with one customer."""

    class CustomerRole(models.TextChoices):
        CONTROLLER = "controller", _("Controller")
        PROCESSOR = "processor", _("Processor for another controller")

    customer = models.ForeignKey("accounts.Customer", on_delete=models.PROTECT, related_name="agreements")
    title = models.CharField(max_length=200)
    profile = models.ForeignKey(Profile, on_delete=models.PROTECT, related_name="agreements")
    customer_role = models.CharField(max_length=10, choices=CustomerRole.choices)
    our_calendar = models.JSONField(null=True, blank=True, validators=[check_calendar])
    their_calendar = models.JSONField(null=True, blank=True, validators=[check_calendar])
    language = models.CharField(max_length=10, default="en")
    region = models.CharField(max_length=60, blank=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    deputy = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    history = scoped_history()

    def __str__(self) -> str:
        return self.title

    def calendar_of(self, party: str) -> Calendar:
        """Calendar of the party that owes a duty: `reckon` counts in the debtor's place."""
        return calendar_from(self.our_calendar if party == "processor" else self.their_calendar)


class NoticeContact(Scoped):
    """Who at the customer gets notices, in order of position."""

    customer = models.ForeignKey(
        "accounts.Customer", on_delete=models.PROTECT, related_name="notice_contacts"
    )
    agreement = models.ForeignKey(Agreement, on_delete=models.CASCADE, related_name="contacts")
    position = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=150)
    email = models.EmailField()
    phone = models.CharField(max_length=40, blank=True)
    language = models.CharField(
        max_length=10, blank=True
    )  # of notices to this person; empty: the agreement's
    kinds = models.JSONField(
        default=list, db_default=[], blank=True
    )  # kinds of matters that it wants; none: all
    reminders = models.BooleanField(default=True, db_default=True)  # of the customer's own periods
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    history = scoped_history()

    class Meta(Scoped.Meta):
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["agreement", "position"], name="one_contact_per_position"),
            models.UniqueConstraint(fields=["agreement", "email"], name="one_contact_per_address"),
        ]
        ordering: ClassVar = ["position"]

    def __str__(self) -> str:
        return f"{self.name} <{self.email}>"


class Term(Scoped):
    """One negotiated parameter of an agreement; what it does not set comes from the profile."""

    customer = models.ForeignKey("accounts.Customer", on_delete=models.PROTECT, related_name="+")
    agreement = models.ForeignKey(Agreement, on_delete=models.CASCADE, related_name="terms")
    key = models.CharField(max_length=80)
    category = models.CharField(max_length=40, blank=True)  # data category; empty: any
    value = models.JSONField()
    effective_from = models.DateField()
    history = scoped_history()

    class Meta(Scoped.Meta):
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["agreement", "key", "category", "effective_from"],
                name="one_term_per_key_category_and_date",
            )
        ]

    def __str__(self) -> str:
        return f"{self.key} from {self.effective_from}"
