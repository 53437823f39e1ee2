"""Checks of an estimate, its interval and its P value against each other; no data are needed."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace

from metaudit.audit.asymmetric import asymmetric, midpoint, p_on_other_side
from metaudit.audit.groups import Group, Triple, triples
from metaudit.audit.known_interval import KnownInterval
from metaudit.audit.scale import natural_window, on_printed_scale, printed_of
from metaudit.audit.verdict import Finding
from metaudit.formats.review import Claim
from metaudit.pooling.intervals import quantile, two_sided_p
from metaudit.printed import Interval

Filed = tuple[str, Finding]
_SYMMETRIC = {
    "RR",
    "OR",
    "RD",
    "PETO",
    "AS",
    "MD",
    "SMD",
    "SMDH",
    "SMD1",
    "MC",
    "SMCC",
    "SMCR",
    "ROM",
    "IRR",
    "IRD",
    "GEN",
    "GEN-LOG",
}


def check_intervals(
    group: Group, *, known: KnownInterval | None = None, q_ps: tuple[float, ...] | None = None
) -> Iterator[Filed]:
    """Order of the limits, estimate inside, symmetry, P value, z, SE.

    ``known`` is the kind of interval that re-derivation found behind the printed one; None where it is not known.
    ``q_ps`` are our P values of the heterogeneity test; None where no data are there to derive one.
    """
    found = triples(group)
    if not found:
        return
    yield from order(found[0])
    yield from inside(found)
    yield from symmetry(group, found)
    yield from _p_value(group, found, known, q_ps=q_ps)
    yield from _standard_error(group, found)


def _text(claim: Claim) -> str:
    return claim.printed


def order(t: Triple) -> Iterator[Filed]:
    """The lower limit is not above the upper one."""
    if t.low_window.low > t.high_window.high:
        lower, upper = t.ends
        message = f"The lower limit {lower} is above the upper limit {upper}."
        for claim in (t.low, t.high):
            yield claim.id, Finding("limits in order", message, "INCONSISTENT", causes=("limits swapped or mistyped",))


def inside(found: list[Triple]) -> Iterator[Filed]:
    """The estimate lies inside its own interval."""
    t = found[0]
    if t.estimate is None or t.estimate_window is None or t.low_window.low > t.high_window.high:
        return
    if t.estimate_window.high < t.low_window.low or t.estimate_window.low > t.high_window.high:
        message = f"The estimate {_text(t.estimate)} lies outside its own interval {t.limits}."
        for claim in (t.estimate, t.low, t.high):
            yield (
                claim.id,
                Finding(
                    "estimate inside its interval", message, "INCONSISTENT", causes=("a digit or a sign mistyped",)
                ),
            )


def symmetry(group: Group, found: list[Triple]) -> Iterator[Filed]:
    """Intervals of pooled effects are symmetric on the measure's scale: Wald, t and Hartung-Knapp alike."""
    t = found[0]
    if not group.pooled or t.estimate is None or t.measure.code not in _SYMMETRIC:
        return
    if not asymmetric(found):
        return
    middle = midpoint(t)
    printed = printed_of(t.estimate)
    values = [t.measure.to_natural(x) for x in (middle.low, middle.high)]
    values = sorted(on_printed_scale(t.estimate, printed, x) for x in values) if printed else values
    scale = "log" if t.measure.ratio else "natural"
    message = (
        f"The interval {t.limits} is not symmetric about {_text(t.estimate)} on the {scale} scale: "
        f"its middle is {values[0]:.4g} to {values[1]:.4g} after rounding."
    )
    for claim in (t.estimate, t.low, t.high):
        yield (
            claim.id,
            Finding(
                "interval symmetric",
                message,
                "INCONSISTENT",
                causes=("a digit mistyped", "an interval that is not of the stated kind"),
            ),
        )


