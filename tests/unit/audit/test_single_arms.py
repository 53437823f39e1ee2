"""Proportions of single groups: every transformation and the mixed model, stated in review.yaml or found by the search."""

import pytest

from making import audited, claim, made
from metaudit.analyses import analysis_rows
from metaudit.effects.convert import convert
from metaudit.evaluate import evaluate
from metaudit.specs import conventional

STUDIES = (("A", 18, 33), ("B", 13, 20), ("C", 1, 5), ("D", 23, 48), ("E", 0, 4), ("F", 9, 30))
ROWS = [{"study": s, "events": e, "n": n} for s, e, n in STUDIES]
RANDOM = {"model": "random", "tau2": "DL", "ci": "wald"}
# metafor 3.8-1 in R: escalc and rma (EE or DL), transf.* back (transf.ipft.hm at the harmonic mean of n), rma.glmm(measure = "PLO").
REFERENCE = {
    ("PR", "common"): (0.43011169, 0.35281877, 0.50740460),
    ("PR", "random"): (0.40330911, 0.25470044, 0.55191777),
    ("PLN", "common"): (0.51007287, 0.43104780, 0.60358580),
    ("PLN", "random"): (0.48588597, 0.37573853, 0.62832304),
    ("PLO", "common"): (0.46806794, 0.38391259, 0.55407995),
    ("PLO", "random"): (0.45201883, 0.32315785, 0.58765096),
    ("PAS", "common"): (0.44742318, 0.36615459, 0.53013113),
    ("PAS", "random"): (0.39407616, 0.23465215, 0.56605179),
    ("PFT", "common"): (0.44990304, 0.36180813, 0.53937408),
    ("PFT", "random"): (0.41886711, 0.26842229, 0.57622038),
    ("PLO", "glmm"): (0.43861030, 0.31059841, 0.57535047),
}
MEASURES = ("PR", "PLN", "PLO", "PAS", "PFT")


def stated(measure, model):
    if model == "glmm":
        return {"measure": measure, "method": {"model": "glmm"}}
    return {"measure": measure, "method": RANDOM if model == "random" else {"model": "common", "ci": "wald"}}


@pytest.mark.parametrize(("measure", "model"), REFERENCE)
def test_a_review_states_it(tmp_path, measure, model):
    review = made(tmp_path / "r", claims=[], rows=ROWS, **stated(measure, model))
    analysis = review.analyses["main"]
    e = evaluate(
        conventional(analysis.measures, analysis.method),
        analysis_rows(analysis, [convert(r) for r in review.rows]),
        analysis,
    )
    ours = [e.natural(x) for x in (e.fit.estimate, e.fit.ci_low, e.fit.ci_high)]
    assert ours == pytest.approx(REFERENCE[measure, model], abs=2e-6)


def claims_of(measure, model):
    texts = (f"{100 * x:.2f}%" for x in REFERENCE[measure, model])
    return [claim(q, q, t, scale="percent") for q, t in zip(("estimate", "ci_low", "ci_high"), texts, strict=True)]


@pytest.mark.parametrize(("measure", "model"), REFERENCE)
def test_the_search_finds_it_where_another_measure_is_stated(tmp_path, measure, model):
    """From a plain proportion with DerSimonian and Laird's estimator, or from a logit."""
    said = {"measure": "PLO" if measure == "PR" else "PR", "method": RANDOM}
    found = audited(tmp_path / "r", claims=claims_of(measure, model), rows=ROWS, **said)
    assert {r.verdict for r in found.values()} == {"OTHER_SPEC"}
    assert found["estimate"].spec.startswith(f"{measure} |")
    assert ("glmm" in found["estimate"].spec) == (model == "glmm")


@pytest.mark.parametrize(("measure", "model"), REFERENCE)
def test_an_unstated_measure_makes_no_asymmetric_interval_inconsistent(tmp_path, measure, model):
    found = audited(tmp_path / "r", claims=claims_of(measure, model), rows=ROWS)
    assert {r.verdict for r in found.values()} <= {"UNDERSPECIFIED", "OTHER_SPEC", "EXACT", "WITHIN_ROUNDING"}


def test_nor_where_the_table_is_not_public(tmp_path):
    found = audited(tmp_path / "r", claims=claims_of("PLO", "glmm"))
    assert {r.verdict for r in found.values()} == {"NOT_CHECKABLE"}


def test_a_percentage_changed_in_its_digits_is_not_found(tmp_path):
    told = claims_of("PLO", "glmm")
    told[0]["printed"] = "49.86%"
    found = audited(tmp_path / "r", claims=told, rows=ROWS, measure="PLO", method={"model": "glmm"})
    assert found["estimate"].verdict not in ("EXACT", "WITHIN_ROUNDING", "UNDERSPECIFIED", "OTHER_SPEC")
    assert {found[q].verdict for q in ("ci_low", "ci_high")} == {"EXACT"}
