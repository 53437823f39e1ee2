"""The table in which people decide who was right, and the extraction table that follows from their decisions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from metaudit.edits.extractors import Key, row_key
from metaudit.errors import InputError, Problem
from metaudit.extractors.agreement import NOT_COMPARED
from metaudit.extractors.differences import WHOLE_ROW, Difference
from metaudit.extractors.impact import matters
from metaudit.extractors.pairing import Pair
from metaudit.formats.columns import EXTRACTION, KEYS, RECONCILIATION
from metaudit.formats.review import Review
from metaudit.formats.tables import Row, check_cell

RECONCILED = tuple(c.name for c in RECONCILIATION)
_KEY = KEYS["extraction.csv"]
_COLUMNS = {c.name: c for c in EXTRACTION}
_ORDER = {c.name: i for i, c in enumerate(EXTRACTION)}


def reconciliation_rows(review: Review, found: Sequence[Difference], *, level: float = 0.95) -> list[dict[str, str]]:
    """Rows of ``reconciliation.csv``, one a difference; decision, decided_by and note are for people to fill in."""
    return [
        {
            **dict(zip(_KEY, d.key, strict=True)), "column": d.column, "a": d.a, "b": d.b, "kind": d.kind,
            "matters": "" if d.column == "study" else matters(review, d, level=level),
        }
        for d in found
    ]  # fmt: skip


def reconciled_rows(
    review: Review, pairs: Sequence[Pair], found: Sequence[Difference], *, decided: Sequence[Row], shown: str
) -> list[dict[str, str]]:
    """Rows of ``extraction.csv``: what both extractors typed, and where they differ what was decided.

    Parameters
    ----------
    decided : rows of ``reconciliation.csv``
    shown : its path as the user would type it

    Raises
    ------
    InputError
        for every difference without a decision, every decision that is none of A, B or ``= value``, every decision about
        something in which the extractors do not differ, and every value that its column does not take.
    """
    decisions, problems = _decisions(found, decided, shown)
    if problems:
        raise InputError(problems)
    out = []
    for pair in pairs:
        row = _row(pair, decisions)
        if row is not None:
            out.append(row)
    columns = sorted({c for r in out for c in r}, key=lambda c: (_ORDER.get(c, len(_ORDER)), c))
    return [{c: r.get(c, "") for c in columns} for r in out]


def _decisions(
    found: Sequence[Difference], decided: Sequence[Row], shown: str
) -> tuple[dict[tuple[Key, str], tuple[str, Row]], list[Problem]]:
    """What was decided, by row and column, as the text that the cell is to hold; for whole rows ``row`` or nothing."""
    typed = {(row_key(r), r.text("column")): r for r in decided}
    out: dict[tuple[Key, str], tuple[str, Row]] = {}
    problems = []
    for d in found:
        row = typed.pop((d.key, d.column), None)
        what = f"{d.column or 'the row'} of {d.key[0]}"
        if row is None:
            message, fix = (
                f"{what} has no row here.",
                "Write the table again with --write; decisions already made are kept.",
            )
            problems.append(Problem(shown, 0, d.column, "undecided", message, fix))
            continue
        text, problem = _decision(d, row, shown, what)
        problems += [problem] if problem else []
        out[d.key, d.column] = (text, row)
    for row in typed.values():
        message = f"the extractors do not differ in {row.text('column') or 'this row'} of {row.text('study')}."
        problems.append(Problem(shown, row.line, "column", "no-difference", message, "Delete the row."))
    return out, problems


def _decision(d: Difference, row: Row, shown: str, what: str) -> tuple[str, Problem | None]:
    said = row.text("decision")
    allowed = "Write A or B" + (", or the right value after =, as in = 8.0." if d.column else ".")
    if not said:
        message = f"{what} is not decided: A typed {d.a or 'nothing'}, B {d.b or 'nothing'}."
        return "", Problem(shown, row.line, "decision", "undecided", message, allowed)
    if said.upper() in ("A", "B"):
        return (d.a if said.upper() == "A" else d.b), None
    if not said.startswith("=") or not d.column:
        return "", Problem(shown, row.line, "decision", "decision", f"{said!r} is no decision about {what}.", allowed)
    text = said[1:].strip()
    column = _COLUMNS.get(d.column)
    problem = check_cell(Row(row.line, {}), column, text, f" ({what})", shown) if column and text else None
    return text, problem


def _row(pair: Pair, decisions: Mapping[tuple[Key, str], tuple[str, Row]]) -> dict[str, str] | None:
    """One row of the reconciled table; None where it was decided that there is none."""
    base = pair.a or pair.b
    assert base is not None
    other = pair.b if pair.a is not None else None
    cells: dict[str, Any] = dict(base.cells)
    for name, text in (other.cells if other is not None else {}).items():
        if name in NOT_COMPARED and not cells.get(name):
            cells[name] = text
    notes = [cells["note"]] if cells.get("note") else []
    for (key, column), (text, row) in decisions.items():
        if key != pair.key:
            continue
        if not column:
            if text != WHOLE_ROW:
                return None
            notes.append(_note("the row", row, WHOLE_ROW))
            continue
        cells[column] = text
        notes.append(_note(column, row, text))
    if notes:
        cells["note"] = "; ".join(notes)
    return {k: v for k, v in cells.items() if v}


def _note(what: str, row: Row, text: str) -> str:
    """Who typed what and who decided, for the note of the row."""
    by = f" by {row.text('decided_by')}" if row.text("decided_by") else ""
    why = f": {row.text('note')}" if row.text("note") else ""
    typed = ", ".join(f"{who.upper()} typed {row.text(who) or 'nothing'}" for who in ("a", "b"))
    return f"{what}: {text or 'nothing'} decided{by} ({typed}){why}"
