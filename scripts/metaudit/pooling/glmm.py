"""Generalised linear mixed models of counts: odds ratios, rate ratios and one group of proportions.

The likelihood is integrated over the random effects and maximised exactly; ``quadrature=7`` instead reproduces the seven-point
rule of lme4, and so metafor's ``rma.glmm``. The models are described in ``glmm_models``.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import chdtrc

from metaudit.effects.compute import Effects
from metaudit.effects.zero_cells import Floats
from metaudit.errors import DataError
from metaudit.pooling.glmm_families import Hypergeometric
from metaudit.pooling.glmm_fit import Maximum, maximum
from metaudit.pooling.glmm_heterogeneity import HeterogeneityTests, heterogeneity_tests
from metaudit.pooling.glmm_model import Model
from metaudit.pooling.glmm_models import KINDS, build, start, uninformative
from metaudit.pooling.heterogeneity import q_based_i2
from metaudit.pooling.intervals import prediction_interval, quantile, two_sided_p
from metaudit.pooling.result import Pooled

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True)
class MixedFit:
    """A fitted mixed model, on the analysis scale.

    Attributes
    ----------
    kind : which model
    estimate, se : mean effect and its standard error, from the observed information of all parameters
    tau2, se_tau2 : between-study variance; its standard error is NaN at 0
    sigma2, rho : unconditional-random: variance of the study levels, and its correlation with the effect
    log_likelihood : at the maximum, with all constants
    common_estimate, common_se, common_log_likelihood : the common-effect model
    heterogeneity : likelihood-ratio and Wald test
    informative : which studies took part, shape ``(k,)``
    gap : change of the log-likelihood with twice the nodes (exact integration)
    maximum : all parameters at the maximum
    """

    kind: str
    estimate: float
    se: float
    tau2: float
    se_tau2: float
    sigma2: float
    rho: float
    log_likelihood: float
    common_estimate: float
    common_se: float
    common_log_likelihood: float
    heterogeneity: HeterogeneityTests
    informative: NDArray[np.bool_]
    gap: float
    maximum: Maximum


def glmm_fit(
    effects: Effects, *, model: str | None = None, quadrature: int | None = None, cor: bool = False, coding: float = 0.5
) -> MixedFit:
    """Fit the random-effects and the common-effect form of a mixed model by maximum likelihood.

    Parameters
    ----------
    effects : OR, IRR or PLO with their counts
    model : ``conditional-exact``, ``conditional-approximate`` (OR only), ``unconditional-fixed`` or
        ``unconditional-random``; by default the first. Proportions have one model, binomial given a normal logit.
    quadrature : number of Gauss-Hermite nodes (7 is metafor's default, 1 is Laplace's approximation); None integrates
        until more nodes change nothing
    cor, coding : see :func:`metaudit.pooling.glmm_models.build`

    Raises
    ------
    DataError
        for measures or models that do not go together, and for counts without a finite maximum.
    """
    code, kind = effects.measure.code, _kind(effects.measure.code, model)
    if quadrature is not None and quadrature < 1:
        raise DataError(
            f"{quadrature} quadrature nodes are too few; 7 is what metafor takes, 1 is Laplace's approximation"
        )
    keep = ~uninformative(code, effects.cells)
    cells = {n: v[keep] for n, v in effects.cells.items()}
    _refuse_infinite(code, cells)
    whole = build(code, kind, cells, cor=cor, coding=coding)
    begin = start(whole, code, cells)
    common = maximum(whole.without("tau", "link"), begin, rule=quadrature)
    best = maximum(whole, begin, rule=quadrature) if keep.sum() > 1 else common
    return _read(kind, best, common, heterogeneity_tests(whole, common, rule=quadrature), informative=keep)


def _kind(code: str, model: str | None) -> str:
    if code not in KINDS:
        raise DataError(f"the generalised linear mixed model is computed for {', '.join(KINDS)}, not for {code}")
    if code == "PLO":  # whatever is said about two arms does not concern one group
        return KINDS[code][0]
    kind = KINDS[code][0] if model is None else model
    if kind not in KINDS[code]:
        raise DataError(f"the mixed model {kind!r} is not defined for {code}; choose {' or '.join(KINDS[code])}")
    return kind


def _refuse_infinite(code: str, cells: dict[str, Floats]) -> None:
    if code == "PLO":
        x, y = cells["events"], cells["n"] - cells["events"]
        if x.sum() == 0 or y.sum() == 0:
            raise DataError("every or no participant has the event: the model has no finite estimate")
        return
    a, c = cells["events_t"], cells["events_c"]
    if a.size == 0:
        raise DataError("no study has an event in one arm and none in all: the mixed model has nothing to estimate")
    if code == "IRR":
        one_sided = a.sum() == 0 or c.sum() == 0
    else:
        family = Hypergeometric(a, cells["n_t"], cells["n_c"], a + c)
        one_sided = bool(np.all(a == family.low) or np.all(a == family.high))
    if one_sided:
        raise DataError("all events are in one arm: the model has no finite estimate")


def _read(
    kind: str, best: Maximum, common: Maximum, found: HeterogeneityTests, *, informative: NDArray[np.bool_]
) -> MixedFit:
    tau, link, sigma = best.of("tau"), best.of("link"), best.of("sigma")
    tau2 = tau**2 + link**2
    random = kind == "unconditional-random"
    return MixedFit(
        kind=kind,
        estimate=best.of("mean"),
        se=best.se("mean"),
        tau2=tau2,
        se_tau2=2 * tau * best.se("tau") if tau > 0 and link == 0 else math.nan,
        sigma2=sigma**2 if random else math.nan,
        rho=link / math.sqrt(tau2) if random and tau2 > 0 else math.nan,
        log_likelihood=best.value,
        common_estimate=common.of("mean"),
        common_se=common.se("mean"),
        common_log_likelihood=common.value,
        heterogeneity=found,
        informative=informative,
        gap=best.gap,
        maximum=best,
    )


def glmm(
    effects: Effects,
    *,
    level: float = 0.95,
    model: str | None = None,
    quadrature: int | None = None,
    cor: bool = False,
    coding: float = 0.5,
    pi: str | None = None,
) -> Pooled:
    """Maximum-likelihood estimate under a mixed model, as a pooled result.

    Parameters
    ----------
    effects, model, quadrature, cor, coding : see :func:`glmm_fit`
    level : confidence level
    pi : prediction interval (``normal`` is metafor's); None leaves it undefined

    Returns
    -------
    Pooled
        ``q`` is the likelihood-ratio statistic; ``i2`` and ``h2`` set tau2 against the typical variance of the studies'
        own effects, as metafor does; ``weights`` are those of a random-effects model with this tau2, for display.
    """
    fit = glmm_fit(effects, model=model, quadrature=quadrature, cor=cor, coding=coding)
    half, nan = quantile(level, None) * fit.se, math.nan
    weights = np.where(fit.informative, 1 / (effects.vi + fit.tau2), 0.0)
    k = int(fit.informative.sum())
    typical = _typical(effects.vi[fit.informative])
    q, df = fit.heterogeneity.lrt, fit.heterogeneity.df
    limits = (nan, nan)
    if pi is not None:
        limits = prediction_interval(fit.estimate, fit.se, fit.tau2, k, method=pi, level=level)
    stat = fit.estimate / fit.se
    return Pooled(
        estimate=fit.estimate, se=fit.se, ci_low=fit.estimate - half, ci_high=fit.estimate + half, stat=stat,
        p=two_sided_p(stat, None), tau2=fit.tau2, tau2_low=nan, tau2_high=nan, i2=100 * fit.tau2 / (fit.tau2 + typical),
        i2_low=nan, i2_high=nan, i2_q=q_based_i2(q, df), h2=1 + fit.tau2 / typical, q=q, q_df=df,
        q_p=float(chdtrc(df, q)) if df > 0 else 1.0, pi_low=limits[0], pi_high=limits[1], k=effects.k,
        weights=100 * weights / weights.sum(), model="glmm", tau2_method="ML", ci_method="wald", level=level,
        at_boundary=fit.tau2 == 0, se_tau2=fit.se_tau2, log_lik=fit.log_likelihood, yi=effects.yi, vi=effects.vi,
        studies=tuple(s.label for s in effects.studies), measure=effects.measure.code,
    )  # fmt: skip


def _typical(vi: Floats) -> float:
    """Typical sampling variance (Higgins and Thompson 2002, equation 9); that of the study itself when it is alone."""
    w = 1 / vi
    return float((vi.size - 1) * w.sum() / (w.sum() ** 2 - np.sum(w**2))) if vi.size > 1 else float(vi[0])


def log_likelihood(mu: float, tau: float, x: Floats, n: Floats, offset: Floats) -> float:
    """Marginal log-likelihood of binomial counts given a normal linear predictor, at a mean and a between-study SD."""
    from metaudit.pooling.glmm_families import Binomial
    from metaudit.pooling.glmm_model import Term
    from metaudit.pooling.glmm_quadrature import log_likelihoods

    whole = Model((Binomial(x, n),), (offset,), (Term("mean", (1.0,)), Term("tau", (1.0,), 0)))
    return float(log_likelihoods(whole, np.array([mu, tau]), None, per_axis=400).sum())
