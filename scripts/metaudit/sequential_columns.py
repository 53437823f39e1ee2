"""A sequential analysis as rows of result tables: one a look, and one for the whole."""

from __future__ import annotations

import math
from typing import Any

from metaudit.formats.columns import Column
from metaudit.sequential.information import whole
from metaudit.sequential.looks import PLANNED
from metaudit.sequential.monitor import Look
from metaudit.sequential.quantities import boundary_crossed, natural_limit, quantities
from metaudit.sequential_result import Sequenced

__all__ = ["LOOKS", "SIZES", "look_rows", "size_row"]

LOOKS = (
    Column("look", "count", "number of the look, from 1"),
    Column("study", "text", "the trial that came last; empty for a look that has not come"),
    Column("row", "count", "its row of extraction.csv"),
    Column("year", "year", "its year"),
    Column("participants", "number", "of all trials so far; at a look that has not come, those it is planned at"),
    Column("share", "number", "of the required information size, 0 to 1"),
    Column("estimate", "number", "pooled so far, natural scale"),
    Column("se", "number", "its standard error, analysis scale"),
    Column("z", "number", "estimate over standard error on the analysis scale"),
    Column("boundary", "number", "the upper boundary of z; the lower one is the same with a minus"),
    Column("futility", "number", "inside plus and minus this z lies futility"),
    Column("adjusted_low", "number", "lower limit of the interval adjusted for looking repeatedly, natural scale"),
    Column("adjusted_high", "number", "upper limit of it"),
    Column("p", "number", "two-sided P as if there were no other look"),
    Column("crossed", "text", "upper, lower or futility where that boundary is crossed, or met, first"),
)
SIZES = (
    Column("measure", "text", "of the effect"),
    Column("model", "text", "how the trials are pooled"),
    Column("tau2", "text", "estimator of tau² in the model; empty without one"),
    Column("order", "text", "year, or table where not every trial has a year"),
    Column("k", "count", "number of trials"),
    Column("participants", "number", "of all of them"),
    Column("required", "count", "required information size, participants"),
    Column("required_fixed", "count", "the same without heterogeneity"),
    Column("share", "number", "participants at the last look as a share of the required size, 0 to 1"),
    Column("alpha", "number", "two-sided"),
    Column("power", "number", "probability of finding the smallest relevant effect"),
    Column("effect", "number", "smallest relevant effect, natural scale"),
    Column("control_risk", "number", "risk in the control group that the size is worked out for"),
    Column("sd", "number", "standard deviation that the size is worked out for"),
    Column("heterogeneity", "text", "what the size is adjusted for: none, D2 or I2"),
    Column("heterogeneity_share", "number", "how large that is, 0 to 1"),
    Column("spending", "text", "how alpha is spent"),
    Column("futility", "text", "boundary of futility"),
    Column("convention", "text", "program whose conventions are followed"),
    Column("crossed", "text", "upper, lower, futility or none"),
    Column("crossed_at", "count", "number of the look where that was first"),
    Column("adjusted_low", "number", "at the last look, natural scale"),
    Column("adjusted_high", "number", "at the last look, natural scale"),
    Column("conditional_power", "number", "probability of crossing later on under the planned effect, 0 to 1"),
    Column("left_open", "text", "the choices that are not stated and taken as usual"),
    Column("conclusion_hangs_on", "text", "those of them with which the conclusion changes"),
)


def look_rows(found: Sequenced) -> list[dict[str, Any]]:
    """The looks by ``LOOKS``: those that have come, then the one at the required size where that is not reached."""
    s, made = found.analysis, found.analysis.result.looks
    rows = [_look_row(found, look, trial) for look, trial in zip(made, s.looks.trials, strict=False)]
    if PLANNED in s.looks.trials:
        last = {
            "look": len(made) + 1, "participants": float(whole(s.looks.required)), "share": 1.0,
            "boundary": float(s.bounds.upper[-1]), "futility": float(s.bounds.futility[-1]),
        }  # fmt: skip
        rows.append({c.name: last.get(c.name, _empty(c)) for c in LOOKS})
    return rows


def _empty(column: Column) -> Any:
    return math.nan if column.kind == "number" else ""


def _look_row(found: Sequenced, look: Look, trial: int) -> dict[str, Any]:
    study, measure, result = found.effects.studies[trial], found.effects.measure, found.analysis.result
    crossed = ""
    if look.number == result.crossed_at:
        crossed = "upper" if result.side > 0 else "lower"
    elif look.number == result.futile_at:
        crossed = "futility"
    values = (
        look.number, look.study, study.row.line, study.row.text("year"), look.participants, look.fraction,
        measure.to_natural(look.estimate), look.se, look.z, look.boundary, look.futility,
        natural_limit(measure, look.adjusted_low), natural_limit(measure, look.adjusted_high), look.p, crossed,
    )  # fmt: skip
    return dict(zip((c.name for c in LOOKS), values, strict=True))


def size_row(found: Sequenced) -> dict[str, Any]:
    """The whole analysis by ``SIZES``."""
    s, plan, spec, sought = found.analysis, found.analysis.plan, found.spec, found.analysis.plan.sought
    q = quantities(s, found.effects.measure)
    look = s.result.crossed_at or s.result.futile_at
    values = (
        spec.measure, spec.model, spec.tau2, "year" if found.dated else "table", found.effects.k,
        float(s.cumulative.participants[-1]), s.size.participants,
        "" if math.isnan(q["ris_fixed"]) else int(q["ris_fixed"]), q["ris_share"] / 100,
        plan.alpha, 1 - plan.beta, math.nan if sought is None else sought.effect,
        math.nan if sought is None else sought.control_risk, math.nan if sought is None else sought.sd,
        plan.adjustment, s.size.share, str(plan.spending), plan.futility, plan.convention, boundary_crossed(s),
        "" if look is None else look, q["tsa_ci_low"], q["tsa_ci_high"], q["conditional_power"] / 100,
        "; ".join(c.name for c in found.left_open), "; ".join(c.name for c in found.left_open if c.matters),
    )  # fmt: skip
    return dict(zip((c.name for c in SIZES), values, strict=True))
