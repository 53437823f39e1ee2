"""Mixed models: closed forms, numerical integration, lme4 and metafor, invariances, and where they are not defined."""

import math

import numpy as np
import pandas as pd
import pytest

from metaudit.effects.compute import Effects, compute_effects
from metaudit.effects.convert import convert
from metaudit.effects.frame import rows_of_frame
from metaudit.errors import DataError
from metaudit.pooling.glmm import glmm, glmm_fit, log_likelihood

COUNTS = pd.DataFrame(
    {"events_t": [4, 6, 3, 62], "n_t": [123, 306, 231, 598], "events_c": [11, 29, 11, 148], "n_c": [139, 303, 220, 567]}
)
RATES = pd.DataFrame(
    {"events_t": [9, 8, 3], "time_t": [413, 263, 487], "events_c": [19, 19, 13], "time_c": [398, 245, 435]}
)
# 13 trials of BCG against tuberculosis (Colditz et al. 1994, JAMA 271:698).
BCG = pd.DataFrame(
    {
        "events_t": [4, 6, 3, 62, 33, 180, 8, 505, 29, 17, 186, 5, 27],
        "n_t": [123, 306, 231, 13598, 5069, 1541, 2545, 88391, 7499, 1716, 50634, 2498, 16913],
        "events_c": [11, 29, 11, 248, 47, 372, 10, 499, 45, 65, 141, 3, 29],
        "n_c": [139, 303, 220, 12867, 5808, 1451, 629, 88391, 7277, 1665, 27338, 2341, 17854],
    }
)
# Nine trials of catheters for dialysis, infections per 1000 catheter days (Niel-Weise et al. 2008, J Hosp Infect 70:24).
CATHETERS = pd.DataFrame(
    {
        "events_t": [7, 8, 3, 6, 1, 1, 17, 3, 2],
        "time_t": [1344, 1600, 12012, 1536, 370, 729, 6760, 1107, 320],
        "events_c": [11, 8, 14, 10, 1, 8, 15, 7, 3],
        "time_c": [1988, 1461, 10962, 1503, 483, 913, 6840, 1015, 440],
    }
)
KINDS = ("conditional-exact", "conditional-approximate", "unconditional-fixed", "unconditional-random")
ROUNDING = 1e-7  # of a maximum found to 1e-14 in the log-likelihood
LME4 = 2e-5  # lme4 with rhoend = 1e-9 still stops there; of a standard error, a variance
TWELVE_DIGITS = 1e-9  # a number R printed with twelve, found by an optimiser that stops at 1e-10


def effects(table: pd.DataFrame, measure: str) -> Effects:
    return compute_effects([convert(r) for r in rows_of_frame(table)], measure)


def test_without_heterogeneity_is_the_plain_binomial() -> None:
    table = pd.DataFrame({"events": [5, 10, 20], "n": [50, 100, 200]})
    ours = glmm(effects(table, "PLO"))
    assert ours.tau2 == 0
    assert ours.at_boundary
    assert ours.estimate == pytest.approx(math.log(35 / 315), abs=ROUNDING)
    assert ours.se == pytest.approx(math.sqrt(1 / 35 + 1 / 315), rel=ROUNDING)
    assert (ours.q, ours.q_df, ours.i2) == (pytest.approx(0, abs=1e-9), 2, 0.0)


def test_common_effect_of_rates_is_the_conditional_binomial() -> None:
    # Equal person-time in all studies: the pooled rate ratio is that of the sums (Rothman et al. 2008, chapter 14).
    table = pd.DataFrame({"events_t": [3, 5], "time_t": [100, 100], "events_c": [6, 8], "time_c": [100, 100]})
    for kind in ("conditional-exact", "unconditional-fixed"):
        fit = glmm_fit(effects(table, "IRR"), model=kind)
        assert fit.common_estimate == pytest.approx(math.log(8 / 14), abs=ROUNDING)
        assert fit.common_se == pytest.approx(math.sqrt(1 / 8 + 1 / 14), rel=ROUNDING)


