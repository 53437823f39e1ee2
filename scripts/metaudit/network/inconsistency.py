"""Inconsistency as a random effect of the design (Jackson, Barrett, Rice, White and Higgins 2014).

Every design has a deviation of its own in each of its arms, with variance gamma²/2, so that its contrasts deviate with variance
gamma² and covariance gamma²/2, as the heterogeneity of studies does with tau². Both are found by restricted maximum likelihood.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.linalg import cho_factor, cho_solve

from metaudit.effects.zero_cells import Floats
from metaudit.errors import DataError
from metaudit.network.evidence import Evidence, check_connected
from metaudit.network.fit import Comparison, difference, fit_network
from metaudit.network.likelihood import design_constant
from metaudit.network.rows import Rows, rows_of

_STEPS = 200
_NEAR = 1e-7  # of the Newton decrement, twice what the log-likelihood can still gain
_SHORTEST = 1e-6  # share of a step
_CLOSE = 1e-11  # of a step, relative to the variances


@dataclass(frozen=True, eq=False)
class RandomInconsistency:
    """The fitted model.

    Attributes
    ----------
    treatments, effects, root : as in ``fit.Network``
    tau2, gamma2 : between studies of a design, and between designs
    log_likelihood : restricted, with metafor's constants
    level : of intervals
    """

    treatments: tuple[str, ...]
    effects: Floats
    root: Floats
    tau2: float
    gamma2: float
    log_likelihood: float
    level: float

    def compare(self, first: str, second: str) -> Comparison:
        """One comparison, averaged over designs."""
        return difference(self, (first, second), level=self.level)


@dataclass(frozen=True)
class _State:
    """The restricted likelihood at one pair of variances."""

    height: float
    score: Floats
    information: Floats
    beta: Floats
    covariance: Floats


def random_inconsistency(evidence: Evidence, *, level: float = 0.95, baseline: str = "") -> RandomInconsistency:
    """Fit both variances by restricted maximum likelihood.

    Without inconsistency that the effects do not take up, or without a second study of some design, gamma² cannot be told
    from the rest and is 0.

    Parameters
    ----------
    evidence : connected
    level : confidence level
    baseline : for the constant of the log-likelihood (``likelihood.log_likelihood``)

    Raises
    ------
    DataError
        for a disconnected network, and for variances too unequal for the arithmetic.
    """
    check_connected(evidence)
    rows = rows_of(evidence.studies, evidence.treatments)
    parts = np.eye(rows.yi.size) / 2, _shared(evidence, rows)
    alone = fit_network(evidence, tau2="REML").tau2
    scale = alone if alone > 0 else float(np.median(rows.vi))
    starts = [(alone, 0.0)]
    size, effects, own = rows.yi.size, rows.design.shape[1], sum(len(d) - 1 for d in evidence.designs)
    if size > own > effects:
        starts += [(alone, scale), (alone / 2, scale / 2), (0.0, scale)]
    else:
        parts = parts[0] * (size > effects), np.zeros_like(parts[1])
    found = max((_climb(rows, parts, np.array(s)) for s in starts), key=lambda f: f[1].height)
    (tau2, gamma2), state = found
    arms = sum(np.log(len(s.treatments)) for s in evidence.studies) / 2
    height = state.height - float(arms) + design_constant(evidence, rows, baseline=baseline)
    c = rows.centring
    return RandomInconsistency(
        rows.treatments,
        c @ state.beta,
        c @ np.linalg.cholesky(state.covariance),
        float(tau2),
        float(gamma2),
        height,
        level,
    )


def _shared(evidence: Evidence, rows: Rows) -> Floats:
    """Covariance of the observations that a deviation of variance 1/2 in every arm of every design makes."""
    design_of = [evidence.studies[s].design for s in rows.study]
    same = np.array([[a == b for b in design_of] for a in design_of])
    return np.asarray(np.where(same, rows.x @ rows.x.T, 0.0) / 2)


def _climb(rows: Rows, parts: tuple[Floats, Floats], variances: Floats) -> tuple[Floats, _State]:
    """Fisher scoring from one start, variances kept at 0 or above.

    Far from the maximum steps are halved until the likelihood rises; next to it, where its rise is lost in rounding, the
    score alone decides.
    """
    state = _state(rows, parts, variances)
    if not np.isfinite(state.height):
        raise DataError("the variances of this network are too unequal for a model with random inconsistency")
    for _ in range(_STEPS):
        step = _step(state, variances)
        size = 1.0
        tried = np.maximum(variances + step, 0.0)
        after = _state(rows, parts, tried)
        near = float(step @ state.score) <= _NEAR and np.isfinite(after.height)
        while not near and after.height < state.height and size > _SHORTEST:
            size /= 2
            tried = np.maximum(variances + size * step, 0.0)
            after = _state(rows, parts, tried)
        if not np.isfinite(after.height):
            break
        moved = float(np.abs(tried - variances).max())
        variances, state = tried, after
        if moved <= _CLOSE * float(np.abs(variances).max()):
            break
    return variances, state


def _step(state: _State, variances: Floats) -> Floats:
    """Step of Fisher scoring in the variances that are above 0 or whose score says they should be."""
    at = np.flatnonzero((variances > 0) | (state.score > 0))
    step = np.zeros(variances.size)
    if at.size:
        step[at] = np.linalg.lstsq(state.information[np.ix_(at, at)], state.score[at], rcond=None)[0]
    return step


def _state(rows: Rows, parts: tuple[Floats, Floats], variances: Floats) -> _State:
    """Log-likelihood with the constant log|X'X|/2, its score and its expected information (Harville 1977).

    Minus infinity where rounding leaves no positive covariance.
    """
    x, y = rows.design, rows.yi
    v = np.diag(rows.vi) + variances[0] * parts[0] + variances[1] * parts[1]
    try:
        root = cho_factor(v, lower=True)
    except np.linalg.LinAlgError:
        nothing = np.zeros(0)
        return _State(-np.inf, nothing, nothing, nothing, nothing)
    inverse = cho_solve(root, np.eye(y.size))
    inner = x.T @ inverse @ x
    covariance = np.linalg.inv(inner)
    p = inverse - inverse @ x @ covariance @ x.T @ inverse
    py = p @ y
    pa = [p @ a for a in parts]
    score = np.array([0.5 * (py @ a @ py - np.trace(m)) for a, m in zip(parts, pa, strict=True)])
    information = np.array([[0.5 * float(np.sum(m * n.T)) for n in pa] for m in pa])
    log_v = 2 * float(np.log(np.diag(root[0])).sum())
    log_x = float(np.linalg.slogdet(inner)[1] - np.linalg.slogdet(x.T @ x)[1])
    n, k = x.shape
    height = -0.5 * ((n - k) * np.log(2 * np.pi) + log_v + log_x + float(y @ py))
    return _State(float(height), score, information, covariance @ x.T @ inverse @ y, covariance)
