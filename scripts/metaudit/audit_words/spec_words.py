"""A specification in the words of a methods section."""

from __future__ import annotations

from metaudit.audit_words.matters import BY_STANDARD_ERROR, BY_TEST, OF_EFFECTS, matters, only_for_zeros
from metaudit.audit_words.vocabulary import (
    CI,
    GLMM,
    I2,
    MEASURE,
    MODEL,
    PI,
    Q_CENTRE,
    STANDARD_ERROR,
    STOPPING,
    TAU2,
    TAU2_CI,
    TEST,
    USUAL_ERROR,
    VARIANCE,
)
from metaudit.measures import MEASURES
from metaudit.specs import COUNT_MODELS, Spec, parse_spec

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
