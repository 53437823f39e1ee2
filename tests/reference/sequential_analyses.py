"""Sequential analyses of trials, beside RTSA's, metafor's and those of an independent recursion."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
from harness import Compared, of
from sequential_rows import effects_of_trials, raw_control_risk
from sequential_terms import (
    RECURSION,
    RTSA_BELOW,
    RTSA_BOUNDARY,
    RTSA_INFLATION,
    TINY,
    below,
    boundaries,
    each,
    floats,
    spending,
    spent_at,
)  # fmt: skip

from metaudit.errors import DataError
from metaudit.sequential.analysis import Plan, sequential_analysis
from metaudit.sequential.cumulative import CumulativeZ, cumulative_z, diversity, fit_by
from metaudit.sequential.design import Design
from metaudit.sequential.efficacy import efficacy
from metaudit.sequential.information import Sought, required, whole
from metaudit.sequential.looks import inflated_looks
from metaudit.sequential.spending import Floats
from metaudit.sequential.stagewise import stagewise
from tolerances import CLOSED_FORM

FITS = {
    "FE": fit_by("common"), "DL": fit_by("random"), "DL_HK": fit_by("random", ci="hksj"), "MH": fit_by("mantel-haenszel"),
}  # fmt: skip


def of_analysis(content: dict[str, Any], entry: dict[str, Any]) -> Iterator[Compared]:
    """One sequential analysis: cumulative results, sizes, looks, boundaries, crossings and what they mean."""
    c, own, measure = entry["config"], entry["own"], content["outcome"]
    kind = c.get("cont_vartype", "")
    what = f"{c.get('id', '')} {'FE' if c['fixed'] else c['re_method']} {c['es_alpha']} {c['futility']}"
    effects = effects_of_trials(content["trials"], measure, equal_variances=kind != "non-equal")
    yield of("diversity D2", what, diversity(effects), theirs=own["D2"], tolerance=CLOSED_FORM, scale=1.0)
    ours = cumulative_z(effects, fit_by("common" if own["model"] == "FE" else "random"))
    for name, mine in (("n", ours.participants), ("est", ours.estimate), ("se", ours.se), ("z", ours.z)):
        yield from each(f"cumulative {name}", what, mine, own["cumulative"][name], CLOSED_FORM)
    sought = _sought(content, c)
    if measure != "MD":
        yield of("control risk", what, sought.control_risk, theirs=own["pC"], tolerance=CLOSED_FORM)
        yield of("intervention risk", what, sought.intervention_risk, theirs=own["pI"], tolerance=CLOSED_FORM)
    size = whole(required(sought, **_errors(c)))
    yield of("fixed size of trials", what, size, theirs=own["RIS_fixed"], tolerance=0.0)
    if "RIS_fixed_unpooled_variance" in own:
        other = whole(required(_sought(content, c, variance="unpooled"), **_errors(c)))
        yield of(
            "fixed size of trials", f"{what} unpooled", other, theirs=own["RIS_fixed_unpooled_variance"], tolerance=0.0
        )
    if "convention_ctu" in own:
        yield from _of_program(content, entry, what)
    if entry["rtsa"]:
        yield from _of_rtsa(entry, ours, size, what)


def _errors(c: dict[str, Any]) -> dict[str, Any]:
    return {"alpha": c.get("alpha", 0.05), "beta": c["beta"], "sides": c.get("side", 2)}


def _sought(content: dict[str, Any], c: dict[str, Any], *, variance: str = "pooled") -> Sought:
    if content["outcome"] == "MD":
        return Sought("MD", c["mc"], sd=c["sd_mc"])
    return Sought(content["outcome"], c["mc"], control_risk=raw_control_risk(content["trials"]), variance=variance)


def _of_program(content: dict[str, Any], entry: dict[str, Any], what: str) -> Iterator[Compared]:
    """The TSA program's way, from the plan to the adjusted interval."""
    c, own = entry["config"], entry["own"]
    theirs, measure = own["convention_ctu"], content["outcome"]
    random = own["model"] != "FE"
    plan = Plan(
        _sought(content, c), **_errors(c), spending=spending(c, "es_alpha"), adjustment="D2" if random else "none"
    )
    effects = effects_of_trials(content["trials"], measure, equal_variances=c.get("cont_vartype", "") != "non-equal")
    s = sequential_analysis(effects, fit_by("random" if random else "common"), plan)
    yield of("required size", what, s.size.participants, theirs=own["RIS_used"], tolerance=0.0)
    timing = np.array(s.looks.timing)
    yield from each("information fraction", what, timing, theirs["boundary_info_frac"], CLOSED_FORM)
    yield from each("alpha spent in analyses", what, s.bounds.alpha_spent, theirs["alpha_spend_cum"], RECURSION)
    yield from boundaries(
        "boundary of analyses",
        what,
        s.bounds.upper,
        theirs["upper"],
        timing,
        plan.spending,
        side_alpha=plan.alpha / plan.sides,
    )
    crossed = math.nan if s.result.crossed_at is None else s.result.crossed_at
    yield of("look of first crossing", what, crossed, theirs=theirs["first_crossing_look"], tolerance=0.0)
    yield of("last look", what, s.result.last.number, theirs=theirs["last_look"], tolerance=0.0)
    yield of("required size reached", what, s.result.reached, theirs=theirs["reached_RIS"], tolerance=0.0)
    back = math.exp if measure in ("RR", "OR") else float
    last, adjusted_ci, naive = s.result.last, theirs["adjusted_ci_last"], theirs["naive_ci_last"]
    lost = spent_at(timing, plan.spending, plan.alpha / plan.sides)[last.number - 1] < TINY
    if not lost:
        for name, mine in (("lower", last.adjusted_low), ("upper", last.adjusted_high)):
            yield of("adjusted interval", what, back(mine), theirs=adjusted_ci[name], tolerance=CLOSED_FORM)
        yield of(
            "adjusted interval's level", what, last.adjusted_level, theirs=adjusted_ci["conf_level_equiv"],
            tolerance=CLOSED_FORM,
        )  # fmt: skip
    for name, mine in (("lower", last.naive_low), ("upper", last.naive_high)):
        yield of("naive interval", what, back(mine), theirs=naive[name], tolerance=CLOSED_FORM)
    p = naive["p"]
    yield of("naive P", what, last.p, theirs=p, tolerance=CLOSED_FORM * (1 + last.z**2), scale=max(p, 1e-300))
    if s.result.crossed_at is not None:
        assert s.result.at_crossing is not None
        yield of(
            "stage-wise P", what, s.result.at_crossing.p, theirs=theirs["stagewise_p_at_crossing"],
            tolerance=CLOSED_FORM,
        )  # fmt: skip


