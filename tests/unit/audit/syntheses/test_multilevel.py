"""Claims of three-level models and robust variances, against what metafor and clubSandwich print (tests/data/multilevel)."""

import json
from pathlib import Path

import pytest

from making import DIFFERS, audited, claim

DATA = json.loads((Path(__file__).parents[3] / "data" / "multilevel" / "metafor.json").read_text(encoding="utf-8"))
KONSTANTOPOULOS = DATA[0]  # REML: 0.1847 (SE 0.0846), variances 0.0651 and 0.0327, log-likelihood -7.9587, Q 578.864
BY_YEAR = DATA[2]
PLAIN = {"levels": 3, "rho": 0, "robust": "none", "test": "normal"}
REML = {"tau2": "REML"}


def rows_of(data, **cells):
    out = []
    for i, (c, y, v) in enumerate(zip(data["cluster"], data["y"], data["v"], strict=True)):
        row = {"study": f"District {c}", "comparison": f"school {i}", "effect": f"{y:.10f}", "variance": f"{v:.10f}"}
        out.append({**row, **{name: values[i] for name, values in cells.items()}})
    return out


def audit_of(folder, claims, **content):
    return audited(folder / "r", rows=rows_of(KONSTANTOPOULOS), measure="GEN", claims=claims, **content)


def verdicts(found):
    return {c: r.verdict for c, r in found.items()}


PRINTED = [
    claim("e", "estimate", "0.185"),
    claim("se", "se", "0.0846"),
    claim("lo", "ci_low", "0.019"),
    claim("hi", "ci_high", "0.350"),
    claim("p", "p", ".029"),
    claim("tb", "tau2", "0.0651", subject="between"),
    claim("tw", "tau2", "0.0327", subject="within"),
    claim("q", "q", "578.86"),
    claim("df", "q_df", "55"),
    claim("ll", "loglik", "-7.959"),
    claim("k", "k", "56"),
    claim("m", "k", "11", subject="studies"),
]


def test_every_number_of_a_fully_stated_model(tmp_path):
    found = audit_of(tmp_path, PRINTED, multilevel=PLAIN, method=REML)
    assert set(verdicts(found).values()) == {"EXACT"}
    assert "three levels (REML), 56 effects in 11 clusters" in found["e"].formula


def test_a_wrong_number_is_seen_beside_right_ones(tmp_path):
    wrong = [c | ({"printed": "0.0551"} if c["claim"] == "tb" else {}) for c in PRINTED[:7]]
    found = verdicts(audit_of(tmp_path, wrong, multilevel=PLAIN, method=REML))
    assert found.pop("tb") in ("DIFFERENT", "OUT_OF_ENVELOPE")
    assert set(found.values()) == {"EXACT"}


def test_what_is_left_open_is_found_and_named(tmp_path):
    found = audit_of(tmp_path, PRINTED[:7], multilevel={"levels": 3, "rho": 0}, method=REML)
    assert found["e"].verdict == "EXACT"  # neither a robust variance nor the test has a part in it
    assert found["p"].verdict == "UNDERSPECIFIED"
    assert any(c.startswith("test normal") for c in found["p"].causes)


def test_shares_of_variance_and_their_sum(tmp_path):
    # metafor's page on I²: 95.19 in all, 63.32 between and 31.86 within districts (to two digits)
    claims = [
        claim("all", "i2", "95.19%"),
        claim("b", "i2", "63.32%", subject="between"),
        claim("w", "i2", "31.86%", subject="within"),
        claim("s", "i2", "4.81%", subject="sampling"),
    ]
    assert set(verdicts(audit_of(tmp_path, claims, multilevel=PLAIN, method=REML)).values()) == {"EXACT"}


