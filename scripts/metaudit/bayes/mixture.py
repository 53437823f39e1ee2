"""Mixtures of normal distributions: what mu, a new study's effect and the shrunken effects have as posteriors."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.optimize import brentq
from scipy.special import ndtr, ndtri

from metaudit.effects.zero_cells import Floats

_ROOT_2PI = math.sqrt(2 * math.pi)
_LADDER = np.r_[-60.0, -25.0, -12.0, np.linspace(-8, 8, 33), 12.0, 25.0, 60.0]

_PERCENTILES = np.linspace(0.02, 0.98, 33)


@dataclass(frozen=True)
class Mixture:
    """B mixtures of N normal distributions each.

    Attributes
    ----------
    p : weights, which add up to 1 in each row, shape ``(B, N)``
    mean, sd : of the parts, shape ``(B, N)``; an SD of 0 is a point
    """

    p: Floats
    mean: Floats
    sd: Floats

    @cached_property
    def _rungs(self) -> tuple[Floats, Floats, Floats]:
        """Values from one end to the other, their probabilities as normal deviates, and the mean SD: where Newton starts."""
        heavy = self.p > 1e-14
        low = np.where(heavy, self.mean - 9 * self.sd, np.inf).min(axis=1)[:, None]
        high = np.where(heavy, self.mean + 9 * self.sd, -np.inf).max(axis=1)[:, None]
        centre = np.einsum("bn,bn->b", self.p, self.mean)[:, None]
        scale = np.einsum("bn,bn->b", self.p, self.sd)[:, None]
        ladder = np.clip(centre + scale * _LADDER, low, high)
        ladder = np.concatenate([low, ladder, high], axis=1)
        return ladder, ndtri(np.clip(self.cdf(ladder), 1e-300, 1 - 1e-16)), scale

    def cdf(self, at: Floats) -> Floats:
        """Distribution function, shape ``(B, M)`` as ``at``."""
        return np.asarray(np.einsum("bmn,bn->bm", ndtr(self._z(at)), self.p))

    def density(self, at: Floats) -> Floats:
        """Density, shape ``(B, M)``."""
        heights = np.exp(-0.5 * self._z(at) ** 2) / _ROOT_2PI
        return np.asarray(np.einsum("bmn,bn->bm", heights, self.p / self.sd))

    def slope(self, at: Floats) -> Floats:
        """Derivative of the density, shape ``(B, M)``."""
        z = self._z(at)
        heights = -z * np.exp(-0.5 * z**2) / _ROOT_2PI
        return np.asarray(np.einsum("bmn,bn->bm", heights, self.p / self.sd**2))

    def _z(self, at: Floats) -> Floats:
        return np.asarray((at[:, :, None] - self.mean[:, None, :]) / self.sd[:, None, :])

    def quantile(self, probability: Floats) -> Floats:
        """Value below which the mixture lies with a probability, shape ``(B, M)``: Newton inside a closing bracket."""
        ladder, below, scale = self._rungs
        low, high = ladder[:, :1], ladder[:, -1:]
        z = ndtri(probability)
        x = np.stack([np.interp(q, rung, at) for q, rung, at in zip(z, below, ladder, strict=True)])
        low, high = low + 0 * x, high + 0 * x
        for _ in range(200):
            gap = self.cdf(x) - probability
            low, high = np.where(gap < 0, x, low), np.where(gap < 0, high, x)
            with np.errstate(divide="ignore", invalid="ignore"):
                new = x - gap / self.density(x)
            new = np.where((new >= low) & (new <= high), new, (low + high) / 2)
            moved = np.abs(new - x)
            x = np.where(np.abs(gap) < 1e-16, x, new)
            if np.all((moved <= 1e-9 * scale) | (np.abs(gap) < 1e-16)):
                break
        return np.asarray(x)

    def mode(self, row: int) -> float:
        """Highest point of one mixture's density: a root of its slope beside the highest of many quantiles."""
        part = Mixture(*(a[row : row + 1] for a in (self.p, self.mean, self.sd)))
        at = part.quantile(_PERCENTILES[None, :])[0]
        best = int(part.density(at[None, :])[0].argmax())
        low, high = float(at[max(best - 1, 0)]), float(at[min(best + 1, at.size - 1)])

        def slope(x: float) -> float:
            return float(part.slope(np.array([[x]]))[0, 0])

        if not slope(low) > 0 > slope(high):
            return float(at[best])  # a top narrower than the distance of two percentiles, or lost in rounding
        return float(brentq(slope, low, high, xtol=1e-14 * (high - low), rtol=1e-14))
