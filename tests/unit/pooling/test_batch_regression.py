"""Many meta-regressions at once give what each gives by itself."""

from pathlib import Path

import numpy as np
import pytest

from metaudit.analyses import analysis_rows
from metaudit.effects.convert import convert
from metaudit.errors import DataError
from metaudit.evaluate import evaluate
from metaudit.formats.review import read_review
from metaudit.pooling.batch_regression import fit_regressions, numbers_of_regressions
from metaudit.pooling.pool import pool
from metaudit.pooling.tau2 import estimate_tau2, score
from metaudit.specs import parse_spec

REVIEWS = Path(__file__).parents[3] / "data" / "reviews"
METHODS = ["FE", "DL", "HE", "HS", "HSk", "SJ", "PM", "EB", "ML", "REML", "DL2", "PM2"]
FIT = {
    "qm": "qm",
    "qm_p": "qm_p",
    "r2": "r2",
    "tau2": "tau2",
    "q": "q",
    "q_df": "q_df",
    "q_p": "q_p",
    "h2": "h2",
    "k": "k",
}
COEFFICIENT = {"coef": "estimate", "coef_se": "se", "coef_stat": "stat", "coef_p": "p", "coef_low": "ci_low", "coef_high": "ci_high"}  # fmt: skip


def drawn(seed, k, d, p, spread=0.4):
    rng = np.random.default_rng(seed)
    x = np.column_stack([np.ones(k), *(rng.normal(1990 if i == 0 else 0, 3, k) for i in range(p - 1))])
    mask = rng.random((k, d)) > 0.15
    y, v = rng.normal(0, spread, (k, d)), rng.gamma(2, 0.05, (k, d)) + 0.005
    return np.where(mask, y, np.nan), np.where(mask, v, np.nan), x, mask


def equal(fitted, j, numbers, *, common, i2="tau2"):
    for ours, theirs in FIT.items():
        expected = np.nan if common and ours == "tau2" else getattr(fitted, theirs)
        assert numbers[ours][j] == pytest.approx(expected, rel=1e-8, abs=1e-10, nan_ok=True), ours
    assert numbers["i2"][j] == pytest.approx(fitted.i2 if i2 == "tau2" else fitted.i2_q, rel=1e-8, abs=1e-8)
    for i, c in enumerate(fitted.coefficients):
        for ours, theirs in COEFFICIENT.items():
            assert numbers[ours][i, j] == pytest.approx(getattr(c, theirs), rel=1e-8, abs=1e-12, nan_ok=True), ours


def agreed(y, v, x, mask, *, method, ci, level=0.95):
    fits = fit_regressions(y, v, x, method=method, mask=mask)
    common = method == "FE"
    numbers = numbers_of_regressions(fits, ci=ci, level=level, common=common, i2="tau2")
    done = 0
    for j in range(y.shape[1]):
        there = mask[:, j]
        mods = {f"m{i}": x[there, i] for i in range(1, x.shape[1])}
        try:
            fitted = pool(y[there, j], v[there, j], tau2=None if common else method, ci=ci, level=level, mods=mods)
        except DataError:
            assert np.isnan([n[..., j] for n in (numbers["coef"][0], numbers["q"])]).all()
            continue
        equal(fitted, j, numbers, common=common)
        assert fits.weights[there, j] == pytest.approx(fitted.weights, rel=1e-8)
        assert np.isnan(fits.weights[~there, j]).all()
        done += 1
    return done


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("ci", ["wald", "hksj"])
def test_every_estimator(method, ci):
    for seed, (k, p) in enumerate([(9, 2), (12, 3)]):
        assert agreed(*drawn(seed, k, 8, p), method=method, ci=ci) == 8


@pytest.mark.parametrize("ci", ["t", "hksj-adhoc-se", "hksj-adhoc-ci"])
@pytest.mark.parametrize("spread", [0.05, 0.5])
def test_every_interval(ci, spread):
    for method in ("FE", "REML"):
        assert agreed(*drawn(3, 7, 8, 2, spread), method=method, ci=ci, level=0.9) == 8


@pytest.mark.parametrize("ci", ["wald", "t", "hksj"])
def test_as_many_coefficients_as_studies_or_more(ci):
    y, v, x, mask = drawn(5, 4, 30, 3)
    k = mask.sum(axis=0)
    assert {2, 3, 4} <= set(k.tolist())
    assert agreed(y, v, x, mask, method="REML", ci=ci) == np.sum(k >= 3)


@pytest.mark.parametrize("method", ["DL", "PM", "REML", "ML"])
def test_variances_of_very_different_size(method):
    y, v, x, mask = drawn(6, 9, 6, 2)
    v[0] *= 1e-7
    v[1, 3:] *= 1e5
    assert agreed(y, v, x, mask, method=method, ci="wald") == 6


