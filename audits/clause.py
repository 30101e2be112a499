"""Clauses 9, 10 and 17.2: information, audits, authorities, impact assessments and quotes. Read this first.

Each kind has a file of its own, `clause_<kind>.py`. What an audit costs is counted in entitlement.py, and what
may be billed at all is decided in quotes.py.
"""

from audits.clause_audit import AUDIT
from audits.clause_authority import AUTHORITY_REQUEST
from audits.clause_dpia import DPIA
from audits.clause_finding import FINDING
from audits.clause_information import INFORMATION_REQUEST
from audits.clause_quote import QUOTE

ROOM = (INFORMATION_REQUEST, AUDIT, FINDING, AUTHORITY_REQUEST, DPIA, QUOTE)
