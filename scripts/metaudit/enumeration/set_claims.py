"""The problem that the claims of one analysis and the candidates of a review pose, and what was found in words."""

from __future__ import annotations

import math
from collections.abc import Sequence

from metaudit.audit_words.spec_words import spec_words
from metaudit.enumeration.arms import ArmTotals
from metaudit.enumeration.candidates import trials_from
from metaudit.enumeration.constraints import ANY, Span
from metaudit.enumeration.relax import Relaxation
from metaudit.enumeration.set_problem import MEASURES, MOST_TABLES, NODES, Group, Reach, SetProblem, TableSets
from metaudit.formats.review import Analysis, Claim
from metaudit.formats.tables import Row
from metaudit.printed import Interval, parse_printed
from metaudit.search.fits import can_be_batched
from metaudit.search.targets import Target
from metaudit.search.universe import universe
from metaudit.specs import Spec

_POOLED = ("estimate", "ci_low", "ci_high", "se", "z", "p", "q", "q_p", "i2", "h2", "tau2", "tau", "pi_low", "pi_high")
USUAL_CODES = {"tau2": ("DL", "REML", "PM"), "ci": ("wald",)}


def usual_specs(
    measures: Sequence[str], *, method: dict[str, object], quantities: Sequence[str], k: int, level: float = 0.95,
    wide: bool = False,
) -> tuple[Spec, ...]:  # fmt: skip
    """Specifications to search a set of tables under, the likeliest first.

    Parameters
    ----------
    measures : effect measures
    method : what is stated; it holds
    quantities : what is printed
    k : number of studies
    level : confidence level where none is stated
    wide : all of the declared space at that level; otherwise DL, REML and PM with normal limits, every centre of Q,
        inverse variances, Mantel-Haenszel and Peto, with the likeliest rule for zero cells
    """
    held = {"level": level, **method} if wide else {"level": level, "zero_cells": "0.5@only-zero", **method}
    found = universe(measures, any_zero=True, k=k, level=level, fixed=held, asked=quantities).specs
    if not wide:
        usual = {n: (str(method[n]),) if n in method else codes for n, codes in USUAL_CODES.items()}
        found = tuple(s for s in found if s.variance == "LS" and s.ci in usual["ci"] and s.tau2 in ("", *usual["tau2"]))
    return tuple(s for s in found if can_be_batched(s))


def set_problem(
    analysis: Analysis, claims: Sequence[Claim], candidates: Sequence[Row], *, level: float = 0.95, wide: bool = False,
    most_nodes: int = NODES,
) -> SetProblem | None:  # fmt: skip
    """The search that the printed numbers of one analysis allow.

    Parameters
    ----------
    analysis : its measure and method
    claims : its claims
    candidates : rows of candidates.csv
    level : confidence level where none is stated
    wide : whether to search the whole declared space

    Returns
    -------
    SetProblem or None
        None when the number of studies, a measure of two-by-two tables, an estimate or limit, or both the candidates and
        the people of the arms are missing; also when a candidate has too many tables to go through.
    """
    pooled = [c for c in claims if not c.subject and c.quantity != "text"]
    measures = [m for m in analysis.measures if m in MEASURES]
    targets = tuple(_target(c, measures) for c in pooled if c.quantity in _POOLED)
    k = next((_whole(c) for c in pooled if c.quantity == "k"), 0)
    treatment, control = _arm(pooled, "t"), _arm(pooled, "c")
    trials, _ = trials_from(candidates)
    sized = treatment.people.bounded and control.people.bounded
    if k < 1 or not measures or not any(t.quantity in ("estimate", "ci_low", "ci_high") for t in targets):
        return None
    if (not trials and not sized) or any((t.n_t + 1) * (t.n_c + 1) > MOST_TABLES for t in trials):
        return None
    weights = tuple(_target(c, measures) for c in claims if c.quantity == "weight" and c.subject and trials)
    specs = usual_specs(
        measures, method=dict(analysis.method), quantities=[t.quantity for t in targets], k=k, level=level, wide=wide
    )
    if not specs:
        return None
    largest = max(1, max(treatment.people.high, control.people.high) - k + 1) if sized else 50
    return SetProblem(
        k=k, specs=specs, targets=(*targets, *weights), treatment=treatment, control=control,
        people=_total(pooled, "n"), trials=trials, sizes=Span(1, largest), most_nodes=most_nodes,
    )  # fmt: skip


def _whole(claim: Claim) -> int:
    return int(parse_printed(claim.printed).value)


