"""Which rows of a sheet are its headings, and what they call the columns."""

from __future__ import annotations

import re
from collections import Counter

from metaudit.errors import InputError, Problem
from metaudit.imports.grid import Grid, letter
from metaudit.imports.guess_names import known, plain
from metaudit.imports.text_numbers import NUMBER, tidy

_LOOKED_AT = 40
UNIT = re.compile(
    r"(?i)[(\[]?(?:%|n|no\.?|mg|g|kg|µg|ug|mcg|mg/kg|mg/d(?:ay)?|ml|l|cm|mm|m|mmhg|mmol/l|mg/dl|years?|yrs?|y|months?|mo|weeks?|wks?|w|days?|d|"
    r"hours?|hrs?|h|min(?:utes)?|s(?:ec(?:onds)?)?|points?|score|units?|ans|années|mois|semaines|jours|kg/m2|kg/m²|bpm|°c|mean|sd|\(sd\)|n/a|-|—)[)\]]?"
)


def is_number(text: str) -> bool:
    """Whether a cell begins as numbers do: ``12``, ``<0.001``, ``12 (34%)``, ``5.2 ± 1.3``."""
    bare = re.sub(r"^[(\[<>≤≥=~ ]+", "", tidy(text))
    found = NUMBER.match(bare.replace("−", "-").replace("–", "-"))
    return bool(found) and not re.match(r"\s?[A-Za-zÀ-ÿ]{2,}", bare[found.end() :] if found else "")


def find_header(grid: Grid) -> tuple[int, ...]:
    """The rows of the headings, from 0: one, or two where the upper one names groups.

    Raises
    ------
    InputError
        when no row looks like headings.
    """
    best, at = 0.0, -1
    for i in range(min(_LOOKED_AT, len(grid.rows))):
        score = _score(grid, i)
        if score > best + 1e-9:
            best, at = score, i
    if at < 0:
        raise grid_refusal(
            grid,
            1,
            "no-header",
            message="no row looks like the headings of a table of studies.",
            fix="Give every column a name in one row above the data, or say header in a mapping.yaml.",
        )
    if at > 0 and _is_upper(grid, at - 1, at):
        return (at - 1, at)
    if at + 1 < len(grid.rows) and _is_upper(grid, at, at + 1):
        return (at, at + 1)
    return (at,)


def row_texts(grid: Grid, i: int) -> list[str]:
    """The cells of a row without invisible signs."""
    return [tidy(c) for c in grid.rows[i]]


def _score(grid: Grid, i: int) -> float:
    """How much a row looks like headings: words that are known, few numbers, numbers below; 0 when it cannot be."""
    cells = [c for c in row_texts(grid, i) if c]
    if len(set(cells)) < 2 or (grid.width > 3 and len(cells) < 0.3 * grid.width and i + 1 < len(grid.rows)):
        return 0.0
    numeric = sum(1 for c in cells if is_number(c) and not known(c)) / len(cells)
    if numeric > 0.34 or any(len(c) > 160 for c in cells):
        return 0.0
    below = [c for r in grid.rows[i + 1 : i + 6] for c in map(tidy, r) if c]
    numbers_below = sum(1 for c in below if is_number(c)) / len(below) if below else 0.0
    hits = sum(1 for c in cells if known(c)) / len(cells)
    if not numbers_below:  # a table of words, such as judgements of bias: its first row
        return 0.2 - 0.004 * i if hits >= 0.25 and below else 0.0
    return 2 * hits + len(cells) / grid.width - 2 * numeric + min(numbers_below, 0.5) - 0.01 * i + 0.1


def _is_upper(grid: Grid, upper: int, lower: int) -> bool:
    """Whether a row names groups of the columns that the next row names: ``Treatment | | Control | `` over ``n | N | n | N``."""
    above, below = row_texts(grid, upper), row_texts(grid, lower)
    if any(is_number(c) and not known(c) for c in (*above, *below) if c) or (
        len({c for c in above if c}) < 2 and above.count("") > 0
    ):
        return False
    filled = [c for c in below if c]
    if len(filled) < 2 or (all(UNIT.fullmatch(c) for c in filled) and len(set(map(plain, filled))) == len(filled)):
        return False
    repeated = any(n > 1 for n in Counter(map(plain, filled)).values())
    gaps = any(not a and b for a, b in zip(above, below, strict=True))
    same = any(grid.odd.get((upper, c)) == "merged" for c in range(grid.width))
    return (repeated and (gaps or same)) or (same and any(known(c) for c in filled) and above != below)


def _names(grid: Grid, rows: tuple[int, ...]) -> list[str]:
    """One name for each column, from one row of headings or from several above each other."""
    if len(rows) == 1:
        return row_texts(grid, rows[0])
    lower = row_texts(grid, rows[-1])
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
    own = row_texts(grid, row)
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


def column_names(grid: Grid, rows: tuple[int, ...]) -> list[str]:
    """Names that are unique; a column without a heading goes by its letter when it holds anything."""
    names = _names(grid, rows)
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


def grid_refusal(grid: Grid, row: int, rule: str, *, message: str, fix: str) -> InputError:
    """An error about a row of a sheet, for ``raise``."""
    return InputError([Problem(grid.shown, row, "", rule, message, fix)])
