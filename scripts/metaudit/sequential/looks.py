"""At which shares of the required information size the data were looked at.

Two conventions. The TSA program: every trial is a look, a trial that passes the required information size is the last one, at
fraction 1, and where it is not reached one more look at it is planned (Thorlund et al. 2011, chapter 2). The R package RTSA
0.2.2: looks that add less than 1 % are skipped, the required information size grows by what the looks cost in power
(inflation), and the last look is at that size.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from metaudit.errors import DataError
from metaudit.sequential.design import Bounds, Design, bounds_of
from metaudit.sequential.futility import BINDING
from metaudit.sequential.paths import LEAST_STEP
from metaudit.sequential.spending import Floats

__all__ = ["PLANNED", "SKIPPED_BELOW", "Looks", "inflated_looks", "looks_at"]

PLANNED = -1
SKIPPED_BELOW = 0.01


@dataclass(frozen=True)
class Looks:
    """The looks of a sequential analysis.

    Attributes
    ----------
    timing : information fractions, growing, the last one 1, shape ``(k,)``
    trials : for each look, which trial (from 0) was the last in it; ``PLANNED`` for a look that has not come
    required : participants at fraction 1
    """

    timing: tuple[float, ...]
    trials: tuple[int, ...]
    required: float

    @property
    def made(self) -> int:
        """Number of looks that have come."""
        return sum(t != PLANNED for t in self.trials)

    @property
    def reached(self) -> bool:
        """Whether the required information size is reached."""
        return PLANNED not in self.trials


def looks_at(participants: Floats, required: float, *, after: Sequence[int] | None = None) -> Looks:
    """The looks as the TSA program takes them.

    Parameters
    ----------
    participants : cumulative, shape ``(n,)``
    required : required information size
    after : trials (from 0) after which the data were looked at; None: after each

    Raises
    ------
    DataError
        for participants that do not grow, and trials that there are not.
    """
    n = _checked(participants, required)
    wanted = range(n.size) if after is None else sorted(set(after))
    if not all(0 <= i < n.size for i in wanted) or not len(wanted):
        raise DataError(f"looks after trials {', '.join(str(i + 1) for i in wanted) or '(none)'}: there are {n.size}")
    timing: list[float] = []
    trials: list[int] = []
    for i in wanted:
        share = float(n[i] / required)
        timing.append(min(share, 1.0))
        trials.append(i)
        if share >= 1:
            return Looks(tuple(timing), tuple(trials), required)
    return Looks((*timing, 1.0), (*trials, PLANNED), required)


def inflated_looks(
    participants: Floats, required: float, plan: Callable[[tuple[float, ...]], Design]
) -> tuple[Looks, Bounds]:
    """The looks as RTSA takes them.

    First looks below 1 % are left out, then every look that adds less than 1 % to the one before it (left out or not). The
    last look is at ``required`` times the inflation of the design whose looks are the shares of ``required`` itself; the
    looks before it are shares of the inflated size.

    Parameters
    ----------
    participants : cumulative, shape ``(n,)``
    required : required information size, before inflation
    plan : the design with given looks

    Returns
    -------
    The looks, whose ``required`` is the inflated size (a last look that is passed names the trial that passed it), and their
    boundaries, of which the futility boundary is along the drift that belongs to that size.

    Raises
    ------
    DataError
        for participants that do not grow.
    """
    share = _checked(participants, required) / required
    trials = np.flatnonzero(share >= SKIPPED_BELOW)
    trials = trials[np.diff(share[trials], prepend=0.0) >= SKIPPED_BELOW]
    root = bounds_of(plan((*share[trials[share[trials] < 1]], 1.0))).inflation
    made = trials[share[trials] < root * (1 - LEAST_STEP)]
    last = int(np.flatnonzero(share >= root)[0]) if share[-1] >= root else PLANNED
    looks = Looks((*(share[made] / root), 1.0), (*map(int, made), last), required * root)
    design = plan(looks.timing)
    return looks, bounds_of(design, inflation=None if design.futility == BINDING else root)


def without_first(looks: Looks, least: float) -> Looks:
    """The same looks without those below a share of the information, as a user of the TSA program may ignore them."""
    kept = [(t, i) for t, i in zip(looks.timing, looks.trials, strict=True) if t >= least]
    return replace(looks, timing=tuple(t for t, _ in kept), trials=tuple(i for _, i in kept))


def _checked(participants: Floats, required: float) -> Floats:
    n = np.asarray(participants, dtype=float)
    if n.ndim != 1 or not n.size or not np.isfinite(n).all() or n[0] <= 0 or (np.diff(n) <= 0).any():
        raise DataError("the number of participants must be known for every trial and grow from look to look")
    if not (np.isfinite(required) and required > 0):
        raise DataError(f"a required information size of {required:g} is not above 0")
    return n