def p_window(t: Triple, level: float, df: float | None) -> Interval | None:
    """P values that the estimate and its interval allow when both come from one z or t distribution."""
    e, q = t.estimate_window, quantile(level, df)
    if e is None or not math.isfinite(q):
        return None
    widest, narrowest = t.high_window.high - t.low_window.low, t.high_window.low - t.low_window.high
    if not math.isfinite(widest) or narrowest <= 0:
        return None
    se_low, se_high = narrowest / (2 * q), widest / (2 * q)
    smallest = 0.0 if e.low <= 0 <= e.high else min(abs(e.low), abs(e.high))
    largest = max(abs(e.low), abs(e.high))
    return Interval(two_sided_p(largest / se_low, df), two_sided_p(smallest / se_high, df))


def p_centre(t: Triple, level: float, df: float | None) -> float:
    """The P value at the printed numbers themselves."""
    estimate, low, high = (_centre(w) for w in (t.estimate_window, t.low_window, t.high_window))
    return two_sided_p(estimate / ((high - low) / (2 * quantile(level, df))), df)


def _centre(w: Interval | None) -> float:
    return math.nan if w is None else (w.low + w.high) / 2


def say_p(p: float) -> str:
    """A P value for a sentence."""
    return "< .0001" if p < 0.0001 else f"{p:.4f}".lstrip("0") if p < 0.1 else f"{p:.2f}".lstrip("0")


def p_is(p: float) -> str:
    """``P = .029`` or ``P < .0001``."""
    return f"P {say_p(p)}" if p < 0.0001 else f"P = {say_p(p)}"


def _p_value(
    group: Group, found: list[Triple], known: KnownInterval | None, *, q_ps: tuple[float, ...] | None
) -> Iterator[Filed]:
    claim = group.first("p")
    printed = printed_of(claim) if claim else None
    if claim is None or printed is None or found[0].estimate is None or (known and not known.tested):
        return
    window = natural_window(claim, printed)
    of_q = (
        group.pooled
        and group.one_effect
        and group.first("q_p") is None
        and (q_ps is None or any(x in window for x in q_ps))
    )
    if asymmetric(found):  # no one P value belongs to numbers that do not fit each other
        other = p_on_other_side(found, claim, window=window, level=group.level)
        if other:
            yield claim.id, _perhaps_of_q(other) if of_q else other
        return
    df = known.df if known and known.df else _k_minus_one(group)
    tests = [(t, d) for t in found for d in ([None, df] if df else [None])]
    allowed = [(t, d, w) for t, d in tests if (w := p_window(t, group.level, d)) is not None]
    if not allowed:
        return
    fitting = [(t, d, w) for t, d, w in allowed if w.overlaps(window)]
    of_known = [fit for fit in fitting if known is None or _same_test(fit[1], known)]
    if of_known:
        yield claim.id, _p_agrees(group, claim, of_known[0], [] if known else allowed, df, window)
        return
    if fitting and known:
        yield claim.id, _p_of_another_test(group, claim, fitting[0], known)
        return
    t, _, w = allowed[0]
    assert t.estimate is not None
    where = f"{_text(t.estimate)} ({t.limits})"
    own = known.df if known else None
    p = p_centre(t, group.level, own)
    message = f"P {equals(claim)} does not agree with {where}: that interval gives {p_is(p)} under {of_test(own)}"
    if df and not known:
        message += f" and {say_p(p_centre(t, group.level, df))} under a t test with {df:g} df"
    causes = ("another test than the interval's", "a digit mistyped")
    significant = window.high <= 0.05 or window.low > 0.05
    impact = "significance" if significant and (window.high <= 0.05) != (p <= 0.05) else "minor"
    finding = Finding("P against interval", message + ".", "INCONSISTENT", causes=causes, impact=impact)
    finding = replace(finding, value=p, value_low=w.low, value_high=w.high)
    yield claim.id, _perhaps_of_q(finding) if of_q else finding