def test_intervals_of_variances_by_profile_likelihood(tmp_path):
    # metafor's confint: 0.0222 to 0.2072 between, 0.0163 to 0.0628 within
    ends = {"between": ("0.0222", "0.2072"), "within": ("0.0163", "0.0628")}
    claims = [
        claim(f"{s}{q}", f"tau2_{q}", n, subject=s) for s, (a, b) in ends.items() for q, n in (("low", a), ("high", b))
    ]
    assert set(verdicts(audit_of(tmp_path, claims, multilevel=PLAIN, method=REML)).values()) == {"EXACT"}


def test_a_likelihood_ratio_test_of_one_variance(tmp_path):
    # anova(res.ml, rma(...)) of metafor: LRT 17.77 on 1 df between districts; without rows' own variance far smaller a P
    claims = [claim("b", "p", "<.0001", subject="between"), claim("w", "p", ".5", subject="within")]
    found = audit_of(tmp_path, claims, multilevel=PLAIN, method=REML)
    assert found["b"].verdict == "EXACT"
    assert found["w"].verdict in ("DIFFERENT", "OUT_OF_ENVELOPE")


@pytest.mark.parametrize("kind", ["CR0", "CR1", "CR2"])
def test_robust_variances(tmp_path, kind):
    known = KONSTANTOPOULOS["robust"]["CR1p" if kind == "CR1" else kind]
    claims = [claim("se", "se", f"{known['se'][0]:.4f}"), claim("p", "p", f"{known['p'][0]:.4f}")]
    found = audit_of(tmp_path, claims, multilevel={**PLAIN, "robust": kind, "test": "satterthwaite"}, method=REML)
    assert set(verdicts(found).values()) == {"EXACT"}
    assert f"{known['df'][0]:.4g} df" in found["p"].formula
    elsewhere = audited(
        tmp_path / "s", rows=rows_of(KONSTANTOPOULOS), measure="GEN", claims=claims, method=REML,
        multilevel={**PLAIN, "robust": "none", "test": "normal"},
    )  # fmt: skip
    assert elsewhere["p"].verdict == "OTHER_SPEC"
    assert any("Satterthwaite" in c for c in elsewhere["p"].causes)


def test_fewer_levels_than_stated(tmp_path):
    """Numbers of effects taken as independent, where three levels are stated: metafor's rma by REML gives 0.1279, SE 0.0439."""
    claims = [claim("e", "estimate", "0.128"), claim("se", "se", "0.044")]
    found = audit_of(tmp_path, claims, multilevel=PLAIN, method=REML)
    assert set(verdicts(found).values()) == {"OTHER_SPEC"}
    assert found["e"].causes == ("effects as if independent",)


def test_moderators(tmp_path):
    years = (
        [f"{x[1]:.10g}" for x in BY_YEAR["x"]] if len(BY_YEAR["x"][0]) > 1 else [f"{x[0]:.10g}" for x in BY_YEAR["x"]]
    )
    rows = rows_of(BY_YEAR, x_year=years)
    claims = [
        claim("b", "coef", f"{BY_YEAR['beta'][1]:.5f}", subject="year"),
        claim("se", "coef_se", f"{BY_YEAR['se'][1]:.5f}", subject="year"),
        claim("t", "tau2", f"{BY_YEAR['sigma2'][0]:.4f}", subject="between"),
        claim("none", "coef", "0.1", subject="grade"),
    ]
    found = audited(
        tmp_path / "r", rows=rows, measure="GEN", claims=claims, multilevel=PLAIN, method=REML, moderators=["year"]
    )
    assert [found[c].verdict for c in ("b", "se", "t", "none")] == ["EXACT", "EXACT", "EXACT", "NOT_CHECKABLE"]


