"""Which curve, covariance, estimator and number of stages give the printed relative risks of a dose-response meta-analysis."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from metaudit.doseresponse.basis import PERCENTILES, Curve, spline
from metaudit.doseresponse.fit import METHODS, DoseResponse, dose_response
from metaudit.doseresponse.study import COVARIANCES, DoseStudy
from metaudit.errors import DataError
from metaudit.printed import parse_printed


@dataclass(frozen=True)
class PrintedPoint:
    """A printed relative risk: at a dose against a reference, its interval where printed.

    Attributes
    ----------
    dose, reference : of the comparison; for "per 10 g" the dose is 10 and the reference 0
    rr, ci_low, ci_high : as printed; empty where not printed
    """

    dose: float
    rr: str
    ci_low: str = ""
    ci_high: str = ""
    reference: float = 0.0


@dataclass(frozen=True)
class Way:
    """One way to fit, and what it gives.

    Attributes
    ----------
    curve, method, stages, covariance_kind : the fit
    met, asked : printed numbers that agree, and all of them
    fit : the fit itself
    """

    curve: Curve
    method: str
    stages: int
    covariance_kind: str
    met: int
    asked: int
    fit: DoseResponse

    @property
    def sentence(self) -> str:
        """The way in words."""
        shape = f"spline with {len(self.curve.knots)} knots" if self.curve.knots else f"{self.curve.kind} curve"
        stages = "one stage" if self.stages == 1 else "two stages"
        return f"{shape}, {self.covariance_kind} covariances, {self.method}, {stages}: {self.met} of {self.asked} printed numbers agree"


def usual_curves(studies: Sequence[DoseStudy]) -> tuple[Curve, ...]:
    """A line, a parabola, and the splines with 3 to 5 knots at Harrell's percentiles, where these differ."""
    doses = [float(d) for s in studies for d in s.dose]
    out = [Curve(), Curve("quadratic")]
    for knots in sorted(PERCENTILES)[:3]:
        try:
            out.append(spline(doses, knots))
        except DataError:  # the doses bunch up: no such knots
            continue
    return tuple(out)


def search_curves(
    studies: Sequence[DoseStudy],
    points: Sequence[PrintedPoint],
    *,
    curves: Sequence[Curve] = (),
    p_nonlinear: str = "",
    i2: str = "",
    level: float = 0.95,
) -> list[Way]:
    """Every way to fit, the one that meets most printed numbers first.

    Parameters
    ----------
    studies, points : the data and the printed relative risks
    curves : to try; the usual ones when not given
    p_nonlinear, i2 : P value of the test against a line, and I² (percent), as printed
    level : confidence level of the intervals

    Returns
    -------
    The ways that can be fitted, by printed numbers met, then in the order tried

    Raises
    ------
    DataError
        when nothing is printed, or no way can be fitted.
    """
    if not points and not p_nonlinear and not i2:
        raise DataError("no printed number is given")
    out, refused = [], ""
    for curve, method, stages, kind in _ways(curves or usual_curves(studies)):
        try:
            fit = dose_response(studies, curve=curve, method=method, stages=stages, covariance_kind=kind, level=level)
        except (
            DataError
        ) as error:  # a study without counts, or with fewer levels than coefficients: this way is not open
            refused = str(error)
            continue
        met = list(_met(fit, points, p_nonlinear, i2))
        out.append(Way(curve, method, stages, kind, sum(met), len(met), fit))
    if not out:
        raise DataError(f"no way to fit is open to these studies: {refused}")
    return sorted(out, key=lambda way: -way.met)


def _ways(curves: Sequence[Curve]) -> Iterator[tuple[Curve, str, int, str]]:
    for curve in curves:
        for method in METHODS:
            for stages in (2, 1):
                for kind in COVARIANCES:
                    if method != "DL" or (curve.kind == "linear" and stages == 2):
                        yield curve, method, stages, kind


def _met(fit: DoseResponse, points: Sequence[PrintedPoint], p_nonlinear: str, i2: str) -> Iterator[bool]:
    for point in points:
        (ours,) = fit.predict(point.dose, reference=point.reference)
        for text, value in ((point.rr, ours.rr), (point.ci_low, ours.ci_low), (point.ci_high, ours.ci_high)):
            if text:
                yield value in parse_printed(text).interval()
    if p_nonlinear:
        yield fit.nonlinear is not None and fit.nonlinear.p in parse_printed(p_nonlinear).interval()
    if i2:
        yield not math.isnan(fit.i2) and fit.i2 in parse_printed(i2).interval()
