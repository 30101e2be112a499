"""A mail server and a receiver of webhooks, each in a process of its own, that take everything."""

import multiprocessing
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from multiprocessing.connection import Connection

from aiosmtpd.controller import Controller


class Taker:
    """Counts nothing, keeps nothing."""

    async def handle_DATA(self, server: object, session: object, envelope: object) -> str:
        return "250 taken"


class AnyPort(Controller):
    """On a port that the system chooses."""

    def _trigger_server(self) -> None:
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


def _serve(pipe: Connection) -> None:
    controller = AnyPort(Taker(), hostname="127.0.0.1", port=0)
    controller.start()
    pipe.send(controller.port)
    while True:
        time.sleep(3600)


class Receiver(BaseHTTPRequestHandler):
    """Answers 204 to everything, on a connection that stays open if the client wants that."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response_only(204)
        self.end_headers()


def _serve_http(pipe: Connection) -> None:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    pipe.send(server.server_port)
    server.serve_forever()


@contextmanager
def _process(serve: Callable[[Connection], None]) -> Iterator[str]:
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=serve, args=(theirs,), daemon=True)
    process.start()
    try:
        yield f"127.0.0.1:{ours.recv()}"
    finally:
        process.kill()
        process.join()


@contextmanager
def sink() -> Iterator[str]:
    """host:port of the mail server, as long as it runs."""
    with _process(_serve) as address:
        yield address


@contextmanager
def http_sink() -> Iterator[str]:
    """host:port of the receiver, as long as it runs."""
    with _process(_serve_http) as address:
        yield address
