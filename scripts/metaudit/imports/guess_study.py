"""Which column names the studies."""

from __future__ import annotations

import re

from metaudit.drafts.draft import Notice
from metaudit.imports.grid_table import Table
from metaudit.imports.guess_cells import is_text
from metaudit.imports.guess_names import plain
from metaudit.imports.mapping import ColumnMapping
from metaudit.imports.text_numbers import is_missing

_NUMBERS = {"id", "no", "nr", "number", "study no", "study number", "trial no", "trial number", "studynr", "sid"}


def name_studies(table: Table, found: dict[str, ColumnMapping], notices: list[Notice]) -> None:
    """Leave one column that is ``study``; a mere number gives way to the authors, who are joined by the year where needed."""
    labels = [c for c in found.values() if c.roles == ("study",)]
    authors = [c for c in found.values() if c.roles == ("author",)]
    worded = [c for c in labels if is_text(table.cells(c.name)) or _codes(table, c.name)]
    best = max(
        worded,
        key=lambda c: (plain(c.name) in ("study", "studlab", "slab", "study label"), len(set(table.cells(c.name)))),
        default=None,
    )
    for c in labels:
        if c is not best:
            del found[c.name]
    if best is not None:
        for c in authors:
            del found[c.name]
        return
    if authors:
        for c in authors[1:]:
            del found[c.name]
        return
    if labels:
        found[labels[0].name] = labels[0]
        return
    numbered = next((n for n in table.columns if n not in found and plain(n) in _NUMBERS), None)
    if numbered is not None and len(set(table.cells(numbered))) < len(table.lines):
        found[numbered] = ColumnMapping(numbered, ("study",), score=0.6, reason="a number that several rows share")
        notices.append(
            Notice(
                "guessed",
                table.shown,
                f"column {numbered!r} was read as the numbers of the studies.",
                "If another column names them, say so in mapping.yaml.",
            )
        )
        return
    column = next((n for n in table.columns if n not in found and _could_name(table, n)), None)
    if column is not None:
        found[column] = ColumnMapping(column, ("study",), score=0.6, reason="the first column of words")
        notices.append(
            Notice(
                "guessed",
                table.shown,
                f"column {column!r} was read as the names of the studies.",
                "If another column names them, say so in mapping.yaml.",
            )
        )
        return
    notices.append(
        Notice(
            "guessed",
            table.shown,
            "no column names the studies; they are called by their rows.",
            "Give the table a column study.",
        )
    )


def name_contrasts(table: Table, found: dict[str, ColumnMapping]) -> None:
    """Two columns of treatments under numbers, as network meta-analyses have, say what is compared with what."""
    keys = {plain(c).replace(" ", ""): c for c in table.columns}
    for stem in ("treat", "treatment", "trt", "t", "arm", "group"):
        pair = [keys.get(f"{stem}{k}", "") for k in (1, 2)]
        if all(pair) and f"{stem}3" not in keys and all(is_text(table.cells(c)) for c in pair):
            for name, role in zip(pair, ("arm_name", "control_name"), strict=True):
                found[name] = ColumnMapping(name, (role,), score=0.8, reason="two columns name what is compared")
            return


def _codes(table: Table, name: str) -> bool:
    """Whether cells are names with letters in them, though many begin with a number."""
    cells = [c for c in table.cells(name) if not is_missing(c)]
    return bool(cells) and sum(bool(re.search(r"[A-Za-zÀ-ÿ]{2}", c)) for c in cells) >= 0.5 * len(cells)


def _could_name(table: Table, name: str) -> bool:
    cells = table.cells(name)
    filled = [c for c in cells if not is_missing(c)]
    return bool(filled) and len(filled) >= 0.5 * len(cells) and is_text(cells) and len(set(filled)) >= 0.5 * len(filled)
