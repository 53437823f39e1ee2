"""Say what a claim is about, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from metaudit.audit_words.input_words import subgroup_label

if TYPE_CHECKING:
    from metaudit.tables.reading import Finding

WORDS = {
    "estimate": "pooled estimate",
    "ci_low": "lower confidence limit",
    "ci_high": "upper confidence limit",
    "se": "standard error",
    "z": "z",
    "p": "P value",
    "q": "Q",
    "q_df": "degrees of freedom of Q",
    "q_p": "P value of Q",
    "i2": "I²",
    "i2_low": "I², lower limit",
    "i2_high": "I², upper limit",
    "h2": "H²",
    "tau2": "τ²",
    "tau": "τ",
    "tau2_low": "τ², lower limit",
    "tau2_high": "τ², upper limit",
    "se_tau2": "standard error of τ²",
    "k": "number of studies",
    "n": "number of people",
    "n_t": "people, treatment",
    "n_c": "people, control",
    "events_t": "events, treatment",
    "events_c": "events, control",
    "proportion": "proportion",
    "proportion_t": "proportion, treatment",
    "proportion_c": "proportion, control",
    "weight": "weight (%)",
    "study_estimate": "estimate of one study",
    "study_ci_low": "lower limit of one study",
    "study_ci_high": "upper limit of one study",
    "study_se": "standard error of one study",
    "study_variance": "variance of one study",
    "pi_low": "prediction interval, lower limit",
    "pi_high": "prediction interval, upper limit",
    "subgroup_q": "Q between subgroups",
    "subgroup_p": "P value between subgroups",
    "subgroup_df": "degrees of freedom between subgroups",
    "subgroup_i2": "I² between subgroups",
    "coef": "coefficient",
    "coef_se": "standard error of a coefficient",
    "coef_p": "P value of a coefficient",
    "r2": "R²",
    "qm": "QM",
    "qm_p": "P value of QM",
    "egger_p": "Egger's test, P value",
    "egger_intercept": "Egger's intercept",
    "begg_p": "Begg's test, P value",
    "trimfill_k": "studies added by trim and fill",
    "trimfill_estimate": "estimate after trim and fill",
    "failsafe_n": "fail-safe N",
    "mean_t": "mean, treatment",
    "mean_c": "mean, control",
    "sd_t": "SD, treatment",
    "sd_c": "SD, control",
    "nnt": "number needed to treat",
    "k_with_events": "studies with events",
    "predicted": "predicted value",
    "loglik": "log likelihood",
    "text": "statement",
    "value": "number",
}
NAMED_BY_SUBJECT = ("count", "value", "text")


def quantity_words(quantity: str) -> str:
    """Name of a quantity for people."""
    return WORDS.get(quantity, quantity.replace("_", " "))


def about(finding: Finding) -> str:
    """Say what a claim is about: its quantity and its subject, or the subject alone where it says everything."""
    if not finding.subject:
        return quantity_words(finding.quantity)
    if finding.quantity in NAMED_BY_SUBJECT:
        return finding.subject
    return f"{quantity_words(finding.quantity)}: {subgroup_label(finding.covariate, finding.subject)}"
