"""What had to be chosen beside a specification to get a number; each of these choices has its French in ``specs_fr.yaml``."""

from __future__ import annotations

from collections.abc import Iterable

I2_TEST_BASED = "test-based limits of I²"
I2_TEST_BASED_AT_ONE = "test-based limits of I² around an H not below 1"
I2_FROM_TAU2 = "limits of I² from those of τ²"
NNT_BY_RATIO = "the pooled ratio applied to the control group's risk"
EXACT_LIMITS = "exact (Clopper-Pearson) limits of the proportion"
WILSON_LIMITS = "Wilson's limits of the proportion"
ONE_TAU2 = "one τ² for all subgroups"
OTHER_WAYS = (I2_TEST_BASED, I2_TEST_BASED_AT_ONE, I2_FROM_TAU2, NNT_BY_RATIO, EXACT_LIMITS, WILSON_LIMITS, ONE_TAU2)


def chosen_beside(causes: Iterable[str]) -> tuple[str, ...]:
    """Those of a verdict's causes that no specification holds: a question about the method names them beside it."""
    return tuple(c for c in causes if c in OTHER_WAYS)
