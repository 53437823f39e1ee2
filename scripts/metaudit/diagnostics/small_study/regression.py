"""Regression of the effects on their precision: Egger's test, its variants, and the limit estimate.

Sources: Egger et al. 1997 (weighted regression on the standard error, multiplicative dispersion, t with k - 2);
Sterne and Egger 2005 (choice of predictor); Thompson and Sharp 1999 (additive between-study variance); Macaskill,
Walter and Irwig 2001 (sample size as predictor); Moreno et al. 2009 (the variance as predictor).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from metaudit.diagnostics.small_study.arrays import checked, sizes
from metaudit.diagnostics.small_study.line import Line, fit_line
from metaudit.effects.zero_cells import Floats
from metaudit.errors import DataError
from metaudit.pooling.intervals import quantile, two_sided_p
from metaudit.pooling.linear import orthonormal
from metaudit.pooling.tau2 import estimate_tau2

NAN = float("nan")
MODELS = ("lm", "rma")
# code of the predictor -> (needs sample sizes, 0 at infinite precision, how it is computed from vi and ni)
PREDICTORS: dict[str, tuple[bool, bool, Callable[[Floats, Floats], Floats]]] = {
    "se": (False, True, lambda vi, ni: np.sqrt(vi)),
    "variance": (False, True, lambda vi, ni: vi),
    "n": (True, False, lambda vi, ni: ni),
    "inverse-n": (True, True, lambda vi, ni: 1 / ni),
    "sqrt-n": (True, False, lambda vi, ni: np.sqrt(ni)),
    "inverse-sqrt-n": (True, True, lambda vi, ni: 1 / np.sqrt(ni)),
}


@dataclass(frozen=True)
class AsymmetryTest:
    """A regression test of funnel-plot asymmetry.

    Attributes
    ----------
    test, predictor, model : what was regressed on what; ``lm`` has a multiplicative dispersion, ``rma`` an additive
        between-study variance, ``mm`` the additive one of Thompson and Sharp
    k : number of studies in it
    stat, df, p : t with ``df`` degrees of freedom (z when ``df`` is None) of the slope, two-sided P
    slope, slope_se, intercept, intercept_se : coefficients on the scale of the effects
    limit, limit_low, limit_high : estimate for a study of infinite precision, with its interval; NaN for a predictor
        that does not vanish there (n, sqrt-n)
    dispersion : multiplicative residual variance; 1 for an additive model
    tau2 : additive residual variance between studies; NaN for a multiplicative model
    level : confidence level of the limit's interval
    """

    test: str
    predictor: str
    model: str
    k: int
    stat: float
    df: float | None
    p: float
    slope: float
    slope_se: float
    intercept: float
    intercept_se: float
    limit: float
    limit_low: float
    limit_high: float
    dispersion: float
    tau2: float
    level: float

    def to_row(self) -> dict[str, Any]:
        """All fields, for a table or JSON."""
        return asdict(self)


def regression_test(
    yi: Any,
    vi: Any,
    *,
    model: str = "lm",
    predictor: str = "se",
    ni: Any = None,
    method: str = "REML",
    level: float = 0.95,
) -> AsymmetryTest:
    """Test of asymmetry by regressing effects on a measure of precision, weights 1/vi or 1/(vi + tau2).

    Parameters
    ----------
    yi, vi : effects and sampling variances, shape ``(k,)``, k of at least 3
    model : ``lm`` (weights 1/vi, standard errors times the square root of the dispersion, t with k - 2) or ``rma``
        (mixed-effects model, z)
    predictor : one of ``PREDICTORS``
    ni : total sample sizes, shape ``(k,)``, where the predictor needs them
    method : estimator of the residual tau2 of the mixed-effects model
    level : confidence level of the limit estimate

    Raises
    ------
    DataError
        for an unknown choice, fewer than 3 studies, a predictor without scatter, or (``lm``) effects without scatter
        around the line.
    """
    if model not in MODELS:
        raise DataError(f"model {model!r} of the regression test is not known; choose lm or rma")
    if predictor not in PREDICTORS:
        raise DataError(f"predictor {predictor!r} is not known; choose {', '.join(PREDICTORS)}")
    needs_n, _, compute = PREDICTORS[predictor]
    what = f"the regression test on {predictor}"
    y, v = checked(yi, vi, needed=3, what=what)
    x = compute(v, sizes(ni, like=y, what=what) if needs_n else v)
    name = "egger" if predictor == "se" and model == "lm" else f"regression-{model}"
    if model == "lm":
        return multiplicative(name, predictor, fit_line(y, x, 1 / v, what=what), k=y.size, level=level)
    fit_line(y, x, 1 / v, what=what)  # refuses a predictor without scatter before tau2 is searched
    design, _ = orthonormal(np.column_stack([np.ones_like(x), x]))
    tau2 = estimate_tau2(method, y, v, design)
    line = fit_line(y, x, 1 / (v + tau2), what=what)
    return additive(name, predictor, line, tau2=tau2, df=None, level=level)


def egger(yi: Any, vi: Any, *, level: float = 0.95) -> AsymmetryTest:
    """Egger's test: effects on standard errors with weights 1/vi (Egger et al. 1997).

    The slope equals the intercept of the regression of yi/sei on 1/sei that the paper draws, with the same standard
    error, t and P; the intercept equals its slope.
    """
    return regression_test(yi, vi, model="lm", predictor="se", level=level)


def thompson_sharp(yi: Any, vi: Any, *, reference: str = "t", level: float = 0.95) -> AsymmetryTest:
    """Egger's regression with an additive between-study variance by moments (Thompson and Sharp 1999, method 3a).

    Parameters
    ----------
    yi, vi : effects and sampling variances, shape ``(k,)``, k of at least 3
    reference : ``t`` with k - 2 degrees of freedom (as R package meta) or ``z``
    level : confidence level of the limit estimate
    """
    if reference not in ("t", "z"):
        raise DataError(f"reference distribution {reference!r} is not known; choose t or z")
    what = "the Thompson-Sharp test"
    y, v = checked(yi, vi, needed=3, what=what)
    x = np.sqrt(v)
    fit_line(y, x, 1 / v, what=what)
    design, _ = orthonormal(np.column_stack([np.ones_like(x), x]))
    tau2 = estimate_tau2("DL", y, v, design)
    line = fit_line(y, x, 1 / (v + tau2), what=what)
    df = float(line.df) if reference == "t" else None
    return additive("thompson-sharp", "se", line, tau2=tau2, df=df, level=level)


def multiplicative(test: str, predictor: str, line: Line, *, k: int, level: float) -> AsymmetryTest:
    """The test that a fitted line gives when its weights are known up to a factor.

    Raises
    ------
    DataError
        when the studies lie on the line, so that the dispersion is 0 and t is not defined.
    """
    if line.perfect:
        raise DataError(f"{test}: the effects follow the predictor without any scatter, so its t is not defined")
    root = math.sqrt(line.dispersion)
    return _result(test, predictor, "lm", line=line, root=root, df=float(line.df), tau2=NAN, k=k, level=level)


def additive(test: str, predictor: str, line: Line, *, tau2: float, df: float | None, level: float) -> AsymmetryTest:
    """The test that a fitted line gives when its weights are inverse variances."""
    model = "rma" if test.startswith("regression") else "mm"
    return _result(test, predictor, model, line=line, root=1.0, df=df, tau2=tau2, k=line.df + 2, level=level)


def _result(
    test: str,
    predictor: str,
    model: str,
    *,
    line: Line,
    root: float,
    df: float | None,
    tau2: float,
    k: int,
    level: float,
) -> AsymmetryTest:
    stat = line.slope / (line.slope_se * root)
    vanishes = PREDICTORS[predictor][1] if predictor in PREDICTORS else True
    limit = line.intercept if vanishes else NAN
    half = quantile(level, df) * line.intercept_se * root
    return AsymmetryTest(
        test=test, predictor=predictor, model=model, k=k, stat=stat, df=df, p=two_sided_p(stat, df),
        slope=line.slope, slope_se=line.slope_se * root, intercept=line.intercept,
        intercept_se=line.intercept_se * root, limit=limit, limit_low=limit - half, limit_high=limit + half,
        dispersion=root**2, tau2=tau2, level=level,
    )  # fmt: skip
