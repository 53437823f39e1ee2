"""Every quantity a claim can be about, against numbers written out by hand."""

import math

import numpy as np
import pytest
from scipy import stats

from making import audited, claim

COUNTS = [
    {"study": "A", "events_t": 10, "n_t": 50, "events_c": 20, "n_c": 50, "x_dose": 1, "x_route": "oral"},
    {"study": "B", "events_t": 15, "n_t": 60, "events_c": 25, "n_c": 55, "x_dose": 2, "x_route": "oral"},
    {"study": "C", "events_t": 8, "n_t": 40, "events_c": 10, "n_c": 45, "x_dose": 4, "x_route": "iv"},
    {"study": "D", "events_t": 0, "n_t": 30, "events_c": 6, "n_c": 35, "x_dose": 3, "x_route": "iv"},
]
COMMON = {"model": "common", "ci": "wald", "zero_cells": {"add": 0.5, "to": "only-zero"}}
GENERIC = [{"study": s, "effect": y, "se": e, "x_dose": d, "x_group": g} for s, y, e, d, g in
           [("A", "0.10", "0.10", 1, "young"), ("B", "0.50", "0.15", 2, "young"), ("C", "0.90", "0.20", 3, "old"), ("D", "0.30", "0.12", 5, "old")]]  # fmt: skip
Y, SE, DOSE = np.array([0.1, 0.5, 0.9, 0.3]), np.array([0.1, 0.15, 0.2, 0.12]), np.array([1.0, 2, 3, 5])
W = 1 / SE**2


def check(folder, expected, **main):
    """Print our hand-computed numbers as claims; all must be exact."""
    claims = [
        claim(f"{q}{s}", q, f"{v:.4f}", subject=s) if not isinstance(v, str) else claim(f"{q}{s}", q, v, subject=s)
        for (q, s), v in expected.items()
    ]
    found = audited(folder, claims=claims, **main)
    assert {c: r.verdict for c, r in found.items()} == dict.fromkeys(found, "EXACT"), [
        r.message for r in found.values() if r.verdict != "EXACT"
    ]
    return found


def test_counts_sums_and_proportions(tmp_path):
    expected = {
        ("k", ""): "4", ("n_t", ""): "180", ("n_c", ""): "185", ("n", ""): "365", ("events_t", ""): "33", ("events_c", ""): "61",
        ("proportion_t", ""): 33 / 180, ("proportion_c", ""): 61 / 185, ("k_with_events", ""): "4", ("n_t", "D"): "30", ("events_c", "B"): "25",
        ("nnt", ""): f"{1 / (61 / 185 - 33 / 180):.1f}",
    }  # fmt: skip
    check(tmp_path / "r", expected, rows=COUNTS, measure="RR", method={**COMMON, "model": "mantel-haenszel"})


@pytest.mark.parametrize("printed", ["6.8", "7"])
def test_a_number_needed_to_treat_may_be_rounded_up(tmp_path, printed):
    rows = [{"study": "A", "events_t": 10, "n_t": 50, "events_c": 17, "n_c": 49}]  # 1 / 0.14694 = 6.81
    found = audited(tmp_path / "r", claims=[claim("nnt", "nnt", printed)], rows=rows, measure="RD")["nnt"]
    assert found.verdict == "EXACT"


def test_rounding_up_is_named(tmp_path):
    rows = [{"study": "A", "events_t": 10, "n_t": 50, "events_c": 15, "n_c": 48}]  # 1 / 0.1125 = 8.89
    assert audited(tmp_path / "a", claims=[claim("nnt", "nnt", "9")], rows=rows, measure="RD")["nnt"].verdict == "EXACT"
    rows[0]["events_c"] = 16  # 1 / 0.1333 = 7.5
    rows[0]["n_c"] = 47  # 1 / 0.1404 = 7.12
    found = audited(tmp_path / "b", claims=[claim("nnt", "nnt", "8")], rows=rows, measure="RD")["nnt"]
    assert found.verdict == "EXACT"
    assert "rounded up" in found.message


