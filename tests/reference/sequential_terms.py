"""What comparisons of sequential analyses share: tolerances, understood differences, and numbers compared one by one."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from harness import Compared, Explained, number, of
from scipy.special import ndtri

from metaudit.sequential.spending import Floats, Spending

FAMILIES = {"esOF": "obrien-fleming", "esPoc": "pocock", "HSDC": "hwang-shih-decani", "rho": "rho"}
# The independent recursion says it is right to 1e-9; both use other panels.
RECURSION = 1e-9
# RTSA stops its search for a boundary where the spent alpha is right to 1e-9, and for the inflation where the power is
# right to 1e-5; where boundaries are below 4 that is 1e-5 of a boundary and 5e-5 of an inflation.
RTSA_BOUNDARY, RTSA_INFLATION = 1e-5, 5e-5
RTSA_BELOW = 4.0
TINY = 1e-13  # a look that spends less
EXPLAINED = {
    "tiny spend": Explained(
        who_is_right="ours",
        why="At a look that spends less than 1e-13 the independent recursion runs out of places far from 0. The boundary lies between "
        "two closed forms, the z of all that is spent on both sides by then and the z of what the look spends; ours does, theirs does not.",
        size="up to 15 on boundaries of 16 to 36",
    ),
    "RTSA search": Explained(
        who_is_right="ours",
        why="RTSA stops its search where the spent alpha is right to 1e-9, and its errors add up over looks close to each other. The "
        "independent recursion agrees with ours at the same looks.",
        size="2e-4 on boundaries below 4",
    ),
    "RTSA binding": Explained(
        who_is_right="ours",
        why="RTSA's one-sided binding boundaries miss the alpha they should spend; ours spend it to 1e-10.",
        size="6e-5 on a boundary",
    ),
    "RTSA last futility": Explained(
        who_is_right="both",
        why="With the size settled before its looks, beta and the efficacy boundary do not meet at the last look. RTSA prints the boundary "
        "that spends the rest of beta; ours is the efficacy boundary, as a last look that does not cross has nothing left to stop.",
        size="0.014 in one analysis",
    ),
    "RTSA RD": Explained(
        who_is_right="ours",
        why="RTSA's required information size of a risk difference is twice the usual one with unpooled variances.",
        size="a factor of 2",
    ),
    "RTSA MD tau2": Explained(
        who_is_right="ours",
        why="For a mean difference RTSA takes 2 SD² / n for the variance of a trial of n, where its fixed size, and the RR, OR and RD, take "
        "4 SD² / n (two groups of n / 2).",
        size="a factor of 2",
    ),
    "RTSA control risk": Explained(
        who_is_right="both",
        why="RTSA takes the control risk after dropping trials without events and after adding 0.5; ours is of the counts of all trials.",
        size="some participants",
    ),
}  # fmt: skip


def spending(config: dict[str, Any], which: str) -> Spending:
    """The spending function of a setting."""
    return Spending(FAMILIES[config[which]], number(config.get("parameter")))


def floats(values: Sequence[Any]) -> Floats:
    return np.array([number(v) for v in values])


def each(quantity: str, what: str, ours: Floats, theirs: Sequence[Any], tolerance: float) -> Iterator[Compared]:
    if len(ours) != len(theirs):
        yield of(quantity, f"{what}: how many", len(ours), theirs=len(theirs), tolerance=0.0)
        return
    for i, (a, b) in enumerate(zip(ours, theirs, strict=True), start=1):
        yield of(
            quantity, f"{what}, {i}", a, theirs=b, tolerance=tolerance, scale=max(1.0, abs(number(b)))
        )  # of small probabilities the absolute error counts


def below(quantity: str, what: str, ours: Floats, theirs: Sequence[Any], key: str) -> Iterator[Compared]:
    """RTSA's boundaries below 4, and where it has none."""
    if len(ours) != len(theirs):
        yield of(quantity, f"{what}: how many", len(ours), theirs=len(theirs), tolerance=0.0)
        return
    for i, (a, b) in enumerate(zip(ours, theirs, strict=True), start=1):
        if b is None or abs(b) < RTSA_BELOW:
            yield of(quantity, f"{what}, {i}", a, theirs=b, tolerance=RTSA_BOUNDARY, scale=1.0, explained=key)


def spent_at(timing: Floats, family: Spending, side_alpha: float) -> Floats:
    """What each look spends of the alpha of one side."""
    return np.diff(family.spent(side_alpha, timing), prepend=0.0)


def boundaries(
    quantity: str,
    what: str,
    ours: Floats,
    theirs: Sequence[Any],
    timing: Floats,
    family: Spending,
    *,
    side_alpha: float = 0.025,
) -> Iterator[Compared]:
    """Boundaries of an independent recursion; ones that spend next to nothing are explained only inside closed forms."""
    total, steps = family.spent(side_alpha, timing), spent_at(timing, family, side_alpha)
    before = np.concatenate([[0.0], total[:-1]])
    for i, (a, b) in enumerate(zip(ours, theirs, strict=True)):
        key = ""
        if steps[i] < TINY:
            least, most = (-float(ndtri(p)) if p > 0 else math.inf for p in (total[i] + before[i], steps[i]))
            inside = least - 1e-9 <= a <= most + 1e-9
            key = "tiny spend" if inside else ""
        yield of(quantity, f"{what}, {i + 1}", a, theirs=b, tolerance=RECURSION, scale=1.0, explained=key)
