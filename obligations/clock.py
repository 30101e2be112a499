"""How long a period lasts: the one place where deadlines are counted. Pure Python, no Django.

Periods follow Regulation (EEC, Euratom) 1182/71 as a neutral yardstick; it does not bind contracts. Where
readings differ, a maximum period (`reckon`) ends at the earliest instant that a strict reading allows, and a
minimum period (`earliest`) ends at the latest.
"""

import calendar as _gregorian
import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, replace

from obligations.allowances import Allowance, allowance
from obligations.calendars import (
    DAY,
    SMALLEST,
    Calendar,
    Skip,
)
