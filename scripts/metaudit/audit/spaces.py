"""The whole space of methods, evaluated for many analyses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from metaudit.analyses import any_zero_cell
from metaudit.audit.bundles import Bundle
from metaudit.audit.wanted import targets
from metaudit.effects.zero_cells import Floats
from metaudit.measures import measure_of
from metaudit.search.fits import can_be_batched
from metaudit.search.many import Problem, evaluate_many
from metaudit.search.results import Results
from metaudit.search.universe import universe
from metaudit.space import load
from metaudit.specs import Spec

_AT_ONCE = 16  # spaces evaluated together; each holds numbers of many thousand specifications


@dataclass(frozen=True)
class Searched:
    """Every specification of the space, evaluated on the rows of one analysis; its bundles share it.

    ``conventional`` is the stated method with the conventional value of every open choice; ``any_zero`` says whether a study
    has a zero cell.
    """

    results: Results
    prior: Floats
    conventional: Spec
    any_zero: bool


@dataclass(frozen=True)
class Space:
    """What is to be evaluated for one analysis, and what :class:`Searched` says of it."""

    problem: Problem
    prior: Floats
    conventional: Spec
    any_zero: bool


def space_of(bundles: Sequence[Bundle], *, level: float) -> Space | None:
    """The whole space for the bundles of one analysis.

    None where there is nothing to search in: no bundle could be evaluated, a meta-regression (whose choices are those of
    its moderators), or weights that the table gives.
    """
    usable = [b for b in bundles if b.best is not None and b.specs]
    if not usable or usable[0].analysis.moderators:
        return None
    first = usable[0]
    kind = measure_of(first.specs[0].measure).kind
    own = tuple(dict.fromkeys(s.measure for b in usable for s in b.specs))
    # A ready-made effect is what it is: whether it was a ratio is not a choice of the analyst.
    measures = own if kind == "generic" else tuple(dict.fromkeys((*load().codes("measure", of=kind), *own)))
    asked = {t.quantity for b in usable for t in targets(b.claims, b.analysis)}
    if not asked:
        return None
    any_zero = any_zero_cell(first.rows)
    found = universe(measures, any_zero=any_zero, k=len(first.rows), level=level, asked=asked)
    found = found.with_more(s for b in usable for s in b.specs if can_be_batched(s))
    plain = next(
        (b for b in usable if not b.claims[0].method), first
    )  # a claim's override is not the analysis's method
    return Space(Problem(first.rows, first.analysis, found.specs, found.plan), found.prior, plain.specs[0], any_zero)


def search_spaces(spaces: Sequence[Space]) -> list[Searched]:
    """Evaluate the spaces of many analyses, some at once."""
    found: list[Searched] = []
    for i in range(0, len(spaces), _AT_ONCE):
        some = spaces[i : i + _AT_ONCE]
        results = evaluate_many([s.problem for s in some])
        found += [Searched(r, s.prior, s.conventional, s.any_zero) for r, s in zip(results, some, strict=True)]
    return found
