"""How far the rounding of the inputs could move our values."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from metaudit.audit.answered import with_level
from metaudit.audit.bundles import Bundle, answer
from metaudit.audit.options import by_arrays
from metaudit.audit.own_value import Unanswerable
from metaudit.audit.scale import on_printed_scale, printed_of
from metaudit.audit.wanted import target_of
from metaudit.audit_words.other_ways import ONE_TAU2
from metaudit.effects.convert import Converted, convert
from metaudit.errors import DataError
from metaudit.evaluate import Settings, evaluate
from metaudit.formats.review import Claim
from metaudit.search.many import Problem, evaluate_many
from metaudit.search.match import target_values
from metaudit.search.results import Results
from metaudit.search.targets import Target
from metaudit.specs import Spec

# If claims agree with our values more closely than input rounding would let them by chance, the inputs as typed are
# those that were used, and rounding is no excuse for the others.
CHANCE = 0.01


def reach(bundle: Bundle) -> dict[str, float]:
    """Half-width, on the printed scale, by which rounded inputs could move each claim's value under the best spec.

    First order: every rounded input is moved by half a unit of its last digit, one at a time. A rounding error is uniform
    over that range, with a standard deviation of 1/√3 of it, and those of different inputs are independent: the result
    is three standard deviations of their sum, or the sum of all changes without regard to sign where that is less (a few
    inputs). The plain sum would excuse nearly anything in a table of many coarse numbers.
    """
    if bundle.best is None:
        return {}
    if "reach" not in bundle.remembered:
        bundle.remembered["reach"] = _reach(bundle, bundle.best)
    found: dict[str, float] = bundle.remembered["reach"]
    return found


def _reach(bundle: Bundle, best: Spec) -> dict[str, float]:
    base = {c: a[best].value for c, a in bundle.answers.items() if best in a}
    total, squares = dict.fromkeys(base, 0.0), dict.fromkeys(base, 0.0)
    moves = [(i, name, slack) for i, study in enumerate(bundle.rows) for name, slack in sorted(study.slack.items())]
    for moved in _moved(bundle, [_with_shift(bundle.rows, *move) for move in moves]):
        for claim, value in base.items():
            if claim in moved and math.isfinite(moved[claim]):
                total[claim] += abs(moved[claim] - value)
                squares[claim] += (moved[claim] - value) ** 2
    return {claim: min(total[claim], math.sqrt(3 * squares[claim])) for claim in base}


def _moved(bundle: Bundle, tables: Sequence[Sequence[Converted]]) -> Iterator[dict[str, float]]:
    """Our values of the claims from each of some tables: by arrays those that arrays hold, the others one by one."""
    assert bundle.best is not None
    shared = [c for c in bundle.claims if rests_on_common_tau2(bundle, c.id)]  # arrays give every subgroup its own
    own = [c for c in bundle.claims if c.id in bundle.answers and c not in shared]
    wanted = {c.id: target_of(c, bundle.analysis) for c in own}
    arrayed = {n: t for n, t in wanted.items() if t is not None} if by_arrays(bundle.best) else {}
    if bundle.analysis.moderators or not tables:
        arrayed = {}
    results: Sequence[Results | None] = [None] * len(tables)
    if arrayed:
        results = evaluate_many([Problem(rows, bundle.analysis, (bundle.best,)) for rows in tables])
    for rows, found in zip(tables, results, strict=True):
        known = {} if found is None else dict(_known(bundle, arrayed, found))
        rest = [c for c in own if c.id not in known]
        known |= _values(bundle, rest, rows, settings=bundle.settings) if rest else {}
        yield known | (
            _values(bundle, shared, rows, settings=replace(bundle.settings, common_tau2=True)) if shared else {}
        )


def _known(bundle: Bundle, arrayed: Mapping[str, Target], results: Results) -> Iterator[tuple[str, float]]:
    for claim in bundle.claims:
        target, printed = arrayed.get(claim.id), printed_of(claim)
        if target is None or printed is None:
            continue
        values = target_values(with_level(target, bundle.rows), results)
        if values is not None and math.isfinite(values[0]):
            yield claim.id, on_printed_scale(claim, printed, float(values[0]))


def _with_shift(rows: Sequence[Converted], i: int, name: str, slack: float) -> list[Converted]:
    shifted = list(rows)
    shifted[i] = convert(rows[i].row, {name: slack})
    return shifted


def rests_on_common_tau2(bundle: Bundle, claim: str) -> bool:
    """Whether our value of a number of subgroups is the one with one tau2 for all of them, though nobody states it."""
    answers = bundle.answers.get(claim)
    a = None if answers is None or bundle.best is None else answers.get(bundle.best)
    return a is not None and ONE_TAU2 in a.choice


def _values(
    bundle: Bundle, claims: Sequence[Claim], rows: Sequence[Converted], *, settings: Settings
) -> dict[str, float]:
    assert bundle.best is not None
    out: dict[str, float] = {}
    try:
        e = evaluate(bundle.best, rows, bundle.analysis, settings=settings)
    except DataError:  # a shifted input may leave the domain (a correlation beyond 1): it cannot be the true one
        return out
    for claim in claims:
        try:
            out[claim.id] = answer(claim, e, bundle.analysis, rows).value
        except Unanswerable:
            continue
    return out


def inputs_are_those_used(bundle: Bundle, reaches: Mapping[str, float]) -> bool:
    """Whether the agreement of other claims shows that the inputs as typed are the ones that were used."""
    chance = 1.0
    for claim in bundle.claims:
        of_claim = bundle.answers.get(claim.id)
        a = of_claim.get(bundle.best) if of_claim is not None and bundle.best else None
        half = reaches.get(claim.id, 0.0)
        if a is None or half <= 0:
            continue
        width = a.comparison.window.high - a.comparison.window.low
        if a.comparison.kind == "nearest" and math.isfinite(width) and width > 0:
            chance *= min(1.0, width / (2 * half))
    return chance < CHANCE
