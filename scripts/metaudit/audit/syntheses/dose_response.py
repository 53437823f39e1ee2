"""Claims of a dose-response meta-analysis: relative risks at doses, coefficients, tests, under the stated way to fit and others."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from itertools import product
from typing import Any

import numpy as np

from metaudit.audit.intervals import Filed
from metaudit.audit.syntheses.dose_values import Fit, Way, all_doses, knots_words
from metaudit.audit.syntheses.inputs import certainty_of_rows, partly_public, provenance
from metaudit.audit.syntheses.judging import Context
from metaudit.audit.syntheses.searching import SearchOfRows, searched
from metaudit.audit.syntheses.tried import Tried
from metaudit.doseresponse.basis import Curve, spline
from metaudit.doseresponse.fit import METHODS
from metaudit.doseresponse.rows import Doses, doses_of
from metaudit.doseresponse.search import usual_curves
from metaudit.doseresponse.study import COVARIANCES
from metaudit.effects.convert import Converted
from metaudit.errors import DataError
from metaudit.formats.doses import dose_column
from metaudit.formats.review import Analysis, Claim, Review
from metaudit.formats.stated import with_override
from metaudit.formats.tables import Row
from metaudit.measures import Measure, measure_of

_RATIO = measure_of("GEN-LOG")
# Percentiles of three knots that papers use beside Harrell's.
_THREE = ((25, 50, 75), (5, 50, 95))
_METHOD_OF = {"common": ("fixed",)}
_DESIGN_OF = {"OR": "cc", "RR": "ci", "IRR": "ir"}
_DESIGN_WORDS = {"cc": "case-control", "ci": "cohort"}
_LEVELS = (0.9, 0.95, 0.99)


def findings(
    analysis: Analysis, claims: Sequence[Claim], rows: Sequence[Row], *, review: Review, level: float
) -> Iterator[Filed]:
    """Verdicts on the claims of one dose-response analysis under one method override.

    Parameters
    ----------
    analysis : with ``dose_response``
    claims : of the analysis
    rows : that it pools, one for each dose of each study
    review : the review
    level : level of intervals where none is stated
    """
    # What a row lacks is said by the reason itself: a dose needs other numbers than a pooled effect of the same measure.
    needs = replace(analysis, measures=())
    yield from searched(lambda of: Search(analysis, claims, of, level=level), claims, rows, analysis=needs)


class Search(SearchOfRows):
    """The ways to fit one dose-response analysis.

    Parameters
    ----------
    analysis, claims, level : as :func:`findings`
    rows : converted

    Raises
    ------
    DataError
        when a relative risk or its spread is missing.
    """

    def __init__(self, analysis: Analysis, claims: Sequence[Claim], rows: Sequence[Converted], *, level: float) -> None:
        super().__init__(analysis, claims, rows, level=level)
        self.said: Mapping[str, Any] = analysis.syntheses["dose_response"]
        self.method = with_override(analysis.method, claims[0].method if claims else "")
        self.level = float(self.method.get("level", level))
        measure = str(self.method.get("measure", "")) or (analysis.measures[0] if analysis.measures else "GEN-LOG")
        self._column, self._log = dose_column(analysis, [r.row for r in rows]), measure != "GEN"
        first = _DESIGN_OF.get(measure, "cc")
        self._designs = (first,) if measure in _DESIGN_OF else ("cc", "ci")
        self.doses = [self._read(d) for d in self._designs]
        if not self.doses[0].open_design:
            self.doses = self.doses[:1]

    def _read(self, design: str) -> Doses:
        return doses_of(self.rows, column=self._column, log=self._log, design=design)

    def context(self, rows: Sequence[Row]) -> Context:
        """A claim about a relative risk is about a ratio; every claim rests on all rows."""
        lines = provenance(rows)
        return Context(self._measure_of, lambda _: lines, certainty_of_rows(rows))

    def _measure_of(self, claim: Claim) -> Measure | None:
        return _RATIO if claim.quantity in ("predicted", "estimate", "ci_low", "ci_high", "coef") else None

    def finished(self, found: Iterable[Filed]) -> Iterator[Filed]:
        """The findings; NOT_CHECKABLE where studies are not public."""
        return partly_public(found, self.analysis, f"{len(self.doses[0].studies)} studies")

    @cached_property
    def stated(self) -> list[Tried]:
        """What agrees with the authors, the conventional first: a line, two stages, REML, Greenland and Longnecker's covariances."""
        return [self._tried(way, doses) for way, doses in self._ways()]

    def _ways(self) -> Iterator[tuple[Way, Doses]]:
        stages = (int(self.said["stages"]),) if "stages" in self.said else (2, 1)
        kinds = (str(self.said["covariance"]),) if "covariance" in self.said else COVARIANCES
        for (design, doses), curve in product(zip(self._designs, self.doses, strict=False), self._curves()):
            for stage, method, kind in product(stages, self._methods(), kinds):
                if method != "DL" or (curve.kind == "linear" and stage == 2):
                    yield Way(curve, method, stage, kind, design), doses

    def _methods(self) -> tuple[str, ...]:
        if self.method.get("model") == "common":
            return ("fixed",)
        said = str(self.method.get("tau2", ""))
        if said:
            if said not in METHODS:
                raise DataError(f"a dose-response curve is fitted by {', '.join(METHODS[1:])}, not by {said}")
            return (said,)
        random = tuple(sorted(METHODS[1:], key=lambda m: m != "REML"))
        return random if self.method.get("model") == "random" else (*random, "fixed")

    def _curves(self) -> list[Curve]:
        """The curves that agree with what is stated."""
        kind, knots = str(self.said.get("curve", "")), self.said.get("knots")
        doses = all_doses(self.doses[0])
        if isinstance(knots, int):
            return [spline(doses, knots), *self._otherwise(knots)]
        if knots is not None:
            return [Curve("spline", tuple(float(k) for k in knots))]
        usual = [*usual_curves(self.doses[0].studies), *self._otherwise(3)]
        return [c for c in usual if not kind or c.kind == kind]

    def _otherwise(self, knots: int) -> list[Curve]:
        """Splines with three knots at other percentiles than Harrell's."""
        out, doses = [], all_doses(self.doses[0])
        for percentiles in _THREE if knots == 3 else ():
            try:
                out.append(Curve("spline", tuple(float(q) for q in np.percentile(doses, percentiles))))
            except DataError:  # the doses bunch up: no such knots
                continue
        return out

    def _tried(self, way: Way, doses: Doses, departures: tuple[str, ...] = (), level: float | None = None) -> Tried:
        choices = {
            "curve": way.curve.kind, "spline": knots_words(way.curve) if way.curve.knots else "", "estimator": way.method, "stages": str(way.stages),
            "covariance": way.covariance, "design": _DESIGN_WORDS.get(way.design, "person-time"),
        }  # fmt: skip
        if not doses.open_design:
            del choices["design"]
        at = self.level if level is None else level
        spec = f"{way.spec}{f' | {way.design}' if doses.open_design else ''} | {100 * at:g}%"
        return Tried(spec, Fit(way, doses, at).value, choices, departures)

    @cached_property
    def others(self) -> list[Tried]:
        """What departs from the first of the stated ways in one choice."""
        first, doses = next(self._ways())
        own = {way for way, _ in self._ways()}
        out = []
        for words, way in self._other_ways(first):
            if way not in own:
                out.append(self._tried(way, doses, (words,)))
        for design in _DESIGN_WORDS if doses.open_design else ():
            if design not in self._designs:
                out.append(
                    self._tried(
                        self._changed(first, design=design), self._read(design), (f"design {_DESIGN_WORDS[design]}",)
                    )
                )
        out += [self._tried(first, doses, (f"level {100 * x:g} %",), x) for x in _LEVELS if x != self.level]
        return out

    def _other_ways(self, first: Way) -> Iterator[tuple[str, Way]]:
        for curve in [*usual_curves(self.doses[0].studies), *self._otherwise(3)]:
            yield f"{'spline ' if curve.knots else ''}{knots_words(curve)}", self._changed(first, curve=curve)
        for method in METHODS:
            if method != "DL" or (first.curve.kind == "linear" and first.stages == 2):
                yield (
                    "common effect" if method == "fixed" else f"estimator {method}",
                    self._changed(first, method=method),
                )
        if first.method != "DL":
            yield f"stages {3 - first.stages}", self._changed(first, stages=3 - first.stages)
        for kind in COVARIANCES:
            yield f"covariances {kind}", self._changed(first, covariance=kind)
        names = list(dict.fromkeys(s.name for s in self.doses[0].studies))
        for name in names if len(names) > 2 else []:
            yield f"without {name}", self._changed(first, without=name)

    def _changed(self, way: Way, **changes: Any) -> Way:
        fields = {n: getattr(way, n) for n in ("curve", "method", "stages", "covariance", "design", "without")}
        return Way(**{**fields, **changes})
