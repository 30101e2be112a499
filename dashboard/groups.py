"""Where each kind of matter stands in the navigation and on which board: nine groups, not thirty names."""

from dataclasses import dataclass
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from obligations.clauses import CLAUSES, Clause


@dataclass(frozen=True)
class Group:
    """Kinds that one person works on together. `pages`: names of addresses of the rooms' own, with a label."""

    key: str
    title: str | Promise
    icon: str
    kinds: tuple[str, ...]
    pages: tuple[tuple[str, str | Promise], ...] = ()

    @property
    def clauses(self) -> list[Clause]:
        return [CLAUSES[kind] for kind in self.kinds if kind in CLAUSES]


GROUPS: Final = (
    Group(
        "breaches",
        _("Breaches"),
        "warning",
        ("breach", "breach_notice"),
        (("breach-register", _("Register")),),
    ),
    Group(
        "requests",
        _("Requests"),
        "people",
        ("dsar", "dsar_forwarding", "dsar_assistance", "instruction", "purpose"),
    ),
    Group(
        "agreements",
        _("Agreements"),
        "document",
        ("agreement", "amendment", "termination_notice", "processing_record"),
        (("agreements", _("Every agreement")),),
    ),
    Group(
        "subprocessors",
        _("Sub-processors"),
        "building",
        ("subprocessor", "consent", "subprocessor_failure", "transfer"),
        (("consents", _("Consent matrix")), ("transfers", _("Register of transfers"))),
    ),
    Group(
        "audits",
        _("Audits"),
        "search",
        ("audit", "information_request", "authority_request", "dpia", "quote", "audit_finding"),
        (("audit-entitlements", _("Entitlements")),),
    ),
    Group(
        "exits",
        _("Exits"),
        "logout",
        ("exit", "erasure", "retention", "hold"),
        (("exits", _("The two years")),),
    ),
    Group(
        "safeguards",
        _("Safeguards"),
        "shield",
        ("policy", "measure", "person", "sensitive_finding", "certification"),
        (
            ("people-with-access", _("People and training")),
            ("policies", _("Reviews of policies")),
            ("measures", _("Appendix 2: gaps")),
        ),
    ),
    Group(
        "disclosures",
        _("Disclosures"),
        "key",
        ("disclosure", "disclosure_notice"),
        (("demands", _("Who may see what")),),
    ),
)


def groups() -> list[Group]:
    """The groups that have a kind, and one more for kinds that no group names."""
    named = {kind for group in GROUPS for kind in group.kinds}
    rest = tuple(kind for kind in CLAUSES if kind not in named)
    found = [group for group in GROUPS if group.clauses]
    return [*found, Group("more", _("More"), "document", rest)] if rest else found


def group_of(kind: str) -> Group | None:
    """The group of a kind."""
    return next((group for group in groups() if kind in group.kinds), None)
