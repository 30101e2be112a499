"""A ledger with three customers and the house, sealed; and what `verify` says."""

import datetime as dt
from types import SimpleNamespace

from conftest import utc
from obligations.actions import advance
from obligations.tests.engine import REPORTED, fresh, reported
from proof import sealing, signing, verifying

SEALED = REPORTED + dt.timedelta(minutes=1)


def sealed_case(cast: SimpleNamespace) -> SimpleNamespace:
    """A reported breach whose three notices are sent, sealed, with a signed checkpoint."""
    case = reported(cast)
    rows = [fresh(row) for row in case.all]
    advance(rows, "send", actor=cast.olga, at=REPORTED, facts={"text": "We suspect a breach."})
    sealing.seal(SEALED, everything=True)
    signing.sign_all(SEALED)
    return case


def words(now: dt.datetime = SEALED) -> list[str]:
    """What `verify` finds in the ledger and the evidence."""
    report = verifying.everything(now)
    return [found.words for found in report.findings if found.part in ("ledger", "evidence", "guards")]


__all__ = ["SEALED", "sealed_case", "utc", "words"]
