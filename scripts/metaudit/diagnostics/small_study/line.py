"""A weighted straight line through the studies: the arithmetic that all regression tests of asymmetry share.

Sums are centred on the weighted mean of the predictor, so that sample sizes far from 0 cost no digits.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from metaudit.effects.zero_cells import Floats
from metaudit.errors import DataError

# Below this share of the predictor's own size its scatter is rounding, and a slope has no meaning.
SPREAD = 1e-10
# The same for the residuals: a perfect line leaves rounding, whose square over the total square is below this.
SCATTER = 1e-24


@dataclass(frozen=True)
class Line:
    """A weighted least-squares line ``y = intercept + slope x``.

    Attributes
    ----------
    intercept, slope : coefficients
    intercept_se, slope_se : standard errors with the weights taken as inverse variances (dispersion 1)
    residual : weighted residual sum of squares, sum(w (y - fit)²)
    df : k - 2
    perfect : whether the points lie on the line to rounding
    """

    intercept: float
    slope: float
    intercept_se: float
    slope_se: float
    residual: float
    df: int
    perfect: bool

    @property
    def dispersion(self) -> float:
        """Multiplicative residual variance: residual sum of squares over degrees of freedom."""
        return self.residual / self.df


def fit_line(y: Floats, x: Floats, w: Floats, *, what: str) -> Line:
    """Fit a line by the weighted normal equations.

    Parameters
    ----------
    y, x, w : response, predictor and positive weights, shape ``(k,)`` with k of at least 3
    what : name of the test, for messages

    Raises
    ------
    DataError
        when the predictor is the same for all studies.
    """
    total = float(w.sum())
    x_mean, y_mean = float(w @ x / total), float(w @ y / total)
    dx, dy = x - x_mean, y - y_mean
    sxx = float(w @ dx**2)
    if sxx <= (SPREAD**2) * float(w @ x**2):
        raise DataError(f"{what}: the predictor is the same for all {y.size} studies, so no slope can be estimated")
    slope = float(w @ (dx * dy)) / sxx
    residual = float(w @ (dy - slope * dx) ** 2)
    return Line(
        intercept=y_mean - slope * x_mean,
        slope=slope,
        intercept_se=math.sqrt(1 / total + x_mean**2 / sxx),
        slope_se=math.sqrt(1 / sxx),
        residual=residual,
        df=y.size - 2,
        perfect=residual <= SCATTER * float(w @ y**2) or bool(np.ptp(y) == 0),
    )
