"""What a review prints for a study, in the ``printed_*`` cells of its row, and the scale it is printed on."""

from __future__ import annotations

import math

from metaudit.errors import PrintedError
from metaudit.formats.columns import ON_ANALYSIS_SCALE
from metaudit.formats.tables import Row
from metaudit.printed import Interval, Printed, parse_printed


def printed_scale(row: Row) -> str:
    """The scale of a row's printed effect and limits (``printed_scale``): the natural one where nothing is said."""
    return row.text("printed_scale") or "natural"


def on_analysis_scale(row: Row) -> bool:
    """Whether a row's effect and limits are printed as they are analysed, or as a decimal logarithm, a multiple of that."""
    return printed_scale(row) in ON_ANALYSIS_SCALE


def printed_window(row: Row, column: str) -> Interval | None:
    """What a printed effect or limit can stand for, on the natural scale or, where it is printed there, the analysis scale.

    A cell that is empty or no number (a dash, "not estimable") counts as not printed: None.
    """
    number = row.numbers.get(column) or _read(row.text(column))
    if number is None:
        return None
    window, scale = number.interval(), printed_scale(row)
    if scale == "log10":
        return window.scaled(math.log(10))
    percent = scale == "percent" or (number.percent and scale == "natural")
    return window.scaled(0.01) if percent else window


def _read(text: str) -> Printed | None:
    try:
        return parse_printed(text)
    except PrintedError:
        return None
