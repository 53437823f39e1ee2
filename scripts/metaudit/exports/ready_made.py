"""Ready-made effects on the scale on which programs pool them."""

from __future__ import annotations

import math
from collections.abc import Collection

from metaudit.effects.convert import Converted
from metaudit.effects.generic import generic_effect
from metaudit.exports.content import Content
from metaudit.exports.numbers import plain, shortest
from metaudit.measures import Measure


def ready_made(row: Converted, measure: Measure, content: Content) -> dict[str, str]:
    """Effect, variance and standard error of a row on the analysis scale.

    Parameters
    ----------
    row : a row with a ready-made effect
    measure : GEN or GEN-LOG
    content : where a number that is not plain is noticed

    Returns
    -------
    ``effect``, ``variance`` and ``se``, each as typed where it is typed on this scale; empty what the row does not give.
    """
    log = measure.code == "GEN-LOG"
    yi, vi, _ = generic_effect(row, log=log)
    cells = {"effect": shortest(yi), "variance": shortest(vi), "se": shortest(math.sqrt(vi)) if vi >= 0 else ""}
    if not log and not math.isnan(yi):
        cells["effect"] = plain(row, "effect", content)
    for column in ("variance", "se"):
        if column in row.given and not math.isnan(vi):
            cells[column] = plain(row, column, content)
    return cells


def tell_ready_made(content: Content, columns: Collection[str]) -> None:
    """Say, once for every way, which effects or spreads are computed and not typed.

    Parameters
    ----------
    content : the export
    columns : which of ``variance`` and ``se`` the format takes; one of them is enough
    """
    for part in content.parts:
        if part.kind != "generic":
            continue
        log = part.measure.code == "GEN-LOG"
        ways: dict[str, list[str]] = {}
        for row in part.rows:
            _, vi, route = generic_effect(row, log=log)
            if math.isnan(vi):
                message = f"{row.label} has no usable effect ({route})."
                content.tell("dropped", content.row_place(row), message)
            elif log or not any(c in row.given for c in columns):
                ways.setdefault(route, []).append(str(row.row.line))
        for route, lines in ways.items():
            shown = ", ".join(lines[:8]) + (" ..." if len(lines) > 8 else "")
            message = f"analysis {part.analysis.id}, rows {shown}: not as typed but computed ({route})."
            content.tell("converted", "extraction.csv", message)
