"""Methods that review.yaml states, and a claim's override of them, held against those that each synthesis is fitted by.

An audit answers such claims with NOT_CHECKABLE. Whoever types a review is to know before.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from metaudit.analyses import any_zero_cell
from metaudit.doseresponse.fit import METHODS as OF_CURVES
from metaudit.effects.convert import convert
from metaudit.effects.zero_cells import zero_cells_from
from metaudit.errors import Problem
from metaudit.formats.review import Analysis, Claim, Review, shown_path
from metaudit.formats.select import select_rows
from metaudit.formats.stated import with_override
from metaudit.listing import listed
from metaudit.multilevel.fit import METHODS as OF_LEVELS
from metaudit.network.fit import INTERVALS, PREDICTION, TAU2
from metaudit.network.result import COMPARES

_MODELS = ("common", "random")
_OF_DOSES = ("RR", "OR", "IRR", "GEN-LOG", "GEN")
# Syntheses of one analysis that exclude each other; only a network may be Bayesian as well.
_APART = (("network", "multilevel", "dose_response"), ("bayes", "multilevel", "dose_response"))


@dataclass(frozen=True)
class Wrong:
    """One stated choice that a synthesis does not have: its key in ``method``, what is wrong, and what there is."""

    key: str
    message: str
    fix: str


def method_problems(review: Review) -> list[Problem]:
    """A problem for every stated choice by which a network, a model of dependent effects or a dose-response curve is not fitted.

    Parameters
    ----------
    review : read and checked against its schema
    """
    shown = shown_path(review.folder)
    found: list[Problem] = []
    for analysis in review.analyses.values():
        found += _together(analysis, f"{shown}/review.yaml")
        if analysis.data != "none":
            found += _of_analysis(analysis, review, f"{shown}/review.yaml")
    for claim in review.claims:
        found += _of_claim(claim, review, f"{shown}/claims.csv")
    return found


def _together(analysis: Analysis, shown: str) -> Iterator[Problem]:
    """Syntheses that one analysis cannot be at once."""
    names = dict.fromkeys(n for group in _APART for n in group if sum(g in analysis.syntheses for g in group) > 1)
    there = [n for n in names if n in analysis.syntheses]
    if there:
        message = f"analysis {analysis.id!r} is {listed(there)} at once, and one analysis is one of them."
        place, line = f"analyses.{analysis.id}.{there[-1]}", analysis.line(there[-1])
        yield Problem(shown, line, place, "syntheses-at-once", message, "Give each an analysis of its own.")


def _of_analysis(analysis: Analysis, review: Review, shown: str) -> Iterator[Problem]:
    for wrong in _wrong(analysis, analysis.method, review):
        measure = wrong.key == "measure"
        place = f"analyses.{analysis.id}.{'' if measure else 'method.'}{wrong.key}"
        paths = [("measure",)] if measure else [("method", wrong.key), ("method",)]
        line = next((analysis.lines[key] for key in map(".".join, paths) if key in analysis.lines), analysis.line())
        yield Problem(shown, line, place, "method-of-synthesis", wrong.message, wrong.fix)


def _of_claim(claim: Claim, review: Review, shown: str) -> Iterator[Problem]:
    """What a claim's own method adds to what is wrong with that of its analysis."""
    analysis = review.analyses.get(claim.analysis)
    if not claim.method or analysis is None or analysis.data == "none":
        return
    known = _wrong(analysis, analysis.method, review)
    for wrong in _wrong(analysis, with_override(analysis.method, claim.method), review):
        if wrong not in known:
            message = f"{wrong.message.rstrip('.')} (claim {claim.id!r})."
            yield Problem(shown, claim.line, "method", "method-of-synthesis", message, wrong.fix)


