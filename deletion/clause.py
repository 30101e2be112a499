"""Clause 14: erasure, return, retention by law and holds. Read this first."""

from obligations.clauses import Clause

ROOM: tuple[Clause, ...] = ()
