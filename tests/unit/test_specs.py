"""Specifications: their canonical string, and what a stated method leaves open."""

from itertools import product

import pytest

from metaudit.errors import DataError
from metaudit.search.rank import violates
from metaudit.space import load
from metaudit.specs import (
    GLMM_KINDS,
    Spec,
    completions,
    conventional,
    departures,
    parse_spec,
)

FULL = {
    "model": "random",
    "tau2": "DL",
    "ci": "wald",
    "pi": "t-k-2",
    "variance": "LS",
    "zero_cells": {"add": 0.5, "to": "only-zero"},
    "level": 0.95,
}


def test_the_canonical_string():
    assert str(Spec("RR")) == "RR | 0.5@only-zero | random DL | wald | I2:tau2 | PI:t-k-2 | 95%"
    assert str(Spec("SMD", variance="UB", model="common", ci="t", level=0.9)) == "SMD [UB] | common | t | 90%"
    assert (
        str(Spec("OR", zero_cells="none", model="mantel-haenszel", level=0.995))
        == "OR | none | mantel-haenszel | wald | 99.5%"
    )


@pytest.mark.parametrize("measure", ["RR", "SMD", "MD", "GEN", "PLO", "IRR"])
def test_every_specification_reads_back(measure):
    for spec in completions((measure,), {}, any_zero=True):
        again = parse_spec(str(spec))
        assert again == spec
        assert again.fit_key[:2] == spec.fit_key[:2] or measure in ("SMD", "MD", "GEN")


def test_what_is_no_specification_is_refused():
    with pytest.raises(ValueError, match="is not a specification such as"):
        parse_spec("random DL")


def test_a_full_method_leaves_only_the_definition_of_i2_open():
    assert {s.i2 for s in completions(("RR",), FULL, any_zero=True)} == {"tau2", "Q"}
    assert len(completions(("RR",), FULL, any_zero=True)) == 2


def test_a_random_effects_method_leaves_the_product_of_the_rest_open():
    found = completions(("GEN",), {"model": "random"}, any_zero=False)
    assert (
        len(found)
        == len(set(found))
        == len(list(product(*(load().codes(d, usual=True) for d in ("tau2", "ci", "pi", "i2")))))
    )


def test_the_conventional_choice_comes_first():
    assert completions(("RR",), {}, any_zero=False)[0] == conventional(("RR", "OR"), {}) == Spec("RR")
    assert conventional(("RR",), {"model": "common"}).model == "common"


def test_zero_cells_are_open_only_where_there_are_any():
    assert {s.zero_cells for s in completions(("RR",), {"model": "random"}, any_zero=False)} == {"0.5@only-zero"}
    assert {s.zero_cells for s in completions(("RR",), {"model": "random"}, any_zero=True)} == {
        "0.5@only-zero",
        "0.5@all",
        "none",
    }
    assert {s.zero_cells for s in completions(("PFT",), {"model": "common"}, any_zero=False)} == {"none"}


def test_models_that_pool_counts_as_they_are_have_one_zero_rule():
    assert {s.zero_cells for s in completions(("OR",), {"model": "mantel-haenszel"}, any_zero=True)} == {
        "0.5@only-zero"
    }


def test_common_effect_leaves_the_weights_of_counts_open():
    def models(measure):
        return {s.model for s in completions((measure,), {"model": "common"}, any_zero=False)}

    assert models("OR") == {"common", "mantel-haenszel", "peto"}
    assert models("RR") == {"common", "mantel-haenszel"}
    assert models("SMD") == {"common"}


def test_an_interval_that_a_model_does_not_have_is_not_searched():
    assert {s.model for s in completions(("RR",), {"model": "common", "ci": "hksj"}, any_zero=False)} == {"common"}


@pytest.mark.parametrize(
    ("method", "words"),
    [
        ({"model": "mantel-haenszel", "ci": "hksj"}, "do not go together: model mantel-haenszel, ci hksj"),
        ({"model": "common", "tau2": "DL"}, "do not go together: model common, tau2 DL"),
        ({"tau2": "REML", "q": "mantel-haenszel"}, "do not go together: tau2 REML, q mantel-haenszel"),
        ({"model": "user-weights", "tau2": "PM", "q": "mantel-haenszel"}, "do not go together"),
    ],
)
def test_what_cannot_be_done_is_said(method, words):
    with pytest.raises(DataError, match=words):
        completions(("RR",), method, any_zero=False)
    with pytest.raises(DataError, match=words):
        conventional(("RR",), method)


@pytest.mark.parametrize(
    ("spec", "text"),
    [
        (Spec("RR", q="mantel-haenszel"), "RR | 0.5@only-zero | random DL (MH-Q) | wald | I2:tau2 | PI:t-k-2 | 95%"),
        (
            Spec("OR", model="glmm", glmm="conditional-exact"),
            "OR | 0.5@only-zero | glmm (conditional-exact) | wald | 95%",
        ),
        (
            Spec("GEN", model="user-weights", tau2="REML", tau2_ci="jackson", stopping="metafor"),
            "GEN | user-weights REML | wald | I2:tau2 | PI:t-k-2 | tau2 CI:jackson | stopping:metafor | 95%",
        ),
        (
            Spec("RR", q="mantel-haenszel-corrected", pi="bootstrap", ci="kenward-roger"),
            "RR | 0.5@only-zero | random DL (MHc-Q) | kenward-roger | I2:tau2 | PI:bootstrap | 95%",
        ),
    ],
)
def test_rare_choices_are_written_and_read_back(spec, text):
    assert str(spec) == text
    assert parse_spec(text) == spec


