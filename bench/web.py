"""The real processes: how soon they answer, what eight clients get done, how much memory they take.

`python -m bench.web quick|full OUT.json`, on a copy of a database that goes away afterwards: what is opened here stays.
"""

import datetime as dt
import http.client
import json
import logging
import os
import subprocess
import sys
import threading
import time
from base64 import b64encode
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import django

from bench.measure import Result, timed
from tools.build import ROOT, VENV
from tools.say import say
from tools.servers import free_port

CLIENTS = 8
SUBJECT = {"subject_name": "Zoe Zimmermann", "subject_contact": "zoe@private.example"}
REQUEST = {"name": "request.txt", "content": b64encode(b"I want my calls.").decode()}


def main() -> None:
    how, out = sys.argv[1], Path(sys.argv[2])
    os.environ["API_RATE"] = "1000000/min"
    django.setup()
    logging.disable(logging.WARNING)
    from accounts import scope as scopes
    from bench.run import line

    scopes._now_open.set(scopes.Open(scopes.ALL, None))
    results = []
    for result in measurements(40 if how == "quick" else 1_000, _token()):
        results.append(result)
        say(line(result))
    out.write_text(json.dumps([result.as_json() for result in results], indent=1))


def _token() -> str:
    from django.utils import timezone

    from accounts import tokens
    from accounts.models import User

    now = timezone.now()
    olga = User.objects.get(email="olga@bench.example")
    return tokens.make(olga, "bench", ["*:read", "*:write"], at=now, expires_at=now + dt.timedelta(days=1))[1]


def measurements(number: int, token: str) -> Iterator[Result]:
    """`number` requests of each sort."""
    port = free_port()
    with process(
        [str(VENV / "bin" / "gunicorn"), "bench.wsgi", "--workers", "2", "--bind", f"127.0.0.1:{port}"]
    ) as web:
        yield Result("web process: from its start to the first answer", timed(lambda: _answers(port)))
        body = {"title": "Request", "facts": {"received_at": "2026-11-25T09:00:00Z", "right": "access",
                "about": "customer_content", "request": REQUEST, **SUBJECT}}  # fmt: skip
        floors, ours = [], []
        for _ in range(3):
            floors.append(_together(port, token, "/api/floor/insert/", {}, number))
            ours.append(_together(port, token, "/api/v1/dsar/", body, number))
        yield Result(
            f"open a request of a data subject over the API, {CLIENTS} clients", sorted(ours)[1], sorted(floors)[1],
            "REST framework, one INSERT", number, ">= 150/s, <= 4x the floor",
        )  # fmt: skip
        floor = _together(port, token, "/api/floor/list/dsar_forwarding/", None, number)
        seconds = _together(port, token, "/api/v1/dsar_forwarding/", None, number)
        yield Result(
            f"API list of 100, {CLIENTS} clients", seconds, floor, "REST framework, the rows alone", number
        )
        yield Result("memory of the largest web process", 0, extra={"memory_mb": _memory(web.pid)})
    celery = ["celery", "--app", "dpa_tracker", "worker", "--concurrency", "1", "--loglevel", "WARNING"]
    with process([str(VENV / "bin" / celery[0]), *celery[1:]]) as worker:
        time.sleep(15)
        yield Result("memory of the largest worker process", 0, extra={"memory_mb": _memory(worker.pid)})


@contextmanager
def process(command: Sequence[str]) -> Iterator[subprocess.Popen[bytes]]:
    """A process of ours and its children, ended afterwards."""
    started = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield started
    finally:
        started.terminate()
        started.wait(30)


def _answers(port: int) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            client = http.client.HTTPConnection("localhost", port)
            client.request("GET", "/accounts/login/")
            assert client.getresponse().status == 200
            return
        except ConnectionError:
            time.sleep(0.05)
    raise TimeoutError("the web process did not answer in a minute")


def _together(port: int, token: str, path: str, body: Any, number: int) -> float:
    """Seconds that CLIENTS threads need for `number` requests, each on a connection of its own."""
    share, wrong = number // CLIENTS, []

    def run() -> None:
        client = http.client.HTTPConnection("localhost", port)
        head = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        for _ in range(share):
            client.request("GET" if body is None else "POST", path, body and json.dumps(body), head)
            answer = client.getresponse()
            text = answer.read()
            answer.status in (200, 201) or wrong.append((answer.status, text[:300]))

    def all_of_them() -> None:
        threads = [threading.Thread(target=run) for _ in range(CLIENTS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    seconds = timed(all_of_them)
    assert not wrong, wrong[0]
    return seconds


def _memory(pid: int) -> int:
    """MB of the largest of a process and its children, at its peak."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    peaks = (Path(f"/proc/{one}/status").read_text() for one in [str(pid), *children])
    return max(int(text.split("VmHWM:")[1].split()[0]) for text in peaks) // 1024


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dpa_tracker.settings")
    main()
