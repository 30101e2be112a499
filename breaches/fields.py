"""Facts that several steps of this room ask for."""

from django.utils.translation import gettext_lazy as _

from obligations.clauses import Field

CONTENT_DATA = "customer_content"
BOTH = "both"
CATEGORIES = (
    (CONTENT_DATA, _("Customer Content")),
    ("subscription_data", _("Subscription Data: we are the controller")),
    ("usage_data", _("Usage Data: we are the controller")),
    (BOTH, _("Customer Content, and Subscription or Usage Data")),
)

TEXT = Field(
    "text", "long_text", _("What the customer must know"), _("Sent as written. Say what is not known yet.")
)
REASON = Field("reason", "long_text", _("Reason"), _("Kept in the file and told to everybody who was told."))
SUSPECTED_AT = Field(
    "suspected_at",
    "instant",
    _("First suspected"),
    _("When we first had reason to suspect it: the clock starts here."),
)
CONFIRMED_AT = Field("confirmed_at", "instant", _("When it was confirmed"))
INFORMED_AT = Field("informed_at", "instant", _("When the authority was informed"))
RECEIPT = Field("receipt", "text", _("The authority's receipt"), _("Its reference number."), required=False)
DELAY = Field(
    "delay_reasons",
    "long_text",
    _("Reasons for the delay"),
    _("Needed when the period is over: the law asks for them (GDPR Art. 33(1), second sentence)."),
    required=False,
    covers=("11.1b",),
)
DATA = Field("categories", "choice", _("Data"), choices=CATEGORIES, covers=("3.2", "3.3"))

SELECTION = (
    Field("agreements", "agreements", _("Affected agreements"), required=False),
    Field("region", "text", _("All of a region"), _("As the agreements name it."), required=False),
    Field("product", "text", _("All of a product"), _("As the agreements name it."), required=False),
    Field(
        "uses",
        "text",
        _("All that use a sub-processor"),
        _("Its name, such as MongoDB."),
        required=False,
    ),
    Field("everyone", "boolean", _("All agreements"), required=False),
)


def is_own(categories: str) -> bool:
    """Whether we are a controller of some of these data ourselves (3.2, 3.3)."""
    return categories != CONTENT_DATA


def is_content(categories: str) -> bool:
    """Whether Customer Content is among these data: duties under the agreements."""
    return categories in (CONTENT_DATA, BOTH)
