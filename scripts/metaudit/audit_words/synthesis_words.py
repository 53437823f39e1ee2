"""The strings of networks, sequential analyses and other syntheses in words, part by part."""

from __future__ import annotations

import re
from collections.abc import Callable

from metaudit.audit_words.french import french
from metaudit.audit_words.spec_words import measure_words, spec_parts, zero_words
from metaudit.audit_words.vocabulary import CI, COVARIANCES, MODEL, SPENDING, TAU2, VARIANCE
from metaudit.measures import MEASURES

PI = {
    "t-df": "t with the df of Q",
    "t-df-1": "t with one df less than Q",
    "t-k-n": "t with studies less treatments as df",
    "normal": "the normal distribution",
}
"""Prediction intervals of networks."""
_NORMAL = "normal interval"
_AS_GROUPS = "the two occasions as if they were two groups"
_LEVELS = {
    "1": "effects as if independent",
    "2": "two levels, with variance between clusters only",
    "3": "three levels",
}
_TESTS = {
    "normal": "normal distribution", "residual": "t with effects less coefficients as df", "clusters": "t with clusters less coefficients as df",
    "satterthwaite": "t with Satterthwaite's df",
}  # fmt: skip
_POSTERIOR = {
    "median": "posterior median", "mean": "posterior mean", "mode": "posterior mode", "central": "central credible interval",
    "shortest": "shortest credible interval", "shrunken": "effects of studies shrunken",
}  # fmt: skip
_DESIGNS = {
    "cc": "studies taken for case-control studies", "ci": "studies taken for cohort studies", "ir": "studies taken for studies of person-time",
}  # fmt: skip
_STAGES = {"1 stage": "one stage", "2 stages": "two stages"}
_PERCENT = re.compile(r"[\d.]+%")


def synthesis_words(text: str, quantity: str = "", *, language: str = "en") -> str:
    """Say the specification of another synthesis than a pooled effect; a text that is none is given back.

    Parameters
    ----------
    text : ``network | OR | 0.5@only-zero+drop | random REML | wald | PI:t-df | 95%`` and the like
    quantity : the number that it is named for, as in claims.csv; choices that cannot matter for it are left out
    language : ``en`` or ``fr``

    Returns
    -------
    Such as ``network, odds ratio, 0.5 added to studies with a zero cell, random effects (restricted maximum likelihood),
    normal interval, prediction interval by t with the df of Q, 95 %``.
    """
    if " | " not in text:
        return text
    parts = parts_words(text, quantity)
    return ", ".join(french(p) for p in parts) if language == "fr" else ", ".join(parts)


def any_words(text: str, *quantities: str, language: str = "en") -> str:
    """Say any specification, of a pooled effect or of another synthesis; a text that is none is given back.

    Parameters
    ----------
    text : the canonical string
    quantities : the numbers that it is named for; choices that matter for none of them are left out. Of pooled effects, every
        choice is named for several numbers.
    language : ``en`` or ``fr``
    """
    pooled = _pooled_parts(text, quantities[0] if len(quantities) == 1 else "")
    if pooled is None and len(quantities) > 1 and synthesis_named(text):
        asked = {p for q in quantities for p in parts_words(text, q)}
        pooled = [p for p in parts_words(text) if p in asked]
    if pooled is None:
        return synthesis_words(text, *quantities[:1], language=language)
    return ", ".join(french(p) for p in pooled) if language == "fr" else ", ".join(pooled)


# How the specification of a pooled change goes on where the correlation of the two occasions is not reported.
_CHANGE = re.compile(r"(?P<spec>.+) \| (?:r (?P<r>\S+)|as two groups)")


def _pooled_parts(text: str, quantity: str) -> list[str] | None:
    """The parts of a pooled effect, of a change with the correlation assumed for it among them; None for anything else."""
    change = _CHANGE.fullmatch(text)
    if not change:
        return spec_parts(text, quantity)
    parts = spec_parts(change["spec"], quantity)
    tail = f"correlation {change['r']} between before and after" if change["r"] else _AS_GROUPS
    return None if parts is None else [*parts, tail]


