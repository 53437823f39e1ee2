"""A moderator is named as a reader would say it, wherever a figure names it."""

from dataclasses import replace

import pytest
from figure_inputs import drawn_input

from metaudit.figures import bubble
from metaudit.figures.moderators import reader_words
from metaudit.figures.results import forest_data

YI = [-0.889, -1.585, -1.348, -1.442, -0.218, -0.786, -1.621]
VI = [0.326, 0.195, 0.415, 0.02, 0.051, 0.007, 0.223]
LATITUDE = [44.0, 55.0, 42.0, 52.0, 13.0, 44.0, 19.0]
MEAN = sum(LATITUDE) / len(LATITUDE)


def regression_on(column, values):
    data = drawn_input(YI, VI, measure="RR", moderators={column: values})
    rows = [r | {f"x_{column}": str(v)} for r, v in zip(data.effects, values, strict=True)]
    return replace(data, effects=rows, described={**data.described, "moderators": [column]})


@pytest.mark.parametrize(
    ("column", "values", "words"),
    [
        ("ablat_c", [v - MEAN for v in LATITUDE], "ablat, centred"),
        ("ablat_c", [v - round(MEAN, 1) for v in LATITUDE], "ablat, centred"),
        ("mean_age_centred", [-2.0, 0.0, 2.0], "mean age, centred"),
        ("mean_age_c", [41.0, 50.5, 47.0], "mean age c"),  # the control group's, for all one can tell
        ("ablat_c", (), "ablat c"),
        ("ablat_c", [0.0, 0.0], "ablat c"),
        ("ablat", LATITUDE, "ablat"),
        ("follow_up", [-1.0, 1.0], "follow up"),
        ("_c", [-1.0, 1.0], "_c"),
    ],
)
def test_in_words(column, values, words):
    assert reader_words(column, values) == words


def test_a_bubble_plot_names_its_axis_and_its_coefficient_so(seen):
    drawn = bubble.draw(regression_on("ablat_c", [v - MEAN for v in LATITUDE]))
    words = seen(drawn.figure).words()
    assert "ablat, centred" in words
    assert any(w.startswith("Coefficient of ablat, centred (per unit): ") for w in words)
    assert "Against ablat, centred from" in drawn.alt
    assert not any("ablat_c" in w for w in words)
    assert {r["moderator"] for r in drawn.rows} == {"ablat_c"}  # the data of the figure keep the column's name


def test_a_forest_plot_names_its_moderators_so():
    data = regression_on("ablat_c", [v - MEAN for v in LATITUDE])
    assert forest_data(data).covariates == ("ablat, centred",)
    ruled = {**data.described, "moderators": [{"column": "mean_dose", "transform": "log"}]}
    assert forest_data(replace(data, described=ruled)).covariates == ("log mean dose",)
