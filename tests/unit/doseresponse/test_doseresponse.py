"""Curves against dosresmeta's numbers, metafor's multivariate fit, and closed forms."""

import json
import math
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import multivariate_normal

from metaudit.doseresponse.basis import Curve, spline
from metaudit.doseresponse.fit import dose_response
from metaudit.doseresponse.mixed import Mixed, fit_mixed
from metaudit.doseresponse.study import DoseStudy, covariance, pseudo_counts
from metaudit.errors import DataError
from metaudit.multilevel.fit import multilevel
from metaudit.pooling.pool import pool

DATA = Path(__file__).parents[2] / "data" / "doseresponse"
GIVEN = json.loads((DATA / "alcohol_cvd.json").read_text(encoding="utf-8"))
BERKEY = json.loads((DATA / "berkey1998.json").read_text(encoding="utf-8"))


def study(rows, name="study"):
    columns = [[math.nan if row[k] is None else row[k] for row in rows] for k in ("dose", "cases", "n", "logrr", "se")]
    return DoseStudy(name, rows[0]["type"], *columns)


STUDIES = [study(rows, f"study {i}") for i, rows in enumerate(GIVEN["studies"], start=1)]
DOSES = [d for s in STUDIES for d in s.dose]


def curve_of(model):
    return spline(DOSES) if model == "spline" else Curve(model)


@pytest.mark.parametrize("i", range(6))
def test_pseudo_counts_as_dosresmeta(i):
    ours = pseudo_counts(STUDIES[i])
    assert ours == pytest.approx(GIVEN["pseudo_counts"][i], abs=4e-4)  # its iteration stops at a squared step of 1e-5
    assert covariance(STUDIES[i]) == pytest.approx(np.array(GIVEN["covariances"][i]), rel=2e-6)


@pytest.mark.parametrize("i", range(6))
def test_pseudo_counts_solve_their_equations(i):
    s, a = STUDIES[i], pseudo_counts(STUDIES[i])
    n = np.array(s.n)
    odds = a / (n - a)
    assert np.log(odds / odds[0]) == pytest.approx(s.log_rr, abs=1e-12)
    assert a.sum() == pytest.approx(sum(s.cases), rel=1e-13)
    risks = pseudo_counts(s, ratio="risk") / n
    assert np.log(risks / risks[0]) == pytest.approx(s.log_rr, abs=1e-12)


def test_crude_odds_ratios_give_back_their_counts_and_their_exact_covariance():
    """When nothing was adjusted, the covariance of log odds ratios is that of the multinomial counts."""
    cases, n = np.array([20.0, 30.0, 15.0]), np.array([100.0, 90.0, 40.0])
    each = 1 / cases + 1 / (n - cases)
    log_rr = np.log(cases / (n - cases)) - math.log(20 / 80)
    crude = DoseStudy("crude", "cc", [0, 1, 2], cases, n, log_rr, [math.nan, *np.sqrt(each[0] + each[1:])])
    assert pseudo_counts(crude) == pytest.approx(cases, rel=1e-12)
    assert covariance(crude) == pytest.approx(np.diag(each[1:]) + each[0], rel=1e-12)


def test_crude_rates_and_risks_have_their_covariances():
    cases, n = np.array([20.0, 30.0, 15.0]), np.array([1000.0, 900.0, 400.0])
    log_rr = np.log(cases / n) - math.log(0.02)
    for design, each, kind in (("ir", 1 / cases, "greenland-longnecker"), ("ci", 1 / cases - 1 / n, "risk-ratio")):
        crude = DoseStudy("crude", design, [0, 1, 2], cases, n, log_rr, [0.0, *np.sqrt(each[0] + each[1:])])
        assert covariance(crude, kind=kind) == pytest.approx(np.diag(each[1:]) + each[0], rel=1e-12)


# dosresmeta's optimisers stop early (BFGS with a relative tolerance): where it iterates, Psi agrees to 1e-5, in one-stage REML to 1e-3, although
# both stages have one maximum (see test_one_stage_is_two_stages).
CLOSE = {
    ("REML", 2): 1e-5,
    ("ML", 2): 2e-5,
    ("fixed", 2): 1e-6,
    ("DL", 2): 1e-6,
    ("REML", 1): 1e-3,
    ("ML", 1): 1e-5,
    ("fixed", 1): 1e-6,
}


