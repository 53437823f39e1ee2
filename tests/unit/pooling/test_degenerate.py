"""Input at the edge: a defined result or a clear refusal, never a silent NaN."""

import math
import warnings

import numpy as np
import pytest

from metaudit import pool
from metaudit.errors import DataError
from metaudit.pooling.result import Pooled
from metaudit.pooling.tau2 import ESTIMATORS, NEEDS_WEIGHTS
from tolerances import CLOSED_FORM

METHODS = [None, *(m for m in ESTIMATORS if m != "FE"), *NEEDS_WEIGHTS]
RANDOM = [m for m in METHODS if m is not None]
ALWAYS = ("estimate", "se", "ci_low", "ci_high", "stat", "p", "tau2", "i2", "i2_q", "h2", "q", "q_p")


def pooled(y: list[float], v: list[float], method: str | None, **choices: object) -> Pooled:
    weights = {"weights": np.arange(1.0, len(y) + 1)} if method in NEEDS_WEIGHTS else {}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return pool(y, v, tau2=method, **weights, **choices)  # type: ignore[arg-type]


def defined(result: Pooled) -> None:
    for name in ALWAYS:
        assert math.isfinite(getattr(result, name)), name
    assert result.tau2 >= 0
    assert 0 <= result.i2 <= 100
    assert 0 <= result.q_p <= 1
    assert 0 <= result.p <= 1
    assert result.ci_low < result.estimate < result.ci_high
    assert np.all(np.isfinite(result.weights))
    assert result.weights.sum() == pytest.approx(100)


@pytest.mark.parametrize("method", METHODS)
def test_one_study_is_itself(method: str | None) -> None:
    result = pooled([0.4], [0.09], method)
    assert (result.tau2, result.q, result.q_df, result.q_p, result.k) == (0.0, 0.0, 0, 1.0, 1)
    assert (result.estimate, result.se) == pytest.approx((0.4, 0.3))
    assert math.isfinite(result.p)
    assert math.isnan(result.pi_low), "one study says nothing of the next one"


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("effects", [[0.4, 0.4], [0.4, 0.5], [-3.0, 5.0], [0.0, 0.0]])
def test_two_studies(method: str | None, effects: list[float]) -> None:
    defined(pooled(effects, [0.09, 0.04], method))


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("variance", [1e-12, 0.04, 1e12])
def test_equal_variances_weigh_equally(method: str | None, variance: float) -> None:
    y = np.array([0.1, 0.5, 0.2, 0.9]) * math.sqrt(variance)
    result = pooled(y.tolist(), [variance] * 4, method)
    defined(result)
    assert result.estimate == pytest.approx(y.mean(), rel=CLOSED_FORM)
    assert result.weights == pytest.approx(np.full(4, 25.0), rel=CLOSED_FORM)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("effect", [0.0, 0.3, -1e6])
def test_equal_effects_are_the_estimate(method: str | None, effect: float) -> None:
    result = pooled([effect] * 5, [0.01, 0.02, 0.5, 0.04, 3.0], method)
    defined(result)
    assert result.estimate == pytest.approx(effect, rel=CLOSED_FORM, abs=1e-12)
    assert result.q == pytest.approx(0, abs=1e-12)
    if method in ("ML", "REML", "PM", "EB", "SJ", "DL", "HS", "HSk"):
        assert result.tau2 == 0


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("precise", [1e-8, 1e-16, 1e-20])
def test_one_study_nearly_without_error(method: str | None, precise: float) -> None:
    result = pooled([0.1, 0.5, -0.2, 0.9], [precise, 0.04, 0.09, 0.02], method)
    defined(result)
    if method is None or result.tau2 == 0:
        assert result.estimate == pytest.approx(0.1, abs=1e-6)
        assert result.se == pytest.approx(math.sqrt(precise), rel=1e-6)