def _of_rtsa(entry: dict[str, Any], ours: CumulativeZ, size: int, what: str) -> Iterator[Compared]:
    """RTSA's looks and inflation, the independent recursion at its looks, and stage-wise results where it stopped."""
    c, own, rtsa = entry["config"], entry["own"], entry["rtsa"]
    yield of(
        "RTSA fixed size of trials", what, size, theirs=rtsa["RIS"], tolerance=0.0,
        explained="RTSA control risk" if own["dropped_trials"] else "",
    )  # fmt: skip
    alpha, level, sides = spending(c, "es_alpha"), c.get("alpha", 0.05), c.get("side", 2)
    timing = floats(rtsa["bounds_inf_frac"]) / max(1.0, max(rtsa["bounds_inf_frac"]))
    upper = efficacy(timing, alpha.spent(level / sides, timing), sides=sides)
    at = own.get("boundaries_at_rtsa_looks")
    if at:
        yield from boundaries("boundary at RTSA's looks", what, upper, at, timing, alpha, side_alpha=level / sides)
    stop = own.get("stagewise_at_rtsa_stop")
    if stop:
        yield from _stopped(entry, timing, upper, what)
    if c["futility"] == "binding":
        return
    beta = spending(c, "es_beta") if c["futility"] != "none" else None
    size_used = rtsa["HARIS"] or rtsa["RIS"]
    try:
        looks, bounds = inflated_looks(
            ours.participants, size_used, lambda t: Design(t, level, c["beta"], sides, alpha, c["futility"], beta)
        )
    except DataError:
        looks = None
    yield of("RTSA looks", what, 0 if looks is None else len(looks.timing), theirs=len(timing), tolerance=0.0)
    if looks is None or len(looks.timing) != len(timing):
        return
    yield of(
        "RTSA inflation of analyses", what, looks.required / size_used, theirs=rtsa["root"],
        tolerance=RTSA_INFLATION, scale=1.0,
    )  # fmt: skip
    agrees = at is not None and all(
        abs(a - b) < 1e-4 for a, b in zip(bounds.upper, floats(at), strict=True) if a < RTSA_BELOW
    )
    key = "RTSA search" if agrees else ""
    yield from below("RTSA boundary of analyses", what, bounds.upper, rtsa["upper"], key)
    if rtsa["fut_upper"]:
        yield from below("RTSA futility of analyses", what, bounds.futility[:-1], rtsa["fut_upper"][:-1], key)
        last = rtsa["fut_upper"][-1]
        yield of(
            "RTSA futility of analyses", f"{what}, last look", bounds.futility[-1], theirs=last,
            tolerance=RTSA_BOUNDARY, scale=1.0, explained="RTSA last futility" if last != rtsa["upper"][-1] else key,
        )  # fmt: skip


