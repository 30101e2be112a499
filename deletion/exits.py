"""What an exit asks before its steps, and what follows from them (14.1)."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence

from deletion import missing
from deletion.models import Exit
from obligations.clauses import Draft, Facts, Turns
from obligations.models import Matter, Obligation
from obligations.terms import TermBook

LONGEST_NAME = 150


def lines(text: str) -> list[str]:
    """The names of a list, one in a line, each once."""
    return list(dict.fromkeys(line.strip() for line in text.splitlines() if line.strip()))


def erasures_for(exits: Sequence[Matter], facts: Mapping[int, Facts]) -> Mapping[int, Sequence[Draft]]:
    """One erasure for each system, backup and sub-processor in use that has none yet."""
    details = Exit.objects.in_bulk([row.pk for row in exits])
    rows = Matter.objects.filter(parent__in=details, kind="erasure").exclude(state="dropped")
    planned = {(parent, title.casefold()) for parent, title in rows.values_list("parent_id", "title")}
    used = Matter.objects.filter(kind="subprocessor", state__in=missing.IN_USE).order_by("title")
    partners = list(used.values_list("title", flat=True))
    return {
        row.pk: [
            Draft("erasure", name, row.agreement_id, _place(place, name, details[row.pk].last_day))
            for place, name in _places(facts[row.pk], partners)
            if (row.pk, name.casefold()) not in planned
        ]
        for row in exits
    }


def _places(facts: Facts, partners: Iterable[str]) -> Iterable[tuple[str, str]]:
    found: dict[str, tuple[str, str]] = {}
    for place, names in (
        ("system", lines(facts["systems"])),
        ("backup", lines(facts.get("backups", ""))),
        ("sub_processor", partners),
    ):
        for name in names:
            found.setdefault(name.casefold(), (place, name))
    return found.values()


def _place(place: str, name: str, last_day: dt.date) -> Facts:
    return {"place": place, "name": name, "last_day": last_day}


def names_fit(pairs: Turns, now: dt.datetime) -> Sequence[str]:
    """Each line is a name, not a description."""
    return [
        next(
            (
                f"“{name[:40]}…” has {len(name)} characters; name a system in at most {LONGEST_NAME}."
                for text in (facts["systems"], facts.get("backups", ""))
                for name in lines(text)
                if len(name) > LONGEST_NAME
            ),
            "",
        )
        for _matter, facts in pairs
    ]


def one_exit(pairs: Turns, now: dt.datetime) -> Sequence[str]:
    """An agreement ends once."""
    rows = Matter.objects.filter(kind="exit", agreement__in=[m.agreement_id for m, _ in pairs])
    running = {row.agreement_id: row for row in rows.exclude(state="withdrawn")}
    return [
        f"{running[matter.agreement_id].reference} already deals with the end of {matter.agreement}. "
        "Continue there, or correct its last day."
        if matter.agreement_id in running
        else ""
        for matter, _ in pairs
    ]


def lies_ahead(pairs: Turns, now: dt.datetime) -> Sequence[str]:
    """A wanted date is not in the past."""
    words = "{:%-d %B %Y} has passed. Give a date from {:%-d %B %Y} on."
    return [
        words.format(facts["wanted_by"], now) if facts["wanted_by"] < now.date() else "" for _, facts in pairs
    ]


def is_earlier(pairs: Turns, now: dt.datetime) -> Sequence[str]:
    """The customer may ask for an earlier erasure, not for a later one: the two years are a maximum."""
    rows = Obligation.objects.filter(matter__in=[m.pk for m, _ in pairs], duty="erase_all", state="open")
    due = {row.matter_id: row.due_at for row in rows if row.due_at}
    reasons = list(lies_ahead(pairs, now))
    for place, (matter, facts) in enumerate(pairs):
        latest = due.get(matter.pk)
        if latest and facts["wanted_by"] >= latest.date():
            reasons[place] = (
                f"{facts['wanted_by']:%-d %B %Y} is not earlier than the end of the period ({latest:%-d %B %Y}). "
                "Give an earlier date."
            )
    return reasons


def return_is_agreed(exits: Sequence[Matter], now: dt.datetime) -> Mapping[int, str]:
    """Where the contract gives no return, the customer can only ask for erasure."""
    book = TermBook([row.agreement for row in exits if row.agreement], ["deletion.return"])
    return {
        row.pk: f"{row.agreement} provides for erasure only. Amend it before you ask for a return."
        for row in exits
        if book.read(row.agreement, "deletion.return", when=now.date()).value == "no"
    }


def return_was_asked(exits: Sequence[Matter], now: dt.datetime) -> Mapping[int, str]:
    """Nothing is returned that nobody asked for."""
    asked = missing.unreturned(row.pk for row in exits)
    words = "The customer has not asked for its data back. Record its request first."
    return {row.pk: words for row in exits if row.pk not in asked}


def nothing_is_erased(exits: Sequence[Matter], now: dt.datetime) -> Mapping[int, str]:
    """An exit is withdrawn before anything is erased; afterwards only a certificate ends it."""
    rows = Matter.objects.filter(parent__in=[row.pk for row in exits], kind="erasure")
    return {
        row.parent_id: f"{row.title} is {row.state_label} already. The exit must go on to its certificate."
        for row in rows.exclude(state__in=("planned", "dropped"))
    }


def exits_above(rows: Sequence[Matter]) -> Sequence[int]:
    """The exits of erasures."""
    return [row.parent_id for row in rows if row.parent_id]


def exits_of_the_agreement(rows: Sequence[Matter]) -> Sequence[int]:
    """The exits of the agreements of retentions and holds."""
    wanted = {row.agreement_id for row in rows if row.agreement_id}
    return list(Matter.objects.filter(kind="exit", agreement__in=wanted).values_list("pk", flat=True))


def exits_for(agreements: Sequence[Matter], facts: Mapping[int, Facts]) -> Mapping[int, Sequence[Draft]]:
    """The end of a contract opens its exit, unless an officer has opened it before."""
    wanted = [row.agreement_id for row in agreements]
    running = Matter.objects.filter(kind="exit", agreement__in=wanted).exclude(state="withdrawn")
    known = set(running.values_list("agreement_id", flat=True))
    return {
        row.pk: [Draft("exit", row.title, row.agreement_id, {"last_day": facts[row.pk]["last_day"]})]
        for row in agreements
        if row.agreement_id not in known
    }
