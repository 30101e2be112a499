"""Clauses 6 and 8, Appendices 1 and 2: policies, measures, people, sensitive data found. Read this first."""

from safeguards.clause_person import PERSON
from safeguards.clause_policy import MEASURE, POLICY
from safeguards.clause_sensitive import SENSITIVE

ROOM = (POLICY, MEASURE, PERSON, SENSITIVE)