def test_unconditional_common_effect_equals_logistic_regression() -> None:
    import statsmodels.api as sm

    a, n1, c, n2 = (COUNTS[k].to_numpy(float) for k in ("events_t", "n_t", "events_c", "n_c"))
    k = len(a)
    outcome = np.column_stack([np.concatenate([a, c]), np.concatenate([n1 - a, n2 - c])])
    design = np.column_stack([np.repeat([1.0, 0.0], k), np.tile(np.eye(k), (2, 1))])
    theirs = sm.GLM(outcome, design, family=sm.families.Binomial()).fit(tol=1e-14)
    ours = glmm_fit(effects(COUNTS, "OR"), model="unconditional-fixed")
    assert ours.common_estimate == pytest.approx(theirs.params[0], abs=ROUNDING)
    assert ours.common_se == pytest.approx(theirs.bse[0], rel=ROUNDING)
    assert ours.common_log_likelihood == pytest.approx(theirs.llf, abs=ROUNDING)
    assert ours.heterogeneity.lrt == pytest.approx(theirs.deviance, abs=ROUNDING)


def test_conditional_common_effect_equals_conditional_logit() -> None:
    from statsmodels.discrete.conditional_models import ConditionalLogit

    table = pd.DataFrame({"events_t": [2, 3, 1], "n_t": [9, 8, 7], "events_c": [4, 5, 3], "n_c": [8, 9, 6]})
    y, x, g = [], [], []
    for i, (a, n1, c, n2) in enumerate(table.to_numpy()):
        y += [1] * a + [0] * (n1 - a) + [1] * c + [0] * (n2 - c)
        x += [1.0] * n1 + [0.0] * n2
        g += [i] * (n1 + n2)
    theirs = ConditionalLogit(np.array(y), np.array(x)[:, None], groups=np.array(g)).fit(method="newton", disp=False)
    ours = glmm_fit(effects(table, "OR"), model="conditional-exact")
    assert ours.common_estimate == pytest.approx(float(theirs.params[0]), abs=ROUNDING)
    assert ours.common_se == pytest.approx(float(theirs.bse[0]), rel=ROUNDING)


@pytest.mark.parametrize(("kind", "reference"), [
    # R 4.2.2, metafor 3.8-1, lme4 1.1-31: rma.glmm(measure="OR", ai=tpos, bi=tneg, ci=cpos, di=cneg, data=dat.bcg, model=...,
    # control=list(glmerCtrl=list(optimizer="bobyqa", tolPwrss=1e-10, optCtrl=list(rhobeg=1e-3, rhoend=1e-9, maxfun=1e6)))):
    # beta, se, tau2. With nAGQ = 7; UM.RS takes nAGQ = 1.
    ("conditional-approximate", (-0.722119055758, 0.174400973226, 0.28870612447)),
    ("unconditional-fixed", (-0.745000451042, 0.175555314422, 0.294884332104)),
])  # fmt: skip
def test_seven_nodes_are_lme4s(kind: str, reference: tuple[float, float, float]) -> None:
    ours = glmm_fit(effects(BCG, "OR"), model=kind, quadrature=7)
    assert (ours.estimate - reference[0]) / reference[1] == pytest.approx(0, abs=LME4)
    assert (ours.se, ours.tau2) == pytest.approx(reference[1:], rel=4 * LME4)


def test_seven_nodes_of_rates_are_lme4s() -> None:
    # As above, rma.glmm(measure="IRR", x1i=x1i, t1i=t1i, x2i=x2i, t2i=t2i, data=dat.nielweise2008, model=...).
    data = effects(CATHETERS, "IRR")
    for kind, beta, se, tau2, lrt, wald in (
        ("unconditional-fixed", -0.458707826724, 0.224827334542, 0.0956472605657, 11.6017743979, 9.69761698694),
        ("conditional-exact", -0.476243797774, 0.237701385792, 0.122562601387, 11.6017743979, 9.69759725725),
    ):
        ours = glmm_fit(data, model=kind, quadrature=7)
        assert (ours.estimate, ours.se, ours.tau2) == pytest.approx((beta, se, tau2), rel=LME4 / 10)
        assert ours.heterogeneity.lrt == pytest.approx(lrt, rel=TWELVE_DIGITS)
        assert ours.heterogeneity.wald == pytest.approx(wald, rel=LME4)
        assert ours.heterogeneity.df == 8


