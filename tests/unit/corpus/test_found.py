"""What is found about each analysis of a corpus, held to what its audit says and to numbers worked out by hand."""

import pytest

from making_corpus import CLAIMS, ROWS, audited, small, tables
from metaudit.audit.verdict import VERDICTS
from metaudit.corpus.read import open_corpus
from metaudit.corpus.schema import ANALYSES, VERDICT_COLUMNS
from metaudit.corpus.shard import open_shard
from metaudit.corpus.split import split


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    folder = tmp_path_factory.mktemp("found")
    return audited(small(folder), folder / "out")


@pytest.fixture(scope="module")
def rows(found):
    return {r["analysis"]: r for r in found["analyses"]}


def test_every_column_is_filled(rows):
    assert list(rows) == ["pain", "death", "bleeding"]
    assert list(rows["pain"]) == [f.name for f in ANALYSES]


def test_what_is_stated(rows):
    said = {
        a: (r["year"], r["k"], r["measure"], r["measure_stated"], r["stated_method"], r["software"])
        for a, r in rows.items()
    }
    assert said == {
        "pain": (2010, 2, "MD", True, "model=common", ""),
        "death": (2001, 2, "RR", True, "model=random; tau2=DL; ci=wald", ""),
        "bleeding": (2001, 2, "RR", True, "", "RevMan 5.3"),
    }


def test_verdicts_are_counted(found, rows):
    for analysis, row in rows.items():
        judged = [r["verdict"] for r in found["audit"] if r["analysis"] == analysis]
        assert row["claims"] == len(judged)
        assert {v: row[c] for v, c in VERDICT_COLUMNS.items()} == {v: judged.count(v) for v in VERDICTS}
        assert row["worst"] == max(judged, key=VERDICTS.index)


def test_a_fully_stated_method_that_gives_all_is_the_only_one(rows):
    """The risk ratio and k come out under DerSimonian-Laird with Wald's interval, and nothing is left open."""
    death = rows["death"]
    assert death["method"].startswith("RR | 0.5@only-zero | random DL | wald")
    assert (death["explained"], death["explainable"]) == (2, 2)
    assert (death["open_results"], death["open_matching"]) == (1, 1)
    assert death["departures"] == ""
    assert (death["searched"], death["results"], death["specificity"]) == (False, None, None)


def test_a_number_that_no_method_gives_explains_nothing(rows):
    bleeding = rows["bleeding"]
    assert bleeding["searched"]
    assert (bleeding["explained"], bleeding["explainable"]) == (0, 1)
    assert bleeding["open_matching"] == 0
    assert bleeding["results"] > bleeding["open_results"] > 1


def test_another_method_than_the_stated_one_is_identified_with_its_departures(tmp_path):
    """Printed is the common-effect result, stated the random-effects model; ln RR worked out in the comment.

    Four studies, a/n against c/n: 10/50 20/50, 30/60 25/60, 5/80 15/80, 40/90 30/90. ln RR = -0.693147, 0.182322, -1.098612,
    0.287682; variances 1/a - 1/n + 1/c - 1/n = 0.11, 0.04, 0.241667, 0.036111; weights 9.0909, 25, 4.1379, 27.6923; their mean is
    (-6.30134 + 4.55804 - 4.54598 + 7.96658) / 65.9211 = 0.025444, so that RR = 1.0258, with a standard error of 0.123165: 0.8058 to 1.3058.
    """
    counts = [(10, 50, 20, 50), (30, 60, 25, 60), (5, 80, 15, 80), (40, 90, 30, 90)]
    rows = [
        {"review": "r", "analysis": "a", "study": f"S{i}", "events_t": a, "n_t": n, "events_c": c, "n_c": m}
        for i, (a, n, c, m) in enumerate(counts)
    ]
    claims = [
        {"review": "r", "claim": q, "analysis": "a", "quantity": q, "printed": printed}
        for q, printed in (("estimate", "1.0258"), ("ci_low", "0.8058"), ("ci_high", "1.3058"))
    ]
    analyses = [{"review": "r", "analysis": "a", "measure": "RR", "method": "model=random; tau2=DL; ci=wald"}]
    (row,) = audited(tables(tmp_path / "x", rows, claims=claims, analyses=analyses), tmp_path / "out")["analyses"]
    assert "common" in row["method"]
    assert "model" in row["departures"]
    assert (row["explained"], row["explainable"]) == (3, 3)
    assert row["other_spec"] == 3
    assert row["open_matching"] == 0
    assert row["matching"] >= 1
    assert row["specificity"] == pytest.approx(row["matching"] / row["results"], rel=1e-9)


