"""``metaudit pool`` offers every choice, says what was done with its references, and refuses in one line."""

import json

import pytest
from typer.testing import CliRunner

from metaudit.catalogue import entries
from metaudit.cli import app
from metaudit.diagnostics.small_study.by_code import CODES as TESTS
from metaudit.pool_options import DIAGNOSTICS

COUNTS = """study,year,events_t,n_t,events_c,n_c,x_dose,x_lab,x_kind,arm,printed_weight
A,1990,10,50,20,50,1,one,oral,,10
B,1991,6,60,5,60,2,one,oral,,12
C,1994,4,40,9,42,4,two,iv,,8
D,1992,12,80,20,82,3,two,iv,,20
E,1999,0,30,3,31,5,three,iv,,4
F,1996,7,70,16,75,2,three,oral,,18
"""
GROUPED = "study,n_t,mean_t,sd_t,n_c,mean_c,sd_c\n" + "".join(
    f"S{i},{20 + 3 * i},{4 + (i % 3) / 2},1.2,{22 + i},5,1.3\n" for i in range(8)
)


def run(*args):
    return CliRunner().invoke(app, [str(a) for a in args], env={"COLUMNS": "250", "TERM": "dumb"})


@pytest.fixture
def counts(tmp_path):
    (tmp_path / "counts.csv").write_text(COUNTS, encoding="utf-8")
    return tmp_path / "counts.csv"


@pytest.fixture
def means(tmp_path):
    (tmp_path / "means.csv").write_text(GROUPED, encoding="utf-8")
    return tmp_path / "means.csv"


def codes(dimension):
    return [e.code for e in entries(dimension)]


MODELS = [
    ("--model", "random"), ("--model", "common"), ("--model", "mantel-haenszel"), ("--model", "peto"),
    *(("--model", "glmm", "--glmm", g) for g in codes("model") if "condition" in g),
    ("--model", "user-weights", "--weights", "printed_weight"),
    ("--tau2", "GENQ", "--weights", "printed_weight"),
    *(("--tau2", t) for t in codes("tau2") if t != "GENQ"),
    *(("--tau2", t, "--stopping", "metafor") for t in ("ML", "REML", "PM", "EB")),
    *(("--tau2", "DL", "--q", q) for q in codes("q")),
]  # fmt: skip
LIMITS = [
    *(("--ci", c, *(("--tau2", "ML") if c == "profile" else ())) for c in codes("ci")),
    *(("--tau2-ci", c) for c in codes("tau2_ci")),
    *(("--i2-ci", c) for c in codes("i2_ci")),
    *(
        ("--pi", c, *(("--ci", "hksj") if c == "hksj" else ()), *(("--tau2", "DL") if c == "bootstrap" else ()))
        for c in codes("pi")
    ),
]


@pytest.mark.parametrize("options", [*MODELS, *LIMITS], ids=" ".join)
def test_every_choice_is_computed_and_described_with_its_source(counts, options):
    found = run("pool", counts, "--measure", "OR", *options)
    assert found.exit_code == 0, found.stderr
    assert "Odds ratio: 0." in found.stdout
    assert "nan" not in found.stdout.lower()
    assert "Methods. " in found.stdout
    assert "\nReferences\n- " in found.stdout


@pytest.mark.parametrize("option", ["--tau2", "--ci", "--pi", "--tau2-ci", "--i2-ci", "--model", "--q"])
def test_the_help_names_every_value(option):
    text = " ".join(run("pool", "--help").stdout.replace("│", " ").split())
    for code in codes(option.strip("-").replace("-", "_")):
        assert code in text, f"{option} {code} is not in the help"


def test_the_methods_paragraph_cites_what_was_chosen(counts):
    found = run(
        "pool",
        counts,
        "--measure",
        "RR",
        "--tau2",
        "PM",
        "--ci",
        "hksj",
        "--pi",
        "hksj",
        "--small-study",
        "egger,trim-fill-L0",
    ).stdout
    for words in ("Paule", "Hartung", "Egger", "Duval", "0.5 was added to each cell of E"):
        assert words in found


def test_everything_that_surrounds_the_result(counts):
    found = json.loads(
        run("pool", counts, "--measure", "RR", "--diagnostics", "all", "--small-study", "all", "--json").stdout
    )
    assert set(DIAGNOSTICS) <= set(found)
    assert {"egger", "begg", "peters", "harbord", "trim-fill-L0", "selection-3psm", "copas", "limit"} <= {
        r["test"] for r in found["small-study"]["rows"]
    }
    assert len(found["influence"]["rows"]) == 6
    assert [r["study"] for r in found["cumulative"]["rows"]] == ["A", "B", "D", "C", "F", "E"]


@pytest.mark.parametrize("test", TESTS)
def test_every_small_study_test_by_name(counts, means, test):
    means_only = test == "pustejovsky-rodgers"
    found = run(
        "pool", means if means_only else counts, "--measure", "SMD" if means_only else "OR", "--small-study", test
    )
    assert found.exit_code == 0, found.stderr
    assert test in found.stdout


