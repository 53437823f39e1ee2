"""Numbers and methods as a figure words them."""

from __future__ import annotations

import math
import statistics
from typing import TYPE_CHECKING

from metaudit.audit_words import numbers

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from metaudit.figures.content import Fit, SubgroupTest
    from metaudit.measures import Measure

MODELS = {
    "common": "Common effect",
    "random": "Random effects",
    "mantel-haenszel": "Mantel\u2013Haenszel",
    "peto": "Peto",
    "glmm": "Generalised linear mixed model",
    "user-weights": "Weights as given",
}
CI_METHODS = {
    "wald": "Wald",
    "t": "t-based",
    "hksj": "Hartung\u2013Knapp",
    "hksj-adhoc-se": "Hartung\u2013Knapp (ad hoc SE)",
    "hksj-adhoc-ci": "Hartung\u2013Knapp (ad hoc CI)",
    "kenward-roger": "Kenward\u2013Roger",
    "profile": "profile-likelihood",
}
CERTAINTIES = {
    "secondary": "read in somebody else's summary",
    "derived": "worked out from numbers that were read",
    "reconstructed": "one of several data sets that give the printed numbers",
    "unverified": "never read in a source",
}
SHORT = {"GEN": "Effect", "GEN-LOG": "Ratio", "PETO": "Peto OR", "COR": "r", "ZCOR": "r", "AS": "Difference"}
_MINUS = "\u2212"


def is_percent(measure: Measure) -> bool:
    """Whether the figure shows this measure as percent."""
    return measure.kind == "proportion"


def short_name(measure: Measure) -> str:
    """Name the measure for the column of estimates."""
    if is_percent(measure):
        return "Proportion, %"
    return SHORT.get(measure.code, measure.code)


def long_name(measure: Measure) -> str:
    """Name the measure for the axis of effects."""
    if is_percent(measure):
        return "Proportion, %"
    name = measure.name[:1].upper() + measure.name[1:]
    name = {"ZCOR": "Correlation", "GEN": "Effect", "GEN-LOG": "Ratio"}.get(measure.code, name)
    return f"{name}, log scale" if measure.ratio else name


def beyond_bounds(values: Iterable[float], measure: Measure, *, what: str = "Limits") -> list[str]:
    """Say where limits of a proportion lie that no proportion can have; nothing where none does.

    An untransformed proportion has intervals of the normal approximation (Wald), which do not know of its bounds; every
    transformation does.

    Parameters
    ----------
    values : drawn limits, natural scale; nan is none
    what : what the values are
    """
    if measure.code != "PR":
        return []
    finite = [v for v in values if math.isfinite(v)]
    parts = ["below 0 %"] if any(v < -1e-9 for v in finite) else []
    parts += ["above 100 %"] if any(v > 1 + 1e-9 for v in finite) else []
    return [f"{what} {' and '.join(parts)} come from the normal approximation"] if parts else []


def number(value: float, decimals: int) -> str:
    """Write a number with a real minus sign; empty when missing; never minus zero."""
    if math.isnan(value):
        return ""
    if math.isinf(value):
        return "\u221e" if value > 0 else f"{_MINUS}\u221e"
    if abs(value) >= 1e6:
        return f"{value:.1e}".replace("e+", "e").replace("-", _MINUS)
    text = f"{value:.{decimals}f}"
    if float(text) == 0:
        text = text.removeprefix("-")
    return text.replace("-", _MINUS)


def effect(value: float, decimals: int, measure: Measure) -> str:
    """Write an effect: percent for proportions; a ratio keeps one digit when it is near 0, none beyond 1000."""
    if is_percent(measure):
        return number(100 * value, decimals)
    if measure.ratio and 0 < value < 0.5 * 10**-decimals:
        return f"{value:.1g}" if value >= 1e-4 else f"{value:.0e}".replace("-", _MINUS)
    if measure.ratio and value >= 100:
        decimals = 0 if value >= 1000 else min(decimals, 1)
    return number(value, decimals)


def effect_decimals(widths: Iterable[float], measure: Measure) -> int:
    """Decimals for a column of effects: two, fewer or more where the intervals are wide or narrow."""
    if is_percent(measure):
        return 1
    finite = [w for w in widths if math.isfinite(w) and w > 0]
    if measure.ratio or not finite:
        return 2
    typical = statistics.median(finite)
    return 1 if typical >= 20 else 3 if typical < 0.1 else 2


def value_decimals(values: Sequence[float]) -> int:
    """Decimals for a column of data as entered: what the values need, at most two."""
    finite = [v for v in values if math.isfinite(v)]
    needed = (d for d in (0, 1) if all(abs(round(v, d) - v) < 1e-9 for v in finite))
    return next(needed, 2)


def probability(p: float) -> str:
    """``P = 0.012``, ``P < 0.001``."""
    return "P not known" if math.isnan(p) else f"P {numbers.compared(numbers.p_value(p))}"


def small(value: float) -> str:
    """Write a statistic as the tables do: two decimals, or three significant digits where that would say too little."""
    if math.isnan(value):
        return ""
    return "0" if value == 0 else numbers.typographic(numbers.plain(value))


def variance(value: float) -> str:
    """``= 0.309``, ``= 0``, ``< 0.0001``: a variance between studies as the tables have it, with its sign of relation."""
    return numbers.compared(numbers.variance(value))


def degrees(df: float) -> str:
    """Degrees of freedom: whole where they are whole."""
    return f"{df:.0f}" if df == round(df) else f"{df:.1f}"


def level_text(level: float) -> str:
    """``95 %``."""
    return f"{100 * level:g} %"


def model_line(fit: Fit) -> str:
    """``Random effects, REML, Wald 95 % CI``."""
    interval = f"{CI_METHODS.get(fit.ci_method, fit.ci_method)} {level_text(fit.level)} CI".strip()
    uses_tau2 = fit.model in ("random", "glmm") and fit.tau2_method
    parts = [MODELS.get(fit.model, fit.model), fit.tau2_method if uses_tau2 else "", interval]
    return ", ".join(p for p in parts if p)


def heterogeneity(fit: Fit) -> str:
    """``τ² = 0.309, Q = 152.23 (df = 12, P < 0.001), I² = 92.1 %``; what is missing is left out."""
    parts = []
    if math.isfinite(fit.tau2) and fit.model != "common":
        parts.append(f"τ² {variance(fit.tau2)}")
    if math.isfinite(fit.q) and math.isfinite(fit.q_df):
        parts.append(f"Q = {small(fit.q)} (df = {degrees(fit.q_df)}, {probability(fit.q_p)})")
    if math.isfinite(fit.i2):
        parts.append(f"I² = {numbers.percent(fit.i2)} %")
    return ", ".join(parts)


def overall_test(fit: Fit) -> str:
    """``z = 3.97, P < 0.001``; empty when there is no test."""
    if not math.isfinite(fit.p):
        return ""
    letter = "t" if fit.ci_method in ("t", "kenward-roger") or fit.ci_method.startswith("hksj") else "z"
    stat = f"{letter} = {number(fit.stat, 2)}, " if math.isfinite(fit.stat) else ""
    return stat + probability(fit.p)


def subgroup_line(test: SubgroupTest) -> str:
    """``Q = 4.51 (df = 1, P = 0.034)``."""
    return f"Q = {small(test.q)} (df = {degrees(test.df)}, {probability(test.p)})"
