"""What a forest plot says in words, and the numbers it draws."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from metaudit.audit_words.input_words import covariate_name
from metaudit.figures.content import Fit, ForestData
from metaudit.figures.rows import forest_rows
from metaudit.figures.wording import (
    effect,
    effect_decimals,
    heterogeneity,
    level_text,
    long_name,
    model_line,
    number,
)
from metaudit.measures import Measure, measure_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from metaudit.figures.layouts import Layout

MARK_COLUMNS = ("mark", "label", "subgroup", "estimate", "ci_low", "ci_high", "weight")
_DRAWN = ("study", "subtotal", "pooled", "prediction", "printed")


def mark_rows(data: ForestData, layout: Layout) -> list[dict[str, object]]:
    """List every mark of a forest plot with its numbers, natural scale, from top to bottom."""
    rows: list[dict[str, object]] = []
    level = ""
    for row in forest_rows(data, layout):
        if row.kind == "study" and data.subgroups:
            level = data.studies[row.study].subgroup
        if row.kind not in _DRAWN:
            continue
        label = data.studies[row.study].label if row.kind == "study" else row.label
        inside = level if row.kind in ("study", "subtotal") else ""
        numbers = dict(zip(("estimate", "ci_low", "ci_high"), row.interval, strict=True))
        said = {f"bias_{d}": data.studies[row.study].bias.get(d, "") for d in data.domains} if row.study >= 0 else {}
        rows.append({"mark": row.kind, "label": label, "subgroup": inside, **numbers, "weight": row.weight, **said})
    return rows


def forest_alt(data: ForestData) -> str:
    """Say what a forest plot shows: how many studies, between which values, the pooled result, the printed one."""
    measure = measure_of(data.measure)
    decimals = effect_decimals((s.ci_high - s.ci_low for s in data.studies), measure)
    said = [_studies_said(data, measure, decimals)]
    fit = data.pooled
    if fit and len(data.studies) > 1 and math.isfinite(fit.estimate):
        what = "intercept of the meta-regression " if data.covariates else ""
        said.append(f"{model_line(fit)}: {what}{interval_said(fit, measure, decimals)}{_heterogeneity_said(fit)}.")
        if math.isfinite(fit.pi_low) and math.isfinite(fit.pi_high):
            limits = _between(fit.pi_low, fit.pi_high, decimals, measure)
            said.append(f"The {level_text(fit.level)} prediction interval reaches from {limits}.")
    if data.subgroups and len(data.studies) > 1:
        parts = [f"{f.subgroup} {interval_said(f, measure, decimals)}" for f in data.subgroups]
        by = covariate_name(data.subgroup_name) if data.subgroup_name else "subgroup"
        said.append(f"By {by}: {'; '.join(parts)}.")
    if data.printed:
        printed = data.printed
        ends = (printed.estimate, printed.ci_low, printed.ci_high)
        factor = 100.0 if measure.kind == "proportion" else 1.0
        shown = [number(factor * v, printed.decimals) for v in ends]
        interval = f" ({shown[1]} to {shown[2]})" if shown[1] and shown[2] else ""
        said.append(f"The paper prints {shown[0]}{interval}.")
    return " ".join(said)


def _studies_said(data: ForestData, measure: Measure, decimals: int) -> str:
    name = long_name(measure).removesuffix(", log scale")
    name = name[:1].lower() + name[1:]
    values = [s.estimate for s in data.studies if math.isfinite(s.estimate)]
    count = len(data.studies)
    if not values:
        return f"{count} {_studies(count)}, none with an estimate of the {name}."
    if len(values) == 1:
        only = next(s for s in data.studies if math.isfinite(s.estimate))
        said = interval_said(only, measure, decimals)
        rest = "" if count == 1 else f"; {count - 1} more cannot be estimated"
        return f"One study, {only.label}: {name} {said}{rest}."
    missing = f"; {count - len(values)} more cannot be estimated" if count > len(values) else ""
    null = _null_said(values, measure)
    return f"{len(values)} studies, {name} from {_between(min(values), max(values), decimals, measure)}{null}{missing}."


def _null_said(values: Sequence[float], measure: Measure) -> str:
    if measure.null is None:
        return ""
    below = sum(v < measure.null for v in values)
    return f", {below} of them below {measure.null:g}" if below else f", none below {measure.null:g}"


def interval_said(fit: Fit | object, measure: Measure, decimals: int) -> str:
    """``0.49 (0.34 to 0.70)``; the estimate alone where there are no limits."""
    estimate, low, high = (effect(getattr(fit, name), decimals, measure) for name in ("estimate", "ci_low", "ci_high"))
    return f"{estimate} ({low} to {high})" if low and high else estimate or "not estimable"


def _heterogeneity_said(fit: Fit) -> str:
    found = heterogeneity(fit)
    return f"; {found}" if found else ""


def _between(low: float, high: float, decimals: int, measure: Measure) -> str:
    return f"{effect(low, decimals, measure)} to {effect(high, decimals, measure)}"


def _studies(count: int) -> str:
    return "study" if count == 1 else "studies"
