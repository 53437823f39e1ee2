"""Checks of the printed numbers of a sequential analysis against each other and against what is stated; no trials are needed.

Sources: Wetterslev et al. 2009 (BMC Med Res Methodol 9:86; the required size over 1 - D²), Thorlund et al. 2011, User manual for trial
sequential analysis (TSA), chapter 2 (adjusted interval: estimate ± boundary times standard error).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace

from scipy.special import erfc

from metaudit.audit.groups import Group, Triple, triples
from metaudit.audit.intervals import Filed
from metaudit.audit.scale import natural_window
from metaudit.audit.syntheses.statements import statement_of
from metaudit.audit.verdict import Finding
from metaudit.formats.review import Analysis, Claim
from metaudit.pooling.intervals import quantile
from metaudit.printed import Interval

PARTS, SHARE, BOUNDARY, LEVEL, WORDS = (
    "required size of its parts", "share of the required size", "adjusted interval against boundary", "level of the boundary",
    "statement against printed numbers",
)  # fmt: skip
BETWEEN = frozenset({PARTS, SHARE, BOUNDARY, LEVEL, WORDS})
_OWN = {"tsa_ci_low": "ci_low", "tsa_ci_high": "ci_high"}
_PEOPLE = 2.0  # a size may be rounded up before and after it is adjusted, and to two equal groups


def check_sequential(group: Group, analysis: Analysis | None) -> Iterator[Filed]:
    """What the printed numbers of a sequential analysis say against each other.

    Parameters
    ----------
    group : the claims of one result
    analysis : that they are about; None outside analyses
    """
    if not any(
        c.quantity in ("ris", "ris_share", "tsa_boundary", "tsa_ci_low", "tsa_ci_high", "text") for c in group.claims
    ):
        return
    yield from _size_of_parts(group, analysis)
    yield from _share(group)
    yield from _level(group)
    adjusted = _adjusted(group)
    if adjusted is not None:
        same = _of_all_trials(group, analysis)
        yield from _limits(adjusted, inside=same)
        if same:
            yield from _against_boundary(group, adjusted, analysis)
    for claim in group.claims:
        statement = statement_of(claim, analysis)
        if statement:
            yield from _words(claim, statement, group, adjusted)


def _finding(
    check: str, message: str, *, agrees: bool, cause: str = "a digit mistyped", value: float = math.nan
) -> Finding:
    if agrees:
        return Finding(check, message, "WITHIN_ROUNDING", value=value)
    return Finding(check, message, "INCONSISTENT", causes=(cause,), value=value)


def _size_of_parts(group: Group, analysis: Analysis | None) -> Iterator[Filed]:
    """The required size is the one without heterogeneity over 1 - D²."""
    found, fixed, share = group.printed("ris"), group.window("ris_fixed"), group.window("diversity")
    if found is None or fixed is None or share is None or share.high >= 100:
        return
    claim, window = found[0], natural_window(*found)
    low, high = (
        (f + slack) / (1 - s / 100)
        for f, s, slack in ((fixed.low, share.low, -_PEOPLE), (fixed.high, share.high, _PEOPLE))
    )
    agrees = window.overlaps(Interval(low - _PEOPLE, high + _PEOPLE))
    stated = analysis.syntheses.get("sequential", {}).get("heterogeneity") if analysis else None
    if not agrees and stated not in ("D2",):  # it may be adjusted by another share than the one that is printed
        return
    numbers = f"{_text(group, 'ris_fixed')} over 1 less D² = {_text(group, 'diversity')}"
    said = "is" if agrees else "is not"
    message = f"The required size {claim.printed} {said} {numbers}, which is {low:,.0f} to {high:,.0f} after rounding."
    yield claim.id, _finding(PARTS, message, agrees=agrees, value=(low + high) / 2)


def _share(group: Group) -> Iterator[Filed]:
    found, n, size = group.printed("ris_share"), group.window("n"), group.window("ris")
    if found is None or n is None or size is None or size.low <= 0:
        return
    low, high = 100 * n.low / size.high, 100 * n.high / size.low
    agrees = natural_window(*found).overlaps(Interval(low, high))
    message = (
        f"The share {found[0].printed} {'is' if agrees else 'is not'} {_text(group, 'n')} participants of {_text(group, 'ris')}, "
        f"which is {(low + high) / 2:.4g} %."
    )
    yield found[0].id, _finding(SHARE, message, agrees=agrees, value=(low + high) / 2)


def _level(group: Group) -> Iterator[Filed]:
    """The level that the adjusted interval would have after one look follows from the boundary."""
    found, boundary = group.printed("tsa_ci_level"), group.window("tsa_boundary")
    if found is None or boundary is None:
        return
    low, high = (100 * (1 - float(erfc(b / math.sqrt(2)))) for b in (max(boundary.low, 0.0), boundary.high))
    agrees = natural_window(*found).overlaps(Interval(low, high))
    message = (
        f"The level {found[0].printed} {'belongs' if agrees else 'does not belong'} to a boundary of "
        f"{_text(group, 'tsa_boundary')}, which makes {(low + high) / 2:.4g} %."
    )
    yield found[0].id, _finding(LEVEL, message, agrees=agrees, value=(low + high) / 2)


def _adjusted(group: Group) -> Triple | None:
    """The estimate with its adjusted interval; None without one."""
    others = [c for c in group.claims if c.quantity not in ("ci_low", "ci_high")]
    own = tuple(replace(c, quantity=_OWN[c.quantity]) if c.quantity in _OWN else c for c in others)
    found = triples(replace(group, claims=own))
    return found[0] if found else None


def _of_all_trials(group: Group, analysis: Analysis | None) -> bool:
    """Whether the adjusted interval is about the same trials as the pooled result.

    It is not where the required size was reached before the last trial, nor, by the R package RTSA, where the last trials add less
    than 1 % of it. Where the trials are public, both are derived from them.
    """
    public = analysis is not None and analysis.data != "none"
    skips = analysis is not None and analysis.syntheses.get("sequential", {}).get("convention") == "rtsa"
    return not public and not skips and not _reached(group)[0]


def _limits(t: Triple, *, inside: bool) -> Iterator[Filed]:
    """A lower limit lies below its upper one, and the estimate between them, where it is of the same trials."""
    if t.low_window.low > t.high_window.high:
        message = f"The lower adjusted limit {t.ends[0]} is above the upper one, {t.ends[1]}."
        for claim in (t.low, t.high):
            yield claim.id, Finding("limits in order", message, "INCONSISTENT", causes=("limits swapped or mistyped",))
    elif inside and t.estimate is not None and t.estimate_window is not None:
        e = t.estimate_window
        if e.high < t.low_window.low or e.low > t.high_window.high:
            message = f"The estimate {t.estimate.printed} lies outside the adjusted interval {t.limits}."
            for claim in (t.low, t.high):
                yield (
                    claim.id,
                    Finding(
                        "estimate inside its interval", message, "INCONSISTENT", causes=("a digit or a sign mistyped",)
                    ),
                )


def _against_boundary(group: Group, adjusted: Triple, analysis: Analysis | None) -> Iterator[Filed]:
    """Adjusted interval over the usual one is boundary over normal quantile, where the usual one is by the normal distribution."""
    usual, boundary = next(iter(triples(group)), None), group.window("tsa_boundary")
    if usual is None or boundary is None or _width(usual)[0] <= 0:
        return
    q = quantile(group.level, None)
    wide, narrow = _width(adjusted), _width(usual)
    ours = Interval(q * wide[0] / narrow[1], q * wide[1] / narrow[0])
    agrees = ours.overlaps(boundary)
    method = analysis.method if analysis else {}
    if not agrees and method.get("ci") != "wald" and method.get("model") not in ("common", "mantel-haenszel", "peto"):
        return  # a Hartung-Knapp interval has another width
    claim = group.first("tsa_boundary")
    assert claim is not None
    message = (
        f"The adjusted interval {adjusted.limits} is {ours.low / q:.3g} to {ours.high / q:.3g} times as wide as {usual.limits}, "
        f"which {'agrees' if agrees else 'does not agree'} with a boundary of {claim.printed}."
    )
    for one in (claim, adjusted.low, adjusted.high):
        yield one.id, _finding(BOUNDARY, message, agrees=agrees)


def _width(t: Triple) -> tuple[float, float]:
    """Narrowest and widest that an interval is after rounding, on the analysis scale."""
    return t.high_window.low - t.low_window.high, t.high_window.high - t.low_window.low


def _words(claim: Claim, statement: str, group: Group, adjusted: Triple | None) -> Iterator[Filed]:
    """A statement against the adjusted interval, or against the sizes, that are printed with it."""
    if statement.startswith("required"):
        truth, why = _reached(group)
    elif statement.startswith("boundary"):
        truth, why = _crossed(adjusted)
    else:
        return
    if truth is None:
        return
    holds = truth == (" not " not in statement)
    if not holds and statement == "boundary crossed":
        message = f"{why}; the boundary must then have been crossed at an earlier look."
        yield claim.id, Finding(WORDS, f"{message[:1].upper()}{message[1:]}")
        return
    words = "agrees with" if holds else "contradicts"
    message = f"'{claim.printed}' {words} the numbers printed beside it: {why}."
    if holds:
        yield claim.id, Finding(WORDS, message, "EXACT")
    else:
        yield claim.id, Finding(WORDS, message, "INCONSISTENT", impact="significance")


def _crossed(adjusted: Triple | None) -> tuple[bool | None, str]:
    """Whether the boundary is crossed at the last look: exactly then the adjusted interval leaves out no effect."""
    if adjusted is None or adjusted.measure.null_analysis is None:
        return None, ""
    null = adjusted.measure.null_analysis
    outside = adjusted.low_window.low > null or adjusted.high_window.high < null
    inside = adjusted.low_window.high < null < adjusted.high_window.low
    why = f"the adjusted interval {adjusted.limits} {'leaves out' if outside else 'holds'} the value of no effect"
    return (True if outside else False if inside else None), why


def _reached(group: Group) -> tuple[bool | None, str]:
    share, n, size = group.window("ris_share"), group.window("n"), group.window("ris")
    if share is not None:
        low, high, why = share.low, share.high, f"{_text(group, 'ris_share')} of the required size"
    elif n is not None and size is not None and size.low > 0:
        low, high = 100 * n.low / size.high, 100 * n.high / size.low
        why = f"{_text(group, 'n')} participants of {_text(group, 'ris')}"
    else:
        return None, ""
    return (True if low >= 100 else False if high < 100 else None), why


def _text(group: Group, quantity: str) -> str:
    found: Sequence[str] = [c.printed for c in group.claims if c.quantity == quantity]
    return found[0] if found else ""
