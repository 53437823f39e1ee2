"""In words, with its inputs, how a pooled number came by."""

from __future__ import annotations

import math

from metaudit.audit.names import model_words
from metaudit.audit_words.vocabulary import CI, GLMM, PI
from metaudit.evaluate import Evaluated
from metaudit.pooling.intervals import interval_df, quantile
from metaudit.pooling.result import Pooled

MANY = {
    "RR": "risk ratios", "OR": "odds ratios", "RD": "risk differences", "MD": "mean differences",
    **dict.fromkeys(("SMD", "SMDH", "SMD1"), "standardised mean differences"), "ROM": "ratios of means", "PETO": "Peto odds ratios",
    "AS": "differences of arcsine-transformed risks", "IRD": "rate differences", "MN": "means", "MC": "mean changes",
    **dict.fromkeys(("SMCC", "SMCR"), "standardised mean changes"), "GEN": "effects as given", "GEN-LOG": "ratios as given", "IRR": "rate ratios",
    **dict.fromkeys(("PR", "PLN", "PLO", "PAS", "PFT"), "proportions"), **dict.fromkeys(("COR", "UCOR", "ZCOR"), "correlations"),
}  # fmt: skip
_OWN_P = {"profile": "likelihood-ratio test", "permutation": "permutation test", "bootstrap": "bootstrap"}
_TAU2_CI = {
    "q-profile": "Q-profile", "profile-likelihood": "profile-likelihood", "jackson": "Jackson's", "biggerstaff": "Biggerstaff's",
}  # fmt: skip


def effect_words(asked: str, e: Evaluated) -> str:
    """How a pooled estimate, its limits or its prediction limits came by."""
    f, spec = e.fit, e.spec
    model = {
        "random": f"random-effects mean (tau² {spec.tau2} = {f.tau2:.4g})",
        "common": "inverse-variance mean",
        "mantel-haenszel": "Mantel-Haenszel estimate",
        "peto": "Peto estimate",
        "glmm": "GLMM estimate" + (f" ({GLMM.get(spec.glmm, spec.glmm)})" if spec.glmm else ""),
        "user-weights": f"mean by given weights (tau² {spec.tau2} = {f.tau2:.4g})",
    }[spec.model]
    if f.k == 1 and spec.model in ("random", "common"):
        model = "effect"
    many = MANY[spec.measure]
    base = f"{model} of {f.k} {many}" if f.k > 1 else f"{spec.measure} of the one study"
    scale = e.effects.measure.scale
    on = f" on the {scale} scale" if scale != "natural" else ""
    if asked == "estimate":
        return f"{base}: {f.estimate:.4g}{on}" if on else base
    if asked.startswith("pi"):
        return f"{base}: {f.estimate:.4g} with tau² {f.tau2:.4g} and SE {f.se:.4g}{on}, prediction interval by {PI[spec.pi]}"
    if spec.ci in ("profile", "permutation", "bootstrap"):  # not an estimate plus or minus so many standard errors
        return f"{base}: {f.estimate:.4g} with the {CI[spec.ci]}{on}"
    t_df = interval_df(spec.ci, f.q_df) if math.isnan(f.ci_df) else f.ci_df
    df = "" if t_df is None else f", {CI[spec.ci]} with {t_df:.4g} df"
    z = quantile(spec.level, t_df)
    return f"{base}: {f.estimate:.4g} {'-' if asked == 'ci_low' else '+'} {z:.3f} × {f.se:.4g}{on}{df}"


def fit_words(asked: str, f: Pooled) -> str:
    """How any other number of the fit came by."""
    if asked == "r2":
        return f"share of tau² that the moderators explain; tau² left = {f.tau2:.4g}"
    if asked.startswith("qm") and f.ci_method != "wald":
        return f"F = {f.qm:.4g} with {f.qm_df} and {f.q_df} df"
    if asked == "p" and f.ci_method in _OWN_P:
        return f"P of the {_OWN_P[f.ci_method]} for an estimate of {f.estimate:.4g}"
    if asked in ("z", "p"):
        return f"{'z' if f.ci_method == 'wald' else 't'} = {f.estimate:.4g} / {f.se:.4g} = {f.stat:.3f}"
    if asked.startswith("q"):
        return (
            f"Q = {f.q:.4g} with {f.q_df} df" if not asked.startswith("qm") else f"Q_M = {f.qm:.4g} with {f.qm_df} df"
        )
    if asked in ("tau2_low", "tau2_high", "i2_low", "i2_high"):
        method = f.tau2_ci_method or "q-profile"  # a model without tau² leaves nothing to choose
        return f"{_TAU2_CI.get(method, method)} interval around tau² = {f.tau2:.4g}"
    if asked == "se":
        return _se_words(f)
    if asked == "h2" and f.model != "random":
        return f"Q/df with Q = {f.q:.4g}, df = {f.q_df}"
    of = f"tau² {f.tau2_method} = {f.tau2:.4g}" if f.model == "random" else f"tau² = {f.tau2:.4g}"
    return f"{of} from {_studies(f.k)}" + ("" if math.isnan(f.q) else f" with Q = {f.q:.4g}")


def _studies(k: int) -> str:
    return "1 study" if k == 1 else f"{k} studies"


def _se_words(f: Pooled) -> str:
    if f.coefficients or f.model not in ("random", "common"):
        return f"standard error of {'the intercept' if f.coefficients else f'the {model_words(f.model)} estimate'} from {_studies(f.k)}"
    if f.ci_method in ("wald", "t", "profile", "permutation", "bootstrap"):
        return f"1/√ of the sum of {f.k} weights"
    if f.ci_method == "kenward-roger":
        return f"Kenward-Roger standard error from {_studies(f.k)}"
    floor = ", never below the usual one," if f.ci_method == "hksj-adhoc-se" else ""
    return f"Hartung-Knapp standard error{floor} from {_studies(f.k)}"
