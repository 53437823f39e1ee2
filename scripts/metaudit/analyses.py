"""Which rows an analysis is about, and which measures they allow."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import cached_property, lru_cache

import numpy as np

from metaudit.effects.compute import NEEDS, Effects, compute_effects, default_zero_cells
from metaudit.effects.convert import Converted, convert
from metaudit.effects.ready_made import ready_made_measures
from metaudit.effects.table import Numbers, Table
from metaudit.effects.zero_cells import ZeroCells, zero_cells_from
from metaudit.errors import DataError
from metaudit.formats.columns import COVARIATE_PREFIX
from metaudit.formats.indexed import Rows, column_name, known_columns
from metaudit.formats.review import Analysis
from metaudit.formats.select import select_places
from metaudit.formats.tables import Row
from metaudit.measures import measure_of
from metaudit.specs import COUNT_MODELS, Spec, usual_measures


class ConvertedRows(tuple[Converted, ...]):
    """Every row of a review, converted; which of them an analysis pools is looked up, not searched for."""

    @cached_property
    def rows(self) -> Rows:
        """The rows as typed, in the same order."""
        return Rows(c.row for c in self)


def converted_rows(rows: Iterable[Row]) -> ConvertedRows:
    """All rows of a table, converted."""
    return ConvertedRows(map(convert, rows))


def analysis_rows(analysis: Analysis, converted: Iterable[Converted]) -> list[Converted]:
    """The converted rows that an analysis pools.

    Parameters
    ----------
    converted : all that there are; ``ConvertedRows``, where several analyses are asked about
    """
    table = converted if isinstance(converted, ConvertedRows) else ConvertedRows(converted)
    return [table[i] for i in select_places(analysis, table.rows)[0]]


def totals(rows: Sequence[Converted]) -> dict[str, float]:
    """Sums of people and events over some rows; NaN where a row does not report them."""
    out = {}
    for name in ("n_t", "n_c", "n", "events_t", "events_c", "events"):
        values = [r.get(name) for r in rows]
        out[name] = math.fsum(values) if values else math.nan
    if math.isnan(out["n"]):  # in a crossover the same people stand in both arms
        pairs = [r.get("n_pairs") for r in rows]
        out["n"] = math.fsum(
            r.get("n_t") + r.get("n_c") if math.isnan(p) else p for r, p in zip(rows, pairs, strict=True)
        )
    return out


def data_kind(rows: Sequence[Converted]) -> str:
    """Which kind of data most rows have; empty when none is complete."""
    counts = {kind: sum(all(not math.isnan(r.get(n)) for n in needs) for r in rows) for kind, needs in NEEDS.items()}
    best = max(counts.values(), default=0)
    return next((k for k in NEEDS if counts[k] == best), "") if best else ""


def possible_measures(analysis: Analysis, rows: Sequence[Converted]) -> tuple[str, ...]:
    """The stated measures, or the usual ones for the data at hand; ready-made effects say themselves whether they are ratios."""
    if analysis.measures:
        return analysis.measures
    kind = data_kind(rows)
    return ready_made_measures(rows) if kind == "generic" else usual_measures(kind)


def moderators_lacking(analysis: Analysis, studies: Sequence[Converted]) -> list[tuple[str, ...]]:
    """The moderators of an analysis, by the names of their columns, of which each study has no value.

    A column that is empty for every study is not among them: no study lacks what the table does not have.
    """
    named = [str(m if isinstance(m, str) else m["column"]) for m in analysis.moderators]
    known = known_columns([s.row for s in studies])
    columns = {name: column_name(name, known) for name in named}
    held = [n for n, column in columns.items() if any(s.row.text(column) for s in studies)]
    return [tuple(n.removeprefix(COVARIATE_PREFIX) for n in held if not s.row.text(columns[n])) for s in studies]


def without_moderators(analysis: Analysis, studies: Sequence[Converted]) -> tuple[tuple[Converted, str], ...]:
    """The studies that a meta-regression leaves out for want of a moderator's value, each with the reason."""
    lacking = zip(studies, moderators_lacking(analysis, studies), strict=True)
    return tuple((s, f"no value of the moderator {', '.join(some)}") for s, some in lacking if some)


