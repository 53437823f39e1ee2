"""The rule for zero cells: what is added, and to whom."""

import numpy as np
import pandas as pd
import pytest

from metaudit import effect_sizes
from metaudit.effects.zero_cells import ZeroCells, zero_cells_from
from metaudit.errors import DataError

ZERO = (np.array([0.0, 5.0, 0.0]), np.array([10.0, 5.0, 10.0]), np.array([2.0, 3.0, 0.0]), np.array([8.0, 7.0, 10.0]))
WHOLE = tuple(c[1:2] for c in ZERO)


@pytest.mark.parametrize(
    ("rule", "touched"),
    [
        ("0.5@only-zero", [True, False, True]),
        ("0.5@if-any-zero", [True, True, True]),
        ("0.5@all", [True, True, True]),
        ("none", [False, False, False]),
        ("0@all", [False, False, False]),
    ],
)
def test_who_is_corrected(rule: str, touched: list[bool]) -> None:
    cells, which = zero_cells_from(rule).adjust(*ZERO)
    assert which.tolist() == touched
    for given, corrected in zip(ZERO, cells, strict=True):
        assert corrected.tolist() == (given + 0.5 * np.array(touched)).tolist()


def test_without_zero_cells_only_all_corrects() -> None:
    assert not zero_cells_from("0.5@if-any-zero").adjust(*WHOLE)[1].any()
    assert not zero_cells_from("0.5@only-zero").adjust(*WHOLE)[1].any()
    assert zero_cells_from("0.5@all").adjust(*WHOLE)[1].all()


def test_if_any_zero_looks_at_each_data_set_of_a_batch() -> None:
    batch = tuple(np.stack([np.repeat(c[:2], 1), np.repeat(w, 2)], axis=1) for c, w in zip(ZERO, WHOLE, strict=True))
    _, which = zero_cells_from("0.5@if-any-zero").adjust(*batch)
    assert which.tolist() == [[True, False], [True, False]]


@pytest.mark.parametrize(
    "text",
    [
        "0.5@only-zero",
        "0.5@all",
        "1@if-any-zero",
        "0.5@only-zero+drop",
        "0.25@all+drop",
        "tacc@only-zero",
        "tacc@all+drop",
    ],
)
def test_canonical_string_comes_back(text: str) -> None:
    assert str(zero_cells_from(text)) == text


def test_mapping_of_review_yaml() -> None:
    assert zero_cells_from({"add": 0.5, "to": "all", "double_zero": "drop"}) == ZeroCells(0.5, "all", "drop")
    assert zero_cells_from({"double_zero": "drop"}) == ZeroCells(0.5, "only-zero", "drop")
    assert zero_cells_from({"to": "none"}) == ZeroCells(0.0, "none", "keep")
    assert zero_cells_from(None) == ZeroCells()
    assert zero_cells_from("none+drop") == ZeroCells(0.0, "none", "drop")


@pytest.mark.parametrize(
    "text", ["0.5", "half@all", "-1@all", "nan@all", "0.5@some", "0.5@all+keep", "none+some", "", "tacc", "tacc2@all"]
)
def test_what_is_not_understood_is_refused(text: str) -> None:
    with pytest.raises(DataError, match=r"write, for example, 0\.5@only-zero"):
        zero_cells_from(text)


def test_mapping_of_the_treatment_arm_correction():
    assert zero_cells_from({"add": "tacc"}) == ZeroCells(0.5, "only-zero", "keep", True)
    assert str(zero_cells_from({"add": "tacc", "to": "all", "double_zero": "drop"})) == "tacc@all+drop"
    assert zero_cells_from({"add": "tacc", "to": "none"}) == ZeroCells(0.0, "none")
    for wrong in ({"add": "half"}, {"add": -1}, {"to": "some"}):
        with pytest.raises(DataError, match="add is a number or tacc"):
            zero_cells_from(wrong)


# Sweeting, Sutton and Lambert 2004: with R controls to one treated, 1/(R + 1) and R/(R + 1) are added
RARE = pd.DataFrame({"events_t": [0, 3, 0], "n_t": [100, 50, 40], "events_c": [2, 5, 0], "n_c": [300, 50, 40]})


