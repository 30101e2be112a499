"""A mail server as a process of its own: `python -m dpa_tracker.tests.chaos.sink FD LOG`.

Listens on the inherited socket FD, so a restart makes callers wait instead of refusing them. Before it
answers 250 it has written and fsynced one line to LOG: what it promised survives its own death. An
addressee called bounce… is refused, one called hang… gets no answer.
"""

import asyncio
import email
import json
import os
import socket
import sys
import time
from typing import Any

from aiosmtpd.smtp import SMTP

SILENCE = 120  # seconds: longer than any client waits


class Sink:
    """Takes everything else."""

    def __init__(self, log: str) -> None:
        self.log = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        if address.startswith("bounce"):
            return "550 5.1.1 no such mailbox"
        if address.startswith("hang"):
            await asyncio.sleep(SILENCE)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        mail = email.message_from_bytes(envelope.content)
        subject = str(email.header.make_header(email.header.decode_header(mail["Subject"])))
        line = {"at": time.time(), "id": mail["Message-ID"], "to": envelope.rcpt_tos[0], "subject": subject}
        os.write(self.log, json.dumps(line).encode() + b"\n")
        os.fsync(self.log)
        return "250 taken"


async def serve(fd: int, log: str) -> None:
    sink, loop = Sink(log), asyncio.get_running_loop()
    door = socket.socket(fileno=fd)
    server = await loop.create_server(lambda: SMTP(sink, loop=loop), sock=door)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), sys.argv[2]))
