"""``metaudit pool --bayes``: posteriors beside the pooled result, against printed and closed-form numbers."""

import json
import math

import pytest
from typer.testing import CliRunner

from metaudit.cli import app

# Rubin 1981, table 1: coaching effects of eight schools.
SCHOOLS = """study,effect,se
S1,28.39,14.9
S2,7.94,10.2
S3,-2.75,16.3
S4,6.82,11.0
S5,-0.64,9.4
S6,0.63,11.4
S7,18.01,10.4
S8,12.16,17.6
"""
COUNTS = """study,year,events_t,n_t,events_c,n_c,x_dose,x_kind
A,1990,10,50,20,50,1,oral
B,1991,6,60,5,60,2,oral
C,1994,4,40,9,42,4,iv
D,1992,12,80,20,82,3,iv
E,1999,3,30,6,31,5,iv
F,1996,7,70,16,75,2,oral
"""


def run(*args):
    return CliRunner().invoke(app, ["pool", *map(str, args)], env={"COLUMNS": "250", "TERM": "dumb"})


@pytest.fixture
def schools(tmp_path):
    (tmp_path / "schools.csv").write_text(SCHOOLS, encoding="utf-8")
    return tmp_path / "schools.csv"


@pytest.fixture
def counts(tmp_path):
    (tmp_path / "counts.csv").write_text(COUNTS, encoding="utf-8")
    return tmp_path / "counts.csv"


def rows(found, code="bayes"):
    assert found.exit_code == 0, found.stderr
    return json.loads(found.stdout)[code]["rows"]


def test_eight_schools_as_bayesmeta_prints_them(schools):
    """Vignette of bayesmeta 2.3: tau has six decimals, mu is good to a thousandth of its SD (see tests/unit/bayes)."""
    prior = ("--bayes", "half-Cauchy(25)", "--mu", "normal(0, 50)")
    mu, tau, new = rows(run(schools, "--measure", "GEN", *prior, "--json"))
    assert (mu["of"], tau["of"], new["of"]) == ("mean effect", "tau", "new study")
    got = [tau[n] for n in ("mode", "median", "mean", "sd", "shortest_low", "shortest_high")]
    assert got == pytest.approx([0.0, 4.758539, 5.884511, 4.869904, 0.0, 15.165894], abs=1e-6)
    got = [mu[n] for n in ("mode", "median", "mean", "sd", "shortest_low", "shortest_high")]
    assert got == pytest.approx([7.929503, 7.962961, 7.985729, 4.995762, -1.823353, 17.824562], abs=0.005)
    assert new["sd"] == pytest.approx(math.sqrt(mu["sd"] ** 2 + tau["mean"] ** 2 + tau["sd"] ** 2), rel=1e-9)
    assert new["mean"] == pytest.approx(mu["mean"], rel=1e-9)


def test_a_prior_that_knows_tau_gives_the_common_effect(counts):
    """tau within 1e-9 of 0 and a flat mean: posterior and common-effect result are one normal distribution."""
    mu = rows(run(counts, "--measure", "OR", "--bayes", "uniform(1e-9)", "--json"))[0]
    common = json.loads(run(counts, "--measure", "OR", "--model", "common", "--json").stdout)
    assert mu["median"] == pytest.approx(common["natural"]["estimate"], rel=1e-7)
    assert (mu["low"], mu["high"]) == pytest.approx(
        (common["natural"]["ci_low"], common["natural"]["ci_high"]), rel=1e-7
    )
    assert (mu["mean"], mu["sd"]) == pytest.approx((common["estimate"], common["se"]), rel=1e-7)
    below = 0.5 * math.erfc(common["estimate"] / common["se"] / math.sqrt(2))  # mass below a ratio of 1
    assert mu["p_below"] == pytest.approx(below, abs=1e-9)


def test_the_level_and_several_priors(counts):
    prior = ("--bayes", "half-normal(0.5)", "--bayes", "half-normal(1)")
    wide, narrow = (
        rows(run(counts, "--measure", "OR", *prior, "--level", level, "--json")) for level in ("0.95", "0.8")
    )
    assert [r["prior"] for r in wide] == ["half-normal(0.5)"] * 3 + ["half-normal(1)"] * 3
    for w, n in zip(wide, narrow, strict=True):
        assert w["low"] < n["low"] < n["median"] < n["high"] < w["high"]
        assert w["median"] == pytest.approx(n["median"], rel=1e-9)
    assert wide[3]["high"] > wide[0]["high"]  # more heterogeneity is possible
    evidence = rows(run(counts, "--measure", "OR", *prior, "--json"), "bayes-evidence")
    assert all(r["bayes_factor_no_effect"] is None for r in evidence)  # flat mean


