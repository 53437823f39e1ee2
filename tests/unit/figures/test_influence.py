"""The influence panel: eight diagnostics side by side, a study a row."""

from __future__ import annotations

from dataclasses import replace

import pytest
from bcg import VI, YI
from figure_inputs import drawn_input, many

from metaudit.figures.influence import EVERY_NAME, draw

OUT, OUT_VI = [0.1, 0.3, 0.2, 0.25, 1.9, 0.15, 0.22], [0.02, 0.03, 0.01, 0.05, 0.02, 0.02, 0.03]


def _studies(drawn):
    return [r for r in drawn.rows if r["mark"] == "study"]


def _line(drawn, mark, column):
    return [r[column] for r in drawn.rows if r["mark"] == mark and column in r]


def test_values_are_those_of_the_results():
    data = drawn_input(YI, VI, measure="RR")
    for row, given in zip(_studies(draw(data)), data.influence, strict=True):
        assert all(
            row[c] == given[c] for c in ("rstudent", "dffits", "cook_d", "cov_r", "tau2_del", "q_del", "hat", "weight")
        )


def test_lines_are_those_of_metafor():
    """``metafor:::plot.infl.rma.uni`` 3.8-1: ± 3 √(p/(k-p)), the median of χ² with p df, 3 p/k, 1.96; p/k, 100/k, tau2, Q."""
    data = drawn_input(YI, VI, measure="RR")
    drawn = draw(data)
    assert _line(drawn, "limit", "dffits") == pytest.approx([-3 * (1 / 12) ** 0.5, 3 * (1 / 12) ** 0.5])
    assert _line(drawn, "limit", "cook_d") == pytest.approx([0.454936423119572])  # qchisq(0.5, 1)
    assert _line(drawn, "limit", "hat") == pytest.approx([3 / 13])
    assert _line(drawn, "line", "hat") == pytest.approx([1 / 13])
    assert _line(drawn, "line", "weight") == pytest.approx([100 / 13])
    assert _line(drawn, "line", "tau2_del") == pytest.approx([0.3087602629], rel=1e-6)  # rma(yi, vi, method="DL")
    assert _line(drawn, "line", "q_del") == pytest.approx([152.2330080827], rel=1e-6)


def test_with_moderators_the_lines_count_the_coefficients():
    data = drawn_input(YI, VI, measure="RR", moderators={"x": [float(i % 5) for i in range(13)]})
    drawn = draw(data)
    assert _line(drawn, "limit", "dffits")[1] == pytest.approx(3 * (2 / 11) ** 0.5)
    assert _line(drawn, "limit", "cook_d") == pytest.approx([1.38629436111989])  # qchisq(0.5, 2)
    assert _line(drawn, "line", "hat") == pytest.approx([2 / 13])


def test_what_lies_beyond_a_line_is_what_is_called_influential():
    """The flag of the results and the dashed lines of the figure say the same, but for DFBETAS, which has no panel."""
    for data in (drawn_input(YI, VI), drawn_input(OUT, OUT_VI), *(many(k, seed=k) for k in (4, 9, 25))):
        drawn = draw(data)
        limits = {c: _line(drawn, "limit", c)[-1] for c in ("dffits", "cook_d", "hat")}
        for row in _studies(drawn):
            beyond = any(abs(float(row[c])) > limits[c] for c in limits)
            assert row["influential"] or not beyond
            assert beyond or not row["influential"] or "DFBETAS" in row["reasons"]


def test_marks_stand_in_their_row_and_panel(seen):
    data = drawn_input(OUT, OUT_VI)
    drawn = draw(data)
    view = seen(drawn.figure)
    flagged = [r["row"] for r in _studies(drawn) if r["influential"]]
    assert flagged
    for row in flagged:
        shade, label = view.box(view.named(f"shade-{row}")), view.box(view.named(f"study-{row}"))
        assert shade[1] < (label[1] + label[3]) / 2 < shade[3]
        heights = view.named("marked-cook_d").get_xydata()[:, 1]
        assert any(shade[1] < y < shade[3] for y in heights)
    centre = view.names("line-cov_r-1")
    xs = view.named(centre[0]).get_xdata()
    dots = [p for n in ("dots-cov_r", "marked-cov_r") for p in view.named(n).get_xydata()]
    right = sum(float(r["cov_r"]) > 1 for r in _studies(drawn))
    assert sum(x > xs[0] for x, _ in dots) == right


def test_a_common_effect_has_no_panel_of_tau2(seen):
    view = seen(draw(drawn_input(YI, VI, tau2="FE")).figure)
    assert "τ² without" not in view.words()
    assert "Q without" in view.words()


def test_names_up_to_forty_studies_and_beyond_of_those_that_are_marked(seen):
    assert len(seen(draw(many(EVERY_NAME)).figure).names("study-")) == EVERY_NAME
    drawn = draw(many(EVERY_NAME + 40))
    marked = [r["row"] for r in _studies(drawn) if r["influential"] or r["outlier"]]
    assert seen(drawn.figure).names("study-") == sorted(f"study-{r}" for r in marked)


def test_numbers_that_do_not_exist_break_the_line(seen):
    data = drawn_input(OUT, OUT_VI)
    rows = [r | ({"rstudent": "", "dffits": ""} if i == 2 else {}) for i, r in enumerate(data.influence)]
    view = seen(draw(replace(data, influence=rows)).figure)
    assert sum(len(view.named(n).get_xydata()) for n in view.names("dots-dffits") + view.names("marked-dffits")) == 6
    none = [r | {"cook_d": ""} for r in data.influence]
    assert "Cook’s D" not in seen(draw(replace(data, influence=none)).figure).words()


def test_the_alternative_text_names_who_stands_out():
    alt = draw(drawn_input(OUT, OUT_VI)).alt
    assert "Influential: Study 4" in alt
    assert "Studentised residual beyond 1.96: Study 4" in alt
    assert "Influential: none" in draw(drawn_input(YI, VI)).alt


def test_nothing_is_drawn_of_two_studies():
    assert draw(many(2)) is None
    assert draw(many(3)) is not None
    assert draw(replace(many(5), influence=[])) is None
