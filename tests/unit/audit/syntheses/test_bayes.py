"""Claims of Bayesian analyses: what the stated prior gives, what priors left open give, and what no prior gives.

Expected numbers are those of docs/bayes.md, which the tests of the ``bayes`` room hold to bayesmeta and to quadrature.
"""

import math

import pytest

from making import audited, claim
from metaudit.audit.syntheses.bayes_ways import stated_mus, stated_priors, units
from metaudit.audit.syntheses.study_effects import stated_effects
from metaudit.effects.convert import convert
from metaudit.errors import DataError
from metaudit.formats.review import Analysis
from metaudit.formats.tables import Row
from metaudit.printed import parse_printed

# Rubin 1981, table 1: effects and standard errors of eight schools, as docs/bayes.md has them.
Y = (28.39, 7.94, -2.75, 6.82, -0.64, 0.63, 18.01, 12.16)
SE = (14.9, 10.2, 16.3, 11.0, 9.4, 11.4, 10.4, 17.6)
SCHOOLS = [{"study": n, "effect": str(y), "se": str(s)} for n, y, s in zip("ABCDEFGH", Y, SE, strict=True)]
STATED = {"tau": "half-Cauchy(25)", "mu": "normal(0, 50)", "centre": "median", "interval": "central"}
PRINTED = {
    "estimate": "7.963", "ci_low": "-1.764", "ci_high": "17.88", "tau": "4.759", "tau_low": "0.22", "tau_high": "18.05",
    "pi_low": "-10.53", "pi_high": "26.88", "p_below": ".0512", "p_above": "0.949", "se": "4.996", "k": "8",
}  # fmt: skip
COUNTS = [
    {"study": s, "events_t": a, "n_t": n, "events_c": c, "n_c": m}
    for s, a, n, c, m in (
        ("Adams 2001", 4, 40, 9, 41), ("Brown 2004", 12, 120, 25, 118), ("Clark 2009", 3, 35, 6, 36), ("Davis 2012", 20, 210, 33, 205),
        ("Evans 2018", 7, 90, 12, 88),
    )
]  # fmt: skip


def claims(numbers=None, **cells):
    return [claim(q, q, n, **cells) for q, n in (numbers or PRINTED).items()]


def schools(folder, **content):
    return audited(folder / "r", rows=SCHOOLS, measure="GEN", **content)


def verdicts(found):
    return {c: r.verdict for c, r in found.items()}


def test_every_number_of_a_fully_stated_analysis(tmp_path):
    found = schools(tmp_path, claims=claims(), bayes=STATED)
    assert set(verdicts(found).values()) == {"EXACT"}
    assert "half-Cauchy(25)" in found["tau"].formula
    assert "normal(0, 50)" in found["tau"].spec


def test_a_wrong_number_is_seen_beside_right_ones(tmp_path):
    found = schools(tmp_path, claims=claims({**PRINTED, "tau": "6.9", "ci_high": "16.9"}), bayes=STATED)
    wrong = verdicts(found)
    assert wrong.pop("tau") in ("DIFFERENT", "OUT_OF_ENVELOPE")
    assert wrong.pop("ci_high") in ("NEAR", "DIFFERENT")
    assert set(wrong.values()) == {"EXACT"}
    assert found["tau"].value == pytest.approx(4.759, abs=5e-4)


def test_a_prior_left_open_is_found_and_named(tmp_path):
    found = schools(tmp_path, claims=claims(), bayes={"mu": "normal(0, 50)"})
    assert verdicts(found)["tau_high"] == "UNDERSPECIFIED"
    assert any("half-Cauchy(25)" in c for c in found["tau_high"].causes)
    assert verdicts(found)["k"] == "EXACT"  # no prior has a part in it


def test_a_family_without_its_scale(tmp_path):
    found = schools(tmp_path, claims=claims(), bayes={**STATED, "tau": "half-cauchy"})
    assert found["tau"].verdict == "UNDERSPECIFIED"
    assert "prior of tau half-Cauchy(25)" in found["tau"].causes


