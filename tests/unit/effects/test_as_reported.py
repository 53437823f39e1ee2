"""A study that reports its effect beside studies that report counts or means; expected values by inverse variances, by hand."""

import csv
import math

import numpy as np
import pytest
from scipy import stats
from typer.testing import CliRunner

from making import audited, claim, made, write_review
from metaudit.analyses import analysis_rows, converted_rows, effects_of, numbers_of
from metaudit.cli import app
from metaudit.effects.table import Table
from metaudit.specs import Spec

Z = stats.norm.ppf(0.975)
COUNTS = [
    {"study": "A", "events_t": 10, "n_t": 50, "events_c": 20, "n_c": 50},
    {"study": "B", "events_t": 6, "n_t": 60, "events_c": 9, "n_c": 60},
]
REPORTED = {"study": "C", "effect": "0.40", "ci_low": "0.20", "ci_high": "0.80"}
MEANS = [
    {"study": "A", "mean_t": 3.0, "sd_t": 1.5, "n_t": 30, "mean_c": 4.0, "sd_c": 1.4, "n_c": 32},
    {"study": "B", "effect": "-0.5", "se": "0.3"},
]
COMMON = {"model": "common", "ci": "wald", "q": "inverse-variance"}


def by_hand(measure):
    y, v = [], []
    for row in COUNTS:
        a, n, c, m = (row[name] for name in ("events_t", "n_t", "events_c", "n_c"))
        if measure == "RR":
            y.append(math.log(a / n / (c / m)))
            v.append(1 / a - 1 / n + 1 / c - 1 / m)
        else:
            y.append(math.log(a * (m - c) / (c * (n - a))))
            v.append(1 / a + 1 / (n - a) + 1 / c + 1 / (m - c))
    y.append(math.log(0.40))
    v.append((math.log(0.80 / 0.20) / (2 * Z)) ** 2)
    w = 1 / np.array(v)
    return float((w * y).sum() / w.sum()), float(1 / math.sqrt(w.sum()))


@pytest.mark.parametrize(("measure", "kind"), [("OR", ""), ("OR", "or"), ("RR", "")])
def test_a_ratio_with_its_limits_is_pooled_with_counts(tmp_path, measure, kind):
    mean, se = by_hand(measure)
    printed = {
        "estimate": math.exp(mean),
        "ci_low": math.exp(mean - Z * se),
        "ci_high": math.exp(mean + Z * se),
        "k": 3,
    }
    claims = [claim(q, q, f"{x:.4f}" if q != "k" else "3") for q, x in printed.items()]
    rows = [*COUNTS, {**REPORTED, "effect_type": kind}]
    found = audited(tmp_path / "r", claims=claims, rows=rows, measure=measure, method=COMMON)
    assert {name: row.verdict for name, row in found.items()} == dict.fromkeys(printed, "EXACT")
    assert found["estimate"].value == pytest.approx(math.exp(mean), rel=1e-12)


def test_a_log_odds_ratio_is_one_already(tmp_path):
    mean, _ = by_hand("OR")
    limits = {"ci_low": f"{math.log(0.2):.12f}", "ci_high": f"{math.log(0.8):.12f}"}
    rows = [*COUNTS, {"study": "C", "effect": f"{math.log(0.4):.12f}", "effect_type": "log-or", **limits}]
    claims = [claim("e", "estimate", f"{math.exp(mean):.4f}")]
    found = audited(tmp_path / "r", claims=claims, rows=rows, measure="OR", method=COMMON)["e"]
    assert (found.verdict, found.value) == ("EXACT", pytest.approx(math.exp(mean), rel=1e-9))


@pytest.mark.parametrize("kind", ["d", "or"])
def test_an_effect_of_another_kind_is_not_taken_for_a_risk_ratio(tmp_path, kind):
    rows = [*COUNTS, {**REPORTED, "effect_type": kind}]
    found = audited(tmp_path / "r", claims=[claim("k", "k", "3")], rows=rows, measure="RR", method=COMMON)["k"]
    assert found.verdict == "NOT_CHECKABLE"
    assert "C (events, treatment" in found.message


