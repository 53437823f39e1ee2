"""Meta-regressions of many edited tables: what the moderators are in each, and its coefficients."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from metaudit.analyses import moderators_lacking
from metaudit.edits.sets import Effected, Tables
from metaudit.effects.compute import Effects
from metaudit.effects.convert import Converted
from metaudit.effects.zero_cells import Floats
from metaudit.errors import DataError
from metaudit.evaluate import moderator_columns
from metaudit.formats.columns import COVARIATE_PREFIX
from metaudit.formats.indexed import column_name, known_columns
from metaudit.formats.review import Analysis
from metaudit.measures import measure_of
from metaudit.pooling.batch_regression import fit_regressions, numbers_of_regressions
from metaudit.pooling.design import design
from metaudit.search.fits import can_be_batched
from metaudit.specs import Spec

_OF_INTERCEPT = {
    "estimate": "coef", "se": "coef_se", "z": "coef_stat", "p": "coef_p", "ci_low": "coef_low", "ci_high": "coef_high",
}  # fmt: skip
# A coefficient under its own names, and its limits, test and standard error under those that claims about it may have.
_OF_TERM = {**{n: n for n in ("coef", "coef_se", "coef_p")}, **_OF_INTERCEPT}
_OF_ALL = ("tau2", "q", "q_df", "q_p", "i2", "h2", "k", "qm", "qm_p", "r2")


@dataclass(frozen=True)
class Design:
    """Tables that share a design.

    Attributes
    ----------
    which : the tables
    terms : names of the columns, the intercept first
    x : a row a place, shape ``(r, p)``; 0 where the place is in none of the tables, or has no value of a moderator
    """

    which: Any
    terms: tuple[str, ...]
    x: Floats


def regression_can_be_batched(spec: Spec) -> bool:
    """Whether a meta-regression under a specification is computed by arrays."""
    return can_be_batched(spec) and spec.model in ("random", "common") and spec.q == "inverse-variance"


def term_key(term: str) -> str:
    """A term as claims name it: without the prefix of covariate columns."""
    return term.removeprefix(COVARIATE_PREFIX)


def designs_of(analysis: Analysis, tables: Tables, inside: Any) -> tuple[Design, ...]:
    """The designs of all tables; a table whose moderators cannot be used belongs to none.

    The moderators are worked out for every set of studies once, since a level of a factor may come in or go with a study.

    Parameters
    ----------
    inside : which places have an effect in each table, shape ``(r, d)``
    """
    names = _moderator_cells(analysis, tables)
    studies, moved = _other_moderators(tables, names)
    patterns: dict[Any, list[int]] = {}
    for j in range(inside.shape[1]):
        patterns.setdefault((inside[:, j].tobytes(), moved.get(j, ())), []).append(j)
    shared: dict[Any, list[int]] = {}
    columns: dict[Any, Floats] = {}
    for (_, changes), which in patterns.items():
        keep = inside[:, which[0]]
        standing = [*tables.rows]
        for place, i in changes:
            standing[place] = studies[i]
        keep = _with_moderators(analysis, standing, keep)
        found = _columns(analysis, [s for s, there in zip(standing, keep, strict=True) if there])
        if found is None:
            continue
        terms, x = found
        # A place has the same values in all tables that share the names of the columns and the moderators.
        key = (terms, changes)
        if key not in columns:
            columns[key] = np.zeros((len(tables.rows), len(terms)))
        columns[key][keep] = x
        shared.setdefault(key, []).extend(which)
    return tuple(Design(np.array(sorted(which)), key[0], columns[key]) for key, which in shared.items())


def _moderator_cells(analysis: Analysis, tables: Tables) -> tuple[str, ...]:
    known = known_columns([c.row for c in tables.rows])
    return tuple(column_name(m if isinstance(m, str) else m["column"], known) for m in analysis.moderators)


def _other_moderators(
    tables: Tables, names: Sequence[str]
) -> tuple[Sequence[Converted], dict[int, tuple[tuple[int, int], ...]]]:
    """Tables in which the moderators of a row change, too, each with the places and which changed rows stand there."""
    moved: dict[int, tuple[tuple[int, int], ...]] = {}
    for i, (place, j) in enumerate(tables.at):
        old, new = tables.rows[place].row, tables.changed[i].made.row
        if any(old.text(n) != new.text(n) for n in names):
            moved[int(j)] = (*moved.get(int(j), ()), (int(place), i))
    return [c.made for c in tables.changed], moved


def _with_moderators(analysis: Analysis, standing: Sequence[Converted], keep: Any) -> Any:
    """Which of the places that have an effect also have a value of every moderator."""
    there = np.flatnonzero(keep).tolist()
    lacking = moderators_lacking(analysis, [standing[i] for i in there])
    out = np.array(keep)
    out[[i for i, some in zip(there, lacking, strict=True) if some]] = False
    return out


def _columns(analysis: Analysis, studies: Sequence[Converted]) -> tuple[tuple[str, ...], Floats] | None:
    nothing = np.zeros(len(studies))
    some = Effects(measure_of("GEN"), tuple(studies), nothing, nothing, {}, ("",) * len(studies))
    try:
        names, x = design(moderator_columns(analysis, some), len(studies)) if studies else ([], nothing)
    except DataError:  # a moderator that is not reported, or that no longer varies
        return None
    return (tuple(names), x) if studies else None


def regressions_of(
    spec: Spec, effected: Effected, designs: Sequence[Design]
) -> tuple[dict[str, Floats], dict[str, dict[str, Floats]], Floats]:
    """Every number of the meta-regressions of all tables under one specification.

    Returns
    -------
    The numbers of the fit by quantity, those of the intercept among them, shape ``(d,)``; the coefficients by term and
    quantity, each of shape ``(d,)``; weights in percent, shape ``(r, d)``. NaN where a table has no fit.
    """
    d = effected.yi.shape[1]
    whole = {n: np.full(d, np.nan) for n in (*_OF_INTERCEPT, *_OF_ALL)}
    terms: dict[str, dict[str, Floats]] = {}
    weights = np.full(effected.yi.shape, np.nan)
    for some in designs:
        at = some.which
        fits = fit_regressions(
            effected.yi[:, at], effected.vi[:, at], some.x, method=spec.tau2 if spec.has_tau2 else "FE",
            mask=effected.inside[:, at] & (some.x[:, :1] != 0),  # the intercept is 0 where a moderator has no value
        )  # fmt: skip
        numbers = numbers_of_regressions(fits, ci=spec.ci, level=spec.level, common=not spec.has_tau2, i2=spec.i2)
        weights[:, at] = fits.weights
        for name in whole:
            whole[name][at] = numbers[name] if name in _OF_ALL else numbers[_OF_INTERCEPT[name]][0]
        for i, term in enumerate(some.terms):
            held = terms.setdefault(term_key(term), {n: np.full(d, np.nan) for n in _OF_TERM})
            _entered(held, at, numbers, i)
    return whole, terms, weights


def _entered(held: Mapping[str, Floats], at: Any, numbers: Mapping[str, Floats], i: int) -> None:
    for name, source in _OF_TERM.items():
        held[name][at] = numbers[source][i]
