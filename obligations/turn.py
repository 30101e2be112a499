"""One step of one batch, as the parts of a verb hand it to each other."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from obligations.clauses import Clause, Step
from obligations.models import Entry, Matter

Instants = dt.datetime | Mapping[int, dt.datetime]  # when it happened: for all, or by matter id


@dataclass(frozen=True)
class Turn:
    """`entries` by matter id: each holds its matter's own `at` and facts."""

    clause: Clause
    step: Step
    matters: Sequence[Matter]
    entries: Mapping[int, Entry]
    now: dt.datetime


class Refused(Exception):
    """A verb said no and changed nothing: matter id -> reason, in words a person can act on."""

    def __init__(self, reasons: Mapping[int, str], code: str = "refused") -> None:
        self.reasons = dict(reasons)
        self.code = code
        super().__init__(" ".join(dict.fromkeys(self.reasons.values())))