@pytest.mark.parametrize(
    ("printed", "model", "explained"),
    [
        # The counts come out whatever the model, and are counted for the model that is identified, too.
        ({"estimate": "-0.0346", "events_t": "85", "n_t": "280"}, "random DL", (3, 3)),
        ({"estimate": "-0.0346", "nnt": "29"}, "random DL", (2, 2)),
        # One number for the stated model and one against it: nothing speaks for another than the stated one.
        ({"estimate": "-0.0346", "nnt": "20"}, "common", (1, 2)),
        ({"estimate": "-0.0346", "nnt": "20", "events_t": "85"}, "common", (2, 3)),
        ({"estimate": "-0.0346", "ci_low": "-0.180", "nnt": "20", "events_t": "85"}, "random DL", (3, 4)),
    ],
)
@pytest.mark.parametrize("search", ["missed", "all"])
def test_what_is_identified_explains_most_of_all_printed_numbers(tmp_path, search, printed, model, explained):
    """The arrays of the search hold neither a number needed to treat nor counts; stated is the common effect.

    Risk differences of 10/50 20/50, 30/60 25/60, 5/80 15/80, 40/90 30/90: by inverse variance -0.05007, so that 20 need treatment;
    by DerSimonian and Laird tau2 = 0.01624 and -0.03459 (-0.17998 to 0.11080), so that 29 need it.
    """
    counts = [(10, 50, 20, 50), (30, 60, 25, 60), (5, 80, 15, 80), (40, 90, 30, 90)]
    rows = [
        {"review": "r", "analysis": "a", "study": f"S{i}", "events_t": a, "n_t": n, "events_c": c, "n_c": m}
        for i, (a, n, c, m) in enumerate(counts)
    ]
    claims = [{"review": "r", "claim": q, "analysis": "a", "quantity": q, "printed": p} for q, p in printed.items()]
    analyses = [{"review": "r", "analysis": "a", "measure": "RD", "method": "model=common"}]
    path = tables(tmp_path / "x", rows, claims=claims, analyses=analyses)
    (row,) = audited(path, tmp_path / "out", search=search)["analyses"]
    assert f" {model} | " in row["method"]
    assert row["method"].startswith("RD")
    assert ("model" in row["departures"]) == (model != "common")
    assert (row["explained"], row["explainable"]) == explained


def test_an_unstated_method_leaves_choices_open(tmp_path):
    analyses = [{"review": "smith-2001", "analysis": "death"}, {"review": "jones-2010", "analysis": "pain"}]
    rows = [r for r in ROWS if r["analysis"] != "bleeding"]
    claims = [c for c in CLAIMS if c["analysis"] != "bleeding"]
    found = audited(tables(tmp_path / "x", rows, claims=claims, analyses=analyses), tmp_path / "out")["analyses"]
    death = next(r for r in found if r["analysis"] == "death")
    assert not death["measure_stated"]
    assert death["stated_method"] == ""
    assert death["open_results"] > 1
    assert 1 <= death["open_matching"] <= death["open_results"]
    assert death["measure"] == death["method"].split(" ")[0]


def test_an_analysis_without_claims_has_a_row(tmp_path):
    (row,) = audited(tables(tmp_path / "x", ROWS[:2]), tmp_path / "out")["analyses"]
    assert (row["claims"], row["worst"], row["method"], row["explained"], row["k"]) == (0, "", "", 0, 2)


SPREADS = [  # six studies with an SD near 10; the seventh prints 10 / sqrt(100) = 1, a standard error
    *({"study": f"S{i}", "mean_t": 50 + i, "sd_t": 10 + i / 5, "n_t": 100, "mean_c": 52, "sd_c": 10, "n_c": 100} for i in range(6)),
    {"study": "E", "mean_t": 50, "sd_t": "1.0", "n_t": 100, "mean_c": 52, "sd_c": "1.0", "n_c": 100},
]  # fmt: skip


def test_the_screen_of_spreads_compares_within_an_analysis(tmp_path):
    """Another analysis of the review, on a scale a tenth as wide, neither hides it nor is marked by it."""
    fine = [{**s, "sd_t": 1.0, "sd_c": 1.0, "mean_t": 5.0, "mean_c": 5.2} for s in SPREADS]
    rows = [{"review": "r", "analysis": a, **s} for a, some in (("coarse", SPREADS), ("fine", fine)) for s in some]
    found = audited(tables(tmp_path / "x", rows), tmp_path / "out")["analyses"]
    said = {r["analysis"]: (r["spreads"], r["se_as_sd"], r["sd_as_se"], r["spread_ratio"] >= 100) for r in found}
    assert said == {"coarse": (7, 1, 0, True), "fine": (7, 0, 0, False)}


def test_percentages_that_no_count_gives_are_counted(tmp_path):
    rows = [{"review": "r", "analysis": "a", "study": "S", "events_t": "33%", "n_t": 10, "events_c": "40%", "n_c": 10}]
    (row,) = audited(tables(tmp_path / "x", rows), tmp_path / "out")["analyses"]
    assert row["impossible_percentages"] == 1


def test_what_is_identified_is_the_method_of_the_analysis_not_of_a_claims_override(tmp_path):
    claims = [
        {**CLAIMS[0], "claim": "fixed", "method": "model=common"},
        {**CLAIMS[0], "claim": "own"},
    ]
    (folder,) = split(open_corpus(small(tmp_path, claims=claims)), 1, tmp_path / "s")
    assert not open_shard(folder).problems
    found = audited(small(tmp_path, claims=claims), tmp_path / "out")["analyses"]
    death = next(r for r in found if r["analysis"] == "death")
    assert death["explainable"] == 1
    assert "random DL" in death["method"]
    assert death["claims"] == 2
