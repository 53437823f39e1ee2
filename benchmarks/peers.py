"""What PyMARE's plain loop and statsmodels take for the tasks of run.py.

    python benchmarks/peers.py FOLDER

Reads the files that run.py wrote into the folder; prints one line a task: peer, name, units done, processor seconds.
"""

from __future__ import annotations

import csv
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from pymare import Dataset, estimators
from statsmodels.stats.meta_analysis import combine_effects
from statsmodels.stats.weightstats import DescrStatsW  # noqa: F401 - imported before the clock starts


def columns(path: Path) -> dict[str, list[str]]:
    """A CSV file as columns of text."""
    with path.open(encoding="utf-8", newline="") as handle:
        rows = list(csv.DictReader(handle))
    return {name: [r[name] for r in rows] for name in rows[0]}


def numbers(path: Path, *names: str) -> list[np.ndarray]:
    """Columns of numbers."""
    table = columns(path)
    return [np.array([float(x) for x in table[n]]) for n in names]


ROUNDS = 5  # of single fits, as in ours.py


def pymare(yi: np.ndarray, vi: np.ndarray, method: str) -> Any:
    """One fit as PyMARE's guide does it: estimate, interval, tau2, Q, I2."""
    estimator = (
        estimators.DerSimonianLaird() if method == "DL" else estimators.VarianceBasedLikelihoodEstimator(method=method)
    )
    results = estimator.fit_dataset(Dataset(yi[:, None], vi[:, None])).summary()
    return results.get_fe_stats(), results.get_re_stats(), results.get_heterogeneity_stats()


def statsmodels(yi: np.ndarray, vi: np.ndarray, method: str) -> Any:
    """One fit as statsmodels' guide does it: estimates, intervals, the test of homogeneity, the table of results."""
    results = combine_effects(yi, vi, method_re={"DL": "dl", "PM": "pm"}[method])
    return results.summary_frame(), results.test_homogeneity()


def told(peer: str, name: str, units: int, task: Callable[[], None], *, rounds: int = 1) -> None:
    """Run one task and say what it took; of several rounds the quickest."""
    took = []
    for _ in range(rounds):
        start = time.process_time()
        task()
        took.append(time.process_time() - start)
    print(peer, name, units, min(took), sep="|", flush=True)


def repeated(times: int, task: Callable[[], Any]) -> Callable[[], None]:
    """A task again and again, the first call outside the clock."""
    task()

    def all_times() -> None:
        for _ in range(times):
            task()

    return all_times


def left_out(fit: Callable[[np.ndarray, np.ndarray], Any], yi: np.ndarray, vi: np.ndarray) -> None:
    """Each study left out in turn."""
    for i in range(yi.size):
        fit(np.delete(yi, i), np.delete(vi, i))


def subsets(fit: Callable[[np.ndarray, np.ndarray], Any], yi: np.ndarray, vi: np.ndarray, *, number: int) -> None:
    """Random subsets of at least two studies."""
    rng = np.random.default_rng(20)
    for _ in range(number):
        inside = rng.permutation(yi.size)[: rng.integers(2, yi.size + 1)]
        fit(yi[inside], vi[inside])


def effects(
    a: np.ndarray, n: np.ndarray, c: np.ndarray, m: np.ndarray, *, measure: str, add: float
) -> tuple[np.ndarray, np.ndarray]:
    """Log risk ratio, log odds ratio or risk difference with a constant added where a cell is empty."""
    b, d = n - a, m - c
    zero = (a == 0) | (b == 0) | (c == 0) | (d == 0)
    a, b, c, d = (x + add * zero for x in (a, b, c, d))
    if measure == "RR":
        return np.log(a / (a + b)) - np.log(c / (c + d)), 1 / a - 1 / (a + b) + 1 / c - 1 / (c + d)
    if measure == "OR":
        return np.log(a * d / (b * c)), 1 / a + 1 / b + 1 / c + 1 / d
    p, q = a / (a + b), c / (c + d)
    return p - q, p * (1 - p) / (a + b) + q * (1 - q) / (c + d)


def multiverse(fit: Callable[[np.ndarray, np.ndarray], Any], table: list[np.ndarray], *, number: int) -> None:
    """Measures and corrections in turn, each with effects of its own."""
    for i in range(number):
        fit(*effects(*table, measure=("RR", "OR", "RD")[i % 3], add=(0.5, 0.1, 1.0)[i // 3 % 3]))


def corpus(fit: Callable[[np.ndarray, np.ndarray], Any], folder: Path) -> tuple[int, Callable[[], None]]:
    """Ten fits of every analysis of a corpus, nothing compared with anything."""
    names = columns(folder / "corpus.csv")["analysis"]
    table = np.array(numbers(folder / "corpus.csv", "ai", "n1i", "ci", "n2i"))
    of_analysis: dict[str, list[int]] = {}
    for i, name in enumerate(names):
        of_analysis.setdefault(name, []).append(i)

    def run() -> None:
        for index in of_analysis.values():
            for i in range(10):
                fit(*effects(*table[:, index], measure=("RR", "OR", "RD")[i % 3], add=0.5))

    return len(of_analysis), run


def main(folder: Path) -> None:
    """Time every task with every peer that has it."""
    warnings.simplefilter("ignore")
    sizes = dict(zip(*columns(folder / "sizes.csv").values(), strict=True))
    yi, vi = numbers(folder / "studies.csv", "yi", "vi")
    counts = numbers(folder / "counts.csv", "ai", "n1i", "ci", "n2i")
    methods: list[tuple[str, Callable[..., Any], tuple[str, ...]]] = [
        ("PyMARE", pymare, ("DL", "REML")),
        ("statsmodels", statsmodels, ("DL",)),
    ]
    for peer, fit, known in methods:
        times = int(sizes["single fit"]) // 5
        for method in known:
            again = repeated(times, lambda f=fit, m=method: f(yi[:13], vi[:13], m))
            told(peer, f"single fit {method}", times, again, rounds=ROUNDS)
        last = known[-1]

        def one(y: np.ndarray, v: np.ndarray, f: Callable[..., Any] = fit, m: str = last) -> Any:
            return f(y, v, m)

        told(peer, "leave-one-out", yi.size, lambda o=one: left_out(o, yi, vi))
        number = int(sizes["GOSH"])
        told(peer, "GOSH", number, lambda o=one, n=number: subsets(o, yi[:20], vi[:20], number=n))
        number = int(sizes["multiverse"])
        told(peer, "multiverse", number, lambda o=one, n=number: multiverse(o, counts, number=n))
        done, task = corpus(one, folder)
        told(peer, "corpus", done, task)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
