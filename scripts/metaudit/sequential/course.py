"""A sequential test whose boundaries are settled, and how likely it is to cross them under any drift.

Where paths go on does not depend on the drift, so the recursion is run once; see ``paths`` for why that is enough.
"""

from __future__ import annotations

import math

from metaudit.sequential.paths import Paths, regions, start
from metaudit.sequential.spending import Floats


class Course:
    """The looks of a sequential test.

    Parameters
    ----------
    timing, upper : information fractions and upper boundaries, shape ``(k,)``
    sides : 2 when a path that has crossed the lower boundary, the upper one with the other sign, is stopped as well
    reach : how far from 0 paths are followed, in standard deviations (``paths.reach_of``)
    futility : a boundary that stops, NaN at looks without one; None: nothing stops for futility
    """

    def __init__(
        self, timing: Floats, upper: Floats, *, sides: int, reach: float, futility: Floats | None = None
    ) -> None:
        self.timing, self.upper = [float(t) for t in timing], [float(u) for u in upper]
        self.before: list[Paths] = [start()]
        for i, t in enumerate(self.timing[:-1]):
            wedge = math.nan if futility is None else float(futility[i])
            where = regions(self.upper[i], t, futility=wedge, sides=sides, reach=reach)
            self.before.append(self.before[-1].then(t, where, following=self.timing[i + 1]))

    def crossing(self, drift: float, *, last: float | None = None) -> list[float]:
        """Probability of crossing the upper boundary at each look, no earlier look having stopped.

        Parameters
        ----------
        drift : mean of z at fraction 1
        last : a z to be exceeded at the last look instead of its boundary
        """
        bounds = self.upper if last is None else [*self.upper[:-1], last]
        return [
            p.above(b * math.sqrt(t), t, drift=drift) for p, b, t in zip(self.before, bounds, self.timing, strict=True)
        ]
