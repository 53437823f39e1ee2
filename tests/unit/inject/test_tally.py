"""Rates of the audit of the audit, from outcomes made up here."""

import pytest

from metaudit.inject.score import Outcome
from metaudit.inject.tally import overall, within_rounding


def outcome(*, flagged=(), after=(), worse=(), rank=0):
    return Outcome("digit", "made", 0, "a digit", ("e", "lo"), tuple(worse), tuple(flagged), rank, after=tuple(after))


@pytest.mark.parametrize(
    ("flagged", "after", "nothing_to_see"),
    [
        ((), ("WITHIN_ROUNDING (input rounding)", "WITHIN_ROUNDING (cut instead of rounded)"), True),
        ((), ("WITHIN_ROUNDING (input rounding)", "UNDERSPECIFIED (choices left open)"), False),
        (("e",), ("WITHIN_ROUNDING (input rounding)", "DIFFERENT (outside rounding)"), False),
        ((), ("UNDERSPECIFIED (choices left open)",), False),
    ],
)
def test_what_rounding_still_explains_is_not_beyond_it(flagged, after, nothing_to_see):
    assert within_rounding(outcome(flagged=flagged, after=after)) is nothing_to_see


def test_rates_over_outcomes():
    seen = outcome(flagged=("e",), worse=("e",), after=("DIFFERENT (outside rounding)",), rank=2)
    excused = outcome(after=("WITHIN_ROUNDING (input rounding)",), worse=("e",))
    absorbed = outcome(after=("UNDERSPECIFIED (choices left open)",))
    unmoved = Outcome("digit", "made", 1, "a digit", (), (), (), None)
    total = overall([seen, excused, absorbed, unmoved])
    assert total.injected == 4
    assert (total.seen.hits, total.seen.of) == (1, 3)
    assert (total.beyond.hits, total.beyond.of) == (1, 2)
    assert (total.worse.hits, total.worse.of) == (2, 3)
    assert (total.named.hits, total.named.of) == (1, 3)
