"""The pruned search finds exactly the sets of tables that trying every one on the slow path finds."""

import itertools
import math
import random

import pytest

from metaudit.enumeration.arms import ArmTotals
from metaudit.enumeration.candidates import Trial
from metaudit.enumeration.constraints import Span
from metaudit.enumeration.set_numbers import evaluated
from metaudit.enumeration.set_problem import SetProblem, TableSet
from metaudit.enumeration.sets import table_sets
from metaudit.errors import DataError
from metaudit.printed import Interval
from metaudit.search.targets import Target
from metaudit.specs import parse_spec

SPECS = [
    "RR | 0.5@only-zero | random DL | wald | I2:Q | PI:t-k-2 | 95%",
    "RR | 0.5@only-zero | random DL (MH-Q) | wald | I2:Q | PI:t-k-2 | 95%",
    "RR | 0.5@only-zero+drop | random DL (MHc-Q) | wald | I2:Q | PI:t-k-2 | 95%",
    "RR | 0.5@only-zero | random PM | hksj | I2:tau2 | PI:t-k-2 | 95%",
    "RR | 0.5@only-zero | common | wald | 95%",
    "RR | 0.5@if-any-zero | common | wald | 95%",
    "RR | 0.5@all | common | t | 95%",
    "RR | 0.5@only-zero | mantel-haenszel | wald | 95%",
    "RR | 0.5@only-zero | mantel-haenszel (corrected) | wald | 95%",
    "OR | 0.5@only-zero+drop | random DL | t | I2:Q | PI:t-k-2 | 99%",
    "OR | 0.5@only-zero | mantel-haenszel | wald | 90%",
    "OR | 0.5@only-zero | peto | wald | 95%",
    "OR | tacc@only-zero | common | wald | 95%",
    "RD | none | random DL | wald | I2:Q | PI:t-k-2 | 95%",
    "RD | 0.5@only-zero | common | wald | 95%",
    "RD | 0.5@only-zero | mantel-haenszel | wald | 95%",
    "RD | 0.5@only-zero | mantel-haenszel (greenland-robins) | wald | 95%",
]
SIZES = ((2, 3), (1, 2), (3, 2))


def window(x, digits):
    s = round(x, digits)
    half = 0.5 * 10**-digits
    return Interval(s - half, s + half)


def numbers(spec, tables):
    """Estimate, limits and I2 on the natural scale by the slow path; None where it is not defined."""
    try:
        e = evaluated(spec, TableSet((), tables))
    except DataError:
        return None
    found = {n: e.natural(getattr(e.fit, n)) for n in ("estimate", "ci_low", "ci_high")}
    return found if all(math.isfinite(x) for x in found.values()) else None


def splits(sizes, total):
    return [x for x in itertools.product(*(range(n + 1) for n in sizes)) if sum(x) == total]


def every_set(spec, sizes, events, fits):
    """All sets of tables with these arm sizes and totals that fit."""
    found = []
    for a in splits([s[0] for s in sizes], events[0]):
        for c in splits([s[1] for s in sizes], events[1]):
            tables = tuple((x, n, y, m) for x, y, (n, m) in zip(a, c, sizes, strict=True))
            ours = numbers(spec, tables)
            if ours is not None and fits(ours):
                found.append(tables)
    return found


def problem_of(spec, truth, totals, *, trials, digits=2):
    targets = tuple(Target(n, n, "", window(x, digits)) for n, x in truth.items())
    arms = [ArmTotals(events=Span.exactly(x)) for x in totals]
    return SetProblem(len(trials), (spec,), targets, *arms, trials=trials)


@pytest.mark.parametrize("text", SPECS)
def test_every_set_and_no_other(text):
    spec = parse_spec(text)
    rng = random.Random(text)
    trials = tuple(Trial(f"Trial {i}", n, m) for i, (n, m) in enumerate(SIZES))
    compared = 0
    while compared < 1:
        true = tuple((rng.randint(0, n), n, rng.randint(0, m), m) for n, m in SIZES)
        truth = numbers(spec, true)
        if truth is None or max(map(abs, truth.values())) > 1e6:
            continue
        compared += 1
        totals = (sum(t[0] for t in true), sum(t[2] for t in true))
        # one decimal, so that several sets give the same numbers
        expected = every_set(spec, SIZES, totals, lambda x, t=truth: all(v in window(t[n], 1) for n, v in x.items()))
        problem = problem_of(spec, truth, totals, trials=trials, digits=1)
        found, all_of_them = table_sets(problem), table_sets(problem, attainable=True)
        assert found.complete
        assert found.sets == all_of_them.sets == len(expected) >= 1
        assert found.groups[0].count == len(expected)
        assert found.groups[0].example.tables in expected
        assert found.groups == all_of_them.groups


