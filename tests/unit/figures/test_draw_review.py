"""From result files to figure files."""

from __future__ import annotations

import math
import shutil

import pytest

from draw_figures import main
from metaudit.figures.draw import KINDS, draw_review
from metaudit.figures.inputs import read_inputs
from metaudit.figures.labels import distinct_labels
from metaudit.figures.results import forest_data
from metaudit.files import read_rows


def _names(results):
    return sorted(p.name for p in (results / "figures").iterdir())


def _forest(results, review):
    (data,) = read_inputs(results, review).values()
    return forest_data(data)


def test_every_analysis_gets_its_figures_their_data_and_the_index(folders):
    review, results, write = folders
    write(analyses=("tb", "death"))
    draw_review(review, results, formats=["svg", "forest.pdf"])
    index = read_rows(results / "figures" / "index.csv")
    kinds = [name for name, _ in KINDS]
    assert {"forest", "funnel"} <= {r["figure"] for r in index} <= set(kinds)
    assert [r["analysis"] for r in index] == sorted(r["analysis"] for r in index)
    for analysis in ("death", "tb"):
        drawn = [r["figure"] for r in index if r["analysis"] == analysis]
        assert drawn == [k for k in kinds if k in drawn], "the order of a page"
    assert all(r["file"] == f"{r['analysis']}.{r['figure']}.svg" for r in index)
    assert all(r["data"] == f"{r['analysis']}.{r['figure']}.csv" for r in index)
    assert all(r["title"] and len(r["alt"]) > 40 for r in index)
    expected = {r["file"] for r in index} | {r["data"] for r in index}
    assert set(_names(results)) == expected | {"tb.forest.pdf", "death.forest.pdf", "index.csv"}


@pytest.mark.parametrize("workers", [1, 2])
def test_the_rule_draws_every_review_with_any_number_of_workers(folders, tmp_path, workers):
    review, results, write = folders
    write()
    data, out = tmp_path / "data", tmp_path / "out"
    for name in ("one", "two"):
        shutil.copytree(review, data / name)
        shutil.copytree(results, out / name)
    (out / "one" / "figures").mkdir()
    (out / "one" / "figures" / "mine.svg").write_text("mine")
    written = main(str(data), str(out), reviews=["one", "two"], formats=["svg"], workers=workers)
    (out / "one" / "figures" / "mine.svg").unlink()
    assert sorted(written) == sorted(out.glob("*/figures/*")), "of what else lies there nothing is said"
    drawn = draw_review(review, results, formats=["svg"])
    assert len(drawn) >= 5
    for name in ("one", "two"):
        assert _names(out / name) == sorted(p.name for p in drawn)
        assert all((out / name / "figures" / p.name).read_bytes() == p.read_bytes() for p in drawn)


def test_figures_of_analyses_that_are_gone_are_removed(folders):
    review, results, write = folders
    write(analyses=("tb", "old"))
    draw_review(review, results, formats=["svg", "png"])
    (results / "figures" / "notes.txt").write_text("mine")
    write(analyses=("tb",))
    draw_review(review, results, formats=["svg"])
    names = _names(results)
    assert "notes.txt" in names
    assert [n for n in names if n.startswith("old") or n.endswith("png")] == []
    assert "tb.forest.svg" in names


def test_figures_that_cannot_be_drawn_any_more_are_removed(folders):
    review, results, write = folders
    write(k=6)
    draw_review(review, results, formats=["svg"])
    assert "tb.forest-leave-one-out.svg" not in _names(results)
    assert "tb.funnel.csv" in _names(results)
    write(k=1)
    draw_review(review, results, formats=["svg"])
    assert _names(results) == ["index.csv", "tb.forest.csv", "tb.forest.svg"]


def test_a_second_run_writes_the_same_bytes(folders):
    review, results, write = folders
    write()
    first = {p.name: p.read_bytes() for p in draw_review(review, results, formats=["svg", "pdf"])}
    second = {p.name: p.read_bytes() for p in draw_review(review, results, formats=["svg", "pdf"])}
    assert first == second