@pytest.mark.parametrize("method", METHODS)
def test_a_variance_of_practically_nothing_is_refused(method: str | None) -> None:
    with pytest.raises(DataError, match="no study's"):
        pooled([0.1, 0.5, -0.2, 0.9], [1e-300, 0.04, 0.09, 0.02], method)
    with pytest.raises(DataError, match="leaves nothing to pool"):
        pooled([0.1, 0.5, -0.2, 0.9], [1e-30, 0.04, 0.09, 0.02], method)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    ("y", "v", "words"),
    [
        ([], [], "no study"),
        ([0.1, math.nan], [0.1, 0.1], "missing or not finite"),
        ([0.1, math.inf], [0.1, 0.1], "missing or not finite"),
        ([0.1, 0.2], [0.1, math.nan], "missing or not finite"),
        ([0.1, 0.2], [0.1, math.inf], "missing or not finite"),
        ([0.1, 0.2], [0.1, 0.0], "not positive"),
        ([0.1, 0.2], [0.1, -0.1], "not positive"),
        ([0.1, 1e200], [0.1, 0.1], "no study's"),
        ([0.1, 0.2, 0.3], [0.1, 0.1], "3 effects but 2 variances"),
    ],
)
def test_unusable_numbers_are_refused(method: str | None, y: list[float], v: list[float], words: str) -> None:
    with pytest.raises(DataError, match=words):
        pooled(y, v, method)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    "mods",
    [
        {"a": [1, 2, 3, 4, 5], "b": [2, 4, 6, 8, 10]},
        {"a": [1, 1, 1, 1, 1]},
        {"a": [1, 0, 1, 0, 1], "b": [0, 1, 0, 1, 0]},
        {"a": [2001, 2002, 2003, 2004, 2005], "b": [1, 2, 3, 4, 5]},
    ],
)
def test_moderators_that_follow_from_one_another_are_refused(method: str | None, mods: dict) -> None:
    with pytest.raises(DataError, match="follow from one another"):
        pooled([0.1, 0.5, -0.2, 0.9, 0.3], [0.1, 0.04, 0.09, 0.02, 0.2], method, mods=mods)


@pytest.mark.parametrize("method", METHODS)
def test_more_coefficients_than_studies_are_refused(method: str | None) -> None:
    with pytest.raises(DataError, match="2 studies cannot determine 3 coefficients"):
        pooled([0.1, 0.5], [0.1, 0.04], method, mods={"a": [1, 2], "b": [0, 3]})


@pytest.mark.parametrize("method", METHODS)
def test_as_many_coefficients_as_studies_leave_no_heterogeneity(method: str | None) -> None:
    result = pooled([0.1, 0.5, 0.3], [0.1, 0.04, 0.09], method, mods={"a": [1, 2, 3], "b": [0, 3, 1]})
    assert (result.tau2, result.q_df) == (0.0, 0)
    assert all(math.isfinite(c.estimate) and math.isfinite(c.se) for c in result.coefficients)


@pytest.mark.parametrize("method", RANDOM)
@pytest.mark.parametrize("stopping", ["exact", "metafor"])
def test_both_stopping_modes_know_the_edges(method: str, stopping: str) -> None:
    for y, v in (([0.4], [0.1]), ([0.4, 0.4], [0.1, 0.2]), ([0.1] * 6, [0.3] * 6)):
        assert math.isfinite(pooled(y, v, method, stopping=stopping).tau2)


@pytest.mark.parametrize(("effect", "stat", "p"), [(0.3, np.inf, 0.0), (-0.3, -np.inf, 0.0)])
def test_knapp_hartung_without_any_spread_is_infinitely_sure(effect, stat, p):
    found = pool([effect] * 3, [0.1, 0.2, 0.3], tau2="DL", ci="hksj")
    assert (found.stat, found.p) == (stat, p)
    assert found.ci_low == found.ci_high == pytest.approx(effect)


def test_knapp_hartung_of_effects_that_are_all_zero_has_no_test():
    found = pool([0.0] * 3, [0.1, 0.2, 0.3], tau2="DL", ci="hksj")
    assert np.isnan(found.stat)
    assert np.isnan(found.p)
    assert (found.ci_low, found.ci_high) == (0.0, 0.0)