def complete_cases(analysis: Analysis, effects: Effects) -> tuple[Effects, tuple[tuple[Converted, str], ...]]:
    """The effects that have a value of every moderator, which a meta-regression is fitted to, and the others, with the reason.

    Raises
    ------
    DataError
        when no study has a value of every moderator.
    """
    if not analysis.moderators:
        return effects, ()
    lacking = moderators_lacking(analysis, effects.studies)
    if not any(lacking):
        return effects, ()
    if all(lacking):
        names = ", ".join(dict.fromkeys(n for some in lacking for n in some))
        raise DataError(f"no study has a value of every moderator ({names})")
    kept = effects.take(np.array([not some for some in lacking]))
    return replace(kept, incomplete=effects.incomplete), without_moderators(analysis, effects.studies)


def effects_of(
    spec: Spec, rows: Sequence[Converted], *, shared_control: str = "keep", design: str = "adjust"
) -> Effects:
    """The studies' effects under one specification.

    Mantel-Haenszel and mixed models pool the counts as they are. A correction only serves their Q, so that a study with a
    zero cell stays in although nothing is to be added. A study's own effect under Peto's method is Peto's, (O - E)/V (Yusuf et
    al. 1985, appendix), under the rule for zero cells: without one, a study without events, or with nothing else, has none.
    """
    measure, variance = _own_measure(spec)
    found = compute_effects(
        rows, measure, zero_cells=_correction(spec), variance=variance, shared_control=shared_control, design=design
    )
    if spec.model in COUNT_MODELS:
        found = with_counts(found)
    return found if measure == spec.measure else replace(found, measure=measure_of(spec.measure))


def with_counts(effects: Effects) -> Effects:
    """Without the studies that report their effect only: nothing of them can be added up."""
    without = np.asarray(np.isnan(list(effects.cells.values())).any(axis=0))
    if not without.any():
        return effects
    why = "the counts are not reported, and this model pools counts"
    aside = [(study, why) for study, odd in zip(effects.studies, without, strict=True) if odd]
    return replace(effects.take(~without), incomplete=(*effects.incomplete, *aside))


def numbers_of(spec: Spec, table: Table) -> Numbers:
    """The same as numbers alone, for rows that are evaluated many times.

    Raises
    ------
    DataError
        as :func:`effects_of`.
    """
    measure, variance = _own_measure(spec)
    found = table.effects(measure, zero_cells=_correction(spec), variance=variance)
    if spec.model in COUNT_MODELS:
        without = np.isnan(list(found.cells.values())).any(axis=0)
        found.yi[without], found.vi[without] = np.nan, np.nan
    return found


def _own_measure(spec: Spec) -> tuple[str, str]:
    """Measure and variance of the studies' own effects."""
    return ("PETO", "LS") if (spec.model, spec.measure) == ("peto", "OR") else (spec.measure, spec.variance)


@lru_cache(maxsize=1024)
def _rule(text: str, measure: str, of_counts: bool) -> ZeroCells:
    rule = zero_cells_from(text)
    if of_counts and rule.to == "none":
        rule = replace(default_zero_cells(measure), double_zero=rule.double_zero)
    return rule


def _correction(spec: Spec) -> ZeroCells:
    """What is added to the studies' own effects."""
    return _rule(spec.zero_cells, spec.measure, spec.model in COUNT_MODELS and spec.model != "peto")


def any_zero_cell(rows: Sequence[Converted]) -> bool:
    """Whether any study has a cell without, or with only, events."""
    for r in rows:
        for s in ("_t", "_c", ""):
            events, n = r.get(f"events{s}"), r.get(f"n{s}")
            if events == 0 or (not math.isnan(n) and events == n):
                return True
    return False
