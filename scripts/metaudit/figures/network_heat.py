"""The net heat plot: which design disagrees with which.

Source: Krahn, Binder and König 2013, BMC Med Res Methodol 13:35.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from metaudit.figures.drawn import Drawn
from metaudit.figures.network_cells import COLD, KEY_HEIGHT, WARM, cell, key, key_width, signed_shade
from metaudit.figures.plot import MARGIN, WIDTH, Page, shorten
from metaudit.figures.style import MUTED, SMALL
from metaudit.figures.typeset import width
from metaudit.figures.wording import number, variance

if TYPE_CHECKING:
    from metaudit.network.designs import Design
    from metaudit.network.heat import NetHeat

COLUMNS = ("mark", "design", "detached", "value")

_HIGH, _LEAST = 15.0, 30.0
_NAME, _SHORTEST = 230.0, 40.0  # of a design, and of one treatment in it
_STEPS = (0.5, 2.0, 8.0)  # of a sum of squares: a design's own is chi-squared where nothing disagrees


def draw(heat: NetHeat, title: str) -> Drawn | None:
    """Draw the net heat; None where no design can disagree with another.

    Parameters
    ----------
    heat : at a tau²
    title : of the network
    """
    n = len(heat.designs)
    if not n:
        return None
    whole = f"Net heat plot: {title}"
    entries = _entries()
    names = [f"{i} {_fitted(d)}" for i, d in enumerate(heat.designs, start=1)]
    before = max(width(words, SMALL) for words in names) + 6
    wide = max(_LEAST, max(width(number(v, 1), SMALL) for v in heat.change.ravel()) + 6)
    sheet = max(WIDTH, before + n * wide + 2 * MARGIN, key_width(entries) + 2 * MARGIN)
    page = Page(whole, _notes(heat), body=_HIGH * (n + 1) + KEY_HEIGHT + 16, sheet_width=sheet)
    left, top = MARGIN + (sheet - before - n * wide - 2 * MARGIN) / 2 + before, page.body_top + _HIGH + 10
    page.text(
        left + n * wide / 2,
        page.body_top + 6,
        "Detached design",
        size=SMALL,
        align="center",
        colour=MUTED,
        name="across",
    )
    page.text(left - 6, top - 4, "Inconsistency of", size=SMALL, align="right", colour=MUTED, name="down")
    for i in range(n):
        page.text(
            left + (i + 0.5) * wide, top - 4, str(i + 1), size=SMALL, align="center", colour=MUTED, name=f"column-{i}"
        )
        page.text(left - before, top + (i + 0.5) * _HIGH + SMALL * 0.36, names[i], size=SMALL, name=f"design-{i}")
        for j in range(n):
            value = float(heat.change[i, j])
            box = (left + j * wide, top + i * _HIGH, left + (j + 1) * wide, top + (i + 1) * _HIGH)
            cell(page, box, fill=signed_shade(-value, _STEPS), name=f"cell-{i}-{j}")
            at = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2 + SMALL * 0.36
            page.text(*at, number(value, 1), size=SMALL, align="center", bold=i == j, name=f"value-{i}-{j}")
    key(page, (MARGIN, top + n * _HIGH + 5), entries)
    return Drawn("network-heat", page.figure, whole, _alt(heat, title), COLUMNS, list(_rows(heat)))


def name(design: Design) -> str:
    """``Aspirin : Placebo``."""
    return " : ".join(design)


def _fitted(design: Design) -> str:
    """The name of a design; where it is too long, every treatment of it is shortened."""
    if width(name(design), SMALL) <= _NAME:
        return name(design)
    room = (_NAME - width(" : ", SMALL) * (len(design) - 1)) / len(design)
    return " : ".join(shorten(t, max(room, _SHORTEST)) for t in design)


def _entries() -> list[tuple[str, str]]:
    words = [f"{s:g}" for s in _STEPS]
    return [(WARM[0], f"disagrees, from {words[0]} on"), (WARM[1], words[1]), (WARM[2], words[2]),
            (COLD[0], f"speaks for it, from {words[0]} on"), (COLD[1], words[1]), (COLD[2], words[2])]  # fmt: skip


def _notes(heat: NetHeat) -> list[str]:
    tau2 = f"at tau² {variance(heat.tau2)}"
    return [
        "Diagonal: how far a design is from the network, as a part of Q between designs. Beside it: how much of that goes when "
        f"the design of the column has effects of its own ({tau2})",
    ]


def _alt(heat: NetHeat, title: str) -> str:
    worst = int(np.argmax(heat.inconsistency))
    change = heat.change - np.diag(np.diag(heat.change))
    row, column = (int(i) for i in np.unravel_index(int(np.argmax(change)), change.shape))
    most = f"The most inconsistent is {name(heat.designs[worst])} ({number(float(heat.inconsistency[worst]), 2)})."
    told = f"Detaching {name(heat.designs[column])} takes most from one: {number(float(change[row, column]), 2)} from {name(heat.designs[row])}."
    if change[row, column] <= 0:
        told = "Detaching a design makes no other one more consistent."
    return f"Net heat plot of {title}: {len(heat.designs)} designs. {most} {told}"


def _rows(heat: NetHeat) -> Iterator[dict[str, object]]:
    for i, d in enumerate(heat.designs):
        yield dict(zip(COLUMNS, ("inconsistency", name(d), "", float(heat.inconsistency[i])), strict=True))
        for j, other in enumerate(heat.designs):
            if i != j:
                yield dict(zip(COLUMNS, ("change", name(d), name(other), float(heat.change[i, j])), strict=True))
