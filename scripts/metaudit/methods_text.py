"""A result in words, ready for a methods and a results section."""

from __future__ import annotations

import math

from metaudit.evaluate import Evaluated
from metaudit.pooling.intervals import interval_df
from metaudit.pooling.result import Pooled
from metaudit.specs import Spec

_TAU2 = {
    "DL": "DerSimonian and Laird (1986)", "HE": "Hedges (1983)", "HS": "Hunter and Schmidt (2004)", "SJ": "Sidik and Jonkman (2005)",
    "ML": "maximum likelihood", "REML": "restricted maximum likelihood (Viechtbauer 2005)", "PM": "Paule and Mandel (1982)",
    "EB": "empirical Bayes (Morris 1983)",
}  # fmt: skip
_CI = {
    "wald": "normal (Wald) intervals",
    "t": "t intervals with k - p degrees of freedom",
    "hksj": "Hartung-Knapp-Sidik-Jonkman intervals (Hartung and Knapp 2001)",
    "hksj-adhoc-se": "Hartung-Knapp intervals whose standard error is never below the Wald one (Knapp and Hartung 2003)",
    "hksj-adhoc-ci": "the wider of the Hartung-Knapp and the Wald interval (Wiksten, Rücker and Schwarzer 2016)",
}
_PI = {
    "t-k-2": "t distribution with k - 2 df (Higgins et al. 2009)",
    "t-k-1": "t distribution with k - 1 df",
    "normal": "normal distribution",
    "hksj": "t distribution with k - 1 df and the Hartung-Knapp standard error",
    "tau-only": "normal distribution without the uncertainty of the mean",
}


def methods_sentence(e: Evaluated) -> str:
    """What was done, in one or two sentences with sources."""
    spec, measure = e.spec, e.effects.measure
    scale = f" on the {measure.scale} scale" if measure.scale != "natural" else ""
    model = {
        "random": f"a random-effects model; between-study variance by {_TAU2.get(spec.tau2, spec.tau2)}",
        "common": "a common-effect (inverse-variance) model",
        "mantel-haenszel": "the Mantel-Haenszel method",
        "peto": "Peto's one-step method (Yusuf et al. 1985)",
        "glmm": "a generalised linear mixed model (Stijnen et al. 2010)",
    }[spec.model]
    parts = [
        f"The studies' effects ({measure.name}) were pooled{scale} by {model}, with {_CI[spec.ci]} at {100 * spec.level:g} %."
    ]
    if measure.kind in ("counts", "proportion", "rates") and spec.model not in ("mantel-haenszel", "peto"):
        parts.append(_zero_sentence(e))
    if spec.model == "random" and not math.isnan(e.fit.pi_low):
        parts.append(f"The prediction interval uses a {_PI[spec.pi]}.")
    if e.fit.q_df > 0 and not math.isnan(e.fit.tau2_low):
        parts.append("Intervals of tau² and I² are Q-profile intervals (Viechtbauer 2007).")
    return " ".join(p for p in parts if p)


def _zero_sentence(e: Evaluated) -> str:
    touched = [s.label for s, r in zip(e.effects.studies, e.effects.routes, strict=True) if "added to each cell" in r]
    add = e.spec.zero_cells.partition("@")[0]
    return f"{add} was added to each cell of {', '.join(touched)}." if touched else ""


def result_lines(e: Evaluated) -> list[str]:
    """The numbers, one statement a line."""
    f = e.fit
    lines = [_estimate_line(e, f)]
    if f.q_df > 0 and not math.isnan(f.q):
        tau = f"tau² = {f.tau2:.4g} ({_limits(f.tau2_low, f.tau2_high)}); " if e.spec.model == "random" else ""
        lines.append(
            f"Heterogeneity: Q = {f.q:.2f} (df = {f.q_df}, {_p(f.q_p)}); {tau}I² = {f.i2:.1f} % "
            f"({_limits(f.i2_low, f.i2_high, 1)}); Q-based I² = {f.i2_q:.1f} %; H² = {f.h2:.2f}"
        )
    if not math.isnan(f.pi_low):
        lines.append(f"Prediction interval: {e.natural(f.pi_low):.4g} to {e.natural(f.pi_high):.4g}")
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
    for s, why in e.effects.incomplete:
        lines.append(f"Not used: {s.label} (row {s.row.line}): {why}")
    return lines


def _omnibus(f: Pooled, spec: Spec) -> str:
    if interval_df(spec.ci, f.q_df) is None:
        return f"Q_M = {f.qm:.2f} (df = {f.qm_df}, {_p(f.qm_p)})"
    return f"F = {f.qm:.2f} (df = {f.qm_df}, {f.q_df}, {_p(f.qm_p)})"


def _estimate_line(e: Evaluated, f: Pooled) -> str:
    what = "Intercept" if f.coefficients else _capital(e.effects.measure.name)
    natural = [e.natural(x) for x in (f.estimate, f.ci_low, f.ci_high)]
    studies = f"{f.k} {'study' if f.k == 1 else 'studies'}"
    return f"{what}: {natural[0]:.4g} ({100 * f.level:g} % CI {_limits(natural[1], natural[2])}), {_p(f.p)}, {studies}"


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
