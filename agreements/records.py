"""The only writers of customers, agreements, terms and contacts: each with history and author.

An agreement is opened together with its matter of the kind `agreement`.
"""

import datetime as dt
from collections.abc import Sequence
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max, Q
from django.utils.translation import gettext as _
from simple_history.utils import bulk_create_with_history, bulk_update_with_history

from accounts.models import Customer, User
from accounts.roles import Actor
from obligations.actions import Opening, open_matter, open_matters
from obligations.models import Agreement, NoticeContact, Profile, Term

CHANGEABLE: Final = ("our_calendar", "their_calendar", "language", "region", "owner", "deputy")


def add_customer(
    name: str, *, actor: Actor, at: dt.datetime, affiliate_of: Customer | None = None
) -> Customer:
    """A new tenant. ValidationError when the name is taken or empty."""
    return _added(Customer(name=name, affiliate_of=affiliate_of), actor, at)


def add_agreement(customer: Customer, *, actor: Actor, at: dt.datetime, **fields: Any) -> Agreement:
    """A new agreement (fields of the model; `profile` is a Profile) and its matter."""
    with transaction.atomic():
        agreement = _added(Agreement(customer=customer, **fields), actor, at)
        open_matter("agreement", actor=actor, at=at, facts={}, title=agreement.title, agreement=agreement)
        return agreement


def add_customers(names: Sequence[str], *, actor: Actor, at: dt.datetime) -> list[Customer]:
    """New tenants in a fixed number of statements. IntegrityError when one of the names is taken."""
    return _added_together([Customer(name=name) for name in names], actor, at)


def add_agreements(rows: Sequence[Agreement], *, actor: Actor, at: dt.datetime) -> list[Agreement]:
    """New agreements (not yet stored) and their matters, in a fixed number of statements."""
    with transaction.atomic():
        made: list[Agreement] = _added_together(rows, actor, at)
        open_matters("agreement", [Opening(row.title, row, {}) for row in made], actor=actor, at=at)
        return made


def add_contacts(rows: Sequence[NoticeContact], *, actor: Actor, at: dt.datetime) -> list[NoticeContact]:
    """Further notice contacts (not yet stored), each after those that its agreement has."""
    of = {row.agreement_id for row in rows}
    last = dict(
        NoticeContact.objects.filter(agreement__in=of).values_list("agreement").annotate(last=Max("position"))
    )
    for row in rows:
        last[row.agreement_id] = row.position = last.get(row.agreement_id, 0) + 1
    return _added_together(rows, actor, at)


def add_contact(
    agreement: Agreement,
    *,
    name: str,
    email: str,
    actor: Actor,
    at: dt.datetime,
    user: User | None = None,
    phone: str = "",
    language: str = "",
    kinds: Sequence[str] = (),
    reminders: bool = True,
) -> NoticeContact:
    """A further notice contact, after those that the agreement has."""
    last = NoticeContact.objects.filter(agreement=agreement).aggregate(last=Max("position"))["last"]
    row = NoticeContact(
        agreement=agreement,
        customer_id=agreement.customer_id,
        position=(last or 0) + 1,
        name=name,
        email=email.strip().lower(),
        user=user,
        phone=phone,
        language=language,
        kinds=list(kinds),
        reminders=reminders,
    )
    return _added(row, actor, at)


def change_contact(
    contact: NoticeContact,
    *,
    name: str,
    email: str,
    phone: str,
    actor: Actor,
    at: dt.datetime,
    language: str = "",
    kinds: Sequence[str] = (),
    reminders: bool = True,
) -> None:
    """Put a contact right. Another address is another mailbox: whoever signed in with the old one is not it."""
    address = email.strip().lower()
    if address != contact.email:
        contact.user = User.objects.filter(email=address, memberships__customer=contact.customer).first()
    contact.name, contact.email, contact.phone, contact.language = name, address, phone, language
    contact.kinds, contact.reminders = list(kinds), reminders
    contact.full_clean()
    _updated([contact], ["name", "email", "phone", "language", "kinds", "reminders", "user"], actor, at)


def move_up(contact: NoticeContact, *, actor: Actor, at: dt.datetime) -> None:
    """One place nearer to the first, who is told first. The first stays."""
    with transaction.atomic():
        before = NoticeContact.objects.filter(agreement=contact.agreement, position__lt=contact.position)
        above = before.select_for_update(no_key=True).order_by("-position").first()
        if above is None:
            return
        contact.position, above.position = above.position, contact.position
        # Two cannot hold one place even for a moment: one steps aside first, which no history needs to know.
        NoticeContact.objects.filter(pk=contact.pk).update(position=0)
        _updated([above], ["position"], actor, at)
        _updated([contact], ["position"], actor, at)


def remove_contact(contact: NoticeContact, *, actor: Actor) -> None:
    """Take a contact away. ValidationError for the last one: somebody must hear of a breach."""
    with transaction.atomic():
        rows = NoticeContact.objects.select_for_update(no_key=True).filter(agreement=contact.agreement)
        if len(rows) < 2:
            raise ValidationError(
                _("This is the only contact. Add another one first: somebody must be told.")
            )
        contact._history_user = _user(actor)  # type: ignore[attr-defined]
        contact.delete()


