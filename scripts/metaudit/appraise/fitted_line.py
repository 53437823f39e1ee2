"""What the line of a meta-regression needs beyond its coefficients: their covariance, and the quantile of its band."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from metaudit.diagnostics.fitted import mean_square
from metaudit.effects.zero_cells import Floats
from metaudit.errors import DataError
from metaudit.evaluate import Evaluated, pools_by_given_weights
from metaudit.pooling.design import design
from metaudit.pooling.intervals import interval_df, quantile
from metaudit.pooling.linear import orthonormal

_WITH_A_BAND = ("wald", "t", "hksj", "hksj-adhoc-se")


@dataclass(frozen=True)
class FittedLine:
    """Covariance of the coefficients and the quantile of an interval around the line.

    At values x of the design the line is x'beta, its confidence band x'beta ± quantile √(x' covariance x), and its
    prediction band x'beta ± quantile √(x' covariance x + tau2), as metafor's ``predict`` has them (Viechtbauer 2010,
    J Stat Softw 36(3), section 3.4).

    Attributes
    ----------
    covariance : shape ``(p, p)``, in the order of the coefficients
    quantile : of the standard normal, or of t with k - p degrees of freedom; NaN where there are none
    """

    covariance: Floats
    quantile: float


def fitted_line(e: Evaluated) -> FittedLine | None:
    """Covariance and quantile for the line of a meta-regression.

    Returns
    -------
    None where no such band is defined: without moderators, with as many coefficients as studies, with given weights, and
    for intervals that are not a multiple of one standard error (profile likelihood, the wider of two) or whose degrees of
    freedom change along the line (Kenward and Roger).
    """
    known = e.fit.coefficients and e.spec.ci in _WITH_A_BAND and not pools_by_given_weights(e.spec)
    if not known or len(e.fit.coefficients) >= e.effects.k:
        return None
    basis, r = orthonormal(design(e.mods, e.effects.k)[1])
    k, p = basis.shape
    w = 1 / (e.effects.vi + e.fit.tau2)
    inverse = np.linalg.inv(basis.T @ (basis * w[:, None]))
    rest = e.effects.yi - basis @ (inverse @ (basis.T @ (w * e.effects.yi)))
    scale = float(mean_square(np.array(w @ rest**2), k - p, e.spec.ci))
    back = np.linalg.inv(r)
    covariance = np.asarray(scale * back @ inverse @ back.T)
    _same(e, covariance)
    return FittedLine(covariance, quantile(e.spec.level, interval_df(e.spec.ci, k - p)))


def _same(e: Evaluated, covariance: Floats) -> None:
    """Refuse a covariance whose standard errors are not those of the coefficients."""
    for c, variance in zip(e.fit.coefficients, np.diag(covariance), strict=True):
        if not (math.isclose(c.se, math.sqrt(variance), rel_tol=1e-6) or math.isnan(c.se)):
            raise DataError(
                f"the standard error of {c.term} is {c.se:.10g} but its variance gives {math.sqrt(variance):.10g}"
            )
