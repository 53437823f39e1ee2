"""Mantel-Haenszel network meta-analysis of odds ratios (Efthimiou et al. 2019).

First the studies of each design give odds ratios of all its treatments by the generalised Mantel-Haenszel method (Greenland
1989), then the designs are pooled by generalised least squares.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np

from metaudit.effects.zero_cells import Floats
from metaudit.errors import DataError
from metaudit.network.counts import CountNetwork, Design, informative
from metaudit.network.evidence import Evidence, Study
from metaudit.network.fit import fit_network
from metaudit.network.from_arms import Arm


def mantel_haenszel_network(arms: Sequence[Arm], *, level: float = 0.95) -> CountNetwork:
    """Log odds ratios of all comparisons under a common effect, zero cells as they are.

    Parameters
    ----------
    arms : with events and n
    level : confidence level

    Raises
    ------
    DataError
        when what is left is no connected network, or a design has no Mantel-Haenszel odds ratio.
    """
    designs, left_out = informative(arms)
    studies = tuple(
        Study(f"design {' : '.join(d.treatments)} ({i})", d.treatments, *design_odds(d))
        for i, d in enumerate(designs, start=1)
    )
    found = fit_network(Evidence("OR", studies, left_out), tau2=None, level=level)
    k = sum(len(d.studies) for d in designs)
    return CountNetwork(
        found.treatments, found.effects, found.root, k, left_out, "mantel-haenszel", level, found.q, found.df
    )


def design_odds(design: Design) -> tuple[Floats, Floats]:
    """Log odds of the treatments of a design relative to their mean, and their covariance.

    L_xy = log(C_xy/C_yx) with C_xy the sum of e_x f_y/N over studies (e events, f non-events) are not transitive when there are
    more than two treatments; their means over the second treatment, whose differences are, are what is used (Greenland 1989,
    after Mickey and Elashoff 1985).

    Returns
    -------
    Shape ``(m,)`` and ``(m, m)``.

    Raises
    ------
    DataError
        when a pair has no study with an event in one arm and a non-event in the other.
    """
    m = len(design.treatments)
    e, f, n = design.events, design.n - design.events, design.n
    total = n.sum(axis=1)
    cross = np.einsum("sx,sy->sxy", e, f) / total[:, None, None]
    both = np.einsum("sx,s->sx", e, 1 / total)[:, :, None] + np.einsum("sy,s->sy", f, 1 / total)[:, None, :]
    c = cross.sum(axis=0)
    if np.any((c == 0) & ~np.eye(m, dtype=bool)):
        raise DataError(f"design {' : '.join(design.treatments)}: a Mantel-Haenszel odds ratio is 0 or infinite")
    np.fill_diagonal(c, 1.0)  # an arm against itself says nothing
    logs = np.log(c / c.T)
    pairs = list(combinations(range(m), 2))
    cov = np.array(
        [[_covariance(p, q, c, cross=cross, both=both, cells=(e, f, n, total)) for q in pairs] for p in pairs]
    )
    mean = np.zeros((m, len(pairs)))
    for i, (x, y) in enumerate(pairs):
        mean[x, i], mean[y, i] = 1 / m, -1 / m
    return logs.sum(axis=1) / m, mean @ cov @ mean.T


def _covariance(
    p: tuple[int, int], q: tuple[int, int], c: Floats, *, cross: Floats, both: Floats, cells: tuple[Floats, ...]
) -> float:
    """Covariance of L_p and L_q (Greenland 1989; for p = q that of Robins, Breslow and Greenland 1986)."""
    if p == q:
        x, y = p
        a, b, u, v = cross[:, x, y], cross[:, y, x], both[:, x, y], both[:, y, x]
        return float(
            (a @ u) / (2 * c[x, y] ** 2) + (a @ v + b @ u) / (2 * c[x, y] * c[y, x]) + (b @ v) / (2 * c[y, x] ** 2)
        )
    shared = set(p) & set(q)
    if not shared:
        return 0.0
    x = shared.pop()
    y, z = (next(i for i in pair if i != x) for pair in (p, q))
    sign = (1 if p[0] == x else -1) * (1 if q[0] == x else -1)
    e, f, n, total = cells
    square = total**2
    return sign / 3 * float(
        np.sum(e[:, x] * f[:, y] * f[:, z] / square) / (c[x, y] * c[x, z])
        + np.sum(n[:, x] * f[:, y] * e[:, z] / square) / (c[x, y] * c[z, x])
        + np.sum(n[:, x] * e[:, y] * f[:, z] / square) / (c[y, x] * c[x, z])
        + np.sum(f[:, x] * e[:, y] * e[:, z] / square) / (c[y, x] * c[z, x])
    )  # fmt: skip
