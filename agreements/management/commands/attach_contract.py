"""Attach a contract's text: `manage.py attach_contract AGREEMENT FILE`. Proposes, and a person confirms."""

import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from accounts.models import User
from accounts.roles import actor_of
from accounts.scope import ALL, scope
from agreements.attaching import confirm, propose
from agreements.splitting import Proposal
from obligations.models import Agreement


class Command(BaseCommand):
    help = "Propose how the text of a contract divides into clauses, and keep it once a person confirms."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("agreement", help="number or title of the agreement")
        parser.add_argument("file", type=Path)
        parser.add_argument(
            "--as", dest="person", help="e-mail of the person who confirms (needed to store it)"
        )
        parser.add_argument("--yes", action="store_true", help="confirm without being asked")

    def handle(self, *args: Any, **options: Any) -> None:
        with scope(ALL, reason="attach_contract"):
            agreement = _agreement(options["agreement"])
            data = _read(options["file"])
            try:
                proposal = propose(agreement, data)
            except ValueError as error:
                raise CommandError(f"{options['file']}: {error} Nothing was stored.") from error
            self._show(proposal)
            if not options["person"]:
                self.stdout.write(
                    "Nothing was stored. Repeat with --as E-MAIL of the person who confirms it."
                )
                return
            if not options["yes"] and not _asked():
                self.stdout.write("Nothing was stored.")
                return
            user = User.objects.filter(email=options["person"].lower()).first()
            if user is None:
                raise CommandError(f"There is no person {options['person']!r}. Nothing was stored.")
            kept = confirm(
                agreement,
                data,
                proposal,
                filename=options["file"].name,
                actor=actor_of(user),
                at=timezone.now(),
            )
            self.stdout.write(f"Stored as evidence of {agreement}: SHA-256 {kept.sha256}")

    def _show(self, proposal: Proposal) -> None:
        for piece in proposal.clauses:
            self.stdout.write(f"{piece.number:>3}  {piece.heading or '(no heading in the text)'}")
            self.stdout.write(
                f"     characters {piece.start} to {piece.end}, {len(piece.paragraphs)} paragraphs"
            )
            for words in piece.inferred:
                self.stdout.write(f"     inferred: {words}")
        for span in proposal.left_over:
            self.stdout.write(f"Left over, belongs to no clause: {span.text!r}")
        for words in proposal.notes:
            self.stdout.write(f"Note: {words}")


def _agreement(name: str) -> Agreement:
    rows = Agreement.objects.select_related("profile", "customer")
    found = rows.filter(pk=int(name)).first() if name.isdecimal() else rows.filter(title=name).first()
    if found is None:
        known = "; ".join(f"{row.pk} {row.title}" for row in rows.order_by("pk")[:20]) or "none yet"
        raise CommandError(f"There is no agreement {name!r}. Agreements: {known}.")
    return found


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise CommandError(f"{path} cannot be read: {error.strerror}.") from error


def _asked() -> bool:
    if not sys.stdin.isatty():
        return False
    return input("Is this how the contract divides? Type yes to keep it: ").strip().lower() == "yes"
