"""Clusters, crossovers, shared controls: by hand, from raw data, and what is told about them."""

import math

import numpy as np
import pandas as pd
import pytest

from metaudit import effect_sizes
from metaudit.effects import design
from metaudit.effects.compute import compute_effects
from metaudit.effects.convert import convert
from metaudit.effects.frame import rows_of_frame
from metaudit.errors import DataError, InputError
from tolerances import EFFECT_SIZE, SAME_AGAIN

ARMS = pd.DataFrame(
    {
        "study": ["A", "A", "B"], "comparison": ["low", "high", ""], "arm": ["A placebo", "A placebo", ""],
        "events_t": [5, 8, 6], "n_t": [20, 30, 25], "events_c": [9, 9, 7], "n_c": [24, 24, 25],
        "mean_t": [4.0, 5.0, 3.0], "sd_t": [2.0, 3.0, 1.0], "mean_c": [6.0, 6.0, 4.0], "sd_c": [2.5, 2.5, 1.5],
    }
)  # fmt: skip


def effects(table: pd.DataFrame, measure: str, **choices: str):
    return compute_effects([convert(r) for r in rows_of_frame(table)], measure, **choices)


# pure formulas


def test_groups_put_together_are_those_of_the_raw_data():
    rng = np.random.default_rng(2)
    groups = [rng.normal(m, s, n) for m, s, n in ((1, 2, 7), (4, 1, 12), (-3, 5, 4))]
    n, mean, sd = design.combine_means([(len(g), g.mean(), g.std(ddof=1)) for g in groups])
    everyone = np.concatenate(groups)
    assert (n, mean) == (23, pytest.approx(everyone.mean(), rel=EFFECT_SIZE))
    assert sd == pytest.approx(everyone.std(ddof=1), rel=EFFECT_SIZE)


def test_two_groups_put_together_by_the_handbooks_formula():
    (n1, m1, s1), (n2, m2, s2) = (20, 4.0, 2.0), (30, 5.0, 3.0)
    n = n1 + n2
    sd = math.sqrt(((n1 - 1) * s1**2 + (n2 - 1) * s2**2 + n1 * n2 / n * (m1**2 + m2**2 - 2 * m1 * m2)) / (n - 1))
    assert design.combine_means([(n1, m1, s1), (n2, m2, s2)]) == pytest.approx((50, 4.6, sd), rel=EFFECT_SIZE)
    assert math.isnan(design.combine_means([(1, 2.0, 0.0)])[2])


def test_change_and_correlation_are_those_of_the_raw_data():
    rng = np.random.default_rng(4)
    before = rng.normal(10, 2, 40)
    after = before + rng.normal(-1, 3, 40)
    sds, r = (before.std(ddof=1), after.std(ddof=1)), float(np.corrcoef(before, after)[0, 1])
    change = (after - before).std(ddof=1)
    assert design.sd_of_change(*sds, r) == pytest.approx(change, rel=EFFECT_SIZE)
    assert design.correlation_of_change(*sds, change) == pytest.approx(r, rel=EFFECT_SIZE)
    assert math.isnan(design.correlation_of_change(0.0, 1.0, 1.0))
    assert design.sd_of_change(2.0, 2.0, 1.0) == 0


def test_design_effect():
    assert design.design_effect(21, 0.05) == 2.0
    assert design.design_effect(1, 0.3) == 1.0
    with pytest.raises(DataError, match="not possible with clusters of 20"):
        design.design_effect(20, -0.2)


# clusters


def test_clusters_shrink_people_and_events_alike():
    table = ARMS.assign(icc=[0.05, None, None], cluster_size=[21, None, 12])
    plain, adjusted = effects(table, "OR", design="ignore"), effects(table, "OR")
    assert adjusted.yi == pytest.approx(plain.yi, rel=EFFECT_SIZE)
    assert adjusted.vi / plain.vi == pytest.approx([2, 1, 1], rel=EFFECT_SIZE)
    assert "design effect 1 + (21 - 1) × 0.05 = 2: n_t 20 -> 10, n_c 24 -> 12, events_t 5 -> 2.5" in adjusted.routes[0]
    assert adjusted.routes[1] == "OR from counts"
    assert adjusted.routes[2] == "OR from counts; not adjusted for clusters: icc is not reported"
    assert adjusted.cells["n_c"].tolist() == [12, 24, 25]


def test_clusters_of_means_keep_mean_and_sd():
    table = ARMS.assign(icc=0.1, cluster_size=11)
    plain, adjusted = effects(table, "MD", design="ignore"), effects(table, "MD")
    assert (adjusted.yi == plain.yi).all()
    assert adjusted.vi / plain.vi == pytest.approx(2, rel=EFFECT_SIZE)


def test_impossible_intracluster_correlation_is_refused():
    with pytest.raises(InputError, match=r"column icc: 1\.5 is above 1"):
        effect_sizes(ARMS.assign(icc=1.5, cluster_size=10), "RR")
    with pytest.raises(DataError, match="never below -1/"):
        effect_sizes(ARMS.assign(icc=-0.5, cluster_size=10), "RR")


# crossovers

CROSSOVER = pd.DataFrame(
    {
        "mean_t": [5.0],
        "sd_t": [2.0],
        "n_t": [16],
        "mean_c": [4.0],
        "sd_c": [1.5],
        "n_c": [16],
        "n_pairs": [16],
        "r_pre_post": [0.6],
    }
)


