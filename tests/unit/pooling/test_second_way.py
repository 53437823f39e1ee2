"""The second computation: no alarm on ten thousand sound results, an alarm for every field that is off by a millionth."""

import math
from dataclasses import fields, replace

import numpy as np
import pytest

from metaudit.effects import effect_sizes
from metaudit.effects.compute import compute_effects
from metaudit.effects.convert import convert
from metaudit.effects.frame import rows_of_frame
from metaudit.errors import DisagreementError
from metaudit.pooling.counts import mantel_haenszel, peto_pooled
from metaudit.pooling.pool import pool
from metaudit.pooling.result import Pooled
from metaudit.pooling.second_counts import verify_counts
from metaudit.pooling.second_sums import pairwise_q
from metaudit.pooling.second_tau2 import verify_tau2
from metaudit.pooling.second_way import verify_pooled
from metaudit.pooling.tau2 import ESTIMATORS

CHUNK, CHUNKS = 1000, 10
INTERVALS = ("wald", "t", "hksj", "hksj-adhoc-se", "hksj-adhoc-ci", "kenward-roger")
NEEDS = {"kenward-roger": "REML", "profile": "ML"}
TEXT = ("model", "tau2_method", "ci_method", "tau2_ci_method", "i2_ci_method", "pi_method", "stopping")
WENT_IN = ("yi", "vi", "studies", "measure")
# How the numbers are labelled, what went in, the level they are asked for, and what is checked through other fields.
NOT_NUMBERS = {*TEXT, *WENT_IN, "at_boundary", "level", "coefficients", "weights"}
MILLIONTH = 1e-6


