"""Make reviews of the rows of a corpus's tables, checked cell by cell as those of a folder are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Any

from metaudit.corpus.columns import OF_REVIEW, TABLES
from metaudit.corpus.misfits import REFER
from metaudit.effects.zero_cells import zero_cells_from
from metaudit.errors import Problem
from metaudit.formats.claim_rules import check_claim
from metaudit.formats.columns import KEYS
from metaudit.formats.guesses import Guesses
from metaudit.formats.indexed import column_name, indexed
from metaudit.formats.names import nearest
from metaudit.formats.places import ID, ID_FIX, SCHEMAS
from metaudit.formats.review import Analysis, Review, claim_of
from metaudit.formats.row_rules import check_row, swapped_or_not
from metaudit.formats.rules import alike_ids, check_keys
from metaudit.formats.signs import clipped, why_unlike
from metaudit.formats.stated import method_schema, parse_override
from metaudit.formats.tables import Row, check_cells, duplicates, no_studies, same_letters
from metaudit.formats.told import told
from metaudit.formats.yaml_file import load_schema

_BELONGS = frozenset({"review", "analysis"})
_COLUMNS = {table: {c.name: c for c in columns if c.name != "review"} for table, columns in TABLES.items()}


@dataclass(frozen=True)
class Sheets:
    """The rows of one review, with ``review`` taken out of their cells.

    Attributes
    ----------
    extraction, claims, analyses : rows by table
    shown : table -> its file as it is written in messages; a table that the corpus does not have is missing
    wide : whether the extraction table has more columns than a label needs
    """

    extraction: Sequence[Row]
    claims: Sequence[Row]
    analyses: Sequence[Row]
    shown: Mapping[str, str]
    wide: bool = True


def build_review(name: str, sheets: Sheets, corpus: Path) -> tuple[Review | None, list[Problem]]:
    """One review of a corpus in tables, and what is wrong with its cells, each by itself.

    Where the corpus has no table of analyses, every id in the extraction table's ``analysis`` is one, the measure is what
    its columns allow, and the method is not stated.

    Parameters
    ----------
    name : the review's id
    sheets : its rows
    corpus : the corpus's file; the review lies in no folder, and its ``folder`` is a place below this file that cannot be

    Returns
    -------
    The review, None where any cell is wrong, and the problems.
    """
    analyses: dict[str, Analysis] = {}
    document: dict[str, Any] = {}
    found = chain(_check_cells(sheets), _analyses(sheets, analyses), _document(sheets, document))
    problems = told(found, "the review")
    if problems:
        return None, problems
    review = Review(
        folder=corpus / name,
        id=name,
        title=name,
        kind=document.pop("kind", "meta-analysis"),
        citation={"authors": name, **document},
        analyses=analyses,
        rows=tuple(sheets.extraction),
        claims=tuple(map(claim_of, sheets.claims)),
        sources={},
    )
    return review, []


def check_built(review: Review, sheets: Sheets, beside: Mapping[str, Review | str | None]) -> list[Problem]:
    """Every problem of a built review that needs more than one cell to be seen: the rules that ``check_review`` has for folders.

    All but one: that two analyses have different ids is seen while they are built.

    Parameters
    ----------
    review, sheets : as built
    beside : the reviews that claims may refer to, by id; None for one that cannot be read, what to write for some that there are not
    """
    return told(_check_built(review, sheets, beside), "the review")


def _check_built(review: Review, sheets: Sheets, beside: Mapping[str, Review | str | None]) -> Iterator[Problem]:
    shown, guesses = sheets.shown["extraction"], Guesses()
    yield from swapped_or_not([p for row in review.rows for p in check_row(row, shown)], review.rows)
    holder = sheets.shown.get("analyses", shown)
    if "analyses" in sheets.shown:
        yield from check_keys(_cells(review.rows), review.analyses, (shown, "analysis", holder), guesses)
    of_analyses = [row.line for row in sheets.claims if row.text("analysis")]
    if of_analyses and not review.analyses:
        message = f"no row of {holder} belongs to review {review.id!r}."
        fix = "Write its id as it stands there: 0012 is another one than 12."
        yield Problem(sheets.shown["claims"], of_analyses[0], "review", "unknown-review", message, fix)
    else:
        place = sheets.shown.get("claims", ""), "analysis", holder
        yield from check_keys(_cells(sheets.claims), review.analyses, place, guesses)
    yield from _check_analyses(review, sheets, guesses)
    for claim in review.claims:
        shown = sheets.shown["claims"]
        yield from check_claim(claim, shown, beside=lambda name: beside.get(name, REFER), guesses=guesses)


def _cells(rows: Iterable[Row]) -> list[tuple[int, str]]:
    return [(row.line, row.text("analysis")) for row in rows]


def _check_cells(sheets: Sheets) -> Iterator[Problem]:
    for table, shown in sheets.shown.items():
        rows: Sequence[Row] = getattr(sheets, table)
        for row in rows:
            yield from check_cells(row, _COLUMNS[table], shown)
            analysis = row.text("analysis")
            if analysis and not ID.fullmatch(analysis):
                yield Problem(shown, row.line, "analysis", "id", f"{clipped(analysis)!r} is not an id.", ID_FIX)
    extraction = sheets.shown["extraction"]
    yield from no_studies(list(sheets.extraction), extraction, wide=sheets.wide, keys=_BELONGS)
    yield from duplicates(list(sheets.extraction), (*KEYS["extraction.csv"], "analysis"), extraction)
    if "claims" in sheets.shown:
        yield from duplicates(list(sheets.claims), KEYS["claims.csv"], sheets.shown["claims"])
    if "analyses" in sheets.shown:
        yield from duplicates(list(sheets.analyses), ("analysis",), sheets.shown["analyses"])


def _analyses(sheets: Sheets, found: dict[str, Analysis]) -> Iterator[Problem]:
    """Fill in the analyses of a review, those of the table, in its order, or those that the rows name; what is wrong with them."""
    if "analyses" not in sheets.shown:
        ids = dict.fromkeys(row.text("analysis") for row in sheets.extraction)
        found |= {i: Analysis(i, i, {"analysis": i}) for i in ids}
        yield from _alike(sheets)
        return
    for row in sheets.analyses:
        analysis, wrong = _analysis(row, sheets.shown["analyses"])
        found[analysis.id] = analysis
        yield from wrong
    for other, analysis in alike_ids(found.values()):
        both = f"{other.id!r} (row {other.line()}) and {analysis.id!r}"
        message = f"the ids {both} differ in capitals only, and files are named by them."
        fix = "Give one of the two another id, in every table."
        yield Problem(sheets.shown["analyses"], analysis.line(), "analysis", "id", message, fix)


def _alike(sheets: Sheets) -> Iterator[Problem]:
    """Ids that differ in capitals, or in what nobody sees, would be two analyses, which nobody means."""
    seen: dict[str, Row] = {}
    for row in sheets.extraction:
        text = row.text("analysis")
        first = seen.setdefault(same_letters(text), row)
        if first.text("analysis") != text:
            sign = why_unlike(text, first.text("analysis"))
            unlike = f"look the same, and differ in {sign}" if sign else "differ in capitals only"
            message = f"{text!r} and {first.text('analysis')!r} (row {first.line}) {unlike}."
            yield Problem(sheets.shown["extraction"], row.line, "analysis", "spelling", message, "Write one of them.")


def _analysis(row: Row, shown: str) -> tuple[Analysis, list[Problem]]:
    """One row of the table of analyses."""
    name, problems = row.text("analysis"), []
    method, wrong = stated_method(row.text("method"))
    problems += [Problem(shown, row.line, "method", "method", *sentences) for sentences in wrong]
    measures, wrong = stated_measures(row.text("measure"))
    problems += [Problem(shown, row.line, "measure", "enum", *sentences) for sentences in wrong]
    software = row.text("software")
    if software and method.get("software", software) != software:
        message = f"{software!r} here, but {method['software']!r} in the column method."
        problems.append(Problem(shown, row.line, "software", "contradiction", message, "Keep one of the two."))
    if software:
        method = {**method, "software": software}
    analysis = Analysis(
        id=name, title=row.text("title") or name, select={"analysis": name}, measures=measures, favours=row.text("favours"),
        method=method, subgroups=row.text("subgroups"), data=row.text("data") or "complete", lines={"": row.line},
    )  # fmt: skip
    return analysis, problems


Wrong = tuple[tuple[str, str], ...]
"""What is wrong and what would be right, as sentences."""


@cache
def stated_method(text: str) -> tuple[dict[str, Any], Wrong]:
    """A method as the table of analyses states it (``model=random; tau2=DL``), as review.yaml would have it."""
    method, found = parse_override(text)
    wrong = [(f"{message}.", fix) for message, fix in found]
    known = method_schema()
    for key in [k for k in method if k not in known]:
        wrong.append((f"method key {key!r} says nothing about a whole analysis.", nearest(key, known)))
    if "zero_cells" in method:
        method["zero_cells"] = str(zero_cells_from(method["zero_cells"]))  # as the audit writes it
    return method, tuple(wrong)


@cache
def stated_measures(text: str) -> tuple[tuple[str, ...], Wrong]:
    """The measures that are named, and what is wrong with their names."""
    known = load_schema(SCHEMAS / "review.schema.json")["$defs"]["measureCode"]["enum"]
    measures = tuple(m.strip() for m in text.split(";") if m.strip())
    return measures, tuple(
        (f"{m!r} is not a measure.", nearest(m, known, "measure")) for m in measures if m not in known
    )


def _document(sheets: Sheets, document: dict[str, Any]) -> Iterator[Problem]:
    """Fill in what the table of analyses says about the review; every row that says something must say the same."""
    said: dict[str, Row] = {}
    for row in sheets.analyses:
        for column in OF_REVIEW:
            if column in row.cells and said.setdefault(column, row).cells[column] != row.cells[column]:
                first = said[column]
                message = (
                    f"{row.cells[column]!r} here, but {first.cells[column]!r} in row {first.line} of the same review."
                )
                fix = "It is about the review: write the same in all its rows, or leave the others empty."
                yield Problem(sheets.shown["analyses"], row.line, column, "contradiction", message, fix)
    document |= {column: row.cells[column] for column, row in said.items()}
    if "year" in document and document["year"].isdigit():
        document["year"] = int(document["year"])


def _check_analyses(review: Review, sheets: Sheets, guesses: Guesses) -> Iterator[Problem]:
    """Whether every analysis has its rows and its covariate."""
    if "analyses" not in sheets.shown:
        return
    filled = {row.text("analysis") for row in review.rows}
    known = indexed(review.rows).known
    columns = [k.removeprefix("x_") for k in known if k != "analysis"]
    shown, extraction = sheets.shown["analyses"], sheets.shown["extraction"]
    for analysis in review.analyses.values():
        if analysis.data == "none":
            continue
        if analysis.id not in filled:
            message = f"no row of {extraction} belongs to analysis {analysis.id!r}."
            fix = "Add its studies, or write none into the column data when they are not public."
            yield Problem(shown, analysis.line(), "analysis", "unresolvable-select", message, fix)
        if analysis.subgroups and column_name(analysis.subgroups, known) not in known:
            message = f"{analysis.subgroups!r} is not a filled column of {extraction}."
            fix = guesses.nearest(analysis.subgroups, columns, extraction)
            yield Problem(shown, analysis.line(), "subgroups", "unknown-covariate", message, fix)
