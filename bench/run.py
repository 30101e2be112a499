"""Measures one database: `python -m bench.run SIZE quick|full OUT.json`. Started by bench/__main__.py."""

import gc
import json
import logging
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import django

from bench.measure import Result
from tools.say import say


def main() -> None:
    size, how, out = int(sys.argv[1]), sys.argv[2], Path(sys.argv[3])
    django.setup()
    logging.disable(logging.WARNING)
    from django.conf import settings
    from django.db import connection
    from django.test.utils import setup_test_environment

    from accounts import scope as scopes

    setup_test_environment(debug=False)
    settings.ROOT_URLCONF = "bench.floors"
    scopes._now_open.set(scopes.Open(scopes.ALL, None))  # without the transaction of a scope
    prepare(size)
    gc.freeze()  # as the real processes do
    results = []
    for result in measurements(how):
        results.append(result)
        say(line(result))
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE obligations_obligation, obligations_message")
    out.write_text(json.dumps([result.as_json() for result in results], indent=1))


def prepare(size: int) -> None:
    """Build what is missing; what is there is kept."""
    from django.core.management import call_command

    from bench.data import build
    from obligations.models import Obligation

    call_command("migrate", interactive=False, verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)
    if not Obligation.objects.exists():
        say(f"building {size:,} obligations (kept for later runs)")
        build(size, say)


def measurements(how: str) -> Iterator[Result]:
    """All of them; `quick` has smaller numbers."""
    from bench import inout, works
    from bench.addresses import API, PAGES
    from bench.data import world

    known, quick = world(), how == "quick"
    parts: list[Callable[[], Iterator[Result]]] = [
        lambda: works.idle_sweep(known),
        lambda: works.busy_sweep(known, (200,) if quick else (1_000, 10_000)),
        lambda: works.sweep_in_parallel(known, 200 if quick else 5_000, (1, 2) if quick else (1, 2, 4)),
        lambda: works.deliver(known, 200 if quick else 10_000),
        lambda: works.fan_out(known, (1, 100) if quick else (1, 100, 5_000)),
        lambda: works.proposals(known, 100 if quick else 5_000),
        lambda: works.one_step(known),
        lambda: works.pages(known, API(known)),
        lambda: works.pages(known, PAGES(known)),
        lambda: works.arithmetic(known),
        lambda: inout.dates(known),
        lambda: inout.pack(known),
        lambda: inout.imports(known, 100 if quick else 5_000),
        lambda: inout.webhooks(known, 100 if quick else 2_000),
    ]
    for part in parts:
        yield from part()


def line(found: Result) -> str:
    """One result as a person reads it."""
    words = [f"{found.name}: {found.seconds * 1000:.1f} ms"]
    if found.per > 1:
        words.append(f"{found.per / found.seconds:,.0f}/s")
    if found.ratio:
        words.append(f"{found.ratio:.2f}x {found.floor_name}")
    words += [f"{value} {name}" for name, value in found.extra.items() if value]
    return ", ".join(words)


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dpa_tracker.settings")
    main()
