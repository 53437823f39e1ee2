"""Network meta-analysis by generalised least squares: one effect a treatment, one tau² for all comparisons.

Model of Lu and Ades 2006 in the form of Rücker 2012 (equivalent to White et al. 2012 under consistency): with the
observations of ``rows``, effects are the weighted least-squares solution with weights 1/(v + tau²/2), and their covariance is
the inverse information.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Protocol

import numpy as np
from scipy.special import chdtrc

from metaudit.effects.zero_cells import Floats
from metaudit.errors import DataError
from metaudit.network.evidence import Evidence, Pair, check_connected
from metaudit.network.rows import Rows, rows_of
from metaudit.pooling.heterogeneity import q_based_i2
from metaudit.pooling.intervals import prediction_interval, quantile, two_sided_p
from metaudit.pooling.linear import check_usable, profile, weighted_fit
from metaudit.pooling.tau2 import estimate_tau2
from metaudit.pooling.tau2_intervals import h2_test_based

TAU2 = ("DL", "REML", "ML", "PM")
INTERVALS = ("wald", "t", "hksj")
# Residuals of a 1e-12th of the effects, squared: what is left of studies that agree exactly is the rounding of the computer.
_NOTHING = 1e-24
PREDICTION = ("t-df", "t-df-1", "t-k-n", "normal")


@dataclass(frozen=True)
class Comparison:
    """Effect of ``first`` minus ``second`` on the analysis scale.

    Attributes
    ----------
    estimate, se, ci_low, ci_high, stat, p : of the network
    pi_low, pi_high : prediction interval of the effect in a new study; NaN under a common effect
    """

    first: str
    second: str
    estimate: float
    se: float
    ci_low: float
    ci_high: float
    stat: float
    p: float
    pi_low: float = math.nan
    pi_high: float = math.nan


@dataclass(frozen=True, eq=False)
class Network:
    """A fitted network.

    Attributes
    ----------
    evidence : what was pooled
    rows : its independent observations
    tau2 : between-study variance of every comparison; 0 under a common effect
    tau2_method : estimator; empty under a common effect, ``given`` when it was
    effects : of the treatments relative to their mean, shape ``(n,)``
    root : of the covariance of ``effects``, shape ``(n, n - 1)``
    q, df, q_p : Cochran's Q of the whole network at tau² = 0, its degrees of freedom and P (heterogeneity and
        inconsistency together; Rücker 2012)
    i2, i2_low, i2_high, h2 : from Q, percent; limits from the standard error of ln H (Higgins and Thompson 2002)
    ci, level, multiarm : what was asked for
    scale : factor of the covariance: 1, or Q at tau² over df with ``hksj`` (it is in ``root`` already)
    """

    evidence: Evidence
    rows: Rows
    tau2: float
    tau2_method: str
    effects: Floats
    root: Floats
    q: float
    df: int
    ci: str
    level: float
    multiarm: str
    scale: float = 1.0

    @property
    def treatments(self) -> tuple[str, ...]:
        """The treatments, in the order of ``effects``."""
        return self.rows.treatments

    @cached_property
    def covariance(self) -> Floats:
        """Covariance of ``effects``, shape ``(n, n)``: the pseudoinverse of the network's Laplacian (Rücker 2012)."""
        return np.asarray(self.root @ self.root.T)

    @property
    def k(self) -> int:
        """Number of studies."""
        return len(self.evidence.studies)

    @property
    def common(self) -> bool:
        """Whether the model has one effect a comparison."""
        return self.tau2_method == ""

    @property
    def q_p(self) -> float:
        """P value of Q; NaN without degrees of freedom."""
        return float(chdtrc(self.df, self.q)) if self.df > 0 else math.nan

    @property
    def i2(self) -> float:
        """Percent (Q - df)/Q, not below 0."""
        return q_based_i2(self.q, self.df)

    @cached_property
    def i2_limits(self) -> tuple[float, float]:
        """Limits of I², percent, H taken for 1 when it is below (R's meta); NaN where the standard error of ln H is none."""
        low, high = h2_test_based(max(self.q, float(self.df)), self.df, level=self.level)
        return 100 * (1 - 1 / low), 100 * (1 - 1 / high)

    @cached_property
    def omnibus(self) -> tuple[float, int, float]:
        """Wald test that all treatments are equal: chi-squared, degrees of freedom, P."""
        c = self.rows.centring
        b = c.T @ self.effects
        stat = float(b @ np.linalg.solve(c.T @ self.covariance @ c, b))
        return stat, b.size, float(chdtrc(b.size, stat))

    def compare(self, first: str, second: str, *, pi: str = "t-df") -> Comparison:
        """One comparison of the network.

        Parameters
        ----------
        first, second : treatments; the effect is that of ``first`` minus ``second``
        pi : degrees of freedom of the prediction interval: ``t-df`` those of Q (netmeta), ``t-df-1`` one less, ``t-k-n``
            the number of studies less that of treatments (k - p - 1 with p basic parameters), ``normal``

        Raises
        ------
        DataError
            for a treatment that the network does not have and a way that is not known.
        """
        df = None if self.ci == "wald" else float(self.df)
        found = difference(self, (first, second), level=self.level, df=df)
        low, high = self.prediction(found.estimate, found.se, pi=pi)
        return replace(found, pi_low=low, pi_high=high)

    def league(self, *, pi: str = "t-df") -> tuple[Comparison, ...]:
        """Every comparison once, the treatments in their order."""
        return tuple(self.compare(a, b, pi=pi) for a, b in self.evidence.pairs)

    def prediction(self, estimate: float, se: float, *, pi: str = "t-df") -> tuple[float, float]:
        """Interval for the effect in a new study: estimate ± t sqrt(se² + tau²) (Riley et al. 2011); NaN without tau²."""
        if pi not in PREDICTION:
            raise DataError(f"pi {pi!r} is not known; choose one of {', '.join(PREDICTION)}")
        if self.common:
            return math.nan, math.nan
        if pi == "normal":
            return prediction_interval(estimate, se, self.tau2, 0, method="normal", level=self.level)
        df = {"t-df": self.df, "t-df-1": self.df - 1, "t-k-n": self.k - len(self.treatments)}[pi]
        return prediction_interval(estimate, se, self.tau2, df + 1, method="t-k-1", level=self.level)


