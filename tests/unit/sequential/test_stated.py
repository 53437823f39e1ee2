"""From a paper's words to what is computed and tried, and the numbers that papers print."""

import math

import pytest
from making_trials import COUNTS, trials

from metaudit.errors import DataError
from metaudit.measures import measure_of
from metaudit.sequential import Plan, Sought, Spending, fit_by, sequential_analysis
from metaudit.sequential.conditional import conditional_power
from metaudit.sequential.design import fixed_drift
from metaudit.sequential.open_choices import control_risks, matching, plans
from metaudit.sequential.quantities import QUANTITIES, boundary_crossed, quantities
from metaudit.sequential.stated import USUAL_REDUCTIONS, open_choices, spending_of

FULL = {"alpha": 0.05, "power": 0.9, "relative_reduction": 0.25, "control_risk": 0.12, "heterogeneity": {"D2": 0.3}}


def test_everything_stated_is_one_plan():
    (plan,) = plans(open_choices(FULL, trials()))
    assert plan == Plan(Sought("RR", 0.75, control_risk=0.12), 0.05, 0.1, share=0.3)


def test_what_is_not_said_is_tried():
    choices = open_choices({}, trials())
    assert choices.effects == tuple(1 - r for r in USUAL_REDUCTIONS)
    assert set(choices.control_risks) == set(control_risks(trials()).values())
    assert choices.betas == (0.2, 0.1)
    assert ("D2", 0.25) in choices.adjustments
    without = {k: v for k, v in FULL.items() if k != "power"}
    found = matching(trials(), plans(open_choices(without, trials())), (0, 10**9))
    assert [m.plan.beta for m in found] == [0.2, 0.1]


@pytest.mark.parametrize(
    ("stated", "said"),
    [({"power": "high"}, "not a number"), ({"powr": 0.8}, "powr"), ({"heterogeneity": "tau2"}, "not understood"),
     ({"heterogeneity": {"tau2": 0.1}}, "not understood"), ({"heterogeneity": {"D2": True}}, "not a number"), ({"alpha": math.nan}, "not a number")],
)  # fmt: skip
def test_what_is_refused(stated, said):
    with pytest.raises(DataError, match=said):
        open_choices(stated, trials())


def test_effects_without_a_usual_one():
    rd = trials(measure="RD")
    with pytest.raises(DataError, match="no usual one"):
        open_choices({}, rd)
    with pytest.raises(DataError, match="not of RD"):
        open_choices({"relative_reduction": 0.2}, rd)
    assert open_choices({"effect": -0.02, "control_risk": "trials"}, rd).effects == (-0.02,)


def test_spending_functions_as_written():
    assert spending_of("pocock") == Spending("pocock")
    assert spending_of({"rho": 3}) == Spending("rho", 3.0)
    for wrong in (3, {"rho": 3, "pocock": 1}, {"rho": "three"}, "obf"):
        with pytest.raises(DataError):
            spending_of(wrong)


def test_numbers_that_papers_print():
    plan = Plan(Sought("RR", 0.8, control_risk=0.12), adjustment="none")
    s = sequential_analysis(trials(), fit_by("common"), plan)
    found = quantities(s, measure_of("RR"))
    assert list(found) == list(QUANTITIES)
    last = s.result.last
    assert found["ris"] == s.size.participants == found["ris_fixed"]
    assert found["tsa_ci_low"] == pytest.approx(math.exp(last.estimate - last.boundary * last.se))
    assert found["ris_share"] == pytest.approx(100 * 2780 / found["ris"])
    assert boundary_crossed(s) == "lower"
    assert found["tsa_look"] == s.result.crossed_at
    assert 0 < found["tsa_estimate"] < 1
    assert math.isnan(found["conditional_power"]), "the boundary is crossed"


def test_conditional_power_is_on_the_side_of_the_plan():
    flat = [(20, 400, 22, 400), (30, 600, 28, 600)]
    for effect, sign in ((0.7, -1), (1.4, 1)):
        s = sequential_analysis(trials(flat), fit_by("common"), Plan(Sought("RR", effect, control_risk=0.05)))
        direct = conditional_power(
            sign * s.result.last.z, s.bounds.timing, s.bounds.upper, look=1, drift=fixed_drift(0.05, 0.2, sides=2)
        )
        assert quantities(s, measure_of("RR"))["conditional_power"] == pytest.approx(100 * direct)
    assert boundary_crossed(s) == "none"


def test_an_interval_without_end():
    s = sequential_analysis(trials(COUNTS[:1]), fit_by("common"), Plan(None, required=10**6))
    found = quantities(s, measure_of("RR"))
    assert found["tsa_ci_low"] == pytest.approx(0, abs=1e-6)
    assert found["tsa_ci_high"] > 1e6
    assert math.isnan(found["ris_fixed"])
    difference = trials(COUNTS[:1], measure="RD")
    wide = quantities(sequential_analysis(difference, fit_by("common"), Plan(None, required=10**6)), measure_of("RD"))
    assert wide["tsa_ci_low"] == pytest.approx(-wide["tsa_ci_high"], abs=1)
