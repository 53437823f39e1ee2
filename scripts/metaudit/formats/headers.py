"""What is wrong with the first row of a table."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from metaudit.errors import Problem
from metaudit.formats.columns import BIAS_PREFIX, COVARIATE_PREFIX, EXTRACTORS, Column
from metaudit.formats.names import near, nearest
from metaudit.formats.signs import clipped, printable, unwanted

EXTRACTIONS = ("extraction.csv", *EXTRACTORS.values())
MOST_COLUMNS = 1000
_LONGEST = 60
_ABOVE = 20  # rows that may stand above a header: a title, an export's date, Excel's sep=;


def check_header(records: Sequence[list[str]], columns: dict[str, Column], shown: str, file: str) -> list[Problem]:
    """Every problem of a table's header.

    Parameters
    ----------
    records : the table's rows as they stand in the file, the header first
    columns : the columns it may have, by name
    shown : the path as it is written in messages
    file : which of the review's tables it is
    """
    header = records[0] if records else []
    if not any(name.strip() for record in records for name in record):
        fix = f"Its first row names the columns: {', '.join(list(columns)[:6])} ..."
        return [Problem(shown, 1, "", "header", "the file is empty.", fix)]
    if len(header) > MOST_COLUMNS:
        message = f"the table has {len(header):,} columns; at most {MOST_COLUMNS:,} are read."
        return [Problem(shown, 1, "", "too-large", message, "Check whether it is the right file.")]
    below = _header_below(records, columns)
    if below:
        message = f"row 1 does not name the columns; row {below} does."
        fix = f"Delete the {'row' if below == 2 else f'{below - 1} rows'} above it."
        return [Problem(shown, 1, "", "header", message, fix)]
    for sign, word in ((";", "semicolons"), ("\t", "tabs")):
        if len(header) == 1 and sign in header[0]:
            decimals = any("," in cell for record in records[1:] for cell in record) or any(
                len(r) > 1 for r in records[1:]
            )
            also = " and with decimal points" if decimals else ""
            fix = f"Save the table as CSV separated by commas{also}."
            return [Problem(shown, 1, "", "header", f"the columns are separated by {word}.", fix)]
    if len(header) == 1 and "," in header[0]:
        fix = "Save the table without quotation marks around whole rows."
        return [Problem(shown, 1, "", "header", "the whole row stands in one cell.", fix)]
    nameless = [i for i, name in enumerate(header, start=1) if not name.strip()]
    if nameless:
        return [Problem(shown, 1, "(empty)", "unknown-column", f"column {nameless[0]} has no name.", _name_it(header))]
    return [*_unknown(header, columns, shown, file), *_missing(header, columns, shown)]


def is_named_by_the_user(name: str) -> bool:
    """Whether a column of extraction.csv is a covariate or a judgement of bias."""
    return any(name.startswith(prefix) and name != prefix for prefix in (COVARIATE_PREFIX, BIAS_PREFIX))


def _header_below(records: Sequence[list[str]], columns: dict[str, Column]) -> int:
    """The row (from 1) further down that names more columns than the first one; 0 when there is none."""
    required = {c.name for c in columns.values() if c.required}

    def named(record: list[str]) -> int:
        cells = {cell.strip() for cell in record}
        return len(cells & columns.keys()) if required <= cells else 0

    counts = [named(record) for record in records[: _ABOVE + 1]]
    best = max(counts, default=0)
    return counts.index(best) + 1 if best > max(1, counts[0]) else 0


def _name_it(header: Sequence[str]) -> str:
    if header and not header[0].strip() and all(name.strip() for name in header[1:]):
        return (
            "It numbers the rows, it seems: write the table without it (index=False in pandas, row.names=FALSE in R)."
        )
    last = max((i for i, name in enumerate(header) if name.strip()), default=0)
    if any(not name.strip() for name in header[:last]):
        return (
            "A heading merged over several columns names only its first; name each of them, such as events_t and n_t."
        )
    return "Name it, or delete empty columns at the right."


def _unknown(header: Sequence[str], columns: dict[str, Column], shown: str, file: str) -> list[Problem]:
    problems = []
    for name in dict.fromkeys(header):
        place, said = printable(clipped(name, _LONGEST)), repr(clipped(name, _LONGEST))
        if name not in columns and not (file in EXTRACTIONS and is_named_by_the_user(name)):
            fix = _nearest_column(name, columns, file)
            problems.append(Problem(shown, 1, place, "unknown-column", f"column {said} is not known.", fix))
        elif sign := unwanted(name):
            message = f"the name of column {said} holds {sign}."
            problems.append(Problem(shown, 1, place, "sign", message, "Type the name again."))
        if header.count(name) > 1:
            problems.append(
                Problem(shown, 1, place, "duplicate-column", f"column {said} stands twice.", "Keep one of them.")
            )
    return problems


def _nearest_column(name: str, columns: Collection[str], file: str) -> str:
    if name.startswith("__index_level_"):
        return "Write the table without the index of pandas: to_parquet(..., index=False)."
    hint = nearest(name, columns)
    if file not in EXTRACTIONS:
        return hint
    if hint.startswith("Did"):
        return f"{hint} Covariates start with x_, judgements of bias with rob_."
    word = printable(clipped("_".join(name.lower().split()), _LONGEST))
    return (
        f"A covariate starts with x_ (x_{word}), a judgement of bias with rob_; a table with other headings is read by "
        "metaudit import."
    )


def _missing(header: Sequence[str], columns: dict[str, Column], shown: str) -> list[Problem]:
    meant = {near(name, columns) for name in header if name not in columns}
    return [
        Problem(shown, 1, c.name, "missing-column", f"column {c.name!r} is missing.", f"It holds: {c.meaning}.")
        for c in columns.values()
        if c.required and c.name not in header and c.name not in meant
    ]
