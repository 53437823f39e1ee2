"""Ranking by what is explained, and how many results would explain it too."""

import math

import numpy as np
import pytest

from metaudit.analyses import analysis_rows, any_zero_cell
from metaudit.effects.convert import convert
from metaudit.formats.review import read_review
from metaudit.printed import Interval, parse_printed
from metaudit.search.batch import evaluate_specs
from metaudit.search.match import Matched, match, target_values
from metaudit.search.rank import chance, distinct, rank, scores, specificity, violates
from metaudit.search.targets import Target
from metaudit.search.universe import universe
from metaudit.specs import Spec

ESTIMATORS = ("DL", "REML", "PM", "ML", "HE", "SJ", "HS")


def matched(values, windows, *, weights=None, cuts=None):
    """Made-up values of t targets under s specifications, against windows [low, high]."""
    x = np.array(values, dtype=float)
    targets = tuple(
        Target(f"c{i}", "estimate", "", Interval(*w), weight=(weights or {}).get(i, 1.0)) for i, w in enumerate(windows)
    )
    hits = np.array([[v in t.window for v in row] for t, row in zip(targets, x, strict=True)])
    specs = tuple(Spec("MD", tau2=t) for t in ESTIMATORS[: x.shape[1]])
    return Matched(targets, specs, x, hits, np.zeros_like(hits) if cuts is None else np.array(cuts))


def flat(m):
    return np.full(len(m.specs), 1 / len(m.specs))


def test_more_claims_first_then_the_stated_then_the_prior():
    m = matched([[1, 1, 2, 1.1], [5, 6, 5, 5]], [(0.9, 1.15), (4.9, 5.1)])
    assert scores(m).tolist() == [2, 1, 1, 2]
    found = rank(m, stated={"tau2": "ML"}, prior=np.array([0.7, 0.1, 0.1, 0.1]))
    assert [r.spec.tau2 for r in found] == ["ML", "DL", "REML", "PM"]
    assert found[0].departures == ()
    assert found[1].departures == ("tau2",)
    assert found[2].explained == {"c0"}
    assert found[2].missed == {"c1"}
    assert [r.spec.tau2 for r in rank(m, stated={}, prior=np.array([0.1, 0.2, 0.4, 0.3]))] == ["ML", "DL", "PM", "REML"]


def test_alike_results_are_one_with_the_simplest_in_front():
    m = matched([[1, 1 + 1e-13, 2], [math.nan, math.nan, 3]], [(0.9, 1.1), (2.9, 3.1)])
    found = rank(m, stated={"tau2": "REML"}, prior=flat(m))
    alike = next(r for r in found if r.twins)
    assert (alike.spec.tau2, [t.tau2 for t in alike.twins]) == ("REML", ["DL"])


def test_a_tie_breaker_breaks_ties_only():
    m = matched([[1, 1, 2], [5, 6, 5], [7, 7, 7]], [(0.9, 1.1), (4.9, 5.1), (6, 8)], weights={1: 0.01})
    found = rank(m, stated={}, prior=np.array([0.1, 0.8, 0.1]))
    assert [r.spec.tau2 for r in found] == ["DL", "REML", "PM"]


def test_a_cut_number_counts_less_than_a_rounded_one():
    m = matched([[1, 2]], [(0.9, 1.1)], cuts=[[False, True]])
    assert [r.spec.tau2 for r in rank(m, stated={}, prior=np.array([0.01, 0.99]))] == ["DL", "REML"]
    assert rank(m, stated={}, prior=flat(m))[1].explained == {"c0"}


def test_undefined_specifications_are_not_ranked_and_only_some_may_be_considered():
    m = matched([[math.nan, 1, 1.05]], [(0.9, 1.1)])
    assert {r.spec.tau2 for r in rank(m, stated={}, prior=flat(m))} == {"REML", "PM"}
    assert [r.spec.tau2 for r in rank(m, stated={}, prior=flat(m), among=[True, False, True])] == ["PM"]
    assert rank(matched(np.empty((0, 2)), []), stated={}, prior=np.array([0.5, 0.5])) == ()


def test_most_of_many():
    m = matched([[1, 1.01, 1.02, 1.03, 5]], [(0.9, 1.1)])
    found = rank(m, stated={}, prior=np.array([0.1, 0.2, 0.3, 0.4, 0.0]), most=2)
    assert [r.spec.tau2 for r in found] == ["ML", "PM"]


