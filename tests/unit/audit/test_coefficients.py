"""Claims about the coefficients of meta-regressions and about what they predict; values from metafor 3.8-1 (R 4.2.2).

``e <- escalc("RR", tpos, tneg, cpos, cneg, data=dat.bcg)``; ``r <- rma(yi, vi, mods=~ablat, data=e, test="z")`` or
``test="knha"``, with ``control=list(threshold=1e-13)``; ``coef(summary(r))``, ``predict(r, newmods=33)``; the same with
``mods=~alloc`` and ``predict(r, newmods=rbind(c(0, 0), c(1, 0)))``.
"""

import csv
from pathlib import Path

import pytest

from making import DIFFERS, audited, claim

BCG = Path(__file__).resolve().parents[3] / "data" / "reviews" / "colditz-1994" / "extraction.csv"
COUNTS = ("study", "events_t", "n_t", "events_c", "n_c", "x_ablat", "x_alloc")
WALD, KNHA = ({"model": "random", "tau2": "REML", "ci": ci} for ci in ("wald", "hksj"))


@pytest.fixture(scope="module")
def rows():
    with BCG.open(encoding="utf-8", newline="") as handle:
        return [{c: r[c] for c in COUNTS} for r in csv.DictReader(handle)]


@pytest.fixture
def judged(tmp_path, rows):
    def judge(claims, *, method=WALD, moderators=("ablat",), measure="RR", **more):
        named = [
            claim(f"c{i}", q, printed, subject=subject, **cells)
            for i, (q, subject, printed, cells) in enumerate(claims)
        ]
        found = audited(
            tmp_path / "r", claims=named, rows=rows, measure=measure, method=method, moderators=list(moderators), **more
        )  # fmt: skip
        return [found[c["claim"]] for c in named]

    return judge


@pytest.mark.parametrize(
    ("method", "numbers"),
    [
        (WALD, ("-0.0432", "-0.0150", "-4.0445", "0.00720", "0.0000524")),
        (KNHA, ("-0.0472", "-0.0111", "-3.5484", "0.00820", "0.00457")),
    ],
)
def test_limits_and_tests_of_a_coefficient(judged, method, numbers):
    claims = [(q, "ablat", n, {}) for q, n in zip(("ci_low", "ci_high", "z", "se", "p"), numbers, strict=True)]
    assert [r.verdict for r in judged(claims, method=method)] == ["EXACT"] * 5


def test_z_of_a_coefficient_may_be_printed_without_its_sign(judged):
    (found,) = judged([("z", "ablat", "4.0445", {})])
    assert (found.verdict, found.value) == ("EXACT", pytest.approx(4.0445, abs=5e-5))


def test_wrong_limits_and_tests_of_a_coefficient_are_told(judged):
    wrong = [("ci_low", "ablat", "-0.0532", {}), ("ci_high", "ablat", "0.0150", {}), ("z", "ablat", "-2.04", {})]
    found = judged(wrong)
    assert all(r.verdict in DIFFERS for r in found)
    assert [r.impact for r in found] == ["large", "significance", "large"]
    assert "ours is -0.043204" in found[0].message


@pytest.mark.parametrize(
    ("method", "low", "high", "se"),
    [(WALD, ("0.399", "-0.9190"), "0.607", "0.1072"), (KNHA, ("0.376", "-0.9779"), "0.644", "0.1222")],
)
def test_limits_of_a_predicted_effect(judged, method, low, high, se):
    claims = [
        ("predicted", "ablat=33", "0.492", {}), ("ci_low", "ablat=33", low[0], {}), ("ci_high", "ablat=33", high, {}),
        ("estimate", "x_ablat = 33", "0.492", {}), ("ci_low", "ablat=33", low[1], {"scale": "log"}),
        ("se", "ablat=33", se, {}),
    ]  # fmt: skip
    assert [r.verdict for r in judged(claims, method=method)] == ["EXACT"] * 6


def test_wrong_limits_of_a_predicted_effect_are_told(judged):
    found = judged([("ci_low", "ablat=33", "0.42", {}), ("ci_high", "ablat=33", "0.90", {})])
    assert all(r.verdict in DIFFERS for r in found)
    assert "1.960 × 0.1072" in found[0].message


def test_a_level_is_a_prediction_unless_the_model_has_its_coefficient(judged):
    claims = [
        ("ci_low", "alloc=alternate", "0.233", {}), ("ci_high", "alloc=alternate", "1.525", {}),
        ("ci_low", "alloc=random", "-1.547", {}), ("ci_high", "alloc=random", "0.651", {}),
    ]  # fmt: skip
    found = judged(claims, method=KNHA, moderators=("alloc",))
    assert [r.verdict for r in found] == ["EXACT"] * 4


def test_limits_of_a_level_that_are_those_of_the_predicted_effect_say_so(judged):
    claims = [("ci_low", "alloc=random", "0.215", {}), ("ci_high", "alloc=random", "0.673", {})]
    found = judged(claims, method=KNHA, moderators=("alloc",))
    assert [r.verdict for r in found] == ["UNDERSPECIFIED"] * 2
    assert "of the predicted effect, not of the coefficient" in found[0].message


def test_a_subject_that_is_neither_says_what_the_model_has(judged):
    found = judged([("ci_low", "year", "0.4", {}), ("ci_low", "ablat=", "0.4", {})])
    assert [r.verdict for r in found] == ["NOT_CHECKABLE"] * 2
    for r in found:
        assert "neither a coefficient of the model (intercept, ablat) nor a value of every moderator" in r.message
        assert "which studies make up" not in r.message


def test_an_interval_without_one_standard_error_has_no_limits_of_a_prediction(judged):
    found = judged(
        [("ci_low", "ablat=33", "0.376", {})], method={"model": "random", "tau2": "REML", "ci": "kenward-roger"}
    )
    assert found[0].verdict == "NOT_CHECKABLE"
    assert "no limits" in found[0].message


def test_a_coefficient_of_ratios_may_be_printed_as_one(judged):
    claims = [
        ("coef", "ablat", "-0.0291", {}), ("coef", "ablat", "0.971", {"scale": "natural"}), ("ci_low", "ablat", "0.958", {}),
        ("ci_high", "ablat", "0.985", {}), ("coef", "ablat", "2.87%", {"scale": "percent-reduction"}),
        ("ci_low", "ablat", "1.5", {"scale": "percent-reduction"}), ("ci_high", "ablat", "4.2", {"scale": "percent-reduction"}),
    ]  # fmt: skip
    found = judged(claims)
    assert [r.verdict for r in found] == ["EXACT", *["UNDERSPECIFIED"] * 3, *["EXACT"] * 3]
    assert "the exponentiated coefficient" in found[1].message
    assert "exp(-0.0291)" in found[1].formula


def test_a_ratio_that_is_not_the_coefficients_is_told(judged):
    found = judged([("coef", "ablat", "0.94", {"scale": "natural"}), ("coef", "ablat", "0.971", {"scale": "log"})])
    assert all(r.verdict in DIFFERS for r in found)


def test_a_coefficient_of_differences_is_never_exponentiated(judged):
    found = judged([("coef", "ablat", "1.0007", {"scale": "natural"})], measure="RD")
    assert found[0].verdict in DIFFERS
