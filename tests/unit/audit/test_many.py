"""Many reviews audited together are audited as each alone, and what arrays answer is what the exact path answers."""

import math
from pathlib import Path

import numpy as np
import pytest

from metaudit.analyses import analysis_rows
from metaudit.audit import SEARCHES, audit, audit_in_full, audit_many
from metaudit.audit.answers import Answers, answer
from metaudit.audit.bundles import asked_of, search_many
from metaudit.audit.own_value import Unanswerable
from metaudit.effects.convert import convert
from metaudit.errors import DataError
from metaudit.evaluate import evaluate
from metaudit.formats.review import read_review
from unit.audit.made_up import library

REVIEWS = Path(__file__).parents[3] / "data" / "reviews"
# What a number gets that the stated method gives, or that other checks than re-derivation judge.
GIVEN = {"EXACT", "WITHIN_ROUNDING", "UNDERSPECIFIED", "NOT_CHECKABLE", "INCONSISTENT", "IMPOSSIBLE"}


@pytest.fixture(scope="module")
def made():
    return library(11, 60)


@pytest.fixture(scope="module")
def shipped():
    folders = sorted(p.parent for p in REVIEWS.glob("*/review.yaml"))
    return {p.name: read_review(p) for p in folders}


def written(audited):
    """The rows to the last bit; NaN equals NaN."""
    return [repr(r.to_row()) for r in audited.rows]


def test_the_made_up_reviews_hold_every_kind(made):
    analyses = [a for r in made for a in r.analyses.values()]
    assert len(analyses) > 100
    assert any(a.subgroups for a in analyses)
    assert any(not a.measures for a in analyses)
    assert any(not a.method for a in analyses)
    rows = [r for review in made for r in review.rows]
    assert any(r.text("events_t") == "0" for r in rows)
    assert any("effect" in r.cells for r in rows)
    assert any("mean_t" in r.cells and "n_c" not in r.cells for r in rows)
    assert any("printed_effect" in r.cells for r in rows)


@pytest.mark.parametrize("search", SEARCHES)
def test_together_as_alone(made, search):
    some = made if search == "missed" else made[:4]
    alone = [written(audit_in_full(r, search=search)) for r in some]
    assert [written(a) for a in audit_many(some, search=search)] == alone
    order = np.random.default_rng(3).permutation(len(some))
    for part in np.array_split(order, 3):
        together = audit_many([some[i] for i in part], search=search)
        assert [written(a) for a in together] == [alone[i] for i in part]


def test_shipped_reviews_together_as_alone(shipped):
    together = audit_many(list(shipped.values()), others=shipped, search="missed")
    for review, found in zip(shipped.values(), together, strict=True):
        assert written(found) == written(audit_in_full(review, others=shipped, search="missed")), review.id


def test_what_is_missed_is_searched_and_nothing_else(made):
    everything = audit_many(made[:8], search="all")
    missed = audit_many(made[:8], search="missed")
    searched = 0
    for whole, part in zip(everything, missed, strict=True):
        assert set(part.searched) <= set(whole.searched)
        for a, b in zip(whole.rows, part.rows, strict=True):
            if b.analysis in part.searched:
                assert b.verdict == a.verdict, b
                assert b.nearest == a.nearest
                assert b.specificity == a.specificity or math.isnan(a.specificity)
                searched += 1
            else:
                assert b.verdict in GIVEN, b
                assert b.verdict == a.verdict, b
                assert b.searched is None or b.criterion == "test left open"
                assert b.nearest == ()
    assert searched > 5
    assert any(key[0] not in a.searched for a in missed for key in a.bundles)


def test_a_search_that_is_not_known():
    with pytest.raises(DataError, match="search 'some' is not known; choose all or missed"):
        audit_many([], search="some")
    assert audit_many([]) == []


def test_one_review_is_searched_as_asked(shipped):
    review = shipped["li-2007"]
    rows = audit(review, search="missed")
    assert [repr(r.to_row()) for r in rows] == written(audit_in_full(review, search="missed"))


def eagerly(claim, spec, *, analysis, rows):
    try:
        a = answer(claim, evaluate(spec, rows, analysis), analysis, rows)
    except Unanswerable:
        return None
    return None if math.isnan(a.value) else a


def test_arrays_answer_as_the_exact_path(made):
    """Every specification that a method leaves open, every claim: defined alike, one value, the same comparison."""
    rng, compared, open_ones = np.random.default_rng(8), 0, 0
    for review in made[:30]:
        converted = [convert(r) for r in review.rows]
        for analysis in review.analyses.values():
            rows = analysis_rows(analysis, converted)
            claims = [c for c in review.claims if c.analysis == analysis.id]
            (bundle,) = search_many([asked_of(analysis, claims, rows, level=0.95)])
            index = np.sort(rng.permutation(len(bundle.specs))[:12])
            for i in index.tolist():
                spec = bundle.specs[i]
                for claim in claims:
                    found: Answers | None = bundle.answers.get(claim.id)
                    own = eagerly(claim, spec, analysis=analysis, rows=rows)
                    assert (own is None) == (found is None or not found.given[i]), (claim, spec)
                    if own is None or found is None:
                        continue
                    assert found.values_of[i] == pytest.approx(own.value, rel=1e-9, abs=1e-12)
                    assert bool(found.hit[i]) == own.comparison.hit, (claim, spec)
                    assert bool(found.rounds[i]) == (own.comparison.kind == "nearest"), (claim, spec)
                    assert found[spec] == own or math.isnan(own.comparison.margin)
                    compared += 1
            open_ones += len(bundle.specs) > 1
    assert compared > 1500
    assert open_ones > 10


def test_specifications_that_the_exact_path_refuses_are_left_out(made):
    for review in made[:15]:
        converted = [convert(r) for r in review.rows]
        for analysis in review.analyses.values():
            rows = analysis_rows(analysis, converted)
            asked = asked_of(analysis, [c for c in review.claims if c.analysis == analysis.id], rows, level=0.95)
            (bundle,) = search_many([asked])
            kept = set(bundle.specs)
            for spec in asked.specs[:: max(1, len(asked.specs) // 15)]:
                try:
                    evaluate(spec, rows, analysis)
                except DataError:
                    assert spec not in kept
                else:
                    assert spec in kept
