"""Multilevel meta-analysis: several random effects, correlated sampling errors, ML or REML.

Sources: Konstantopoulos 2011, Res Synth Methods 2:61; Van den Noortgate et al. 2013, Behav Res Methods 45:576 (three levels); Pustejovsky and
Tipton 2022, Prev Sci 23:425 (correlated and hierarchical effects). It is metafor's ``rma.mv(yi, V, random = list(~ 1 | g1, ~ 1 | g2))``.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.optimize import brentq
from scipy.special import chdtrc, chdtri

from metaudit.effects.zero_cells import Floats
from metaudit.errors import DataError
from metaudit.multilevel.blocks import Blocks
from metaudit.multilevel.maximum import maximum
from metaudit.pooling.intervals import quantile, two_sided_p
from metaudit.pooling.result import Coefficient

METHODS = ("REML", "ML")
LARGEST = 3000  # effects


@dataclass(frozen=True)
class Component:
    """One variance: its grouping, its estimate, its profile-likelihood interval (NaN when not asked for), and its share in percent."""

    name: str
    labels: int
    sigma2: float
    low: float
    high: float
    i2: float


@dataclass(frozen=True)
class Multilevel:
    """A multilevel fit.

    Attributes
    ----------
    coefficients : the intercept first, with normal (``wald``) or t intervals
    cov : their covariance, shape ``(p, p)``
    components : the variances, in the order of the groupings
    q, q_df, q_p : test that all variances are 0, weighted by the inverse of V
    log_likelihood : at the maximum, restricted for REML
    k, method, ci_method, level : what was fitted
    blocks : data and covariance structure, for robust tests
    """

    coefficients: tuple[Coefficient, ...]
    cov: Floats
    components: tuple[Component, ...]
    q: float
    q_df: int
    q_p: float
    log_likelihood: float
    k: int
    method: str
    ci_method: str
    level: float
    blocks: Blocks

    @property
    def mean(self) -> Coefficient:
        """The pooled effect (the intercept when there are moderators)."""
        return self.coefficients[0]

    @property
    def variances(self) -> Floats:
        """The variances, shape ``(q,)``."""
        return np.array([c.sigma2 for c in self.components])


def multilevel(
    yi: Any,
    v: Any,
    groupings: Mapping[str, Sequence[Any]],
    *,
    x: Any = None,
    names: Sequence[str] = (),
    method: str = "REML",
    ci: str = "wald",
    level: float = 0.95,
    intervals: bool = False,
) -> Multilevel:
    """Fit the model by exact maximisation.

    Parameters
    ----------
    yi : effects, shape ``(k,)``
    v : sampling variances, shape ``(k,)``, or their covariance matrix, shape ``(k, k)``
    groupings : for each variance its name and the label of every effect; for effects within studies two groupings, the study and the
        effect (labels of a nested grouping have to differ between studies)
    x, names : design with the intercept first, shape ``(k, p)``, and the names of its columns
    method : ``REML`` or ``ML``
    ci : ``wald``, or ``t`` with k - p degrees of freedom
    level : confidence level
    intervals : profile-likelihood intervals of the variances

    Raises
    ------
    DataError
        when the arrays do not fit together, V is not positive definite, or two groupings are the same.
    """
    if method not in METHODS or ci not in ("wald", "t"):
        raise DataError(f"a multilevel model is fitted by REML or ML with ci wald or t, not {method} with ci {ci}")
    y, matrix, design = _arrays(yi, v, x)
    codes = [_codes(name, labels, y.size) for name, labels in groupings.items()]
    _distinct(list(groupings), codes)
    model = Blocks(y, matrix, design, groupings=codes, restricted=method == "REML")
    if not model.definite():
        raise DataError(
            "the sampling covariance is not positive definite: a variance is not positive, or correlations contradict each other"
        )
    s = maximum(model)
    at = model.at(s)
    q, trace = model.without_variances()
    df = y.size - design.shape[1]
    typical = df / trace
    limits = [
        _profile(model, s, i, drop=float(chdtri(1, 1 - level)) / 2) if intervals else (math.nan, math.nan)
        for i in range(len(codes))
    ]
    parts = tuple(
        Component(name, int(c.max()) + 1, float(s[i]), *limits[i], 100 * float(s[i]) / (float(s.sum()) + typical))
        for i, (name, c) in enumerate(zip(groupings, codes, strict=True))
    )
    terms = tuple(names) or ("intercept", *(f"x{i}" for i in range(1, design.shape[1])))
    t_df = None if ci == "wald" else float(df)
    coefficients = tuple(
        _coefficient(term, float(b), math.sqrt(c), t_df, level=level)
        for term, b, c in zip(terms, at.beta, np.diag(at.cov), strict=True)
    )
    return Multilevel(
        coefficients, at.cov, parts, q, df, float(chdtrc(df, q)), at.log_likelihood, y.size, method, ci, level, model
    )


def _arrays(yi: Any, v: Any, x: Any) -> tuple[Floats, Floats, Floats]:
    y = np.asarray(yi, dtype=float).ravel()
    matrix = np.asarray(v, dtype=float)
    matrix = np.diag(matrix.ravel()) if matrix.ndim < 2 or 1 in matrix.shape else matrix
    design = np.ones((y.size, 1)) if x is None else np.asarray(x, dtype=float)
    if matrix.shape != (y.size, y.size) or design.ndim != 2 or design.shape[0] != y.size:
        raise DataError(
            f"{y.size} effects, a {matrix.shape} covariance and a {design.shape} design do not fit together"
        )
    if y.size > LARGEST:
        raise DataError(f"{y.size} effects: a multilevel model is fitted up to {LARGEST}")
    if not (np.all(np.isfinite(y)) and np.all(np.isfinite(matrix)) and np.all(np.isfinite(design))):
        raise DataError("an effect, a sampling variance or a moderator is missing; leave the effect out or complete it")
    if not np.allclose(matrix, matrix.T, rtol=1e-8, atol=0):
        raise DataError("the sampling covariance is not symmetric")
    if y.size <= design.shape[1] or np.linalg.matrix_rank(design) < design.shape[1]:
        raise DataError(f"{y.size} effects cannot determine {design.shape[1]} coefficients; leave a moderator out")
    return y, (matrix + matrix.T) / 2, design


def _codes(name: str, labels: Sequence[Any], k: int) -> Any:
    words = ["" if c is None or c != c else str(c).strip() for c in labels]
    if len(words) != k:
        raise DataError(f"{k} effects, but {len(words)} labels of {name}: one for each effect is needed")
    if "" in words:
        raise DataError(f"effect {words.index('') + 1} has no {name}; name the {name} it belongs to")
    return np.unique(words, return_inverse=True)[1].astype(np.intp)


def _distinct(names: list[str], codes: list[Any]) -> None:
    """Two groupings that say the same, or one that says nothing, cannot be told apart."""
    if not names:
        raise DataError(
            "a multilevel model needs at least one grouping; for one variance per effect give every effect its own label"
        )
    for i, (name, c) in enumerate(zip(names, codes, strict=True)):
        if int(c.max()) == 0:
            raise DataError(
                f"all effects have one label in the grouping {name!r}, so that its variance cannot be estimated; leave it out"
            )
        for other, d in zip(names[:i], codes[:i], strict=True):
            pairs = len({*zip(c.tolist(), d.tolist(), strict=True)})
            if pairs == int(c.max()) + 1 == int(d.max()) + 1:
                raise DataError(
                    f"{other} and {name} group the effects in the same way: their variances cannot be told apart"
                )


def _coefficient(term: str, estimate: float, se: float, df: float | None, *, level: float) -> Coefficient:
    half, stat = quantile(level, df) * se, estimate / se
    return Coefficient(term, estimate, se, stat, two_sided_p(stat, df), estimate - half, estimate + half)


def _profile(model: Blocks, s: Floats, i: int, *, drop: float) -> tuple[float, float]:
    """Where the profile log-likelihood of one variance has fallen by ``drop``."""
    top = model.at(s).log_likelihood

    def gap(value: float) -> float:
        return model.at(maximum(model, fixed=(i, value), near=s)).log_likelihood - top + drop

    low = 0.0 if s[i] == 0 or gap(0.0) >= 0 else float(brentq(gap, 0.0, float(s[i]), xtol=1e-300, rtol=1e-9))
    high = max(2 * float(s[i]), 1e-3 * float(np.var(model.y)))
    while gap(high) > 0:
        high *= 2
    return low, float(brentq(gap, float(s[i]), high, xtol=1e-300, rtol=1e-9))
