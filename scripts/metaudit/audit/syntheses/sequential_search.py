"""The sets of choices that are tried for the claims about one sequential analysis."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any

from metaudit.audit.syntheses.one_plan import OnePlan, one_plan
from metaudit.audit.syntheses.sequential_choices import OF_Z, axes_of_size, axes_of_test, with_z_departing
from metaudit.audit.syntheses.sequential_settings import Axis, Setting, settings
from metaudit.audit.syntheses.sequential_values import OF_SIZE, Trials, Valued
from metaudit.audit.syntheses.statements import statement_of
from metaudit.audit.syntheses.tried import Outcome, Tried, outcome_of
from metaudit.effects.convert import Converted
from metaudit.errors import DataError, InputError
from metaudit.formats.review import Analysis, Claim
from metaudit.measures import measure_of
from metaudit.sequential.open_choices import control_risks, standard_deviations
from metaudit.sequential_result import ways_of_pooling
from metaudit.specs import Spec

_SIZES, _DEPARTING_SIZES = 1500, 1000
"""So many sets of choices are tried for the required size, which is a formula."""
_LOOKED_STATED, _LOOKED = 600, 40
"""And so many of those that agree with what is stated, and of those that depart from it, for the boundaries, which take integrals."""


class Search:
    """The sets of choices of one sequential analysis.

    Parameters
    ----------
    analysis : with its method as it applies to the claims
    claims : about its sequential analysis
    rows : of the trials, as the table has them
    ways : of pooling them that agree with the method, all by one measure

    Raises
    ------
    DataError
        where nothing that is stated makes a sequential analysis of these trials.
    """

    def __init__(
        self, analysis: Analysis, claims: Sequence[Claim], rows: Sequence[Converted], *, ways: Sequence[Spec]
    ) -> None:
        self.analysis, self.ways = analysis, list(ways)
        self.stated_plan: dict[str, Any] = dict(analysis.syntheses.get("sequential", {}))
        self.trials = Trials(rows, file="extraction.csv")
        self._named = {c.id: f"'{c.printed}'" if c.quantity == "text" else f"{c.quantity} {c.printed}" for c in claims}
        self.statements = {c.id: statement_of(c, analysis) for c in claims if c.quantity == "text"}
        self.asked = [c if c.quantity != "text" else replace(c, quantity="count", printed="1") for c in claims]
        self.of_size = [c for c in self.asked if c.quantity in OF_SIZE and c.id not in self.statements]
        self.bounds_asked = len(self.of_size) < len(self.asked)
        self._of_stated: dict[str, Setting] = {}
        self._of_bounds: set[str] = set()
        self._why_not: list[str] = []
        self.axes = self._axes(rows)
        self.names_open = [a.name for axes in self.axes for a in axes if len(a.stated) > 1]

    def _axes(self, rows: Sequence[Converted]) -> tuple[list[Axis], list[Axis]]:
        """Those of the size and those of the boundaries."""
        first = self.ways[0]
        free = replace(self.analysis, method={}, measures=(first.measure,))
        rest = [w for w in ways_of_pooling(free, rows, level=first.level) if w not in self.ways]
        effects = self.trials.effects(first)
        if measure_of(first.measure).null is None:
            raise DataError(f"{first.measure} has no value of no effect that z could be measured from")
        if not effects.k:
            reasons = "; ".join(f"{s.label} (row {s.row.line}): {why}" for s, why in effects.incomplete[:3])
            raise DataError(f"no trial can be used: {reasons or 'there is no row'}")
        ordered = any(c.quantity in ("tsa_p", "tsa_estimate") for c in self.asked)
        futility = any("futility" in s for s in self.statements.values())
        return (
            axes_of_size(self.stated_plan, first.measure, effects=effects, ways=self.ways, others=rest),
            axes_of_test(
                self.stated_plan, dated=self.trials.dated, futility=futility, ordered=ordered, adjusted=self._adjusted
            ),
        )

    @property
    def _adjusted(self) -> bool | None:
        """Whether z may be by Hartung and Knapp as what is pooled is stated to be; None without a random-effects model.

        By the TSA program z is the estimate over its usual standard error (Thorlund et al. 2011, chapter 2), however else is pooled.
        """
        if not any(w.has_tau2 for w in self.ways):
            return None
        return (
            str(self.analysis.method.get("ci", "")).startswith("hksj") and self.stated_plan.get("convention") != "tsa"
        )

    @cached_property
    def stated(self) -> list[Tried]:
        """The sets of choices that agree with what is stated, the most usual first.

        Where sizes are printed, boundaries are worked out under those that give them.
        """
        pairs = [(s, t) for t in self._tests for s in self._sized] if self.bounds_asked else []
        found = self._tried(pairs, self._sized, most=_LOOKED_STATED)
        if not found:
            why = f": {self._why_not[0]}" if self._why_not else ""
            raise DataError(f"the stated choices make no required information size{why}")
        return found

    @cached_property
    def _sized(self) -> list[Setting]:
        """The stated choices of the required size."""
        return settings(self.axes[0], departures=0, most=_SIZES)

    @cached_property
    def _tests(self) -> list[Setting]:
        """The stated choices of the boundaries."""
        found = settings(self.axes[1], departures=0, most=_LOOKED_STATED)
        return [t for t in map(with_z_departing, found) if not t.departures]

    @cached_property
    def _scored(self) -> dict[int, float]:
        """How much of the printed sizes each of the stated ones gives, by its identity."""
        return {id(s): self._score(s) for s in self._sized}

    @cached_property
    def others(self) -> list[Tried]:
        """Those that depart from it in one choice, then in two."""
        sized = {d: settings(self.axes[0], departures=d, most=_DEPARTING_SIZES) for d in (0, 1, 2)}
        tests: dict[int, list[Setting]] = {0: [], 1: [], 2: [], 3: []}
        for t in (t for d in (0, 1, 2) for t in settings(self.axes[1], departures=d, most=_LOOKED)):
            test = with_z_departing(t)
            tests[len(test.departures)].append(test)
        pairs = []
        if self.bounds_asked:
            for total in (1, 2):
                pairs += [(s, t) for d in range(total + 1) for t in tests[d] for s in sized[total - d]]
        return self._tried(pairs, [*sized[1], *sized[2]], most=_LOOKED)

    def again(self, rows: Sequence[Converted], spec: str) -> Tried:
        """The same stated choices for other rows.

        Raises
        ------
        DataError
            where they are not defined there.
        """
        setting = self._of_stated[spec]
        trials = Trials(rows, file=self.trials.file)
        of_trials = {"control risk": control_risks, "SD": standard_deviations}
        chosen = {
            name: replace(c, value=of_trials[name](trials.effects(setting.value("pooling")))[c.way]) if c.way else c
            for name, c in setting.chosen.items()
        }
        return Tried(spec, Valued(trials, replace(setting, chosen=chosen), self.statements).value)

    @cached_property
    def plan(self) -> OnePlan[Outcome]:
        """What the stated choices give of the claims, which are of one plan."""
        found = one_plan(self.stated, self.asked, self._named)
        if all(found.best.gives(c.id) for c in self.asked):
            return found
        further = [outcome_of(t, self.asked) for t in self._further()]
        # One printed size does not outvote everything else that is printed with it.
        if max(map(found.rank, further), default=(0, 0.0)) > found.rank(found.best):
            return replace(found, outcomes=[*found.outcomes, *further])
        return replace(found, elsewhere=further)

    def _further(self) -> list[Tried]:
        """Boundaries under the stated sizes that give less of the printed sizes than the best do."""
        if not self.bounds_asked:
            return []
        most = max(self._scored.values())
        rest = [s for s in self._sized if 0 <= self._scored[id(s)] < most]
        pairs = sorted(((s, t) for t in self._tests for s in rest), key=lambda pair: pair[0].moves + pair[1].moves)
        left = max(_LOOKED, _LOOKED_STATED - len(self._of_bounds))
        return [self._one(s.with_(t)) for s, t in pairs[:left]]

    @property
    def rank(self) -> tuple[int, float]:
        """How many of the claims the stated choices give at best, and how much of them."""
        return self.plan.rank(self.plan.best)

    @property
    def cut_off(self) -> str:
        """How many of the sets of choices that are left open were looked at, in a sentence; empty where all were."""
        undefined = sum(score < 0 for score in self._scored.values())
        every = math.prod(len(a.stated) for a in self.axes[0]) - undefined
        looked = len(self._sized) - undefined
        if self.bounds_asked:
            every, looked = every * len(self._tests), len(self._of_bounds)
        if looked >= every:
            return ""
        return f"{looked:,} of the {every:,} sets of choices that the paper leaves open were looked at."

    def _tried(self, pairs: list[tuple[Setting, Setting]], sized: list[Setting], *, most: int) -> list[Tried]:
        """Pairs of a size that explains most of the printed sizes and a test, then the other sizes."""
        scores = dict(self._scored)
        for s in [*sized, *(s for s, _ in pairs)]:
            if id(s) not in scores:
                scores[id(s)] = self._score(s)
        best = max(scores.values(), default=-1.0)
        looked = [(s, t) for s, t in pairs if scores[id(s)] == best >= 0]
        looked.sort(key=lambda pair: (len(pair[0].departures) + len(pair[1].departures), pair[0].moves + pair[1].moves))
        looked = looked[:most]
        also = {id(s) for s, _ in looked}
        rest = [s for s in sized if id(s) not in also and scores[id(s)] >= 0]
        return [self._one(s.with_(t)) for s, t in looked] + [self._one(s) for s in rest]

    def _score(self, setting: Setting) -> float:
        """How much of the printed sizes a set of choices gives; below 0 where it makes none."""
        valued = Valued(self.trials, setting, {})
        try:
            _ = valued.size
        except (DataError, InputError) as error:
            self._why_not.append(str(error))
            return -1.0
        return outcome_of(Tried("", valued.value), self.of_size).explained

    def _one(self, setting: Setting) -> Tried:
        valued = Valued(self.trials, setting, self.statements)
        choices, spec = setting.open_words(self.names_open), _spec_words(setting)
        if not setting.departures:
            self._of_stated[spec] = setting
            self._of_bounds |= {spec} if valued.bounded else set()
        return Tried(spec, valued.value, choices, setting.departures)


def _spec_words(setting: Setting) -> str:
    """``TSA RR | random DL | alpha 5 % | ...``: never mistaken for the string of a pooled effect, which ends in its level."""
    spec: Spec = setting.value("pooling")
    # The usual z is that of how the trials are pooled: only another one is told.
    idle = {"pooling", *([OF_Z] if not setting.value(OF_Z, False) else [])}
    words = [f"{name} {c.words}" for name, c in setting.chosen.items() if name not in idle]
    return " | ".join([f"TSA {spec.measure}", setting.chosen["pooling"].words, *words])
