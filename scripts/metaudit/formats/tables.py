"""Read one CSV table of a review and say everything that is wrong with its cells."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path

from metaudit.errors import PrintedError, Problem
from metaudit.formats.columns import BIAS_PREFIX, COVARIATE_PREFIX, EXTRACTORS, JUDGEMENTS, KEYS, TABLES, Column
from metaudit.printed import Printed, parse_printed

# UTF-8 read as Windows-1252: a capital with tilde or circumflex, then a sign that no word has there.
_MOJIBAKE = re.compile("[ÃÂ][\u0080-\u00bf\u0152-\u0192\u02c6\u02dc\u2013-\u203a\u20ac\u2122]|â€|\ufffd")

Complaint = Callable[[str, str, str], Problem]
_EXTRACTIONS = ("extraction.csv", *EXTRACTORS.values())


@dataclass(frozen=True)
class Row:
    """One line of a table: its text cells, and its numbers as printed.

    ``line`` is the line a spreadsheet shows (header = 1). Empty cells are absent from ``cells``.
    """

    line: int
    cells: dict[str, str]
    numbers: dict[str, Printed] = field(default_factory=dict, repr=False)

    def text(self, column: str) -> str:
        """The cell's text, or an empty string."""
        return self.cells.get(column, "")

    def value(self, column: str) -> float | None:
        """The cell's number, or None when the cell is empty."""
        printed = self.numbers.get(column)
        return None if printed is None else printed.value


def near(name: str, known: Iterable[str]) -> str:
    """The nearest known name, or an empty string; capitals and small letters are the same."""
    options = {k.lower(): k for k in known}
    close = get_close_matches(name.strip().lower(), options, n=1, cutoff=0.6)
    return options[close[0]] if close else ""


def nearest(name: str, known: Iterable[str]) -> str:
    """A 'did you mean' phrase for the nearest known name, or the list of known names."""
    options = list(known)
    close = near(name, options)
    if close:
        return f"Did you mean {close!r}?"
    if not options:
        return "There is none yet."
    return f"Known: {', '.join(options)}." if len(options) <= 30 else "No known name is near it."


def read_table(
    path: Path, shown: str, *, kind: str = "", covariates: Iterable[str] = ()
) -> tuple[list[Row], list[Problem]]:
    """Read a table and check every cell against its column.

    Parameters
    ----------
    path : the file
    shown : the path as it is written in messages
    kind : which of the review's tables it is, when its name does not tell
    covariates : columns that are read as covariates although they lack the prefix

    Returns
    -------
    The rows, and every problem found (unknown columns, wrong kinds, values out of range, duplicate keys).
    """
    text, problem = decoded(path, shown, "CSV UTF-8")
    if problem:
        return [], [problem]
    kind = kind or path.name
    columns = {c.name: c for c in TABLES[kind]}
    records: list[list[str]] = []
    try:
        for record in csv.reader(io.StringIO(text, newline=""), strict=True):
            records.append(record)  # one by one: a broken one leaves the number of those before it
    except csv.Error:
        message = "a quotation mark opens in this row and is not closed as it should be."
        fix = "Close every quotation mark; double those inside a cell."
        return [], [Problem(shown, len(records) + 1, "", "csv", message, fix)]
    named = set(covariates) - set(columns)
    header = [COVARIATE_PREFIX + h if h in named else h for h in records[0]] if records else []
    problems = _check_header(header, columns, shown, kind)
    if problems:
        return [], problems
    rows, problems = _read_lines(records[1:], header, columns, shown)
    return rows, problems + _duplicates(rows, KEYS[kind], shown)


def decoded(path: Path, shown: str, kind: str) -> tuple[str, Problem | None]:
    """A file's text, or the problem that it is not UTF-8."""
    content = path.read_bytes()
    fix = f"Save it as {kind}."
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "", Problem(shown, 1, "", "encoding", 'the file is UTF-16 ("Unicode text"), not UTF-8.', fix)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        before = content[: error.start].rpartition(b"\n")[2].decode("utf-8", "replace").removeprefix("\ufeff")[-20:]
        return "", Problem(shown, line, "", "encoding", f"the character after {before!r} is not UTF-8.", fix)
    if "\x00" in text:
        line = text[: text.index("\x00")].count("\n") + 1
        return "", Problem(
            shown, line, "", "encoding", "the file holds NUL bytes; it is not a text file in UTF-8.", fix
        )
    return text, None


def _check_header(header: list[str], columns: dict[str, Column], shown: str, file: str) -> list[Problem]:
    if not header or header == [""]:
        return [
            Problem(
                shown,
                1,
                "",
                "header",
                "the file is empty.",
                f"Its first row names the columns: {', '.join(list(columns)[:6])} ...",
            )
        ]
    for sign, word in ((";", "semicolons"), ("\t", "tabs")):
        if len(header) == 1 and sign in header[0]:
            return [
                Problem(
                    shown,
                    1,
                    "",
                    "header",
                    f"the columns are separated by {word}.",
                    "Save the table as CSV separated by commas.",
                )
            ]
    nameless = [i for i, name in enumerate(header, start=1) if not name.strip()]
    if nameless:
        message = f"column {nameless[0]} has no name."
        return [
            Problem(shown, 1, "(empty)", "unknown-column", message, "Name it, or delete empty columns at the right.")
        ]
    problems = []
    meant = {near(name, columns) for name in header if name not in columns}
    for name in dict.fromkeys(header):
        if name not in columns and not (file in _EXTRACTIONS and _is_named_by_the_user(name)):
            hint = nearest(name, columns)
            fix = (
                f"{hint} Covariates start with x_, judgements of bias with rob_." if file in _EXTRACTIONS else hint
            )
            problems.append(Problem(shown, 1, name, "unknown-column", f"column {name!r} is not known.", fix))
        if header.count(name) > 1:
            problems.append(
                Problem(shown, 1, name, "duplicate-column", f"column {name!r} stands twice.", "Keep one of them.")
            )
    for column in columns.values():
        if column.required and column.name not in header and column.name not in meant:
            problems.append(
                Problem(
                    shown,
                    1,
                    column.name,
                    "missing-column",
                    f"column {column.name!r} is missing.",
                    f"It holds: {column.meaning}.",
                )
            )
    return problems


