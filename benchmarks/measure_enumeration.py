"""Time the enumeration of single two-by-two tables; print a Markdown table. Processor seconds, medians of several runs."""

import statistics
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "scripts"))

import numpy as np  # noqa: E402 - after the path to the library

from metaudit.enumeration import (  # noqa: E402
    Arm,
    Effect,
    Span,
    TableConstraints,
    fraction_window,
    printed_window,
    tables,
)
from metaudit.enumeration.two_by_two import Block, effect_values  # noqa: E402

RUNS = 5
N = 100_000


def printed(measure: str, table: tuple[int, int, int, int], decimals: int = 2) -> Effect:
    """The effect of a table as a paper prints it."""
    values = effect_values(Effect(measure), Block(*(np.array([x]) for x in table)))
    return Effect(measure, *(printed_window(f"{float(v[0]):.{decimals}f}") for v in values))


def known(measure: str, table: tuple[int, int, int, int], *, decimals: int = 2, p: str = "") -> TableConstraints:
    """The effect, and the size of both arms."""
    arms = (Arm(Span.exactly(table[1])), Arm(Span.exactly(table[3])))
    return TableConstraints(*arms, effects=(printed(measure, table, decimals),), p=printed_window(p) if p else None)


SHARES = (Arm(proportion=fraction_window("51.3%")), Arm(proportion=fraction_window("19.4%")))
TASKS: dict[str, TableConstraints] = {
    "RR 2.64 (1.27 to 5.48), 39 and 36 people": known("RR", (20, 39, 7, 36)),
    "RR of 500 and 600 events, 100,000 people an arm": known("RR", (500, N, 600, N)),
    "RR of 12,345 and 13,210 events, 100,000 people an arm": known("RR", (12_345, N, 13_210, N)),
    "RR of 50,000 events in both arms of 100,000 people": known("RR", (N // 2, N, N // 2, N)),
    "OR of 50,000 events in both arms of 100,000 people": known("OR", (N // 2, N, N // 2, N)),
    "RD of 50,000 events in both arms of 100,000 people": known("RD", (N // 2, N, N // 2, N)),
    "RR of 500 and 600 events, P .003 by any of six tests": known("RR", (500, N, 600, N), p=".003"),
    "two percentages, sizes unknown, up to 1,000 people": TableConstraints(*SHARES),
    "RR and limits, sizes unknown, up to 200 people": TableConstraints(
        effects=(printed("RR", (20, 39, 7, 36)),), largest_total=200
    ),
    "RR and limits, sizes unknown, up to 1,000 people asked for": TableConstraints(
        effects=(printed("RR", (20, 39, 7, 36)),)
    ),
}


def main() -> None:
    """Time every task."""
    print("| task | tables | processor s | searched |\n| --- | ---: | ---: | --- |")
    for name, constraints in TASKS.items():
        seconds = []
        for _ in range(RUNS):
            started = time.process_time()
            found = tables(constraints)
            seconds.append(time.process_time() - started)
        print(f"| {name} | {found.count:,} | {statistics.median(seconds):.3f} | {found.searched} |")


if __name__ == "__main__":
    main()