def test_one_study_of_counts(tmp_path):
    a, n, c, m = 10, 50, 20, 50
    y, v = math.log(a / n / (c / m)), 1 / a - 1 / n + 1 / c - 1 / m
    z = stats.norm.ppf(0.975)
    expected = {
        ("study_estimate", "A"): math.exp(y), ("study_ci_low", "A"): math.exp(y - z * math.sqrt(v)), ("study_ci_high", "A"): math.exp(y + z * math.sqrt(v)),
        ("study_se", "A"): math.sqrt(v), ("study_variance", "A"): v,
    }  # fmt: skip
    check(tmp_path / "r", expected, rows=COUNTS, measure="RR", method=COMMON)


def test_pooled_numbers_of_the_common_effect(tmp_path):
    mean, se = (W * Y).sum() / W.sum(), 1 / math.sqrt(W.sum())
    q = (W * (Y - mean) ** 2).sum()
    expected = {
        ("estimate", ""): mean, ("se", ""): se, ("z", ""): mean / se, ("q", ""): q, ("q_df", ""): "3", ("q_p", ""): stats.chi2.sf(q, 3),
        ("i2", ""): 100 * (q - 3) / q, ("h2", ""): q / 3, ("p", ""): "<.001", ("weight", "B"): 100 * W[1] / W.sum(),
    }  # fmt: skip
    check(tmp_path / "r", expected, rows=GENERIC, measure="GEN", method={"model": "common", "ci": "wald"})


@pytest.mark.parametrize("sign", ["", "-"])
def test_z_of_a_negative_effect_is_printed_with_or_without_its_sign(tmp_path, sign):
    z = (W * Y).sum() / math.sqrt(W.sum())
    rows = [{**row, "effect": -float(row["effect"])} for row in GENERIC]
    claims = [claim("z", "z", f"{sign}{z:.2f}")]
    found = audited(tmp_path / "r", claims=claims, rows=rows, measure="GEN", method={"model": "common", "ci": "wald"})[
        "z"
    ]
    assert found.verdict == "EXACT", found.message
    assert found.value == pytest.approx(-z if sign else z, rel=1e-12)


@pytest.mark.parametrize(
    ("printed", "scale"), [("80%", "natural"), ("80", "natural"), ("80", "percent"), ("0.80", "fraction")]
)
def test_i2_in_percent_and_as_a_fraction(tmp_path, printed, scale):
    mean = (W * Y).sum() / W.sum()
    q = (W * (Y - mean) ** 2).sum()
    assert f"{100 * (q - 3) / q:.0f}" == "80"
    claims = [claim("i2", "i2", printed, scale=scale)]
    assert (
        audited(tmp_path / "r", claims=claims, rows=GENERIC, measure="GEN", method={"model": "common", "ci": "wald"})[
            "i2"
        ].verdict
        == "EXACT"
    )


@pytest.mark.parametrize("subject", ["young", "group=young", "x_group=young", "group = young"])
def test_a_subgroup_by_its_level_or_column(tmp_path, subject):
    mean = (W[:2] * Y[:2]).sum() / W[:2].sum()
    claims = [claim("e", "estimate", f"{mean:.4f}", subject=subject), claim("k", "k", "2", subject=subject)]
    found = audited(
        tmp_path / "r",
        claims=claims,
        rows=GENERIC,
        measure="GEN",
        subgroups="group",
        method={"model": "common", "ci": "wald"},
    )
    assert {r.verdict for r in found.values()} == {"EXACT"}


@pytest.mark.parametrize(
    ("subject", "words"),
    [
        ("middle-aged", "does not say which studies make up"),
        ("route=young", "no subgroups by 'route'"),
        ("A", "is a study, not a subgroup"),
    ],
)
def test_what_is_no_subgroup(tmp_path, subject, words):
    found = audited(
        tmp_path / "r",
        claims=[claim("e", "estimate", "0.5", subject=subject)],
        rows=GENERIC,
        measure="GEN",
        subgroups="group",
    )["e"]
    assert found.verdict == "NOT_CHECKABLE"
    assert words in found.message


