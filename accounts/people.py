"""The only writers of people and their roles: each change with its author, in the history."""

import datetime as dt
from collections.abc import Sequence

from allauth.usersessions.models import UserSession
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _
from simple_history.utils import bulk_create_with_history, bulk_update_with_history

from accounts import factors
from accounts.models import Customer, Membership, User
from accounts.roles import CUSTOMER_SIDE, STAFF, Actor, Role


def may_give(actor: Actor, role: str) -> bool:
    """Administrators give every role; officers those at customers, so that nobody approves their own steps."""
    return Role.ADMIN in actor.house or (Role.OFFICER in actor.house and role in CUSTOMER_SIDE)


def check(actor: Actor, role: str, customers: Sequence[Customer]) -> None:
    """ValidationError says which role cannot be given, or where."""
    if role not in STAFF | CUSTOMER_SIDE:
        raise ValidationError(_("People hold the roles of the house or of a customer, not this one."))
    if not may_give(actor, role):
        raise ValidationError(_("Roles of the house are given by an administrator. Ask one to do this."))
    if role in CUSTOMER_SIDE and not customers:
        raise ValidationError(_("Name the customer at which this person is contact or signatory."))
    if role in STAFF and customers:
        raise ValidationError(_("A role of the house stands at no customer. Leave the customers empty."))


def grant(
    user: User, role: str, customers: Sequence[Customer], *, actor: Actor, at: dt.datetime
) -> list[Membership]:
    """Further memberships; those that are there already stay. Nobody gives roles to themselves."""
    check(actor, role, customers)
    if user.pk == actor.user_id:
        raise ValidationError(_("Nobody changes their own roles. Ask another administrator."))
    return added(user, role, [customer.pk for customer in customers], author=_author(actor), at=at)


def added(
    user: User, role: str, customer_ids: Sequence[int], *, author: User | None, at: dt.datetime
) -> list[Membership]:
    """Memberships in the house (no customers) or at these, without those that exist."""
    places: Sequence[int | None] = list(customer_ids) or [None]
    held = set(Membership.objects.filter(user=user, role=role).values_list("customer_id", flat=True))
    rows = [Membership(user=user, role=role, customer_id=place) for place in places if place not in held]
    made = bulk_create_with_history(rows, Membership, default_user=author, default_date=at) if rows else []
    return list(made)


def end(membership: Membership, *, actor: Actor) -> None:
    """Take a role away. Nobody their own; the last administrator stays."""
    user = membership.user
    if user.pk == actor.user_id:
        raise ValidationError(_("Nobody changes their own roles. Ask another administrator."))
    if not may_give(actor, membership.role):
        raise ValidationError(_("Roles of the house are taken away by an administrator. Ask one to do this."))
    with transaction.atomic():
        _refuse_without_admin(user, membership.role)
        membership._history_user = _author(actor)  # type: ignore[attr-defined]
        membership.delete()


def switch(user: User, active: bool, *, actor: Actor, at: dt.datetime) -> None:
    """Switch a person off, with all their sessions, or on again. Nobody themselves."""
    if user.pk == actor.user_id:
        raise ValidationError(_("Nobody switches themselves off. Ask another administrator."))
    held = set(user.memberships.values_list("role", flat=True))
    if not all(may_give(actor, role) for role in held):
        raise ValidationError(_("People of the house are switched by an administrator. Ask one to do this."))
    with transaction.atomic():
        if not active and Role.ADMIN in held:
            _refuse_without_admin(user, Role.ADMIN)
        user.is_active = active
        bulk_update_with_history([user], User, ["is_active"], default_user=_author(actor), default_date=at)
    if not active:
        end_sessions(user)


def lost_factors(user: User, *, actor: Actor) -> None:
    """Take the second factors of somebody who lost them, and end their sessions."""
    if user.pk == actor.user_id:
        raise ValidationError(_("Change your own factors on your security page."))
    if Role.ADMIN not in actor.house:
        raise ValidationError(_("Only an administrator takes factors away."))
    factors.take_away(user)
    end_sessions(user)


def require_factor(customers: Sequence[Customer], required: bool, *, actor: Actor, at: dt.datetime) -> None:
    """Whether people of these customers need a second factor."""
    for customer in customers:
        customer.second_factor = required
    bulk_update_with_history(
        list(customers), Customer, ["second_factor"], default_user=_author(actor), default_date=at
    )


def set_wishes(user: User, fields: Sequence[str], *, actor: Actor, at: dt.datetime) -> None:
    """What a person has changed of their own hours and alerts."""
    bulk_update_with_history([user], User, list(fields), default_user=_author(actor), default_date=at)


def end_sessions(user: User, but: str = "") -> int:
    """End the sessions of a person, all but the one with this key; returns how many there were."""
    rows = UserSession.objects.filter(user=user).exclude(session_key=but)
    return len([row.end() for row in rows])


def _refuse_without_admin(user: User, role: str) -> None:
    if role != Role.ADMIN:
        return
    others = Membership.objects.select_for_update().filter(role=Role.ADMIN, user__is_active=True)
    if not others.exclude(user=user).exists():
        raise ValidationError(_("This is the last administrator. Make somebody else one first."))


def _author(actor: Actor) -> User | None:
    return User.objects.filter(pk=actor.user_id).first() if actor.user_id else None
