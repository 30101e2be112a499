"""`make run`: the whole program on this machine, with a demo, without Redis and PostgreSQL.

For trying the program, on localhost only. docs/operations.md says how to run it for real.
"""

from __future__ import annotations

import errno
import fcntl
import http.client
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from pathlib import Path

from tools.build import PYTHON, ROOT, build
from tools.say import put, say, step, stop
from tools.supervisor import Child, leash, stop_all

# A demo must never be written into somebody's real database, nor mailed through somebody's real relay.
NOT_HERE = (
    "DATABASE_URL",
    "REDIS_URL",
    "SMTP_HOST",
    "MAIL_DIRECT",
    "ALLOWED_HOSTS",
    "BASE_URL",
    "BEHIND_PROXY",
)
START_WITHIN = 60  # seconds until the web process has to answer
LOOK_EVERY = 0.2  # seconds


def main() -> int:
    """Prepare, start, wait until stopped. The exit code is 0 after Ctrl-C or SIGTERM."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler)
    children: list[Child] = []
    try:
        port = _port()
        doors = open_doors(port)
        build("run")
        data = _data_dir()
        environment = _environment(port, data)
        sign_ins = prepare(environment)
        children = _children(environment, doors)
        # Alone at first: three programs that load at once keep the first page waiting.
        wait_until_it_answers(children[0], port)
        _print_box(port, data, sign_ins)
        watch(children)
    except KeyboardInterrupt:
        put("")
    finally:
        if children:
            say("stopping")
            stop_all(children)
    say("stopped; nothing is left running")
    return 0


def _port() -> int:
    text = os.environ.get("PORT") or "8000"
    if not text.isdigit() or not 0 < int(text) < 65536:
        stop(f"PORT is {text!r}; it must be a number from 1 to 65535, for instance PORT=8080.")
    return int(text)


def open_doors(port: int) -> list[socket.socket]:
    """Listening sockets on localhost, IPv4 and IPv6, opened before anything else is done.

    The web process inherits them. So no other program can take the port meanwhile, the one that answers is
    our own, and a restart of the web process makes its callers wait instead of refusing them.
    """
    doors = [_door(socket.AF_INET, "127.0.0.1", port)]
    if socket.has_ipv6 and Path("/proc/net/if_inet6").exists():
        doors.append(_door(socket.AF_INET6, "::1", port))
    return [door for door in doors if door is not None]


def _door(family: socket.AddressFamily, host: str, port: int) -> socket.socket | None:
    door = socket.socket(family, socket.SOCK_STREAM)
    door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if family == socket.AF_INET6:
        door.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    try:
        door.bind((host, port))
        door.listen(128)
    except OSError as error:
        if error.errno == errno.EADDRNOTAVAIL and family == socket.AF_INET6:
            return None
        reason = "is taken by another program" if error.errno == errno.EADDRINUSE else f"({error.strerror})"
        other = 8080 if port != 8080 else 8090
        stop(f"port {port} on {host} {reason}. Set PORT to a free one: make run PORT={other}")
    return door


def _data_dir() -> Path:
    data = Path(os.environ.get("DATA_DIR") or ROOT / "var").absolute()
    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = os.open(data / "run.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)  # held until this process ends
    except BlockingIOError:
        stop(f"another `make run` uses {data}. Stop it, or name another folder: make run DATA_DIR=...")
    return data


def _environment(port: int, data: Path) -> dict[str, str]:
    ignored = [name for name in NOT_HERE if os.environ.get(name)]
    if ignored:
        say(f"ignored here, since `make run` is a demo on SQLite: {', '.join(ignored)}")
    environment = {name: value for name, value in os.environ.items() if name not in NOT_HERE}
    return environment | {
        "DATA_DIR": str(data),
        "SECRET_KEY": os.environ.get("SECRET_KEY") or _secret_key(data / "secret_key"),
        "INSECURE_HTTP": "1",
        "STAFF_SECOND_FACTOR": "0",  # whoever tries the demo signs in with the password alone
        "BASE_URL": f"http://localhost:{port}",
        "DJANGO_SETTINGS_MODULE": "dpa_tracker.settings",
        "PYTHONUNBUFFERED": "1",
    }


def _secret_key(file: Path) -> str:
    """Made once, kept readable for its owner only: a new one would sign everybody out."""
    if not file.exists():
        with open(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as new:
            new.write(secrets.token_hex(32))
    return file.read_text().strip()


def prepare(environment: dict[str, str]) -> str:
    """Tables, static files, demo. Returns what the demo printed: its sign-ins."""
    with step("preparing tables, static files and the demo"):
        command = [*leash("TERM"), str(PYTHON), "-m", "tools.prepare"]
        done = subprocess.run(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)
        if done.returncode:
            put(done.stdout)
            stop(f"preparing failed with exit code {done.returncode}. Its own words are above.")
    return done.stdout


def _children(environment: dict[str, str], doors: Sequence[socket.socket]) -> list[Child]:
    tools = PYTHON.parent
    fds = tuple(door.fileno() for door in doors)
    binds = [word for fd in fds for word in ("--bind", f"fd://{fd}")]
    web = [str(tools / "gunicorn"), *binds, "--worker-class", "gthread", "--workers", "1", "--threads", "4"]
    web += ["--no-control-socket", "--log-level", "warning", "dpa_tracker.wsgi"]
    worker = [
        str(tools / "celery"),
        "--quiet",
        "--app",
        "dpa_tracker",
        "worker",
        "--beat",
        "--pool",
        "threads",
    ]
    worker += ["--concurrency", "2", "--loglevel", "warning", "--without-gossip", "--without-mingle"]
    alertd = [str(PYTHON), "manage.py", "alertd"]
    return [
        Child("web", web, ROOT, environment, pass_fds=fds),
        Child("worker", worker, ROOT, environment),
        Child("alertd", alertd, ROOT, environment),
    ]


def wait_until_it_answers(web: Child, port: int) -> None:
    """Start the web process, which alone holds the port, and return when it shows a first page."""
    say("starting web, worker and alertd")
    deadline = time.monotonic() + START_WITHIN
    status = 0
    while time.monotonic() < deadline:
        web.look_after(time.monotonic())
        status = status_of(f"http://localhost:{port}/")
        if status == 200 and web.alive:
            return
        time.sleep(LOOK_EVERY)
    answered = f"answered {status}" if status else "did not answer"
    stop(f"after {START_WITHIN} s the program {answered} to its first page. The lines of web above say why.")


def status_of(address: str) -> int:
    """HTTP status behind all redirects, 0 when there is no answer. Never through a proxy."""
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with direct.open(address, timeout=5) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code
    except (OSError, http.client.HTTPException):
        return 0


def _print_box(port: int, data: Path, sign_ins: str) -> None:
    lines = [f"DPA Tracker:  http://localhost:{port}/", "", *sign_ins.strip().splitlines(), ""]
    lines += [
        f"Data: {data}",
        f"Mails are not sent but written to {data / 'outbox'}",
        "Ctrl-C stops everything.",
    ]
    width = max(len(line) for line in lines)
    edge = "+" + "-" * (width + 2) + "+"
    put("\n".join([edge, *(f"| {line:<{width}} |" for line in lines), edge]))


def watch(children: Sequence[Child]) -> None:
    """Until Ctrl-C or SIGTERM."""
    while True:
        for child in children:
            child.look_after(time.monotonic())
        time.sleep(LOOK_EVERY)


if __name__ == "__main__":
    sys.exit(main())
