"""`make test` and its parts: python -m tools.test all | lint | sqlite | postgres | long | one PATH ...

Every step is announced before it starts; the first that fails ends the run with its exit code. The checkers
are the exception: all of them speak before they fail together.
"""

from __future__ import annotations

import os
import secrets
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from tools.build import PYTHON, ROOT, VENV
from tools.say import say, stop
from tools.services import services

# Settings of the program that must not come from the terminal in which the tests are started.
OURS = (
    *("SECRET_KEY", "DATABASE_URL", "REDIS_URL", "DATA_DIR", "ALLOWED_HOSTS", "BASE_URL", "BEHIND_PROXY"),
    *("DEBUG", "INSECURE_HTTP", "LOG_LEVEL", "SMTP_HOST", "SMTP_PORT", "MAIL_DIRECT"),
    *("DJANGO_ALLOW_ASYNC_UNSAFE", "MAIL_PROVIDER", "MAIL_WEBHOOK_SECRET", "BOUNCE_MAILBOX"),
    *("MAIL_CONNECTIONS", "SENT_JOURNAL", "FIELD_KEYS", "CHECKPOINT_KEYS", "EVIDENCE_DIR"),
)
LINT = {
    "ruff check": ("ruff", "check"),
    "ruff format --check": ("ruff", "format", "--check", "--quiet"),
    "import-linter": ("lint-imports", "--no-logo"),
    "mypy": ("mypy",),
}
MANAGE = {
    "every model has its migration": ("makemigrations", "--check", "--dry-run"),
    "settings are fit for production": ("check", "--deploy", "--fail-level", "WARNING"),
}
LONG = {"CLOCK_EXAMPLES": "100000"}
EVERY_TEST = ("-m", "")  # also those marked long


@contextmanager
def environment() -> Iterator[dict[str, str]]:
    """What production would set, with a data folder that goes away."""
    inherited = {name: value for name, value in os.environ.items() if name not in OURS}
    with tempfile.TemporaryDirectory(prefix="dpa-test-") as folder:
        yield inherited | {
            "DJANGO_SETTINGS_MODULE": "dpa_tracker.settings",
            "SECRET_KEY": secrets.token_urlsafe(64),
            "ALLOWED_HOSTS": "dpa-tracker.example",
            "BASE_URL": "https://dpa-tracker.example",
            "DATA_DIR": folder,
        }


def for_pytest(production: Mapping[str, str]) -> dict[str, str]:
    """The test client and the test browser speak plain HTTP with localhost."""
    kept = {name: value for name, value in production.items() if name not in ("ALLOWED_HOSTS", "BASE_URL")}
    # The browser's driver runs a loop of its own in the thread of the tests; Django would take that for async code.
    return kept | {"INSECURE_HTTP": "1", "DJANGO_ALLOW_ASYNC_UNSAFE": "1"}


def lint(variables: Mapping[str, str]) -> None:
    """All checkers, then the two of Django."""
    codes = [
        run(title, [str(VENV / "bin" / command[0]), *command[1:]], variables)
        for title, command in LINT.items()
    ]
    finish(max(codes))
    for title, command in MANAGE.items():
        finish(run(title, [str(PYTHON), "manage.py", *command], variables))


def tests(title: str, variables: Mapping[str, str], *arguments: str) -> None:
    """pytest, whose own last line stays the last one."""
    finish(run(title, [str(PYTHON), "-m", "pytest", *arguments], variables))


def on_sqlite(variables: Mapping[str, str], *arguments: str) -> None:
    """DATABASE_URL and REDIS_URL stay unset."""
    migrated("SQLite", variables)
    tests("tests on SQLite", variables, *arguments)


def on_postgres(variables: Mapping[str, str], *arguments: str) -> None:
    """PostgreSQL and Redis, as in production."""
    real = {"DATABASE_URL": variables["TEST_DATABASE_URL"], "REDIS_URL": variables["TEST_REDIS_URL"]}
    migrated("PostgreSQL", {**variables, **real})
    tests("tests on PostgreSQL and Redis", {**variables, **real}, *arguments)


def migrated(title: str, variables: Mapping[str, str]) -> None:
    """A database as an installation makes it; conftest.py gives a copy of it to each worker."""
    command = [str(PYTHON), "manage.py", "migrate", "--verbosity", "0"]
    finish(run(f"all migrations on {title}", command, variables))


def run(title: str, command: list[str], variables: Mapping[str, str]) -> int:
    """Exit code; the output goes straight to the terminal."""
    say(f"{title} ...")
    started = time.monotonic()
    code = subprocess.run(command, cwd=ROOT, env=dict(variables)).returncode
    end = f"FAILED with exit code {code}" if code else "done"
    say(f"{title}: {end} in {time.monotonic() - started:.1f} s")
    return code


def finish(code: int) -> None:
    """End the run when a step has failed."""
    if code:
        raise SystemExit(code if code > 0 else 1)


def main() -> None:
    """One of the parts, or all."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    part, *rest = sys.argv[1:] or [""]
    if part not in ("all", "lint", "sqlite", "postgres", "long", "one") or (part == "one" and not rest):
        stop(
            "say what to test: all, lint, sqlite, postgres, long, or one with a path (make test-one T=path)."
        )
    started = time.monotonic()
    with environment() as production:
        if part in ("all", "lint"):
            lint(production)
        if part != "lint":
            with services() as found:
                _pytest(part, for_pytest(production) | found, rest)
    say(f"all passed in {time.monotonic() - started:.0f} s")


def _pytest(part: str, variables: dict[str, str], rest: list[str]) -> None:
    # In the order of conftest.py: the long files begin first. Two more than two cores have: some tests only wait.
    options = ["-n", os.environ.get("JOBS") or "4", "--dist", "loadfile", "--no-loadscope-reorder"]
    if part == "one":
        run_on = on_postgres if os.environ.get("DB") == "postgres" else on_sqlite
        return run_on(variables, *rest)
    if part == "long":
        variables |= LONG
        options += EVERY_TEST
    if part != "postgres":
        on_sqlite(variables, *options)
    if part != "sqlite":
        on_postgres(variables, *options)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
