"""Clauses 12 and 13, Appendix 1: sub-processors, consents and transfers. Read this first."""

from obligations.clauses import Clause

ROOM: tuple[Clause, ...] = ()
