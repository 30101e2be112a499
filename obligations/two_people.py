"""The database's own no to one person who takes a step that needs two, read from the declarations.

`migrate` builds it (walls.build). An entry of such a step is either a proposal, or names the proposal of the same
step of the same matter by somebody else.
"""

from collections.abc import Iterator
from typing import Final

from django.db import connection

from obligations.clauses import CLAUSES

TRIGGER: Final = "obligations_entry_needs_two_people"
VERBS: Final = ("extend", "waive")  # of every kind
FUNCTION: Final = """
CREATE OR REPLACE FUNCTION refuse_one_person_as_two() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT 1 FROM new_rows n WHERE {wrong}) THEN
    RAISE EXCEPTION 'this step needs two people' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NULL;
END $$"""
WRONG: Final = """NOT {n}.proposed
  AND ({n}.step IN ({verbs}) OR (SELECT m.kind || '.' || {n}.step FROM obligations_matter m
    WHERE m.id = {n}.matter_id) IN ({steps}))
  AND NOT ({n}.two_people AND EXISTS (SELECT 1 FROM obligations_entry p WHERE p.id = {n}.proposal_id AND p.proposed
    AND p.matter_id = {n}.matter_id AND p.step = {n}.step AND p.actor_id = {n}.proposer_id
    AND p.actor_id <> {n}.actor_id))"""


def statements() -> Iterator[str]:
    """What puts the trigger in place; safe to repeat."""
    if connection.vendor == "postgresql":
        yield FUNCTION.format(wrong=_wrong("n"))
        yield f"DROP TRIGGER IF EXISTS {TRIGGER} ON obligations_entry"
        yield (
            f"CREATE TRIGGER {TRIGGER} AFTER INSERT ON obligations_entry REFERENCING NEW TABLE AS new_rows "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_one_person_as_two()"
        )
        return
    yield f"DROP TRIGGER IF EXISTS {TRIGGER}"
    yield (
        f"CREATE TRIGGER {TRIGGER} AFTER INSERT ON obligations_entry WHEN {_wrong('NEW')} "
        "BEGIN SELECT RAISE(ABORT, 'this step needs two people'); END"
    )


def _wrong(row: str) -> str:
    steps = sorted(f"{c.kind}.{s.name}" for c in CLAUSES.values() for s in c.steps if s.two_people)
    return WRONG.format(n=row, verbs=_texts(VERBS), steps=_texts(steps))


def _texts(words: tuple[str, ...] | list[str]) -> str:
    return ", ".join(f"'{word}'" for word in words) or "''"  # names of declarations: letters and _ alone
