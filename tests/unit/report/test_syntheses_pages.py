"""The pages, figures and tables of a network and of a sequential analysis, from the folder of a review to what a reader sees."""

import csv
import json
import re

import pytest

from making_syntheses import network_review, sequential_review, write_review
from metaudit.formats.review import read_review
from metaudit.stages.whole import write_whole

TAGS = re.compile(r"<[^>]+>")


def words_of(path):
    return re.sub(r"\s+", " ", TAGS.sub(" ", path.read_text(encoding="utf-8")))


def rows_of(path):
    with path.open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


@pytest.fixture(scope="module")
def network(tmp_path_factory):
    folder = network_review(tmp_path_factory.mktemp("data") / "net", network="{reference: no_contact}")
    out = tmp_path_factory.mktemp("out") / "results"
    write_whole(read_review(folder), out)
    return out


@pytest.fixture(scope="module")
def sequential(tmp_path_factory):
    folder = sequential_review(tmp_path_factory.mktemp("data") / "seq")
    out = tmp_path_factory.mktemp("out") / "results"
    write_whole(read_review(folder), out)
    return out


def test_the_figures_of_a_network_are_listed_with_their_words(network):
    listed = {r["figure"]: r for r in rows_of(network / "figures" / "index.csv")}
    assert {"network-graph", "network-forest", "network-league", "network-ranks", "network-heat"} <= set(listed)
    assert "forest" not in listed
    for row in listed.values():
        assert (network / "figures" / row["file"]).is_file()
        assert row["alt"]


def test_a_figure_draws_the_numbers_of_the_tables(network):
    drawn = {(r["first"], r["second"]): float(r["estimate_yi"]) for r in rows_of(network / "figures" / "net.network-league.csv")
             if r["mark"] == "network"}  # fmt: skip
    table = {(r["treatment"], r["treatment_c"]): float(r["estimate_yi"]) for r in rows_of(network / "network.csv")
             if r["role"] == "primary"}  # fmt: skip
    assert len(drawn) == len(table) == 6
    for (a, b), value in drawn.items():
        ours = table[a, b] if (a, b) in table else -table[b, a]
        assert value == pytest.approx(ours, rel=1e-9)
    ranks = {(r["treatment"], r["rank"]): float(r["probability"]) for r in rows_of(network / "figures" / "net.network-ranks.csv")
             if r["mark"] == "rank"}  # fmt: skip
    for row in rows_of(network / "network_treatments.csv"):
        for i, share in enumerate(row["ranks"].split("; "), start=1):
            assert ranks[row["treatment"], str(i)] == pytest.approx(float(share), abs=1e-9)


def test_the_forest_plot_is_against_the_stated_reference(network):
    rows = rows_of(network / "figures" / "net.network-forest.csv")
    assert {r["treatment"] for r in rows if r["mark"] == "network"} == {"grp_counseling", "ind_counseling", "self_help"}


def test_the_page_says_what_the_network_is_and_how_it_agrees(network):
    said = words_of(network / "report" / "net.html")
    assert "Network of 4 treatments" in said
    assert "6 of 6 pairs compared directly" in said
    assert re.search(r"inconsistency between designs: χ².{1,3}4\.66 on", said)
    assert "Zero cells corrected in: 5; 19." in said
    own = words_of(network / "report" / "net.net.html")
    for heading in (
        "Treatments (4)",
        "Comparisons (6)",
        "Heterogeneity and inconsistency",
        "Arms (50)",
        "League table",
    ):
        assert heading in own
    assert "Explorer" not in own


def test_the_method_that_gives_the_numbers_is_the_stated_one(network):
    said = words_of(network / "report" / "net.html")
    assert "network | OR | 0.5@only-zero+drop | random DL | wald" in said
    assert "reference treatment: no_contact" in said


def test_the_methods_paragraph_says_how_and_by_whom(network, sequential):
    said = words_of(network / "report" / "net.html")
    assert (
        "The 24 studies of 4 treatments (odds ratio) were pooled on the log scale as one network under consistency"
        in said
    )
    assert "Treatments are ranked by P-scores, large values being good." in said
    assert "Rücker G. Network meta-analysis, electrical networks and graph theory." in said
    trials = words_of(sequential / "report" / "seq.html")
    assert "two-sided boundaries at an alpha of 5 % (spending function of the O'Brien-Fleming type)" in trials.replace(
        "&#39;", "'"
    )


