"""One believable matter or more of the rooms beside breaches: requests, instructions, demands, safeguards."""

import datetime as dt
from types import SimpleNamespace
from typing import Any

from accounts.roles import Actor
from obligations import evidence
from obligations.actions import advance, open_matter
from obligations.models import Agreement, Matter

UNLAWFUL = (
    "Article 9(1) GDPR forbids the processing of data on health unless an exception of Article 9(2) applies. The "
    "instruction asks for a list of callers who mention an illness, so that they can be called about insurance. The "
    "callers were not asked, and no other exception fits."
)
PURPOSES = (
    ("Answer callers faster", "service", "Calls are transcribed and routed by topic."),
    ("See why customers call", "analytics", "Topics of calls are counted by week, without names."),
)
POLICIES = (
    ("access_control", "Access control policy"),
    ("change_management", "Change management policy"),
    ("awareness", "Awareness and training policy"),
)
MEASURES = (
    ("restricted_areas", "Badges and visitors' book", "Offices are open to badge holders alone."),
    ("access_control", "Roles and second factors", "Each account has a role and a second factor."),
)


class Writer:
    """Opens and moves matters `days` before now, always in the officer's name unless said otherwise."""

    def __init__(self, cast: SimpleNamespace, now: dt.datetime) -> None:
        self.cast, self.now = cast, now

    def at(self, days: float) -> dt.datetime:
        """That many days ago."""
        return self.now - dt.timedelta(days=days)

    def file(self, name: str, words: str) -> dict[str, Any]:
        """A text as evidence."""
        return evidence.kept(name, [words.encode()])

    def open(
        self, kind: str, title: str, days: float, agreement: Agreement | None = None, **facts: Any
    ) -> Matter:
        at = self.at(days)
        return open_matter(
            kind, actor=self.cast.olga, at=at, now=at, facts=facts, title=title, agreement=agreement
        )

    def take(self, row: Matter, step: str, days: float, actor: Actor | None = None, **facts: Any) -> Matter:
        at, fresh = self.at(days), Matter.objects.get(pk=row.pk)
        advance([fresh], step, actor=actor or self.cast.olga, at=at, now=at, facts=facts)
        return Matter.objects.get(pk=row.pk)


def fill(cast: SimpleNamespace, now: dt.datetime) -> None:
    """Every room has rows, some at rest and some that need somebody today."""
    write = Writer(cast, now)
    _requests(write)
    _instructions(write)
    _purposes(write)
    _demands(write)
    _people(write)
    _policies(write)
    _sensitive(write)


def _requests(write: Writer) -> None:
    """A request that is on its way to Nordlicht, and one of which nobody knows yet whose it is."""
    for title, days, name in (("Request of a caller, March", 6, "Zoe"), ("Request by letter", 1, "Noah")):
        row = write.open(
            "dsar",
            title,
            days,
            received_at=write.at(days),
            right="access",
            about="customer_content",
            subject_name=f"{name} Example",
            subject_contact=f"{name.lower()}@private.example",
            request=write.file("request.txt", f"I am {name} Example and ask for my calls."),
        )
        if name == "Zoe":
            write.take(row, "identify", 4, identified_at=write.at(4), agreements=[write.cast.a.pk])
            write.take(Matter.objects.get(kind="dsar_forwarding", parent=row), "send", 3)


