"""Quantities in words that fit into a sentence, and why one has no value."""

from __future__ import annotations

from metaudit.audit_words.spec_words import spec_words
from metaudit.audit_words.vocabulary import CI, PI
from metaudit.evaluate import Evaluated

_MODELS = {
    "random": "random-effects", "common": "common-effect", "mantel-haenszel": "Mantel-Haenszel", "peto": "Peto", "glmm": "mixed",
    "user-weights": "given-weights",
}  # fmt: skip
NAMES = {
    "estimate": "the estimate", "ci_low": "the lower limit", "ci_high": "the upper limit", "se": "the standard error", "z": "the test statistic",
    "p": "the P value", "q": "Q", "q_df": "the number of degrees of freedom of Q", "q_p": "the P value of Q", "i2": "I²",
    "i2_low": "the lower limit of I²", "i2_high": "the upper limit of I²", "h2": "H²", "tau2": "tau²", "tau": "tau",
    "tau2_low": "the lower limit of tau²", "tau2_high": "the upper limit of tau²", "se_tau2": "the standard error of tau²",
    "k": "the number of studies", "n": "the number of people", "n_t": "the number of people in the treatment arm",
    "n_c": "the number of people in the control arm", "events_t": "the number of events in the treatment arm",
    "events_c": "the number of events in the control arm", "proportion": "the proportion of one group",
    "proportion_t": "the proportion in the treatment arm", "proportion_c": "the proportion in the control arm",
    "mean_t": "the mean of the treatment arm", "mean_c": "the mean of the control arm", "sd_t": "the SD of the treatment arm",
    "sd_c": "the SD of the control arm", "pi_low": "the lower prediction limit", "pi_high": "the upper prediction limit",
    "subgroup_q": "Q between subgroups", "subgroup_p": "the P value between subgroups",
    "subgroup_df": "the number of degrees of freedom between subgroups", "subgroup_i2": "I² between subgroups", "coef": "the coefficient",
    "coef_se": "the standard error of the coefficient", "coef_p": "the P value of the coefficient", "r2": "R²",
    "qm": "the test statistic of the moderators", "qm_p": "the P value of the moderators", "nnt": "the number needed to treat",
    "egger_p": "the P value of Egger's test", "egger_intercept": "the intercept of Egger's test", "begg_p": "the P value of Begg's test",
    "trimfill_k": "the number of studies added by trim and fill", "trimfill_estimate": "the estimate after trim and fill",
    "failsafe_n": "the fail-safe N", "predicted": "the predicted effect", "loglik": "the log likelihood",
    "tau_low": "the lower limit of tau", "tau_high": "the upper limit of tau", "nonlinear_p": "the P value of non-linearity",
    "p_below": "the posterior probability of an effect below none", "p_above": "the posterior probability of an effect above none",
    "bayes_factor": "the Bayes factor",
    "k_with_events": "the number of studies with events", "agreement": "the share of the panel", "agreed": "the number of people who agreed",
    "panel": "the size of the panel", "invited": "the number of people invited", "response_rate": "the response rate",
    "threshold": "the threshold of consensus", "items": "the number of items",
    "items_consensus": "the number of items with consensus", "consensus_rate": "the share of items with consensus",
    "treatments": "the number of treatments",
    "designs": "the number of designs",
    "pairs": "the number of pairs compared directly",
    "comparisons": "the number of comparisons in the studies",
    "multiarm": "the number of multi-arm studies",
    "q_within": "Q within designs",
    "q_within_df": "the number of degrees of freedom of Q within designs",
    "q_within_p": "the P value of Q within designs",
    "q_between": "Q between designs",
    "q_between_df": "the number of degrees of freedom of Q between designs",
    "q_between_p": "the P value of Q between designs",
    "interaction": "the chi² of the design-by-treatment interaction",
    "interaction_df": "the number of degrees of freedom of the design-by-treatment interaction",
    "interaction_p": "the P value of the design-by-treatment interaction",
    "interaction_tau2": "tau² within designs",
    "interaction_tau": "tau within designs",
    "p_score": "the P-score",
    "sucra": "SUCRA",
    "mean_rank": "the mean rank",
    "best": "the probability to be the best",
    "rank": "the rank",
    "k_direct": "the number of studies with direct evidence",
    "proportion_direct": "the share of direct evidence",
    "direct": "the direct estimate",
    "direct_se": "the standard error of the direct estimate",
    "direct_ci_low": "the lower limit of the direct estimate",
    "direct_ci_high": "the upper limit of the direct estimate",
    "direct_p": "the P value of the direct estimate",
    "indirect": "the indirect estimate",
    "indirect_se": "the standard error of the indirect estimate",
    "indirect_ci_low": "the lower limit of the indirect estimate",
    "indirect_ci_high": "the upper limit of the indirect estimate",
    "indirect_p": "the P value of the indirect estimate",
    "difference": "the difference of direct and indirect evidence",
    "difference_se": "the standard error of the difference of direct and indirect evidence",
    "difference_ci_low": "the lower limit of the difference of direct and indirect evidence",
    "difference_ci_high": "the upper limit of the difference of direct and indirect evidence",
    "difference_z": "the test statistic of the difference of direct and indirect evidence",
    "difference_p": "the P value of the difference of direct and indirect evidence",
    "ris": "the required information size", "ris_fixed": "the required information size without heterogeneity",
    "ris_share": "the share of the required information size", "diversity": "D²", "tsa_boundary": "the boundary of z",
    "tsa_ci_low": "the lower limit adjusted for the looks", "tsa_ci_high": "the upper limit adjusted for the looks",
    "tsa_ci_level": "the level of the adjusted interval", "tsa_look": "the look at which the boundary was crossed",
    "tsa_p": "the P value adjusted for the looks", "tsa_estimate": "the estimate adjusted for the looks",
    "conditional_power": "the conditional power",
}  # fmt: skip

