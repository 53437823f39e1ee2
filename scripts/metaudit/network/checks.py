"""What the numbers of a review's networks say against each other, before anything is pooled."""

from __future__ import annotations

from collections.abc import Iterator

from metaudit.errors import DataError, InputError, Problem
from metaudit.formats.review import Analysis, Review, shown_path
from metaudit.formats.select import select_rows
from metaudit.network.agree import Disagreement
from metaudit.network.evidence import Evidence
from metaudit.network.from_rows import evidence_of_rows
from metaudit.network.result import conventional_choices


def number_problems(review: Review) -> list[Problem]:
    """Numbers with which a network cannot be: impossible arms, comparisons of one study that contradict each other, negative variances.

    Parameters
    ----------
    review : read and checked; rules that need no numbers hold (``formats.networks``)
    """
    found: set[Problem] = set()
    for analysis in _networks(review):
        try:
            _made(analysis, review)
        except InputError as error:
            found |= set(error.problems)
        except DataError:  # a stated method that networks lack is no fault of the table
            continue
    return sorted(found)


def disagreements_of(review: Review) -> Iterator[Disagreement]:
    """Comparisons that the arms of the same study do not give, beyond what rounding explains; each once."""
    seen: set[Disagreement] = set()
    for analysis in _networks(review):
        try:
            found = _made(analysis, review)[1]
        except (InputError, DataError):  # said elsewhere
            continue
        yield from (d for d in found if d not in seen)
        seen.update(found)


def _networks(review: Review) -> Iterator[Analysis]:
    return (a for a in review.analyses.values() if "network" in a.syntheses and a.data != "none")


def _made(analysis: Analysis, review: Review) -> tuple[Evidence, tuple[Disagreement, ...]]:
    rows = select_rows(analysis, review.rows)[0]
    measure = conventional_choices(analysis, rows, level=0.95).measure
    pairs = [(str(a), str(b)) for a, b in analysis.syntheses["network"].get("distinct", ())]
    return evidence_of_rows(rows, measure, distinct=pairs, file=f"{shown_path(review.folder)}/extraction.csv")
