"""Tables behind printed effects: never a true one missed, exact counts for large arms, and what a reader is told."""

import math
import time

import numpy as np
import pytest
from scipy.stats import fisher_exact

from metaudit.enumeration import Arm, Effect, Span, TableConstraints, fraction_window, printed_window, tables
from metaudit.enumeration.fisher import Margins, _by_set, _by_walk, fisher
from metaudit.enumeration.two_by_two import Block, fisher_hits
from metaudit.enumeration.windows import at_least, at_most, inside
from metaudit.errors import DataError
from metaudit.printed import Interval


def known(n1, n2):
    return Arm(Span.exactly(n1)), Arm(Span.exactly(n2))


def printed(measure, a, n1, c, n2, decimals=2, level=0.95):
    """An effect as a paper prints it, by formulas of our own."""
    z = {0.95: 1.959963984540054, 0.99: 2.5758293035489004}[level]
    cells = [a, n1 - a, c, n2 - c]
    if 0 in cells and measure != "RD":
        cells = [x + 0.5 for x in cells]
    a, b, c, d = cells
    if measure == "RD":
        p, q = a / (a + b), c / (c + d)
        half = z * math.sqrt(p * (1 - p) / (a + b) + q * (1 - q) / (c + d))
        values = p - q, p - q - half, p - q + half
    else:
        y = a * (c + d) / (c * (a + b)) if measure == "RR" else a * d / (b * c)
        v = 1 / a + 1 / c - 1 / (a + b) - 1 / (c + d) if measure == "RR" else 1 / a + 1 / b + 1 / c + 1 / d
        values = y, y * math.exp(-z * math.sqrt(v)), y * math.exp(z * math.sqrt(v))
    return Effect(measure, *(printed_window(f"{x:.{decimals}f}") for x in values), level=level)


