"""Rows of the tables of networks: every comparison, and every treatment."""

from __future__ import annotations

from typing import TYPE_CHECKING

from metaudit.audit_words import numbers
from metaudit.tables.column import Column

if TYPE_CHECKING:
    from metaudit.tables.reading import Review, Row

NETWORK = (
    Column(name="title", heading="Analysis", wordy=True),
    Column(name="pair", heading="Comparison", wordy=True),
    Column(name="studies", heading="Studies"),
    Column(name="estimate", heading="Network (CI)"),
    Column(name="p", heading="P"),
    Column(name="prediction", heading="Prediction interval"),
    Column(name="direct", heading="Direct (CI)"),
    Column(name="indirect", heading="Indirect (CI)"),
    Column(name="share", heading="Direct evidence (%)"),
    Column(name="differ", heading="P, direct against indirect"),
)
RANKS = (
    Column(name="title", heading="Analysis", wordy=True),
    Column(name="treatment", heading="Treatment", wordy=True),
    Column(name="studies", heading="Studies"),
    Column(name="n", heading="N"),
    Column(name="p_score", heading="P-score"),
    Column(name="mean_rank", heading="Mean rank"),
    Column(name="best", heading="Best (%)"),
)


def pair_of(row: Row) -> str:
    """Both treatments of a comparison, ``A : B``: the first against the second."""
    return f"{row.get('treatment', '')} : {row.get('treatment_c', '')}"


def comparison_cells(row: Row) -> dict[str, str]:
    """The numbers of one comparison in words: effects of the first treatment against the second, on the natural scale."""
    differ = numbers.p_value(row.get("difference_p"))
    share = numbers.fraction_as_percent(row.get("proportion_direct"), 0)
    both = bool(differ)  # without both kinds of evidence one of them is the network's own estimate

    def evidence(kind: str) -> str:
        return numbers.interval(row.get(kind), row.get(f"{kind}_low"), row.get(f"{kind}_high")) if both else ""

    return {
        "pair": pair_of(row),
        "studies": numbers.whole(row.get("studies")),
        "estimate": numbers.interval(row.get("estimate"), row.get("ci_low"), row.get("ci_high")),
        "p": numbers.p_value(row.get("p")),
        "prediction": numbers.span(row.get("pi_low"), row.get("pi_high")),
        "direct": evidence("direct"),
        "indirect": evidence("indirect"),
        "share": share,
        "differ": differ,
    }


def treatment_cells(row: Row) -> dict[str, str]:
    """One treatment in words; without scores where nobody said which effects are good."""
    first = (row.get("ranks") or "").split("; ")[0]
    return {
        "treatment": row.get("treatment", ""),
        "studies": numbers.whole(row.get("studies")),
        "n": numbers.whole(row.get("n")),
        "p_score": numbers.fixed(float(row["p_score"]), 3) if row.get("p_score") else "",
        "mean_rank": numbers.fixed(float(row["mean_rank"]), 1) if row.get("mean_rank") else "",
        "best": numbers.fraction_as_percent(first, 0) if first else "",
    }


def network_rows(review: Review) -> list[dict[str, str]]:
    """Rows of ``tables/network`` of one review: every pair of treatments under the stated model."""
    return [
        {"title": analysis.title, **comparison_cells(row)}
        for analysis in review.analyses
        for row in analysis.tables["network"]
        if row.get("role") == "primary"
    ]


def rank_rows(review: Review) -> list[dict[str, str]]:
    """Rows of ``tables/ranks`` of one review: every treatment, the best first where that is known."""
    return [
        {"title": analysis.title, **treatment_cells(row)}
        for analysis in review.analyses
        for row in analysis.tables["network_treatments"]
    ]
