"""Bounds of SDs, and whether a mean and an SD go together, against every set of whole numbers on small scales."""

import math
import random
import statistics
from itertools import combinations_with_replacement

import pytest

from metaudit.enumeration.sd_bounds import mean_sd_feasible, sd_bounds
from metaudit.enumeration.squares import WIDEST, assured_shortfall, largest_squares, possible_squares, smallest_squares
from metaudit.errors import DataError

CASES = [(w, n) for w in range(1, 6) for n in range(1, 9)] + [(6, 5), (7, 5), (9, 4), (12, 3), (20, 2)]


@pytest.mark.parametrize(("width", "n"), CASES)
def test_sums_of_squares_against_every_set(width, n):
    every = {(sum(v), sum(x * x for x in v)) for v in combinations_with_replacement(range(width + 1), n)}
    for total in range(n * width + 1):
        mine = [q for q in range(n * width**2 + 2) if possible_squares(q, total, n, width=width)]
        assert mine == sorted(q for t, q in every if t == total)
        assert smallest_squares(total, n) == mine[0]
        assert largest_squares(total, n, width) == mine[-1]


def test_many_people_have_every_second_sum_of_squares_up_to_the_last_few():
    """A large n against a set built by moving two equal numbers apart, step by step."""
    width, n, total = 6, 60, 171
    numbers = [total // n] * (n - total % n) + [total // n + 1] * (total % n)
    while True:
        assert possible_squares(sum(x * x for x in numbers), total, n, width=width)
        inner = [v for v in range(1, width) if numbers.count(v) > 1]
        if not inner:
            break
        numbers.remove(inner[0])
        numbers[numbers.index(inner[0])] += 1
        numbers.append(inner[0] - 1)
    assert width * total - sum(x * x for x in numbers) <= assured_shortfall(width)


def test_wide_scales_are_not_settled_only_next_to_the_largest_sd():
    width = WIDEST + 1
    n, total = 400, 5000
    short = assured_shortfall(width)
    assert possible_squares(width * total - short - (short + width * total - total) % 2, total, n, width=width) is True
    q = largest_squares(total, n, width) - 2
    assert possible_squares(q, total, n, width=width) is None


def data_sets(low, high, n):
    return list(combinations_with_replacement(range(low, high + 1), n))


@pytest.mark.parametrize(
    ("low", "high", "n", "items"), [(1, 5, 5, 1), (0, 3, 6, 1), (-2, 2, 4, 1), (1, 4, 3, 2), (0, 1, 7, 1)]
)
@pytest.mark.parametrize("denominator", ["sample", "population"])
def test_mean_and_sd_against_every_data_set(low, high, n, items, denominator):
    """With items, every person's score is a sum of that many ratings."""
    spread = statistics.stdev if denominator == "sample" else statistics.pstdev
    pairs = [(sum(v) / n / items, spread(v) / items) for v in data_sets(low * items, high * items, n)]
    options = {"scale_min": low, "scale_max": high, "items": items, "denominator": denominator}
    for mean in {f"{m:.1f}" for m, _ in pairs} | {f"{low + 0.7:.1f}", f"{low + 0.3:.1f}"}:
        same = [s for m, s in pairs if abs(m - float(mean)) <= 0.05 + 1e-12]
        bounds = sd_bounds(mean, n, **options)
        assert bounds == pytest.approx((min(same), max(same)), rel=1e-12) if same else math.isnan(bounds[0])
        for i in range(int((high - low) * 12)):
            sd = f"{i / 10:.1f}"
            expected = any(abs(s - i / 10) <= 0.05 + 1e-12 for s in same)
            check = mean_sd_feasible(mean, sd, n, **options)
            assert (check.possible, check.settled) == (expected, True), (mean, sd)
            assert bool(check.reason) == (not expected)


def test_true_data_are_never_refused():
    """Sizes to 5,000, scales to 100 points, several items, all decimals: possible, and settled when the scale is not wide."""
    rng = random.Random(11)
    for _ in range(300):
        n, items = rng.choice([rng.randint(2, 40), rng.randint(2, 600)]), rng.choice([1, 1, 1, 4])
        low = rng.choice([0, 1, -3])
        high = low + rng.choice([1, 4, 6, 10, 100])
        peak = rng.choice([0.3, 1, 4])
        scores = [sum(low + round((high - low) * rng.betavariate(peak, peak)) for _ in range(items)) for _ in range(n)]
        d = rng.randint(0, 3)
        mean, sd = f"{sum(scores) / n / items:.{d}f}", f"{statistics.stdev(scores) / items:.{d}f}"
        for ends in ({"scale_min": low, "scale_max": high}, {}):
            check = mean_sd_feasible(mean, sd, n, items=items, **ends)
            assert check.possible, (mean, sd, n, items, ends)
        if (high - low) * items <= WIDEST:
            assert mean_sd_feasible(mean, sd, n, items=items, scale_min=low, scale_max=high).settled


def test_without_a_scale_parity_and_the_smallest_sd_are_left():
    for n in (5, 9, 18):
        pairs = [(sum(v), sum(x * x for x in v)) for v in combinations_with_replacement(range(4), n)]
        for total in range(n, 2 * n):
            squares = {q for t, q in pairs if t == total}
            for q in squares:
                sd = math.sqrt((q - total**2 / n) / (n - 1))
                check = mean_sd_feasible(f"{total / n:.4f}", f"{sd:.4f}", n)
                assert check.possible
                odd = math.sqrt((q + 1 - total**2 / n) / (n - 1))
                wrong = mean_sd_feasible(f"{total / n:.4f}", f"{odd:.4f}", n)
                assert not wrong.possible
                assert wrong.reason == "between"


def test_reasons_are_worded():
    small = mean_sd_feasible("3.45", "0.10", 20, scale_min=1, scale_max=7)
    assert (small.reason, "at least 0.510" in small.sentence) == ("too small", True)
    large = mean_sd_feasible("3.45", "3.02", 20, scale_min=1, scale_max=7)
    assert (large.reason, "at most 2.982" in large.sentence) == ("too large", True)
    assert mean_sd_feasible("3.46", "1.20", 20, scale_min=1, scale_max=7).reason == "mean"
    assert "can have" in mean_sd_feasible("3.45", "1.23", 20).sentence


def test_what_makes_no_sense_is_refused():
    for options in ({"scale_min": 1}, {"scale_min": 7, "scale_max": 1}, {"denominator": "n"}, {"items": 0}):
        with pytest.raises(DataError):
            mean_sd_feasible("3.4", "1.2", 20, **options)
    with pytest.raises(DataError, match="one person"):
        mean_sd_feasible("3.0", "1.2", 1)
