"""Load a contract text as data: `manage.py load_profile 365-aitech` or a path to a YAML file of one's own."""

import datetime as dt
import hashlib
import json
import re
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.utils import timezone

from agreements.profile_file import ProfileError, read_profile
from obligations.clauses import CLAUSES, term_specs
from obligations.models import Profile
from obligations.terms import HOUSE

LAW = re.compile(r"S\d+")
FOLDER = Path(__file__).resolve().parents[2] / "profiles"


class Command(BaseCommand):
    help = "Load profiles (names of shipped ones, or paths). A changed file makes a new version."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("profiles", nargs="*", default=["365-aitech", "house"])

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            with transaction.atomic():
                for name in options["profiles"]:
                    profile, made = load(name, at=timezone.now())
                    self.stdout.write(f"{profile}: {'loaded' if made else 'unchanged'}")
        except ProfileError as error:
            raise CommandError(str(error)) from error


def load(name: str, *, at: dt.datetime) -> tuple[Profile, bool]:
    """The profile of a file, and whether it is a new version. ProfileError lists every mistake with its line."""
    path = Path(name) if name.endswith((".yaml", ".yml")) else FOLDER / f"{name}.yaml"
    found = read_profile(path, term_specs(), sources=_sources(path.stem))
    settings = found.settings | ({"without": found.without} if found.without else {})
    body = {"clauses": found.clauses, "terms": found.terms, "settings": settings}
    digest = hashlib.sha256(json.dumps([found.title, body], sort_keys=True).encode()).hexdigest()
    last = Profile.objects.filter(key=found.key).order_by("-version").first()
    if last is not None and last.sha256 == digest:
        return last, False
    version = last.version + 1 if last else 1
    return Profile.objects.create(
        key=found.key, version=version, title=found.title, sha256=digest, loaded_at=at, **body
    ), True


def _sources(profile: str) -> frozenset[str]:
    """What duties rest on: the clauses of a contract, or the law (S1, S2 ...) in the profile of the house."""
    sources = {duty.source for clause in CLAUSES.values() for duty in clause.duties}
    law = {source for source in sources if LAW.fullmatch(source)}
    return frozenset(law if profile == HOUSE else sources - law)
