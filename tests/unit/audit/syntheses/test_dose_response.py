"""Claims of dose-response meta-analyses, against what dosresmeta gives (tests/data/doseresponse/alcohol_cvd.json)."""

import json
from pathlib import Path

import pytest

from making import audited, claim, made
from metaudit.audit.syntheses.dose_values import _DOSE, _PER, _number
from metaudit.errors import InputError

DATA = json.loads(
    (Path(__file__).parents[3] / "data" / "doseresponse" / "alcohol_cvd.json").read_text(encoding="utf-8")
)
DESIGN = {"cc": "case-control", "ci": "cohort", "ir": "person-time"}
LINE = next(f for f in DATA["fits"] if (f["model"], f["method"], f["stages"]) == ("linear", "REML", 2))
SPLINE = next(f for f in DATA["fits"] if f["model"] == "spline")
STATED = {"curve": "linear", "stages": 2, "covariance": "greenland-longnecker"}


def rows_of(**changed):
    out = []
    for i, study in enumerate(DATA["studies"]):
        for level in study:
            spread = {"effect": f"{level['logrr']:.12g}", "se": f"{level['se']:.12g}"} if level["se"] else {}
            out.append(
                {"study": f"Study {i + 1}", "dose": f"{level['dose']:.12g}", "design": DESIGN[level["type"]], "events": level["cases"],
                 "n": level["n"], "effect": "", "se": "", **spread, **changed}
            )  # fmt: skip
    return out


def audit_of(folder, claims, rows=None, **content):
    return audited(folder / "r", rows=rows or rows_of(), claims=claims, **{"measure": "GEN", **content})


def verdicts(found):
    return {c: r.verdict for c, r in found.items()}


SLOPE = [
    claim("b", "coef", f"{LINE['coef'][0]:.5f}", subject="linear"),
    claim("se", "coef_se", f"{LINE['vcov'][0][0] ** 0.5:.5f}", subject="linear"),
    claim("t", "tau2", f"{LINE['psi'][0][0]:.6f}"),
    claim("q", "q", f"{LINE['q'][0]:.2f}"),
    claim("df", "q_df", "5"),
    claim("i2", "i2", "65%"),  # 100 (14.146 - 5)/14.146 = 64.66
    claim("ten", "predicted", "0.957", subject="per 10"),  # exp(10 x -0.0043654)
    claim("at", "predicted", "0.889", subject="dose=27"),  # exp(-0.117866)
    claim("k", "k", "6"),
]


def test_every_number_of_a_stated_line(tmp_path):
    found = audit_of(tmp_path, SLOPE, dose_response=STATED, method={"tau2": "REML"})
    assert set(verdicts(found).values()) == {"EXACT"}
    assert "two stages" in found["b"].formula
    assert found["b"].spec.startswith("dose-response linear")


def test_a_spline_with_stated_knots(tmp_path):
    spline = {**STATED, "curve": "spline", "knots": [0, 9.0600004, 45.8549995]}
    claims = [
        claim("b1", "coef", f"{SPLINE['coef'][0]:.4f}", subject="spline1"),
        claim("b2", "coef", f"{SPLINE['coef'][1]:.4f}", subject="spline2"),
        claim("at", "predicted", "0.7467", subject="dose=12"),  # exp(-0.2921094)
        claim("lo", "predicted", "-0.105", subject="dose=36", scale="log"),
    ]
    found = audit_of(tmp_path, claims, dose_response=spline, method={"tau2": "REML"})
    assert set(verdicts(found).values()) == {"EXACT"}


def test_a_curve_left_open_is_found_and_named(tmp_path):
    claims = [claim("b1", "coef", f"{SPLINE['coef'][0]:.5f}", subject="spline1"), claim("pn", "nonlinear_p", ".06")]
    found = audit_of(tmp_path, claims, dose_response={"stages": 2}, method={"tau2": "REML"})
    assert found["b1"].verdict == "UNDERSPECIFIED"
    assert any(c.startswith("spline with 3 knots at 0, 9.06, 45.8") for c in found["b1"].causes)


