"""Our sequential analyses against RTSA, metafor and an independent recursion (tests/data/sequential, README there)."""

from __future__ import annotations

import copy
import json
import os
from pathlib import Path
from typing import Any

import pytest
import sequential_vendor
from sequential_agreement import compared, tally_of, vendored_tally, whole_tally
from sequential_terms import EXPLAINED

EXTERNAL = os.environ.get("METAUDIT_SEQUENTIAL", "")
CONTENTS = dict(sequential_vendor.vendored())
FLOORS = json.loads(Path(__file__).with_name("sequential_floors.json").read_text(encoding="utf-8"))
INPUTS = {"bounds_inf_frac", "look", "RIS", "HARIS", "root"}  # some of theirs is where we start from
# numbers that cannot be made larger without being an input of what they are compared with, and are checked below
ELSEWHERE = {"RTSA fixed size of trials", "RTSA inflation", "RTSA inflation of analyses", "binding inflation", "RTSA looks"}  # fmt: skip


@pytest.mark.parametrize("name", CONTENTS)
def test_every_number_agrees_or_is_explained(name):
    found = vendored_tally(name)
    assert not found.wrong, "\n".join(found.wrong[:50])


def test_no_quantity_is_compared_less_often_than_it_was():
    counts = {quantity: q.count for (_, quantity), q in whole_tally().quantities.items()}
    assert counts == FLOORS, (
        "write sequential_floors.json again (sequential_agreement.py --floors) when a quantity has gained comparisons"
    )


def test_every_explanation_is_needed():
    used = {key for q in whole_tally().quantities.values() for key in q.explained}
    assert set(EXPLAINED) - used <= {"RTSA control risk"}, "only trials without events need that one: none here"


def test_every_quantity_notices_a_wrong_number():
    seen: dict[str, bool] = {}
    for name, content in CONTENTS.items():
        for c in compared(name, _with_larger_results(content)):
            seen[c.quantity] = seen.get(c.quantity, False) or (c.differs and not c.explained)
    assert {q for q, noticed in seen.items() if not noticed} <= ELSEWHERE
    assert set(seen) == set(FLOORS)


@pytest.mark.parametrize(("name", "key"), [("bcg.RR", "RIS"), ("boundaries", "root"), ("bcg.OR", "root")])
def test_numbers_that_are_inputs_too_are_noticed(name, key):
    content = copy.deepcopy(CONTENTS[name])
    for entry in content.get("analyses", content.get("designs", [])):
        if entry["rtsa"]:
            entry["rtsa"][key] *= 1.02
    found = tally_of(name, content)
    assert found.wrong
    assert any(("size" if key == "RIS" else "inflation") in text for text in found.wrong)


def _with_larger_results(content: dict[str, Any]) -> dict[str, Any]:
    larger = copy.deepcopy(content)
    for entry in (*larger.get("designs", []), *larger.get("cases", []), *larger.get("analyses", [])):
        for block in ("own", "rtsa"):
            entry[block] = _larger(entry[block])
    if "metafor" in larger:
        larger["metafor"] = _larger(larger["metafor"])
    return larger


def _larger(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: v if k in INPUTS else _larger(v) for k, v in value.items()}
    if isinstance(value, list):
        return [_larger(v) for v in value]
    if isinstance(value, bool):
        return not value
    if not isinstance(value, int | float):
        return value
    return value + 1 if isinstance(value, int) else value * 1.02 + 1e-6


def test_vendored_files_say_where_they_come_from():
    text = (sequential_vendor.HERE / "README.md").read_text(encoding="utf-8")
    for content in CONTENTS.values():
        for name, version in content["software"].items():
            assert version in text, f"{name} {version}"
    assert all(f"`{name}.json`" in text or name.split(".")[0] in text for name in CONTENTS)


@pytest.mark.skipif(not EXTERNAL, reason="METAUDIT_SEQUENTIAL does not name a folder of results")
def test_every_file_of_an_external_folder():
    found = whole_tally(EXTERNAL)
    assert not found.wrong, "\n".join(found.wrong[:50])
    assert found.compared


@pytest.mark.skipif(not EXTERNAL, reason="METAUDIT_SEQUENTIAL does not name a folder of results")
def test_vendored_files_are_what_is_made_of_the_folder():
    made = dict(sequential_vendor.contents(Path(EXTERNAL)))
    assert {n: made[n] for n in CONTENTS if n in made} == {n: CONTENTS[n] for n in CONTENTS if n in made}
