"""Claims of models of dependent effects: three levels, correlated sampling errors, cluster-robust variances."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property, partial
from itertools import product
from typing import Any

from metaudit.audit.intervals import Filed
from metaudit.audit.own_value import Ours, Unanswerable
from metaudit.audit.scale import printed_of, quantity_asked
from metaudit.audit.syntheses.multilevel_model import LEVELS, TESTS, Inference, Model
from metaudit.audit.syntheses.multilevel_values import PROFILED, Fit
from metaudit.audit.syntheses.searching import SearchOfEffects, searched
from metaudit.audit.syntheses.study_effects import StudyEffects, other_effects, stated_effects
from metaudit.audit.syntheses.tried import Tried, outcome_of
from metaudit.effects.compute import Effects
from metaudit.effects.convert import Converted
from metaudit.errors import DataError
from metaudit.formats.indexed import column_name, known_columns
from metaudit.formats.review import Analysis, Claim, Review
from metaudit.formats.stated import with_override
from metaudit.formats.tables import Row
from metaudit.multilevel.fit import METHODS
from metaudit.multilevel.robust import KINDS

ROBUST = ("none", *reversed(KINDS))
RHOS = (0.0, 0.2, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
_LEVELS = (0.9, 0.95, 0.99)
_MOST_PROFILED = 3
# What an interval called by these names follows; a robust variance has tests of its own.
_OF_CI = {"wald": "normal", "t": "residual"}
_PLAIN_TESTS = ("normal", "residual", "clusters")
_ROBUST_TESTS = {"CR2": ("satterthwaite", "clusters", "normal")}
_OTHER_ROBUST = ("clusters", "satterthwaite", "normal")


def findings(
    analysis: Analysis, claims: Sequence[Claim], rows: Sequence[Row], *, review: Review, level: float
) -> Iterator[Filed]:
    """Verdicts on the claims of one analysis of dependent effects under one method override.

    Parameters
    ----------
    analysis : with ``multilevel``
    claims : of the analysis
    rows : that it pools
    review : the review
    level : level of intervals where none is stated
    """
    yield from searched(lambda of: Search(analysis, claims, of, level=level), claims, rows, analysis=analysis)


class Search(SearchOfEffects):
    """The sets of choices of one analysis of dependent effects.

    Parameters
    ----------
    analysis, claims, level : as :func:`findings`
    rows : converted

    Raises
    ------
    DataError
        when a row has no cluster, no row can be used, or the stated estimator is none of these models'.
    """

    def __init__(self, analysis: Analysis, claims: Sequence[Claim], rows: Sequence[Converted], *, level: float) -> None:
        super().__init__(analysis, claims, rows, level=level)
        self.said: Mapping[str, Any] = analysis.syntheses["multilevel"]
        self.method = with_override(analysis.method, claims[0].method if claims else "")
        self.level = float(self.method.get("level", level))
        self.methods = (str(self.method["tau2"]),) if "tau2" in self.method else METHODS
        if self.methods[0] not in METHODS:
            raise DataError(
                f"a model of dependent effects is fitted by REML or ML, not by {self.methods[0]}; robust variances of a usual fit by "
                f"{self.methods[0]} are computed by metaudit pool, with --tau2 {self.methods[0]} --cluster and --robust"
            )
        self.ways = stated_effects(analysis, self.method, rows, level=level)
        self._fits: dict[Model, Fit] = {}
        self.k_counts = ("effects", "studies") if self._counts_open() else ("effects",)

    def _counts_open(self) -> bool:
        """Whether a printed k is not the number of effects, so that it may be that of studies."""
        numbers = [printed_of(c) for c in self.claims if quantity_asked(c) == "k" and not c.subject]
        return any(n is not None and n.value != self.ways[0].effects.k for n in numbers)

    @cached_property
    def column(self) -> str:
        """The column of the clusters."""
        known = known_columns([r.row for r in self.rows])
        name = column_name(str(self.said.get("cluster", "study")), known)
        if name not in known:
            raise DataError(
                f"there is no column {name} that says which effects belong together; name another as cluster"
            )
        return name

    def _clusters(self, way: StudyEffects) -> tuple[str, ...]:
        labels = tuple(s.row.text(self.column).strip() for s in way.effects.studies)
        if "" in labels:
            line = way.effects.studies[labels.index("")].row.line
            raise DataError(
                f"row {line} of extraction.csv has no {self.column.removeprefix('x_')}, which says which effects belong together"
            )
        return labels

    @cached_property
    def stated(self) -> list[Tried]:
        """What agrees with the authors, the conventional first: three levels by REML, independent sampling errors, no robust variance."""
        return [t for tried in self._stated_models.values() for t in tried]

    @cached_property
    def _stated_models(self) -> dict[Model, list[Tried]]:
        out: dict[Model, list[Tried]] = {}
        for way in self.ways:
            clusters = self._clusters(way)
            for levels, rho, method in product(self._levels(), self._rhos(clusters), self.methods):
                model = Model(way, clusters, levels, rho, method)
                out[model] = list(self._read(model, self._inferences()))
        return out

    @cached_property
    def _worth_profiling(self) -> list[Model]:
        """The stated models that give most of the claims apart from intervals of variances."""
        rest = [c for c in self.claims if quantity_asked(c) not in PROFILED]
        gives: dict[Model, float] = {}
        for model, tried in self._stated_models.items():
            gives[model] = max(outcome_of(t, rest).explained for t in tried)
        best = max(gives.values())
        return [m for m, x in gives.items() if x == best][:_MOST_PROFILED]

    def _levels(self) -> tuple[int, ...]:
        return (int(self.said["levels"]),) if "levels" in self.said else (3, 2, 1)

    def _rhos(self, clusters: Sequence[str]) -> tuple[float, ...]:
        if "rho" in self.said:
            return (float(self.said["rho"]),)
        return RHOS if len(set(clusters)) < len(clusters) else RHOS[:1]

    def _inferences(self) -> list[Inference]:
        kinds = (str(self.said["robust"]),) if "robust" in self.said else ROBUST
        return [Inference(kind, test, self.level) for kind in kinds for test in self._tests(kind)]

    def _tests(self, kind: str) -> tuple[str, ...]:
        """The distributions that agree with the stated interval; ``t`` alone does not say with how many degrees of freedom."""
        possible = _PLAIN_TESTS if kind == "none" else _ROBUST_TESTS.get(kind, _OTHER_ROBUST)
        if "test" in self.said:
            return (str(self.said["test"]),)
        said = _OF_CI.get(str(self.method.get("ci", "")))
        if said == "normal":
            return ("normal",)
        return tuple(t for t in possible if t != "normal") if said else possible

    def _read(self, model: Model, by: Sequence[Inference], departures: tuple[str, ...] = ()) -> Iterator[Tried]:
        fit = self._fits.setdefault(model, Fit(model))
        for inference, counts in product(by, self.k_counts):
            choices = {
                **model.way.choices, "levels": str(model.levels), "correlation of sampling errors": f"{model.rho:g}",
                "estimator": model.method, "robust variance": inference.robust, "test": TESTS[inference.test], "k counts": counts,
            }  # fmt: skip
            yield Tried(
                self._spec(model, inference, counts), partial(self._value, fit, inference, counts), choices, departures
            )

    def _value(self, fit: Fit, by: Inference, counts: str, claim: Claim) -> Ours:
        if quantity_asked(claim) in PROFILED and fit.model not in self._worth_profiling:
            raise Unanswerable(
                "an interval of a variance is worked out under the models alone that give most of the other numbers"
            )
        return fit.value(claim, by, self.rows, k_counts=counts)

    def _spec(self, m: Model, by: Inference, counts: str) -> str:
        """``RR | 0.5@only-zero | 3 levels by study REML, rho 0.6 | CR2, satterthwaite | 95%``."""
        fitted = f"{m.levels} level{'s' if m.levels > 1 else ''} by {self.column.removeprefix('x_')} {m.method}, rho {m.rho:g}"
        without = [f"without {m.without}"] if m.without else []
        counted = [f"k: {counts}"] if counts != "effects" else []
        inference = f"{by.robust}, {by.test}" if by.robust != "none" else by.test
        return " | ".join([m.way.words, fitted, inference, *without, *counted, f"{100 * by.level:g}%"])

    @property
    def effects(self) -> Effects:
        """The effects under the conventional measure, rule for zero cells and sampling variance."""
        return self.ways[0].effects

    @cached_property
    def others(self) -> list[Tried]:
        """What departs from the first of the stated sets of choices in one of them, whatever is left open of how it is judged."""
        way = self.ways[0]
        clusters = self._clusters(way)
        first = Model(way, clusters, self._levels()[0], self._rhos(clusters)[0], self.methods[0])
        own = self._inferences()
        out = [t for words, by in self._other_inferences() for t in self._read(first, [by], (words,))]
        for words, model in self._other_models(first):
            out += list(self._read(model, own, words))
        return out

    def _other_inferences(self) -> Iterator[tuple[str, Inference]]:
        own = self._inferences()
        for kind in ROBUST:
            for test in _PLAIN_TESTS if kind == "none" else _ROBUST_TESTS.get(kind, _OTHER_ROBUST):
                by = Inference(kind, test, self.level)
                if by not in own:
                    same = kind == own[0].robust
                    robust = "no robust variance" if kind == "none" else f"robust variance {kind}"
                    yield TESTS[test] if same else f"{robust}, {TESTS[test]}", by
        for level in _LEVELS:
            if level != self.level:
                yield f"level {100 * level:g} %", Inference(own[0].robust, own[0].test, level)

    def _other_models(self, first: Model) -> Iterator[tuple[tuple[str, ...], Model]]:
        """Models that depart in one choice, in words."""
        way, clusters, levels, rho, method = first.way, first.clusters, first.levels, first.rho, first.method
        for n in LEVELS:
            if n not in self._levels():
                yield (LEVELS[n],), Model(way, clusters, n, rho, method)
        for r in RHOS if len(set(clusters)) < len(clusters) else ():
            if r not in self._rhos(clusters):
                yield (
                    (f"sampling errors correlated {r:g}" if r else "sampling errors independent",),
                    Model(way, clusters, levels, r, method),
                )
        for m in METHODS:
            if m not in self.methods:
                yield (f"estimator {m}",), Model(way, clusters, levels, rho, m)
        for other in other_effects(self.analysis, self.method, self.rows, first=way):
            yield other.departures, Model(other, self._clusters(other), levels, rho, method)
        names = list(dict.fromkeys(clusters))
        for name in names if len(names) > 3 else []:
            yield (f"without {name}",), Model(way, clusters, levels, rho, method, name)
