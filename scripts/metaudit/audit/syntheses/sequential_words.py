"""A sequential analysis in words that fit into a verdict, and whether statements about it are true."""

from __future__ import annotations

from metaudit.sequential.analysis import InformationSize, Plan, Sequential
from metaudit.sequential.information import whole
from metaudit.sequential.left_open import percent
from metaudit.sequential.quantities import boundary_crossed


def size_words(plan: Plan, size: InformationSize) -> str:
    """``RR 0.8, control risk 13 %, alpha 5 % two-sided, power 80 %: 3,142 without heterogeneity``."""
    sought = plan.sought
    assert sought is not None
    outcome = f"SD {sought.sd:.4g}" if sought.measure == "MD" else f"control risk {percent(sought.control_risk)}"
    variance = ", unpooled variance" if sought.variance == "unpooled" else ""
    errors = f"alpha {percent(plan.alpha)} two-sided, power {percent(1 - plan.beta)}"
    words = f"{sought.measure} {sought.effect:.4g}, {outcome}{variance}, {errors}: {whole(size.fixed):,} without heterogeneity"
    if not size.share:
        return words
    return f"{words}, over 1 - {'D²' if plan.adjustment == 'D2' else 'I²'} with {percent(size.share)}"


def holds(statement: str, s: Sequential) -> bool:
    """Whether a statement of ``STATEMENTS`` is true of an analysis."""
    crossed, futile = s.result.crossed_at is not None, s.result.futile_at is not None
    reached = float(s.cumulative.participants[-1]) >= s.size.participants
    about = {"boundary crossed": crossed, "futility boundary crossed": futile, "required size reached": reached}
    return about[statement.replace(" not ", " ")] != (" not " in statement)


def bounds_words(s: Sequential) -> str:
    """``obrien-fleming spending of alpha 5 %, look 13 at 23.8 % of 1,502,896 participants``."""
    last = s.result.last
    size = f"{percent(last.fraction)} of {whole(s.looks.required):,} participants"
    return f"{s.plan.spending} spending of alpha {percent(s.plan.alpha)}, look {last.number} at {size}"


def outcome_words(s: Sequential) -> str:
    """What was crossed when, in words."""
    last, kind = s.result.last, boundary_crossed(s)
    n, size = float(s.cumulative.participants[-1]), s.size.participants
    so_far = f"{n:,.0f} participants of {size:,} required"
    if kind == "none":
        return f"no boundary is crossed (z {last.z:.2f} against ±{last.boundary:.2f} at the last look); {so_far}"
    look = s.result.looks[(s.result.crossed_at or s.result.futile_at or 1) - 1]
    which = "futility boundary is met" if kind == "futility" else f"{kind} boundary is crossed"
    bound = look.futility if kind == "futility" else look.boundary
    return f"the {which} at look {look.number}, {look.study} (z {look.z:.2f} against ±{bound:.2f}); {so_far}"
