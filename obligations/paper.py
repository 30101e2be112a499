"""Documents on paper and as PDF/UA, made from the same template.

WeasyPrint needs the library Pango, which a small machine may lack. Then the page itself is the document: it prints.
"""

import datetime as dt
from functools import cache
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.template.loader import render_to_string

SHEET: Final = "document:/paper.css"


class Refused(ValueError):
    """A document asked for an address outside our own style sheet."""


@cache
def can_pdf() -> bool:
    """Whether this machine can make PDFs."""
    try:
        import weasyprint  # noqa: F401  (loads Pango)
    except (ImportError, OSError):
        return False
    return True


def as_pdf(html: str) -> bytes:
    """PDF/UA-1. Nothing is fetched but the style sheet of documents: no file and no host."""
    from weasyprint import HTML
    from weasyprint.urls import URLFetcher, URLFetcherResponse

    class OurSheetAlone(URLFetcher):  # type: ignore[misc]  # the library carries no types
        def fetch(self, url: str, headers: Any = None) -> Any:
            return URLFetcherResponse(url, sheet(url), {"Content-Type": "text/css"})

    fetcher = OurSheetAlone(allowed_protocols=())
    made: bytes = HTML(string=html, base_url=SHEET, url_fetcher=fetcher).write_pdf(pdf_variant="pdf/ua-1")
    return made


def sheet(url: str) -> bytes:
    """The one address that a document may name."""
    if url != SHEET:
        raise Refused(f"A document names {url}: only its own style sheet is read.")
    return (Path(settings.BASE_DIR) / "static" / "paper.css").read_bytes()


def made(template: str, context: dict[str, Any], at: dt.datetime) -> tuple[bytes, str]:
    """A document to keep, and how its name ends: a PDF, or where that cannot be made a page without links."""
    pdf = can_pdf()
    html = render_to_string(template, {**context, "made_at": at, "pdf": pdf, "alone": not pdf})
    return (as_pdf(html), "pdf") if pdf else (html.encode(), "html")
