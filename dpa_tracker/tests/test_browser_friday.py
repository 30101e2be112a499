"""The bad Friday by keyboard alone: nothing but Tab, Shift+Tab, Space, Enter and typing, as the pages say."""

import datetime as dt
import re
from collections.abc import Iterator

import pytest
from django.utils import timezone
from playwright.sync_api import Page

from conftest import PASSWORD, add_many
from dpa_tracker.tests.test_browser import _address, browser, open_page
from obligations import alerts, delivery
from obligations.models import Matter, Obligation
from obligations.tests.mailservers import MailServer

__all__ = ["_address", "browser"]
CUSTOMERS, BOUNCES = 50, 7
# What a screen reader would say of what has the focus: its label, its own words, its name.
FOCUSED = """() => { const e = document.activeElement; if (!e || e === document.body) return "";
  return (e.labels?.[0]?.innerText || e.getAttribute("aria-label") || e.innerText || "").trim().split("\\n")[0]; }"""


class Hands:
    """Somebody at the keyboard, who sees where the focus is."""

    def __init__(self, page: Page) -> None:
        self.page, self.press, self.type = page, page.keyboard.press, page.keyboard.insert_text

    def to(self, words: str, most: int = 150, key: str = "Tab") -> None:
        """Tab until what is so called has the focus."""
        for _ in range(most):
            self.press(key)
            if self.page.evaluate(FOCUSED).startswith(words):
                return
        raise AssertionError(f"{most} times {key} never led to “{words}” on {self.page.url}")

    def enter(self, words: str, **how: object) -> None:
        """Go to a link or a button and press it; the next page is there."""
        self.to(words, **how)  # type: ignore[arg-type]
        with self.page.expect_navigation():
            self.press("Enter")

    def content(self, words: str) -> None:
        """A link or button of the content: the first Tab of every page offers to skip the navigation."""
        self.press("Tab")
        self.press("Enter")
        self.enter(words)

    def fill(self, label: str, words: str) -> None:
        self.to(label)
        self.type(words)

    def choose(self, label: str, words: str) -> None:
        self.to(label)
        self.page.keyboard.type(words)

    def moment(self, label: str) -> None:
        """Now, as one types it into a field of date and time: part after part."""
        self.to(label)
        for part in timezone.localtime().strftime("%m %d %Y|%I %M %p").replace("|", "\t").split(" "):
            day, _, hour = part.partition("\t")
            self.page.keyboard.type(day)
            if hour:
                self.press("Tab")
                self.page.keyboard.type(hour)

    def says(self, words: str) -> None:
        """The page says it."""
        self.page.get_by_text(words).first.wait_for(timeout=5_000)


@pytest.fixture
def mail(settings) -> Iterator[MailServer]:
    """The customers' own mail server; one addressee is unknown there."""
    with MailServer() as server:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, _, port = server.address.rpartition(":")
        settings.EMAIL_PORT, settings.EMAIL_USE_TLS = int(port), False
        settings.MAIL_DIRECT = {"customers.example": server.address}
        yield server


def ticked() -> None:
    """What the worker does every 15 s."""
    now = timezone.now()
    alerts.sweep(now)
    delivery.deliver(now)


def an_hour_ago() -> dt.datetime:
    """Nobody informs an authority in the minute in which it reads of the breach; here an hour passes."""
    return timezone.now() - dt.timedelta(hours=1)


def states() -> dict[str, int]:
    rows = list(Matter.objects.filter(kind="breach_notice").values_list("state", flat=True))
    return {state: rows.count(state) for state in set(rows)}


def test_the_bad_friday_from_suspicion_to_close_by_keyboard_alone(live_cast, live_server, browser, mail):
    customers = add_many(live_cast, CUSTOMERS)
    mail.left[f"desk-{customers[BOUNCES].pk}"] = ["550 no such user"]
    page, complaints = open_page(browser, live_server.url)
    olga = Hands(page)
    signs_in(olga)
    reports(olga)
    sends(olga)
    hears_of_the_bounce(olga)
    supplements_and_watches(olga)
    closes(olga)
    assert complaints == []


def signs_in(olga: Hands) -> None:
    olga.page.goto("/accounts/login/")
    olga.fill("Email", "olga@people.example")
    olga.fill("Password", PASSWORD)
    with olga.page.expect_navigation(url=re.compile(r"/$")):
        olga.press("Enter")


def reports(olga: Hands) -> None:
    olga.content("Report a breach")
    olga.fill("Title", "Unknown sign-ins")
    olga.moment("First suspected")
    olga.choose("Where", "At 365")
    olga.choose("Data", "Customer Content")
    olga.fill("What is known", "Seen in the log.")
    for place in range(CUSTOMERS):
        olga.to(f"Agreement with Customer {place:05}")
        olga.press("Space")
    olga.enter("Report a breach")
    assert states() == {"owed": CUSTOMERS}


def sends(olga: Hands) -> None:
    """Nothing leaves unseen: without a text there is nothing to send, and the page says where to write it."""
    olga.content("Preview and send")
    olga.says("Nothing is written for these yet")
    olga.content("Write a text of the notice")
    olga.fill("What the customer must know", "We suspect that somebody has signed in who should not.")
    olga.to("Skip the list of")
    olga.press("Enter")
    olga.enter("Write a text of the notice")
    olga.content("Preview and send")
    olga.says("50 notices")
    olga.says("We suspect that somebody has signed in who should not.")
    olga.enter("Send as shown")
    olga.says("50 of 50 notices are on their way.")
    ticked()
    ticked()
    assert states() == {"received": CUSTOMERS - 1, "bounced": 1}


def hears_of_the_bounce(olga: Hands) -> None:
    """Deliveries, the bounce with the server's words, and the telephone where no mail arrives."""
    olga.content("Notices and their fate")
    olga.says("49 of 50 customers have received the notice.")
    olga.enter("Bounced (1)")
    olga.says("550 no such user")
    olga.enter("BN-")
    olga.content("Told by telephone")
    olga.moment("When")
    olga.fill("Who was told", "Head of privacy")
    olga.fill("Number", "+49 30 1234567")
    olga.enter("Told by telephone")
    assert states() == {"received": CUSTOMERS}


def supplements_and_watches(olga: Hands) -> None:
    olga.content("BR-")
    olga.content("Send a supplement")
    olga.fill("What the customer must know", "It was an account of the support.")
    olga.enter("Send a supplement")
    olga.says("50 of 50 done")
    ticked()
    olga.enter("Today")
    olga.says("Waits for a customer")
    olga.says("theirs: 2 d 23 h")
    assert Obligation.objects.filter(duty="inform_authority", state="open").count() == CUSTOMERS


def closes(olga: Hands) -> None:
    """Each customer has told us that its authority is informed; what is on record answers Art. 33(3)."""
    olga.enter("Breaches")
    olga.content("Breaches")
    olga.content("BR-")
    olga.says("You can close when it has")
    Obligation.objects.filter(duty="inform_authority").update(started_at=an_hour_ago())
    olga.content("Authority informed")
    olga.moment("When the authority was informed")
    olga.enter("Authority informed")
    olga.says("50 of 50 done")
    olga.content("Describe it")
    for label in ("Nature of the breach", "Likely consequences", "Measures taken"):
        olga.fill(label, "An account of the support was used by somebody else; it is locked.")
    olga.enter("Describe it")
    olga.content("Close")
    olga.fill("Conclusion", "A stolen password; second factors are asked for everywhere now.")
    olga.enter("Close")
    assert Matter.objects.get(kind="breach").state == "closed"
