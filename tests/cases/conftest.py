"""The shipped reviews, audited once for all cases."""

from functools import cache
from pathlib import Path

import pytest

from metaudit import audit, read_review

REVIEWS = Path(__file__).parents[2] / "data" / "reviews"


@cache
def _rows(review):
    return {row.claim: row for row in audit(read_review(REVIEWS / review))}


@pytest.fixture
def verdicts():
    """Audit rows of one shipped review by claim id."""
    return _rows


@pytest.fixture
def reviews():
    """Folder of the shipped reviews."""
    return REVIEWS