def _is_named_by_the_user(name: str) -> bool:
    """Whether a column of extraction.csv is a covariate or a judgement of bias."""
    return any(name.startswith(prefix) and name != prefix for prefix in (COVARIATE_PREFIX, BIAS_PREFIX))


def _read_lines(
    reader: Iterable[list[str]], header: list[str], columns: dict[str, Column], shown: str
) -> tuple[list[Row], list[Problem]]:
    rows: list[Row] = []
    problems: list[Problem] = []
    for line, cells in enumerate(reader, start=2):
        if not any(c.strip() for c in cells):
            continue
        if len(cells) != len(header):
            message = f"the row has {len(cells)} cells, the header {len(header)}."
            fix = "Put a cell that holds a comma between quotation marks."
            if len(cells) < len(header):
                fix = "Every column needs its cell, empty where nothing is reported."
            problems.append(Problem(shown, line, "", "ragged-row", message, fix))
            continue
        row = Row(line, {name: c.strip() for name, c in zip(header, cells, strict=True) if c.strip()})
        problems += _check_row(row, columns, shown)
        rows.append(row)
    return rows, problems


def _check_row(row: Row, columns: dict[str, Column], shown: str) -> list[Problem]:
    problems = []
    who = f" (study {row.cells['study']!r})" if "study" in row.cells else ""
    for name, column in columns.items():
        if column.required and name not in row.cells:
            problems.append(
                Problem(
                    shown, row.line, name, "empty-cell", f"the cell is empty{who}.", f"It must hold: {column.meaning}."
                )
            )
    for name, text in row.cells.items():
        if _MOJIBAKE.search(text):
            problems.append(
                Problem(
                    shown,
                    row.line,
                    name,
                    "encoding",
                    f"{text!r} was garbled by a wrong encoding.",
                    "Save the table as CSV UTF-8.",
                )
            )
        if name.startswith(BIAS_PREFIX):
            problem = check_cell(row, Column(name, "choice", "", choices=JUDGEMENTS), text.lower(), who, shown)
            problems += [problem] if problem else []
        elif name in columns:
            problem = check_cell(row, columns[name], text, who, shown)
            problems += [problem] if problem else []
    return problems


def check_cell(row: Row, column: Column, text: str, who: str, shown: str) -> Problem | None:
    """What is wrong with one cell, if anything; a good number is kept in the row as a number."""

    def wrong(rule: str, message: str, fix: str) -> Problem:
        return Problem(shown, row.line, column.name, rule, f"{message}{who}.", fix)

    if column.kind == "choice" and text not in column.choices:
        return wrong("choice", f"{text!r} is not allowed", nearest(text, column.choices))
    if column.kind == "year" and not re.fullmatch(r"(1[89]|20)\d\d", text):
        return wrong("year", f"{text!r} is not a year", "Write four digits, such as 2018.")
    if column.kind == "doi" and not re.fullmatch(r"10\.\d{4,9}/\S+", text):
        return wrong(
            "doi", f"{text!r} is not a DOI", "Write it without a resolver, such as 10.1001/jama.1994.03510330076038."
        )
    if column.kind not in ("count", "number"):
        return None
    try:
        number = parse_printed(text)
    except PrintedError as error:
        comma = "decimal comma" in str(error)
        return wrong(
            "number",
            str(error).rstrip("."),
            "The decimal sign is a point." if comma else "An empty cell means: not reported.",
        )
    row.numbers[column.name] = number
    return _check_range(number, column, text, wrong)


def _check_range(number: Printed, column: Column, text: str, wrong: Complaint) -> Problem | None:
    percent_count = column.kind == "count" and number.percent and column.name.startswith("events")
    if (
        column.kind == "count"
        and not percent_count
        and (number.percent or number.relation != "=" or number.value != int(number.value))
    ):
        return wrong(
            "count",
            f"{text!r} is not a whole number of people",
            "Counts are whole numbers; a percentage carries its % sign.",
        )
    if column.kind == "count" and number.value < 0:
        return wrong("negative", f"{text} is negative", "A count is 0 or more.")
    if column.above is not None and number.value <= column.above:
        return wrong(
            "range", f"{text} is not above {column.above:g}", f"{column.meaning.capitalize()}: above {column.above:g}."
        )
    if column.low is not None and number.value < column.low:
        rule = "negative" if column.low == 0 else "range"
        return wrong(rule, f"{text} is below {column.low:g}", f"{column.meaning.capitalize()}: {column.low:g} or more.")
    if column.high is not None and number.value > column.high:
        return wrong(
            "range", f"{text} is above {column.high:g}", f"{column.meaning.capitalize()}: {column.high:g} or less."
        )
    return None


def _duplicates(rows: list[Row], keys: tuple[str, ...], shown: str) -> list[Problem]:
    seen: dict[tuple[str, ...], int] = {}
    problems = []
    for row in rows:
        key = tuple(row.text(k) for k in keys)
        if key in seen:
            label = ", ".join(k for k in key if k)
            message = f"({label}) stands already in row {seen[key]}."
            fix = f"{', '.join(keys)} together must be unique." if len(keys) > 1 else "Give it another name."
            problems.append(Problem(shown, row.line, keys[0], "duplicate-key", message, fix))
        seen.setdefault(key, row.line)
    return problems
