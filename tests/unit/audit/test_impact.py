"""What a difference changes: a limit on the other side of no effect is more than its size says."""

import pytest

from metaudit.audit.impact import impact
from metaudit.formats.review import Claim
from metaudit.measures import measure_of
from metaudit.printed import parse_printed

OR, MD = measure_of("OR"), measure_of("MD")


def changes(quantity, printed, ours, measure=None, scale="natural"):
    empty = dict.fromkeys("analysis subject unit rounding method refers_to source where certainty note".split(), "")
    asked = Claim(id="c", line=2, quantity=quantity, printed=printed, scale=scale, **empty)
    return impact(asked, parse_printed(printed), measure, natural=ours, shown=ours)


@pytest.mark.parametrize("kind", ["", "direct_", "indirect_", "difference_", "tsa_"])
def test_limits_on_either_side_of_no_effect(kind):
    assert changes(f"{kind}ci_low", "0.98", 1.02, OR) == "significance"
    assert changes(f"{kind}ci_high", "-0.02", 0.01, MD) == "significance"
    assert changes(f"{kind}ci_low", "1.05", 1.02, OR) not in ("significance", "direction")


@pytest.mark.parametrize("quantity", ["estimate", "study_estimate", "direct", "indirect", "difference", "tsa_estimate"])
def test_estimates_on_either_side_of_no_effect(quantity):
    assert changes(quantity, "0.80", 1.25, OR) == "direction"
    assert changes(quantity, "-0.22", 0.22, OR, scale="log") == "direction"
    assert changes(quantity, "1.00", 1.01, OR) != "direction"


@pytest.mark.parametrize("quantity", ["p", "direct_p", "indirect_p", "difference_p", "tsa_p"])
def test_p_values_on_either_side_of_five_percent(quantity):
    assert changes(quantity, "0.04", 0.06) == "significance"
    assert changes(quantity, "0.06", 0.04) == "significance"
