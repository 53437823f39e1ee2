"""Algebra that a printed network meta-analysis obeys whatever its data: no table of studies is needed.

One network has one effect a treatment, so that A - C is A - B plus B - C, and B - A is A - B turned (Rücker and Schwarzer 2014);
P-scores and SUCRA are 0.5 on average, mean ranks (n + 1)/2 (Rücker and Schwarzer 2015). Printed numbers are rounded, so each
is an interval here, and only what no numbers in the intervals can satisfy is told.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise, permutations

import numpy as np

from metaudit.network.evidence import Pair, sort_key
from metaudit.printed import Interval

NOTHING = Interval(np.nan, np.nan)


@dataclass(frozen=True)
class Broken:
    """A rule that printed numbers break.

    Attributes
    ----------
    rule : ``turned``, ``triangle``, ``together``, ``mean`` or ``order``
    where : the treatments concerned
    expected : interval that the other numbers allow; NaN for ``together``
    found : interval of the number printed
    """

    rule: str
    where: tuple[str, ...]
    expected: Interval
    found: Interval


def league_problems(cells: Mapping[Pair, Interval]) -> tuple[Broken, ...]:
    """What is wrong with the cells of a league table.

    Parameters
    ----------
    cells : network estimates of the first treatment minus the second on the analysis scale (logs of ratios), as the
        interval that their rounding leaves; not the direct estimates that some papers print above the diagonal

    Returns
    -------
    Cells that contradict their mirror image, triangles that do not close, and, when each of these is well, whether there
    are effects at all that give every cell.
    """
    found = []
    for (a, b), here in sorted(cells.items()):
        mirror = cells.get((b, a))
        if mirror is not None and sort_key(a) < sort_key(b) and _apart(here, _turned(mirror)):
            found.append(Broken("turned", (a, b), _turned(mirror), here))
    known = _both_ways(cells)
    names = sorted({t for pair in cells for t in pair}, key=sort_key)
    for three in combinations(names, 3):
        broken = next(
            (
                Broken("triangle", (a, b, c), _plus(known[a, b], known[b, c]), known[a, c])
                for a, b, c in permutations(three)
                if (a, b) in known and (b, c) in known and (a, c) in known and sort_key(a) < sort_key(c)
                if _apart(known[a, c], _plus(known[a, b], known[b, c]))
            ),
            None,
        )
        found += [broken] if broken else []
    if not found and not _have_effects(known, names):
        found.append(Broken("together", tuple(names), NOTHING, NOTHING))
    return tuple(found)


def mean_problem(scores: Mapping[str, Interval], *, of_ranks: bool = False) -> Broken | None:
    """Whether P-scores or SUCRA values, as fractions, can average 0.5; mean ranks (n + 1)/2. All treatments are needed."""
    n = len(scores)
    expected = (n + 1) / 2 if of_ranks else 0.5
    found = Interval(sum(s.low for s in scores.values()) / n, sum(s.high for s in scores.values()) / n)
    exact = Interval(expected, expected)
    return Broken("mean", tuple(sorted(scores, key=sort_key)), exact, found) if _apart(found, exact) else None


def order_problems(order: Sequence[str], scores: Mapping[str, Interval]) -> tuple[Broken, ...]:
    """Neighbours of a printed ranking, the best first, whose scores (the larger the better) say the opposite."""
    ranked = [t for t in order if t in scores]
    return tuple(
        Broken("order", (a, b), scores[b], scores[a]) for a, b in pairwise(ranked) if scores[a].high < scores[b].low
    )


def _turned(x: Interval) -> Interval:
    return Interval(-x.high, -x.low)


def _plus(x: Interval, y: Interval) -> Interval:
    return Interval(x.low + y.low, x.high + y.high)


def _apart(x: Interval, y: Interval) -> bool:
    """Whether two intervals have no point in common, beyond what double precision leaves of their ends."""
    slack = 1e-12 * max([1.0, *(abs(v) for v in (x.low, x.high, y.low, y.high) if np.isfinite(v))])
    return x.high < y.low - slack or y.high < x.low - slack


def _both_ways(cells: Mapping[Pair, Interval]) -> dict[Pair, Interval]:
    """Every cell and its mirror image; where both are printed, what they have in common."""
    out: dict[Pair, Interval] = {}
    for (a, b), here in cells.items():
        mirror = cells.get((b, a))
        both = here if mirror is None else Interval(max(here.low, -mirror.high), min(here.high, -mirror.low))
        out[a, b] = both if both.low <= both.high else here
        out[b, a] = _turned(out[a, b])
    return out


def _have_effects(known: Mapping[Pair, Interval], names: Sequence[str]) -> bool:
    """Whether there are effects with every difference in its interval: no cycle of upper limits has a negative sum.

    A system of difference constraints has a solution just when its graph has no negative cycle (Bellman 1958).
    """
    limit = dict.fromkeys(names, 0.0)
    slack = 1e-12 * max([1.0, *(abs(v) for x in known.values() for v in (x.low, x.high) if np.isfinite(v))])
    for _ in range(len(names) + 1):
        changed = False
        for (a, b), cell in known.items():
            if limit[b] + cell.high < limit[a] - slack:
                limit[a] = limit[b] + cell.high
                changed = True
        if not changed:
            return True
    return False
