"""The claims of a bundle answered under all specifications at once."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from metaudit.audit.answers import Answer, Answers, answer, judged, printed_values
from metaudit.audit.common_tau2 import enter_common_tau2
from metaudit.audit.evaluations import Evaluations
from metaudit.audit.judge import HIT
from metaudit.audit.names import why_undefined
from metaudit.audit.observed import OF_ROW
from metaudit.audit.own_value import Unanswerable
from metaudit.audit.scale import printed_of
from metaudit.audit.wanted import target_of
from metaudit.effects.convert import Converted, level_of
from metaudit.effects.zero_cells import Floats
from metaudit.formats.review import Claim
from metaudit.measures import measure_of
from metaudit.search.match import target_classes
from metaudit.search.targets import Target
from metaudit.specs import Spec

# Numbers of the studies that are used, whatever is fitted to them.
_OF_STUDIES = frozenset(
    "count value n_t n_c n events_t events_c mean_t mean_c sd_t sd_c k_with_events proportion proportion_t proportion_c".split()
)
_OF_ONE_STUDY = frozenset(("study_estimate", "study_ci_low", "study_ci_high", "study_se", "study_variance"))
# What a model without tau2 does not have.
_OF_TAU2 = frozenset(("tau2", "tau", "pi_low", "pi_high"))


def answered(claims: Sequence[Claim], evaluated: Evaluations) -> tuple[dict[str, Answers], dict[str, Unanswerable]]:
    """Our value of every claim under every specification, and why a claim has none under any.

    Parameters
    ----------
    evaluated : settled, with at least one specification
    """
    answers: dict[str, Answers] = {}
    unanswerable: dict[str, Unanswerable] = {}
    arrayed = _arrayed(claims, evaluated)
    for claim in claims:
        if printed_of(claim) is None:
            unanswerable[claim.id] = Unanswerable(f"{claim.printed!r} is not a number")
            continue
        held = arrayed.get(claim.id)
        found = (_by_arrays(claim, held, evaluated) if held else None) or _one_by_one(claim, evaluated)
        if isinstance(found, Answers):
            answers[claim.id] = found
        else:
            unanswerable[claim.id] = found
    enter_common_tau2(claims, answers, evaluated)
    return answers, unanswerable


def _worked_out(claim: Claim, evaluated: Evaluations, spec: Spec) -> Answer:
    plain = claim.quantity in _OF_ONE_STUDY or (claim.quantity in _OF_STUDIES and not claim.subject)
    e = evaluated.unfitted(spec) if plain else evaluated[spec]
    return answer(claim, e, evaluated.analysis, evaluated.rows)


class _Held(NamedTuple):
    """The values that a claim can take by arrays, shape ``(c,)``, on its printed scale, how they compare, and who has which."""

    target: Target
    values: Floats
    rounds: Any
    cuts: Any
    doubt: Any
    of: Any


def _arrayed(claims: Sequence[Claim], evaluated: Evaluations) -> dict[str, _Held]:
    """The claims that arrays hold, all compared with what is printed in one step."""
    results = evaluated.results
    if results is None:
        return {}
    asked: list[Claim] = []
    found: list[tuple[Target, Floats, Any]] = []
    for claim in claims:
        target = target_of(claim, evaluated.analysis)
        classes = None if target is None else target_classes(with_level(target, evaluated.rows), results)
        if target is not None and classes is not None:
            asked.append(claim)
            found.append((target, printed_values(claim, classes[0]), classes[1]))
    if not asked:
        return {}
    rounds, cuts, doubt = judged(asked, [values for _, values, _ in found])
    return {
        claim.id: _Held(target, values, rounds[i], cuts[i], doubt[i], of)
        for i, (claim, (target, values, of)) in enumerate(zip(asked, found, strict=True))
    }


def _by_arrays(claim: Claim, held: _Held, evaluated: Evaluations) -> Answers | None:
    """The answers that arrays hold; what they leave undefined or in doubt by the exact path. None where they give none."""
    open_ = np.isnan(held.values) | held.doubt
    if _has_other_ways(held.target, evaluated):
        open_ |= ~(held.rounds | held.cuts)  # the exact path knows of ways that arrays do not hold
    if evaluated.in_order and not open_.any():
        of = held.of
        return _Given(held.values[of], held.rounds[of], held.cuts[of]).answers(claim, evaluated)
    places, there = evaluated.places, evaluated.places >= 0
    of = np.where(there, held.of[places], -1)
    given = _Given(np.where(there, held.values[of], np.nan), there & held.rounds[of], there & held.cuts[of])
    unsure = np.isnan(given.values) | (there & open_[of])
    if held.target.quantity in _OF_TAU2:
        unsure &= evaluated.specs.has_tau2
    if unsure.any():
        _settle(claim, evaluated, unsure, of, given=given)
    if np.isnan(given.values).all():
        return None  # the exact path says why
    return given.answers(claim, evaluated)


def _has_other_ways(target: Target, evaluated: Evaluations) -> bool:
    """Whether a quantity that arrays hold can be had in another way than theirs (``values.other_values``)."""
    if target.quantity not in OF_ROW or not target.natural:
        return False
    return any(measure_of(code).kind == "proportion" for code in evaluated.specs.choice("measure")[0])


@dataclass
class _Given:
    """Values on the printed scale, whether they print as the number, and answers that are there in full."""

    values: Floats
    rounds: Any
    cuts: Any
    known: dict[Spec, Answer] = field(default_factory=dict)

    def enter(self, at: Any, a: Answer | None) -> None:
        """Give some specifications one answer."""
        hit = a is not None and a.comparison.hit
        nearest = a is not None and a.comparison.kind == HIT
        self.values[at], self.rounds[at], self.cuts[at] = (
            math.nan if a is None else a.value,
            nearest,
            hit and not nearest,
        )

    def answers(self, claim: Claim, evaluated: Evaluations) -> Answers:
        """The same as a mapping."""
        return Answers(
            evaluated.specs, self.values, rounds=self.rounds, cuts=self.cuts, known=self.known,
            work_out=partial(_worked_out, claim, evaluated),
        )  # fmt: skip


def _settle(claim: Claim, evaluated: Evaluations, unsure: Any, of: Any, *, given: _Given) -> None:
    """Answers by the exact path, one for each class of the arrays and one for each specification outside them."""
    index = np.flatnonzero(unsure)
    kinds = np.where(of[index] >= 0, of[index], -1 - index)
    for kind in np.unique(kinds).tolist():
        members = index[kinds == kind]
        spec = evaluated.specs[int(members[0])]
        try:
            a = _worked_out(claim, evaluated, spec)
        except Unanswerable:
            given.enter(members, None)
            continue
        given.enter(members, a)
        if not math.isnan(a.value):
            given.known[spec] = a


def with_level(target: Target, rows: Sequence[Converted]) -> Target:
    """A study's interval keeps the level that its row states."""
    if target.quantity not in ("study_ci_low", "study_ci_high"):
        return target
    for r in rows:
        if target.subject in (r.label, f"row {r.row.line}") and r.row.text("ci_level"):
            return replace(target, level=level_of(r.row))
    return target


def _one_by_one(claim: Claim, evaluated: Evaluations) -> Answers | Unanswerable:
    """Every answer by the exact path; numbers of the studies alone once for all specifications with the same effects."""
    specs = evaluated.specs
    kinds = specs.variants if claim.quantity in _OF_STUDIES else np.arange(len(specs))
    given = _Given(np.full(len(specs), np.nan), *np.zeros((2, len(specs)), dtype=bool))
    why: Unanswerable | None = None
    for first in np.sort(np.unique(kinds, return_index=True)[1]).tolist():
        try:
            a = _worked_out(claim, evaluated, specs[first])
        except Unanswerable as reason:
            why = why or reason
            continue
        if math.isnan(a.value):
            why = why or Unanswerable(why_undefined(claim.quantity, evaluated[specs[first]]))
        else:
            given.enter(kinds == kinds[first], a)
            given.known[specs[first]] = a
    if not given.known:
        assert why is not None
        return why
    return given.answers(claim, evaluated)