def test_treatment_arm_correction():
    out = effect_sizes(RARE, "OR", zero_cells="tacc@only-zero")
    a, b, c, d = 0.25, 100.25, 2.75, 298.75
    assert out.yi[0] == pytest.approx(np.log(a * d / (b * c)), rel=1e-12)
    assert out.vi[0] == pytest.approx(1 / a + 1 / b + 1 / c + 1 / d, rel=1e-12)
    assert out.route[0] == (
        "OR from counts, 0.25 added to each cell of the treatment arm and 0.75 to each of the control arm (tacc)"
    )
    assert out.route[1] == "OR from counts"
    half = effect_sizes(RARE, "OR")  # arms of one size: the same as 0.5
    assert (out.yi[2], out.vi[2]) == (half.yi[2], half.vi[2])


def test_treatment_arm_correction_has_no_effect_on_a_balanced_null():
    """Its purpose: a study without any event keeps an odds ratio of 1 however unequal its arms are."""
    table = pd.DataFrame({"events_t": [0], "n_t": [30], "events_c": [0], "n_c": [300]})
    assert effect_sizes(table, "OR", zero_cells="tacc@only-zero").yi[0] == pytest.approx(0, abs=1e-12)
    assert effect_sizes(table, "OR").yi[0] == pytest.approx(np.log(300.5 / 30.5), rel=1e-12)


def test_treatment_arm_correction_of_rates_goes_by_time():
    table = pd.DataFrame({"events_t": [0], "time_t": [100.0], "events_c": [2], "time_c": [300.0]})
    out = effect_sizes(table, "IRR", zero_cells="tacc@only-zero")
    assert out.yi[0] == pytest.approx(np.log(0.25 / 100 / (2.75 / 300)), rel=1e-12)
    assert out.vi[0] == pytest.approx(1 / 0.25 + 1 / 2.75, rel=1e-12)


def test_one_group_has_no_treatment_arm():
    with pytest.raises(DataError, match="needs two arms"):
        effect_sizes(pd.DataFrame({"events": [0], "n": [9]}), "PLO", zero_cells="tacc@only-zero")


# metafor 3.8-1: escalc(MEASURE, ..., to="if0all", drop00=TRUE); a dropped study is no reason to correct the others
def test_dropped_studies_do_not_touch_the_others():
    counts = pd.DataFrame({"events_t": [0, 2, 3], "n_t": [10, 20, 30], "events_c": [0, 4, 5], "n_c": [12, 18, 29]})
    out = effect_sizes(counts, "RR", zero_cells="0.5@if-any-zero+drop")
    assert out.yi[1:].tolist() == pytest.approx([-0.79850769621777129, -0.54472717544167182], rel=1e-12)
    assert out.vi[1:].tolist() == pytest.approx([0.64444444444444438, 0.46551724137931033], rel=1e-12)
    rates = counts.rename(columns={"n_t": "time_t", "n_c": "time_c"})
    out = effect_sizes(rates, "IRD", zero_cells="0.5@if-any-zero+drop")
    assert np.isnan(out.yi[0])
    assert out.yi[1:].tolist() == pytest.approx([-0.1222222222222222, -0.072413793103448282], rel=1e-12)
    assert out.vi[1:].tolist() == pytest.approx([0.017345679012345679, 0.009278636543797068], rel=1e-12)


def test_rates_without_events_are_kept_or_dropped():
    """metafor 3.8-1: escalc("IRR", x1i=c(0,0,3), t1i=c(10,20,30), x2i=c(0,4,5), t2i=c(12,18,29), drop00=FALSE / TRUE)."""
    table = pd.DataFrame({"events_t": [0, 0, 3], "time_t": [10, 20, 30], "events_c": [0, 4, 5], "time_c": [12, 18, 29]})
    kept, dropped = (effect_sizes(table, "IRR", zero_cells=f"0.5@only-zero{d}") for d in ("", "+drop"))
    assert kept.yi.tolist() == pytest.approx([0.1823215567939549, -2.3025850929940459, -0.54472717544167182], rel=1e-12)
    assert kept.vi.tolist() == pytest.approx([4, 2.2222222222222223, 0.53333333333333333], rel=1e-12)
    assert dropped.yi.isna().tolist() == [True, False, False]
    assert dropped.yi[1:].tolist() == kept.yi[1:].tolist()
