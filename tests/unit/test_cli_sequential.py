"""``metaudit sequential``: the reference's numbers from a table, what was not stated, and refusals in one line."""

import csv
import json
import math
from pathlib import Path

import pytest
from typer.testing import CliRunner

from metaudit.cli import app
from metaudit.cli.sequential_stated import people, plain, share, spending, stated_of
from metaudit.errors import DataError

REFERENCE = Path(__file__).resolve().parents[1] / "data" / "sequential"
COLUMNS = {
    "eI": "events_t", "nI": "n_t", "eC": "events_c", "nC": "n_c", "mI": "mean_t", "sdI": "sd_t", "mC": "mean_c", "sdC": "sd_c",
}  # fmt: skip
COUNTS = """study,year,events_t,n_t,events_c,n_c
T3,1994,30,400,50,400
T1,1990,12,100,25,100
T2,1991,8,150,20,150
T4,1996,0,40,3,40
T5,1999,60,700,85,700
"""
STATED = (
    "--effect", "0.8", "--control-risk", "13%", "--heterogeneity", "none", "--alpha", "5%", "--power", "80%",
    "--spending", "obrien-fleming", "--futility", "none", "--convention", "tsa", "--variance", "pooled",
)  # fmt: skip


def run(*args):
    return CliRunner().invoke(
        app, ["sequential", *(str(a) for a in args)], env={"COLUMNS": "250", "TERM": "dumb", "NO_COLOR": "1"}
    )


def numbers(*args):
    found = run(*args, "--json")
    assert found.exit_code == 0, found.stderr
    return json.loads(found.stdout)


@pytest.fixture
def table(tmp_path):
    (tmp_path / "counts.csv").write_text(COUNTS, encoding="utf-8")
    return tmp_path / "counts.csv"


def written(tmp_path, name):
    """The trials of a reference file as a table, in the order of their looks, and its content."""
    content = json.loads((REFERENCE / f"{name}.json").read_text(encoding="utf-8"))
    trials = sorted(content["trials"], key=lambda t: int(t["look"]))
    target = tmp_path / f"{name}.csv"
    columns = [c for c in COLUMNS if c in trials[0]]
    with target.open("w", encoding="utf-8", newline="") as handle:
        out = csv.writer(handle)
        out.writerow(["study", *(COLUMNS[c] for c in columns)])
        out.writerows([t["study"], *(t[c] for c in columns)] for t in trials)
    return target, content


SPENDING = {"esOF": "obrien-fleming", "esPoc": "pocock"}


@pytest.mark.parametrize(("name", "at"), [("bcg.RR", 0), ("bcg.RR", 1), ("bcg.RR", 4), ("coronary.OR", 1)])
def test_the_numbers_of_the_reference(tmp_path, name, at):
    target, content = written(tmp_path, name)
    entry = content["analyses"][at]
    config, own, measure = entry["config"], entry["own"], content["outcome"]
    theirs = own["convention_ctu"]
    found = numbers(
        target, "--measure", measure, "--effect", config["mc"], "--power", 1 - config["beta"],
        "--alpha", config.get("alpha", 0.05), "--model", "common" if own["model"] == "FE" else "random",
        "--heterogeneity", "none" if own["model"] == "FE" else "D2", "--spending", SPENDING[config["es_alpha"]],
        "--zero-cells", "0.5@only-zero+drop",
    )  # fmt: skip
    assert found["quantities"]["ris"] == own["RIS_used"]
    assert found["quantities"]["ris_fixed"] == own["RIS_fixed"]
    looks, n = found["looks"], len(found["looks"])
    assert [x["fraction"] for x in looks] == pytest.approx(theirs["boundary_info_frac"][:n], rel=1e-9)
    known = [
        (x["boundary"], u) for x, u in zip(looks, theirs["upper"], strict=False) if u < 8
    ]  # the reference loses rarer ones
    assert known
    assert all(ours == pytest.approx(u, abs=1e-8) for ours, u in known)
    assert found["quantities"]["tsa_look"] == theirs["first_crossing_look"]
    assert found["required_reached"] is theirs["reached_RIS"]
    last, adjusted = looks[-1], theirs["adjusted_ci_last"]
    assert (last["adjusted_low"], last["adjusted_high"]) == pytest.approx(
        (adjusted["lower"], adjusted["upper"]), rel=1e-8
    )


