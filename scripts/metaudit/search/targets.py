"""Printed numbers as a search sees them: a quantity, what it is about, and the interval of values that print as the text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from metaudit.printed import Interval
from metaudit.records import record


@record
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

    @property
    def unsigned(self) -> bool:
        """Whether the number is a test statistic that is printed without a minus: RevMan and many papers print its size only."""
        return self.quantity == "z" and self.window.low >= 0


def inside(values: Any, window: Interval) -> Any:
    """Which values lie in an interval, with the ends and the slack of ``Interval``; NaN does not.

    Parameters
    ----------
    values : any shape
    """
    x = np.asarray(values, dtype=float)
    slack = window._slack
    above = x > window.low if window.low_open else x >= window.low - slack
    below = x < window.high if window.high_open else x <= window.high + slack
    return above & below


@dataclass(frozen=True)
class Windows:
    """Many intervals as arrays, so that they are compared with many values in one step; every field has one shape.

    Attributes
    ----------
    low, high : the ends; NaN where nothing is printed
    low_open, high_open : whether an end is outside
    slack : room for floating-point ties, as ``Interval`` has it
    """

    low: Any
    high: Any
    low_open: Any
    high_open: Any
    slack: Any

    @property
    def given(self) -> Any:
        """Where something is printed."""
        return ~np.isnan(self.low)

    def contain(self, values: Any) -> Any:
        """Which values lie in the interval of their place; the last axes of ``values`` are those of the intervals."""
        x = np.asarray(values, dtype=float)
        with np.errstate(invalid="ignore"):
            above = np.where(self.low_open, x > self.low, x >= self.low - self.slack)
            below = np.where(self.high_open, x < self.high, x <= self.high + self.slack)
        return above & below


def windows(intervals: Sequence[Interval | None]) -> Windows:
    """Intervals as arrays of shape ``(n,)``; None where nothing is printed, which contains no value."""
    nothing = Interval(np.nan, np.nan)
    each = [w or nothing for w in intervals]
    return Windows(
        np.array([w.low for w in each], dtype=float),
        np.array([w.high for w in each], dtype=float),
        np.array([w.low_open for w in each], dtype=bool),
        np.array([w.high_open for w in each], dtype=bool),
        np.array([w._slack for w in each], dtype=float),
    )
