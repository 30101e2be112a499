"""Customers (the tenants) and people."""

import datetime as dt
from typing import Any, ClassVar
from zoneinfo import available_timezones

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from accounts.models_tokens import ApiToken, UsedKey
from accounts.roles import CUSTOMER_SIDE, STAFF, Role
from accounts.scope import ScopedManager, scoped_history

__all__ = [
    "ApiToken",
    "Customer",
    "Invitation",
    "Membership",
    "UsedKey",
    "User",
    "UserManager",
    "check_time_zone",
]


class Customer(models.Model):
    """A controller (or a chained processor): the tenant. An affiliate points to its parent."""

    name = models.CharField(max_length=200, unique=True)
    affiliate_of = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="affiliates"
    )
    second_factor = models.BooleanField(_("second factor for its people"), default=False)
    history = scoped_history()
    objects = ScopedManager(column="pk")

    class Meta:
        base_manager_name = "objects"
        default_manager_name = "objects"
        ordering: ClassVar = ["name"]

    def __str__(self) -> str:
        return self.name


def check_time_zone(value: str) -> None:
    """Refuse a name that is no IANA zone."""
    if value not in available_timezones():
        raise ValidationError(f"{value!r} is not a time zone. Use an IANA name such as Europe/Berlin.")


class UserManager(BaseUserManager["User"]):
    """Makes people; there are no superusers, only roles."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        if not email:
            raise ValueError("A person needs an e-mail address.")
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.full_clean()
        user.save(using=self._db)
        return user


class User(AbstractBaseUser):
    """A person who signs in. What they may do is in their memberships.

    Times are those of their own zone. `alerts` and the quiet hours are for day clocks: hour clocks ring at once.
    """

    class Alerts(models.TextChoices):
        AT_ONCE = "at once", _("each at once")
        DIGEST = "digest", _("one message a day")

    email = models.EmailField(unique=True)
    name = models.CharField(max_length=150)
    is_active = models.BooleanField(default=True)
    time_zone = models.CharField(max_length=60, default="Europe/Berlin", validators=[check_time_zone])
    workday_starts = models.TimeField(default=dt.time(9))
    workday_ends = models.TimeField(default=dt.time(17))
    alerts = models.CharField(max_length=8, choices=Alerts.choices, default=Alerts.AT_ONCE)
    digest_at = models.TimeField(default=dt.time(9, 30))
    quiet_from = models.TimeField(null=True, blank=True)
    quiet_to = models.TimeField(null=True, blank=True)
    history = HistoricalRecords(excluded_fields=["password", "last_login"])
    objects = UserManager()

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar = ["name"]

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(workday_starts__lt=models.F("workday_ends")), name="workday_starts_before_it_ends"
            ),
            models.CheckConstraint(
                condition=Q(quiet_from=None, quiet_to=None)
                | Q(quiet_from__isnull=False, quiet_to__isnull=False) & ~Q(quiet_from=models.F("quiet_to")),
                name="quiet_hours_begin_and_end",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Membership(models.Model):
    """A role of a person: in the house (no customer) or at a customer."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    customer = models.ForeignKey(
        Customer, on_delete=models.CASCADE, null=True, blank=True, related_name="memberships"
    )
    role = models.CharField(max_length=12, choices=Role.choices, verbose_name=_("role"))
    history = HistoricalRecords()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["user", "role"], condition=Q(customer=None), name="one_membership_per_house_role"
            ),
            models.UniqueConstraint(
                fields=["user", "customer", "role"], name="one_membership_per_customer_role"
            ),
            models.CheckConstraint(
                condition=Q(customer=None, role__in=sorted([*STAFF, Role.MACHINE]))
                | Q(customer__isnull=False, role__in=sorted(CUSTOMER_SIDE)),
                name="staff_roles_in_the_house_contacts_at_a_customer",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user}: {self.role} at {self.customer or 'the house'}"


class Invitation(models.Model):
    """A person who may come. The link in their mail, or single sign-on, makes them a user: nobody is one before.

    `digest`: SHA-256 of the link's secret, which is in the mail alone. Written by invitations.py.
    """

    email = models.EmailField()
    name = models.CharField(max_length=150)
    role = models.CharField(max_length=12, choices=Role.choices)
    customers = models.ManyToManyField(Customer, related_name="+")
    digest = models.CharField(max_length=64, unique=True)
    invited_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    invited_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["email"],
                condition=Q(accepted_at=None, withdrawn_at=None),
                name="one_open_invitation_per_address",
            )
        ]

    def __str__(self) -> str:
        return f"{self.email}: {self.role}"
