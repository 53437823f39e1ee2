"""Mean and SD from a median with range, quartiles, or both.

Sources: Wan et al. 2014 (BMC Med Res Methodol 14:135), Luo et al. 2018 (Stat Methods Med Res 27:1785), Shi et al. 2020
(Res Synth Methods 11:641), and for the skewness test Shi et al. 2023 (Stat Methods Med Res 32). All of them take
the data to be normal. They need at least five people.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from scipy.special import ndtri

SMALLEST_N = 5


@dataclass(frozen=True)
class Summary:
    """What a study reports of a distribution; NaN where it does not.

    Attributes
    ----------
    n : people
    low, q1, median, q3, high : minimum, first quartile, median, third quartile, maximum
    """

    n: float
    low: float = math.nan
    q1: float = math.nan
    median: float = math.nan
    q3: float = math.nan
    high: float = math.nan

    @property
    def has_range(self) -> bool:
        """Whether minimum and maximum are reported, of enough people."""
        return self.n >= SMALLEST_N and not math.isnan(self.low) and not math.isnan(self.high)

    @property
    def has_quartiles(self) -> bool:
        """Whether both quartiles are reported, of enough people."""
        return self.n >= SMALLEST_N and not math.isnan(self.q1) and not math.isnan(self.q3)

    @property
    def has_median(self) -> bool:
        """Whether the median is reported."""
        return not math.isnan(self.median)


def expected_range(n: float) -> float:
    """Range of n standard normal values that is expected, by Blom's approximation (Wan et al. 2014, equation 9)."""
    return 2 * float(ndtri((n - 0.375) / (n + 0.25)))


def expected_iqr(n: float) -> float:
    """Interquartile range of n standard normal values that is expected (Wan et al. 2014, equation 16)."""
    return 2 * float(ndtri((0.75 * n - 0.125) / (n + 0.25)))


def sd_from_range(s: Summary) -> float:
    """Range over its expected size (Wan et al. 2014, equation 9)."""
    return (s.high - s.low) / expected_range(s.n)


def sd_from_quartiles(s: Summary) -> float:
    """Interquartile range over its expected size (Wan et al. 2014, equation 16)."""
    return (s.q3 - s.q1) / expected_iqr(s.n)


def sd_from_five(s: Summary) -> float:
    """Weighted mean of the two SDs, weights by Shi et al. 2020, equation 10."""
    weight = 1 / (1 + 0.07 * math.pow(s.n, 0.6))
    return weight * sd_from_range(s) + (1 - weight) * sd_from_quartiles(s)


def sd_from_five_wan(s: Summary) -> float:
    """Plain mean of the two SDs (Wan et al. 2014)."""
    return (sd_from_range(s) + sd_from_quartiles(s)) / 2


def sd_from_quartiles_crude(s: Summary) -> float:
    """Interquartile range over 1.35 (Cochrane Handbook 6.5.2.5)."""
    return (s.q3 - s.q1) / 1.35


def mean_from_range(s: Summary) -> float:
    """Mid-range and median, weighted by sample size (Luo et al. 2018, equation 7)."""
    weight = 4 / (4 + math.pow(s.n, 0.75))
    return weight * (s.low + s.high) / 2 + (1 - weight) * s.median


def mean_from_quartiles(s: Summary) -> float:
    """Mid-quartile and median, weighted by sample size (Luo et al. 2018, equation 11)."""
    weight = 0.7 + 0.39 / s.n
    return weight * (s.q1 + s.q3) / 2 + (1 - weight) * s.median


def mean_from_five(s: Summary) -> float:
    """Mid-range, mid-quartile and median, weighted by sample size (Luo et al. 2018, equation 15)."""
    range_weight = 2.2 / (2.2 + math.pow(s.n, 0.75))
    quartile_weight = 0.7 - 0.72 / math.pow(s.n, 0.55)
    middle = (1 - range_weight - quartile_weight) * s.median
    return range_weight * (s.low + s.high) / 2 + quartile_weight * (s.q1 + s.q3) / 2 + middle


def mean_from_range_wan(s: Summary) -> float:
    """(minimum + 2 median + maximum)/4 (Hozo et al. 2005)."""
    return (s.low + 2 * s.median + s.high) / 4


def mean_from_quartiles_wan(s: Summary) -> float:
    """(q1 + median + q3)/3 (Wan et al. 2014)."""
    return (s.q1 + s.median + s.q3) / 3


def mean_from_five_wan(s: Summary) -> float:
    """(minimum + 2 q1 + 2 median + 2 q3 + maximum)/8 (Bland 2015; Wan et al. 2014)."""
    return (s.low + 2 * s.q1 + 2 * s.median + 2 * s.q3 + s.high) / 8


@dataclass(frozen=True)
class Skewness:
    """Test of symmetry from the reported numbers: skewed at the 5 % level when ``statistic`` reaches ``critical``."""

    statistic: float
    critical: float

    @property
    def skewed(self) -> bool:
        """Whether the numbers are too lopsided for a normal sample of that size."""
        return self.statistic >= self.critical


def skewness_test(s: Summary) -> Skewness | None:
    """Test whether a sample with this median, range or quartiles can come from a normal distribution.

    Shi et al. 2023: the distance of the median from the mid-range, or from the mid-quartile, relative to range or
    interquartile range; with all five numbers the larger of the two, scaled to one size.

    Returns
    -------
    None when the median or both spreads are missing, or when a spread is 0.
    """
    if not s.has_median or s.n < SMALLEST_N:
        return None
    by_range = by_quartiles = math.nan
    if s.has_range and s.high > s.low:
        by_range = abs(s.low + s.high - 2 * s.median) / (s.high - s.low)
    if s.has_quartiles and s.q3 > s.q1:
        by_quartiles = abs(s.q1 + s.q3 - 2 * s.median) / (s.q3 - s.q1)
    if not math.isnan(by_range) and not math.isnan(by_quartiles):
        scaled = 2.65 * math.log(0.6 * s.n) / math.sqrt(s.n) * by_range
        return Skewness(max(scaled, by_quartiles), 3 / math.sqrt(s.n) - 40 / s.n**3)
    if not math.isnan(by_range):
        return Skewness(by_range, 1 / math.log(s.n + 9) + 2.5 / (s.n + 1))
    if not math.isnan(by_quartiles):
        return Skewness(by_quartiles, 2.65 / math.sqrt(s.n) - 6 / s.n**2)
    return None