def test_another_way_than_the_stated_one(tmp_path):
    fixed = next(f for f in DATA["fits"] if (f["model"], f["method"], f["stages"]) == ("linear", "fixed", 2))
    claims = [
        claim("b", "coef", f"{fixed['coef'][0]:.6f}", subject="linear"),
        claim("se", "coef_se", f"{fixed['vcov'][0][0] ** 0.5:.6f}", subject="linear"),
    ]
    found = audit_of(tmp_path, claims, dose_response=STATED, method={"tau2": "REML"})
    assert set(verdicts(found).values()) == {"OTHER_SPEC"}
    assert found["b"].causes == ("common effect",)


def test_a_wrong_number_is_seen_beside_right_ones(tmp_path):
    wrong = [c | ({"printed": "0.789"} if c["claim"] == "at" else {}) for c in SLOPE]
    found = verdicts(audit_of(tmp_path, wrong, dose_response=STATED, method={"tau2": "REML"}))
    assert found.pop("at") in ("DIFFERENT", "OUT_OF_ENVELOPE")
    assert set(found.values()) == {"EXACT"}


def test_what_a_curve_does_not_give(tmp_path):
    claims = [
        claim("pn", "nonlinear_p", ".06"),
        claim("who", "predicted", "0.9", subject="light drinkers"),
        claim("c", "coef", "0.1", subject="spline2"),
    ]
    found = audit_of(tmp_path, claims, dose_response=STATED)
    assert {r.verdict for r in found.values()} == {"NOT_CHECKABLE"}
    assert "against a line" in found["pn"].message
    assert "dose=20" in found["who"].message
    assert "linear curve" in found["c"].message


def test_ratios_with_intervals_and_without_counts(tmp_path):
    """Ratios as printed, with intervals; without counts only independent covariances are open."""
    rows = [
        {"study": s, "dose": d, "effect": e, "ci_low": lo, "ci_high": hi}
        for s, levels in {"A": (("0", "1", "", ""), ("10", "1.20", "1.00", "1.44"), ("20", "1.50", "1.20", "1.875")),
                          "B": (("0", "", "", ""), ("10", "1.10", "0.90", "1.344"))}.items()
        for d, e, lo, hi in levels
    ]  # fmt: skip
    claims = [claim("r", "predicted", "1.2", subject="per 10"), claim("n", "n", "500")]
    found = audit_of(
        tmp_path, claims, rows, measure="GEN-LOG", dose_response={"curve": "linear"}, method={"model": "common"}
    )
    assert found["r"].verdict == "EXACT"
    assert "independent" in found["r"].spec
    assert found["n"].verdict == "NOT_CHECKABLE"
    assert "per dose: n" in found["n"].causes


def test_crude_ratios_from_counts(tmp_path):
    """Two doses a study: the slope is the log odds ratio over the dose, pooled by inverse variances."""
    rows = [
        {"study": s, "dose": d, "events": a, "n": n, "design": "case-control"}
        for s, levels in {"A": ((0, 10, 100), (2, 20, 100)), "B": ((0, 12, 120), (2, 22, 110))}.items()
        for d, a, n in levels
    ]
    # log OR 0.81093, variance 1/10+1/90+1/20+1/80; 0.81093 (22/88 over 12/108 = 2.25), variance 1/12+1/108+1/22+1/88
    claims = [claim("r", "predicted", "2.25", subject="dose=2"), claim("per", "estimate", "1.50", subject="per 1")]
    found = audit_of(
        tmp_path, claims, rows, measure="OR", dose_response={"curve": "linear"}, method={"model": "common"}
    )
    assert set(verdicts(found).values()) == {"EXACT"}