@pytest.mark.parametrize("method", ["ML", "REML"])
def test_the_higher_of_two_maxima(method):
    rng = np.random.default_rng(11)
    y, v = rng.normal(0, 0.5, (4, 500)), rng.lognormal(-2, 1.5, (4, 500))
    x = np.column_stack([np.ones(4), [0.0, 1.0, 2.0, 4.0]])
    found = fit_regressions(y, v, x, method=method).tau2
    inside = 0
    for j in range(500):
        assert found[j] == pytest.approx(estimate_tau2(method, y[:, j], v[:, j], x), rel=1e-8, abs=1e-12), j
        at_zero = score(y[:, j], v[:, j], x, np.array([0.0]), restricted=method == "REML")[0]
        inside += at_zero <= 0 and found[j] > 0
    assert inside > 0, "no data set has a maximum at 0 and a higher one above it: the test tests nothing"


def test_equal_effects_have_no_variance_between_them():
    y, v, x, _ = drawn(7, 6, 3, 2)
    for method in ("ML", "REML", "SJ"):
        fits = fit_regressions(np.full_like(y, 0.3), np.nan_to_num(v, nan=0.1), x, method=method)
        assert np.all(fits.tau2 == 0)
        assert fits.beta[0] == pytest.approx(0.3, abs=1e-9)


def test_a_moderator_that_no_longer_varies_determines_nothing():
    y, v = np.array([[0.1, 0.1], [0.3, 0.3], [0.2, 0.2], [0.5, 0.5]]), np.full((4, 2), 0.04)
    x = np.array([[1.0, 0.0], [1.0, 0.0], [1.0, 0.0], [1.0, 1.0]])
    mask = np.array([[True, True], [True, True], [True, True], [True, False]])
    fits = fit_regressions(y, v, x, method="DL", mask=mask)
    assert np.isfinite(fits.beta[:, 0]).all()
    assert np.isnan(fits.beta[:, 1]).all()
    assert np.isnan(fits.tau2[1])


def test_many_sets_are_fitted_in_chunks(monkeypatch):
    y, v, x, mask = drawn(8, 6, 11, 2)
    whole = fit_regressions(y, v, x, method="REML", mask=mask)
    monkeypatch.setattr("metaudit.pooling.batch_regression._NUMBERS", 24)
    parts = fit_regressions(y, v, x, method="REML", mask=mask)
    for name in ("beta", "cov", "tau2", "tau2_alone", "q", "weights"):
        assert getattr(parts, name) == pytest.approx(getattr(whole, name), rel=1e-9, abs=1e-12, nan_ok=True), name


@pytest.mark.parametrize("method", ["PM", "ML", "REML"])
def test_sets_that_do_not_settle_are_fitted_one_by_one(method, monkeypatch):
    y, v, x, mask = drawn(12, 8, 9, 2, spread=0.9)
    whole = fit_regressions(y, v, x, method=method, mask=mask)
    assert np.sum(whole.tau2 > 0) > 4
    monkeypatch.setattr("metaudit.pooling.batch_regression_tau2._ROUNDS", 1)
    again = fit_regressions(y, v, x, method=method, mask=mask)
    for name in ("beta", "cov", "tau2", "tau2_alone", "q", "factor", "typical", "weights"):
        assert getattr(again, name) == pytest.approx(getattr(whole, name), rel=1e-9, abs=1e-12, nan_ok=True), name


def test_what_cannot_be_fitted_is_refused():
    y, v, x, mask = drawn(9, 5, 2, 2)
    with pytest.raises(DataError, match="not computed in batches"):
        fit_regressions(y, v, x, method="GENQ", mask=mask)
    with pytest.raises(DataError, match=r"\(4, 2\)"):
        fit_regressions(y, v, x[:4], method="DL", mask=mask)
    with pytest.raises(DataError, match="missing or not finite"):
        fit_regressions(y, v, x, method="DL")


@pytest.mark.parametrize(
    ("review", "analysis"),
    [
        ("berkey-1995", "latitude-random"),
        ("lipsey-2001", "regression-mixed"),
        ("raudenbush-2009", "weeks"),
    ],
)
@pytest.mark.parametrize(
    "text",
    [
        "GEN | common | wald | I2:Q | 95%",
        "GEN | random EB | wald | I2:tau2 | PI:t-k-2 | 95%",
        "GEN | random REML | hksj | I2:Q | PI:t-k-2 | 95%",
        "GEN | random DL | t | I2:tau2 | PI:t-k-2 | 95%",
    ],
)
def test_shipped_reviews(review, analysis, text):
    folder = read_review(REVIEWS / review)
    declared, spec = folder.analyses[analysis], parse_spec(text)
    e = evaluate(spec, analysis_rows(declared, [convert(r) for r in folder.rows]), declared)
    x = np.column_stack([np.ones(e.effects.k), *e.mods.values()])
    yi, vi = (np.repeat(a[:, None], 2, axis=1) for a in (e.effects.yi, e.effects.vi))
    fits = fit_regressions(yi, vi, x, method=spec.tau2 if spec.has_tau2 else "FE")
    numbers = numbers_of_regressions(fits, ci=spec.ci, level=spec.level, common=not spec.has_tau2, i2=spec.i2)
    for j in range(2):
        equal(e.fit, j, numbers, common=not spec.has_tau2, i2=spec.i2)
