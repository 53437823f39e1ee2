"""A pooled result in sentences, ready for a results section."""

from __future__ import annotations

import math

from metaudit.evaluate import Evaluated
from metaudit.pooling.intervals import interval_df
from metaudit.pooling.result import Pooled
from metaudit.specs import Spec


def result_lines(e: Evaluated) -> list[str]:
    """The numbers, one statement a line."""
    f = e.fit
    lines = [_estimate_line(e, f)]
    if f.q_df > 0 and not math.isnan(f.q):
        tau = f"tau² = {f.tau2:.4g} ({_limits(f.tau2_low, f.tau2_high)}); " if e.spec.has_tau2 else ""
        tau = f"tau² = {f.tau2:.4g}; " if e.spec.model == "glmm" else tau
        interval = f" ({_limits(f.i2_low, f.i2_high, 1)})" if e.spec.has_tau2 else ""
        q = "Likelihood-ratio Q" if e.spec.model == "glmm" else "Q"
        lines.append(
            f"Heterogeneity: {q} = {f.q:.2f} (df = {f.q_df}, {_p(f.q_p)}); {tau}I² = {f.i2:.1f} %{interval}; "
            f"Q-based I² = {f.i2_q:.1f} %; H² = {f.h2:.2f}"
        )
    if not math.isnan(f.pi_low):
        lines.append(
            f"{100 * f.level:g} % prediction interval: {e.natural(f.pi_low):.4g} to {e.natural(f.pi_high):.4g}"
        )
    for level, (part, fit) in e.subgroups.items():
        lines.append(f"Subgroup {level}: " + _estimate_line(Evaluated(e.spec, part, fit), fit))
    if e.between:
        lines.append(f"Between subgroups: Q = {e.between.q:.2f} (df = {e.between.df}, {_p(e.between.p)})")
    for c in f.coefficients:
        lines.append(
            f"Coefficient {c.term}: {c.estimate:.4g} (SE {c.se:.4g}; {_limits(c.ci_low, c.ci_high)}; {_p(c.p)})"
        )
    if f.coefficients:
        share = "" if math.isnan(f.r2) else f"; R² = {f.r2:.1f} %"
        lines.append(f"Moderators together: {_omnibus(f, e.spec)}{share}")
    for s, why in (*e.effects.incomplete, *e.without):
        lines.append(f"Not used: {s.label} (row {s.row.line}): {why}")
    return lines


def _omnibus(f: Pooled, spec: Spec) -> str:
    if interval_df(spec.ci, f.q_df) is None:
        return f"Q_M = {f.qm:.2f} (df = {f.qm_df}, {_p(f.qm_p)})"
    return f"F = {f.qm:.2f} (df = {f.qm_df}, {f.q_df}, {_p(f.qm_p)})"


def _estimate_line(e: Evaluated, f: Pooled) -> str:
    what = "Intercept" if f.coefficients else _capital(e.effects.measure.name)
    natural = [e.natural(x) for x in (f.estimate, f.ci_low, f.ci_high)]
    p = f", {_p(f.p)}" if e.effects.measure.null is not None or f.coefficients else ""  # a proportion has no null
    studies = f"{f.k} {'study' if f.k == 1 else 'studies'}"
    return f"{what}: {natural[0]:.4g} ({_interval(f.level, natural[1], natural[2])}){p}, {studies}"


def _interval(level: float, low: float, high: float) -> str:
    words = f"{100 * level:g} % CI"
    return f"{words} {_limits(low, high)}" if not math.isnan(low) else f"{words} not defined"


def _limits(low: float, high: float, decimals: int | None = None) -> str:
    if math.isnan(low) or math.isnan(high):
        return "interval not defined"
    return f"{low:.{decimals}f} to {high:.{decimals}f}" if decimals is not None else f"{low:.4g} to {high:.4g}"


def _p(p: float) -> str:
    if math.isnan(p):
        return "P not defined"
    return "P < .0001" if p < 0.0001 else f"P = {p:.4f}"


def _capital(text: str) -> str:
    """A capital first letter; names inside stay as they are."""
    return text[:1].upper() + text[1:]
