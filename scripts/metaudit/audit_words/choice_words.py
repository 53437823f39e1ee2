"""Choices in words: by which a specification departs from the stated method, and which a paper leaves open."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from metaudit.audit_words.spec_words import interval_words, measure_words, spec_words, zero_words
from metaudit.audit_words.vocabulary import (
    COUNTS,
    COVARIANCES,
    GLMM,
    I2,
    MODEL,
    PI,
    Q_CENTRE,
    RD_VARIANCE,
    SPENDING,
    STOPPING,
    TAU2,
    TAU2_CI,
    VARIANCE,
)

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
