"""Many specifications evaluated on one analysis: effects once a variant, fits once an estimator, the rest read off."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
from scipy.special import chdtrc

from metaudit.analyses import effects_of
from metaudit.effects.compute import Effects
from metaudit.effects.convert import Converted
from metaudit.effects.zero_cells import Floats
from metaudit.errors import DataError
from metaudit.evaluate import Evaluated, Settings, evaluate_effects, subgroup_masks, with_reading
from metaudit.formats.review import Analysis
from metaudit.search.fits import Fits, can_be_batched, fits_of, read_off
from metaudit.search.results import QUANTITIES, Results, blank_results
from metaudit.specs import COUNT_MODELS, Spec

COUNT_CELLS = ("events_t", "n_t", "events_c", "n_c", "time_t", "time_c", "events", "n")


@dataclass(frozen=True)
class _Variant:
    """The effects that several specifications share, spread over all rows of the analysis."""

    effects: Effects
    place: Any
    yi: Floats
    vi: Floats
    cells: Mapping[str, Floats]


def evaluate_specs(
    specs: Sequence[Spec], rows: Sequence[Converted], analysis: Analysis, *, settings: Settings | None = None
) -> Results:
    """Every number of every specification.

    Parameters
    ----------
    specs : any specifications; those that arrays do not compute go through ``evaluate`` one by one
    rows : the analysis's converted rows
    analysis : its subgroups and moderators

    Returns
    -------
    Results
        with the specifications in the given order; the ones that are not defined for these rows hold NaN and their
        reason stands in ``failed``.
    """
    failed: dict[int, str] = {}
    variants = _variants(specs, rows, failed)
    levels = _levels(analysis, variants)
    lines, labels = _lines(rows), _labels(rows)
    parts = {level: blank_results(specs, lines=lines, labels=labels) for level in levels}
    whole = replace(blank_results(specs, lines=lines, labels=labels), groups=parts, failed=failed)
    together: list[int] = []
    alone: list[int] = []
    for i, spec in enumerate(specs):
        if i in failed:
            continue
        batched = can_be_batched(spec) and not analysis.moderators
        (together if batched else alone).append(i)
    _fill_batched(whole, together, variants)
    for level in levels:
        masks = {key: _level_mask(v, analysis, level) for key, v in variants.items()}
        _fill_batched(parts[level], together, variants, masks=masks)
    _fill_alone(whole, alone, variants, analysis=analysis, settings=settings or Settings())
    if levels:
        between_groups(whole)
    return whole


def _lines(rows: Sequence[Converted]) -> tuple[int, ...]:
    return tuple(r.row.line for r in rows)


def _labels(rows: Sequence[Converted]) -> tuple[str, ...]:
    return tuple(r.label for r in rows)


def effects_key(spec: Spec) -> tuple[Any, ...]:
    """What a study's own effect depends on."""
    return spec.measure, spec.zero_cells, spec.variance, spec.model in COUNT_MODELS


def _variants(
    specs: Sequence[Spec], rows: Sequence[Converted], failed: dict[int, str]
) -> dict[tuple[Any, ...], _Variant]:
    found: dict[tuple[Any, ...], _Variant | str] = {}
    line_place = {r.row.line: i for i, r in enumerate(rows)}
    for i, spec in enumerate(specs):
        key = effects_key(spec)
        if key not in found:
            found[key] = _variant(spec, rows, line_place)
        made = found[key]
        if isinstance(made, str):
            failed[i] = made
    return {k: v for k, v in found.items() if isinstance(v, _Variant)}


def _variant(spec: Spec, rows: Sequence[Converted], line_place: Mapping[int, int]) -> _Variant | str:
    try:
        effects = effects_of(spec, rows)
    except DataError as error:
        return str(error)
    if effects.k == 0:
        return f"no study gives a usable {spec.measure}"
    place = np.array([line_place[s.row.line] for s in effects.studies])
    yi, vi = np.full(len(rows), np.nan), np.full(len(rows), np.nan)
    yi[place], vi[place] = effects.yi, effects.vi
    cells = {}
    for name in COUNT_CELLS:
        if name in effects.cells:
            spread = np.full(len(rows), np.nan)
            spread[place] = effects.cells[name]
            cells[name] = spread
    return _Variant(effects, place, yi, vi, cells)


