"""Limits of an effect under the many names that they have."""

import pytest

from metaudit.imports.detect import read_file
from metaudit.imports.options import Options

RATIOS = (("0.80", "0.60", "1.07"), ("0.70", "0.45", "1.09"), ("0.95", "0.70", "1.29"))
LOGS = (("-0.22", "-0.51", "0.07"), ("-0.36", "-0.80", "0.09"), ("-0.51", "-0.92", "-0.10"))
PAIRS = [
    pair.split("|")
    for pair in (
        "lo|hi lower|upper low|high ll|ul l95|u95 ci.lb|ci.ub lcl|ucl lci|uci lb|ub lwr|upr LowerCI|UpperCI lowerci|upperci "
        "CI_lower|CI_upper ci_lo|ci_hi lo95|hi95 lower95|upper95 cilower|ciupper conf.low|conf.high llci|ulci 95CI_L|95CI_U "
        "2.5%|97.5% or_lo|or_hi or.lower|or.upper or_l|or_u orl|oru or_lci|or_uci or_l95|or_u95 OR_95L|OR_95U L|U"
    ).split()
] + [["95% CI LL", "95% CI UL"], ["Lower 95% CI", "Upper 95% CI"], ["95% CI low", "95% CI high"]]


@pytest.fixture
def bring(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def run(header, rows):
        body = [",".join((f"Study {'ABC'[i]}", *row)) for i, row in enumerate(rows)]
        (tmp_path / "t.csv").write_text("\n".join([",".join(["study", *header]), *body]) + "\n")
        return read_file(tmp_path / "t.csv", Options())

    return run


@pytest.mark.parametrize("pair", PAIRS, ids="|".join)
def test_limits_beside_an_odds_ratio(bring, pair):
    draft = bring(["or", *pair], RATIOS)
    assert [(r["effect"], r["ci_low"], r["ci_high"]) for r in draft.rows] == list(RATIOS)
    assert [a["measure"] for a in draft.analyses.values()] == ["GEN-LOG"]


@pytest.mark.parametrize("effect", ["rr", "hr", "smd", "md", "g", "estimate", "yi", "Hazard Ratio"])
def test_lo_and_hi_beside_any_effect(bring, effect):
    rows = bring([effect, "lo", "hi"], RATIOS).rows
    assert [(r["effect"], r["ci_low"], r["ci_high"]) for r in rows] == list(RATIOS)


@pytest.mark.parametrize("pair", [("lower", "upper"), ("lo", "hi"), ("logor_l", "logor_u")])
def test_limits_that_surround_a_logarithm_are_logarithms(bring, pair):
    row = bring(["logor", *pair], LOGS).rows[0]
    assert [round(float(row[c]), 3) for c in ("effect", "ci_low", "ci_high")] == [0.803, 0.600, 1.073]


def test_limits_on_the_ratio_scale_beside_a_logarithm_stay(bring):
    rows = [(log[0], *ratio[1:]) for log, ratio in zip(LOGS[:2], RATIOS[:2], strict=True)]
    assert [(r["ci_low"], r["ci_high"]) for r in bring(["logor", "lower", "upper"], rows).rows] == [
        ("0.60", "1.07"),
        ("0.45", "1.09"),
    ]


def test_a_letter_is_a_limit_only_beside_the_other_limit_and_an_effect(bring):
    draft = bring(["smd", "se", "U"], [("0.3", "0.1", "12"), ("0.4", "0.1", "15")])
    assert all("ci_high" not in r and r.get("x_u") for r in draft.rows)
    draft = bring(["te", "sete", "tel"], [("0.3", "0.1", "12"), ("0.4", "0.1", "15")])
    assert all("ci_low" not in r and r.get("x_tel") for r in draft.rows)
