"""RevMan 5's export of its analyses as CSV: one row for each comparison, outcome, subgroup and study."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from metaudit.drafts.draft import Draft, Notice
from metaudit.formats.review import shown_path
from metaudit.imports.options import Options
from metaudit.imports.revman_shared import (
    Group,
    Outcome,
    Part,
    StudyRow,
    as_number,
    level_from,
    plain_number,
    words,
    yes,
)
from metaudit.imports.revman_shared_draft import Package, build
from metaudit.imports.revman_shared_table import Table, read_table
from metaudit.imports.revman_web import read_rows
from metaudit.imports.revman_web_names import MODELS, pooling_of
from metaudit.imports.safe import read_bytes, refusal

_KINDS = {"D": "counts", "C": "means", "I": "generic", "G": "generic", "P": "o-e", "O": "text"}
_RESULTS = {
    "estimate": "effect estimate", "ci_low": "ci start", "ci_high": "ci end", "z": "z", "p": "p(z)", "tau2": "tau", "q": "q", "q_df": "df",
    "q_p": "p(q)", "i2": "i(q)", "events_t": "events 1", "n_t": "total 1", "events_c": "events 2", "n_c": "total 2",
    "subgroup_q": "qint", "subgroup_p": "p(qint)", "subgroup_i2": "i(qint)", "weight": "weight", "se": "se",
}  # fmt: skip
_ROWS = {
    "events_t": "events 1", "mean_t": "mean 1", "sd_t": "sd 1", "n_t": "total 1", "events_c": "events 2", "mean_c": "mean 2", "sd_c": "sd 2",
    "n_c": "total 2", "o_e": "o-e", "variance": "var", "se": "se",
}  # fmt: skip
_COLUMNS = {
    "counts": ("events_t", "n_t", "events_c", "n_c"),
    "means": ("mean_t", "sd_t", "n_t", "mean_c", "sd_c", "n_c"),
    "generic": ("se", "n_t", "n_c"),
    "o-e": ("o_e", "variance", "events_t", "n_t", "events_c", "n_c"),
}
_LOG = "entered data are on log scale (generic inverse variance only)"
_NEEDED = ("comparison number", "outcome number", "subgroup number", "name")
Record = Mapping[str, str]


def read(path: Path, options: Options) -> Draft:
    """A draft of the review in RevMan 5's CSV export, or of the studies in the table ``data-rows.csv`` of RevMan Web.

    Raises
    ------
    InputError
        when the table lacks one of RevMan's columns, or is broken.
    """
    from metaudit.imports.text import decode

    shown = shown_path(path)
    text, _, notices = decode(read_bytes(path), shown, options.encoding)
    first = text.lstrip().partition("\n")[0]
    delimiter = options.delimiter or max(",;\t", key=first.count)
    if "analysis group" in first.lower():
        return read_rows(text, shown, options, notices=notices)
    table = _plain(read_table(text, shown, delimiter=delimiter))
    lacking = [c for c in _NEEDED if c not in table.header]
    if lacking:
        fix = "In RevMan 5: File > Export > Data and analyses, with all of its columns."
        raise refusal(shown, "missing-column", f"the table has no column {lacking[0].title()!r}.", fix, row=1)
    outcomes = tuple(_outcomes(table))
    title = words(path.stem.replace("_", " "))
    found = (*notices, *table.notices, *_unknown(table))
    return build(Package(shown, title, "RevMan 5", outcomes, {}, found, f"RevMan 5 export {path.name}"), options)


def _plain(table: Table) -> Table:
    """The table with names of columns that do not depend on how the squares in I² and Tau² came through."""

    def name(text: str) -> str:
        found = re.sub(r"^(tau|i)[^a-z0-9(]+", r"\1", text)
        return re.sub(r"^(i|tau)2(?=\(|$)", r"\1", found)

    header = tuple(name(h) for h in table.header)
    rows = tuple({name(k): v for k, v in r.items()} for r in table.rows)
    return replace(table, header=header, rows=rows)


def _outcomes(table: Table) -> Iterator[Outcome]:
    comparisons: dict[str, str] = {}
    found: dict[tuple[str, str], list[Record]] = {}
    for row in table.rows:
        comparison, outcome = (plain_number(row.get(c)) for c in _NEEDED[:2])
        if outcome in ("", "0"):
            comparisons[comparison] = words(row.get("name"))
        else:
            found.setdefault((comparison, outcome), []).append(row)
    for (comparison, number), rows in found.items():
        if not (_is_result(rows[0]) or _is_title(rows)):
            message = f"the studies of outcome {comparison}.{number} come without the row that describes the outcome."
            fix = "Export the table again, with the rows of comparisons and outcomes."
            raise refusal(table.shown, "unknown-analysis", message, fix, row=int(rows[0]["#"]))
        yield _outcome(f"{comparison}.{number}", comparisons.get(comparison, ""), rows)


def _outcome(number: str, comparison: str, rows: Sequence[Record]) -> Outcome:
    head, members = (rows[0], rows[1:]) if _is_result(rows[0]) or _is_title(rows) else ({}, rows)

    def said(column: str) -> str:
        return words(head.get(column))

    method = pooling_of(said("statistical method"), said("effect measure"))
    kind = "o-e" if method == "O-E" else _KINDS.get(said("data type")[:1].upper(), "text")
    log = _logarithmic(head, members) if kind in ("generic", "o-e") else None
    if kind == "o-e" and not any(as_number(r.get("var")) for r in members):
        kind = "generic"  # the export leaves those columns out; the ratio and the SE of its logarithm say the same
    where = f"analysis {number}"
    grouped = list(_grouped(members, kind, log=log))
    return Outcome(
        number=number, comparison=comparison, name=said("name"), where=where, kind=kind, method={"O-E": "PETO"}.get(method, method),
        random=MODELS.get(said("analysis model").lower()[:5]), measure=said("effect measure"), log=log,
        level=level_from(said("total confidence interval")), study_level=level_from(said("study confidence interval")),
        totals=_totals(head), subgroup_test=said("test for subgroup differences").lower() not in ("no", "false"),
        swap=yes(said("swap event and non-event")), favours=(said("left graph label"), said("right graph label")),
        arms=(said("group label 1"), said("group label 2")), total=_part(head, where), groups=tuple(g for g, _ in grouped if g is not None),
        rows=tuple(r for g, own in grouped if g is None for r in own),
    )  # fmt: skip


def _is_title(rows: Sequence[Record]) -> bool:
    return plain_number(rows[0].get("subgroup number")) in ("", "0") and not plain_number(rows[0].get("year of study"))


def _is_result(row: Record) -> bool:
    """Whether a row is an outcome or a subgroup: only those have a kind of data, or degrees of freedom."""
    return bool(words(row.get("data type")) or plain_number(row.get("df")))


def _grouped(
    rows: Sequence[Record], kind: str, *, log: bool | None
) -> Iterator[tuple[Group | None, tuple[StudyRow, ...]]]:
    """The subgroups with their studies; those without a subgroup first, under None."""
    numbers = dict.fromkeys(plain_number(r.get("subgroup number")) or "0" for r in rows)
    for number in numbers:
        own = [r for r in rows if (plain_number(r.get("subgroup number")) or "0") == number]
        if number == "0":
            yield None, tuple(_row(r, kind, log=log) for r in own)
            continue
        head = own[0] if _is_result(own[0]) or not plain_number(own[0].get("year of study")) else {}
        studies = tuple(_row(r, kind, log=log) for r in (own[1:] if head else own))
        yield Group(number, words(head.get("name")), _part(head, f"subgroup {number}"), studies), studies


def _row(row: Record, kind: str, *, log: bool | None) -> StudyRow:
    numbers = {column: words(row.get(_ROWS[column])) for column in _COLUMNS.get(kind, ())}
    effect = as_number(row.get("effect estimate"))
    if kind == "generic":
        numbers["effect"] = words(row.get("effect estimate"))
        if log and effect is not None:
            numbers["effect"] = repr(math.log(effect)) if effect > 0 else ""
    names = {"estimate": "effect estimate", "ci_low": "ci start", "ci_high": "ci end", "weight": "weight"}
    year, estimable = plain_number(row.get("year of study")), any(as_number(row.get(c)) for c in names.values())
    names |= {"se": "se"} if kind != "generic" else {}
    printed = {name: words(row.get(column)) for name, column in names.items()}
    return StudyRow(
        words(row.get("name")), year, f"row {row['#']}", numbers, printed, estimable, note=words(row.get("footnotes")), places=names
    )  # fmt: skip


def _part(row: Record, where: str) -> Part:
    results = {name: words(row.get(column)) for name, column in _RESULTS.items() if words(row.get(column))}
    return Part(f"{where}, row {row['#']}" if row else where, results, _RESULTS)


def _totals(head: Record) -> str:
    said = words(head.get("totals")).lower()
    if said:
        return "sub" if "sub" in said else "no" if said in ("no", "none", "no totals") else "yes"
    return "yes"


def _logarithmic(head: Record, rows: Sequence[Record]) -> bool:
    """Whether effects are ratios pooled as logarithms: as the export says, or as the width of an interval and its SE show."""
    said = words(head.get(_LOG)).lower()
    if said:
        return said == "yes"
    for row in rows:
        low, high, se = (as_number(row.get(c)) for c in ("ci start", "ci end", "se"))
        if low is not None and high is not None and se and 0 < low < high:
            return abs(math.log(high / low) / se - 3.92) < abs((high - low) / se - 3.92)
    return False


def _unknown(table: Table) -> list[Notice]:
    known = {
        *_NEEDED, *_RESULTS.values(), *_ROWS.values(), _LOG, "data type", "statistical method", "effect measure", "analysis model", "weight",
        "i(qint)", "enter number of participants (generic inverse variance, for display only)",
        "group label 1", "group label 2", "left graph label", "right graph label", "year of study", "user defined order", "totals", "footnotes",
        "study confidence interval", "total confidence interval", "test for subgroup differences", "swap event and non-event", "",
    }  # fmt: skip
    others = [h for h in table.header if h not in known and any(words(r.get(h)) for r in table.rows)]
    return (
        [Notice("dropped", table.shown, f"columns that are not carried over: {', '.join(others)}.")] if others else []
    )
