"""The radial plot (Galbraith 1988): every study by its precision, its effect as a slope from the origin."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from metaudit.diagnostics.fitted import fit_all
from metaudit.effects.zero_cells import Floats
from metaudit.errors import DataError
from metaudit.pooling.intervals import interval_df, quantile

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Radial:
    """Points, line and band of the plot.

    Attributes
    ----------
    labels : names of the studies
    x : precision, 1 / √(vi + tau2), shape ``(k,)``
    z : standardised effect, yi / √(vi + tau2), shape ``(k,)``
    estimate, ci_low, ci_high : slopes of the line of the pooled effect and of its interval
    half_width : half the height of the band around the line, the normal quantile (1.96 at 95 %)
    outside : whether a study's point lies outside the band, shape ``(k,)``
    tau2 : between-study variance used
    centre : subtracted from every effect (the estimate when centred, else 0)
    """

    labels: tuple[str, ...]
    x: Floats
    z: Floats
    estimate: float
    ci_low: float
    ci_high: float
    half_width: float
    outside: NDArray[np.bool_]
    tau2: float
    centre: float

    def arc(self, effects: Any, *, radius: float, aspect: float) -> tuple[Floats, Floats]:
        """Where effects stand on the arc at the right of the plot.

        A ray of slope ``effect`` from the origin meets the arc ``x² + (z / aspect)² = radius²``, a circle on paper when
        ``aspect`` units of z are as long as one of x.

        Parameters
        ----------
        effects : on the analysis scale, less ``centre``, shape ``(m,)``
        radius : of the arc, in units of x
        aspect : units of z that are as long on paper as one unit of x

        Returns
        -------
        x and z of the points, shape ``(m,)``.

        Raises
        ------
        DataError
            for a radius or an aspect that is not above 0.
        """
        if not (radius > 0 and aspect > 0):
            raise DataError(f"an arc of radius {radius:g} at aspect {aspect:g}; both are above 0")
        slope = np.asarray(effects, dtype=float)
        x = radius / np.hypot(1.0, slope / aspect)
        return x, x * slope


def radial(
    yi: Any,
    vi: Any,
    *,
    tau2: str = "FE",
    ci: str = "wald",
    level: float = 0.95,
    centred: bool = False,
    labels: Sequence[str] | None = None,
) -> Radial:
    """Coordinates of the radial plot.

    Parameters
    ----------
    yi, vi : effects and sampling variances, shape ``(k,)``
    tau2 : ``FE`` is Galbraith's plot; an estimator adds tau2 to every variance, as metafor's ``radial`` does
    ci : of the pooled effect: ``wald``, ``t``, ``hksj`` or ``hksj-adhoc-se``
    level : of the interval and of the band
    centred : subtract the pooled effect first, which makes its line level
    labels : names of the studies

    Raises
    ------
    DataError
        for arrays that cannot be pooled, unknown choices, or a level outside 0 to 1.
    """
    if not 0 < level < 1:
        raise DataError(f"level {level!r} is not between 0 and 1")
    if ci == "hksj-adhoc-ci":
        raise DataError("ci 'hksj-adhoc-ci' is not offered for the radial plot; choose hksj or hksj-adhoc-se")
    whole = fit_all(yi, vi, tau2=tau2, ci=ci, labels=labels)
    estimate = float(whole.beta[0])
    factor = quantile(level, interval_df(ci, whole.k - 1))
    half = factor * float(np.sqrt(whole.spread[0])) if np.isfinite(factor) else float("nan")
    centre = estimate if centred else 0.0
    x = 1 / np.sqrt(whole.vi + whole.tau2)
    z = (whole.yi - centre) * x
    band = quantile(level, None)
    slope = estimate - centre
    outside = np.abs((whole.yi - estimate) * x) > band
    return Radial(whole.labels, x, z, slope, slope - half, slope + half, band, outside, whole.tau2, centre)
