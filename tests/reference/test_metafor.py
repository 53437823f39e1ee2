"""Our numbers against metafor's, on the data sets vendored by vendor.py (and on a whole folder of them when asked)."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import compare
import pytest
import vendor

FOLDER = Path(__file__).resolve().parents[1] / "data" / "reference"
EXTERNAL = os.environ.get("METAUDIT_REFERENCE", "")
CONTENT: dict[str, dict[str, Any]] = {
    p.stem: json.loads(p.read_text(encoding="utf-8")) for p in sorted(FOLDER.glob("*.json"))
}
PAIRS = [pytest.param(unit, code, id=f"{unit}-{code}") for unit, c in CONTENT.items() for code in c["measures"]]


def _hold(compared: Iterator[compare.Compared], at_least: int) -> None:
    done = list(compared)
    wrong = [str(c) for c in done if c.differs]
    assert not wrong, "\n".join(wrong)
    assert len(done) >= at_least, "fewer comparisons than there should be"


@pytest.mark.parametrize(("unit", "code"), PAIRS)
def test_effect_sizes_and_their_variants(unit: str, code: str) -> None:
    """escalc's yi and vi, with every zero-cell rule and variance variant; what it leaves undefined is set aside."""
    _hold(compare.effects(CONTENT[unit], code), 2 * 5)


@pytest.mark.parametrize(("unit", "code"), PAIRS)
def test_pooled_results_of_every_estimator(unit: str, code: str) -> None:
    """rma.uni: nine estimators, z and Knapp-Hartung, prediction and Q-profile intervals."""
    found = CONTENT[unit]["measures"][code]
    if compare.arrays(found) is None:
        pytest.skip("a sampling variance is 0 (a proportion of 0 or 1), which we refuse")
    _hold(compare.fits(found), 9 * 10)


@pytest.mark.parametrize(
    ("unit", "code"), [p for p in PAIRS if {"mh", "peto"} & set(CONTENT[p.values[0]]["measures"][p.values[1]])]
)
def test_mantel_haenszel_and_peto(unit: str, code: str) -> None:
    """rma.mh and rma.peto."""
    _hold(compare.counts(CONTENT[unit], code), 8)


@pytest.mark.parametrize(
    ("unit", "code"), [p for p in PAIRS if "glmm" in CONTENT[p.values[0]]["measures"][p.values[1]]]
)
def test_generalised_linear_mixed_models(unit: str, code: str) -> None:
    """rma.glmm: the conditional exact model of rates, and one group of proportions."""
    _hold(compare.mixed_models(CONTENT[unit], code), 3)


@pytest.mark.parametrize(
    ("unit", "code"), [p for p in PAIRS if "subgroup" in CONTENT[p.values[0]]["measures"][p.values[1]]]
)
def test_subgroups(unit: str, code: str) -> None:
    """Each subgroup pooled alone, and Q between them."""
    found = CONTENT[unit]["measures"][code]
    if compare.arrays(found) is None:
        pytest.skip("a sampling variance is 0 (a proportion of 0 or 1), which we refuse")
    _hold(compare.subgroups(found), 8)


@pytest.mark.parametrize(
    ("unit", "code"), [p for p in PAIRS if "metareg" in CONTENT[p.values[0]]["measures"][p.values[1]]]
)
def test_meta_regression(unit: str, code: str) -> None:
    """Coefficients, QM, R² and residual heterogeneity, normal and Knapp-Hartung."""
    found = CONTENT[unit]["measures"][code]
    if compare.arrays(found) is None:
        pytest.skip("a sampling variance is 0 (a proportion of 0 or 1), which we refuse")
    _hold(compare.regressions(found), 100)


def test_vendored_sample_covers_every_kind_of_data() -> None:
    """The sample cannot shrink unnoticed, and every file says where its numbers come from."""
    assert set(CONTENT) == set(vendor.UNITS)
    assert {c["kind"] for c in CONTENT.values()} == {"2x2", "mean2", "irr", "prop", "cor", "gen"}
    assert {m for c in CONTENT.values() for m in c["measures"]} == set(vendor.MEASURES)
    assert any(0 in c["table"].get("events_t", []) for c in CONTENT.values())
    assert sum(len(compare.table_of(c)) <= 10 for c in CONTENT.values()) >= 5
    assert max(len(compare.table_of(c)) for c in CONTENT.values()) > 100
    assert all({"software", "data", "calls", "date", "made_by"} <= set(c["source"]) for c in CONTENT.values())


@pytest.mark.skipif(not EXTERNAL, reason="METAUDIT_REFERENCE does not name a folder of metafor results")
@pytest.mark.parametrize("unit", vendor.units_in(Path(EXTERNAL)) if EXTERNAL else ["(folder)"])
def test_every_data_set_of_an_external_folder(unit: str) -> None:
    """The same comparisons for all data sets of a folder in the form that vendor.py reads."""
    content = vendor.compact(Path(EXTERNAL), unit)
    if not content:
        pytest.skip("none of its measures is computed by metaudit")
    _hold(compare.everything(content), 1)
