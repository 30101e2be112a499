"""One breach, row by row: the example by which the mechanism was specified.

`manage.py demo` plays it into the database with scripted mail servers; dpa_tracker/tests/test_example.py
plays it against real ones and checks every row. All instants are UTC, 27 March to 1 April 2026.
"""

import datetime as dt
import uuid
from collections.abc import Callable
from types import SimpleNamespace

from accounts.roles import Actor
from obligations import alerts, corrections
from obligations.actions import acknowledge, advance, open_matter
from obligations.mailing import DELIVERED, RELAYED, Rejected
from obligations.models import Matter, Message, Obligation


def utc(text: str) -> dt.datetime:
    """An instant of 2026 from "27 Mar 17:00" or "27 Mar 17:00:15"."""
    form = "%d %b %H:%M:%S" if text.count(":") == 2 else "%d %b %H:%M"
    return dt.datetime.strptime(f"2026 {text}", f"%Y {form}").replace(tzinfo=dt.UTC)


class Wall:
    """The clock on the wall while the post is out: `now` is when the last server answered."""

    def __init__(self) -> None:
        self.began = self.now = utc("27 Mar 17:00")

    def begin(self, now: dt.datetime) -> None:
        self.began = self.now = now

    def answered(self, seconds: int) -> None:
        self.now = self.began + dt.timedelta(seconds=seconds)


ANSWERS: dict[
    str, list[str]
] = {  # by first name of the addressee: what its server says, one try after another
    "berta": [DELIVERED],
    "cora": ["451 4.7.1 come back in a minute", "550 5.1.1 no such mailbox"],
    "conor": ["451 4.7.1 come back in a minute", DELIVERED],
}
SECONDS = {"carl": 1}  # how long a server takes to answer


class ScriptedPost:
    """Mail servers that answer as the story says; whoever it does not name sits behind a relay."""

    def __init__(self, wall: Wall) -> None:
        self.wall = wall
        self.left = {name: list(answers) for name, answers in ANSWERS.items()}

    def __enter__(self) -> "ScriptedPost":
        return self

    def __exit__(self, *error: object) -> None:
        """Nothing to close."""

    def send(self, message: Message) -> str:
        name = message.recipient_name.split()[0].lower()
        answers = self.left.get(name, [RELAYED])
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        self.wall.answered(SECONDS.get(name, 0))
        if answer not in (DELIVERED, RELAYED):
            raise Rejected(answer, permanent=answer.startswith("5"))
        return answer


