"""Clause 7.1: demands of governments, courts and law enforcement. Read this first.

A demand is the house's own matter. Nothing is handed over without written consent or a law that obliges us, nor
before each customer has received its `disclosure_notice`; where telling is forbidden, only the people named know.
"""

from disclosures.clause_disclosure import DISCLOSURE
from disclosures.clause_notice import NOTICE

ROOM = (DISCLOSURE, NOTICE)
