"""A simple electronic signature (eIDAS Art. 3 no. 10) as facts of a step, beside the typed name.

The digest of the signed document stands in the ledger, and the document is evidence on both sides.
"""

from django.utils.translation import gettext_lazy as _

from obligations.clauses import Field, Step

INTENTION = Field("intention", "text", _("What the signature means"), required=False)
DOCUMENT = Field(
    "signed_document",
    "file",
    _("Signed document"),
    _("The portal makes it. Elsewhere: a signed copy, if there is one."),
    required=False,
)
SIGNATURE = (INTENTION, DOCUMENT)
NAME = "typed_name"


def signs(step: Step) -> bool:
    """Whether a person puts their name under this step, with a document that says so."""
    names = {field.name for field in step.fields}
    return {NAME, DOCUMENT.name} <= names
