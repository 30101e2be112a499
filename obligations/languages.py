"""Languages in which notices can be written, as far as their texts exist; what is missing goes out in English."""

from typing import Final

from django.utils import translation
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

# Mails that obligations/locale/ holds whole. A mail half in one language and half in another is worse than English.
SPOKEN: Final = (
    "obligations/reminder",
    *(f"breaches/{name}" for name in ("notice", "supplement", "guidance", "not_affected", "retraction")),
)


def spoken(template: str, wanted: str) -> str:
    """The language in which a mail goes out to somebody who wants it in this one."""
    return wanted if template in SPOKEN and wanted in dict(LANGUAGES) else "en"


def duty_in(language: str, title: object) -> dict[str, str]:
    """What a reminder's context holds: the language, and the duty's name in it."""
    with translation.override(spoken("obligations/reminder", language)):
        return {"language": language, "duty": str(title)}
