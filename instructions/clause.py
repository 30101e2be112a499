"""Clauses 2, 5 and 16 and Appendix 1: what we do with Customer Content because the customer says so. Read this first.

An instruction is acknowledged, then found within the agreement, outside it, or unlawful. Every use of content is a
purpose of the customer's own, kept in a register.
"""

from instructions.clause_instruction import INSTRUCTION
from instructions.clause_purpose import PURPOSE

ROOM = (INSTRUCTION, PURPOSE)
