"""The between-study variance: the batch kernel, the rarer estimators, and metafor's own default stopping rules."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
from harness import Case, Compared, Explained, number, numbers, of, same_tau2, stopped_short

from metaudit.errors import DataError
from metaudit.pooling.batch import BATCHED, fit_batch
from metaudit.pooling.stopping import metafor_q_profile
from metaudit.pooling.tau2 import estimate_tau2, log_likelihood
from tolerances import CLOSED_FORM, ITERATIVE

ITERATED = ("ML", "REML", "EB", "PM", "PMM")
# metafor's unconverged numbers, step for step: what remains is rounding. It starts from HE, a difference of sums of the
# size of the sampling variances, so that a tau2 far below them carries the rounding of those sums.
UNCONVERGED = 1e-9
SMALL_SHARE = 1e-6
EXPLAINED = {
    "no fit without the study": Explained(
        who_is_right="ours",
        why="metafor's Fisher scoring did not converge without the study and gives no number; the likelihood is lower on both sides of ours.",
        size="a number against none",
    ),
    "stopped short": Explained(
        who_is_right="ours",
        why="metafor's iteration stops when a step is below 1e-15, which is not small beside a tau2 of 1e-9 or so; the slope of "
        "the restricted likelihood vanishes at ours and not at metafor's.",
        size="1e-6 of a tau2 of 1e-10",
    ),
}


def compare(case: Case) -> Iterator[Compared]:
    """Batch kernel, HSk and PMM, default stopping with its Q-profile limits, leave-one-out in one batch."""
    if not case.usable:
        return
    yield from _batch(case)
    yield from _rare(case)
    yield from _default_control(case)
    yield from _leave_one_out(case)


def _tolerance(method: str) -> float:
    return ITERATIVE if method in ITERATED else CLOSED_FORM


def _batch(case: Case) -> Iterator[Compared]:
    for method, fits in case.reference["rma"].items():
        z = fits.get("z", {})
        if method not in BATCHED or z.get("beta") is None:
            continue
        ours, tol, se = (
            fit_batch(case.yi[:, None], case.vi[:, None], method=method),
            _tolerance(method),
            number(z["se"]),
        )
        if method != "FE":
            yield same_tau2(f"batch tau2 {method}", method, ours.tau2[0], theirs=z["tau2"], vi=case.vi, tolerance=tol)
        yield of("batch estimate", f"{method} estimate", ours.estimate[0], theirs=z["beta"], tolerance=tol, scale=se)
        yield of("batch standard error", f"{method} se", ours.se[0], theirs=se, tolerance=tol)
        yield of("batch Q", f"{method} Q", ours.q[0], theirs=z["QE"], tolerance=CLOSED_FORM)


def _rare(case: Case) -> Iterator[Compared]:
    x = np.ones((len(case.yi), 1))
    for method, z in case.reference.get("tau2_extra", {}).items():
        if method in ("HSk", "PMM") and z.get("tau2") is not None:
            ours = estimate_tau2(method, case.yi, case.vi, x)
            yield same_tau2(f"tau2 {method}", method, ours, theirs=z["tau2"], vi=case.vi, tolerance=_tolerance(method))


def _default_control(case: Case) -> Iterator[Compared]:
    """Where metafor stops with an error its numbers count as not defined, and so do ours when we refuse."""
    k = len(case.yi)
    x = np.ones((k, 1))
    floor = SMALL_SHARE * float(np.mean(case.vi))
    for method, given in case.reference.get("default_control", {}).items():
        ours = _stopped(method, case, x)
        theirs = number(given.get("tau2"))
        group = f"default control tau2 {method}"
        scale = floor if math.isnan(theirs) else max(theirs, floor)
        yield of(group, f"{method} default tau2", ours, theirs=theirs, tolerance=UNCONVERGED, scale=scale)
        if given.get("tau2") is None or math.isnan(ours):
            continue
        w = 1 / (case.vi + ours)
        estimate, se = float(w @ case.yi / w.sum()), float(1 / math.sqrt(w.sum()))
        theirs_se = number(given["se"])
        yield of(
            "default control estimate", f"{method} default estimate", estimate, theirs=given["beta"],
            tolerance=UNCONVERGED, scale=theirs_se,
        )  # fmt: skip
        yield of("default control se", f"{method} default se", se, theirs=theirs_se, tolerance=UNCONVERGED)
        yield from _default_i2(case, method, ours, given)
        yield from _default_limits(case, method, ours, given)


def _stopped(method: str, case: Case, x: np.ndarray) -> float:
    try:
        return estimate_tau2(method, case.yi, case.vi, x, stopping="metafor")
    except DataError:
        return math.nan


def _default_i2(case: Case, method: str, tau2: float, given: dict[str, Any]) -> Iterator[Compared]:
    k = len(case.yi)
    w = 1 / case.vi
    typical = (k - 1) / float(w.sum() - (w**2).sum() / w.sum())
    i2 = 100 * tau2 / (tau2 + typical)
    yield of("default control I2", f"{method} default I2", i2, theirs=given["I2"], tolerance=UNCONVERGED, scale=100)


def _default_limits(case: Case, method: str, tau2: float, given: dict[str, Any]) -> Iterator[Compared]:
    if not given.get("tau2_ci"):
        return
    ours = metafor_q_profile(case.yi, case.vi, np.ones((len(case.yi), 1)), 0.95, tau2=tau2)
    floor = SMALL_SHARE * float(np.mean(case.vi))
    for side, mine, theirs in zip(("low", "high"), ours, numbers(given["tau2_ci"]), strict=True):
        yield of(
            "default control Q-profile", f"{method} default tau2_{side}", mine, theirs=theirs,
            tolerance=UNCONVERGED, scale=max(abs(theirs), floor),
        )  # fmt: skip


def _leave_one_out(case: Case) -> Iterator[Compared]:
    k = len(case.yi)
    for method, left in case.reference.get("leave1out", {}).items():
        ours, tol = fit_batch(case.yi, case.vi, method=method, mask=~np.eye(k, dtype=bool)), _tolerance(method)
        for i, se in enumerate(numbers(left["se"])):
            what = f"{method} without study {i + 1}"
            why = _why(case, method, i, ours=ours.tau2[i], theirs=number(left["tau2"][i]) if method == "REML" else 0.0)
            if method != "FE":
                yield same_tau2(
                    f"batch leave-one-out tau2 {method}", f"{what}: tau2", ours.tau2[i], theirs=left["tau2"][i],
                    vi=case.vi, tolerance=tol, explained=why,
                )  # fmt: skip
            yield of(
                "batch leave-one-out estimate", f"{what}: estimate", ours.estimate[i], theirs=left["estimate"][i],
                tolerance=tol, scale=se, explained=why,
            )  # fmt: skip
            yield of("batch leave-one-out se", f"{what}: se", ours.se[i], theirs=se, tolerance=tol, explained=why)


def _why(case: Case, method: str, without: int, *, ours: float, theirs: float) -> str:
    """Named only where our tau2 is a maximum of the likelihood that metafor was looking for."""
    y, v = np.delete(case.yi, without), np.delete(case.vi, without)
    if method != "REML" or ours == theirs:
        return ""
    if not math.isnan(theirs):
        return "stopped short" if stopped_short(y, v, ours, theirs=theirs) else ""
    heights = log_likelihood(y, v, np.ones((y.size, 1)), ours * np.array([1.0, 0.9, 1.1]), restricted=True)
    return "no fit without the study" if np.all(heights[0] > heights[1:]) else ""
