"""One analysis under one specification."""

import math

import numpy as np
import pytest
from scipy import stats

from metaudit.analyses import any_zero_cell, data_kind, effects_of, possible_measures, totals
from metaudit.effects.convert import convert
from metaudit.effects.frame import rows_of_frame
from metaudit.errors import DataError
from metaudit.evaluate import Settings, evaluate, with_reading
from metaudit.formats.review import Analysis
from metaudit.methods_text import methods_paragraph
from metaudit.result_text import result_lines
from metaudit.specs import Spec
from tolerances import CLOSED_FORM


def table(**columns):
    import pandas as pd

    frame = pd.DataFrame({"study": [f"S{i}" for i in range(len(next(iter(columns.values()))))], **columns})
    return [convert(r) for r in rows_of_frame(frame.astype(str))]


def analysis(**keys):
    return Analysis("main", "Main", {}, **keys)


ZERO = table(events_t=[0, 6, 2], n_t=[20, 30, 25], events_c=[5, 9, 7], n_c=[21, 31, 26])
GENERIC = {"effect": [0.1, 0.5, 0.9, 0.3], "se": [0.1, 0.15, 0.2, 0.12]}
Y, W = np.array(GENERIC["effect"]), 1 / np.array(GENERIC["se"]) ** 2


@pytest.mark.parametrize("zero_cells", ["none", "0.5@only-zero"])
def test_mantel_haenszel_keeps_a_study_with_a_zero_cell(zero_cells):
    e = evaluate(Spec("OR", zero_cells=zero_cells, model="mantel-haenszel"), ZERO, analysis())
    a, b, c, d = np.array([0, 6, 2]), np.array([20, 24, 23]), np.array([5, 9, 7]), np.array([16, 22, 19])
    n = a + b + c + d
    assert e.effects.k == 3
    assert e.natural(e.fit.estimate) == pytest.approx((a * d / n).sum() / (b * c / n).sum(), rel=CLOSED_FORM)


def test_inverse_variance_without_a_correction_cannot():
    assert effects_of(Spec("OR", zero_cells="none"), ZERO).k == 2
    assert effects_of(Spec("OR", zero_cells="none+drop", model="peto"), ZERO).k == 3


def test_subgroups_add_up():
    rows = table(**GENERIC, x_group=["young", "young", "old", ""])
    e = evaluate(Spec("GEN", model="common"), rows, analysis(subgroups="group"))
    assert set(e.subgroups) == {"young", "old", "(not reported)"}
    assert e.between.q + e.between.q_within == pytest.approx(e.fit.q, rel=CLOSED_FORM)
    assert e.between.p == pytest.approx(stats.chi2.sf(e.between.q, 2), rel=CLOSED_FORM)
    assert e.subgroups["young"][1].estimate == pytest.approx((W[:2] * Y[:2]).sum() / W[:2].sum(), rel=CLOSED_FORM)


def test_a_moderator_centred_and_transformed():
    rows = table(**GENERIC, x_dose=[1, 2, 4, 8])
    rule = {"column": "dose", "transform": "log", "centre": 1.0}
    e = evaluate(Spec("GEN", model="common"), rows, analysis(moderators=(rule,)))
    x = np.column_stack([np.ones(4), np.log([1, 2, 4, 8]) - 1])
    beta = np.linalg.solve(x.T @ (x * W[:, None]), x.T @ (W * Y))
    assert [c.estimate for c in e.fit.coefficients] == pytest.approx(beta, rel=CLOSED_FORM)
    assert [c.term for c in e.fit.coefficients] == ["intercept", "dose"]


@pytest.mark.parametrize(("transform", "dose"), [("log", 0), ("inverse", 0), ("sqrt", -1)])
def test_a_transformation_outside_its_range(transform, dose):
    rows = table(**GENERIC, x_dose=[dose, 2, 3, 4])
    with pytest.raises(DataError, match=f"moderator 'dose' is {dose} in some study: its {transform} is not defined"):
        evaluate(Spec("GEN"), rows, analysis(moderators=({"column": "dose", "transform": transform},)))


def test_the_square_root_of_zero_is_defined():
    rows = table(**GENERIC, x_dose=[0, 2, 3, 4])
    assert evaluate(Spec("GEN"), rows, analysis(moderators=({"column": "dose", "transform": "sqrt"},))).fit.coefficients


@pytest.mark.parametrize("model", ["mantel-haenszel", "peto", "glmm"])
def test_no_meta_regression_of_counts_as_they_are(model):
    rows = table(events_t=[1, 6, 2], n_t=[20, 30, 25], events_c=[5, 9, 7], n_c=[21, 31, 26], x_dose=[1, 2, 3])
    with pytest.raises(DataError, match="not defined for the"):
        evaluate(Spec("OR", model=model), rows, analysis(moderators=("dose",)))


