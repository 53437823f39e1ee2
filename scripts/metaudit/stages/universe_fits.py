"""The usual methods for one analysis, with all studies and without each: what the explorer of a page looks up."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np

from metaudit.analyses import any_zero_cell, effects_of, possible_measures
from metaudit.diagnostics.leave_one_out import WithoutOne, leave_one_out
from metaudit.effects.compute import Effects
from metaudit.effects.convert import Converted
from metaudit.effects.zero_cells import Floats
from metaudit.errors import DataError
from metaudit.evaluate import Evaluated, Settings, evaluate_effects, subgroup_masks
from metaudit.formats.review import Analysis
from metaudit.measures import measure_of
from metaudit.pooling.result import Pooled
from metaudit.search.batch import COUNT_CELLS, effects_key, fit_key
from metaudit.search.fits import Fits, can_be_batched, fits_of, read_off
from metaudit.search.match import back
from metaudit.specs import COUNT_MODELS, Spec, completions, usual_measures

INTERVALS = ("wald", "hksj")
# Without a study, the prediction interval that needs nothing but the fit; the pool stage does the same.
QUICK = "t-k-2"
# Stated choices that every usual model of the stated measures is shown with, too.
_HELD = ("variance", "zero_cells", "q", "counts", "rd_variance", "stopping")
# What is read off a fit; a fit itself is written with the values of a specification that says nothing on them.
_UNREAD = Spec("GEN")


@dataclass(frozen=True, order=True)
class Reading:
    """How an interval, a test and a prediction interval are read off a fit."""

    ci: str
    level: float
    pi: str


@dataclass(frozen=True)
class Variant:
    """Effects that several fits share, spread over the ``r`` rows of the analysis; NaN where a row is not in."""

    number: int
    effects: Effects
    place: Any
    yi: Floats
    vi: Floats
    cells: Mapping[str, Floats]


@dataclass(frozen=True)
class Looked:
    """One fit: its method, the effects behind it, and its numbers with all studies (column 0) and without one (the others).

    Attributes
    ----------
    spec : the method; what is read off a fit (interval, level, prediction interval, I2) has no meaning in it
    left_out : places of the rows left out, -1 for none; shape ``(d,)``
    fit : estimate on the natural scale, k, tau2, i2, i2_q, q, q_df, q_p; each of shape ``(d,)``, NaN where not defined
    intervals : ci_low, ci_high, pi_low, pi_high on the natural scale and p, by reading
    weights : percent, shape ``(r, d)``
    """

    spec: Spec
    variant: Variant
    left_out: Any
    fit: Mapping[str, Floats]
    intervals: Mapping[Reading, Mapping[str, Floats]]
    weights: Floats


def reading_of(spec: Spec) -> Reading:
    """What a specification reads off its fit; Mantel-Haenszel, Peto and the common effect have no prediction interval."""
    return Reading(spec.ci, spec.level, spec.pi if spec.has_tau2 else "")


@dataclass(frozen=True)
class Alone:
    """A specification that arrays do not compute: fitted to all studies and, when it is the primary one, without each."""

    spec: Spec
    fits: tuple[tuple[int, Evaluated], ...]


@dataclass(frozen=True)
class Part:
    """All studies of an analysis, or those of one subgroup, with their effects by what these depend on."""

    subgroup: str
    variants: Mapping[tuple[Any, ...], Variant]


def fit_of(spec: Spec) -> Spec:
    """The specification without what is only read off its fit."""
    return replace(spec, ci=_UNREAD.ci, level=_UNREAD.level, pi=_UNREAD.pi, i2=_UNREAD.i2, tau2_ci=_UNREAD.tau2_ci)


def usual_fits(analysis: Analysis, rows: Sequence[Converted], primary: Spec) -> list[Spec]:
    """The usual methods for the rows of an analysis, the primary one first; what is read off a fit does not count.

    Measures that are neither stated nor left open are shown with their conventional variance only. Effects that came
    ready-made stay what they are: whether a number was a ratio is no choice of the analyst.

    Parameters
    ----------
    primary : the stated method with the conventional value of every open choice
    """
    own = possible_measures(analysis, rows)
    kind = measure_of(primary.measure).kind
    others = () if kind == "generic" else usual_measures(kind)
    held = {k: analysis.method[k] for k in _HELD if k in analysis.method}
    zero = any_zero_cell(rows)
    found = [primary]
    for measure in dict.fromkeys((primary.measure, *own, *others)):
        usual = completions((measure,), {}, any_zero=zero)
        if measure in own:
            found += completions((measure,), held, any_zero=zero) if held else []
        else:
            usual = [s for s in usual if s.variance == usual[0].variance]
        found += usual
    return list(dict.fromkeys(fit_of(s) for s in found))


def readings_of(primary: Spec, others: Sequence[Spec]) -> list[Reading]:
    """Wald and Hartung-Knapp at the level of the primary method, and whatever else is asked for."""
    pi = primary.pi
    found = [Reading(primary.ci, primary.level, pi), *(Reading(ci, primary.level, pi) for ci in INTERVALS)]
    return list(dict.fromkeys([*found, *(Reading(s.ci, s.level, s.pi if s.has_tau2 else pi) for s in others)]))


def variants_of(specs: Sequence[Spec], rows: Sequence[Converted]) -> dict[tuple[Any, ...], Variant]:
    """Effects by what they depend on; a choice that leaves fewer than two studies has none."""
    place = {r.row.line: i for i, r in enumerate(rows)}
    found: dict[tuple[Any, ...], Variant] = {}
    for spec in specs:
        key = effects_key(spec)
        if key in found:
            continue
        try:
            effects = effects_of(spec, rows)
        except DataError:  # the measure is not defined for these rows under this rule
            continue
        if effects.k >= 2:
            at = np.array([place[s.row.line] for s in effects.studies])
            found[key] = _variant(len(found) + 1, effects, at, size=len(rows))
    return found


def _variant(number: int, effects: Effects, at: Any, *, size: int) -> Variant:
    cells = {n: _spread(effects.cells[n], at, size) for n in COUNT_CELLS if n in effects.cells}
    return Variant(number, effects, at, _spread(effects.yi, at, size), _spread(effects.vi, at, size), cells)


def parts_of(analysis: Analysis, variants: Mapping[tuple[Any, ...], Variant]) -> list[Part]:
    """All studies together, then every subgroup of at least two of them; one level alone is no subgroup.

    Effects stay those of the whole analysis, as in the pool stage: a zero in one subgroup is corrected in all where the
    rule says so. Each subgroup has its own between-study variance.
    """
    found: dict[str, dict[tuple[Any, ...], Variant]] = {}
    number = len(variants)
    for key, whole in variants.items() if analysis.subgroups else ():
        masks = subgroup_masks(analysis, whole.effects)
        for level, mask in masks.items() if len(masks) > 1 else ():
            if mask.sum() >= 2:
                number += 1
                part = _variant(number, whole.effects.take(mask), whole.place[mask], size=whole.yi.size)
                found.setdefault(level, {})[key] = part
    return [Part("", variants), *(Part(level, found[level]) for level in sorted(found))]


def _spread(x: Floats, at: Any, size: int) -> Floats:
    out = np.full(size, np.nan)
    out[at] = x
    return out


def look_up(
    specs: Sequence[Spec], variants: Mapping[tuple[Any, ...], Variant], *, readings: Sequence[Reading]
) -> list[Looked]:
    """Fit every specification to all studies and without each, and read every interval off.

    Parameters
    ----------
    specs : as :func:`fit_of` has them, all of them such that arrays compute them
    variants : the effects
    readings : asked of every fit that has them; the models of counts have the normal interval only

    Returns
    -------
    In the order of the specifications; one that is not defined for all studies together is left out.
    """
    together: dict[tuple[Any, ...], list[Spec]] = {}
    for spec in specs:
        if effects_key(spec) in variants:
            together.setdefault(fit_key(spec), []).append(spec)
    found: dict[Spec, Looked] = {}
    for members in together.values():
        found |= dict(_fitted(members, [variants[effects_key(s)] for s in members], readings))
    return [found[s] for s in specs if s in found and np.isfinite(found[s].fit["estimate"][0])]


def _fitted(
    specs: Sequence[Spec], variants: Sequence[Variant], readings: Sequence[Reading]
) -> Iterator[tuple[Spec, Looked]]:
    left_out = [np.concatenate([[-1], v.place]) for v in variants]
    inside = np.column_stack([_inside(v, out) for v, out in zip(variants, left_out, strict=True)])
    each = np.concatenate([np.full(out.size, i) for i, out in enumerate(left_out)])
    y, v = (np.column_stack([getattr(x, n) for x in variants])[:, each] for n in ("yi", "vi"))
    names = [n for n in COUNT_CELLS if all(n in x.cells for x in variants)]
    cells = {n: np.column_stack([x.cells[n] for x in variants])[:, each] for n in names}
    fits = fits_of(specs[0], y, v, mask=inside, cells=cells or None)
    for i, (spec, variant) in enumerate(zip(specs, variants, strict=True)):
        own = Fits(*(getattr(fits, f.name)[..., each == i] for f in fields(Fits)))
        yield spec, _looked(spec, variant, left_out[i], own, readings)


def _inside(variant: Variant, left_out: Any) -> Any:
    """Which rows each of the columns pools, shape ``(r, d)``."""
    inside = np.repeat(np.isfinite(variant.yi)[:, None], left_out.size, axis=1)
    inside[left_out[1:], np.arange(1, left_out.size)] = False
    return inside


def _looked(spec: Spec, variant: Variant, left_out: Any, fits: Fits, readings: Sequence[Reading]) -> Looked:
    sizes = typical_sizes(variant, left_out)
    own = [r for r in readings if spec.model not in COUNT_MODELS or r.ci == "wald"]
    intervals: dict[Reading, Mapping[str, Floats]] = {}
    for reading in own:
        found = _read(fits, reading, i2="tau2")
        limits = {n: back(found[n], spec.measure, sizes) for n in ("ci_low", "ci_high", "pi_low", "pi_high")}
        intervals[reading if spec.has_tau2 else replace(reading, pi="")] = {**limits, "p": found["p"]}
    plain = {i2: _read(fits, own[0] if own else Reading("wald", 0.95, ""), i2=i2) for i2 in ("tau2", "Q")}
    fit = {n: plain["tau2"][n] for n in ("k", "tau2", "i2", "q", "q_df", "q_p")}
    fit |= {"i2_q": plain["Q"]["i2"], "estimate": back(plain["Q"]["estimate"], spec.measure, sizes)}
    return Looked(spec, variant, left_out, fit, intervals, fits.weights)


def _read(fits: Fits, reading: Reading, *, i2: str) -> dict[str, Floats]:
    return read_off(
        fits, np.array([reading.ci]), i2=np.array([i2]), pi=np.array([reading.pi]), level=np.array([reading.level])
    )


def typical_sizes(variant: Variant, left_out: Any) -> Floats:
    """Harmonic mean of n over the studies of each column, for the way back from a double arcsine (Miller 1978); else NaN."""
    if variant.effects.measure.code != "PFT":
        return np.full(left_out.size, np.nan)
    n = np.where(_inside(variant, left_out), variant.cells["n"][:, None], np.inf)
    return np.asarray(np.isfinite(n).sum(axis=0) / (1 / n).sum(axis=0))


def batched(spec: Spec) -> bool:
    """Whether arrays compute a specification; the others are fitted one at a time."""
    return can_be_batched(spec)


def _without_each(spec: Spec, variant: Variant, plain: Analysis) -> list[WithoutOne]:
    """The fits of ``leave_one_out.csv``."""
    quick = replace(spec, pi=QUICK)

    def refit(rest: Effects) -> Pooled:
        return evaluate_effects(quick, rest, plain).fit

    return leave_one_out(variant.effects, refit)


def alone_of(
    specs: Sequence[Spec], variants: Mapping[tuple[Any, ...], Variant], analysis: Analysis, *, primary: Spec, seed: int
) -> Iterator[Alone]:
    """What arrays do not compute, one fit at a time; the primary specification is fitted without each study, too."""
    plain, settings = replace(analysis, subgroups=""), Settings(seed=seed)
    for spec in specs:
        variant = variants.get(effects_key(spec))
        if variant is None:
            continue
        try:
            whole = evaluate_effects(spec, variant.effects, plain, settings=settings)
        except DataError:  # not defined for these rows; the audit says why
            continue
        fits = [(-1, whole)]
        if spec == primary:
            fits += [(w.study.row.line, Evaluated(spec, w.rest, w.fit)) for w in _without_each(spec, variant, plain)]
        yield Alone(spec, tuple(fits))
