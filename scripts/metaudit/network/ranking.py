"""Which treatment is best, second, last: P-scores, rank probabilities and SUCRA."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr, owens_t

from metaudit.effects.zero_cells import Floats
from metaudit.network.fit import Network

SEED = 20260101
DRAWS = 1_000_000
_BATCH = 20_000


@dataclass(frozen=True, eq=False)
class Ranks:
    """Rank probabilities.

    Attributes
    ----------
    treatments : shape ``(n,)``
    probability : of treatment i to have rank r, shape ``(n, n)``; rank 1 is the best
    exact : whether computed without simulation
    """

    treatments: tuple[str, ...]
    probability: Floats
    exact: bool

    @property
    def sucra(self) -> dict[str, float]:
        """Surface under the cumulative ranking curve (Salanti, Ades and Ioannidis 2011): mean cumulative probability."""
        n = len(self.treatments)
        cumulative = np.cumsum(self.probability, axis=1)[:, : n - 1].sum(axis=1) / (n - 1)
        return dict(zip(self.treatments, cumulative.tolist(), strict=True))

    @property
    def mean_rank(self) -> dict[str, float]:
        """Expected rank; 1 + (1 - SUCRA)(n - 1)."""
        ranks = self.probability @ np.arange(1, len(self.treatments) + 1)
        return dict(zip(self.treatments, ranks.tolist(), strict=True))


def p_scores(network: Network, *, small_is_good: bool) -> dict[str, float]:
    """P-score of each treatment: mean one-sided certainty that it is better than another (Rücker and Schwarzer 2015).

    Between 0 and 1, 0.5 on average; equal to SUCRA when the effects are normal with the fit's covariance.
    """
    n = len(network.treatments)
    better = network.effects[:, None] - network.effects[None, :]
    se = np.linalg.norm(network.root[:, None, :] - network.root[None, :, :], axis=2)
    np.fill_diagonal(se, 1.0)
    sure = ndtr((-better if small_is_good else better) / se)
    np.fill_diagonal(sure, 0.0)
    return dict(zip(network.treatments, (sure.sum(axis=1) / (n - 1)).tolist(), strict=True))


def ranks(network: Network, *, small_is_good: bool, draws: int = DRAWS, seed: int = SEED) -> Ranks:
    """Rank probabilities under normality: exact for two and three treatments, by simulation for more.

    Parameters
    ----------
    network : fitted
    small_is_good : whether the smaller effect is the better one
    draws, seed : of the simulation; the standard error of a probability is at most 0.5/sqrt(draws)
    """
    sign = 1.0 if small_is_good else -1.0
    effects, n = sign * network.effects, len(network.treatments)
    if n <= 3:
        return Ranks(network.treatments, _exact(effects, network.covariance), exact=True)
    rng = np.random.default_rng(seed)
    root = _with_signs(network.root)
    counts = np.zeros((n, n))
    for start in range(0, draws, _BATCH):
        size = min(_BATCH, draws - start)
        order = np.argsort(effects + rng.standard_normal((size, n - 1)) @ root.T, axis=1)
        for r in range(n):
            counts[:, r] += np.bincount(order[:, r], minlength=n)
    return Ranks(network.treatments, counts / draws, exact=False)


def _with_signs(root: Floats) -> Floats:
    """The same root, the first entry of each column that is not rounding being positive.

    It is unique but for these signs, which hang on the processor's arithmetic: the same draws give the same ranks everywhere.
    """
    large = np.abs(root) > 1e-6 * np.abs(root).max(axis=0)
    first = np.take_along_axis(root, large.argmax(axis=0)[None, :], axis=0)
    return np.asarray(root * np.sign(first))


def _exact(effects: Floats, covariance: Floats) -> Floats:
    """Rank probabilities of two or three treatments; smaller is better."""
    n = effects.size
    out = np.zeros((n, n))
    for i in range(n):
        others = [j for j in range(n) if j != i]
        gap = effects[others] - effects[i]
        d = -np.eye(n)[[i] * (n - 1)] + np.eye(n)[others]
        cov = d @ covariance @ d.T
        z = gap / np.sqrt(np.diag(cov))
        if n == 2:
            out[i] = ndtr(z[0]), ndtr(-z[0])
            continue
        rho = cov[0, 1] / math.sqrt(cov[0, 0] * cov[1, 1])
        out[i, 0], out[i, 2] = bivariate(z[0], z[1], rho), bivariate(-z[0], -z[1], rho)
        out[i, 1] = max(0.0, 1 - out[i, 0] - out[i, 2])
    return out


def bivariate(h: float, k: float, rho: float) -> float:
    """P(X <= h, Y <= k) for standard normals with correlation ``rho`` (Owen 1956, equation 2.1)."""
    if abs(rho) >= 1:
        return float(ndtr(min(h, k))) if rho > 0 else float(max(0.0, ndtr(h) + ndtr(k) - 1))
    root = math.sqrt((1 - rho) * (1 + rho))
    if h == 0 and k == 0:
        return 0.25 + math.asin(rho) / (2 * math.pi)
    apart = 0.5 if h * k < 0 or (h * k == 0 and h + k < 0) else 0.0
    return float((ndtr(h) + ndtr(k)) / 2 - _owen(h, k, rho, root) - _owen(k, h, rho, root) - apart)


def _owen(h: float, k: float, rho: float, root: float) -> float:
    """T(h, (k - rho h) / (h root)), with its limit at h = 0."""
    if h == 0:
        return math.copysign(0.25, k)
    return float(owens_t(h, (k - rho * h) / (h * root)))
