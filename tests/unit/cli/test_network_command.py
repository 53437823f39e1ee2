"""``metaudit network``: its numbers are netmeta's, its refusals say what is wrong and where, and it draws what it has."""

from __future__ import annotations

import csv
import json
import math
from pathlib import Path

import pytest
from typer.testing import CliRunner

from metaudit.cli import app

VENDORED = Path(__file__).resolve().parents[2] / "data" / "network"
ARMS = """study,treatment,events,n
One,A,12,60
One,B,30,90
Two,B,9,44
Two,C,7,40
Three,A,14,70
Three,C,20,66
Four,A,6,50
Four,B,11,48
Four,C,9,52
"""


def run(*args):
    return CliRunner().invoke(app, ["network", *map(str, args)], env={"COLUMNS": "250", "TERM": "dumb"})


def fit(*args):
    found = run(*args, "--json")
    assert found.exit_code == 0, found.output
    return json.loads(found.stdout)


@pytest.fixture
def table(tmp_path):
    def write(text=ARMS):
        path = tmp_path / "arms.csv"
        path.write_text(text, encoding="utf-8")
        return path

    return write


def vendored(name, folder):
    """The vendored arms of a network as a table, and what R made of them."""
    whole = json.loads((VENDORED / f"{name}.json").read_text(encoding="utf-8"))
    arms = {("events" if k == "event" else k): v for k, v in whole["arms"].items()}
    path = folder / f"{name}.csv"
    with path.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.writer(handle)
        writer.writerow(arms)
        writer.writerows(zip(*arms.values(), strict=True))
    return path, whole["units"]


