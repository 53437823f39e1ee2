"""The effect measures: their scale, their null value, and the columns each one needs."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

Transform = Callable[[float], float]


def _identity(x: float) -> float:
    return x


def _expit(x: float) -> float:
    return 1 / (1 + math.exp(-x)) if x >= 0 else math.exp(x) / (1 + math.exp(x))


def _logit(x: float) -> float:
    return math.log(x / (1 - x)) if 0 < x < 1 else math.copysign(math.inf, x - 0.5)


def _exp(x: float) -> float:
    return math.exp(x) if x < 709 else math.inf


def _log(x: float) -> float:
    return math.log(x) if x > 0 else -math.inf


def _arcsine(x: float) -> float:
    return math.asin(math.sqrt(min(max(x, 0.0), 1.0)))


def _sine_squared(x: float) -> float:
    return math.sin(min(max(x, 0.0), math.pi / 2)) ** 2


@dataclass(frozen=True)
class Measure:
    """One effect measure.

    Attributes
    ----------
    code : metafor's ``escalc`` name (FORMATS.md)
    name : in words
    kind : ``counts``, ``means``, ``rates``, ``proportion``, ``mean``, ``change``, ``correlation`` or ``generic``
    scale : name of the analysis scale (``log``, ``logit``, ``z``, ``arcsine`` or ``natural``)
    null : value of no effect on the natural scale; None when the measure has none
    to_natural, to_analysis : the two transformations
    low, high : range of the natural scale
    """

    code: str
    name: str
    kind: str
    scale: str
    null: float | None
    to_natural: Transform
    to_analysis: Transform
    low: float = -math.inf
    high: float = math.inf

    @property
    def ratio(self) -> bool:
        """Whether the measure is a ratio, analysed on the log scale."""
        return self.scale == "log" and self.kind != "proportion"

    @property
    def null_analysis(self) -> float | None:
        """The null value on the analysis scale."""
        return None if self.null is None else self.to_analysis(self.null)


def _natural(
    code: str, name: str, kind: str, null: float | None, low: float = -math.inf, high: float = math.inf
) -> Measure:
    return Measure(code, name, kind, "natural", null, _identity, _identity, low, high)


def _ratio(code: str, name: str, kind: str, null: float | None = 1.0, high: float = math.inf) -> Measure:
    return Measure(code, name, kind, "log", null, _exp, _log, 0.0, high)


_ALL = (
    _ratio("RR", "risk ratio", "counts"),
    _ratio("OR", "odds ratio", "counts"),
    _natural("RD", "risk difference", "counts", 0.0, -1.0, 1.0),
    _ratio("PETO", "Peto odds ratio", "counts"),
    _natural("AS", "difference of arcsine-transformed risks", "counts", 0.0),
    _natural("MD", "mean difference", "means", 0.0),
    _natural("SMD", "standardised mean difference (Hedges' g)", "means", 0.0),
    _natural("SMDH", "standardised mean difference, unequal variances", "means", 0.0),
    _natural("SMD1", "standardised mean difference (Glass's delta)", "means", 0.0),
    _ratio("ROM", "ratio of means", "means"),
    _ratio("IRR", "incidence rate ratio", "rates"),
    _natural("IRD", "incidence rate difference", "rates", 0.0),
    _natural("PR", "proportion", "proportion", None, 0.0, 1.0),
    _ratio("PLN", "proportion (log)", "proportion", None, 1.0),
    Measure("PLO", "proportion (logit)", "proportion", "logit", None, _expit, _logit, 0.0, 1.0),
    Measure("PAS", "proportion (arcsine)", "proportion", "arcsine", None, _sine_squared, _arcsine, 0.0, 1.0),
    Measure(
        "PFT", "proportion (double arcsine)", "proportion", "double arcsine", None, _sine_squared, _arcsine, 0.0, 1.0
    ),
    _natural("MN", "mean", "mean", None),
    _natural("MC", "mean change", "change", 0.0),
    _natural("SMCC", "standardised mean change (change SD)", "change", 0.0),
    _natural("SMCR", "standardised mean change (raw SD)", "change", 0.0),
    _natural("COR", "correlation", "correlation", 0.0, -1.0, 1.0),
    _natural("UCOR", "correlation, bias-corrected", "correlation", 0.0, -1.0, 1.0),
    Measure(
        "ZCOR",
        "correlation (Fisher z)",
        "correlation",
        "z",
        0.0,
        math.tanh,
        lambda r: math.atanh(max(-1 + 1e-16, min(r, 1 - 1e-16))),
        -1.0,
        1.0,
    ),
    _natural("GEN", "effect as given", "generic", 0.0),
    _ratio("GEN-LOG", "ratio as given", "generic"),
)

MEASURES: dict[str, Measure] = {m.code: m for m in _ALL}


def measure_of(code: str) -> Measure:
    """The measure with this code; an unknown code raises KeyError with the known ones."""
    try:
        return MEASURES[code]
    except KeyError:
        raise KeyError(f"measure {code!r} is not known; known: {', '.join(MEASURES)}") from None