def test_dependent_effects(counts):
    for kind in ("CR0", "CR1", "CR2"):
        found = json.loads(
            run("pool", counts, "--measure", "OR", "--cluster", "lab", "--robust", kind, "--json").stdout
        )
        assert found["robust"]["rows"][0]["se"] > 0
    found = json.loads(
        run(
            "pool", counts, "--measure", "OR", "--cluster", "lab", "--three-level", "--permutation-test", "--json"
        ).stdout
    )
    assert found["three-level"]["notes"]
    assert 0 < found["permutation-test"]["rows"][0]["p"] <= 1


def test_subgroups_with_their_own_or_one_tau2(counts):
    apart = json.loads(run("pool", counts, "--measure", "OR", "--subgroups", "kind", "--json").stdout)
    assert set(apart["subgroups"]) == {"iv", "oral"}
    common = json.loads(
        run("pool", counts, "--measure", "OR", "--subgroups", "kind", "--subgroup-tau2", "common", "--json").stdout
    )
    assert [r["subgroup"] for r in common["subgroups-common-tau2"]["rows"]] == ["iv", "oral"]
    assert len({r["tau2"] for r in common["subgroups-common-tau2"]["rows"]}) == 1


def test_a_moderator_in_words_becomes_a_factor(counts):
    found = json.loads(run("pool", counts, "--measure", "OR", "--mods", "kind,dose", "--json").stdout)
    assert len(found["coefficients"]) == 3
    assert found["coefficients"][1]["term"] == "kind=oral"


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--tau2-ci", "wald"), "--tau2-ci wald: not known."),
        (("--small-study", "eggers"), "Did you mean 'egger'"),
        (("--diagnostics", "influense"), "Did you mean 'influence'"),
        (("--weights", "printed_weight"), "goes with --model user-weights"),
        (("--model", "user-weights"), "goes with --model user-weights"),
        (("--robust", "CR2"), "name the column with --cluster"),
        (("--cluster", "lab"), "add --robust CR2 or --three-level"),
        (("--q", "mantel-haenszel", "--tau2", "REML"), "only the DL estimator is a function of Q"),
        (("--model", "mantel-haenszel", "--diagnostics", "influence"), "choose --model random or common"),
        (("--small-study", "pustejovsky-rodgers"), "standardised mean differences, not of OR"),
        (("--cluster", "laboratory", "--robust", "CR2"), "'laboratory' is no column of the table"),
    ],
)
def test_choices_that_do_not_go_together_are_refused_in_one_line(counts, options, words):
    found = run("pool", counts, "--measure", "OR", *options)
    assert (found.exit_code, found.stdout) == (2, "")
    assert words in found.stderr
    assert len(found.stderr.strip().splitlines()) == 1


def test_the_choices_are_explained():
    assert "Paule" in run("methods", "tau2").stdout
    one = run("methods", "tau2", "DL2").stdout
    assert "formula: " in one
    assert "source: " in one
    assert "tau2" in run("methods").stdout
    assert len(json.loads(run("methods", "ci", "--json").stdout)) == len(codes("ci"))
    refused = run("methods", "tau")
    assert (refused.exit_code, refused.stdout) == (2, "")
    assert "tau2" in refused.stderr


def test_mantel_haenszel_with_and_without_correction_and_its_tests(counts):
    def pooled(*options):
        return json.loads(run("pool", counts, "--model", "mantel-haenszel", *options, "--json").stdout)

    raw, corrected = pooled("--measure", "OR"), pooled("--measure", "OR", "--corrected-counts")
    assert raw["estimate"] != corrected["estimate"]
    assert [r["test"] for r in raw["stratified-tests"]["rows"]][-1] == "Tarone"
    sato, robins = pooled("--measure", "RD"), pooled("--measure", "RD", "--rd-variance", "greenland-robins")
    assert sato["estimate"] == robins["estimate"]
    assert sato["se"] != robins["se"]


def test_metafors_number_of_nodes(counts):
    def pooled(*options):
        glmm = ("--model", "glmm", "--glmm", "unconditional-fixed")
        return json.loads(run("pool", counts, "--measure", "OR", *glmm, *options, "--json").stdout)

    assert pooled("--quadrature", "7")["estimate"] == pytest.approx(pooled()["estimate"], abs=1e-3)


def test_a_cluster_trial_is_adjusted_unless_it_is_not_to_be(tmp_path):
    path = tmp_path / "clusters.csv"
    path.write_text(
        "study,events_t,n_t,events_c,n_c,icc,cluster_size\nA,10,50,20,50,.05,21\nB,6,60,15,60,,\n", encoding="utf-8"
    )
    adjusted, plain = (
        json.loads(run("pool", path, "--measure", "RR", "--design", d, "--json").stdout)["studies"]
        for d in ("adjust", "ignore")
    )
    assert adjusted[0]["vi"] == pytest.approx(2 * plain[0]["vi"])  # design effect 1 + 20 × 0.05
    assert adjusted[1]["vi"] == plain[1]["vi"]


