"""Both likelihoods share one scan, several estimators one call; neither may change a bit."""

import numpy as np
import pytest

from metaudit.errors import DataError
from metaudit.pooling.batch import BATCHED, fit_batch, fit_batches
from metaudit.pooling.batch_sums import Sets, score_at, sums_at

RNG = np.random.default_rng(20260101)


def data_sets(k, d, *, graded=False):
    y = RNG.normal(0, 1, (k, d)) * RNG.choice([1, 30], d)
    v = RNG.uniform(0.01, 0.5, (k, d)) * (RNG.choice([1, 1e6], (k, d)) if graded else 1)
    mask = RNG.random((d, k)) < 0.8
    return y, v, mask


@pytest.mark.parametrize(("k", "d"), [(2, 1), (3, 5), (7, 900), (40, 300), (2000, 3)])
@pytest.mark.parametrize("graded", [False, True])
def test_estimators_together_are_estimators_alone(k, d, graded):
    y, v, mask = data_sets(k, d, graded=graded)
    together = fit_batches(y, v, methods=BATCHED, mask=mask)
    assert tuple(together) == BATCHED
    for method in BATCHED:
        alone = fit_batch(y, v, method=method, mask=mask)
        for name in ("estimate", "se", "tau2", "q", "k"):
            assert getattr(together[method], name).tobytes() == getattr(alone, name).tobytes(), (method, name)


@pytest.mark.parametrize("method", ["ML", "REML"])
def test_a_data_set_gives_the_same_bits_whatever_stands_beside_it(method):
    """Sets are scanned in blocks, each to its own end: those far apart in size must not move each other."""
    y, v, _ = data_sets(5, 3000, graded=True)
    whole = fit_batch(y, v, method=method, mask=np.ones((3000, 5), dtype=bool))
    for some in (slice(0, 40), slice(1, 3000, 7), slice(2999, 3000)):
        part = fit_batch(y[:, some], v[:, some], method=method, mask=np.ones((len(range(3000)[some]), 5), dtype=bool))
        assert part.tau2.tobytes() == whole.tau2[some].tobytes()


@pytest.mark.parametrize("graded", [False, True])
@pytest.mark.parametrize("shared", [False, True])
def test_scores_are_those_of_the_sums(graded, shared):
    k, n = 6, 11
    v = RNG.uniform(0.1, 1, (k, 1 if shared else n))
    v[0] *= 1e6 if graded else 1
    sets = Sets(RNG.normal(size=v.shape), v, RNG.integers(1, 3, (k, n)).astype(float))
    tau2 = RNG.uniform(0, 2, n)
    sums, (q2, total, trace_p) = sums_at(sets, tau2, third=False), score_at(sets, tau2)
    assert (q2.tobytes(), total.tobytes(), trace_p.tobytes()) == (
        sums.q2.tobytes(),
        sums.total.tobytes(),
        sums.trace_p.tobytes(),
    )


def test_an_unknown_estimator_among_known_ones_is_refused():
    with pytest.raises(DataError, match="'DSL' is not computed in batches"):
        fit_batches(np.ones((2, 1)), np.ones((2, 1)), methods=("DL", "DSL"))
