"""Rows of one-group studies: the observed proportion, with limits of the pooled transformation, exact ones or Wilson's."""

import pytest
from scipy.stats import binom
from statsmodels.stats.proportion import proportion_confint

from making import DIFFERS, audited, claim
from metaudit.pooling.proportions import clopper_pearson
from tolerances import CLOSED_FORM

COUNTS = [(16, 17), (10, 12), (4, 8), (43, 58), (10, 10), (25, 42), (0, 9)]
METHOD = {"model": "random", "tau2": "REML", "ci": "wald", "zero_cells": {"add": 0.5, "to": "only-zero"}}
EXACT, WILSON = ("exact (Clopper-Pearson) limits of the proportion",), ("Wilson's limits of the proportion",)
NO_WAY = ("No method", "No searched measure")


def rows(kind="", level=0.95):
    """A table as a paper prints it, with limits of one kind (as statsmodels computes them)."""
    out = []
    for i, (events, n) in enumerate(COUNTS):
        row = {"study": f"S{i}", "events": events, "n": n, "printed_effect": f"{100 * events / n:.1f}%"}
        if kind:
            low, high = proportion_confint(events, n, alpha=1 - level, method=kind)
            row |= {"printed_ci_low": f"{100 * low:.1f}%", "printed_ci_high": f"{100 * high:.1f}%"}
        out.append(row)
    return out


@pytest.mark.parametrize("measure", ["PLO", "PR", "PLN", "PAS", "PFT"])
def test_an_observed_proportion_comes_out_whatever_is_added_for_pooling(tmp_path, measure):
    method = {k: v for k, v in METHOD.items() if k != "zero_cells" or measure not in ("PAS", "PFT")}
    found = audited(tmp_path / "r", claims=[], rows=rows(), measure=measure, method=method)
    assert len(found) == len(COUNTS)
    assert {r.verdict for r in found.values()} == {"EXACT"}
    assert all(not r.causes for r in found.values())


def test_what_is_added_may_stand_in_the_row_too(tmp_path):
    """0.5 added to 10 of 10 makes 10.5 of 11: the conventional value hits, and no other is looked for."""
    claims = [claim("s", "study_estimate", "95.5%", subject="S4")]
    found = audited(
        tmp_path / "r", claims=claims, rows=[{**r, "printed_effect": ""} for r in rows()], measure="PLO", method=METHOD
    )
    assert found["s"].verdict == "EXACT"
    assert "as observed" not in found["s"].message


@pytest.mark.parametrize(("kind", "choice"), [("beta", EXACT), ("wilson", WILSON)])
def test_limits_by_another_way_are_named(tmp_path, kind, choice):
    found = audited(tmp_path / "r", claims=[], rows=rows(kind), measure="PLO", method=METHOD)
    limits = [r for c, r in found.items() if "ci_" in c]
    assert len(limits) == 2 * len(COUNTS)
    assert {r.verdict for r in limits} <= {"UNDERSPECIFIED", "EXACT", "WITHIN_ROUNDING"}
    named = [r for r in limits if r.causes == choice]
    assert len(named) > len(COUNTS)
    assert {r.verdict for r in named} == {"UNDERSPECIFIED"}
    assert not [r.message for r in found.values() if any(words in r.message for words in NO_WAY)]


def test_open_zero_cells_do_not_decide_an_observed_proportion(tmp_path):
    method = {k: v for k, v in METHOD.items() if k != "zero_cells"}
    found = audited(tmp_path / "r", claims=[], rows=rows("beta"), measure="PLO", method=method)
    assert {r.verdict for c, r in found.items() if c.endswith("printed_effect")} == {"EXACT"}


def test_a_rows_own_level_holds(tmp_path):
    own = [{**r, "ci_level": "0.9"} for r in rows("beta", level=0.9)]
    found = audited(tmp_path / "r", claims=[], rows=own, measure="PLO", method=METHOD)
    assert found["main:row4:printed_ci_low"].causes == EXACT
    assert "90 % limits of 4/8" in found["main:row4:printed_ci_low"].message


def test_any_other_number_still_differs(tmp_path):
    wrong = [{**r, "printed_effect": "33.3%"} if r["study"] == "S3" else r for r in rows()]
    found = audited(tmp_path / "r", claims=[], rows=wrong, measure="PLO", method=METHOD)
    assert found["main:row5:printed_effect"].verdict in (*DIFFERS, "OTHER_SPEC")
    claims = [claim("s", "study_estimate", "7.77", subject="S3", scale="analysis")]
    there = audited(tmp_path / "s", claims=claims, rows=rows(), measure="PLO", method=METHOD)
    assert there["s"].verdict in DIFFERS


@pytest.mark.parametrize(("events", "n"), [*COUNTS, (1, 500), (499, 500), (1, 1)])
@pytest.mark.parametrize("level", [0.9, 0.95, 0.99])
def test_exact_limits_leave_half_of_the_rest_on_either_side(events, n, level):
    low, high = clopper_pearson(events, n, level=level)
    assert (low, high) == pytest.approx(proportion_confint(events, n, alpha=1 - level, method="beta"), rel=CLOSED_FORM)
    tail = (1 - level) / 2
    assert events == 0 or binom.sf(events - 1, n, low) == pytest.approx(tail, rel=1e-9)
    assert events == n or binom.cdf(events, n, high) == pytest.approx(tail, rel=1e-9)
