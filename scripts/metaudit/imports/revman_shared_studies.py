"""What RevMan wrote of single studies beside effect, limits and weight: logarithms, standard errors and variances, as claims."""

from __future__ import annotations

import math
from collections.abc import Iterator

from metaudit.imports.revman_shared import Outcome, StudyRow, as_number
from metaudit.imports.revman_shared_digits import claimed
from metaudit.imports.revman_shared_errors import RATIOS, row_errors

LIMITS = ("estimate", "ci_low", "ci_high")
LOGS = tuple(f"log_{name}" for name in LIMITS)
# Weights in percent: sums of 16 digits can end above it.
HUNDRED = 100.0000001
# A logarithm and what it is one of are saved with all digits; beyond these, they are not the same number.
_SAME = 1e-9


def outside(study: StudyRow) -> bool:
    """Whether RevMan's effect of a study lies outside its own limits, as only a damaged file says."""
    low, effect, high = (as_number(study.printed.get(k)) for k in ("ci_low", "estimate", "ci_high"))
    return low is not None and effect is not None and high is not None and not low <= effect <= high


def has_effect(study: StudyRow) -> bool:
    """Whether RevMan computed an effect of a study: one that it did not has empty fields, or zeros."""
    limits = [as_number(study.printed.get(k)) for k in LIMITS]
    return study.estimable and all(v is not None for v in limits) and limits[1] != limits[2] and not outside(study)


def log_scale(logarithm: str | None, number: str | None, code: str) -> str:
    """The scale of claims.csv that a logarithm is on: ``log10``, as RevMan 5 writes them, or ``log``; empty where it is none.

    Parameters
    ----------
    logarithm, number : as RevMan wrote them
    code : of the effect measure; only ratios are pooled as logarithms
    """
    found, value = as_number(logarithm), as_number(number)
    if code not in RATIOS or found is None or value is None or value <= 0:
        return ""
    for scale, expected in (("log10", math.log10(value)), ("log", math.log(value))):
        if abs(found - expected) <= _SAME * max(1.0, abs(expected)):
            return scale
    return ""


def is_square(variance: str | None, se: str | None) -> bool:
    """Whether a variance is the square of a standard error, as it is for every method but Peto's."""
    v, s = as_number(variance), as_number(se)
    return v is not None and s is not None and s * s > 0 and abs(v / (s * s) - 1) <= _SAME


def study_claims(
    outcome: Outcome, study: StudyRow, *, analysis: str, subject: str
) -> Iterator[tuple[str, dict[str, str]]]:
    """The claims on one study that do not stand in its row, each with the name of what it is.

    Parameters
    ----------
    outcome, study : the study and what it is a study of
    analysis : id of the analysis that computes them
    subject : what claims call the study
    """
    if not has_effect(study):
        return
    errors, printed = row_errors(outcome, study), study.printed
    found: list[tuple[str, str, str, float | None]] = []
    for name in LIMITS:
        scale = log_scale(printed.get(f"log_{name}"), printed.get(name), outcome.code)
        if scale:
            found.append((f"log_{name}", f"study_{name}", scale, errors[f"log_{name}"]))
    if (as_number(printed.get("se")) or 0) > 0:
        found.append(("se", "study_se", "", None))
        if is_square(printed.get("variance"), printed["se"]):
            found.append(("variance", "study_variance", "", None))
    for name, quantity, scale, error in found:
        place = study.places.get(name, "")
        yield name, {
            "analysis": analysis, "quantity": quantity, "subject": subject, "printed": claimed(printed[name], error=error), "scale": scale,
            "where": f"{study.where}, {place}" if place else study.where, "certainty": "read",
        }  # fmt: skip