def _stopped(entry: dict[str, Any], timing: Floats, upper: Floats, what: str) -> Iterator[Compared]:
    stop, measure = entry["own"]["stagewise_at_rtsa_stop"], entry["measure"]
    k, back = stop["look"], math.exp if measure in ("RR", "OR") else float
    sides = entry["config"].get("side", 2)
    found = stagewise(timing[:k], upper[:k], stop["z"], se=stop["se"], sides=sides)
    yield of("stage-wise P", what, found.p, theirs=stop["p"], tolerance=CLOSED_FORM)
    yield of(
        "stage-wise P at the boundary", what, stagewise(timing[:k], upper[:k], upper[k - 1], se=1.0, sides=sides).p,
        theirs=stop["p_if_z_were_the_boundary"], tolerance=CLOSED_FORM,
    )  # fmt: skip
    for name, mine in (("lower", found.low), ("upper", found.high), ("median_unbiased", found.median_unbiased)):
        quantity = "median unbiased estimate" if name == "median_unbiased" else "stage-wise interval"
        yield of(quantity, what, back(mine), theirs=stop[name], tolerance=CLOSED_FORM)


def of_metafor(content: dict[str, Any], kind: str) -> Iterator[Compared]:
    """Effects and cumulative results of one table against metafor's."""
    reference = content["metafor"][kind]
    effects = effects_of_trials(content["trials"], content["outcome"], equal_variances=kind != "non-equal")
    yield from each("effect", kind, effects.yi, reference["yi"], CLOSED_FORM)
    yield from each("sampling variance", kind, effects.vi, reference["vi"], CLOSED_FORM)
    for name, fit in FITS.items():
        theirs = reference[name]
        if theirs is None:
            continue
        ours = cumulative_z(effects, fit)
        for key, mine in (("est", ours.estimate), ("se", ours.se), ("z", ours.z), ("t", ours.z), ("tau2", ours.tau2)):
            if key in theirs and not (key == "tau2" and name != "DL"):
                values = theirs[key]
                yield from each(f"metafor cumulative {name} {key}", kind, mine[-len(values) :], values, CLOSED_FORM)
