"""Where delivery reports arrive: files, a Maildir, or a mailbox on an IMAP server.

A mail is marked only when it was used.
"""

import imaplib
import mailbox
import ssl
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote, urlsplit

Mail = tuple[str, bytes]  # name for people, and the mail as it came


class MailboxError(Exception):
    """A place that cannot be read, in words."""


def from_paths(paths: list[str]) -> Iterator[Mail]:
    """Mails of files, folders (read whole), Maildirs (only new mail, which is then old), or "-": standard input."""
    for name in paths:
        if name == "-":
            yield "standard input", sys.stdin.buffer.read()
            continue
        path = Path(name)
        if not path.exists():
            raise MailboxError(f"There is no file or folder {name}. Nothing was read from it.")
        if all((path / part).is_dir() for part in ("new", "cur", "tmp")):
            yield from _from_maildir(path)
            continue
        files = sorted(file for file in path.rglob("*") if file.is_file()) if path.is_dir() else [path]
        yield from ((str(file), file.read_bytes()) for file in files)


def _from_maildir(path: Path) -> Iterator[Mail]:
    box = mailbox.Maildir(path, factory=None, create=False)
    for key in sorted(box.keys()):
        found = box.get_message(key)
        if found.get_subdir() != "new":
            continue
        yield f"{path}: {key}", box.get_bytes(key)
        found.set_subdir("cur")
        found.add_flag("S")
        box[key] = found


def from_imap(address: str) -> Iterator[Mail]:
    """Unseen mails of `imaps://user:password@host:993/INBOX`. Each is marked as seen after it was used."""
    parts = urlsplit(address)
    folder = unquote(parts.path.strip("/")) or "INBOX"
    if parts.scheme not in ("imap", "imaps") or not parts.hostname:
        raise MailboxError(
            "A mailbox is imaps://user:password@host/INBOX (imap:// without TLS, for this machine only)."
        )
    try:
        with _opened(parts.scheme, parts.hostname, parts.port) as box:
            box.login(unquote(parts.username or ""), unquote(parts.password or ""))
            box.select(f'"{folder}"')
            _, found = box.uid("SEARCH", "UNSEEN")
            for key in found[0].split() if found and found[0] else ():
                _, data = box.uid("FETCH", key, "(BODY.PEEK[])")
                body = next((part[1] for part in data if isinstance(part, tuple)), b"")
                yield f"{parts.hostname}: {key.decode()}", body
                box.uid("STORE", key, "+FLAGS", "(\\Seen)")
    except (imaplib.IMAP4.error, OSError) as error:
        raise MailboxError(f"The mailbox at {parts.hostname} cannot be read: {error}.") from error


def _opened(scheme: str, host: str, port: int | None) -> imaplib.IMAP4:
    """By itself the library believes any certificate: the password would go to whoever answers."""
    if scheme == "imap":
        return imaplib.IMAP4(host, port or 143, timeout=30)
    return imaplib.IMAP4_SSL(host, port or 993, ssl_context=ssl.create_default_context(), timeout=30)
