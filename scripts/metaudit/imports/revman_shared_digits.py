"""RevMan's numbers as claims: as many of its digits as mean something."""

from __future__ import annotations

import math
from decimal import ROUND_HALF_EVEN, Decimal

from scipy.special import chdtrc

from metaudit.imports.revman_shared import as_number

# RevMan saves all 16 digits of its sums; the last three or four depend on the order in which they are taken.
SUMS = 1e-12
MOST_DIGITS, MOST_DECIMALS = 10, 10
# No format of RevMan writes trailing zeros: 0.5 stands for 0.500000 in the one with the fewest decimals.
LEAST_DECIMALS = 6
# Below this RevMan prints P < 0.00001; what it saves there is the rest of a series.
SMALLEST_P = 1e-5
# Far above any P worth printing, and below where the terms of the series are no longer numbers.
LARGEST_Q = 1000.0


def claimed(text: str, *, scale: float = 0.0) -> str:
    """A number of RevMan with the digits that do not depend on the order of its sums, ten of them at most.

    Parameters
    ----------
    text : as RevMan wrote it
    scale : size of the numbers it is a difference of, where it can be much smaller than they are

    Returns
    -------
    The number with its trailing zeros, which RevMan leaves out.
    """
    value = Decimal(text)
    size = max(abs(float(value)), abs(scale))
    most = min(MOST_DECIMALS, MOST_DIGITS - 1 - math.floor(math.log10(size))) if size else LEAST_DECIMALS
    own = -int(value.as_tuple().exponent)
    if own <= most:
        return _fixed(value, max(own, min(LEAST_DECIMALS, most), 0))
    error = Decimal(SUMS * size)
    for decimals in range(max(most, 0), -1, -1):
        low, high = (_fixed(value + sign * error, decimals) for sign in (-1, 1))
        if low == high:
            return low
    return _fixed(value, 0)


def claimed_p(text: str) -> str:
    """The P value of a z statistic, printed as RevMan prints it where it is below 0.00001."""
    value = as_number(text)
    return f"<{SMALLEST_P:.5f}" if value is not None and value < SMALLEST_P else claimed(text)


def claimed_q_p(text: str, q: str, df: int) -> str:
    """The P value of a chi-squared statistic, to the digits that RevMan's series has right.

    RevMan's series of the incomplete gamma function ends early, so that its P values are up to some 1e-6 too large. Where
    the rule by which it ends gives the saved number, the number is claimed to the digits that the exact P value shares;
    otherwise as it stands.

    Parameters
    ----------
    text, q : P value and statistic as RevMan wrote them
    df : degrees of freedom
    """
    value, statistic = as_number(text), as_number(q)
    if value is None or statistic is None or df < 1:
        return text
    half = _half_unit(q)
    exact = [float(chdtrc(df, max(statistic + d * half, 0.0))) for d in (-1, 1)]
    if max(value, *exact) < SMALLEST_P:
        return f"<{SMALLEST_P:.5f}"
    if not _ends_early(text, statistic, df):
        return claimed(text)
    for decimals in range(8, 3, -1):
        found = {_fixed(Decimal(x), decimals) for x in (*exact, value - _half_unit(text), value + _half_unit(text))}
        if len(found) == 1 and float(shared := found.pop()) > 0:
            return shared
    return _below(max(value, *exact))


def _half_unit(text: str) -> float:
    """Half a unit of the last digit that a number was printed with; 0 where all digits were saved."""
    decimals = max(-int(Decimal(text).as_tuple().exponent), LEAST_DECIMALS)
    return 0.5 * 10.0**-decimals if decimals < MOST_DECIMALS else 0.0


def _below(value: float) -> str:
    """``<0.0001`` for a number below it that is not known better."""
    decimals = max(1, -math.ceil(math.log10(value)) if value < 1 else 1)
    return f"<{10.0**-decimals:.{decimals}f}"


def _ends_early(text: str, q: float, df: int) -> bool:
    """Whether the saved P value is that of the series; the statistic may have been printed with few digits."""
    saved = float(text)
    own = 10.0 ** min(0, int(Decimal(text).as_tuple().exponent))
    return 0 < q < LARGEST_Q and abs(chi_squared_p(q, df) - saved) <= max(1e-10, own)


def chi_squared_p(q: float, df: int) -> float:
    """P of chi-squared as RevMan 5 computes it, by a series that ends with the first term below 1e-6 of its sum.

    The series is that of the incomplete gamma function (Abramowitz and Stegun 1964, 6.5.29); the rule by which it ends is the one
    that gives RevMan's saved P values digit by digit (tests/reference/test_revman.py).

    Parameters
    ----------
    q : the statistic, above 0
    df : degrees of freedom, 1 or more
    """
    a, x = df / 2, q / 2
    term = total = 1 / a
    while term >= 1e-6 * total:
        a += 1
        term *= x / a
        total += term
    return 1 - total * math.exp(-x + df / 2 * math.log(x) - math.lgamma(df / 2))


def _fixed(value: Decimal, decimals: int) -> str:
    text = f"{value.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_EVEN):f}"
    return text.replace("-", "", 1) if float(text) == 0 else text