_COLUMNS = {
    "events_t": "events, treatment", "n_t": "n, treatment", "events_c": "events, control", "n_c": "n, control",
    "mean_t": "mean, treatment", "sd_t": "SD, treatment", "mean_c": "mean, control", "sd_c": "SD, control",
    "time_t": "person-time, treatment", "time_c": "person-time, control", "events": "events", "n": "n", "mean": "mean",
    "sd": "SD", "r": "correlation", "effect": "effect with its standard error or interval",
}  # fmt: skip


def name_of(quantity: str) -> str:
    """A quantity in words."""
    return NAMES.get(quantity, quantity.replace("_", " "))


def model_words(model: str) -> str:
    """A model as it stands before the word: the common-effect model."""
    return _MODELS.get(model, model)


def column_words(column: str) -> str:
    """A column of the extraction table in words."""
    return _COLUMNS.get(column, column)


def why_undefined(quantity: str, e: Evaluated) -> str:
    """Why a quantity has no value under a specification."""
    f, spec, name = e.fit, e.spec, name_of(quantity)
    if quantity in ("r2", "qm", "qm_p") and not f.coefficients:
        return f"{name} belongs to a meta-regression; review.yaml names no moderators"
    if quantity in ("pi_low", "pi_high"):
        if f.coefficients:
            return "a meta-regression has no single prediction interval"
        if not spec.has_tau2:
            return f"the {model_words(spec.model)} model has no prediction interval"
        of = f"the prediction interval by {PI.get(spec.pi, spec.pi)}"
        return f"{of} needs more than {f.k} {'study' if f.k == 1 else 'studies'}"
    if f.q_df < 1:
        what = "one study" if f.k == 1 else f"{f.k} studies"
        return f"{name} is not defined for {what}" + (
            f" with the {CI.get(spec.ci, spec.ci)}"
            if spec.ci != "wald" and quantity in ("ci_low", "ci_high", "p")
            else ""
        )
    if spec.model == "glmm":
        return f"the mixed model gives no {name.removeprefix('the ')}"
    return f"{name} is not defined under {spec_words(spec)}"
