"""Outliers and influential studies (Viechtbauer and Cheung 2010), with or without moderators."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.special import chdtr, chdtri

from metaudit.diagnostics.deleted import Deleted, delete_each, determined_without, refit_each
from metaudit.diagnostics.fitted import Fitted, fit_all
from metaudit.effects.zero_cells import Floats
from metaudit.pooling.linear import profile

if TYPE_CHECKING:
    from numpy.typing import NDArray

RULE = (
    "|DFFITS| > 3 √(p / (k − p)), or Cook's distance beyond the median of χ² with p degrees of freedom, "
    "or hat > 3 p / k, or any |DFBETAS| > 1"
)


@dataclass(frozen=True)
class Influence:
    """Case diagnostics, each field of shape ``(k,)`` unless noted.

    NaN where the number does not exist: everything ``deleted`` for a study without which the coefficients are not
    determined, standardised residuals of a study the model passes through, and 0 / 0 when ``hksj`` finds no spread.

    Attributes
    ----------
    labels, terms : names of the studies and of the ``p`` coefficients
    resid, resid_se, rstandard : residual, its standard error and their ratio (internally standardised)
    deleted_resid, deleted_se, rstudent : the same from the model without the study (externally standardised)
    dffits : change of the study's own prediction, in standard errors
    cook_d : squared Mahalanobis distance between the coefficients with and without the study
    cov_r : determinant of their covariance without the study over that with it
    tau2_del, q_del : tau2 and (residual) Q without the study
    hat : leverage
    weight : share of the total weight, percent
    dfbetas : change of each coefficient, in standard errors, shape ``(k, p)``
    influential : whether the study meets ``RULE``
    reasons : which parts of the rule it meets, in words
    tau2, q : of all studies
    """

    labels: tuple[str, ...]
    terms: tuple[str, ...]
    resid: Floats
    resid_se: Floats
    rstandard: Floats
    deleted_resid: Floats
    deleted_se: Floats
    rstudent: Floats
    dffits: Floats
    cook_d: Floats
    cov_r: Floats
    tau2_del: Floats
    q_del: Floats
    hat: Floats
    weight: Floats
    dfbetas: Floats
    influential: NDArray[np.bool_]
    reasons: tuple[tuple[str, ...], ...]
    tau2: float
    q: float

    @property
    def limits(self) -> dict[str, float]:
        """Where ``RULE`` begins for ``dffits`` (its absolute value), ``cook_d`` and ``hat``."""
        return limits(len(self.labels), len(self.terms))

    def to_rows(self) -> list[dict[str, Any]]:
        """One dictionary a study, for a table; dfbetas by term."""
        columns = (
            "resid resid_se rstandard deleted_resid deleted_se rstudent dffits cook_d cov_r tau2_del q_del hat weight"
        ).split()
        return [
            {
                "study": label,
                **{c: float(getattr(self, c)[i]) for c in columns},
                **{f"dfbetas_{t}": float(self.dfbetas[i, j]) for j, t in enumerate(self.terms)},
                "influential": bool(self.influential[i]),
                "reasons": "; ".join(self.reasons[i]),
            }
            for i, label in enumerate(self.labels)
        ]


def influence(
    yi: Any, vi: Any, *, tau2: str = "REML", ci: str = "wald", mods: Any = None, labels: Sequence[str] | None = None
) -> Influence:
    """Refit without each study, tau2 found anew each time, and measure what moves.

    Parameters
    ----------
    yi, vi : effects and sampling variances, shape ``(k,)``
    tau2 : estimator of tau2, or ``FE``
    ci : with ``hksj`` (or ``hksj-adhoc-se``) the covariances carry the Knapp-Hartung factor, as in metafor
    mods : moderators as for ``pool``; the refits are exact, not one-step approximations
    labels : names of the studies

    Raises
    ------
    DataError
        for arrays that cannot be used, unknown choices, or moderators that follow from one another.

    Notes
    -----
    Viechtbauer and Cheung 2010: DFFITS, Cook's distance, covariance ratio and the externally standardised residual as
    there; in DFFITS and DFBETAS the standard errors are those of all studies at tau2 without the study. The flag is the
    one of metafor's ``influence`` help page.
    """
    whole = fit_all(yi, vi, tau2=tau2, ci=ci, mods=mods, labels=labels)
    without = delete_each(whole)
    x, y, v, p = whole.basis, whole.yi, whole.vi, whole.p
    moved = whole.beta - without.beta
    inner = np.linalg.inv(whole.inverse)
    dfbetas = _dfbetas(whole, without, moved)
    deleted_resid = y - without.prediction
    deleted_se = np.sqrt(without.s2 * (v + without.tau2) + without.spread)
    resid = y - whole.prediction
    resid_se = np.sqrt((v + whole.tau2) * _one_minus_hat(whole))
    w = 1 / (v + whole.tau2)
    with np.errstate(divide="ignore", invalid="ignore"):
        dffits = np.einsum("kp,kp->k", x, moved) / np.sqrt(without.s2 * whole.hat * (v + without.tau2))
        cook_d = np.einsum("kp,pq,kq->k", moved, inner, moved) / whole.s2
        cov_r = np.linalg.det(without.inverse @ inner) * (without.s2 / whole.s2) ** p
        rstandard = np.where(resid_se > 0, resid / resid_se, np.nan)
        rstudent = np.where(deleted_se > 0, deleted_resid / deleted_se, np.nan)
    reasons = _reasons(dffits, cook_d, whole.hat, dfbetas)
    return Influence(
        whole.labels, whole.terms, resid, resid_se, rstandard, deleted_resid, deleted_se, rstudent, dffits, cook_d, cov_r,
        without.tau2, without.q, whole.hat, 100 * w / w.sum(), dfbetas,
        np.array([bool(r) for r in reasons]), reasons, whole.tau2, residual_q(whole),
    )  # fmt: skip


def limits(k: int, p: int) -> dict[str, float]:
    """Beyond which values a study counts as influential, as metafor's ``influence`` has it.

    Parameters
    ----------
    k, p : number of studies and of coefficients; with as many coefficients as studies DFFITS has no limit
    """
    dffits = 3 * float(np.sqrt(p / (k - p))) if k > p else float("inf")
    return {"dffits": dffits, "cook_d": float(chdtri(p, 0.5)), "hat": 3 * p / k}


def residual_q(whole: Fitted) -> float:
    """Cochran's Q, with moderators the residual one."""
    return float(profile(whole.yi, whole.vi, whole.basis, np.array([0.0])).q[0]) if whole.k > whole.p else 0.0


