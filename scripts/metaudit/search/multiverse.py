"""The same evaluation read forwards: how far a result depends on the choices of the analyst.

The specification curve follows Simonsohn, Simmons and Nelson (2020, Nature Human Behaviour 4:1208), the vibration of
effects Patel, Burford and Ioannidis (2015, J Clin Epidemiol 68:1046, PMC4555355).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from metaudit.effects.zero_cells import Floats
from metaudit.measures import Measure, measure_of
from metaudit.search.match import back
from metaudit.search.rank import adds_to_all
from metaudit.search.results import Results
from metaudit.specs import Spec

# Choices that decide the mean or its interval; I2 and the prediction interval are only read off the same fit.
CHOICES = ("variance", "zero_cells", "model", "tau2", "q", "ci", "counts", "rd_variance")
_LOW, _HIGH = 1, 99


@dataclass(frozen=True)
class Entry:
    """One point of the specification curve: a distinct way of pooling, on the natural scale.

    Attributes
    ----------
    place : from 1, in the order of the estimates
    p : NaN for measures without a value of no effect
    significant : whether the interval excludes no effect; None likewise
    """

    place: int
    spec: Spec
    estimate: float
    ci_low: float
    ci_high: float
    p: float
    significant: bool | None


@dataclass(frozen=True)
class Vibration:
    """Vibration of effects: how far apart the 1st and the 99th percentile of all results are.

    Attributes
    ----------
    low, high : the percentiles of the estimates, natural scale
    effect : their ratio for ratio measures, as Patel et al. have it for hazard ratios; their difference for others, where
        a ratio of two numbers around 0 has no meaning
    ratio : whether ``effect`` is a ratio
    p : difference of the percentiles of -log10 P; NaN without P values
    janus : whether the two percentiles lie on different sides of no effect
    """

    low: float
    high: float
    effect: float
    ratio: bool
    p: float
    janus: bool


@dataclass(frozen=True)
class Median:
    """The middle estimate of all specifications with one value of one choice, natural scale."""

    choice: str
    value: str
    number: int
    median: float


@dataclass(frozen=True)
class Multiverse:
    """Every distinct way of pooling one measure at one level.

    Attributes
    ----------
    measure, level : what all entries share
    entries : the specification curve
    reference : the specification whose sign the others are compared with
    other_sign : share of the entries whose estimate lies on the other side of no effect than the reference; NaN for
        measures without a value of no effect
    significant : share of the entries whose interval excludes no effect; NaN likewise
    vibration : of the estimates
    medians : by choice and value, where a choice has more than one value
    """

    measure: str
    level: float
    entries: tuple[Entry, ...]
    reference: Spec
    other_sign: float
    significant: float
    vibration: Vibration
    medians: tuple[Median, ...]

    @property
    def range(self) -> tuple[float, float]:
        """Lowest and highest estimate."""
        return self.entries[0].estimate, self.entries[-1].estimate

    @property
    def rows(self) -> Iterator[dict[str, str | float]]:
        """The curve as rows of a table: place, results, and the value of every choice."""
        for e in self.entries:
            verdict = "" if e.significant is None else "yes" if e.significant else "no"
            yield {
                "place": e.place, "measure": self.measure, "estimate": e.estimate, "ci_low": e.ci_low,
                "ci_high": e.ci_high, "level": self.level, "p": e.p, "significant": verdict,
                **{c: _shown(e.spec, c) for c in CHOICES}, "spec": str(e.spec),
            }  # fmt: skip

    @property
    def median_rows(self) -> Iterator[dict[str, str | float]]:
        """The medians as rows of a table."""
        for m in self.medians:
            yield {
                "measure": self.measure,
                "choice": m.choice,
                "value": m.value,
                "number": m.number,
                "median": m.median,
            }


def multiverses(
    results: Results, *, level: float = 0.95, reference: Spec | None = None, any_zero: bool = True
) -> tuple[Multiverse, ...]:
    """One multiverse for each measure of the results.

    Measures are not mixed: a risk ratio of 2 and an odds ratio of 3 may be one and the same result. Nor are levels, which
    move no estimate and every interval. Specifications that differ only in how I2 or a prediction interval is read off
    count once.

    Parameters
    ----------
    results : evaluated specifications, the conventional or likeliest first
    level : confidence level of the specifications that count
    reference : the specification whose sign the others are compared with; by default the first of each measure
    any_zero : whether a study has a zero cell. Without one, adding to the cells of all studies is left out: it is searched
        because some have done it, but nobody has a reason to choose it

    Returns
    -------
    In the order in which the measures first stand in the results; a measure without a finite estimate is left out.
    """
    places: dict[str, dict[Any, int]] = {}
    for i, spec in enumerate(results.specs):
        if not any_zero and adds_to_all(spec):
            continue
        if abs(spec.level - level) < 1e-9 and np.isfinite(results.values["estimate"][i]):
            places.setdefault(spec.measure, {}).setdefault(spec.fit_key, i)
    return tuple(
        _multiverse(results, np.array(list(found.values())), measure=measure_of(code), reference=reference)
        for code, found in places.items()
    )


def _multiverse(results: Results, index: Any, *, measure: Measure, reference: Spec | None) -> Multiverse:
    specs = [results.specs[i] for i in index]
    raw = {n: results.values[n][index] for n in ("estimate", "ci_low", "ci_high", "p")}
    sizes = results.typical_n[index]
    natural = {n: back(raw[n], measure.code, sizes) for n in ("estimate", "ci_low", "ci_high")}
    null = measure.null_analysis
    if null is None:  # the P of a proportion is one against a half: nobody's question
        raw["p"] = np.full_like(raw["p"], np.nan)
    significant = None if null is None else (raw["ci_low"] > null) | (raw["ci_high"] < null)
    first = specs.index(reference) if reference in specs else 0
    order = np.argsort(natural["estimate"], kind="stable")
    entries = tuple(
        Entry(
            place=place, spec=specs[i], estimate=float(natural["estimate"][i]), ci_low=float(natural["ci_low"][i]),
            ci_high=float(natural["ci_high"][i]), p=float(raw["p"][i]),
            significant=None if significant is None else bool(significant[i]),
        )
        for place, i in enumerate(order.tolist(), start=1)
    )  # fmt: skip
    return Multiverse(
        measure=measure.code,
        level=specs[0].level,
        entries=entries,
        reference=specs[first],
        other_sign=_other_side(raw["estimate"], first, null),
        significant=float("nan") if significant is None else float(significant.mean()),
        vibration=_vibration(natural["estimate"], raw["p"], measure=measure),
        medians=tuple(_medians(specs, natural["estimate"])),
    )


def _other_side(estimates: Floats, first: int, null: float | None) -> float:
    if null is None:
        return float("nan")
    side = np.sign(estimates - null)
    return float((side * side[first] < 0).mean())


def _vibration(estimates: Floats, p: Floats, *, measure: Measure) -> Vibration:
    low, high = (float(x) for x in np.percentile(estimates, [_LOW, _HIGH]))
    known = p[np.isfinite(p)]
    logs = -np.log10(np.maximum(known, np.finfo(float).tiny))  # a P of exactly 0 is one that underflowed
    spread = float(np.subtract(*np.percentile(logs, [_HIGH, _LOW]))) if logs.size else float("nan")
    null = measure.null
    janus = null is not None and low < null < high
    if measure.ratio:
        return Vibration(low, high, high / low if low > 0 else float("inf"), True, spread, janus)
    return Vibration(low, high, high - low, False, spread, janus)


def _medians(specs: Sequence[Spec], estimates: Floats) -> Iterator[Median]:
    for choice in CHOICES:
        values = [_shown(s, choice) for s in specs]
        known = [v for v in dict.fromkeys(values) if v]
        if len(known) < 2:
            continue
        for value in known:
            at = np.array([v == value for v in values])
            yield Median(choice, value, int(at.sum()), float(np.median(estimates[at])))


def _shown(spec: Spec, choice: str) -> str:
    """The value of a choice; empty where it does not apply to the specification."""
    if choice == "q" and not spec.has_tau2:
        return ""
    if choice == "counts" and spec.model in ("mantel-haenszel", "peto"):
        return spec.counts or "as-they-are"
    if choice == "rd_variance" and (spec.model, spec.measure) == ("mantel-haenszel", "RD"):
        return spec.rd_variance or "sato"
    return str(getattr(spec, choice))
