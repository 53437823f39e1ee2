"""The method the authors state against the one that was used."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from metaudit.audit_words import numbers
from metaudit.audit_words.spec_words import (
    CI,
    GLMM,
    I2,
    MODEL,
    PI,
    Q_CENTRE,
    TAU2,
    TAU2_CI,
    VARIANCE,
    measure_words,
    zero_words,
)
from metaudit.tables.reading import Analysis, Row, words

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

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
    "zero_cells": "Zero cells",
    "software": "Software",
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
    "pi": lambda v: PI.get(v, v),
    "i2": lambda v: I2.get(v, v),
    "tau2_ci": lambda v: TAU2_CI.get(v, v),
    "zero_cells": _zero,
}


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
    texts = {
        str(key): zero_cells(value) if key == "zero_cells" and isinstance(value, dict) else words(value)
        for key, value in given.items()
    }
    return found | {key: text for key, text in texts.items() if text}


def used(fit: Row | None) -> dict[str, str]:
    """Choices of the primary fit, from its columns and from its specification."""
    if fit is None:
        return {}
    named = {key: fit.get(column, "") for key, column in COLUMNS.items()}
    return specification(fit.get("spec", "")) | {key: value for key, value in named.items() if value}


def same(left: str, right: str) -> bool:
    """Whether two words for a choice say the same; 0.95 and 0.950 do."""
    a, b = numbers.number(left), numbers.number(right)
    return a == b if a is not None and b is not None else left.strip().lower() == right.strip().lower()


def method_lines(analysis: Analysis) -> tuple[MethodLine, ...]:
    """Every choice that is stated or used, in the order of the forms."""
    said, done = stated(analysis), used(analysis.primary)
    keys = [key for key in LABELS if key in said or key in done]
    keys += sorted(key for key in said if key not in LABELS)
    return tuple(
        MethodLine(
            label=LABELS.get(key, key.replace("_", " ")),
            stated=choice_words(key, said.get(key, "")),
            used=choice_words(key, done.get(key, "")),
            stated_code=said.get(key, ""),
            used_code=done.get(key, ""),
            differs=key in COLUMNS and bool(said.get(key) and done.get(key)) and not same(said[key], done[key]),
        )
        for key in keys
    )
