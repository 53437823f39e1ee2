"""Dose-response meta-analysis: one curve over all studies, its heterogeneity, tests and predictions."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import chdtrc, ndtri

from metaudit.doseresponse.basis import Curve
from metaudit.doseresponse.mixed import Fitted, fit_mixed, fixed_effects
from metaudit.doseresponse.study import DoseStudy, covariance
from metaudit.effects.zero_cells import Floats
from metaudit.errors import DataError
from metaudit.pooling.intervals import two_sided_p
from metaudit.pooling.result import Coefficient

METHODS = ("fixed", "REML", "ML", "DL")


@dataclass(frozen=True)
class ChiSquared:
    """A chi-squared test: statistic, degrees of freedom and P value."""

    stat: float
    df: int
    p: float


@dataclass(frozen=True)
class Prediction:
    """Relative risk at one dose against the reference dose."""

    dose: float
    log_rr: float
    se: float
    rr: float
    ci_low: float
    ci_high: float


@dataclass(frozen=True)
class DoseResponse:
    """A fitted curve.

    Attributes
    ----------
    coefficients : one for each term of the curve, on the log scale
    cov : their covariance, shape ``(p, p)``
    psi : covariance of the studies' coefficients, shape ``(p, p)``; zero for ``fixed``
    overall, nonlinear : Wald tests of all coefficients, and of all but the first (None for a line)
    heterogeneity : Cochran's Q of the studies' coefficients (None in one stage)
    deviance : weighted squares left by the fixed-effects curve, and their degrees of freedom (Discacciati, Crippa and Orsini 2017, Res
        Synth Methods 8:149)
    log_likelihood : at the maximum, restricted for REML; NaN for DL
    curve, method, stages, covariance_kind, level, k, points : what was fitted
    """

    coefficients: tuple[Coefficient, ...]
    cov: Floats
    psi: Floats
    overall: ChiSquared
    nonlinear: ChiSquared | None
    heterogeneity: ChiSquared | None
    deviance: ChiSquared
    log_likelihood: float
    curve: Curve
    method: str
    stages: int
    covariance_kind: str
    level: float
    k: int
    points: int

    @property
    def i2(self) -> float:
        """Percent of Q beyond its degrees of freedom; NaN in one stage."""
        if self.heterogeneity is None:
            return math.nan
        q = self.heterogeneity
        return max(0.0, 100 * (q.stat - q.df) / q.stat) if q.stat > 0 else 0.0

    def predict(self, doses: Any, *, reference: float = 0.0) -> tuple[Prediction, ...]:
        """Relative risks at doses against a reference dose, with normal intervals."""
        at = np.atleast_1d(np.asarray(doses, dtype=float))
        rows = self.curve(at) - self.curve([reference])
        beta = np.array([c.estimate for c in self.coefficients])
        z = float(ndtri(0.5 + self.level / 2))
        out = []
        for dose, row in zip(at, rows, strict=True):
            log_rr, se = float(row @ beta), math.sqrt(max(float(row @ self.cov @ row), 0.0))
            ends = (math.exp(log_rr - z * se), math.exp(log_rr + z * se))
            out.append(Prediction(float(dose), log_rr, se, math.exp(log_rr), *ends))
        return tuple(out)


@dataclass(frozen=True)
class _Part:
    y: Floats
    x: Floats
    s: Floats


def dose_response(
    studies: Sequence[DoseStudy],
    *,
    curve: Curve | None = None,
    method: str = "REML",
    stages: int = 2,
    covariance_kind: str = "greenland-longnecker",
    level: float = 0.95,
) -> DoseResponse:
    """Fit one curve to the studies' relative risks.

    Parameters
    ----------
    studies : each with a reference level
    curve : a line when not given
    method : ``fixed``; ``REML``, ``ML``; ``DL`` (DerSimonian and Laird's moments, for a line in two stages)
    stages : 2: every study's own curve, then multivariate meta-analysis; 1: all levels of all studies at once, which also takes studies
        with fewer levels than the curve has coefficients
    covariance_kind : see ``metaudit.doseresponse.study.covariance``
    level : confidence level

    Raises
    ------
    DataError
        when a study cannot be used, has too few levels for its own curve, or there are too few studies for random effects.
    """
    shape = curve if curve is not None else Curve()
    if method not in METHODS or stages not in (1, 2):
        raise DataError(f"a curve is fitted by one of {', '.join(METHODS)} in 1 or 2 stages, not {method} in {stages}")
    if not studies:
        raise DataError("no study is given")
    parts = [_part(s, shape, covariance_kind) for s in studies]
    p = len(shape.terms)
    if len(studies) < 2 and method != "fixed":
        raise DataError("one study has no heterogeneity: fit it with method fixed")
    whole = np.vstack([part.x for part in parts])
    if np.linalg.matrix_rank(whole) < p:
        raise DataError(f"the doses of all studies cannot determine {p} coefficients; take a simpler curve")
    common = fixed_effects(*_columns(parts))
    deviance = sum(_square(part.y - part.x @ common.beta, part.s) for part in parts)
    points = sum(part.y.size for part in parts)
    used = parts if stages == 1 else [_own(part, s.name) for part, s in zip(parts, studies, strict=True)]
    fitted = _fitted(used, method, common, p, stages)
    q = None
    if stages == 2 and len(studies) > 1:
        stat = sum(_square(part.y - common.beta, part.s) for part in used)
        q = _test(stat, p * (len(studies) - 1))
    z = float(ndtri(0.5 + level / 2))
    coefficients = tuple(
        _coefficient(t, float(b), math.sqrt(v), z)
        for t, b, v in zip(shape.terms, fitted.beta, np.diag(fitted.cov), strict=True)
    )
    nonlinear = _wald(fitted.beta[1:], fitted.cov[1:, 1:]) if p > 1 else None
    return DoseResponse(
        coefficients, fitted.cov, fitted.psi, _wald(fitted.beta, fitted.cov), nonlinear, q,
        _test(deviance, points - p), fitted.log_likelihood, shape, method, stages, covariance_kind, level, len(studies), points,
    )  # fmt: skip


def _part(study: DoseStudy, curve: Curve, kind: str) -> _Part:
    """Log relative risks, the curve's rise from the reference dose to each level (Liu et al. 2009), and their covariance."""
    s = covariance(study, kind=kind)
    others = study.others
    x = curve(np.asarray(study.dose, dtype=float))
    return _Part(np.asarray(study.log_rr, dtype=float)[others], x[others] - x[study.reference], s)


def _own(part: _Part, name: str) -> _Part:
    """A study's own coefficients and their covariance, as the outcome of the second stage."""
    p = part.x.shape[1]
    if part.y.size < p or np.linalg.matrix_rank(part.x) < p:
        raise DataError(
            f"{name}: {part.y.size} levels beside the reference cannot determine {p} coefficients; fit in one stage, or a simpler curve"
        )
    w = np.linalg.inv(part.s)
    cov = np.linalg.inv(part.x.T @ w @ part.x)
    return _Part(cov @ (part.x.T @ (w @ part.y)), np.eye(p), (cov + cov.T) / 2)


def _fitted(parts: list[_Part], method: str, common: Fitted, p: int, stages: int) -> Fitted:
    if method == "fixed":
        return fixed_effects(*_columns(parts))
    if method == "DL":
        if p > 1 or stages == 1:
            raise DataError("moments (DL) are for a line in two stages; take REML or ML")
        return _moments(parts, common)
    return fit_mixed(*_columns(parts), restricted=method == "REML")


def _moments(parts: list[_Part], common: Fitted) -> Fitted:
    """DerSimonian and Laird 1986 on the studies' slopes."""
    y, v = np.array([part.y[0] for part in parts]), np.array([part.s[0, 0] for part in parts])
    w = 1 / v
    q = float(w @ (y - common.beta[0]) ** 2)
    tau2 = max(0.0, (q - (y.size - 1)) / (w.sum() - (w**2).sum() / w.sum()))
    w = 1 / (v + tau2)
    return Fitted(np.array([w @ y / w.sum()]), np.array([[1 / w.sum()]]), np.array([[tau2]]), math.nan)


def _columns(parts: list[_Part]) -> tuple[list[Floats], list[Floats], list[Floats]]:
    return [p.y for p in parts], [p.x for p in parts], [p.s for p in parts]


def _square(r: Floats, s: Floats) -> float:
    return float(r @ np.linalg.solve(s, r))


def _wald(beta: Floats, cov: Floats) -> ChiSquared:
    return _test(float(beta @ np.linalg.solve(cov, beta)), beta.size)


def _test(stat: float, df: int) -> ChiSquared:
    return ChiSquared(stat, df, float(chdtrc(df, stat)) if df > 0 else math.nan)


def _coefficient(term: str, estimate: float, se: float, z: float) -> Coefficient:
    stat = estimate / se
    return Coefficient(term, estimate, se, stat, two_sided_p(stat, None), estimate - z * se, estimate + z * se)