def _one_minus_hat(whole: Fitted) -> Floats:
    """1 - hat without cancellation, from the rest of the studies (Sherman-Morrison): one study may have all weight."""
    rest = refit_each(whole, np.where(determined_without(whole), whole.tau2, np.nan))[1]
    own = np.einsum("kp,kpq,kq->k", whole.basis, rest, whole.basis) / (whole.vi + whole.tau2)
    return np.where(np.isfinite(own), 1 / (1 + own), 0.0)


def _dfbetas(whole: Fitted, without: Deleted, moved: Floats) -> Floats:
    """Change of each coefficient of the design as given, over its standard error at tau2 without the study."""
    back = np.linalg.inv(whole.r)
    w = 1 / (whole.vi + without.tau2[:, None])
    products = (whole.basis[:, :, None] * whole.basis[:, None, :]).reshape(whole.k, -1)
    inverse = np.full(without.inverse.shape, np.nan)
    there = np.isfinite(without.tau2)
    inverse[there] = np.linalg.inv((w[there] @ products).reshape(-1, whole.p, whole.p))
    variance = np.einsum("pq,kqr,pr->kp", back, inverse, back)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(moved @ back.T / np.sqrt(without.s2[:, None] * variance))


def _reasons(dffits: Floats, cook_d: Floats, hat: Floats, dfbetas: Floats) -> tuple[tuple[str, ...], ...]:
    k, p = dfbetas.shape
    limit = limits(k, p)
    known = np.where(np.isfinite(cook_d), np.maximum(cook_d, 0.0), 0.0)
    parts: tuple[tuple[NDArray[np.bool_], str], ...] = (
        (np.abs(dffits) > limit["dffits"], "DFFITS"),
        (np.asarray(chdtr(p, known)) > 0.5, "Cook's distance"),
        (hat > limit["hat"], "leverage"),
        (np.asarray(np.any(np.abs(dfbetas) > 1, axis=1)), "DFBETAS"),
    )
    return tuple(tuple(name for flag, name in parts if flag[i]) for i in range(k))
