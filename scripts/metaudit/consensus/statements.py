"""A table of statements that a panel judged, one a row, and everything that its numbers say about each other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from metaudit.consensus.shares import share_window
from metaudit.consensus.survey import Finding, Statement, check_statements, check_total, common_panel
from metaudit.consensus.threshold import Threshold
from metaudit.errors import DataError, InputError, PrintedError, Problem
from metaudit.formats.columns import Column
from metaudit.formats.review import shown_path
from metaudit.formats.tables import Row, read_table

COLUMNS = (
    Column("statement", "text", "its number or first words", required=True),
    Column("agree", "text", "share that agreed, as printed, 81.3%", required=True),
    Column("others", "text", "shares of the other answers, when all are printed, separated by ;"),
    Column("n", "count", "people who answered it; empty for the whole panel", above=0.0),
    Column("consensus", "choice", "whether the paper says that consensus was reached", choices=("yes", "no")),
)


def read_statements(path: Path) -> list[Statement]:
    """The statements of a CSV table with the columns ``statement, agree, others, n, consensus``; only the first two are needed.

    Raises
    ------
    InputError
        with every problem, its row and its column.
    DataError
        where there is no table, or nothing in it.
    """
    shown = shown_path(path)
    if not path.is_file():
        raise DataError(f"{shown}: {'this is a folder' if path.is_dir() else 'there is no such file'}")
    rows, problems = read_table(path, shown, own=COLUMNS)
    problems += [problem for row in rows for problem in _shares_of(row, shown)]
    if problems:
        raise InputError(problems)
    if not rows:
        raise DataError(f"{shown}: the table has a header and no statement")
    return [_statement(row) for row in rows]


def _others(row: Row) -> tuple[str, ...]:
    return tuple(part.strip() for part in row.text("others").split(";") if part.strip())


def _shares_of(row: Row, shown: str) -> Iterator[Problem]:
    """What is wrong with the shares of a row."""
    named = [("agree", row.text("agree"))] if row.text("agree") else []
    for column, text in [*named, *(("others", other) for other in _others(row))]:
        try:
            share_window(text)
        except (DataError, PrintedError) as error:
            fix = "Write the share as it is printed, such as 81.3% or 0.813."
            yield Problem(shown, row.line, column, "share", f"{str(error).rstrip('.')}.", fix)


def _statement(row: Row) -> Statement:
    said = {"yes": True, "no": False}.get(row.text("consensus"))
    return Statement(row.text("statement"), row.text("agree"), _others(row), int(row.value("n") or 0), said)


def check_table(
    statements: Sequence[Statement],
    *,
    n: int = 0,
    by: Threshold | None = None,
    printed: int | None = None,
    missing: int = 0,
    rounding: str = "nearest",
) -> list[Finding]:
    """Everything that the numbers of a table say about each other.

    Parameters
    ----------
    statements : with their printed shares
    n : the panel, for statements that do not say how many answered; 0 when each does
    by : the threshold of consensus, where the paper states one
    printed : how many statements reached consensus, as the paper says; None when it does not
    missing : how many of the panel may have answered nothing; with 0 no smaller panel is looked for
    rounding : ``nearest`` or ``truncated``

    Raises
    ------
    DataError
        when the panel is needed and not given, or something is asked that needs a threshold that is not given.
    """
    without = [s.label for s in statements if not s.n]
    if without and n < 1:
        raise DataError(
            f"{len(without)} of the statements do not say how many answered ({without[0]!r} first); give the size of the panel"
        )
    if by is None and printed is not None:
        raise DataError("how many statements reach consensus is judged by a threshold; give it")
    if by is None and any(s.consensus is not None for s in statements):
        raise DataError(
            "whether consensus was reached is judged by a threshold; give it, or leave the column consensus empty"
        )
    if missing < 0 or (missing and missing >= n):
        raise DataError(f"{missing} missing answers in a panel of {n}: there are fewer than the panel has people")
    found = check_statements(statements, n=n, by=by, rounding=rounding)
    if by is not None and printed is not None:
        found.append(check_total(statements, n=n, by=by, printed=printed, rounding=rounding))
    if missing:
        found.append(common_panel(statements, n=n, rounding=rounding, missing=missing))
    return found
