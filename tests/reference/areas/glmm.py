"""Generalised linear mixed models: every model and measure that metafor fitted."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
from harness import Case, Compared, Explained, number, of, p_of_q, p_of_stat

from metaudit.effects.compute import Effects, compute_effects
from metaudit.pooling.glmm import MixedFit, glmm, glmm_fit
from metaudit.pooling.glmm_fit import numeric_moments
from metaudit.pooling.glmm_model import Model
from metaudit.pooling.glmm_models import build, start
from metaudit.pooling.glmm_quadrature import Moments, log_likelihoods, modes, moments
from metaudit.pooling.result import Pooled
from tolerances import LIKELIHOOD

KINDS = {"CM.EL": "conditional-exact", "CM.AL": "conditional-approximate", "UM.FS": "unconditional-fixed"}
NODES = 7  # rma.glmm's nAGQ
# lme4 and nlminb end where a step changes the deviance little: half of all fits come within 1e-6 standard errors of the
# maximum of their own approximation, 1e-4 is where another two digits are lost.
SAME_RULE = 1e-4
# glm ends when the deviance changes by less than 1e-8 of itself; so much is left in differences of two log-likelihoods.
GLM_STOP = 1e-6
# The conditional log-likelihood is flat in parameters that are themselves known to SAME_RULE only.
CONDITIONAL = 1e-2
# glm leaves the effect of a study with a zero cell at 20 to 30 instead of at infinity, and its weight above 0.
WALD = 1e-5
# Our observed information against second differences of our log-likelihood.
SECOND_WAY = 1e-4

EXPLAINED = {
    "early-stop": Explained(
        "ours",
        "metafor's optimiser (lme4's bobyqa and Nelder-Mead) stops before the maximum of its own seven-node likelihood: that "
        "likelihood is higher at our parameters, found with the same seven nodes.",
        "up to 0.003 standard errors",
    ),
    "seven-nodes": Explained(
        "ours",
        "metafor integrates with seven nodes, we until more nodes change nothing; with seven nodes we find metafor's numbers, and "
        "the exact likelihood is higher at our parameters.",
        "up to 0.0011 standard errors",
    ),
    "collapsed": Explained(
        "ours",
        "metafor's conditional exact model ends at a small positive tau2 whose standard errors are 0; it warns that they are "
        "unusually small. The likelihood is higher at our tau2.",
        "the standard error as a whole",
    ),
    "numeric-hessian": Explained(
        "ours",
        "metafor differentiates the non-central hypergeometric likelihood numerically, from densities that BiasedUrn computes to "
        "1e-10 and integrals taken to 1e-4; our second derivatives are exact and agree with differences of our log-likelihood. "
        "With its other density (dnchgcalc='dnoncenhypergeom') metafor's Wald statistic of the BCG trials moves from 268.6 to "
        "162.9; ours is 163.1.",
        "standard errors 0.03 %, the Wald statistic of heterogeneity up to 39 %",
    ),
    "conditional-likelihood": Explained(
        "ours",
        "metafor 3.8-1 computes the log-likelihood of models fitted with lme4 from the deviance given the predicted random effects; "
        "ours is the marginal log-likelihood that is maximised. The number it prints is found from our fit too.",
        "up to 117 units of log-likelihood",
    ),
}  # fmt: skip


def compare(case: Case) -> Iterator[Compared]:
    """rma.glmm of OR, IRR and PLO: inference, heterogeneity, log-likelihood; and that our maximum is the higher one."""
    if case.measure not in ("OR", "IRR", "PLO"):
        return
    for name in sorted(case.glmm):
        theirs = case.glmm[name]
        if theirs.get("beta") is not None:
            effects = compute_effects(case.converted, case.measure)
            yield from _model(effects, None if case.measure == "PLO" else KINDS[name], theirs, name=name)


def _model(effects: Effects, kind: str | None, theirs: dict[str, Any], *, name: str) -> Iterator[Compared]:
    code, by_integration = effects.measure.code, effects.measure.code == "OR" and name == "CM.EL"
    exact = glmm_fit(effects, model=kind)
    rule = None if by_integration else NODES
    same = exact if by_integration else glmm_fit(effects, model=kind, quadrature=rule)
    cells = {n: v[exact.informative] for n, v in effects.cells.items()}
    model, begin = build(code, exact.kind, cells), start(build(code, exact.kind, cells), code, cells)
    beta, tau = number(theirs["beta"]), math.sqrt(number(theirs["tau2"]))
    at_theirs = {r: profile(model, beta, tau, rule=r, begin=begin) for r in {rule, None}}
    lower = {r: height(model, t, r) for r, t in at_theirs.items()}
    group = f"GLMM {name}"
    key = _why(same, lower[rule], theirs)
    yield from _inference(effects, same, theirs, group=group, key=key, by_integration=by_integration)
    if not by_integration:
        yield from _exact_integral(exact, same, theirs, group=group, lower=lower[None])
    for what, ours, other in (
        ("7 nodes", same.log_likelihood, lower[rule]),
        ("exact", exact.log_likelihood, lower[None]),
    ):
        yield Compared(
            f"{group} maximum below metafor's", what, min(0.0, ours - other), 0.0, 1 + abs(other), LIKELIHOOD
        )
    yield from _tests(exact, theirs, group=group, by_integration=by_integration, effects=effects)
    yield from _log_likelihood(
        model, at_theirs[rule], theirs, group=group, marginal=lower[rule], lme4=not by_integration
    )


def _why(same: MixedFit, lower: float, theirs: dict[str, Any]) -> str:
    """Why a fit with the same rule may differ from ours: only when ours is the higher one."""
    if same.log_likelihood <= lower:
        return ""
    return "collapsed" if any("unusually small" in w for w in theirs.get("warnings", [])) else "early-stop"


def _inference(
    effects: Effects, same: MixedFit, theirs: dict[str, Any], *, group: str, key: str, by_integration: bool
) -> Iterator[Compared]:
    pooled = glmm(
        effects, model=None if same.kind == "one-group" else same.kind, quadrature=None if by_integration else NODES
    )
    se, stat = number(theirs["se"]), number(theirs["zval"]) if theirs.get("zval") is not None else math.nan
    spread = se if key != "collapsed" else same.se
    hessian = "numeric-hessian" if by_integration and key != "collapsed" and _differences_agree(same) else key
    yield of(
        f"{group} estimate",
        "estimate",
        same.estimate,
        theirs=theirs["beta"],
        tolerance=SAME_RULE,
        scale=spread,
        explained=key,
    )
    yield of(f"{group} se", "se", same.se, theirs=se, tolerance=SAME_RULE, scale=same.se, explained=hessian)
    typical = pooled.tau2 / (pooled.h2 - 1) if pooled.tau2 > 0 else float(np.min(effects.vi))
    yield of(
        f"{group} tau2", "tau2", same.tau2, theirs=theirs["tau2"], tolerance=SAME_RULE, explained=key,
        scale=max(number(theirs["tau2"]), typical),
    )  # fmt: skip
    for ours, field in ((pooled.ci_low, "ci_lb"), (pooled.ci_high, "ci_ub")):
        if theirs.get(field) is not None:
            yield of(
                f"{group} ci",
                field,
                ours,
                theirs=theirs[field],
                tolerance=SAME_RULE * 3,
                scale=spread,
                explained=hessian,
            )
    if theirs.get("pval") is not None:
        yield p_of_stat(
            f"{group} p", "p", pooled.p, theirs=theirs["pval"], stat=stat, tolerance=SAME_RULE, explained=hessian
        )
    yield from _spread(pooled, theirs, group=group, key=key)
    if theirs.get("k") is not None:
        yield of(f"{group} k", "k", int(same.informative.sum()), theirs=theirs["k"], tolerance=0.0)


def _spread(pooled: Pooled, theirs: dict[str, Any], *, group: str, key: str) -> Iterator[Compared]:
    if theirs.get("I2") is not None:
        yield of(f"{group} i2", "I2", pooled.i2, theirs=theirs["I2"], tolerance=SAME_RULE, scale=100.0, explained=key)
        yield of(f"{group} h2", "H2", pooled.h2, theirs=theirs["H2"], tolerance=SAME_RULE, explained=key)


def _exact_integral(
    exact: MixedFit, same: MixedFit, theirs: dict[str, Any], *, group: str, lower: float
) -> Iterator[Compared]:
    """What we print by default against what metafor prints."""
    higher = exact.log_likelihood > lower and exact.gap < LIKELIHOOD * (1 + abs(lower))
    se = number(theirs["se"])
    far = max(abs(same.estimate - number(theirs["beta"])) / se, abs(same.se / se - 1)) > SAME_RULE
    key = ("early-stop" if far else "seven-nodes") if higher else ""
    yield of(
        f"{group} estimate, exact integral", "estimate", exact.estimate, theirs=theirs["beta"], tolerance=SAME_RULE,
        scale=se, explained=key,
    )  # fmt: skip
    yield of(f"{group} se, exact integral", "se", exact.se, theirs=se, tolerance=SAME_RULE, explained=key)


def _tests(
    exact: MixedFit, theirs: dict[str, Any], *, group: str, by_integration: bool, effects: Effects
) -> Iterator[Compared]:
    ours = exact.heterogeneity
    if theirs.get("QE_LRT") is not None:
        q = number(theirs["QE_LRT"])
        yield of(f"{group} LRT", "LRT", ours.lrt, theirs=q, tolerance=GLM_STOP, scale=max(q, 1.0))
        yield of(f"{group} df", "df", ours.df, theirs=theirs["QE_df"], tolerance=0.0)
        p = _chi(ours.lrt, ours.df)
        yield p_of_q(f"{group} LRT p", "LRT p", p, theirs=theirs["QEp_LRT"], q=q, tolerance=GLM_STOP)
    if theirs.get("QE_Wld") is not None:
        q, p = number(theirs["QE_Wld"]), _chi(ours.wald, ours.df)
        key = "numeric-hessian" if by_integration and _wald_again(effects, ours.wald) else ""
        yield of(f"{group} Wald", "Wald", ours.wald, theirs=q, tolerance=WALD, scale=max(q, 1.0), explained=key)
        loose = WALD if q > GLM_STOP else math.sqrt(WALD)  # near 0 and on one df, P falls as the root of the statistic
        yield p_of_q(f"{group} Wald p", "Wald p", p, theirs=theirs["QEp_Wld"], q=q, tolerance=loose, explained=key)


def _log_likelihood(
    model: Model, theta: np.ndarray, theirs: dict[str, Any], *, group: str, marginal: float, lme4: bool
) -> Iterator[Compared]:
    """metafor's log-likelihood at metafor's parameters; what lme4's conditional deviance gives is found again too."""
    if theirs.get("ll") is None:
        return
    ll, key = number(theirs["ll"]), ""
    if lme4:
        means, slopes = model.at_mean(theta), model.slopes(theta)
        centre, _ = modes(model, means, slopes)
        given = sum(
            float(arm.at((means[a] + centre @ slopes[a])[:, None])[0].sum()) for a, arm in enumerate(model.arms)
        )
        key = "conditional-likelihood" if abs(given - ll) < CONDITIONAL else ""
        yield of(
            f"{group} conditional log-likelihood", "ll given u", given, theirs=ll, tolerance=CONDITIONAL, scale=1.0
        )
    yield of(f"{group} log-likelihood", "ll", marginal, theirs=ll, tolerance=SAME_RULE, scale=1.0, explained=key)


