"""Copas's selection model as a sensitivity analysis: the pooled effect under stronger and stronger selection.

Sources: Copas and Shi 2000, 2001; Carpenter, Schwarzer, Rücker and Künstler 2009 for the ranges of the selection
parameters, the path through them and the rule for one adjusted effect, as in the R package metasens.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from metaudit.diagnostics.small_study.arrays import checked
from metaudit.diagnostics.small_study.contours import Contour, contours, orthogonal_slope, pretty
from metaudit.diagnostics.small_study.copas_likelihood import CopasFit, copas_fit, effect_grid, scaled, with_se
from metaudit.diagnostics.small_study.regression import egger
from metaudit.effects.zero_cells import Floats
from metaudit.errors import DataError

NO_SELECTION = (10.0, 0.0)  # Copas and Shi 2001, p. 256: the usual random-effects model
_MARGIN = 0.02


@dataclass(frozen=True)
class Copas:
    """A Copas sensitivity analysis.

    Attributes
    ----------
    fits : the model without selection, then along the path, from the weakest to the strongest selection
    adjusted : the first whose test of residual small-study effects has a P above ``residual_alpha``; None when no
        selection on the path explains them
    residual_alpha : that level; 0.1 by convention
    gamma0, gamma1 : grid of selection parameters, shapes ``(n,)``
    grid : pooled effect over the grid, shape ``(n, n)``, first index gamma0
    slope : of the path in the grid scaled to the unit square
    k, level : number of studies, confidence level
    """

    fits: tuple[CopasFit, ...]
    adjusted: CopasFit | None
    residual_alpha: float
    gamma0: Floats
    gamma1: Floats
    grid: Floats
    slope: float
    k: int
    level: float

    def to_row(self) -> dict[str, Any]:
        """The adjusted effect (NaN when there is none) and how it was found, for a table or JSON."""
        names = "estimate se ci_low ci_high stat p tau2 rho publish_largest_se unpublished residual_p".split()
        row: dict[str, Any] = {n: getattr(self.adjusted, n) if self.adjusted else math.nan for n in names}
        return row | {"residual_alpha": self.residual_alpha, "k": self.k, "level": self.level, "fits": len(self.fits)}


def copas(
    yi: Any,
    vi: Any,
    *,
    gamma0: tuple[float, float] | None = None,
    gamma1: tuple[float, float] | None = None,
    points: int = 20,
    residual_alpha: float = 0.1,
    level: float = 0.95,
) -> Copas:
    """Copas sensitivity analysis.

    Parameters
    ----------
    yi, vi : effects and sampling variances, shape ``(k,)``, k of at least 3
    gamma0, gamma1 : ranges of the selection parameters; by default 0 to 1.29 / (1/min(se) - 1/max(se)) for gamma1 and
        -0.25 - max(gamma1)/max(se) to 2 for gamma0
    points : grid points along each
    residual_alpha : level of the test that decides which effect is the adjusted one
    level : confidence level

    Raises
    ------
    DataError
        for fewer than 3 studies, equal variances (selection by size is then not defined), or a range that is none.
    """
    y, v = checked(yi, vi, needed=3, what="the Copas model")
    positive = egger(y, v).slope > 0
    ranges = _ranges(v, gamma0=gamma0, gamma1=gamma1)
    if points < 5:
        raise DataError(f"the Copas model: a grid of {points} points is too coarse; take 20")
    g0, g1 = (np.linspace(low, high, points) for low, high in ranges)
    grid = effect_grid(scaled(y, v), g0, g1, positive_rho=positive)
    slope, path = _path(g0, g1, grid, se=float(np.sqrt(v.max())))
    fits: list[CopasFit] = []
    for a, b in [NO_SELECTION, *path]:
        fit = copas_fit(y, v, gamma0=a, gamma1=b, positive_rho=positive, level=level)
        fits.append(with_se(fit, fits[-1].se, level=level) if math.isnan(fit.se) and fits else fit)
    adjusted = next((f for f in fits if f.residual_p > residual_alpha), None)
    return Copas(tuple(fits), adjusted, residual_alpha, g0, g1, grid, slope, y.size, level)


def _ranges(
    vi: Floats, *, gamma0: tuple[float, float] | None, gamma1: tuple[float, float] | None
) -> tuple[tuple[float, float], tuple[float, float]]:
    least, most = math.sqrt(float(vi.min())), math.sqrt(float(vi.max()))
    second = gamma1 or (0.0, 1.29 / (1 / least - 1 / most))
    first = gamma0 or (-0.25 - second[1] / most, 2.0)
    for name, (low, high) in (("gamma0", first), ("gamma1", second)):
        if not low < high:
            raise DataError(
                f"the Copas model: {name} from {low:g} to {high:g} is not a range; give the smaller end first"
            )
    return first, second


def _path(gamma0: Floats, gamma1: Floats, grid: Floats, *, se: float) -> tuple[float, list[tuple[float, float]]]:
    """Where the line at right angles to the contours, drawn from the weakest selection, crosses them.

    A crossing that misses the grid by less than ``_MARGIN`` of its side counts as being on its edge: the contours'
    straight lines are approximate, and a whole level must not hang on the last digit.
    """
    unit = np.linspace(0, 1, gamma0.size)
    lines = _longest(contours(unit, unit, grid, levels=pretty(float(grid.min()), float(grid.max()))))
    slope = orthogonal_slope(lines)
    out = []
    for line in lines:
        if math.isnan(slope) or math.isnan(line.slope) or line.slope == slope:
            continue
        x = (1 - slope - line.intercept) / (line.slope - slope)
        x = min(max(x, 0.0), 1.0) if -_MARGIN <= x <= 1 + _MARGIN else x
        y = 1 + slope * (x - 1)
        if 0 <= x <= 1 and 0 <= y <= 1:
            out.append(
                (float(gamma0[0] + x * (gamma0[-1] - gamma0[0])), float(gamma1[0] + y * (gamma1[-1] - gamma1[0])))
            )
    return slope, sorted(out, key=lambda g: -(g[0] + g[1] / se))


def _longest(lines: list[Contour]) -> list[Contour]:
    """The longest line of each level; its fragments surround single points that ended on another maximum."""
    best: dict[float, Contour] = {}
    for line in lines:
        if line.level not in best or line.x.size > best[line.level].x.size:
            best[line.level] = line
    return list(best.values())
