"""Comparisons counted by quantity: how many, the worst, what differs and what explains it."""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from types import ModuleType

from harness import Case, Compared, Explained


@dataclass
class Quantity:
    """One row of docs/agreement.md.

    Attributes
    ----------
    count : numbers compared
    error, tolerance : of the number that comes nearest to its tolerance, explained differences apart
    explained : by key, how many differ and the largest error
    """

    count: int = 0
    error: float = 0.0
    tolerance: float = 0.0
    explained: dict[str, tuple[int, float]] = field(default_factory=dict)

    def add(self, compared: Compared) -> None:
        """Count one comparison."""
        self.count += 1
        if compared.differs and compared.explained:
            self._explain(compared.explained, 1, compared.error)
        else:
            self._worst(compared.error, compared.tolerance)

    def merge(self, other: Quantity) -> None:
        """Count another's comparisons too."""
        self.count += other.count
        self._worst(other.error, other.tolerance)
        for key, (count, error) in other.explained.items():
            self._explain(key, count, error)

    def _worst(self, error: float, tolerance: float) -> None:
        if _strain(error, tolerance) >= _strain(self.error, self.tolerance):
            self.error, self.tolerance = error, tolerance

    def _explain(self, key: str, count: int, error: float) -> None:
        before = self.explained.get(key, (0, 0.0))
        self.explained[key] = (before[0] + count, max(before[1], error))


def _strain(error: float, tolerance: float) -> float:
    return error / tolerance if tolerance else 2 * error


@dataclass
class Tally:
    """The comparisons of some data sets.

    Attributes
    ----------
    quantities : by area and name
    wrong : every unexplained difference, in words
    seconds : time spent, by area
    cases, units : how many files and data sets were gone through
    """

    quantities: dict[tuple[str, str], Quantity] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    cases: int = 0
    units: int = 0

    def add(self, area: str, case: Case, compared: Iterable[Compared], *, known: Iterable[str]) -> None:
        """Count what an area says of a case; an explanation must be one of the ``known`` keys."""
        start, where, keys = time.perf_counter(), f"{case.unit} {case.measure}", set(known)
        for c in compared:
            self.quantities.setdefault((area, c.quantity), Quantity()).add(c)
            if c.explained and c.explained not in keys:
                self.wrong.append(
                    f"{area}, {where}, {c.quantity}: explained by {c.explained!r}, which is not in EXPLAINED"
                )
            elif c.differs and not c.explained:
                self.wrong.append(f"{area}, {where}, {c.quantity}: {c}")
        self.seconds[area] += time.perf_counter() - start

    def merge(self, other: Tally) -> None:
        """Count another's comparisons too."""
        for place, quantity in other.quantities.items():
            self.quantities.setdefault(place, Quantity()).merge(quantity)
        self.quantities = dict(sorted(self.quantities.items(), key=lambda item: item[0][0]))
        self.wrong += other.wrong
        for area, seconds in other.seconds.items():
            self.seconds[area] += seconds
        self.cases, self.units = self.cases + other.cases, self.units + other.units

    @property
    def compared(self) -> int:
        """Numbers compared in all."""
        return sum(q.count for q in self.quantities.values())

    def explained(self) -> Counter[tuple[str, str]]:
        """How many differences each area's key explains."""
        counts: Counter[tuple[str, str]] = Counter()
        for (area, _), quantity in self.quantities.items():
            counts.update({(area, key): count for key, (count, _) in quantity.explained.items()})
        return counts


def together(parts: Iterable[Tally]) -> Tally:
    """The comparisons of several parts."""
    out = Tally()
    for part in parts:
        out.merge(part)
    return out


def tally(cases: Iterable[Case], areas: dict[str, ModuleType]) -> Tally:
    """All comparisons of one data set; an area that fails on a case is a difference, not the end of the run."""
    out = Tally(units=1)
    for case in cases:
        out.cases += 1
        for name, area in areas.items():
            try:
                out.add(name, case, area.compare(case), known=explanations(area))
            except Exception as error:
                out.wrong.append(f"{name}, {case.unit} {case.measure}: {type(error).__name__}: {error}")
    return out


def explanations(area: ModuleType) -> dict[str, Explained]:
    """The differences an area understands."""
    return dict(getattr(area, "EXPLAINED", {}))


def all_explanations(areas: dict[str, ModuleType]) -> Iterator[tuple[str, str, Explained]]:
    """Every understood difference with its area and key, sorted."""
    for name, area in sorted(areas.items()):
        for key, explained in sorted(explanations(area).items()):
            yield name, key, explained