def _levels(analysis: Analysis, variants: Mapping[tuple[Any, ...], _Variant]) -> list[str]:
    if not analysis.subgroups:
        return []
    return sorted({level for v in variants.values() for level in subgroup_masks(analysis, v.effects)})


def _level_mask(v: _Variant, analysis: Analysis, level: str) -> Any:
    """Which rows of the analysis belong to a subgroup, under one variant of the effects."""
    inside = np.zeros(v.yi.size, dtype=bool)
    mask = subgroup_masks(analysis, v.effects).get(level)
    if mask is not None:
        inside[v.place[mask]] = True
    return inside


def fit_key(spec: Spec) -> tuple[Any, ...]:
    """What an array fit depends on beside the effects; specifications with one key share a call."""
    if spec.model in ("mantel-haenszel", "peto"):
        zero = spec.zero_cells if spec.counts else ""
        return spec.model, spec.measure, spec.counts, zero, spec.rd_variance, spec.q_of_all
    if spec.q != "inverse-variance":
        zero = spec.zero_cells if spec.q == "mantel-haenszel-corrected" else ""
        return spec.model, spec.tau2, spec.q, spec.measure, zero
    return spec.model, spec.tau2


def _fill_batched(
    results: Results,
    chosen: Sequence[int],
    variants: Mapping[tuple[Any, ...], _Variant],
    *,
    masks: Mapping[tuple[Any, ...], Any] | None = None,
) -> None:
    """Fit each estimator once over all variants that need it, then read every specification off its fit."""
    if not chosen:
        return
    wanted: dict[tuple[Any, ...], dict[tuple[Any, ...], list[int]]] = {}
    for i in chosen:
        spec = results.specs[i]
        wanted.setdefault(fit_key(spec), {}).setdefault(effects_key(spec), []).append(i)
    for members in wanted.values():
        keys = [k for k in members if masks is None or masks[k].any()]
        if not keys:
            continue
        used = [variants[k] for k in keys]
        y, v = (np.column_stack([getattr(u, n) for u in used]) for n in ("yi", "vi"))
        inside = np.isfinite(y) & np.isfinite(v)
        if masks is not None:
            inside &= np.column_stack([masks[k] for k in keys])
        names = [n for n in COUNT_CELLS if all(n in u.cells for u in used)]
        cells = {n: np.column_stack([u.cells[n] for u in used]) for n in names}
        first = results.specs[members[keys[0]][0]]
        fits = fits_of(first, y, v, mask=inside, cells=cells or None)
        column = np.concatenate([np.full(len(members[k]), c) for c, k in enumerate(keys)])
        index = np.concatenate([members[k] for k in keys]).astype(int)
        _typical_sizes(results, members, variants, masks=masks)
        _write(results, index, fits, column, y=np.where(inside, y, np.nan), v=np.where(inside, v, np.nan))


def _typical_sizes(
    results: Results,
    members: Mapping[tuple[Any, ...], Sequence[int]],
    variants: Mapping[tuple[Any, ...], _Variant],
    *,
    masks: Mapping[tuple[Any, ...], Any] | None,
) -> None:
    """Harmonic mean of n where the way back to a proportion needs it (Miller 1978)."""
    for key, indices in members.items():
        if key[0] == "PFT":
            v = variants[key]
            n = v.effects.cells["n"] if masks is None else v.effects.cells["n"][masks[key][v.place]]
            results.typical_n[list(indices)] = n.size / np.sum(1 / n) if n.size else np.nan


def _write(results: Results, index: Any, fits: Fits, column: Any, *, y: Floats, v: Floats) -> None:
    gathered = Fits(*(np.take(getattr(fits, f.name), column, axis=-1) for f in fields(Fits)))
    specs = [results.specs[i] for i in index]
    numbers = read_off(
        gathered, np.array([s.ci for s in specs]), i2=np.array([s.i2 for s in specs]),
        pi=np.array([s.pi for s in specs]), level=np.array([s.level for s in specs]),
    )  # fmt: skip
    for name in QUANTITIES:
        results.values[name][index] = numbers[name]
    results.yi[index], results.vi[index] = y[:, column].T, v[:, column].T
    results.weights[index] = numbers["weights"].T


