"""Two officers send at once, in real threads on the real database: exactly one effect."""

import threading

from django.db import connection

from accounts.models import Customer
from accounts.scope import ALL, scope
from breaches.tests.cases import AT, TEXT, breach
from conftest import add_many
from obligations.actions import advance
from obligations.models import Entry, Matter, Message
from obligations.turn import Refused


def at_once(*acts) -> list[object]:
    """What each act returned or raised, all of them begun at the same moment."""
    gate, found = threading.Barrier(len(acts)), list[object]()

    def run(act) -> None:
        try:
            with scope(ALL, reason="test"):
                gate.wait()
                found.append(act())
        except Exception as error:
            found.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


def test_two_officers_send_the_same_notices_at_once_and_each_goes_out_once(live_cast):
    cast = live_cast
    for number in range(5):
        found = breach(cast, add_many_named(cast, 8, number))
        pages = [list(Matter.objects.filter(parent=found).order_by("pk")) for _ in range(2)]
        who = (cast.olga, cast.dora)
        answers = at_once(
            *(
                lambda rows=rows, actor=actor: advance(rows, "send", actor=actor, at=AT, facts=TEXT)
                for rows, actor in zip(pages, who, strict=True)
            )
        )
        refused = [answer for answer in answers if isinstance(answer, Refused)]
        assert len(refused) == 1 and len(answers) == 2, answers
        assert "was already sent" in str(refused[0])
        assert Entry.objects.filter(matter__parent=found, step="send").count() == 8
        assert Message.objects.filter(matter__parent=found, template="breaches/notice").count() == 8


def test_one_approves_a_retraction_while_another_sends_and_only_one_of_them_happens(live_cast):
    cast = live_cast
    found = breach(cast, [cast.b])
    row = Matter.objects.get(parent=found)
    advance([row], "retract", actor=cast.olga, at=AT, facts={"reason": "Our own test."})
    pages = [Matter.objects.get(pk=row.pk) for _ in range(2)]
    answers = at_once(
        lambda: advance([pages[0]], "retract", actor=cast.anna, at=AT),
        lambda: advance([pages[1]], "send", actor=cast.dora, at=AT, facts=TEXT),
    )
    assert [isinstance(answer, Refused) for answer in answers].count(True) == 1, answers
    row.refresh_from_db()
    assert row.version == pages[0].version + 1


def add_many_named(cast, number: int, turn: int):
    """Agreements whose customers' names are not taken yet."""
    made = add_many(cast, number)
    for agreement in made:
        agreement.customer.name = f"{agreement.customer.name} ({turn})"
    Customer.objects.bulk_update([agreement.customer for agreement in made], ["name"])
    return made
