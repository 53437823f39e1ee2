"""Which (events, people) of one arm meet what people of the other arm: the search laid out before it starts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from metaudit.enumeration.constraints import Arm, TableConstraints
from metaudit.enumeration.windows import Ints, first_count, last_count

CHUNK = 2**18


class Ranges(NamedTuple):
    """Tables whose last cell is only known to lie between two ends; arrays of one shape.

    Attributes
    ----------
    x, n : events and people of the arm that is listed
    m : people of the arm that is solved
    lo, hi : first and last number of its events; none when ``lo > hi``
    """

    x: Ints
    n: Ints
    m: Ints
    lo: Ints
    hi: Ints

    def nonempty(self) -> Ranges:
        """Those with at least one table."""
        keep = self.lo <= self.hi
        return self if keep.all() else Ranges(*(v[keep] for v in self))

    @property
    def size(self) -> int:
        """Number of tables."""
        return int(np.sum(np.maximum(self.hi - self.lo + 1, 0)))


def expand(lo: Ints, hi: Ints) -> tuple[Ints, Ints]:
    """All whole numbers of many ranges, one after the other: index of the range, and the number."""
    lengths = np.maximum(hi - lo + 1, 0)
    index = np.repeat(np.arange(lengths.size), lengths)
    within = np.arange(index.size) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    return index, np.asarray(lo[index] + within)


def counts_of(arm: Arm, sizes: Ints) -> tuple[Ints, Ints]:
    """First and last number of events of an arm for each of its sizes."""
    lo, hi = np.full_like(sizes, arm.events.low), np.minimum(sizes, arm.events.high)
    if arm.proportion is not None:
        lo = np.maximum(lo, first_count(arm.proportion, sizes))
        hi = np.minimum(hi, last_count(arm.proportion, sizes))
    return lo, hi


@dataclass(frozen=True)
class Layout:
    """One arm listed, the other solved, up to a number of people in both.

    Attributes
    ----------
    solved : ``c`` when the control arm's events are solved for, ``t`` for the treatment arm's
    sizes, lo, hi : of the listed arm: its sizes, first and last number of events at each
    others, other_lo, other_hi : the same of the solved arm
    total_low, total_high : people in both arms
    """

    solved: str
    sizes: Ints
    lo: Ints
    hi: Ints
    others: Ints
    other_lo: Ints
    other_hi: Ints
    total_low: int
    total_high: int

    @staticmethod
    def of(c: TableConstraints, solved: str) -> Layout:
        """The search of some constraints."""
        listed, other = (c.treatment, c.control) if solved == "c" else (c.control, c.treatment)
        sides = []
        for arm, opposite in ((listed, other), (other, listed)):
            low = max(arm.n.low, 1, c.total.low - opposite.n.high)
            sizes = np.arange(low, min(arm.n.high, c.most_people - max(opposite.n.low, 1)) + 1)
            lo, hi = counts_of(arm, sizes)
            keep = lo <= hi
            sides.append((sizes[keep], lo[keep], hi[keep]))
        return Layout(solved, *sides[0], *sides[1], c.total.low, c.most_people)

    def partners(self, sizes: Ints, most: int) -> tuple[Ints, Ints]:
        """First and one past the last position in ``others`` of the sizes that go with sizes of the listed arm."""
        first = np.searchsorted(self.others, self.total_low - sizes, side="left")
        return first, np.maximum(np.searchsorted(self.others, most - sizes, side="right"), first)

    def work(self, most: int) -> int:
        """How many (events, people, people of the other arm) there are with at most that many people in all."""
        first, last = self.partners(self.sizes, most)
        return int(np.sum((self.hi - self.lo + 1) * (last - first)))

    def most_within(self, budget: int) -> int:
        """The largest total whose work stays within a budget."""
        if self.work(self.total_high) <= budget:
            return self.total_high
        low, high = 1, self.total_high  # work(low) = 0: two arms have two people
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if self.work(middle) <= budget else (low, middle)
        return low

    def ranges(self, c: TableConstraints, most: int) -> Iterator[Ranges]:
        """The search in chunks, narrowed by what is known of events."""
        first, last = self.partners(self.sizes, most)
        per_size = (self.hi - self.lo + 1) * (last - first)
        start = 0
        while start < per_size.size:
            # whole sizes at a time, as many as fit
            stop = start + max(1, int(np.searchsorted(np.cumsum(per_size[start:]), CHUNK, side="right")))
            part = slice(start, stop)
            row, x = expand(self.lo[part], self.hi[part])
            n = self.sizes[part][row]
            for piece in range(0, max(1, x.size), CHUNK):
                some = slice(piece, piece + CHUNK)
                yield from self._meet(c, x[some], n[some], (first[part][row][some], last[part][row][some]))
            start = stop

    def _meet(self, c: TableConstraints, x: Ints, n: Ints, where: tuple[Ints, Ints]) -> Iterator[Ranges]:
        """Listed arms met with the sizes of the solved arm that go with them."""
        lengths = np.cumsum(where[1] - where[0])
        start = 0
        while start < x.size:
            before = int(lengths[start - 1]) if start else 0
            stop = start + max(1, int(np.searchsorted(lengths[start:] - before, CHUNK, side="right")))
            row, at = expand(where[0][start:stop], where[1][start:stop] - 1)
            xs, ns, ms = x[start:stop][row], n[start:stop][row], self.others[at]
            lo = np.maximum(self.other_lo[at], c.events.low - xs)
            hi = np.minimum(self.other_hi[at], c.events.high - xs)
            if c.proportion is not None:
                lo = np.maximum(lo, first_count(c.proportion, ns + ms) - xs)
                hi = np.minimum(hi, last_count(c.proportion, ns + ms) - xs)
            yield Ranges(xs, ns, ms, lo, hi).nonempty()
            start = stop