@pytest.mark.parametrize(
    ("spec", "stated", "expected"),
    [
        (Spec("RR"), {}, ()),
        (Spec("RR"), {"measure": "OR"}, ("measure",)),
        (Spec("RR"), {"measure": ("OR", "RR"), "tau2": "DL", "level": 0.95}, ()),
        (Spec("RR", model="common"), {"model": "random", "tau2": "DL", "i2": "Q"}, ("model",)),
        (Spec("RR", model="common"), {"tau2": "REML"}, ()),
        (Spec("RR", model="mantel-haenszel"), {"model": "common", "measure": "RR"}, ()),
        (Spec("RR"), {"model": "common"}, ("model",)),
        (Spec("RR", model="common"), {"model": "mantel-haenszel"}, ("model",)),
        (Spec("RR", tau2="REML", q="inverse-variance"), {"q": "mantel-haenszel", "tau2": "REML"}, ("q",)),
        (Spec("MD", variance="pooled-sd"), {"variance": "HO"}, ()),
        (Spec("RR", zero_cells="none"), {"zero_cells": {"add": 0.5, "to": "only-zero"}}, ("zero_cells",)),
        (Spec("RR", level=0.99), {"level": 0.95, "ci": "wald"}, ("level",)),
        (Spec("RR", model="mantel-haenszel"), {"counts": "corrected"}, ("counts",)),
        (Spec("RD", model="mantel-haenszel"), {"rd_variance": "sato"}, ()),
        (Spec("RR"), {"q": ("inverse-variance", "mantel-haenszel-corrected")}, ()),
        (Spec("RR", q="mantel-haenszel"), {"q": ("inverse-variance", "mantel-haenszel-corrected")}, ("q",)),
    ],
)
def test_departures_from_what_is_stated(spec, stated, expected):
    assert violates(spec, stated) == expected


ADDED = {"add": 0.5, "to": "only-zero", "drop_double_zero": True}


@pytest.mark.parametrize(
    ("spec", "stated", "expected"),
    [
        (Spec("RR"), {"zero_cells": ADDED, "variance": "revman"}, ()),
        (Spec("RR", zero_cells="none"), {"zero_cells": {"add": 0.5, "to": "if-any-zero"}}, ()),
        (Spec("RR", zero_cells="0.5@all"), {"zero_cells": ADDED}, ("zero_cells",)),
        (Spec("RR"), {"zero_cells": {"add": 0.5, "to": "all"}}, ("zero_cells",)),
        (Spec("RR", zero_cells="0.5@all"), {"zero_cells": {"add": 0.5, "to": "all"}}, ()),
        (Spec("OR", model="mantel-haenszel"), {"counts": "corrected"}, ()),
        (Spec("OR", model="peto", counts="corrected"), {"counts": "as-they-are"}, ()),
        (Spec("SMD"), {"variance": "revman"}, ("variance",)),
        (Spec("MD"), {"zero_cells": ADDED, "tau2": "REML"}, ("tau2",)),
    ],
)
def test_without_a_zero_cell_only_what_moves_results_is_a_departure(spec, stated, expected):
    assert violates(spec, stated, any_zero=False) == expected


def test_distinct_against_a_plain_loop():
    rng = np.random.default_rng(8)
    base = np.concatenate([rng.normal(size=30) * 10.0 ** rng.integers(-8, 8, 30), [0.0, math.nan, math.inf, -math.inf]])
    values = base[rng.integers(0, base.size, (2, 400))]
    values *= 1 + rng.uniform(-1e-14, 1e-14, values.shape)
    group = distinct(values)

    def same(a, b):
        return all(
            x == y or (math.isnan(x) and math.isnan(y)) or math.isclose(x, y, rel_tol=1e-9)
            for x, y in zip(a, b, strict=True)
        )

    first = {}
    for i, g in enumerate(group):
        first.setdefault(int(g), i)
    assert sorted(first) == list(range(len(first)))
    firsts = list(first.values())
    for i, g in enumerate(group):
        assert same(values[:, i], values[:, first[int(g)]])
    for a in firsts:
        assert sum(same(values[:, a], values[:, b]) for b in firsts) == 1


@pytest.mark.parametrize("edge", [0.1, 0.5, 1.0, 1000.0, 0.1234567895])
def test_equal_results_on_either_side_of_a_rounding_edge_are_one(edge):
    values = np.array([[edge, np.nextafter(edge, 0), np.nextafter(edge, 2 * edge), edge * (1 + 1e-6)]])
    assert distinct(values).tolist() == [0, 0, 0, 1]


