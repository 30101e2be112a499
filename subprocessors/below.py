"""What a proposal, a failure or a transfer of a sub-processor opens below it, and what its facts must fit."""

import datetime as dt
from collections.abc import Mapping, Sequence

from obligations.clauses import Draft, Facts, Turns
from obligations.models import Matter
from subprocessors.clause_transfer import is_a_country
from subprocessors.models import SubProcessor


def consents_for(rows: Sequence[Matter], facts: Mapping[int, Facts]) -> Mapping[int, Sequence[Draft]]:
    """One question for each agreement, with its own copy of what is asked: no customer reads the proposal."""
    details = SubProcessor.objects.in_bulk([row.pk for row in rows])
    drafts = {}
    for row in rows:
        detail, starts_on = details[row.pk], facts[row.pk]["starts_on"]
        copy = {
            "sub_processor": row.title,
            "service": detail.service,
            "country": detail.country,
            "list_version": detail.list_version,
            "starts_on": starts_on,
            "told_by": starts_on - dt.timedelta(days=1),
        }
        drafts[row.pk] = [Draft("consent", row.title, pk, copy) for pk in facts[row.pk]["agreements"]]
    return drafts


def failure_for(rows: Sequence[Matter], facts: Mapping[int, Facts]) -> Mapping[int, Sequence[Draft]]:
    """A failure stays open below its sub-processor until it is put right."""
    return {row.pk: [Draft("subprocessor_failure", row.title, None, facts[row.pk])] for row in rows}


def transfer_for(rows: Sequence[Matter], facts: Mapping[int, Facts]) -> Mapping[int, Sequence[Draft]]:
    """The next link of the chain: from us to the sub-processor."""
    return {
        row.pk: [Draft("transfer", row.title, None, {**facts[row.pk], "importer": row.title})] for row in rows
    }


def country_is_known(pairs: Turns, now: dt.datetime) -> Sequence[str]:
    """The place of processing decides whether content is transferred."""
    return [is_a_country(facts["country"]) for _row, facts in pairs]


def same_obligations(pairs: Turns, now: dt.datetime) -> Sequence[str]:
    """A contract without the same obligations on instructions and measures is none (12.2, Art. 28(4) GDPR)."""
    words = (
        "The contract must carry the same obligations on instructions and measures as ours. Amend it first."
    )
    return ["" if facts.get("same_obligations") else words for _row, facts in pairs]