def test_a_mean_difference_with_its_standard_error_is_pooled_with_means(tmp_path):
    v = np.array([1.5**2 / 30 + 1.4**2 / 32, 0.3**2])
    mean = (np.array([-1.0, -0.5]) / v).sum() / (1 / v).sum()
    claims = [claim("e", "estimate", f"{mean:.4f}"), claim("k", "k", "2")]
    found = audited(tmp_path / "r", claims=claims, rows=MEANS, measure="MD", method={**COMMON, "variance": "LS"})
    assert (found["e"].verdict, found["k"].verdict) == ("EXACT", "EXACT")
    assert found["e"].value == pytest.approx(mean, rel=1e-12)


PAIRS = {"n_pairs": 15, "sd_change": "0.5"}


@pytest.mark.parametrize(
    "reported",
    [
        {"mean_t": "3.66", "mean_c": "3.41", **PAIRS},
        {"mean_t": "3.66", "mean_c": "3.41", "n_t": 15, "n_c": 15, **PAIRS},
        {"effect": "0.25", **PAIRS},
        {"mean_t": "3.66", "mean_c": "3.41", "sd_t": 1, "sd_c": 1, "n_t": 15, "n_c": 15, **PAIRS},
    ],
)
def test_a_crossover_needs_the_sd_of_the_differences_only(tmp_path, reported):
    v = np.array([1.5**2 / 30 + 1.4**2 / 32, 0.5**2 / 15])
    mean = (np.array([-1.0, 0.25]) / v).sum() / (1 / v).sum()
    rows = [MEANS[0], {"study": "B", **reported}]
    claims = [claim("e", "estimate", f"{mean:.4f}")]
    found = audited(tmp_path / "r", claims=claims, rows=rows, measure="MD", method={**COMMON, "variance": "LS"})["e"]
    assert (found.verdict, found.value) == ("EXACT", pytest.approx(mean, rel=1e-12))


@pytest.mark.parametrize("model", ["mantel-haenszel", "peto", "glmm"])
def test_a_model_of_counts_leaves_it_out_and_says_so(tmp_path, model):
    claims = [claim("e", "estimate", "0.99"), claim("k", "k", "3")]
    found = audited(tmp_path / "r", claims=claims, rows=[*COUNTS, REPORTED], measure="OR", method={"model": model})
    assert {row.verdict for row in found.values()} == {"NOT_CHECKABLE"}
    assert "C (events, treatment" in found["k"].message


def test_what_is_counted_is_not_the_sum_of_the_others(tmp_path):
    claims = [claim("p", "proportion_t", "15%"), claim("n", "nnt", "8"), claim("people", "n_t", "110")]
    found = audited(tmp_path / "r", claims=claims, rows=[*COUNTS, REPORTED], measure="OR", method=COMMON)
    assert {row.verdict for row in found.values()} == {"NOT_CHECKABLE"}


@pytest.mark.parametrize("model", ["common", "mantel-haenszel"])
def test_arrays_have_the_effects_of_the_exact_path(tmp_path, model):
    review = made(tmp_path / "r", claims=[], rows=[*COUNTS, REPORTED], measure="OR", method={"model": model})
    rows = analysis_rows(review.analyses["main"], converted_rows(review.rows))
    spec = Spec("OR", model=model)
    exact, arrays = effects_of(spec, rows), numbers_of(spec, Table(rows))
    given = np.isfinite(arrays.yi)
    assert given.tolist() == [True, True, model == "common"]
    assert arrays.yi[given].tolist() == exact.yi.tolist()
    assert arrays.vi[given].tolist() == exact.vi.tolist()


def test_every_stage_and_the_report_take_them(tmp_path):
    rows = [*COUNTS, {**REPORTED, "x_dose": "3"}]
    write_review(tmp_path / "r", claims=[claim("e", "estimate", "0.99")], rows=rows, measure="OR", method=COMMON)
    done = CliRunner().invoke(app, ["audit", str(tmp_path / "r"), "--out", str(tmp_path / "out")])
    assert done.exit_code == 1, done.output  # the number is wrong
    with (tmp_path / "out" / "effects.csv").open(encoding="utf-8", newline="") as handle:
        found = {row["study"]: row for row in csv.DictReader(handle)}
    assert (found["C"]["events_t"], found["C"]["yi"][:7]) == ("", "-0.9162")
    with (tmp_path / "out" / "pooled.csv").open(encoding="utf-8", newline="") as handle:
        sizes = {row["model"]: row["k"] for row in csv.DictReader(handle)}
    assert (sizes["common"], sizes["mantel-haenszel"]) == ("3", "2")
