"""Measure Bayesian fits: one at a time with every summary, and batched as a search needs them.

Analyses are drawn from a seed: the number of studies from a shifted geometric distribution between 2 and 60, effects with and without
heterogeneity. Times are processor times of this process, the least of three rounds.

    python benchmarks/measure_bayes.py
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np

from metaudit.bayes.fit import bayes
from metaudit.bayes.many import bayes_many
from metaudit.bayes.priors import MuPrior, tau_prior

SEED = 20261129
ONE, MANY = 100, 1000
PRIORS = tuple(
    tau_prior(text)
    for text in ("half-normal(0.5)", "half-Cauchy(0.5)", "inverse-gamma(0.001, 0.001)", "log-normal(-2.56, 1.74)")
)
MU = MuPrior(0.0, 10.0)


def analyses(count: int) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Effects and variances of so many analyses."""
    rng = np.random.default_rng(SEED)
    ys, vs = [], []
    for k in np.minimum(1 + rng.geometric(0.12, count), 60):
        v = rng.uniform(0.01, 0.5, k)
        ys.append(rng.normal(0.3, 1.0, k) * np.sqrt(v + rng.choice([0.0, 0.05, 0.3])))
        vs.append(v)
    return ys, vs


def least(work: Callable[[], object]) -> float:
    """Seconds of processor time, the least of three."""
    times = []
    for _ in range(3):
        start = time.process_time()
        work()
        times.append(time.process_time() - start)
    return min(times)


def main() -> None:
    """Print the measured times."""
    ys, vs = analyses(MANY)
    for prior in PRIORS:
        single = least(
            lambda prior=prior: [bayes(y, v, tau=prior, mu=MU) for y, v in zip(ys[:ONE], vs[:ONE], strict=True)]
        )
        print(f"{prior.text:32} one by one {1e3 * single / ONE:6.2f} ms a fit (all summaries and shortest intervals)")
    batch = least(lambda: bayes_many(ys, vs, priors=PRIORS, mu=MU))
    print(
        f"{MANY} analyses under {len(PRIORS)} priors, batched: {batch:.2f} s, {1e3 * batch / MANY / len(PRIORS):.3f} ms a fit"
    )


if __name__ == "__main__":
    main()
