"""One matter of each kind of this room, for the battery (obligations/tests/kinds.py)."""

import datetime as dt
from types import SimpleNamespace

from obligations.models import Matter


def _agreement(cast: SimpleNamespace, at: dt.datetime) -> Matter:
    return Matter.objects.get(kind="agreement", agreement=cast.a)


BUILDERS = {"agreement": _agreement}