def test_a_review_without_studies_has_an_empty_index(folders):
    review, results, _ = folders
    (review / "review.yaml").write_text("id: bcg\nanalyses:\n  tb: {title: T, data: none}\n")
    draw_review(review, results, formats=["svg"])
    assert (results / "figures" / "index.csv").read_text() == "analysis,figure,file,data,title,alt\n"


def test_an_unknown_format_stops_before_anything_is_written(folders):
    review, results, write = folders
    write()
    with pytest.raises(ValueError, match="'gif'"):
        draw_review(review, results, formats=["svg", "gif"])
    assert not (results / "figures").exists()


def test_the_data_come_from_the_files(folders):
    review, results, write = folders
    write(claims="rr,tb,estimate,,0.49,,,read\nlo,tb,ci_low,,0.34,,,read\nhi,tb,ci_high,,0.70,,,read\n")
    forest = _forest(results, review)
    assert (forest.title, forest.favours, forest.measure) == ("Analysis tb", "low", "RR")
    assert forest.studies[0].label == "Study 0"
    assert forest.studies[0].estimate == pytest.approx(math.exp(-0.5))
    assert forest.studies[0].weight == pytest.approx(100 / 6)
    assert forest.studies[0].values["n_c"] == 1190
    assert (forest.pooled.estimate, forest.pooled.k, forest.pooled.tau2_method) == (0.78, 6, "DL")
    assert math.isnan(forest.pooled.pi_low)
    assert (forest.printed.estimate, forest.printed.ci_low, forest.printed.ci_high) == (0.49, 0.34, 0.70)
    assert forest.studies[0].values["se"] == pytest.approx(0.2)


def test_subgroups_come_from_their_rows(folders):
    review, results, write = folders
    write(yaml="analyses:\n  tb: {title: T, subgroups: alloc}\n", subgroup="random")
    path = results / "pooled.csv"
    header = path.read_text().splitlines()[0].split(",")
    cells = {"analysis": "tb", "fit": "2", "role": "subgroup", "subgroup": "random", "k": "6", "estimate": "0.8"}
    cells |= {"ci_low": "0.7", "ci_high": "0.9", "subgroup_q": "4.5", "subgroup_df": "1", "subgroup_p": "0.034"}
    with path.open("a") as handle:
        handle.write(",".join(cells.get(c, "") for c in header) + "\n")
    forest = _forest(results, review)
    assert [f.subgroup for f in forest.subgroups] == ["random"]
    assert forest.subgroup_name == "alloc"
    assert forest.subgroup_test.q == 4.5
    assert forest.pooled.subgroup == ""


def test_a_malformed_printed_number_is_left_out_and_the_figure_is_drawn(folders):
    review, results, write = folders
    write(claims="rr,tb,estimate,,about a half,,,read\nlo,tb,ci_low,,0.34,,,read\n")
    forest = _forest(results, review)
    assert forest.printed is None
    draw_review(review, results, formats=["svg"])
    assert "As printed" not in (results / "figures" / "tb.forest.svg").read_text()


def test_studies_that_occur_twice_are_told_apart():
    rows = [
        {"study": "Noppers 2011", "timepoint": "15 min", "comparison": "placebo", "row": "2"},
        {"study": "Noppers 2011", "timepoint": "180 min", "comparison": "placebo", "row": "3"},
        {"study": "Kim 2015", "timepoint": "1 week", "comparison": "low v placebo", "row": "4"},
        {"study": "Kim 2015", "timepoint": "1 week", "comparison": "high v placebo", "row": "5"},
        {"study": "Same", "timepoint": "", "comparison": "", "row": "6"},
        {"study": "Same", "timepoint": "", "comparison": "", "row": "7"},
        {"study": "Once", "timepoint": "1 week", "comparison": "", "row": "8"},
    ]
    assert distinct_labels(rows) == [
        "Noppers 2011, 15 min",
        "Noppers 2011, 180 min",
        "Kim 2015, low v placebo",
        "Kim 2015, high v placebo",
        "Same, row 6",
        "Same, row 7",
        "Once",
    ]
