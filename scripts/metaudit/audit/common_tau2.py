"""Numbers of subgroups under one between-study variance for all of them, which a paper may mean and seldom says."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from metaudit.audit.answers import Answer, Answers, answer
from metaudit.audit.evaluations import Evaluations
from metaudit.audit.own_value import Unanswerable
from metaudit.audit.scale import quantity_asked
from metaudit.audit.software import has_no_other
from metaudit.audit.wanted import SUBGROUP_TAU2, of_subgroups, stated_subgroup_tau2
from metaudit.audit_words.other_ways import ONE_TAU2
from metaudit.errors import DataError
from metaudit.evaluate import Evaluated, subgroup_masks, with_reading
from metaudit.formats.review import Analysis, Claim
from metaudit.formats.stated import parse_override
from metaudit.specs import Spec
from metaudit.subgroup_fits import can_share_tau2, with_common_tau2

# Of the fits that a paper leaves open, so many are tried, the conventional one first: each is a regression a subgroup.
_LIKELIEST = 12


def enter_common_tau2(claims: Sequence[Claim], answers: Mapping[str, Answers], evaluated: Evaluations) -> None:
    """Answer the numbers of subgroups by one tau2 for all where that gives more of them than any stated method does otherwise.

    The numbers printed together decide, and it must give at least half of them: a single one is hit by chance too often to
    be told as another way of computing it. Those that it does not give either are then compared with it as well.
    """
    asked = [c for c in claims if c.id in answers and left_open(c, evaluated.analysis)]
    if not asked:
        return
    most = int(np.sum([answers[c.id].hit for c in asked], axis=0).max())
    if most == len(asked):
        return
    for spec, e in _shared(evaluated):
        found = {c.id: a for c in asked if (a := _answer(c, e, evaluated)) is not None}
        hits = sum(a.comparison.hit for a in found.values())
        if hits > most and 2 * hits >= len(asked):
            for name, a in found.items():
                answers[name].enter_another(spec, a)


def left_open(claim: Claim, analysis: Analysis) -> bool:
    """Whether a number is of subgroups, or of the test between them, and the paper leaves open whether they have one tau2."""
    if not of_subgroups(claim, quantity_asked(claim), analysis) or stated_subgroup_tau2(claim, analysis):
        return False
    stated: Mapping[str, Any] = {**analysis.method, **parse_override(claim.method)[0]}
    return not has_no_other(SUBGROUP_TAU2, stated)


def _shared(evaluated: Evaluations) -> Iterator[tuple[Spec, Evaluated]]:
    """The likeliest of the specifications with one tau2 for all subgroups; without those that allow none."""
    fits: dict[tuple[Any, ...], Evaluated | None] = {}
    for spec in (s for s in evaluated.specs if s.has_tau2):
        if spec.fit_key not in fits:
            if len(fits) == _LIKELIEST:
                continue
            fits[spec.fit_key] = _under_common_tau2(evaluated, spec)
        fit = fits[spec.fit_key]
        if fit is not None:
            yield spec, with_reading(fit, spec, settings=evaluated.settings)


def _under_common_tau2(evaluated: Evaluations, spec: Spec) -> Evaluated | None:
    try:
        e = evaluated[spec]
        masks = subgroup_masks(evaluated.analysis, e.effects)
        if not can_share_tau2(spec, len(masks)):
            return None
        groups, between = with_common_tau2(spec, e.effects, masks)
    except DataError:  # the usual way has its value; this one is not defined for these studies
        return None
    return replace(e, subgroups=groups, between=between)


def _answer(claim: Claim, e: Evaluated, evaluated: Evaluations) -> Answer | None:
    """The answer with one tau2; None where the number is not defined with it."""
    try:
        a = answer(claim, e, evaluated.analysis, evaluated.rows)
    except Unanswerable:
        return None
    return replace(a, choice=", ".join(w for w in (ONE_TAU2, a.choice) if w)) if math.isfinite(a.value) else None
