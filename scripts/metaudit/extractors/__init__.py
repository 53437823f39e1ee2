"""Two people who filled in one table independently: how far they agree, where not, and what it does to the result."""

from metaudit.extractors.agreement import ColumnAgreement, agreement
from metaudit.extractors.differences import Difference, differences
from metaudit.extractors.pairing import Pair, paired
from metaudit.extractors.reading import read_extractors

__all__ = ["ColumnAgreement", "Difference", "Pair", "agreement", "differences", "paired", "read_extractors"]