def change_agreement(agreement: Agreement, *, actor: Actor, at: dt.datetime, **fields: Any) -> None:
    """Calendars, language, region, owner or deputy. What was signed (role, text, terms) changes by an amendment."""
    for name, value in fields.items():
        setattr(agreement, name, value)
    agreement.full_clean()
    _updated([agreement], list(fields), actor, at)


def change_agreements(rows: Sequence[Agreement], *, actor: Actor, at: dt.datetime) -> None:
    """Those that were changed in memory, as `change_agreement` does it, in a fixed number of statements."""
    for row in rows:
        row.clean_fields(exclude=_ends(row))
    if rows:
        _updated(rows, list(CHANGEABLE), actor, at)


def set_language(agreement: Agreement, language: str, *, actor: Actor, at: dt.datetime) -> None:
    """The language of notices under this agreement."""
    agreement.language = language
    agreement.full_clean()
    _updated([agreement], ["language"], actor, at)


def add_holiday(country: str, subdivision: str, day: dt.date, *, actor: Actor, at: dt.datetime) -> int:
    """A holiday that the library does not know yet, in every agreement's calendar of that place; returns how many.

    Without a subdivision in the whole country. Open clocks do not move: that is recalculating.py's business.
    """
    changed = []
    for row in Agreement.objects.filter(
        Q(our_calendar__country=country) | Q(their_calendar__country=country)
    ).order_by("pk"):
        before = (row.our_calendar, row.their_calendar)
        row.our_calendar, row.their_calendar = (
            _with_holiday(one, country, subdivision, day) for one in before
        )
        if (row.our_calendar, row.their_calendar) != before:
            changed.append(row)
    if changed:
        _updated(changed, ["our_calendar", "their_calendar"], actor, at)
    return len(changed)


def _with_holiday(calendar: Any, country: str, subdivision: str, day: dt.date) -> Any:
    there = (
        calendar and calendar.get("country") == country and subdivision in ("", calendar.get("subdivision"))
    )
    days = (calendar or {}).get("extra_holidays", [])
    if not there or day.isoformat() in days or day.isoformat() in calendar.get("removed_holidays", ()):
        return calendar
    return {**calendar, "extra_holidays": sorted([*days, day.isoformat()])}


def set_term(
    agreement: Agreement,
    key: str,
    value: Any,
    *,
    effective_from: dt.date,
    actor: Actor,
    at: dt.datetime,
    category: str = "",
) -> Term:
    """A negotiated parameter from a day on. ValidationError says what a value of that term looks like."""
    from agreements.profile_file import check_value
    from obligations.clauses import term_specs

    problem = check_value(term_specs(), key, value)
    if problem:
        raise ValidationError(problem)
    row = Term(
        agreement=agreement,
        customer_id=agreement.customer_id,
        key=key,
        value=value,
        category=category,
        effective_from=effective_from,
    )
    return _added(row, actor, at)


def put_terms(rows: Sequence[Term], *, actor: Actor, at: dt.datetime) -> None:
    """The terms of amendments that came into force; a term of the same day gives way to the newer signature."""
    if not rows:
        return
    same = Q()
    for row in rows:
        same |= Q(
            agreement=row.agreement, key=row.key, category=row.category, effective_from=row.effective_from
        )
    older = {(old.agreement_id, old.key, old.category): old for old in Term.objects.filter(same)}
    fresh = []
    for row in rows:
        old = older.get((row.agreement_id, row.key, row.category))
        if old is None:
            fresh.append(row)
        else:
            old.value = row.value
    user = _user(actor)
    bulk_create_with_history(fresh, Term, default_user=user, default_date=at)
    bulk_update_with_history(list(older.values()), Term, ["value"], default_user=user, default_date=at)


def newest_profile(key: str) -> Profile:
    """The newest version of a profile. ValidationError names those that are loaded."""
    found = Profile.objects.filter(key=key).order_by("-version").first()
    if found is None:
        known = ", ".join(sorted(set(Profile.objects.values_list("key", flat=True)))) or "none"
        raise ValidationError(
            f"There is no profile {key!r}. Loaded: {known}. Load one with `manage.py load_profile`."
        )
    return found


def _added(row: Any, actor: Actor, at: dt.datetime) -> Any:
    row.full_clean()
    return bulk_create_with_history([row], type(row), default_user=_user(actor), default_date=at)[0]


def _added_together(rows: Sequence[Any], actor: Actor, at: dt.datetime) -> list[Any]:
    """What one row would be asked on its own (is the name free? is the profile there?) the database answers for all."""
    for row in rows:
        row.clean_fields(exclude=_ends(row))
    if not rows:
        return []
    made: list[Any] = bulk_create_with_history(
        rows, type(rows[0]), default_user=_user(actor), default_date=at
    )
    return made


def _ends(row: Any) -> set[str]:
    return {field.name for field in row._meta.concrete_fields if field.remote_field}


def _updated(rows: Sequence[Any], columns: list[str], actor: Actor, at: dt.datetime) -> None:
    bulk_update_with_history(rows, type(rows[0]), columns, default_user=_user(actor), default_date=at)


def _user(actor: Actor) -> User | None:
    return User.objects.filter(pk=actor.user_id).first() if actor.user_id else None
