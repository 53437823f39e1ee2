"""Pool effects: common effect, random effects or weights of the user's own, with or without moderators."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any

import numpy as np

from metaudit.effects.zero_cells import Floats
from metaudit.errors import DataError
from metaudit.pooling.design import design, effects_and_variances, given_weights, known_measure, study_names
from metaudit.pooling.fit_statistics import fit_statistics, standard_error_of_tau2
from metaudit.pooling.heterogeneity import I2_CI_METHODS, Spread, limits, spread
from metaudit.pooling.inference import CI_METHODS, Estimated, Inference, check_ci, infer
from metaudit.pooling.intervals import HKSJ, PI_METHODS, prediction_interval
from metaudit.pooling.linear import orthonormal
from metaudit.pooling.prediction import bootstrap_prediction
from metaudit.pooling.result import Later, Pooled
from metaudit.pooling.second_heterogeneity import verify_limits
from metaudit.pooling.second_statistics import verify_fit_statistics
from metaudit.pooling.second_sums import Studies
from metaudit.pooling.second_way import verify_studies
from metaudit.pooling.tau2 import ESTIMATORS, NEEDS_WEIGHTS, STOPPING
from metaudit.pooling.tau2_intervals import TAU2_CI_METHODS, tau2_interval

__all__ = ["CI_METHODS", "I2_CI_METHODS", "PI_METHODS", "SEED", "TAU2_CI_METHODS", "design", "pool"]

SEED = 20260101


@dataclass(frozen=True)
class _Choices:
    """The choices of one call of ``pool``, checked."""

    method: str
    ci: str
    level: float
    pi: str
    tau2_ci: str
    i2_ci: str
    stopping: str

    def __post_init__(self) -> None:
        for value, known, what in (
            (self.method, (*ESTIMATORS, *NEEDS_WEIGHTS), "tau2"), (self.ci, CI_METHODS, "ci"), (self.pi, PI_METHODS, "pi"),
            (self.tau2_ci, TAU2_CI_METHODS, "tau2_ci"), (self.i2_ci, I2_CI_METHODS, "i2_ci"),
            (self.stopping, STOPPING, "stopping"),
        ):  # fmt: skip
            if value not in known:
                raise DataError(f"{what} {value!r} is not known; choose one of {', '.join(known)}")
        if not 0 < self.level < 1:
            raise DataError(f"level {self.level!r} is not between 0 and 1")

    @property
    def common(self) -> bool:
        """Whether there is no between-study variance in the model."""
        return self.method == "FE"


_known = lru_cache(maxsize=256, typed=True)(_Choices)


def _checked(*choices: Any) -> _Choices:
    try:
        return _known(*choices)
    except TypeError:  # something that cannot be looked up, and is no choice either
        return _Choices(*choices)


def pool(
    yi: Any,
    vi: Any,
    *,
    tau2: str | None = "REML",
    ci: str = "wald",
    level: float = 0.95,
    mods: Any = None,
    pi: str = "t-k-2",
    tau2_ci: str = "q-profile",
    i2_ci: str = "tau2-ci",
    stopping: str = "exact",
    weights: Any = None,
    seed: int = SEED,
    studies: Sequence[str] = (),
    measure: str = "",
) -> Pooled:
    """Pool effects on their analysis scale.

    Parameters
    ----------
    yi, vi : effects and sampling variances, shape ``(k,)``
    tau2 : estimator of the between-study variance (``metaudit.pooling.tau2.ESTIMATORS``, or ``GENQ``); None or ``FE``
        pools under a common effect
    ci : one of ``CI_METHODS``: ``wald``; ``t`` (k - p degrees of freedom); ``hksj`` (Hartung and Knapp 2001, Sidik and
        Jonkman 2002) or one of its two ad hoc corrections; ``kenward-roger`` (with REML); ``profile`` (likelihood, with
        ML); ``permutation``; ``bootstrap``
    level : confidence level
    mods : moderators, shape ``(k,)`` or ``(k, q)``, or a mapping from names to columns; an intercept is added
    pi : prediction interval, one of ``PI_METHODS``
    tau2_ci : interval of tau2, one of ``TAU2_CI_METHODS``
    i2_ci : intervals of I2 and H2: from that of tau2, or ``test-based`` (Higgins and Thompson 2002)
    stopping : ``metafor`` ends iterations where metafor's default control does
    weights : shape ``(k,)``: pool by these instead of inverse variances; with ``GENQ`` they are the weights of its Q, and
        the mean stays the inverse-variance one
    seed : of permutations and bootstraps
    studies, measure : names of the studies, and code of the effect measure; they change no number, only what
        ``Pooled.forest`` and a notebook show

    Returns
    -------
    Pooled

    Raises
    ------
    DataError
        for arrays that cannot be pooled, a choice that is not known, and choices that do not go together.
    DisagreementError
        when a number and its second computation differ.
    """
    y, v = effects_and_variances(yi, vi)
    choices = _checked("FE" if tau2 in (None, "FE") else str(tau2), ci, level, pi, tau2_ci, i2_ci, stopping)
    names, x = design(mods, y.size)
    given = given_weights(weights, y.size)
    if choices.method in NEEDS_WEIGHTS and given is None:
        raise DataError(f"tau2 {choices.method} needs weights, one positive number a study")
    user = None if choices.method in NEEDS_WEIGHTS else given
    check_ci(ci, choices.method, moderators=x.shape[1] > 1, user_weights=user is not None, stopping=stopping)
    if user is not None and pi == "hksj":
        raise DataError("pi 'hksj' is made for inverse-variance weights; with weights of your own choose another")
    basis = orthonormal(x)[0]
    fit = _estimate(y, v, x, choices=choices, weights=given)
    het = spread(y, v, basis, fit.tau2, common=choices.common, at_zero=fit.at_zero)
    found = infer(fit, names, ci=ci, level=level, seed=seed)
    again = Studies(y, v, x)
    known, later = _intervals(fit, het, basis, again, choices=choices, weights=None if user is not None else given)
    later["statistics"] = (
        partial(_statistics, fit, basis, user=user is not None, weights=given),
        partial(verify_fit_statistics, studies=again, weights=given),
    )
    known.update(
        _prediction(fit, found, choices=choices, seed=seed),
        studies=study_names(studies, y.size),
        measure=known_measure(measure),
    )
    result = _assemble(fit, het, found, choices=choices, user=user, known=known, later=later)
    result = _with_moderators(result, fit, found, choices=choices, weights=given) if x.shape[1] > 1 else result
    verify_studies(result, again, weights=given)
    return result


def _estimate(y: Floats, v: Floats, x: Floats, *, choices: _Choices, weights: Floats | None) -> Estimated:
    from metaudit.pooling.engine import fit  # PyMARE takes two seconds to import; only pooling pays for it

    scaled = choices.ci if choices.ci in HKSJ else "wald"
    moments = weights if choices.method in NEEDS_WEIGHTS else None
    fitted = fit(y, v, x, method=choices.method, ci=scaled, stopping=choices.stopping, weights=moments)
    beta, cov, tau2 = fitted.beta[:, 0], fitted.cov[:, :, 0], float(fitted.tau2[0])
    if weights is not None and moments is None:
        beta, cov = _by_user_weights(y, v + tau2, x, weights)
    return Estimated(y, v, x, beta, cov, tau2, choices.method, fitted.at_zero)


def _by_user_weights(y: Floats, variance: Floats, x: Floats, weights: Floats) -> tuple[Floats, Floats]:
    """Weighted least squares with given weights, and its variance under the model.

    Without moderators the mean is sum(w y) / sum(w), its variance sum(w² (v + tau2)) / sum(w)².
    """
    root = np.sqrt(weights / weights.max())
    basis, r = np.linalg.qr(root[:, None] * x)
    half = np.linalg.solve(r, basis.T) * root
    return half @ y, (half * variance) @ half.T


def _intervals(
    fit: Estimated, het: Spread, basis: Floats, again: Studies, *, choices: _Choices, weights: Floats | None
) -> tuple[dict[str, Any], dict[str, Later]]:
    """The intervals of tau2, I2 and H2; the usual ones, which cannot be refused, when they are asked for."""
    find = partial(
        tau2_interval, fit.yi, fit.vi, basis, ci=choices.tau2_ci, level=choices.level, method=choices.method, tau2=fit.tau2,
        stopping=choices.stopping, weights=weights,
    )  # fmt: skip
    if (choices.tau2_ci, choices.i2_ci, choices.stopping) != ("q-profile", "tau2-ci", "exact"):
        return dict(limits(het, find(), level=choices.level, i2_ci=choices.i2_ci)), {}
    return {}, {"limits": (partial(_limits, het, find, level=choices.level), partial(verify_limits, studies=again))}


def _limits(het: Spread, find: Callable[[], tuple[float, float]], *, level: float) -> dict[str, float]:
    return limits(het, find(), level=level)


def _assemble(
    fit: Estimated,
    het: Spread,
    found: Inference,
    *,
    choices: _Choices,
    user: Floats | None,
    known: Mapping[str, object],
    later: Mapping[str, Later],
) -> Pooled:
    first = found.coefficients[0]
    w = 1 / (fit.vi + fit.tau2) if user is None else user
    model = "user-weights" if user is not None else "common" if choices.common else "random"
    return Pooled.begun(
        later,
        estimate=first.estimate, se=first.se, ci_low=first.ci_low, ci_high=first.ci_high, stat=first.stat, p=first.p,
        tau2=fit.tau2, i2=het.i2, i2_q=het.i2_q, h2=het.h2, q=het.q, q_df=het.q_df, q_p=het.q_p, k=fit.yi.size,
        weights=100 * w / w.sum(), model=model,
        tau2_method="" if choices.common else choices.method, ci_method=choices.ci, level=choices.level,
        coefficients=found.coefficients if fit.beta.size > 1 else (), at_boundary=not choices.common and fit.tau2 == 0,
        ci_df=found.ci_df, tau2_ci_method=choices.tau2_ci, i2_ci_method=choices.i2_ci, stopping=choices.stopping,
        yi=fit.yi, vi=fit.vi, **known,
    )  # fmt: skip


def _statistics(fit: Estimated, basis: Floats, *, user: bool, weights: Floats | None) -> dict[str, float]:
    """Standard error of tau2, and the likelihood with its criteria, where the result has them."""
    common = fit.method == "FE"
    se_tau2 = math.nan
    if not common:
        se_tau2 = standard_error_of_tau2(fit.yi, fit.vi, fit.x, method=fit.method, tau2=fit.tau2, weights=weights)
    if user:  # its coefficients are at no maximum of a likelihood
        return {"se_tau2": se_tau2, **dict.fromkeys(("log_lik", "aic", "bic", "aicc"), math.nan)}
    restricted = fit.method == "REML" and fit.yi.size > fit.beta.size
    s = fit_statistics(fit.yi, fit.vi, basis, tau2=fit.tau2, restricted=restricted, estimated=not common)
    return {"se_tau2": se_tau2, "log_lik": s.log_lik, "aic": s.aic, "bic": s.bic, "aicc": s.aicc}


def _with_moderators(
    result: Pooled, fit: Estimated, found: Inference, *, choices: _Choices, weights: Floats | None
) -> Pooled:
    """Add the omnibus test of all moderators and R² (share of tau2 explained, Raudenbush 1994)."""
    r2 = math.nan
    if not choices.common:
        alone = _estimate(fit.yi, fit.vi, np.ones((fit.yi.size, 1)), choices=choices, weights=weights).tau2
        r2 = max(0.0, 100 * (alone - fit.tau2) / alone) if alone > 0 else 0.0
    return result.changed(qm=found.qm, qm_df=fit.beta.size - 1, qm_p=found.qm_p, r2=r2)


def _prediction(fit: Estimated, found: Inference, *, choices: _Choices, seed: int) -> dict[str, Any]:
    if choices.common or fit.beta.size > 1:
        return {"pi_low": math.nan, "pi_high": math.nan}
    if choices.pi == "bootstrap":
        low, high = bootstrap_prediction(fit.yi, fit.vi, level=choices.level, seed=seed)
    else:
        mean = found.coefficients[0]
        se = _hksj_se(fit) if choices.pi == "hksj" and choices.ci not in HKSJ else mean.se
        low, high = prediction_interval(
            mean.estimate, se, fit.tau2, fit.yi.size, method=choices.pi, level=choices.level
        )
    return {"pi_low": low, "pi_high": high, "pi_method": choices.pi}


def _hksj_se(fit: Estimated) -> float:
    """Hartung-Knapp standard error of the mean; NaN for a single study."""
    w = 1 / (fit.vi + fit.tau2)
    k = fit.yi.size
    return math.sqrt(float(w @ (fit.yi - fit.beta[0]) ** 2) / (k - 1) / float(w.sum())) if k > 1 else math.nan
