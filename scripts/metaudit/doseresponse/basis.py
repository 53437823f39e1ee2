"""Functions of dose: a line, a parabola, restricted cubic splines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from metaudit.effects.zero_cells import Floats
from metaudit.errors import DataError

# Where the knots lie: percentiles of all doses (Harrell 2001, *Regression Modeling Strategies*, table 2.3; rms).
PERCENTILES = {
    3: (10, 50, 90),
    4: (5, 35, 65, 95),
    5: (5, 27.5, 50, 72.5, 95),
    6: (5, 23, 41, 59, 77, 95),
    7: (2.5, 18.33, 34.17, 50, 65.83, 81.67, 97.5),
}


@dataclass(frozen=True)
class Curve:
    """A function of dose that is linear in its coefficients.

    Attributes
    ----------
    kind : ``linear``, ``quadratic`` or ``spline``
    knots : of the spline, increasing; empty for the others
    """

    kind: str = "linear"
    knots: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        if self.kind not in ("linear", "quadratic", "spline"):
            raise DataError(f"curve {self.kind!r} is not known; choose linear, quadratic or spline")
        if (self.kind == "spline") != (len(self.knots) >= 3):
            raise DataError(
                f"a {self.kind} curve with {len(self.knots)} knots: a spline has three or more, the others none"
            )
        if any(b <= a for a, b in zip(self.knots, self.knots[1:], strict=False)):
            raise DataError(
                f"the knots {', '.join(f'{k:g}' for k in self.knots)} do not increase: the doses bunch up; name the knots, or take fewer"
            )

    @property
    def terms(self) -> tuple[str, ...]:
        """Names of the coefficients."""
        if self.kind == "spline":
            return ("dose", *("dose" + "'" * i for i in range(1, len(self.knots) - 1)))
        return ("dose", "dose²") if self.kind == "quadratic" else ("dose",)

    def __call__(self, dose: Any) -> Floats:
        """The functions at doses: shape ``(m,)`` to ``(m, p)``.

        The spline is cubic between the knots and a line beyond them, in Harrell's truncated powers over the squared distance of the
        outer knots (Harrell 2001, eq. 2.25; the default of rms).
        """
        x = np.asarray(dose, dtype=float).ravel()
        if self.kind == "linear":
            return x[:, None]
        if self.kind == "quadratic":
            return np.column_stack([x, x**2])
        t = np.asarray(self.knots)
        last, before = t[-1], t[-2]
        columns = [x]
        for knot in t[:-2]:
            column = _cube(x - knot)
            column = column - _cube(x - before) * (last - knot) / (last - before)
            column = column + _cube(x - last) * (before - knot) / (last - before)
            columns.append(column / (last - t[0]) ** 2)
        return np.column_stack(columns)


def _cube(x: Floats) -> Floats:
    return np.maximum(x, 0.0) ** 3


def spline(doses: Sequence[float], knots: int = 3) -> Curve:
    """A restricted cubic spline with knots at Harrell's percentiles of all doses, the reference doses included.

    Raises
    ------
    DataError
        when there are no such percentiles, or they coincide.
    """
    if knots not in PERCENTILES:
        raise DataError(f"a spline with {knots} knots: the usual places are known for 3 to 7")
    x = np.asarray(doses, dtype=float)
    return Curve("spline", tuple(float(q) for q in np.percentile(x, PERCENTILES[knots])))
