"""Many equal requests at the same moment, through the real web stack: sockets, threads, sessions, CSRF."""

import http.client
import threading
from collections.abc import Mapping
from urllib.parse import urlencode, urlsplit

from django.core.servers.basehttp import ThreadedWSGIServer
from django.test import Client
from django.utils.crypto import get_random_string

from accounts.models import User

# Django's server of tests lets 10 wait at its door and turns the others away; gunicorn lets 2,048 wait.
ThreadedWSGIServer.request_queue_size = 512
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
FORM = "application/x-www-form-urlencoded"
JSON = "application/json"


def signed_in(name: str) -> Client:
    client = Client()
    client.force_login(User.objects.get(email=f"{name}@people.example"), backend=BACKEND)
    return client


def headers_of(client: Client, kind: str) -> dict[str, str]:
    """What a browser with this session sends."""
    token = get_random_string(32)
    cookies = {"csrf": token, **{name: morsel.value for name, morsel in client.cookies.items()}}
    line = "; ".join(f"{name}={value}" for name, value in cookies.items())
    return {"Cookie": line, "X-CSRFToken": cookies["csrf"], "Content-Type": kind}


def at_once(
    server: str, client: Client, path: str, body: Mapping[str, object] | bytes, *, number: int
) -> list[int]:
    """Send the same POST `number` times at the same moment, each on a connection of its own; the statuses."""
    sent = body if isinstance(body, bytes) else urlencode(body, doseq=True).encode()
    headers = headers_of(client, JSON if isinstance(body, bytes) else FORM)
    barrier, statuses = threading.Barrier(number), [0] * number

    def one(place: int) -> None:
        line = http.client.HTTPConnection(urlsplit(server).netloc, timeout=120)
        line.connect()
        barrier.wait(60)
        line.request("POST", path, sent, headers)
        answer = line.getresponse()
        answer.read()
        statuses[place] = answer.status
        line.close()

    threads = [threading.Thread(target=one, args=(place,)) for place in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(180)
    return statuses
