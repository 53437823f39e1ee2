"""A sheet as a table: which rows are its heading, which are studies, and which are titles, units, totals and footnotes."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from metaudit.drafts.draft import Notice
from metaudit.errors import InputError, Problem
from metaudit.imports.grid import Grid, letter
from metaudit.imports.guess_names import kind_of_row, known, plain
from metaudit.imports.text import NUMBER, is_missing, tidy

_LOOKED_AT = 40
_UNIT = re.compile(
    r"(?i)[(\[]?(?:%|n|no\.?|mg|g|kg|µg|ug|mcg|mg/kg|mg/d(?:ay)?|ml|l|cm|mm|m|mmhg|mmol/l|mg/dl|years?|yrs?|y|months?|mo|weeks?|wks?|w|days?|d|"
    r"hours?|hrs?|h|min(?:utes)?|s(?:ec(?:onds)?)?|points?|score|units?|ans|années|mois|semaines|jours|kg/m2|kg/m²|bpm|°c|mean|sd|\(sd\)|n/a|-|—)[)\]]?"
)


@dataclass(frozen=True)
class Line:
    """One row of a table.

    Attributes
    ----------
    number : row of the sheet, as a spreadsheet shows it
    cells : text by the name of the column; empty cells too
    letters : where a cell stands, when not in the column's own place
    odd : what a cell is beside its text, by the name of the column
    group : the heading above a block of rows, where there is one
    """

    number: int
    cells: Mapping[str, str]
    letters: Mapping[str, str] = field(default_factory=dict)
    odd: Mapping[str, str] = field(default_factory=dict)
    group: str = ""


@dataclass
class Table:
    """A table of studies, and what stood around it.

    Attributes
    ----------
    file, sheet : where it was read
    header : its rows of headings, counted as a spreadsheet does
    columns : their names, unique
    letters : place of each column
    lines : rows of data
    totals : rows that sum up others, with what they are
    units : unit of a column, where a row below the heading says it
    title : text above the table
    notices : what was left out or guessed
    delimiter : of a text file
    """

    file: str
    sheet: str
    header: tuple[int, ...]
    columns: tuple[str, ...]
    letters: dict[str, str]
    lines: list[Line]
    totals: list[tuple[str, Line]] = field(default_factory=list)
    units: dict[str, str] = field(default_factory=dict)
    title: str = ""
    notices: list[Notice] = field(default_factory=list)
    delimiter: str = ""

    @property
    def shown(self) -> str:
        """File and sheet, as a place in messages."""
        return f"{self.file}, sheet {self.sheet}" if self.sheet else self.file

    def place(self, line: Line, column: str = "") -> str:
        """A cell as a person looks it up: ``data.xlsx, sheet 1, row 7, column C (SD)``."""
        at = line.letters.get(column) or self.letters.get(column, "")
        return f"{self.shown}, row {line.number}" + (f", column {at} ({column})" if column else "")

    def cells(self, column: str) -> list[str]:
        """A column's cells, from top to bottom."""
        return [line.cells.get(column, "") for line in self.lines]


def is_number(text: str) -> bool:
    """Whether a cell begins as numbers do: ``12``, ``<0.001``, ``12 (34%)``, ``5.2 ± 1.3``."""
    bare = re.sub(r"^[(\[<>≤≥=~ ]+", "", tidy(text))
    found = NUMBER.match(bare.replace("−", "-").replace("–", "-"))
    return bool(found) and not re.match(r"\s?[A-Za-zÀ-ÿ]{2,}", bare[found.end() :] if found else "")


def find_table(grid: Grid, header: tuple[int, ...] | None = None) -> Table:
    """The table of a sheet.

    Parameters
    ----------
    grid : the sheet
    header : rows of its headings, as a spreadsheet counts them, when a person says it

    Raises
    ------
    InputError
        when no row of headings is found, or nothing stands below it.
    """
    if header is not None:
        if not header or max(header) > len(grid.rows) or min(header) < 1:
            raise _refusal(
                grid,
                0,
                "header",
                f"the sheet has {len(grid.rows)} rows, and the heading is said to be row {header}.",
                "Correct header in the mapping.",
            )
        rows = tuple(sorted(h - 1 for h in header))
    else:
        rows = _find_header(grid)
    columns = _unique(_names(grid, rows), grid)
    width = len(columns)
    table = Table(
        grid.file,
        grid.sheet,
        tuple(r + 1 for r in rows),
        tuple(c for c in columns if c),
        {},
        [],
        delimiter=grid.delimiter,
    )
    table.letters = {name: letter(i) for i, name in enumerate(columns) if name}
    _above(grid, rows[0], table)
    _body(grid, rows[-1] + 1, columns[:width], table)
    if not table.lines:
        raise _refusal(
            grid,
            rows[-1] + 1,
            "no-rows",
            "no row of data stands below the headings.",
            "Check that this is the right sheet, or say header in the mapping.",
        )
    return table


