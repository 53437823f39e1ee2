"""Every analysis of the ketamine reviews, from the review's folder to the pooled number, against metafor's.

tests/data/expected/ketamine.csv holds what metafor 3.8-1 gives for these analyses with its default stopping rules,
at eight significant digits. REML's tau2 then stops up to 1e-5 short; the other numbers of such a row are compared at
metafor's own tau2.
"""

from __future__ import annotations

import csv
import functools
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from metaudit.effects.compute import Effects, compute_effects
from metaudit.effects.convert import convert
from metaudit.effects.formulas import back_double_arcsine
from metaudit.effects.zero_cells import zero_cells_from
from metaudit.formats.review import Review, read_review
from metaudit.formats.select import select_rows
from metaudit.pooling import Pooled, pool
from metaudit.pooling.counts import mantel_haenszel
from metaudit.pooling.intervals import quantile, two_sided_p
from metaudit.pooling.linear import profile
from tolerances import EIGHT_DIGITS, METAFOR_DEFAULT_STOP

TESTS = Path(__file__).resolve().parents[1]
REVIEWS = TESTS.parent / "data" / "reviews"
with (TESTS / "data" / "expected" / "ketamine.csv").open(encoding="utf-8", newline="") as handle:
    EXPECTED = list(csv.DictReader(handle))
# The two readings of the number after ± (Sigtermans 2009) are one analysis of the review.
READINGS = {"week1-se": ("week1", "se"), "week1-sd": ("week1", "sd")}


@functools.cache
def _review(name: str) -> Review:
    return read_review(REVIEWS / name)


def _effects(row: dict[str, str]) -> Effects:
    review = _review(row["review"])
    name, reading = (
        READINGS.get(row["analysis"], (row["analysis"], ""))
        if row["review"] == "sigtermans-2009"
        else (row["analysis"], "")
    )
    analysis = review.analyses[name]
    rows, _ = select_rows(analysis, review.rows)
    if reading:
        rows = [replace(r, cells={**r.cells, "pm_is": reading}) for r in rows]
    stated = analysis.method.get("zero_cells")
    return compute_effects(
        [convert(r) for r in rows], row["measure"], zero_cells=zero_cells_from(stated) if stated else None
    )


def _pooled(effects: Effects, method: str) -> Pooled:
    if method == "MH":
        return mantel_haenszel(effects)
    tau2 = {"EE": None, "HKSJ": "REML"}.get(method, method)
    return pool(effects.yi, effects.vi, tau2=tau2, ci="hksj" if method == "HKSJ" else "wald")


def _at(effects: Effects, ours: Pooled, tau2: float) -> Pooled:
    """Our result with another tau2, by the textbook formulas."""
    y, v = effects.yi, effects.vi
    w = 1 / (v + tau2)
    estimate = float(w @ y / w.sum())
    df = ours.k - 1 if ours.ci_method == "hksj" else None
    spread = float(w @ (y - estimate) ** 2 / (ours.k - 1)) if df else 1.0
    se = math.sqrt(spread / w.sum())
    half = quantile(ours.level, df) * se
    typical = (ours.k - 1) / float(profile(y, v, np.ones((ours.k, 1)), np.zeros(1)).trace_p[0])
    low, high, stat = estimate - half, estimate + half, estimate / se
    i2 = 100 * tau2 / (tau2 + typical)
    return replace(
        ours, estimate=estimate, se=se, ci_low=low, ci_high=high, stat=stat, p=two_sided_p(stat, df), i2=i2, tau2=tau2
    )


def _natural(effects: Effects, x: float) -> float:
    if effects.measure.code == "PFT":
        return float(back_double_arcsine(np.array(x), 1 / np.mean(1 / effects.cells["n"])))
    return effects.measure.to_natural(x)


@pytest.mark.parametrize("row", EXPECTED, ids=lambda r: "-".join((r["review"], r["analysis"], r["method"])))
def test_analysis_gives_metafors_numbers(row: dict[str, str]) -> None:
    """Estimate, limits, test, Q, I² and tau², each at the digits given."""
    effects = _effects(row)
    ours = _pooled(effects, row["method"])
    expected = {
        k: float(row[k]) for k in ("estimate", "ci_low", "ci_high", "z", "p", "q", "q_p", "i2", "tau2") if row[k]
    }
    assert ours.k == int(row["k"])
    assert abs(ours.tau2 - expected["tau2"]) <= METAFOR_DEFAULT_STOP
    if row["method"] in ("REML", "HKSJ") and ours.tau2 != expected["tau2"]:
        ours = _at(effects, ours, expected["tau2"])
    found = {k: getattr(ours, k) for k in ("p", "q", "q_p", "i2", "tau2")}
    found |= {k: _natural(effects, getattr(ours, k)) for k in ("estimate", "ci_low", "ci_high")}
    found["z"] = ours.stat
    for name, value in expected.items():
        tail = 1 + expected["z"] ** 2 if name == "p" else 1.0  # d log p = -z dz
        assert found[name] == pytest.approx(value, rel=EIGHT_DIGITS * tail, abs=1e-14), name


def test_every_row_of_the_expected_values_was_read() -> None:
    """The file cannot shrink unnoticed."""
    assert len(EXPECTED) == 172
    assert {r["method"] for r in EXPECTED} == {"EE", "DL", "REML", "HKSJ", "MH"}
