"""The description of the API: valid OpenAPI 3.1, made without a warning, every step in it with an example that fits."""

import pytest
from django.test import Client
from drf_spectacular.drainage import GENERATOR_STATS
from openapi_schema_validator import OAS31Validator, oas31_format_checker
from openapi_spec_validator import OpenAPIV31SpecValidator

from obligations.clauses import CLAUSES
from obligations.views_api import described


def test_the_description_is_valid_and_made_without_a_warning():
    found = described()
    assert [str(error) for error in OpenAPIV31SpecValidator(found).iter_errors()] == []
    assert found["openapi"].startswith("3.1") and not GENERATOR_STATS


def test_everybody_may_read_it_and_nobody_is_in_it(db):
    answer = Client().get("/api/v1/schema/")
    assert answer.status_code == 200 and answer.json() == described()


def wrong(content) -> list[str]:
    """What its examples say that its schema does not allow."""
    judge = OAS31Validator(content["schema"], format_checker=oas31_format_checker)
    return [
        error.message for one in content["examples"].values() for error in judge.iter_errors(one["value"])
    ]


@pytest.mark.parametrize("kind", sorted(CLAUSES))
def test_every_kind_and_step_is_described_with_an_example_that_fits(kind):
    paths, clause = described()["paths"], CLAUSES[kind]
    wanted = {step.name for step in clause.steps if step.name != "open" and step.takers != {"system"}}
    root = f"/api/v1/{kind}/{{reference}}/steps/"
    asked = {path.split("/")[-2]: paths[path]["post"] for path in paths if path.startswith(root)}
    opening = paths[f"/api/v1/{kind}/"]
    assert set(asked) == wanted and ("post" in opening) == clause.opened_by_hand
    for one in [*asked.values(), *([opening["post"]] if clause.opened_by_hand else [])]:
        assert wrong(one["requestBody"]["content"]["application/json"]) == []


def test_an_example_that_does_not_fit_is_seen():
    content = described()["paths"]["/api/v1/breach/"]["post"]["requestBody"]["content"]["application/json"]
    spoilt = {**content, "examples": {"x": {"value": {"title": 1, "state": "sent"}}}}
    assert len(wrong(spoilt)) >= 2