@pytest.mark.parametrize("text", SPECS[:8])
def test_what_is_attainable_is_the_range_over_all_sets(text):
    spec, totals = parse_spec(text), (3, 3)
    every = [numbers(spec, s) for s in every_set(spec, SIZES, totals, lambda x: True)]
    trials = tuple(Trial(f"Trial {i}", n, m) for i, (n, m) in enumerate(SIZES))
    problem = problem_of(spec, {"estimate": 1.0}, totals, trials=trials, digits=4)
    (reach,) = table_sets(problem, attainable=True).reach
    assert reach.count == len(every)
    for name in ("estimate", "ci_low", "ci_high"):
        assert reach.low[name] == pytest.approx(min(e[name] for e in every), rel=1e-9)
        assert reach.high[name] == pytest.approx(max(e[name] for e in every), rel=1e-9)
    w = problem.targets[0].window
    away = [0.0 if e["estimate"] in w else max(w.low - e["estimate"], e["estimate"] - w.high) for e in every]
    assert reach.distance == pytest.approx(min(away) / (w.high - w.low), rel=1e-6, abs=1e-9)
    assert sum(reach.missed.values()) == len(every)
    assert reach.missed.get((), 0) == sum(a == 0 for a in away)


def test_without_candidates_every_set_of_exchangeable_studies_counts_once():
    spec = parse_spec(SPECS[4])
    true = ((1, 2, 0, 2), (2, 3, 1, 2))
    truth = numbers(spec, true)
    expected = set()
    for n1, m1 in itertools.product(range(1, 5), range(1, 4)):
        sizes = ((n1, m1), (5 - n1, 4 - m1))
        for s in every_set(spec, sizes, (3, 1), lambda x: all(v in window(truth[n], 1) for n, v in x.items())):
            expected.add(tuple(sorted(s)))
    targets = tuple(Target(n, n, "", window(x, 1)) for n, x in truth.items())
    problem = SetProblem(
        2, (spec,), targets, ArmTotals(events=Span.exactly(3), people=Span.exactly(5)),
        ArmTotals(events=Span.exactly(1), people=Span.exactly(4)), sizes=Span(1, 4),
    )  # fmt: skip
    found = table_sets(problem)
    assert found.complete
    assert tuple(sorted(true)) in expected
    assert found.sets == found.groups[0].count == len(expected)


def test_a_printed_share_stands_for_every_count_that_rounds_to_it():
    spec = parse_spec(SPECS[4])
    trials = (Trial("A", 30, 30), Trial("B", 25, 20))
    share = Interval(0.395, 0.405)  # 22 of 55 alone
    wide = SetProblem(2, (spec,), (), ArmTotals(share), ArmTotals(events=Span.exactly(10)), trials=trials)
    one = SetProblem(
        2, (spec,), (), ArmTotals(events=Span.exactly(22)), ArmTotals(events=Span.exactly(10)), trials=trials
    )
    assert [x for x in range(56) if x / 55 in share] == [22]
    assert table_sets(wide).sets == table_sets(one).sets > 0


def test_the_mean_of_shares_is_another_reading():
    spec = parse_spec(SPECS[4])
    trials = (Trial("A", 10, 10), Trial("B", 4, 4))
    share = Interval(0.5245, 0.5255)
    arms = ArmTotals(share, mean=True), ArmTotals(events=Span.exactly(3))
    expected = sum(
        1
        for a, b in itertools.product(range(11), range(5))
        if (a / 10 + b / 4) / 2 in share
        for c in range(4)
        if 3 - c <= 4
    )
    found = table_sets(SetProblem(2, (spec,), (), *arms, trials=trials))
    assert found.sets == expected > 0
    assert table_sets(SetProblem(2, (spec,), (), ArmTotals(share), arms[1], trials=trials)).sets == 0  # no x of 14
