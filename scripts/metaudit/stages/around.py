"""What surrounds the primary fit of every analysis: influence of single studies, small-study effects."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from metaudit.appraise.around import diagnostic_ci
from metaudit.appraise.small_study import usual_tests
from metaudit.diagnostics.baujat import baujat
from metaudit.diagnostics.influence import influence
from metaudit.evaluate import Evaluated, pools_by_given_weights

INFLUENCE = (
    "analysis", "row", "study", "resid", "rstandard", "rstudent", "dffits", "cook_d", "cov_r", "tau2_del", "q_del", "hat", "weight",
    "influential", "reasons", "baujat_x", "baujat_y", "dffits_limit", "cook_d_limit", "hat_limit",
)  # fmt: skip
SMALL_STUDY = (
    "analysis",
    "test",
    "k",
    "stat",
    "df",
    "p",
    "estimate",
    "ci_low",
    "ci_high",
    "filled",
    "note",
    "estimate_yi",
    "filled_yi",
    "filled_vi",
)


def influence_rows(analysis: str, e: Evaluated) -> Iterator[dict[str, Any]]:
    """Case diagnostics of every study; nothing for two studies, or for a model that pools the counts themselves."""
    if e.effects.k < 3 or e.spec.model not in ("random", "common") or pools_by_given_weights(e.spec):
        return
    how: dict[str, Any] = {"tau2": e.spec.tau2 if e.spec.has_tau2 else "FE", "ci": diagnostic_ci(e.spec)}
    how |= {"mods": e.mods, "labels": [s.label for s in e.effects.studies]}
    found, shares = influence(e.effects.yi, e.effects.vi, **how), baujat(e.effects.yi, e.effects.vi, **how)
    limits = {f"{name}_limit": value for name, value in found.limits.items()}
    places = zip(shares.contribution, shares.influence, strict=True)
    for study, row, (x, y) in zip(e.effects.studies, found.to_rows(), places, strict=True):
        shown = {k: row[k] for k in INFLUENCE if k in row}
        yield {"analysis": analysis, "row": study.row.line, **shown, "baujat_x": x, "baujat_y": y, **limits}


def small_study_rows(analysis: str, e: Evaluated) -> Iterator[dict[str, Any]]:
    """The usual tests and adjustments, one a row; nothing for fewer than three studies or with moderators."""
    if e.effects.k < 3 or e.mods or pools_by_given_weights(e.spec):
        return
    few = "fewer than ten studies: such tests have little power" if e.effects.k < 10 else ""
    for row in usual_tests(e):
        yield {"analysis": analysis, **row, "note": row.get("note") or few}
