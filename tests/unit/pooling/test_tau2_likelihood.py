"""The maxima of the likelihoods: which one, where it may lie, and that nobody finds a higher one."""

import json
from pathlib import Path

import numpy as np
import pytest

from metaudit.pooling.batch import fit_batch
from metaudit.pooling.engine import likelihood_tau2
from metaudit.pooling.tau2 import estimate_tau2, log_likelihood, score
from metaudit.pooling.tau2_likelihood import largest_tau2, scan
from tolerances import LIKELIHOOD

# Effects and variances whose restricted likelihood has two maxima, 0 being one; which of them is higher.
TWO_MAXIMA = [
    ([-0.04, 0.37, 17.13, -0.36], [0.499, 1.598, 28.99, 0.025], "zero"),
    ([-0.19, 1.56, 2.25, -0.05], [0.029, 420.039, 0.845, 0.001], "zero"),
    ([2.8, 0.69, -3.72, 1.07], [1.191, 0.229, 2.839, 0.061], "positive"),
    ([-0.02, 0.23, -14.09, -1.67], [0.408, 0.429, 19.427, 6.876], "positive"),
    ([1.27, -0.76, 0.15, 0.2], [0.464, 0.231, 0.003, 0.19], "positive"),
]


def data_sets(data: Path) -> list[tuple[str, np.ndarray, np.ndarray]]:
    """Every vendored analysis of fewer than 60 studies."""
    out = []
    for path in sorted((data / "reference").glob("*.json")):
        for code, found in json.loads(path.read_text(encoding="utf-8"))["measures"].items():
            used = np.array(found["used_rows"]) - 1
            y, v = (np.array(found["escalc"][c], dtype=float)[used] for c in ("yi", "vi"))
            if y.size < 60 and np.all(v > 0):
                out.append((f"{path.stem} {code}", y, v))
    return out


@pytest.mark.parametrize(("y", "v", "where"), TWO_MAXIMA)
def test_the_higher_of_two_maxima_is_taken(y: list[float], v: list[float], where: str) -> None:
    yi, vi, x = np.array(y), np.array(v), np.ones((4, 1))
    grid = scan(vi, largest_tau2(yi, vi, x), 1.01)
    slope = score(yi, vi, x, grid, restricted=True)
    peaks = np.flatnonzero((slope[:-1] > 0) & (slope[1:] <= 0))
    assert slope[0] < 0, "0 should be a maximum"
    assert peaks.size == 1, "and there should be one more"
    heights = log_likelihood(yi, vi, x, grid, restricted=True)
    assert ("zero" if heights[0] > heights[peaks[0]] else "positive") == where
    for found in (estimate_tau2("REML", yi, vi, x), fit_batch(yi[:, None], vi[:, None], method="REML").tau2[0]):
        assert (found == 0) == (where == "zero")
        assert log_likelihood(yi, vi, x, np.array([found]), restricted=True)[0] >= heights.max() - LIKELIHOOD


def test_pymares_search_finds_no_higher_likelihood(data: Path) -> None:
    compared = 0
    for name, y, v in data_sets(data):
        x = np.ones((y.size, 1))
        for restricted, method in ((False, "ML"), (True, "REML")):
            both = np.array([estimate_tau2(method, y, v, x), likelihood_tau2(y, v, x, restricted=restricted)])
            ours, theirs = log_likelihood(y, v, x, both, restricted=restricted)
            assert ours >= theirs - LIKELIHOOD, f"{name} {method}"
            compared += 1
    assert compared > 80


@pytest.mark.parametrize("restricted", [False, True])
@pytest.mark.parametrize("regression", [False, True])
def test_no_likelihood_rises_beyond_the_bound(restricted: bool, regression: bool) -> None:
    rng = np.random.default_rng(11)
    for _ in range(200):
        k = int(rng.integers(3, 15))
        v = np.exp(rng.normal(-1, 2, k))
        y = rng.normal(0, 3, k)
        x = np.column_stack([np.ones(k), rng.normal(0, 1, k)]) if regression else np.ones((k, 1))
        beyond = largest_tau2(y, v, x) * np.array([1, 1.5, 10, 1000])
        assert np.all(score(y, v, x, beyond, restricted=restricted) <= 0)


def test_the_scan_reaches_the_bound_in_equal_ratios() -> None:
    v = np.array([0.01, 4.0])
    grid = scan(v, 25.0, 1.2)
    assert grid[0] == 0
    assert grid[-1] >= 25
    assert np.diff(np.log(0.01 + grid)) == pytest.approx(np.full(grid.size - 1, np.log(1.2)))


@pytest.mark.parametrize(
    ("y", "v"),
    [
        ([-0.733, 1.37, 0.958], [0.9849, 0.2143, 1.9564]),
        ([0.878, -1.252, -0.819], [0.9808, 0.2056, 1.5196]),
    ],
)
def test_a_score_that_turns_back_between_two_steps_of_the_scan_is_followed(y: list[float], v: list[float]) -> None:
    """The score of ML is negative at 0 and at every step of the scan; between the first two it is not."""
    yi, vi, x = np.array(y), np.array(v), np.ones((3, 1))
    steps = scan(vi, largest_tau2(yi, vi, x))
    assert np.all(score(yi, vi, x, steps, restricted=False) < 0)
    fine = scan(vi, largest_tau2(yi, vi, x), 1.0001)
    assert np.any(score(yi, vi, x, fine, restricted=False) > 0)
    best = fine[np.argmax(log_likelihood(yi, vi, x, fine, restricted=False))]
    assert best > 0
    for found in (estimate_tau2("ML", yi, vi, x), fit_batch(yi[:, None], vi[:, None], method="ML").tau2[0]):
        assert found == pytest.approx(best, abs=1e-4 * vi.min())
