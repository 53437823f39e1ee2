"""effect_sizes on data frames: what goes in, what comes out, what is said about the rest."""

import math

import numpy as np
import pandas as pd
import pytest

from metaudit import effect_sizes
from metaudit.errors import DataError, InputError

COUNTS = {
    "study": ["A", "B", "C"],
    "events_t": [4, 0, 3],
    "n_t": [123, 20, 231],
    "events_c": [11, 0, 11],
    "n_c": [139, 21, 220],
}


@pytest.fixture
def counts() -> pd.DataFrame:
    return pd.DataFrame(COUNTS)


def test_adds_three_columns_and_leaves_the_table_alone(counts: pd.DataFrame) -> None:
    before = counts.copy()
    out = effect_sizes(counts, measure="RR")
    pd.testing.assert_frame_equal(counts, before)
    assert list(out.columns) == [*before.columns, "yi", "vi", "route"]
    assert out.yi[0] == pytest.approx(math.log((4 / 123) / (11 / 139)))
    assert out.route[0] == "RR from counts"
    assert out.route[1] == "RR from counts, 0.5 added to each cell"


def test_numbers_strings_and_nan_give_the_same(counts: pd.DataFrame) -> None:
    expected = effect_sizes(counts, measure="OR")
    for other in (
        counts.astype(str),
        counts.astype({"events_t": float}),
        counts.astype(object),
        counts.set_index(pd.Index([7, 7, 7])),
    ):
        out = effect_sizes(other, measure="OR")
        assert out.yi.tolist() == expected.yi.tolist()
        assert out.vi.tolist() == expected.vi.tolist()


def test_row_that_does_not_suffice_is_nan_with_the_reason(counts: pd.DataFrame) -> None:
    counts["n_t"] = counts["n_t"].astype(float)
    counts.loc[2, "n_t"] = np.nan
    counts.loc[2, "events_t"] = 0
    counts["events_t"] = counts["events_t"].astype(object)
    counts.loc[2, "events_t"] = None
    out = effect_sizes(counts, measure="RR")
    assert out.yi.isna().tolist() == [False, False, True]
    assert out.route[2] == "not used: events_t, n_t not reported"


def test_zero_cell_rules(counts: pd.DataFrame) -> None:
    dropped = effect_sizes(counts, measure="RR", zero_cells="0.5@only-zero+drop")
    assert math.isnan(dropped.yi[1])
    assert "without a correction" in dropped.route[1]
    assert math.isnan(effect_sizes(counts, measure="RR", zero_cells="none").yi[1])
    everywhere = effect_sizes(counts, measure="RR", zero_cells={"add": 0.5, "to": "all"})
    assert everywhere.yi[0] == pytest.approx(math.log((4.5 / 124) / (11.5 / 140)))


def test_arcsine_measures_are_corrected_only_when_that_is_said() -> None:
    table = pd.DataFrame({"events": [0, 3], "n": [4, 9]})
    assert effect_sizes(table, measure="PFT").route[0] == "PFT from counts"
    assert "0.5 added" in effect_sizes(table, measure="PFT", zero_cells="0.5@only-zero").route[0]
    assert effect_sizes(table, measure="PAS").yi[0] == 0
    assert "0.5 added" in effect_sizes(table, measure="PLO").route[0]


def test_missing_columns_name_what_is_needed_and_what_is_there(counts: pd.DataFrame) -> None:
    with pytest.raises(
        DataError, match=r"no study has what MD needs \(mean_t, sd_t, n_t, mean_c, sd_c, n_c\); the table has events_c"
    ):
        effect_sizes(counts, measure="MD")
    with pytest.raises(DataError, match="neither variance, SE, CI"):
        effect_sizes(pd.DataFrame({"effect": [1.0, 2.0]}), measure="GEN")


def test_unknown_measure_and_variance_are_named(counts: pd.DataFrame) -> None:
    with pytest.raises(DataError, match="measure 'HR' is not known; known: RR, OR"):
        effect_sizes(counts, measure="HR")
    with pytest.raises(DataError, match="variance 'UB' is not defined for RR; choose LS"):
        effect_sizes(counts, measure="RR", variance="UB")
    with pytest.raises(DataError, match=r"no study has what SMCC needs \(mean_t, mean_c, sd_change, n_pairs\)"):
        effect_sizes(counts, measure="SMCC")


@pytest.mark.parametrize(
    ("column", "value", "words"),
    [
        ("events_t", "four", "table, row 2, column events_t: 'four' is not a printed number"),
        ("events_t", 124, "table, row 2, column events_t: 124 events among 123 people"),
        ("events_t", -1, "table, row 2, column events_t: -1 is negative"),
        ("n_c", 0, "table, row 2, column n_c: 0 is below 1"),
        ("events_c", "3,5", "decimal comma"),
    ],
)
def test_impossible_cells_are_refused_with_row_and_column(
    counts: pd.DataFrame, column: str, value: object, words: str
) -> None:
    table = counts.astype(object)
    table.loc[0, column] = value
    with pytest.raises(InputError, match=words) as caught:
        effect_sizes(table, measure="RR")
    assert len(caught.value.problems) == 1
    assert "study 'A'" in str(caught.value)


def test_negative_sd_is_refused() -> None:
    table = pd.DataFrame({"mean_t": [1.0], "sd_t": [-2.0], "n_t": [10], "mean_c": [2.0], "sd_c": [1.0], "n_c": [10]})
    with pytest.raises(InputError, match="column sd_t: -2 is below 0"):
        effect_sizes(table, measure="SMD")


def test_unusable_means_say_why() -> None:
    table = pd.DataFrame(
        {
            "mean_t": [1.0, -1.0, 2],
            "sd_t": [0.0, 1, 1],
            "n_t": [10, 10, 10],
            "mean_c": [2.0, 2, 1],
            "sd_c": [0.0, 1, 1],
            "n_c": [10, 10, 10],
        }
    )
    assert "an SD of 0" in effect_sizes(table, measure="MD").route[0]
    assert "two means of one sign" in effect_sizes(table, measure="ROM").route[1]
    corr = pd.DataFrame({"r": [1.0, 0.5, 0.4], "n": [20, 3, 20]})
    assert (
        effect_sizes(corr, measure="ZCOR").route.tolist()[:2]
        == ["not used: the correlation is ±1 or n is too small"] * 2
    )


def test_empty_table_stays_empty() -> None:
    out = effect_sizes(pd.DataFrame(COUNTS).head(0), measure="RR")
    assert out.empty
    assert {"yi", "vi", "route"} <= set(out.columns)


def test_conversions_are_told_in_the_route() -> None:
    table = pd.DataFrame(
        {
            "mean_t": [3.0],
            "se_t": [0.2],
            "n_t": [25],
            "mean_c": [2.0],
            "ci_low_c": [1.5],
            "ci_high_c": [2.5],
            "n_c": [25],
        }
    )
    route = effect_sizes(table, measure="MD").route[0]
    assert route.startswith("MD from means and SDs; ")
    assert "sd_t = SE 0.2 × √25" in route
    assert "95% CI" in route
