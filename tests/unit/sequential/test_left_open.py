"""What was not stated, and what other usual values lead to."""

import math

import pytest
from making_trials import trials

from metaudit.sequential import Plan, Sought, Spending, fit_by, sequential_analysis
from metaudit.sequential.left_open import left_open, percent
from metaudit.sequential.open_choices import control_risks

EVERYTHING = {
    "alpha": 0.05, "power": 0.8, "effect": 0.8, "control_risk": 0.13, "variance": "pooled", "heterogeneity": "none",
    "spending": "pocock", "futility": "none", "convention": "tsa",
}  # fmt: skip


def again(plan):
    return sequential_analysis(trials(), fit_by("random"), plan)


def choices(stated, plan):
    return {c.name: c for c in left_open(stated, again(plan), trials(), again=again)}


def sized(**more):
    risk = control_risks(trials())["all trials together"]
    return Plan(Sought("RR", 0.8, control_risk=risk), adjustment="D2", **more)


def test_nothing_is_open_when_everything_is_stated():
    assert choices(EVERYTHING, sized()) == {}


@pytest.mark.parametrize("name", set(EVERYTHING) - {"futility"})
def test_what_is_not_stated_is_open(name):
    found = choices({k: v for k, v in EVERYTHING.items() if k != name}, sized())
    assert set(found) == {name.replace("_", "-")}


def test_each_other_value_is_what_its_plan_gives():
    found = choices({}, sized())
    assert [(o.words, o.size) for o in found["power"].others] == [("90 %", again(sized(beta=0.1)).size.participants)]
    (pocock,) = found["spending"].others
    other = again(sized(spending=Spending("pocock")))
    assert (pocock.size, pocock.look) == (other.size.participants, other.result.crossed_at)
    assert found["spending"].taken.look == again(sized()).result.crossed_at
    (wedge,) = found["futility"].others
    assert wedge.words == "non-binding"
    (rtsa,) = found["convention"].others
    assert rtsa.size == math.ceil(again(sized(convention="rtsa")).looks.required) > found["convention"].taken.size


def test_beta_spending_is_open_only_with_a_boundary_it_makes():
    wedge = sized(futility="non-binding", beta_spending=Spending())
    assert set(choices({**EVERYTHING, "futility": "non-binding"}, wedge)) == {"beta-spending"}


def test_of_a_given_size_only_the_looks_are_open():
    plan = Plan(None, required=3000.0)
    assert set(choices({"required": 3000}, plan)) == {"alpha", "spending", "futility", "convention"}
    rtsa = Plan(None, required=3000.0, convention="rtsa")
    assert set(choices({"required": 3000, "convention": "rtsa"}, rtsa)) == {"alpha", "power", "spending", "futility"}


def test_a_choice_matters_when_a_conclusion_changes():
    found = choices({}, sized())
    assert found["effect"].matters
    assert {o.outcome for o in found["effect"].others} == {"lower", "none"}
    assert not found["variance"].matters


def test_a_risk_that_leaves_no_room_has_no_design():
    effects = trials([(80, 100, 60, 100), (8, 10, 7, 10), (100, 2000, 50, 2000)])
    risk = control_risks(effects)["all trials together"]

    def run(plan):
        return sequential_analysis(effects, fit_by("common"), plan)

    plan = Plan(Sought("RR", 2.0, control_risk=risk), adjustment="none")
    stated = {**EVERYTHING, "effect": 2.0, "control_risk": "trials"}
    (choice,) = left_open(stated, run(plan), effects, again=run)
    mean, median = choice.others
    assert mean.size is not None
    assert (median.size, median.outcome, median.look) == (None, "", None)
    assert choice.matters == (mean.outcome != choice.taken.outcome), "what cannot be does not count"


def test_shares_in_words():
    assert [percent(x) for x in (0.05, 0.025, 0.9487, 0.0)] == ["5 %", "2.5 %", "94.9 %", "0 %"]
