"""Files that mean harm, built here. Each asks for BEACON if anything in it runs."""

import io
import struct
import zipfile
from collections.abc import Mapping

BEACON = "http://beacon.invalid/"
CALL = f"fetch('{BEACON}');new Image().src='{BEACON}i'"
SCRIPT = f"<script>{CALL}</script>".encode()
SVG = f'<svg xmlns="http://www.w3.org/2000/svg" onload="{CALL}">'.encode() + SCRIPT + b"</svg>"
PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + b"\x00" * 30
XXE = f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "{BEACON}">]><x>&e;</x>'.encode()
LAUGHS = b'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "ha">' + b"".join(
    b'<!ENTITY %c "%s">' % (98 + place, b"&%c;" % (97 + place) * 10) for place in range(9)
) + b"]><l>&j;</l>"  # fmt: skip


def archive(**parts: bytes) -> bytes:
    """A ZIP; `__` in a name stands for a slash, `_dot_` for a dot."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as whole:
        for name, content in parts.items():
            whole.writestr(name.replace("__", "/").replace("_dot_", "."), content)
    return file.getvalue()


def claims_to_hold(content: bytes, size: int) -> bytes:
    """The ZIP whose list says that its first part unpacks to so many bytes."""
    at = content.index(b"PK\x01\x02") + 24
    return content[:at] + struct.pack("<I", size) + content[at + 4 :]


DOCX = archive(word__document_dot_xml=b"<w/>")
# name as it is sent -> content
REFUSED: Mapping[str, bytes] = {
    "drawing.svg": SVG,
    "drawing.png": SVG,
    "gzipped.svgz": b"\x1f\x8b\x08\x00" + b"\x00" * 40,
    "page.html": b"<!doctype html><html>" + SCRIPT,
    "page.txt": b"Dear all,\n\n" + SCRIPT,
    "page.csv": b"a;b\n" * 9000 + SCRIPT,
    "page.pdf.html": b"<html>" + SCRIPT,
    "page.xhtml": b'<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml">' + SCRIPT,
    "wide.txt": b"\xff\xfe" + SCRIPT.decode().encode("utf-16-le"),
    "entities.xml": XXE,
    "laughs.xml": LAUGHS,
    "frame.mht": b"<iframe src='" + BEACON.encode() + b"'></iframe>",
    "program.exe": b"MZ" + b"\x00" * 200,
    "invoice.pdf.exe": b"MZ\x90\x00" + b"\x90" * 200,
    "program.pdf": b"\x7fELF" + b"\x00" * 100,
    "shortcut.lnk": b"L\x00\x00\x00" + b"\x01" * 80,
    "module.wasm": b"\x00asm\x01\x00\x00\x00",
    "film.swf": b"CWS\x0a" + b"\x00\x01\x02" * 40,
    "old.xls": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600,
    "macros.docm": archive(word__document_dot_xml=b"<w/>", word__vbaProject_dot_bin=b"x"),
    "macros.docx": archive(word__document_dot_xml=b"<w/>", word__vbaProject_dot_bin=b"x"),
    "bomb.docx": claims_to_hold(DOCX, 4_000_000_000),
    "bomb.zip": archive(zeros=b"\x00" * 30_000_000),
    "nested.zip": archive(inner_dot_zip=archive(inner_dot_zip=archive(zeros=b"\x00" * 1_000_000))),
    "paths.zip": archive(**{"../../etc/passwd": b"x"}),
    "applet.jar": archive(**{"META-INF/MANIFEST.MF": b"Main-Class: X", "X.class": b"\xca\xfe"}),
    "parts.docx": archive(**{f"word/{place}": b"" for place in range(6000)}),
    "cut.docx": DOCX[:60],
    "lies.docx": b"PK\x03\x04" + b"\x00" * 200 + b"PK\x05\x06" + b"\xff" * 18,
    "blank.txt": b" \n ",
    "huge.txt": b"a" * (25 * 2**20 + 1),
}
# ... -> (content, the name under which it is kept): harmless as an attachment
KEPT: Mapping[str, tuple[bytes, str]] = {
    "polyglot.pdf": (b"%PDF-1.7\n" + SCRIPT, "polyglot.pdf"),
    "polyglot.html": (b"GIF89a/*" + SCRIPT + b"*/", "polyglot.html.gif"),
    "image.svg": (PNG + SVG, "image.svg.png"),
    "xxe.docx": (archive(word__document_dot_xml=XXE), "xxe.docx"),
    "laughs.xlsx": (archive(xl__workbook_dot_xml=LAUGHS), "laughs.xlsx"),
    "../../../etc/passwd": (b"root:x:0:0\n", "passwd.txt"),
    "..\\..\\windows\\win.ini": (b"[x]\n", "win.ini.txt"),
    "invoice\u202efdp.exe": (b"plain words", "invoice fdp.exe.txt"),
    "report.pdf\x00.html": (b"%PDF-1.4", "report.pdf .html.pdf"),
    "line\r\nSet-Cookie: a=b.txt": (b"plain words", "line Set-Cookie: a=b.txt"),
    "n" * 300 + ".txt": (b"plain words", "n" * 146 + ".txt"),
    "run.js": (f"{CALL}".encode(), "run.js.txt"),
    "formula.csv": (b"=cmd|' /C calc'!A0\n", "formula.csv"),
    '"><img src=x onerror=alert(1)>.txt': (b"plain words", '"><img src=x onerror=alert(1)>.txt'),
    "letter.html": (b"From: a\nTo: b\nSubject: c\n\n<html>" + SCRIPT, "letter.html.eml"),
    "...": (b"plain words", "file.txt"),
}
