"""Time sequential analyses: boundaries, futility, whole analyses, a search over unstated settings; print a Markdown table.

Processor seconds of one thread, the median of several runs. Limit: the boundaries of 20 looks in 20 ms.
"""

import itertools
import os
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

os.environ.update({"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"})
ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "scripts"))

import numpy as np  # noqa: E402 - after the path to the library

from metaudit.effects.compute import Effects, compute_effects  # noqa: E402
from metaudit.effects.convert import convert  # noqa: E402
from metaudit.formats.tables import Row, check_cell  # noqa: E402
from metaudit.sequential import Design, Plan, Sought, Spending, bounds_of, fit_by, sequential_analysis  # noqa: E402
from metaudit.sequential.analysis import information_size  # noqa: E402
from metaudit.sequential.cumulative import cumulative_z  # noqa: E402
from metaudit.sequential.efficacy import efficacy  # noqa: E402
from metaudit.sequential.looks import looks_at  # noqa: E402
from metaudit.sequential.stagewise import stagewise  # noqa: E402

RUNS = 7


def trials(k: int) -> Effects:
    """Made-up trials of a drug that lowers a risk of 12 % by a fifth."""
    from metaudit.formats.columns import EXTRACTION

    rng = np.random.default_rng(k)
    columns = {c.name: c for c in EXTRACTION}
    rows = []
    for i in range(k):
        n = int(rng.integers(50, 500))
        cells = {"events_t": rng.binomial(n, 0.096), "n_t": n, "events_c": rng.binomial(n, 0.12), "n_c": n}
        row = Row(i + 2, {"study": f"trial {i}", **{name: str(v) for name, v in cells.items()}})
        for name in cells:
            check_cell(row, columns[name], row.cells[name], "", "made")
        rows.append(convert(row))
    return compute_effects(rows, "RR")


def searched() -> Callable[[], object]:
    """Size, looks and boundaries for every combination of settings that a paper may leave open, on one set of trials."""
    effects = trials(20)
    z = cumulative_z(effects, fit_by("random"))

    def run() -> int:
        count = 0
        grid = itertools.product((0.01, 0.05), (0.1, 0.2), (0.8, 0.75), (0.1, 0.12), (0.0, 0.25, 0.5), FAMILIES)
        for alpha, beta, effect, risk, share, family in grid:
            plan = Plan(Sought("RR", effect, control_risk=risk), alpha, beta, spending=family, share=share)
            size = information_size(effects, plan).participants
            timing = np.array(looks_at(z.participants, size).timing)
            efficacy(timing, family.spent(alpha / 2, timing), sides=2)
            count += 1
        return count

    return run


FAMILIES = (Spending(), Spending("pocock"))


def tasks() -> Iterator[tuple[str, Callable[[], object]]]:
    """What is timed."""
    for k in (5, 10, 20, 50):
        t = np.arange(1, k + 1) / k
        spent = Spending().spent(0.025, t)
        yield f"boundaries of {k} equal looks", lambda t=t, spent=spent: efficacy(t, spent, sides=2)  # type: ignore[misc]
    t20 = tuple(float(t) for t in np.arange(1, 21) / 20)
    yield "20 looks with inflation", lambda: bounds_of(Design(t20))
    wedge = Design(t20, futility="non-binding", beta_spending=Spending())
    yield "20 looks with an inner wedge and inflation", lambda: bounds_of(wedge)
    one = Design(t20, 0.025, 0.2, 1, futility="binding", beta_spending=Spending())
    yield "20 looks, one-sided, binding futility", lambda: bounds_of(one)
    upper = bounds_of(Design(t20)).upper
    yield "stage-wise P, interval and estimate at look 20", lambda: stagewise(np.array(t20), upper, 2.5, se=0.1)
    close = np.array([0.3, 0.3000001, 0.6, 0.6000001, 1.0])
    yield "looks one part in ten million apart", lambda: efficacy(close, Spending().spent(0.025, close), sides=2)
    effects = trials(20)
    plan = Plan(Sought("RR", 0.8, control_risk=0.12), futility="non-binding", beta_spending=Spending())
    yield "a whole analysis of 20 trials", lambda: sequential_analysis(effects, fit_by("random"), plan)
    yield "96 settings of 20 trials", searched()


def main() -> None:
    """Time each task."""
    print("| task | processor ms |\n| --- | --- |")
    for words, run in tasks():
        run()
        times = []
        for _ in range(RUNS):
            start = time.process_time()
            run()
            times.append(time.process_time() - start)
        print(f"| {words} | {1000 * statistics.median(times):.1f} |", flush=True)


if __name__ == "__main__":
    main()
