"""Clauses 12 and 13, Appendix 1: sub-processors, consents and transfers. Read this first.

A `subprocessor` starts when every customer that was asked has consented (12.1), its contract carries the same
obligations (12.2) and each transfer rests on a mechanism that is in force (13.2). Each agreement has its own
`consent`; silence counts only where its terms say so. A `failure` is ours to answer for (12.3). A `transfer` is
one origin, one country, one mechanism (13.4).

The declarations are in clause_subprocessor.py, clause_consent.py, clause_failure.py and clause_transfer.py; gate.py
says who is cleared, guards.py says why not, mechanisms.py holds the facts of the law.
"""

from subprocessors.clause_consent import CONSENT
from subprocessors.clause_failure import FAILURE
from subprocessors.clause_subprocessor import SUBPROCESSOR
from subprocessors.clause_transfer import TRANSFER

ROOM = (SUBPROCESSOR, CONSENT, FAILURE, TRANSFER)
