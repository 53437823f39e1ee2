"""A clear line for every plan of a sequential analysis that cannot be, and what a claim's method may say of one."""

from __future__ import annotations

import pytest

from making import claim, made
from metaudit.errors import InputError
from metaudit.formats.stated import parse_override, plan_override

ROWS = [{"study": s, "events_t": 4, "n_t": 40, "events_c": 9, "n_c": 41} for s in "abc"]
WELL = {
    "alpha": 0.05,
    "power": 0.9,
    "effect": 0.8,
    "control_risk": 0.13,
    "heterogeneity": {"D2": 0.5},
    "spending": {"rho": 3},
}


def problems(folder, plan, **main):
    try:
        made(folder, claims=[claim("ris", "ris", "3,000")], rows=ROWS, **{"measure": "RR", "sequential": plan, **main})
    except InputError as error:
        return error.problems
    return []


def test_plans_that_can_be(tmp_path):
    assert problems(tmp_path / "a", WELL) == []
    assert problems(tmp_path / "b", {}) == []
    assert problems(tmp_path / "c", None) == []
    assert (
        problems(
            tmp_path / "d",
            {"effect": "trials", "control_risk": "trials", "futility": "non-binding", "beta_spending": "pocock"},
        )
        == []
    )
    assert problems(tmp_path / "e", {"required": 4000}, measure=["RR", "OR"]) == []


@pytest.mark.parametrize(
    ("plan", "measure", "key", "words"),
    [
        ({"effect": 0.8, "relative_reduction": 0.2}, "RR", "relative_reduction", "say the same"),
        ({"relative_reduction": 0.2}, "RD", "relative_reduction", "is of a risk or odds ratio, not of RD"),
        ({"relative_reduction": 20}, "RR", "relative_reduction", "20 is no reduction"),
        ({"effect": -0.2}, "RR", "effect", "is not above 0"),
        ({"effect": 1}, "OR", "effect", "no effect to look for"),
        ({"effect": 0}, "MD", "effect", "no effect to look for"),
        ({"control_risk": 0.1}, "MD", "control_risk", "has no control risk"),
        ({"sd": 2}, "RR", "sd", "is about risks"),
        ({"variance": "pooled"}, "MD", "variance", "of two risks"),
        ({"control_risk": 0.6, "effect": 2}, "RR", "control_risk", "make a risk of 1.2"),
        ({"control_risk": 0.8, "relative_reduction": -0.5}, "RR", "control_risk", "make a risk of 1.2"),
        ({"control_risk": 0.1, "effect": -0.2}, "RD", "control_risk", "make a risk of -0.1"),
        ({"alpha": 0.95}, "RR", "alpha", "the level of an interval"),
        ({"power": 0.2}, "RR", "power", "less than that of a coin"),
        ({"alpha": 0.05, "power": 0.01}, "RR", "power", "missing the effect"),
        ({"beta_spending": "pocock"}, "RR", "beta_spending", "none is stated"),
        ({"beta_spending": "pocock", "futility": "none"}, "RR", "beta_spending", "none is stated"),
        ({"required": 900, "heterogeneity": "D2"}, "RR", "heterogeneity", "required states one"),
        ({"spending": {"rho": -1}}, "RR", "spending", "not above 0"),
    ],
)
def test_plans_that_cannot_be(tmp_path, plan, measure, key, words):
    (found,) = problems(tmp_path / "r", plan, measure=measure)
    assert (found.rule, found.column) == ("sequential-plan", f"analyses.main.sequential.{key}")
    assert words in found.message
    assert found.row > 1
    assert found.fix


@pytest.mark.parametrize(
    ("main", "words"),
    [({"measure": "PR"}, "no value of no effect"), ({"network": {}}, "a row of this analysis is an arm")],
)
def test_analyses_that_have_no_sequential_one(tmp_path, main, words):
    found = [p for p in problems(tmp_path / "r", {}, **main) if p.rule == "sequential-plan"]
    assert len(found) == 1
    assert words in found[0].message


def test_what_the_schema_refuses(tmp_path):
    for i, plan in enumerate(
        ({"level": 0.05}, {"alpha": "5%"}, {"heterogeneity": {"tau2": 0.1}}, {"sides": 1}, {"control_risk": 13})
    ):
        (found,) = problems(tmp_path / str(i), plan)
        assert found.column.startswith("analyses.main.sequential")


def test_a_claim_states_its_own_plan():
    text = "power=0.9; heterogeneity=D2:0.5; spending=pocock; model=random"
    assert plan_override(text) == {"power": 0.9, "heterogeneity": {"D2": 0.5}, "spending": "pocock"}
    assert parse_override(text) == ({"model": "random"}, [])
    assert plan_override("") == {}


@pytest.mark.parametrize(
    "text", ["power=ninety", "heterogeneity=tau2", "heterogeneity=D2:half", "spending=obrien", "required=-3"]
)
def test_a_plan_of_a_claim_that_is_not_understood(text):
    ((message, fix),) = parse_override(text)[1]
    assert "is not a value of" in message
    assert fix
