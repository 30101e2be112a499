"""Clause 14: erasure, return, retention by law and holds. Read this first.

The end of an agreement opens an `exit`: all Customer Content is erased within two years of the last day, a
maximum and not a right to keep it (14.1). Each system, backup and sub-processor is one `erasure`. What law
retains is isolated (`retention`, 14.2); an order may stop erasure for a time (`hold`, 14.x). The certificate of
two people closes the exit, and with it the agreement can end (4.1b).

The declarations are in clause_exit.py, clause_erasure.py, clause_retention.py and clause_hold.py.
"""

from deletion.clause_erasure import ERASURE
from deletion.clause_exit import EXIT
from deletion.clause_hold import HOLD
from deletion.clause_retention import RETENTION

ROOM = (EXIT, ERASURE, RETENTION, HOLD)
