"""Trials that may be behind a pooled result without a public table, and the ways to choose k of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations, product

from metaudit.errors import DataError
from metaudit.formats.tables import Row


@dataclass(frozen=True)
class Trial:
    """One trial with its arm sizes, or one variant of it; variants share the name before the parenthesis.

    Attributes
    ----------
    label : as candidates.csv writes it, ``Noppers 2011 (week 1)``
    n_t, n_c : people in each arm
    events_t, events_c : events, where they are known
    """

    label: str
    n_t: int
    n_c: int
    events_t: int | None = None
    events_c: int | None = None

    def __post_init__(self) -> None:
        """Refuse arms without people, and more events than people."""
        for arm, n, x in (("treatment", self.n_t, self.events_t), ("control", self.n_c, self.events_c)):
            if n < 1:
                raise DataError(f"the {arm} arm of {self.label!r} has {n} people; an arm has at least one")
            if x is not None and not 0 <= x <= n:
                raise DataError(f"the {arm} arm of {self.label!r} has {x} events in {n} people")

    @property
    def name(self) -> str:
        """What the variants of one trial have in common."""
        return self.label.partition("(")[0].strip()

    def without_counts(self) -> Trial:
        """The same arms, events unknown."""
        return replace(self, events_t=None, events_c=None)


def trials_from(rows: Sequence[Row]) -> tuple[tuple[Trial, ...], tuple[str, ...]]:
    """Candidates of candidates.csv, and the labels of those whose arm sizes are not both given.

    Raises
    ------
    DataError
        for a size or count that is no whole number or does not fit its arm.
    """
    found, without = [], []
    for row in rows:
        if row.value("n_t") is None or row.value("n_c") is None:
            without.append(row.text("study"))
            continue
        n_t, n_c, events_t, events_c = (_whole(row, c) for c in ("n_t", "n_c", "events_t", "events_c"))
        found.append(Trial(row.text("study"), n_t or 0, n_c or 0, events_t, events_c))
    return tuple(found), tuple(without)


def _whole(row: Row, column: str) -> int | None:
    value = row.value(column)
    if value is None:
        return None
    if value != int(value):
        raise DataError(f"candidates.csv, row {row.line}: {column} is {row.text(column)!r}, not a whole number")
    return int(value)


def choices(trials: Sequence[Trial], k: int) -> Iterator[tuple[Trial, ...]]:
    """Every set of k trials, one variant of each; in the order of the table."""
    variants: dict[str, list[Trial]] = {}
    for trial in trials:
        variants.setdefault(trial.name, []).append(trial)
    for names in combinations(variants, k):
        yield from product(*(variants[n] for n in names))


def off_by_one(chosen: Sequence[Trial]) -> Iterator[tuple[Trial, ...]]:
    """Every set that differs from a set of trials by one person in one arm."""
    for i, trial in enumerate(chosen):
        for arm, step in product(("n_t", "n_c"), (-1, 1)):
            size = getattr(trial, arm) + step
            known = getattr(trial, arm.replace("n_", "events_"))
            if size < 1 or (known is not None and known > size):
                continue
            changed = replace(trial, **{arm: size, "label": f"{trial.label}, {arm} {size} for {size - step}"})
            yield (*chosen[:i], changed, *chosen[i + 1 :])
