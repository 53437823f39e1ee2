"""What of a review goes into another program's file: its analyses with their rows, and what is said about them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from metaudit.analyses import analysis_rows, converted_rows, possible_measures
from metaudit.drafts import Notice
from metaudit.effects.convert import Converted
from metaudit.errors import InputError, Problem
from metaudit.formats.review import Analysis, Review, shown_path
from metaudit.formats.tables import nearest
from metaudit.measures import Measure, measure_of


@dataclass(frozen=True)
class Exported:
    """A file for another program.

    Parameters
    ----------
    content : the file, byte by byte
    notices : what the file does not hold, or holds otherwise than it is typed in the review
    """

    content: bytes
    notices: tuple[Notice, ...]


@dataclass(frozen=True)
class Part:
    """One analysis that is exported.

    Parameters
    ----------
    analysis : as review.yaml states it
    measure : the effect measure; the first of those that are possible where it is not stated
    rows : the rows it pools, in the order of extraction.csv
    """

    analysis: Analysis
    measure: Measure
    rows: tuple[Converted, ...]

    @property
    def kind(self) -> str:
        """Kind of data of the measure."""
        return self.measure.kind


@dataclass
class Content:
    """The analyses of one export and the notices that have come up so far.

    ``whole`` says that every row of extraction.csv is carried, also those that no analysis pools.
    """

    review: Review
    whole: bool = False
    parts: list[Part] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)

    @property
    def shown(self) -> str:
        """The review's folder as the user would type it."""
        return shown_path(self.review.folder)

    def tell(self, kind: str, place: str, message: str, fix: str = "") -> None:
        """Note something; the place is within the review's folder."""
        self.notices.append(Notice(kind, f"{self.shown}/{place}", message, fix))

    def row_place(self, row: Converted, column: str = "") -> str:
        """A row of extraction.csv as a place."""
        return f"extraction.csv, row {row.row.line}" + (f", column {column}" if column else "")

    def rows(self) -> list[Converted]:
        """The rows of all parts, each once, in the order of extraction.csv."""
        found = {r.row.line: r for p in self.parts for r in p.rows}
        return [found[line] for line in sorted(found)]

    def refuse(self, rule: str, message: str, fix: str, *, place: str = "", column: str = "") -> InputError:
        """The refusal of an export, to be raised."""
        file, _, row = place.partition(", row ")
        shown = f"{self.shown}/{file}" if file else self.shown
        return InputError([Problem(shown, int(row or 0), column, rule, message, fix)])


def content_of(review: Review, names: Sequence[str] = (), *, whole: bool = False) -> Content:
    """The analyses that are to be exported, all of them unless some are named.

    Parameters
    ----------
    review : the review
    names : ids of analyses
    whole : whether the format carries rows as they are, so that those that no analysis pools can go with them

    Raises
    ------
    InputError
        for a name that is no analysis, and when no analysis has a row.
    """
    content = Content(review, whole=whole and not names)
    _check_names(content, names)
    converted = converted_rows(review.rows)
    for analysis in review.analyses.values():
        if names and analysis.id not in names:
            continue
        rows = tuple(analysis_rows(analysis, converted))
        measures = possible_measures(analysis, rows) if rows else ()
        if rows and not analysis.pairwise:
            measures = analysis.measures or ("GEN",)
        if not measures:
            content.tell(
                "dropped", "review.yaml", f"analysis {analysis.id} has no row with data, so nothing to export."
            )
            continue
        if len(analysis.measures) != 1 and analysis.pairwise:
            message = f"analysis {analysis.id} does not state one effect measure; {measures[0]} is taken."
            content.tell("guessed", "review.yaml", message, "State its measure in review.yaml.")
        content.parts.append(Part(analysis, measure_of(measures[0]), rows))
    if not content.parts:
        message = "no analysis of the review has a row of extraction.csv, so there is nothing to export."
        raise content.refuse("nothing-to-export", message, "Type in the per-study data, or name another analysis.")
    _tell_left_out(content)
    return content


def _check_names(content: Content, names: Iterable[str]) -> None:
    known = content.review.analyses
    unknown = [n for n in names if n not in known]
    if unknown:
        message = f"there is no analysis {unknown[0]!r}."
        raise content.refuse("unknown-analysis", message, nearest(unknown[0], known), place="review.yaml")


def _tell_left_out(content: Content) -> None:
    """Rows and claims that no export holds."""
    kept = {r.row.line for r in content.rows()}
    left = [] if content.whole else [r.line for r in content.review.rows if r.line not in kept]
    if left:
        rows = ", ".join(map(str, left[:10])) + (" ..." if len(left) > 10 else "")
        message = (
            f"{len(left)} of {len(content.review.rows)} rows belong to no analysis that is exported (rows {rows})."
        )
        content.tell("dropped", "extraction.csv", message)
    if content.review.claims:
        message = f"{len(content.review.claims)} claims stay in the review: the file is for data."
        content.tell("dropped", "claims.csv", message)
