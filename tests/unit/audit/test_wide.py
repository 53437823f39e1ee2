"""The search over the whole space, as the audit uses it: other methods, tolerances, envelopes, fingerprints, edits, software."""

import math
import re

import numpy as np
import pytest

from making import audited, claim, made
from metaudit.analyses import analysis_rows
from metaudit.audit import audit
from metaudit.effects.convert import convert
from metaudit.evaluate import evaluate
from metaudit.specs import Spec

TRIALS = [
    {"study": f"T{i}", "events_t": a, "n_t": n, "events_c": c, "n_c": m}
    for i, (a, n, c, m) in enumerate(
        [
            (4, 123, 11, 139),
            (6, 306, 29, 303),
            (3, 231, 11, 220),
            (62, 1354, 248, 1287),
            (33, 507, 47, 489),
            (0, 54, 5, 52),
        ],
        1,
    )
]
STATED = {
    "model": "random",
    "tau2": "DL",
    "ci": "wald",
    "zero_cells": {"add": 0.5, "to": "only-zero"},
    "variance": "LS",
}
FOUR = ("estimate", "ci_low", "ci_high", "tau2")


def printed_under(spec, *, rows=TRIALS, quantities=FOUR, decimals=4, tmp_path):
    """Claims as a paper would print them that used the specification."""
    review = made(tmp_path / "truth", claims=[claim("k", "k", "6")], rows=rows, measure=spec.measure)
    analysis = review.analyses["main"]
    e = evaluate(spec, analysis_rows(analysis, [convert(r) for r in review.rows]), analysis)
    return [
        claim(q, q, f"{getattr(e.fit, q) if q in ('tau2', 'q') else e.natural(getattr(e.fit, q)):.{decimals}f}")
        for q in quantities
    ]


def test_another_method_that_gives_everything_is_named_with_its_specificity(tmp_path):
    claims = printed_under(Spec("RR", tau2="REML", ci="hksj"), tmp_path=tmp_path)
    found = audited(tmp_path / "r", claims=claims, rows=TRIALS, measure="RR", method=STATED)
    assert {r.verdict for r in found.values()} == {"OTHER_SPEC"}
    row = found["ci_low"]
    assert row.spec.split(" | ")[2:4] == ["random REML", "hksj"]
    assert set(row.causes) == {"tau² REML", "interval hksj"}
    assert row.searched > 50
    assert 1 <= round(row.specificity * row.searched) < 0.05 * row.searched  # this number alone
    assert re.search(r" 1 of the \d+\s?\d+ distinct results .* as all 4 numbers together", row.message)


def test_revman_centres_q_on_the_mantel_haenszel_mean_of_corrected_counts(tmp_path):
    revman = Spec("RR", zero_cells="0.5@only-zero", q="mantel-haenszel-corrected", i2="Q")
    claims = printed_under(revman, tmp_path=tmp_path)
    found = audited(tmp_path / "r", claims=claims, rows=TRIALS, measure="RR", method=STATED)
    assert found["tau2"].verdict == "OTHER_SPEC"
    assert "(MHc-Q)" in found["tau2"].spec


def test_the_software_a_review_names_fills_in_what_its_authors_leave_out(tmp_path):
    revman = Spec("RR", zero_cells="0.5@only-zero", q="mantel-haenszel-corrected", i2="Q")
    claims = printed_under(revman, tmp_path=tmp_path)
    method = {"model": "random", "software": "RevMan 5.3"}
    found = audited(tmp_path / "r", claims=claims, rows=TRIALS, measure="RR", method=method)
    assert {r.verdict for r in found.values()} <= {"EXACT", "UNDERSPECIFIED"}
    assert "(MHc-Q)" in found["tau2"].spec
    assert "random DL" in found["tau2"].spec


