"""What a pooled result works out when it is first asked for: the same numbers, verified, and nobody can tell."""

import copy
import pickle
import sys
from dataclasses import fields, replace

import numpy as np
import pytest

from metaudit.errors import DataError, DisagreementError
from metaudit.pooling import heterogeneity as module
from metaudit.pooling.pool import pool
from metaudit.pooling.result import LATER, Pooled

YI = np.array([0.31, -0.12, 0.55, 0.2, 0.43, -0.3])
VI = np.array([0.02, 0.05, 0.04, 0.03, 0.09, 0.06])
CASES = [
    {"tau2": "DL"}, {"tau2": "REML", "ci": "hksj"}, {"tau2": None}, {"tau2": "PM", "mods": np.arange(6.0)},
    {"tau2": "ML", "weights": np.arange(1.0, 7.0)},
]  # fmt: skip


def numbers(result):
    return {n: getattr(result, n) for group in LATER.values() for n in group}


@pytest.mark.parametrize("case", CASES)
def test_numbers_asked_for_late_are_those_of_every_other_way(case):
    late, row = pool(YI, VI, **case), pool(YI, VI, **case).to_row()
    assert not late.settled("limits")
    assert not late.settled("statistics")
    for name, value in numbers(late).items():
        assert row[name] == pytest.approx(value, nan_ok=True)
    assert late.settled("limits")
    assert late.settled("statistics")


def test_the_order_of_asking_does_not_matter():
    first, second = pool(YI, VI), pool(YI, VI)
    names = [n for group in LATER.values() for n in group]
    forwards = [getattr(first, n) for n in names]
    assert forwards == [getattr(second, n) for n in reversed(names)][::-1]


def test_copies_pickles_and_replacements_are_whole():
    for again in (pickle.loads(pickle.dumps(pool(YI, VI))), copy.copy(pool(YI, VI)), replace(pool(YI, VI), level=0.9)):
        assert again.settled("limits")
        assert numbers(again) == numbers(pool(YI, VI))
    later = pool(YI, VI).changed(pi_method="normal")
    assert not later.settled("limits")
    assert later.pi_method == "normal"
    assert numbers(later) == numbers(pool(YI, VI))
    assert "tau2_low=" in repr(pool(YI, VI))


def test_an_interval_that_can_be_refused_is_made_at_once():
    assert pool(YI, VI, tau2_ci="jackson").settled("limits")
    assert pool(YI, VI, i2_ci="test-based").settled("limits")
    assert pool(YI, VI, stopping="metafor").settled("limits")


def test_a_name_that_is_no_field_is_refused():
    with pytest.raises(AttributeError, match="no attribute 'tau3'"):
        pool(YI, VI).tau3  # noqa: B018


def test_what_is_asked_for_late_is_verified(monkeypatch):
    pooling = sys.modules["metaudit.pooling.pool"]
    monkeypatch.setattr(pooling, "tau2_interval", lambda *a, **k: (0.001, 0.2))
    result = pool(YI, VI)
    for _ in range(2):  # nor is it there when it is asked for again
        with pytest.raises(DisagreementError, match="limit of tau2"):
            result.tau2_high  # noqa: B018
    monkeypatch.setattr(pooling, "standard_error_of_tau2", lambda *a, **k: 0.5)
    result = pool(YI, VI)
    with pytest.raises(DisagreementError, match="standard error of tau2"):
        result.log_lik  # noqa: B018


def test_a_result_made_field_by_field_has_its_defaults():
    needed = {f.name: 1.0 for f in fields(Pooled)[:28]}
    made = Pooled(**needed)
    assert np.isnan(made.log_lik)
    assert made.settled("limits")
    assert module.Spread(0.0, 0, 1.0, 0.0, 0.0, 1.0, float("nan")).q_df == 0


def test_what_a_caller_does_to_its_arrays_afterwards_changes_nothing():
    yi, vi, weights = YI.copy(), VI.copy(), np.arange(1.0, 7.0)
    made, other = pool(yi, vi, weights=weights), pool(YI, VI, weights=np.arange(1.0, 7.0))
    yi[:], vi[:], weights[:] = 5.0, 1.0, 3.0
    assert numbers(made) == pytest.approx(numbers(other), nan_ok=True)
    assert made.yi.tolist() == YI.tolist()


def test_what_is_kept_between_calls_is_bounded_and_of_choices_and_quantiles_only():
    pooling, kept = sys.modules["metaudit.pooling.pool"], []
    for name, module_ in sorted(sys.modules.items()):
        if name.startswith("metaudit.pooling"):
            kept += [f for f in vars(module_).values() if hasattr(f, "cache_info")]
    assert pooling._known in kept
    assert all(f.cache_info().maxsize <= 1024 for f in kept)
    for _ in range(2):  # the second time round everything is known
        before = [f.cache_info().currsize for f in kept]
        for shift in range(3):
            numbers(pool(YI + shift, (2 + shift) * VI, level=0.87))
    assert [f.cache_info().currsize for f in kept] == before


def test_choices_of_another_type_are_not_taken_for_known_ones():
    pool(YI, VI, level=0.95)
    assert type(pool(YI, VI, level=np.float64(0.95)).level) is np.float64
    with pytest.raises(DataError, match="ci \\['wald'\\] is not known"):
        pool(YI, VI, ci=["wald"])
