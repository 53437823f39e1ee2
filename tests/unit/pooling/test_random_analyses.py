"""Ten thousand random analyses: k from 2 to 200, variances over eight orders of magnitude, ties, zeros, one study nearly exact.

Every estimator finds a finite value inside its bounds; the order of the studies, a shift and a change of scale do not
matter; and the single solver agrees with the batch.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from metaudit.pooling.batch import BATCHED, fit_batch
from metaudit.pooling.engine import fit
from metaudit.pooling.linear import orthonormal
from metaudit.pooling.tau2 import ESTIMATORS, estimate_tau2

METHODS = [m for m in BATCHED if m != "FE"]
SIZES = [2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 14, 17, 20, 24, 29, 35, 42, 50, 60, 72, 86, 103, 124, 149, 200]
EACH = 400
KINDS = ("wide", "ordinary", "equal variances", "ties", "zeros", "one nearly exact", "equal effects", "homogeneous")
# Effects are multiples of 2^-24 below 2^7 and are shifted by a power of two, so that nothing is rounded; sums of k terms
# in another order then differ by k times the machine's precision, and what is a root of them by that times (v + tau2).
SAME = 1e-10
STORED = 1e-13  # an estimate near 64 is stored no more exactly, however small its standard error
GRID = 2.0**24


def draw(rng: np.random.Generator, k: int, kind: str) -> tuple[np.ndarray, np.ndarray]:
    """``EACH / len(KINDS)`` analyses of one kind as columns."""
    n = EACH // len(KINDS)
    v = 10.0 ** rng.uniform(-6, 2, (k, n)) if kind == "wide" else 10.0 ** rng.uniform(-2, 0, (k, n))
    tau2 = 10.0 ** rng.uniform(-4, 1, n)
    if kind == "equal variances":
        v = np.broadcast_to(v[0], v.shape).copy()
    if kind == "one nearly exact":
        v[rng.integers(k, size=n), np.arange(n)] *= 10.0 ** -rng.uniform(8, 14, n)
    y = rng.normal(0, 1, (k, n)) * np.sqrt(v + (0 if kind == "homogeneous" else tau2)) + rng.normal(0, 1, n)
    if kind == "ties":
        y = np.round(y)
    if kind == "zeros":
        y[rng.random((k, n)) < 0.6] = 0.0
    if kind == "equal effects":
        y = np.broadcast_to(y[0], y.shape).copy()
    return np.round(y * GRID) / GRID, v


@pytest.fixture(scope="module")
def analyses() -> dict[int, tuple[np.ndarray, np.ndarray]]:
    """For each size its analyses, as columns."""
    rng = np.random.default_rng(20251124)
    out = {}
    for k in SIZES:
        y, v = zip(*(draw(rng, k, kind) for kind in KINDS), strict=True)
        out[k] = np.concatenate(y, axis=1), np.concatenate(v, axis=1)
    return out


def test_there_are_ten_thousand(analyses: dict[int, tuple[np.ndarray, np.ndarray]]) -> None:
    assert sum(y.shape[1] for y, _ in analyses.values()) == 10_000
    assert min(float(v.min()) for _, v in analyses.values()) < 1e-12
    ratios = np.concatenate([v.max(axis=0) / v.min(axis=0) for _, v in analyses.values()])
    assert np.quantile(ratios, 0.95) > 1e7
    assert {int(np.sum(ratios == 1) > 100), int(np.sum(ratios > 1e10) > 100)} == {1}


def near(a: np.ndarray, b: np.ndarray, scale: np.ndarray, stored: float = 0.0) -> np.ndarray:
    return np.abs(a - b) <= SAME * scale + stored


@pytest.mark.parametrize("method", METHODS)
def test_every_estimator_on_every_analysis(method: str, analyses: dict[int, tuple[np.ndarray, np.ndarray]]) -> None:
    rng = np.random.default_rng(1)
    for k, (y, v) in analyses.items():
        found = fit_batch(y, v, method=method)
        assert np.all(np.isfinite(found.tau2) & np.isfinite(found.estimate) & np.isfinite(found.se))
        assert np.all(found.tau2 >= 0)
        bound = 1.2 if method == "PMM" else 1.0  # k = 2: range² / 2 over the median 0.455
        assert np.all(found.tau2 <= bound * np.maximum(v.max(axis=0), np.ptp(y, axis=0) ** 2))
        assert np.all((found.estimate >= y.min(axis=0) - 1e-9) & (found.estimate <= y.max(axis=0) + 1e-9))
        assert np.all(found.se > 0)
        if method not in ("HE", "DL", "DL2", "PM2"):  # moment estimators subtract an expectation that may differ from 0
            assert np.all(found.tau2[np.ptp(y, axis=0) == 0] == 0)

        scale = found.tau2 + _size(v, method)
        order = rng.permutation(k)
        again = fit_batch(y[order], v[order], method=method)
        assert np.all(near(again.tau2, found.tau2, scale))
        assert np.all(near(again.estimate, found.estimate, found.se, STORED))

        moved = fit_batch(4 * y + 64, 16 * v, method=method)
        assert np.all(near(moved.tau2 / 16, found.tau2, scale))
        assert np.all(near((moved.estimate - 64) / 4, found.estimate, found.se, STORED))
        assert np.all(near(moved.se / 4, found.se, found.se))

        mirrored = fit_batch(-y, v, method=method)
        assert np.all(near(mirrored.tau2, found.tau2, scale))


def _size(v: np.ndarray, method: str) -> np.ndarray:
    """What tau2 is a difference of: Σv / k for the estimators with equal weights, else the harmonic size of v."""
    if method in ("HE", "PM2", "DL2"):
        return v.mean(axis=0)
    return v.shape[0] / (1 / v).sum(axis=0)


@pytest.mark.parametrize("method", METHODS)
def test_the_single_solver_finds_the_same(method: str, analyses: dict[int, tuple[np.ndarray, np.ndarray]]) -> None:
    for k, (y, v) in analyses.items():
        found = fit_batch(y, v, method=method)
        for j in range(k % 10, y.shape[1], 10 if k < 50 else 40):
            single = estimate_tau2(method, y[:, j], v[:, j], np.ones((k, 1)))
            assert abs(single - found.tau2[j]) <= SAME * (single + _size(v[:, [j]], method)[0]), (k, j)


def regressions(rng: np.random.Generator) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    for k in (4, 6, 9, 15, 40, 120):
        for kind in KINDS:
            y, v = draw(rng, k, kind)
            for j in range(4):
                yield y[:, j], v[:, j], np.column_stack([np.ones(k), rng.normal(0, 1, k), rng.integers(0, 2, k)])


@pytest.mark.parametrize("method", [*ESTIMATORS])
@pytest.mark.parametrize("ci", ["wald", "hksj"])
def test_every_estimator_with_moderators(method: str, ci: str) -> None:
    rng = np.random.default_rng(2)
    for y, v, x in regressions(rng):
        if np.linalg.matrix_rank(x) < x.shape[1]:
            continue
        found = fit(y, v, x, method=method, ci=ci)
        assert np.all(np.isfinite(found.beta))
        assert np.all(np.isfinite(found.cov))
        assert 0 <= found.tau2[0] <= max(v.max(), 10 * np.ptp(y) ** 2)
        order = rng.permutation(y.size)
        again = fit(y[order], v[order], orthonormal(x[order])[0], method=method, ci=ci)  # another basis as well
        size = found.tau2[0] + v.mean()
        assert abs(again.tau2[0] - found.tau2[0]) <= 1e-8 * size
