"""Which rows an export holds, and how a row is written: one JSON object a line, the same from both databases."""

import base64
import datetime as dt
import decimal
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

from django.apps import apps
from django.db import models
from django.db.models.functions import Cast

from accounts.keyring import Sealed
from accounts.models import Customer, User
from accounts.scope import matter_column, narrowed
from obligations.models import Matter, Profile
from proof.canonical import canonical, instant

# Of no installation but the one that runs: it makes them anew.
NEVER: Final = {
    "sessions.Session": "who is signed in",
    "usersessions.UserSession": "who is signed in",
    "accounts.UsedKey": "answers kept for two days",
    "obligations.Heartbeat": "the last tick of this machine",
    "contenttypes.ContentType": "made by `migrate`",
    "auth.Permission": "made by `migrate`",
    "auth.Group": "not used",
    "auth.Group_permissions": "not used",
    "admin.LogEntry": "not used: the admin site only reads",
    "account.EmailConfirmation": "open for minutes",
    "socialaccount.SocialApp": "another program's secret in plain text; it stands in the settings",
    "socialaccount.SocialToken": "another program's secret in plain text",
}
# How people and programs get in or are told, and the house's own work: in no export of one customer.
OF_THE_HOUSE: Final = frozenset(
    {
        *(
            "accounts.ApiToken",
            "accounts.Invitation",
            "accounts.Invitation_customers",
            "accounts.HistoricalUser",
        ),
        *("account.EmailAddress", "mfa.Authenticator", "socialaccount.SocialAccount", "feeds.Feed"),
        *("webhooks.Endpoint", "webhooks.Event", "webhooks.Delivery", "webhooks.Attempt"),
        *("jobs.Job", "jobs.JobRow", "obligations.RestrictedTo"),
    }
)
PERSON: Final = ("id", "email", "name", "is_active", "time_zone")  # of whoever a customer's rows name
TYPES: Final = {
    "AutoField": "integer", "BigAutoField": "integer", "OneToOneField": "integer", "ForeignKey": "integer",
    "PositiveIntegerField": "integer", "PositiveSmallIntegerField": "integer", "IntegerField": "integer",
    "PositiveBigIntegerField": "integer", "SmallIntegerField": "integer", "BigIntegerField": "integer",
    "BooleanField": "boolean", "JSONField": "json", "UUIDField": "uuid", "DecimalField": "decimal",
    "DateTimeField": "instant", "DateField": "date", "TimeField": "time", "BinaryField": "base64",
}  # fmt: skip
Model = type[models.Model]


def carried() -> list[Model]:
    """Every model of a full export, each after those that it points at."""
    chosen = [m for m in apps.get_models(include_auto_created=True) if m._meta.label not in NEVER]
    ordered: dict[Model, None] = {}

    def add(model: Model) -> None:
        if model in ordered or model not in chosen:
            return
        for field in model._meta.concrete_fields:
            # A matter points at the proposal that waits on it, an entry at its matter: the entry comes later.
            if field.remote_field and field.related_model is not model and field.attname != "proposal_id":
                add(field.related_model)  # type: ignore[arg-type]
        ordered[model] = None

    for model in sorted(chosen, key=lambda m: m._meta.label):
        add(model)
    return list(ordered)


def columns(model: Model) -> dict[str, str]:
    """Name -> type of each column."""
    return {field.attname: _type(field) for field in model._meta.concrete_fields}


def _type(field: Any) -> str:
    if isinstance(field, Sealed):
        return "sealed"
    target = field.target_field if field.remote_field else field
    return TYPES.get(target.get_internal_type(), "text")


