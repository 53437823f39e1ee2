"""Rates with Wilson's interval."""

from __future__ import annotations

import math
from dataclasses import dataclass

from scipy.special import ndtri


@dataclass(frozen=True)
class Rate:
    """How many of how many, with Wilson's score interval.

    Wilson EB. Probable inference, the law of succession, and statistical inference. JASA 1927;22:209-212.
    """

    hits: int
    of: int
    level: float = 0.95

    @property
    def value(self) -> float:
        """The share; NaN of nothing."""
        return self.hits / self.of if self.of else math.nan

    @property
    def interval(self) -> tuple[float, float]:
        """Wilson's score interval; 0 to 1 of nothing."""
        if not self.of:
            return 0.0, 1.0
        z, n, p = float(ndtri(0.5 + self.level / 2)), self.of, self.value
        centre = (p + z * z / (2 * n)) / (1 + z * z / n)
        half = z / (1 + z * z / n) * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
        low = 0.0 if self.hits == 0 else max(0.0, centre - half)
        return low, 1.0 if self.hits == n else min(1.0, centre + half)

    def words(self) -> str:
        """Such as ``97.2 % (95.1 to 98.4), 243 of 250``."""
        if not self.of:
            return "none to judge"
        low, high = self.interval
        return f"{100 * self.value:.1f} % ({100 * low:.1f} to {100 * high:.1f}), {self.hits} of {self.of}"