class Estimates(Protocol):
    """Effects of treatments and their covariance."""

    @property
    def treatments(self) -> tuple[str, ...]:
        """Shape ``(n,)``."""

    @property
    def effects(self) -> Floats:
        """Shape ``(n,)``; only differences matter."""

    @property
    def root(self) -> Floats:
        """Root of their covariance, shape ``(n, p)``: variances of differences come from it without cancelling."""


def difference(found: Estimates, pair: Pair, *, level: float, df: float | None = None) -> Comparison:
    """The first treatment of a pair minus the second, with a normal interval, or one of t with ``df``.

    Raises
    ------
    DataError
        for a treatment that the network does not have.
    """
    for treatment in pair:
        if treatment not in found.treatments:
            raise DataError(f"the network has no {treatment}; it has {', '.join(found.treatments)}")
    i, j = (found.treatments.index(t) for t in pair)
    estimate, se = float(found.effects[i] - found.effects[j]), float(np.linalg.norm(found.root[i] - found.root[j]))
    half = quantile(level, df) * se
    stat = estimate / se if se > 0 else math.nan
    return Comparison(*pair, estimate, se, estimate - half, estimate + half, stat, two_sided_p(stat, df))


def fit_network(
    evidence: Evidence,
    *,
    tau2: str | float | None = "REML",
    ci: str = "wald",
    level: float = 0.95,
    multiarm: str = "full",
) -> Network:
    """Fit one network.

    Parameters
    ----------
    evidence : connected
    tau2 : estimator, one of ``TAU2`` (``DL``: generalised method of moments of Jackson, White and Riley 2012; ``PM``: Q =
        df), or a number; None for a common effect
    ci : ``wald``; ``t`` (quantiles of t with the df of Q); ``hksj`` (the same, and the covariance times Q at tau² over df:
        Jackson and Riley 2014)
    level : confidence level
    multiarm : ``full``, or ``split`` as some publications wrongly did (``rows.rows_of``)

    Raises
    ------
    DataError
        for a disconnected network, numbers that cannot be pooled, choices that are not known, and ``hksj`` where nothing
        varies.
    """
    check_choices(tau2, ci=ci, level=level)
    check_connected(evidence)
    rows = rows_of(evidence.studies, evidence.treatments, multiarm=multiarm)
    check_usable(rows.yi, rows.vi)
    name, value = tau2_of(rows, rows.basis, tau2)
    beta = weighted_fit(rows.yi, rows.vi, rows.design, value / 2)[0]
    df = rows.yi.size - rows.design.shape[1]
    q, scale = 0.0, 1.0
    if df > 0:
        at_zero, at_tau2 = profile(rows.yi, rows.vi, rows.basis, np.array([0.0, value / 2])).q.tolist()
        q, scale = at_zero, at_tau2 / df if ci == "hksj" else 1.0
    if ci == "hksj" and df > 0 and scale * df <= _NOTHING * float(np.sum(rows.yi**2 / (rows.vi + value / 2))):
        raise DataError("all studies agree exactly, which leaves hksj no standard error; choose wald")
    root = math.sqrt(scale) * rows.centring @ _inverse_root(rows, value / 2)
    return Network(evidence, rows, value, name, rows.centring @ beta, root, q, df, ci, level, multiarm, scale)


def _inverse_root(rows: Rows, t: float) -> Floats:
    """A root of (X'WX)⁻¹: R⁻¹ of the weighted design's QR decomposition, the heaviest rows first (Cox and Higham 1998)."""
    order = np.argsort(rows.vi, kind="stable")
    r = np.linalg.qr(rows.design[order] / np.sqrt(rows.vi[order] + t)[:, None], mode="r")
    return np.asarray(np.linalg.inv(r))


def check_choices(tau2: str | float | None, *, ci: str = "wald", level: float = 0.95) -> None:
    """Refuse an estimator, an interval or a level that is not known.

    Raises
    ------
    DataError
    """
    if isinstance(tau2, str) and tau2 not in TAU2:
        raise DataError(f"tau2 {tau2!r} is not known for networks; choose one of {', '.join(TAU2)}, a number or none")
    if isinstance(tau2, int | float) and not (math.isfinite(tau2) and tau2 >= 0):
        raise DataError(f"tau2 is {tau2:g}; a variance is 0 or more")
    if ci not in INTERVALS:
        raise DataError(f"ci {ci!r} is not known for networks; choose one of {', '.join(INTERVALS)}")
    if not 0 < level < 1:
        raise DataError(f"level {level!r} is not between 0 and 1")


def tau2_of(rows: Rows, design: Floats, tau2: str | float | None) -> tuple[str, float]:
    """Name of the estimator and tau² under a design, shape ``(N, p)``; twice what is added to the rows' variances."""
    if tau2 is None:
        return "", 0.0
    if isinstance(tau2, str):
        return tau2, 2 * estimate_tau2(tau2, rows.yi, rows.vi, design)
    return "given", float(tau2)