def test_many_claims_do_not_overflow():
    rng = np.random.default_rng(3)
    values = rng.integers(0, 50, (30, 200)).astype(float)
    values[:, 100:] = values[:, :100]
    group = distinct(values)
    assert group[:100].tolist() == group[100:].tolist()
    assert sorted(group[:100]) == list(range(100))


def test_what_rounding_leaves_of_a_zero_is_a_zero():
    assert distinct(np.array([[0.0, 1e-17, -0.0, 1e-6]])).tolist() == [0, 0, 0, 1]


def test_specificity_counts_distinct_results_once():
    m = matched([[1, 1, 1.05, 2, math.nan], [5, 5, 6, 5, math.nan]], [(0.9, 1.1), (4.9, 5.1)])
    both = specificity(m, {"c0", "c1"})
    assert (both.results, both.matching) == (3, 1)
    assert both.share == pytest.approx(1 / 3)
    assert (specificity(m, {"c0"}).results, specificity(m, {"c0"}).matching) == (3, 2)
    assert math.isnan(specificity(m, {"unknown"}).share)
    assert math.isnan(specificity(matched([[math.nan]], [(0, 1)]), {"c0"}).share)


def test_one_result_of_one():
    one = specificity(matched([[1.0, 1.0]], [(0.9, 1.1)]), {"c0"})
    assert (one.results, one.matching, one.share) == (1, 1, 1.0)


def test_a_bundle_is_worth_more_than_an_estimate(make_rows, random_counts, plain):
    rng = np.random.default_rng(21)
    better = 0
    for _ in range(12):
        rows = make_rows(random_counts(rng, k=12))
        space = universe(("RR", "OR", "RD"), any_zero=False, k=12, asked=("estimate",))
        results = evaluate_specs(space.specs, rows, plain)
        true = space.specs.index(Spec("RR", tau2="REML"))
        targets = []
        for name in ("estimate", "ci_low", "ci_high", "q", "tau2"):
            value = target_values(Target(name, name, "", Interval(0, 0)), results)[true]
            targets.append(Target(name, name, "", parse_printed(f"{value:.2f}").interval()))
        m = match(targets, results)
        best = rank(m, stated={}, prior=space.prior)[0]
        assert best.missed == frozenset()
        whole, alone = specificity(m, best.explained), specificity(m, {"estimate"})
        assert 1 <= whole.matching <= whole.results
        assert whole.share <= alone.share
        better += whole.share < 0.2 * alone.share
    assert better >= 9


def test_a_classic_names_its_method(reviews):
    """Colditz et al. (1994) print a risk ratio of 0.49 (0.34 to 0.70) and state random effects."""
    review = read_review(reviews / "colditz-1994")
    analysis = review.analyses["trials"]
    rows = analysis_rows(analysis, [convert(r) for r in review.rows])
    space = universe(("RR", "OR", "RD"), any_zero=any_zero_cell(rows), k=len(rows), asked=("estimate",))
    results = evaluate_specs(space.specs, rows, analysis)
    printed = {c.quantity: c for c in review.claims if c.quantity in ("estimate", "ci_low", "ci_high")}
    assert [c.printed for c in printed.values()] == ["0.49", "0.34", "0.70"]
    m = match([Target(c.id, q, "", parse_printed(c.printed).interval()) for q, c in printed.items()], results)
    best = rank(m, stated={"measure": "RR", "model": "random"}, prior=space.prior)[0]
    assert best.spec == Spec("RR")
    assert best.departures == ()
    assert best.missed == frozenset()
    found = chance(m, best.explained)
    assert found.together.matching < found.alone[printed["estimate"].id].matching
    assert 0 < found.together.share < 0.1


def test_chance_alone_and_together():
    m = matched([[1, 1.02, 1.05, 2], [5, 6, 7, 5]], [(0.9, 1.1), (4.9, 5.1)])
    found = chance(m, {"c0", "c1", "egger"})
    assert {n: (s.matching, s.results) for n, s in found.alone.items()} == {"c0": (3, 4), "c1": (1, 3)}
    assert (found.together.matching, found.together.results) == (1, 4)
    assert found.words == (
        "3 of 4 distinct results of the searched space give c0 alone; 1 of 4 give all 2 numbers together."
    )
    assert chance(m, {"egger"}) is None
    assert "only one result" in chance(matched([[1.0, 1.0]], [(0.9, 1.1)]), {"c0"}).words
