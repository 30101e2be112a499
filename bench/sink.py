"""A mail server in a process of its own that takes everything."""

import multiprocessing
import time
from collections.abc import Iterator
from contextlib import contextmanager
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


@contextmanager
def sink() -> Iterator[str]:
    """host:port of the server, as long as it runs."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_serve, args=(theirs,), daemon=True)
    process.start()
    try:
        yield f"127.0.0.1:{ours.recv()}"
    finally:
        process.kill()
        process.join()