def _find_header(grid: Grid) -> tuple[int, ...]:
    best, at = 0.0, -1
    for i in range(min(_LOOKED_AT, len(grid.rows))):
        score = _score(grid, i)
        if score > best + 1e-9:
            best, at = score, i
    if at < 0:
        raise _refusal(grid, 1, "no-header", "no row looks like the headings of a table of studies.",
                       "Give every column a name in one row above the data, or say header in a mapping.yaml.")  # fmt: skip
    if at > 0 and _is_upper(grid, at - 1, at):
        return (at - 1, at)
    if at + 1 < len(grid.rows) and _is_upper(grid, at, at + 1):
        return (at, at + 1)
    return (at,)


def _texts(grid: Grid, i: int) -> list[str]:
    return [tidy(c) for c in grid.rows[i]]


def _score(grid: Grid, i: int) -> float:
    """How much a row looks like headings: words that are known, few numbers, numbers below; 0 when it cannot be."""
    cells = [c for c in _texts(grid, i) if c]
    if len(set(cells)) < 2 or (grid.width > 3 and len(cells) < 0.3 * grid.width and i + 1 < len(grid.rows)):
        return 0.0
    numeric = sum(1 for c in cells if is_number(c) and not known(c)) / len(cells)
    if numeric > 0.34 or any(len(c) > 160 for c in cells):
        return 0.0
    below = [c for r in grid.rows[i + 1 : i + 6] for c in map(tidy, r) if c]
    numbers_below = sum(1 for c in below if is_number(c)) / len(below) if below else 0.0
    if not numbers_below:
        return 0.0
    hits = sum(1 for c in cells if known(c)) / len(cells)
    return 2 * hits + len(cells) / grid.width - 2 * numeric + min(numbers_below, 0.5) - 0.01 * i + 0.1


def _is_upper(grid: Grid, upper: int, lower: int) -> bool:
    """Whether a row names groups of the columns that the next row names: ``Treatment | | Control | `` over ``n | N | n | N``."""
    above, below = _texts(grid, upper), _texts(grid, lower)
    if (
        any(is_number(c) and not known(c) for c in (*above, *below) if c)
        or len({c for c in above if c}) < 2
        and above.count("") > 0
    ):
        return False
    filled = [c for c in below if c]
    if len(filled) < 2 or (all(_UNIT.fullmatch(c) for c in filled) and len(set(map(plain, filled))) == len(filled)):
        return False
    repeated = any(n > 1 for n in Counter(map(plain, filled)).values())
    gaps = any(not a and b for a, b in zip(above, below, strict=True))
    same = any(grid.odd.get((upper, c)) == "merged" for c in range(grid.width))
    return (repeated and (gaps or same)) or (same and any(known(c) for c in filled) and above != below)


def _names(grid: Grid, rows: tuple[int, ...]) -> list[str]:
    """One name for each column, from one row of headings or from several above each other."""
    if len(rows) == 1:
        return _texts(grid, rows[0])
    lower = _texts(grid, rows[-1])
    names = lower
    for row in reversed(rows[:-1]):
        names = [
            lower if not upper or plain(upper) == plain(lower) else f"{upper} {lower}".strip()
            for upper, lower in zip(_filled(grid, row, lower), names, strict=True)
        ]
    return names


def _filled(grid: Grid, row: int, lower: list[str]) -> list[str]:
    """A row of group names, each carried on over the columns of its group.

    In a text file nothing tells how far a group reaches: as far as the lower names are those of the other groups too.
    """
    own = _texts(grid, row)
    if any(grid.odd.get((row, c)) == "merged" for c in range(grid.width)):
        return own
    counts = Counter(plain(c) for c in lower if c)
    repeated = max(counts.values(), default=0) > 1
    out, last = [], ""
    for name, below in zip(own, lower, strict=True):
        last = name or last
        belongs = bool(below) and (not repeated or counts[plain(below)] > 1)
        if not name and not belongs:
            last = ""
        out.append(name or (last if belongs else ""))
    return out


def _unique(names: list[str], grid: Grid) -> list[str]:
    """Names that are unique; a column without a heading goes by its letter when it holds anything."""
    out: list[str] = []
    counts = Counter(n for n in names if n)
    for i, name in enumerate(names):
        here = name
        if not here:
            here = f"(column {letter(i)})" if any(tidy(r[i]) for r in grid.rows[:2000]) else ""
        elif counts[here] > 1 and here in out:
            here = f"{name} [column {letter(i)}]"
        out.append(here)
    return out


def _above(grid: Grid, first: int, table: Table) -> None:
    for i in range(first):
        cells = list(dict.fromkeys(c for c in _texts(grid, i) if c))
        if not cells:
            continue
        text = " | ".join(cells)
        if len(cells) == 1 and not table.title:
            table.title = text
        table.notices.append(
            Notice(
                "dropped",
                f"{table.shown}, row {i + 1}",
                f"a row above the headings was not read as data: {text[:200]!r}.",
            )
        )


