"""A printed P value is tested with the distribution of the interval that re-derivation found."""

import numpy as np
import pytest
from scipy import stats

from making import audited, claim

EFFECTS = ((0.42, 0.21), (0.91, 0.17), (1.35, 0.33), (0.18, 0.25), (0.77, 0.2))
ROWS = [{"study": f"S{i}", "effect": e, "se": s} for i, (e, s) in enumerate(EFFECTS)]
HKSJ = {"model": "random", "tau2": "DL", "ci": "hksj"}
WALD = {**HKSJ, "ci": "wald"}


def pooled():
    """DerSimonian-Laird mean with both standard errors, by hand (DerSimonian and Laird 1986; Hartung and Knapp 2001)."""
    y, s = np.array(EFFECTS).T
    w = 1 / s**2
    q = (w * (y - (w @ y) / w.sum()) ** 2).sum()
    tau2 = max(0.0, (q - y.size + 1) / (w.sum() - (w**2).sum() / w.sum()))
    u = 1 / (s**2 + tau2)
    mean = (u @ y) / u.sum()
    return mean, 1 / np.sqrt(u.sum()), np.sqrt((u * (y - mean) ** 2).sum() / (y.size - 1) / u.sum())


def result(se, df, *, p):
    mean = pooled()[0]
    half = se * (stats.norm.ppf(0.975) if df is None else stats.t.ppf(0.975, df))
    values = {"estimate": mean, "ci_low": mean - half, "ci_high": mean + half, "p": p}
    return [claim(n, n, f"{v:.4f}") for n, v in values.items()]


@pytest.fixture
def hartung_knapp():
    mean, _, se = pooled()
    return {
        "se": se,
        "normal": 2 * stats.norm.sf(mean / se * stats.norm.ppf(0.975) / stats.t.ppf(0.975, 4)),
        "t": 2 * stats.t.sf(mean / se, 4),
    }


@pytest.mark.parametrize("stated", [HKSJ, WALD])
def test_the_p_of_a_hartung_knapp_interval_is_that_of_its_t_distribution(tmp_path, hartung_knapp, stated):
    """Also where the paper states Wald, so that the method is another one."""
    claims = result(hartung_knapp["se"], 4, p=hartung_knapp["t"])
    found = audited(tmp_path / "r", claims=claims, rows=ROWS, measure="GEN", method=stated)
    assert found["estimate"].verdict == "EXACT"
    assert {found[n].verdict for n in ("ci_low", "ci_high", "p")} == {"EXACT" if stated is HKSJ else "OTHER_SPEC"}
    assert "normal test" not in found["p"].message
    if stated is WALD:
        assert "under a t test with 4 df" in found["p"].message


@pytest.mark.parametrize("stated", [HKSJ, WALD])
def test_a_normal_p_beside_a_hartung_knapp_interval_is_said_to_be_of_another_test(tmp_path, hartung_knapp, stated):
    claims = result(hartung_knapp["se"], 4, p=hartung_knapp["normal"])
    found = audited(tmp_path / "r", claims=claims, rows=ROWS, measure="GEN", method=stated)
    row = found["p"]
    assert {found[n].verdict for n in ("ci_low", "ci_high")} == {"EXACT" if stated is HKSJ else "OTHER_SPEC"}
    assert row.verdict not in ("EXACT", "INCONSISTENT")
    assert "agrees" not in row.message
    assert "has a Hartung-Knapp interval" in row.message
    assert "interval and P value are then of different tests" in row.message


def test_a_p_of_no_test_is_inconsistent_by_the_intervals_own_test(tmp_path, hartung_knapp):
    claims = result(hartung_knapp["se"], 4, p=0.8)
    row = audited(tmp_path / "r", claims=claims, rows=ROWS, measure="GEN", method=HKSJ)["p"]
    assert row.verdict == "INCONSISTENT"
    assert "under a t test with 4 df" in row.message
    assert "normal test" not in row.message


def test_without_data_both_tests_are_tried(tmp_path, hartung_knapp):
    claims = [*result(hartung_knapp["se"], 4, p=hartung_knapp["normal"]), claim("k", "k", "5")]
    row = audited(tmp_path / "r", claims=claims, measure="GEN", method=HKSJ)["p"]
    assert (row.verdict, row.criterion) == ("WITHIN_ROUNDING", "P against interval")
    assert "agrees" in row.message
    assert "under a normal test" in row.message


def test_a_meta_regression_leaves_k_less_its_coefficients(tmp_path):
    """Six studies and one moderator: the P of four degrees of freedom agrees with the interval, and nothing says otherwise."""
    y, s, x = (
        np.array(v) for v in ([0.4, 0.9, 1.3, 0.2, 0.8, 1.6], [0.2, 0.3, 0.2, 0.3, 0.2, 0.3], [0, 1, 2, 0, 1, 3])
    )
    rows = [
        {"study": f"S{i}", "effect": e, "se": v, "x_dose": d} for i, (e, v, d) in enumerate(zip(y, s, x, strict=True))
    ]
    design, w = np.column_stack([np.ones(6), x]), 1 / s**2  # tau2 is 0 here: Q < 4, asserted
    bread = np.linalg.inv((design.T * w) @ design)
    coef = bread @ (design.T * w) @ y
    q = (w * (y - design @ coef) ** 2).sum()
    assert q < 4
    se = np.sqrt(bread[0, 0] * q / 4)
    half = se * stats.t.ppf(0.975, 4)
    values = {
        "estimate": coef[0],
        "ci_low": coef[0] - half,
        "ci_high": coef[0] + half,
        "p": 2 * stats.t.sf(coef[0] / se, 4),
    }
    found = audited(
        tmp_path / "r", claims=[claim(n, n, f"{v:.5f}") for n, v in values.items()], rows=rows, measure="GEN",
        moderators=["dose"], method={"model": "random", "tau2": "DL", "ci": "hksj"},
    )  # fmt: skip
    assert {r.verdict for r in found.values()} == {"EXACT"}
    assert "does not agree" not in found["p"].message
