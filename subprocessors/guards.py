"""Why a sub-processor may not start, or a question may not be asked, in words that name the customers."""

import datetime as dt
from collections.abc import Mapping, Sequence
from zoneinfo import ZoneInfo

from obligations.clauses import Turns
from obligations.models import Agreement, Matter
from obligations.terms import TermBook
from subprocessors import gate
from subprocessors.mechanisms import defect, needs_transfer
from subprocessors.models import SubProcessor, Transfer

MOST_NAMES = 10


def before_start(rows: Sequence[Matter], now: dt.datetime) -> Mapping[int, str]:
    """Consent of every customer asked (12.1), the same obligations in a contract (12.2), transfers (13.2)."""
    details = SubProcessor.objects.in_bulk([row.pk for row in rows])
    verdicts = _of_those_concerned(rows, now)
    wrong = _transfers(rows, details, now.date())
    reasons = {}
    for row in rows:
        found = [*_consent(verdicts[row.pk]), *_contract(row, details[row.pk], now.date()), *wrong[row.pk]]
        if found:
            reasons[row.pk] = " ".join(found)
    return reasons


def _of_those_concerned(rows: Sequence[Matter], now: dt.datetime) -> dict[int, list[gate.Verdict]]:
    """Verdicts of the customers asked; where nobody was asked, of those whose own list names it (A1.4)."""
    verdicts = gate.clearances(rows, now)
    unasked = [row for row in rows if not verdicts[row.pk]]
    if not unasked:
        return verdicts
    everybody = gate.clearances(unasked, now, gate.live_agreements())
    named = {pk: [one for one in found if one.state == gate.CLEARED] for pk, found in everybody.items()}
    return {**verdicts, **named}


def _consent(verdicts: Sequence[gate.Verdict]) -> list[str]:
    missing = [verdict.words for verdict in verdicts if verdict.state in (gate.OBJECTED, gate.WAITING)]
    if missing:
        more = [f"And {len(missing) - MOST_NAMES} more."] if len(missing) > MOST_NAMES else []
        return [*missing[:MOST_NAMES], *more, "Get their consent, or leave those customers out."]
    if not any(verdict.state == gate.CLEARED for verdict in verdicts):
        return ["No customer has consented yet. Ask them first."]
    return []


def _contract(row: Matter, detail: SubProcessor, today: dt.date) -> list[str]:
    if detail.contract_signed_on is None:
        return [f"There is no signed contract with {row.title} that carries the same obligations. Add it."]
    if detail.contract_until and detail.contract_until < today:
        return [f"The contract with {row.title} ended on {detail.contract_until:%-d %B %Y}. Renew it."]
    return []


def _transfers(
    rows: Sequence[Matter], details: Mapping[int, SubProcessor], today: dt.date
) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {row.pk: [] for row in rows}
    recorded: set[int] = set()
    transfers = Transfer.objects.filter(matter__parent__in=found, matter__closed_at=None)
    for transfer in transfers.select_related("matter"):
        recorded.add(transfer.matter.parent_id)
        words = words_of(transfer, today)
        if not words and transfer.matter.state != "in_use":
            words = "Its mechanism has not been put in use."
        if words:
            found[transfer.matter.parent_id].append(f"{transfer.matter.reference}: {words}")
    for row in rows:
        if needs_transfer(details[row.pk].country) and row.pk not in recorded:
            found[row.pk].append(
                f"{row.title} works in {details[row.pk].country}: record on what the transfer rests."
            )
    return found


def words_of(row: Transfer, day: dt.date) -> str:
    """The defect of a stored transfer on that day."""
    return defect(row.origin, row.mechanism, row.valid_from, row.valid_to, row.assessed_on, day)


def named_everywhere(rows: Sequence[Matter], now: dt.datetime) -> Mapping[int, str]:
    """A sub-processor enters as active without asking only where every agreement's own list names it (A1.4)."""
    missing = gate.is_listed(rows, gate.live_agreements(), now.date())
    return {
        row.pk: f"The list of the agreement does not name {row.title}: {', '.join(names[:MOST_NAMES])}. "
        "Propose it to these customers instead."
        for row in rows
        if (names := missing[row.pk])
    }


def may_be_asked(pairs: Turns, now: dt.datetime) -> Sequence[str]:
    """Nobody is asked twice, and the start leaves every customer its notice."""
    wanted = {pk for _, facts in pairs for pk in facts["agreements"]}
    agreements = Agreement.objects.select_related("customer").in_bulk(wanted)
    book = TermBook(agreements.values(), gate.KEYS)
    asked = Matter.objects.filter(kind="consent", parent__in=[row.pk for row, _ in pairs], closed_at=None)
    known = set(asked.exclude(state="void").values_list("parent_id", "agreement_id"))
    reasons = []
    for row, facts in pairs:
        chosen = [agreements[pk] for pk in facts["agreements"] if pk in agreements]
        twice = [str(one.customer) for one in chosen if (row.pk, one.pk) in known]
        words = f"Asked already: {', '.join(twice)}. Leave them out." if twice else ""
        reasons.append(words or _too_early(chosen, facts["starts_on"], book, now))
    return reasons


def _too_early(chosen: Sequence[Agreement], starts_on: dt.date, book: TermBook, now: dt.datetime) -> str:
    if starts_on <= now.date():
        return f"{starts_on:%-d %B %Y} is not ahead: consent comes before the start. Give a later date."
    for agreement in chosen:
        if book.read(agreement, "subprocessors.consent", when=now.date()).value != "general":
            continue
        first = gate.earliest_start(agreement, now, book)
        zone = ZoneInfo(agreement.calendar_of("processor").tz)
        if dt.datetime.combine(starts_on, dt.time(), zone) < first:
            day = first.astimezone(zone)
            return (
                f"{agreement.customer} must be told in time: the earliest start is {day:%-d %B %Y}. "
                "Give a later date."
            )
    return ""