def test_one_node_is_laplace_of_random_study_levels() -> None:
    # The same with model="UM.RS", nAGQ=1: beta, se, tau2, sigma2, LRT.
    ours = glmm_fit(effects(CATHETERS, "IRR"), model="unconditional-random", quadrature=1)
    assert (ours.estimate, ours.se, ours.tau2, ours.sigma2, ours.heterogeneity.lrt) == pytest.approx(
        (-0.467759712984, 0.226348943655, 0.0913464984072, 0.381763079438, 13.1447422929), rel=LME4 / 10
    )


def test_correlated_study_levels() -> None:
    # rma.glmm(..., data=dat.bcg, model="UM.RS", nAGQ=1, cor=TRUE): rho -0.634932; its log-likelihood -123.688651549 is below
    # ours, for bobyqa stops early there.
    ours = glmm_fit(effects(BCG, "OR"), model="unconditional-random", quadrature=1, cor=True)
    assert ours.rho == pytest.approx(-0.634932, abs=1e-4)
    assert -123.688651549 < ours.log_likelihood == pytest.approx(-123.688651549, abs=1e-4)


def test_conditional_exact_is_metafors() -> None:
    # rma.glmm(..., data=dat.bcg, model="CM.EL", control=list(dnchgcalc="dnoncenhypergeom", intCtrl=list(rel.tol=1e-10))):
    # beta, tau2, log-likelihood; and with method="FE" beta and log-likelihood.
    ours = glmm_fit(effects(BCG, "OR"))
    assert ours.kind == "conditional-exact"
    assert (ours.estimate, ours.tau2) == pytest.approx((-0.753810501775, 0.31163486928), rel=ROUNDING)
    assert ours.log_likelihood == pytest.approx(-48.3747912385, rel=TWELVE_DIGITS)
    assert ours.common_estimate == pytest.approx(-0.477186392392, abs=LME4 * ours.common_se)  # nlminb stops early too
    assert ours.common_log_likelihood == pytest.approx(-118.016894782, rel=TWELVE_DIGITS)


@pytest.mark.parametrize("kind", KINDS[:3])  # with random levels, those of the control arm, it becomes another model
def test_swapping_the_arms_turns_the_sign(kind: str) -> None:
    swapped = COUNTS.rename(columns=lambda c: c[:-1] + {"t": "c", "c": "t"}[c[-1]])
    a, b = (glmm_fit(effects(t, "OR"), model=kind) for t in (COUNTS, swapped))
    assert b.estimate == pytest.approx(-a.estimate, rel=ROUNDING)
    assert (b.se, b.tau2, b.log_likelihood) == pytest.approx((a.se, a.tau2, a.log_likelihood), rel=ROUNDING)


@pytest.mark.parametrize("kind", KINDS)
def test_order_and_studies_without_events_change_nothing(kind: str) -> None:
    more = pd.concat([COUNTS.iloc[::-1], pd.DataFrame([[0, 20, 0, 25]], columns=COUNTS.columns)], ignore_index=True)
    a, b = (glmm_fit(effects(t, "OR"), model=kind) for t in (COUNTS, more))
    assert (b.estimate, b.se, b.tau2) == pytest.approx((a.estimate, a.se, a.tau2), rel=1e-6)
    assert b.heterogeneity.df == a.heterogeneity.df == 3
    assert b.informative.tolist() == [True] * 4 + [False]


def test_more_nodes_approach_the_exact_integral() -> None:
    data = effects(pd.DataFrame({"events": [0, 0, 3, 9, 1, 14], "n": [18, 30, 12, 14, 25, 20]}), "PLO")
    exact = glmm_fit(data)
    assert exact.gap < 1e-10
    far = [abs(glmm_fit(data, quadrature=n).estimate - exact.estimate) for n in (1, 7, 15, 41)]
    assert far[0] > far[1] > far[2] > far[3]
    assert far[3] < 1e-5 < far[1]