class Choice:
    """What an export holds of each model. Of one customer: its rows as nobody in particular sees them."""

    def __init__(self, customer: Customer | None) -> None:
        self.customer = customer
        self.people: set[int] = set()
        self.profiles: set[int] = set()

    def tables(self) -> list[Model]:
        """In the order in which they are written: people and texts last, when it is known whose names stand in rows."""
        if self.customer is None:
            return carried()
        found = [model for model in carried() if model._meta.label not in OF_THE_HOUSE]
        return sorted(found, key=lambda model: model in (User, Profile))

    def columns(self, model: Model) -> dict[str, str]:
        """A person comes without whatever opens a door."""
        found = columns(model)
        return {name: found[name] for name in PERSON} if self.customer and model is User else found

    def rows(self, model: Model) -> models.QuerySet[Any]:
        """LookupError for a model of which nobody has said whose its rows are."""
        every: models.QuerySet[Any] = models.QuerySet(model)
        if self.customer is None:
            return every
        if model in (User, Profile):
            return every.filter(pk__in=self.people if model is User else self.profiles)
        label, names = model._meta.label, columns(model)
        column = (
            "pk" if model is Customer else "id" if label == "accounts.HistoricalCustomer" else "customer_id"
        )
        if column not in names and column != "pk":
            raise LookupError(f"Say in {__name__} whose the rows of {label} are.")
        return narrowed(every, column, matter_column(model))

    def lines(self, model: Model) -> Iterator[bytes]:
        """The rows in order of their key."""
        names = list(self.columns(model))
        known = self._mended(model) if self.customer else {}
        for line in raw(self.rows(model), names):
            row = {**line, **{name: mend(line[name]) for name, mend in known.items()}}
            yield written(row)

    def _mended(self, model: Model) -> dict[str, Callable[[Any], Any]]:
        """Ends of a customer's rows: noted where they come along, empty where they are another's."""
        found: dict[str, Callable[[Any], Any]] = {}
        for field in model._meta.concrete_fields:
            if field.related_model is User:
                found[field.attname] = _noting(self.people)
            elif field.related_model is Profile:
                found[field.attname] = _noting(self.profiles)
            elif field.attname == "affiliate_of_id":
                found[field.attname] = lambda _value: None
            elif field.attname == "parent_id":
                found[field.attname] = _among(set(self.rows(Matter).values_list("pk", flat=True)))
        return found


def _noting(ids: set[int]) -> Callable[[Any], Any]:
    def mend(value: Any) -> Any:
        ids.add(value) if value is not None else None
        return value

    return mend


def _among(ours: set[int]) -> Callable[[Any], Any]:
    return lambda value: value if value in ours else None


def raw(rows: models.QuerySet[Any], names: Sequence[str]) -> Iterator[dict[str, Any]]:
    """Rows as names and values, in order of their key, a few at a time. What is sealed stays sealed."""
    sealed = [name for name in names if isinstance(rows.model._meta.get_field(name), Sealed)]
    open_ = [name for name in names if name not in sealed]
    stored = [Cast(name, models.TextField()) for name in sealed]
    for values in rows.order_by("pk").values_list(*open_, *stored).iterator(chunk_size=1000):
        yield dict(zip((*open_, *sealed), values, strict=True))


def written(row: Mapping[str, Any]) -> bytes:
    """One line."""
    return canonical({name: _json(value) for name, value in row.items()}) + b"\n"


def _json(value: Any) -> Any:
    if isinstance(value, dt.datetime):
        return instant(value)
    if isinstance(value, (dt.date, dt.time)):
        return value.isoformat()
    if isinstance(value, (uuid.UUID, decimal.Decimal)):
        return str(value)
    if isinstance(value, (bytes, memoryview)):
        return base64.b64encode(value).decode()
    return value


def made(model: Model, row: Mapping[str, Any]) -> models.Model:
    """The row of a line (not yet stored)."""
    values = {}
    for field in model._meta.concrete_fields:
        if field.attname in row:
            value = row[field.attname]
            target: Any = field.target_field if field.remote_field else field  # type: ignore[attr-defined]
            if value is not None and isinstance(field, Sealed):
                value = models.Value(value, output_field=models.TextField())  # not sealed once more
            elif value is not None and not isinstance(field, models.JSONField):
                value = base64.b64decode(value) if _type(field) == "base64" else target.to_python(value)
            values[field.attname] = value
    return model(**values)
