"""What the matrices of a network share: cells in two colours by steps, and the key that explains them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from metaudit.figures.style import FAINT, SMALL
from metaudit.figures.typeset import width

if TYPE_CHECKING:
    from metaudit.figures.label_places import Box
    from metaudit.figures.plot import Page
    from metaudit.figures.sheet import Point

COLD = ("#e3edf6", "#b4cfe6", "#7fabd2")
"""From little to much, one way."""
WARM = ("#fbe9d6", "#f3c899", "#e5a05a")
"""The other way."""
KEY_HEIGHT = 18.0
_SWATCH, _GAP = 10.0, 12.0


def signed_shade(value: float, steps: Sequence[float]) -> str:
    """The colour of a number: cold above 0, warm below, by how many of the three steps its size reaches.

    Parameters
    ----------
    value : NaN for none
    steps : least sizes of the three shades, in rising order; below the first a cell stays white
    """
    reached = sum(abs(value) >= s for s in steps) if math.isfinite(value) else 0
    return "white" if not reached else (COLD if value > 0 else WARM)[reached - 1]


def cell(page: Page, box: Box, *, fill: str, name: str) -> None:
    """One cell of a matrix."""
    left, top, right, bottom = box
    corners = [(left, top), (right, top), (right, bottom), (left, bottom)]
    page.polygon(corners, fill=fill, edge=FAINT, width=0.4, order=1, name=name)


def key(page: Page, start: Point, entries: Sequence[tuple[str, str]]) -> None:
    """Swatches in a line, each with its words.

    Parameters
    ----------
    start : upper left corner of the line
    entries : colour and words
    """
    x, top = start
    for number, (fill, words) in enumerate(entries):
        cell(page, (x, top, x + _SWATCH, top + _SWATCH), fill=fill, name=f"key-{number}")
        page.text(x + _SWATCH + 3, top + _SWATCH / 2 + SMALL * 0.36, words, size=SMALL, name=f"key-words-{number}")
        x += _SWATCH + 3 + width(words, SMALL) + _GAP


def key_width(entries: Sequence[tuple[str, str]]) -> float:
    """How wide a key is."""
    return sum(_SWATCH + 3 + width(words, SMALL) + _GAP for _, words in entries) - _GAP