def analysis(rng):
    """One random analysis: variances over eight orders of magnitude, effects far from 0, ties, no variation at all."""
    k = int(np.exp(rng.uniform(np.log(2), np.log(200))))
    vi = 10 ** rng.uniform(-4, 4, k) if rng.random() < 0.6 else 10 ** rng.uniform(-4, 4) * rng.uniform(0.3, 3, k)
    tau = 10 ** rng.uniform(-3, 3) * np.median(vi) ** 0.5 * (rng.random() < 0.7)
    yi = rng.normal(size=k) * np.sqrt(vi + tau**2) + (10 ** rng.uniform(-3, 4) if rng.random() < 0.5 else 0)
    if rng.random() < 0.1:
        yi = np.round(yi)
    if rng.random() < 0.02:
        yi[:] = yi[0]
    return yi, vi


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_no_alarm_on_ten_thousand_sound_results(chunk):
    rng, methods = np.random.default_rng(chunk), list(ESTIMATORS)
    finite = 0
    for i in range(CHUNK):
        yi, vi = analysis(rng)
        ci = "profile" if i % 50 == 0 else INTERVALS[(i // len(methods)) % len(INTERVALS)]
        method = NEEDS.get(ci, methods[i % len(methods)])
        limits = "profile-likelihood" if method in ("ML", "REML") and i % 10 == 0 else "q-profile"
        mods = None
        if i % 3 == 0 and yi.size > 4 and np.ptp(yi) > 0:
            mods = rng.normal(size=(yi.size, 2)) if i % 2 else np.arange(yi.size) + 1950.0
        result = pool(yi, vi, tau2=method, ci=ci, mods=mods, tau2_ci=limits, i2_ci=("tau2-ci", "test-based")[i % 2])
        finite += np.isfinite(result.estimate) and np.isfinite(result.se)
        if i % 4 == 0:  # pool has made the quick checks already
            verify_pooled(result, yi, vi, x=design(mods, yi.size), thorough=True)
    assert finite == CHUNK


def design(mods, k):
    return np.ones((k, 1)) if mods is None else np.column_stack([np.ones(k), mods])


def corrupted(result):
    """The result with one number off by a millionth (one, if it is a count), and which."""
    for f in fields(Pooled):
        value = getattr(result, f.name)
        if f.name in NOT_NUMBERS or (isinstance(value, float) and (math.isnan(value) or value == 0)):
            continue
        yield f.name, replace(result, **{f.name: value + 1 if isinstance(value, int) else value * (1 + MILLIONTH)})
    weights = result.weights.copy()
    weights[1] *= 1 + MILLIONTH
    yield "weights", replace(result, weights=weights)
    for i, c in enumerate(result.coefficients):
        for f in fields(c):
            if f.name != "term":
                changed = replace(c, **{f.name: getattr(c, f.name) * (1 + MILLIONTH)})
                rest = [*result.coefficients[:i], changed, *result.coefficients[i + 1 :]]
                yield f"{c.term} {f.name}", replace(result, coefficients=tuple(rest))


def noticed(check, *args, **kwargs):
    try:
        check(*args, **kwargs)
    except DisagreementError:
        return True
    return False


YI = np.array([0.31, -0.12, 0.85, 0.44, 1.3, 0.05, 0.62, -0.4, 0.9, 0.2])
VI = np.array([0.04, 0.09, 0.12, 0.02, 0.3, 0.05, 0.08, 0.1, 0.06, 0.02])


@pytest.mark.parametrize("method", [*ESTIMATORS, "GENQ"])
@pytest.mark.parametrize("ci", ["wald", "t", "hksj", "hksj-adhoc-se", "hksj-adhoc-ci"])
def test_an_error_of_a_millionth_in_any_number_is_found(method, ci):
    weights = np.linspace(1, 2, YI.size) if method == "GENQ" else None
    result = pool(YI, VI, tau2=method, ci=ci, pi="t-k-1", weights=weights)
    assert math.isnan(result.pi_low) == (method == "FE")
    for name, wrong in corrupted(result):
        assert noticed(verify_pooled, wrong, YI, VI, x=np.ones((YI.size, 1)), weights=weights), name


@pytest.mark.parametrize(
    ("ci", "method", "tau2_ci", "i2_ci"),
    [
        ("kenward-roger", "REML", "profile-likelihood", "tau2-ci"),
        ("wald", "ML", "profile-likelihood", "tau2-ci"),
        ("wald", "DL", "q-profile", "test-based"),
    ],
)
def test_so_is_one_in_the_other_intervals(ci, method, tau2_ci, i2_ci):
    result = pool(YI, VI, tau2=method, ci=ci, tau2_ci=tau2_ci, i2_ci=i2_ci)
    for name, wrong in corrupted(result):
        assert noticed(verify_pooled, wrong, YI, VI, x=np.ones((YI.size, 1))), name


def test_so_is_one_in_a_profile_likelihood_limit_of_the_mean():
    result = pool(YI, VI, tau2="ML", ci="profile")
    for name in ("ci_low", "ci_high"):
        wrong = replace(result, **{name: getattr(result, name) * (1 + MILLIONTH)})
        with pytest.raises(DisagreementError, match="profile-likelihood limit"):
            verify_pooled(wrong, YI, VI, x=np.ones((YI.size, 1)), thorough=True)


@pytest.mark.parametrize("ci", ["wald", "hksj"])
@pytest.mark.parametrize("method", ["FE", "DL", "REML", "PM"])
def test_so_is_one_in_a_meta_regression(method, ci):
    mods = np.column_stack([np.arange(10.0) % 3, np.linspace(1980, 2005, 10)])
    result = pool(YI, VI, tau2=method, ci=ci, mods=mods)
    uncheckable = {"se_tau2"}  # with moderators its second computation would be the first one again
    if result.r2 == 0 or method == "FE":
        uncheckable.add("r2")
    found = {
        name: noticed(verify_pooled, wrong, YI, VI, x=design(mods, 10), thorough=True)
        for name, wrong in corrupted(result)
    }
    assert {n for n, caught in found.items() if not caught} <= uncheckable
    assert len(found) > 30


def test_user_weights_are_checked_too():
    weights = np.linspace(1, 2, YI.size)
    result = pool(YI, VI, tau2="DL", weights=weights, pi="normal")
    for name, wrong in corrupted(result):
        assert noticed(verify_pooled, wrong, YI, VI, x=np.ones((YI.size, 1)), weights=weights), name


def test_the_lower_of_two_maxima_is_refused():
    """Two clusters of effects with very unequal variances: the restricted likelihood has a maximum at 0 and one above."""
    yi = np.array([-0.99, -1.01, 2.5, 9.0, -8.0, 0.3])
    vi = np.array([0.0001, 0.0002, 20.0, 30.0, 25.0, 0.5])
    best = pool(yi, vi, tau2="REML").tau2
    verify_tau2("REML", best, yi, vi=vi, x=np.ones((6, 1)), thorough=True)
    with pytest.raises(DisagreementError, match="REML"):
        verify_tau2("REML", 0.0 if best > 0 else 10.0, yi, vi=vi, x=np.ones((6, 1)), thorough=True)


def test_q_from_pairs_is_q_about_the_mean():
    w = 1 / VI
    mean = np.sum(w * YI) / w.sum()
    assert pairwise_q(YI, w) == pytest.approx(float(np.sum(w * (YI - mean) ** 2)), rel=1e-13)
    assert pairwise_q(YI + 1e9, w) == pytest.approx(float(np.sum(w * (YI - mean) ** 2)), rel=1e-5)


def counts(code):
    import pandas as pd

    table = pd.DataFrame(
        {
            "study": list("abcdef"), "events_t": [4, 6, 0, 62, 33, 180], "n_t": [123, 306, 40, 13598, 5069, 1541],
            "events_c": [11, 29, 3, 248, 47, 372], "n_c": [139, 303, 41, 12867, 5808, 1451],
            "time_t": [400.0, 900, 80, 20000, 8000, 3000], "time_c": [420.0, 880, 85, 19000, 9000, 2900],
        }
    )  # fmt: skip
    assert len(effect_sizes(table, measure=code)) == 6
    return compute_effects([convert(r) for r in rows_of_frame(table)], code)


@pytest.mark.parametrize("code", ["OR", "RR", "RD", "IRR", "IRD", "PETO"])
def test_counts_a_second_way(code):
    effects = counts(code)
    result = peto_pooled(effects) if code == "PETO" else mantel_haenszel(effects)
    verify_counts(result, effects, thorough=True)
    for name, wrong in corrupted(result):
        assert noticed(verify_counts, wrong, effects), name


@pytest.mark.parametrize("i", [0, 3, 9])
def test_an_error_of_three_parts_in_a_hundred_million_in_a_weight_is_found_and_named(i):
    result = pool(YI, VI, tau2="DL")
    weights = result.weights.copy()
    weights[i] *= 1 + 3e-8
    with pytest.raises(DisagreementError, match=f"weight of study {i + 1}:"):
        verify_pooled(replace(result, weights=weights), YI, VI, x=np.ones((YI.size, 1)))
    for wrong in (result.weights * (1 + 3e-8), np.full(YI.size, np.nan), result.weights / 100):
        with pytest.raises(DisagreementError, match="weight of study"):
            verify_pooled(replace(result, weights=wrong), YI, VI, x=np.ones((YI.size, 1)))
