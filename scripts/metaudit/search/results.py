"""What many specifications give for one set of rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from scipy.special import chdtrc

from metaudit.effects.zero_cells import Floats
from metaudit.pooling.batch_sums import down
from metaudit.search.columns import Ints
from metaudit.search.plan import PART_OF, Plan, by_measure
from metaudit.specs import Spec

QUANTITIES = (
    "estimate", "ci_low", "ci_high", "pi_low", "pi_high", "se", "z", "p", "q", "q_df", "q_p", "i2", "h2", "tau2", "k",
)  # fmt: skip


ByMeasure = tuple[tuple[str, Any], ...]


class StudyClasses(NamedTuple):
    """Effect, variance, level and people of one row by class, shape ``(c,)``; every measure with its classes; the class of each specification."""

    yi: Floats
    vi: Floats
    levels: Floats
    people: Floats
    measures: ByMeasure
    of: Ints


@dataclass(frozen=True)
class Results:
    """``s`` specifications evaluated on the ``r`` rows of one analysis.

    Attributes
    ----------
    specs : the specifications, in their order
    lines, labels : of the rows
    values : every quantity of ``QUANTITIES``, shape ``(s,)``; effects and limits on the analysis scale, percent for i2;
        NaN where it is not defined
    yi, vi, weights : of every row under every specification, shape ``(s, r)``; NaN where the row is not in; weights in
        percent
    typical_n : harmonic mean of the sample sizes, for measures whose way back to the natural scale needs one (PFT); else NaN
    people : sample size of every row, shape ``(s, r)``, for the same measures; else NaN
    groups : the same for each level of the analysis's subgroups
    subgroup_q, subgroup_p : test between subgroups, shape ``(s,)``; NaN without subgroups
    failed : why a specification has no result, by its index
    """

    specs: tuple[Spec, ...]
    lines: tuple[int, ...]
    labels: tuple[str, ...]
    values: Mapping[str, Floats]
    yi: Floats
    vi: Floats
    weights: Floats
    typical_n: Floats
    people: Floats
    groups: Mapping[str, Results] = field(default_factory=dict)
    subgroup_q: Floats = field(default_factory=lambda: np.empty(0))
    subgroup_p: Floats = field(default_factory=lambda: np.empty(0))
    failed: Mapping[int, str] = field(default_factory=dict)

    @property
    def plan(self) -> Plan | None:
        """What the specifications share, where it is known."""
        return None

    def classes(self, quantity: str) -> tuple[Floats, Ints]:
        """The values that a quantity can take, shape ``(c,)``, and which of them each specification has, shape ``(s,)``."""
        return self.values[quantity], np.arange(len(self.specs))

    def of_classes(self, quantity: str) -> tuple[ByMeasure, Floats]:
        """Every measure with its classes of a quantity, and the typical size of each class, shape ``(c,)``."""
        return by_measure([s.measure for s in self.specs]), self.typical_n

    def study_classes(self, row: int, *, by_level: bool) -> StudyClasses:
        """One row by class; ``by_level`` parts specifications of different levels."""
        levels = np.array([s.level for s in self.specs])
        measures = by_measure([s.measure for s in self.specs])
        people = self.people[:, row]
        return StudyClasses(self.yi[:, row], self.vi[:, row], levels, people, measures, np.arange(len(self.specs)))

    def weight_classes(self, row: int) -> tuple[Floats, Ints]:
        """Weight of one row by class, and the class of each specification."""
        return self.weights[:, row], np.arange(len(self.specs))

    def studies(self, spec: int) -> tuple[Floats, Floats]:
        """Effects and variances of every row under one specification, shape ``(r,)`` each."""
        return self.yi[spec], self.vi[spec]

    def weights_of(self, rows: Sequence[int]) -> Floats:
        """Weights of some rows under every specification, shape ``(s, n)``."""
        return np.asarray(self.weights[:, list(rows)])

    @property
    def computable(self) -> Any:
        """Which rows have an effect under some specification, shape ``(r,)``."""
        return np.isfinite(self.yi).any(axis=0)

    @property
    def weighed(self) -> Any:
        """Which rows have a weight under some specification, shape ``(r,)``."""
        return np.isfinite(self.weights).any(axis=0)

    @property
    def populated(self) -> Any:
        """Which specifications have a study, shape ``(s,)``."""
        return np.isfinite(self.yi).any(axis=1)


class _Spread(Mapping[str, Floats]):
    """Quantities by name, spread over all specifications when asked for."""

    def __init__(self, results: Planned) -> None:
        self._results = results

    def __getitem__(self, name: str) -> Floats:
        values, of = self._results.classes(name)
        return values[of]

    def __iter__(self) -> Iterator[str]:
        return iter(self._results.numbers)

    def __len__(self) -> int:
        return len(self._results.numbers)


class Planned(Results):
    """The same, held once for all specifications that share it; whole arrays are made when they are asked for.

    Attributes
    ----------
    plan : what the specifications share
    numbers : every quantity by the classes of its part of the plan
    effects, variances : of every row under each variant, shape ``(v, r)``
    shares : weights of every row under each fit, shape ``(f, r)``
    sizes : harmonic mean of the sample sizes under each variant, shape ``(v,)``
    people_of_rows : sample size of every row where a variant needs it, shape ``(r,)``; no variant changes it
    """

    def __init__(
        self, plan: Plan, *, lines: Sequence[int], labels: Sequence[str], failed: dict[int, str] | None = None
    ) -> None:
        own: dict[str, Any] = {
            "_plan": plan, "specs": plan.specs, "lines": tuple(lines), "labels": tuple(labels), "numbers": {}, "groups": {},
            "failed": {} if failed is None else failed, "subgroup_q": np.full(len(plan.specs), np.nan),
            "subgroup_p": np.full(len(plan.specs), np.nan), "effects": np.full((len(plan.variants), len(lines)), np.nan),
            "variances": np.full((len(plan.variants), len(lines)), np.nan),
            "shares": np.full((len(plan.fits), len(lines)), np.nan), "sizes": np.full(len(plan.variants), np.nan),
            "people_of_rows": np.full(len(lines), np.nan),
        }  # fmt: skip
        self.__dict__.update(own)

    numbers: dict[str, Floats]
    effects: Floats
    variances: Floats
    shares: Floats
    sizes: Floats
    people_of_rows: Floats

    @property
    def plan(self) -> Plan:
        """What the specifications share."""
        plan: Plan = self.__dict__["_plan"]
        return plan

    @property
    def values(self) -> Mapping[str, Floats]:
        """Every quantity, shape ``(s,)``; not kept, because the two would hold each other, and the arrays, for ever."""
        return _Spread(self)

    @cached_property
    def _variant(self) -> Ints:
        return self.plan.variant_of[self.plan.part("fit").of]

    @cached_property
    def yi(self) -> Floats:
        """Effects, shape ``(s, r)``."""
        return self.effects[self._variant]

    @cached_property
    def vi(self) -> Floats:
        """Variances, shape ``(s, r)``."""
        return self.variances[self._variant]

    @cached_property
    def weights(self) -> Floats:
        """Weights, shape ``(s, r)``."""
        return self.shares[self.plan.part("fit").of]

    @cached_property
    def typical_n(self) -> Floats:
        """Harmonic means of the sample sizes, shape ``(s,)``."""
        return self.sizes[self._variant]

    @property
    def people(self) -> Floats:
        """Sample sizes of the rows, shape ``(s, r)``."""
        return np.broadcast_to(self.people_of_rows, (len(self.specs), self.people_of_rows.size))

    def classes(self, quantity: str) -> tuple[Floats, Ints]:
        """The values that a quantity can take, and which of them each specification has."""
        return self.numbers[quantity], self.plan.part(PART_OF[quantity]).of

    def of_classes(self, quantity: str) -> tuple[ByMeasure, Floats]:
        """Every measure with its classes of a quantity, and the typical size of each class."""
        name = PART_OF[quantity]
        return self.plan.measures_of(name), self.sizes[self.plan.variant_of[self.plan.fits_of(name)]]

    def study_classes(self, row: int, *, by_level: bool) -> StudyClasses:
        """One row by class."""
        name = "study" if by_level else "variant"
        part, measures = self.plan.part(name), self.plan.measures_of(name)
        v = self.plan.variant_of[self.plan.part("fit").of[part.first]]
        people = np.broadcast_to(self.people_of_rows[row], v.shape)
        return StudyClasses(
            self.effects[v, row], self.variances[v, row], self.plan.levels_of(name), people, measures, part.of
        )

    def weight_classes(self, row: int) -> tuple[Floats, Ints]:
        """Weight of one row by class, and the class of each specification."""
        return self.shares[:, row], self.plan.part("fit").of

    def studies(self, spec: int) -> tuple[Floats, Floats]:
        """Effects and variances of every row under one specification."""
        v = int(self._variant[spec])
        return self.effects[v], self.variances[v]

    def weights_of(self, rows: Sequence[int]) -> Floats:
        """Weights of some rows under every specification."""
        return np.asarray(self.shares[:, list(rows)][self.plan.part("fit").of])

    @property
    def computable(self) -> Any:
        """Which rows have an effect under some specification."""
        return np.isfinite(self.effects).any(axis=0)

    @property
    def weighed(self) -> Any:
        """Which rows have a weight under some specification."""
        return np.isfinite(self.shares).any(axis=0)

    @property
    def populated(self) -> Any:
        """Which specifications have a study."""
        there: Any = np.isfinite(self.effects).any(axis=1)
        return there[self._variant]


def blank_results(specs: Sequence[Spec], *, lines: Sequence[int], labels: Sequence[str]) -> Results:
    """Results in which nothing is defined yet: NaN everywhere, to be filled in.

    Parameters
    ----------
    specs : the specifications
    lines, labels : of the rows
    """
    s, r = len(specs), len(lines)
    return Results(
        specs=tuple(specs),
        lines=tuple(lines),
        labels=tuple(labels),
        values={q: np.full(s, np.nan) for q in QUANTITIES},
        yi=np.full((s, r), np.nan),
        vi=np.full((s, r), np.nan),
        weights=np.full((s, r), np.nan),
        typical_n=np.full(s, np.nan),
        people=np.full((s, r), np.nan),
        groups={},
        subgroup_q=np.full(s, np.nan),
        subgroup_p=np.full(s, np.nan),
        failed={},
    )


def between_groups(results: Results, *, studies: Any = None) -> None:
    """Q between subgroups from their estimates and standard errors (Borenstein et al. 2009, ch. 19).

    NaN where a subgroup has studies but no estimate: a test of the others alone would answer another question.

    Parameters
    ----------
    results : with its groups filled in; the test is entered
    studies : whether each subgroup has a study, shape ``(groups, s)``; needed where ``yi`` does not hold all rows
    """
    estimates = np.array([g.values["estimate"] for g in results.groups.values()])
    se = np.array([g.values["se"] for g in results.groups.values()])
    inside = np.isfinite(estimates) & np.isfinite(se)
    if studies is None:
        studies = np.array([g.populated for g in results.groups.values()])
    with np.errstate(divide="ignore", invalid="ignore"):
        w = np.where(inside, 1 / se**2, 0.0)
        x = np.where(inside, estimates, 0.0)
        total = down(w)
        q = down(w * (x - down(w * x) / total) ** 2)
        df = inside.sum(axis=0) - 1
        p = np.where(df > 0, chdtrc(np.maximum(df, 1), q), np.nan)
    done = inside.any(axis=0) & (inside == studies).all(axis=0)
    results.subgroup_q[:] = np.where(done, q, np.nan)
    results.subgroup_p[:] = np.where(done, p, np.nan)
