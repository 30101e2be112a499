"""Clause 11: personal data breach notification. Read this first.

A breach, suspected or actual, at the processor or a sub-processor, has one `breach_notice` per affected
agreement. The processor must notify immediately (11.1a); the customer's 72 hours to its authority start when
it receives the notice (11.1b); information and guidance follow (11.2a, 11.2b). Subscription and usage data
are the processor's own (3.2, 3.3): it then has 72 hours of its own (S1).

clause_breach.py declares what happened, clause_notice.py what each customer is told; choosing.py finds the
affected agreements, confirming.py those for which a suspicion is not enough, content.py knows what Art. 33(3)
asks for, texts.py the words of a notice.
"""

from breaches.clause_breach import BREACH
from breaches.clause_notice import NOTICE

ROOM = (BREACH, NOTICE)
