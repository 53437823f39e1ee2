"""The rows of a forest plot, from top to bottom, and the footnotes they need."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from metaudit.figures.content import NAN, Fit, ForestData, PrintedResult, Study
from metaudit.figures.wording import (
    CERTAINTIES,
    MODELS,
    effect,
    effect_decimals,
    heterogeneity,
    level_text,
    number,
)
from metaudit.measures import Measure, measure_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Kind = Literal["study", "heading", "subtotal", "note", "pooled", "prediction", "printed", "space"]

_MARKS = "\u2020\u2021\u00a7\u00b6"
_LEADER = {"study": 13.0, "heading": 16.0, "subtotal": 14.0, "note": 11.0, "pooled": 15.0, "prediction": 13.0}
_LEADER |= {"printed": 15.0, "space": 5.0}


@dataclass(frozen=True)
class Row:
    """One row: what it says and what it draws.

    Attributes
    ----------
    kind : decides the height, the type face and the mark
    label : text at the left
    interval : estimate, lower and upper limit, natural scale; nan draws nothing
    texts : estimate and both limits as printed
    weight : percent; nan prints nothing
    study : position in ``ForestData.studies`` (-1 when the row is not a study)
    """

    kind: Kind
    label: str = ""
    interval: tuple[float, float, float] = (NAN, NAN, NAN)
    texts: tuple[str, str, str] = ("", "", "")
    weight: float = NAN
    study: int = -1

    @property
    def height(self) -> float:
        """Height in points."""
        return _LEADER[self.kind]

    @property
    def bold(self) -> bool:
        """Whether the row is set in bold."""
        return self.kind in ("heading", "pooled")


def certainty_marks(data: ForestData) -> dict[str, str]:
    """Give a mark to every certainty other than ``read``, in the order they occur: a dagger first."""
    seen = [s.certainty for s in data.studies] + ([data.printed.certainty] if data.printed else [])
    wanted = dict.fromkeys(c for c in seen if c not in ("", "read"))
    return {c: _MARKS[min(i, len(_MARKS) - 1)] for i, c in enumerate(wanted)}


def footnotes(marks: dict[str, str]) -> list[str]:
    """One footnote per certainty below ``read``."""
    return [
        f"{mark} {certainty}: {CERTAINTIES.get(certainty, 'not read in the source')}"
        for certainty, mark in marks.items()
    ]


def forest_rows(data: ForestData) -> list[Row]:
    """All rows of one forest plot."""
    measure = measure_of(data.measure)
    decimals = effect_decimals((s.ci_high - s.ci_low for s in data.studies), measure)
    marks = certainty_marks(data)
    rows = _study_rows(data, measure, decimals, marks)
    summary = _summary_rows(data, measure, decimals)
    if data.printed:
        summary.append(_printed_row(data.printed, measure, marks))
    return [*rows, Row("space"), *summary] if summary else rows


def _study_rows(data: ForestData, measure: Measure, decimals: int, marks: dict[str, str]) -> list[Row]:
    studies = [_study_row(i, s, measure, decimals, marks) for i, s in enumerate(data.studies)]
    if not data.subgroups:
        return studies
    rows: list[Row] = []
    fits = {f.subgroup: f for f in data.subgroups}
    for level in _levels(data.studies, data.subgroups):
        rows.append(Row("heading", _heading(data.subgroup_name, level)))
        rows += [r for r, s in zip(studies, data.studies, strict=True) if s.subgroup == level]
        if level in fits:
            rows += _subtotal_rows(fits[level], data.studies, measure, decimals)
        rows.append(Row("space"))
    return rows[:-1]


def _levels(studies: Iterable[Study], fits: Iterable[Fit]) -> list[str]:
    present = dict.fromkeys(s.subgroup for s in studies)
    ordered = [f.subgroup for f in fits if f.subgroup in present]
    return ordered + [level for level in present if level not in ordered]


def _heading(name: str, level: str) -> str:
    if not level:
        return "Subgroup not given"
    return f"{name} = {level}" if name else level


def _study_row(index: int, study: Study, measure: Measure, decimals: int, marks: dict[str, str]) -> Row:
    mark = marks.get(study.certainty, "")
    label = f"{study.label} {mark}" if mark else study.label
    interval = (study.estimate, study.ci_low, study.ci_high)
    return Row("study", label, interval, _texts(interval, decimals, measure), study.weight, index)


def _subtotal_rows(fit: Fit, studies: Sequence[Study], measure: Measure, decimals: int) -> list[Row]:
    if fit.k < 2:
        return []
    weight = math.fsum(s.weight for s in studies if s.subgroup == fit.subgroup)
    rows = [_fit_row("subtotal", f"Subtotal (k = {fit.k})", fit, measure, decimals, weight)]
    detail = heterogeneity(fit)
    return [*rows, Row("note", detail)] if detail else rows


def _summary_rows(data: ForestData, measure: Measure, decimals: int) -> list[Row]:
    fit = data.pooled
    if fit is None or len(data.studies) < 2 or not math.isfinite(fit.estimate):
        return []
    method = f" ({fit.tau2_method})" if fit.model == "random" and fit.tau2_method else ""
    weights = [s.weight for s in data.studies if math.isfinite(s.weight)]
    total = math.fsum(weights) if weights else NAN
    decimals = max(decimals, min(data.printed.decimals, 4)) if data.printed else decimals
    rows = [
        _fit_row("pooled", f"{MODELS.get(fit.model, fit.model) or 'Pooled'}{method}", fit, measure, decimals, total)
    ]
    if math.isfinite(fit.pi_low) and math.isfinite(fit.pi_high):
        limits = (NAN, fit.pi_low, fit.pi_high)
        label = f"{level_text(fit.level)} prediction interval"
        rows.append(Row("prediction", label, limits, _texts(limits, decimals, measure)))
    return rows


def _fit_row(kind: Kind, label: str, fit: Fit, measure: Measure, decimals: int, weight: float) -> Row:
    interval = (fit.estimate, fit.ci_low, fit.ci_high)
    return Row(kind, label, interval, _texts(interval, decimals, measure), weight)


def _printed_row(printed: PrintedResult, measure: Measure, marks: dict[str, str]) -> Row:
    interval = (printed.estimate, printed.ci_low, printed.ci_high)
    label = f"As printed ({printed.method})" if printed.method else "As printed"
    mark = marks.get(printed.certainty, "")
    return Row("printed", f"{label} {mark}".strip(), interval, _texts(interval, printed.decimals, measure, exact=True))


def _texts(
    interval: tuple[float, float, float], decimals: int, measure: Measure, *, exact: bool = False
) -> tuple[str, str, str]:
    """Write the three numbers of an interval with their brackets; ``exact`` keeps the decimals whatever the size."""
    factor = 100.0 if measure.kind == "proportion" else 1.0
    shown = [number(factor * v, decimals) if exact else effect(v, decimals, measure) for v in interval]
    estimate, low, high = shown
    if not low or not high:
        return (estimate, "", "")
    return (estimate, f"[{low},", f"{high}]")