def _wrong(analysis: Analysis, method: Mapping[str, Any], review: Review) -> list[Wrong]:
    if "network" in analysis.syntheses:
        return [*_of_network(analysis, method), *_of_zero_cells(analysis, method, review)]
    if "multilevel" in analysis.syntheses:
        return list(_estimator(method, "a model of dependent effects", OF_LEVELS))
    if "dose_response" in analysis.syntheses:
        return list(_of_curve(analysis, method))
    return []


def _of_network(analysis: Analysis, method: Mapping[str, Any]) -> Iterator[Wrong]:
    stated = (str(method["measure"]),) if "measure" in method else analysis.measures
    for measure in (m for m in stated if m not in COMPARES):
        message = f"{measure} compares no treatments, and analysis {analysis.id!r} is a network."
        yield Wrong("measure", message, f"The measures of networks are {listed(COMPARES)}.")
    model = str(method.get("model", "random"))
    if model not in _MODELS:
        message = f"a network is pooled by inverse variances; it has no model {model}."
        yield Wrong("model", message, _left_out("models of networks", _MODELS))
    yield from _estimator(method, "a network", TAU2)
    for key, known, what in (("ci", INTERVALS, "interval"), ("pi", PREDICTION, "prediction interval")):
        value = str(method.get(key, known[0]))
        if value not in known:
            yield Wrong(key, f"{value} is no {what} of a network.", _left_out(f"{what}s of networks", known))
    if method.get("ci") == "hksj" and model == "common":
        message = "a Hartung-Knapp interval of a network is one of random effects, and model says common."
        yield Wrong("ci", message, "Correct one of the two.")


def _of_zero_cells(analysis: Analysis, method: Mapping[str, Any], review: Review) -> Iterator[Wrong]:
    """A correction that arms of a network cannot have; without a zero cell it is no matter."""
    if "zero_cells" not in method or not zero_cells_from(method["zero_cells"]).treatment_arm:
        return
    if any_zero_cell([convert(r) for r in select_rows(analysis, review.rows)[0]]):
        message = "the treatment-arm correction (tacc) is made for two arms, and a study of a network may have more."
        fix = "Write what is added, such as zero_cells: {add: 0.5, to: only-zero}, or leave the key out."
        yield Wrong("zero_cells", message, fix)


def _of_curve(analysis: Analysis, method: Mapping[str, Any]) -> Iterator[Wrong]:
    known = tuple(m for m in OF_CURVES if m != "fixed")
    stated = (str(method["measure"]),) if "measure" in method else analysis.measures
    for measure in (m for m in stated if m not in _OF_DOSES):
        message = f"a dose-response curve is one of ratios (or, with GEN, of their logarithms), and {measure} is none."
        yield Wrong("measure", message, f"The measures of dose-response analyses are {listed(_OF_DOSES)}.")
    if method.get("model") == "common":
        return
    yield from _estimator(method, "a dose-response curve", known)
    said = analysis.syntheses["dose_response"]
    bent, at_once = said.get("curve", "linear") != "linear" or "knots" in said, said.get("stages", 2) == 1
    if method.get("tau2") == "DL" and (bent or at_once):
        which = "a line" if bent else "two stages"
        message = f"DL is an estimator of one slope a study, and dose_response says {'another curve' if bent else 'one stage'}."
        others = tuple(m for m in known if m != "DL")
        yield Wrong("tau2", message, f"Write one of {listed(others)}, or correct dose_response: DL goes with {which}.")


def _estimator(method: Mapping[str, Any], what: str, known: Sequence[str]) -> Iterator[Wrong]:
    tau2 = method.get("tau2")
    if tau2 is not None and tau2 not in known:
        message = f"tau² of {what} is not estimated by {tau2} here, so that no number of it could be checked."
        yield Wrong("tau2", message, _left_out(f"estimators of {what}", known))


def _left_out(what: str, known: Sequence[str]) -> str:
    """What there is; where the authors do state another one, the key is left open, and all that there are get tried."""
    return f"The {what} are {listed(known)}. If the authors do state another, leave the key out, so that these are tried, and say so in note."