def test_another_prior_than_the_stated_one(tmp_path):
    found = schools(tmp_path, claims=claims(), bayes={**STATED, "tau": "half-normal(5)"})
    assert found["tau"].verdict == "OTHER_SPEC"
    assert found["tau"].causes == ("prior of tau half-Cauchy(25)",)


def test_a_frequentist_result_called_credible(tmp_path):
    # 7.871 (-0.294 to 16.03): DerSimonian-Laird, as docs/bayes.md prints it
    numbers = {"estimate": "7.871", "ci_low": "-0.294", "ci_high": "16.03"}
    found = schools(tmp_path, claims=claims(numbers), bayes=STATED)
    assert {r.verdict for r in found.values()} <= {"OTHER_SPEC", "INCONSISTENT"}
    assert found["ci_low"].verdict == "OTHER_SPEC"
    assert "not Bayesian" in found["ci_low"].causes[0]


def test_ratios_are_medians_on_the_natural_scale(tmp_path):
    # docs/bayes.md: half-normal(0.5), flat: median 0.4827 (0.2981 to 0.7729), shortest to 0.7755; P(OR < 1) 0.9971
    numbers = {"estimate": "0.483", "ci_low": "0.298", "ci_high": "0.773", "p_below": "0.997"}
    stated = {"tau": "half-normal(0.5)", "mu": "flat", "centre": "median"}
    found = audited(tmp_path / "r", rows=COUNTS, measure="OR", claims=claims(numbers), bayes=stated)
    assert verdicts(found) == {
        "estimate": "EXACT",
        "ci_low": "UNDERSPECIFIED",
        "ci_high": "UNDERSPECIFIED",
        "p_below": "EXACT",
    }
    assert found["ci_high"].causes == ("credible interval central",)
    shortest = {"ci_low": "0.2992", "ci_high": "0.7755"}
    found = audited(
        tmp_path / "s", rows=COUNTS, measure="OR", claims=claims(shortest), bayes={**stated, "interval": "shortest"}
    )
    assert set(verdicts(found).values()) == {"EXACT"}
    found = audited(
        tmp_path / "t", rows=COUNTS, measure="OR", claims=claims(shortest), bayes={**stated, "interval": "central"}
    )
    assert set(verdicts(found).values()) == {"OTHER_SPEC"}


def test_bayes_factors_and_shrunken_studies(tmp_path):
    # docs/bayes.md: Bayes factor of no heterogeneity 1.952 under half-normal(0.5)
    rows = [
        claim("het", "bayes_factor", "0.512", subject="heterogeneity"),
        claim("hom", "bayes_factor", "1.952", subject="no heterogeneity"),
        claim("eff", "bayes_factor", "3.0"),
        claim("raw", "study_estimate", "0.395", subject="Adams 2001"),
        claim("sub", "estimate", "0.4", subject="women"),
    ]
    stated = {"tau": "half-normal(0.5)", "mu": "flat", "centre": "median", "interval": "central"}
    found = audited(tmp_path / "r", rows=COUNTS, measure="OR", claims=rows, bayes=stated)
    assert (found["het"].verdict, found["hom"].verdict) == ("EXACT", "EXACT")
    assert found["eff"].verdict == "NOT_CHECKABLE"
    assert "proper prior" in found["eff"].message
    assert found["raw"].verdict == "UNDERSPECIFIED"
    assert found["raw"].causes == ("effects of studies observed",)
    assert found["sub"].verdict == "NOT_CHECKABLE"
    assert "'women'" in found["sub"].message


def test_a_posterior_need_not_be_symmetric(tmp_path):
    found = schools(
        tmp_path, claims=claims({"estimate": "7.963", "ci_low": "-1.764", "ci_high": "17.88"}), bayes=STATED
    )
    assert not any("symmetric" in r.message for r in found.values())


