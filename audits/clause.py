"""Clauses 9, 10 and 17.2: information, audits, authorities, impact assessments and quotes. Read this first."""

from obligations.clauses import Clause

ROOM: tuple[Clause, ...] = ()