def test_strata_of_one_study_are_one_study(tmp_path):
    rows = [
        {"study": s, "comparison": c, "dose": d, "effect": e, "se": se}
        for s, c in (("A", "men"), ("A", "women"), ("B", ""))
        for d, e, se in (("0", "", ""), ("10", "1.2", "0.1"), ("20", "1.5", "0.1"))
    ]
    content = {"measure": "GEN-LOG", "dose_response": {"curve": "linear"}, "method": {"model": "common"}}
    found = audit_of(tmp_path, [claim("k", "k", "2")], rows, **content)["k"]
    assert found.verdict == "EXACT"
    assert "in 3 strata" in found.formula


BASE = [("0", "", ""), ("10", "1.2", "0.1"), ("20", "1.5", "0.1")]


@pytest.mark.parametrize(
    ("levels", "rule", "row"),
    [
        ([("", "", ""), *BASE[1:]], "no-dose", 2),
        ([("0", "1.1", "0.1"), *BASE[1:]], "no-reference-dose", 2),
        ([BASE[0], ("10", "1", ""), BASE[2]], "two-reference-doses", 3),
        ([BASE[0], ("10", "1.2", ""), BASE[2]], "no-spread", 3),
        ([BASE[0]], "one-dose", 2),
        ([("0", "", ""), ("10", "", "")], "no-relative-risk", 2),
    ],
)
def test_rows_that_make_no_curve(tmp_path, levels, rule, row):
    rows = [{"study": "A", "dose": d, "effect": e, "se": s} for d, e, s in levels]
    with pytest.raises(InputError) as refused:
        made(tmp_path / "r", rows=rows, claims=[], measure="GEN-LOG", dose_response={"curve": "linear"})
    found = {(p.rule, p.row) for p in refused.value.problems}
    assert (rule, row) in found
    assert all(p.fix for p in refused.value.problems)


def test_the_same_dose_twice(tmp_path):
    rows = [{"study": "A", "dose": d, "effect": e, "se": s} for d, e, s in (*BASE, ("10.0", "1.3", "0.1"))]
    with pytest.raises(InputError, match="in two rows"):
        made(tmp_path / "r", rows=rows, claims=[], measure="GEN-LOG", dose_response={})
    apart = [{**r, "comparison": "men"} for r in rows[:3]] + [{**r, "comparison": "women"} for r in (rows[0], rows[3])]
    assert made(tmp_path / "s", rows=apart, claims=[], measure="GEN-LOG", dose_response={}).analyses["main"].syntheses


@pytest.mark.parametrize("said", [{"curve": "linear", "knots": 3}, {"curve": "spline", "knots": [0, 20, 10]}])
def test_knots_that_make_no_spline(tmp_path, said):
    rows = [{"study": "A", "dose": d, "effect": e, "se": s} for d, e, s in BASE]
    with pytest.raises(InputError) as refused:
        made(tmp_path / "r", rows=rows, claims=[], measure="GEN-LOG", dose_response=said)
    assert {p.rule for p in refused.value.problems} == {"dose-knots"}


@pytest.mark.parametrize(
    ("subject", "dose", "reference"),
    [
        ("dose=20", 20, None), ("dose 20 g/day", 20, None), ("20g/day vs 5 g/day", 20, 5), ("dose=1,000", 1000, None),
        ("1e3", 1000, None), ("dose=20; reference=5", 20, 5), ("30 µg", 30, None), ("27.5 mg against 0", 27.5, 0),
    ],
)  # fmt: skip
def test_doses_as_they_are_written(subject, dose, reference):
    found = _DOSE.fullmatch(subject)
    assert (_number(found[1]), found[2] and _number(found[2])) == (dose, reference)


@pytest.mark.parametrize("subject", ["20-30", "1.2.3", "1,00", "20,5", "5 to 10"])
def test_what_is_no_one_dose_is_not_read_as_its_first_digits(subject):
    assert _DOSE.fullmatch(subject) is None


def test_a_step_of_dose_is_read_whole():
    assert [_number(_PER.fullmatch(s)[1]) for s in ("per 10 g/day", "per 1,000", "per 1e3 mg", "per 10, adjusted")] == [
        10,
        1000,
        1000,
        10,
    ]
    assert _PER.fullmatch("per 10-20") is None
