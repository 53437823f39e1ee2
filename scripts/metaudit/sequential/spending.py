"""How the error that may be made is spread over the looks at growing data: spending functions.

Sources: Lan and DeMets 1983 (Biometrika 70:659; the O'Brien-Fleming-type and the Pocock-type function are their alpha*1 and
alpha*2), after O'Brien and Fleming 1979 (Biometrics 35:549) and Pocock 1977 (Biometrika 64:191); Kim and DeMets 1987
(Biometrika 74:149; powers of time, their alpha*3 to alpha*5, here ``rho``); Hwang, Shih and DeCani 1990 (Stat Med 9:1439).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from metaudit.errors import DataError

Floats = NDArray[np.float64]

FAMILIES = ("obrien-fleming", "pocock", "hwang-shih-decani", "rho")
WITHOUT_PARAMETER = FAMILIES[:2]


@dataclass(frozen=True)
class Spending:
    """A spending function.

    Attributes
    ----------
    family : one of ``FAMILIES``
    parameter : gamma of Hwang, Shih and DeCani (any number; 0 is linear in time), or the power rho (above 0); NaN otherwise

    Raises
    ------
    DataError
        for a family that is not known, and a parameter that is missing, not wanted or out of its range.
    """

    family: str = "obrien-fleming"
    parameter: float = math.nan

    def __post_init__(self) -> None:
        if self.family not in FAMILIES:
            raise DataError(f"spending function {self.family!r} is not known; choose one of {', '.join(FAMILIES)}")
        given = not math.isnan(self.parameter)
        if self.family in WITHOUT_PARAMETER and given:
            raise DataError(f"the {self.family} spending function has no parameter; leave out {self.parameter:g}")
        if self.family not in WITHOUT_PARAMETER and not math.isfinite(self.parameter):
            raise DataError(f"the {self.family} spending function needs a parameter, a finite number")
        if self.family == "rho" and self.parameter <= 0:
            raise DataError(f"rho {self.parameter:g} is not above 0")

    def __str__(self) -> str:
        """``obrien-fleming``, ``rho(3)``."""
        return self.family if math.isnan(self.parameter) else f"{self.family}({self.parameter:g})"

    def spent(self, level: float, timing: Sequence[float] | Floats) -> Floats:
        """Error spent up to each information fraction.

        Parameters
        ----------
        level : error to be spent by fraction 1: alpha of one side, or beta
        timing : information fractions, shape ``(k,)``; all of ``level`` is spent from 1 on

        Returns
        -------
        Cumulative error, shape ``(k,)``.
        """
        t = np.clip(np.asarray(timing, dtype=float), 0.0, 1.0)
        with np.errstate(divide="ignore", over="ignore"):
            if self.family == "obrien-fleming":  # 2 - 2 Phi(z(1 - level / 2) / sqrt t), without cancelling
                found = 2 * ndtr(ndtri(level / 2) / np.sqrt(t))
            elif self.family == "pocock":  # level log(1 + (e - 1) t)
                found = level * np.log1p(math.expm1(1.0) * t)
            elif self.family == "rho":
                found = level * t**self.parameter
            else:
                found = level * _hwang_shih_decani(t, self.parameter)
        return np.where(t >= 1.0, level, found)


def _hwang_shih_decani(t: Floats, gamma: float) -> Floats:
    """Share (1 - exp(-gamma t)) / (1 - exp(-gamma)); its limit t at gamma 0."""
    if gamma == 0:
        return t
    if gamma < -500:  # exp(-gamma) overflows: divide both by it
        return np.asarray((np.exp(gamma * (1 - t)) - math.exp(gamma)) / -math.expm1(gamma))
    return np.asarray(np.expm1(-gamma * t) / math.expm1(-gamma))
