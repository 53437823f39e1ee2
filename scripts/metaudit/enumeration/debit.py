"""DEBIT: mean and SD of binary data determine each other (Heathers and Brown 2019, osf.io/5vb3u)."""

from __future__ import annotations

import math
from dataclasses import dataclass

from metaudit.enumeration.grim import divisions_of, sums_within
from metaudit.enumeration.windows import printed_window
from metaudit.errors import DataError
from metaudit.printed import parse_printed

DENOMINATORS = ("sample", "population", "either")


@dataclass(frozen=True)
class DebitCheck:
    """Whether a mean and an SD of zeros and ones go together.

    Attributes
    ----------
    mean, sd : as printed
    n : people
    possible : whether some number of ones gives both
    ones : the numbers of ones that give both
    sds : smallest and largest SD of the numbers of ones that give the mean; NaN where none does
    decimals : decimals of the printed SD
    """

    mean: str
    sd: str
    n: int
    possible: bool
    ones: tuple[int, ...]
    sds: tuple[float, float]
    decimals: int

    @property
    def sentence(self) -> str:
        """The finding in words."""
        if self.possible:
            return f"Mean {self.mean} and SD {self.sd} of {self.n} zeros and ones go together."
        if math.isnan(self.sds[0]):
            return f"No number of ones among {self.n} zeros and ones gives the mean {self.mean}."
        low, high = (f"{x:.{self.decimals + 1}f}" for x in self.sds)
        between = f"is {low}" if low == high else f"lies between {low} and {high}"
        return f"{self.n} zeros and ones with the mean {self.mean} cannot have the SD {self.sd}: it {between}."


def binary_sds(ones: int, n: int, denominator: str) -> list[float]:
    """SDs of ``ones`` ones among n numbers: with n - 1 (``sample``), with n (``population``), or both.

    ``sqrt(n / (n - 1) * p * (1 - p))`` (Heathers and Brown 2019); the sample SD of one number is not defined.
    """
    squares = ones * (n - ones) / n
    out = []
    if denominator != "population" and n > 1:
        out.append(math.sqrt(squares / (n - 1)))
    if denominator != "sample":
        out.append(math.sqrt(squares / n))
    return out


def debit(mean: str, sd: str, n: int, *, denominator: str = "sample", rounding: str = "nearest") -> DebitCheck:
    """Whether zeros and ones of ``n`` people can print as this mean and this SD.

    Parameters
    ----------
    mean, sd : the printed texts; a percent sign on both is understood
    n : people
    denominator : ``sample`` (n - 1), ``population`` (n), or ``either``
    rounding : ``nearest`` (ties go either way) or ``truncated``

    Raises
    ------
    DataError
        when n is not positive or a choice is not known.
    PrintedError
        when a text is no printed number.
    """
    if denominator not in DENOMINATORS:
        raise DataError(f"SD denominator {denominator!r} is not known; choose {', '.join(DENOMINATORS)}")
    window = printed_window(sd, rounding)
    window = window.scaled(0.01) if parse_printed(sd).percent else window
    candidates = sums_within(mean, divisions_of(n, 1), low=0, high=1, rounding=rounding)
    sds = {x: binary_sds(x, n, denominator) for x in candidates}
    ones = tuple(x for x, values in sds.items() if any(v in window for v in values))
    every = [v for values in sds.values() for v in values] or [math.nan]
    printed = parse_printed(sd)
    decimals = max(printed.decimals, 0) + 2 * printed.percent
    return DebitCheck(mean, sd, n, bool(ones), ones, (min(every), max(every)), decimals)
