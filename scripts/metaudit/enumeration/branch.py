"""Pairs of event vectors, one for each arm, walked study by study and cut off where no printed number can be reached."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from metaudit.effects.zero_cells import Floats
from metaudit.enumeration.arms import Budget
from metaudit.enumeration.windows import Ints

CHUNK = 2**17
_ROOM = 1e-9


@dataclass(frozen=True)
class Additive:
    """A sum over the studies that a printed number bounds.

    Attributes
    ----------
    terms : for each study, the term of each (treatment letter, control letter)
    low, high : what the sum must lie between
    """

    terms: tuple[Floats, ...]
    low: float
    high: float


@dataclass(frozen=True)
class Trie:
    """Vectors by their common beginnings.

    Attributes
    ----------
    letters : for each study, the letter of each beginning that ends with it
    first : for each level from the root, where the continuations of each beginning start in the next; one more closes
    """

    letters: tuple[Ints, ...]
    first: tuple[Ints, ...]

    @staticmethod
    def of(vectors: Ints) -> Trie:
        """Of vectors in lexicographic order, each once; shape ``(m, k)``."""
        m, k = vectors.shape
        new = np.ones(m, dtype=bool)
        new[1:] = False
        starts, letters, first = np.zeros(1, dtype=np.int64), [], []
        for level in range(k):
            new[1:] |= vectors[1:, level] != vectors[:-1, level]
            following = np.flatnonzero(new)
            first.append(np.append(np.searchsorted(following, starts), following.size))
            letters.append(vectors[following, level])
            starts = following
        return Trie(tuple(letters), tuple(first))


@dataclass(frozen=True)
class _Partial:
    """Sets of which some studies are fixed: nodes of both tries, letters so far, sums so far, and their last table."""

    t: Ints
    c: Ints
    sums: Floats
    table: Ints

    def part(self, which: Any) -> _Partial:
        return _Partial(self.t[which], self.c[which], self.sums[:, which], self.table[which])


def pairs(
    treatment: Ints, control: Ints, bounds: Sequence[Additive], *, budget: Budget, unordered: bool = False
) -> Iterator[tuple[Ints, Ints]]:
    """Every pair of a treatment and a control vector that no bound excludes, in chunks.

    Parameters
    ----------
    treatment, control : vectors of letters, shapes ``(m, k)`` and ``(l, k)``, in lexicographic order
    bounds : sums that must lie in their ranges, with room for rounding
    budget : of nodes looked at; the walk ends when it is exhausted
    unordered : whether the studies are exchangeable, so that each set is wanted in one order only

    Yields
    ------
    Rows of ``treatment`` and of ``control``.
    """
    if treatment.shape[0] == 0 or control.shape[0] == 0:
        return
    walk = _Walk(Trie.of(treatment), Trie.of(control), bounds, budget, unordered)
    root = np.zeros(1, dtype=np.int64)
    yield from walk.descend(0, _Partial(root, root, np.zeros((len(bounds), 1)), root - 1))


class _Walk:
    """Depth first over chunks of partial sets."""

    def __init__(self, t: Trie, c: Trie, bounds: Sequence[Additive], budget: Budget, unordered: bool) -> None:
        self.t, self.c, self.bounds, self.budget, self.unordered = t, c, bounds, budget, unordered
        self.k = len(t.letters)
        self.span = 1 + max(int(level.max()) for level in c.letters)
        self.rest = [self._reach(level + 1) for level in range(self.k)]

    def _reach(self, level: int) -> list[tuple[float, float]]:
        """Smallest and largest sum of each bound over the studies from a level on, whatever their tables."""
        out = []
        for b in self.bounds:
            parts = [
                b.terms[i][np.ix_(np.unique(self.t.letters[i]), np.unique(self.c.letters[i]))]
                for i in range(level, self.k)
            ]
            out.append((sum(float(p.min()) for p in parts), sum(float(p.max()) for p in parts)))
        return out

    def descend(self, level: int, some: _Partial) -> Iterator[tuple[Ints, Ints]]:
        if level == self.k:
            yield some.t, some.c
            return
        from_t, from_c = self.t.first[level], self.c.first[level]
        n_c = from_c[some.c + 1] - from_c[some.c]
        per = (from_t[some.t + 1] - from_t[some.t]) * n_c
        ends = np.cumsum(per)
        start = 0
        while start < per.size:
            before = int(ends[start - 1]) if start else 0
            stop = start + max(1, int(np.searchsorted(ends[start:] - before, CHUNK, side="right")))
            if not self.budget.spend(int(ends[stop - 1]) - before):
                return
            parent = np.repeat(np.arange(start, stop), per[start:stop])
            within = np.arange(parent.size) - (ends - per)[parent] + before
            t = from_t[some.t[parent]] + within // n_c[parent]
            c = from_c[some.c[parent]] + within % n_c[parent]
            yield from self.descend(level + 1, self._kept(level, some, parent, t, c))
            start = stop

    def _kept(self, level: int, some: _Partial, parent: Ints, t: Ints, c: Ints) -> _Partial:
        letter_t, letter_c = self.t.letters[level][t], self.c.letters[level][c]
        table = letter_t * self.span + letter_c
        keep = table >= some.table[parent] if self.unordered else np.ones(t.size, dtype=bool)
        sums = np.empty((len(self.bounds), t.size))
        for i, (b, (least, most)) in enumerate(zip(self.bounds, self.rest[level], strict=True)):
            sums[i] = some.sums[i, parent] + b.terms[level][letter_t, letter_c]
            room = _ROOM * (1 + np.abs(sums[i]) + max(abs(least), abs(most)))
            keep &= (sums[i] + most >= b.low - room) & (sums[i] + least <= b.high + room)
        return _Partial(t, c, sums, table).part(keep)
