"""Our numbers against metafor's, on the data sets vendored by vendor.py (and on a whole folder of them when asked)."""

from __future__ import annotations

import copy
import functools
import os
from collections import Counter
from pathlib import Path
from typing import Any

import areas
import pytest
import vendor
from floors import FLOORS
from harness import Case, cases_of_file, cases_of_unit, units_in, vendored
from tally import Tally, tally

EXTERNAL = os.environ.get("METAUDIT_REFERENCE", "")
AREAS = areas.load()
SAME = ("meta", "used_rows", "X", "cluster", "log", "order", "null")
BY_LIKELIHOOD = {"glmm", "selection", "three_level"}  # the higher likelihood is right: theirs, made wrong, is explained
ONE_SIDED = {  # quantities that larger numbers cannot show
    "studies set aside": "a number against none",
    "Mantel-Haenszel leave-one-out defined": "a number against none",
    "cumulative order": "in SAME",
    "design": "in SAME",
    "clusters": "in SAME",
    "trim and fill side": "a word",
    "permutation, all arrangements": "metafor was asked for nothing else",
    "GLMM CM.AL maximum below metafor's": "computed by us, at their parameters",
    "GLMM CM.EL maximum below metafor's": "computed by us, at their parameters",
    "GLMM UM.FS maximum below metafor's": "computed by us, at their parameters",
}
SMALL = (
    "dogliotti2014_aspirin",
    "hart1999",
    "begg1989",
    "berkey1998_pd",
    "konstantopoulos2011",
    "bcg",
    "nielweise2007",
)


@functools.cache
def cases_of(unit: str) -> tuple[Case, ...]:
    return tuple(cases_of_file(vendor.HERE / f"{unit}.json"))


@functools.cache
def tally_of(unit: str, area: str) -> Tally:
    return tally(cases_of(unit), {area: AREAS[area]})


@pytest.mark.parametrize("area", AREAS)
@pytest.mark.parametrize("unit", vendor.UNITS)
def test_every_number_agrees_or_is_explained(unit: str, area: str) -> None:
    found = tally_of(unit, area)
    assert not found.wrong, "\n".join(found.wrong[:50])


def test_no_quantity_is_compared_less_often_than_it_was() -> None:
    counts: Counter[tuple[str, str]] = Counter()
    for unit in vendor.UNITS:
        for area in AREAS:
            counts.update({place: q.count for place, q in tally_of(unit, area).quantities.items()})
    assert not {f"{a}: {q}": (counts[a, q], floor) for (a, q), floor in FLOORS.items() if counts[a, q] < floor}
    assert not set(counts) - set(FLOORS), "a new quantity: write floors.py again"


@pytest.mark.parametrize("area", AREAS)
def test_every_quantity_notices_a_wrong_number(area: str) -> None:
    """All numbers of metafor's results larger: each quantity that the area compares differs somewhere."""
    same = SAME if area == "effects" else (*SAME, "escalc")
    seen: dict[str, bool] = {}
    for case in (c for unit in SMALL for c in cases_of(unit)):
        changed = Case(case.unit, case.measure, _larger(case.reference, same), case.rows, _larger(case.glmm, same))
        for c in AREAS[area].compare(changed):
            seen[c.quantity] = seen.get(c.quantity, False) or (c.differs and (area in BY_LIKELIHOOD or not c.explained))
    assert {name for name, noticed in seen.items() if not noticed} <= set(ONE_SIDED)
    assert {name for place, name in FLOORS if place == area} <= {*seen, *ONE_SIDED}, (
        "a quantity that SMALL does not have"
    )


def _larger(value: Any, same: tuple[str, ...]) -> Any:
    """Numbers a fiftieth larger, counts one larger, yes for no, except for what both sides start from."""
    if isinstance(value, dict):
        return {k: v if k in same else _larger(v, same) for k, v in value.items()}
    if isinstance(value, list):
        return [_larger(v, same) for v in value]
    if isinstance(value, bool):
        return not value
    if not isinstance(value, int | float):
        return value
    return value + 1 if isinstance(value, int) else value * 1.02


def test_a_single_wrong_number_is_named_with_its_place() -> None:
    (case,) = (c for c in cases_of("bcg") if c.measure == "OR")
    reference = copy.deepcopy(case.reference)
    reference["rma"]["REML"]["z"]["tau2"] *= 1 + 1e-6
    found = tally([Case(case.unit, case.measure, reference, case.rows, case.glmm)], {"fits": AREAS["fits"]})
    assert found.wrong
    assert all("bcg OR" in text and "REML" in text and "tau2" in text for text in found.wrong)
    assert not tally([case], {"fits": AREAS["fits"]}).wrong


def test_vendored_sample_covers_every_kind_of_data() -> None:
    every = list(vendored(vendor.HERE))
    assert {c.unit for c in every} == set(vendor.UNITS)
    assert {c.kind for c in every} == {"2x2", "mean2", "irr", "prop", "cor", "gen"}
    assert {c.measure for c in every} == set(vendor.MEASURES)
    assert any(c.kind == "2x2" and 0 in set(c.table["events_t"]) for c in every)
    assert len({c.unit for c in every if len(c.rows) <= 10}) >= 5
    assert max(len(c.yi) for c in every) > 100
    assert min(len(c.yi) for c in every) == 2
    sections = "mh peto leave1out cumul influence regtest ranktest trimfill fsn selmodel permutest subgroup metareg"
    for section in (*sections.split(), "robust", "three_level", "tau2_extra", "default_control", "confint"):
        assert sum(bool(c.reference.get(section)) for c in every) >= 2, section
    models = Counter((c.measure, name) for c in every for name, m in c.glmm.items() if m.get("beta") is not None)
    assert set(models) == {(m, n) for m, names in vendor.GLMM.items() for n in names}


def test_vendored_files_are_small_and_say_where_they_come_from() -> None:
    files = sorted(vendor.HERE.glob("*.json"))
    assert sum(p.stat().st_size for p in files) < 3.5e6
    for path in files:
        source = vendor.content_of(path)["source"]
        assert {"software", "data", "calls", "date", "made_by"} <= set(source), path.name


@pytest.mark.skipif(not EXTERNAL, reason="METAUDIT_REFERENCE does not name a folder of metafor results")
@pytest.mark.parametrize("unit", units_in(Path(EXTERNAL)) if EXTERNAL else ["(folder)"])
def test_every_data_set_of_an_external_folder(unit: str) -> None:
    found = tally(cases_of_unit(Path(EXTERNAL), unit), AREAS)
    assert not found.wrong, "\n".join(found.wrong[:50])
    assert found.compared


@pytest.mark.skipif(not EXTERNAL, reason="METAUDIT_REFERENCE does not name a folder of metafor results")
@pytest.mark.parametrize("unit", [u for u in vendor.UNITS if EXTERNAL and u in units_in(Path(EXTERNAL))] or ["(none)"])
def test_a_vendored_data_set_is_what_vendor_makes_of_the_folder(unit: str) -> None:
    if unit in vendor.UNITS:
        assert vendor.content_of(vendor.HERE / f"{unit}.json") == vendor.compact(Path(EXTERNAL), unit)
