"""Read delivery reports: `manage.py read_reports FILE…`, a Maildir's folder, `-` for one mail, or `--mailbox`."""

from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from obligations import delivery, mailboxes, reports


class Command(BaseCommand):
    help = "Take delivery reports (RFC 3464): 'delivered' proves receipt, 'failed' tries the next contact."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("paths", nargs="*", help="files, folders (read whole), Maildirs, or -")
        parser.add_argument(
            "--mailbox", action="store_true", help="read the mailbox that BOUNCE_MAILBOX names"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            for name, data in _mails(options["paths"], mailbox=options["mailbox"]):
                self.stdout.write(f"{name}: {_take(data)}")
        except mailboxes.MailboxError as error:
            raise CommandError(str(error)) from error


def _mails(paths: list[str], *, mailbox: bool) -> Iterator[mailboxes.Mail]:
    if not paths and not mailbox:
        raise CommandError("Name files, folders or -, or give --mailbox.")
    yield from mailboxes.from_paths(paths)
    if not mailbox:
        return
    if not settings.BOUNCE_MAILBOX:
        raise CommandError("BOUNCE_MAILBOX is not set. It must hold imaps://user:password@host/INBOX.")
    yield from mailboxes.from_imap(settings.BOUNCE_MAILBOX)


def _take(data: bytes) -> str:
    """What the mail said and whether that was new."""
    found = reports.read(data)
    if found is None:
        return "no delivery report about a message of ours"
    now = timezone.now()
    at = min(found.at or now, now)
    changed = delivery.report(found.message_id, received=found.received, at=at, now=now, words=found.words)
    outcome = "delivered" if found.received else f"failed: {found.words}"
    return outcome if changed else f"{outcome} (nothing new)"
