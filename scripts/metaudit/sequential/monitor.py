"""Which boundary was crossed at which look, and the result at a look with what repeated looking costs.

The adjusted interval is estimate ± boundary times standard error: the repeated confidence interval of Jennison and Turnbull 1989
(J R Stat Soc B 51:305), as the TSA program prints it (Thorlund et al. 2011, chapter 2).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.special import erfc, ndtri

from metaudit.errors import DataError
from metaudit.sequential.cumulative import CumulativeZ
from metaudit.sequential.design import Bounds
from metaudit.sequential.looks import PLANNED, Looks
from metaudit.sequential.spending import Floats
from metaudit.sequential.stagewise import Stagewise, stagewise

__all__ = ["Look", "Monitored", "monitored"]


@dataclass(frozen=True)
class Look:
    """The result at one look; effects on the analysis scale.

    Attributes
    ----------
    number : from 1
    study : the trial that came last
    participants, fraction : of information
    estimate, se, z : of all trials so far
    boundary : of efficacy, the upper one; infinite where nothing is spent
    futility : NaN where there is none
    naive_low, naive_high, p : interval and two-sided P as if there were no other look
    adjusted_low, adjusted_high : interval that holds however often one looks; infinite with an infinite boundary
    """

    number: int
    study: str
    participants: float
    fraction: float
    estimate: float
    se: float
    z: float
    boundary: float
    futility: float
    naive_low: float
    naive_high: float
    p: float
    adjusted_low: float
    adjusted_high: float

    @property
    def adjusted_level(self) -> float:
        """Confidence level that the adjusted interval would have after a single look."""
        return 1 - float(erfc(self.boundary / math.sqrt(2)))


@dataclass(frozen=True)
class Monitored:
    """What the looks came to.

    Attributes
    ----------
    looks : those that have come
    crossed_at : number of the first look whose z is beyond the efficacy boundary; None when there is none
    side : 1 when that was the upper boundary, -1 the lower one, 0 when none was crossed
    futile_at : number of the first look inside the futility boundary before any crossing; None when there is none
    reached : whether the required information size is reached
    at_crossing : P, interval and estimate by the stage-wise ordering where the boundary was first crossed, or, when the last
        look ends the analysis, there; None while the analysis may go on
    """

    looks: tuple[Look, ...]
    crossed_at: int | None
    side: int
    futile_at: int | None
    reached: bool
    at_crossing: Stagewise | None

    @property
    def last(self) -> Look:
        """The last look."""
        return self.looks[-1]


def monitored(
    cumulative: CumulativeZ, looks: Looks, bounds: Bounds, *, sides: int = 2, level: float = 0.95
) -> Monitored:
    """Compare the cumulative z with the boundaries.

    Parameters
    ----------
    cumulative : result after each trial
    looks, bounds : as they belong together
    sides : with 1 only the upper boundary counts
    level : of the naive interval

    Raises
    ------
    DataError
        when no look has come.
    """
    made = [(i, trial) for i, trial in enumerate(looks.trials) if trial != PLANNED]
    if not made:
        raise DataError("no look has come: there is less than 1 % of the required information")
    quantile = -float(ndtri((1 - level) / 2))
    found = [_look(cumulative, bounds, i, trial, quantile) for i, trial in made]
    crossed = next((f for f in found if _beyond(f, sides)), None)
    futile = next((f for f in found if _inside(f, sides)), None)
    if futile is not None and crossed is not None and futile.number > crossed.number:
        futile = None
    side = 0 if crossed is None else int(math.copysign(1, crossed.z))
    end = crossed if crossed is not None else found[-1] if looks.reached else None
    ordered = None if end is None else _ordered(end, bounds, sides=sides, level=level)
    return Monitored(
        tuple(found), None if crossed is None else crossed.number, side, None if futile is None else futile.number,
        looks.reached, ordered,
    )  # fmt: skip


def _look(c: CumulativeZ, bounds: Bounds, i: int, trial: int, quantile: float) -> Look:
    estimate, se, boundary = float(c.estimate[trial]), float(c.se[trial]), float(bounds.upper[i])
    z = float(c.z[trial])
    return Look(
        i + 1, c.studies[trial], float(c.participants[trial]), float(bounds.timing[i]), estimate, se, z, boundary,
        float(bounds.futility[i]), estimate - quantile * se, estimate + quantile * se, float(erfc(abs(z) / math.sqrt(2))),
        estimate - boundary * se, estimate + boundary * se,
    )  # fmt: skip


def _beyond(look: Look, sides: int) -> bool:
    return (abs(look.z) if sides == 2 else look.z) >= look.boundary


def _inside(look: Look, sides: int) -> bool:
    """Whether futility is met; at the last look both boundaries are one, and not crossing it is not called futility."""
    if math.isnan(look.futility) or look.futility >= look.boundary:
        return False
    return (abs(look.z) if sides == 2 else look.z) <= look.futility


def _ordered(end: Look, bounds: Bounds, *, sides: int, level: float) -> Stagewise:
    timing, upper = _up_to(bounds.timing, end.number), _up_to(bounds.upper, end.number)
    futility = _up_to(bounds.futility, end.number) if bounds.binding else None
    return stagewise(timing, upper, end.z, se=end.se, sides=sides, level=level, futility=futility)


def _up_to(values: Floats, number: int) -> Floats:
    return np.asarray(values[:number])
