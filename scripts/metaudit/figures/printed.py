"""The pooled result as the paper prints it, taken from claims.csv; what cannot be read is left out."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from metaudit.errors import PrintedError
from metaudit.figures.content import PrintedResult
from metaudit.printed import parse_printed

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from metaudit.measures import Measure

QUANTITIES = ("estimate", "ci_low", "ci_high")
# Scales of the analysis, and what a number on them is multiplied by to stand on it.
_LOGARITHMS = {"analysis": 1.0, "log": 1.0, "log10": math.log(10)}
_ORDER = ("read", "secondary", "derived", "reconstructed", "unverified")
_SWAPPED = {"ci_low": "ci_high", "ci_high": "ci_low"}


@dataclass(frozen=True)
class _Number:
    """One printed number on the natural scale; ``direct`` says that it was printed on that scale."""

    value: float
    decimals: int
    direct: bool
    certainty: str


def printed_result(claims: Iterable[Mapping[str, str]], analysis: str, measure: Measure) -> PrintedResult | None:
    """Find the printed pooled result of an analysis: its first bundle that holds a readable estimate.

    Parameters
    ----------
    claims : rows of claims.csv
    analysis : the analysis
    measure : its effect measure

    Returns
    -------
    The result on the natural scale, or None when no estimate is printed or none can be read.
    """
    bundles: dict[str, dict[str, _Number]] = {}
    for claim in claims:
        quantity = claim.get("quantity", "")
        if claim.get("analysis") != analysis or claim.get("subject") or quantity not in QUANTITIES:
            continue
        bundle = bundles.setdefault((claim.get("method") or "").strip(), {})
        found = _read(claim, measure)
        if found is None:
            continue
        if claim.get("scale") == "percent-reduction":
            quantity = _SWAPPED.get(quantity, quantity)
        if quantity not in bundle or (found.direct and not bundle[quantity].direct):
            bundle[quantity] = found
    for method, numbers in bundles.items():
        if "estimate" in numbers:
            return _result(numbers, method if len(bundles) > 1 else "")
    return None


def _result(numbers: Mapping[str, _Number], method: str) -> PrintedResult:
    both = "ci_low" in numbers and "ci_high" in numbers and numbers["ci_low"].value <= numbers["ci_high"].value
    used = [numbers[q] for q in QUANTITIES if q == "estimate" or both]
    words = ", ".join(part.split("=", 1)[-1].strip() for part in method.split(";") if part.strip())
    return PrintedResult(
        estimate=numbers["estimate"].value,
        ci_low=numbers["ci_low"].value if both else math.nan,
        ci_high=numbers["ci_high"].value if both else math.nan,
        decimals=max(n.decimals for n in used),
        method=words,
        certainty=max((n.certainty for n in used), key=_ORDER.index),
    )


def _read(claim: Mapping[str, str], measure: Measure) -> _Number | None:
    try:
        printed = parse_printed(claim.get("printed") or "")
    except PrintedError:
        return None
    if printed.relation != "=":
        return None
    scale = claim.get("scale") or "natural"
    value = _natural(printed.value, scale, measure, percent=printed.percent)
    if value is None or not math.isfinite(value) or not measure.low <= value <= measure.high:
        return None
    direct = scale not in _LOGARITHMS
    certainty = claim.get("certainty") or "read"
    decimals = _decimals(printed.decimals, scale, measure, percent=printed.percent)
    return _Number(value, decimals, direct, certainty if certainty in _ORDER else "unverified")


def _natural(value: float, scale: str, measure: Measure, *, percent: bool) -> float | None:
    """Put a printed value on the natural scale; None when it cannot be carried over."""
    if scale in _LOGARITHMS:
        return None if measure.code == "PFT" else measure.to_natural(value * _LOGARITHMS[scale])
    if scale == "percent-reduction":
        return 1 - value / 100
    if scale == "percent-increase":
        return 1 + value / 100
    if scale == "percent" or (percent and scale == "natural" and measure.kind == "proportion"):
        return value / 100
    return value


def _decimals(decimals: int, scale: str, measure: Measure, *, percent: bool) -> int:
    """Decimals that say as much on the scale the figure shows."""
    in_percent = scale.startswith("percent") or (percent and measure.kind == "proportion")
    if scale in _LOGARITHMS:
        return 1 if measure.kind == "proportion" else 2
    shift = 0 if not in_percent else 2
    if measure.kind == "proportion":
        shift -= 2
    return min(max(decimals + shift, 0), 6)
