"""Subgroups with separate and with one tau2, and the coding of text moderators."""

import numpy as np
import pytest

from metaudit.errors import DataError, DisagreementError
from metaudit.pooling import common_tau2
from metaudit.pooling.pool import pool
from metaudit.pooling.regression_design import factor_columns, levels, moderator_columns
from metaudit.pooling.subgroups import pool_subgroups

YI = np.array([0.31, -0.12, 0.85, 0.44, 1.3, 0.05, 0.62, -0.4, 0.9, 0.2])
VI = np.array([0.04, 0.09, 0.12, 0.02, 0.3, 0.05, 0.08, 0.1, 0.06, 0.02])
GROUPS = ["b", "a", "b", "b", "C", "a", "b", "a", "C", "C"]
SAME = 1e-10  # the same sums in another order


@pytest.mark.parametrize("tau2", ["FE", "DL", "REML"])
@pytest.mark.parametrize("ci", ["wald", "hksj"])
def test_separate_groups_are_pooled_alone(tau2, ci):
    found = pool_subgroups(YI, VI, GROUPS, tau2=tau2, ci=ci)
    assert [g.level for g in found.groups] == ["a", "b", "C"]
    for g in found.groups:
        mask = np.array(GROUPS) == g.level
        alone = pool(YI[mask], VI[mask], tau2=tau2, ci=ci)
        for field in ("estimate", "se", "ci_low", "ci_high", "p", "tau2", "i2", "q", "q_df", "q_p", "k"):
            assert getattr(g, field) == getattr(alone, field)
    between = pool([g.estimate for g in found.groups], [g.se**2 for g in found.groups], tau2="FE")
    assert (found.q, found.df) == pytest.approx((between.q, 2), rel=SAME)
    assert found.p == pytest.approx(between.q_p, rel=SAME)
    assert found.denominator_df == float("inf")


def test_common_effect_q_splits_into_within_and_between():
    found, whole = pool_subgroups(YI, VI, GROUPS, tau2="FE"), pool(YI, VI, tau2="FE")
    assert found.q + found.q_within == pytest.approx(whole.q, rel=SAME)
    assert found.df + found.q_within_df == whole.q_df
    common = pool_subgroups(YI, VI, GROUPS, tau2=None, common_tau2=True)
    assert (common.q, common.p) == pytest.approx((found.q, found.p), rel=1e-8)


@pytest.mark.parametrize("tau2", ["DL", "REML"])
@pytest.mark.parametrize("ci", ["wald", "hksj"])
def test_one_tau2_is_the_meta_regression_on_the_groups(tau2, ci):
    found = pool_subgroups(YI, VI, GROUPS, tau2=tau2, ci=ci, common_tau2=True)
    fit = pool(YI, VI, tau2=tau2, ci=ci, mods=factor_columns(GROUPS, name="g"))
    first = found.groups[0]
    assert (first.estimate, first.se, first.tau2) == pytest.approx((fit.estimate, fit.se, fit.tau2), rel=1e-9)
    assert [g.estimate - first.estimate for g in found.groups[1:]] == pytest.approx(
        [c.estimate for c in fit.coefficients[1:]], rel=1e-8
    )
    assert (found.q, found.p, found.r2) == pytest.approx((fit.qm, fit.qm_p, fit.r2), rel=1e-8)
    assert found.denominator_df == (7 if ci == "hksj" else float("inf"))
    w = 1 / (VI + first.tau2)
    for g in found.groups:
        mask = np.array(GROUPS) == g.level
        assert g.estimate == pytest.approx(np.sum((w * YI)[mask]) / w[mask].sum(), rel=SAME)
        assert len({x.tau2 for x in found.groups}) == 1


def test_a_group_of_one_study_has_no_heterogeneity_of_its_own():
    found = pool_subgroups(YI[:4], VI[:4], ["x", "y", "y", "y"], tau2="DL")
    assert (found.groups[0].k, found.groups[0].tau2, found.groups[0].q_df) == (1, 0.0, 0)
    assert found.groups[0].estimate == YI[0]


@pytest.mark.parametrize(
    ("groups", "words"),
    [(["a"] * 10, "cannot explain"), ([*"aabbaabba", None], "missing for study 10"), (["a", "b"], "2 group labels")],
)
def test_refusals(groups, words):
    with pytest.raises(DataError, match=words):
        pool_subgroups(YI, VI, groups)


def test_a_wrong_q_between_is_stopped(monkeypatch):
    right = common_tau2.between
    monkeypatch.setattr(common_tau2, "between", lambda e, s: right(e, s) * (1 + 1e-6))
    with pytest.raises(DisagreementError, match="Q between"):
        pool_subgroups(YI, VI, GROUPS, tau2="DL", common_tau2=True)


def test_levels_are_in_the_order_of_r():
    assert levels(["10", "9", "2", "10"]) == ["2", "9", "10"]
    assert levels(["b", "A", "C", "a"]) == ["A", "a", "b", "C"]


def test_text_becomes_indicators_and_numbers_stay():
    found = moderator_columns({"year": ["1990", "2001", "1995"], "design": ["rct", "cohort", "rct"]})
    assert list(found) == ["year", "design=rct"]
    assert found["year"].tolist() == [1990, 2001, 1995]
    assert found["design=rct"].tolist() == [1, 0, 1]


def test_a_missing_moderator_is_named():
    with pytest.raises(DataError, match="moderator 'year' is missing for study 2"):
        moderator_columns({"year": ["1990", " ", "1995"]})