def _body(grid: Grid, start: int, columns: list[str], table: Table) -> None:
    group = ""
    _whole_rows(grid, start, columns)
    rows = range(start, len(grid.rows))
    last = max((i for i in rows if sum(1 for c in grid.rows[i] if tidy(c)) > 1), default=-1)
    head = [plain(c) for c in columns]
    for i in rows:
        cells = _texts(grid, i)
        filled = list(dict.fromkeys(c for c in cells if c))
        if not filled or all(re.fullmatch(r"[-=_–—.]{3,}", c) for c in filled):
            continue
        place = f"{table.shown}, row {i + 1}"
        if sum(plain(c) == h and bool(c) for c, h in zip(cells, head, strict=True)) >= max(2, len(filled) - 1):
            table.notices.append(Notice("dropped", place, "the headings stand there again."))
            continue
        if i == start and not table.lines and _is_units(cells):
            table.units = {n: c for n, c in zip(columns, cells, strict=True) if n and c}
            table.notices.append(
                Notice(
                    "remark",
                    place,
                    f"a row of units was read as such: {', '.join(f'{n}: {u}' for n, u in table.units.items())}.",
                )
            )
            continue
        line = Line(i + 1, {n: c for n, c in zip(columns, cells, strict=True) if n},
                    odd={n: grid.odd[i, c] for c, n in enumerate(columns) if n and (i, c) in grid.odd}, group=group)  # fmt: skip
        if len(filled) == 1 and not line_has_odd(line) and (len(columns) > 2 or i > last) and not is_number(filled[0]):
            group = _lonely(filled[0], place, table, group, after=i > last)
            continue
        _sort_in(line, cells, place, table)


def _whole_rows(grid: Grid, start: int, columns: list[str]) -> None:
    """Refuse a text file in which some rows have more cells than the headings: an unquoted comma parts a cell in two."""
    if not grid.cells:
        return
    named = max((i + 1 for i, c in enumerate(columns) if c and not c.startswith("(column ")), default=0)
    wide = [i for i in range(start, len(grid.rows)) if grid.cells[i] > named]
    body = [i for i in range(start, len(grid.rows)) if grid.cells[i] > 1]
    if wide and len(wide) < 0.9 * len(body):
        raise InputError([
            Problem(grid.shown, i + 1, "", "ragged-row", f"the row has {grid.cells[i]} cells, the headings {named}.",
                    "Put a cell that holds the separator between quotation marks; a decimal comma needs another separator.")
            for i in wide[:20]
        ])  # fmt: skip


def line_has_odd(line: Line) -> bool:
    """Whether a row has a cell whose value is a date or was never computed."""
    return any(kind in ("date", "formula") for kind in line.odd.values())


def _lonely(text: str, place: str, table: Table, group: str, *, after: bool) -> str:
    """A row with one cell: a footnote below the table, a heading within it, or a total without numbers."""
    kind = kind_of_row(text)
    if after or kind == "footnote":
        table.notices.append(
            Notice("dropped", place, f"a line of text below or between the rows was not read as data: {text[:300]!r}.")
        )
        return group
    if kind:
        table.notices.append(
            Notice("dropped", place, f"a line that sums up others was not read as a study: {text[:300]!r}.")
        )
        return group
    table.notices.append(
        Notice(
            "guessed",
            place,
            f"{text[:200]!r} was read as the heading of the rows below it.",
            "It stands in x_subgroup.",
        )
    )
    return text


def _sort_in(line: Line, cells: Sequence[str], place: str, table: Table) -> None:
    label = next((c for c in cells[:4] if c), "")
    kind = kind_of_row(label) if not is_number(label) else ""
    words = [c for c in cells if c]
    if kind in ("total", "subtotal") and any(is_number(c) for c in words[1:]):
        table.totals.append((kind, line))
    elif kind:
        table.notices.append(Notice("dropped", place, f"the row is no study: {' | '.join(words)[:300]!r}."))
    else:
        table.lines.append(line)


def _is_units(cells: Sequence[str]) -> bool:
    filled = [c for c in cells if c]
    return (
        len(filled) >= 1
        and all(_UNIT.fullmatch(c) or re.fullmatch(r"[(\[].{1,20}[)\]]", c) for c in filled)
        and not is_missing(cells[0] or "x")
    )


def units_of(table: Table) -> Iterator[str]:
    """Units that a row below the headings names, by column."""
    yield from (f"{name}: {unit}" for name, unit in table.units.items())


def _refusal(grid: Grid, row: int, rule: str, message: str, fix: str) -> InputError:
    return InputError([Problem(grid.shown, row, "", rule, message, fix)])
