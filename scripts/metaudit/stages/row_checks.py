"""Rows of the extraction table that are worth a second look at their source: spreads that may be misread, percentages that no count gives."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from metaudit.analyses import analysis_rows, converted_rows
from metaudit.effects.convert import Converted
from metaudit.enumeration.rows import row_integer_checks
from metaudit.files import write_rows
from metaudit.formats.review import Review
from metaudit.rowchecks.repeated import Repeated, repeated_people
from metaudit.rowchecks.restored import restored_by_other_reading
from metaudit.rowchecks.se_as_sd import SCALE_COLUMNS, Reading, examine
from metaudit.specs import conventional

COLUMNS = ("row", "study", "check", "ratio", "message")
_OF_MEANS = frozenset({"MD", "SMD", "SMDH", "ROM"})


def write_row_checks(review: Review, results_dir: str | Path, *, level: float = 0.95) -> None:
    """Write ``row_checks.csv``: empty but for its header where no row is noteworthy.

    A ratio of likelihoods is about a reading of numbers, under a stated model; it is no verdict on anybody.
    """
    rows = converted_rows(review.rows)
    found = [
        *_spreads(review, rows, level=level), *odd_percentages(rows), *_same_people(review, rows), *_against_arms(review),
    ]  # fmt: skip
    write_rows(Path(results_dir) / "row_checks.csv", COLUMNS, sorted(found, key=lambda r: (r["row"], r["check"])))


def _spreads(review: Review, rows: Sequence[Converted], *, level: float) -> Iterator[dict[str, Any]]:
    """Readings of a spread that are much likelier than the one as labelled, and implausible differences."""
    for reading in spread_readings(review, rows, level=level):
        if reading.flagged() or reading.implausible:
            yield {
                "row": reading.line, "study": reading.label, "check": _name(reading), "ratio": reading.ratio,
                "message": reading.words(),
            }  # fmt: skip


def _same_people(review: Review, rows: Sequence[Converted]) -> Iterator[dict[str, Any]]:
    """Rows of one study that an analysis pools as if they were of different people; an analysis that models it has none."""
    told: dict[tuple[int, ...], Repeated] = {}
    for analysis in review.analyses.values():
        if analysis.poolable and "multilevel" not in analysis.syntheses:
            told |= {r.lines: r for r in repeated_people(analysis_rows(analysis, rows))}
    for lines, found in told.items():
        yield {"row": lines[0], "study": found.label, "check": "the same people twice", "message": found.sentence}


def spread_readings(
    review: Review, rows: Sequence[Converted], *, level: float, scale: Sequence[str] = SCALE_COLUMNS
) -> list[Reading]:
    """The best other reading of the spread of every row of a review, likeliest first; see ``rowchecks.se_as_sd.examine``.

    Parameters
    ----------
    review : the review
    rows : its rows, converted
    level : confidence level where none is stated
    scale : columns that say which rows are measured on one scale
    """
    return examine(rows, restored=_restored(review, rows, level=level), scale=scale)


def _name(reading: Reading) -> str:
    return reading.kind if reading.flagged() else "implausible difference"


def _restored(review: Review, rows: Sequence[Converted], *, level: float) -> dict[int, int]:
    """By line, how many printed numbers of a study come out only with the other reading of its spread."""
    out: dict[int, int] = {}
    for analysis in review.analyses.values():
        own = analysis_rows(analysis, rows)
        if not analysis.poolable or not own or not _OF_MEANS & set(analysis.measures):
            continue
        spec = conventional(analysis.measures, {k: v for k, v in analysis.method.items() if k == "variance"})
        if spec.measure in _OF_MEANS:
            found = restored_by_other_reading(own, spec.measure, variance=spec.variance, level=level)
            out |= {line: max(n, out.get(line, 0)) for line, n in found.items()}
    return out


def _against_arms(review: Review) -> Iterator[dict[str, Any]]:
    """Comparisons of a network that the arms of the same study do not give."""
    if not any("network" in a.syntheses for a in review.analyses.values()):
        return
    from metaudit.network.checks import disagreements_of

    for d in disagreements_of(review):
        yield {"row": d.row, "study": d.study, "check": "comparison against arms", "message": f"{d}."}


def odd_percentages(rows: Sequence[Converted]) -> Iterator[dict[str, Any]]:
    """Percentages that no whole number gives, neither rounded nor cut."""
    for row in rows:
        rounded = {c.columns: c for c in row_integer_checks(row.row)}
        cut = {c.columns: c for c in row_integer_checks(row.row, rounding="truncated")}
        for columns, check in rounded.items():
            other = cut.get(columns, replace(check, possible=False))
            if check.settled and not check.possible and not other.possible:
                yield {"row": row.row.line, "study": row.label, "check": check.check, "message": check.sentence}
