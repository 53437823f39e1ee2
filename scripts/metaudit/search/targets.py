"""Printed numbers as a search sees them: a quantity, what it is about, and the interval of values that print as the text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from metaudit.printed import Interval


@dataclass(frozen=True)
class Target:
    """One printed number.

    Attributes
    ----------
    name : id of the claim
    quantity : as in claims.csv
    subject : empty for the pooled result; a study's label or ``row <line>``; a level of the subgroups
    window : the values that round to it, on the natural scale of its quantity (percent for i2 and weights), or on the
        analysis scale when ``natural`` is False
    cut : the values that give it when digits are cut; None when the rounding is stated
    weight : how much explaining it counts
    level : of a study's own interval, where its row states one
    """

    name: str
    quantity: str
    subject: str
    window: Interval
    cut: Interval | None = None
    natural: bool = True
    weight: float = 1.0
    level: float | None = None


def inside(values: Any, window: Interval) -> Any:
    """Which values lie in an interval, with the ends and the slack of ``Interval``; NaN does not.

    Parameters
    ----------
    values : any shape
    """
    x = np.asarray(values, dtype=float)
    slack = window._slack
    with np.errstate(invalid="ignore"):
        above = x > window.low if window.low_open else x >= window.low - slack
        below = x < window.high if window.high_open else x <= window.high + slack
    return above & below
