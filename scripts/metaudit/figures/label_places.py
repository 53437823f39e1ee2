"""Where the names of points may stand: beside their mark, over no other mark and no other name."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from metaudit.figures.style import SMALL
from metaudit.figures.typeset import width

Box = tuple[float, float, float, float]
Point = tuple[float, float]

_ASCENT, _DESCENT = 0.80, 0.26  # of the font size, as drawn text boxes have them
_GAP = 1.5
_FAR = (9.0, 18.0, 30.0)
_SLACK = 0.4


@dataclass(frozen=True)
class Label:
    """A name and the mark it belongs to."""

    text: str
    at: Point
    radius: float = 2.5


@dataclass(frozen=True)
class Placed:
    """Where a name begins (baseline), its box, and the line that leads to its mark when it stands apart."""

    start: Point
    box: Box
    leader: tuple[Point, ...] = ()


def text_box(start: Point, text: str, size: float = SMALL) -> Box:
    """Left, top, right, bottom of a line of text that begins at ``start``, y growing downward."""
    x, baseline = start
    return x, baseline - _ASCENT * size, x + width(text, size), baseline + _DESCENT * size


def place_labels(labels: Sequence[Label], *, avoid: Sequence[Box], limit: Box) -> list[Placed | None]:
    """Find a place for every name, the first first.

    Parameters
    ----------
    labels : in order of importance
    avoid : boxes that no name may touch besides those of the labels' own marks
    limit : the box no name may leave

    Returns
    -------
    One place a label; None where every place near its mark is taken.
    """
    taken = [*avoid, *(_mark_box(label) for label in labels)]
    boxes = np.empty((len(taken) + len(labels), 4))
    boxes[: len(taken)] = np.reshape(taken, (-1, 4))
    used = len(taken)
    found: list[Placed | None] = []
    for label in labels:
        spot = next((c for c in _candidates(label) if _fits(c.box, boxes[:used], limit)), None)
        found.append(spot)
        if spot is not None:
            boxes[used] = spot.box
            used += 1
    return found


def _mark_box(label: Label) -> Box:
    (x, y), r = label.at, label.radius
    return x - r, y - r, x + r, y + r


def _candidates(label: Label) -> Iterator[Placed]:
    """Places beside the mark, then further away, each with its box."""
    (x, y), r, w = label.at, label.radius, width(label.text, SMALL)
    middle = (_ASCENT - _DESCENT) / 2 * SMALL
    for away in (0.0, *_FAR):
        out = r + _GAP + away
        slant = r * 0.7 + _GAP + away
        for across, up in ((1, 0), (-1, 0), (1, 1), (1, -1), (-1, 1), (-1, -1), (0, 1), (0, -1)):
            reach = out if 0 in (across, up) else slant
            start_x = x + reach if across > 0 else x - reach - w if across < 0 else x - w / 2
            baseline = y + middle
            if up:
                baseline = y - reach - _DESCENT * SMALL if up > 0 else y + reach + _ASCENT * SMALL
            start = (start_x, baseline)
            yield Placed(start, text_box(start, label.text), _leader(label, start, across, up) if away else ())


def _leader(label: Label, start: Point, across: int, up: int) -> tuple[Point, Point]:
    left, top, right, bottom = text_box(start, label.text)
    end_x = left - 0.8 if across > 0 else right + 0.8 if across < 0 else (left + right) / 2
    end_y = (top + bottom) / 2 if across else bottom if up > 0 else top
    (x, y), r = label.at, label.radius
    length = float(np.hypot(end_x - x, end_y - y)) or 1.0
    return (x + (end_x - x) * r / length, y + (end_y - y) * r / length), (end_x, end_y)


def _fits(box: Box, others: np.ndarray[tuple[int, ...], np.dtype[np.float64]], limit: Box) -> bool:
    if box[0] < limit[0] or box[1] < limit[1] or box[2] > limit[2] or box[3] > limit[3]:
        return False
    across = np.minimum(box[2], others[:, 2]) - np.maximum(box[0], others[:, 0])
    down = np.minimum(box[3], others[:, 3]) - np.maximum(box[1], others[:, 1])
    return not bool(np.any((across > -_SLACK) & (down > -_SLACK)))
