"""One study under a stated interval that needs two: its own interval is what can have been printed."""

import math

import pytest
from scipy import stats

from making import audited, claim

ROWS = [
    {"study": s, "effect": e, "se": v, "x_group": g}
    for s, e, v, g in (
        ("A", 0.42, 0.21, "a"),
        ("B", 0.91, 0.17, "a"),
        ("C", 1.35, 0.33, "a"),
        ("D", 0.6137, 0.2411, "b"),
    )
]
HKSJ = {"model": "random", "tau2": "DL", "ci": "hksj"}
Z = 1.959963984540054


def of_d(subject="group=b", **changed):
    """What the one study of subgroup b prints as, from its effect and standard error by hand."""
    e, se = 0.6137, 0.2411
    values = {"estimate": e, "ci_low": e - Z * se, "ci_high": e + Z * se, "p": 2 * stats.norm.sf(e / se)}
    return [
        claim(q, q, f"{values[q] + changed.get(q, 0):.3f}", subject=subject)
        for q in ("estimate", "ci_low", "ci_high", "p")
    ]


@pytest.mark.parametrize("interval", ["hksj", "t", "hksj-adhoc-se"])
def test_a_subgroup_of_one_study_is_judged_by_its_own_interval(tmp_path, interval):
    found = audited(
        tmp_path / "r", claims=of_d(), rows=ROWS, measure="GEN", method={**HKSJ, "ci": interval}, subgroups="group"
    )
    assert found["estimate"].verdict == "EXACT"
    for name in ("ci_low", "ci_high", "p"):
        row = found[name]
        assert row.verdict == "UNDERSPECIFIED"
        assert "needs two studies" in row.message
        assert any("the study's own Wald interval" in c for c in row.causes)
    assert found["ci_low"].value == pytest.approx(0.6137 - Z * 0.2411, abs=1e-9)


def test_a_limit_that_is_not_the_studys_own_differs_and_says_what_was_compared(tmp_path):
    claims = of_d(ci_low=0.4, ci_high=0.7)
    found = audited(tmp_path / "r", claims=claims, rows=ROWS, measure="GEN", method=HKSJ, subgroups="group")
    assert found["ci_low"].verdict not in ("NOT_CHECKABLE", "EXACT", "UNDERSPECIFIED")
    assert "the study's own Wald interval (a Hartung-Knapp interval needs two studies)" in found["ci_low"].message


def test_an_analysis_of_one_study(tmp_path):
    found = audited(tmp_path / "r", claims=of_d(subject=""), rows=ROWS[3:], measure="GEN", method=HKSJ)
    assert found["estimate"].verdict == "EXACT"
    assert {found[n].verdict for n in ("ci_low", "ci_high", "p")} == {"UNDERSPECIFIED"}


def test_what_is_defined_for_one_study_or_for_several_is_left_alone(tmp_path):
    wald = {**HKSJ, "ci": "wald"}
    found = audited(tmp_path / "w", claims=of_d(), rows=ROWS, measure="GEN", method=wald, subgroups="group")
    assert {r.verdict for r in found.values()} == {"EXACT"}
    pi = [claim("pi", "pi_low", "0.1", subject="group=b")]
    method = {**HKSJ, "pi": "t-k-2"}
    row = audited(tmp_path / "p", claims=pi, rows=ROWS, measure="GEN", method=method, subgroups="group")["pi"]
    assert row.verdict == "NOT_CHECKABLE"
    several = [claim("lo", "ci_low", "9.9", subject="group=a")]
    row = audited(tmp_path / "s", claims=several, rows=ROWS, measure="GEN", method=HKSJ, subgroups="group")["lo"]
    assert "needs two studies" not in row.message
    assert math.isfinite(row.value)


def test_the_own_interval_of_one_study_is_no_reason_for_another_method(tmp_path):
    """The pooled interval is not given by the stated method nor by Wald; one subgroup's own Wald limits must not decide."""
    claims = [*of_d(), claim("low", "ci_low", "0.31415"), claim("high", "ci_high", "1.39999")]
    found = audited(tmp_path / "r", claims=claims, rows=ROWS, measure="GEN", method=HKSJ, subgroups="group")
    assert found["low"].verdict != "OTHER_SPEC"
    assert found["ci_low"].verdict == "UNDERSPECIFIED"
