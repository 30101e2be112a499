"""Clauses 1 to 4: the agreement itself, from its draft to its entry into force. Read this first.

It takes effect with the last signature (4.1a) and outlives the main contract until deletion is proven (4.1b).
"""

from django.utils.translation import gettext_lazy as _

from agreements.term_specs import TERMS
from obligations.clauses import NEW, Clause, Field, Step

AGREEMENT = Clause(
    kind="agreement",
    title=_("Agreement"),
    plural=_("Agreements"),
    prefix="AG",
    opened_by_hand=False,
    states={"unsigned": _("unsigned"), "in_force": _("in force")},
    steps=(
        Step("open", _("Record an agreement"), frm=NEW, to="unsigned", by={"officer", "admin"}),
        Step(
            "sign",
            _("Record both signatures"),
            frm="unsigned",
            to="in_force",
            by={"officer"},
            help=_("In force from the later of the two (clause 4)."),
            fields=(
                Field("signed_by_us_on", "date", _("Signed by 365 AITECH on")),
                Field("signed_by_customer_on", "date", _("Signed by the customer on")),
            ),
        ),
    ),
    terms=TERMS,
)

ROOM = (AGREEMENT,)
