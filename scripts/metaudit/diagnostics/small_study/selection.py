"""Step-function selection models: the mean effect when the chance of being published depends on the P value.

Source: Vevea and Hedges 1995; with one step at 0.025 it is the three-parameter model (3PSM). Maximum likelihood of mean,
between-study variance and weights; the likelihood has ridges and several maxima, so it is climbed from many starts.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from scipy.special import chdtrc

from metaudit.diagnostics.small_study.arrays import checked
from metaudit.diagnostics.small_study.ascent import Maximum, climb, standard_errors
from metaudit.diagnostics.small_study.selection_likelihood import Intervals, intervals_of, log_likelihood
from metaudit.effects.zero_cells import Floats
from metaudit.errors import DataError
from metaudit.pooling.intervals import quantile, two_sided_p
from metaudit.pooling.tau2 import estimate_tau2

MODELS = ("random", "common")
_LEAST_DELTA = 1e-9


@dataclass(frozen=True)
class StepSelection:
    """A step-function selection model.

    Attributes
    ----------
    alternative, steps, counts : intervals of P by their upper ends, and the studies in each
    k : number of studies
    estimate, se, ci_low, ci_high, stat, p : mean effect before selection; z
    tau2, tau2_se : between-study variance; its standard error is NaN at 0
    delta, delta_se : chance of being published relative to the first interval, whose own is 1 (no standard error: NaN)
    log_likelihood : at the maximum, with all constants
    plain_estimate, plain_tau2, plain_log_likelihood : maximum likelihood without selection
    lrt, lrt_df, lrt_p : likelihood-ratio test of no selection (all delta = 1)
    at_boundary : whether tau2 is 0, or a delta at the end of its range (as when no study is in the first interval:
        the others' weights then have no largest value but ``delta_max``)
    level : confidence level
    """

    alternative: str
    steps: tuple[float, ...]
    counts: tuple[int, ...]
    k: int
    estimate: float
    se: float
    ci_low: float
    ci_high: float
    stat: float
    p: float
    tau2: float
    tau2_se: float
    delta: tuple[float, ...]
    delta_se: tuple[float, ...]
    log_likelihood: float
    plain_estimate: float
    plain_tau2: float
    plain_log_likelihood: float
    lrt: float
    lrt_df: int
    lrt_p: float
    at_boundary: bool
    level: float

    def to_row(self) -> dict[str, Any]:
        """The scalars, and one column an interval for its end, count and weight."""
        lists = ("steps", "counts", "delta", "delta_se")
        row = {name: value for name, value in self.__dict__.items() if name not in lists}
        for j, (end, n, d, se) in enumerate(zip(self.steps, self.counts, self.delta, self.delta_se, strict=True), 1):
            row |= {f"step_{j}": end, f"count_{j}": n, f"delta_{j}": d, f"delta_{j}_se": se}
        return row


def step_selection(
    yi: Any,
    vi: Any,
    *,
    alternative: str = "greater",
    steps: Any = (0.025,),
    model: str = "random",
    delta_max: float = 100.0,
    level: float = 0.95,
) -> StepSelection:
    """Fit a step-function selection model by maximum likelihood.

    Parameters
    ----------
    yi, vi : effects and sampling variances, shape ``(k,)``, k of at least 4
    alternative : ``greater`` or ``less`` for one-sided P values, ``two-sided``
    steps : P values at which the chance of being published changes
    model : ``random`` (tau2 estimated) or ``common`` (tau2 = 0)
    delta_max : largest weight of an interval, relative to the first (metafor's default)
    level : confidence level

    Raises
    ------
    DataError
        for an unknown choice, an interval (but the first) without studies, and fewer studies than parameters.
    """
    if model not in MODELS:
        raise DataError(f"model {model!r} of the selection model is not known; choose random or common")
    if not delta_max > 1:
        raise DataError(f"delta_max {delta_max} leaves no room above 1, the weight of the first interval")
    y, v = checked(yi, vi, needed=4, what="a selection model")
    intervals = intervals_of(y, v, alternative=alternative, steps=steps)
    if y.size < 1 + len(intervals.steps):
        raise DataError(f"{y.size} studies cannot determine the {1 + len(intervals.steps)} parameters of this model")
    scale = math.sqrt(float(np.mean(v)) + float(np.var(y)))
    plain_tau2 = 0.0 if model == "common" else estimate_tau2("ML", y, v, np.ones((y.size, 1)))
    top = _maximum(
        y / scale, v / scale**2, plain_tau2 / scale**2, intervals=intervals, model=model, delta_max=delta_max
    )
    w = 1 / (v + plain_tau2)
    plain = np.array([float(w @ y / w.sum()), plain_tau2, *np.zeros(len(intervals.steps) - 1)])
    plain_height = float(log_likelihood(plain[None], y, v, intervals=intervals)[0])
    return _result(top, intervals, plain=plain, plain_height=plain_height, scale=scale, level=level)


def _maximum(y: Floats, v: Floats, tau2: float, *, intervals: Intervals, model: str, delta_max: float) -> Maximum:
    """The highest maximum on data scaled to a spread of about 1."""
    w = 1 / (v + tau2)
    mean, natural = float(w @ y / w.sum()), 1 / math.sqrt(float(w.sum()))
    deltas = len(intervals.steps) - 1
    spread = math.sqrt(float(np.median(v)) + tau2)
    centres = mean + spread * np.array([-3.0, -1.5, -0.75, -0.3, 0.0, 0.3, 0.75, 1.5])
    tau2s = [0.0] if model == "common" else [0.0, tau2 / 4, tau2 + 0.01 * spread**2, 3 * tau2 + 0.2 * spread**2]
    etas = np.array(np.meshgrid(*[[0.0, -1.0, -2.5, -4.5, 1.5]] * deltas)).reshape(deltas, -1).T
    starts = np.array([[m, t, *eta] for m in centres for t in tau2s for eta in etas])
    wide = 50 * (float(np.ptp(y)) + spread)
    low = np.array([mean - wide, 0.0, *[math.log(_LEAST_DELTA)] * deltas])
    high = np.array([mean + wide, 0.0 if model == "common" else wide**2, *[math.log(delta_max)] * deltas])

    def steps(x: Floats) -> Floats:
        return 1e-3 * np.array([natural, x[1] + float(v.min()), *np.ones(deltas)])

    def f(params: Any) -> Any:
        return log_likelihood(params, y, v, intervals=intervals)

    return climb(f, starts, low=low, high=high, steps=steps, keep=8)


def _result(
    top: Maximum, intervals: Intervals, *, plain: Floats, plain_height: float, scale: float, level: float
) -> StepSelection:
    k, deltas = int(intervals.counts.sum()), len(intervals.steps) - 1
    height = top.height - k * math.log(scale)
    se = standard_errors(top)
    delta = np.exp(top.x[2:])
    estimate, mean_se = float(top.x[0] * scale), float(se[0] * scale)
    half = quantile(level, None) * mean_se
    lrt = max(0.0, 2 * (height - plain_height))
    as_floats = partial(map, float)
    return StepSelection(
        alternative=intervals.alternative, steps=intervals.steps, counts=tuple(map(int, intervals.counts)), k=k,
        estimate=estimate, se=mean_se, ci_low=estimate - half, ci_high=estimate + half, stat=estimate / mean_se,
        p=two_sided_p(estimate / mean_se, None), tau2=float(top.x[1] * scale**2), tau2_se=float(se[1] * scale**2),
        delta=(1.0, *as_floats(delta)), delta_se=(math.nan, *as_floats(delta * se[2:])), log_likelihood=height,
        plain_estimate=float(plain[0]), plain_tau2=float(plain[1]), plain_log_likelihood=plain_height,
        lrt=lrt, lrt_df=deltas, lrt_p=float(chdtrc(deltas, lrt)), at_boundary=not bool(top.free.all()), level=level,
    )  # fmt: skip
