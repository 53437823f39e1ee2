"""Say what a claim is about, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from metaudit.audit_words.input_words import subgroup_label
from metaudit.audit_words.synthesis_words import synthesis_of
from metaudit.formats.survey_subject import SURVEY_QUANTITIES, subject_words

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
    "agreement": "share of the panel",
    "agreed": "people who agreed",
    "panel": "panel",
    "invited": "people invited",
    "response_rate": "response rate",
    "threshold": "threshold of consensus",
    "items": "items",
    "items_consensus": "items with consensus",
    "consensus_rate": "share of items with consensus",
    "treatments": "treatments",
    "designs": "designs",
    "pairs": "pairs compared directly",
    "comparisons": "comparisons in the studies",
    "multiarm": "multi-arm studies",
    "q_within": "Q within designs",
    "q_within_df": "df of Q within designs",
    "q_within_p": "P of Q within designs",
    "q_between": "Q between designs",
    "q_between_df": "df of Q between designs",
    "q_between_p": "P of Q between designs",
    "interaction": "chi² of the design-by-treatment interaction",
    "interaction_df": "df of the design-by-treatment interaction",
    "interaction_p": "P of the design-by-treatment interaction",
    "interaction_tau2": "tau² within designs",
    "interaction_tau": "tau within designs",
    "p_score": "P-score",
    "sucra": "SUCRA",
    "mean_rank": "mean rank",
    "best": "probability to be the best",
    "rank": "rank",
    "k_direct": "studies with direct evidence",
    "proportion_direct": "share of direct evidence",
    "direct": "direct estimate",
    "direct_se": "SE of the direct estimate",
    "direct_ci_low": "lower limit of the direct estimate",
    "direct_ci_high": "upper limit of the direct estimate",
    "direct_p": "P of the direct estimate",
    "indirect": "indirect estimate",
    "indirect_se": "SE of the indirect estimate",
    "indirect_ci_low": "lower limit of the indirect estimate",
    "indirect_ci_high": "upper limit of the indirect estimate",
    "indirect_p": "P of the indirect estimate",
    "difference": "direct less indirect",
    "difference_se": "SE of direct less indirect",
    "difference_ci_low": "lower limit of direct less indirect",
    "difference_ci_high": "upper limit of direct less indirect",
    "difference_z": "z of direct less indirect",
    "difference_p": "P of direct less indirect",
    "ris": "required information size",
    "ris_fixed": "required information size without heterogeneity",
    "ris_share": "share of the required information size (%)",
    "diversity": "diversity D² (%)",
    "tsa_boundary": "boundary of z at the last look",
    "tsa_ci_low": "lower limit adjusted for the looks",
    "tsa_ci_high": "upper limit adjusted for the looks",
    "tsa_ci_level": "level of the adjusted interval after one look (%)",
    "tsa_look": "look at which the boundary was crossed",
    "tsa_p": "P value adjusted for the looks",
    "tsa_estimate": "estimate adjusted for the looks",
    "conditional_power": "conditional power (%)",
    "tau_low": "lower limit of τ",
    "tau_high": "upper limit of τ",
    "p_below": "probability of an effect below none",
    "p_above": "probability of an effect above none",
    "bayes_factor": "Bayes factor",
    "nonlinear_p": "P value of non-linearity",
    "text": "statement",
    "value": "number",
}
OF_SYNTHESIS = {
    "network": {"estimate": "estimate"},
    "dose-response": {"estimate": "relative risk", "predicted": "relative risk"},
    "bayes": {"estimate": "posterior estimate", "ci_low": "lower credible limit", "ci_high": "upper credible limit"},
}
"""Quantities that are called otherwise where they are not those of a pooled effect; in sentences, ``of_synthesis`` of texts.yaml."""
NAMED_BY_SUBJECT = ("count", "value", "text")


def quantity_words(quantity: str) -> str:
    """Name of a quantity for people."""
    return WORDS.get(quantity, quantity.replace("_", " "))


def about(finding: Finding) -> str:
    """Say what a claim is about: its quantity and its subject, or the subject alone where it says everything."""
    named = quantity_named(finding)
    if not finding.subject:
        return named
    if finding.quantity in NAMED_BY_SUBJECT:
        return subject_words(finding.subject)
    if finding.quantity in SURVEY_QUANTITIES:
        return f"{quantity_words(finding.quantity)}: {subject_words(finding.subject)}"
    return f"{named}: {subgroup_label(finding.covariate, finding.subject)}"


def quantity_named(finding: Finding) -> str:
    """The quantity, as the synthesis calls it that the number is of."""
    synthesis = synthesis_of(finding.stated_spec, finding.spec, finding.subject)
    return OF_SYNTHESIS.get(synthesis, {}).get(finding.quantity) or quantity_words(finding.quantity)
