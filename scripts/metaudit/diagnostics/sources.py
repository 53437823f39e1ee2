"""Which studies the heterogeneity comes from: how many must go until I² is low (Patsopoulos et al. 2008)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from metaudit.diagnostics.fitted import numbers
from metaudit.diagnostics.subsets import SubsetFits, subset_fits
from metaudit.errors import DataError

FEWEST = 2  # one study has no heterogeneity, so dropping down to it would always succeed


@dataclass(frozen=True)
class Sources:
    """Studies dropped one at a time, each the one whose omission lowers I² most.

    Attributes
    ----------
    dropped : their names, in the order they went
    fits : of all studies, without the first, without the first two, ...
    below : the I² (percent) aimed at
    reached : whether the last fit is below it; False when only two studies were left
    """

    dropped: tuple[str, ...]
    fits: SubsetFits
    below: float
    reached: bool

    def in_words(self) -> str:
        """One sentence for the report."""
        start, end = self.fits.i2[0], self.fits.i2[-1]
        if not self.dropped and self.reached:
            return f"I² is {start:.0f} % with all studies, already below {self.below:g} %."
        count = f"{len(self.dropped)} of the {int(self.fits.k[0])} studies ({', '.join(self.dropped)})"
        if not self.reached:
            return f"I² stays at {end:.0f} % or more even without {count}." if self.dropped else f"I² is {start:.0f} %."
        return f"I² falls from {start:.0f} % to {end:.0f} %, below {self.below:g} %, without {count}."


def heterogeneity_sources(
    yi: Any, vi: Any, *, below: float = 50.0, tau2: str = "DL", labels: Sequence[str] | None = None
) -> Sources:
    """Drop the study whose omission lowers I² most, again and again, until I² is below a threshold.

    Patsopoulos, Evangelou and Ioannidis 2008, the sequential algorithm; they use 50 and 25 %. A tie goes to the study
    that comes first.

    Parameters
    ----------
    yi, vi : effects and sampling variances, shape ``(k,)``
    below : percent, above 0 and up to 100
    tau2 : estimator; ``DL`` and ``FE`` give the I² of the paper, 100 (Q - df) / Q
    labels : names of the studies

    Raises
    ------
    DataError
        for a threshold outside its range, and arrays that cannot be pooled.
    """
    y, v, names = numbers(yi, vi, labels)
    if not 0 < below <= 100:
        raise DataError(f"an I² below {below:g} %; choose a threshold above 0, up to 100")
    inside = np.ones(y.size, dtype=bool)
    steps, dropped = [inside.copy()], []
    i2 = float(subset_fits(y, v, inside[None, :], tau2=tau2).i2[0])
    while i2 >= below and inside.sum() > FEWEST:
        candidates = np.flatnonzero(inside)
        masks = np.tile(inside, (candidates.size, 1))
        masks[np.arange(candidates.size), candidates] = False
        found = subset_fits(y, v, masks, tau2=tau2).i2
        best = int(np.argmin(found))
        inside[candidates[best]] = False
        i2 = float(found[best])
        dropped.append(names[candidates[best]])
        steps.append(inside.copy())
    fits = subset_fits(y, v, np.array(steps), tau2=tau2, labels=["all studies", *(f"without {d}" for d in dropped)])
    return Sources(tuple(dropped), fits, below, i2 < below)
