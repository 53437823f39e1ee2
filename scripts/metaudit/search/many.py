"""Many analyses at once: effects of one kind, and fits that share an estimator and a size, are one call for all of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from metaudit.analyses import effects_of
from metaudit.effects.compute import Effects
from metaudit.effects.convert import Converted
from metaudit.effects.zero_cells import Floats, zero_cells_from
from metaudit.errors import DataError
from metaudit.evaluate import Settings
from metaudit.formats.review import Analysis
from metaudit.search.batch import COUNT_CELLS, effects_key, evaluate_specs, fit_key
from metaudit.search.fits import Fits, can_be_batched, fits_of, read_off
from metaudit.search.results import QUANTITIES, Results, blank_results
from metaudit.specs import Spec

# Analyses are padded to the largest of their group; a group spans sizes up to this factor.
_SPAN = 1.25


@dataclass(frozen=True)
class Problem:
    """One analysis and the specifications it is evaluated under."""

    rows: Sequence[Converted]
    analysis: Analysis
    specs: Sequence[Spec]


@dataclass(frozen=True)
class _Column:
    """The effects of one analysis under one variant, spread over its rows; or why there are none."""

    problem: int
    yi: Floats
    vi: Floats
    cells: Mapping[str, Floats]
    failed: str = ""


# A column waits for an estimator, with the specifications that are read off its fit.
_Waiting = tuple[_Column, tuple[int, ...]]


def evaluate_many(problems: Sequence[Problem], *, settings: Settings | None = None) -> list[Results]:
    """What ``evaluate_specs`` gives for each analysis, with one call for all that share an estimator and a size.

    Analyses with subgroups or moderators, and those with a specification that arrays do not compute, are evaluated one by
    one.

    Parameters
    ----------
    problems : analyses of any sizes

    Returns
    -------
    The results in the order of the problems.
    """
    out: list[Results] = []
    batched: dict[int, Problem] = {}
    for p, problem in enumerate(problems):
        alone = problem.analysis.subgroups or problem.analysis.moderators
        if alone or not all(can_be_batched(s) for s in problem.specs):
            out.append(evaluate_specs(problem.specs, problem.rows, problem.analysis, settings=settings))
        else:
            batched[p] = problem
            labels = tuple(r.label for r in problem.rows)
            lines = tuple(r.row.line for r in problem.rows)
            out.append(blank_results(problem.specs, lines=lines, labels=labels))
    for waiting in _by_estimator(batched, out).values():
        for group in _sizes(waiting):
            _fit(group, out)
    return out


def _by_estimator(problems: Mapping[int, Problem], out: Sequence[Results]) -> dict[Any, list[_Waiting]]:
    """The columns that wait for each estimator; those without an effect are noted as failed."""
    wanted: dict[tuple[Any, ...], dict[int, dict[tuple[Any, ...], list[int]]]] = {}
    for p, problem in problems.items():
        for i, spec in enumerate(problem.specs):
            of_problem = wanted.setdefault(effects_key(spec), {}).setdefault(p, {})
            of_problem.setdefault(fit_key(spec), []).append(i)
    found: dict[Any, list[_Waiting]] = {}
    for members in wanted.values():
        p, fits = next(iter(members.items()))
        first = problems[p].specs[next(iter(fits.values()))[0]]
        for column in _columns(first, {q: problems[q].rows for q in members}):
            for key, index in members[column.problem].items():
                results = out[column.problem]
                if column.failed:
                    results.failed.update(dict.fromkeys(index, column.failed))  # type: ignore[attr-defined]
                    continue
                if first.measure == "PFT":
                    n = column.cells["n"][np.isfinite(column.yi)]
                    results.typical_n[index] = n.size / np.sum(1 / n)
                names = tuple(column.cells) if len(key) > 2 else ()
                found.setdefault((key, names), []).append((column, tuple(index)))
    return found


def _columns(spec: Spec, rows: Mapping[int, Sequence[Converted]]) -> Iterator[_Column]:
    """The effects of many analyses under the variant of one specification, computed together.

    A study's effect depends on its own row, except where a correction is made in all studies because one has a zero cell;
    those, and rows that raise an error, are computed analysis by analysis.
    """
    if zero_cells_from(spec.zero_cells).to != "if-any-zero":
        try:
            effects = effects_of(spec, [r for of_problem in rows.values() for r in of_problem])
        except DataError:
            pass  # one analysis's error is not the others': each gets its own below
        else:
            yield from _parted(spec, effects, rows)
            return
    for p, of_problem in rows.items():
        try:
            yield from _parted(spec, effects_of(spec, of_problem), {p: of_problem})
        except DataError as error:
            yield _Column(p, np.empty(0), np.empty(0), {}, str(error))


def _parted(spec: Spec, effects: Effects, rows: Mapping[int, Sequence[Converted]]) -> Iterator[_Column]:
    """Effects of many analyses, each spread over the rows of its own; the studies stand in the order of the rows."""
    everything = [r.row for of_problem in rows.values() for r in of_problem]
    place, at = np.empty(effects.k, dtype=int), 0
    for j, study in enumerate(effects.studies):
        while everything[at] is not study.row:
            at += 1
        place[j] = at
        at += 1
    spread = {"yi": effects.yi, "vi": effects.vi, **{n: effects.cells[n] for n in COUNT_CELLS if n in effects.cells}}
    for name, values in spread.items():
        spread[name] = np.full(len(everything), np.nan)
        spread[name][place] = values
    at = 0
    for p, of_problem in rows.items():
        own = {n: v[at : at + len(of_problem)] for n, v in spread.items()}
        at += len(of_problem)
        y, v = own.pop("yi"), own.pop("vi")
        yield _Column(p, y, v, own, "" if np.isfinite(y).any() else f"no study gives a usable {spec.measure}")


def _sizes(waiting: Sequence[_Waiting]) -> Iterator[list[_Waiting]]:
    """Groups of columns of nearly one length."""
    group: list[_Waiting] = []
    for c in sorted(waiting, key=lambda w: w[0].yi.size):
        if group and c[0].yi.size > _SPAN * group[0][0].yi.size:
            yield group
            group = []
        group.append(c)
    if group:
        yield group


def _fit(waiting: Sequence[_Waiting], out: Sequence[Results]) -> None:
    """Fit all columns in one call and enter what every specification reads off its fit."""
    size = (max(c.yi.size for c, _ in waiting), len(waiting))
    first, index = waiting[0]
    spec = out[first.problem].specs[index[0]]
    needed = first.cells if len(fit_key(spec)) > 2 else ()  # the others pool effects and variances alone
    y, v = np.full(size, np.nan), np.full(size, np.nan)
    cells = {n: np.full(size, np.nan) for n in needed}
    for j, (c, _) in enumerate(waiting):
        y[: c.yi.size, j], v[: c.vi.size, j] = c.yi, c.vi
        for name, values in cells.items():
            values[: c.yi.size, j] = c.cells[name]
    inside = np.isfinite(y) & np.isfinite(v)
    fits = fits_of(spec, y, v, mask=inside, cells=cells or None)
    place = np.repeat(np.arange(len(waiting)), [len(index) for _, index in waiting])
    specs = [out[c.problem].specs[i] for c, index in waiting for i in index]
    gathered = Fits(*(np.take(getattr(fits, f.name), place, axis=-1) for f in fields(Fits)))
    numbers = read_off(
        gathered, np.array([s.ci for s in specs]), i2=np.array([s.i2 for s in specs]),
        pi=np.array([s.pi for s in specs]), level=np.array([s.level for s in specs]),
    )  # fmt: skip
    table, weights, at = np.array([numbers[name] for name in QUANTITIES]), numbers["weights"].T, 0
    for c, index in waiting:
        results, own = out[c.problem], list(index)
        some = slice(at, at + len(own))
        for name, row in zip(QUANTITIES, table[:, some], strict=True):
            results.values[name][own] = row
        results.yi[own], results.vi[own] = c.yi, c.vi
        results.weights[own] = weights[some, : c.yi.size]
        at += len(own)
