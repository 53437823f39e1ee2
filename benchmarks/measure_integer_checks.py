"""Measure the integer checks on simulated clean and wrong data, with a seed, and write docs/integer-checks.md.

``python benchmarks/measure_integer_checks.py`` takes two minutes of one processor; the same numbers come out every time.
"""

import csv
import math
import sys
from collections.abc import Callable, Iterator
from decimal import ROUND_DOWN, ROUND_HALF_DOWN, ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal, localcontext
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "scripts"))

import numpy as np  # noqa: E402 - after the path to the library

from metaudit.enumeration import (  # noqa: E402
    Arm,
    Effect,
    Span,
    TableConstraints,
    debit,
    grim,
    mean_sd_feasible,
    printed_window,
    tables,
)
from metaudit.enumeration.two_by_two import Block, effect_values  # noqa: E402
from metaudit.pooling.proportions import wilson  # noqa: E402

SEED = 20260101
TRIALS, DATA_SETS = 10_000, 10_000
Table = tuple[int, int, int, int]
HOW = {"half up": ROUND_HALF_UP, "half to even": ROUND_HALF_EVEN, "half down": ROUND_HALF_DOWN, "cut off": ROUND_DOWN}


def share(hits: int, of: int) -> str:
    """Share in percent with its 95 % Wilson interval."""
    if of == 0:
        return "–"
    low, high = wilson(hits, of, level=0.95)
    return f"{100 * hits / of:.2f} % ({100 * max(low, 0.0):.2f} to {100 * min(high, 1.0):.2f})"


def rounded(x: Fraction | float, decimals: int, how: str) -> str:
    """A number as a program with this tie rule prints it; a fraction is rounded exactly."""
    with localcontext(prec=60):
        exact = Decimal(x.numerator) / Decimal(x.denominator) if isinstance(x, Fraction) else Decimal(x)
        text = str(exact.quantize(Decimal(1).scaleb(-decimals), HOW[how]))
    return text


def trial(rng: np.random.Generator, largest: int) -> Table:
    """One two-group trial: people per arm log-uniform from 10, allocated one by one; control risk and log odds ratio drawn."""
    n = round(math.exp(rng.uniform(math.log(10), math.log(largest))))
    n1 = int(np.clip(rng.binomial(2 * n, 0.5), 5, 2 * n - 5))
    n2 = 2 * n - n1
    risk = rng.beta(1.2, 2.5)
    odds = risk / (1 - risk) * math.exp(rng.normal(-0.3, 0.6))
    return int(rng.binomial(n1, odds / (1 + odds))), n1, int(rng.binomial(n2, risk)), n2


def enumerated(table: Table, measure: str, how: str) -> tuple[bool, int]:
    """Whether the true table is found from effect and limits at two decimals with known arms, and how many are."""
    block = Block(*(np.array([x]) for x in table))
    rounding = "truncated" if how == "cut off" else "nearest"
    values = (float(v[0]) for v in effect_values(Effect(measure), block))
    windows = [printed_window(rounded(v, 2, how), rounding) for v in values]
    _, n1, _, n2 = table
    found = tables(TableConstraints(Arm(Span.exactly(n1)), Arm(Span.exactly(n2)), effects=(Effect(measure, *windows),)))
    return table in found, found.count


def defined(table: Table, measure: str) -> bool:
    """Whether the trial has the effect with limits: a ratio needs an event, an odds ratio a non-event too."""
    a, n1, c, n2 = table
    if measure == "RD":
        return 0 < a < n1 or 0 < c < n2
    return a + c > 0 and (measure == "RR" or a + c < n1 + n2)


def shipped() -> list[Table]:
    """Every different two-by-two table of the shipped reviews."""
    found = set()
    for path in sorted((ROOT / "data" / "reviews").glob("*/extraction.csv")):
        with path.open(encoding="utf-8", newline="") as handle:
            for row in csv.DictReader(handle):
                cells = [row.get(name) or "" for name in ("events_t", "n_t", "events_c", "n_c")]
                if all(cell.isdigit() for cell in cells):
                    found.add(tuple(int(cell) for cell in cells))
    return sorted(found)


