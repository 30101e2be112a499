"""A receiver of webhooks on this machine: keeps what it was sent, and answers as it is told."""

import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

HANG, RESET = -1, -2  # instead of a status
Behaviour = Callable[["Receiver", dict[str, str]], int]


class Receiver:
    """`got`: every request as (headers, body); `taken`: webhook-ids that were answered with 2xx, in order."""

    def __init__(self, behaviour: Behaviour) -> None:
        self.behaviour, self.got, self.taken = behaviour, [], []  # type: ignore[var-annotated]
        self.lock, self.over = threading.Lock(), threading.Event()
        self.location = ""
        self.url = ""

    def answer(self, headers: dict[str, str], body: bytes) -> int:
        with self.lock:
            self.got.append((headers, body))
            status = self.behaviour(self, headers)
            if 200 <= status < 300:
                self.taken.append(headers["webhook-id"])
            return status


class Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        receiver: Receiver = self.server.receiver  # type: ignore[attr-defined]
        body = self.rfile.read(int(self.headers["Content-Length"]))
        headers = {name.lower(): value for name, value in self.headers.items()}
        status = receiver.answer({**headers, ":path": self.path}, body)
        if status == HANG:
            receiver.over.wait(20)
        elif status == RESET:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()
        else:
            self.send_response(status)
            if receiver.location:
                self.send_header("Location", receiver.location)
            if status == 429:
                self.send_header("Retry-After", "3600")
            self.send_header("Content-Length", "0")
            self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        """Quiet."""


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A connection that we broke ourselves is no news."""


def always(status: int) -> Behaviour:
    """The same answer to everything."""
    return lambda receiver, headers: status


TAKES = always(204)


@contextmanager
def listening(behaviour: Behaviour = TAKES, tls: ssl.SSLContext | None = None) -> Iterator[Receiver]:
    """A receiver at work; `url` is its address."""
    server = Server(("127.0.0.1", 0), Handler)
    if tls:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    receiver = Receiver(behaviour)
    server.receiver = receiver  # type: ignore[attr-defined]
    receiver.url = f"http{'s' if tls else ''}://127.0.0.1:{server.server_port}/hooks"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        receiver.over.set()
        server.shutdown()
        server.server_close()
        thread.join()