def test_means_need_an_effect_and_take_the_sd_of_the_trials(tmp_path):
    target, _ = written(tmp_path, "eds.MD")
    assert "no usual smallest relevant effect" in run(target, "--measure", "MD").stderr
    found = numbers(target, "--measure", "MD", "--effect", -5, "--heterogeneity", "none")
    sd = found["plan"]["sd"]
    z = 1.959963984540054 + 0.8416212335729143
    assert found["plan"]["required"] == math.ceil(4 * z**2 * sd**2 / 25)
    (choice,) = [c for c in found["left_open"] if c["choice"] == "sd"]
    assert choice["taken"]["words"] == f"{sd:.4g} (pooled over all groups)"
    assert len(choice["others"]) == 2
    given = numbers(target, "--measure", "MD", "--effect", -5, "--heterogeneity", "none", "--sd", 30)
    assert given["plan"]["required"] == math.ceil(4 * z**2 * 900 / 25)
    assert not [c for c in given["left_open"] if c["choice"] == "sd"]


def test_trials_come_by_year_and_as_they_stand_where_one_is_missing(table):
    found = numbers(table, "--measure", "RR")
    assert [x["study"] for x in found["looks"]] == ["T1", "T2", "T3", "T4", "T5"]
    assert found["order"] == "year"
    table.write_text(COUNTS.replace("T4,1996", "T4,"), encoding="utf-8")
    found = numbers(table, "--measure", "RR")
    assert [x["study"] for x in found["looks"]] == ["T3", "T1", "T2", "T4", "T5"]
    assert found["order"] == "table"
    assert "in the order of the table (not every trial has a year)" in run(table, "--measure", "RR").stdout


def test_the_answer_in_words(table):
    found = run(table, "--measure", "RR", *STATED, "--heterogeneity", "25%")
    assert found.exit_code == 0, found.stderr
    lines = found.stdout.splitlines()
    assert lines[0] == "Trial sequential analysis of 5 trials in order of year: risk ratio, random-effects model (DL)"
    assert lines[1].startswith("Required information size: 6,399 participants ")
    assert "(RR 0.8, control risk 13 %, alpha 5 % two-sided, power 80 %, heterogeneity D² 25 %)" in lines[1]
    assert sum(line.split()[:1] == [str(i)] for i in range(1, 6) for line in lines) == 5
    assert "crosses the lower boundary" in found.stdout
    assert "by the stage-wise ordering" in found.stdout
    assert "Not stated" not in found.stdout, "everything was"


def test_what_was_not_stated_is_said_with_what_else_is_usual(table):
    found = numbers(table, "--measure", "RR", "--alpha", "0.05")
    names = [c["choice"] for c in found["left_open"]]
    assert names == [
        "effect", "control-risk", "variance", "heterogeneity", "power", "spending", "futility", "convention",
    ]  # fmt: skip
    of = {c["choice"]: c for c in found["left_open"]}
    assert {o["words"] for o in of["effect"]["others"]} == {f"RR {e}" for e in (0.9, 0.85, 0.75, 0.7, 0.6, 0.5)}
    for c in found["left_open"]:
        assert c["taken"]["size"] == found["plan"]["required"]
    # each other value is what comes of stating it
    for words, option in (("RR 0.9", ("--effect", "0.9")), ("RR 0.6", ("--relative-reduction", "40%"))):
        (other,) = [o for o in of["effect"]["others"] if o["words"] == words]
        stated = numbers(table, "--measure", "RR", "--alpha", "0.05", *option)
        assert other["size"] == stated["plan"]["required"]
        assert other["outcome"] == stated["boundary_crossed"]
        assert "effect" not in [c["choice"] for c in stated["left_open"]]
    assert of["effect"]["matters"], "RR 0.9 asks for too many participants to cross"
    assert not of["variance"]["matters"]
    assert "The conclusion hangs on: effect\n" in run(table, "--measure", "RR", "--alpha", "0.05").stdout


