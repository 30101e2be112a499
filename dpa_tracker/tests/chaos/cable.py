"""A TCP cable to a server, which can be cut (connections end) or go silent (they stay open and nothing comes)."""

import asyncio
import contextlib
import threading


class Cable:
    """Listens on a port of its own, in a thread; `mode` is "through", "cut" or "silent"."""

    def __init__(self, to_port: int) -> None:
        self.to_port, self.mode, self.port = to_port, "through", 0
        self._ends: set[asyncio.StreamWriter] = set()
        self._loop = asyncio.new_event_loop()
        self._up = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> "Cable":
        self._thread.start()
        assert self._up.wait(10)
        return self

    def __exit__(self, *error: object) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    def set(self, mode: str) -> None:
        """Change the mode; when cut, everything that is open ends at once."""
        self.mode = mode
        if mode == "cut":
            self._loop.call_soon_threadsafe(self._end_all)

    def _end_all(self) -> None:
        for end in list(self._ends):
            end.transport.abort()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        server = self._loop.run_until_complete(asyncio.start_server(self._accept, "127.0.0.1", 0))
        self.port = server.sockets[0].getsockname()[1]
        self._up.set()
        self._loop.run_forever()
        server.close()
        for task in asyncio.all_tasks(self._loop):
            task.cancel()
        self._loop.run_until_complete(asyncio.sleep(0.05))
        self._loop.close()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._ends.add(writer)
        with contextlib.suppress(OSError, asyncio.CancelledError):
            if self.mode != "cut":
                there, back = await asyncio.open_connection("127.0.0.1", self.to_port)
                self._ends.add(back)
                await asyncio.gather(self._pass(reader, back), self._pass(there, writer))
                self._ends.discard(back)
        self._ends.discard(writer)
        writer.close()

    async def _pass(self, source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while data := await source.read(65536):
                while self.mode == "silent":
                    await asyncio.sleep(0.1)
                target.write(data)
                await target.drain()
        target.close()