@pytest.mark.parametrize(
    ("method", "held"),
    [
        ({"q": "mantel-haenszel"}, lambda s: s.model != "random" or (s.tau2, s.q) == ("DL", "mantel-haenszel")),
        ({"model": "random", "tau2": "HSk"}, lambda s: s.tau2 == "HSk"),
        ({"model": "random", "ci": "kenward-roger"}, lambda s: s.ci == "kenward-roger"),
        ({"model": "random", "tau2_ci": "biggerstaff"}, lambda s: s.tau2_ci == "biggerstaff"),
        ({"model": "random", "pi": "bootstrap"}, lambda s: s.pi == "bootstrap"),
        ({"model": "user-weights"}, lambda s: s.model == "user-weights"),
        ({"model": "glmm", "glmm": "unconditional-fixed"}, lambda s: s.glmm == "unconditional-fixed"),
    ],
)
def test_a_stated_choice_holds_in_every_specification(method, held):
    found = completions(("OR",), method, any_zero=False)
    assert found
    assert all(held(s) for s in found)


def test_a_mixed_model_that_is_not_named_is_searched_over_the_four():
    found = completions(("OR",), {"model": "glmm"}, any_zero=False)
    assert {s.glmm for s in found} == set(GLMM_KINDS)


def test_departures_in_words():
    assert departures(Spec("RR", tau2="REML", level=0.9), Spec("RR")) == ["tau² REML", "level 0.9"]
    assert departures(Spec("RR", model="common"), Spec("RR")) == ["model common"]
    assert departures(Spec("RR"), Spec("RR")) == []


def test_the_definition_of_i2_does_not_change_the_fit():
    assert Spec("RR", i2="Q", pi="normal").fit_key == Spec("RR").fit_key
    assert Spec("RR", model="common", tau2="REML").fit_key == Spec("RR", model="common").fit_key


def test_what_counts_are_pooled_is_part_of_the_string():
    corrected = Spec("RD", model="mantel-haenszel", counts="corrected", rd_variance="greenland-robins")
    assert str(corrected) == "RD | 0.5@only-zero | mantel-haenszel (corrected, greenland-robins) | wald | 95%"
    assert parse_spec(str(corrected)) == corrected
    assert parse_spec(str(Spec("OR", model="peto", counts="corrected"))).counts == "corrected"
    assert Spec("OR", counts="corrected", rd_variance="greenland-robins") == Spec("OR")
    assert Spec("OR", model="mantel-haenszel", rd_variance="greenland-robins") == Spec("OR", model="mantel-haenszel")


def test_common_effect_leaves_the_pooling_of_counts_open_unless_q_says_it():
    open_ = {s.model for s in completions(("OR",), {"model": "common"}, any_zero=False)}
    assert open_ == {"common", "mantel-haenszel", "peto"}
    assert {s.model for s in completions(("OR",), {"model": "common", "q": "inverse-variance"}, any_zero=False)} == {
        "common"
    }
    mh = next(s for s in completions(("OR",), {"model": "mantel-haenszel"}, any_zero=False))
    assert violates(mh, {"model": "common"}) == ()
    assert violates(mh, {"model": "common", "q": "inverse-variance"}) == ("model",)


def test_the_variance_of_a_risk_difference_can_be_stated():
    stated = {"model": "mantel-haenszel", "rd_variance": "greenland-robins"}
    assert {s.rd_variance for s in completions(("RD",), stated, any_zero=False)} == {"greenland-robins"}
    sato = completions(("RD",), {"model": "mantel-haenszel", "rd_variance": "sato"}, any_zero=False)
    assert sato == completions(("RD",), {"model": "mantel-haenszel"}, any_zero=False)
    assert violates(sato[0], stated) == ("rd_variance",)


def test_every_departure_has_a_value():
    """A choice that a specification does not have is no departure of it: nothing is named without a value behind it."""
    some = [
        Spec("RD"), Spec("RD", tau2="REML", stopping="metafor"), Spec("RD", model="common"), Spec("RD", model="mantel-haenszel"),
        Spec("RD", model="mantel-haenszel", counts="corrected", rd_variance="greenland-robins"), Spec("OR", "none", model="peto"),
        Spec("OR", model="peto", counts="corrected"), Spec("OR", model="glmm", glmm="conditional-exact"),
    ]  # fmt: skip
    for spec, other in product(some, repeat=2):
        found = departures(spec, other)
        assert bool(found) == (spec != other)
        assert all(d == d.strip() and " " in d for d in found), found
    assert departures(some[0], some[4]) == ["model random", "tau² DL"]
    assert departures(some[3], some[4]) == ["counts as they are", "variance of the risk difference sato"]
