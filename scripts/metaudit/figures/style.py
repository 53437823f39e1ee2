"""The look of every figure: type, colours, line widths. How one is saved: ``output.py``.

Colours differ in lightness too, and no meaning rests on colour alone.
"""

from __future__ import annotations

from dataclasses import dataclass

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
