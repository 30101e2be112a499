"""Reading a contract's terms: the agreement's own term as of a day, else its profile's, else the default."""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, Min, OuterRef

from obligations.clauses import term_specs
from obligations.models import Agreement, Profile, Term

HOUSE = "house"


@dataclass(frozen=True)
class Resolved:
    """A term's value, and in words where it comes from."""

    value: Any
    origin: str
    negotiated: bool = False


class TermBook:
    """The terms of some agreements, read with two statements however many agreements there are."""

    def __init__(self, agreements: Iterable[Agreement], keys: Iterable[str] | None = None) -> None:
        chosen = {agreement.pk: agreement for agreement in agreements}
        own = Term.objects.filter(agreement__in=chosen).order_by("effective_from")
        if keys is not None:
            own = own.filter(key__in=list(keys))
        self._own: dict[tuple[int, str], list[Term]] = {}
        for term in own if chosen else ():
            self._own.setdefault((term.agreement_id, term.key), []).append(term)
        profiles = {agreement.profile_id for agreement in chosen.values()}
        self._profiles = Profile.objects.in_bulk(profiles) if profiles else {}
        self._house: Profile | None = None
        self._in_use: list[Profile] | None = None
        self._everywhere: dict[str, list[tuple[Any, dt.date, str]]] = {}

    def read(self, agreement: Agreement | None, key: str, *, when: dt.date, category: str = "") -> Resolved:
        """The term as it stands on `when`. KeyError when no room declares the key."""
        below = self._of_profile(agreement, key, when)
        if agreement is None:
            return below
        in_force = [
            term
            for term in self._own.get((agreement.pk, key), ())
            if term.effective_from <= when and term.category in ("", category)
        ]
        if not in_force:
            return below
        term = max(in_force, key=lambda term: (term.category == category, term.effective_from))
        words = f"negotiated term of {agreement.title}, in force from {term.effective_from:%-d %B %Y}"
        return Resolved(_with_target(term.value, below.value), words, negotiated=True)

    def standard(self, agreement: Agreement, key: str, *, when: dt.date) -> Resolved:
        """The term of the agreement's contract text, whatever was negotiated. KeyError as for `read`."""
        return self._of_profile(agreement, key, when)

    def candidates(self, agreement: Agreement | None, key: str, *, when: dt.date) -> list[Resolved]:
        """The term that binds: an agreement's own; for a matter of the house, the house's and all agreements'."""
        own = self.read(agreement, key, when=when)
        return [own] if agreement else [own, *self._of_all_agreements(key, when)]

    def _of_all_agreements(self, key: str, when: dt.date) -> list[Resolved]:
        """What the profiles in use and the negotiated terms say, each value once."""
        if self._in_use is None:
            used = Agreement.objects.filter(profile=OuterRef("pk"))
            self._in_use = list(Profile.objects.filter(Exists(used)))
        found = [
            Resolved(profile.terms[key], f"profile {profile.key}, version {profile.version}")
            for profile in self._in_use
            if key in profile.terms
        ]
        seen: list[Any] = []
        for value, since, title in self._negotiated(key):
            if since <= when and value not in seen:
                seen.append(value)
                found.append(Resolved(value, f"negotiated term of {title}", negotiated=True))
        return found

    def _negotiated(self, key: str) -> list[tuple[Any, dt.date, str]]:
        """Every value that any agreement has for the term, since when, and the first agreement's title; read once."""
        if key not in self._everywhere:
            terms = Term.objects.filter(key=key).values_list("value", "effective_from")
            rows = list(terms.annotate(Min("agreement")).order_by("agreement__min"))
            titles = dict(Agreement.objects.filter(pk__in={pk for *_, pk in rows}).values_list("pk", "title"))
            self._everywhere[key] = [(value, since, titles[pk]) for value, since, pk in rows]
        return self._everywhere[key]

    def _of_profile(self, agreement: Agreement | None, key: str, when: dt.date) -> Resolved:
        spec = term_specs()[key]
        profile = self._profiles[agreement.profile_id] if agreement else self.house
        if agreement and profile is not None and key not in profile.terms:
            profile = self.house  # a period of the law: it stands in the house's profile, dated
        if profile is None or key not in profile.terms:
            return Resolved(spec.default, "the program's default")
        value = profile.terms[key]
        dated = isinstance(value, list) and value and isinstance(value[0], Mapping) and "from" in value[0]
        if not dated:
            return Resolved(value, f"profile {profile.key}, version {profile.version}")
        past = [line for line in value if line["from"] <= when.isoformat()]
        line = past[-1] if past else value[0]
        return Resolved(line["value"], f"{line.get('source', profile.key)}, in force from {line['from']}")

    def has(self, agreement: Agreement | None, source: str) -> bool:
        """Whether the agreement's text has that duty at all: its profile names those that it does without."""
        return agreement is None or source not in self._profiles[agreement.profile_id].settings.get(
            "without", {}
        )

    @property
    def house(self) -> Profile | None:
        """The processor's own profile, its newest version."""
        if self._house is None:
            self._house = Profile.objects.filter(key=HOUSE).order_by("-version").first()
        return self._house


def _with_target(value: Any, below: Any) -> Any:
    """A negotiated period that names no target keeps the target of the text it replaces; a minimum has none."""
    both = isinstance(value, Mapping) and isinstance(below, Mapping)
    if both and "target" not in value and "target" in below and not value.get("minimum"):
        return {**value, "target": below["target"]}
    return value
