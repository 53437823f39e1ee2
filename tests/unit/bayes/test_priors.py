"""Priors: densities against scipy's, what is written, and the empirical tables against what their papers print beside them."""

import itertools
import math

import numpy as np
import pytest
from scipy import integrate, stats

from metaudit.bayes.empirical import empirical_prior, empirical_priors
from metaudit.bayes.priors import FAMILIES, MuPrior, TauPrior, mu_prior, tau_prior
from metaudit.errors import DataError

PROPER = (
    "half-normal(0.5)", "half-Cauchy(2)", "half-t(0.7, 3)", "exponential(0.4)", "uniform(2)", "uniform-variance(3)",
    "inverse-gamma(0.8, 0.3)", "log-normal(-2.56, 1.74)", "log-t(-3.44, 2.59, 5)",
    "inverse-gamma-sd(1, 0.15)", "half-normal-variance(0.4)", "DuMouchel(0.3)", "uniform-shrinkage(0.3)",
)  # fmt: skip


@pytest.mark.parametrize("text", PROPER)
def test_densities_integrate_to_one(text):
    prior = tau_prior(text)
    end = math.log(prior.upper) if math.isfinite(prior.upper) else 3000.0
    cuts = sorted(c for c in {-3000, -100, -20, -8, -4, -2, -1, 0, 1, 2, 4, 8, 20, 100, end} if c <= end)
    total = sum(
        integrate.quad(lambda u: float(np.exp(prior.log_u(np.array(u)))), a, b, epsabs=1e-12, limit=200)[0]
        for a, b in itertools.pairwise(cuts)
    )
    assert total == pytest.approx(1, abs=1e-8)
    assert prior.proper


@pytest.mark.parametrize(
    ("text", "law"),
    [
        ("half-normal(0.5)", stats.halfnorm(scale=0.5)),
        ("half-Cauchy(2)", stats.halfcauchy(scale=2)),
        ("half-t(0.7, 3)", None),
        ("exponential(0.4)", stats.expon(scale=0.4)),
        ("uniform(2)", stats.uniform(scale=2)),
    ],
)
def test_densities_of_tau_are_scipys(text, law):
    tau = np.array([0.01, 0.3, 1.7])
    ours = np.exp(tau_prior(text).log_u(np.log(tau))) / tau
    expected = 2 * stats.t.pdf(tau, 3, scale=0.7) if law is None else law.pdf(tau)
    assert ours == pytest.approx(expected, rel=1e-13)


@pytest.mark.parametrize(
    ("text", "law"),
    [
        ("inverse-gamma(0.8, 0.3)", stats.invgamma(0.8, scale=0.3)),
        ("log-normal(-2.56, 1.74)", stats.lognorm(1.74, scale=math.exp(-2.56))),
        ("uniform-variance(3)", stats.uniform(scale=3)),
    ],
)
def test_densities_of_tau2_are_scipys(text, law):
    tau2 = np.array([0.01, 0.3, 1.7])
    ours = np.exp(tau_prior(text).log_u(0.5 * np.log(tau2))) / (2 * tau2)
    assert ours == pytest.approx(law.pdf(tau2), rel=1e-13)


def test_log_t_beyond():
    prior = tau_prior("log-t(-3.44, 2.59, 5)")
    assert prior.beyond(0.5) == pytest.approx(stats.t.sf((1 + 3.44) / 2.59, 5), rel=1e-13)


@pytest.mark.parametrize(
    ("text", "family", "values"),
    [
        ("half normal (0.5)", "half-normal", (0.5,)),
        ("Half-Cauchy(1)", "half-Cauchy", (1.0,)),
        ("LOGNORMAL(-2.56,1.74)", "log-normal", (-2.56, 1.74)),
        ("log-t(-3.44, 2.59)", "log-t", (-3.44, 2.59, 5.0)),
        ("flat", "flat", ()),
    ],
)
def test_reading_a_prior(text, family, values):
    prior = tau_prior(text)
    assert (prior.family, prior.values) == (family, values)
    assert tau_prior(prior.text) == prior
    assert "{" not in prior.sentence


@pytest.mark.parametrize(
    "text", ["half-normal", "half-normal(0)", "half-normal(-1)", "half-normal(x)", "normal(0, 1)", "half-normal(1, 2)", "log-normal(0, nan)", "half-normal(inf)", "", "half-normal(1"]
)  # fmt: skip
def test_what_is_no_prior_of_tau_is_refused(text):
    with pytest.raises(DataError):
        tau_prior(text)


