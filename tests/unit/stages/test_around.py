"""Influence of single studies and small-study effects, as the pipeline writes them."""

import math

import pytest

from making import made
from metaudit.files import read_rows
from metaudit.stages.effects import write_effects
from metaudit.stages.extract import extract
from metaudit.stages.pool import write_pooled

ROWS = [
    {"study": f"S{i}", "effect": e, "se": s}
    for i, (e, s) in enumerate(
        [("0.10", "0.10"), ("0.52", "0.15"), ("0.90", "0.21"), ("0.33", "0.12"), ("1.20", "0.40")]
    )
]
METHOD = {"model": "common", "ci": "wald"}


@pytest.fixture
def results(tmp_path):
    review = made(tmp_path / "r", claims=[], rows=ROWS, measure="GEN", method=METHOD)
    out = tmp_path / "results"
    extract(review.folder, out)
    write_effects(review, out, level=0.95)
    write_pooled(review, out, level=0.95)
    return out


def test_leverage_and_standardised_residuals(results):
    rows = read_rows(results / "influence.csv")
    y, w = [float(r["effect"]) for r in ROWS], [float(r["se"]) ** -2 for r in ROWS]
    mean = sum(a * b for a, b in zip(y, w, strict=True)) / sum(w)
    assert [r["study"] for r in rows] == [r["study"] for r in ROWS]
    for row, yi, wi in zip(rows, y, w, strict=True):
        assert float(row["hat"]) == pytest.approx(wi / sum(w), rel=1e-9)
        assert float(row["rstandard"]) == pytest.approx((yi - mean) / math.sqrt(1 / wi - 1 / sum(w)), rel=1e-9)


def test_eggers_slope_is_that_of_a_weighted_line(results):
    import numpy as np

    found = {r["test"]: r for r in read_rows(results / "small_study.csv")}
    assert {"egger", "begg", "trim-fill-L0", "pet-peese"} <= set(found)
    assert "peters" not in found  # there are no counts
    y, s = np.array([float(r["effect"]) for r in ROWS]), np.array([float(r["se"]) for r in ROWS])
    x = np.column_stack([np.ones(5), s]) / s[:, None]
    beta, rss, *_ = np.linalg.lstsq(x, y / s, rcond=None)
    t = beta[1] / math.sqrt(rss[0] / 3 * np.linalg.inv(x.T @ x)[1, 1])
    assert float(found["egger"]["stat"]) == pytest.approx(t, rel=1e-9)
    assert float(found["egger"]["estimate"]) == pytest.approx(beta[0], rel=1e-9)
    assert "fewer than ten" in found["egger"]["note"]


def test_weights_as_printed_go_through_the_files(tmp_path):
    rows = [{**r, "printed_weight": w} for r, w in zip(ROWS, ("10", "20", "30", "25", "15"), strict=True)]
    review = made(
        tmp_path / "w",
        claims=[],
        rows=rows,
        measure="GEN",
        method={"model": "user-weights", "tau2": "DL", "ci": "wald"},
    )
    out = tmp_path / "results"
    extract(review.folder, out)
    write_effects(review, out, level=0.95)
    write_pooled(review, out, level=0.95)
    primary = next(r for r in read_rows(out / "pooled.csv") if r["role"] == "primary")
    assert float(primary["estimate"]) == pytest.approx(
        0.1 * 0.1 + 0.2 * 0.52 + 0.3 * 0.9 + 0.25 * 0.33 + 0.15 * 1.2, rel=1e-9
    )