def _fill_alone(
    results: Results,
    chosen: Sequence[int],
    variants: Mapping[tuple[Any, ...], _Variant],
    *,
    analysis: Analysis,
    settings: Settings,
) -> None:
    """What arrays do not compute, by the exact path; a fit is shared by the specifications that differ in reading only."""
    fitted: dict[tuple[Any, ...], Evaluated | str] = {}
    failed: dict[int, str] = results.failed  # type: ignore[assignment]
    for i in chosen:
        spec = results.specs[i]
        if spec.fit_key not in fitted:
            fitted[spec.fit_key] = _exactly(spec, variants[effects_key(spec)], analysis, settings)
        found = fitted[spec.fit_key]
        if isinstance(found, str):
            failed[i] = found
            continue
        variant = variants[effects_key(spec)]
        e = with_reading(found, spec, settings=settings)
        write_evaluated(results, i, e, place=variant.place)
        for level, part in results.groups.items():
            if level in e.subgroups:
                effects, fit = e.subgroups[level]
                at = variant.place[subgroup_masks(analysis, variant.effects)[level]]
                write_evaluated(part, i, Evaluated(spec, effects, fit), place=at)


def _exactly(spec: Spec, variant: _Variant, analysis: Analysis, settings: Settings) -> Evaluated | str:
    try:
        return evaluate_effects(spec, variant.effects, analysis, settings=settings)
    except DataError as error:
        return str(error)


def write_evaluated(results: Results, i: int, e: Evaluated, *, place: Any) -> None:
    """Enter what the exact path computed as one row of the arrays."""
    for name, value in numbers_of(e):
        results.values[name][i] = value
    results.yi[i, place], results.vi[i, place] = e.effects.yi, e.effects.vi
    if e.spec.model != "glmm":
        results.weights[i, place] = e.fit.weights
    if e.spec.measure == "PFT":
        n = e.effects.cells["n"]
        results.typical_n[i] = n.size / np.sum(1 / n)


def numbers_of(e: Evaluated) -> Iterator[tuple[str, float]]:
    """The quantities of the arrays, as one evaluated specification gives them."""
    f = e.fit
    for name in QUANTITIES:
        if name == "z":
            yield name, f.stat
        elif name == "i2":
            yield name, f.i2_q if e.spec.i2 == "Q" and e.spec.has_tau2 else f.i2
        elif name == "tau2" and e.spec.model in ("common", "mantel-haenszel", "peto"):
            yield name, np.nan
        else:
            yield name, float(getattr(f, name))


def between_groups(results: Results, *, studies: Any = None) -> None:
    """Q between subgroups from their estimates and standard errors (Borenstein et al. 2009, ch. 19).

    NaN where a subgroup has studies but no estimate: a test of the others alone would answer another question.

    Parameters
    ----------
    results : with its groups filled in; the test is entered
    studies : whether each subgroup has a study, shape ``(groups, s)``; needed where ``yi`` does not hold all rows
    """
    estimates = np.array([g.values["estimate"] for g in results.groups.values()])
    se = np.array([g.values["se"] for g in results.groups.values()])
    inside = np.isfinite(estimates) & np.isfinite(se)
    if studies is None:
        studies = np.array([np.isfinite(g.yi).any(axis=1) for g in results.groups.values()])
    with np.errstate(divide="ignore", invalid="ignore"):
        w = np.where(inside, 1 / se**2, 0.0)
        x = np.where(inside, estimates, 0.0)
        q = (w * (x - (w * x).sum(axis=0) / w.sum(axis=0)) ** 2).sum(axis=0)
        df = inside.sum(axis=0) - 1
        p = np.where(df > 0, chdtrc(np.maximum(df, 1), q), np.nan)
    done = inside.any(axis=0) & (inside == studies).all(axis=0)
    results.subgroup_q[:] = np.where(done, q, np.nan)
    results.subgroup_p[:] = np.where(done, p, np.nan)
