"""Formulas in symbols: worked out as they read on the 13 BCG trials, they give the numbers of our fits."""

import math

import numpy as np
import pytest
from scipy.special import chdtrc, ndtr, ndtri, stdtr, stdtrit

from inputs.bcg import VI, YI
from metaudit.audit_words.formulas import formula_words
from metaudit.audit_words.texts import HERE, catalogue
from metaudit.formats.columns import QUANTITIES
from metaudit.pooling.pool import pool
from metaudit.specs import Spec

Y, V, K = np.array(YI), np.array(VI), len(YI)


def mean_of(w):
    return float(np.sum(w * Y) / np.sum(w))


def spread(w, centre):
    return float(np.sum(w * (Y - centre) ** 2))


def typical():
    w = 1 / V
    return float((K - 1) * w.sum() / (w.sum() ** 2 - np.sum(w**2)))


@pytest.mark.parametrize("tau2", ["DL", "HE", "PM", "REML", "ML"])
@pytest.mark.parametrize("ci", ["wald", "t", "hksj"])
def test_the_formulas_of_the_random_effects_model(tau2, ci):
    fit = pool(Y, V, tau2=tau2, ci=ci)
    w = 1 / (V + fit.tau2)
    mean = mean_of(w)
    se = math.sqrt(spread(w, mean) / ((K - 1) * w.sum())) if ci == "hksj" else 1 / math.sqrt(w.sum())
    quantile = float(ndtri(0.975)) if ci == "wald" else float(stdtrit(K - 1, 0.975))
    z = mean / se
    p = 2 * (1 - ndtr(abs(z))) if ci == "wald" else 2 * (1 - stdtr(K - 1, abs(z)))
    assert [fit.estimate, fit.se, fit.ci_low, fit.ci_high, fit.stat, fit.p] == pytest.approx(
        [mean, se, mean - quantile * se, mean + quantile * se, z, p], rel=1e-9
    )


def test_the_formulas_of_heterogeneity():
    fit = pool(Y, V, tau2="DL", ci="wald")
    w = 1 / V
    q = spread(w, mean_of(w))
    tau2 = (q - (K - 1)) / (w.sum() - np.sum(w**2) / w.sum())
    assert [fit.q, fit.q_df, fit.q_p] == pytest.approx([q, K - 1, chdtrc(K - 1, q)], rel=1e-9)
    assert fit.tau2 == pytest.approx(tau2, rel=1e-9)
    assert fit.h2 == pytest.approx((tau2 + typical()) / typical(), rel=1e-9)
    assert fit.i2 == pytest.approx(100 * tau2 / (tau2 + typical()), rel=1e-9)


def test_the_formulas_of_tau2_by_what_they_claim():
    he = pool(Y, V, tau2="HE", ci="wald").tau2
    assert he == pytest.approx(np.sum((Y - Y.mean()) ** 2) / (K - 1) - V.sum() / K, rel=1e-9)
    pm = pool(Y, V, tau2="PM", ci="wald").tau2
    w = 1 / (V + pm)
    assert spread(w, mean_of(w)) == pytest.approx(K - 1, rel=1e-8)

    def log_likelihood(t, restricted):
        w = 1 / (V + t)
        tail = np.log(w.sum()) if restricted else 0.0
        return -0.5 * (np.sum(np.log(V + t)) + spread(w, mean_of(w)) + tail)

    for tau2, restricted in (("ML", False), ("REML", True)):
        top = pool(Y, V, tau2=tau2, ci="wald").tau2
        best = log_likelihood(top, restricted)
        assert best >= max(log_likelihood(top + d, restricted) for d in (-1e-3, 1e-3))


def test_a_formula_is_that_of_its_specification():
    assert formula_words("se", Spec("RR")).startswith("SE = 1 / √(Σ w), with w = 1 / (v + τ²); y is")
    assert formula_words("se", Spec("RR", model="common")).startswith("SE = 1 / √(Σ w), with w = 1 / v;")
    assert "(k − 1) Σ w" in formula_words("se", Spec("RR", ci="hksj"))
    assert formula_words("i2", Spec("RR", i2="Q")).startswith("I² = 100 (Q − df) / Q")
    assert formula_words("i2", Spec("RR")).startswith("I² = 100 τ²")
    assert formula_words("tau2", Spec("RR", tau2="REML")).startswith("the τ² at which the restricted likelihood")
    assert "a·n₂ / N" in formula_words("estimate", Spec("RR", model="mantel-haenszel"))
    assert "a·d / N" in formula_words("estimate", Spec("OR", model="mantel-haenszel"))
    assert formula_words("pi_low", Spec("RR", pi="tau-only")).endswith("mean − z·τ, with the normal quantile z")
    assert formula_words("n", Spec("RR")) == ""


def test_every_formula_is_of_a_quantity_and_filled_in():
    known = catalogue(HERE / "formulas.yaml")
    quantities = set(known) - {"symbols", "counted", "weights"}
    assert quantities <= set(QUANTITIES)
    for quantity in quantities:
        for model in ("random", "common", "mantel-haenszel"):
            for ci in ("wald", "t", "hksj"):
                assert "{" not in formula_words(quantity, Spec("RR", model=model, ci=ci))