@pytest.mark.parametrize("f", GIVEN["fits"], ids=lambda f: f"{f['model']} {f['method']} {f['stages']}")
def test_as_dosresmeta(f):
    ours = dose_response(STUDIES, curve=curve_of(f["model"]), method=f["method"], stages=f["stages"])
    close = CLOSE[f["method"], f["stages"]]
    assert [c.estimate for c in ours.coefficients] == pytest.approx(f["coef"], rel=close)
    assert ours.cov == pytest.approx(np.array(f["vcov"]), rel=close)
    if "psi" in f:
        assert ours.psi == pytest.approx(np.array(f["psi"]), rel=close)
    if "log_lik" in f and (f["method"], f["stages"]) != ("REML", 1):  # which leaves out the term of the design there
        assert ours.log_likelihood == pytest.approx(f["log_lik"], rel=1e-6)
    if "q" in f:
        assert (ours.heterogeneity.stat, ours.heterogeneity.df) == pytest.approx(f["q"], rel=1e-6)
    if "deviance" in f:
        assert ours.deviance.stat == pytest.approx(f["deviance"], rel=1e-6)
    if "nonlinear" in f:
        assert (ours.overall.stat, ours.nonlinear.stat) == pytest.approx((f["overall"], f["nonlinear"]), rel=1e-5)
    for prediction, log_rr in zip(ours.predict(f.get("pred_dose", [])), f.get("pred", []), strict=True):
        assert prediction.log_rr == pytest.approx(log_rr, rel=1e-5)
        assert prediction.rr == pytest.approx(math.exp(prediction.log_rr))
    for prediction, se in zip(ours.predict(f.get("pred_dose", [])), f.get("pred_se", []), strict=False):
        assert prediction.se == pytest.approx(se, rel=1e-5)
        assert prediction.ci_high == pytest.approx(math.exp(prediction.log_rr + 1.959963985 * prediction.se), rel=1e-8)


@pytest.mark.parametrize("method", ["REML", "ML", "fixed"])
@pytest.mark.parametrize("model", ["linear", "quadratic", "spline"])
def test_one_stage_is_two_stages(model, method):
    """Where every study determines its own curve, its coefficients are sufficient: both stages give one answer."""
    two, one = (dose_response(STUDIES, curve=curve_of(model), method=method, stages=n) for n in (2, 1))
    scale = np.sqrt(np.outer(np.diag(two.cov), np.diag(two.cov)))
    assert [c.estimate for c in one.coefficients] == pytest.approx(
        [c.estimate for c in two.coefficients], abs=1e-6 * math.sqrt(scale.max())
    )
    assert np.abs((one.cov - two.cov) / scale).max() < 1e-6
    assert np.abs((one.psi - two.psi) / scale).max() < 1e-5
    assert two.i2 >= 0
    assert math.isnan(one.i2)


@pytest.mark.parametrize("method", ["REML", "ML", "DL"])
def test_a_line_in_two_stages_is_a_meta_analysis_of_slopes(method):
    ours = dose_response(STUDIES, method=method)
    single = [dose_response([s], method="fixed") for s in STUDIES]
    slopes = [s.coefficients[0].estimate for s in single]
    other = pool(slopes, [float(s.cov[0, 0]) for s in single], tau2=method)
    assert ours.coefficients[0].estimate == pytest.approx(other.estimate, rel=1e-7)
    assert ours.coefficients[0].se == pytest.approx(other.se, rel=1e-7)
    assert float(ours.psi[0, 0]) == pytest.approx(other.tau2, rel=1e-6)
    assert ours.heterogeneity.stat == pytest.approx(other.q, rel=1e-9)


@pytest.mark.parametrize("method", ["REML", "ML"])
def test_multivariate_as_metafor(method):
    """Berkey et al. 1998: two outcomes of five trials, rma.mv(struct = "UN")."""
    f = BERKEY[method]
    ys = [np.array(y) for y in BERKEY["y"]]
    ss = [np.array(s) for s in BERKEY["v"]]
    ours = fit_mixed(ys, [np.eye(2)] * len(ys), ss, restricted=method == "REML")
    # optim's BFGS stops while the slope of the likelihood is still 5e-4 (REML) and 2e-2 (ML); ours is 0 to rounding, and its top higher.
    stopped = 1e-5 if method == "REML" else 2e-4
    assert ours.log_likelihood >= f["log_lik"]
    assert ours.log_likelihood == pytest.approx(f["log_lik"], abs=1e-8)
    model = Mixed(ys, [np.eye(2)] * len(ys), ss, restricted=method == "REML")
    assert np.abs(model.at(ours.psi).slope).max() < 1e-9
    assert ours.beta == pytest.approx(f["beta"], rel=stopped)
    assert ours.cov == pytest.approx(np.array(f["vcov"]), rel=stopped)
    assert ours.psi == pytest.approx(np.array(f["psi"]), rel=stopped)


