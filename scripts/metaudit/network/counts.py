"""Networks of rare events pooled from the counts, without a correction: what the two methods share.

Both have one common effect a comparison and odds ratios (Efthimiou et al. 2019; Stijnen, Hamza and Özdemir 2010).
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import chdtrc

from metaudit.effects.zero_cells import Floats
from metaudit.network.evidence import Pair, sort_key
from metaudit.network.fit import Comparison, difference
from metaudit.network.from_arms import Arm

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class CountNetwork:
    """Log odds ratios of a network from its counts.

    Attributes
    ----------
    treatments, effects, root : as in ``fit.Network``
    k : number of studies used
    left_out : studies, arms and designs that say nothing, each as (which, reason)
    method, level : what was done
    q, df : inconsistency between designs; NaN and 0 where the method has none
    log_likelihood : of the conditional likelihood; NaN for Mantel-Haenszel
    """

    treatments: tuple[str, ...]
    effects: Floats
    root: Floats
    k: int
    left_out: tuple[tuple[str, str], ...]
    method: str
    level: float = 0.95
    q: float = math.nan
    df: int = 0
    log_likelihood: float = field(default=math.nan)

    @property
    def covariance(self) -> Floats:
        """Covariance of ``effects``, shape ``(n, n)``."""
        return np.asarray(self.root @ self.root.T)

    @property
    def q_p(self) -> float:
        """P value of Q."""
        return float(chdtrc(self.df, self.q)) if self.df > 0 else math.nan

    def compare(self, first: str, second: str) -> Comparison:
        """Log odds ratio of ``first`` against ``second``."""
        return difference(self, (first, second), level=self.level)

    def league(self) -> tuple[Comparison, ...]:
        """Every comparison once."""
        pairs: list[Pair] = [(a, b) for i, a in enumerate(self.treatments) for b in self.treatments[i + 1 :]]
        return tuple(self.compare(*p) for p in pairs)


@dataclass(frozen=True, eq=False)
class Design:
    """Counts of the studies that compare one set of treatments.

    Attributes
    ----------
    treatments : shape ``(m,)``, without those of which the design has no event, or only events
    studies : shape ``(k,)``
    events, n : shape ``(k, m)``
    """

    treatments: tuple[str, ...]
    studies: tuple[str, ...]
    events: Floats
    n: Floats


def informative(arms: Sequence[Arm]) -> tuple[tuple[Design, ...], tuple[tuple[str, str], ...]]:
    """The counts by design, without what says nothing of odds ratios, as netmeta's ``netmetabin`` leaves it out.

    Studies with no event, or only events, in all arms together go; then arms of which a design has no event, or only
    events, in all its studies; then designs left with one arm.

    Returns
    -------
    The designs in order, and what was left out with the reason.
    """
    studies: dict[str, dict[str, tuple[float, float]]] = defaultdict(dict)
    for a in arms:
        studies[a.study][a.treatment] = (float(a.cells["events"]), float(a.cells["n"]))
    left_out: list[tuple[str, str]] = []
    groups: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for name, found in studies.items():
        events, people = (sum(c[i] for c in found.values()) for i in (0, 1))
        if events in (0, people):
            left_out.append((name, "no event in any arm" if events == 0 else "only events in every arm"))
        elif len(found) > 1:
            groups[tuple(sorted(found, key=sort_key))].append(name)
        else:
            left_out.append((name, "one arm; a comparison needs two"))
    designs = []
    for treatments in sorted(groups, key=lambda d: [sort_key(t) for t in d]):
        names = groups[treatments]
        table = np.array([[studies[s][t] for t in treatments] for s in names])
        kept = _some_of_both(table)
        label = " : ".join(treatments)
        left_out += [
            (label, f"arm {t} has {'no' if table[:, i, 0].sum() == 0 else 'only'} events in all studies of this design")
            for i, t in enumerate(treatments)
            if not kept[i]
        ]
        if kept.sum() < 2:
            left_out.append((label, "one arm is left; a comparison needs two"))
            continue
        stay = tuple(t for t, k in zip(treatments, kept, strict=True) if k)
        designs.append(Design(stay, tuple(names), table[:, kept, 0], table[:, kept, 1]))
    return tuple(designs), tuple(left_out)


def _some_of_both(table: Floats) -> NDArray[np.bool_]:
    """Which arms of a design have events and non-events in its studies together, shape ``(m,)``."""
    events, people = table[:, :, 0].sum(axis=0), table[:, :, 1].sum(axis=0)
    return np.asarray((events > 0) & (events < people))
