"""What the figures of methods draw from: subsets, P value functions, specifications, printed numbers, tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from figure_inputs import drawn_input

from metaudit.diagnostics.gosh import by_study, gosh
from metaudit.diagnostics.gosh_bins import binned, divider
from metaudit.figures.inputs import AnalysisInput
from metaudit.files import cell
from metaudit.pooling.pool import pool

ESTIMATORS = ("DL", "REML", "PM", "ML", "SJ", "HE", "EB", "HS")
INTERVALS = ("wald", "t", "hksj", "hksj-adhoc-se", "hksj-adhoc-ci")


def method_input(
    yi: Sequence[float], vi: Sequence[float], *, measure: str = "GEN", tau2: str = "DL", ci: str = "wald", pi: str = "t-k-2",
    level: float = 0.95, labels: Sequence[str] = (), title: str = "An analysis", sample: int | None = None,
) -> AnalysisInput:  # fmt: skip
    """An analysis with its pooled row in full, and its subsets."""
    data = drawn_input(yi, vi, measure=measure, tau2=tau2, labels=labels, title=title)
    fit = pool(yi, vi, tau2=None if tau2 == "FE" else tau2, ci=ci, level=level, pi=pi)
    natural = data.measure.to_natural if measure != "PFT" else float
    row = {n: cell(getattr(fit, n)) for n in ("se", "stat", "p", "tau2", "i2", "k", "level")}
    row |= {f"{n}_yi": cell(getattr(fit, n)) for n in ("estimate", "ci_low", "ci_high")}
    row |= {n: cell(natural(getattr(fit, n))) for n in ("estimate", "ci_low", "ci_high", "pi_low", "pi_high")}
    row |= {"ci_method": ci, "spec": f"{measure} | random {tau2} | {ci} | I2:tau2 | PI:{pi} | 95%"}
    return replace(data, pooled=[data.pooled[0] | row], gosh=subsets(data, yi, vi, tau2=tau2, sample=sample))


def subsets(data: AnalysisInput, yi: Any, vi: Any, *, tau2: str, sample: int | None = None) -> list[dict[str, str]]:
    """Rows of gosh.csv; none for fewer than four studies."""
    if len(yi) < 4:
        return []
    found = gosh(yi, vi, tau2=tau2, smallest=2, sample=sample)
    halves = by_study(found)
    most = divider(found, halves)
    shared = {"method": found.method, "subsets": found.estimate.size, "complete": found.complete, "row": str(most + 2)}
    shared |= {"study": data.effects[most]["study"], "shift_yi": halves[most].shift, "shift_i2": halves[most].i2_shift}
    return [
        {n: cell(v) for n, v in (shared | {"low_yi": c.low, "high_yi": c.high, "i2_low": c.i2_low, "i2_high": c.i2_high,
         "count": c.count, "count_with": c.count_with}).items()}
        for c in binned(found, study=most)
    ]  # fmt: skip


def with_curve(data: AnalysisInput, number: int, *, printed: str = "", low: str = "", high: str = "") -> AnalysisInput:
    """The same with ``number`` specifications, which differ in estimator, interval, zero-cell rule and variance."""
    generator = np.random.default_rng(number)
    code = data.measure.code
    natural = data.measure.to_natural if code != "PFT" else float
    rows = []
    for i in range(number):
        middle, half = generator.normal(-0.3, 0.1), generator.uniform(0.1, 0.5)
        if data.measure.kind == "proportion":
            middle = 0.4 + 0.1 * middle if data.measure.scale == "natural" or code == "PFT" else middle
            half = 0.1 * half
        values = [natural(v) for v in (middle, middle - half, middle + half)]
        null = data.measure.null
        significant = "" if null is None else "yes" if not values[1] <= null <= values[2] else "no"
        choices = {
            "variance": ("LS", "UB")[i % 2],
            "zero_cells": ("0.5@only-zero", "none", "tacc@only-zero+drop")[i % 3],
        }
        choices |= {
            "model": "random" if i % 5 else "common",
            "tau2": ESTIMATORS[i % 8] if i % 5 else "",
            "q": "inverse-variance",
        }
        choices |= {"ci": INTERVALS[i % 5], "counts": "", "rd_variance": ""}
        rows.append(
            dict(zip(("estimate", "ci_low", "ci_high"), map(cell, values), strict=True))
            | {"measure": code, "level": "0.95", "significant": significant, "spec": f"spec {i}", **choices}
        )
    rows.sort(key=lambda r: float(r["estimate"]))
    for place, row in enumerate(rows, start=1):
        row["place"] = str(place)
    claims = [
        {"claim": q, "analysis": "main", "quantity": q, "printed": text, "method": ""}
        for q, text in (("estimate", printed), ("ci_low", low), ("ci_high", high))
        if text
    ]
    summary = {"measure": code, "results": str(number), "reference": "spec 0"}
    return replace(data, curve=rows, claims=claims, multiverse=[summary, {**summary, "measure": "XX", "results": "7"}])


def judged(quantity: str, printed: str, value: float | None, verdict: str = "EXACT", **more: Any) -> dict[str, Any]:
    """One claim of audit.json; its rounding interval follows from ``low`` and ``high``, or half a unit of the last digit."""
    digits = printed.lstrip("<>-").rstrip("%").partition(".")[2]
    unit, middle = 10.0 ** -len(digits), float(printed.lstrip("<>").rstrip("%"))
    window = (middle - unit / 2, middle + unit / 2)
    if printed[0] in "<>":
        window = ("-Inf", middle) if printed[0] == "<" else (middle, "Inf")
    base = {
        "claim": f"{quantity}-{printed}",
        "quantity": quantity,
        "subject": "",
        "printed": printed,
        "printed_low": window[0],
        "spec": "",
        "stated_spec": "",
    }
    base |= {"printed_high": window[1], "value": value, "value_low": value, "value_high": value, "envelope_low": None}
    return base | {"envelope_high": None, "verdict": verdict} | more


def with_claims(data: AnalysisInput, audit: Sequence[dict[str, Any]], *, methods: Sequence[str] = ()) -> AnalysisInput:
    """The same with judged claims; ``methods`` are the column of claims.csv."""
    stated = list(methods) or [""] * len(audit)
    claims = [{"claim": a["claim"], "method": m, "printed": a["printed"]} for a, m in zip(audit, stated, strict=True)]
    return replace(data, audit=list(audit), claims=claims)
