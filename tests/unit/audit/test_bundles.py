"""Claims printed together are searched together; choices left open are named."""

import math

import numpy as np
import pytest

from making import audited, claim, made
from metaudit.analyses import analysis_rows
from metaudit.audit.bundles import search
from metaudit.effects.convert import convert

Y, SE = np.array([0.10, 0.50, 0.90, 0.30]), np.array([0.10, 0.15, 0.20, 0.12])
ROWS = [{"study": s, "effect": f"{y:.2f}", "se": f"{e:.2f}"} for s, y, e in zip("ABCD", Y, SE, strict=True)]
COUNTS = [
    {"study": f"S{i}", "events_t": e, "n_t": 30, "events_c": f, "n_c": 30}
    for i, (e, f) in enumerate([(4, 8), (6, 9), (2, 7), (5, 9)])
]


def dersimonian_laird():
    """DerSimonian and Laird (1986), written out."""
    w = 1 / SE**2
    mean = (w * Y).sum() / w.sum()
    q = (w * (Y - mean) ** 2).sum()
    tau2 = max(0.0, (q - 3) / (w.sum() - (w**2).sum() / w.sum()))
    star = 1 / (SE**2 + tau2)
    return (star * Y).sum() / star.sum(), 1 / math.sqrt(star.sum()), tau2, q


MEAN, STANDARD_ERROR, TAU2, Q = dersimonian_laird()
TRUE = {
    "estimate": f"{MEAN:.3f}",
    "ci_low": f"{MEAN - 1.959964 * STANDARD_ERROR:.3f}",
    "ci_high": f"{MEAN + 1.959964 * STANDARD_ERROR:.3f}",
}


def results(**method_and_values):
    return [claim(q, q, v) for q, v in {**TRUE, **method_and_values}.items()]


def test_under_a_method_stated_in_full_everything_is_exact(tmp_path):
    found = audited(
        tmp_path / "r",
        claims=results(tau2=f"{TAU2:.4f}", q=f"{Q:.2f}"),
        rows=ROWS,
        measure="GEN",
        method={"model": "random", "tau2": "DL", "ci": "wald"},
    )
    assert {r.verdict for r in found.values()} == {"EXACT"}
    assert found["tau2"].value == pytest.approx(TAU2, rel=1e-9)
    assert found["estimate"].spec.startswith("GEN | random DL | wald")


def test_open_choices_that_decide_are_named(tmp_path):
    found = audited(tmp_path / "r", claims=results(q=f"{Q:.2f}"), rows=ROWS, measure="GEN", method={"model": "random"})
    assert found["estimate"].verdict == found["ci_low"].verdict == "UNDERSPECIFIED"
    assert any(c.startswith("tau²") and "DL" in c for c in found["estimate"].causes)
    assert any(c.startswith("interval") and "wald" in c for c in found["ci_low"].causes)
    assert not any(c.startswith("interval") for c in found["estimate"].causes)  # it does not move the estimate
    assert found["q"].verdict == "EXACT"  # no open choice moves Q
    assert 0 < found["estimate"].specificity < 1
    assert found["q"].specificity == 1


def test_the_bundle_is_matched_jointly(tmp_path):
    """The upper limit alone would also fit another tau² estimator; the other numbers decide."""
    review = made(tmp_path / "r", claims=results(), rows=ROWS, measure="GEN", method={"model": "random"})
    analysis = review.analyses["main"]
    bundle = search(analysis, review.claims, analysis_rows(analysis, [convert(r) for r in review.rows]), level=0.95)
    assert (bundle.best.tau2, bundle.best.ci) == ("DL", "wald")
    assert len(bundle.specs) > 50


def test_a_hit_elsewhere_is_mentioned_but_does_not_excuse(tmp_path):
    """The estimate of another model beside the numbers of this one."""
    w = 1 / SE**2
    common = f"{(w * Y).sum() / w.sum():.3f}"
    found = audited(tmp_path / "r", claims=results(estimate=common, tau2=f"{TAU2:.4f}"), rows=ROWS, measure="GEN")
    assert found["estimate"].verdict == "INCONSISTENT"  # and it is not the middle of the interval beside it
    assert found["tau2"].verdict == "UNDERSPECIFIED"
    assert "would give it, but none of the 3 other numbers printed with it" in found["estimate"].message


def test_claims_with_another_method_are_another_bundle(tmp_path):
    w = 1 / SE**2
    claims = [*results(), claim("fixed", "estimate", f"{(w * Y).sum() / w.sum():.3f}", method="model=common; ci=wald")]
    found = audited(
        tmp_path / "r", claims=claims, rows=ROWS, measure="GEN", method={"model": "random", "tau2": "DL", "ci": "wald"}
    )
    assert {r.verdict for r in found.values()} == {"EXACT"}
    assert found["fixed"].spec == "GEN | common | wald | 95%"


def test_a_measure_that_is_not_stated_is_searched(tmp_path):
    t, c = (sum(r[k] for r in COUNTS) for k in ("events_t", "events_c"))
    claims = [
        claim("est", "estimate", f"{(t / 120) / (c / 120):.3f}")
    ]  # equal arms: Mantel-Haenszel's RR is the crude one
    found = audited(tmp_path / "r", claims=claims, rows=COUNTS)["est"]
    assert found.verdict == "UNDERSPECIFIED"
    assert "measure RR" in found.causes
    assert "model mantel-haenszel" in found.causes


def test_common_effect_of_counts_leaves_the_weights_open(tmp_path):
    t, c = (sum(r[k] for r in COUNTS) for k in ("events_t", "events_c"))
    claims = [claim("est", "estimate", f"{t / c:.4f}")]
    assert (
        audited(tmp_path / "a", claims=claims, rows=COUNTS, measure="RR", method={"model": "common"})["est"].verdict
        == "UNDERSPECIFIED"
    )
    assert (
        audited(tmp_path / "b", claims=claims, rows=COUNTS, measure="RR", method={"model": "mantel-haenszel"})[
            "est"
        ].verdict
        == "EXACT"
    )


def test_the_model_based_proportion_is_a_choice_too(tmp_path):
    rows = [
        {"study": "A", "events_t": 2, "n_t": 40, "events_c": 4, "n_c": 40},
        {"study": "B", "events_t": 30, "n_t": 50, "events_c": 25, "n_c": 50},
        {"study": "C", "events_t": 5, "n_t": 9, "events_c": 2, "n_c": 9},
    ]
    method = {"model": "random", "tau2": "DL", "ci": "wald", "pi": "normal"}
    crude = audited(
        tmp_path / "a", claims=[claim("p", "proportion_t", "37.4%")], rows=rows, measure="RR", method=method
    )["p"]
    assert (crude.verdict, crude.value) == ("EXACT", pytest.approx(100 * 37 / 99))
    from metaudit.pooling import pool

    odds = [(2, 38), (30, 20), (5, 4)]
    fit = pool([math.log(a / b) for a, b in odds], [1 / a + 1 / b for a, b in odds], tau2="REML")
    printed = f"{100 / (1 + math.exp(-fit.estimate)):.1f}%"
    modelled = audited(
        tmp_path / "b", claims=[claim("p", "proportion_t", printed)], rows=rows, measure="RR", method=method
    )["p"]
    assert modelled.verdict == "UNDERSPECIFIED"
    assert "model-based proportion" in modelled.message
