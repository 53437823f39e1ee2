"""What is known of k two-by-two tables behind one pooled result, and what a search of them finds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from metaudit.enumeration.arms import ArmTotals
from metaudit.enumeration.candidates import Trial
from metaudit.enumeration.constraints import ANY, Span
from metaudit.errors import DataError
from metaudit.search.fits import can_be_batched
from metaudit.search.targets import Target
from metaudit.specs import Spec

MEASURES = ("RR", "OR", "RD", "PETO")
NODES = 20_000_000
MOST_TABLES = 4_000_000  # of one study; each is looked up
_POOLED = frozenset(("estimate", "ci_low", "ci_high", "pi_low", "pi_high", "se", "z", "p", "q", "q_df", "q_p", "i2", "h2",
                     "tau2", "tau", "k", "weight"))  # fmt: skip


@dataclass(frozen=True)
class SetProblem:
    """A pooled result whose studies' tables are not public.

    Attributes
    ----------
    k : number of studies
    specs : the specifications under which the printed numbers may have been computed
    targets : printed pooled numbers, and weights whose subject is a candidate's label or name
    treatment, control : printed share, events and people of each arm in all studies together
    people : in both arms of all studies
    trials : candidates, of which k are chosen; empty for any k studies whose arms have a size within ``sizes``
    sizes : people in one arm of one study, where there are no candidates
    off_by_one : whether one arm of one chosen candidate may have one person more or less
    most_nodes : of the search; it ends there and says so
    """

    k: int
    specs: tuple[Spec, ...]
    targets: tuple[Target, ...] = ()
    treatment: ArmTotals = field(default_factory=ArmTotals)
    control: ArmTotals = field(default_factory=ArmTotals)
    people: Span = ANY
    trials: tuple[Trial, ...] = ()
    sizes: Span = field(default_factory=lambda: Span(1, 50))
    off_by_one: bool = False
    most_nodes: int = NODES

    def __post_init__(self) -> None:
        """Refuse what cannot be searched."""
        if self.k < 1:
            raise DataError(f"{self.k} studies have no tables; state how many studies were pooled")
        if not self.specs:
            raise DataError(
                "the search needs at least one specification under which the numbers may have been computed"
            )
        for spec in self.specs:
            if spec.measure not in MEASURES or not can_be_batched(spec):
                raise DataError(
                    f"{spec} cannot be searched; use {', '.join(MEASURES)} and a model that is fitted in batches"
                )
        unknown = sorted({t.quantity for t in self.targets} - _POOLED)
        if unknown:
            raise DataError(f"{', '.join(unknown)} is no pooled quantity that a set of tables has")
        large = next((t for t in self.trials if (t.n_t + 1) * (t.n_c + 1) > MOST_TABLES), None)
        if large is not None:
            raise DataError(f"{large.label} has {large.n_t} and {large.n_c} people: too many tables to go through")
        if not self.trials and (not self.sizes.bounded or self.sizes.low < 1):
            raise DataError("without candidates, the size of one arm must lie between two ends, the lower at least 1")
        if not self.trials and any(t.quantity == "weight" for t in self.targets):
            raise DataError("weights belong to studies by name; without candidates there are no names")


@dataclass(frozen=True)
class TableSet:
    """k tables: ``(events_t, n_t, events_c, n_c)`` of each study, and the studies' labels (empty without candidates)."""

    labels: tuple[str, ...]
    tables: tuple[tuple[int, int, int, int], ...]

    def __str__(self) -> str:
        """``Mitchell 2002 9/18 v 3/17; Salas 2012 5/11 v 2/9``."""
        return "; ".join(
            f"{label} {a}/{n} v {c}/{m}".strip()
            for label, (a, n, c, m) in zip(self.labels or ("",) * len(self.tables), self.tables, strict=True)
        )


@dataclass(frozen=True)
class Group:
    """Sets of one choice of candidates that give every printed number under one specification.

    Attributes
    ----------
    labels : the candidates; empty without any
    spec : the specification
    count : number of sets
    example : the first of them, held to the slow path that verifies every number
    values : its pooled numbers, effects on the natural scale
    """

    labels: tuple[str, ...]
    spec: Spec
    count: int
    example: TableSet
    values: Mapping[str, float]


@dataclass(frozen=True)
class Reach:
    """What all sets with the printed totals can give under one specification, whatever else is printed.

    Attributes
    ----------
    labels, spec : as in :class:`Group`
    count : number of sets on which the specification is defined
    low, high : smallest and largest estimate, ci_low and ci_high, natural scale
    nearest : the set that comes nearest to the printed numbers
    values : its pooled numbers
    misses : names of the targets it does not give
    distance : how far its worst number lies outside its window, in units of the window's width; 0 for none
    missed : for each combination of targets that some set misses, how many sets miss just those
    """

    labels: tuple[str, ...]
    spec: Spec
    count: int
    low: Mapping[str, float]
    high: Mapping[str, float]
    nearest: TableSet
    values: Mapping[str, float]
    misses: tuple[str, ...]
    distance: float
    missed: Mapping[tuple[str, ...], int]


@dataclass(frozen=True)
class TableSets:
    """What a search found.

    Attributes
    ----------
    groups : sets that give everything printed, by choice of candidates and specification
    reach : what is attainable, where it was asked for
    sets : number of different sets in ``groups``, whatever the specification
    choices : how many choices of candidates were looked at, and how many of them have arms that give the printed shares
    fitting : the labels of those that do, with people of both arms
    nodes : partial sets looked at
    complete : whether everything within the stated bounds was searched; if not, there may be more
    searched : in words
    """

    groups: tuple[Group, ...]
    reach: tuple[Reach, ...]
    sets: int
    choices: int
    fitting: tuple[tuple[tuple[str, ...], int, int], ...]
    nodes: int
    complete: bool
    searched: str

    @property
    def impossible(self) -> bool:
        """Whether the search is complete and found nothing: no such set exists within the stated bounds."""
        return self.complete and not self.groups