def test_what_is_stated_of_a_plan_is_said_in_words(tmp_path):
    plan = "{alpha: 0.05, power: 0.9, control_risk: 0.00908090424156408, heterogeneity: D2, spending: pocock, convention: rtsa}"
    write_whole(read_review(sequential_review(tmp_path / "seq", plan)), tmp_path / "out")
    said = words_of(tmp_path / "out" / "report" / "seq.html")
    for words in (
        "Alpha 5 % 5 %",
        "Control risk 0.9081 % 0.9081 %",
        "adjusted for D² D²",
        "Spending of alpha Pocock type Pocock type",
    ):
        assert words in said
    assert "Program whose conventions are followed RTSA RTSA" in said
    assert re.search(r"Required information size not stated \d,\d{3},\d{3} ", said)


def test_a_wrong_number_stands_out(network):
    verdicts = {r["claim"]: r["verdict"] for r in json.loads((network / "audit.json").read_text(encoding="utf-8"))}
    assert verdicts["k"] == "EXACT"
    assert {verdicts["tau2"], verdicts["one"]} <= {"EXACT", "UNDERSPECIFIED"}  # zero cells are not stated
    assert verdicts["wrong"] not in ("EXACT", "WITHIN_ROUNDING", "UNDERSPECIFIED")
    assert "1.82" in words_of(network / "report" / "net.html").partition("What stands out")[2][:2000]


def test_the_tables_to_be_pasted(network):
    pairs = rows_of(network / "tables" / "network.csv")
    assert len(pairs) == 6
    one = next(r for r in pairs if r["pair"] == "ind_counseling : no_contact")
    assert one["estimate"] == "2.08 (1.36 to 3.20)"
    assert rows_of(network / "tables" / "ranks.csv")[0]["treatment"] == "grp_counseling"
    (line,) = rows_of(network / "tables" / "analyses.csv")
    assert line["k"] == "24"
    assert line["method"].startswith("network of 4 treatments; random effects, DL")
    studies = rows_of(network / "tables" / "studies.csv")
    assert next(r for r in studies if r["study"] == "1")["treatments"] == "no_contact; ind_counseling"
    assert {r["analyses"] for r in studies} == {"1"}


def test_what_cannot_be_computed_has_a_page_with_the_reason(tmp_path):
    write_whole(read_review(sequential_review(tmp_path / "seq", "{relative_reduction: 0.0001}")), tmp_path / "out")
    (row,) = rows_of(tmp_path / "out" / "sequential_summary.csv")
    assert row["reason"]
    assert f"Could not be computed: {row['reason']}" in words_of(tmp_path / "out" / "report" / "seq.html")
    drawn = {r["figure"] for r in rows_of(tmp_path / "out" / "figures" / "index.csv")}
    assert "forest" in drawn
    assert "sequential" not in drawn


def test_the_page_of_a_sequential_analysis(sequential):
    said = words_of(sequential / "report" / "seq.html")
    assert re.search(r"Trial sequential analysis : required [\d,]+ participants", said)
    assert "207,110 so far" in said
    assert "Worked out for: alpha 5 % two-sided; power 80 %; RR 0.80; control risk" in said
    assert "Not stated, taken as usual: control risk" in said
    assert "Looks (" in words_of(sequential / "report" / "seq.bcg.html")
    listed = [r["figure"] for r in rows_of(sequential / "figures" / "index.csv")]
    assert {"forest", "sequential"} <= set(listed)


def test_the_figure_has_the_looks_of_the_table(sequential):
    drawn = [r for r in rows_of(sequential / "figures" / "bcg.sequential.csv") if r["mark"] == "trial"]
    table = [r for r in rows_of(sequential / "sequential.csv") if r["study"]]
    z = {r["study"]: float(r["z"]) for r in drawn}
    assert len(table) <= len(drawn) == 5
    for row in table:
        assert z[row["study"]] == pytest.approx(float(row["z"]), rel=1e-9)
    assert [r["study"] for r in rows_of(sequential / "tables" / "sequential.csv")][: len(table)] == [
        r["study"] for r in table
    ]


def test_an_analysis_of_pairs_has_none_of_it(tmp_path):
    rows = [{"study": s, "events_t": "1", "n_t": "10", "events_c": "2", "n_c": "10"} for s in "AB"]
    folder = write_review(tmp_path / "plain", rows, "  one:\n    title: One\n    select: {}\n    measure: RR\n")
    write_whole(read_review(folder), tmp_path / "out")
    assert not [
        r
        for r in rows_of(tmp_path / "out" / "figures" / "index.csv")
        if r["figure"].startswith(("network", "sequential"))
    ]
    for name in (
        "network",
        "network_summary",
        "network_treatments",
        "network_studies",
        "sequential",
        "sequential_summary",
    ):
        assert rows_of(tmp_path / "out" / f"{name}.csv") == []
    assert not list((tmp_path / "out" / "tables").glob("network.*"))
