"""Every way to spread the events of one arm over k studies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from metaudit.enumeration.constraints import ANY, Span
from metaudit.enumeration.windows import Ints, inside
from metaudit.printed import Interval

MOST_VECTORS = 4_000_000  # of one arm; they are held in memory
_FAR = 1 << 32  # above any number of people; keys n * _FAR + x keep the order of (n, x)


class Budget:
    """Counts what a search looks at, and ends it at a stated number, not after a time."""

    def __init__(self, most: int) -> None:
        self.most, self.spent, self.exhausted = most, 0, False

    def spend(self, nodes: int) -> bool:
        """Whether that many more may be looked at; once one is refused, so are all."""
        if self.exhausted or self.spent + nodes > self.most:
            self.exhausted = True
            return False
        self.spent += nodes
        return True


@dataclass(frozen=True)
class ArmTotals:
    """What is known of one arm over all studies together.

    Attributes
    ----------
    proportion : window of the printed share (a fraction)
    events, people : totals
    mean : whether the printed share is the plain mean of the studies' shares; otherwise it is events over people
    """

    proportion: Interval | None = None
    events: Span = ANY
    people: Span = ANY
    mean: bool = False


@dataclass(frozen=True)
class Letters:
    """The (people, events) that one arm of one study may have, sorted; arrays of one shape."""

    n: Ints
    x: Ints

    @staticmethod
    def of(n: int, events: int | None) -> Letters:
        """An arm of known size, its events known or not."""
        x = np.arange(n + 1) if events is None else np.array([events])
        return Letters(np.full_like(x, n), x)

    @staticmethod
    def within(low: int, high: int, *, most_events: int) -> Letters:
        """Any arm with a size between two ends."""
        sizes = np.arange(low, high + 1)
        lengths = np.minimum(sizes, most_events) + 1
        n = np.repeat(sizes, lengths)
        x = np.arange(n.size) - np.repeat(np.cumsum(lengths) - lengths, lengths)
        return Letters(n, x)

    @property
    def keys(self) -> Ints:
        """One number for each, in their order."""
        return np.asarray(self.n * _FAR + self.x)


def events_span(totals: ArmTotals, people: int) -> tuple[int, int]:
    """First and last number of events that a share of all people allows; none when the first is larger."""
    low, high = totals.events.low, min(totals.events.high, people)
    if totals.proportion is not None and not totals.mean:
        x = np.arange(low, high + 1)
        fits = x[inside(totals.proportion, x / people)]
        return (int(fits[0]), int(fits[-1])) if fits.size else (1, 0)
    return low, high


def arm_vectors(slots: Sequence[Letters], totals: ArmTotals, people: int, *, budget: Budget) -> Ints:
    """Every way to give each study a letter so that people and share come out as printed.

    Parameters
    ----------
    slots : what the arm of each study may be
    totals : what is printed of the arm
    people : in all studies together
    budget : of partial sets looked at

    Returns
    -------
    Positions in the slots' letters, shape ``(m, k)``, in lexicographic order; none, and the budget exhausted, where
    they are more than it or ``MOST_VECTORS`` allows.
    """
    k = len(slots)
    low, high = events_span(totals, people)
    rows, n, x, share = np.zeros((1, 0), dtype=np.int64), *(np.zeros(1, dtype=np.int64) for _ in "nx"), np.zeros(1)
    for level, letters in enumerate(slots):
        rest = slots[level + 1 :]
        first, last = _children(letters, people - n, (low - x, high - x), rest)
        counts = np.maximum(last - first, 0)
        if counts.sum() > MOST_VECTORS:
            budget.exhausted = True
        if low > high or not budget.spend(int(counts.sum())):
            return np.zeros((0, k), dtype=np.int64)
        parent = np.repeat(np.arange(counts.size), counts)
        letter = np.arange(parent.size) - np.repeat(np.cumsum(counts) - counts, counts) + first[parent]
        n, x = n[parent] + letters.n[letter], x[parent] + letters.x[letter]
        share = share[parent] + letters.x[letter] / letters.n[letter]
        keep = _can_be_completed(people - n, (low - x, high - x), rest) & _mean_possible(totals, share, rest, k)
        rows = np.column_stack([rows[parent[keep]], letter[keep]])
        n, x, share = n[keep], x[keep], share[keep]
    if totals.mean and totals.proportion is not None:
        rows = rows[inside(totals.proportion, share / k)]
    return rows


def _children(letters: Letters, n: Ints, x: tuple[Ints, Ints], rest: Sequence[Letters]) -> tuple[Ints, Ints]:
    """First and one past the last letter of each partial set; for the last study only those that complete it."""
    if rest:
        n_low = n - sum(int(r.n.max()) for r in rest)
        n_high = n - sum(int(r.n.min()) for r in rest)
        return (
            np.searchsorted(letters.keys, n_low * _FAR, side="left"),
            np.searchsorted(letters.keys, n_high * _FAR + _FAR - 1, side="right"),
        )
    return (
        np.searchsorted(letters.keys, n * _FAR + np.maximum(x[0], 0), side="left"),
        np.searchsorted(letters.keys, n * _FAR + np.maximum(x[1], -1), side="right"),
    )


def _can_be_completed(n: Ints, x: tuple[Ints, Ints], rest: Sequence[Letters]) -> Ints:
    """Whether the studies still to come can have these people and an allowed number of events."""
    fewest, most = (sum(int(f(r.n)) for r in rest) for f in (np.min, np.max))
    events_low, events_high = (sum(int(f(r.x)) for r in rest) for f in (np.min, np.max))
    keep = (n >= fewest) & (n <= most) & (x[1] >= events_low) & (x[0] <= events_high)
    return np.asarray(keep & (x[0] <= n))


def _mean_possible(totals: ArmTotals, share: Ints, rest: Sequence[Letters], k: int) -> Ints:
    if not totals.mean or totals.proportion is None:
        return np.ones(share.shape, dtype=bool)
    low, high = (sum(float(f(r.x / r.n)) for r in rest) for f in (np.min, np.max))
    room = 1e-9
    return np.asarray(
        (share + high >= k * totals.proportion.low - room) & (share + low <= k * totals.proportion.high + room)
    )
