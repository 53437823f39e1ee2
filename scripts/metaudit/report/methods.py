"""The method the authors state against the one that was used."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from metaudit.audit_words import numbers
from metaudit.audit_words.spec_words import measure_words, zero_words
from metaudit.audit_words.synthesis_words import PI as NETWORK_PI
from metaudit.audit_words.vocabulary import (
    CI,
    GLMM,
    I2,
    I2_CI,
    MODEL,
    PI,
    Q_CENTRE,
    SUBGROUP_TAU2,
    TAU2,
    TAU2_CI,
    VARIANCE,
)
from metaudit.report.sequential import spending_words
from metaudit.tables.reading import Analysis, Row, words

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

# Choices of other syntheses, by their place in review.yaml.
SYNTHESIS_LABELS = {
    "network.reference": "Reference treatment",
    "network.distinct": "Names that are alike and are two treatments",
    "network.draws": "Draws behind the ranks",
    "sequential.alpha": "Alpha",
    "sequential.power": "Power",
    "sequential.sides": "Sides of the test",
    "sequential.effect": "Smallest relevant effect",
    "sequential.relative_reduction": "Smallest relevant effect, as a relative reduction",
    "sequential.control_risk": "Control risk",
    "sequential.sd": "Standard deviation",
    "sequential.heterogeneity": "Required size adjusted for",
    "sequential.variance": "Variance of the difference of risks",
    "sequential.spending": "Spending of alpha",
    "sequential.futility": "Futility boundary",
    "sequential.beta_spending": "Spending of beta",
    "sequential.required": "Required information size",
    "sequential.convention": "Program whose conventions are followed",
    "bayes.tau": "Prior of τ",
    "bayes.mu": "Prior of the mean effect",
    "bayes.centre": "Estimate from the posterior",
    "bayes.interval": "Credible interval",
    "multilevel.cluster": "Effects that belong together share",
    "multilevel.levels": "Levels",
    "multilevel.rho": "Correlation of sampling errors inside a cluster",
    "multilevel.robust": "Cluster-robust variance",
    "multilevel.test": "Intervals and P values follow",
    "dose_response.dose": "Column of the dose",
    "dose_response.curve": "Shape of the curve",
    "dose_response.knots": "Knots",
    "dose_response.stages": "Stages",
    "dose_response.covariance": "Covariance of the relative risks of one study",
}
LABELS = {
    "measure": "Measure",
    "model": "Model",
    "glmm": "Generalised linear mixed model",
    "tau2": "Estimator of τ²",
    "q": "Mean that Q is centred on",
    "variance": "Sampling variance",
    "ci": "Confidence interval",
    "level": "Level",
    "pi": "Prediction interval",
    "i2": "I² from",
    "tau2_ci": "Interval of τ²",
    "i2_ci": "Interval of I²",
    "subgroup_tau2": "τ² of subgroups",
    "zero_cells": "Zero cells",
    "software": "Software",
    "multiarm": "Studies of more than two arms",
    "splitting": "Direct against indirect evidence",
    **SYNTHESIS_LABELS,
}
COLUMNS = {
    "measure": "measure",
    "model": "model",
    "tau2": "tau2_method",
    "variance": "variance",
    "ci": "ci_method",
    "level": "level",
}


@dataclass(frozen=True, kw_only=True)
class MethodLine:
    """One choice: what the authors say, what we did, each in words and as its code, and whether the two differ."""

    label: str
    stated: str
    used: str
    stated_code: str
    used_code: str
    differs: bool


def _level(value: str) -> str:
    share = numbers.number(value)
    return value if share is None else f"{100 * share:g} %"


def _number(value: str) -> str:
    found = numbers.number(value)
    return value if found is None else f"{found:.6g}"


def _share(value: str) -> str:
    """A fraction in percent, to the digits that anybody reads: a risk taken from a program may have sixteen."""
    share = numbers.number(value)
    return value if share is None else f"{100 * share:.4g} %"


def _zero(value: str) -> str:
    rule, semicolon, rest = value.partition(";")
    return zero_words(rule) + semicolon + rest if "@" in rule or rule.startswith("none") else value


_WORDS: Mapping[str, Callable[[str], str]] = {
    "measure": measure_words,
    "model": lambda v: "random effects" if v == "random" else MODEL.get(v, v),
    "glmm": lambda v: GLMM.get(v, v),
    "tau2": lambda v: TAU2.get(v, v),
    "q": lambda v: Q_CENTRE.get(v, v),
    "variance": lambda v: VARIANCE.get(v, v),
    "ci": lambda v: CI.get(v, v),
    "level": _level,
    "pi": lambda v: PI.get(v) or NETWORK_PI.get(v, v),
    "i2": lambda v: I2.get(v, v),
    "tau2_ci": lambda v: TAU2_CI.get(v, v),
    "i2_ci": lambda v: I2_CI.get(v, v),
    "subgroup_tau2": lambda v: SUBGROUP_TAU2.get(v, v),
    "zero_cells": _zero,
    **dict.fromkeys(
        ("sequential.alpha", "sequential.power", "sequential.relative_reduction", "sequential.control_risk"), _share
    ),
    "sequential.effect": _number,
    "sequential.sd": _number,
    "sequential.heterogeneity": lambda v: re.sub(r"^([DI])2\b", r"\1²", v),
    "sequential.spending": spending_words,
    "sequential.beta_spending": spending_words,
    "sequential.required": lambda v: v if numbers.number(v) is None else f"{float(v):,.0f}",
    "sequential.convention": str.upper,
}


# What a sequential analysis was worked out for, by the columns of its table; each is a key of review.yaml, too.
_OF_DESIGN = (
    "alpha",
    "power",
    "effect",
    "control_risk",
    "sd",
    "heterogeneity",
    "spending",
    "futility",
    "required",
    "convention",
)


def choice_words(key: str, value: str) -> str:
    """A choice in words, by its key in ``review.yaml`` or ``medians.csv``; what has no words of its own stays as it is."""
    say = _WORDS.get(key)
    return say(value) if say and value else value


def specification(text: str) -> dict[str, str]:
    """Choices that only the specification of a fit names: its zero cells and its prediction interval."""
    found = {}
    for part in (part.strip() for part in re.split("[|;]", text)):
        if part.startswith("PI:"):
            found["pi"] = part.removeprefix("PI:")
        elif "@" in part:
            found["zero_cells"] = part
    return found


def zero_cells(value: Mapping[str, Any]) -> str:
    """Stated treatment of zero cells in the words of a specification, ``0.5@only-zero``; what is stated in part is listed."""
    if value.get("to") == "none" or value.get("add") == 0:
        rule, known = "none", {"add", "to"}
    elif "add" in value and "to" in value:
        rule, known = f"{words(value['add'])}@{words(value['to'])}", {"add", "to"}
    else:
        rule, known = "", set()
    rest = [f"{key} = {words(item)}" for key, item in value.items() if key not in known]
    return "; ".join([*([rule] if rule else []), *rest])


def stated(analysis: Analysis) -> dict[str, str]:
    """Choices that the authors state, as text; the measure is one of them."""
    given: Mapping[str, Any] = analysis.method
    found = {"measure": analysis.measure} if analysis.measure else {}
    texts = {f"{name}.{key}": words(value) for name, own in analysis.syntheses.items() for key, value in own.items()}
    texts |= {
        str(key): zero_cells(value) if key == "zero_cells" and isinstance(value, dict) else words(value)
        for key, value in given.items()
    }
    return found | {key: text for key, text in texts.items() if text}


def used(analysis: Analysis) -> dict[str, str]:
    """Choices of the primary fit, from its columns and from its specification; those of a sequential analysis beside them."""
    fit = analysis.primary or analysis.network
    if fit is None:
        return {}
    design = analysis.sequential or {}
    others = {f"sequential.{key}": design[key] for key in _OF_DESIGN if design.get(key)}
    if analysis.network is not None:
        others |= {"multiarm": fit.get("multiarm", ""), "network.reference": fit.get("reference", "")}
    return _of_fit(fit) | others


def _of_fit(fit: Row) -> dict[str, str]:
    named = {key: fit.get(column, "") for key, column in COLUMNS.items()}
    return specification(fit.get("spec", "")) | {key: value for key, value in named.items() if value}


def same(left: str, right: str) -> bool:
    """Whether two words for a choice say the same; 0.95 and 0.950 do."""
    a, b = numbers.number(left), numbers.number(right)
    return a == b if a is not None and b is not None else left.strip().lower() == right.strip().lower()


def method_lines(analysis: Analysis) -> tuple[MethodLine, ...]:
    """Every choice that is stated or used, in the order of the forms."""
    said, done = stated(analysis), used(analysis)
    keys = [key for key in LABELS if key in said or key in done]
    keys += sorted(key for key in said if key not in LABELS)
    return tuple(
        MethodLine(
            label=LABELS.get(key, key.rpartition(".")[2].replace("_", " ")),
            stated=choice_words(key, said.get(key, "")),
            used=choice_words(key, done.get(key, "")),
            stated_code=said.get(key, ""),
            used_code=done.get(key, ""),
            differs=key in COLUMNS and bool(said.get(key) and done.get(key)) and not same(said[key], done[key]),
        )
        for key in keys
    )