def test_an_effect_that_no_risk_leaves_room_for_is_said(table):
    rows = "A,1990,80,100,60,100\nB,1991,8,10,7,10\nC,1992,100,2000,50,2000\n"
    table.write_text(f"{COUNTS.splitlines()[0]}\n{rows}", encoding="utf-8")
    args = (table, "--measure", "RR", "--effect", "2", "--model", "common")
    found = numbers(*args)
    (risk,) = [c for c in found["left_open"] if c["choice"] == "control-risk"]
    assert [o["size"] is None for o in risk["others"]] == [False, True], "twice 60 % is more than everybody"
    assert "not possible" in run(*args).stdout


@pytest.mark.parametrize(
    "options",
    [("--model", m) for m in ("random", "common", "mantel-haenszel")]
    + [("--tau2", t) for t in ("REML", "PM", "SJ")]
    + [("--heterogeneity", h) for h in ("D2", "I2", "none", "0.3", "I2=40%")]
    + [("--spending", s) for s in ("pocock", "hwang-shih-decani(-4)", "rho(3)")]
    + [("--futility", "non-binding", "--beta-spending", s) for s in ("pocock", "rho(2)")]
    + [("--convention", "rtsa"), ("--variance", "unpooled"), ("--zero-cells", "tacc@only-zero"), ("--level", "0.9")],
    ids=" ".join,
)
def test_every_choice_is_computed(table, options):
    found = run(table, "--measure", "RR", *options)
    assert found.exit_code == 0, found.stderr
    assert "nan" not in found.stdout.lower()
    assert numbers(table, "--measure", "RR", *options)["looks"]


def test_peto_and_differences(table):
    assert numbers(table, "--measure", "OR", "--model", "peto")["boundary_crossed"] == "lower"
    found = numbers(table, "--measure", "RD", "--effect", "-3%")
    assert found["plan"]["effect"] == -0.03


def test_a_size_that_is_given(table):
    found = numbers(table, "--measure", "RR", "--required", "2,780")
    assert found["required_reached"]
    assert found["plan"]["required"] == 2780
    assert [c["choice"] for c in found["left_open"]] == ["alpha", "spending", "futility", "convention"]
    text = run(table, "--measure", "RR", "--required", "1300").stdout
    assert "1,300 participants, as given" in text
    assert "After the last look: 2 trials; the required size was reached before" in text


def test_other_measures_with_a_size(tmp_path):
    target = tmp_path / "hr.csv"
    rows = "".join(f"H{i},{1990 + i},0.{6 + i % 3},0.2,{100 + i},100\n" for i in range(5))
    target.write_text(f"study,year,effect,se,n_t,n_c\n{rows}", encoding="utf-8")
    assert "Give the size with --required" in run(target, "--measure", "GEN").stderr
    assert numbers(target, "--measure", "GEN", "--required", 2000)["quantities"]["n"] == 1010


def test_looks_that_rtsa_skips_are_counted(table):
    table.write_text(COUNTS + "T6,2000,1,8,1,8\n", encoding="utf-8")
    text = run(table, "--measure", "RR", "--convention", "rtsa").stdout
    assert "Not looked at: 1 trial that adds less than 1 % of it" in text
    assert "With what the looks cost in power, as RTSA has it: " in text


def test_trials_that_add_next_to_nothing_are_no_looks(table):
    table.write_text(COUNTS + "T6,2000,1,2,1,2\nT7,2001,40,500,60,500\n", encoding="utf-8")
    found = numbers(table, "--measure", "RR", "--required", 100_000_000)
    assert [x["study"] for x in found["looks"]] == ["T1", "T2", "T3", "T4", "T5", "T7"]
    assert found["quantities"]["n"] == 3784, "its participants count"
    text = run(table, "--measure", "RR", "--required", 100_000_000).stdout
    assert "Not looked at: 1 trial that adds less than 1e-07 of it" in text
    few = run(table, "--measure", "RR", "--required", 900_000_000_000)
    assert few.exit_code == 2
    assert "All trials together are less than 1e-07 of the required size, 900,000,000,000" in few.stderr


