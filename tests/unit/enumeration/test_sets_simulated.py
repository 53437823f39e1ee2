"""The tables that a pooled result was computed from are always among those found."""

import random
from dataclasses import replace

import numpy as np
import pytest

from metaudit.enumeration.arms import ArmTotals, Budget, Letters, arm_vectors
from metaudit.enumeration.branch import Additive, pairs
from metaudit.enumeration.candidates import Trial, choices, off_by_one
from metaudit.enumeration.constraints import Span
from metaudit.enumeration.relax import coarser, smallest_relaxation, steps_of
from metaudit.enumeration.set_numbers import evaluated
from metaudit.enumeration.set_problem import SetProblem, TableSet
from metaudit.enumeration.sets import table_sets
from metaudit.errors import DataError
from metaudit.printed import Interval, parse_printed
from metaudit.search.targets import Target
from metaudit.specs import parse_spec

DL = parse_spec("RR | 0.5@only-zero | random DL | wald | I2:Q | PI:t-k-2 | 95%")
COMMON = parse_spec("RR | 0.5@only-zero | common | wald | 95%")
MH = parse_spec("OR | 0.5@only-zero | mantel-haenszel | wald | 95%")
SHARED = {DL: (10, 20), COMMON: (8, 14), MH: (10, 20)}


def printed(x, digits):
    return parse_printed(f"{x:.{digits}f}").interval()


def simulated(rng, k, spec, *, others=2):
    """Candidates, the true set among them, and what a paper would print of it."""
    low, high = SHARED[spec]
    trials, tables = [], []
    for i in range(k + others):
        n, m = rng.randint(low, high), rng.randint(low, high)
        trials.append(Trial(f"Trial {i}", n, m))
        tables.append((sum(rng.random() < 0.45 for _ in range(n)), n, sum(rng.random() < 0.25 for _ in range(m)), m))
    chosen = sorted(rng.sample(range(k + others), k))
    true = TableSet(tuple(trials[i].label for i in chosen), tuple(tables[i] for i in chosen))
    e = evaluated(spec, true)
    targets = [Target(n, n, "", printed(e.natural(getattr(e.fit, n)), 2)) for n in ("estimate", "ci_low", "ci_high")]
    targets.append(Target("p", "p", "", printed(e.fit.p, 3)))
    targets.append(Target("i2", "i2", "", printed(e.fit.i2, 1)))
    a, n, c, m = (sum(x) for x in zip(*true.tables, strict=True))
    arms = [ArmTotals(printed(100 * x / y, 1).scaled(0.01)) for x, y in ((a, n), (c, m))]
    return SetProblem(k, (spec,), tuple(targets), *arms, trials=tuple(trials)), true


def contains(problem, true):
    """Whether the true set is found when everything but it is known: its own counts in the candidates."""
    known = dict(zip(true.labels, true.tables, strict=True))
    trials = tuple(
        replace(t, events_t=known[t.label][0], events_c=known[t.label][2]) for t in problem.trials if t.label in known
    )
    return any(g.example == true for g in table_sets(replace(problem, trials=trials)).groups)


@pytest.mark.parametrize(("k", "spec", "runs"), [(2, DL, 5), (2, MH, 5), (3, COMMON, 1)], ids=str)
def test_the_true_tables_are_always_found(k, spec, runs):
    rng = random.Random(f"{k} {spec}")
    for _ in range(runs):
        problem, true = simulated(rng, k, spec)
        found = table_sets(problem)
        assert found.complete
        assert true.labels in {g.labels for g in found.groups}
        assert contains(problem, true)
        if k == 2:  # few enough to look at each
            alone = tuple(t for t in problem.trials if t.label in true.labels)
            rest = [table_sets(replace(problem, trials=alone, targets=problem.targets[:i])).sets for i in (5, 3, 0)]
            assert 1 <= rest[0] <= rest[1] <= rest[2]


def test_four_studies_with_three_known():
    rng = random.Random(4)
    problem, true = simulated(rng, 4, COMMON, others=1)
    known = dict(zip(true.labels, true.tables, strict=True))
    trials = tuple(
        replace(t, events_t=known[t.label][0], events_c=known[t.label][2]) if t.label in true.labels[:2] else t
        for t in problem.trials
    )
    found = table_sets(replace(problem, trials=trials))
    assert found.complete
    assert true.labels in {g.labels for g in found.groups}


def test_a_printed_number_that_no_set_gives_is_proven_impossible_and_leaving_it_out_is_the_smallest_relaxation():
    problem, true = simulated(random.Random(7), 2, DL)
    wrong = replace(problem.targets[0], window=Interval(90.0, 91.0))
    broken = replace(problem, targets=(wrong, *problem.targets[1:]))
    found = table_sets(broken)
    assert found.impossible
    relaxation = smallest_relaxation(broken)
    assert [t.steps for t in relaxation.smallest] == [("leaving out estimate",)]
    assert true.labels in {g.labels for g in relaxation.smallest[0].groups}
    assert len(relaxation.tried) == 1 + len(steps_of(broken))


def test_two_wrong_numbers_need_two_steps():
    problem, _ = simulated(random.Random(8), 2, DL)
    wrong = {"estimate": Interval(90.0, 91.0), "i2": Interval(99.97, 99.98)}
    broken = replace(problem, targets=tuple(replace(t, window=wrong.get(t.name, t.window)) for t in problem.targets))
    assert smallest_relaxation(broken, most_steps=1).smallest == ()
    smallest = smallest_relaxation(broken).smallest
    assert [t.steps for t in smallest] == [("leaving out estimate", "leaving out i2")]


