"""Densities of the model against scipy, and its pieces against hand computation."""

import math

import pytest
from scipy import stats

from metaudit.effects.convert import convert
from metaudit.inject.rows import made_row
from metaudit.rowchecks.spreads import (
    ARM_DF,
    ARM_SCALE,
    EFFECT_DF,
    EFFECT_SCALE,
    PRIOR_DF,
    PRIOR_SCALE,
    log_density_of_arms,
    log_density_of_effect,
    log_t,
    predictive,
    spread_of,
)


def row(line=2, **cells):
    base = {
        "study": f"S{line}",
        "outcome": "pain",
        "mean_t": "3.0",
        "sd_t": "2.0",
        "n_t": "30",
        "mean_c": "4.0",
        "sd_c": "2.5",
        "n_c": "40",
    }
    return convert(made_row(line, {**base, **{k: str(v) for k, v in cells.items()}}))


@pytest.mark.parametrize(("x", "location", "scale", "df"), [(0.3, 0, 1, 3), (-4, 1, 0.5, 7.5), (9, 0, 2, 4)])
def test_log_t_is_that_of_scipy(x, location, scale, df):
    assert log_t(x, location, scale, df) == pytest.approx(stats.t.logpdf(x, df, location, scale), rel=1e-12)


def test_level_is_the_mean_log_sd_by_degrees_of_freedom():
    s = spread_of(row())
    assert s.level == pytest.approx((29 * math.log(2) + 39 * math.log(2.5)) / 68)
    assert s.sampling == pytest.approx(1 / 136)
    assert s.log_ratio == pytest.approx(math.log(0.8))


def test_smd_is_the_difference_over_the_pooled_sd():
    assert spread_of(row()).smd == pytest.approx(-1 / math.sqrt((29 * 4 + 39 * 6.25) / 68))


def test_densities_of_arms_and_effect():
    s = spread_of(row())
    arms = stats.t.logpdf(math.log(0.8), ARM_DF, 0, math.sqrt(ARM_SCALE**2 + 1 / 58 + 1 / 78))
    effect = stats.t.logpdf(s.smd, EFFECT_DF, 0, math.sqrt(EFFECT_SCALE**2 + 1 / 30 + 1 / 40))
    assert log_density_of_arms(s) == pytest.approx(arms)
    assert log_density_of_effect(s) == pytest.approx(effect)


@pytest.mark.parametrize(
    ("cells", "labelled"),
    [
        ({}, ("sd", "sd")),
        ({"sd_t": "", "se_t": "0.4"}, ("se", "sd")),
        ({"sd_t": "", "sd_c": "", "pm_t": "0.4", "pm_c": "0.4", "pm_is": "se"}, ("se", "se")),
        ({"sd_t": "", "sd_c": "", "pm_t": "0.4", "pm_c": "0.4", "pm_is": "sd"}, ("sd", "sd")),
        ({"sd_t": "", "ci_low_t": "2", "ci_high_t": "4"}, ("", "sd")),
    ],
)
def test_labels(cells, labelled):
    assert spread_of(row(**cells)).labelled == labelled


@pytest.mark.parametrize("cells", [{"sd_t": ""}, {"sd_t": "0"}, {"n_c": ""}, {"n_c": "1"}])
def test_rows_without_two_spreads_are_passed_over(cells):
    assert spread_of(row(**cells)) is None


def test_a_crossover_has_its_pairs_in_both_arms():
    assert spread_of(row(n_t="", n_c="", n_pairs="20")).sizes == (20, 20)


def test_predictive_of_few_studies_uses_their_variance():
    p = predictive([0.0, 0.4], [0.01, 0.01], 0.01)
    df = PRIOR_DF + 1
    assert p.location == pytest.approx(0.2)
    assert p.df == df
    assert p.scale**2 == pytest.approx((PRIOR_DF * PRIOR_SCALE**2 + 0.08) / df * 1.5)


def test_predictive_resists_one_that_is_far_away():
    levels = [0.0, 0.1, -0.1, 0.2, -0.2]
    near, far = predictive([*levels, 0.15], [0.01] * 6, 0.01), predictive([*levels, 15.0], [0.01] * 6, 0.01)
    assert far.location == pytest.approx(near.location, abs=0.1)
    assert far.scale < 1.5 * near.scale


def test_a_small_study_is_allowed_more():
    assert predictive([0.0, 0.1], [0.01, 0.01], 0.2).scale > predictive([0.0, 0.1], [0.01, 0.01], 0.01).scale


def test_no_others_no_prediction():
    assert predictive([], [], 0.01) is None