def test_a_printed_size_and_the_choices_that_give_it(table):
    found = run(table, "--measure", "RR", "--heterogeneity", "none", "--printed", "6,332")
    assert found.exit_code == 0
    assert "The printed size comes of 1 choice of the usual ones:" in found.stdout
    assert "  6,332: RR 0.8, control risk 13.2 %, alpha 5 %, power 90 %, heterogeneity none" in found.stdout
    (match,) = numbers(table, "--measure", "RR", "--heterogeneity", "none", "--printed", "6332")["matches"]
    assert match["power"] == 0.9
    none = run(table, "--measure", "RR", *STATED, "--printed", "123", "--json")
    assert none.exit_code == 1
    assert json.loads(none.stdout)["matches"] == []
    assert "none of the usual choices gives it" in run(table, "--measure", "RR", *STATED, "--printed", "123").stdout


@pytest.mark.parametrize("ending", ["svg", "pdf", "png"])
def test_the_figure(table, tmp_path, ending):
    target = tmp_path / f"f.{ending}"
    found = run(table, "--measure", "RR", "--figure", target, "--title", "Deaths")
    assert found.exit_code == 0, found.stderr
    assert target.stat().st_size > 3000
    assert "Trial sequential analysis of Deaths: cumulative z" in found.stdout
    assert numbers(table, "--measure", "RR", "--figure", target)["figure"]["file"] == str(target)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--effect", "0.8", "--relative-reduction", "20%"), "say the same"),
        (("--effect", "0,8"), "--effect 0,8: not a number"),
        (("--effect", "1"), "no effect to look for"),
        (("--effect", "-1"), "not above 0"),
        (("--power", "80"), "Write 80% if percent are meant"),
        (("--power", "high"), "--power high: not a share"),
        (("--control-risk", "150%"), "not between 0 and 1"),
        (("--heterogeneity", "tau2"), "Write D2, I2, none"),
        (("--heterogeneity", "100%"), "below 100%"),
        (("--spending", "obrien"), "--spending obrien: not known"),
        (("--spending", "rho"), "needs a parameter"),
        (("--spending", "pocock(2)"), "has no parameter"),
        (("--beta-spending", "pocock"), "Add --futility"),
        (("--futility", "binding"), "non-binding"),
        (("--futility", "yes"), "--futility yes: not known. Known: none, non-binding."),
        (("--convention", "copenhagen"), "--convention copenhagen: not known. Known: tsa, rtsa"),
        (("--variance", "other"), "--variance other: not known. Known: pooled, unpooled"),
        (("--alpha", "0"), "--alpha 0: not between 0 and 1. Write a share such as 5% or 0.05."),
        (("--alpha", "0.95"), "--alpha 0.95: 0.95 is the level of an interval, not an error. Write 0.05"),
        (("--power", "100%"), "--power 100%: not between 0 and 1"),
        (("--power", "20%"), "--power 20%: a power of 0.2 is less than that of a coin. Write 0.8, if 0.2 is beta."),
        (("--control-risk", "0"), "--control-risk 0: not between 0 and 1"),
        (("--effect", "1"), "--effect 1: a smallest relevant RR of 1 is no effect to look for. Write the effect"),
        (("--effect", "-0.2"), "--effect -0.2: a RR of -0.2 is not above 0. Write the ratio"),
        (("--effect", "20%"), "or --relative-reduction 20%"),
        (("--relative-reduction", "100%"), "is no reduction to look for"),
        (("--sd", "2"), "--sd 2: RR is about risks. Write --control-risk"),
        (("--spending", "foo"), "--spending foo: not known. Known: obrien-fleming, pocock, hwang-shih-decani, rho.\n"),
        (("--model", "glmm"), "pools by one of"),
        (("--model", "randm"), "--model randm: not known"),
        (("--model", "peto"), "Peto's method pools odds ratios, not RR. Write --measure OR."),
        (("--effect", "9"), "This control risk is that of all trials together: give one with --control-risk."),
        (("--effect", "9", "--control-risk", "20%"), "make a risk of 1.8"),
        (("--tau2", "XX"), "--tau2 XX: not known"),
        (("--tau2", "GENQ"), "--weights"),
        (("--required", "0"), "not a number of participants"),
        (("--required", "4000", "--heterogeneity", "D2"), "--heterogeneity: goes into a size"),
        (("--required", "4000", "--printed", "4000"), "Give one of them"),
        (("--printed", "many"), "--printed many"),
        (("--level", "95"), "not between 0 and 1"),
        (("--figure", "f.gif"), "ends in none of .svg"),
        (("--select", "outcome"), "no column=value"),
    ],
    ids=lambda x: " ".join(x) if isinstance(x, tuple) else "",
)
def test_refusals_are_one_line(table, options, said):
    found = run(table, "--measure", "RR", *options)
    assert found.exit_code == 2
    assert said in found.stderr
    assert len(found.stderr.splitlines()) == 1
    assert not found.stdout


