"""Counts of verdicts: the board as a table, and the words over the site."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from metaudit.audit_words.verdicts import CODES, REPRODUCED
from metaudit.files import write_rows
from metaudit.report.language import Phrase

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from metaudit.tables.reading import Finding, Review


def count(findings: Iterable[Finding]) -> dict[str, int]:
    """Count the claims with each verdict, in the order of the verdicts; unknown words follow."""
    found = Counter(finding.verdict for finding in findings)
    known = {code: found.get(code, 0) for code in CODES}
    return known | {code: found[code] for code in sorted(found) if code not in known}


def write_board(path: Path, reviews: Sequence[Review]) -> None:
    """Write one row per review: its claims, its verdicts and the gravest of them."""
    columns = ["review", "kind", "claims", *CODES, "worst"]
    rows = []
    for review in reviews:
        counts = count(review.findings)
        about = {"review": review.id, "kind": review.kind, "claims": len(review.findings), "worst": review.worst}
        rows.append(about | {code: counts[code] for code in CODES})
    write_rows(path, columns, rows)


def headline(reviews: Sequence[Review]) -> tuple[tuple[str, Phrase, str], ...]:
    """Four figures over the site: number, words, and the verdict whose colour they carry."""
    counts = count(finding for review in reviews for finding in review.findings)
    wrong = counts["IMPOSSIBLE"] + counts["INCONSISTENT"]
    differs = counts["OUT_OF_ENVELOPE"] + counts["DIFFERENT"] + counts["NEAR"] + counts["OTHER_SPEC"]
    good = sum(counts[code] for code in REPRODUCED)
    return (
        (
            str(wrong),
            Phrase("disagree with another printed number, or are impossible"),
            "inconsistent",
        ),
        (str(differs), Phrase("differ from what the public data and the stated method give"), "different"),
        (str(good), _reproduced(counts["UNDERSPECIFIED"]), "exact"),
        (
            str(counts["NOT_CHECKABLE"]),
            Phrase("cannot be checked yet: data or a second source missing, or words only"),
            "not-checkable",
        ),
    )


def _reproduced(by_an_open_choice: int) -> Phrase:
    if not by_an_open_choice:
        return Phrase("reproduced")
    return Phrase("reproduced ({n} of them by a choice that the paper leaves open)", {"n": str(by_an_open_choice)})
