"""What every kind of figure gives: the drawing, its words and its numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from metaudit.figures.scene import Scene


@dataclass(frozen=True)
class Drawn:
    """One figure, ready to be saved.

    Parameters
    ----------
    kind : short name, part of the file name: ``forest``, ``funnel``, ``baujat``
    figure : the drawing
    title : one line, the SVG's title: ``Funnel plot: BCG vaccine and tuberculosis``
    alt : what a reader who cannot see it must know, made from the numbers drawn; two to five sentences
    columns : names of the columns of its data, in order
    rows : exactly what is drawn, one row a mark (``mark`` says which kind: study, pooled, contour, ...)
    """

    kind: str
    figure: Scene
    title: str
    alt: str
    columns: tuple[str, ...]
    rows: Sequence[Mapping[str, object]]