@pytest.mark.parametrize(("factor", "verdict"), [(1.03, "NEAR"), (1.08, "NEAR"), (40.0, "OUT_OF_ENVELOPE")])
def test_tolerance_and_envelope(tmp_path, factor, verdict):
    value = float(printed_under(Spec("RR"), tmp_path=tmp_path)[2]["printed"])
    claims = [claim("hi", "ci_high", f"{value * factor:.4f}")]
    row = audited(tmp_path / "r", claims=claims, rows=TRIALS, measure="RR", method=STATED)["hi"]
    if factor < 1.05 and row.verdict == "OTHER_SPEC":  # by chance a method gives it: then the message says how many do
        assert row.searched > 1
        return
    assert row.verdict in (verdict, "OTHER_SPEC" if verdict == "NEAR" else verdict)
    assert math.isnan(row.envelope_low) or row.envelope_low <= row.value <= row.envelope_high


def test_studies_are_counted_there_is_no_nearly(tmp_path):
    row = audited(tmp_path / "r", claims=[claim("k", "k", "7")], rows=TRIALS * 1, measure="RR", method=STATED)["k"]
    assert row.verdict in ("DIFFERENT", "OUT_OF_ENVELOPE")


def test_one_limit_alone_does_not_make_another_method(tmp_path):
    """A mistyped limit is not explained by a method that moves the other one."""
    claims = printed_under(Spec("RR"), tmp_path=tmp_path)
    broken = [{**c, "printed": f"{float(c['printed']) * 1.3:.4f}"} if c["claim"] == "ci_low" else c for c in claims]
    found = audited(tmp_path / "r", claims=broken, rows=TRIALS, measure="RR", method=STATED)
    assert {found[c].verdict for c in ("estimate", "ci_high", "tau2")} <= {"EXACT", "UNDERSPECIFIED"}
    assert found["ci_low"].verdict in ("DIFFERENT", "NEAR", "OUT_OF_ENVELOPE", "INCONSISTENT")


def test_the_edit_that_restores_everything_is_named(tmp_path):
    claims = printed_under(Spec("RR"), quantities=(*FOUR, "q"), tmp_path=tmp_path)
    swapped = [dict(r) for r in TRIALS]
    t = swapped[3]
    t["events_t"], t["n_t"], t["events_c"], t["n_c"] = t["events_c"], t["n_c"], t["events_t"], t["n_t"]
    found = audited(tmp_path / "r", claims=claims, rows=swapped, measure="RR", method=STATED)
    row = found["estimate"]
    assert row.verdict in ("DIFFERENT", "NEAR", "OUT_OF_ENVELOPE")
    assert "row 5 (T4): treatment and control exchanged" in row.edits[0]
    assert row.edits_alike == 0
    assert "no other single edit would do" in row.message
    assert row.ask


def test_printed_weights_alone_name_the_model(tmp_path):
    review = made(tmp_path / "truth", claims=[claim("k", "k", "6")], rows=TRIALS, measure="RR")
    analysis = review.analyses["main"]
    rows = analysis_rows(analysis, [convert(r) for r in review.rows])
    weights = evaluate(Spec("OR", model="mantel-haenszel"), rows, analysis).fit.weights
    claims = [claim(f"w{i}", "weight", f"{w:.2f}", subject=f"T{i}") for i, w in enumerate(weights, 1)]
    found = audited(tmp_path / "r", claims=claims, rows=TRIALS, method={})
    assert "printed weights alone name the method: OR, mantel-haenszel" in found["w1"].message


def test_printed_rows_name_their_measure_study_by_study(tmp_path):
    z = 1.959963984540054
    rows = []
    for t in TRIALS[:4]:
        a, n, c, m = t["events_t"], t["n_t"], t["events_c"], t["n_c"]
        log, se = math.log(a * (m - c) / (n - a) / c), math.sqrt(1 / a + 1 / (n - a) + 1 / c + 1 / (m - c))
        limits = {f"printed_ci_{s}": f"{np.exp(log + k * z * se):.2f}" for s, k in (("low", -1), ("high", 1))}
        rows.append({**t, "printed_effect": f"{np.exp(log):.2f}", **limits})
    review = made(tmp_path / "r", claims=[claim("k", "k", "4")], rows=rows, method={"model": "random", "tau2": "DL"})
    found = {r.claim: r for r in audit(review)}
    assert "come out as odds ratio" in found["main:row2:printed_effect"].message
