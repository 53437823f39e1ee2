"""What every test shares: where the library, the tolerances and the data are."""

import sys
import warnings
from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("repeatable", derandomize=True, deadline=None, database=None, max_examples=100)
settings.load_profile("repeatable")
with warnings.catch_warnings():  # PyMARE leaves a file open when imported, and sympy uses names that mpmath deprecates
    warnings.simplefilter("ignore")
    import pymare.estimators  # noqa: F401

TESTS = Path(__file__).resolve().parent
for folder in (TESTS.parent / "scripts", TESTS, TESTS / "reference", TESTS / "inputs"):
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))


@pytest.fixture(scope="session")
def data() -> Path:
    """Folder of vendored reference values."""
    return TESTS / "data"


@pytest.fixture(scope="session")
def reviews() -> Path:
    """The shipped reviews."""
    return TESTS.parent / "data" / "reviews"