def test_the_likelihood_is_a_normal_density_and_its_slope_a_derivative():
    rng = np.random.default_rng(2)
    ys = [rng.normal(size=m) for m in (2, 3, 4)]
    xs = [rng.normal(size=(m, 2)) for m in (2, 3, 4)]
    ss = [np.eye(m) * 0.3 + 0.1 for m in (2, 3, 4)]
    psi = np.array([[0.5, 0.1], [0.1, 0.2]])
    model = Mixed(ys, xs, ss, restricted=False)
    at = model.at(psi)
    expected = sum(
        multivariate_normal.logpdf(y, x @ at.beta, s + x @ psi @ x.T) for y, x, s in zip(ys, xs, ss, strict=True)
    )
    assert at.log_likelihood == pytest.approx(expected, rel=1e-12)
    for restricted in (True, False):
        model = Mixed(ys, xs, ss, restricted=restricted)
        for i, j in ((0, 0), (0, 1), (1, 1)):
            h = np.zeros((2, 2))
            h[i, j] = h[j, i] = 1e-6
            numeric = (model.at(psi + h).log_likelihood - model.at(psi - h).log_likelihood) / 2e-6
            assert numeric == pytest.approx(float((model.at(psi).slope * (h / 1e-6)).sum()), rel=1e-6, abs=1e-8)


def test_the_psi_of_the_maximum_cannot_be_improved():
    ours = dose_response(STUDIES, curve=Curve("quadratic"))
    rng = np.random.default_rng(4)
    parts = [dose_response([s], curve=Curve("quadratic"), method="fixed") for s in STUDIES]
    ys = [np.array([c.estimate for c in p.coefficients]) for p in parts]
    model = Mixed(ys, [np.eye(2)] * 6, [p.cov for p in parts], restricted=True)
    assert model.at(ours.psi).log_likelihood == pytest.approx(ours.log_likelihood, rel=1e-10)
    unit = np.sqrt(np.diag(ours.psi))
    for _ in range(300):
        lower = np.linalg.cholesky(ours.psi + 1e-12 * np.diag(unit**2)) + rng.normal(size=(2, 2)) * unit[
            :, None
        ] * rng.choice([0.01, 0.3])
        assert model.at(lower @ lower.T).log_likelihood <= ours.log_likelihood + 1e-9


def test_units_of_dose_do_not_matter():
    ours = dose_response(STUDIES, curve=spline(DOSES))
    wide = [DoseStudy(s.name, s.design, [1000 * d for d in s.dose], s.cases, s.n, s.log_rr, s.se) for s in STUDIES]
    other = dose_response(wide, curve=spline([1000 * d for d in DOSES]))
    assert other.predict(24_000)[0].log_rr == pytest.approx(ours.predict(24)[0].log_rr, rel=1e-6)
    assert other.log_likelihood - ours.log_likelihood == pytest.approx(
        2 * 5 * math.log(1000), rel=1e-6
    )  # 12 coefficients less 2, in other units


def test_splines_are_cubic_inside_and_lines_outside():
    curve = Curve("spline", (1.0, 3.0, 4.0, 8.0))
    assert curve.terms == ("dose", "dose'", "dose''")
    x = np.linspace(9, 20, 12)
    assert np.abs(np.diff(curve(x), 2, axis=0)).max() < 1e-10
    assert curve([0.5])[0].tolist() == [0.5, 0.0, 0.0]
    h = 1e-3
    for knot in curve.knots:  # value, slope and curvature are continuous
        second = [
            np.diff(curve([knot + s * 2 * h, knot + s * 3 * h, knot + s * 4 * h]), 2, axis=0)[0] / h**2 for s in (-1, 1)
        ]
        assert second[0] == pytest.approx(second[1], abs=0.05)
    # Harrell 2001, eq. 2.25, for x = 5 with knots 1, 3, 4, 8: ((4)³ - (1)³ 7/4 + 0)/49
    assert curve([5.0])[0][1] == pytest.approx((64 - 1 * 7 / 4) / 49)


def test_knots_are_harrells():
    assert spline(range(101), 3).knots == (10, 50, 90)
    assert spline(range(101), 5).knots == pytest.approx((5, 27.5, 50, 72.5, 95))
    with pytest.raises(DataError, match="3 to 7"):
        spline(range(101), 9)
    with pytest.raises(DataError, match="do not increase"):
        spline([0] * 30 + [1, 2], 3)