def test_rounded_inputs_excuse_a_small_miss(tmp_path):
    coarse = [{**r, "effect": f"{float(r['effect']):.0f}", "se": f"{float(r['se']):.0f}"} for r in SCHOOLS]
    found = audited(
        tmp_path / "r",
        rows=coarse,
        measure="GEN",
        claims=claims({"estimate": "7.963", "ci_low": "-1.764"}),
        bayes=STATED,
    )
    assert set(verdicts(found).values()) == {"WITHIN_ROUNDING"}
    assert found["estimate"].value_low < 7.963 < found["estimate"].value_high


@pytest.mark.parametrize(
    ("bayes", "said"),
    [({"tau": "half-normal(5"}, "is no prior"), ({"tau": "half-tailed(1)"}, "not known"), ({"mu": "normal(3)"}, "flat, or normal(mean, SD)"),
     ({"tau": "turner-2015; pains"}, "no outcome 'pains'"), ({"tau": "log-t"}, "needs its numbers")],
)  # fmt: skip
def test_a_prior_that_is_not_understood(tmp_path, bayes, said):
    found = schools(tmp_path, claims=claims({"estimate": "7.963"}), bayes=bayes)["estimate"]
    assert found.verdict == "NOT_CHECKABLE"
    assert said in found.message


def test_part_of_the_studies_gives_no_verdict(tmp_path):
    found = schools(tmp_path, claims=claims({"estimate": "7.963"}), bayes=STATED, data="partial")["estimate"]
    assert found.verdict == "NOT_CHECKABLE"
    assert found.value == pytest.approx(7.963, abs=5e-4)


def row(**cells):
    numbers = {k: parse_printed(str(v)) for k, v in cells.items() if k != "study"}
    return convert(Row(2, {k: str(v) for k, v in cells.items()}, numbers))


def test_what_agrees_with_a_statement():
    analysis = Analysis("a", "A", {}, measures=("OR",))
    (way,) = stated_effects(analysis, {}, [row(**r) for r in COUNTS], level=0.95)
    assert [p.tau.text for p in stated_priors("half-normal(0.5)", way)] == ["half-normal(0.5)"]
    assert {p.tau.family for p in stated_priors("half normal", way)} == {"half-normal"}
    assert len(stated_priors("turner-2015", way)) > 50
    assert all(p.words.startswith("turner-2015") for p in stated_priors("turner-2015", way))
    assert {"turner-2012", "turner-2015"} <= {p.words for p in stated_priors("", way)}
    assert units(way) == (1.0,)
    assert stated_mus("", way)[0].text == "flat"
    with pytest.raises(DataError):
        stated_priors("half-normal(-1)", way)


def test_a_number_needed_to_treat_is_that_of_the_posterior_and_may_be_rounded_up(tmp_path):
    """Of a risk difference 1 over its posterior centre; else of the crude risks: 46/495 and 85/488 make 241560/19627 = 12.3075."""
    stated = {"tau": "half-normal(0.1)", "mu": "flat", "centre": "median", "interval": "central"}
    fit = audited(
        tmp_path / "a", rows=COUNTS, measure="RD", claims=[claim("rd", "estimate", "9", scale="log")], bayes=stated
    )
    rd = fit["rd"].value
    usual = audited(
        tmp_path / "b",
        rows=COUNTS,
        measure="RD",
        claims=[claim("rd", "estimate", "9", scale="log")],
        method={"tau2": "DL"},
    )
    digits = next(d for d in range(9) if f"{1 / abs(rd):.{d}f}" != f"{1 / abs(usual['rd'].value):.{d}f}")
    needed = [claim("own", "nnt", f"{1 / abs(rd):.{digits}f}"), claim("up", "nnt", str(math.ceil(1 / abs(rd))))]
    assert set(verdicts(audited(tmp_path / "c", rows=COUNTS, measure="RD", claims=needed, bayes=stated)).values()) == {
        "EXACT"
    }
    crude = audited(
        tmp_path / "d",
        rows=COUNTS,
        measure="OR",
        claims=[claim("n", "nnt", "12.308"), claim("u", "nnt", "13")],
        bayes=stated,
    )
    assert set(verdicts(crude).values()) == {"EXACT"}
    assert "rounded up" in crude["u"].formula