def profile(model: Model, beta: float, tau: float, *, rule: int | None, begin: np.ndarray) -> np.ndarray:
    """Parameters at a given mean and between-study SD: the studies' own effects, where there are any, at their best."""
    theta = np.concatenate([[beta, tau], begin[1:]])
    for _ in range(100 if model.own else 0):
        found = _moments(model, theta, rule)
        step = np.clip(-found.score[:, 2] / found.hessian[:, 2, 2], -1, 1)
        theta[2:] += step
        if np.max(np.abs(step)) < 1e-9:
            break
    return theta


def _moments(model: Model, theta: np.ndarray, rule: int | None) -> Moments:
    return moments(model, theta) if rule is None else numeric_moments(model, theta, rule)


def height(model: Model, theta: np.ndarray, rule: int | None) -> float:
    """Log-likelihood."""
    return float(log_likelihoods(model, theta, rule).sum())


def _differences_agree(fit: MixedFit) -> bool:
    """Whether the standard error follows from second differences of the log-likelihood too."""
    model, theta = fit.maximum.model, fit.maximum.theta
    se = np.sqrt(np.diag(fit.maximum.covariance))

    def second(u: np.ndarray, w: np.ndarray) -> float:
        steps = (u + w, -1.0), (u - w, 1.0), (w - u, 1.0), (-u - w, -1.0)
        return sum(sign * height(model, theta + move, None) for move, sign in steps) / (4 * np.sum(u) * np.sum(w))

    information = np.empty((len(se), len(se)))
    for i, u in enumerate(np.diag(0.02 * se)):
        for j, w in enumerate(np.diag(0.02 * se)):  # Richardson: what the step leaves cancels between the two
            information[i, j] = (4 * second(u, w) - second(2 * u, 2 * w)) / 3
    return abs(math.sqrt(np.linalg.inv(information)[0, 0]) / fit.se - 1) < SECOND_WAY


def _wald_again(effects: Effects, ours: float) -> bool:
    """The Wald statistic from scipy's non-central hypergeometric distribution, study by study."""
    from scipy.optimize import brentq
    from scipy.stats import nchypergeom_fisher

    effect, weight = [], []
    for a, n1, c, n2 in zip(*(effects.cells[n] for n in ("events_t", "n_t", "events_c", "n_c")), strict=True):
        if max(0, a + c - n2) < a < min(n1, a + c):
            shape = (n1 + n2, n1, a + c)
            at = brentq(lambda e, s=shape, x=a: nchypergeom_fisher.mean(*s, math.exp(e)) - x, -12, 12, xtol=1e-12)
            effect.append(at)
            weight.append(float(nchypergeom_fisher.var(*shape, math.exp(at))))
    y, w = np.array(effect), np.array(weight)
    again = float(np.sum(w * (y - np.sum(w * y) / np.sum(w)) ** 2)) if len(y) else 0.0
    return abs(again - ours) < GLM_STOP * (1 + ours)


def _chi(q: float, df: int) -> float:
    from scipy.special import chdtrc

    return float(chdtrc(df, q)) if df > 0 else 1.0
