"""Permutation tests of a pooled mean and of a meta-regression, exact or from a seeded sample.

The mean: if the true mean is 0 and effects are symmetric about it, each effect could as well have had the other sign
(Follmann and Proschan 1999). Moderators: if they explain nothing, any study could have had any other study's values
(Higgins and Thompson 2004). The model, tau2 included, is fitted anew to every arrangement, and P is the share of
arrangements whose statistic is at least as large as the observed one.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.optimize import brentq

from metaudit.effects.zero_cells import Floats
from metaudit.errors import DataError
from metaudit.pooling.batch import fit_batch
from metaudit.pooling.linear import orthonormal
from metaudit.pooling.permutation_fits import regression_statistics

if TYPE_CHECKING:
    from numpy.typing import NDArray

EXACT_LIMIT = 2**13  # arrangements; up to it every one is computed
SAMPLE = 4999  # arrangements beside the observed one when there are more
INTERVAL_SAMPLE = 1999  # the same for an interval, which tries some twenty values of the mean
ITERATED = ("ML", "REML", "PM", "PMM", "EB")  # their regressions are fitted one by one: fewer arrangements
ITERATED_LIMIT, ITERATED_SAMPLE = 2**10, 999
SEED = 20260101
_TIE = 1.5e-8  # statistics closer than this (the root of the unit of rounding, as in metafor) count as equal
_SCALED = ("hksj", "hksj-adhoc-se", "hksj-adhoc-ci")


@dataclass(frozen=True)
class TermTest:
    """Observed statistic of one term and its permutation P."""

    term: str
    stat: float
    p: float


@dataclass(frozen=True)
class Permutation:
    """A permutation test.

    Attributes
    ----------
    tests : one a term; with moderators the last is the omnibus test (``moderators``)
    arrangements : how many were computed, the observed one among them
    exact : whether these are all there are
    seed : of the sample, when not exact
    """

    tests: tuple[TermTest, ...]
    arrangements: int
    exact: bool
    seed: int

    @property
    def p(self) -> float:
        """P of the mean, or of all moderators together."""
        return self.tests[-1].p

    def to_rows(self) -> list[dict[str, Any]]:
        """One row a term."""
        return [{"term": t.term, "stat": t.stat, "p": t.p} for t in self.tests]

    def sentences(self) -> list[str]:
        """How many arrangements, and which."""
        if self.exact:
            return [f"All {self.arrangements} arrangements were computed."]
        return [f"{self.arrangements} arrangements, the observed one and a random sample (seed {self.seed})."]


def permutation_test(
    yi: Any,
    vi: Any,
    *,
    tau2: str | None = "REML",
    mods: Mapping[str, Any] | None = None,
    ci: str = "wald",
    seed: int = SEED,
    sample: int | None = None,
) -> Permutation:
    """Two-sided permutation test of the mean or, with moderators, of every coefficient and of all together.

    Parameters
    ----------
    yi, vi : effects and sampling variances, shape ``(k,)``
    tau2 : estimator of the between-study variance, fitted anew each time; None for the common-effect model
    mods : name -> numbers, shape ``(k,)``
    ci : ``hksj`` (or one of its ad hoc forms) takes the Knapp-Hartung statistic, anything else the Wald statistic
    seed : of the sample
    sample : number of random arrangements beside the observed one, when there are too many to take all (8,192; 1,024 for
        regressions whose tau2 is iterated); 4,999, or 999 for those regressions, unless given

    Raises
    ------
    DataError
        when there are fewer than two studies, or more coefficients than studies allow.
    """
    y, v = _checked(yi, vi)
    method = "FE" if tau2 is None else tau2
    if not mods:
        signs, exact = sign_patterns(y.size, seed=seed, sample=sample or SAMPLE)
        found = _mean_statistics(y[:, None] * signs, v, method=method, ci=ci)
        test = TermTest("intercept", float(found[0]), _at_least(np.abs(found)) / found.size)
        return Permutation((test,), found.size, exact, seed)
    x = np.column_stack([np.ones(y.size), *(np.asarray(c, dtype=float).ravel() for c in mods.values())])
    if y.size <= x.shape[1]:
        raise DataError(
            f"{y.size} studies cannot test {x.shape[1]} coefficients by permutation: more studies are needed"
        )
    most, usual = (ITERATED_LIMIT, ITERATED_SAMPLE) if method in ITERATED else (EXACT_LIMIT, SAMPLE)
    order, exact = row_orders(x, seed=seed, sample=sample or usual, limit=most)
    basis, r = orthonormal(x)
    scaled = ci if ci in _SCALED else "wald"
    stats = regression_statistics(
        y[order].T, v[order].T, basis, back=np.asarray(np.linalg.inv(r), dtype=float), method=method, ci=scaled
    )
    names = ["intercept", *mods, "moderators"]
    tests = tuple(
        TermTest(name, float(s[0]), _at_least(np.abs(s)) / s.size) for name, s in zip(names, stats, strict=True)
    )
    return Permutation(tests, order.shape[0], exact, seed)


def _checked(yi: Any, vi: Any) -> tuple[Floats, Floats]:
    y, v = (np.asarray(a, dtype=float).ravel() for a in (yi, vi))
    if y.size != v.size or y.size < 2:
        raise DataError(
            f"a permutation test needs at least two studies with a variance each; {y.size} effects, {v.size} variances"
        )
    return y, v


def _at_least(stats: Floats) -> int:
    """How many are at least the first, which is the observed one."""
    return int(np.sum(stats >= stats[0] - _TIE))


def _mean_statistics(y: Floats, v: Floats, *, method: str, ci: str) -> Floats:
    """Wald z (or the Knapp-Hartung t) of the mean of ``d`` data sets, ``y`` of shape ``(k, d)``."""
    vs = np.broadcast_to(v[:, None], y.shape)
    fit = fit_batch(y, vs, method=method)
    se = fit.se
    if ci in _SCALED:
        s2 = np.sum((y - fit.estimate) ** 2 / (vs + fit.tau2), axis=0) / (y.shape[0] - 1)
        se = se * np.sqrt(np.maximum(1.0, s2) if ci == "hksj-adhoc-se" else s2)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.where(fit.estimate == 0, 0.0, fit.estimate / se))


def sign_patterns(k: int, *, seed: int, sample: int) -> tuple[Floats, bool]:
    """Signs, shape ``(k, d)``, the observed ones first; all patterns up to a change of every sign, or a sample.

    A pattern and its opposite give statistics of the same size, so half of the patterns give the exact two-sided P.
    """
    if k - 1 <= math.log2(EXACT_LIMIT):
        bits = (np.arange(2 ** (k - 1))[None, :] >> np.arange(k)[:, None]) & 1
        return np.asarray(1.0 - 2.0 * bits, dtype=float), True
    random = np.random.default_rng(seed).choice([-1.0, 1.0], size=(k, sample))
    return np.column_stack([np.ones(k), random]), False


def row_orders(x: Floats, *, seed: int, sample: int, limit: int = EXACT_LIMIT) -> tuple[NDArray[np.intp], bool]:
    """Orders of the studies, shape ``(d, k)``, the observed one first; studies with the same moderators are not exchanged."""
    k = x.shape[0]
    kinds = np.unique(x, axis=0, return_inverse=True)[1].ravel()
    count = math.factorial(k) // math.prod(math.factorial(int(n)) for n in np.bincount(kinds))
    if count > limit:
        rng = np.random.default_rng(seed)
        return np.vstack([np.arange(k), *(rng.permutation(k) for _ in range(sample))]), False
    places = [np.flatnonzero(kinds == kind) for kind in range(int(kinds.max()) + 1)]
    orders = []
    for arrangement in _arrangements(np.bincount(kinds).tolist(), k):
        order = np.empty(k, dtype=np.intp)
        for kind, here in enumerate(places):
            order[here] = [i for i, a in enumerate(arrangement) if a == kind]
        orders.append(order)
    observed = [tuple(np.arange(k))]
    rest = [o for o in map(tuple, orders) if o != observed[0]]
    return np.array(observed + rest, dtype=np.intp), True


def _arrangements(left: list[int], k: int) -> Iterator[tuple[int, ...]]:
    """All different sequences with ``left[kind]`` of each kind."""
    if k == 0:
        yield ()
        return
    for kind, n in enumerate(left):
        if n:
            left[kind] -= 1
            for rest in _arrangements(left, k - 1):
                yield (kind, *rest)
            left[kind] += 1


def permutation_interval(yi: Any, vi: Any, *, method: str, level: float, seed: int = SEED) -> tuple[float, float]:
    """Interval of the mean by inversion: the values that the permutation test of the mean does not reject.

    The same arrangements serve for every value tried; each limit is where the observed statistic overtakes the largest
    one that it has to exceed, to 1e-10 of a standard error.

    Parameters
    ----------
    yi, vi : shape ``(k,)``
    method : estimator of tau2, or ``FE``
    level : confidence level
    seed : of the sample of sign patterns, when there are too many to take all

    Raises
    ------
    DataError
        when there are too few studies for any arrangement to be as rare as the level asks.
    """
    y, v = _checked(yi, vi)
    signs, exact = sign_patterns(y.size, seed=seed, sample=INTERVAL_SAMPLE)
    if exact and 1 / signs.shape[1] > 1 - level:
        need = 1 + math.ceil(math.log2(1 / (1 - level)))
        raise DataError(
            f"{y.size} studies have {signs.shape[1]} arrangements, too few for a {100 * level:g} % interval: it takes {need} studies"
        )
    one = fit_batch(y[:, None], v[:, None], method=method)
    centre, se = float(one.estimate[0]), float(one.se[0])

    allowed = math.floor(
        (1 - level) * signs.shape[1] * (1 + 1e-12)
    )  # arrangements that may be as large, the observed one among them

    def gap(t: float, side: float) -> float:
        """By how much the observed statistic exceeds the first one that it may not be tied with."""
        found = np.abs(_mean_statistics((y - centre - side * t * se)[:, None] * signs, v, method=method, ci="wald"))
        return float(found[0] - _TIE - np.partition(found, -allowed - 1)[-allowed - 1])

    return centre - _limit(gap, -1.0) * se, centre + _limit(gap, 1.0) * se


def _limit(gap: Callable[[float, float], float], side: float) -> float:
    """Where the gap becomes positive, in standard errors from the mean."""
    high = 2.0
    while gap(high, side) <= 0:
        high *= 2
        if high > 2**40:
            raise DataError(
                "the permutation test rejects no value of the mean, however far: there is no interval at this level"
            )
    return float(brentq(gap, 0.0, high, args=(side,), xtol=1e-10, rtol=1e-12))