def test_a_common_reference_dose_need_not_be_zero():
    """Doses enter as differences from the study's own reference."""
    shifted = [DoseStudy(s.name, s.design, [d + 7 for d in s.dose], s.cases, s.n, s.log_rr, s.se) for s in STUDIES]
    assert dose_response(shifted).coefficients[0].estimate == pytest.approx(
        dose_response(STUDIES).coefficients[0].estimate, rel=1e-9
    )
    assert dose_response(shifted).predict(17, reference=7)[0].log_rr == pytest.approx(
        dose_response(STUDIES).predict(10)[0].log_rr, rel=1e-9
    )


def test_a_reference_in_the_middle():
    s = STUDIES[0]
    order = [2, 0, 1, 3, 4]
    mixed = DoseStudy(
        s.name, s.design, *[[column[i] for i in order] for column in (s.dose, s.cases, s.n, s.log_rr, s.se)]
    )
    assert mixed.reference == 1
    assert dose_response([mixed], method="fixed").coefficients[0].estimate == pytest.approx(
        dose_response([s], method="fixed").coefficients[0].estimate, rel=1e-12
    )


def test_one_stage_takes_studies_with_few_levels():
    short = DoseStudy("short", "cc", [0, 10], [30, 40], [100, 110], [0, 0.3], [math.nan, 0.25])
    curve = spline(DOSES)
    with pytest.raises(DataError, match="short: 1 levels"):
        dose_response([*STUDIES, short], curve=curve)
    one = dose_response([*STUDIES, short], curve=curve, stages=1)
    assert one.k == 7
    assert one.points == 20


def test_one_stage_without_covariances_is_a_multilevel_regression():
    """A line with independent errors: random slopes are one variance component of the dose."""
    ours = dose_response(STUDIES, stages=1, covariance_kind="independent")
    total = [
        np.diag(np.array(s.se)[1:] ** 2) + float(ours.psi[0, 0]) * np.outer(np.array(s.dose)[1:], np.array(s.dose)[1:])
        for s in STUDIES
    ]
    x = np.concatenate([np.array(s.dose)[1:] for s in STUDIES])
    y = np.concatenate([np.array(s.log_rr)[1:] for s in STUDIES])
    w = np.zeros((x.size, x.size))
    at = 0
    for part in total:
        w[at : at + len(part), at : at + len(part)] = np.linalg.inv(part)
        at += len(part)
    assert ours.coefficients[0].estimate == pytest.approx(float(x @ w @ y / (x @ w @ x)), rel=1e-9)
    assert multilevel(y, np.linalg.inv(w), {"row": np.arange(x.size)}, x=x[:, None]).k == x.size


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"design": "rct"}, "not known"),
        ({"se": [0.1, 0.2, 0.3]}, "0 levels have no standard error"),
        ({"se": [math.nan, 0.2, math.nan]}, "2 levels have no standard error"),
        ({"log_rr": [0.1, 0.2, 0.3]}, "other than 0"),
        ({"cases": [0, 5, 6]}, "positive numbers"),
        ({"cases": [100, 5, 6]}, "all of n are cases"),
        ({"n": [100, 90]}, "every level needs"),
        ({"dose": [0, math.nan, 2]}, "dose is missing"),
        ({"se": [math.nan, -0.2, 0.3]}, "not positive"),
    ],
)
def test_refusals_of_a_study(change, says):
    given = {
        "name": "one",
        "design": "cc",
        "dose": [0, 1, 2],
        "cases": [20, 30, 15],
        "n": [100, 90, 40],
        "log_rr": [0, 0.2, 0.3],
        "se": [math.nan, 0.2, 0.3],
    }
    with pytest.raises(DataError, match=says):
        dose_response([DoseStudy(**{**given, **change})], method="fixed")


def test_refusals_of_a_fit():
    with pytest.raises(DataError, match="no study"):
        dose_response([])
    with pytest.raises(DataError, match="no heterogeneity"):
        dose_response(STUDIES[:1])
    with pytest.raises(DataError, match="one of fixed"):
        dose_response(STUDIES, method="PM")
    with pytest.raises(DataError, match="for a line in two stages"):
        dose_response(STUDIES, method="DL", stages=1)
    with pytest.raises(DataError, match="not known"):
        dose_response(STUDIES, covariance_kind="guess")
    with pytest.raises(DataError, match="not known"):
        Curve("cubic")
    with pytest.raises(DataError, match="three or more"):
        Curve("spline", (1.0, 2.0))
    impossible = DoseStudy("x", "ci", [0, 1], [90, 95], [100, 100], [0, 2.0], [0, 0.3])
    with pytest.raises(DataError, match="odds ratios"):
        pseudo_counts(impossible, ratio="risk")
