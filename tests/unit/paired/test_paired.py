"""Before/after studies: effects at known correlations, and correlations found again from what they print."""

import math

import numpy as np
import pytest

from metaudit.effects import means
from metaudit.errors import DataError
from metaudit.paired.change import BeforeAfter, changes, correlation_of_variance
from metaudit.paired.search import searched_correlation
from metaudit.pooling.pool import pool

RNG = np.random.default_rng(6)
STUDIES = [
    BeforeAfter(f"s{i}", 60 - 2 * i, 52 - 2 * i + float(RNG.normal(0, 3)), 12 + i, 13 + 0.5 * i, n)
    for i, n in enumerate([20, 34, 15, 51, 27, 40])
]


def test_a_sample_gives_its_own_effects():
    """People generated, measured twice; the correlation and the SD of the change are facts of the sample."""
    people = RNG.multivariate_normal([50, 45], [[100, 70], [70, 120]], size=80)
    before, after = people.T
    r, change = float(np.corrcoef(before, after)[0, 1]), after - before
    s = BeforeAfter("sample", before.mean(), after.mean(), before.std(ddof=1), after.std(ddof=1), 80)
    y, v = changes([s], "MC", r=r)
    assert (y[0], v[0]) == pytest.approx((change.mean(), change.var(ddof=1) / 80), rel=1e-12)
    with_sd = BeforeAfter(
        "sample", before.mean(), after.mean(), before.std(ddof=1), after.std(ddof=1), 80, sd_change=change.std(ddof=1)
    )
    assert with_sd.known_r == pytest.approx(r, rel=1e-12)
    for measure in ("MC", "SMCC", "SMCR"):
        assert np.allclose(changes([with_sd], measure, r=-0.3), changes([s], measure, r=r), rtol=1e-10, atol=0)


def test_effects_are_those_of_the_effects_room():
    y, v = changes(STUDIES, "SMCR", r=0.6, variance="LS2")
    columns = [np.array([getattr(s, n) for s in STUDIES]) for n in ("after", "before", "sd_before", "n")]
    expected = means.raw_standardised_change(columns[0], columns[1], columns[2], np.full(6, 0.6), columns[3], "LS2")
    assert y == pytest.approx(expected[0])
    assert v == pytest.approx(expected[1])


@pytest.mark.parametrize("kind", ["LS", "LS2"])
@pytest.mark.parametrize("r", [-0.5, 0.0, 0.5, 0.93])
def test_the_correlation_of_a_variance(r, kind):
    for s in STUDIES:
        v = changes([s], "SMCR", r=r, variance=kind)[1][0]
        assert correlation_of_variance(s, float(v), "SMCR", kind=kind) == pytest.approx(r, abs=1e-12)
        v = changes([s], "MC", r=r)[1][0]
        assert correlation_of_variance(s, float(v), "MC") == pytest.approx(r, abs=1e-12)


@pytest.mark.parametrize("measure", ["MC", "SMCC", "SMCR"])
@pytest.mark.parametrize(("r", "tau2"), [(0.5, "DL"), (0.7, "REML"), (0.333, "DL")])
def test_the_assumed_correlation_is_found(measure, r, tau2):
    truth = pool(*changes(STUDIES, measure, r=r), tau2=tau2)
    printed = {
        "estimate": f"{truth.estimate:.3f}",
        "ci_low": f"{truth.ci_low:.3f}",
        "ci_high": f"{truth.ci_high:.3f}",
        "i2": f"{truth.i2:.1f}",
    }
    found = searched_correlation(STUDIES, printed, measure=measure, tau2=tau2)
    assert any(x.low <= r <= x.high for x in found.ranges)
    for x in found.ranges:
        assert x.high - x.low < 0.05
        for inside in (x.low, (x.low + x.high) / 2, x.high):
            again = pool(*changes(STUDIES, measure, r=inside), tau2=tau2)
            assert abs(again.estimate - truth.estimate) < 1.01e-3
        outside = pool(*changes(STUDIES, measure, r=x.high + 1e-6), tau2=tau2)
        assert [
            f"{outside.estimate:.3f}",
            f"{outside.ci_low:.3f}",
            f"{outside.ci_high:.3f}",
            f"{outside.i2:.1f}",
        ] != list(printed.values())
    if r in (0.5, 0.7):
        assert any(r in x.usual for x in found.ranges)
        assert f"such as {r:g}" in found.sentence
    assert found.assumed == tuple(s.name for s in STUDIES)


def test_ranges_narrower_than_a_step_are_found():
    r = 0.4567
    truth = pool(*changes(STUDIES, "SMCR", r=r), tau2="DL")
    printed = {"estimate": f"{truth.estimate:.7f}", "ci_high": f"{truth.ci_high:.7f}"}
    found = searched_correlation(STUDIES, printed, tau2="DL")
    assert len(found.ranges) == 1
    assert found.ranges[0].low <= r <= found.ranges[0].high
    assert found.ranges[0].high - found.ranges[0].low < 1e-4
    assert found.met == ("estimate", "ci_high")


def test_numbers_that_no_correlation_gives():
    found = searched_correlation(STUDIES, {"estimate": "5.00", "i2": "0.0"}, measure="SMCR")
    assert found.ranges == ()
    assert found.sentence.startswith("No correlation")


def test_reported_correlations_stay():
    known = [BeforeAfter(s.name, s.before, s.after, s.sd_before, s.sd_after, s.n, r=0.9) for s in STUDIES]
    with pytest.raises(DataError, match="none to search"):
        searched_correlation(known, {"estimate": "0.5"})
    mixed = [*known[:3], *STUDIES[3:]]
    found = searched_correlation(mixed, {"estimate": "0.5"})
    assert found.assumed == ("s3", "s4", "s5")
    assert np.array_equal(changes(mixed, "SMCR", r=0.1)[1][:3], changes(known, "SMCR", r=0.1)[1][:3])


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"before": math.nan}, "mean is missing"), ({"sd_before": 0.0}, "above 0"), ({"sd_after": math.nan}, "above 0"), ({"n": 2}, "at least 3"),
        ({"r": 1.2}, "between -1 and 1"), ({"sd_change": 40.0}, "need a correlation of"),
    ],
)  # fmt: skip
def test_refusals(change, says):
    given = {"name": "one", "before": 10.0, "after": 8.0, "sd_before": 3.0, "sd_after": 3.0, "n": 20.0, **change}
    with pytest.raises(DataError, match=says):
        changes([BeforeAfter(**given)], "SMCR", r=0.5)


def test_more_refusals():
    with pytest.raises(DataError, match="neither"):
        changes(STUDIES, "SMCR", r=1.0)
    with pytest.raises(DataError, match="no measure"):
        changes(STUDIES, "SMD", r=0.5)
    with pytest.raises(DataError, match="no study"):
        changes([], "SMCR", r=0.5)
    with pytest.raises(DataError, match="search it"):
        correlation_of_variance(STUDIES[0], 0.1, "SMCC")
    with pytest.raises(DataError, match="nothing"):
        searched_correlation(STUDIES, {})
