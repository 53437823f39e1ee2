"""What metaudit takes for the tasks of run.py; prints one line a task: metaudit, name, units done, processor seconds.

    python benchmarks/ours.py FOLDER TASK

Each task in a process of its own, after what only a first call pays for.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "scripts"), str(ROOT / "benchmarks")]

import numpy as np  # noqa: E402 - after the path to the library

from metaudit import pool  # noqa: E402
from metaudit.diagnostics.gosh import gosh  # noqa: E402
from metaudit.diagnostics.leave_one_out import leave_one_out_fits  # noqa: E402
from metaudit.effects.convert import Converted, convert  # noqa: E402
from metaudit.formats.review import Analysis  # noqa: E402
from metaudit.formats.tables import Row  # noqa: E402
from metaudit.printed import parse_printed  # noqa: E402
from metaudit.search.batch import evaluate_specs  # noqa: E402
from metaudit.search.universe import universe  # noqa: E402

TIMES = 100  # of what takes milliseconds
ROUNDS = 5  # of which the quickest counts, for everybody: a fit is so short that other work of the machine would decide
SUBSETS_OF = 20
SPECS = 1000
CORPUS = 2000


def read(path: Path) -> np.ndarray:
    """The numbers of a CSV file, one column a row."""
    return np.genfromtxt(path, delimiter=",", skip_header=1).T


def single(folder: Path, method: str) -> tuple[int, Callable[[], object]]:
    """One fit again and again, with everything that a fit has: intervals of the estimate, of tau2 and of prediction."""
    yi, vi = read(folder / "studies.csv")[:, :13]
    pool(yi, vi, tau2=method)

    def again() -> None:
        for _ in range(TIMES):
            fit = pool(yi, vi, tau2=method)
            _ = fit.ci_low, fit.i2, fit.q_p, fit.weights, fit.tau2_low, fit.tau2_high, fit.pi_low

    return TIMES, again


def left_out(folder: Path) -> tuple[int, Callable[[], object]]:
    """Each of 100 studies left out in turn, with interval, heterogeneity and P."""
    yi, vi = read(folder / "studies.csv")
    leave_one_out_fits(yi[:5], vi[:5])

    def again() -> None:
        for _ in range(20):
            leave_one_out_fits(yi, vi)

    return 20 * yi.size, again


def subsets(folder: Path) -> tuple[int, Callable[[], object]]:
    """Every subset of 20 studies under REML."""
    yi, vi = read(folder / "studies.csv")[:, :SUBSETS_OF]
    gosh(yi[:5], vi[:5])
    return 2**SUBSETS_OF - 1, lambda: gosh(yi, vi, up_to=SUBSETS_OF)


def rows(folder: Path) -> list[Converted]:
    """The table of counts as rows of a review."""
    out = []
    for i, cells in enumerate(read(folder / "counts.csv").T.astype(int)):
        texts = dict(zip(("events_t", "n_t", "events_c", "n_c"), map(str, cells), strict=True))
        numbers = {name: parse_printed(text) for name, text in texts.items()}
        out.append(convert(Row(i + 2, {"study": f"Study {i + 1}", **texts}, numbers)))
    return out


def multiverse(folder: Path) -> tuple[int, Callable[[], object]]:
    """A thousand specifications of one table, spread over the whole space."""
    of_table, analysis = rows(folder), Analysis("made", "Made up", {})
    specs = universe(("RR", "OR", "RD"), any_zero=True, k=len(of_table)).specs
    some = [specs[i] for i in np.linspace(0, len(specs) - 1, SPECS).astype(int)]
    evaluate_specs(some[:50], of_table, analysis)
    return SPECS, lambda: evaluate_specs(some, of_table, analysis)


def corpus(folder: Path) -> tuple[int, Callable[[], object]]:
    """Ten methods of every analysis of a made-up corpus, evaluated together."""
    from measure_search import SEED, corpus

    from metaudit.search.many import evaluate_many

    problems = corpus(np.random.default_rng(SEED), CORPUS)
    evaluate_many(problems[:20])
    return CORPUS, lambda: evaluate_many(problems)


TASKS: dict[str, Callable[[Path], tuple[int, Callable[[], object]]]] = {
    "single fit DL": lambda folder: single(folder, "DL"),
    "single fit REML": lambda folder: single(folder, "REML"),
    "leave-one-out": left_out,
    "GOSH": subsets,
    "multiverse": multiverse,
    "corpus": corpus,
}


def main(folder: Path, task: str) -> None:
    """Time one task."""
    units, run = TASKS[task](folder)
    took = []
    for _ in range(ROUNDS if task.startswith("single fit") else 1):
        start = time.process_time()
        run()
        took.append(time.process_time() - start)
    print("metaudit", task, units, min(took), sep="|")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
