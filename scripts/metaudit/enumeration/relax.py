"""Where no set of tables gives everything printed: the smallest relaxations under which some set does."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal
from itertools import combinations

from metaudit.enumeration.arms import ArmTotals
from metaudit.enumeration.constraints import ANY
from metaudit.enumeration.set_problem import Group, SetProblem, TableSets
from metaudit.enumeration.sets import table_sets
from metaudit.printed import Interval

OTHER_LEVELS = (0.9, 0.99)


@dataclass(frozen=True)
class Step:
    """One relaxation: its words, what it changes (two steps that change the same thing do not go together), and how."""

    words: str
    changes: str
    apply: Callable[[SetProblem], SetProblem]


@dataclass(frozen=True)
class Tried:
    """A relaxation, or several together, and what the search under it found.

    Attributes
    ----------
    steps : in words
    sets : number of different sets; the specifications and choices of candidates are in ``groups``
    complete : whether the search went to its end
    """

    steps: tuple[str, ...]
    sets: int
    groups: tuple[Group, ...]
    nodes: int
    complete: bool

    @property
    def words(self) -> str:
        """``leaving out the printed estimate and with digits cut``."""
        return " and ".join(self.steps) or "as printed"


@dataclass(frozen=True)
class Relaxation:
    """Every relaxation tried, the fewest steps first; none further once some number of steps is enough."""

    tried: tuple[Tried, ...]

    @property
    def smallest(self) -> tuple[Tried, ...]:
        """Those of the fewest steps that give a set, in the order they were tried; empty when none does."""
        found = [t for t in self.tried if t.sets]
        return tuple(t for t in found if len(t.steps) == len(found[0].steps))

    @property
    def complete(self) -> bool:
        """Whether every search went to its end."""
        return all(t.complete for t in self.tried)


def smallest_relaxation(problem: SetProblem, *, most_steps: int = 2) -> Relaxation:
    """Relax what is known, one thing at a time and then several, until some set of tables gives the rest.

    Parameters
    ----------
    problem : what is known
    most_steps : how many things may be relaxed together

    Returns
    -------
    Relaxation
        with all relaxations of the smallest sufficient number of steps, so that it shows how many others would do too.
    """
    tried: list[Tried] = []
    for n in range(most_steps + 1):
        for steps in combinations(steps_of(problem), n):
            if len({s.changes for s in steps}) < n:
                continue
            relaxed = problem
            for step in steps:
                relaxed = step.apply(relaxed)
            tried.append(_tried(steps, table_sets(relaxed)))
        if any(t.sets for t in tried):
            break
    return Relaxation(tuple(tried))


def _tried(steps: Sequence[Step], found: TableSets) -> Tried:
    return Tried(tuple(s.words for s in steps), found.sets, found.groups, found.nodes, found.complete)


def steps_of(problem: SetProblem) -> list[Step]:
    """What can be relaxed in a problem, in the order in which it is tried."""
    return [
        *_of_targets(problem),
        *_of_shares(problem),
        *_of_trials(problem),
        *(
            Step(f"with {100 * level:g} % limits", "level", _with_level(level))
            for level in OTHER_LEVELS
            if any(s.level != level for s in problem.specs)
            and any(t.quantity.startswith("ci_") for t in problem.targets)
        ),
    ]


def _of_targets(problem: SetProblem) -> Iterator[Step]:
    for target in problem.targets:
        yield Step(f"leaving out {target.name}", f"target {target.name}", _without(target.name))
    if any(t.cut is not None for t in problem.targets):
        yield Step("with the pooled numbers cut, not rounded", "rounding", _cut)


def _of_shares(problem: SetProblem) -> Iterator[Step]:
    arms = {"treatment": problem.treatment, "control": problem.control}
    if any(a.proportion is not None for a in arms.values()):
        yield Step("with one decimal fewer in the shares", "shares", _coarser_shares)
        if problem.k > 1:
            yield Step("with the shares read as means of the studies' shares", "reading", _mean_shares)
    for name, arm in arms.items():
        if arm.proportion is not None or arm.events != ANY:
            yield Step(f"leaving out the share of the {name} arm", "shares", _without_share(name))


def _of_trials(problem: SetProblem) -> Iterator[Step]:
    if any(t.events_t is not None or t.events_c is not None for t in problem.trials):
        yield Step("with other responders than the counts known of candidates", "counts", _without_counts)
    if problem.trials:
        yield Step("with one arm of one study one person larger or smaller", "sizes", _off_by_one)


def _without(name: str) -> Callable[[SetProblem], SetProblem]:
    return lambda p: replace(p, targets=tuple(t for t in p.targets if t.name != name))


def _cut(p: SetProblem) -> SetProblem:
    return replace(p, targets=tuple(replace(t, window=t.cut) if t.cut is not None else t for t in p.targets))


def _both(p: SetProblem, change: Callable[[ArmTotals], ArmTotals]) -> SetProblem:
    return replace(p, treatment=change(p.treatment), control=change(p.control))


def _coarser_shares(p: SetProblem) -> SetProblem:
    return _both(p, lambda a: a if a.proportion is None else replace(a, proportion=coarser(a.proportion)))


def _mean_shares(p: SetProblem) -> SetProblem:
    return _both(p, lambda a: replace(a, mean=True))


def _without_share(arm: str) -> Callable[[SetProblem], SetProblem]:
    if arm == "treatment":
        return lambda p: replace(p, treatment=replace(p.treatment, proportion=None, events=ANY))
    return lambda p: replace(p, control=replace(p.control, proportion=None, events=ANY))


def _without_counts(p: SetProblem) -> SetProblem:
    return replace(p, trials=tuple(dict.fromkeys(t.without_counts() for t in p.trials)))


def _off_by_one(p: SetProblem) -> SetProblem:
    return replace(p, off_by_one=True)


def _with_level(level: float) -> Callable[[SetProblem], SetProblem]:
    return lambda p: replace(p, specs=tuple(dict.fromkeys(replace(s, level=level) for s in p.specs)))


def coarser(window: Interval) -> Interval:
    """The window of the same printed number with one decimal fewer; a half line stays."""
    if not (math.isfinite(window.low) and math.isfinite(window.high)) or window.high <= window.low:
        return window
    unit = Decimal(repr(round(window.high - window.low, 12))) * 10
    middle = Decimal(repr(round((window.low + window.high) / 2, 12)))
    rounded = (middle / unit).quantize(Decimal(1), rounding=ROUND_HALF_UP) * unit
    return Interval(float(rounded - unit / 2), float(rounded + unit / 2))
