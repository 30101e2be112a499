"""The facts of an erasure that a certificate names: method, date, operator and proof (14.1)."""

import datetime as dt
from collections.abc import Sequence

from django.utils.translation import gettext_lazy as _

from obligations.clauses import Field, Turns

PLACES = (("system", _("System")), ("backup", _("Backup")), ("sub_processor", _("Sub-processor")))
METHODS = (
    ("deleted", _("Deleted")),
    ("overwritten", _("Overwritten")),
    ("keys_destroyed", _("Keys destroyed")),
    ("expired", _("Backup expired")),
    ("destroyed", _("Medium destroyed")),
)
METHOD = Field("method", "choice", _("Method"), choices=METHODS)
ERASED_ON = Field("erased_on", "date", _("Erased on"))
OPERATOR = Field("operator", "text", _("Operator"), _("Who erased it: it stands on the certificate."))
PROOF = Field("proof", "file", _("Proof"), _("Log, report or the sub-processor's certificate."))


def has_happened(pairs: Turns, now: dt.datetime) -> Sequence[str]:
    """An erasure is recorded after it was done. A place east of UTC may be a day ahead."""
    latest = (now + dt.timedelta(days=1)).date()
    words = "{:%-d %B %Y} lies in the future. Record the erasure when it is done."
    return [words.format(facts["erased_on"]) if facts["erased_on"] > latest else "" for _, facts in pairs]
