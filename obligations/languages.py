"""Languages in which notices can be written, as far as their texts exist; what is missing goes out in English."""

from typing import Final

from django.utils.translation import gettext_lazy as _

LANGUAGES: Final = (
    ("en", _("English")),
    ("de", _("German")),
    ("es", _("Spanish")),
    ("fr", _("French")),
    ("it", _("Italian")),
    ("nl", _("Dutch")),
    ("pl", _("Polish")),
)
