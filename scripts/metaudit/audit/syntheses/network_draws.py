"""Ranks that a paper simulated: how far its draws may lie from the exact number."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from metaudit.audit.scale import on_printed_scale, printed_of
from metaudit.audit.sharing import shown
from metaudit.audit.syntheses.tried import Given
from metaudit.audit.verdict import ACCEPTABLE, Finding
from metaudit.errors import DataError
from metaudit.formats.review import Claim
from metaudit.network.values import Values
from metaudit.printed import Interval

SIMULATED = ("sucra", "best", "mean_rank")
WIDE = 4.0  # standard errors of the simulation


def drawn(claim: Claim, given: Given, values: Values, *, draws: int, facts: Mapping[str, Any]) -> Finding | None:
    """WITHIN_ROUNDING for a number that a simulation of so many draws can miss by so much; None for one that it cannot.

    The mean of a rank over ``draws`` draws has the standard error sd/sqrt(draws) of the ranks' own distribution, SUCRA that over
    n - 1, and the share of draws in which a treatment is best that of a proportion (the central limit theorem).

    Parameters
    ----------
    claim : one of ``SIMULATED``, missed by ``given``
    values : of the fit that gives the exact number
    draws : as stated
    facts : what else the finding says
    """
    printed = printed_of(claim)
    spread = _spread(claim, values)
    if printed is None or not spread > 0:
        return None
    reach = WIDE * spread / math.sqrt(draws)
    if _away(given.value, given.comparison.window) > reach:
        return None
    message = (
        f"Ours is {shown(given.value, printed)}: {given.ours.how}. The mean of {draws:,} draws varies by up to {reach:.2g} about it, "
        f"far enough to reach {claim.printed}."
    )
    window = given.comparison.window
    return Finding(
        "resampling", message, "WITHIN_ROUNDING", margin=given.comparison.margin, formula=given.ours.how, value=given.value,
        value_low=given.value - reach, value_high=given.value + reach, causes=("random draws",),
        printed_width=window.high - window.low, **facts,
    )  # fmt: skip


def with_draws(claim: Claim, finding: Finding, values: Values) -> Finding:
    """The finding of a number that may have been simulated, with how many draws could miss by so much."""
    printed = printed_of(claim)
    if claim.quantity not in SIMULATED or finding.verdict in ACCEPTABLE or printed is None or math.isnan(finding.value):
        return finding
    away, spread = _away(finding.value, printed.interval(claim.rounding or "nearest")), _spread(claim, values)
    if not (away > 0 and spread > 0):
        return finding
    enough = int((WIDE * spread / away) ** 2)
    note = f" If it was simulated: up to {enough:,} draws could miss the exact number by so much." if enough > 1 else ""
    return replace(finding, message=finding.message + note)


def _away(value: float, window: Interval) -> float:
    return max(window.low - value, value - window.high, 0.0)


def _spread(claim: Claim, values: Values) -> float:
    """Standard deviation of what one draw contributes, on the printed scale; NaN where nothing is ranked."""
    printed = printed_of(claim)
    try:
        ranks = values.ranks
    except DataError:
        return math.nan
    name = claim.subject.strip()
    if name not in ranks.treatments or printed is None:
        return math.nan
    p = [float(x) for x in ranks.probability[ranks.treatments.index(name)]]
    mean = sum(x * r for r, x in enumerate(p))
    spread = math.sqrt(max(0.0, sum(x * (r - mean) ** 2 for r, x in enumerate(p))))
    if claim.quantity == "best":
        spread = math.sqrt(p[0] * (1 - p[0]))
    if claim.quantity == "sucra":
        spread /= len(p) - 1
    return abs(on_printed_scale(claim, printed, spread) - on_printed_scale(claim, printed, 0.0))
