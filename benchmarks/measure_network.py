"""Time network meta-analyses: a large network, node splitting, the whole account of a middling one; print a Markdown table.

Processor seconds and peak memory, each in a process of its own. Limits: 100 treatments and 1,000 trials fit in under 5 s and
1 GB; node splitting of 20 treatments takes under 10 s.
"""

import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

os.environ.update({"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"})
ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "scripts"))

import numpy as np  # noqa: E402 - after the path to the library

from metaudit.network.contribution import contributions  # noqa: E402
from metaudit.network.designs import decompose, interaction  # noqa: E402
from metaudit.network.evidence import Evidence  # noqa: E402
from metaudit.network.fit import fit_network  # noqa: E402
from metaudit.network.from_arms import Arm, evidence_from_arms  # noqa: E402
from metaudit.network.ranking import p_scores, ranks  # noqa: E402
from metaudit.network.splitting import node_split  # noqa: E402

LARGE, MIDDLING = (100, 1000), (20, 150)
TAU = 0.3


def network(treatments: int, trials: int) -> Evidence:
    """Made-up trials of events, one in six with three arms and one in twenty with four; a tenth of them against treatment 0."""
    rng = np.random.default_rng(treatments)
    effects = rng.normal(0, 0.5, treatments)
    arms = []
    for s in range(trials):
        m = int(rng.choice([2, 3, 4], p=[0.78, 0.17, 0.05]))
        chosen = rng.choice(treatments, m, replace=False)
        if s < treatments - 1:
            chosen[:2] = s + 1, rng.integers(0, s + 1)  # connected
            chosen = np.array(list(dict.fromkeys(chosen.tolist())))
        elif rng.random() < 0.1 and 0 not in chosen:
            chosen[0] = 0
        n = rng.integers(40, 400, chosen.size)
        base = rng.normal(-1.2, 0.5)
        odds = base + effects[chosen] + rng.normal(0, TAU / np.sqrt(2), chosen.size)
        events = rng.binomial(n, 1 / (1 + np.exp(-odds)))
        arms += [
            Arm(f"trial {s}", f"treatment {t}", {"events": float(e), "n": float(k)})
            for t, e, k in zip(chosen, events, n, strict=True)
        ]
    return evidence_from_arms(arms, "OR")


def fit(tau2: str | None) -> Callable[[], object]:
    """Fit of the large network."""
    made = network(*LARGE)
    return lambda: fit_network(made, tau2=tau2).league()


def split(way: str) -> Callable[[], object]:
    """Node splitting of the middling one."""
    made = fit_network(network(*MIDDLING), tau2="REML")
    return lambda: node_split(made, way=way)


def rest(what: str) -> Callable[[], object]:
    """Everything else about the middling network."""
    made = network(*MIDDLING)
    found = fit_network(made, tau2="REML")
    return {
        "decomposition": lambda: (decompose(made), interaction(made)),
        "shortest path": lambda: contributions(found),
        "random walk": lambda: contributions(found, way="random-walk"),
        "ranks": lambda: (ranks(found, small_is_good=True), p_scores(found, small_is_good=True)),
    }[what]


TASKS: dict[str, Callable[[], Callable[[], object]]] = {
    "common effect, 100 treatments, 1,000 trials": lambda: fit(None),
    "DL, 100 treatments, 1,000 trials": lambda: fit("DL"),
    "REML, 100 treatments, 1,000 trials": lambda: fit("REML"),
    "ML, 100 treatments, 1,000 trials": lambda: fit("ML"),
    "node splitting by back-calculation, 20 treatments": lambda: split("back-calculation"),
    "node splitting without designs, REML each time, 20 treatments": lambda: split("without-designs"),
    "decomposition of Q and interaction by REML, 20 treatments": lambda: rest("decomposition"),
    "contributions by shortest paths, 20 treatments": lambda: rest("shortest path"),
    "contributions by the random walk, 20 treatments": lambda: rest("random walk"),
    "P-scores and 1,000,000 draws of ranks, 20 treatments": lambda: rest("ranks"),
}


def main() -> None:
    """Print the table, or, called with the name of a task, its row."""
    if len(sys.argv) > 1:
        work = TASKS[sys.argv[1]]()
        start = time.process_time()
        work()
        seconds = time.process_time() - start
        print(f"| {sys.argv[1]} | {seconds:.2f} | {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} |")
        return
    print("| task | processor s | peak MB |\n| --- | --- | --- |", flush=True)
    for name in TASKS:
        subprocess.run([sys.executable, __file__, name], check=True)


if __name__ == "__main__":
    main()