def test_limits_and_test_of_a_coefficient(tmp_path):
    b, se = BY_YEAR["beta"][1], BY_YEAR["se"][1]
    numbers = {"ci_low": b - 1.959964 * se, "ci_high": b + 1.959964 * se, "z": b / se, "se": se}
    claims = [claim(q, q, f"{x:.5f}" if q != "z" else f"{x:.3f}", subject="year") for q, x in numbers.items()]
    claims += [
        claim("wrong", "ci_high", f"{b + 3 * se:.5f}", subject="year"),
        claim("what", "ci_low", "0.1", subject="grade"),
    ]
    rows = rows_of(BY_YEAR, x_year=[f"{x[-1]:.10g}" for x in BY_YEAR["x"]])
    found = audited(
        tmp_path / "r", rows=rows, measure="GEN", claims=claims, multilevel=PLAIN, method=REML, moderators=["year"]
    )
    assert [found[q].verdict for q in numbers] == ["EXACT"] * 4
    assert found["wrong"].verdict in DIFFERS
    assert found["what"].verdict == "NOT_CHECKABLE"


def test_k_may_count_studies(tmp_path):
    found = audit_of(tmp_path, [claim("k", "k", "11"), claim("e", "estimate", "0.185")], multilevel=PLAIN, method=REML)
    assert found["k"].verdict == "UNDERSPECIFIED"
    assert found["k"].causes == ("k counts studies",)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ({"method": {"tau2": "DL"}, "multilevel": {}}, "REML or ML, not by DL"),
        (
            {"method": {"tau2": "DL"}, "multilevel": {"levels": 1, "robust": "CR1"}},
            "metaudit pool, with --tau2 DL --cluster and --robust",
        ),
    ],
)
def test_what_cannot_be_fitted(tmp_path, content, said):
    found = audit_of(tmp_path, [claim("e", "estimate", "0.185")], **content)["e"]
    assert found.verdict == "NOT_CHECKABLE"
    assert said in found.message


def test_a_number_needed_to_treat_of_risk_differences_is_that_of_the_model(tmp_path):
    """Of two clusters with two effects each; the model's RD, not that of effects as if independent."""
    counts = [(20, 100, 30, 100), (5, 80, 20, 90), (12, 60, 13, 61), (30, 200, 32, 190), (7, 50, 15, 55)]
    rows = [
        {"study": f"P{i // 2}", "comparison": str(i), "events_t": a, "n_t": b, "events_c": c, "n_c": d}
        for i, (a, b, c, d) in enumerate(counts)
    ]
    asked = {"rows": rows, "measure": "RD", "multilevel": {**PLAIN, "levels": 2}, "method": REML}
    rd = audited(tmp_path / "a", claims=[claim("rd", "estimate", "9")], **asked)["rd"].value
    plain = audited(
        tmp_path / "b", claims=[claim("rd", "estimate", "9")], rows=rows, measure="RD", method={"tau2": "DL"}
    )["rd"].value
    assert abs(1 / rd - 1 / plain) > 0.01
    found = audited(
        tmp_path / "c",
        claims=[claim("n", "nnt", f"{1 / abs(rd):.4f}"), claim("dl", "nnt", f"{1 / abs(plain):.4f}")],
        **asked,
    )
    assert found["n"].verdict == "EXACT"
    assert found["dl"].verdict != "EXACT"


def test_an_effect_without_a_value_of_the_moderator_is_left_out_and_named(tmp_path):
    rows = rows_of(BY_YEAR, x_year=[f"{x[-1]:.10g}" for x in BY_YEAR["x"]])
    claims = [claim("b", "coef", f"{BY_YEAR['beta'][1]:.5f}", subject="year"), claim("k", "k", str(len(rows)))]
    extra = {**rows[0], "study": "Without year", "x_year": ""}
    found = audited(
        tmp_path / "r", rows=[*rows, extra], measure="GEN", claims=claims, multilevel=PLAIN, method=REML, moderators=["year"]
    )  # fmt: skip
    assert [found[c].verdict for c in ("b", "k")] == ["EXACT", "UNDERSPECIFIED"]
    assert found["k"].causes == ("k counts effects",)
    assert "without Without year (no value of the moderator year)" in found["b"].message