def test_nothing_usable():
    with pytest.raises(DataError, match="no study gives a usable MD: mean_t, sd_t, mean_c, sd_c not reported"):
        evaluate(Spec("MD"), ZERO, analysis())


def test_no_event_anywhere_has_no_mantel_haenszel_risk_difference():
    rows = table(events_t=[0, 0], n_t=[20, 30], events_c=[0, 0], n_c=[21, 31])
    with pytest.raises(DataError):
        evaluate(Spec("RD", model="mantel-haenszel"), rows, analysis())


def test_another_prediction_interval_of_the_same_fit():
    e = evaluate(Spec("GEN"), table(**GENERIC), analysis())
    f = e.fit
    other = with_reading(e, Spec("GEN", pi="normal"))
    half = stats.norm.ppf(0.975) * math.sqrt(f.tau2 + f.se**2)
    assert (other.fit.pi_low, other.fit.pi_high) == pytest.approx(
        (f.estimate - half, f.estimate + half), rel=CLOSED_FORM
    )
    assert other.fit.estimate == f.estimate
    half = stats.t.ppf(0.975, 2) * math.sqrt(f.tau2 + f.se**2)
    assert f.pi_high == pytest.approx(f.estimate + half, rel=CLOSED_FORM)


def test_what_kind_of_data_rows_hold():
    assert data_kind(ZERO) == "counts"
    assert data_kind(table(**GENERIC)) == "generic"
    assert data_kind(table(x_dose=[1, 2])) == ""
    assert possible_measures(analysis(), ZERO) == ("RR", "OR", "RD")
    assert possible_measures(analysis(measures=("PETO",)), ZERO) == ("PETO",)


def test_zero_cells_are_seen_on_both_sides():
    assert any_zero_cell(ZERO)
    assert any_zero_cell(table(events=[20], n=[20]))
    assert not any_zero_cell(table(events=[19], n=[20]))


def test_totals_are_unknown_when_one_is():
    assert totals(ZERO)["n"] == 153
    assert math.isnan(totals(table(events_t=["1", ""], n_t=["5", "6"]))["events_t"])


def test_the_methods_paragraph_names_what_was_done_and_its_sources():
    text = methods_paragraph(evaluate(Spec("RR", tau2="REML", ci="hksj"), ZERO, analysis()))
    paragraph, references = text.split("References")
    for words in (
        "risk ratio",
        "log scale",
        "restricted maximum likelihood",
        "Hartung-Knapp",
        "0.5 was added to each cell of S0",
    ):
        assert words in paragraph
    for cited in ("Viechtbauer", "Hartung", "Higgins"):
        assert cited in references


def test_result_lines_have_no_nan():
    for spec in (Spec("RR", ci="hksj"), Spec("RR", model="common"), Spec("OR", model="peto")):
        for rows in (ZERO, ZERO[1:2], ZERO[1:]):
            assert "nan" not in "\n".join(result_lines(evaluate(spec, rows, analysis()))).lower()


def test_a_specification_says_which_counts_are_pooled():
    rows = table(events_t=[0, 5, 9], n_t=[20, 30, 40], events_c=[3, 8, 12], n_c=[20, 30, 40])
    plain = evaluate(Spec("RR", model="mantel-haenszel"), rows, analysis()).fit
    said = evaluate(Spec("RR", model="mantel-haenszel", counts="corrected"), rows, analysis()).fit
    asked = evaluate(
        Spec("RR", model="mantel-haenszel"), rows, analysis(), settings=Settings(corrected_counts=True)
    ).fit
    assert said.estimate == asked.estimate
    assert abs(said.estimate - plain.estimate) > 0.01
    sato = evaluate(Spec("RD", model="mantel-haenszel"), rows, analysis()).fit
    revman = evaluate(Spec("RD", model="mantel-haenszel", rd_variance="greenland-robins"), rows, analysis()).fit
    assert sato.estimate == revman.estimate
    assert sato.se != revman.se


def test_a_subgroup_without_an_estimate_takes_only_the_test_between_subgroups_with_it():
    rows = table(
        events_t=[5, 7, 9, 0, 0],
        n_t=[40] * 5,
        events_c=[8, 6, 4, 3, 2],
        n_c=[40] * 5,
        x_group=["a", "a", "c", "b", "b"],
    )
    found = evaluate(Spec("RR", model="mantel-haenszel"), rows, analysis(subgroups="group"))
    assert sorted(found.subgroups) == ["a", "c"]
    assert found.between is None
    assert found.fit.k == 5
