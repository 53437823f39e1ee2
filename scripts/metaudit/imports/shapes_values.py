"""Cells read by what their column holds: numbers as printed, with one notice for each thing that was changed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from metaudit.drafts.draft import Notice
from metaudit.errors import PrintedError, Problem
from metaudit.formats.columns import BIAS_PREFIX, COVARIATE_PREFIX
from metaudit.imports.grid_table import Line, Table
from metaudit.imports.guess_cells import judgement
from metaudit.imports.mapping import ColumnMapping, Mapping
from metaudit.imports.shapes_cells import decimal_signs, split_cell, usual_shape
from metaudit.imports.text_numbers import EXCEL_ERRORS, is_missing, looks_like_date, read_number, tidy
from metaudit.listing import listed

TEXT_ROLES = frozenset(
    "study author outcome timepoint comparison subgroup arm arm_name treatment statistic note where effect_type control_name pm_is".split()
)
_COUNTS = frozenset("n events nonevents n_pairs cluster_size".split())


@dataclass
class Record:
    """What one row says of one outcome: its cells by role, and where they stand.

    Attributes
    ----------
    line : the row
    cells : text by role; numbers with a decimal point
    outcome : outcome that the headings name
    notes : what a person should see beside the row
    names : heading by role
    lines : every row that it was put together from
    derived : columns whose number was computed here, not copied
    """

    line: Line
    cells: dict[str, str] = field(default_factory=dict)
    outcome: str = ""
    notes: list[str] = field(default_factory=list)
    names: dict[str, str] = field(default_factory=dict)
    lines: tuple[Line, ...] = ()
    derived: list[str] = field(default_factory=list)

    def take(self, *roles: str) -> str:
        """The first of these cells that is filled."""
        return next((self.cells[r] for r in roles if self.cells.get(r)), "")


class Reader:
    """Reads the cells of one table and remembers what it changed, could not read, or must refuse."""

    def __init__(self, table: Table, mapping: Mapping) -> None:
        self.table = table
        self.mapping = mapping
        self.codes = frozenset(mapping.missing)
        self.problems: list[Problem] = []
        self.unread: list[Notice] = []
        self._changed: dict[tuple[str, str], list[int]] = {}
        self._missing: dict[tuple[str, str], list[int]] = {}
        self._numeric: dict[str, bool] = {}
        self._decimal = {c.name: self._sign(c.name) for c in mapping.columns}

    def _sign(self, name: str) -> str:
        commas, points = decimal_signs(self.table.cells(name))
        return "," if commas > points else "." if points > commas else self.mapping.decimal

    def records(self, line: Line) -> list[Record]:
        """One record of a row; one for each outcome where outcomes stand side by side."""
        outcomes = list(dict.fromkeys(c.outcome for c in self.mapping.columns if c.outcome)) or [""]
        shared = [c for c in self.mapping.columns if c.roles and not c.outcome]
        base = Record(line, lines=(line,))
        for column in shared:
            self._read(column, base)
        out = []
        for outcome in outcomes:
            record = Record(line, dict(base.cells), outcome, list(base.notes), dict(base.names), (line,))
            own = [c for c in self.mapping.columns if c.outcome == outcome and c.roles and outcome]
            for column in own:
                self._read(column, record)
            if not own or any(record.cells.get(r) for c in own for r in c.roles):
                out.append(record)
        return out

    def _read(self, column: ColumnMapping, record: Record) -> None:
        text, odd = record.line.cells.get(column.name, ""), record.line.odd.get(column.name, "")
        for role in column.roles:
            record.names.setdefault(role, column.name)
        if odd == "formula":
            self._refuse(
                record.line,
                column.name,
                "formula",
                "the cell holds a formula whose value is not stored.",
                "Open the workbook in a spreadsheet program, let it compute, and save it.",
            )
            return
        first = column.roles[0]
        if first in TEXT_ROLES or first.startswith((COVARIATE_PREFIX, BIAS_PREFIX)):
            self._words(first, text, column, record)
        elif is_missing(text, self.codes):
            self._note_missing(column.name, text, record.line.number)
        elif odd == "date" or looks_like_date(text):
            if first == "year" and (year := re.search(r"(?:19|20)\d\d", text)):
                record.cells["year"] = year[0]
                return
            self._refuse(
                record.line,
                column.name,
                "date",
                f"the cell holds the date {text!r}; spreadsheets make dates of counts and ranges such as 12-5 or 3/40.",
                "Format the column as text, type the cell again as it is printed, and export anew; or drop the column in mapping.yaml.",
            )
        elif first == "year":
            self._year(text, column, record)
        elif len(column.roles) > 1:
            self._several(text, column, record)
        else:
            self._one(text, column, record)

    def _words(self, role: str, text: str, column: ColumnMapping, record: Record) -> None:
        plain = tidy(text)
        if role.startswith(BIAS_PREFIX):
            said = judgement(plain)
            if said is None and plain and not is_missing(plain, self.codes):
                self._not_understood(record, column.name, text, "no judgement of bias")
            record.cells[role] = said or ""
            return
        covariate = role.startswith(COVARIATE_PREFIX)
        unsaid = (
            is_missing(plain, self.codes)
            if not covariate or self._of_numbers(column.name)
            else not plain or plain in self.codes or _says_nothing(plain)
        )
        if unsaid and role not in ("study", "note"):
            self._note_missing(column.name, plain, record.line.number)
            return
        if covariate and plain not in EXCEL_ERRORS:
            plain = self._covariate(plain, column)
        record.cells[role] = plain

    def _of_numbers(self, name: str) -> bool:
        """Whether a covariate is a number in most rows; in one of words a dash or "none" may be a level."""
        if name not in self._numeric:
            self._numeric[name] = usual_shape(self.table.cells(name), self._decimal[name], self.codes) not in (
                "text",
                "",
            )
        return self._numeric[name]

    def _covariate(self, text: str, column: ColumnMapping) -> str:
        """A covariate stays as it stands, but for the decimal sign, which the moderators of an analysis need."""
        sign = self._decimal[column.name]
        if sign == "," and re.fullmatch(r"[-−–]?\d+,\d+", text):
            return text.replace(",", ".")
        return text

    def _year(self, text: str, column: ColumnMapping, record: Record) -> None:
        found = re.fullmatch(r"((?:1[89]|20)\d\d)(?:\.0+)?([a-z]?)", tidy(text))
        if not found:
            self._not_understood(record, column.name, text, "no year of four digits")
            return
        record.cells["year"] = found[1]
        if found[2]:
            record.cells["year_letter"] = found[2]

    def _one(self, text: str, column: ColumnMapping, record: Record) -> None:
        role, sign = column.roles[0], self._decimal[column.name]
        for decimal in (sign, "," if sign == "." else "."):
            try:
                cell = read_number(text, decimal, self.codes)
            except PrintedError:
                continue
            if decimal != sign and re.fullmatch(r"[-−–]?\d{1,3}[.,]\d{3}", tidy(text)):
                continue  # 1.234 and 1,234 mean what the column's other cells mean
            if cell.changed:
                self._changed.setdefault((column.name, cell.changed), []).append(record.line.number)
            record.cells[role] = cell.text
            return
        try:
            parts = split_cell(text, sign)
        except PrintedError:
            self._not_understood(record, column.name, text, "no number")
            return
        self._not_understood(record, column.name, text, f"{_count(parts.numbers)} where one is wanted")

    def _several(self, text: str, column: ColumnMapping, record: Record) -> None:
        sign = self._decimal[column.name]
        try:
            parts = split_cell(text, sign)
        except PrintedError:
            self._not_understood(record, column.name, text, "not the numbers that the column holds")
            return
        if len(parts.numbers) == 1 and column.roles[0] in (
            "effect",
            "mean_t",
            "mean_c",
            "mean",
            "events_t",
            "events_c",
            "events",
            "log_effect",
        ):
            pass  # a cell that gives the first number only
        elif len(parts.numbers) != len(column.roles):
            self._not_understood(
                record, column.name, text, f"{_count(parts.numbers)} where {len(column.roles)} are wanted"
            )
            return
        if parts.changed:
            self._changed.setdefault((column.name, parts.changed), []).append(record.line.number)
        record.cells |= dict(zip(column.roles, parts.numbers, strict=False))

    def _not_understood(self, record: Record, name: str, text: str, why: str) -> None:
        damage = _damage(tidy(text))
        if damage:
            fix = "Correct the cell in the spreadsheet and export anew; or drop the column in mapping.yaml."
            self._refuse(record.line, name, "damaged-cell", f"the cell holds {damage}: {tidy(text)[:40]!r}.", fix)
            return
        self.unread.append(
            Notice(
                "unread",
                self.table.place(record.line, name),
                f"{tidy(text)!r} is {why}; the cell is left empty.",
                "Correct the file, or type the number in extraction.csv.",
            )
        )
        record.notes.append(f"{name}: {tidy(text)}")

    def _note_missing(self, name: str, text: str, row: int) -> None:
        if tidy(text):
            self._missing.setdefault((name, tidy(text)), []).append(row)

    def _refuse(self, line: Line, name: str, rule: str, message: str, fix: str) -> None:
        at = line.letters.get(name) or self.table.letters.get(name, "")
        self.problems.append(Problem(self.table.shown, line.number, f"{at} ({name})", rule, message, fix))

    def notices(self) -> Iterator[Notice]:
        """What was changed and what was read as not reported, once for each column, and every cell that was not read."""
        for (name, what), rows in sorted(self._changed.items()):
            at = self.table.letters.get(name, "")
            yield Notice("converted", f"{self.table.shown}, column {at} ({name}), {_rows(rows)}", _typed(what))
        for (name, what), rows in sorted(self._missing.items()):
            at = self.table.letters.get(name, "")
            yield Notice(
                "converted",
                f"{self.table.shown}, column {at} ({name}), {_rows(rows)}",
                f"{what!r} was read as: not reported.",
            )
        yield from self.unread


def _typed(what: str) -> str:
    """What was changed, and how the number is typed now."""
    if what == "decimal comma":
        return "a decimal comma: the number is typed with a point."
    if what == "typographic minus":
        return "a typographic minus or a dash before the number: it is typed with -."
    if "decimal comma" in what:
        return f"{what}: the number is typed with a point, and nothing else."
    return f"{what}: the number is typed without it."


def _says_nothing(text: str) -> bool:
    return re.sub(r"[\s./]", "", text).lower() in ("na", "nan", "nr", "notreported", "#na", "null")


def _rows(rows: list[int]) -> str:
    shown = ", ".join(map(str, rows[:12])) + (f" and {len(rows) - 12} more" if len(rows) > 12 else "")
    return f"{'row' if len(rows) == 1 else 'rows'} {shown}"


def rows_words(numbers: list[int]) -> str:
    """Rows in words: ``row 7``, ``rows 7 and 8``, ``rows 7, 8 and 9``."""
    some = sorted(set(numbers))
    if len(some) == 1:
        return f"row {some[0]}"
    if len(some) > 2 and some[-1] - some[0] == len(some) - 1:
        return f"rows {some[0]} to {some[-1]}"
    return f"rows {listed(some)}"


def _damage(text: str) -> str:
    """What a spreadsheet or a program left in a cell instead of its number; empty for words of a person."""
    if text.upper() in EXCEL_ERRORS:
        return "an error of the spreadsheet"
    if re.fullmatch(r"=.*[A-Za-z0-9)]", text) and not re.fullmatch(r"= ?[-+]?[\d.,]+", text):
        return "a formula, not its value"
    return "no finite number" if re.fullmatch(r"(?i)[-+]?inf(?:inity)?", text) else ""


def _count(numbers: tuple[str, ...]) -> str:
    return f"{len(numbers)} numbers" if len(numbers) != 1 else "one number with signs beside it"