def test_q_within_and_between(tmp_path):
    parts = [slice(0, 2), slice(2, 4)]
    means = [(W[p] * Y[p]).sum() / W[p].sum() for p in parts]
    within = sum((W[p] * (Y[p] - m) ** 2).sum() for p, m in zip(parts, means, strict=True))
    grand = (W * Y).sum() / W.sum()
    between = sum(W[p].sum() * (m - grand) ** 2 for p, m in zip(parts, means, strict=True))
    expected = {
        ("q", "within"): within, ("q", "between"): between, ("subgroup_q", ""): between, ("subgroup_p", ""): stats.chi2.sf(between, 1),
        ("q", ""): within + between, ("q", "old"): (W[2:] * (Y[2:] - means[1]) ** 2).sum(),
    }  # fmt: skip
    check(
        tmp_path / "r",
        expected,
        rows=GENERIC,
        measure="GEN",
        subgroups="group",
        method={"model": "common", "ci": "wald"},
    )


def test_coefficients_of_a_meta_regression(tmp_path):
    x = np.column_stack([np.ones(4), DOSE])
    cov = np.linalg.inv(x.T @ (x * W[:, None]))
    beta = cov @ (x.T @ (W * Y))
    se = np.sqrt(np.diag(cov))
    qm = (beta[1] / se[1]) ** 2
    residual = (W * (Y - x @ beta) ** 2).sum()
    expected = {
        ("coef", "intercept"): beta[0], ("coef", "dose"): beta[1], ("coef", "x_dose"): beta[1], ("coef_se", "dose"): se[1],
        ("coef_p", "dose"): 2 * stats.norm.sf(abs(beta[1] / se[1])), ("qm", ""): qm, ("qm_p", ""): stats.chi2.sf(qm, 1), ("q", ""): residual, ("q_df", ""): "2",
    }  # fmt: skip
    check(
        tmp_path / "r",
        expected,
        rows=GENERIC,
        measure="GEN",
        moderators=["dose"],
        method={"model": "common", "ci": "wald"},
    )


def test_a_coefficient_that_is_not_in_the_model(tmp_path):
    found = audited(
        tmp_path / "r",
        claims=[claim("c", "coef", "0.5", subject="age")],
        rows=GENERIC,
        measure="GEN",
        moderators=["dose"],
    )["c"]
    assert found.verdict == "NOT_CHECKABLE"
    assert "the model has intercept, dose" in found.message


def test_means_of_one_study(tmp_path):
    rows = [
        {
            "study": "A",
            "mean_t": "2.68",
            "pm_t": "0.51",
            "n_t": 30,
            "mean_c": "5.45",
            "pm_c": "0.48",
            "n_c": 30,
            "pm_is": "se",
        }
    ]
    expected = {
        ("mean_t", ""): "2.68",
        ("mean_c", ""): "5.45",
        ("sd_t", ""): 0.51 * math.sqrt(30),
        ("sd_c", "A"): 0.48 * math.sqrt(30),
    }
    check(tmp_path / "r", expected, rows=rows, measure="MD", kind="trial")


def test_two_rows_with_one_label_cannot_be_told_apart(tmp_path):
    rows = [{**COUNTS[0], "comparison": "low dose"}, {**COUNTS[1], "study": "A", "comparison": "high dose"}]
    found = audited(
        tmp_path / "r", claims=[claim("w", "weight", "50", subject="A"), claim("k", "k", "2")], rows=rows, measure="RR"
    )
    assert (found["w"].verdict, found["k"].verdict) == ("NOT_CHECKABLE", "EXACT")
    assert "'A' names 2 rows" in found["w"].message


