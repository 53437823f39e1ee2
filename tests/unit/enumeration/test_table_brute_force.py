"""The pruned search finds exactly the tables that trying every one with plain formulas finds."""

import itertools
import math
import random
from dataclasses import replace
from decimal import ROUND_DOWN, Decimal, localcontext

import pytest
from scipy.stats import chi2 as chi2_distribution
from scipy.stats import chi2_contingency, fisher_exact, norm

from metaudit.enumeration.constraints import Arm, Effect, Span, TableConstraints
from metaudit.enumeration.table import tables
from metaudit.enumeration.two_by_two import P_TESTS
from metaudit.enumeration.windows import printed_window


def effect(measure, a, n1, c, n2, *, level=0.95, add=0.5, to="only-zero"):
    """Estimate and Wald limits on the natural scale; NaN where not defined."""
    cells = [a, n1 - a, c, n2 - c]
    if to == "all" or (to == "only-zero" and 0 in cells):
        cells = [x + add for x in cells]
    a, b, c, d = cells
    n1, n2 = a + b, c + d
    z = norm.ppf(0.5 + level / 2)
    if measure == "RD":
        p1, p2 = a / n1, c / n2
        half = z * math.sqrt(p1 * (1 - p1) / n1 + p2 * (1 - p2) / n2)
        return p1 - p2, p1 - p2 - half, p1 - p2 + half
    if measure == "PETO":
        m, n = a + c, n1 + n2
        v = n1 * n2 * m * (n - m) / (n**2 * (n - 1))
        if v == 0:
            return math.nan, math.nan, math.nan
        y, half = (a - n1 * m / n) / v, z / math.sqrt(v)
        return math.exp(y), math.exp(y - half), math.exp(y + half)
    if measure == "RR":
        top, bottom = a * n2, c * n1
        v = 1 / a - 1 / n1 + 1 / c - 1 / n2 if a and c else math.nan
    else:
        top, bottom = a * d, b * c
        v = 1 / a + 1 / b + 1 / c + 1 / d if a and b and c and d else math.nan
    if bottom == 0:
        return (math.inf if top else math.nan), math.nan, math.nan
    y, half = top / bottom, z * math.sqrt(v)
    return y, y * math.exp(-half), y * math.exp(half)


def p_of(test, a, n1, c, n2, **zero):
    m = a + c
    if test in ("pearson", "yates"):
        return math.nan if m in (0, n1 + n2) else float(chi2_distribution.sf(chi2_of(test, a, n1, c, n2), 1))
    if test == "fisher":
        return float(fisher_exact([[a, n1 - a], [c, n2 - c]])[1])
    measure = test[2:]
    if measure == "RD":
        zero = {"to": "none", **zero}
    y, low, high = effect(measure, a, n1, c, n2, **zero)
    if measure != "RD":
        if not (y > 0 and math.isfinite(y)):
            return math.nan
        y, low, high = math.log(y), math.log(low) if low > 0 else math.nan, math.log(high)
    se = (high - low) / 2 / norm.ppf(0.975)
    return 2 * norm.sf(abs(y) / se) if se > 0 else math.nan


def chi2_of(test, a, n1, c, n2):
    if a + c in (0, n1 + n2):
        return math.nan
    return float(chi2_contingency([[a, n1 - a], [c, n2 - c]], correction=test == "yates")[0])


def all_tables(sizes, fits):
    """Every table with sizes ``(n1, n2)`` among those given that fits."""
    return sorted(
        (n1, n2, a, c)
        for n1, n2 in sizes
        for a, c in itertools.product(range(n1 + 1), range(n2 + 1))
        if fits(a, n1, c, n2)
    )


MEASURES = ("RR", "OR", "RD")


def window(value, decimals, *, cut):
    """What a value prints as; ratios and differences may be cut off toward zero instead of rounded."""
    if not math.isfinite(value):
        return None
    if not cut:
        return printed_window(f"{value:.{decimals}f}")
    with localcontext(rounding=ROUND_DOWN):
        text = f"{Decimal(f'{value:.12g}'):.{decimals}f}"
    # a little off the digits, where a value like 1.20 falls on one side or the other by the order of its operations
    w = printed_window(text, "truncated")
    off = math.copysign(3e-10, -value)
    return replace(w, low=w.low + off, high=w.high + off)


def printed_effect(rng, table):
    measure = rng.choice(MEASURES)
    zero = rng.choice([{"add": 0.5, "to": "only-zero"}, {"to": "none"}, {"add": 0.5, "to": "all"}])
    level = rng.choice([0.9, 0.95, 0.99, 0.999])
    decimals, cut = rng.choice([1, 1, 2]), rng.random() < 0.2
    windows = [window(v, decimals, cut=cut) for v in effect(measure, *table, level=level, **zero)]
    kept = [w if rng.random() < 0.7 else None for w in windows]
    rule = "none" if zero["to"] == "none" else f"{zero['add']}@{zero['to']}"
    return Effect(measure, *kept, level=level, zero_cells=rule), zero


def has_effect(printed, zero, table):
    values = effect(printed.measure, *table, level=printed.level, **zero)
    return all(w is None or v in w for w, v in zip(printed.windows, values, strict=True))


def same(found, expected):
    listed = list(zip(found.n1.tolist(), found.n2.tolist(), found.a.tolist(), found.c.tolist(), strict=True))
    assert listed == expected
    assert found.count == len(expected)


