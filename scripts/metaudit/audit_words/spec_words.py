"""A specification in the words of a methods section."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from metaudit.audit_words.matters import BY_STANDARD_ERROR, BY_TEST, OF_EFFECTS, matters, only_for_zeros
from metaudit.measures import MEASURES
from metaudit.specs import COUNT_MODELS, Spec, parse_spec

MEASURE = {
    "AS": "difference of arcsine risks",
    "SMD": "standardised mean difference",
    "SMDH": "standardised mean difference with unequal variances",
    "SMD1": "Glass's delta",
    "GEN": "effects as given",
    "GEN-LOG": "ratios as given",
}
TAU2 = {
    "DL": "DerSimonian-Laird",
    "HE": "Hedges",
    "HS": "Hunter-Schmidt",
    "HSk": "Hunter-Schmidt with the small-sample correction",
    "SJ": "Sidik-Jonkman",
    "ML": "maximum likelihood",
    "REML": "restricted maximum likelihood",
    "EB": "empirical Bayes",
    "PM": "Paule-Mandel",
    "PMM": "median-unbiased Paule-Mandel",
    "DL2": "two-step DerSimonian-Laird",
    "PM2": "two-step Hedges",
    "GENQ": "generalised Q with given weights",
}
MODEL = {
    "common": "inverse-variance common effect",
    "mantel-haenszel": "Mantel-Haenszel",
    "peto": "Peto",
    "glmm": "mixed model of the counts",
    "user-weights": "mean by given weights",
}
CI = {
    "wald": "Wald interval",
    "t": "t interval",
    "hksj": "Hartung-Knapp interval",
    "hksj-adhoc-se": "Hartung-Knapp interval never narrower in its standard error than the usual one",
    "hksj-adhoc-ci": "the wider of the Hartung-Knapp and the Wald interval",
    "kenward-roger": "Kenward-Roger interval",
    "profile": "profile-likelihood interval",
    "permutation": "permutation interval",
    "bootstrap": "bootstrap interval",
}
# The kind of interval as a standard error or a test sees it.
STANDARD_ERROR = {
    "hksj": "Hartung-Knapp standard error",
    "hksj-adhoc-se": "Hartung-Knapp standard error, never below the usual one",
    "kenward-roger": "Kenward-Roger standard error",
}
USUAL_ERROR = "usual standard error"
TEST = {
    "wald": "normal test (z)",
    "t": "t test",
    "hksj": "Hartung-Knapp test",
    "hksj-adhoc-se": "Hartung-Knapp test with a standard error never below the usual one",
    "hksj-adhoc-ci": "the wider of the Hartung-Knapp and the Wald interval, read as a test",
    "kenward-roger": "Kenward-Roger test",
    "profile": "likelihood-ratio test",
    "permutation": "permutation test",
    "bootstrap": "bootstrap test",
}
PI = {
    "t-k-2": "t with k − 2 df",
    "t-k-1": "t with k − 1 df",
    "normal": "the normal distribution",
    "hksj": "the Hartung-Knapp standard error with k − 1 df",
    "tau-only": "τ alone",
    "bootstrap": "the bootstrap",
}
I2 = {"tau2": "τ²", "Q": "Q"}
Q_CENTRE = {
    "inverse-variance": "the inverse-variance mean",
    "mantel-haenszel": "the Mantel-Haenszel mean",
    "mantel-haenszel-corrected": "the Mantel-Haenszel mean of the corrected counts",
}
GLMM = {
    "conditional-exact": "conditional, exact",
    "conditional-approximate": "conditional, approximate",
    "unconditional-fixed": "unconditional, fixed study effects",
    "unconditional-random": "unconditional, random study effects",
}
VARIANCE = {
    "LS": "large-sample variance",
    "LS2": "large-sample variance times J²",
    "UB": "unbiased variance",
    "AV": "variance at the average effect of all studies",
    "AVHO": "variance at one coefficient of variation for all studies",
    "HO": "variance with one SD for both groups",
    "pooled-sd": "variance with one SD for both groups",
    "H": "variance that lets the groups' SDs differ",
    "metafor4.6": "variance without J²",
    "bias-corrected": "corrected for bias",
    "revman": "as RevMan defines it",
    "meta": "0.5 added once to each n, as R's meta does",
    "LS-approx": "large-sample variance with the approximate small-sample factor",
    "LS2-approx": "large-sample variance times J², with the approximate small-sample factor",
    "d": "Cohen's d, not corrected for small samples",
    "d-metan": "Cohen's d as in Stata's metan",
}
TAU2_CI = {
    "q-profile": "the Q-profile",
    "profile-likelihood": "the profile likelihood",
    "jackson": "Jackson's method",
    "biggerstaff": "the Biggerstaff-Jackson method",
}
COUNTS = {"corrected": "corrected before they are pooled", "as they are": "pooled as they are"}
RD_VARIANCE = {"sato": "Sato", "greenland-robins": "Greenland-Robins"}
COVARIANCES = {
    "greenland-longnecker": "covariances by Greenland and Longnecker", "risk-ratio": "covariances of risk ratios",
    "independent": "relative risks of a study as if independent",
}  # fmt: skip
"""Of the relative risks of one dose-response study."""
SPENDING = {"obrien-fleming": "O'Brien-Fleming", "pocock": "Pocock"}
"""How the error of a sequential analysis is spent."""
STOPPING = {"exact": "at the solution", "metafor": "where metafor's default control ends"}
_TO = {
    "only-zero": "to studies with a zero cell",
    "if-any-zero": "to every study because one has a zero cell",
    "all": "to every study",
}
_DROPPED = {
    "drop": "studies without or with only events in both arms dropped",
    "drop-empty": "studies without events in both arms dropped",
}
USUAL_RULE = "the usual rule"
"""As audits of networks call what is done with zero cells where nothing is stated."""
WITH_ZERO_RULE = ("counts", "rates", "proportion")
"""Kinds of measures that a rule for zero cells can change."""


def spec_words(spec: Spec | str, quantity: str = "", *, zero_cells: bool = True) -> str:
    """Say a specification in words; different specifications read differently.

    Parameters
    ----------
    spec : a specification, or its canonical string; a string that is none (the name of a test, say) is given back
    quantity : the number that the specification is named for, as in claims.csv; choices that cannot matter for it are
        left out. Without one, every choice is named.
    zero_cells : whether any study has a zero cell; without one, a rule for them is not worth a word

    Returns
    -------
    Such as ``risk ratio, 0.5 added to studies with a zero cell, random effects (DerSimonian-Laird), Wald interval, 95 %``.
    What is hardly ever chosen otherwise (where I² and the prediction interval come from, the centre of Q, the interval
    of τ², the stopping rule) is named only where it is not the usual. Empty where no choice matters.
    """
    parts = spec_parts(spec, quantity, zero_cells=zero_cells)
    return str(spec) if parts is None else ", ".join(parts)


def spec_parts(spec: Spec | str, quantity: str = "", *, zero_cells: bool = True) -> list[str] | None:
    """The parts of ``spec_words``, in its order; None for a string that is no specification of a pooled effect.

    Parameters
    ----------
    spec, quantity, zero_cells : as in ``spec_words``
    """
    if isinstance(spec, str):
        found = _parsed(spec)
        return None if found is None else spec_parts(found, quantity, zero_cells=zero_cells)
    asked = matters(quantity, zero_cells=zero_cells)
    if quantity in OF_EFFECTS and spec.model != "peto":
        asked -= {"model"}
    parts = [_measure(spec, asked)] if "measure" in asked else []
    told = zero_cells or not only_for_zeros(spec.zero_cells)
    if MEASURES[spec.measure].kind in WITH_ZERO_RULE and "zero_cells" in asked and told:
        alone = spec.model in COUNT_MODELS and not spec.counts
        parts.append(zero_words(spec.zero_cells) + (" for their own effects only" if alone else ""))
    if "model" in asked:
        parts.append(_model(spec, asked))
    if "ci" in asked and not (quantity.startswith("pi_") and spec.pi == "tau-only"):
        parts.append(interval_words(spec.ci, quantity))
    if "level" in asked:
        parts.append(f"{100 * spec.level:g} %")
    return [*parts, *_seldom(spec, asked)]


def interval_words(ci: str, quantity: str = "") -> str:
    """A kind of interval as a quantity sees it: by its standard error, as a test, or as an interval."""
    if quantity in BY_STANDARD_ERROR:
        return STANDARD_ERROR.get(ci, USUAL_ERROR)
    return TEST.get(ci, ci) if quantity in BY_TEST else CI.get(ci, ci)


def _parsed(text: str) -> Spec | None:
    try:
        return parse_spec(text)
    except (ValueError, KeyError, IndexError):
        return None


def measure_words(code: str) -> str:
    """An effect measure in words."""
    return MEASURE.get(code) or (MEASURES[code].name if code in MEASURES else code)


def zero_words(rule: str) -> str:
    """A zero-cell rule such as ``0.5@only-zero+drop`` in words."""
    if rule == USUAL_RULE:
        return "zero cells by the usual rule of the measure"
    base, _, drop = rule.partition("+")
    tail = f", {_DROPPED.get(drop, drop)}" if drop else ""
    if base == "none":
        return "nothing added to zero cells" + tail
    add, _, to = base.partition("@")
    what = "the treatment-arm correction" if add == "tacc" else add
    return f"{what} added {_TO.get(to, to)}{tail}"


def _measure(spec: Spec, asked: frozenset[str]) -> str:
    words = measure_words(spec.measure)
    if "variance" not in asked:
        return words
    return words if spec.variance == "LS" else f"{words} ({VARIANCE.get(spec.variance, spec.variance)})"


def _model(spec: Spec, asked: frozenset[str]) -> str:
    tau2 = TAU2.get(spec.tau2, spec.tau2)
    if "tau2" not in asked and spec.has_tau2:
        return "random effects" if spec.model == "random" else MODEL[spec.model]
    if spec.model == "random":
        return f"random effects ({tau2})"
    if spec.model == "user-weights":
        return f"{MODEL[spec.model]} (τ²: {tau2})"
    inner = [GLMM.get(spec.glmm, spec.glmm)] if spec.glmm else []
    inner += ["counts corrected first"] if spec.counts == "corrected" else []
    inner += ["Greenland-Robins variance"] if spec.rd_variance == "greenland-robins" else []
    return MODEL.get(spec.model, spec.model) + (f" ({'; '.join(inner)})" if inner else "")


def _seldom(spec: Spec, asked: frozenset[str]) -> list[str]:
    """What is worth naming only where it is not the usual."""
    if not spec.has_tau2:
        return []
    out = []
    if "i2" in asked and spec.i2 != "tau2":
        out.append(f"I² from {I2.get(spec.i2, spec.i2)}")
    if "pi" in asked and spec.pi != "t-k-2":
        out.append(f"prediction interval by {PI.get(spec.pi, spec.pi)}")
    if "q" in asked and spec.q != "inverse-variance":
        out.append(f"Q around {Q_CENTRE.get(spec.q, spec.q)}")
    if "tau2_ci" in asked and spec.tau2_ci != "q-profile":
        out.append(f"interval of τ² by {TAU2_CI.get(spec.tau2_ci, spec.tau2_ci)}")
    if "stopping" in asked and spec.stopping != "exact":
        out.append(f"iterations ended {STOPPING.get(spec.stopping, spec.stopping)}")
    return out


# How to say a departure of ``specs.departures``: by what stands before the value, the value in words.
_DEPARTURES: dict[str, Callable[[str], str]] = {
    "variance of the outcome": (
        lambda v: f"variance of the outcome {v}"
    ),  # of a required information size, and no variance of an effect
    "measure": measure_words,
    "zero cells": zero_words,
    "variance of the risk difference": (lambda v: f"{RD_VARIANCE.get(v, v)} variance of the risk difference"),
    "variance": (lambda v: VARIANCE.get(v, v)),
    "model": (lambda v: "random effects" if v == "random" else MODEL.get(v, v)),
    "interval of tau²": (lambda v: f"interval of τ² by {TAU2_CI.get(v, v)}"),
    "tau²": (lambda v: f"τ² by {TAU2.get(v, v)}"),
    "I² from": (lambda v: f"I² from {I2.get(v, v)}"),
    "prediction interval": (lambda v: f"prediction interval by {PI.get(v, v)}"),
    "level": (lambda v: f"a {100 * float(v):g} % level"),
    "mixed model": (lambda v: f"mixed model ({GLMM[v]})" if v in GLMM else "no mixed model"),
    "Q centred on": (lambda v: f"Q around {Q_CENTRE.get(v, v)}"),
    "stopping": (lambda v: f"iterations ended {STOPPING.get(v, v)}"),
    "counts": (lambda v: f"counts {COUNTS.get(v, v)}"),
}


def departure_words(departures: Iterable[str], quantity: str = "") -> str:
    """The choices by which a specification departs from the stated method, in words.

    Parameters
    ----------
    departures : as ``metaudit.specs.departures`` lists them, such as ``tau² REML``; anything else is kept as it is
    quantity : the number they are named for (see ``interval_words``)

    Returns
    -------
    Such as ``odds ratio, τ² by restricted maximum likelihood``; empty without departures.
    """
    return ", ".join(_departure(d, quantity) for d in departures)


def _departure(text: str, quantity: str) -> str:
    if text.startswith("interval ") and not text.startswith("interval of tau²"):
        return interval_words(text.removeprefix("interval "), quantity)
    for name in sorted(_DEPARTURES, key=len, reverse=True):
        if text == name or text.startswith(name + " "):
            return _DEPARTURES[name](text[len(name) :].strip())
    return text


# The choices that an audit names as left open, such as ``tau² DL or HS``: name, words of the values, and the sentence.
_OPEN: dict[str, tuple[Callable[[str], str], str]] = {
    "measure": (measure_words, "{}"),
    "zero cells": (zero_words, "{}"),
    "sampling variance": (lambda v: VARIANCE.get(v, v), "{}"),
    "model": (lambda v: "random effects" if v == "random" else MODEL.get(v, v), "{}"),
    "tau²": (lambda v: TAU2.get(v, v), "τ² by {}"),
    "interval": (interval_words, "{}"),
    "definition of I²": (lambda v: I2.get(v, v), "I² from {}"),
    "prediction interval": (lambda v: PI.get(v, v), "prediction interval by {}"),
    "mixed model": (lambda v: GLMM.get(v, v), "mixed model: {}"),
    "centre of Q": (lambda v: Q_CENTRE.get(v, v), "Q around {}"),
    "counts": (lambda v: COUNTS.get(v, v), "counts {}"),
    "variance of the risk difference": (lambda v: RD_VARIANCE.get(v, v), "{} variance of the risk difference"),
    "estimator": (lambda v: TAU2.get(v, v), "τ² by {}"),
    "covariance": (lambda v: COVARIANCES.get(v, v), "{}"),
    "spending": (lambda v: SPENDING.get(v, v), "{} spending of alpha"),
    "end of the iterations": (lambda v: STOPPING.get(v, v), "iterations ended {}"),
}


def choice_words(cause: str, quantity: str = "") -> str:
    """A choice that the paper leaves open, with the values that give the number, in words.

    ``tau² DL or HS`` reads ``τ² by DerSimonian-Laird or Hunter-Schmidt``; a departure or a whole specification is
    put into words, too, and what is neither stays as it is.

    Parameters
    ----------
    cause : as the audit names it
    quantity : the number that the choice decides: an interval is a test for a P value, a standard error for an SE
    """
    for name in sorted(_OPEN, key=len, reverse=True):
        if cause.startswith(name + " "):
            say, sentence = _OPEN[name]
            given = cause[len(name) + 1 :].split(" or ")
            told = [interval_words(v, quantity) if name == "interval" else say(v) for v in given]
            known = told != given or cause == "definition of I² Q"  # the one value that is a word already
            return sentence.format(_either(dict.fromkeys(told))) if known else cause
    return spec_words(cause, quantity) if " | " in cause else _departure(cause, quantity)


def _either(options: Iterable[str]) -> str:
    """``a``, ``a or b``, ``a, b or c``; with semicolons where an option has commas of its own."""
    *most, last = options
    if not most:
        return last
    return f"{'; '.join(most)}; or {last}" if any(", " in o for o in (*most, last)) else f"{', '.join(most)} or {last}"