def _perhaps_of_q(finding: Finding) -> Finding:
    message = f"{finding.message} It may be the P value of the heterogeneity test, which is not printed beside it."
    causes = ("the P value of the heterogeneity test", *finding.causes)
    return replace(finding, message=message, causes=causes)


def _same_test(df: float | None, known: KnownInterval) -> bool:
    return (df is None) == (known.df is None)


def _p_of_another_test(
    group: Group, claim: Claim, fit: tuple[Triple, float | None, Interval], known: KnownInterval
) -> Finding:
    """A note: the P value agrees with estimate and limits by a test that is not the interval's."""
    t, d, _ = fit
    assert t.estimate is not None
    own, other = p_centre(t, group.level, known.df), p_centre(t, group.level, d)
    message = (
        f"The method that gives {_text(t.estimate)} ({t.limits}) has a {known.says}, with which these "
        f"numbers give {p_is(own)} ({of_test(known.df)}). The printed P {equals(claim)} would be that of "
        f"{of_test(d)} on the same numbers ({p_is(other)}): interval and P value are then of different tests."
    )
    return Finding("P against interval", message)


def of_test(df: float | None) -> str:
    """A test by its distribution."""
    return "a normal test" if df is None else f"a t test with {df:g} df"


def equals(claim: Claim) -> str:
    """A printed P value after the letter: ``= .03`` or ``<.001``."""
    return claim.printed if claim.printed.strip().startswith(("<", ">", "≤", "≥")) else f"= {claim.printed}"


def _p_agrees(
    group: Group,
    claim: Claim,
    fit: tuple[Triple, float | None, Interval],
    allowed: list[tuple[Triple, float | None, Interval]],
    df: float | None,
    window: Interval,
) -> Finding:
    t, d, w = fit
    assert t.estimate is not None
    p = p_centre(t, group.level, d)
    test = of_test(d) + ("" if d is None else " (a Hartung-Knapp or t interval)")
    message = f"P {equals(claim)} agrees with {_text(t.estimate)} ({t.limits}) under {test}: {p_is(p)}"
    if say_p(w.low) != say_p(w.high):
        message += f" ({say_p(w.low)} to {say_p(w.high)} after rounding)"
    if d is None and df:
        other = next((x for x in allowed if x[1] is not None), None)
        if other and not other[2].overlaps(window):
            message += f"; a Hartung-Knapp interval of k = {df + 1:g} studies would mean {p_is(p_centre(t, group.level, df))} and is excluded"
    return Finding("P against interval", message + ".", "WITHIN_ROUNDING", value=p, value_low=w.low, value_high=w.high)


def _k_minus_one(group: Group) -> float | None:
    found = group.printed("k") if group.one_effect else None
    return found[1].value - 1 if found and found[1].value >= 2 else None


def _standard_error(group: Group, found: list[Triple]) -> Iterator[Filed]:
    """Z = estimate / SE, where the group prints all three and nothing else decides them."""
    z, se = group.printed("z"), group.printed("se")
    t = found[0]
    if z is None or se is None or t.estimate_window is None:
        return
    se_window, z_window = natural_window(*se), natural_window(*z)
    if se_window.low <= 0:
        return
    corners = [e / s for e in (t.estimate_window.low, t.estimate_window.high) for s in (se_window.low, se_window.high)]
    if z_window.low >= 0:  # printed without a sign
        corners = [0.0 if min(corners) < 0 < max(corners) else min(map(abs, corners)), max(map(abs, corners))]
    if not Interval(min(corners), max(corners)).overlaps(z_window):
        ratio = f"{t.estimate.printed if t.estimate else ''} / {se[0].printed}"
        message = (
            f"z = {z[0].printed} is not {ratio}, which is {min(corners):.4g} to {max(corners):.4g} after rounding."
        )
        yield z[0].id, Finding("z against estimate and SE", message, "INCONSISTENT", causes=("a digit mistyped",))
