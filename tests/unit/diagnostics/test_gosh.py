"""All subsets and samples of them: metafor's numbers, single fits, closed forms, the draw."""

import itertools

import numpy as np
import pytest
from bcg_metafor import GOSH, VI, YI

from metaudit import pool
from metaudit.diagnostics.gosh import by_study, gosh
from metaudit.errors import DataError
from tolerances import CLOSED_FORM, ITERATIVE


def test_equals_metafor() -> None:
    ours = gosh(YI[:5], VI[:5], tau2="DL")
    assert ours.complete
    for field, theirs in GOSH.items():
        assert getattr(ours, field) == pytest.approx(theirs, rel=CLOSED_FORM, abs=1e-12), field


@pytest.mark.parametrize("method", ["FE", "REML", "PM", "SJ"])
def test_equals_single_fits(method) -> None:
    ours = gosh(YI[:6], VI[:6], tau2=method, smallest=2)
    assert len(ours.estimate) == 2**6 - 7
    held = np.array([ours.holds(j) for j in range(6)]).T
    assert len(np.unique(held, axis=0)) == len(held)
    for mask, *found in zip(held, ours.estimate, ours.se, ours.tau2, ours.i2, ours.q, ours.k, strict=True):
        single = pool(YI[:6][mask], VI[:6][mask], tau2=method)
        theirs = [single.estimate, single.se, single.tau2, single.i2, single.q, single.k]
        assert found == pytest.approx(theirs, rel=ITERATIVE, abs=1e-10)


def test_all_subsets_of_thirteen_have_the_closed_form_of_the_common_effect() -> None:
    """Sums over all subsets by doubling: no mask, no batch."""
    sums = [np.zeros(1), np.zeros(1)]
    for y, w in zip(YI, 1 / VI, strict=True):
        sums = [np.concatenate([s, s + step]) for s, step in zip(sums, (w, w * y), strict=True)]
    ours = gosh(YI, VI, tau2="FE")
    assert ours.estimate == pytest.approx((sums[1][1:] / sums[0][1:]), rel=CLOSED_FORM, abs=1e-12)
    assert ours.se == pytest.approx(1 / np.sqrt(sums[0][1:]), rel=CLOSED_FORM)


def test_a_sample_has_distinct_subsets_with_the_values_they_have_among_all() -> None:
    everything = gosh(YI, VI, tau2="DL")
    numbers = sum(everything.holds(j).astype(int) << j for j in range(13))
    assert numbers.tolist() == list(range(1, 2**13))
    sample = gosh(YI, VI, tau2="DL", sample=500, seed=7)
    drawn = sum(sample.holds(j).astype(int) << j for j in range(13))
    assert len(set(drawn.tolist())) == 500
    assert (np.diff(drawn) > 0).all()
    assert not sample.complete
    assert sample.seed == 7
    for field in ("estimate", "tau2", "i2", "q"):
        assert getattr(sample, field) == pytest.approx(getattr(everything, field)[drawn - 1], rel=1e-10, abs=1e-12)


@pytest.mark.parametrize("k", [13, 40, 70])
def test_the_draw_is_seeded_and_even(k) -> None:
    rng = np.random.default_rng(5)
    y, v = rng.normal(size=k), rng.uniform(0.1, 1, size=k)
    one, same, other = (gosh(y, v, tau2="FE", sample=2000, seed=s) for s in (3, 3, 4))
    assert np.array_equal(one.members, same.members)
    assert not np.array_equal(one.members, other.members)
    assert len(np.unique(one.members, axis=0)) == 2000
    share = np.array([one.holds(j).mean() for j in range(k)])
    assert np.abs(share - 0.5).max() < 5 * 0.5 / np.sqrt(2000)  # five standard errors
    assert one.k.mean() == pytest.approx(k / 2, abs=5 * np.sqrt(k / 4 / 2000))
    bits = np.unpackbits(one.members, axis=1, count=k, bitorder="little")
    assert bits.sum(axis=1).tolist() == one.k.tolist()


def test_a_sample_of_all_is_all() -> None:
    ours, everything = gosh(YI[:4], VI[:4], sample=15), gosh(YI[:4], VI[:4])
    assert ours.complete
    assert ours.estimate.tolist() == everything.estimate.tolist()


def test_smallest_counts_studies_in_samples_too() -> None:
    assert gosh(YI, VI, tau2="FE", sample=300, smallest=9).k.min() == 9
    rng = np.random.default_rng(1)
    assert gosh(rng.normal(size=30), np.ones(30), tau2="FE", sample=300, smallest=16).k.min() == 16


def test_a_rare_size_is_drawn_without_end_or_repetition() -> None:
    """Of 2^24 subsets 301 have 22 studies or more; 150 draws from them collide."""
    rng = np.random.default_rng(2)
    y, v = rng.normal(size=24), np.ones(24)
    ours = gosh(y, v, tau2="FE", sample=150, smallest=22, seed=11)
    assert len(np.unique(ours.members, axis=0)) == 150
    assert set(ours.k.tolist()) <= {22, 23, 24}
    assert (ours.k == 22).sum() == pytest.approx(150 * 276 / 301, abs=15)
    with pytest.raises(DataError, match="most of the 301 subsets"):
        gosh(y, v, tau2="FE", sample=151, smallest=22)
    assert len(gosh(YI, VI, tau2="FE", smallest=12).estimate) == 14


def test_with_and_without_each_study() -> None:
    found = gosh(YI[:6], VI[:6], tau2="FE", labels=list("ABCDEF"))
    parts = by_study(found, probabilities=(0.0, 0.5, 1.0))
    assert [p.study for p in parts] == list("ABCDEF")
    w = 1 / VI[:6]
    subsets = [s for n in range(1, 7) for s in itertools.combinations(range(6), n)]
    means = {s: (w[list(s)] @ YI[list(s)]) / w[list(s)].sum() for s in subsets}
    for j, part in enumerate(parts):
        inside = [m for s, m in means.items() if j in s]
        outside = [m for s, m in means.items() if j not in s]
        assert part.estimate_with == pytest.approx(np.quantile(inside, [0, 0.5, 1]))
        assert part.estimate_without == pytest.approx(np.quantile(outside, [0, 0.5, 1]))
        assert part.shift == pytest.approx(np.median(inside) - np.median(outside))


def test_one_study() -> None:
    ours = gosh([0.2], [0.04])
    assert (ours.estimate.tolist(), ours.i2.tolist(), ours.k.tolist()) == ([0.2], [0.0], [1])
    assert np.isnan(by_study(ours)[0].estimate_without).all()


def test_equal_effects() -> None:
    ours = gosh([0.5] * 5, [0.1, 0.2, 0.3, 0.4, 0.5], tau2="REML")
    assert ours.estimate == pytest.approx(np.full(31, 0.5))
    assert (ours.tau2 == 0).all()
    assert (ours.i2 == 0).all()


@pytest.mark.parametrize(
    ("choices", "why"),
    [
        ({"up_to": 12}, "8,191 subsets; give a sample"),
        ({"sample": 0}, "sample of 0"),
        ({"sample": 8192}, "8,191 of this size"),
        ({"smallest": 0}, "from 1 to 13"),
        ({"smallest": 14}, "from 1 to 13"),
        ({"tau2": "XX"}, "not known"),
    ],
)
def test_what_is_refused(choices, why) -> None:
    with pytest.raises(DataError, match=why):
        gosh(YI, VI, **choices)
