"""The scripts in examples/ run as they stand, as processes, against a real server; and equal requests race."""

import datetime as dt
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Barrier, Thread

import requests
from django.utils import timezone

from accounts.models import UsedKey
from accounts.tests.test_tokens import BREACH, bearer
from obligations.models import Entry, Matter

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


class Unsteady(BaseHTTPRequestHandler):
    """A network that loses the answer to the first request, is too busy for the second, and passes on the third."""

    tries = 0

    def do_POST(self) -> None:
        type(self).tries += 1
        if self.tries == 2:
            return self.send_error(503)
        content = self.rfile.read(int(self.headers["Content-Length"]))
        names = ("Authorization", "Idempotency-Key", "Content-Type")
        headers = {name: self.headers[name] for name in names}
        answer = requests.post(self.server.behind + self.path, data=content, headers=headers, timeout=60)
        if self.tries == 1:
            return self.connection.close()
        self.send_response(answer.status_code)
        self.end_headers()
        self.wfile.write(answer.content)

    def log_message(self, *_arguments) -> None:
        pass


def run(address, headers, script, *arguments, **environment):
    """What it printed."""
    known = {"TRACKER": address, "TOKEN": headers["HTTP_AUTHORIZATION"].split()[1], **environment}
    command = [sys.executable, str(EXAMPLES / script), *arguments]
    found = subprocess.run(command, env=os.environ | known, capture_output=True, text=True, timeout=60)
    assert found.returncode == 0, found.stderr
    return found.stdout.splitlines()


def test_a_siem_opens_a_breach_and_follows_it(live_cast, live_server):
    agreement = Matter.objects.get(kind="agreement", agreement=live_cast.a).public_reference
    headers = bearer(live_cast.olga, "breach:write")
    sent = ("siem.py", "ALERT-17", agreement, "Odd log-ins")
    reference, *clocks = run(live_server.url, headers, *sent, POLLS="1", PAUSE="0")
    made = Matter.objects.get(public_reference=reference)
    assert (made.kind, len(clocks)) == ("breach", made.obligations.count()) and clocks
    assert Matter.objects.filter(parent=made, agreement=live_cast.a).exists()


def test_a_help_desk_files_one_request_however_often_it_tries(live_cast, live_server):
    headers = bearer(live_cast.olga, "dsar:write")
    at = (timezone.now() - dt.timedelta(hours=1)).isoformat()
    sent = ("help_desk.py", "TICKET-4711", "Zoe", "zoe@mail.example")
    with HTTPServer(("127.0.0.1", 0), Unsteady) as network:
        network.behind = live_server.url
        Thread(target=network.serve_forever, daemon=True).start()
        printed = run(f"http://127.0.0.1:{network.server_port}", headers, *sent, AT=at)
        network.shutdown()
    assert printed == [Matter.objects.get(kind="dsar").public_reference]
    assert Unsteady.tries == 3 and UsedKey.objects.count() == 1
    assert run(live_server.url, headers, *sent, AT=at) == printed


def test_equal_requests_at_one_moment_have_one_effect(live_cast, live_server):
    """Eight threads send the same: each gets the same answer, or a clean 409 that says to repeat."""
    agreement = Matter.objects.get(kind="agreement", agreement=live_cast.a).public_reference
    at = (timezone.now() - dt.timedelta(hours=1)).isoformat()
    body = {"title": "Odd", "facts": {**BREACH, "suspected_at": at, "agreements": [agreement]}}
    token = bearer(live_cast.olga, "breach:write")["HTTP_AUTHORIZATION"]
    headers, start = {"Authorization": token, "Idempotency-Key": "one"}, Barrier(8)

    def send(_number: int) -> requests.Response:
        start.wait()
        return requests.post(f"{live_server.url}/api/v1/breach/", json=body, headers=headers, timeout=60)

    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(send, range(8)))
    codes = {answer.status_code for answer in answers}
    done = [answer for answer in answers if answer.status_code == 201]
    assert 201 in codes and codes <= {201, 409}
    assert {answer.json()["type"] for answer in answers if answer.status_code == 409} <= {
        "/problems/in-progress"
    }
    assert sum("Idempotency-Replayed" not in answer.headers for answer in done) == 1
    row = Matter.objects.get(kind="breach")
    assert {answer.json()["reference"] for answer in done} == {row.public_reference}
    assert Entry.objects.filter(matter=row, step="open").count() == 1
