"""One number, one place: a pooled result is the same text in the results, in the data of its figures and in the audit's JSON."""

import json
import math
from pathlib import Path

import pytest

from metaudit.files import read_rows

ROOT = Path(__file__).resolve().parents[3]
RESULTS = ROOT / "results"
REVIEWS = sorted(p.parent.name for p in RESULTS.glob("*/pooled.csv"))
SHOWN = ("estimate", "ci_low", "ci_high")


def primary(review):
    return {r["analysis"]: r for r in read_rows(RESULTS / review / "pooled.csv") if r["role"] == "primary"}


def drawn(review, analysis, kind):
    path = RESULTS / review / "figures" / f"{analysis}.{kind}.csv"
    return read_rows(path) if path.is_file() else []


@pytest.mark.parametrize("review", REVIEWS)
def test_a_forest_plot_draws_the_pooled_result_to_the_digit(review):
    for analysis, row in primary(review).items():
        kind = "pooled" if row["k"] != "1" else "study"  # of a single study nothing is pooled, and no diamond drawn
        marks = [m for m in drawn(review, analysis, "forest") if m["mark"] == kind]
        assert [[m[c] for c in SHOWN] for m in marks] == [[row[c] for c in SHOWN]], analysis


@pytest.mark.parametrize("review", REVIEWS)
def test_step_plots_end_in_the_pooled_result(review):
    for analysis, row in primary(review).items():
        for kind in ("forest-leave-one-out", "forest-cumulative"):
            pooled = [m for m in drawn(review, analysis, kind) if m["mark"] == "pooled"]
            for mark in pooled:
                for column in SHOWN:
                    assert float(mark[column]) == pytest.approx(float(row[column]), rel=1e-9), (analysis, kind)


@pytest.mark.parametrize("review", REVIEWS)
def test_the_explorer_begins_with_the_pooled_result(review):
    fits = read_rows(RESULTS / review / "universe.csv")
    for analysis, row in primary(review).items():
        first = next((f for f in fits if f["analysis"] == analysis and f["fit"] == "1" and not f["left_out"]), None)
        if first is not None:
            assert [first[c] for c in ("estimate", "k", "q", "i2_q")] == [
                row[c] for c in ("estimate", "k", "q", "i2_q")
            ], analysis


def test_there_is_something_to_compare():
    assert sum(len(primary(review)) for review in REVIEWS) > 50


def on_every_scale(x):
    """A number as claims print it: itself, in percent, as a reduction in percent, as a logarithm."""
    return [x, 100 * x, 100 * (1 - x), *([math.log(x)] if x > 0 else [])]


def test_what_the_audit_calls_exact_is_the_pooled_result():
    seen = 0
    for review in REVIEWS:
        results = primary(review)
        for found in json.loads((RESULTS / review / "audit.json").read_text("utf-8")):
            row = results.get(found["analysis"], {})
            same = found["verdict"] == "EXACT" and not found["subject"] and found["spec"] == row.get("spec")
            if same and found["quantity"] in SHOWN:
                ours = on_every_scale(float(row[found["quantity"]]))
                assert any(found["value"] == pytest.approx(v, rel=1e-8) for v in ours), found["claim"]
                seen += 1
    assert seen > 20
