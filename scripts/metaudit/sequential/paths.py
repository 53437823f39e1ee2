"""Where a Brownian path may stand at a look, given that no earlier look stopped it: recursive numerical integration.

Armitage, McPherson and Rowe 1969 (J R Stat Soc A 132:235) gave the recursion; Jennison and Turnbull 2000, Group Sequential
Methods, chapter 19, its numerical side. Here the integrals are composite Gauss-Legendre sums, whose panels are as wide as
the narrower of the two normal densities that meet in them asks for.

The path B has B(t) ~ N(drift t, t), and z(t) = B(t) / sqrt t. Densities are kept for drift 0; that at another drift is
exp(drift b - drift² t / 2) times it (Jennison and Turnbull 2000, chapter 3: the last value of B is sufficient).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from scipy.special import ndtr

from metaudit.errors import DataError
from metaudit.sequential.spending import Floats

ORDER = 16
PANEL = 5.0  # width of a panel in standard deviations of the product of the two densities
REACH = 9.0  # beyond so many standard deviations nothing is left that would be seen: 1e-19
LEAST_STEP = 1e-7  # of information, between two looks
_SPAN = 64  # targets that share one slice of sources

Interval = tuple[float, float]


@dataclass(frozen=True)
class Paths:
    """Paths that go on after a look.

    Attributes
    ----------
    t : information fraction of the look
    b : places, shape ``(m,)``
    mass : quadrature weight times density under drift 0, shape ``(m,)``
    """

    t: float
    b: Floats
    mass: Floats

    def above(self, place: float, t: float, *, drift: float = 0.0) -> float:
        """Probability of going on here and being above ``place`` at fraction ``t``."""
        return float(self._masses(drift) @ ndtr(self._distance(place, t, drift)))

    def below(self, place: float, t: float, *, drift: float = 0.0) -> float:
        """Probability of going on here and being below ``place`` at fraction ``t``."""
        return float(self._masses(drift) @ ndtr(-self._distance(place, t, drift)))

    def density(self, place: float, t: float, *, drift: float = 0.0) -> float:
        """Density, in B, of going on here and being at ``place`` at fraction ``t``."""
        x = self._distance(place, t, drift)
        return float(self._masses(drift) @ np.exp(-x * x / 2)) / math.sqrt(2 * math.pi * (t - self.t))

    def going_on(self, *, drift: float = 0.0) -> float:
        """Probability of not having stopped up to this look."""
        return float(self._masses(drift).sum())

    def _masses(self, drift: float) -> Floats:
        return self.mass * np.exp(drift * self.b - drift**2 * self.t / 2) if drift else self.mass

    def _distance(self, place: float, t: float, drift: float) -> Floats:
        step = t - self.t
        return (self.b + drift * step - place) / math.sqrt(step)

    def then(self, t: float, regions: Sequence[Interval], *, following: float | None = None) -> Paths:
        """Paths that go on after the next look as well.

        Parameters
        ----------
        t : its information fraction
        regions : intervals of B in which they go on, in order, apart from each other; finite
        following : information fraction of the look after that, which decides how fine the places must be
        """
        b, weights = places(t - self.t, None if following is None else following - t, regions)
        step = math.sqrt(t - self.t)
        return Paths(t, b, weights * _moved(*_thinned(self.b, self.mass, step), b, step))


def start() -> Paths:
    """All paths, before the first look: at 0."""
    return Paths(0.0, np.zeros(1), np.ones(1))


def reach_of(drift: float = 0.0, *, rarest: float = 0.0) -> float:
    """How far from 0 places are wanted, in standard deviations: for a drift, and for events as rare as z ``rarest``."""
    return REACH + max(abs(drift), rarest)


def regions(upper: float, t: float, *, sides: int, reach: float, futility: float = math.nan) -> list[Interval]:
    """Where paths go on at fraction ``t``, in B.

    Below the upper boundary (and above the lower one, two-sided), cut at ``reach`` standard deviations; above the futility
    boundary, or on both sides of the inner wedge, where there is one.
    """
    root = math.sqrt(t)
    high = min(upper, reach) * root
    low = -high if sides == 2 else -reach * root
    if math.isnan(futility):
        return [(low, high)]
    wedge = futility * root
    return [(max(low, wedge), high)] if sides == 1 else [(low, -wedge), (wedge, high)]


def places(before: float, after: float | None, regions: Sequence[Interval]) -> tuple[Floats, Floats]:
    """Nodes and weights of composite Gauss-Legendre quadrature over the regions where paths go on.

    Parameters
    ----------
    before, after : steps of information to this look and from it to the next one (None: there is none)
    regions : intervals, finite

    Raises
    ------
    DataError
        for looks that are closer than ``LEAST_STEP``.
    """
    if before < LEAST_STEP or (after is not None and after < LEAST_STEP):
        raise DataError(f"two looks are less than {LEAST_STEP:g} of the information apart; treat them as one")
    narrow = math.sqrt(before if after is None else 1 / (1 / before + 1 / after))
    x, w = _legendre()
    nodes, weights = [], []
    for low, high in regions:
        if high > low:
            edges = np.linspace(low, high, 2 + int((high - low) / (PANEL * narrow)))
            half = (edges[1] - edges[0]) / 2
            nodes.append(((edges[:-1] + edges[1:]) / 2)[:, None] + half * x)
            weights.append(np.broadcast_to(half * w, nodes[-1].shape))
    if not nodes:
        return np.empty(0), np.empty(0)
    return np.concatenate([n.ravel() for n in nodes]), np.concatenate([v.ravel() for v in weights])


@cache
def _legendre() -> tuple[Floats, Floats]:
    x, w = np.polynomial.legendre.leggauss(ORDER)
    return x, w


def _thinned(b: Floats, mass: Floats, step: float) -> tuple[Floats, Floats]:
    """Fewer places that stand for many, as far as a normal step of this size can tell.

    Two looks close to each other need places close to each other, the step after them does not. In panels as wide as the
    step its density is a polynomial of degree ``ORDER`` - 1 to 1e-16, so the mass of a panel can be put on its Gauss-Legendre
    nodes with all its moments up to that degree (Lagrange's polynomials, by the discrete orthogonality of Legendre's).
    """
    count = 1 + int((b[-1] - b[0]) / step) if b.size else 0
    if 4 * count * ORDER >= b.size:
        return b, mass
    width = (b[-1] - b[0]) / count
    panel = np.minimum(((b - b[0]) / width).astype(int), count - 1)
    within = np.polynomial.legendre.legvander(2 * ((b - b[0]) / width - panel) - 1, ORDER - 1)
    moments = [np.bincount(panel, weights=mass * within[:, n], minlength=count) for n in range(ORDER)]
    x, w = _legendre()
    lagrange = (np.arange(ORDER) + 0.5) * np.polynomial.legendre.legvander(x, ORDER - 1) * w[:, None]
    places = b[0] + width * (np.arange(count)[:, None] + (x + 1) / 2)
    return places.ravel(), (np.stack(moments, axis=1) @ lagrange.T).ravel()


def _moved(sources: Floats, mass: Floats, targets: Floats, step: float) -> Floats:
    """Density at the targets after a normal step; only sources near enough count where there are many."""
    scale = 1 / (step * math.sqrt(2 * math.pi))
    if sources.size * targets.size <= 250_000:
        return scale * _kernel(sources / step, targets / step) @ mass
    out = np.empty(targets.size)
    for first in range(0, targets.size, _SPAN):  # both are sorted
        chunk = targets[first : first + _SPAN]
        low, high = np.searchsorted(sources, (chunk[0] - 40 * step, chunk[-1] + 40 * step))
        out[first : first + _SPAN] = _kernel(sources[low:high] / step, chunk / step) @ mass[low:high]
    return scale * out


def _kernel(sources: Floats, targets: Floats) -> Floats:
    x = targets[:, None] - sources
    x *= x
    x *= -0.5
    return np.exp(x, out=x)
