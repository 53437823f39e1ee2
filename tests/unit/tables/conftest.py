"""A small made-up review for the tables, in memory."""

from pathlib import Path
from types import MappingProxyType

import pytest

from metaudit.tables.reading import RESULT_TABLES, Analysis, Review

FIT = {
    "analysis": "x",
    "role": "primary",
    "measure": "RR",
    "model": "random",
    "tau2_method": "REML",
    "ci_method": "wald",
    "level": "0.95",
    "k": "3",
    "n_t": "30",
    "n_c": "32",
    "estimate": "0.5",
    "ci_low": "0.25",
    "ci_high": "1.0",
    "p": "0.049",
}
EFFECTS = (
    {"row": "2", "study": "A", "events_c": "10", "n_c": "100"},
    {"row": "3", "study": "B", "events_c": "30", "n_c": "100"},
    {"row": "4", "study": "C", "events_c": "20", "n_c": "100"},
)


def analysis_of(*, measure="RR", favours="low", data="complete", **tables):
    """An analysis with one fit and three studies; further result tables by name."""
    own = {"pooled": (FIT,), "effects": EFFECTS} | tables
    return Analysis(
        id="x",
        title="Pain",
        measure=measure,
        favours=favours,
        data=data,
        note="",
        method=MappingProxyType({}),
        tables={name: tuple(own.get(name, ())) for name in RESULT_TABLES},
        findings=(),
    )


def review_of(*analyses, extraction=(), findings=(), **more):
    """A review around some analyses."""
    given = {
        "id": "one",
        "title": "T",
        "kind": "meta-analysis",
        "citation": {"authors": "A et al.", "year": 2001, "journal": "J", "doi": ""},
        "analyses": tuple(analyses),
        "findings": tuple(findings),
        "sources": (),
        "has_extraction": bool(extraction),
        "extraction": tuple(extraction),
        "figures": Path("figures"),
    }
    return Review(**(given | more))


@pytest.fixture
def made_analysis():
    return analysis_of


@pytest.fixture
def made_review():
    return review_of


@pytest.fixture
def fit():
    """Primary fit of the made analysis, to be varied."""
    return dict(FIT)