@pytest.mark.parametrize(
    ("measure", "kind"), [("OR", k) for k in KINDS] + [("IRR", "conditional-exact"), ("IRR", "unconditional-fixed")]
)
def test_nothing_nearby_is_likelier(measure: str, kind: str) -> None:
    from metaudit.pooling.glmm_quadrature import log_likelihoods

    found = glmm_fit(effects(COUNTS if measure == "OR" else CATHETERS, measure), model=kind).maximum
    rng = np.random.default_rng(7)
    for size in (1e-3, 1e-1):
        for _ in range(15):
            moved = found.theta + size * rng.normal(size=found.theta.size)
            assert log_likelihoods(found.model, moved, None).sum() < found.value


def test_zero_cells_need_no_correction() -> None:
    table = COUNTS.assign(events_t=[0, 6, 3, 62])
    for kind in KINDS:
        fit = glmm_fit(effects(table, "OR"), model=kind)
        assert math.isfinite(fit.estimate)
        assert fit.heterogeneity.saturated >= fit.log_likelihood


def test_one_study_has_its_own_effect_and_no_spread() -> None:
    ours = glmm(effects(COUNTS.iloc[[3]], "OR"), model="unconditional-fixed")
    assert ours.estimate == pytest.approx(math.log(62 * 419 / (148 * 536)), abs=ROUNDING)
    assert (ours.tau2, ours.q, ours.q_df, ours.q_p) == (0.0, pytest.approx(0, abs=1e-9), 0, 1.0)


def test_prediction_interval_and_spread_beside_the_typical_variance() -> None:
    data = effects(BCG, "OR")
    ours, w = glmm(data, pi="normal"), 1 / data.vi
    typical = 12 * w.sum() / (w.sum() ** 2 - (w**2).sum())
    assert ours.i2 == pytest.approx(100 * ours.tau2 / (ours.tau2 + typical))
    half = 1.959963984540054 * math.sqrt(ours.tau2 + ours.se**2)
    assert (ours.pi_low, ours.pi_high) == pytest.approx((ours.estimate - half, ours.estimate + half))
    assert math.isnan(glmm(data).pi_low)


def test_what_is_refused() -> None:
    with pytest.raises(DataError, match="computed for OR, IRR, PLO, not for RR"):
        glmm(effects(COUNTS, "RR"))
    with pytest.raises(DataError, match="'conditional-approximate' is not defined for IRR"):
        glmm(effects(RATES, "IRR"), model="conditional-approximate")
    with pytest.raises(DataError, match="all events are in one arm"):
        glmm(effects(RATES.assign(events_c=0), "IRR"))
    with pytest.raises(DataError, match="all events are in one arm"):
        glmm(effects(COUNTS.assign(events_c=0), "OR"))
    with pytest.raises(DataError, match="nothing to estimate"):
        glmm(effects(COUNTS.assign(events_c=0, events_t=0), "OR"))
    with pytest.raises(DataError, match="every or no participant has the event"):
        glmm(effects(pd.DataFrame({"events": [0, 0], "n": [5, 6]}), "PLO"))
    with pytest.raises(DataError, match="0 quadrature nodes are too few"):
        glmm(effects(COUNTS, "OR"), quadrature=0)
    with pytest.raises(DataError, match="coding 2 of the mixed model is not known"):
        glmm(effects(COUNTS, "OR"), model="unconditional-fixed", coding=2)


def test_counts_in_one_arm_only_of_every_study_have_no_finite_maximum() -> None:
    table = pd.DataFrame({"events_t": [0, 1], "n_t": [116, 116], "events_c": [1, 0], "n_c": [17, 26]})
    with pytest.raises(DataError, match="no finite maximum for these counts; more studies with events in both arms"):
        glmm(effects(table, "OR"))


def test_likelihood_equals_numerical_integration() -> None:
    from scipy.integrate import quad
    from scipy.stats import binom, norm

    x, n = np.array([3.0, 0.0, 12.0]), np.array([20.0, 15.0, 12.0])

    def one(k: float, m: float) -> float:
        def f(u: float) -> float:
            return float(binom.pmf(k, m, 1 / (1 + math.exp(-0.3 - u))) * norm.pdf(u, scale=1.4))

        return float(quad(f, -14, 14, epsabs=1e-15, epsrel=1e-13, limit=400)[0])

    exact = sum(math.log(one(k, m)) for k, m in zip(x, n, strict=True))
    assert log_likelihood(0.3, 1.4, x, n, np.zeros(3)) == pytest.approx(exact, rel=1e-11)
