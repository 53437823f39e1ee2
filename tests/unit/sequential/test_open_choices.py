"""Which unstated choices give a printed required information size."""

import math

import numpy as np
import pytest
from making_trials import COUNTS, generic, trials

from metaudit.effects.compute import compute_effects
from metaudit.effects.convert import convert
from metaudit.effects.frame import rows_of_frame
from metaudit.errors import DataError
from metaudit.sequential import Plan, Sought
from metaudit.sequential.analysis import information_size, shares_of
from metaudit.sequential.open_choices import Open, control_risks, matching, plans, standard_deviations


def continuous():
    import pandas as pd

    frame = pd.DataFrame(
        {
            "study": ["A", "B"],
            "mean_t": [10, 12],
            "sd_t": [3, 4],
            "n_t": [20, 41],
            "mean_c": [11, 14],
            "sd_c": [5, 4],
            "n_c": [21, 40],
        }
    )
    return compute_effects([convert(r) for r in rows_of_frame(frame)], "MD")


def test_the_true_choices_are_found_again():
    effects = trials()
    risks = control_risks(effects)
    truth = Plan(Sought("RR", 0.75, control_risk=risks["median of the trials"]), alpha=0.01, beta=0.1, adjustment="I2")
    size = information_size(effects, truth).participants
    choices = Open("RR", (0.8, 0.75, 0.7), tuple(risks.values()))
    found = matching(effects, plans(choices), (size, size))
    assert truth in [m.plan for m in found]
    assert all(m.size.participants == size for m in found)
    assert len(found) < len(list(plans(choices))) / 5
    assert matching(effects, plans(choices), (1, 2)) == []


def test_every_combination_once_in_a_fixed_order():
    choices = Open("OR", (0.8, 0.7), (0.1, 0.2), betas=(0.2,), adjustments=(("D2", 0.25), ("none", math.nan)))
    made = list(plans(choices))
    assert len(made) == 2 * 1 * 2 * 2 * 2
    assert made == list(plans(choices))
    assert made[0] == Plan(Sought("OR", 0.8, control_risk=0.1), 0.05, 0.2, share=0.25)


def test_risks_beyond_1_are_left_out():
    assert [p.sought.control_risk for p in plans(Open("RR", (3.0,), (0.2, 0.5), alphas=(0.05,), betas=(0.2,), adjustments=(("none", math.nan),)))] == [0.2]  # fmt: skip


def test_a_share_that_is_stated_is_used():
    effects = trials()
    choices = Open("MD", (2.0,), sds=(10.0,), alphas=(0.05,), betas=(0.2,), adjustments=(("D2", 0.5), ("D2", math.nan)))
    sizes = [information_size(effects, p).participants for p in plans(choices)]
    (only,) = matching(effects, plans(choices), (sizes[0], sizes[0]))
    assert only.size.share == 0.5
    assert only.plan.share == 0.5


def test_control_risks_of_trials():
    found = control_risks(trials())
    c, n = np.array([x[2] for x in COUNTS]), np.array([x[3] for x in COUNTS])
    assert found == pytest.approx(
        {
            "all trials together": c.sum() / n.sum(),
            "mean of the trials": (c / n).mean(),
            "median of the trials": np.median(c / n),
        }
    )
    with pytest.raises(DataError, match="no counts"):
        control_risks(generic([0.1], [0.1]))


def test_standard_deviations_of_trials():
    effects = continuous()
    found = standard_deviations(effects)
    pooled = math.sqrt((19 * 9 + 40 * 16 + 20 * 25 + 39 * 16) / (19 + 40 + 20 + 39))
    assert found["pooled over all groups"] == pytest.approx(pooled)
    assert found["median of the groups"] == 4.0
    se2 = 1 / (1 / (9 / 20 + 25 / 21) + 1 / (16 / 41 + 16 / 40))
    assert found["from the variance of the common effect"] == pytest.approx(math.sqrt(se2 * 122 / 4))
    with pytest.raises(DataError, match="no standard deviations"):
        standard_deviations(trials())


def test_shares():
    assert set(shares_of(trials())) == {"none", "D2", "I2"}
    assert shares_of(trials())["none"] == 0.0


def test_estimators_of_tau2_matter_to_the_trials_own_diversity_only():
    effects = trials([(5, 100, 25, 100), (30, 150, 20, 150), (30, 400, 50, 400), (60, 700, 85, 700)])
    choices = Open(
        "MD", (2.0,), sds=(10.0,), alphas=(0.05,), betas=(0.2,), tau2s=("DL", "REML"),
        adjustments=(("D2", math.nan), ("D2", 0.5), ("I2", math.nan), ("none", math.nan)),
    )  # fmt: skip
    made = list(plans(choices))
    assert [(p.adjustment, p.tau2) for p in made] == [
        ("D2", "DL"),
        ("D2", "REML"),
        ("D2", "DL"),
        ("I2", "DL"),
        ("none", "DL"),
    ]
    found = matching(effects, made, (0, 10**9))
    assert [m.size.participants for m in found] == [information_size(effects, p).participants for p in made]
    assert found[0].size.share != found[1].size.share
