"""GRIM finds exactly the means that some whole numbers have."""

import random
from decimal import ROUND_DOWN, ROUND_HALF_DOWN, ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from fractions import Fraction

import pytest

from metaudit.enumeration.grim import grim, grim_power
from metaudit.errors import DataError, PrintedError

ROUNDINGS = {
    "nearest": (ROUND_HALF_UP, ROUND_HALF_DOWN, ROUND_HALF_EVEN),
    "truncated": (ROUND_DOWN,),
}


def printed(total, parts, decimals, how):
    """The exact mean as a program prints it: divided with 50 digits, which no tie of ours needs more of."""
    return str((Decimal(total) / Decimal(parts)).quantize(Decimal(1).scaleb(-decimals), how))


@pytest.mark.parametrize("rounding", ROUNDINGS)
@pytest.mark.parametrize("decimals", [0, 1, 2])
def test_against_every_sum(rounding, decimals):
    for parts in range(1, 64):
        texts = {
            printed(t, parts, decimals, how).removeprefix("-") if t == 0 else printed(t, parts, decimals, how)
            for t in range(3 * parts + 1)
            for how in ROUNDINGS[rounding]
        }
        step = Decimal(1).scaleb(-decimals)
        for i in range(int(2 / step)):
            text = str((step * i).quantize(step))
            assert grim(text, parts, rounding=rounding).possible == (text in texts), (text, parts)


@pytest.mark.parametrize("rounding", ROUNDINGS)
def test_a_true_mean_is_never_refused(rounding):
    """Sizes to 100,000, several items, scales below and above 0, every way of rounding."""
    rng = random.Random(5)
    for _ in range(3000):
        n, items = rng.choice([rng.randint(1, 60), rng.randint(1, 100_000)]), rng.randint(1, 8)
        low = rng.randint(-50, 50)
        high = low + rng.randint(1, 100)
        total = rng.randint(low * n * items, high * n * items)
        for how in ROUNDINGS[rounding]:
            text = printed(total, n * items, rng.randint(0, 4), how)
            check = grim(text, n, items=items, scale_min=low, scale_max=high, rounding=rounding)
            assert check.possible, (text, n, items)
            assert total in check.sums


def test_the_worked_example_of_the_paper():
    """A mean of 5.19 of 28 people is impossible: 145/28 prints as 5.18, 146/28 as 5.21."""
    check = grim("5.19", 28)
    assert not check.possible
    assert check.nearest == ("5.179", "5.214")
    assert "5.19" in check.sentence
    assert "28" in check.sentence
    assert grim("5.18", 28).possible
    assert grim("5.21", 28).possible


def test_power_is_the_share_of_impossible_means():
    for parts in (1, 3, 7, 28, 50, 64, 99, 150):
        every = [grim(f"{i / 100:.2f}", parts).possible for i in range(100, 200)]
        assert grim_power(parts, 2) == pytest.approx(1 - sum(every) / 100)
    assert grim_power(28, 2) == pytest.approx(0.72)
    assert "cannot be checked" in grim("1.23", 100).sentence


def test_the_scale_bounds_the_sums():
    assert not grim("7.2", 10, scale_min=1, scale_max=7).possible
    assert grim("7.0", 10, scale_min=1, scale_max=7).sums == range(70, 71)
    assert grim("-0.33", 3).sums == range(-1, 0)
    assert grim("<2", 5, scale_min=0, scale_max=4).sums == range(0, 10)
    assert grim(">2", 5, scale_min=0, scale_max=4).sums == range(11, 21)
    assert Fraction(145, 28) == Fraction(grim("5.18", 28).sums[0], 28)


def test_what_makes_no_sense_is_refused():
    with pytest.raises(DataError, match="at least one person"):
        grim("1.2", 0)
    with pytest.raises(DataError, match="both ends"):
        grim("<1.2", 5)
    with pytest.raises(DataError, match="rounding"):
        grim("1.2", 5, rounding="up")
    with pytest.raises(PrintedError):
        grim("about 1", 5)