def _target(claim: Claim, measures: Sequence[str]) -> Target:
    """A claim as a search sees it; percent of a risk difference, and a P value in percent, as fractions."""
    printed = parse_printed(claim.printed)
    window = printed.interval(claim.rounding or "nearest")
    cut = None if claim.rounding else printed.interval("truncated")
    in_percent = printed.percent or claim.unit == "percent"
    if in_percent and claim.quantity not in ("i2", "weight") and (claim.quantity in ("p", "q_p") or measures == ["RD"]):
        window, cut = window.scaled(0.01), cut.scaled(0.01) if cut else None
    if claim.scale == "log10":
        window, cut = window.scaled(math.log(10)), cut.scaled(math.log(10)) if cut else None
    return Target(claim.id, claim.quantity, claim.subject, window, cut, claim.scale not in ("log", "log10", "analysis"))


def _arm(claims: Sequence[Claim], suffix: str) -> ArmTotals:
    share = next((c for c in claims if c.quantity == f"proportion_{suffix}"), None)
    proportion: Interval | None = None
    if share is not None:
        printed = parse_printed(share.printed)
        window = printed.interval(share.rounding or "nearest")
        in_percent = printed.percent or share.unit == "percent" or share.scale == "percent"
        proportion = window.scaled(0.01) if in_percent else window
    return ArmTotals(proportion, _total(claims, f"events_{suffix}"), _total(claims, f"n_{suffix}"))


def _total(claims: Sequence[Claim], quantity: str) -> Span:
    """A printed total; one that is printed with a relation says nothing certain and is left open."""
    for claim in claims:
        if claim.quantity == quantity and parse_printed(claim.printed).relation == "=":
            return Span.exactly(_whole(claim))
    return ANY


def finding_words(problem: SetProblem, found: TableSets, relaxation: Relaxation | None = None) -> str:
    """What a search of sets of tables says about the printed numbers, for the report.

    Parameters
    ----------
    problem : what is known
    found : by ``table_sets``
    relaxation : by ``smallest_relaxation``, where nothing was found
    """
    parts = [_verdict_words(problem, found), f"Searched: {found.searched}."]
    nearest = min(found.reach, key=lambda r: r.distance, default=None)
    if not found.groups and nearest is not None:
        parts.insert(1, _nearest_words(nearest))
    if relaxation is not None and not found.groups:
        parts.insert(-1, _relaxation_words(relaxation))
    return " ".join(parts)


def _verdict_words(problem: SetProblem, found: TableSets) -> str:
    among = "the candidate trials" if problem.trials else f"any studies with {problem.sizes} people in an arm"
    if found.groups:
        first = found.groups[0]
        specs, chosen = {g.spec for g in found.groups}, {g.labels for g in found.groups}
        of = f" from {_number(len(chosen), 'choice')} of {problem.k} trials" if problem.trials else ""
        return (
            f"{_number(found.sets, 'set')} of {problem.k} tables{of} give{'s' if found.sets == 1 else ''} everything printed "
            f"under {_number(len(specs), 'specification')}, for example {first.example} under {spec_words(first.spec)}."
        )
    if not found.complete:
        return f"No set of {problem.k} tables of {among} that gives everything printed was found before the search stopped."
    if not found.fitting:
        return f"No {problem.k} of {among} have arms of sizes that can give the printed shares."
    whose = ""
    if problem.trials and len(found.fitting) == 1:
        labels, n_t, n_c = found.fitting[0]
        whose = f" Only {', '.join(labels)} have arms ({n_t} and {n_c} people) that can give the printed shares."
    return f"No set of {problem.k} tables of {among} gives everything printed.{whose}"


def _nearest_words(reach: Reach) -> str:
    v = reach.values
    return (
        f"The nearest is {reach.nearest}: {v['estimate']:.3g} ({v['ci_low']:.3g} to {v['ci_high']:.3g}) under {spec_words(reach.spec)}; "
        f"with these shares the estimate can lie from {reach.low['estimate']:.3g} to {reach.high['estimate']:.3g}."
    )


def _relaxation_words(relaxation: Relaxation) -> str:
    found = relaxation.smallest
    if not found:
        most = max((len(t.steps) for t in relaxation.tried), default=0)
        return f"Giving way in {_number(most, 'thing')} of what is printed or assumed is not enough."
    listed = "; ".join(f"{t.words} ({_number(t.sets, 'set')}, {_example(t.groups[0])})" for t in found[:3])
    others = f"; {len(found) - 3} others of the same size would do too" if len(found) > 3 else ""
    return f"Some set would be possible {listed}{others}."


def _example(group: Group) -> str:
    return f"such as {group.example} under {spec_words(group.spec)}"


def _number(n: int, noun: str) -> str:
    return f"{n:,} {noun}{'' if n == 1 else 's'}"
