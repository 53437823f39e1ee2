"""The schema of review.yaml tells an editor what to offer and what to say about every key, and is itself sound."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema import Draft7Validator, Draft202012Validator
from ruamel.yaml import YAML

from metaudit.catalogue import entries
from metaudit.formats.places import SCHEMAS
from metaudit.measures import MEASURES
from metaudit.network.fit import PREDICTION

SCHEMA = json.loads((SCHEMAS / "review.schema.json").read_text(encoding="utf-8"))


def keys(node: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every key that a review.yaml may have, wherever it stands."""
    if isinstance(node, dict):
        for name, rule in node.get("properties", {}).items() if isinstance(node.get("properties"), dict) else ():
            yield ".".join((*path, name)), rule
        for name, value in node.items():
            yield from keys(value, (*path, name) if name not in ("properties",) else path)
    elif isinstance(node, list):
        for value in node:
            yield from keys(value, path)


def resolved(rule: dict[str, Any]) -> dict[str, Any]:
    name = str(rule.get("$ref", "")).rpartition("/")[2]
    return {**SCHEMA["$defs"][name], **rule} if name else rule


KEYS = dict(keys(SCHEMA))


def test_it_is_a_schema_and_has_keys():
    Draft202012Validator.check_schema(SCHEMA)
    Draft7Validator.check_schema(SCHEMA)  # which is how editors of before 2025 read any schema
    assert len(KEYS) >= 35


@pytest.mark.parametrize("key", KEYS)
def test_every_key_is_described_and_says_what_may_stand_there(key):
    rule = resolved(KEYS[key])
    assert len(rule.get("description", "")) >= 6
    offered = rule.get("enum") or rule.get("examples") or rule.get("properties")
    assert offered, f"{key} has neither values nor an example"
    validator = Draft202012Validator({**KEYS[key], "$defs": SCHEMA["$defs"]})
    for example in rule.get("examples", []):
        validator.validate(example)


@pytest.mark.parametrize(
    "key", ["tau2", "q", "variance", "ci", "pi", "tau2_ci", "i2_ci", "subgroup_tau2", "stopping", "model", "glmm"]
)
def test_every_value_of_a_method_is_explained_as_the_catalogue_does(key):
    rule = SCHEMA["$defs"]["method"]["properties"][key]
    names = {e.code: e.name for e in entries({"glmm": "model", "subgroup_tau2": "regression"}.get(key, key))}
    said = dict(zip(rule["enum"], rule["enumDescriptions"], strict=True))
    own = {value for value in said if key == "pi" and value in PREDICTION and value not in names}
    assert all(said[value].startswith("of a network: ") for value in own)
    assert {v: words for v, words in said.items() if v not in own} == {v: names[v] for v in said if v not in own}


def test_every_measure_is_there_with_its_name():
    rule = SCHEMA["$defs"]["measureCode"]
    assert dict(zip(rule["enum"], rule["enumDescriptions"], strict=True)) == {c: m.name for c, m in MEASURES.items()}


def test_shipped_reviews_follow_it():
    reviews = sorted((SCHEMAS.parent / "reviews").glob("*/review.yaml"))
    assert len(reviews) > 50
    validator = Draft202012Validator(SCHEMA)
    for path in reviews:
        validator.validate(YAML(typ="safe").load(path.read_text(encoding="utf-8")))


@pytest.mark.parametrize("validator", [Draft7Validator, Draft202012Validator])
def test_an_exclusion_needs_its_reason_in_every_editor(validator):
    analysis = {"title": "t", "select": {}, "exclude": {"study": ["A"]}}
    review = {"id": "r", "title": "t", "kind": "trial", "citation": {"authors": "A"}, "analyses": {"a": analysis}}
    errors = list(validator(SCHEMA).iter_errors(review))
    assert len(errors) == 1
    assert "reason" in errors[0].message
    analysis["reason"] = "a copy"
    assert not list(validator(SCHEMA).iter_errors(review))
