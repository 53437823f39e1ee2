"""The universe of specifications: complete, without doubles, in a fixed order, and within what is held fixed."""

import numpy as np
import pytest

from metaudit.search.fits import can_be_batched
from metaudit.search.rank import adds_to_all
from metaudit.search.universe import universe
from metaudit.specs import completions, parse_spec

COUNTS = ("RR", "OR", "RD")


def test_thousands_for_counts_and_hundreds_for_ready_made_effects():
    assert len(universe(COUNTS, any_zero=True, k=20).specs) > 5000
    assert 100 < len(universe(("GEN",), any_zero=False, k=20).specs) < 5000


@pytest.mark.parametrize(
    ("measures", "any_zero"), [(COUNTS, True), (COUNTS, False), (("MD", "SMD"), False), (("PLO", "PFT"), True)]
)
def test_every_specification_is_its_own_and_arrays_compute_it(measures, any_zero):
    found = universe(measures, any_zero=any_zero, k=8)
    assert len({str(s) for s in found.specs}) == len(found.specs)
    assert all(parse_spec(str(s)) == s for s in found.specs)
    assert {(s.measure, s.model) for s in found.specs if not can_be_batched(s)} <= {("PLO", "glmm")}


def test_the_mixed_model_of_single_proportions_is_searched_and_that_of_two_groups_is_not():
    """One fit, once for each level, whatever the rule for zero cells."""
    mixed = [s for s in universe(("PR", "PLO"), any_zero=True, k=8).specs if s.model == "glmm"]
    assert len(mixed) == len({s.level for s in mixed}) > 0
    assert not [s for s in universe(COUNTS, any_zero=True, k=8).specs if s.model == "glmm"]


def test_the_likeliest_come_first_and_the_shares_add_up():
    found = universe(COUNTS, any_zero=True, k=8)
    assert found.prior.sum() == pytest.approx(1, rel=1e-9)
    assert np.all(found.prior > 0)
    assert np.all(np.diff(found.prior) <= 0)
    random = next(s for s in found.specs if s.model == "random")
    assert (random.tau2, random.ci, random.pi, random.level) == ("DL", "wald", "t-k-2", 0.95)


def test_the_order_does_not_depend_on_that_of_the_measures():
    assert universe(COUNTS, any_zero=True, k=8).specs == universe(COUNTS[::-1], any_zero=True, k=8).specs


@pytest.mark.parametrize("measures", [COUNTS, ("MD", "SMD"), ("GEN",)])
@pytest.mark.parametrize("any_zero", [True, False])
def test_what_is_searched_first_is_part_of_it(measures, any_zero):
    """Every specification that a paper leaves open, but for mixed models, which are only searched where named."""
    wide = set(universe(measures, any_zero=any_zero, k=8).specs)
    assert set(completions(measures, {}, any_zero=any_zero)) - wide == set()


@pytest.mark.parametrize(
    ("fixed", "held"),
    [
        ({"tau2": "REML", "model": "random"}, lambda s: s.model == "random" and s.tau2 == "REML"),
        ({"ci": "hksj", "model": "random"}, lambda s: s.ci == "hksj"),
        ({"model": "mantel-haenszel"}, lambda s: s.model == "mantel-haenszel"),
        ({"zero_cells": "0.5@all"}, lambda s: s.zero_cells == "0.5@all"),
        ({"level": 0.99}, lambda s: s.level == 0.99),
    ],
)
def test_what_is_stated_holds(fixed, held):
    everything, found = universe(COUNTS, any_zero=True, k=8), universe(COUNTS, any_zero=True, k=8, fixed=fixed)
    assert found.specs
    assert len(found.specs) < len(everything.specs)
    assert all(held(s) for s in found.specs)


def test_mixed_models_only_where_they_are_named():
    assert not any(s.model == "glmm" for s in universe(COUNTS, any_zero=True, k=8).specs)
    named = universe(("OR",), any_zero=True, k=8, fixed={"model": "glmm"}).specs
    assert {s.model for s in named} == {"glmm"}
    assert len({s.glmm for s in named}) > 1


def test_without_a_zero_cell_corrections_do_not_matter():
    found = universe(COUNTS, any_zero=False, k=8).specs
    assert not any(s.counts == "corrected" for s in found)
    assert all(len({s.zero_cells for s in found if s.measure == m and not adds_to_all(s)}) == 1 for m in COUNTS)


def test_without_a_zero_cell_adding_to_all_studies_is_searched_and_seldom():
    made = universe(("RR", "OR"), any_zero=False, k=8)
    share = sum(p for s, p in zip(made.specs, made.prior, strict=True) if adds_to_all(s))
    assert 0 < share < 0.06  # its weight is 1 in 19 or more
    assert not any(adds_to_all(s) for s in universe(COUNTS, any_zero=False, k=1).specs)
    assert not any(adds_to_all(s) for s in universe(("MD", "SMD"), any_zero=False, k=8).specs)


def test_a_single_study_has_no_model_of_between_study_variance():
    found = universe(COUNTS, any_zero=True, k=1).specs
    assert {(s.model, s.ci) for s in found} == {("common", "wald")}


def test_readings_vary_only_where_something_claimed_depends_on_them():
    narrow = universe(COUNTS, any_zero=False, k=8, asked={"estimate", "ci_low"}).specs
    assert len({(s.i2, s.pi) for s in narrow if s.has_tau2}) == 1
    assert len({s.i2 for s in universe(COUNTS, any_zero=False, k=8, asked={"i2"}).specs if s.has_tau2}) == 2


def test_nobody_can_change_a_universe_that_others_share():
    with pytest.raises(ValueError, match="read-only"):
        universe(COUNTS, any_zero=True, k=8).prior[0] = 1


def test_one_group_is_not_searched_twice_for_a_rule_of_two():
    """Studies without events are left out of comparisons only: the rule would count every result twice."""
    rules = {s.zero_cells for s in universe(("PLO",), any_zero=True, k=5).specs}
    assert rules == {"0.5@only-zero", "0.5@all", "none", "0.5@if-any-zero", "0.01@only-zero"}
