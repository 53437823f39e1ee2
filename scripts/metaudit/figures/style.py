"""The look of every figure: type, colours, line widths. How one is saved: ``output.py``.

Colours differ in lightness too, and no meaning rests on colour alone.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

FONT = "DejaVu Sans"
BODY = 7.5
SMALL = 6.5
TITLE = 9.0

INK = "#1a1a1a"
MUTED = "#5f6368"
RULE = "#9aa0a6"
FAINT = "#d5d8dc"
STUDY = "#33566f"
POOLED = "#0b5394"
PRINTED = "#b45309"
SHADES = ("#c3ccd6", "#d9dfe6", "#edf0f3")

THIN = 0.6
MEDIUM = 0.9

MEASURING_DPI = 288.0
"""Texts are measured finer than they are drawn, so that hinting does not round their widths."""

_COLOUR = re.compile(r"(#[0-9A-Fa-f]{6})([0-9A-Fa-f]{2})?")


def hex_of(colour: str) -> str:
    """Write a colour as ``#rrggbb``, without how opaque it is.

    Raises
    ------
    ValueError
        when it is not such a colour, nor ``#rrggbbaa``, nor white
    """
    return _split(colour)[0]


def opacity_of(colour: str) -> float:
    """How opaque a colour is, from 0 to 1."""
    return _split(colour)[1]


@lru_cache(maxsize=256)
def _split(colour: str) -> tuple[str, float]:
    found = _COLOUR.fullmatch("#ffffff" if colour == "white" else colour)
    if not found:
        raise ValueError(f"colour {colour!r}: write it as #rrggbb, or as #rrggbbaa where it is seen through")
    return found[1].lower(), int(found[2] or "ff", 16) / 255


@dataclass(frozen=True)
class Look:
    """Colours of a forest plot. ``None`` leaves a mark out.

    Attributes
    ----------
    study : squares of the studies; ``study_edge`` their rim
    line : intervals of the studies
    diamond, diamond_edge : pooled results
    null, pooled_line : vertical lines at no effect and at the pooled result
    axis : the axis and the rule under the headings
    band : behind the headings
    """

    study: str = STUDY
    study_edge: str | None = None
    line: str = STUDY
    diamond: str = POOLED
    diamond_edge: str | None = None
    null: str = RULE
    pooled_line: str | None = POOLED
    axis: str = INK
    band: str | None = None
