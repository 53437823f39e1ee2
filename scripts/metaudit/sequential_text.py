"""A sequential analysis of a table in sentences and columns, and as numbers for JSON."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

from metaudit.sequential.analysis import Plan
from metaudit.sequential.information import whole
from metaudit.sequential.left_open import OpenChoice, Value, percent
from metaudit.sequential.looks import SKIPPED_BELOW
from metaudit.sequential.monitor import Look
from metaudit.sequential.open_choices import Matched
from metaudit.sequential.paths import LEAST_STEP
from metaudit.sequential.quantities import boundary_crossed, quantities
from metaudit.sequential_table import SequentialTable

__all__ = ["as_json", "lines"]

MOST_MATCHES = 20
MODEL_WORDS = {
    "random": "random-effects model", "common": "common-effect model", "mantel-haenszel": "Mantel-Haenszel", "peto": "Peto",
}  # fmt: skip
ADJUSTED_BY = {"D2": "D²", "I2": "I²", "none": "none"}


def lines(t: SequentialTable) -> list[str]:
    """What the command prints, line by line."""
    out = [_head(t), *_size(t), *_so_far(t), "", *_looks(t), "", *_result(t)]
    if t.matches is not None:
        out += ["", *_matches(t.matches)]
    if t.left_open:
        out += ["", *_left_open(t.left_open)]
    return out + [f"Not used: {s.label} (row {s.row.line}): {why}" for s, why in t.effects.incomplete]


def _trials(n: int) -> str:
    return f"{n} {'trial' if n == 1 else 'trials'}"


def _head(t: SequentialTable) -> str:
    model = MODEL_WORDS[t.spec.model] + (f" ({t.spec.tau2})" if t.spec.has_tau2 else "")
    order = "in order of year" if t.dated else "in the order of the table (not every trial has a year)"
    return f"Trial sequential analysis of {_trials(t.effects.k)} {order}: {t.effects.measure.name}, {model}"


def _size(t: SequentialTable) -> Iterator[str]:
    s, plan = t.analysis, t.analysis.plan
    errors = f"alpha {percent(plan.alpha)} two-sided, power {percent(1 - plan.beta)}"
    needed = f"Required information size: {s.size.participants:,} participants"
    if math.isnan(s.size.fixed):
        yield f"{needed}, as given ({errors})"
    else:
        yield f"{needed} ({_effect(plan)}, {errors}, heterogeneity {_heterogeneity(plan, s.size.share)})"
        if s.size.share:
            yield f"Without heterogeneity: {quantities(s, t.effects.measure)['ris_fixed']:,.0f}"
    if plan.convention == "rtsa":
        yield f"With what the looks cost in power, as RTSA has it: {whole(s.looks.required):,}"
    said = f"Boundaries: {plan.spending} spending of alpha"
    yield (
        said
        if plan.beta_spending is None
        else f"{said}; futility {plan.futility}, {plan.beta_spending} spending of beta"
    )


def _effect(plan: Plan) -> str:
    """``RR 0.8, control risk 12.9 %``."""
    sought = plan.sought
    assert sought is not None
    if math.isnan(sought.control_risk):
        return f"{sought.measure} {sought.effect:g}, SD {sought.sd:.4g}"
    variance = "" if sought.variance == "pooled" else f", {sought.variance} variance"
    return f"{sought.measure} {sought.effect:g}, control risk {percent(sought.control_risk)}{variance}"


def _heterogeneity(plan: Plan, share: float) -> str:
    name = ADJUSTED_BY[plan.adjustment]
    return name if plan.adjustment == "none" else f"{name} {percent(share)}"


def _so_far(t: SequentialTable) -> Iterator[str]:
    s = t.analysis
    n = float(s.cumulative.participants[-1])
    yield f"Participants: {n:,.0f}, {percent(n / s.looks.required)} of the required size"
    left = t.effects.k - s.looks.made
    after = t.effects.k - 1 - max(s.looks.trials) if s.looks.reached else 0
    if left > after:
        least = percent(SKIPPED_BELOW) if s.plan.convention == "rtsa" else f"{LEAST_STEP:g}"
        add = "adds" if left - after == 1 else "add"
        yield f"Not looked at: {_trials(left - after)} that {add} less than {least} of it"
    if after:
        yield f"After the last look: {_trials(after)}; the required size was reached before"


def _looks(t: SequentialTable) -> list[str]:
    """The table of looks."""
    s, wedge = t.analysis, t.analysis.plan.beta_spending is not None
    header = ["look", "trial", "participants", "share", "z", "boundary", *(["futility"] if wedge else []), ""]
    rows = [header]
    for look in s.result.looks:
        cells = [
            str(look.number), look.study, f"{look.participants:,.0f}", percent(look.fraction), f"{look.z:.3f}",
            _boundary(look.boundary),
        ]  # fmt: skip
        cells += [_boundary(look.futility)] if wedge else []
        rows.append([*cells, _mark(t, look)])
    return _columns(rows, left=(1, len(header) - 1))


def _boundary(z: float) -> str:
    return "" if math.isnan(z) else "none" if math.isinf(z) else f"±{z:.3f}"


def _mark(t: SequentialTable, look: Look) -> str:
    r = t.analysis.result
    if look.number == r.crossed_at:
        return f"crosses the {'upper' if r.side > 0 else 'lower'} boundary"
    return "meets futility" if look.number == r.futile_at else ""


def _columns(rows: Sequence[Sequence[str]], *, left: Sequence[int]) -> list[str]:
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    return [
        "  ".join(
            cell.ljust(width) if i in left else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]


def _result(t: SequentialTable) -> Iterator[str]:
    s, back = t.analysis, t.effects.measure.to_natural
    r, last = s.result, s.result.last
    yield f"{_outcome(boundary_crossed(s), r.crossed_at or r.futile_at)}; the required size is {'' if r.reached else 'not '}reached"
    name = t.effects.measure.name
    yield (
        f"At the last look, {name} {back(last.estimate):.4g}: adjusted for the looks "
        f"{_limits(back(last.adjusted_low), back(last.adjusted_high))}, as if it were the only one "
        f"{_limits(back(last.naive_low), back(last.naive_high))} ({_p(last.p)})"
    )
    if r.at_crossing is not None:
        o = r.at_crossing
        where = "Where it was crossed" if r.crossed_at is not None else "At the end"
        yield (
            f"{where}, by the stage-wise ordering: {name} {back(o.median_unbiased):.4g} (median unbiased; "
            f"{_limits(back(o.low), back(o.high))}), {_p(o.p)}"
        )
    power = quantities(s, t.effects.measure)["conditional_power"]
    if not math.isnan(power):
        yield f"Conditional power, if the effect is as planned: {power:.1f} %"


def _outcome(code: str, look: int | None) -> str:
    if code == "none":
        return "No boundary is crossed"
    words = "Futility is met" if code == "futility" else f"The {code} boundary is crossed"
    return f"{words} at look {look}"


def _limits(low: float, high: float) -> str:
    return f"{low:.4g} to {high:.4g}"


def _p(p: float) -> str:
    return "P < .0001" if p < 0.0001 else f"P = {p:.4f}"


def _matches(matches: Sequence[Matched]) -> Iterator[str]:
    """Which choices give the printed size."""
    if not matches:
        yield "The printed size: none of the usual choices gives it"
        return
    yield f"The printed size comes of {len(matches)} {'choice' if len(matches) == 1 else 'sets of choices'} of the usual ones:"
    for m in matches[:MOST_MATCHES]:
        p = m.plan
        yield (
            f"  {m.size.participants:,}: {_effect(p)}, alpha {percent(p.alpha)}, power {percent(1 - p.beta)}, "
            f"heterogeneity {_heterogeneity(p, m.size.share)}"
        )
    if len(matches) > MOST_MATCHES:
        yield f"  and {len(matches) - MOST_MATCHES} more"


def _left_open(choices: Sequence[OpenChoice]) -> Iterator[str]:
    """The choices that were not stated: what was taken, and what else is usual."""
    hanging = [c.name for c in choices if c.matters]
    yield "Not stated, and taken as usual (the other usual values below each, one at a time):"
    rows = [["choice", "value", "required", "conclusion"]]
    for c in choices:
        rows += [[c.name, c.taken.words, *_came(c.taken)], *(["", f"or {o.words}", *_came(o)] for o in c.others)]
    yield from _columns(rows, left=(0, 1, 3))
    if hanging:
        yield f"The conclusion hangs on: {', '.join(hanging)}"
    else:
        yield "None of these choices, changed alone, changes the conclusion"


def _came(v: Value) -> tuple[str, str]:
    if v.size is None:
        return "", "not possible"
    return f"{v.size:,}", _outcome(v.outcome, v.look)


def as_json(t: SequentialTable) -> dict[str, Any]:
    """Every number, effects on the natural scale; shares as fractions of 1, but ``quantities`` in percent as papers print them."""
    s, back = t.analysis, t.effects.measure.to_natural
    r = s.result
    ordered = r.at_crossing
    return {
        "measure": t.spec.measure,
        "model": t.spec.model,
        "tau2": t.spec.tau2,
        "order": "year" if t.dated else "table",
        "plan": _plan(s.plan) | {"share": s.size.share, "required": s.size.participants, "inflated": s.looks.required},
        "boundary_crossed": boundary_crossed(s),
        "required_reached": r.reached,
        "quantities": quantities(s, t.effects.measure),
        "stage_wise": None
        if ordered is None
        else {
            "p": ordered.p, "estimate": back(ordered.median_unbiased), "ci_low": back(ordered.low), "ci_high": back(ordered.high),
        },
        "looks": [_look(t, look) for look in r.looks],
        "planned": [
            {"fraction": f, "boundary": float(u), "futility": float(w)}
            for f, trial, u, w in zip(s.looks.timing, s.looks.trials, s.bounds.upper, s.bounds.futility, strict=True)
            if trial < 0
        ],
        "left_open": [_choice(c) for c in t.left_open],
        "matches": None if t.matches is None else [_match(m) for m in t.matches],
        "not_used": [{"study": x.label, "row": x.row.line, "why": why} for x, why in t.effects.incomplete],
        "remarks": list(t.remarks),
    }  # fmt: skip


def _choice(c: OpenChoice) -> dict[str, Any]:
    others = [asdict(o) for o in c.others]
    return {"choice": c.name, "matters": c.matters, "taken": asdict(c.taken), "others": others}


def _match(m: Matched) -> dict[str, Any]:
    return _plan(m.plan) | {"share": m.size.share, "required": m.size.participants}


def _plan(p: Plan) -> dict[str, Any]:
    sought = p.sought
    known = {} if sought is None else {
        "effect": sought.effect, "control_risk": sought.control_risk, "sd": sought.sd, "variance": sought.variance,
    }  # fmt: skip
    return {
        **known, "alpha": p.alpha, "power": round(1 - p.beta, 12), "sides": p.sides, "heterogeneity": p.adjustment,
        "spending": str(p.spending), "futility": p.futility,
        "beta_spending": None if p.beta_spending is None else str(p.beta_spending), "convention": p.convention,
    }  # fmt: skip


def _look(t: SequentialTable, look: Look) -> dict[str, Any]:
    back = t.effects.measure.to_natural
    natural = ("estimate", "naive_low", "naive_high", "adjusted_low", "adjusted_high")
    return asdict(look) | {name: back(getattr(look, name)) for name in natural}
