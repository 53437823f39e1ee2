"""Risk of bias: a sign in every dot, a legend for what is used, judgements as the tools word them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from metaudit.figures.bias import judgement, legend, letters_of, sign
from metaudit.figures.forest import draw_forest
from metaudit.figures.inputs import read_inputs
from metaudit.figures.results import forest_data
from metaudit.files import read_rows, write_rows
from metaudit.formats.tables import Row
from metaudit.stages.table import extraction_columns


@pytest.mark.parametrize(
    ("said", "word", "shown"),
    [
        ("Low", "low", "+"),
        ("low risk", "low", "+"),
        ("+", "low", "+"),
        ("Some concerns", "some concerns", "!"),
        ("some_concerns", "some concerns", "!"),
        ("!", "some concerns", "!"),
        ("unclear", "unclear", "?"),
        ("High risk", "high", "\u2212"),
        ("-", "high", "\u2212"),
        ("Serious", "serious", "S"),
        ("moderate", "moderate", "M"),
        ("critical", "critical", "C"),
        ("NI", "no information", "n"),
        ("wonderful", "wonderful", "W"),
    ],
)
def test_judgements_are_read_as_the_tools_word_them(said, word, shown):
    assert (judgement(said), sign(said)) == (word, shown)


def test_domains_get_letters_and_the_overall_judgement_an_o():
    assert letters_of(["random_sequence", "blinding", "overall"]) == {
        "random_sequence": "A",
        "blinding": "B",
        "overall": "O",
    }


def test_the_legend_names_the_signs_in_use_only():
    (line,) = legend(["random_sequence", "overall"], ["high", "low", "", "High risk"])
    assert line == "Risk of bias: A random sequence, O overall. Signs: + low, \u2212 high"
    assert legend([], []) == []


def test_every_judged_study_has_its_dots_and_the_others_none(forest, seen):
    data = forest(3)
    bias = {"selection": "low", "overall": "high"}
    view = seen(draw_forest(replace(data, studies=(replace(data.studies[0], bias=bias), *data.studies[1:]))))
    assert len(view.names("bias-")) == 2
    words = view.words()
    assert {"Risk of bias", "A", "O", "+", "\u2212"} <= set(words)
    assert "Risk of bias: A selection, O overall. Signs: + low, \u2212 high" in words
    dot, label = (
        view.box(view.named(view.names("bias-")[0])),
        next(view.box(t) for t in view.texts() if t.get_text() == "+"),
    )
    assert dot[0] < label[0] < label[2] < dot[2], "the sign stands inside the dot"


def test_dots_differ_in_more_than_colour():
    words = ("low", "unclear", "some concerns", "moderate", "high", "serious", "critical", "no information")
    assert len({sign(w) for w in words}) == len(words)
    (line,) = legend(["d1"], ["unclear", "some concerns"])
    assert line.endswith("Signs: ? unclear, ! some concerns")


def test_the_judgements_come_from_the_table(folders):
    review, results, write = folders
    write(k=3)
    rows = [
        {"row": r["row"], "study": r["study"], "rob_d1": "low" if i else "", "rob_overall": "high"}
        for i, r in enumerate(read_rows(results / "effects.csv"))
    ]
    write_rows(results / "extraction.csv", ["row", "study", "rob_d1", "rob_overall"], rows)
    (data,) = read_inputs(results, review).values()
    shown = forest_data(data)
    assert shown.studies[0].bias == {"d1": "", "overall": "high"}
    assert shown.studies[1].bias == {"d1": "low", "overall": "high"}
    assert shown.domains == ("d1", "overall"), "in the order of the table"


def test_domains_keep_the_order_of_the_file_and_overall_comes_last(forest):
    domains = ("overall", "sequence", "concealment", "blinding", "attrition")
    rows = [
        Row(2, {"study": "A", "rob_overall": "low", "rob_sequence": "low", "rob_blinding": "high"}),
        Row(3, {"study": "B", **{f"rob_{d}": "low" for d in domains}}),
    ]
    columns = [c for c in extraction_columns(rows[1:], []) if c.startswith("rob_")]
    assert columns == [f"rob_{d}" for d in domains], "as typed"
    assert [c for c in extraction_columns(rows, []) if c.startswith("rob_")] == columns, (
        "although the first row has gaps"
    )
    data = forest(3)
    bias = {c.removeprefix("rob_"): "low" for c in columns}
    shown = replace(data, studies=(replace(data.studies[0], bias=bias), *data.studies[1:]))
    assert shown.domains == ("sequence", "concealment", "blinding", "attrition", "overall")
