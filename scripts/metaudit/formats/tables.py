"""Read one CSV table of a review and say everything that is wrong with its cells."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import field
from pathlib import Path

from metaudit.errors import PrintedError, Problem
from metaudit.formats.advice import instead_of
from metaudit.formats.columns import BIAS_PREFIX, COVARIATE_PREFIX, JUDGEMENTS, KEYS, TABLES, Column
from metaudit.formats.headers import EXTRACTIONS, check_header
from metaudit.formats.names import near as near
from metaudit.formats.names import nearest as nearest
from metaudit.formats.signs import clipped, look, printable, unwanted, why_unlike
from metaudit.formats.sizes import beyond_studies
from metaudit.formats.text_file import decoded
from metaudit.formats.told import MOST_PROBLEMS, told
from metaudit.printed import Printed, parse_printed
from metaudit.records import record

# UTF-8 read as Windows-1252: a capital with tilde or circumflex, then a sign that no word has there.
_MOJIBAKE = re.compile("[ÃÂ][\u0080-\u00bf\u0152-\u0192\u02c6\u02dc\u2013-\u203a\u20ac\u2122]|â€|\ufffd")

# Rows below a table that a forest plot prints and a table of studies must not hold.
_TOTAL = re.compile(
    r"(?:sub-?|grand )?totals?(?: \(.*\))?|overall(?: (?:effect|estimate|total))?(?: \(.*\))?|pooled(?: .*)?"
    r"|(?:random|fixed|common)[- ]effects?(?: model)?|summary(?: (?:effect|estimate|measure))?|heterogeneity\b.*",
    re.IGNORECASE,
)
_TYPE_AGAIN = "No printed table has such a sign; it comes from copying. Delete it, or type the cell again."
_NO_STUDY = "A table has one row for each study: delete the row, or put a remark into the column note of a study."

MOST_ROWS = 100_000
"""Rows that a table of one review may have; the largest meta-analyses have a few thousand."""
# Words of programs for an empty cell, in columns where they would be taken for a name: a share of a control group, a subgroup.
_MAY_BE_NOTHING, _NOTHING = ("arm", "subject"), ("NA", "N/A", "nan", "NaN", "NULL", "<NA>")

Complaint = Callable[[str, str, str], Problem]


@record
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


def read_table(
    path: Path, shown: str, *, kind: str = "", covariates: Iterable[str] = (), own: Sequence[Column] = ()
) -> tuple[list[Row], list[Problem]]:
    """Read a table and check every cell against its column.

    Parameters
    ----------
    path : the file
    shown : the path as it is written in messages
    kind : which of the review's tables it is, when its name does not tell
    covariates : columns that are read as covariates although they lack the prefix
    own : columns of a table that is none of a review's, the first of which is its key

    Returns
    -------
    The rows, and every problem found (unknown columns, wrong kinds, values out of range, duplicate keys).
    """
    text, problem = decoded(path, shown, "CSV UTF-8")
    if problem:
        return [], [problem]
    kind = kind or path.name
    columns = {c.name: c for c in own or TABLES[kind]}
    records: list[list[str]] = []
    try:
        for record in csv.reader(io.StringIO(text, newline=""), strict=True):
            records.append(record)  # one by one: a broken one leaves the number of those before it
            if len(records) > MOST_ROWS:
                return [], [too_many_rows(shown)]
    except csv.Error as error:
        return [], [broken_csv(error, shown, len(records) + 1)]
    named = set(covariates) - set(columns)
    titles = [h.strip() for h in records[0]] if records else []
    header = [COVARIATE_PREFIX + h if h in named else h for h in titles]
    problems = check_header([header, *records[1:]], columns, shown, kind)
    if problems:
        return [], problems
    rows, problems = _read_lines(records[1:], header, columns, shown)
    if kind in EXTRACTIONS:
        problems += no_studies(rows, shown, wide=len(header) > 2)
    if not problems or problems[-1].rule != "too-many":  # else the rest of the table was not looked at
        problems = told(problems + duplicates(rows, (own[0].name,) if own else KEYS[kind], shown), "the table")
    return rows, problems


def too_many_rows(shown: str) -> Problem:
    """The refusal of a table that is no table of one review."""
    message = f"the table has more than {MOST_ROWS:,} rows."
    fix = "A review has a row for each study; thousands of reviews in one table are a corpus (config.yaml, key corpus)."
    return Problem(shown, MOST_ROWS + 1, "", "too-large", message, fix)


def broken_csv(error: csv.Error, shown: str, row: int) -> Problem:
    """What is wrong where the reader of CSV stops."""
    message = "a quotation mark opens in this row and is not closed as it should be."
    fix = "Close every quotation mark; double those inside a cell."
    if "limit" in str(error):
        message = f"a cell of this row has more than {csv.field_size_limit():,} characters."
        fix = "A cell holds one number or a few words; look for a quotation mark that is not closed."
    return Problem(shown, row, "", "csv", message, fix)


def _read_lines(
    reader: Iterable[list[str]], header: list[str], columns: dict[str, Column], shown: str
) -> tuple[list[Row], list[Problem]]:
    rows: list[Row] = []
    problems: list[Problem] = []
    for line, cells in enumerate(reader, start=2):
        if not any(c.strip() for c in cells):
            continue
        if len(problems) >= MOST_PROBLEMS:
            message = f"more than {MOST_PROBLEMS:,} things are wrong above; the rest of the table was not looked at."
            problems.append(Problem(shown, line, "", "too-many", message, "Mend what repeats, and check again."))
            break
        if len(cells) != len(header):
            problems.append(ragged_row(cells, len(header), shown, line))
            continue
        row = Row(line, {name: c.strip() for name, c in zip(header, cells, strict=True) if c.strip()})
        problems += check_cells(row, columns, shown)
        rows.append(row)
    return rows, problems


def ragged_row(cells: list[str], columns: int, shown: str, row: int) -> Problem:
    """What is wrong with a row that has more or fewer cells than the header."""
    message = f"the row has {len(cells)} cells, the header {columns}."
    fix = "Put a cell that holds a comma between quotation marks."
    filled = [c.strip() for c in cells if c.strip()]
    if len(filled) == 1 and columns > 2:
        message = f"the row holds {_shortened(filled[0])!r} and nothing else."
        fix = _NO_STUDY
    elif not any(c.strip() for c in cells[columns:]) and len(cells) > columns:
        fix = "Delete the empty cells at its end."
    elif len(cells) < columns:
        fix = "Every column needs its cell, empty where nothing is reported."
    return Problem(shown, row, "", "ragged-row", message, fix)


def no_studies(rows: list[Row], shown: str, *, wide: bool, keys: frozenset[str] = frozenset()) -> list[Problem]:
    """A problem for each row that is no study: a note below the table, or a total.

    Parameters
    ----------
    rows : of an extraction table
    shown : the file as it is written in messages
    wide : whether the table has more columns than a label needs
    keys : columns that say where a row belongs, and nothing about a study
    """
    problems = []
    for row in rows:
        label = row.text("study")
        if wide and label and row.cells.keys() <= {"study", *keys}:
            message = f"the row holds {_shortened(label)!r} and nothing else."
            problems.append(Problem(shown, row.line, "study", "no-study", message, _NO_STUDY))
        elif _TOTAL.fullmatch(label):
            message = f"{_shortened(label)!r} is no study: a total would be pooled with the studies it is made of."
            fix = (
                "Delete the row, and type its numbers into claims.csv; a study of this name gets its year: TOTAL 2015."
            )
            problems.append(Problem(shown, row.line, "study", "no-study", message, fix))
    return problems


def _shortened(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:37]}..."


def check_cells(row: Row, columns: dict[str, Column], shown: str) -> list[Problem]:
    """What is wrong with the cells of a row, each by itself; good numbers are kept in the row as numbers."""
    problems = []
    who = f" (study {_shortened(row.cells['study'])!r})" if "study" in row.cells else ""
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
                    f"{clipped(text)!r} was garbled by a wrong encoding.",
                    "Save the table as CSV UTF-8.",
                )
            )
        sign = unwanted(text)
        if sign:
            problems.append(Problem(shown, row.line, name, "sign", f"the cell holds {sign}{who}.", _TYPE_AGAIN))
        elif name.startswith(BIAS_PREFIX):
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
        return wrong("choice", f"{clipped(text)!r} is not allowed", nearest(text, column.choices, column.name))
    if column.kind == "year" and not re.fullmatch(r"(1[89]|20)[0-9]{2}", text):
        if re.fullmatch(r"[0-9]{4}", text):
            return wrong("year", f"{text!r} is not between 1800 and 2099", "Check the digits of the year.")
        fix = instead_of(text, column.name) if not text.isascii() else ""
        return wrong("year", f"{clipped(text)!r} is not a year", fix or "Write four digits, such as 2018.")
    if column.kind == "doi" and not re.fullmatch(r"10\.\d{4,9}/\S+", text):
        return wrong(
            "doi",
            f"{clipped(text)!r} is not a DOI",
            "Write it without a resolver, such as 10.1001/jama.1994.03510330076038.",
        )
    if column.name in _MAY_BE_NOTHING and text in _NOTHING:
        return wrong(
            "missing", f"{text!r} is what a program writes for nothing", "Leave the cell empty where nothing is meant."
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
            "The decimal sign is a point."
            if comma
            else instead_of(text, column.name) or "An empty cell means: not reported.",
        )
    beyond = beyond_studies(number, column.name, people=column.kind == "count")
    if beyond:
        return wrong("size", *beyond)
    row.numbers[column.name] = number
    return _check_range(number, column, text, wrong)


def _check_range(number: Printed, column: Column, text: str, wrong: Complaint) -> Problem | None:
    percent_count = column.kind == "count" and number.percent and column.name.startswith("events")
    if (
        column.kind == "count"
        and not percent_count
        and (number.percent or number.relation != "=" or number.value != int(number.value))
    ):
        fix = instead_of(text, column.name) or "Counts are whole numbers; a percentage carries its % sign."
        return wrong("count", f"{text!r} is not a whole number of people", fix)
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


def duplicates(rows: list[Row], keys: tuple[str, ...], shown: str) -> list[Problem]:
    """A problem for each row that stands twice, going by the columns that tell rows apart."""
    seen: dict[tuple[str, ...], tuple[int, tuple[str, ...]]] = {}
    problems = []
    for row in rows:
        cells = tuple(row.text(k) for k in keys)
        # A study typed twice counts twice, whatever its capitals; ids of claims may differ in them.
        key = tuple(map(same_letters if len(keys) > 1 else look, cells))
        if key in seen:
            before, same = seen[key]
            label = printable(clipped(", ".join(c for c in cells if c)))
            message = f"({label}) stands already in row {before}."
            named = [k for k in keys if not k.startswith("treatment") or row.text(k)]  # of a network's rows only
            fix = f"{', '.join(named)} together must be unique." if len(keys) > 1 else "Give it another name."
            sign = next(filter(None, map(why_unlike, cells, same)), "")
            if sign:
                message = f"({label}) looks like row {before}, and differs in a sign that nobody sees: {sign}."
                fix = f"Type it again as it stands there, or tell the two apart. {fix}"
            problems.append(Problem(shown, row.line, keys[0], "duplicate-key", message, fix))
        seen.setdefault(key, (row.line, cells))
    return problems


def same_letters(text: str) -> str:
    """A text without its capitals, its blanks and what the eye cannot see: equal for texts that are meant to be the same."""
    return "".join((text if text.isascii() else look(text)).casefold().split())
