"""Find: filters that live in the address, pages by key, and what the words lead to directly."""

import datetime as dt
import re
from dataclasses import dataclass, field
from typing import Any, Final

from django.db.models import F, Q, QuerySet
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from accounts.models import Customer, User
from accounts.roles import Actor
from agreements.models import ClauseText
from dashboard.today import next_instant
from obligations.clauses import CLAUSES, CONTROLLER, PROCESSOR
from obligations.models import Agreement, Matter, Obligation

PAGE: Final = 50
MOST: Final = 20_000  # rows of one export
DIRECT: Final = 8
REFERENCE: Final = re.compile(r"([A-Za-z]{2,3})-(\d{1,18})")
PUBLIC: Final = re.compile(r"[0-9A-Za-z]{5}-[0-9A-Za-z]{4,5}")
STATES: Final = (
    ("open", _("Open")),
    ("late", _("Late")),
    ("over", _("Over target")),
    ("met", _("Met")),
    ("metlate", _("Met late")),
    ("waived", _("Waived")),
    ("lapsed", _("Lapsed")),
    ("any", _("Any")),
)
SORTS: Final = (("next", _("What counts next")), ("newest", _("Newest first")), ("oldest", _("Oldest first")))
OWED: Final = ((PROCESSOR, _("Us")), (CONTROLLER, _("The customer")))


@dataclass(frozen=True)
class Asked:
    """What the address asks for. `after`: the key of the last row of the page before."""

    words: str = ""
    state: str = "open"
    kind: str = ""
    customer: int | None = None
    owner: int | None = None
    owed_by: str = ""
    source: str = ""
    sort: str = "next"
    after: str = ""
    query: QueryDict = field(default_factory=QueryDict)

    def address(self, **changed: str) -> str:
        """The same question with some answers changed; an empty one is left out."""
        query = self.query.copy()
        query.pop("after", None)
        for name, value in changed.items():
            query[name] = value
        for name in [name for name in query if not query[name]]:
            del query[name]
        return f"?{query.urlencode()}"


def asked(query: QueryDict, actor: Actor) -> Asked:
    """Reads an address; what it does not understand counts as not asked."""
    state = _one_of(query.get("state"), STATES, "open")
    sort = _one_of(query.get("sort"), SORTS, "next")
    if state not in ("open", "late", "over"):
        sort = "newest" if sort == "next" else sort  # only open ones have a next instant, and its index
    owner = actor.user_id if query.get("owner") == "me" else _number(query.get("owner"))
    kind = query.get("kind", "")
    return Asked(
        words=" ".join(query.get("q", "").split())[:100],
        state=state,
        kind=kind if kind in CLAUSES else "",
        customer=_number(query.get("customer")),
        owner=owner,
        owed_by=_one_of(query.get("owed"), OWED, ""),
        source=query.get("source", "")[:20],
        sort=sort,
        after=query.get("after", "")[:60],
        query=query,
    )


def obligations(wanted: Asked, now: dt.datetime) -> QuerySet[Obligation]:
    """The obligations that fit, in order, from the key on."""
    rows: QuerySet[Any] = Obligation.objects.select_related(
        "matter__agreement", "matter__customer", "owner", "customer"
    )
    rows = rows.annotate(next_at=next_instant()).filter(_state(wanted.state, now))
    if wanted.words:
        rows = rows.filter(_words(wanted.words))
    if wanted.kind:
        rows = rows.filter(matter__kind=wanted.kind)
    if wanted.customer is not None:
        rows = rows.filter(customer=wanted.customer)
    if wanted.owner is not None:
        rows = rows.filter(owner=wanted.owner)
    if wanted.owed_by:
        rows = rows.filter(owed_by=wanted.owed_by)
    if wanted.source:
        rows = rows.filter(source__startswith=wanted.source)
    return _from_key(rows, wanted)


def page(wanted: Asked, now: dt.datetime) -> tuple[list[Obligation], str]:
    """Fifty rows and the key of the next page ("" at the end): the same cost anywhere, nothing is counted."""
    found = list(obligations(wanted, now)[: PAGE + 1])
    if len(found) <= PAGE:
        return found, ""
    return found[:PAGE], _key(found[PAGE - 1], wanted)