def test_refusals_about_measures_and_files(table, tmp_path):
    assert "--measure OR --model peto" in run(table, "--measure", "PETO").stderr
    assert "no value of no effect" in run(table, "--measure", "PR", "--required", "900").stderr
    assert "relative reduction is of a risk" in run(table, "--measure", "RD", "--relative-reduction", "20%").stderr
    assert "there is no such file" in run(tmp_path / "no.csv", "--measure", "RR").stderr


def test_what_is_wrong_with_the_effect_is_not_laid_on_the_control_risk(table):
    """The hint at the risk of all trials is for sizes that fail by it alone."""
    assert "control risk" not in run(table, "--measure", "RR", "--relative-reduction", "0").stderr


def test_words_are_read_in_any_capitals(table):
    small = numbers(table, "--measure", "RR", "--convention", "tsa", "--spending", "pocock")
    assert numbers(table, "--measure", "RR", "--convention", "TSA", "--spending", "Pocock") == small


def test_no_trial_at_all(table):
    table.write_text(f"{COUNTS.splitlines()[0]}\nA,1990,0,10,0,10\n", encoding="utf-8")
    found = run(table, "--measure", "OR", "--zero-cells", "none")
    assert found.exit_code == 2
    assert "no trial can be used. A (row 2): " in found.stderr


def test_a_trial_without_participants_is_named(tmp_path):
    target = tmp_path / "g.csv"
    target.write_text("study,effect,se,n_t,n_c\nA,0.2,0.1,50,50\nB,0.3,0.1,50,\n", encoding="utf-8")
    found = run(target, "--measure", "GEN", "--required", "900", "--json")
    assert found.exit_code == 2
    (problem,) = json.loads(found.stdout)
    assert (problem["row"], problem["rule"]) == (3, "participants")


@pytest.mark.parametrize("model", ["peto", "mantel-haenszel"])
def test_first_trials_that_cannot_be_pooled_are_named(table, model):
    table.write_text(COUNTS.replace("12,100,25,100", "0,100,0,100"), encoding="utf-8")
    args = (table, "--measure", "OR", "--model", model)
    found = run(*args)
    assert found.exit_code == 2
    assert "T1 alone cannot be pooled: " in found.stderr
    assert "--zero-cells none+drop" in found.stderr
    without = run(*args, "--zero-cells", "none+drop")
    assert without.exit_code == 0, without.stderr
    assert "Not used: T1 (row 3)" in without.stdout
    assert "of 4 trials" in without.stdout


@pytest.mark.parametrize(
    ("text", "value"), [("20%", 0.2), ("20 %", 0.2), ("0.2", 0.2), (".2", 0.2), ("-5%", -0.05), ("\u22120.05", -0.05)]
)
def test_shares(text, value):
    assert share(text, "--x") == pytest.approx(value)


def test_texts_as_values():
    assert people("13,201", "--x") == people("13 201", "--x") == 13201
    assert plain("-3.5", "--x") == -3.5
    assert spending("hwang-shih-decani(-4)", "--x") == {"hwang-shih-decani": -4.0}
    assert stated_of({"heterogeneity": "i2 = 40%"}, "RR") == {"heterogeneity": {"I2": 0.4}}
    assert stated_of({"heterogeneity": "D²"}, "RR") == {"heterogeneity": "D2"}
    for text in ("1,32", "12,34,567", "1.5", ""):
        with pytest.raises(DataError):
            people(text, "--x")
