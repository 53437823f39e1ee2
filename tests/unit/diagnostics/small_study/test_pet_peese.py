"""PET-PEESE: both lines by statsmodels, and the rule that chooses."""

import numpy as np
import pytest
from statsmodels.regression.linear_model import WLS

from metaudit.diagnostics.small_study.pet_peese import pet_peese
from metaudit.errors import DataError
from tolerances import CLOSED_FORM


def test_both_lines_are_weighted_least_squares(smoking):
    ours = pet_peese(smoking.yi, smoking.vi)
    for x, fit in ((np.sqrt(smoking.vi), ours.pet), (smoking.vi, ours.peese)):
        again = WLS(smoking.yi, np.column_stack([np.ones_like(x), x]), weights=1 / smoking.vi).fit()
        assert (fit.limit, fit.limit_low, fit.limit_high) == pytest.approx(
            (again.params[0], *again.conf_int()[0]), rel=CLOSED_FORM
        )
        if fit is ours.pet:
            assert ours.pet_p == pytest.approx(again.pvalues[0], rel=CLOSED_FORM)


def test_peese_is_taken_when_pet_rejects_no_effect(smoking, bcg):
    for data in (smoking, bcg):
        for alpha in (0.001, 0.999):
            ours = pet_peese(data.yi, data.vi, rule_alpha=alpha)
            assert ours.chosen == ("PEESE" if ours.pet_p < alpha else "PET")
            chosen = ours.peese if ours.chosen == "PEESE" else ours.pet
            assert (ours.estimate, ours.ci_low) == (chosen.limit, chosen.limit_low)
    assert {pet_peese(bcg.yi, bcg.vi, rule_alpha=a).chosen for a in (0.001, 0.999)} == {"PET", "PEESE"}


def test_one_sided_rule_halves_the_p_in_its_direction(bcg):
    both, less, greater = (pet_peese(bcg.yi, bcg.vi, alternative=a) for a in ("two-sided", "less", "greater"))
    assert less.pet_p == pytest.approx(both.pet_p / 2, rel=CLOSED_FORM)  # PET's effect is negative
    assert greater.pet_p == pytest.approx(1 - both.pet_p / 2, rel=CLOSED_FORM)


def test_the_row_names_the_choice(bcg):
    row = pet_peese(bcg.yi, bcg.vi, model="rma").to_row()
    assert row["chosen"] == "PET"
    assert row["df"] is None
    assert row["pet_estimate"] == row["estimate"]


@pytest.mark.parametrize("given", [{"alternative": "both"}, {"rule_alpha": 0}, {"rule_alpha": 1.5}])
def test_a_rule_that_is_none_is_refused(given, bcg):
    with pytest.raises(DataError):
        pet_peese(bcg.yi, bcg.vi, **given)
