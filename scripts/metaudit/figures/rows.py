"""The rows of a forest plot, from top to bottom, and the footnotes they need."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from metaudit.figures.content import NAN, Fit, ForestData, PrintedResult, Study
from metaudit.figures.wording import CERTAINTIES, effect_decimals
from metaudit.measures import Measure, measure_of

if TYPE_CHECKING:
    from metaudit.figures.layouts import Layout

Kind = Literal["study", "step", "heading", "subtotal", "note", "pooled", "events", "prediction", "printed", "space"]

_MARKS = "\u2020\u2021\u00a7\u00b6"
_LEADER: dict[str, float] = {
    "study": 13.0,
    "step": 13.0,
    "heading": 16.0,
    "subtotal": 14.0,
    "note": 11.0,
    "pooled": 15.0,
}
_LEADER |= {"events": 12.0, "prediction": 13.0, "printed": 15.0, "space": 5.0}
LINE = 9.5


@dataclass(frozen=True)
class Row:
    """One row: what it says and what it draws.

    Attributes
    ----------
    kind : decides the height, the type face and the mark
    label : text at the left; ``lines`` holds it broken into lines
    interval : estimate, lower and upper limit, natural scale; nan draws nothing
    texts : the estimate and its limits in words, in as many parts as the layout aligns
    weight : percent; nan prints nothing
    study : position in ``ForestData.studies`` (-1 when the row is not a study)
    members : positions of the studies a summary sums up
    cells : further columns by key, as printed
    """

    kind: Kind
    label: str = ""
    interval: tuple[float, float, float] = (NAN, NAN, NAN)
    texts: tuple[str, ...] = ()
    weight: float = NAN
    study: int = -1
    members: tuple[int, ...] = ()
    lines: tuple[str, ...] = ()
    cells: tuple[str, ...] = ()

    @property
    def height(self) -> float:
        """Height in points."""
        return _LEADER[self.kind] + self.leading * max(0, len(self.lines) - 1)

    @property
    def leading(self) -> float:
        """From one line of its label to the next, points."""
        return LINE if self.kind != "note" else LINE - 0.5

    @property
    def bold(self) -> bool:
        """Whether the row is set in bold."""
        return self.kind in ("heading", "pooled")


def certainty_marks(data: ForestData, *, printed: bool = True) -> dict[str, str]:
    """Give a mark to every certainty other than ``read``, in the order they occur: a dagger first."""
    seen = [s.certainty for s in data.studies] + ([data.printed.certainty] if data.printed and printed else [])
    wanted = dict.fromkeys(c for c in seen if c not in ("", "read"))
    return {c: _MARKS[min(i, len(_MARKS) - 1)] for i, c in enumerate(wanted)}


def footnotes(marks: dict[str, str]) -> list[str]:
    """One footnote per certainty below ``read``."""
    return [
        f"{mark} {certainty}: {CERTAINTIES.get(certainty, 'not read in the source')}"
        for certainty, mark in marks.items()
    ]


def forest_rows(data: ForestData, layout: Layout) -> list[Row]:
    """All rows of one forest plot, worded as a layout words them."""
    maker = _Rows(data, layout)
    rows, summary = maker.studies(), maker.summary()
    return [*rows, Row("space"), *summary] if summary else rows


def is_pooled(data: ForestData) -> bool:
    """Whether a pooled result is drawn: there is one, of at least two studies."""
    return data.pooled is not None and len(data.studies) > 1 and math.isfinite(data.pooled.estimate)


class _Rows:
    """The rows of one forest plot in one layout."""

    def __init__(self, data: ForestData, layout: Layout) -> None:
        self.data, self.layout, self.words = data, layout, layout.words
        self.measure: Measure = measure_of(data.measure)
        self.marks = certainty_marks(data, printed=layout.printed)
        self.decimals = effect_decimals((s.ci_high - s.ci_low for s in data.studies), self.measure)

    def studies(self) -> list[Row]:
        """Rows of the studies, under the headings of their subgroups where there are some."""
        studies = [self._study(i, s) for i, s in enumerate(self.data.studies)]
        if not self.data.subgroups:
            return studies
        rows: list[Row] = []
        fits = {f.subgroup: f for f in self.data.subgroups}
        for place, level in enumerate(_levels(self.data.studies, self.data.subgroups)):
            members = tuple(i for i, s in enumerate(self.data.studies) if s.subgroup == level)
            rows.append(Row("heading", self.words.subgroup_heading(self.data.subgroup_name, level, place)))
            rows += [studies[i] for i in members]
            if level in fits:
                rows += self._subtotal(fits[level], members)
            rows.append(Row("space"))
        return rows[:-1]

    def summary(self) -> list[Row]:
        """Rows below the studies: pooled, prediction interval, printed."""
        rows: list[Row] = []
        fit, measure = self.data.pooled, self.measure
        if fit is not None and is_pooled(self.data):
            decimals = self._summary_decimals()
            weights = [s.weight for s in self.data.studies if math.isfinite(s.weight)]
            label = self.words.intercept if self.data.covariates else self.words.pooled(fit)
            everyone = tuple(range(len(self.data.studies)))
            rows.append(self._fit("pooled", label, fit, decimals, math.fsum(weights) if weights else NAN, everyone))
            rows += self._events(everyone)
            if self.layout.prediction and math.isfinite(fit.pi_low) and math.isfinite(fit.pi_high):
                limits = (NAN, fit.pi_low, fit.pi_high)
                texts = self.words.interval(limits, decimals, measure)
                rows.append(Row("prediction", self.words.prediction(fit), limits, texts))
        if self.data.printed and self.layout.printed:
            rows.append(self._printed(self.data.printed))
        return rows

    def _summary_decimals(self) -> int:
        printed = self.data.printed if self.layout.printed else None
        return max(self.decimals, min(printed.decimals, 4)) if printed else self.decimals

    def _study(self, index: int, study: Study) -> Row:
        mark = self.marks.get(study.certainty, "")
        interval = (study.estimate, study.ci_low, study.ci_high)
        texts = self.words.interval(interval, self.decimals, self.measure)
        return Row("study", f"{study.label} {mark}".strip(), interval, texts, study.weight, index)

    def _subtotal(self, fit: Fit, members: tuple[int, ...]) -> list[Row]:
        if fit.k < 2 and not self.layout.single_subtotals:
            return []
        weights = [self.data.studies[i].weight for i in members]
        row = self._fit("subtotal", self.words.subtotal(fit), fit, self.decimals, math.fsum(weights), members)
        return [
            row,
            *self._events(members),
            *(Row("note", note) for note in self.words.subtotal_notes(fit, self.measure)),
        ]

    def _events(self, members: tuple[int, ...]) -> list[Row]:
        shown = self.layout.events_row and self.measure.kind in ("counts", "rates")
        known = shown and all("events_t" in self.data.studies[i].values for i in members)
        return [Row("events", self.layout.events_row, members=members)] if known else []

    def _fit(self, kind: Kind, label: str, fit: Fit, decimals: int, weight: float, members: tuple[int, ...]) -> Row:
        interval = (fit.estimate, fit.ci_low, fit.ci_high)
        texts = self.words.interval(interval, decimals, self.measure)
        return Row(kind, label, interval, texts, weight, members=members)

    def _printed(self, printed: PrintedResult) -> Row:
        interval = (printed.estimate, printed.ci_low, printed.ci_high)
        label = f"As printed ({printed.method})" if printed.method else "As printed"
        texts = self.words.interval(interval, printed.decimals, self.measure, exact=True)
        return Row("printed", f"{label} {self.marks.get(printed.certainty, '')}".strip(), interval, texts)


def _levels(studies: Iterable[Study], fits: Sequence[Fit]) -> list[str]:
    present = dict.fromkeys(s.subgroup for s in studies)
    ordered = [f.subgroup for f in fits if f.subgroup in present]
    return ordered + [level for level in present if level not in ordered]
