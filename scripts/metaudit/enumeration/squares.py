"""Which sums of squares n whole numbers on a scale can have, given their sum.

Numbers are counted from the lower end of the scale, 0 to w. With ``g = sum of v (w - v)`` the sum of squares is
``w·sum - g``, so that it falls short of the most extreme one by ``g``, to which only numbers off both ends contribute. Two
equal numbers off the ends can be moved apart by one each, which adds 2 to the sum of squares; with more than ``w - 1``
numbers off the ends two must be equal. Hence from the smallest sum of squares upwards every second number is possible
until ``g <= (w - 1)·floor(w²/4)``; below that the few numbers off the ends are enumerated. (The first two steps are those of
Anaya's GRIMMER, 2016, doi 10.7287/peerj.preprints.2400; the last one settles what parity alone does not.)
"""

from __future__ import annotations

from functools import cache

# Widest scale whose most extreme sums of squares are enumerated.
WIDEST = 24


def smallest_squares(total: int, n: int) -> int:
    """The smallest sum of squares of n whole numbers with a sum: all equal, or next to each other."""
    base, rest = divmod(total, n)
    return (n - rest) * base**2 + rest * (base + 1) ** 2


def largest_squares(total: int, n: int, width: int) -> int:
    """The largest sum of squares of n whole numbers from 0 to ``width`` with a sum: all but one at the ends."""
    full, rest = divmod(total, width) if width else (0, 0)
    if not 0 <= total <= n * width:
        raise ValueError(f"{n} numbers from 0 to {width} have no sum {total}")
    return full * width**2 + rest**2


def assured_shortfall(width: int) -> int:
    """Above this shortfall from the most extreme sum of squares every second one is possible."""
    return max(width - 1, 0) * (width * width // 4)


def possible_squares(squares: int, total: int, n: int, *, width: int) -> bool | None:
    """Whether n whole numbers from 0 to ``width`` have this sum and this sum of squares; None where it is not settled.

    Parameters
    ----------
    squares, total : the two sums
    n : how many numbers
    width : upper end of the scale
    """
    if (squares - total) % 2 or not smallest_squares(total, n) <= squares <= largest_squares(total, n, width):
        return False
    short = width * total - squares
    if short >= assured_shortfall(width):
        return True
    if width > WIDEST:
        return None
    for count, sums in enumerate(_off_the_ends(width)[short]):
        if count > n:
            return False
        at = total % width
        while sums >> at:  # what is left of the sum is a whole number of people at the upper end
            if sums >> at & 1 and 0 <= (total - at) // width <= n - count:
                return True
            at += width
    return False


@cache
def _off_the_ends(width: int) -> list[list[int]]:
    """For each shortfall and number of values strictly between the ends, the sums they can have, as the bits of a number."""
    most = assured_shortfall(width)
    longest = most // max(width - 1, 1)
    table = [[0] * (longest + 1) for _ in range(most + 1)]
    table[0][0] = 1
    for value in range(1, width):
        cost = value * (width - value)
        for short in range(cost, most + 1):  # forwards: a value may occur again
            before, here = table[short - cost], table[short]
            for count in range(1, longest + 1):
                if before[count - 1]:
                    here[count] |= before[count - 1] << value
    return table
