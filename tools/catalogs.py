"""`python -m tools.catalogs` makes the .mo beside each .po, as gettext reads it; GNU gettext is not needed."""

from __future__ import annotations

import json
import struct
from pathlib import Path

from tools.build import ROOT

CATALOGS = "obligations/locale/*/LC_MESSAGES/django.po"


def read(text: str) -> dict[str, str]:
    """Texts by their English; the empty one is the header. No plurals, no contexts: mails need none."""
    found: dict[str, str] = {}
    name, parts = "", {"msgid": "", "msgstr": ""}
    for line in [*text.splitlines(), 'msgid ""']:
        word, _, rest = line.partition(" ")
        if word == "msgid" and name:
            found[parts["msgid"]] = parts["msgstr"]
            parts = {"msgid": "", "msgstr": ""}
        if word in parts:
            name, line = word, rest
        if line.startswith('"'):
            parts[name] += json.loads(line)
    return found


def made(texts: dict[str, str]) -> bytes:
    """The format of GNU gettext: two tables of (length, offset), then the texts, each ended by a zero."""
    rows = [(key.encode(), value.encode()) for key, value in sorted(texts.items())]
    at, tables, texts_in_bytes = 28 + 16 * len(rows), b"", b""
    for column in (0, 1):
        for row in rows:
            tables += struct.pack("<II", len(row[column]), at + len(texts_in_bytes))
            texts_in_bytes += row[column] + b"\0"
    head = struct.pack("<7I", 0x950412DE, 0, len(rows), 28, 28 + 8 * len(rows), 0, at)
    return head + tables + texts_in_bytes


def main() -> None:
    """Write all of them."""
    for file in sorted(Path(ROOT).glob(CATALOGS)):
        file.with_suffix(".mo").write_bytes(made(read(file.read_text())))


if __name__ == "__main__":
    main()
