"""The stages on one made-up review, file by file."""

import csv
import json
import math

import pytest
from scipy import stats

from making import claim, made, write_review
from metaudit.errors import InputError
from metaudit.files import read_rows
from metaudit.stages.audit import COLUMNS, write_audit
from metaudit.stages.effects import read_effects, write_effects
from metaudit.stages.extract import extract
from metaudit.stages.pool import write_pooled

ROWS = [
    {"study": "A", "events_t": "10", "n_t": 50, "events_c": "20", "n_c": 50, "x_group": "low"},
    {"study": "B", "events_t": "25%", "n_t": 60, "events_c": "24", "n_c": 60, "x_group": "high"},
    {"study": "C", "events_t": "8", "n_t": 40, "events_c": "", "n_c": "", "x_group": "high"},
    {"study": "D", "events_t": "9", "n_t": 30, "events_c": "9", "n_c": 31, "x_group": "low"},
]
MAIN = {"title": "Main", "select": {"outcome": "pain"}, "exclude": {"study": ["D"]}, "reason": "duplicate cohort", "measure": "RR", "subgroups": "group",
        "method": {"model": "random", "tau2": "DL"}}  # fmt: skip
ANALYSES = {
    "main": MAIN,
    "closed": {"title": "Not public", "select": {}, "data": "none"},
    "undone": {**MAIN, "method": {"model": "common", "tau2": "DL"}},  # a contradiction
}


@pytest.fixture
def results(tmp_path):
    folder = write_review(
        tmp_path / "r",
        claims=[claim("e", "estimate", "0.56"), {**claim("x", "estimate", "1"), "analysis": "undone"}],
        rows=ROWS,
        analyses=ANALYSES,
    )
    review, out = extract(folder, tmp_path / "out"), tmp_path / "out"
    write_effects(review, out, level=0.95)
    write_pooled(review, out, level=0.95)
    write_audit(review, out, others={}, level=0.95)
    return out


def test_a_percentage_becomes_the_only_count_it_can_be(results):
    row = read_rows(results / "extraction.csv")[1]
    assert float(row["events_t"]) == 15
    assert "the only count of 60 that prints as 25%" in row["routes"]


def test_every_row_left_out_has_a_reason(results):
    found = [
        (r["analysis"], r["study"], r["stage"], r["reason"])
        for r in read_rows(results / "exclusions.csv")
        if r["analysis"] == "main"
    ]
    assert found == [
        ("main", "D", "excluded", "duplicate cohort"),
        ("main", "C", "incomplete", "events_c, n_c not reported"),
    ]


def test_effects_are_written_in_full_and_read_back(results):
    rows = [r for r in read_rows(results / "effects.csv") if r["analysis"] == "main"]
    y, v = math.log(0.5), 1 / 10 - 1 / 50 + 1 / 20 - 1 / 50
    assert [r["study"] for r in rows] == ["A", "B"]
    assert (float(rows[0]["yi"]), float(rows[0]["vi"])) == pytest.approx((y, v), rel=1e-12)
    assert float(rows[0]["ci_low"]) == pytest.approx(math.exp(y - stats.norm.ppf(0.975) * math.sqrt(v)), rel=1e-9)
    assert set(read_effects(results / "effects.csv")) == {"main"}  # an undone method and a closed table have none


def test_one_primary_fit_its_subgroups_and_the_usual_others(results):
    rows = read_rows(results / "pooled.csv")
    roles = [r["role"] for r in rows]
    assert roles.count("primary") == 1
    assert {r["subgroup"] for r in rows if r["role"] == "subgroup"} == {"low", "high"}
    assert "mantel-haenszel" in {r["model"] for r in rows if r["role"] == "alternative"}
    assert len({r["spec"] for r in rows if r["role"] != "subgroup"}) == len(rows) - 2


def test_the_companions_of_the_fit(results):
    weights = read_rows(results / "weights.csv")
    assert sum(float(w["weight"]) for w in weights) == pytest.approx(100)
    crude = next(r for r in read_rows(results / "proportions.csv") if (r["arm"], r["method"]) == ("treatment", "crude"))
    assert float(crude["proportion"]) == pytest.approx(25 / 110, rel=1e-9)
    assert [r["study"] for r in read_rows(results / "leave_one_out.csv")] == ["A", "B"]
    assert read_rows(results / "influence.csv") == read_rows(results / "small_study.csv") == []  # two studies


def test_the_audit_in_both_formats(results):
    as_json = json.loads((results / "audit.json").read_text(encoding="utf-8"))
    with (results / "audit.csv").open(encoding="utf-8", newline="") as handle:
        as_csv = list(csv.DictReader(handle))
    assert [r["verdict"] for r in as_json] == [r["verdict"] for r in as_csv]
    assert list(as_csv[0]) == list(COLUMNS)
    undone = next(r for r in as_json if r["claim"] == "x")
    assert (undone["verdict"], undone["value"]) == ("NOT_CHECKABLE", None)
    assert "nan" not in (results / "audit.csv").read_text(encoding="utf-8")


def test_nothing_is_written_for_bad_input(tmp_path):
    folder = write_review(tmp_path / "r", claims=[claim("e", "estimate", "half")], rows=ROWS, measure="RR")
    with pytest.raises(InputError):
        extract(folder, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_both_readings_of_an_unlabelled_spread(tmp_path):
    rows = [
        {
            "study": "A",
            "mean_t": "2.68",
            "pm_t": "0.51",
            "n_t": 30,
            "mean_c": "5.45",
            "pm_c": "0.48",
            "n_c": 30,
            "pm_is": "se",
        }
    ]
    extract(made(tmp_path / "r", claims=[], rows=rows, measure="MD").folder, tmp_path / "out")
    sd, se = read_rows(tmp_path / "out" / "readings.csv")
    assert (sd["chosen"], se["chosen"]) == ("no", "yes")
    pooled_sd = math.sqrt((0.51**2 + 0.48**2) / 2)
    assert float(sd["smd"]) == pytest.approx((2.68 - 5.45) / pooled_sd * (1 - 3 / (4 * 58 - 1)), rel=1e-3)
    assert float(se["sd_t"]) == pytest.approx(0.51 * math.sqrt(30))
    assert "implausible" in se["message"]


def test_a_review_of_claims_alone_has_no_table(tmp_path):
    folder = write_review(tmp_path / "r", claims=[claim("e", "estimate", "0.5")], measure="RR")
    extract(folder, tmp_path / "out")
    assert [p.name for p in (tmp_path / "out").iterdir()] == ["inputs.json"]


def test_results_of_a_table_that_is_gone_are_removed(tmp_path):
    folder = write_review(tmp_path / "r", claims=[claim("e", "estimate", "0.56")], rows=ROWS, **MAIN)
    out = tmp_path / "results"
    write_effects(extract(folder, out), out, level=0.95)
    assert (out / "effects.csv").is_file()
    (folder / "extraction.csv").unlink()
    (folder / "review.yaml").write_text(
        (folder / "review.yaml").read_text(encoding="utf-8").replace("data: complete", "data: none"), encoding="utf-8"
    )
    extract(folder, out)
    assert sorted(p.name for p in out.iterdir()) == ["inputs.json"]
