"""The integer checks on the rows of an extraction table."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from metaudit.enumeration.debit import debit
from metaudit.enumeration.grim import grim
from metaudit.enumeration.sd_bounds import mean_sd_feasible
from metaudit.enumeration.windows import first_count, fraction_window, last_count
from metaudit.formats.tables import Row
from metaudit.printed import Printed

GROUPS = ("_t", "_c", "")


@dataclass(frozen=True)
class RowCheck:
    """One check of one group of one row.

    Attributes
    ----------
    check : ``percentage``, ``grim``, ``debit`` or ``mean-sd``
    line : line of the table as a spreadsheet shows it
    columns : the columns it compares
    possible : whether whole numbers can give what is printed
    settled : whether that is proven
    sentence : the finding in words
    """

    check: str
    line: int
    columns: tuple[str, ...]
    possible: bool
    settled: bool
    sentence: str


def row_integer_checks(
    row: Row, *, items: int | None = None, scale_min: int | None = None, scale_max: int | None = None,
    denominator: str = "sample", rounding: str = "nearest",
) -> list[RowCheck]:  # fmt: skip
    """Every integer check that a row allows, in the order of its columns.

    Percentages are checked wherever a group has one and its n. Means and SDs only when the caller says that the outcome is
    made of whole numbers, by ``items`` (1 for a count or a single rating) or by the ends of the scale; a scale from 0 to 1
    is binary data (DEBIT).

    Parameters
    ----------
    row : of extraction.csv
    items : whole-number items averaged per person; None when the outcome is not known to consist of whole numbers
    scale_min, scale_max : ends of the scale of one item, both or neither
    denominator : of the SD (``sample``, ``population``, ``either``)
    rounding : ``nearest`` or ``truncated``

    Raises
    ------
    DataError
        when a scale or a choice makes no sense.
    """
    out = []
    whole_numbers = items is not None or scale_min is not None
    for suffix in GROUPS:
        n = row.numbers.get(f"n{suffix}")
        if n is None or n.value < 1 or n.value != int(n.value):
            continue
        size = int(n.value)
        events, mean = (_exact(row, f"{name}{suffix}") for name in ("events", "mean"))
        if events is not None and events.percent:
            out.append(_percentage(row, suffix, size, rounding))
        if mean is None or not whole_numbers:
            continue
        options = {"scale_min": scale_min, "scale_max": scale_max, "rounding": rounding}
        g = grim(mean.text, size, items=items or 1, **options)  # type: ignore[arg-type]
        out.append(RowCheck("grim", row.line, (f"mean{suffix}", f"n{suffix}"), g.possible, True, g.sentence))
        sd = _exact(row, f"sd{suffix}")
        if sd is None or size < 2 or not g.possible:
            continue
        columns = (f"mean{suffix}", f"sd{suffix}", f"n{suffix}")
        if (scale_min, scale_max, items or 1) == (0, 1, 1):
            d = debit(mean.text, sd.text, size, denominator=denominator, rounding=rounding)
            out.append(RowCheck("debit", row.line, columns, d.possible, True, d.sentence))
        else:
            s = mean_sd_feasible(mean.text, sd.text, size, items=items or 1, denominator=denominator, **options)  # type: ignore[arg-type]
            out.append(RowCheck("mean-sd", row.line, columns, s.possible, s.settled, s.sentence))
    return out


def _exact(row: Row, column: str) -> Printed | None:
    """A number that is printed as such, not as a bound."""
    printed = row.numbers.get(column)
    return printed if printed is not None and printed.relation == "=" and math.isfinite(printed.value) else None


def _percentage(row: Row, suffix: str, n: int, rounding: str) -> RowCheck:
    """A percentage of n people against the whole numbers of people."""
    text = row.text(f"events{suffix}")
    window, size = fraction_window(text, rounding), np.array([n], dtype=np.int64)
    first, last = int(first_count(window, size)[0]), int(last_count(window, size)[0])
    if first <= last:
        counts = str(first) if first == last else f"{first} to {last}"
        sentence = f"{text} of {n} people is {counts} of them."
    else:
        around = [x for x in (last, first) if 0 <= x <= n]
        near = " and ".join(
            f"{x}/{n} = {100 * x / n:.{max(row.numbers[f'events{suffix}'].decimals, 0) + 1}f}%" for x in around
        )
        sentence = f"No whole number of {n} people is {text}; the nearest are {near}."
    columns = (f"events{suffix}", f"n{suffix}")
    return RowCheck("percentage", row.line, columns, first <= last, True, sentence)
