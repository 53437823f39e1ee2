"""Moderators as columns of numbers: what is text becomes indicators of its levels."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from metaudit.effects.zero_cells import Floats
from metaudit.errors import DataError


def levels(values: Sequence[Any]) -> list[str]:
    """The different values in order: by size when all are numbers, else by the alphabet without regard to capitals."""
    found = {str(v).strip() for v in values}
    numbers = {text: _number(text) for text in found}
    if all(n is not None for n in numbers.values()):
        return sorted(found, key=lambda text: (numbers[text], text))
    return sorted(found, key=lambda text: (text.casefold(), text))


def factor_columns(values: Sequence[Any], *, name: str) -> dict[str, Floats]:
    """Indicators of every level but the first, which is the reference (treatment coding, as in R).

    Parameters
    ----------
    values : one a study
    name : of the moderator; the columns are called ``name=level``

    Raises
    ------
    DataError
        when a value is missing, or all are the same.
    """
    text = [_cell(v, i, name) for i, v in enumerate(values)]
    known = levels(text)
    if len(known) < 2:
        raise DataError(
            f"moderator {name!r} is {known[0] if known else 'empty'} in every study: it cannot explain a difference"
        )
    return {f"{name}={level}": np.array([float(t == level) for t in text]) for level in known[1:]}


def moderator_columns(moderators: Mapping[str, Sequence[Any]]) -> dict[str, Floats]:
    """Columns of a meta-regression, from columns of a table.

    Parameters
    ----------
    moderators : name -> one value a study; a column whose values are all numbers is taken as it is, any other as a factor

    Returns
    -------
    name of the column -> numbers, shape ``(k,)``; what ``pool(mods=...)`` takes

    Raises
    ------
    DataError
        when a value is missing.
    """
    out: dict[str, Floats] = {}
    for name, values in moderators.items():
        numbers = [_number(_cell(v, i, name)) for i, v in enumerate(values)]
        if any(n is None for n in numbers):
            out |= factor_columns(values, name=name)
        else:
            out[name] = np.array(numbers, dtype=float)
    return out


def _cell(value: Any, i: int, name: str) -> str:
    text = "" if value is None or value != value else str(value).strip()
    if not text:
        raise DataError(f"moderator {name!r} is missing for study {i + 1}; leave the study out or complete it")
    return text


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None