def test_crossover_is_analysed_in_pairs():
    sd2 = 4 + 2.25 - 2 * 0.6 * 3
    for measure in ("MD", "MC"):
        found = effects(CROSSOVER, measure)
        assert (found.yi[0], found.vi[0]) == (1.0, pytest.approx(sd2 / 16, rel=EFFECT_SIZE))
    assert "paired: variance = sd_change² / n_pairs" in effects(CROSSOVER, "MD").routes[0]
    apart = effects(CROSSOVER, "MD", design="ignore")
    assert apart.vi[0] == pytest.approx(4 / 16 + 2.25 / 16, rel=EFFECT_SIZE)
    assert "paired" not in apart.routes[0]


def test_crossover_on_the_standardised_scale():
    found = effects(CROSSOVER, "SMD")
    d = 1 / math.sqrt((4 + 2.25) / 2)
    g = d * math.exp(math.lgamma(7.5) - math.lgamma(7)) / math.sqrt(7.5)
    assert found.yi[0] == pytest.approx(g, rel=EFFECT_SIZE)
    assert found.vi[0] == pytest.approx(0.8 * (1 / 16 + g**2 / 32), rel=EFFECT_SIZE)
    assert "16 pairs with correlation 0.6" in found.routes[0]


def test_correlation_comes_from_three_sds():
    sd = math.sqrt(4 + 2.25 - 2 * 0.6 * 3)
    with_sd = effects(CROSSOVER.drop(columns="r_pre_post").assign(sd_change=sd), "SMD")
    assert with_sd.yi == pytest.approx(effects(CROSSOVER, "SMD").yi, rel=SAME_AGAIN)
    assert with_sd.vi == pytest.approx(effects(CROSSOVER, "SMD").vi, rel=SAME_AGAIN)
    smcr = [effects(t, "SMCR").vi[0] for t in (CROSSOVER, CROSSOVER.drop(columns="r_pre_post").assign(sd_change=sd))]
    assert smcr[0] == pytest.approx(smcr[1], rel=SAME_AGAIN)


def test_pairs_without_a_correlation_stay_two_groups():
    alone = CROSSOVER.drop(columns="r_pre_post")
    assert effects(alone, "MD").vi[0] == effects(alone, "MD", design="ignore").vi[0]
    with pytest.raises(DataError, match="no study has what MC needs"):
        effect_sizes(alone, "MC")


# shared controls


def test_shared_control_is_kept_unless_said_otherwise():
    assert effects(ARMS, "RR").yi.tolist() == effects(ARMS.drop(columns="arm"), "RR").yi.tolist()
    assert all("shared" not in r for r in effects(ARMS, "RR").routes)


def test_split_control():
    found = effects(ARMS, "RR", shared_control="split")
    a, n, c, m = np.array([5, 8, 6]), np.array([20, 30, 25]), np.array([4.5, 4.5, 7]), np.array([12, 12, 25])
    assert found.yi == pytest.approx(np.log(a / n / (c / m)), rel=EFFECT_SIZE)
    assert found.vi == pytest.approx(1 / a - 1 / n + 1 / c - 1 / m, rel=EFFECT_SIZE)
    assert "control shared by 2 comparisons, split: n_c 24 -> 12, events_c 9 -> 4.5" in found.routes[0]
    md = effects(ARMS, "MD", shared_control="split")
    assert md.yi.tolist() == effects(ARMS, "MD").yi.tolist()
    assert md.vi[0] == pytest.approx(4 / 20 + 6.25 / 12, rel=EFFECT_SIZE)


def test_combined_treatments():
    found = effects(ARMS, "RR", shared_control="combine")
    assert [s.label for s in found.studies] == ["A", "B"]
    assert found.yi[0] == pytest.approx(math.log(13 / 50 / (9 / 24)), rel=EFFECT_SIZE)
    assert "treatment arms put together (low, high): events_t 13, n_t 50" in found.routes[0]
    assert [(s.row.line, why) for s, why in found.incomplete] == [
        (3, "put together with row 2, which has the same control")
    ]
    md = effects(ARMS, "MD", shared_control="combine")
    n, mean, sd = design.combine_means([(20, 4, 2), (30, 5, 3)])
    assert (md.yi[0], md.vi[0]) == (
        pytest.approx(mean - 6, rel=EFFECT_SIZE),
        pytest.approx(sd**2 / n + 6.25 / 24, rel=EFFECT_SIZE),
    )


def test_the_rows_given_are_not_changed():
    rows = [convert(r) for r in rows_of_frame(ARMS)]
    before = [dict(r.values) for r in rows]
    for policy in ("split", "combine"):
        compute_effects(rows, "RR", shared_control=policy)
        compute_effects(rows, "RR", design="adjust")
    assert [r.values for r in rows] == before


def test_other_outcomes_do_not_share():
    table = ARMS.assign(outcome=["pain", "death", "pain"])
    assert effects(table, "RR", shared_control="split").yi.tolist() == effects(table, "RR").yi.tolist()


def test_data_frame_says_which_row_went_where():
    out = effect_sizes(ARMS, "RR", shared_control="combine")
    assert out.yi.notna().tolist() == [True, False, True]
    assert out.route[1] == "not used: put together with row 2, which has the same control"


def test_contradictions_are_refused():
    with pytest.raises(DataError, match=r"rows 2 and 3 declare one control \(arm 'A placebo'\) but n_c is 24 and 26"):
        effects(ARMS.assign(n_c=[24, 26, 25]), "RR", shared_control="split")
    with pytest.raises(DataError, match="shared control 'halve' is not known; choose keep, split, combine"):
        effects(ARMS, "RR", shared_control="halve")
    with pytest.raises(DataError, match="design 'none' is not known; choose adjust or ignore"):
        effects(ARMS, "RR", design="none")
