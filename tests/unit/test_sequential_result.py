"""A sequential analysis under what is stated: which refusals say that another control risk would do."""

import pytest

from metaudit.effects.convert import convert
from metaudit.errors import DataError
from metaudit.sequential.information import Sought
from metaudit.sequential_result import sequential_result
from unit.audit.syntheses.made_up_sequential import RANDOM, review, rows

HINT = "This control risk is that of all trials together: give one with control_risk."


def refusal(measure, stated):
    table = rows("bcg.RR")
    analysis = review(table, [], stated, measure=measure, method=RANDOM).analyses["a"]
    with pytest.raises(DataError) as raised:
        sequential_result(analysis, [convert(r) for r in table])
    return str(raised.value)


# All trials together have a control risk of 0.9 %, which no risk ratio of 200 and no difference of -0.2 goes with.
@pytest.mark.parametrize(("measure", "effect"), [("RR", 200), ("RD", -0.2), ("RD", 0.999)])
def test_an_effect_that_another_control_risk_goes_with(measure, effect):
    assert refusal(measure, {"effect": effect}).endswith(HINT)
    assert HINT not in refusal(measure, {"effect": effect, "control_risk": 0.03})


@pytest.mark.parametrize(
    ("measure", "effect"), [("RR", 1), ("RR", -0.2), ("OR", 0), ("RD", 0), ("RD", 1.2), ("RD", -1)]
)
def test_an_effect_that_no_control_risk_goes_with(measure, effect):
    assert HINT not in refusal(measure, {"effect": effect})


def test_the_hint_does_not_hang_on_the_words_of_a_refusal(monkeypatch):
    plain = Sought.__post_init__

    def reworded(sought):
        try:
            plain(sought)
        except DataError:
            raise DataError("Not so.") from None

    monkeypatch.setattr(Sought, "__post_init__", reworded)
    assert refusal("RR", {"effect": 200}).endswith(HINT)
    assert refusal("RR", {"effect": 1}) == "Not so."
