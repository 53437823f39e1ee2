"""Designs and required information sizes without data, beside RTSA's and those of an independent recursion."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
from harness import Compared, number, of
from sequential_terms import RECURSION, RTSA_INFLATION, below, each, floats, spending

from metaudit.sequential.course import Course
from metaudit.sequential.design import Design, bounds_of, fixed_drift
from metaudit.sequential.information import Sought, adjusted, least_trials, required, trials_for_tau2, whole
from metaudit.sequential.paths import reach_of
from metaudit.sequential.spending import Floats
from tolerances import CLOSED_FORM


def of_design(entry: dict[str, Any]) -> Iterator[Compared]:
    """Boundaries, inflation, futility and error rates of one design."""
    d, own, rtsa = entry["design"], entry["own"], entry["rtsa"]
    what = f"{d['es_alpha']} {d['futility']} side {d['side']} {d['timing']}"
    timing, two = np.array(d["timing"], dtype=float), d["side"] == 2
    alpha, beta = spending(d, "es_alpha"), spending(d, "es_beta") if d["es_beta"] else None
    yield from each("alpha spent", what, alpha.spent(d["alpha"] / d["side"], timing), own["alpha_spend_cum"], RECURSION)
    if "type1_of_rtsa_bounds" in own and rtsa:
        yield from _errors_of_rtsa(entry, timing, what)
    if d["futility"] == "binding" and two:
        return
    bounds = bounds_of(Design(tuple(timing), d["alpha"], d["beta"], d["side"], alpha, d["futility"], beta))
    if "upper" in own:
        yield from each("efficacy boundary", what, bounds.upper, own["upper"], RECURSION)
        yield of("inflation", what, bounds.inflation, theirs=own["inflation"], tolerance=RECURSION)
    if "fut_upper" in own:
        yield from each("futility boundary", what, bounds.futility, own["fut_upper"], RECURSION)
        yield from each("beta spent", what, bounds.beta_spent, own["beta_spend_cum"], RECURSION)
        yield of(
            "looks without futility", what, bounds.looks_without_futility, theirs=own["looks_without_futility"],
            tolerance=0.0,
        )  # fmt: skip
    if rtsa:
        if d["futility"] == "binding":
            key = "RTSA binding" if _misses_alpha(entry, timing) else ""
        else:
            same = np.allclose(bounds.upper, floats(own["upper"]), rtol=0, atol=RECURSION)
            key = "RTSA search" if same else ""
        name = "binding" if d["futility"] == "binding" else "RTSA"
        yield from below(f"{name} efficacy boundary", what, bounds.upper, rtsa["upper"], key)
        if beta is not None:
            theirs = rtsa["fut_upper"] if two else rtsa["fut_lower"]
            yield from below(f"{name} futility boundary", what, bounds.futility, theirs, key)
        yield of(f"{name} inflation", what, bounds.inflation, theirs=rtsa["root"], tolerance=RTSA_INFLATION, scale=1.0)


def _errors_of_rtsa(entry: dict[str, Any], timing: Floats, what: str) -> Iterator[Compared]:
    """Type I error and power of RTSA's binding boundaries, evaluated by us and by the independent recursion."""
    d, own = entry["design"], entry["own"]
    type1, power = _evaluated(entry, timing)
    yield of(
        "type I error of given boundaries", what, type1, theirs=own["type1_of_rtsa_bounds"], tolerance=RECURSION,
        scale=1.0,
    )  # fmt: skip
    yield of(
        "power of given boundaries", f"{what} beta {d['beta']}", power, theirs=own["power_of_rtsa_bounds"],
        tolerance=RECURSION, scale=1.0,
    )  # fmt: skip


def _evaluated(entry: dict[str, Any], timing: Floats) -> tuple[float, float]:
    d, rtsa = entry["design"], entry["rtsa"]
    side = d["side"]
    upper, futility = floats(rtsa["upper"]), floats(rtsa["fut_upper" if side == 2 else "fut_lower"])
    drift = fixed_drift(d["alpha"], d["beta"], sides=side) * math.sqrt(rtsa["root"])
    course = Course(timing, upper, sides=side, reach=reach_of(drift), futility=futility)
    return side * sum(course.crossing(0.0)), sum(course.crossing(drift))


def _misses_alpha(entry: dict[str, Any], timing: Floats) -> bool:
    """Whether RTSA's boundaries miss alpha by more than ours do, and by no more than its search allows."""
    return 1e-9 < abs(_evaluated(entry, timing)[0] - entry["design"]["alpha"]) < 2e-6


def of_size(entry: dict[str, Any]) -> Iterator[Compared]:
    """Required information sizes of one setting."""
    a, own, rtsa = entry["args"], entry["own"], entry["rtsa"]
    measure, what = a["outcome"], " ".join(f"{k} {v}" for k, v in a.items())
    errors = {"alpha": a["alpha"], "beta": a["beta"], "sides": a["side"]}
    if measure == "RD":
        effect = a["p1"] - a["pC"]
        for variance, key in (("pooled", "fixed_pooled_p"), ("unpooled", "fixed_unpooled")):
            sought = Sought("RD", effect, control_risk=a["pC"], variance=variance)
            yield of("fixed size, unrounded", what, required(sought, **errors), theirs=own[key], tolerance=CLOSED_FORM)
        size = whole(required(sought, **errors))
        yield of("RTSA fixed size", what, size, theirs=rtsa["NF"], tolerance=0.0, explained="RTSA RD")
    else:
        sought = Sought(measure, a["mc"], control_risk=number(a.get("pC")), sd=number(a.get("sd_mc")))
        unrounded = required(sought, **errors)
        size = whole(unrounded)
        yield of("fixed size, unrounded", what, unrounded, theirs=own["fixed"], tolerance=CLOSED_FORM)
        yield of("fixed size", what, size, theirs=own["fixed_ceiling"], tolerance=0.0)
        yield of("RTSA fixed size", what, size, theirs=rtsa["NF"], tolerance=0.0)
        for share, key in ((a.get("D2"), "D2"), (a.get("I2"), "I2")):
            if share is not None:
                ours = whole(adjusted(size, share))
                yield of(f"size adjusted by {key}", what, ours, theirs=own[f"{key}_adjusted"], tolerance=0.0)
                yield of(f"RTSA size adjusted by {key}", what, ours, theirs=rtsa[f"NR_{key}"], tolerance=0.0)
    if a.get("tau2") is not None:
        least = least_trials(sought, a["tau2"], **errors)
        yield of("least number of trials", what, least, theirs=rtsa["NR_tau"]["minTrial"], tolerance=0.0)
        trials, each, total = rtsa["NR_tau"]["nPax"]
        for k, n, all_of_them in zip(trials, each, total, strict=True):
            needed = trials_for_tau2(sought, a["tau2"], trials=k, **errors)
            key = "RTSA MD tau2" if measure == "MD" and needed.participants_each in (2 * n, 2 * n - 1) else ""
            place = f"{what}, {k} trials"
            yield of("participants a trial", place, needed.participants_each, theirs=n, tolerance=0.0, explained=key)
            yield of(
                "participants of all trials", place, needed.participants, theirs=all_of_them, tolerance=0.0,
                explained=key,
            )  # fmt: skip