def test_prior_of_mu():
    assert mu_prior("flat") == MuPrior()
    assert mu_prior("normal(0, 4)") == MuPrior(0, 4)
    assert mu_prior(MuPrior(1, 2).text) == MuPrior(1, 2)
    for text in ("normal", "normal(0)", "normal(0, 0)", "cauchy(0, 1)", "flat(2)"):
        with pytest.raises(DataError):
            mu_prior(text)


def test_every_family_is_named_and_refuses_a_wrong_count():
    for family in FAMILIES.values():
        with pytest.raises(DataError, match="has"):
            TauPrior(family.name, (1.0,) * (len(family.parameters) + 1))
    with pytest.raises(DataError, match="not known"):
        TauPrior("beta", (1.0,))


# Medians and 97.5 % points of tau² as the hetprior table gives them beside the parameters (two or three significant digits).
TURNER_2012 = [
    ("pharmacological vs placebo or control", "all-cause mortality", 0.017, 0.3),
    ("pharmacological vs placebo or control", "semi-objective outcome", 0.049, 1.83),
    ("pharmacological vs placebo or control", "subjective outcome", 0.12, 2.63),
    ("pharmacological vs pharmacological", "all-cause mortality", 0.014, 0.25),
    ("pharmacological vs pharmacological", "semi-objective outcome", 0.04, 1.58),
    ("pharmacological vs pharmacological", "subjective outcome", 0.096, 2.31),
    ("non-pharmacological vs any", "all-cause mortality", 0.02, 0.38),
    ("non-pharmacological vs any", "semi-objective outcome", 0.056, 2.35),
    ("non-pharmacological vs any", "subjective outcome", 0.13, 3.33),
    ("", "", 0.08, 2.34),
]


@pytest.mark.parametrize(("comparison", "outcome", "median", "high"), TURNER_2012)
def test_turner_2012_has_the_printed_medians(comparison, outcome, median, high):
    mean, sd = empirical_prior("turner-2012", outcome=outcome, comparison=comparison).prior.values
    decimals = len(str(median).split(".")[1])
    assert round(math.exp(mean), decimals) == median
    assert math.exp(mean + 1.96 * sd) == pytest.approx(high, rel=0.04)  # their parameters have two decimals


@pytest.mark.parametrize("table", ["turner-2015", "rhodes-2015"])
def test_tables_are_sums_of_effects_except_where_a_doubt_is_named(table):
    """Both papers fit a model without interactions, so that every location is a row effect plus a column effect, rounded twice."""
    cells = [e for e in empirical_priors() if e.table == table and e.outcome]
    for area in {e.area for e in cells}:
        here = [e for e in cells if e.area == area]
        rows, columns = ({getattr(e, n): None for e in here} for n in ("outcome", "comparison"))
        at = np.array(
            [
                [next(e for e in here if (e.outcome, e.comparison) == (r, c)).prior.values[0] for c in columns]
                for r in rows
            ]
        )
        odd = np.array(
            [[bool(next(e for e in here if (e.outcome, e.comparison) == (r, c)).doubt) for c in columns] for r in rows]
        )
        difference = at - at[:1]
        usual = (
            np.median(np.where(odd, np.nan, difference)[:, ~odd.any(axis=0)], axis=1)
            if (~odd.any(axis=0)).any()
            else np.nanmedian(np.where(odd, np.nan, difference), axis=1)
        )
        off = np.abs(difference - usual[:, None]) > 0.021
        assert not np.any(off & ~odd), (area, np.argwhere(off & ~odd))


def test_an_empirical_prior_is_found_and_its_doubt_is_said():
    plain = empirical_prior("turner-2015", outcome="pain", comparison="pharmacological vs pharmacological")
    assert plain.prior == TauPrior("log-normal", (-2.06, 1.58))
    assert plain.doubt == ""
    assert "odds" in plain.scale
    odd = empirical_prior("rhodes-2015", outcome="mental health outcome", comparison="non-pharmacological vs any")
    assert odd.area == "other"
    assert odd.prior.values == (-3.85, 1.93, 5.0)
    assert "-2.85" in odd.doubt
    assert len(empirical_priors()) == 10 + 81 + 73
    with pytest.raises(DataError, match="obstetric outcome"):
        empirical_prior("turner-2015", outcome="obstetrics outcome", comparison="pharmacological vs pharmacological")
    with pytest.raises(DataError, match="turner-2012"):
        empirical_prior("smith-2020")
