"""Tables of an analysis's page about how much its result depends on one study, one method or what was not published."""

from __future__ import annotations

from typing import TYPE_CHECKING

from metaudit.audit_words import numbers
from metaudit.audit_words.spec_words import measure_words
from metaudit.catalogue import entries
from metaudit.report.grids import Cell, Grid, Part, grid
from metaudit.report.language import Phrase
from metaudit.report.methods import LABELS, choice_words
from metaudit.report.studies import MANY, estimate, study_name

if TYPE_CHECKING:
    from metaudit.report.results import Shown
    from metaudit.tables.reading import Analysis, Row

GENERIC = ("GEN", "GEN-LOG")
YES = ("yes", "true", "1")


def small_study_grid(rows: tuple[Row, ...], measure: str = "") -> Grid | None:
    """Tests of, and adjustments for, small-study effects; adjusted estimates are of the measure that was pooled."""
    names = {entry.code: entry.name for entry in entries("small_study")}
    parts = [
        Part(heading="Test or adjustment", cell=lambda r: Cell(text=names.get(r.get("test", ""), r.get("test", "")))),
        Part(heading="Statistic", number=True, cell=lambda r: numbers.plain(r.get("stat"))),
        Part(heading="df", number=True, cell=lambda r: numbers.whole(r.get("df"))),
        Part(heading="P", number=True, cell=lambda r: numbers.p_value(r.get("p"))),
        Part(heading="Adjusted estimate (CI)", number=True, cell=estimate),
        Part(heading="Studies added", number=True, cell=lambda r: numbers.whole(r.get("filled"))),
        Part(heading="Note", cell=lambda r: r.get("note", "")),
    ]
    named = measure not in ("", *GENERIC)
    note = Phrase("Adjusted estimates: {measure}, as pooled.", {"measure": measure}) if named else None
    return grid("Small-study effects", rows, parts, shown=True, note=note)


def influence_grid(rows: tuple[Row, ...]) -> Grid | None:
    """Deletion diagnostics of every study; those that stand out are said to."""

    def name(row: Row) -> Cell:
        marked = str(row.get("influential", "")).lower() in YES
        return Cell(text=study_name(row), strong=marked)

    def number(heading: str, column: str) -> Part:
        return Part(heading=heading, number=True, cell=lambda r: numbers.plain(r.get(column)))

    parts = [
        Part(heading="Study", cell=name),
        number("Studentised residual", "rstudent"),
        number("DFFITS", "dffits"),
        number("Cook's distance", "cook_d"),
        number("Covariance ratio", "cov_r"),
        Part(heading="τ² without", number=True, cell=lambda r: numbers.variance(r.get("tau2_del"))),
        number("Q without", "q_del"),
        number("Hat", "hat"),
        Part(heading="Weight, %", number=True, cell=lambda r: numbers.percent(r.get("weight"))),
        Part(heading="Stands out by", cell=lambda r: r.get("reasons", "")),
    ]
    n = sum(str(row.get("influential", "")).lower() in YES for row in rows)
    said = {"n": str(n), "k": str(len(rows))}
    sentence = "{n} of {k} studies stand out (Viechtbauer and Cheung 2010); they are in bold."
    if n == 1:
        sentence = "{n} of {k} studies stands out (Viechtbauer and Cheung 2010); it is in bold."
    note = Phrase(sentence if n else "None of {k} studies stands out (Viechtbauer and Cheung 2010).", said)
    return grid("Influence of each study", rows, parts, note=note)


def multiverse_grid(rows: tuple[Row, ...]) -> Grid | None:
    """What all the usual ways of pooling the same studies give."""

    def share(row: Row) -> str:
        value = numbers.fraction_as_percent(row.get("significant"), 0)
        return f"{value} %" if value else ""

    parts = [
        Part(heading="Measure", cell=lambda r: Cell(text=measure_words(r.get("measure", "")))),
        Part(heading="Distinct results", number=True, cell=lambda r: numbers.whole(r.get("results"))),
        Part(heading="Lowest to highest", number=True, cell=lambda r: numbers.span(r.get("lowest"), r.get("highest"))),
        Part(heading="Middle 98 %", number=True, cell=lambda r: numbers.span(r.get("p1"), r.get("p99"))),
        Part(heading="Vibration", number=True, cell=lambda r: numbers.plain(r.get("vibration"))),
        Part(heading="Opposite signs", cell=lambda r: r.get("janus", "")),
        Part(heading="Significant", number=True, cell=share),
    ]
    return grid("All usual ways of pooling", rows, parts, shown=True)


def medians_grid(rows: tuple[Row, ...]) -> Grid | None:
    """Median result by choice: which choice moves the result."""

    def choice(row: Row) -> str:
        key = row.get("choice", "")
        return LABELS.get(key, key.replace("_", " "))

    def value(row: Row) -> str:
        key, code = row.get("choice", ""), row.get("value", "")
        return choice_words(key, code) if key in LABELS else code.replace("-", " ")

    parts = [
        Part(heading="Measure", cell=lambda r: Cell(text=measure_words(r.get("measure", "")))),
        Part(heading="Choice", cell=choice),
        Part(heading="Value", cell=value),
        Part(heading="Results", number=True, cell=lambda r: numbers.whole(r.get("number"))),
        Part(heading="Median estimate", number=True, cell=lambda r: numbers.plain(r.get("median"))),
    ]
    return grid("Median result by choice", rows, parts)


def row_checks_grid(rows: tuple[Row, ...]) -> Grid | None:
    """Rows of the table that are worth a second look at their source."""
    parts = [
        Part(heading="Study", cell=lambda r: Cell(text=study_name(r))),
        Part(heading="Check", cell=lambda r: r.get("check", "")),
        Part(heading="Likelihood ratio", number=True, cell=lambda r: numbers.plain(r.get("ratio"))),
        Part(heading="What was seen", cell=lambda r: r.get("message", "")),
    ]
    return grid(Phrase("Worth a second look ({n})", {"n": str(len(rows))}), rows, parts, shown=len(rows) <= MANY)


def routes_grid(rows: tuple[Row, ...]) -> Grid | None:
    """Every route to a converted number, the one that was used in bold."""

    def number(row: Row) -> Cell:
        used = str(row.get("chosen", "")).lower() in YES
        return Cell(text=row.get("number", ""), strong=used)

    parts = [
        Part(heading="Study", cell=lambda r: Cell(text=study_name(r))),
        Part(heading="Number", cell=number),
        Part(heading="Route", cell=lambda r: r.get("words") or r.get("route", "")),
        Part(heading="Value", number=True, cell=lambda r: numbers.plain(r.get("value"))),
        Part(heading="Used", cell=lambda r: r.get("chosen", "")),
    ]
    return grid(Phrase("Converted numbers ({n})", {"n": str(len(rows))}), rows, parts)


def diagnostic_grids(analysis: Analysis, shown: Shown) -> tuple[Grid, ...]:
    """Every such table of one analysis that has rows, in reading order."""
    rows = frozenset(row.get("row", "") for row in analysis.tables["effects"])
    found = (
        row_checks_grid(shown.about("row_checks", rows)),
        multiverse_grid(shown.rows("multiverse", analysis.id)),
        medians_grid(shown.rows("medians", analysis.id)),
        influence_grid(shown.rows("influence", analysis.id)),
        small_study_grid(shown.rows("small_study", analysis.id), (analysis.primary or {}).get("measure", "")),
        routes_grid(shown.about("conversions", rows)),
    )
    return tuple(table for table in found if table is not None)
