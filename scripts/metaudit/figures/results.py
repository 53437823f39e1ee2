"""From what was read about one analysis to what its forest plot shows."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from metaudit.figures.columns import data_keys
from metaudit.figures.content import Fit, ForestData, Study, SubgroupTest
from metaudit.figures.inputs import AnalysisInput, number
from metaudit.figures.moderators import column_words
from metaudit.figures.printed import printed_result

Cells = Mapping[str, str]

BIAS_PREFIX = "rob_"


def forest_data(data: AnalysisInput) -> ForestData:
    """Gather what the forest plot of an analysis shows."""
    weights = {r.get("row", ""): r for r in data.weights}
    bias = {r["row"]: _judgements(r) for r in data.extraction}
    studies = tuple(
        _study(row, data.labels[row["row"]], weights.get(row["row"], {}), data.measure.kind, bias.get(row["row"], {}))
        for row in data.effects
    )
    return ForestData(
        title=data.title,
        measure=data.measure.code,
        studies=studies,
        pooled=_fit(data.primary) if data.primary else None,
        subgroups=tuple(_fit(r) for r in data.pooled if r.get("role") == "subgroup"),
        subgroup_name=str(data.described.get("subgroups") or ""),
        subgroup_test=_subgroup_test(data.pooled),
        printed=printed_result(data.claims, data.analysis, data.measure),
        favours=str(data.described.get("favours") or ""),
        covariates=tuple(_covariate(data, m) for m in data.described.get("moderators") or ()),
    )


def _covariate(data: AnalysisInput, moderator: str | Mapping[str, object]) -> str:
    """Name a moderator as a reader would, with its transformation: ``log ablat``, ``sqrt mean dose``."""
    if isinstance(moderator, str):
        return column_words(data, moderator)
    return f"{moderator.get('transform') or ''} {column_words(data, str(moderator['column']))}".strip()


def _judgements(row: Cells) -> dict[str, str]:
    """Risk of bias of a study: domain -> judgement, from the columns ``rob_*`` of extraction.csv."""
    return {name.removeprefix(BIAS_PREFIX): said for name, said in row.items() if name.startswith(BIAS_PREFIX)}


def _study(row: Cells, label: str, weight: Cells, kind: str, bias: Mapping[str, str]) -> Study:
    values = {key: number(row, key) for key in data_keys(kind)}
    values |= {"yi": number(row, "yi"), "se": math.sqrt(number(row, "vi")) if number(row, "vi") >= 0 else math.nan}
    return Study(
        label=label,
        estimate=number(row, "estimate"),
        ci_low=number(row, "ci_low"),
        ci_high=number(row, "ci_high"),
        weight=number(weight, "weight"),
        subgroup=row.get("subgroup") or "",
        certainty=row.get("certainty") or "read",
        values=values,
        bias=bias,
    )


def _fit(row: Cells) -> Fit:
    numbers = ("estimate", "ci_low", "ci_high", "pi_low", "pi_high", "stat", "p", "q", "q_df", "q_p", "tau2", "i2")
    level, k = number(row, "level"), number(row, "k")
    return Fit(
        **{name: number(row, name) for name in numbers},
        k=int(k) if math.isfinite(k) else 0,
        subgroup=row.get("subgroup") or "",
        model=row.get("model") or "",
        tau2_method=row.get("tau2_method") or "",
        ci_method=row.get("ci_method") or "",
        level=level if 0 < level < 1 else 0.95,
    )


def _subgroup_test(pooled: Sequence[Cells]) -> SubgroupTest | None:
    for row in pooled:
        test = SubgroupTest(*(number(row, c) for c in ("subgroup_q", "subgroup_df", "subgroup_p")))
        if math.isfinite(test.q) and math.isfinite(test.df):
            return test
    return None
