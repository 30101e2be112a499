"""Clauses 6, 8 and 15, Appendices 1 and 2: policies, measures, people and certification. Read this first."""

from obligations.clauses import Clause

ROOM: tuple[Clause, ...] = ()
