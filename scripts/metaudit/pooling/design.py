"""From what a caller passes to checked arrays: effects, variances, weights and the design matrix."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from metaudit.effects.zero_cells import Floats
from metaudit.errors import DataError
from metaudit.measures import measure_of


def numbers(given: Any, what: str) -> Floats:
    """An array of floats with at least one dimension.

    Raises
    ------
    DataError
        when something in it is not a number.
    """
    try:
        return np.atleast_1d(np.asarray(given, dtype=float))
    except (TypeError, ValueError):
        raise DataError(f"{what} are not all numbers") from None


def effects_and_variances(yi: Any, vi: Any) -> tuple[Floats, Floats]:
    """Both of shape ``(k,)``, as copies: some numbers of a result are worked out later, when the caller's arrays may have changed.

    Raises
    ------
    DataError
        when they are not numbers or differ in length.
    """
    y, v = numbers(yi, "effects").flatten(), numbers(vi, "variances").flatten()
    if y.shape != v.shape:
        raise DataError(f"{y.size} effects but {v.size} variances")
    return y, v


def given_weights(weights: Any, k: int) -> Floats | None:
    """The user's weights, a copy of shape ``(k,)``; None when there are none.

    Raises
    ------
    DataError
        when they are not one positive number a study.
    """
    if weights is None:
        return None
    w = numbers(weights, "weights").flatten()
    if w.size != k:
        raise DataError(f"{k} effects but {w.size} weights")
    if not np.all(np.isfinite(w)) or np.any(w <= 0):
        raise DataError("a weight is missing or not positive; give every study that is pooled a positive weight")
    return w


def study_names(names: Any, k: int) -> tuple[str, ...]:
    """A name for each study, or none at all.

    Raises
    ------
    DataError
        when there are names, but not one a study.
    """
    given = tuple(str(n) for n in names)
    if given and len(given) != k:
        raise DataError(f"{k} effects but {len(given)} names of studies")
    return given


def known_measure(code: str) -> str:
    """The code of a measure as it was given; empty when none was.

    Raises
    ------
    DataError
        when no measure has this code.
    """
    if code:
        try:
            measure_of(code)
        except KeyError as error:
            raise DataError(str(error.args[0])) from None
    return code


def design(mods: Any, k: int) -> tuple[list[str], Floats]:
    """Names and columns of the design matrix, the intercept first.

    Raises
    ------
    DataError
        when a moderator is not one finite number a study.
    """
    if mods is None or (isinstance(mods, Mapping) and not mods):
        return ["intercept"], np.ones((k, 1))
    if isinstance(mods, Mapping):
        names: Sequence[str] = [str(n) for n in mods]
        given = [numbers(c, f"moderator {n!r}").ravel() for n, c in mods.items()]
        if any(c.size != k for c in given):
            raise DataError(f"moderators have {' and '.join(str(c.size) for c in given)} rows, the effects {k}")
        columns = np.column_stack(given)
    else:
        columns = numbers(mods, "moderators")
        columns = columns.reshape(columns.shape[0], -1)
        names = [f"x{i + 1}" for i in range(columns.shape[1])]
    if columns.shape[0] != k:
        raise DataError(f"moderators have {columns.shape[0]} rows, the effects {k}")
    if not np.all(np.isfinite(columns)):
        raise DataError("a moderator is missing for some study; leave the study out or complete it")
    return ["intercept", *names], np.column_stack([np.ones(k), columns])