def _instructions(write: Writer) -> None:
    """One executed, one that waits for the customer's approval and an amendment, one believed unlawful."""
    a, b, c = write.cast.a, write.cast.b, write.cast.c
    text = "Delete all recordings of the test line of last year."
    row = write.open("instruction", "Delete the test line", 20, a, text=text, form="e_mail")
    write.take(row, "acknowledge", 20)
    write.take(row, "acknowledgment_received", 19, write.cast.carl)
    write.take(row, "in_scope", 18, clause="Clause 2: services")
    proof = write.file("deletion.txt", "412 recordings deleted.")
    write.take(row, "execute", 15, executed_at=write.at(15), what="Deleted in all stores.", proof=proof)
    text = "Score callers by how likely they are to leave us, from tone and words."
    row = write.open("instruction", "Score callers", 9, b, text=text, form="letter")
    write.take(row, "acknowledge", 9)
    why = "Scoring callers is a new purpose that Appendix 1 does not name. It needs both sides and an amendment."
    write.take(row, "out_of_scope", 6, why=why)
    write.take(row, "propose_amendment", 6, subject="Purpose: scoring of callers", why="Asked for by letter.")
    write.take(row, "approve_for_us", 5, write.cast.anna, typed_name="Anna Dubois")
    text = "List all callers who mention an illness and call them back about insurance."
    row = write.open("instruction", "Call back the ill", 3, c, text=text, form="e_mail")
    write.take(row, "acknowledge", 3)
    write.take(row, "hold", 2, believed_at=write.at(2), law="Art. 9(1) GDPR")
    write.take(row, "object", 1.5, reasons=UNLAWFUL)


def _purposes(write: Writer) -> None:
    for place, (purpose, use, what) in enumerate(PURPOSES):
        facts = {"purpose": purpose, "use": use, "what": what, "basis": "agreement"}
        for agreement in (write.cast.a, write.cast.b):
            write.open("purpose", purpose, 340 - 200 * place, agreement, **facts)


def _demands(write: Writer) -> None:
    """A court's order of which the customers are told, and one that only Olga and Anna may see."""
    cast = write.cast
    common: dict[str, Any] = {
        "authority_kind": "court",
        "what": "Recordings of one week in spring, of one number.",
    }
    row = write.open(
        "disclosure",
        "Order of a regional court",
        4,
        received_at=write.at(4),
        authority="Regional Court of Exampleville",
        agreements=[cast.a.pk, cast.b.pk],
        answer_by=(write.now + dt.timedelta(days=12)).date(),
        **common,
    )
    analysis = "The order is final and binds us as a third party."
    write.take(row, "rest_on_law", 3, law="Code of criminal procedure", analysis=analysis)
    write.take(row, "rest_on_law", 2.5, cast.anna)
    write.take(row, "notify", 2, planned_at=write.now + dt.timedelta(days=8))
    for notice in Matter.objects.filter(parent=row).order_by("pk"):
        write.take(notice, "send", 2, text="A court has ordered us to hand over recordings of one number.")
    row = write.open(
        "disclosure",
        "Order under seal",
        25,
        received_at=write.at(25),
        authority="Court of appeal of Exampleville",
        people=[cast.anna.user_id],
        agreements=[cast.c.pk],
        **common,
    )
    write.take(
        row,
        "gag",
        25,
        prohibition="Nobody may be told while the investigation lasts.",
        expires_on=(write.now + dt.timedelta(days=40)).date(),
        measures="Papers in the safe; only the two people named.",
        people=[cast.anna.user_id],
    )


def _people(write: Writer) -> None:
    """One at work, one whose first day is near."""
    first = write.at(200)
    row = write.open("person", "Ines Moreau", 205, hired_on=first.date())
    write.take(row, "undertake", 201, undertaking=write.file("undertaking.txt", "Signed."))
    write.take(
        row, "train", 200, trained_on=first.date(), proof=write.file("certificate.txt", "Training held.")
    )
    write.take(row, "authorise", 199, write.cast.anna, to_what="Support of Nordlicht and Iberia.")
    write.open("person", "Jon Haugen", 3, hired_on=(write.now + dt.timedelta(days=5)).date())


def _policies(write: Writer) -> None:
    for place, (topic, title) in enumerate(POLICIES):
        document = write.file("policy.txt", f"{title}, version 3.")
        write.open("policy", title, 350 - 100 * place, topic=topic, version="3", document=document)
    for item, title, description in MEASURES:
        write.open("measure", title, 120, item=item, description=description)


def _sensitive(write: Writer) -> None:
    """Health data in a call: the customer is told and decides."""
    row = write.open(
        "sensitive_finding",
        "Health data in a recording",
        2,
        write.cast.a,
        found_at=write.at(2),
        category="health",
        where="Recording of Monday morning on the service line.",
    )
    write.take(row, "tell", 1.5)
