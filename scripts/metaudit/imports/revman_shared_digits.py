"""RevMan's numbers as claims: every digit of them that another order of the same sums would give too."""

from __future__ import annotations

import math
from decimal import ROUND_HALF_EVEN, Context, Decimal

from scipy.special import chdtrc, ndtr

from metaudit.imports.revman_shared import as_number

# RevMan saves 16 digits. Its numbers and ours agree to 4e-15 of the sums they come from (tests/reference/test_revman.py);
# what lies beyond 1e-14, times the root of how many there are, may depend on the order in which sums are taken.
SUMS = 1e-14
# No format of RevMan writes trailing zeros: 0.5 stands for 0.500000 in the one with the fewest decimals.
LEAST_DECIMALS = 6
# A format that prints so many decimals prints all it has: the result was not cut to them.
MOST_DECIMALS = 10
# Below this RevMan prints P < 0.00001.
SMALLEST_P = 1e-5
# Far above any P worth printing, and below where the terms of the series are no longer numbers.
LARGEST_Q = 1000.0
LARGEST_DF = 10_000
# A coefficient of AS 66: with the first spelling the algorithm is right to 1e-11, with the second, of many listings, to 3e-8.
SPELLINGS = (0.399903438504, 0.39990348504)
# Smaller numbers are written with an exponent.
_TINY = Decimal("1e-8")
_EXACT = Context(prec=1000)
# What a damaged file can hold is no reason to compute for long: no double has more decimals.
_DECIMALS = 400


def claimed(text: str, *, error: float | None = None) -> str:
    """A number of RevMan with the digits that do not depend on the order of its sums.

    Parameters
    ----------
    text : as RevMan wrote it
    error : how far sums in another order could move it; without one, ``SUMS`` of the number itself

    Returns
    -------
    The number with its trailing zeros, which RevMan leaves out.
    """
    value = Decimal(text)
    room = SUMS * abs(float(value)) if error is None or not math.isfinite(error) else error
    size = max(abs(float(value)), room)
    spare = 14 - math.floor(math.log10(size)) if size else LEAST_DECIMALS  # digits that a double has
    own = -int(value.as_tuple().exponent)
    first = max(own, min(LEAST_DECIMALS, spare), 0)
    return _shared(first, value - Decimal(room), value + Decimal(room)) or _fixed(value, 0)


def claimed_p(text: str, z: str, *, error: float = 0.0) -> str:
    """The P value of a z statistic, to the digits that RevMan's normal distribution has right.

    RevMan 5 computes it by algorithm AS 66, whose coefficients have 12 digits (see `normal_p`). Where a saved P value is that
    of the algorithm, it is claimed to the digits that the exact P value shares; otherwise as it stands.

    Parameters
    ----------
    text, z : P value and statistic as RevMan wrote them
    error : how far sums in another order could move the statistic
    """
    value, statistic = as_number(text), as_number(z)
    if value is None or value <= 0:
        return f"<{SMALLEST_P:.5f}"
    if statistic is None:
        return claimed(text)
    size, own = abs(statistic), -int(Decimal(text).as_tuple().exponent)
    room = math.sqrt(2 / math.pi) * math.exp(-size * size / 2) * (error + _half_unit(z)) + SUMS * value
    printed, exact = _half_unit(text), 2 * float(ndtr(-size))
    as_printed = abs(exact - value) <= printed + room
    if printed and (as_printed or not _of_as_66(size, value, printed + room)):
        return claimed(text, error=0.0)
    ends = [value - room, value + room]
    if not as_printed and _of_as_66(size, value, printed + room):
        ends += [exact - room, exact + room]
    return _shared(own, *map(Decimal, ends), least=min(own, 4)) or _below(max(value, exact))


def _of_as_66(size: float, value: float, room: float) -> bool:
    return any(abs(normal_p(size, spelling=s) - value) <= room for s in SPELLINGS)