@pytest.mark.parametrize("pi", [e.code for e in entries("pi") if e.code != "bootstrap"])
@pytest.mark.parametrize("ci", ["wald", "t", "hksj", "hksj-adhoc-se", "hksj-adhoc-ci", "kenward-roger"])
def test_every_prediction_interval_goes_with_every_interval(counts, pi, ci):
    found = run("pool", counts, "--measure", "RR", "--pi", pi, "--ci", ci)
    assert found.exit_code == 0, found.stderr


def test_rows_are_held_to_the_rules_of_check(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("study,events_t,n_t,events_c,n_c\nA,140,100,20,50\nB,6,60,5,60\n", encoding="utf-8")
    found = run("pool", path, "--measure", "RR")
    assert (found.exit_code, found.stdout) == (2, "")
    assert "row 2, column events_t: 140 events among 100 people" in found.stderr
    path.write_text("study,events_t,n_t,events_c,n_c\n", encoding="utf-8")
    assert "a header and no study" in run("pool", path, "--measure", "RR").stderr


def test_the_methods_paragraph_says_how_numbers_came_by(tmp_path):
    path = tmp_path / "medians.csv"
    path.write_text(
        "study,median_t,q1_t,q3_t,n_t,mean_c,sd_c,n_c\nA,5,3,8,20,6,2,22\nB,6,4,8,30,7,2,29\n", encoding="utf-8"
    )
    text = run("pool", path, "--measure", "MD").stdout
    for words in ("For A and B: mean from the median", "Luo", "Wan", "Cochran's Q"):
        assert words in text


def test_the_methods_paragraph_names_moderators_and_subgroups(counts):
    assert "regressed on dose" in run("pool", counts, "--measure", "OR", "--mods", "dose").stdout
    assert "Subgroups (iv and oral)" in run("pool", counts, "--measure", "OR", "--subgroups", "kind").stdout


SEVERAL = """study,outcome,timepoint,events_t,n_t,events_c,n_c
A,a,1,10,50,20,50
B,a,1,6,60,5,60
A,b,1,12,50,25,50
B,b,1,9,60,8,60
C,b,1,7,40,9,40
"""


@pytest.fixture
def several(tmp_path):
    (tmp_path / "several.csv").write_text(SEVERAL, encoding="utf-8")
    return tmp_path / "several.csv"


def test_several_outcomes_are_not_pooled_until_one_is_chosen(several):
    refused = run("pool", several, "--measure", "OR")
    assert refused.exit_code == 2
    assert "several.csv" in refused.stderr
    assert "outcome" in refused.stderr
    assert "'a', 'b'" in refused.stderr
    assert "--select 'outcome=b'" in refused.stderr
    assert "timepoint" not in refused.stderr  # all rows are of one
    for value, k in (("a", 2), ("b", 3)):
        found = run("pool", several, "--measure", "OR", "--select", f"outcome={value}", "--json")
        assert json.loads(found.stdout)["k"] == k
        assert "several of the" not in found.stderr


def test_a_study_in_several_rows_is_named_and_not_refused(several):
    found = run("pool", several, "--measure", "OR", "--select", "outcome=*")
    assert found.exit_code == 0
    assert "A (rows 2, 4); B (rows 3, 5)" in found.stderr
    nested = run("pool", several, "--measure", "OR", "--cluster", "study", "--three-level")
    assert nested.exit_code == 0
    assert "rows 2, 4" not in nested.stderr


def test_several_time_points_are_refused_and_subgroups_are_a_choice(several):
    several.write_text(SEVERAL.replace("b,1", "a,2"), encoding="utf-8")
    refused = run("pool", several, "--measure", "OR")
    assert refused.exit_code == 2
    assert "2 time points: '1', '2'" in refused.stderr
    assert run("pool", several, "--measure", "OR", "--subgroups", "timepoint").exit_code == 0


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("outcome=c", "'a', 'b'"),
        ("outcom=b", "outcome"),
        ("outcome", "no column=value"),
        ("study=C,outcome=a", "no row"),
    ],
)
def test_a_selection_that_cannot_be_is_refused(several, text, words):
    refused = run("pool", several, "--measure", "OR", "--select", text)
    assert refused.exit_code == 2
    assert words in refused.stderr


def test_a_study_without_a_value_of_the_moderator_is_left_out_and_said_so(tmp_path):
    table = tmp_path / "t.csv"
    lines = [f"S{i},{0.1 * i * i:.2f},0.{i}1,{'' if i == 3 else i}" for i in range(1, 7)]
    table.write_text("\n".join(["study,effect,variance,x_dose", *lines]) + "\n", encoding="utf-8")
    found = run("pool", table, "--measure", "GEN", "--mods", "dose")
    assert found.exit_code == 0, found.output
    assert "Not used: S3 (row 4): no value of the moderator dose" in found.output
