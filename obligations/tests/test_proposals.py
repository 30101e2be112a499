"""A proposal waits until it is decided or declined; what happens in between does not drop it silently."""

import pytest

from conftest import report_breach, utc
from obligations import delivery
from obligations.actions import advance
from obligations.corrections import decline, waive
from obligations.models import Entry, Matter, Obligation
from obligations.turn import Refused

AT = utc("27 Mar 18:00")


@pytest.fixture
def notice(cast) -> Matter:
    """A sent notice that Olga has proposed to retract."""
    report_breach(cast, [cast.b], utc("27 Mar 17:00"))
    found = Matter.objects.get(kind="breach_notice")
    advance([found], "send", actor=cast.olga, at=utc("27 Mar 17:30"), facts={"text": "We suspect."})
    advance([fresh(found)], "retract", actor=cast.olga, at=AT, facts={"reason": "A test."})
    return fresh(found)


def fresh(matter: Matter) -> Matter:
    return Matter.objects.select_related("proposal").get(pk=matter.pk)


def test_a_receipt_in_between_leaves_the_proposal_waiting(cast, notice):
    delivery.deliver(AT)
    advance([fresh(notice)], "received", actor=cast.berta, at=AT)
    assert fresh(notice).proposal.step == "retract"
    advance([fresh(notice)], "retract", actor=cast.anna, at=AT)
    assert fresh(notice).state == "retracted"


def test_its_proposer_takes_it_back_with_a_reason(cast, notice):
    decline(notice, reason="Too early.", actor=cast.olga, at=AT)
    assert fresh(notice).proposal is None
    assert Entry.objects.get(step="decline").facts == {"reason": "Too early.", "proposed": "retract"}
    with pytest.raises(Refused, match="must propose it first"):
        advance([fresh(notice)], "retract", actor=cast.anna, at=AT)


def test_only_its_proposer_or_an_approver_declines(cast, notice):
    with pytest.raises(Refused, match="Only who proposed it, or an approver"):
        decline(notice, reason="No.", actor=cast.dora, at=AT)
    decline(notice, reason="It was a breach.", actor=cast.anna, at=AT)
    with pytest.raises(Refused, match="No proposal waits here"):
        decline(fresh(notice), reason="Again.", actor=cast.anna, at=AT)


def test_a_second_proposal_does_not_replace_the_first(cast, notice):
    row = Obligation.objects.get(matter=notice, duty="notify_customer")
    with pytest.raises(Refused, match="Another proposal waits"):
        waive(row, actor=cast.dora, at=AT, facts={"reason": "Please."})
    assert fresh(notice).proposal.step == "retract"