def test_the_test_between_subgroups_and_the_weights_of_a_subgroup(tmp_path):
    """Young: (10 + 0.5 W_B) ..., each by inverse variances; Q between = sum of W (m - M)², its I² = 100 (Q - 1)/Q."""
    young, old = W[:2], W[2:]
    means = [float((w * y).sum() / w.sum()) for w, y in ((young, Y[:2]), (old, Y[2:]))]
    sums = [float(young.sum()), float(old.sum())]
    overall = sum(w * m for w, m in zip(sums, means, strict=True)) / sum(sums)
    q = sum(w * (m - overall) ** 2 for w, m in zip(sums, means, strict=True))
    share = 100 * sums[0] / sum(sums)
    expected = {
        ("subgroup_q", ""): q, ("subgroup_df", ""): "1", ("subgroup_i2", ""): 100 * (q - 1) / q, ("subgroup_p", ""): float(stats.chi2.sf(q, 1)),
        ("weight", "x_group=young"): share, ("weight", "old"): 100 - share, ("weight", "A"): 100 * W[0] / W.sum(), ("weight", ""): "100.0",
    }  # fmt: skip
    assert q > 1
    check(
        tmp_path / "r",
        expected,
        rows=GENERIC,
        measure="GEN",
        method={"model": "common", "ci": "wald"},
        subgroups="group",
    )


def test_a_share_between_subgroups_is_never_below_0(tmp_path):
    rows = [
        {"study": s, "effect": y, "se": 0.2, "x_group": g}
        for s, y, g in (("A", 0.1, "a"), ("B", 0.5, "a"), ("C", 0.2, "b"), ("D", 0.41, "b"))
    ]
    claims = [claim("i2", "subgroup_i2", "0.0"), claim("wrong", "subgroup_i2", "12.0")]
    found = audited(
        tmp_path / "r",
        rows=rows,
        claims=claims,
        measure="GEN",
        method={"model": "common", "ci": "wald"},
        subgroups="group",
    )
    assert (found["i2"].verdict, found["wrong"].verdict) == ("EXACT", "DIFFERENT")


def test_a_weight_that_is_no_sum_is_found(tmp_path):
    claims = [
        claim("all", "weight", "98.0"),
        claim("young", "weight", "50.0", subject="group=young"),
        claim("none", "weight", "50.0", subject="dose=3"),
    ]
    method = {"model": "common", "ci": "wald"}
    found = audited(tmp_path / "r", rows=GENERIC, claims=claims, measure="GEN", method=method, subgroups="group")
    assert {found[c].verdict for c in ("all", "young", "none")}.isdisjoint({"EXACT", "WITHIN_ROUNDING"})


def test_decimal_logarithms(tmp_path):
    """A ratio of 2 has the decimal logarithm 0.30103 and the natural one 0.69315."""
    rows = [{"study": "A", "effect": "2.0", "se": 0.25}, {"study": "B", "effect": "2.0", "se": 0.5}]
    half = 1.959963984540054 / math.sqrt(1 / 0.25**2 + 1 / 0.5**2)
    numbers = {
        "estimate": math.log10(2),
        "ci_low": math.log10(2) - half / math.log(10),
        "ci_high": math.log10(2) + half / math.log(10),
    }
    claims = [claim(q, q, f"{v:.5f}", scale="log10") for q, v in numbers.items()]
    claims += [
        claim("study", "study_estimate", "0.30103", subject="A", scale="log10"),
        claim("ln", "estimate", "0.69315", scale="log"),
    ]
    claims += [claim("wrong", "estimate", "0.69315", scale="log10")]
    found = audited(
        tmp_path / "r", rows=rows, claims=claims, measure="GEN-LOG", method={"model": "common", "ci": "wald"}
    )
    assert {c for c, r in found.items() if r.verdict == "EXACT"} == {*numbers, "study", "ln"}
    assert found["wrong"].value == pytest.approx(math.log10(2))
