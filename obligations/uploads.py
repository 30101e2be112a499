"""What a file may be: judged by its content, never by what the sender calls it. Nothing is unpacked or parsed.

A browser never opens these files inside a page (they leave as attachments, see views.evidence_file); this list
keeps out what would run on the reader's own machine, and what hides its content.
"""

import re
import struct
import unicodedata
import zipfile
from typing import IO, Final

from django.utils.translation import gettext as _

LONGEST_NAME: Final = 150
MOST_PARTS: Final = 5_000  # of an office document; more are a trap for whoever lists them
MOST_UNPACKED: Final = 500 * 2**20
HEAD: Final = 4096

MAGIC: Final = (
    (b"%PDF-", "pdf"),
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"\xff\xd8\xff", "jpg"),
    (b"GIF87a", "gif"),
    (b"GIF89a", "gif"),
    (b"II*\x00", "tif"),
    (b"MM\x00*", "tif"),
)
OFFICE: Final = {
    "word/document.xml": "docx",
    "xl/workbook.xml": "xlsx",
    "ppt/presentation.xml": "pptx",
}
OPEN_DOCUMENT: Final = {
    b"application/vnd.oasis.opendocument.text": "odt",
    b"application/vnd.oasis.opendocument.spreadsheet": "ods",
    b"application/vnd.oasis.opendocument.presentation": "odp",
}
ENDINGS: Final = {
    "jpg": ("jpg", "jpeg"),
    "tif": ("tif", "tiff"),
    "txt": ("txt", "csv", "tsv", "log", "md", "asc", "json"),
}
OUTLOOK: Final = "__substg1.0_".encode("utf-16-le")  # the parts of a mail kept by Outlook
MARKUP: Final = re.compile(
    rb"<\s*(?:!doctype|\?xml|html|head|body|script|svg|iframe|object|embed|math|style|link|meta|img)\b", re.I
)
# Headers of a mail: its parts may be HTML, which no page of ours shows.
MAIL: Final = re.compile(rb"(?:[A-Za-z0-9-]+:[^\r\n]*\r?\n(?:[ \t][^\r\n]*\r?\n)*){3,}")
TAKEN: Final = "PDF, PNG, JPEG, GIF, TIFF, WebP, DOCX, XLSX, PPTX, ODT, ODS, ODP, MSG, EML or plain text"


class Unusable(ValueError):
    """A file that is not taken, with words that say why and what would be right."""


def clean_name(name: str) -> str:
    """The last part of a name, without anything that is not seen: paths, NUL, marks that turn the text round."""
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", name))[-1]
    seen = "".join(" " if unicodedata.category(sign)[0] == "C" else sign for sign in last)
    seen = " ".join(seen.split()).strip(". ")
    if len(seen) > LONGEST_NAME:
        stem, dot, ending = seen.rpartition(".")
        ending = f"{dot}{ending}" if stem and len(ending) <= 10 else ""
        seen = seen[: LONGEST_NAME - len(ending)] + ending
    return seen or "file"


def named(name: str, file: IO[bytes]) -> str:
    """The name under which the file is kept: it ends as its content says. Unusable when it is not taken."""
    kind, name = kind_of(file), clean_name(name)
    endings = ENDINGS.get(kind, (kind,))
    ending = name.rpartition(".")[2].lower()
    if ending in endings:
        return name
    return clean_name(f"{name[: LONGEST_NAME - 5]}.{endings[0]}")


def kind_of(file: IO[bytes]) -> str:
    """What the file is, as the ending of a name. Unusable for what is not on the list."""
    file.seek(0)
    head = file.read(HEAD)
    if not head.strip():
        raise Unusable(_("The file is empty. Choose the right one."))
    for magic, kind in MAGIC:
        if head.startswith(magic):
            return kind
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "webp"
    if head.startswith(b"PK"):
        return _container(file)
    if head.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        return _outlook(file)
    return _text(file, head)


def _container(file: IO[bytes]) -> str:
    """An office document without macros. Only the list of its parts is read, and that only when it is short."""
    try:
        if _parts(file) > MOST_PARTS:
            raise Unusable(_("This document has too many parts. Save it as PDF and upload that."))
        with zipfile.ZipFile(file) as whole:
            parts = {part.filename: part for part in whole.infolist()}
            first = whole.read("mimetype") if _small(parts.get("mimetype")) else b""
    except (zipfile.BadZipFile, struct.error, NotImplementedError, RuntimeError, OSError, EOFError) as error:
        raise Unusable(_("This archive is damaged. Send one of: %(taken)s.") % {"taken": TAKEN}) from error
    if any(
        name.lower().endswith((".bin", ".exe", ".js", ".vbs")) and "vba" in name.lower() for name in parts
    ):
        raise Unusable(_("This document holds macros. Save it without them, or as PDF."))
    if sum(part.file_size for part in parts.values()) > MOST_UNPACKED:
        raise Unusable(_("This document grows beyond all measure when it is opened. Save it as PDF."))
    kind = OPEN_DOCUMENT.get(first) or next((kind for name, kind in OFFICE.items() if name in parts), "")
    if not kind:
        raise Unusable(_("Archives are not taken: nobody sees what is inside. Upload the files one by one."))
    return kind


def _small(part: zipfile.ZipInfo | None) -> bool:
    return part is not None and part.compress_type == zipfile.ZIP_STORED and part.file_size < 100


def _parts(file: IO[bytes]) -> int:
    """How many parts a ZIP says it has: its last record tells, before anything is listed."""
    size = file.seek(0, 2)
    file.seek(max(size - 65_557, 0))
    tail = file.read()
    at = tail.rfind(b"PK\x05\x06")
    if at < 0:
        raise zipfile.BadZipFile
    number, length = struct.unpack_from("<HI", tail, at + 10)
    return MOST_PARTS + 1 if length > MOST_PARTS * 1000 else int(number)  # 0xFFFF stands for "even more"


def _outlook(file: IO[bytes]) -> str:
    file.seek(0)
    before = b""
    while chunk := file.read(2**20):
        if OUTLOOK in before + chunk:
            return "msg"
        before = chunk[-len(OUTLOOK) :]
    raise Unusable(_("Old office formats may hold macros. Save it as PDF, DOCX or XLSX."))


def _text(file: IO[bytes], head: bytes) -> str:
    """Plain text in UTF-8, UTF-16 with a mark, or Latin-1; not what a browser would take for a page."""
    plain = head
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        plain = head.decode("utf-16", errors="replace").encode()
    elif b"\x00" in head or _controls(head) > len(head) // 50:
        raise Unusable(_("This kind of file is not taken. Send one of: %(taken)s.") % {"taken": TAKEN})
    if MAIL.match(plain):
        return "eml"
    file.seek(0)
    before = b""
    while chunk := file.read(2**20):
        if MARKUP.search((before + chunk).replace(b"\x00", b"")):
            raise Unusable(
                _("Web pages and drawings with code are not taken. Save it as PDF, or as an image.")
            )
        before = chunk[-64:]
    return "txt"


def _controls(head: bytes) -> int:
    return sum(byte < 9 or (13 < byte < 32 and byte != 27) for byte in head)