@pytest.mark.parametrize("measure", ["RR", "OR", "RD"])
def test_the_true_table_is_always_among_those_found(measure):
    """Simulated trials of 10 to 200 people an arm, every fourth with a zero cell; docs/integer-checks.md has 10,000 of each."""
    rng = np.random.default_rng(7)
    unique = []
    for i in range(600):
        n1, n2 = (round(math.exp(rng.uniform(math.log(10), math.log(200)))) for _ in range(2))
        a, c = (int(rng.binomial(n, rng.beta(1.2, 2.5))) for n in (n1, n2))
        if i % 4 == 0:
            a, c = [(0, max(c, 1)), (n1, min(c, n2 - 1)), (max(a, 1), 0), (min(a, n1 - 1), n2)][i // 4 % 4]
        if measure != "RD" and a + c in (0, n1 + n2):
            continue
        found = tables(TableConstraints(*known(n1, n2), effects=(printed(measure, a, n1, c, n2),)))
        assert (a, n1, c, n2) in found
        assert found.complete
        unique.append(found.verdict == "unique")
    assert np.mean(unique) >= (0.9 if measure == "RR" else 0.5)


@pytest.mark.parametrize(
    ("measure", "a", "c"),
    [("RR", 500, 600), ("RR", 12345, 13210), ("OR", 700, 650), ("RD", 180, 300), ("RR", 99_800, 99_700)],
)
def test_arms_of_a_hundred_thousand_are_counted_exactly_and_quickly(measure, a, c):
    n = 100_000
    effect = printed(measure, a, n, c, n, decimals=4 if measure == "RD" else 2)
    started = time.process_time()
    found = tables(TableConstraints(*known(n, n), effects=(effect,)))
    assert time.process_time() - started < 1
    assert (a, n, c, n) in found or found.count > 100_000
    assert found.a.size == min(found.count, 100_000)
    if measure != "RR" or a < 50_000:  # there the plain count would take minutes
        assert found.count == plainly_counted(effect, a, c, n)


def plainly_counted(effect, a, c, n):
    """By plain formulas over every a, and the 80 numbers on either side of the c that gives the same effect."""
    x = np.arange(1, n, dtype=float)
    near = {
        "RD": x + c - a,
        "RR": x * c / a,
        "OR": n / (1 + (n - x) / x * a * (n - c) / (c * (n - a))),
    }[effect.measure]
    count = 0
    for shift in range(-80, 81):
        y = np.rint(near) + shift
        good = (y > 0) & (y < n)
        y = np.where(good, y, 1.0)
        if effect.measure == "RD":
            est, half = (x - y) / n, 1.959963984540054 * np.sqrt((x * (n - x) + y * (n - y)) / n**3)
            values = est, est - half, est + half
        elif effect.measure == "RR":
            est, factor = x / y, np.exp(1.959963984540054 * np.sqrt(1 / x + 1 / y - 2 / n))
            values = est, est / factor, est * factor
        else:
            v = 1 / x + 1 / y + 1 / (n - x) + 1 / (n - y)
            est, factor = x * (n - y) / (y * (n - x)), np.exp(1.959963984540054 * np.sqrt(v))
            values = est, est / factor, est * factor
        for window, value in zip(effect.windows, values, strict=True):
            good &= (value >= window.low) & (value <= window.high)
        count += int(good.sum())
    return count


def test_a_limit_shortens_the_list_and_not_the_count():
    constraints = TableConstraints(*known(60, 60), Span(), Span(), None, (Effect("RR", printed_window("0.9")),))
    everything, some = tables(constraints), tables(constraints, limit=7)
    assert everything.count == some.count == everything.a.size > 7
    assert some.a.size == 7
    assert [some.shown(i) in {everything.shown(j) for j in range(everything.count)} for i in range(7)] == [True] * 7
    none = tables(constraints, limit=0)
    assert (none.count, none.a.size, none.verdict) == (everything.count, 0, "many")


def test_a_search_that_was_bounded_never_says_impossible_or_unique():
    shares = [Arm(proportion=fraction_window(p)) for p in ("51.3%", "19.4%")]
    effect = printed("RR", 20, 39, 7, 36)
    open_ended = tables(TableConstraints(*shares, effects=(effect,), largest_total=200))
    assert (open_ended.count, open_ended.verdict, open_ended.bounded) == (1, "not settled", True)
    assert "any number of people in either arm, up to 200 in all" in open_ended.sentence
    closed = tables(TableConstraints(*shares, Span.exactly(75), effects=(effect,)))
    assert closed.verdict == "unique"
    assert closed.sentence.endswith("Found: one table: 20/39 against 7/36.")
    small = tables(TableConstraints(*shares, effects=(effect,), largest_total=50))
    assert (small.verdict, "none was found" in small.sentence) == ("not settled", True)


def test_work_that_is_too_much_is_cut_to_a_total_that_is_named(monkeypatch):
    monkeypatch.setattr("metaudit.enumeration.table.MOST_WORK", 20_000)
    effect = printed("RR", 7, 17, 15, 33)
    constraints = TableConstraints(total=Span(2, 400), effects=(effect,))
    found = tables(constraints)
    assert found.bounded
    most = int(found.searched.split("up to ")[1].split()[0])
    assert 30 < most < 400
    full = tables(TableConstraints(total=Span(2, most), effects=(effect,)))
    assert full.count == found.count


def test_tables_tried_one_by_one_are_bounded_too(monkeypatch):
    monkeypatch.setattr("metaudit.enumeration.table.MOST_TABLES", 5_000)
    monkeypatch.setattr("metaudit.enumeration.table._STEP", 1_000)
    found = tables(TableConstraints(*known(200, 200), p=printed_window("0.04"), p_tests=("pearson",)))
    assert not found.complete
    assert found.sentence.count("at least") == 1
    assert "5,000" in found.searched
    assert found.verdict in ("many", "not settled")


def test_a_p_value_narrows_and_names_its_test():
    effect = Effect("RR", printed_window("2.6"))
    without = tables(TableConstraints(*known(39, 36), effects=(effect,)))
    fishers = printed_window(f"{fisher_exact([[20, 19], [7, 29]])[1]:.4f}")
    found = tables(TableConstraints(*known(39, 36), effects=(effect,), p=fishers))
    assert 0 < found.count < without.count
    i = [found.shown(i) for i in range(found.count)].index("20/39 against 7/36")
    assert [t for t, hit in found.p_tests.items() if hit[i]] == ["fisher"]
    assert "Fisher's exact test" in found.sentence


def test_fishers_test_of_large_tables():
    rng = np.random.default_rng(3)
    n1, n2 = rng.integers(1, 3000, 60), rng.integers(1, 3000, 60)
    a, c = rng.integers(0, n1 + 1), rng.integers(0, n2 + 1)
    a[:30] = np.minimum(n1[:30], np.rint(c[:30] * n1[:30] / n2[:30]).astype(int) + rng.integers(-20, 20, 30)).clip(0)
    expected = [fisher_exact([[w, x - w], [y, z - y]])[1] for w, x, y, z in zip(a, n1, c, n2, strict=True)]
    table = Margins(a, n1, n2, a + c)
    margins, group = np.unique(np.stack(table[1:]), axis=1, return_inverse=True)
    everything = np.full(margins.shape[1], 1e9)
    block = Block(a, n1, c, n2)
    for found in (fisher(*block), _by_walk(table), _by_set(a, margins, group.reshape(-1), everything)):
        assert found == pytest.approx(expected, rel=1e-9, abs=1e-280)
    for window in (Interval(0.01, 0.3), Interval(-math.inf, 0.001, high_open=True), Interval(0.05, math.inf)):
        assert fisher_hits(block, window).tolist() == [p in window for p in expected]


def test_fishers_test_of_many_tables_with_the_same_margins():
    """All tables of 300 against 250 people and 90 events, and of 20,000 against 20,000 and 3,000 in the middle."""
    for n1, n2, m, some in ((300, 250, 90, range(91)), (20_000, 20_000, 3_000, range(1380, 1620, 3))):
        a = np.array(some)
        c, sizes = m - a, [np.full(a.shape, n) for n in (n1, n2)]
        expected = [fisher_exact([[x, n1 - x], [y, n2 - y]])[1] for x, y in zip(a, c, strict=True)]
        assert fisher(a, sizes[0], c, sizes[1]) == pytest.approx(expected, rel=1e-9)


def test_windows_over_arrays_are_those_of_single_numbers():
    texts = ["0.05", "-1.20", "12", "<0.001", ">3", "≥2", "0"]
    for text in texts:
        for rounding in ("nearest", "truncated"):
            window = printed_window(text, rounding)
            edges = [e for e in (window.low, window.high) if math.isfinite(e)]
            x = np.array(
                [e * f + s for e in edges for f in (1 - 1e-13, 1, 1 + 1e-13, 1.1) for s in (-1e-15, 0, 0.01)]
                + [math.nan]
            )
            assert inside(window, x).tolist() == [float(v) in window for v in x]
            assert (at_least(window, x) & at_most(window, x)).tolist() == inside(window, x).tolist()


def test_ties_and_cut_digits():
    """1/8 = 12.5 %: rounds to 12 % or 13 %; cut off it is 12 %, and 13 % needs more."""
    for text, rounding, possible in (
        ("12%", "nearest", 1),
        ("13%", "nearest", 1),
        ("12%", "truncated", 1),
        ("13%", "truncated", 0),
    ):
        arm = Arm(Span.exactly(8), proportion=fraction_window(text, rounding))
        found = tables(TableConstraints(arm, Arm(Span.exactly(1), Span.exactly(0))))
        assert found.count == possible, (text, rounding)
    # 513/1000 cut off is 51.3 %, not 51.2 %
    arm = Arm(Span.exactly(1000), Span.exactly(513), fraction_window("51.2%", "truncated"))
    assert tables(TableConstraints(arm, Arm(Span.exactly(1)))).verdict == "impossible"


def test_what_makes_no_sense_is_refused():
    for wrong, words in (
        (lambda: Span(5, 3), "between 5 and 3"),
        (lambda: Effect("HR"), "no effect of a two-by-two table"),
        (lambda: Effect("RR", level=95), "between 0 and 1"),
        (lambda: Effect("RR", zero_cells="often"), "zero cells"),
        (lambda: TableConstraints(p_tests=("t",)), "choose pearson"),
        (lambda: TableConstraints(largest_total=1), "at least two people"),
        (lambda: TableConstraints(Arm(Span(1, 10**8)), Arm(Span(1, 10**8))), "narrower range"),
        (lambda: fraction_window("51.3"), "51.3%"),
        (lambda: fraction_window("120%"), "no share"),
        (lambda: printed_window("1.2", "down"), "rounding"),
    ):
        with pytest.raises(DataError, match=words):
            wrong()
