"""Sessions that have ended, with what they say of a browser and an address."""

import datetime as dt

from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session


def forget(end: dt.datetime) -> int:
    """Delete sessions that ran out before `end`, and what was noted of sessions that are gone; returns how many."""
    number: int = Session.objects.filter(expire_date__lt=end).delete()[0]
    gone = UserSession.objects.filter(last_seen_at__lt=end)
    return number + gone.exclude(session_key__in=Session.objects.values("session_key")).delete()[0]