def test_an_arm_that_is_off_by_one_is_found_when_asked():
    problem, _ = simulated(random.Random(9), 2, COMMON, others=0)
    first, *rest = problem.trials
    wrong = replace(problem, trials=(replace(first, n_t=first.n_t + 1), *rest))
    found = table_sets(replace(wrong, off_by_one=True))
    assert f"{first.label}, n_t {first.n_t} for {first.n_t + 1}" in {g.labels[0] for g in found.groups}
    assert len(list(off_by_one(wrong.trials))) == 8


def test_two_variants_of_one_trial_are_never_in_one_set():
    trials = (Trial("A (week 1)", 5, 5), Trial("A (week 8)", 5, 5), Trial("B", 5, 5), Trial("C", 4, 4))
    found = [tuple(t.label for t in c) for c in choices(trials, 2)]
    assert found == [
        ("A (week 1)", "B"), ("A (week 8)", "B"), ("A (week 1)", "C"), ("A (week 8)", "C"), ("B", "C"),
    ]  # fmt: skip


def test_known_counts_hold():
    problem, true = simulated(random.Random(3), 2, COMMON, others=0)
    a, n, _, m = true.tables[0]
    other = Trial(true.labels[0], n, m, a + 1 if a < n else a - 1)
    found = table_sets(replace(problem, targets=(), trials=(other, problem.trials[1])))
    assert found.groups
    assert all(g.example.tables[0][0] == other.events_t for g in found.groups)


def test_weights_choose_among_studies_by_name():
    problem, true = simulated(random.Random(11), 2, COMMON, others=0)
    weights = evaluated(COMMON, true).fit.weights
    named = Target("w", "weight", "Trial 0", printed(float(weights[0]), 1))
    found = table_sets(replace(problem, targets=(*problem.targets, named)))
    assert 1 <= found.sets <= table_sets(problem).sets
    wrong = replace(named, window=Interval(99.0, 99.5))
    assert table_sets(replace(problem, targets=(*problem.targets, wrong))).impossible


def test_the_search_ends_at_its_number_of_nodes_and_says_so():
    problem, _ = simulated(random.Random(5), 3, DL)
    cut = [table_sets(replace(problem, most_nodes=1_000)) for _ in range(2)]
    assert not cut[0].complete
    assert not cut[0].impossible
    assert cut[0].nodes <= 1_000
    assert "stopped at 1,000 nodes" in cut[0].searched
    assert cut[0] == cut[1]


def test_more_vectors_than_fit_in_memory_end_the_search():
    trials = tuple(Trial(f"Trial {i}", 400, 5) for i in range(3))
    found = table_sets(SetProblem(3, (COMMON,), (), trials=trials))
    assert not found.complete
    assert not found.impossible


def test_vectors_of_an_arm_are_all_there_and_in_order():
    slots = [Letters.of(4, None), Letters.of(3, 2), Letters.of(5, None)]
    found = arm_vectors(slots, ArmTotals(events=Span(5, 6)), 12, budget=Budget(10**6))
    events = [tuple(int(s.x[i]) for s, i in zip(slots, row, strict=True)) for row in found]
    expected = [(a, 2, c) for a in range(5) for c in range(6) if 5 <= a + 2 + c <= 6]
    assert events == sorted(expected)


def test_bounds_cut_only_what_they_exclude():
    rng = np.random.default_rng(2)
    vectors = np.array([(i, j, k) for i in range(4) for j in range(3) for k in range(4)])
    terms = tuple(rng.normal(size=(4, 4)) for _ in range(3))
    bound = Additive(terms, 0.2, 0.9)
    budget = Budget(10**6)
    found = {
        (int(t), int(c))
        for ts, cs in pairs(vectors, vectors, [bound], budget=budget)
        for t, c in zip(ts, cs, strict=True)
    }
    sums = sum(terms[i][np.ix_(vectors[:, i], vectors[:, i])] for i in range(3))
    expected = {(int(t), int(c)) for t, c in np.argwhere((sums >= 0.2) & (sums <= 0.9))}
    assert found == expected
    full = Budget(10**6)
    assert sum(t.size for t, _ in pairs(vectors, vectors, [], budget=full)) == 48 * 48
    assert budget.spent < full.spent


@pytest.mark.parametrize(
    ("given", "expected"),
    [((0.5125, 0.5135), (0.505, 0.515)), ((0.1935, 0.1945), (0.185, 0.195)), ((0.245, 0.255), (0.25, 0.35))],
)
def test_one_decimal_fewer(given, expected):
    found = coarser(Interval(*given))
    assert (found.low, found.high) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"k": 0}, "0 studies"),
        ({"specs": ()}, "at least one specification"),
        ({"specs": (parse_spec("MD | random DL | wald | I2:Q | PI:t-k-2 | 95%"),)}, "cannot be searched"),
        ({"targets": (Target("x", "study_estimate", "A", Interval(0, 1)),)}, "no pooled quantity"),
        ({"trials": (Trial("A", 3000, 3000), Trial("B", 5, 5))}, "too many tables"),
        ({"trials": (), "sizes": Span(0, 5)}, "at least 1"),
    ],
)
def test_what_cannot_be_searched_is_said(change, words):
    with pytest.raises(DataError, match=words):
        replace(SetProblem(2, (DL,), trials=(Trial("A", 5, 5), Trial("B", 5, 5))), **change)


@pytest.mark.parametrize(("cells", "words"), [((0, 5), "has 0 people"), ((5, 5, 6), "6 events in 5 people")])
def test_an_impossible_trial_is_refused(cells, words):
    with pytest.raises(DataError, match=words):
        Trial("A", *cells)