class Story:
    """`cast` has the people olga, anna, dora, carl, berta and the agreements a, b, c.

    Every line can be played twice: the second time it is refused or does nothing, as after a double click.
    """

    def __init__(self, cast: SimpleNamespace, deliver: Callable[[dt.datetime], object]) -> None:
        self.cast = cast
        self.deliver = deliver
        self.key = uuid.uuid5(uuid.NAMESPACE_URL, f"story/{cast.a.pk}")
        self.breach: Matter
        self._pages: dict[tuple[str, str], Matter] = {}

    def notice(self, letter: str) -> Matter:
        """N-A, N-B or N-C as it is now."""
        return Matter.objects.get(parent=self.breach, agreement=getattr(self.cast, letter))

    def page(self, letter: str, step: str) -> Matter:
        """The notice as its reader saw it when the form of the step was opened."""
        if (letter, step) not in self._pages:
            self._pages[letter, step] = self.notice(letter)
        return self._pages[letter, step]

    def _advance(self, letters: str, step: str, actor: Actor, at: str, **facts: object) -> None:
        pages = [self.page(letter, f"{step} {actor.name}") for letter in letters]
        advance(pages, step, actor=actor, at=utc(at), facts=facts)

    def report(self) -> None:
        """Fri 27 Mar 17:00: Olga reports what was suspected at 16:40 at MongoDB."""
        agreements = [self.cast.a.pk, self.cast.b.pk, self.cast.c.pk]
        facts = {
            "suspected_at": utc("27 Mar 16:40"),
            "where": "sub-processor",
            "sub_processor": "MongoDB",
            "categories": "customer_content",
            "agreements": agreements,
            "description": "Sign-ins to the database host from an unknown network.",
        }
        self.breach = open_matter(
            "breach",
            actor=self.cast.olga,
            at=utc("27 Mar 17:00"),
            facts=facts,
            title="Unknown sign-ins at MongoDB",
            key=self.key,
        )

    def sweep(self, at: str) -> None:
        """Passing time."""
        alerts.sweep(utc(at))

    def send(self) -> None:
        """17:30:00: Olga sends all three."""
        words = (
            "We suspect that somebody signed in to our database host who should not. We are finding out more."
        )
        self._advance("abc", "send", self.cast.olga, "27 Mar 17:30", text=words)

    def mail(self, at: str) -> None:
        """The post goes out."""
        self.deliver(utc(at))

    def acknowledge(self) -> None:
        """17:41: Olga has seen the alert on N-A."""
        rows = Obligation.objects.filter(matter=self.notice("a"), duty="notify_customer", state="open")
        acknowledge(rows, actor=self.cast.olga, at=utc("27 Mar 17:41"))

    def contact_acknowledges(self) -> None:
        """Sat 28 Mar 08:15: A's contact Carl confirms receipt in the portal."""
        self._advance("a", "received", self.cast.carl, "28 Mar 08:15")

    def supplement(self) -> None:
        """12:00: Olga sends a supplement to the three."""
        words = "The sign-ins came from a test of the sub-processor itself. We are verifying it."
        self._advance("abc", "supplement", self.cast.olga, "28 Mar 12:00", text=words)

    def correct(self) -> None:
        """Sun 29 Mar 10:00: the suspicion was earlier than first written."""
        if ("breach", "correct") not in self._pages:
            self._pages["breach", "correct"] = Matter.objects.get(pk=self.breach.pk)
        corrections.correct(
            self._pages["breach", "correct"],
            "suspected_at",
            utc("27 Mar 15:10"),
            actor=self.cast.olga,
            at=utc("29 Mar 10:00"),
            reason="The first entry in the log of the sub-processor is from 15:10.",
        )

    def close(self) -> None:
        """Mon 30 Mar 09:00: too early, A still has time."""
        breach = Matter.objects.get(pk=self.breach.pk)
        advance(
            [breach],
            "close",
            actor=self.cast.olga,
            at=utc("30 Mar 09:00"),
            facts={"conclusion": "Explained."},
        )

    def authority_informed(self) -> None:
        """Mon 30 Mar 16:00: B says that it informed its authority at 15:30."""
        self._advance(
            "b", "authority_informed", self.cast.berta, "30 Mar 16:00", informed_at=utc("30 Mar 15:30")
        )

    def retract_proposed(self) -> None:
        """Wed 1 Apr 10:00: not a breach after all, says Olga."""
        reason = "The sub-processor has shown that the sign-ins were its own announced test."
        self._advance("abc", "retract", self.cast.olga, "1 Apr 10:00", reason=reason)

    def retract_approved(self) -> None:
        """11:00: Anna agrees."""
        self._advance("abc", "retract", self.cast.anna, "1 Apr 11:00")


LINES = (
    ("report",),
    ("sweep", "27 Mar 17:00:15"),
    ("mail", "27 Mar 17:00:15"),
    ("send",),
    ("mail", "27 Mar 17:30:10"),
    ("mail", "27 Mar 17:31"),
    ("mail", "27 Mar 17:32"),
    ("sweep", "27 Mar 17:40"),
    ("acknowledge",),
    ("contact_acknowledges",),
    ("supplement",),
    ("mail", "28 Mar 12:00"),
    ("correct",),
    ("close",),
    ("authority_informed",),
    ("sweep", "31 Mar 08:15"),
    ("retract_proposed",),
    ("retract_approved",),
    ("mail", "1 Apr 11:00"),
)