def parts_words(text: str, quantity: str = "") -> list[str]:
    """The parts of such a specification in words, in its order; empty for an empty text.

    Parameters
    ----------
    text : parts between bars
    quantity : the number that it is named for; choices that cannot matter for it are left out
    """
    change = _pooled_parts(text, quantity) if _CHANGE.fullmatch(text) else None
    if change is not None:
        return change
    kind = synthesis_named(text)
    parts = [p.strip() for p in text.split(" | ") if p.strip()]
    return [w for p in parts if _matters(p, kind, quantity) for w in _worded(p, kind, quantity)]


def synthesis_of(stated: str, spec: str, subject: str) -> str:
    """Which synthesis a number is of, as far as its specifications or its subject tell; empty for a pooled effect.

    Parameters
    ----------
    stated, spec : the specification of the stated method, and the one that our value belongs to; empty without one
    subject : as in claims.csv; two treatments with a colon between them are those of a network
    """
    return (
        synthesis_named(stated)
        or synthesis_named(spec)
        or ("network" if " : " in subject and not (stated or spec) else "")
    )


def synthesis_named(text: str) -> str:
    """Which synthesis a specification is of: ``network``, ``sequential``, ``bayes``, ``multilevel``, ``dose-response`` or none."""
    if text.startswith("network |"):
        return "network"
    if text.startswith("dose-response "):
        return "dose-response"
    if text.startswith("TSA "):
        return "sequential"
    return "bayes" if "| Bayes tau " in text else "multilevel" if re.search(r"\| \d levels? by ", text) else ""


# What an interval, a test or a level can change.
_LIMIT = re.compile(r"(?:.*_)?(?:ci|pi|i2|tau2|tau)_(?:low|high)|text|")
_JUDGED = re.compile(r"(?:.*_)?(?:se|z|p)|coef_se|qm|p_score|sucra|mean_rank|best|rank")
_OF_INTERVAL = re.compile(r"(?:.*_)?(?:ci|pi)_(?:low|high)|text|")
_WHOLE_P = ("q_p", "q_within_p", "q_between_p", "interaction_p", "nonlinear_p")
_WITHOUT_TAU2 = re.compile(
    r"k|n|treatments|designs|pairs|comparisons|multiarm|k_direct|i2(?:_low|_high)?|q(?:_within|_between)?(?:_df|_p)?|interaction_df"
)


def _matters(part: str, kind: str, quantity: str) -> bool:
    """Whether a choice can change a number; all do where none is named."""
    if not quantity or kind in ("", "sequential"):
        return True
    if _PERCENT.fullmatch(part):
        return bool(_LIMIT.fullmatch(quantity))
    if kind == "network":
        if part in ("wald", "t", "hksj"):
            judged = bool(_JUDGED.fullmatch(quantity)) and quantity not in _WHOLE_P
            return judged or bool(_OF_INTERVAL.fullmatch(quantity))
        if part.startswith("PI:"):
            return quantity.startswith("pi_")
        if part == "indirect evidence without designs":
            return quantity.startswith(("direct", "indirect", "difference", "proportion_direct"))
        return not (part == "common" or part.startswith("random ")) or not _WITHOUT_TAU2.fullmatch(quantity)
    if kind == "multilevel" and part.startswith("k: "):
        return quantity == "k"
    if kind == "multilevel" and _is_test(part):
        return bool(_JUDGED.fullmatch(quantity) or _OF_INTERVAL.fullmatch(quantity)) or quantity.startswith(
            ("coef", "qm")
        )
    return True


def _is_test(part: str) -> bool:
    return part.rpartition(", ")[2] in _TESTS


def _worded(part: str, kind: str, quantity: str) -> list[str]:
    """One part of the string of a synthesis as one or more parts in words."""
    special: dict[str, Callable[[str, str], list[str] | None]] = {
        "multilevel": _of_levels, "bayes": _of_bayes, "dose-response": _of_doses, "sequential": _of_plan,
    }  # fmt: skip
    found = special[kind](part, quantity) if kind in special else None
    return [_part(part)] if found is None else found


def _of_levels(part: str, _quantity: str) -> list[str] | None:
    found = re.fullmatch(r"(\d) levels? by (.+) (\S+), rho (\S+)", part)
    if found:
        levels, column, method, rho = found.groups()
        words = f"{_LEVELS.get(levels, f'{levels} levels')} ({TAU2.get(method, method)}), clusters by {column}"
        return [words] if float(rho) == 0 else [words, f"sampling errors correlated {rho}"]
    if _is_test(part):
        robust, _, test = part.rpartition(", ")
        return [*([f"robust variance {robust}"] if robust else []), _TESTS[test]]
    return ["k counts studies"] if part == "k: studies" else None


