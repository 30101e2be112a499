"""Clauses 2, 5 and 16: instructions and purposes. Read this first."""

from obligations.clauses import Clause

ROOM: tuple[Clause, ...] = ()
