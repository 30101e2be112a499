"""The addresses as the OpenAPI description names them: one of each kind and each step, behind the generic ones."""

from typing import Any

from django.urls import path

from obligations.api import MatterViewSet
from obligations.api_below import BelowViewSet, ObligationViewSet
from obligations.api_schema import KindSchema
from obligations.clauses import CLAUSES, Clause

ROOT = "api/v1/"


class Shown:
    """What KindSchema asks of a view."""

    schema: Any = KindSchema()
    kind_shown = ""
    step_shown = ""


class ShownMatter(Shown, MatterViewSet):
    pass


class ShownBelow(Shown, BelowViewSet):
    pass


class ShownObligation(Shown, ObligationViewSet):
    pass


def _of_kind(clause: Clause) -> list[Any]:
    kind = clause.kind
    one, known = f"{ROOT}{kind}/<slug:reference>/", {"kind_shown": kind}
    opening = {"post": "create"} if clause.opened_by_hand else {}
    found = [
        path(f"{ROOT}{kind}/", ShownMatter.as_view({"get": "list", **opening}, **known)),
        path(one, ShownMatter.as_view({"get": "retrieve"}, **known)),
        path(one + "entries/", ShownBelow.as_view({"get": "entries"}, **known)),
        path(one + "messages/", ShownBelow.as_view({"get": "messages"}, **known)),
        path(one + "evidence/", ShownBelow.as_view({"get": "evidence", "post": "attach"}, **known)),
        path(one + "evidence/<slug:digest>/", ShownBelow.as_view({"get": "download"}, **known)),
    ]
    steps = [step.name for step in clause.steps if step.name != "open" and step.takers != {"system"}]
    return found + [
        path(f"{one}steps/{name}/", ShownMatter.as_view({"post": "step"}, **known, step_shown=name))
        for name in dict.fromkeys(steps)
    ]


urlpatterns = [
    path(f"{ROOT}obligations/", ShownObligation.as_view({"get": "list"})),
    *(address for clause in CLAUSES.values() for address in _of_kind(clause)),
]
