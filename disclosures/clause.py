"""Clause 7.1: demands of governments, courts and law enforcement. Read this first."""

from obligations.clauses import Clause

ROOM: tuple[Clause, ...] = ()
