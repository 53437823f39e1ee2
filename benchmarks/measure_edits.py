"""Time the search for the smallest edit: every single edit of a table of 20 studies under 10 methods; print a Markdown table.

Processor seconds, the median of several runs. The targets cannot be restored, so that nothing ends the search early.
"""

import os
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

os.environ.update({"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"})
ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "scripts"))

import numpy as np  # noqa: E402 - after the path to the library

from metaudit.edits.search import Problem, smallest_edits  # noqa: E402
from metaudit.effects.convert import convert  # noqa: E402
from metaudit.formats.review import Analysis  # noqa: E402
from metaudit.formats.tables import Row  # noqa: E402
from metaudit.printed import parse_printed  # noqa: E402
from metaudit.search.targets import Target  # noqa: E402
from metaudit.specs import completions  # noqa: E402

STUDIES, METHODS, RUNS = 20, 10, 5


def means(rng: np.random.Generator) -> dict[str, str]:
    """One trial with means, SDs and sizes as papers print them."""
    return {
        "mean_t": f"{rng.normal(24, 4):.1f}", "sd_t": f"{rng.uniform(5, 12):.1f}", "n_t": str(rng.integers(12, 90)),
        "mean_c": f"{rng.normal(28, 4):.1f}", "sd_c": f"{rng.uniform(5, 12):.1f}", "n_c": str(rng.integers(12, 90)),
    }  # fmt: skip


def counts(rng: np.random.Generator) -> dict[str, str]:
    """One trial with events and sizes."""
    n = rng.integers(25, 180, 2)
    events = rng.binomial(n, [0.2, 0.3])
    return {"events_t": str(events[0]), "n_t": str(n[0]), "events_c": str(events[1]), "n_c": str(n[1])}


def problem(draw: Callable[[np.random.Generator], dict[str, str]], measure: str) -> Problem:
    """A table whose printed numbers no edit gives."""
    rng = np.random.default_rng(20)
    rows = []
    for line in range(2, STUDIES + 2):
        cells = draw(rng)
        numbers = {n: parse_printed(t) for n, t in cells.items()}
        rows.append(Row(line, {"study": f"Study {line}", **cells}, numbers))
    printed = {"estimate": "999", "ci_low": "998", "ci_high": "1000", "q": "0.001", "i2": "101"}
    targets = tuple(Target(q, q, "", parse_printed(text).interval("nearest")) for q, text in printed.items())
    completed = completions((measure,), {}, any_zero=False)
    specs = tuple(dict.fromkeys(replace(s, pi="t-k-2") for s in completed))[
        :METHODS
    ]  # no prediction interval is printed
    return Problem(tuple(convert(r) for r in rows), tuple(rows), Analysis("made", "Made up", {}), targets, specs)


def main() -> None:
    """Print the table."""
    print("| table | edits | methods | seconds |\n| --- | --- | --- | --- |")
    for name, draw, measure in (("means, SMD", means, "SMD"), ("means, MD", means, "MD"), ("counts, RR", counts, "RR")):
        made, seconds = problem(draw, measure), []
        for _ in range(RUNS):
            start = time.process_time()
            result = smallest_edits(made, pairs=False)
            seconds.append(time.process_time() - start)
        print(f"| {name} | {result.tried:,} | {result.methods} | {statistics.median(seconds):.2f} |")
    start = time.process_time()
    result = smallest_edits(made)
    print(f"| counts, RR, pairs too | {result.tried:,} | {result.methods} | {time.process_time() - start:.2f} |")


if __name__ == "__main__":
    main()
