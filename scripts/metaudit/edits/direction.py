"""Edits that turn the direction of a study: its arms exchanged, the sign of its effect or of its scale turned."""

from __future__ import annotations

from collections.abc import Iterator

from metaudit.edits.cells import edit_of
from metaudit.edits.edit import Change, Edit
from metaudit.formats.tables import Row


def direction_edits(row: Row, measure: str) -> Iterator[Edit]:
    """Arms exchanged, and the sign of the effect turned.

    Parameters
    ----------
    measure : code of the effect measure; a ready-made ratio is turned by its reciprocal
    """
    label, at = row.text("study"), (row.line,)
    swaps = []
    for column in row.cells:
        other = column[:-2] + {"_t": "_c", "_c": "_t"}.get(column[-2:], "")
        if column.endswith(("_t", "_c")) and other in row.cells and row.text(column) != row.text(other):
            swaps.append(Change(row.line, column, row.text(column), row.text(other)))
    if swaps:
        yield Edit("arms-swapped", label, at, tuple(swaps))
    means = {n: row.value(n) for n in ("mean_t", "mean_c", "mean")}
    given = {n: -v for n, v in means.items() if v is not None}
    if given:
        yield from edit_of("sign-flipped", row, dict(given))
    effect = row.value("effect")
    if effect is not None:
        yield from edit_of("sign-flipped", row, _turned(row, effect, ratio=measure == "GEN-LOG"))
    r = row.value("r")
    if r:
        yield from edit_of("sign-flipped", row, {"r": -r})


def _turned(row: Row, effect: float, *, ratio: bool) -> dict[str, float | None]:
    def turn(x: float | None) -> float | None:
        if x is None or (ratio and x == 0):
            return None
        return 1 / x if ratio else -x

    return {"effect": turn(effect), "ci_low": turn(row.value("ci_high")), "ci_high": turn(row.value("ci_low"))}