@pytest.mark.parametrize(
    ("name", "measure", "reference", "small"),
    [
        ("hasselblad1998", "OR", "no_contact", "bad"), ("dogliotti2014", "OR", "Placebo/Control", "good"),
        ("dogliotti2014", "RR", "Placebo/Control", "good"), ("stowe2010", "MD", "Placebo", "good"),
        ("gurusamy2011", "OR", "Control/Placebo", "good"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("tau2", ["none", "DL", "REML"])
def test_the_numbers_are_those_of_netmeta(tmp_path, name, measure, reference, small, tau2):
    path, units = vendored(name, tmp_path)
    theirs = units[measure]["reference"]
    more = ("--convention", "meta") if measure in ("RR", "RD") else ()
    ours = fit(path, "--measure", measure, "--tau2", tau2, "--small-values", small, "--reference", reference, *more)
    kind = theirs["common"] if tau2 == "none" else theirs["random"][tau2]
    assert ours["q"]["q"] == pytest.approx(theirs["heterogeneity"]["Q"], rel=1e-6)
    assert ours["q"]["df"] == theirs["heterogeneity"]["df"]
    assert ours["i2"]["i2"] / 100 == pytest.approx(theirs["heterogeneity"]["I2"], rel=1e-6)
    assert ours["tau2"] == pytest.approx(kind.get("tau2", 0.0), abs=1e-6)
    assert ours["between_designs"]["q"] == pytest.approx(theirs["decomposition"]["Q_between"]["Q"], rel=1e-6)
    assert ours["within_designs"]["df"] == theirs["decomposition"]["Q_within"]["df"]
    ends = {frozenset((c["first"], c["second"])): c for c in ours["league"]}
    assert len(ends) == len(kind["league"])
    for cell in kind["league"]:
        c = ends[frozenset((cell["treat1"], cell["treat2"]))]
        way = 1 if c["first"] == cell["treat1"] else -1
        assert way * c["estimate"] == pytest.approx(cell["est"], abs=1e-5)
        assert c["se"] == pytest.approx(cell["se"], rel=1e-4)
    turned = (theirs["meta"]["small_values"] == "desirable") != (small == "good")
    for treatment, score in kind["pscore"].items():
        assert ours["p_scores"][treatment] == pytest.approx(1 - score if turned else score, abs=1e-4)


def test_the_text_says_what_the_network_is(table):
    found = run(table(), "--measure", "OR", "--small-values", "good", "--reference", "C")
    assert found.exit_code == 0, found.output
    text = found.stdout
    assert "3 treatments, 4 studies (1 of more than two arms), 4 designs, 3 of 3 pairs compared directly" in text
    assert "Odds ratio; random effects, REML: tau² = " in text
    assert "Design-by-treatment interaction: chi² = " in text
    assert "P-scores (small values are good): " in text
    assert "\nAgainst C\n" in text
    assert "\nA  " in text.split("League table")[1]
    assert "A : B" in text.split("Direct against indirect")[1]


def test_the_league_table_turns_round(table):
    """The row against the column is one over the column against the row."""
    text = run(table(), "--measure", "OR", "--tau2", "none").stdout
    block = text.split("League table")[1].splitlines()[1:5]
    rows = {
        line.split()[0]: [c.split(" (")[0].strip() for c in line[1:].split("  ") if c.strip()] for line in block[1:]
    }
    assert [
        float(x) * float(y) for x, y in ((rows["A"][0], rows["B"][0]), (rows["A"][1], rows["C"][0]))
    ] == pytest.approx([1, 1], abs=0.03)


def test_without_a_direction_nothing_is_ranked(table, tmp_path):
    found = run(table(), "--measure", "OR", "--figures", tmp_path / "f")
    assert "P-scores: not given" in found.stdout
    assert "No figure of ranks" in found.stderr
    assert fit(table(), "--measure", "OR")["p_scores"] is None


def test_the_reference_is_the_most_studied(table):
    assert fit(table(), "--measure", "OR")["reference"] == "A"
    assert fit(table(ARMS + "Five,C,3,30\nFive,B,4,31\n"), "--measure", "OR")["reference"] == "B"


def test_means_rates_and_effects_of_arms_are_read(table):
    means = "study,treatment,mean,sd,n\nOne,A,3.1,1.2,20\nOne,B,3.9,1.1,22\nTwo,B,4.2,1.5,30\nTwo,C,4.0,1.3,28\n"
    ours = fit(table(means), "--measure", "MD", "--tau2", "none")
    assert ours["league"][0]["estimate"] == pytest.approx(-0.8)
    assert ours["league"][1]["estimate"] == pytest.approx(-0.8 + 0.2)
    rates = "study,treatment,events,time\nOne,A,10,100\nOne,B,20,100\nTwo,B,9,90\nTwo,C,9,45\n"
    assert fit(table(rates), "--measure", "IRR", "--tau2", "none")["league"][0]["natural"]["estimate"] == pytest.approx(
        0.5
    )
    ready = "study,treatment,effect,se\nOne,A,1.0,0.3\nOne,B,0.5,0.4\nTwo,B,0.7,0.2\nTwo,C,0.1,0.2\n"
    first = fit(table(ready), "--measure", "GEN", "--tau2", "none")["league"][0]
    assert (first["estimate"], first["se"]) == (pytest.approx(0.5), pytest.approx(0.5))


def test_comparisons_are_read(table):
    text = """study,treatment,treatment_c,effect,se,ci_low,ci_high,variance
One,A,B,0.80,,0.60,1.07,
Two,C,B,1.50,0.25,,,
Three,A,C,0.60,,,,0.09
"""
    ours = fit(table(text), "--measure", "GEN-LOG", "--tau2", "none")
    direct = {(s["first"], s["second"]): s for s in ours["splits"]}
    assert direct["A", "B"]["direct"] == pytest.approx(math.log(0.8))
    assert direct["A", "B"]["se_direct"] == pytest.approx(math.log(1.07 / 0.6) / 3.919928, rel=1e-6)
    assert direct["B", "C"]["direct"] == pytest.approx(-math.log(1.5))
    assert direct["A", "C"]["se_direct"] == pytest.approx(0.3)


def test_splitting_studies_of_several_arms_is_said_and_makes_errors_smaller(table):
    whole, split = (fit(table(), "--measure", "OR", "--tau2", "none", *more) for more in ((), ("--split-multiarm",)))
    assert split["multiarm"] == "split"
    assert all(s["se"] < w["se"] for s, w in zip(split["league"], whole["league"], strict=True))
    assert "standard errors are too small" in run(table(), "--measure", "OR", "--split-multiarm").stdout


def test_intervals_and_their_level(table):
    found = [
        fit(table(), "--measure", "OR", "--tau2", "none", *more)["league"][0]
        for more in ((), ("--level", "0.9"), ("--ci", "t"))
    ]
    half = [(c["ci_high"] - c["ci_low"]) / 2 / c["se"] for c in found]
    assert half == pytest.approx([1.959964, 1.644854, 3.182446], abs=1e-6)  # normal, normal, t of 3 degrees of freedom


def test_comparisons_that_are_not_those_of_the_arms_are_worth_acting_on(table):
    text = "study,treatment,treatment_c,events,n,effect,se\n" + "".join(
        f"{s},{t},,{e},{n},,\n" for s, t, e, n in (line.split(",") for line in ARMS.splitlines()[1:])
    )
    found = run(table(text + "One,A,B,,,2.00,0.393\n"), "--measure", "OR")
    assert found.exit_code == 1
    assert "The table contradicts itself: One, A against B: effect 0.693147 given" in found.stdout
    assert "the direction is turned" in found.stdout
    also = run(table(text + "One,A,B,,,0.50,0.393\n"), "--measure", "OR", "--json")
    assert also.exit_code == 0
    assert json.loads(also.stdout)["disagreements"] == []


REFUSED = {
    "parts": (ARMS + "Five,D,3,30\nFive,E,4,31\n", (), "falls into 2 parts that no study connects: A, B, C | D, E"),
    "one study": (ARMS.split("Two")[0], (), "there is one study that can be used, One; a network needs two or more"),
    "two spellings": (ARMS + "Five,placebo,3,30\nFive,A,4,31\nSix,Placebo,3,30\nSix,B,4,31\n", (), "'Placebo' (row 13) and 'placebo' (row 11) are two treatments"),
    "no treatment": ("study,events,n\nOne,12,60\nTwo,3,40\n", (), "the column treatment is missing or empty"),
    "an empty treatment": (ARMS + "Five,,3,30\n", (), "row 11, column treatment: The row names no treatment"),
    "an arm twice": (ARMS + "One,A,3,30\n", (), "(One, A) stands already in row 2"),
    "events above n": (ARMS + "Five,A,33,30\nFive,B,3,30\n", (), "row 11, column events: 33 events among 30 people"),
    "an unknown column": (ARMS.replace("treatment,events", "treatmnt,events"), (), "treatmnt"),
    "no such reference": (ARMS, ("--reference", "Z"), "--reference: the network has no 'Z'. Known: A, B, C."),
    "no such estimator": (ARMS, ("--tau2", "EB"), "tau2 'EB' is not known for networks"),
    "no such interval": (ARMS, ("--ci", "exact"), "ci 'exact' is not known"),
    "no such level": (ARMS, ("--level", "95"), "--level 95: not between 0 and 1. Write 0.95 for 95 %."),
    "no such direction": (ARMS, ("--small-values", "nice"), "--small-values is good or bad, not 'nice'"),
    "no such measure": (ARMS, ("--measure", "PLO"), "'PLO' is no measure that compares treatments"),
    "a measure of comparisons": (ARMS, ("--measure", "GEN-LOG"), "no row can give GEN-LOG (ratio as given): no row has treatment_c. Fill them in, or choose another --measure"),
    "a measure of other numbers": (ARMS, ("--measure", "MD"), "no row can give MD (mean difference): no row has mean and sd. Fill them in, or choose another --measure; the rows can give OR, RR or RD."),
    "a hazard ratio": (ARMS, ("--measure", "HR"), "Did you mean 'GEN-LOG'?"),
    "no events": ("study,treatment,n\nOne,A,20\nOne,B,20\n", (), "arms.csv: no row can give OR (odds ratio): no row has events. Fill them in. [measure-of-no-row]"),
    "one arm a study": ("study,treatment,events,n\nOne,A,2,20\nTwo,B,3,20\n", (), "arms.csv: there is no study to pool; One: one arm"),
    "effects without a spread": (
        "study,treatment,treatment_c,effect\nOne,A,B,0.5\nTwo,A,B,0.8\n", ("--measure", "GEN"), "no row has se, variance or ci_low and ci_high. Fill them in.",
    ),
    "a ratio below 0": (
        "study,treatment,treatment_c,effect,se\nOne,A,B,-0.5,0.1\nTwo,A,B,0.8,0.2\nThree,A,C,0.8,0.2\n", ("--measure", "GEN-LOG"),
        "row 2, column effect: -0.5 is no ratio as given: a ratio is above 0 (study 'One'). Look it up again; logarithms of ratios are effects as given: measure GEN",
    ),
    "no events at all": ("study,treatment,events,n\nOne,A,0,20\nOne,B,0,20\n", (), "arms.csv: there is no study to pool; One: no event in any arm"),
    "distinct of one": (ARMS, ("--distinct", "A"), "'A' is no NAME=OTHER NAME"),
    "no rows": ("study,treatment,events,n\n", (), "the table has a header and no row. Write one arm, or one comparison, a row."),
    "nothing selected": (ARMS, ("--select", "study=Nine"), "no row has all of study=Nine"),
    "no such column": (ARMS, ("--select", "outcom=x"), "the table has no such column"),
    "a ragged row": (ARMS + "Five,A,3\n", (), "the row has 3 cells, the header 4"),
    "letters for a number": (ARMS + "Five,A,few,30\n", (), "row 11, column events"),
    "negative variance": (
        "study,treatment,treatment_c,effect,se\nOne,A,B,0.1,0.1\nOne,A,C,0.2,0.1\nOne,B,C,0.1,0.9\nTwo,A,B,0.1,0.2\n",
        ("--measure", "GEN"), "imply a variance of an arm that is not positive",
    ),
    "effects that do not add up": (
        "study,treatment,treatment_c,effect,se\nOne,A,B,0.1,0.3\nOne,A,C,0.2,0.3\nOne,B,C,0.9,0.3\nTwo,A,B,0.1,0.2\n",
        ("--measure", "GEN"), "The effects of study One contradict each other",
    ),
    "a comparison that is missing": (
        "study,treatment,treatment_c,effect,se\nOne,A,B,0.1,0.3\nOne,A,C,0.2,0.3\nTwo,A,B,0.1,0.2\n",
        ("--measure", "GEN"), "Study One has 3 arms and no comparison of B with C",
    ),
    "outcomes": (
        "study,outcome,treatment,events,n\nOne,pain,A,1,20\nOne,pain,B,2,20\nTwo,sleep,A,3,20\nTwo,sleep,B,4,20\n", (),
        "the table holds 2 outcomes: 'pain', 'sleep'",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_pooled_is_refused_in_words(table, name):
    text, more, words = REFUSED[name]
    measure = () if "--measure" in more else ("--measure", "OR")
    found = run(table(text), *measure, *more)
    assert found.exit_code == 2, found.output
    assert words in found.stderr
    assert "Traceback" not in found.output
    problems = json.loads(run(table(text), *measure, *more, "--json").stdout)
    assert problems
    assert all(p["message"] for p in problems)


def test_a_folder_is_no_table(tmp_path):
    assert "this is a folder" in run(tmp_path, "--measure", "OR").stderr


def test_an_interval_is_read_in_any_capitals(table):
    assert (
        fit(table(), "--measure", "OR", "--ci", "HKSJ")["league"]
        == fit(table(), "--measure", "OR", "--ci", "hksj")["league"]
    )


def test_similar_names_are_refused_with_the_option_that_allows_them(table):
    found = run(table(ARMS + "Five,estradiol,3,30\nFive,A,4,31\nSix,estradiols,3,30\nSix,B,4,31\n"), "--measure", "OR")
    assert "'estradiol' (row 11) and 'estradiols' (row 13) are two treatments" in found.stderr
    assert "--distinct" in found.stderr


def test_a_tree_has_no_inconsistency_and_no_degrees_of_freedom(table):
    text = ARMS.split("Three")[0]
    found = run(table(text), "--measure", "OR", "--ci", "t")
    assert "Design-by-treatment interaction: no two designs compare the same treatments" in found.stdout
    assert "No pair has both." in found.stdout
    assert "no degrees of freedom, so that intervals of t are infinite" in found.stdout
    assert "no degrees of freedom" not in run(table(text), "--measure", "OR").stdout


def test_ratios_near_nothing_keep_a_digit(table):
    """Study Five, C against A: OR 0.5 * 0.5 / (10.5 * 10.5) = 1/441 after the correction."""
    text = "study,treatment,events,n\nOne,B,9,44\nOne,C,7,40\nFive,A,0,10\nFive,C,10,10\n"
    found = run(table(text), "--measure", "OR", "--reference", "C")
    assert "A          1        0.002 (4e-05 to 0.13)" in found.stdout
    assert fit(table(text), "--measure", "OR")["league"][1]["estimate"] == pytest.approx(-math.log(441), abs=1e-9)


def test_no_file_is_refused(tmp_path):
    found = run(tmp_path / "none.csv", "--measure", "OR")
    assert found.exit_code == 2
    assert "there is no such file" in found.stderr


def test_two_names_may_be_said_to_be_two_treatments(table):
    text = ARMS + "Five,estradiol,3,30\nFive,A,4,31\nSix,estradiols,3,30\nSix,B,4,31\n"
    assert run(table(text), "--measure", "OR").exit_code == 2
    assert fit(table(text), "--measure", "OR", "--distinct", "estradiols=estradiol")["treatments"][3:] == [
        "estradiol",
        "estradiols",
    ]


def test_rows_are_selected(table):
    lines = ARMS.splitlines()
    text = "\n".join([f"{lines[0]},outcome", *(f"{line},{o}" for o in ("pain", "sleep") for line in lines[1:])]) + "\n"
    assert fit(table(text), "--measure", "OR", "--select", "outcome=pain")["q"] == fit(table(), "--measure", "OR")["q"]


def test_what_says_nothing_is_left_out_and_said(table):
    text = ARMS + "Five,A,0,30\nFive,B,0,31\nSix,A,0,40\nSix,C,4,41\n"
    found = run(table(text), "--measure", "OR")
    assert "Not used: Five: no event in any arm" in found.stdout
    assert "Zero cells corrected in 1 study: Six" in found.stdout


def test_figures_are_written_with_their_numbers(table, tmp_path):
    folder = tmp_path / "figures"
    found = fit(table(), "--measure", "OR", "--small-values", "good", "--figures", folder, "--title", "A & <B>")
    kinds = ["graph", "forest", "league", "ranks", "heat"]
    assert [Path(p).name for p in found["figures"]] == [
        f"network.network-{k}.{e}" for k in kinds for e in ("svg", "csv")
    ]
    for path in found["figures"]:
        assert Path(path).stat().st_size > 0
    assert "A &amp; &lt;B&gt;" in (folder / "network.network-graph.svg").read_text(encoding="utf-8")


def test_contributions_sum_to_one_and_are_those_of_the_flow(table):
    given = fit(table(), "--measure", "OR", "--contributions")["contributions"]
    assert [(r["treatment"], r["treatment_c"]) for r in given] == [("A", "B"), ("A", "C"), ("B", "C")]
    for row in given:
        assert sum(row["share"].values()) == pytest.approx(1)
        assert row["share"][f"{row['treatment']} : {row['treatment_c']}"] == max(row["share"].values())
    said = run(table(), "--measure", "OR", "--contributions")
    assert "Contribution of direct comparisons" in said.stdout
    assert f"{100 * given[0]['share']['A : B']:.1f}" in said.stdout
    assert "contributions" not in fit(table(), "--measure", "OR")


def test_a_pair_without_direct_evidence_stands_on_the_others_alone(table):
    text = "study,treatment,events,n\nOne,A,12,60\nOne,B,30,90\nTwo,B,9,44\nTwo,C,7,40\n"
    given = fit(table(text), "--measure", "OR", "--contributions")["contributions"]
    alone = next(r for r in given if (r["treatment"], r["treatment_c"]) == ("A", "C"))
    assert alone["share"] == pytest.approx({"A : B": 0.5, "B : C": 0.5})