def drawn(rng, largest):
    n1, n2 = rng.randint(1, largest), rng.randint(1, largest)
    edge = rng.random()
    a = rng.choice([0, n1]) if edge < 0.15 else rng.randint(0, n1)
    c = rng.choice([0, n2]) if 0.1 < edge < 0.25 else rng.randint(0, n2)
    return a, n1, c, n2


@pytest.mark.parametrize("seed", range(12))
def test_effects_with_known_arms(seed):
    """100 tables a seed: any two of the measures, each with some of estimate and limits, at four levels."""
    rng = random.Random(seed)
    for _ in range(100):
        table = drawn(rng, 12)
        effects = [printed_effect(rng, table) for _ in range(rng.choice([1, 1, 2]))]
        constraints = TableConstraints(
            Arm(Span.exactly(table[1])), Arm(Span.exactly(table[3])), effects=tuple(e for e, _ in effects)
        )
        expected = all_tables([(table[1], table[3])], lambda *t: all(has_effect(e, z, t) for e, z in effects))  # noqa: B023
        same(tables(constraints), expected)


def span(rng, x, most=10**9):
    kind = rng.random()
    return Span.exactly(x) if kind < 0.3 else Span(max(0, x - rng.randint(0, 4)), min(most, x + rng.randint(0, 4)))


def within(s, x):
    return s.low <= x <= s.high


def share(rng, x, n):
    return printed_window(f"{x / n:.{rng.choice([1, 2, 3])}f}") if rng.random() < 0.5 else None


@pytest.mark.parametrize("seed", range(8))
def test_sizes_known_in_part(seed):
    """15 tables a seed: arm sizes exact, between two ends or unknown; events and shares per arm and together."""
    rng = random.Random(1000 + seed)
    for _ in range(15):
        table = a, n1, c, n2 = drawn(rng, 8)
        total = span(rng, n1 + n2) if rng.random() < 0.7 else Span()
        any_, most = Span(), 14
        arms = [
            Arm(
                span(rng, n) if rng.random() < 0.5 else any_,
                span(rng, x) if rng.random() < 0.2 else any_,
                share(rng, x, n),
            )
            for x, n in ((a, n1), (c, n2))
        ]
        events = span(rng, a + c) if rng.random() < 0.3 else any_
        both = share(rng, a + c, n1 + n2)
        printed, zero = printed_effect(rng, table)
        constraints = TableConstraints(*arms, total, events, both, (printed,), largest_total=most)
        largest = constraints.most_people

        def fits(a, n1, c, n2):
            return (
                within(events, a + c)  # noqa: B023
                and (both is None or (a + c) / (n1 + n2) in both)  # noqa: B023
                and all(
                    within(arm.events, x) and (arm.proportion is None or x / n in arm.proportion)
                    for arm, x, n in ((arms[0], a, n1), (arms[1], c, n2))  # noqa: B023
                )
                and has_effect(printed, zero, (a, n1, c, n2))  # noqa: B023
            )

        sizes = [
            (i, j)
            for i in range(1, largest)
            for j in range(1, largest)
            if within(arms[0].n, i) and within(arms[1].n, j) and within(total, i + j) and i + j <= largest
        ]
        found = tables(constraints)
        same(found, all_tables(sizes, fits))
        assert found.bounded == constraints.open_ended
        assert table in found or n1 + n2 > largest


@pytest.mark.parametrize("seed", range(6))
def test_tests_and_chi_squares(seed):
    """20 tables a seed: a P value from a random test, all tests being alternatives, and a chi-square in every third."""
    rng = random.Random(2000 + seed)
    for _ in range(20):
        a, n1, c, n2 = drawn(rng, 8)
        true_test = rng.choice(list(P_TESTS))
        p = p_of(true_test, a, n1, c, n2)
        p_window = None if math.isnan(p) else printed_window(f"{p:.{rng.choice([2, 3])}f}" if p >= 0.001 else "<.001")
        tests = tuple(rng.sample(list(P_TESTS), rng.randint(1, 5)))
        x2 = chi2_of("yates", a, n1, c, n2)
        x2_window = printed_window(f"{x2:.1f}") if rng.random() < 0.35 and x2 == x2 else None
        constraints = TableConstraints(
            Arm(Span.exactly(n1)), Arm(Span.exactly(n2)), p=p_window, p_tests=tests, chi2=x2_window
        )

        def fits(a, n1, c, n2):
            return (p_window is None or any(p_of(t, a, n1, c, n2) in p_window for t in tests)) and (  # noqa: B023
                x2_window is None or any(chi2_of(t, a, n1, c, n2) in x2_window for t in ("pearson", "yates"))  # noqa: B023
            )

        found = tables(constraints)
        same(found, all_tables([(n1, n2)], fits))
        for test, hits in found.p_tests.items():
            for i, hit in enumerate(hits):
                assert hit == (p_of(test, found.a[i], found.n1[i], found.c[i], found.n2[i]) in p_window)


@pytest.mark.parametrize("seed", range(4))
def test_petos_odds_ratio(seed):
    rng = random.Random(3000 + seed)
    for _ in range(25):
        table = drawn(rng, 18)
        windows = [window(v, 2, cut=False) for v in effect("PETO", *table, to="none")]
        printed = Effect("PETO", *windows)
        constraints = TableConstraints(Arm(Span.exactly(table[1])), Arm(Span.exactly(table[3])), effects=(printed,))
        zero = {"to": "none"}
        expected = all_tables([(table[1], table[3])], lambda *t: has_effect(printed, zero, t))  # noqa: B023
        same(tables(constraints), expected)
