"""Rounding windows over arrays: which of many values print as one printed number."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from metaudit.errors import DataError
from metaudit.printed import Interval, parse_printed

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
ROUNDINGS = ("nearest", "truncated")


def slack_of(window: Interval) -> float:
    """Room for floating-point ties at closed ends, that of ``Interval.__contains__``."""
    low, high = (0.0 if math.isinf(end) else abs(end) for end in (window.low, window.high))
    slack, width = 1e-12 * max(low, high), window.high - window.low
    return min(slack, 1e-3 * width) if width > 0 else slack


def at_least(window: Interval, x: Any) -> Bools:
    """Whether values lie above the lower end of the window; shape of ``x``; NaN does not."""
    return np.asarray(x > window.low if window.low_open else x >= window.low - slack_of(window), dtype=bool)


def at_most(window: Interval, x: Any) -> Bools:
    """Whether values lie below the upper end of the window; shape of ``x``; NaN does not."""
    return np.asarray(x < window.high if window.high_open else x <= window.high + slack_of(window), dtype=bool)


def inside(window: Interval, x: Any) -> Bools:
    """``x in window`` for every element; shape of ``x``."""
    return at_least(window, x) & at_most(window, x)


def printed_window(text: str, rounding: str = "nearest") -> Interval:
    """All values that print as a text; a percent sign is left to the caller.

    Raises
    ------
    DataError
        when the rounding is neither ``nearest`` nor ``truncated``.
    PrintedError
        when the text is no printed number.
    """
    if rounding not in ROUNDINGS:
        raise DataError(f"rounding {rounding!r} is not known; choose {' or '.join(ROUNDINGS)}")
    return parse_printed(text).interval(rounding)


def fraction_window(text: str, rounding: str = "nearest") -> Interval:
    """All fractions that print as a text: ``51.3%`` or ``0.513``.

    Raises
    ------
    DataError
        when a number above 1 has no percent sign, or the number is no share at all.
    """
    printed = parse_printed(text)
    window = printed_window(text, rounding)
    if printed.percent:
        window = window.scaled(0.01)
    elif printed.value > 1:
        raise DataError(f"{text!r} is above 1; write {text.strip()}% if it is a percentage")
    if window.low > 1 or window.high < 0:
        raise DataError(f"{text!r} is no share: shares lie between 0 and 1, percentages between 0% and 100%")
    return window


def first_count(window: Interval, n: Ints) -> Ints:
    """The smallest count x with ``x / n`` above the lower end of the window, not below 0; shape of ``n``.

    A share that equals an open end but for rounding errors lies outside: shares of counts have exact ties, unlike effects.
    """
    if math.isinf(window.low):
        return np.zeros_like(n)
    end = window.low + slack_of(window) * (1 if window.low_open else -1)
    x = np.floor(window.low * n).astype(np.int64) - 1
    for _ in range(3):  # exact at the end, whatever the product above was rounded to
        x = np.where(x / n >= end, x, x + 1)
    return np.asarray(np.maximum(x, 0))


def last_count(window: Interval, n: Ints) -> Ints:
    """The largest count x with ``x / n`` below the upper end of the window, not above n; shape of ``n``."""
    if math.isinf(window.high):
        return n.copy()
    end = window.high + slack_of(window) * (-1 if window.high_open else 1)
    x = np.ceil(window.high * n).astype(np.int64) + 1
    for _ in range(3):
        x = np.where(x / n <= end, x, x - 1)
    return np.asarray(np.minimum(x, n))
