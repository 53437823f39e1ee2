"""All sets of k two-by-two tables that give what is printed of one pooled result."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from math import inf
from typing import Any

import numpy as np

from metaudit.effects.zero_cells import Floats
from metaudit.enumeration.arms import ArmTotals, Budget, Letters, arm_vectors, events_span
from metaudit.enumeration.branch import pairs
from metaudit.enumeration.candidates import Trial, choices, off_by_one
from metaudit.enumeration.set_effects import SetEffects, Slot, effects_key
from metaudit.enumeration.set_numbers import (
    hold_to_slow_path,
    natural_numbers,
    numbers_of,
    outside,
    table_set,
    value_of,
)
from metaudit.enumeration.set_problem import Group, Reach, SetProblem, TableSet, TableSets
from metaudit.enumeration.windows import Bools, Ints
from metaudit.specs import Spec

_LIMITS = ("estimate", "ci_low", "ci_high")


@dataclass(frozen=True)
class _Choice:
    """Arm sizes of k studies (candidates), or what they may be, with the people of both arms."""

    labels: tuple[str, ...]
    slots: tuple[Slot, ...]
    n_t: int
    n_c: int


@dataclass
class _Found:
    """What gathers during a search."""

    groups: list[Group] = field(default_factory=list)
    reach: list[Reach] = field(default_factory=list)
    fitting: list[tuple[tuple[str, ...], int, int]] = field(default_factory=list)
    sets: int = 0
    choices: int = 0


def table_sets(problem: SetProblem, *, attainable: bool = False) -> TableSets:
    """Find every set of k tables that gives the printed totals and pooled numbers under some of the specifications.

    Parameters
    ----------
    problem : what is known
    attainable : whether to look at every set with the printed totals, also at those that bounds exclude, and to say
        what they can give

    Returns
    -------
    Sets grouped by choice of candidates and specification; the example of every group was computed twice.

    Raises
    ------
    DisagreementError
        when an example's numbers are not those of ``metaudit.evaluate``.
    """
    budget, found = Budget(problem.most_nodes), _Found()
    for choice in _choices(problem):
        if not budget.spend(1):
            break
        found.choices += 1
        if not _shares_possible(problem, choice):
            continue
        treatment = arm_vectors([s[0] for s in choice.slots], problem.treatment, choice.n_t, budget=budget)
        control = arm_vectors([s[1] for s in choice.slots], problem.control, choice.n_c, budget=budget)
        if not treatment.shape[0] or not control.shape[0]:
            continue
        found.fitting.append((choice.labels, choice.n_t, choice.n_c))
        _Splits(problem, choice, treatment, control, budget).search(found, attainable=attainable)
    return TableSets(
        groups=tuple(found.groups), reach=tuple(found.reach), sets=found.sets, choices=found.choices,
        fitting=tuple(found.fitting), nodes=budget.spent, complete=not budget.exhausted,
        searched=_searched(problem, found, budget),
    )  # fmt: skip


def _choices(problem: SetProblem) -> Iterator[_Choice]:
    if problem.trials:
        for chosen in choices(problem.trials, problem.k):
            for trials in (chosen, *(off_by_one(chosen) if problem.off_by_one else ())):
                made = _of_trials(trials)
                if _people_possible(problem, made.n_t, made.n_c):
                    yield made
        return
    k, low, high = problem.k, problem.sizes.low, problem.sizes.high
    for n_t in _totals(problem.treatment, k * low, k * high):
        for n_c in _totals(problem.control, k * low, k * high):
            if _people_possible(problem, n_t, n_c):
                slot = (_any(problem, problem.treatment, n_t), _any(problem, problem.control, n_c))
                yield _Choice((), (slot,) * k, n_t, n_c)


def _totals(arm: ArmTotals, low: int, high: int) -> range:
    return range(max(low, arm.people.low), min(high, arm.people.high) + 1)


def _any(problem: SetProblem, arm: ArmTotals, people: int) -> Letters:
    largest = min(problem.sizes.high, people - (problem.k - 1) * problem.sizes.low)
    most = people if arm.mean else max(0, events_span(arm, people)[1])
    return Letters.within(problem.sizes.low, largest, most_events=most)


def _of_trials(trials: Sequence[Trial]) -> _Choice:
    slots = tuple((Letters.of(t.n_t, t.events_t), Letters.of(t.n_c, t.events_c)) for t in trials)
    return _Choice(tuple(t.label for t in trials), slots, sum(t.n_t for t in trials), sum(t.n_c for t in trials))


def _people_possible(problem: SetProblem, n_t: int, n_c: int) -> bool:
    return all(
        span.low <= n <= span.high
        for span, n in (
            (problem.treatment.people, n_t),
            (problem.control.people, n_c),
            (problem.people, n_t + n_c),
        )
    )


def _shares_possible(problem: SetProblem, choice: _Choice) -> bool:
    spans = (events_span(problem.treatment, choice.n_t), events_span(problem.control, choice.n_c))
    return all(low <= high for low, high in spans)


class _Splits:
    """The events of one choice spread over its studies in every way."""

    def __init__(self, problem: SetProblem, choice: _Choice, treatment: Ints, control: Ints, budget: Budget) -> None:
        self.problem, self.choice, self.treatment, self.control = problem, choice, treatment, control
        self.budget, self.known = budget, dict[Any, SetEffects]()

    def search(self, found: _Found, *, attainable: bool) -> None:
        """Every family of specifications in turn."""
        different: list[Ints] = []
        for family in _families(self.problem.specs, apart=not attainable):
            tallies = [_Tally(self.problem, self.choice, spec) for spec in family]
            self._walk(family, tallies, different, attainable=attainable)
            for tally in tallies:
                found.groups += tally.group()
                found.reach += tally.reach() if attainable else []
        found.sets += np.unique(np.concatenate(different)).size if different else 0

    def _walk(
        self, family: Sequence[Spec], tallies: Sequence[_Tally], different: list[Ints], *, attainable: bool
    ) -> None:
        effects = self._effects(family[0])
        bounds = [] if attainable else effects.bounds(family[0], self.problem.targets)
        walk = pairs(self.treatment, self.control, bounds, budget=self.budget, unordered=not self.problem.trials)
        for t, c in walk:
            if not t.size:
                continue
            letters_t, letters_c = self.treatment[t], self.control[c]
            results = numbers_of(family, effects, letters_t, c=letters_c)
            for tally, (values, weights) in zip(tallies, results, strict=True):
                hit = tally.take(values, weights, letters_t, c=letters_c, attainable=attainable)
                different.append(t[hit] * self.control.shape[0] + c[hit])

    def _effects(self, spec: Spec) -> SetEffects:
        key = effects_key(spec)
        if key not in self.known:
            self.known[key] = SetEffects(spec, self.choice.slots)
        return self.known[key]


def _families(specs: Iterable[Spec], *, apart: bool) -> list[list[Spec]]:
    """Specifications that share one fit; kept apart by interval and level where these decide about the bounds."""

    def key(s: Spec) -> str:
        fit = (s.measure, s.variance, s.zero_cells, s.model, s.tau2, s.q, s.counts, s.rd_variance)
        return repr((*fit, s.ci, s.level) if apart else fit)

    return [list(members) for _, members in groupby(sorted(dict.fromkeys(specs), key=lambda s: (key(s), s)), key=key)]


class _Tally:
    """What the sets of one choice give under one specification."""

    def __init__(self, problem: SetProblem, choice: _Choice, spec: Spec) -> None:
        self.problem, self.choice, self.spec = problem, choice, spec
        self.count, self.example, self.values = 0, None, dict[str, float]()
        self.seen = 0
        self.low, self.high = dict.fromkeys(_LIMITS, inf), dict.fromkeys(_LIMITS, -inf)
        self.distance, self.nearest, self.nearest_values = inf, None, dict[str, float]()
        self.nearest_misses: tuple[str, ...] = ()
        self.missed: Counter[int] = Counter()

    example: TableSet | None
    nearest: TableSet | None

    def take(self, values: dict[str, Floats], weights: Floats, t: Ints, *, c: Ints, attainable: bool) -> Bools:
        """File a chunk of sets; which of them give everything printed."""
        targets = self.problem.targets
        defined = np.isfinite(values["ci_low"]) & np.isfinite(values["ci_high"])
        away = np.zeros((len(targets), defined.size))
        for i, target in enumerate(targets):
            ours = value_of(target, values, weights, spec=self.spec, labels=self.choice.labels)
            away[i] = outside(ours, target.window)
        hit = defined & (away == 0).all(axis=0)
        if hit.any():
            self.count += int(hit.sum())
            if self.example is None:
                at = int(np.flatnonzero(hit)[0])
                self.example = table_set(self.choice.slots, self.choice.labels, t[at], c=c[at])
                self.values = natural_numbers(self.spec, values, at)
        if attainable and defined.any():
            self._reached(values, away[:, defined], np.flatnonzero(defined), (t, c))
        return np.asarray(hit, dtype=bool)

    def _reached(self, values: dict[str, Floats], away: Floats, defined: Ints, letters: tuple[Ints, Ints]) -> None:
        self.seen += defined.size
        for name in _LIMITS:
            some = values[name][defined]
            self.low[name] = min(self.low[name], float(some.min()))
            self.high[name] = max(self.high[name], float(some.max()))
        bits = ((away > 0) * (1 << np.arange(away.shape[0]))[:, None]).sum(axis=0)
        self.missed.update(dict(zip(*(x.tolist() for x in np.unique(bits, return_counts=True)), strict=True)))
        worst = away.max(axis=0) if away.shape[0] else np.zeros(defined.size)
        best = int(np.argmin(worst))
        if worst[best] < self.distance:
            at = int(defined[best])
            self.distance = float(worst[best])
            self.nearest = table_set(self.choice.slots, self.choice.labels, letters[0][at], c=letters[1][at])
            self.nearest_values = natural_numbers(self.spec, values, at)
            self.nearest_misses = self._names(int(bits[best]))

    def _names(self, bits: int) -> tuple[str, ...]:
        return tuple(t.name for i, t in enumerate(self.problem.targets) if bits >> i & 1)

    def group(self) -> list[Group]:
        """The sets that give everything, if there are any."""
        if self.example is None:
            return []
        hold_to_slow_path(self.spec, self.example, self.values)
        return [Group(self.choice.labels, self.spec, self.count, self.example, self.values)]

    def reach(self) -> list[Reach]:
        """What is attainable, if the specification is defined on any set."""
        if self.nearest is None:
            return []
        hold_to_slow_path(self.spec, self.nearest, self.nearest_values)
        ends = [
            {n: float(x) for n, x in natural_numbers(self.spec, {n: np.array([v]) for n, v in end.items()}, 0).items()}
            for end in (self.low, self.high)
        ]
        missed = {
            self._names(bits): n for bits, n in sorted(self.missed.items(), key=lambda m: (bin(m[0]).count("1"), m))
        }
        return [
            Reach(
                self.choice.labels, self.spec, self.seen, ends[0], ends[1], self.nearest, self.nearest_values,
                self.nearest_misses, self.distance, missed,
            )
        ]  # fmt: skip


def _searched(problem: SetProblem, found: _Found, budget: Budget) -> str:
    """What was looked at, in words."""
    specs = len(problem.specs)
    under = f"under {specs:,} specification{'s' if specs != 1 else ''}"
    if problem.trials:
        off = ", also with one arm one person larger or smaller" if problem.off_by_one else ""
        what = (
            f"{found.choices:,} choices of {problem.k} of {len({t.name for t in problem.trials})} candidate trials "
            f"({len(problem.trials)} variants{off}); the arms of {len(found.fitting):,} allow the printed shares"
        )
    else:
        what = (
            f"any {problem.k} studies with {problem.sizes} people in an arm; {len(found.fitting):,} of {found.choices:,} "
            "pairs of totals allow the printed shares"
        )
    end = "" if not budget.exhausted else f"; stopped at {budget.most:,} nodes, so that there may be more"
    return f"{what}; every split of their events {under}; {budget.spent:,} nodes{end}"