def test_subgroups_are_the_analyses_of_their_studies(counts, tmp_path):
    every = rows(run(counts, "--measure", "RR", "--bayes", "half-normal(0.5)", "--subgroups", "kind", "--json"))
    assert [r["subgroup"] for r in every] == ["all"] * 3 + ["iv"] * 3 + ["oral"] * 3
    for kind in ("iv", "oral"):
        alone = rows(
            run(counts, "--measure", "RR", "--bayes", "half-normal(0.5)", "--select", f"x_kind={kind}", "--json")
        )
        assert [{**r, "subgroup": None} for r in every if r["subgroup"] == kind] == [
            {**r, "subgroup": None} for r in alone
        ]


def test_a_subgroup_without_a_posterior_is_named(counts):
    text = COUNTS.replace("F,1996,7,70,16,75,2,oral", "F,1996,7,70,16,75,2,nasal")
    counts.write_text(text, encoding="utf-8")
    found = run(counts, "--measure", "RR", "--bayes", "half-normal(0.5)", "--subgroups", "kind")
    assert found.exit_code == 0, found.stderr
    assert "Subgroup nasal, half-normal(0.5): one study with a flat prior of mu" in found.stdout


def test_the_text_and_the_methods(counts):
    found = run(counts, "--measure", "OR", "--bayes", "half-Cauchy(0.5)", "--mu", "normal(0, 4)").stdout
    for words in (
        "Odds ratio: 0.", "Bayesian random effects, 95 % credible intervals", "Prior of the mean: normal(0, 4), on the log scale",
        "half-Cauchy with scale 0.5", "probability of an effect below 1", "Evidence for the priors", "half-Cauchy prior of tau (Gelman 2006)",
        "- Gelman A. Prior distributions", "- Röver C.",
    ):  # fmt: skip
        assert words in found
    assert "nan" not in found.lower()


def test_a_proportion_has_no_null(tmp_path):
    (tmp_path / "p.csv").write_text("study,events,n\nA,10,50\nB,6,60\nC,14,40\n", encoding="utf-8")
    found = rows(
        run(tmp_path / "p.csv", "--measure", "PLO", "--bayes", "half-normal(1)", "--mu", "normal(0,2)", "--json")
    )
    assert 0 < found[0]["low"] < found[0]["median"] < found[0]["high"] < 1
    assert [r["p_below"] for r in found] == [None] * 3


def test_priors_from_cochrane_reviews(counts):
    """Turner et al. 2015, table IV: pain, pharmacological against placebo: log(tau²) has mean -1.83 and SD 1.52."""
    cell = "turner-2015; pain; pharmacological vs placebo or control"
    named = run(counts, "--measure", "OR", "--bayes", cell, "--json")
    assert rows(named) == rows(run(counts, "--measure", "OR", "--bayes", "log-normal(-1.83, 1.52)", "--json"))
    text = run(counts, "--measure", "OR", "--bayes", cell).stdout
    assert "the distribution for pain, pharmacological vs placebo or control in Turner" in text
    assert "another scale" not in text
    other = run(counts, "--measure", "RR", "--bayes", cell, "--bayes", "turner-2015").stdout
    assert other.count("This analysis is of RR, on another scale than that of turner-2015.") == 1
    assert "for all reviews in Turner" in other


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--mu", "normal(0, 4)"), "Give a prior of tau with it"),
        (("--bayes", "half-normal"), "a half-normal prior has scale"),
        (("--bayes", "half-normal(-1)"), "--bayes half-normal(-1): scale of a half-normal prior is -1"),
        (("--bayes", "gaussian(1)"), "prior 'gaussian(1)' of tau is not known"),
        (("--bayes", "half-normal(1)", "--mu", "normal(1)"), "--mu normal(1): "),
        (("--bayes", "half-normal(1)", "--model", "common"), "Choose --model random"),
        (("--bayes", "half-normal(1)", "--mods", "dose"), "--bayes has no moderators"),
        (("--bayes", "half-normal(1)", "--cluster", "kind", "--robust", "CR2"), "every effect as a study of its own"),
        (("--bayes", "turner-2015; pains"), "turner-2015 has no outcome 'pains'"),
        (("--bayes", "turner-2015; pain; none; a; b"), "at most an outcome, a comparison and an area"),
        (("--bayes", "flat", "--select", "study=A"), "flat prior"),
    ],
)
def test_what_has_no_answer_is_refused_in_one_line(counts, options, words):
    found = run(counts, "--measure", "OR", *options)
    assert (found.exit_code, found.stdout) == (2, "")
    assert words in found.stderr
    assert len(found.stderr.strip().splitlines()) == 1
