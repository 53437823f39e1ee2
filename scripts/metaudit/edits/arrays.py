"""What many edited tables give under many specifications, in the arrays that printed numbers are matched with."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from functools import cached_property
from itertools import chain, repeat
from typing import Any

import numpy as np

from metaudit.edits.regressions import Design, designs_of, regressions_of
from metaudit.edits.sets import Effected, Tables, effects_of_tables
from metaudit.effects.zero_cells import Floats
from metaudit.formats.indexed import column_name, known_columns
from metaudit.formats.review import Analysis
from metaudit.measures import measure_of
from metaudit.search.batch import between_groups, effects_key, fit_key
from metaudit.search.fits import Fits, by_inverse_variance, fits_of, fits_of_many, read_off_one
from metaudit.search.plan import PART_OF, by_measure
from metaudit.search.results import QUANTITIES, ByMeasure, Results, StudyClasses
from metaudit.search.targets import Target
from metaudit.specs import Spec

OF_STUDIES = frozenset(("study_estimate", "study_ci_low", "study_ci_high", "study_se", "study_variance", "weight"))


class _Tabled(Results):
    """Results of every table under each of some specifications, one specification's tables after another's."""

    @cached_property
    def _each(self) -> tuple[ByMeasure, Floats]:
        """Every measure with its places, and the level of each place."""
        return by_measure([s.measure for s in self.specs]), np.array([s.level for s in self.specs])

    def of_classes(self, quantity: str) -> tuple[ByMeasure, Floats]:
        """Every measure with its places, and the typical size of each."""
        return self._each[0], self.typical_n

    def study_classes(self, row: int, *, by_level: bool) -> StudyClasses:
        """One row by place."""
        measures, levels = self._each
        of = np.arange(len(self.specs))
        return StudyClasses(self.yi[:, row], self.vi[:, row], levels, self.people[:, row], measures, of)


def results_of(
    specs: Sequence[Spec], tables: Tables, analysis: Analysis, *, rows: int, targets: Sequence[Target]
) -> Results:
    """All tables under all specifications, one after the other, as if each pair were a specification of its own.

    Parameters
    ----------
    analysis : with its subgroups
    rows : how many of the first places of the tables are rows of the analysis
    targets : what is compared later: of other studies nothing is kept, and what is read off a fit otherwise stays NaN
    """
    d, shown = tables.inside.shape[1], _shown(targets, tables, rows)
    levels = _levels(analysis, tables)
    wanted = {"tau2" if t.quantity == "tau" else t.quantity for t in targets}
    wanted |= {"estimate", "se"} if levels else set()  # they go into the test between subgroups
    names = [q for q in QUANTITIES if q in wanted]
    parts = sorted({PART_OF[q] for q in names} - {"fit"})
    whole = _blank(specs, tables, shown, names=names)
    for level in levels:
        whole.groups[level] = _blank(specs, tables, shown, names=names)  # type: ignore[index]
    fits: dict[Any, Fits] = {}
    designs: dict[Any, tuple[Design, ...]] = {}
    regressed: list[Mapping[str, Mapping[str, Floats]]] = []
    studies = np.zeros((len(levels), len(specs) * d), dtype=bool)
    for i, spec in enumerate(specs):
        key, effected = effects_key(spec), effects_of_tables(spec, tables)
        at = slice(i * d, (i + 1) * d)
        if analysis.moderators:
            if key not in designs:
                designs[key] = designs_of(analysis, tables, effected.inside)
            regressed.append(_enter_regression(whole, at, spec, effected, designs=designs[key], shown=shown))
        else:
            whole_fits = _fit(fits, spec, specs[i:], effected, level="", keep=None)
            _enter(whole, at, spec, effected, fits=whole_fits, parts=parts, shown=shown, keep=None)
        for g, (level, mask) in enumerate(levels.items()):
            studies[g, at] = (effected.inside & mask[:, None]).any(axis=0)
            part = whole.groups[level]
            own = _fit(fits, spec, specs[i:], effected, level=level, keep=mask)
            _enter(part, at, spec, effected, fits=own, parts=parts, shown=shown, keep=mask)
    if levels:
        between_groups(whole, studies=studies)
    _enter_terms(whole, regressed, blank=lambda: _blank(specs, tables, (), names=QUANTITIES))
    return whole


def studies_of(spec: Spec, tables: Tables, *, rows: int, targets: Sequence[Target]) -> Results:
    """The effects of single studies in all tables, for which nothing is fitted; parameters as in :func:`results_of`."""
    shown = _shown(targets, tables, rows)
    found, effected = _blank((spec,), tables, shown, names=()), effects_of_tables(spec, tables)
    _enter_effects(found, slice(None), effected, inside=effected.inside, shown=shown)
    return found


def _enter_regression(
    results: Results, at: slice, spec: Spec, effected: Effected, *, designs: Sequence[Design], shown: Sequence[int]
) -> Mapping[str, Mapping[str, Floats]]:
    """Fill in the numbers of a meta-regression, those of the intercept as its pooled ones; the coefficients by term."""
    numbers, terms, weights = regressions_of(spec, effected, designs)
    for name, values in numbers.items():
        results.values.setdefault(name, np.full(len(results.specs), np.nan))[at] = values  # type: ignore[attr-defined]
    _enter_studies(results, at, effected, inside=np.isfinite(weights), weights=weights, shown=shown)
    return terms


def _enter_terms(
    whole: Results, regressed: Sequence[Mapping[str, Mapping[str, Floats]]], *, blank: Callable[[], Results]
) -> None:
    """The coefficients of every term, as a group that is called like it."""
    d = len(whole.specs) // max(1, len(regressed))
    for i, terms in enumerate(regressed):
        for term, numbers in terms.items():
            if term not in whole.groups:
                whole.groups[term] = blank()  # type: ignore[index]
            values: Any = whole.groups[term].values
            for name, found in numbers.items():
                values.setdefault(name, np.full(len(whole.specs), np.nan))[i * d : (i + 1) * d] = found


def _shown(targets: Sequence[Target], tables: Tables, rows: int) -> tuple[int, ...]:
    """Places of studies of which something is printed; a study that counts twice, or comes in beside itself, keeps one."""
    asked = {t.subject for t in targets if t.quantity in OF_STUDIES}
    own = {c.label for c in tables.rows[:rows]}
    return tuple(
        i
        for i, c in enumerate(tables.rows)
        if asked & {c.label, f"row {c.row.line}"} and (i < rows or c.label not in own)
    )


def _blank(specs: Sequence[Spec], tables: Tables, shown: Sequence[int], *, names: Sequence[str]) -> Results:
    """Results of every table under each specification, of the shown places and the named quantities, with nothing entered."""
    lines, labels = tuple(tables.rows[i].row.line for i in shown), tuple(tables.rows[i].label for i in shown)
    d = tables.inside.shape[1]
    n = len(specs) * d
    repeated = tuple(chain.from_iterable(repeat(s, d) for s in specs))
    yi, vi, weights = (np.full((n, len(shown)), np.nan) for _ in range(3))
    sizes, subgroup_q, subgroup_p = (np.full(n, np.nan) for _ in range(3))
    values = {q: np.full(n, np.nan) for q in names}
    # Only a double arcsine asks for them, and then an edit may have changed them.
    asked = any(s.measure == "PFT" for s in specs)
    people = np.full((n, len(shown)), np.nan) if asked else np.broadcast_to(np.nan, (n, len(shown)))
    return _Tabled(
        repeated,
        lines,
        labels,
        values,
        yi,
        vi,
        weights,
        sizes,
        people,
        {},
        subgroup_q=subgroup_q,
        subgroup_p=subgroup_p,
    )


def _fit(fits: dict[Any, Fits], spec: Spec, rest: Sequence[Spec], effected: Effected, *, level: str, keep: Any) -> Fits:
    """The fits of all tables under one specification; where they are not known yet, of those to come that need the same effects, too."""
    key = (effects_key(spec), fit_key(spec), level)
    if key in fits:
        return fits[key]
    inside = _inside(effected, keep)
    if not by_inverse_variance(spec):
        fits[key] = fits_of(spec, effected.yi, effected.vi, mask=inside, cells=effected.cells or None)
        return fits[key]
    alike = {fit_key(s): s for s in rest if effects_key(s) == key[0] and by_inverse_variance(s)}
    found = fits_of_many(list(alike.values()), effected.yi, effected.vi, mask=inside)
    fits.update({(key[0], own, level): f for own, f in zip(alike, found, strict=True)})
    return fits[key]


def _inside(effected: Effected, keep: Any) -> Any:
    return effected.inside if keep is None else effected.inside & keep[:, None]


def _enter(
    results: Results,
    at: slice,
    spec: Spec,
    effected: Effected,
    *,
    fits: Fits,
    parts: Collection[str],
    shown: Sequence[int],
    keep: Any,
) -> None:
    inside = _inside(effected, keep)
    numbers = read_off_one(fits, spec, parts=parts)
    for name, values in results.values.items():
        values[at] = numbers[name]
    _enter_studies(results, at, effected, inside=inside, weights=numbers["weights"], shown=shown)
    if measure_of(spec.measure).code == "PFT" and "n" in effected.cells:
        n = np.where(inside, effected.cells["n"], np.nan)
        results.typical_n[at] = inside.sum(axis=0) / np.nansum(1 / n, axis=0)


def _enter_studies(
    results: Results, at: slice, effected: Effected, *, inside: Any, weights: Floats, shown: Sequence[int]
) -> None:
    _enter_effects(results, at, effected, inside=inside, shown=shown)
    if shown:
        results.weights[at] = weights[list(shown)].T


def _enter_effects(results: Results, at: slice, effected: Effected, *, inside: Any, shown: Sequence[int]) -> None:
    places = list(shown)
    if places:
        results.yi[at] = np.where(inside[places], effected.yi[places], np.nan).T
        results.vi[at] = np.where(inside[places], effected.vi[places], np.nan).T
        if results.people.flags.writeable and "n" in effected.cells:
            results.people[at] = effected.cells["n"][places].T


def _levels(analysis: Analysis, tables: Tables) -> Mapping[str, Any]:
    """Which places belong to each level of the subgroups."""
    if not analysis.subgroups:
        return {}
    name = column_name(analysis.subgroups, known_columns([c.row for c in tables.rows]))
    values = np.array([c.row.text(name) or "(not reported)" for c in tables.rows])
    return {str(level): values == level for level in sorted(set(values))}