def table_lines() -> Iterator[str]:
    """The measurements of the two-by-two tables."""
    for measure, how, largest, trials in (
        ("RR", "half up", 200, TRIALS),
        ("RR", "half to even", 200, TRIALS // 5),
        ("RR", "cut off", 200, TRIALS // 5),
        ("OR", "half up", 200, TRIALS // 5),
        ("RD", "half up", 200, TRIALS // 5),
        ("RR", "half up", 500, TRIALS // 5),
    ):
        rng = np.random.default_rng(SEED)
        kept = [t for t in (trial(rng, largest) for _ in range(2 * trials)) if defined(t, measure)][:trials]
        yield _table_line(f"simulated, arms 10 to {largest}, {measure}, {how}", kept, measure, how)
    real = [t for t in shipped() if defined(t, "RR")]
    yield _table_line("trials of the shipped reviews, RR, half up", real, "RR", "half up")
    small = [t for t in real if t[1] + t[3] < 1000]
    yield _table_line("of these, those with fewer than 1,000 people", small, "RR", "half up")


def _table_line(name: str, drawn: list[Table], measure: str, how: str) -> str:
    results = [enumerated(t, measure, how) for t in drawn]
    zero = [i for i, (a, n1, c, n2) in enumerate(drawn) if 0 in (a, c, n1 - a, n2 - c)]
    missed = sum(not hit for hit, _ in results)
    unique = sum(n == 1 for _, n in results)
    unique_zero = sum(results[i][1] == 1 for i in zero)
    largest = max(n for _, n in results)
    return f"| {name} | {len(drawn):,} | {missed} | {share(unique, len(drawn))} | {share(unique_zero, len(zero))} | {largest:,} |"


def size_lines() -> Iterator[str]:
    """Uniqueness by arm size."""
    rng = np.random.default_rng(SEED + 1)
    drawn = [t for t in (trial(rng, 500) for _ in range(TRIALS)) if defined(t, "RR")][: TRIALS // 2]
    counts = [enumerated(t, "RR", "half up")[1] for t in drawn]
    edges = (10, 20, 50, 75, 100, 150, 200, 300, 501)
    for low, high in pairwise(edges):
        inside = [k for k, t in zip(counts, drawn, strict=True) if low <= (t[1] + t[3]) / 2 < high]
        unique = share(sum(k == 1 for k in inside), len(inside))
        yield f"| {low} to {high - 1} | {len(inside):,} | {unique} | {int(np.median(inside))} | {max(inside)} |"


def scores(rng: np.random.Generator, n: int, low: int, high: int) -> list[int]:
    """Ratings of n people: a latent normal variable cut into the scale, its place and spread drawn."""
    width = high - low
    latent = rng.normal(rng.uniform(low, high), rng.uniform(0.1, 0.6) * width, n)
    return [int(x) for x in np.clip(np.rint(latent), low, high)]


def sd_of(values: list[int]) -> float:
    """Sample SD from whole sums."""
    n, total = len(values), sum(values)
    return math.sqrt((n * sum(v * v for v in values) - total * total) / (n * (n - 1)))


def check_lines(name: str, scale: tuple[int, int], check: Callable[[str, str, int, str], bool]) -> Iterator[str]:
    """False alarms under every tie rule, and how often each kind of error is found."""
    for people, decimals in (((5, 30), 2), ((31, 99), 2), ((100, 400), 2), ((5, 30), 1), ((31, 99), 1)):
        rng = np.random.default_rng(SEED + decimals)
        alarms, found = dict.fromkeys(HOW, 0), dict.fromkeys(("mean", "sd", "n"), 0)
        crossed = 0
        for _ in range(DATA_SETS // 5):
            n = int(rng.integers(people[0], people[1] + 1))
            values = scores(rng, n, *scale)
            mean, sd = Fraction(sum(values), n), sd_of(values)
            for how in HOW:
                rounding = "truncated" if how == "cut off" else "nearest"
                alarms[how] += not check(rounded(mean, decimals, how), rounded(sd, decimals, how), n, rounding)
            crossed += not check(rounded(mean, decimals, "cut off"), rounded(sd, decimals, "cut off"), n, "nearest")
            true = rounded(mean, decimals, "half up"), rounded(sd, decimals, "half up")
            found["mean"] += not check(other_digit(rng, true[0], scale), true[1], n, "nearest")
            found["sd"] += not check(true[0], other_digit(rng, true[1], (0, scale[1] - scale[0])), n, "nearest")
            found["n"] += not check(*true, n + int(rng.choice([-3, -2, -1, 1, 2, 3])), "nearest")
        of = DATA_SETS // 5
        false = sum(alarms.values())
        yield (
            f"| {name} | {people[0]} to {people[1]} | {decimals} | {share(false, 4 * of)} | {share(crossed, of)} | "
            + " | ".join(f"{100 * found[kind] / of:.1f} %" for kind in ("mean", "sd", "n"))
            + " |"
        )


def other_digit(rng: np.random.Generator, text: str, ends: tuple[int, int]) -> str:
    """The same number with one of its decimals another digit, still on the scale; its neighbour where there is none."""
    first = text.index(".") + 1
    changed = [text[:i] + str(d) + text[i + 1 :] for i in range(first, len(text)) for d in range(10)]
    allowed = [x for x in changed if x != text and ends[0] <= float(x) <= ends[1]]
    if not allowed:  # the upper end of the scale
        decimals = len(text) - first
        return f"{float(text) - 10.0**-decimals:.{decimals}f}"
    return str(rng.choice(allowed))


PAGE = """# Whole numbers behind printed ones: how often the checks are wrong, and how often they find something

<!-- Written by `python benchmarks/measure_integer_checks.py` (seed {seed}); do not edit. -->

The checks are arithmetic: they ask whether any whole numbers can give what is printed, and a rounded number stands for every
value that rounds to it, ties either way. False alarms on clean data are therefore expected to be none; what is measured here
is that they are none, and how many errors the checks can find at all. Intervals are Wilson's, 95 %.

## Two-by-two tables (`metaudit enumerate`, `metaudit.enumeration.tables`)

An effect and its limits, at two decimals and with known arm sizes: the true table must be among those found, and where it is
the only one, the printed numbers identify it. **The simulated trials**: people per arm log-uniform between 10 and 200 (or
500), each person allocated by a fair coin; control risk Beta(1.2, 2.5) (median 0.29); log odds ratio normal with mean −0.3 and SD 0.6;
trials without an event in either arm have no ratio and are drawn again. Zero cells get 0.5 in every cell (RR, OR). **The
trials of the shipped reviews** are all their different tables, vaccination trials of 100,000 people among them.

| trials | number | true table missed | true table the only one | the same among those with a zero cell | most tables of one trial |
| --- | ---: | ---: | --- | --- | ---: |
{tables}

Whether a table is unique is a matter of size: two decimals fix the ratio to about half a per cent and its standard error to a few
per cent, and from about 100 people per arm on one person more in both arms changes less than that. RR, half up, arms 10
to 500:

| people per arm (mean of both) | trials | true table the only one | median number of tables | most |
| --- | ---: | --- | ---: | ---: |
{sizes}

A single percentage, a P value at three decimals, or a third decimal narrows the larger ones down; `metaudit enumerate` takes any
mix of them.

## Means and SDs of whole-number scales

**Clean data**: ratings of n people (n uniform in the range given), a normal variable cut into the scale, its mean uniform over the scale and
its SD uniform between 0.1 and 0.6 of the scale's width. {sets:,} data sets a line; *false alarms* are over all four ways of printing
(half up, half to even, half down, and cut off, the last checked as cut off). *Cut off, unsaid* are data whose digits were cut off and that
are checked as if they were rounded: the one way to a false alarm, and the reason why the rounding has to be known, or both
readings tried, before a finding is worth anything. **Errors**: one decimal of the mean, or of the SD, replaced by another digit; n
off by one to three people.

| check, scale | n | decimals | false alarms | cut off, unsaid | finds a wrong mean | a wrong SD | a wrong n |
| --- | --- | ---: | --- | --- | ---: | ---: | ---: |
{checks}

*GRIM* (Brown and Heathers 2017) looks at the mean and n only. It finds a share of `1 − n/10^d` of random means with d decimals, and nothing
from n = 10^d on. *Mean and SD* asks for a sum and a sum of squares of whole numbers on the scale: both whole, of one parity, and
attained by some set of ratings; its answer is exact on scales of up to {widest} steps, and on wider ones everywhere but next to the
largest SD, where it says that it is not settled. *DEBIT* (Heathers and Brown 2019) is the same for zeros and ones. None of these
checks says how an impossible number came about: a miscounted n, a missing answer, a typing error or an average over items
explain most of them.
"""


def main() -> None:
    """Measure and write."""
    from metaudit.enumeration.squares import WIDEST

    checks = [
        *check_lines(
            "GRIM, 1 to 7", (1, 7), lambda m, s, n, r: grim(m, n, scale_min=1, scale_max=7, rounding=r).possible
        ),
        *check_lines(
            "mean and SD, 1 to 7",
            (1, 7),
            lambda m, s, n, r: mean_sd_feasible(m, s, n, scale_min=1, scale_max=7, rounding=r).possible,
        ),
        *check_lines(
            "mean and SD, 0 to 100",
            (0, 100),
            lambda m, s, n, r: mean_sd_feasible(m, s, n, scale_min=0, scale_max=100, rounding=r).possible,
        ),
        *check_lines(
            "mean and SD, no scale", (1, 7), lambda m, s, n, r: mean_sd_feasible(m, s, n, rounding=r).possible
        ),
        *check_lines("DEBIT, 0 to 1", (0, 1), lambda m, s, n, r: debit(m, s, n, rounding=r).possible),
    ]
    page = PAGE.format(
        seed=SEED,
        sets=DATA_SETS // 5,
        tables="\n".join(table_lines()),
        sizes="\n".join(size_lines()),
        checks="\n".join(checks),
        widest=WIDEST,
    )
    (ROOT / "docs" / "integer-checks.md").write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main()
