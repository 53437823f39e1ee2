"""Records of runs with one place that is otherwise: what mutated bytes seldom reach, because they are no JSON any more."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fuzz.targets.provenance import forged, one_input, record

NAMES = (
    "", "x", ".", "..", "../x", "/etc", "a\nb", "\0", "\x1b[2J", "\ud800", "\u202e", "n" * 300, "n" * 5000, "Snakefile", "workflow:Snakefile", "workflow:../x", "corpus", "one-2001", "audit",
)  # fmt: skip
VALUES = (
    None, True, 0, -1, 1.5, 1e300, 10**20, [], {}, ["x"], [[]], [None], {"a": 1}, ["Snakefile"], ["corpus"], ["one-2001"], json.loads("[" * 30 + "]" * 30),
)  # fmt: skip


def places(value: Any, before: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The keys that lead to every value but the whole one."""
    keys = value if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    for key in keys:
        yield (*before, key)
        yield from places(value[key], (*before, key))


def otherwise(place: tuple[Any, ...], what: str, new: Any) -> dict[str, Any]:
    """The record with another value at a place, under another name, or without it."""
    changed = json.loads(json.dumps(record()))
    *way, last = place
    around: Any = changed
    for key in way:
        around = around[key]
    if what == "value":
        around[last] = new
    elif what == "name" and isinstance(around, dict) and isinstance(new, str):
        around[new] = around.pop(last)
    else:
        del around[last]
    return changed


@settings(max_examples=250, suppress_health_check=list(HealthCheck))
@given(
    st.sampled_from(list(places(record()))), st.sampled_from(["value", "name", "none"]), st.sampled_from(NAMES + VALUES)
)
def test_a_record_that_is_otherwise_in_one_place(place: tuple[Any, ...], what: str, new: Any) -> None:
    one_input(forged(otherwise(place, what, new)))


def test_a_workflow_whose_name_no_folder_can_have() -> None:
    one_input(forged(otherwise(("environment", "workflow"), "value", "n" * 300)))


def test_every_place_of_the_record_is_among_them() -> None:
    found = set(places(record()))
    assert ("environment", "packages", "brotli") in found
    assert ("stages", "audit", "code", 0) in found
    assert len(found) > 70
