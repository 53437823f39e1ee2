"""Made-up reviews: deterministic, varied, and clean under an audit and by an independent computation."""

import math

import numpy as np
import pytest

from metaudit.audit import audit
from metaudit.audit.verdict import ACCEPTABLE
from metaudit.inject.clean import DESIGNS, clean_review
from metaudit.inject.rows import problems_of
from metaudit.inject.score import run_clean
from metaudit.inject.subjects import all_claims, coming_out, made_up


def test_designs_have_names_of_their_own():
    assert len({d.name for d in DESIGNS}) == len(DESIGNS)


@pytest.mark.parametrize("design", DESIGNS, ids=lambda d: d.name)
def test_a_made_up_review_is_the_same_again_and_readable(design):
    one, again, other = (clean_review(design, seed=s) for s in (4, 4, 5))
    assert one.review.rows == again.review.rows
    assert one.review.claims == again.review.claims
    assert one.review.rows != other.review.rows
    assert not [p for r in one.review.rows for p in problems_of(r)]
    assert {"estimate", "ci_low", "ci_high"} <= {c.quantity for c in one.review.claims}


@pytest.mark.parametrize("design", DESIGNS, ids=lambda d: d.name)
def test_every_claim_comes_out(design):
    subject = made_up(clean_review(design, seed=7))
    assert coming_out(subject, subject.review) == {c.id for c in all_claims(subject.review)}


@pytest.mark.parametrize("design", [d for d in DESIGNS if d.prints == "abstract"], ids=lambda d: d.name)
def test_no_false_alarm(design):
    rows = audit(clean_review(design, seed=3).review)
    assert all(r.verdict in ACCEPTABLE for r in rows), [(r.claim, r.message) for r in rows]
    assert run_clean(made_up(clean_review(design, seed=3))).alarms == ()


def test_the_claims_are_those_of_textbook_formulas():
    """DerSimonian and Laird by hand for a mean difference."""
    design = next(
        d for d in DESIGNS if d.data == "means" and "random DL" in d.spec and d.spec.startswith("MD") and not d.more
    )
    review = clean_review(design, seed=1).review
    cells = {
        n: np.array([float(r.cells[n]) for r in review.rows])
        for n in ("mean_t", "sd_t", "n_t", "mean_c", "sd_c", "n_c")
    }
    y = cells["mean_t"] - cells["mean_c"]
    v = cells["sd_t"] ** 2 / cells["n_t"] + cells["sd_c"] ** 2 / cells["n_c"]
    w = 1 / v
    q = float((w * (y - (w * y).sum() / w.sum()) ** 2).sum())
    tau2 = max(0.0, (q - len(y) + 1) / (w.sum() - (w**2).sum() / w.sum()))
    w = 1 / (v + tau2)
    estimate, se = float((w * y).sum() / w.sum()), 1 / math.sqrt(w.sum())
    printed = {c.quantity: c.printed for c in review.claims}
    assert printed["estimate"] == f"{estimate:.2f}"
    assert printed["ci_low"] == f"{estimate - 1.959964 * se:.2f}"
    assert printed["q"] == f"{q:.2f}"
    assert printed["i2"] == f"{100 * max(0, (q - len(y) + 1) / q):.0f}%"
    assert [r.cells["printed_weight"] for r in review.rows] == [f"{x:.1f}" for x in 100 * w / w.sum()]


def test_other_settings_and_time_points_are_in_the_table_and_not_pooled():
    for more, column, value in (("setting", "x_setting", "hospital"), ("timepoint", "timepoint", "6 weeks")):
        design = next(d for d in DESIGNS if d.more == more)
        review = clean_review(design, seed=0).review
        pooled = [r for r in review.rows if r.cells[column] == value]
        assert len(pooled) == design.k < len(review.rows)
        assert next((c.printed for c in review.claims if c.quantity == "k"), str(design.k)) == str(design.k)
