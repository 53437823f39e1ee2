"""Pooled numbers of many sets of tables under one specification, and which printed numbers they give."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np

from metaudit.effects.convert import convert
from metaudit.effects.zero_cells import Floats
from metaudit.enumeration.arms import Letters
from metaudit.enumeration.set_effects import SetEffects, Slot
from metaudit.enumeration.set_problem import TableSet
from metaudit.enumeration.windows import Bools, Ints, inside
from metaudit.errors import DataError, DisagreementError
from metaudit.evaluate import Evaluated, evaluate
from metaudit.formats.review import Analysis
from metaudit.formats.tables import Row
from metaudit.measures import measure_of
from metaudit.printed import Interval, parse_printed
from metaudit.search.fits import fits_of, read_off
from metaudit.search.targets import Target
from metaudit.specs import Spec

SHOWN = ("estimate", "ci_low", "ci_high", "p", "q", "i2", "tau2")
_EFFECTS = ("estimate", "ci_low", "ci_high", "pi_low", "pi_high")
_SAME = 1e-9


def numbers_of(
    specs: Sequence[Spec], effects: SetEffects, t: Ints, *, c: Ints
) -> list[tuple[dict[str, Floats], Floats]]:
    """Pooled numbers of ``d`` sets under specifications that share one fit.

    Parameters
    ----------
    specs : they differ in interval, I2, prediction interval and level only
    effects : of the studies
    t, c : letters of both arms, shape ``(d, k)``

    Returns
    -------
    For each specification the quantities of ``metaudit.search.results.QUANTITIES`` (analysis scale, shape ``(d,)``) and
    the weights in percent (shape ``(k, d)``); NaN where no study is pooled.
    """
    y, v, mask, cells = effects.sets(t, c)
    some = np.asarray(mask.any(axis=0), dtype=bool)
    with np.errstate(all="ignore"):
        fits = fits_of(
            specs[0], y[:, some], v[:, some], mask=mask[:, some], cells={n: x[:, some] for n, x in cells.items()}
        )
        out = []
        for s in specs:
            read = read_off(fits, np.array([s.ci]), i2=np.array([s.i2]), pi=np.array([s.pi]), level=np.array([s.level]))
            weights = read.pop("weights")
            out.append(({n: _spread(x, some) for n, x in read.items()}, _spread(weights, some)))
    return out


def _spread(values: Floats, some: Bools) -> Floats:
    out = np.full((*values.shape[:-1], some.size), np.nan)
    out[..., some] = values
    return out


def value_of(
    target: Target, values: Mapping[str, Floats], weights: Floats, *, spec: Spec, labels: Sequence[str]
) -> Floats:
    """Our value of a printed number, on its scale; NaN where it is not defined; shape ``(d,)``."""
    if target.quantity == "weight":
        at = [i for i, label in enumerate(labels) if target.subject in (label, label.partition("(")[0].strip())]
        return weights[at[0]] if at else np.full(weights.shape[1], np.nan)
    if target.quantity == "tau":
        return np.asarray(np.sqrt(values["tau2"]))
    found = values[target.quantity]
    if target.unsigned:
        return np.abs(found)
    if target.natural and target.quantity in _EFFECTS and measure_of(spec.measure).ratio:
        return np.asarray(np.exp(found))
    return found


def outside(values: Floats, window: Interval) -> Floats:
    """How far values lie outside a window, in units of its width (of its end for a half line); infinite for NaN."""
    width = window.high - window.low
    if not math.isfinite(width) or width == 0:
        ends = [abs(e) for e in (window.low, window.high) if math.isfinite(e)]
        width = max(ends, default=1.0) or 1.0
    away = np.maximum(np.maximum(window.low - values, values - window.high), 0.0) / width
    return np.where(np.isfinite(values), np.where(inside(window, values), 0.0, away), np.inf)


def table_set(slots: Sequence[Slot], labels: tuple[str, ...], t: Ints, *, c: Ints) -> TableSet:
    """The tables of letters; shape of t and c ``(k,)``."""

    def cell(letters: Letters, at: int) -> tuple[int, int]:
        return int(letters.x[at]), int(letters.n[at])

    tables = tuple((*cell(a, int(i)), *cell(b, int(j))) for (a, b), i, j in zip(slots, t, c, strict=True))
    return TableSet(labels, tables)


def natural_numbers(spec: Spec, values: Mapping[str, Floats], at: int) -> dict[str, float]:
    """The pooled numbers of one set that are defined, effects on the natural scale."""
    ratio = measure_of(spec.measure).ratio
    found = {n: float(values[n][at]) for n in SHOWN if n in values}
    found = {n: math.exp(x) if ratio and n in _EFFECTS else x for n, x in found.items()}
    return {n: x for n, x in found.items() if math.isfinite(x)}


def evaluated(spec: Spec, tables: TableSet) -> Evaluated:
    """The tables under a specification by the path that computes every number twice."""
    rows = []
    for i, table in enumerate(tables.tables):
        cells = {n: str(x) for n, x in zip(("events_t", "n_t", "events_c", "n_c"), table, strict=True)}
        numbers = {n: parse_printed(x) for n, x in cells.items()}
        label = tables.labels[i] if tables.labels else f"study {i + 1}"
        rows.append(convert(Row(i + 2, {"study": label, **cells}, numbers)))
    return evaluate(spec, rows, Analysis("sets", "", {}))


def hold_to_slow_path(spec: Spec, tables: TableSet, values: Mapping[str, float]) -> None:
    """Compare batched numbers with those of ``metaudit.evaluate``.

    Raises
    ------
    DisagreementError
        when estimate, limits or P differ by more than 1e-9, relative to the larger of 1 and the number.
    """
    try:
        e = evaluated(spec, tables)
    except DataError as error:
        raise DisagreementError(
            f"{tables} under {spec}: the batch gives numbers, the slow path says: {error}"
        ) from error
    slow = {n: e.natural(getattr(e.fit, n)) for n in ("estimate", "ci_low", "ci_high")} | {"p": e.fit.p}
    for name, x in slow.items():
        if not math.isclose(x, values[name], rel_tol=_SAME, abs_tol=_SAME):
            raise DisagreementError(
                f"{tables} under {spec}: {name} is {values[name]!r} in the batch and {x!r} on the slow path"
            )