def _from_key(rows: QuerySet[Any], wanted: Asked) -> QuerySet[Any]:
    if wanted.sort == "next":
        rows = rows.filter(next_at__isnull=False).order_by("next_at", "id")
        at, _sep, pk = wanted.after.partition("~")
        when = _instant(at)
        if when is None or not pk.isdecimal():
            return rows
        return rows.filter(next_at__gte=when).filter(Q(next_at__gt=when) | Q(id__gt=int(pk)))
    rows = rows.order_by("-id" if wanted.sort == "newest" else "id")
    key = _number(wanted.after)
    if key is None:
        return rows
    return rows.filter(id__lt=key) if wanted.sort == "newest" else rows.filter(id__gt=key)


def _key(row: Any, wanted: Asked) -> str:
    return f"{row.next_at.isoformat()}~{row.pk}" if wanted.sort == "next" else str(row.pk)


def _state(state: str, now: dt.datetime) -> Q:
    if state == "late":
        return Q(state="open", due_at__lte=now)
    if state == "over":
        return Q(state="open", target_at__lte=now) & (Q(due_at=None) | Q(due_at__gt=now))
    if state == "metlate":
        return Q(state="met", met_at__gte=F("due_at"))
    return Q() if state == "any" else Q(state=state)


def _words(words: str) -> Q:
    """A reference finds its matter; other words are sought in titles and in names of customers and people."""
    exact = _reference(words)
    if exact is not None:
        return Q(matter__in=exact.values("pk")) | Q(matter__parent__in=exact.values("pk"))
    found = Q(matter__title__icontains=words) | Q(customer__name__icontains=words)
    return found | Q(owner__name__icontains=words)


def _reference(words: str) -> QuerySet[Matter] | None:
    if match := REFERENCE.fullmatch(words):
        kinds = [clause.kind for clause in CLAUSES.values() if clause.prefix == match.group(1).upper()]
        if kinds:
            return Matter.objects.filter(pk=int(match.group(2)), kind__in=kinds)
    return Matter.objects.filter(public_reference=words.upper()) if PUBLIC.fullmatch(words) else None


def direct(words: str, actor: Actor) -> dict[str, list[Any]]:
    """What the words lead to without a detour: matters, agreements, people, passages of contracts."""
    if len(words) < 2:
        return {}
    exact = _reference(words)
    matters = exact if exact is not None else Matter.objects.filter(title__icontains=words)
    by_name = Q(title__icontains=words) | Q(customer__name__icontains=words)
    texts = ClauseText.objects.filter(text__icontains=words).select_related("agreement__customer")
    return {
        "matters": list(matters.select_related("customer", "agreement").order_by("-pk")[:DIRECT]),
        "agreements": list(
            Agreement.objects.filter(by_name).select_related("customer").order_by("customer__name")[:DIRECT]
        ),
        "people": list(
            User.objects.filter(Q(name__icontains=words) | Q(email__icontains=words)).order_by("name")[
                :DIRECT
            ]
        ),
        "texts": [(text, passage(text.text, words)) for text in texts.order_by("pk")[:DIRECT]],
    }


def passage(text: str, words: str) -> str:
    """The words with what stands around them."""
    place = text.lower().find(words.lower())
    start, end = max(place - 80, 0), place + len(words) + 120
    around = " ".join(text[start:end].split())
    return f"{'… ' if start else ''}{around}{' …' if end < len(text) else ''}"


def choices() -> dict[str, Any]:
    """What the filters offer."""
    return {
        "states": STATES,
        "sorts": SORTS,
        "owed": OWED,
        "kinds": sorted(((c.kind, str(c.plural)) for c in CLAUSES.values()), key=lambda pair: pair[1]),
        "customers": list(Customer.objects.order_by("name").values_list("pk", "name")[:500]),
        "owners": list(
            User.objects.filter(is_active=True, memberships__customer=None)
            .distinct()
            .order_by("name")
            .values_list("pk", "name")[:200]
        ),
    }


def _one_of(value: str | None, known: Any, other: str) -> str:
    return value if value in dict(known) else other  # type: ignore[return-value]


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isdecimal() and len(text) < 19 else None


def _instant(text: str) -> dt.datetime | None:
    try:
        found = dt.datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else None