def claimed_q_p(text: str, q: str, df: int, *, error: float = 0.0) -> str:
    """The P value of a chi-squared statistic, to the digits that RevMan's series has right.

    RevMan's series of the incomplete gamma function ends early, so that its P values are up to some 1e-6 too large. Where
    the rule by which it ends gives the saved number, the number is claimed to the digits that the exact P value shares;
    otherwise as it stands.

    Parameters
    ----------
    text, q : P value and statistic as RevMan wrote them
    df : degrees of freedom
    error : how far sums in another order could move the statistic
    """
    value, statistic = as_number(text), as_number(q)
    if value is None or statistic is None or df < 1:
        return text
    half = _half_unit(q) + error
    exact = [float(chdtrc(df, max(statistic + d * half, 0.0))) for d in (-1, 1)]
    if max(value, *exact) < SMALLEST_P:
        return f"<{SMALLEST_P:.5f}"
    printed, room = _half_unit(text), abs(exact[0] - exact[1]) + SUMS
    if not ends_early(text, statistic, df):
        return claimed(text, error=0.0 if printed else room)
    unit = max(printed, room)
    found = _shared(12, *(Decimal(x) for x in (*exact, value - unit, value + unit)), least=4)
    return found if float(found or 0) > 0 else _below(max(value, *exact))


def ends_early(text: str, q: float, df: int) -> bool:
    """Whether a saved P value is that of the series; the statistic may have been printed with few digits."""
    saved = float(text)
    own = 10.0 ** min(0, int(Decimal(text).as_tuple().exponent))
    return 0 < q < LARGEST_Q and df < LARGEST_DF and abs(chi_squared_p(q, df) - saved) <= max(1e-10, own)


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


def normal_p(z: float, *, spelling: float = SPELLINGS[0]) -> float:
    """P of a z statistic, on two sides, as RevMan 5 computes it: algorithm AS 66 (Hill 1973, Appl Stat 22:424).

    That RevMan uses it is seen in the P value it saved, of which the algorithm gives all 17 digits (tests/reference/test_revman.py).

    Parameters
    ----------
    z : size of the statistic, 0 or more
    spelling : the coefficient below z = 1.28 of which two spellings are in circulation
    """
    y, fraction = 0.5 * z * z, 0.0
    for shift, over in reversed(_MIDDLE if z <= _MIDDLE_ENDS else _TAIL):
        fraction = over / ((y if z <= _MIDDLE_ENDS else z) + shift + fraction)
    if z <= _MIDDLE_ENDS:
        return 1 - 2 * z * (0.398942280444 - spelling * y * fraction)
    return 2 * 0.398942280385 * math.exp(-y) * fraction


# Its two continued fractions, of y = z²/2 up to z = 1.28 and of z beyond: what is added, and what stands above.
_MIDDLE_ENDS = 1.28
_MIDDLE = ((5.75885480458, 1.0), (2.62433121679, -29.8213557808), (5.92885724438, 48.6959930692))
_TAIL = (
    (-3.8052e-8, 1.0), (3.98064794e-4, 1.00000615302), (-0.151679116635, 1.98615381364), (4.8385912808, 5.29330324926),
    (0.742380924027, -15.1508972451), (3.99019417011, 30.789933034),
)  # fmt: skip


def _shared(first: int, *values: Decimal, least: int = 0) -> str:
    """The numbers rounded to as many decimals as they have in common, ``first`` at most; empty below ``least``."""
    for decimals in range(min(first, _DECIMALS), least - 1, -1):
        found = {_fixed(v, decimals) for v in values}
        if len(found) == 1:
            return found.pop()
    return ""


def _half_unit(text: str) -> float:
    """Half a unit of the last digit that a number was printed with; 0 where all digits were saved."""
    decimals = max(-int(Decimal(text).as_tuple().exponent), LEAST_DECIMALS)
    return 0.5 * 10.0**-decimals if decimals < MOST_DECIMALS else 0.0


def _below(value: float) -> str:
    """``<0.0001`` for a number below it that is not known better."""
    decimals = max(1, -math.ceil(math.log10(value)) if value < 1 else 1)
    return f"<{10.0**-decimals:.{decimals}f}"


def _fixed(value: Decimal, decimals: int) -> str:
    """A number with so many decimals; with an exponent where a P value has none but zeros in front."""
    rounded = value.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_EVEN, context=_EXACT)
    if not rounded:
        return f"{abs(rounded):f}"
    return f"{rounded:e}" if abs(rounded) < _TINY else f"{rounded:f}"
