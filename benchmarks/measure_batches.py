"""Time the batch kernel on every subset, on leave-one-out and on bootstrap samples, beside metafor; print a Markdown table.

Processor seconds, the median of several runs, each batch in a process of its own so that its peak memory is its own.
metafor runs through Rscript, when there is one, on fewer subsets and samples, and its time is multiplied up.
"""

import csv
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "scripts"))

import numpy as np  # noqa: E402 - after the path to the library

from metaudit.pooling.batch import fit_batch, fit_subsets  # noqa: E402

ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
SUBSETS, SAMPLES = 2**20 - 1, 100_000
METAFOR_SIZES = (20_000, 500, 500)  # subsets under DL, which its gosh does fast, under the others, and samples


def studies(k: int) -> tuple[np.ndarray, np.ndarray]:
    """Effects and variances like those of log risk ratios, tau2 = 0.1."""
    rng = np.random.default_rng(20)
    vi = np.exp(rng.normal(-2, 1, k))
    return rng.normal(0.3, np.sqrt(vi + 0.1)), vi


def subsets(method: str) -> None:
    """Estimate, tau2 and Q of every subset of 20 studies, kept as a GOSH plot needs them."""
    yi, vi = (a[:20] for a in studies(100))
    kept = [(b.estimate, b.tau2, b.q) for _, b in fit_subsets(yi, vi, method=method)]
    if sum(len(estimate) for estimate, _, _ in kept) != SUBSETS:
        raise AssertionError("not every subset was fitted")


def leave_one_out() -> None:
    """100 studies, each left out in turn."""
    yi, vi = studies(100)
    fit_batch(yi, vi, method="REML", mask=~np.eye(100, dtype=bool))


def bootstrap() -> None:
    """100,000 samples of 20 studies with replacement, drawing included."""
    yi, vi = (a[:20] for a in studies(100))
    counts = np.random.default_rng(20).multinomial(20, np.full(20, 1 / 20), size=SAMPLES)
    fit_batch(yi, vi, method="REML", mask=counts)


def resampled() -> None:
    """The same as 100,000 data sets of their own, in columns."""
    yi, vi = (a[:20] for a in studies(100))
    drawn = np.random.default_rng(20).integers(0, 20, (20, SAMPLES))
    fit_batch(yi[drawn], vi[drawn], method="REML")


TASKS: dict[str, tuple[Callable[[], None], str, int, int]] = {
    "DL subsets": (lambda: subsets("DL"), "all 2²⁰ subsets of k = 20, DL", SUBSETS, 5),
    "PM subsets": (lambda: subsets("PM"), "all 2²⁰ subsets of k = 20, PM", SUBSETS, 3),
    "ML subsets": (lambda: subsets("ML"), "all 2²⁰ subsets of k = 20, ML", SUBSETS, 3),
    "REML subsets": (lambda: subsets("REML"), "all 2²⁰ subsets of k = 20, REML", SUBSETS, 5),
    "leave-one-out REML": (leave_one_out, "leave-one-out, k = 100, REML", 100, 21),
    "REML bootstrap": (bootstrap, "10⁵ bootstrap samples, k = 20, REML, by counts", SAMPLES, 5),
    "REML resampled": (resampled, "10⁵ bootstrap samples, k = 20, REML, as columns", SAMPLES, 3),
}


def measure(name: str) -> None:
    """In a process of its own: print the median of processor seconds and of wall seconds, and the peak memory in MB."""
    task, _, _, times = TASKS[name]
    fit_batch(*(a[:, None] for a in studies(20)), method="REML")  # what only the first call pays for
    taken = []
    for _ in range(times):
        wall, cpu = time.perf_counter(), time.process_time()
        task()
        taken.append((time.process_time() - cpu, time.perf_counter() - wall))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(statistics.median(t[0] for t in taken), statistics.median(t[1] for t in taken), peak)


def metafor() -> dict[str, tuple[int, float]]:
    """Units done and processor seconds of each task in metafor; empty without R or without metafor."""
    rscript = shutil.which("Rscript")
    if rscript is None:
        return {}
    with tempfile.TemporaryDirectory(prefix="metaudit-benchmark-") as folder:
        table = Path(folder) / "studies.csv"
        with table.open("w", newline="", encoding="utf-8") as handle:
            writer = csv.writer(handle)
            writer.writerow(("yi", "vi"))
            writer.writerows(zip(*(a.tolist() for a in studies(100)), strict=True))
        script = ROOT / "benchmarks" / "metafor_times.R"
        command = [rscript, str(script), str(table), *map(str, METAFOR_SIZES)]
        done = subprocess.run(command, env=os.environ | ONE_THREAD, capture_output=True, text=True, check=False)
    if done.returncode:
        print(f"metafor was not timed: {done.stderr.strip().splitlines()[-1:]}", file=sys.stderr)
        return {}
    lines = [line.rsplit(maxsplit=2) for line in done.stdout.splitlines()]
    return {name: (int(units), float(seconds)) for name, units, seconds in lines}


def beside(units: int, ours: float, theirs: tuple[int, float] | None) -> str:
    """What metafor takes in seconds and how many times ours they are; multiplied up where it did fewer."""
    if theirs is None:
        return "- | -"
    done, seconds = theirs
    whole = seconds * units / done
    note = "" if done == units else f" (from {done:,} in {seconds:.1f})"
    return f"{whole:,.3g}{note} | {whole / ours:,.0f}"


def main() -> None:
    """Print the table."""
    timed = metafor()
    print("| task | processor s | wall s | peak MB | metafor s | times ours |\n| --- | --- | --- | --- | --- | --- |")
    for name, (_, what, units, _) in TASKS.items():
        command = [sys.executable, __file__, name]
        done = subprocess.run(command, env=os.environ | ONE_THREAD, capture_output=True, text=True, check=True)
        cpu, wall, peak = (float(n) for n in done.stdout.split())
        theirs = beside(units, cpu, timed.get("REML bootstrap" if name == "REML resampled" else name))
        print(f"| {what} | {cpu:.3g} | {wall:.3g} | {peak:.0f} | {theirs} |", flush=True)


if __name__ == "__main__":
    sys.exit(measure(sys.argv[1]) if len(sys.argv) > 1 else main())
