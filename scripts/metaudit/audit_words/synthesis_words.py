"""The strings of networks, sequential analyses and other syntheses in words, part by part."""

from __future__ import annotations

from metaudit.audit_words.spec_words import CI, TAU2, VARIANCE, measure_words, zero_words
from metaudit.measures import MEASURES

PI = {
    "t-df": "t with the df of Q",
    "t-df-1": "t with one df less than Q",
    "t-k-n": "t with studies less treatments as df",
    "normal": "the normal distribution",
}
"""Prediction intervals of networks."""
_NORMAL = "normal interval"


def synthesis_words(text: str) -> str:
    """Say the specification of another synthesis than a pooled effect; a text that is none is given back.

    Parameters
    ----------
    text : ``network | OR | 0.5@only-zero+drop | random REML | wald | PI:t-df | 95%`` and the like

    Returns
    -------
    Such as ``network, odds ratio, 0.5 added to studies with a zero cell, random effects (restricted maximum likelihood),
    normal interval, prediction interval by t with the df of Q, 95 %``.
    """
    return ", ".join(parts_words(text)) if " | " in text else text


def parts_words(text: str) -> list[str]:
    """The parts of such a specification in words, in its order; empty for an empty text.

    Parameters
    ----------
    text : parts between bars
    """
    return [_part(p.strip()) for p in text.split(" | ") if p.strip()]


def _part(part: str) -> str:
    """One part; what has no words of its own stays as it is."""
    model, comma, variance = part.partition(", variance ")
    if comma:
        return f"{_part(model)}, {VARIANCE.get(variance, f'variance {variance}')}"
    head, _, rest = part.partition(" ")
    if head == "TSA" and rest in MEASURES:
        return f"trial sequential analysis, {measure_words(rest)}"
    if head in MEASURES and (not rest or rest.startswith("[")):
        variance = rest.strip("[]")
        return measure_words(head) + (f" ({VARIANCE.get(variance, variance)})" if variance else "")
    if "@" in head or head.partition("+")[0] == "none":
        return zero_words(head) + (", as R's meta does" if rest == "(meta)" else "")
    if head == "random" and rest in TAU2:
        return f"random effects ({TAU2[rest]})"
    if part.startswith("PI:"):
        return f"prediction interval by {PI.get(part[3:], part[3:])}"
    if part.endswith("%") and part[:-1].replace(".", "", 1).isdigit():
        return f"{part[:-1]} %"
    if part == "common":
        return "common effect"
    return _NORMAL if part == "wald" else CI.get(part, part).replace("tau²", "τ²")
