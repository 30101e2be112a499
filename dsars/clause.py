"""Clauses 7.2 and 7.3: requests of data subjects. Read this first."""

from obligations.clauses import Clause

ROOM: tuple[Clause, ...] = ()
