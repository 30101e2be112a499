"""Who may audit (10.2): bound to confidentiality, and no competitor of ours."""

import datetime as dt
from typing import Any

from django.utils.translation import gettext as _

from audits import site
from obligations.terms import TermBook

AUDITOR = "audits.auditor"


def vetting(detail: Any, rule: str) -> list[str]:
    """What speaks against this auditor (10.2). The customer itself is bound by the contract."""
    if rule == "any" or detail.conducted_by == detail.By.CUSTOMER:
        return []
    found = []
    known = {"auditor": detail.auditor}
    if not detail.nda:
        found.append(_("%(auditor)s is not bound to confidentiality. Add the signed undertaking.") % known)
    if rule == "bound_and_no_competitor" and detail.competitor == detail.Check.COMPETITOR:
        found.append(
            _("%(auditor)s is a competitor of ours. The customer must name another auditor.") % known
        )
    elif rule == "bound_and_no_competitor" and not detail.competitor:
        found.append(_("Nobody has checked whether %(auditor)s is a competitor of ours. Check it.") % known)
    return found


def missing(detail: Any, now: dt.datetime) -> list[str]:
    """The same for one audit, read by its own page: both sides see what it waits for."""
    agreement = detail.matter.agreement
    book = TermBook([agreement], [AUDITOR])
    return vetting(detail, book.read(agreement, AUDITOR, when=site.today(agreement, now)).value)
