"""Fisher's exact test of many two-by-two tables at once.

Two ways to the same sums: table by table along its neighbours, which is quick for small arms; and once per set of margins
with all its tables looked up, which is quick where thousands of large tables share theirs.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from metaudit.enumeration.windows import Floats, Ints

# R's fisher.test and most programs count tables as "no likelier" with this much room for rounding errors.
AS_LIKELY = 1 + 1e-7
# Beyond this many SDs past a table nothing counts: exp(-(z + 9)²/2 + z²/2) < 3e-18; a few more where the tail is not normal.
REACH, MORE = 9.0, 60
# Measured: nanoseconds per table and neighbour, per set of margins, and per table of that set's distribution.
_WALK, _SET, _TERM = 40.0, 90_000.0, 40.0


class Margins(NamedTuple):
    """Events and people of the treatment arm, people of the control arm, events in both; arrays of one shape."""

    a: Ints
    n1: Ints
    n2: Ints
    m: Ints


def support(m: Ints, n1: Ints, n2: Ints) -> tuple[Ints, Ints]:
    """Smallest and largest number of events in the treatment arm with these margins."""
    return np.maximum(0, m - n2), np.minimum(m, n1)


def fisher(a: Ints, n1: Ints, c: Ints, n2: Ints) -> Floats:
    """Two-sided P of Fisher's (1934) exact test: the probability of all tables with these margins that are no likelier.

    Parameters
    ----------
    a, n1, c, n2 : events and people of both arms, arrays of one shape ``(d,)``
    """
    table = Margins(a, n1, n2, a + c)
    n = (n1 + n2).astype(float)
    share = table.m / n
    sd = np.sqrt(n1 * (n2 / n) * share * (1 - share))
    off = np.abs(a - n1 * share)
    reach = np.ceil(off + REACH * sd) + MORE
    margins, group = np.unique(np.stack([n1, n2, table.m]), axis=1, return_inverse=True)
    group = group.reshape(-1)
    widest = np.zeros(margins.shape[1])
    np.maximum.at(widest, group, reach)
    by_walk = _WALK * float(np.sum(np.minimum(2 * reach, np.minimum(table.m, n1))))
    by_set = float(np.sum(_SET + 2 * _TERM * widest))
    return _by_set(a, margins, group, widest) if by_set < by_walk else _by_walk(table)


def _by_set(a: Ints, margins: Ints, group: Ints, reach: Floats) -> Floats:
    """Once per set of margins (columns of ``margins``): all probabilities around the mean, sorted and summed."""
    out = np.empty(a.shape)
    order = np.argsort(group, kind="stable")
    ends = np.searchsorted(group[order], np.arange(margins.shape[1] + 1))
    for i, (n1, n2, m) in enumerate(margins.T.tolist()):
        rows = order[ends[i] : ends[i + 1]]
        mean = n1 * m / (n1 + n2)
        low, high = max(0, m - n2, int(mean - reach[i])), min(m, n1, int(mean + reach[i]) + 1)
        x = np.arange(low, high, dtype=float)
        steps = np.log((n1 - x) * (m - x) / ((x + 1) * (n2 - m + x + 1)))
        logs = np.concatenate([[0.0], np.cumsum(steps)])
        terms = np.exp(logs - logs.max())
        ascending = np.sort(terms)
        sums = np.cumsum(ascending)
        own = terms[a[rows] - low] * AS_LIKELY
        out[rows] = sums[np.searchsorted(ascending, own, side="right") - 1] / sums[-1]
    return out


def _by_walk(table: Margins) -> Floats:
    """Table by table, as multiples of the probability of the table itself, so that nothing is rounded before the sums."""
    first, last = support(table.m, table.n1, table.n2)
    small, everything = np.ones(table.a.shape), np.ones(table.a.shape)
    for step in (1, -1):
        lower, higher = _walk(table, first, last, step)
        small, everything = small + lower, everything + lower + higher
    return np.asarray(np.minimum(1.0, small / everything))


def _walk(table: Margins, first: Ints, last: Ints, step: int) -> tuple[Floats, Floats]:
    """Sums of the terms no likelier, and likelier, than the table, on one side; by the ratio of neighbours."""
    lower, higher = np.zeros(table.a.shape), np.zeros(table.a.shape)
    at = np.arange(table.a.size)
    x, term = table.a.astype(float), np.ones(table.a.size)
    n1, n2, m = (v.astype(float) for v in (table.n1, table.n2, table.m))
    lo, hi = first.astype(float), last.astype(float)
    while True:
        old = term
        with np.errstate(
            divide="ignore", invalid="ignore", over="ignore"
        ):  # a table far out: sums may be infinite, P is 0
            up, down = (
                (n1 - x) * (m - x) / ((x + 1) * (n2 - m + x + 1)),
                x * (n2 - m + x) / ((n1 - x + 1) * (m - x + 1)),
            )
            term = term * (up if step > 0 else down)
            x = x + step
            go = (x >= lo) & (x <= hi)
            # past the mode terms only fall; what is far below the smaller sum no longer counts
            go &= (term >= old) | (term > 1e-18 * (lower[at] + 1))
            if not go.any():
                return lower, higher
            at = at[go]
            x, term, n1, n2, m, lo, hi = (v[go] for v in (x, term, n1, n2, m, lo, hi))
            unlikely = term <= AS_LIKELY
            lower[at] += np.where(unlikely, term, 0.0)
            higher[at] += np.where(unlikely, 0.0, term)