def _of_bayes(part: str, quantity: str) -> list[str] | None:
    found = re.fullmatch(r"Bayes tau (.+), mu (.+)", part)
    if found:
        return [f"Bayesian, prior of τ {found[1]}, prior of the mean {found[2]}"]
    names = part.split(", ")
    if not all(n.removeprefix("tau ") in _POSTERIOR for n in names):
        return None
    return [
        f"τ as its {_POSTERIOR[n.removeprefix('tau ')]}" if n.startswith("tau ") else _POSTERIOR[n]
        for n in names
        if _printed_so(n, quantity)
    ]


def _printed_so(name: str, quantity: str) -> bool:
    """Whether a convention of printing a posterior has a part in a number."""
    if not quantity:
        return True
    if name in ("central", "shortest"):
        return bool(_OF_INTERVAL.fullmatch(quantity) or quantity in ("tau_low", "tau_high", "tau2_low", "tau2_high"))
    if name == "shrunken":
        return quantity.startswith("study_")
    of_tau = quantity in ("tau", "tau2")
    if name.startswith("tau "):
        return of_tau
    return of_tau or quantity in ("estimate", "study_estimate", "predicted", "nnt")


def _of_doses(part: str, _quantity: str) -> list[str] | None:
    if part.startswith("dose-response spline with knots "):
        knots = part.removeprefix("dose-response spline with knots ")
        return [f"dose-response, restricted cubic spline with {knots.count(',') + 1} knots at {knots}"]
    if part.startswith("dose-response "):
        return [f"dose-response, {part.removeprefix('dose-response ')}"]
    if part in TAU2:
        return [f"random effects ({TAU2[part]})"]
    if part == "fixed":
        return ["common effect"]
    known = _STAGES | COVARIANCES | _DESIGNS
    return [known[part]] if part in known else None


def _of_plan(part: str, _quantity: str) -> list[str] | None:
    if part.startswith("spending "):
        name = part.removeprefix("spending ")
        return [f"{SPENDING.get(name, name)} spending of alpha"]
    if part == "futility none":
        return ["no boundary of futility"]
    if part.startswith("futility "):
        kind, _, beta = part.removeprefix("futility ").partition(", beta by ")
        return [f"boundary of futility {kind}" + (f", beta by {SPENDING.get(beta, beta)}" if beta else "")]
    pooling, *more = re.split(r", (?=variance |zero cells )", part)
    if more:
        return [_part(pooling), *(_of_pooling(m) for m in more)]
    if part.startswith("SD "):
        return [f"standard deviation {part.removeprefix('SD ')}"]
    return None


def _of_pooling(text: str) -> str:
    """What stands behind the model of a sequential analysis: the variance of the measure, or the rule for zero cells."""
    if text.startswith("zero cells "):
        return zero_words(text.removeprefix("zero cells "))
    return VARIANCE.get(text.removeprefix("variance "), text)


def _part(part: str) -> str:
    """One part; what has no words of its own stays as it is."""
    head, _, rest = part.partition(" ")
    if head == "TSA" and rest in MEASURES:
        return f"trial sequential analysis, {measure_words(rest)}"
    if head in MEASURES and (not rest or rest.startswith("[")):
        variance = rest.strip("[]")
        return measure_words(head) + (f" ({VARIANCE.get(variance, variance)})" if variance else "")
    if "@" in head or head.partition("+")[0] == "none":
        return zero_words(head) + (", as R's meta does" if rest == "(meta)" else "")
    if head in MODEL and head != "common" and (not rest or rest in TAU2):
        return MODEL[head] + (f" ({TAU2[rest]})" if rest else "")
    if head == "random" and rest in TAU2:
        return f"random effects ({TAU2[rest]})"
    if part.startswith("PI:"):
        return f"prediction interval by {PI.get(part[3:], part[3:])}"
    if part.endswith("%") and part[:-1].replace(".", "", 1).isdigit():
        return f"{part[:-1]} %"
    if part == "common":
        return "common effect"
    return _NORMAL if part == "wald" else CI.get(part, part).replace("tau²", "τ²")
