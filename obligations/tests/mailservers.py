"""Real mail servers for tests, on this machine, on ports that the system chooses."""

from collections.abc import Callable, Mapping, Sequence

from aiosmtpd.controller import Controller


class AnyPort(Controller):
    """A mail server on a port that the system chooses."""

    def _trigger_server(self) -> None:
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


class MailServer:
    """Takes everything, but answers some addressees (by the part before the @) as told, one try after another.

    `heard` is called with that name at each try. `taken` holds (address, Message-ID, text) of what it accepted.
    """

    def __init__(
        self, answers: Mapping[str, Sequence[str]] | None = None, heard: Callable[[str], None] | None = None
    ) -> None:
        self.answers = answers or {}
        self.heard = heard
        self.forget()
        self.controller = AnyPort(self, hostname="127.0.0.1", port=0)

    def forget(self) -> None:
        """Begin anew."""
        self.left = {name: list(answers) for name, answers in self.answers.items()}
        self.taken: list[tuple[str, str, str]] = []

    def __enter__(self) -> "MailServer":
        self.controller.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.controller.stop()

    async def handle_RCPT(self, server, session, envelope, address, options) -> str:
        name = address.partition("@")[0]
        answers = self.left.get(name, [""])
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        if self.heard:
            self.heard(name)
        if answer[:1] in ("4", "5"):
            return answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope) -> str:
        text = envelope.content.decode("utf-8", "replace")
        message_id = next(line for line in text.splitlines() if line.lower().startswith("message-id:"))
        self.taken += [(address, message_id.partition(":")[2].strip(), text) for address in envelope.rcpt_tos]
        return "250 taken"

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.controller.port}"
