"""Leave-one-out, cumulative meta-analysis, weights, residuals, dfbetas and empirical Bayes predictions.

metafor's numbers come from leave1out, cumul, weights, influence, rstandard, rstudent and blup. The reference files hold
no DFFITS, Cook's distances, covariance ratios or hat values; those are in tests/unit/diagnostics, typed from metafor.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
from harness import Case, Compared, Explained, number, numbers, of, p_of_stat, same_tau2, stopped_short

from metaudit.diagnostics.blup import blups
from metaudit.diagnostics.cumulative import cumulative
from metaudit.diagnostics.influence import influence
from metaudit.diagnostics.leave_one_out import leave_one_out_fits
from metaudit.diagnostics.subsets import SubsetFits
from metaudit.pooling.tau2 import log_likelihood
from tolerances import CLOSED_FORM, ITERATIVE, LIKELIHOOD

ITERATED = ("REML", "PM")
EXPLAINED = {
    "no fit without the study": Explained(
        who_is_right="ours",
        why="metafor's iteration did not converge for the studies that were left, so it gives no number; the likelihood is lower on both sides of ours.",
        size="a number against none",
    ),
    "stopped short": Explained(
        who_is_right="ours",
        why="metafor's iteration stops when a step is below 1e-15, which is not small beside a tau2 of 1e-9 or so; the slope "
        "of the restricted likelihood vanishes at ours and not at metafor's.",
        size="1e-6 of a tau2 of 1e-10",
    ),
    "lower maximum": Explained(
        who_is_right="ours",
        why="The restricted likelihood of the studies that were left has two maxima and metafor stopped at the lower one; "
        "checked by computing both likelihoods.",
        size="up to the whole of tau2",
    ),
}


def compare(case: Case) -> Iterator[Compared]:
    """Every deletion diagnostic of the methods metafor was asked for."""
    if not case.usable:
        return
    yield from _weights(case)
    for method, reference in (case.reference.get("leave1out") or {}).items():
        ours = leave_one_out_fits(case.yi, case.vi, tau2=method)
        masks = ~np.eye(len(case.yi), dtype=bool)
        yield from _fits(case, "leave-one-out", method, ours=ours, theirs=reference, masks=masks)
    yield from _cumulative(case)
    for method, reference in (case.reference.get("influence") or {}).items():
        yield from _influence(case, method, reference)


def _weights(case: Case) -> Iterator[Compared]:
    for method, reference in (case.reference.get("weights") or {}).items():
        ours = influence(case.yi, case.vi, tau2=method).weight
        for i, theirs in enumerate(reference):
            yield of(
                f"weight {_kind(method)}",
                f"{method} weight of study {i + 1}",
                ours[i],
                theirs=theirs,
                tolerance=_tol(method),
            )


def _tol(method: str) -> float:
    return ITERATIVE if method in ITERATED else CLOSED_FORM


def _kind(method: str) -> str:
    return "(REML, PM)" if method in ITERATED else "(FE, DL)"


def _cumulative(case: Case) -> Iterator[Compared]:
    found = case.reference.get("cumul") or {}
    order = [int(np.flatnonzero(case.used == row - 1)[0]) for row in found.get("order", [])]
    masks = np.zeros((len(order), len(order)), dtype=bool)
    masks[:, order] = np.tri(len(order), dtype=bool)
    by = _sorted_by(case, found.get("order_by", ""), order)
    for method, reference in found.items():
        if method in ("order", "order_by"):
            continue
        ours = cumulative(case.yi, case.vi, by=by, tau2=method)
        for i, (mine, theirs) in enumerate(zip(ours.order, order, strict=True)):
            yield of("cumulative order", f"step {i + 1}", float(mine), theirs=float(theirs), tolerance=0.0, scale=1.0)
        yield from _fits(case, "cumulative", method, ours=ours.fits, theirs=reference, masks=masks)


def _sorted_by(case: Case, column: str, order: list[int]) -> list[float]:
    """The column the studies were sorted by; where the table has none, the place metafor gave each study."""
    if case.rows and column in case.rows[0]:
        values = [case.rows[row][column] for row in case.used]
        if all(v not in ("", "NA") for v in values):
            return [float(v) for v in values]
    return [float(place) for place in np.argsort(order)]


def _fits(
    case: Case, group: str, method: str, *, ours: SubsetFits, theirs: dict[str, Any], masks: np.ndarray
) -> Iterator[Compared]:
    tol = _tol(method)
    for i, mask in enumerate(masks):
        what, se = f"{group} {method} {i + 1}", number(theirs["se"][i])
        why = _why(case, method, mask, ours=ours.tau2[i], theirs=theirs.get("tau2", [0.0] * len(masks))[i])
        for name, field, scale in (
            ("estimate", "estimate", se), ("se", "se", se), ("i2", "I2", 100.0),
            ("q", "Q", max(abs(number(theirs["Q"][i])), 1e-3)),
        ):  # fmt: skip
            yield of(
                f"{group} {name} {_kind(method)}", f"{what} {name}", getattr(ours, name)[i], theirs=theirs[field][i],
                tolerance=tol, scale=scale, explained=why,
            )  # fmt: skip
        if "tau2" in theirs:
            yield same_tau2(
                f"{group} tau2 {method}", f"{what} tau2", ours.tau2[i], theirs=theirs["tau2"][i], vi=case.vi[mask],
                tolerance=tol, explained=why,
            )  # fmt: skip
        if "pvals" in theirs:
            yield p_of_stat(
                f"{group} p {_kind(method)}", f"{what} p", ours.p[i], theirs=theirs["pvals"][i], stat=ours.stat[i],
                tolerance=tol, explained=why,
            )  # fmt: skip


def _why(case: Case, method: str, mask: np.ndarray, *, ours: float, theirs: Any) -> str:
    """The explanation of a difference in tau2, or nothing."""
    t = number(theirs)
    if method not in ITERATED or not math.isfinite(ours):
        return ""
    y, v = case.yi[mask], case.vi[mask]
    if method != "REML" or t == ours:
        return ""
    if stopped_short(y, v, ours, theirs=t):
        return "stopped short"
    if abs(t - ours) <= ITERATIVE * max(t, ours):
        return ""
    others = ours * np.array([0.9, 1.1]) if math.isnan(t) else t * np.array([1.0, 0.999, 1.001])
    heights = log_likelihood(y, v, np.ones((y.size, 1)), np.array([ours, *others]), restricted=True)
    if np.any(heights[0] <= heights[1:] + LIKELIHOOD):
        return ""
    if math.isnan(t):
        return "no fit without the study"
    return "lower maximum" if np.all(heights[1] >= heights[2:]) else ""  # metafor's is a maximum too


def _influence(case: Case, method: str, reference: dict[str, Any]) -> Iterator[Compared]:
    ours, predicted = (f(case.yi, case.vi, tau2=method) for f in (influence, blups))
    tol = _tol(method)
    unit = np.ones(len(case.yi))  # already in standard errors
    deleted = numbers(reference.get("rstudent_se") or [None] * len(case.yi))
    left_out = case.reference.get("leave1out") or {}  # metafor may have failed there, or here
    tau2_left = left_out.get(method, {}).get("tau2") or [None] * len(case.yi)
    for name, mine, field, scale in (
        ("residual", ours.resid, "rstandard_resid", ours.resid_se),
        ("residual se", ours.resid_se, "rstandard_se", ours.resid_se),
        ("rstandard", ours.rstandard, "rstandard_z", np.maximum(np.abs(ours.rstandard), 1.0)),
        ("deleted residual", ours.deleted_resid, "rstudent_resid", deleted),
        ("deleted residual se", ours.deleted_se, "rstudent_se", deleted),
        ("dfbetas", ours.dfbetas[:, 0], "dfbs", np.maximum(np.abs(ours.dfbetas[:, 0]), unit)),
        ("blup", predicted.pred, "blup_pred", predicted.se),
        ("blup se", predicted.se, "blup_se", predicted.se),
        ("influential", ours.influential.astype(float), "inf", unit),
    ):
        gone = name in ("deleted residual", "deleted residual se", "dfbetas", "influential")
        for i, theirs in enumerate(reference.get(field) or []):
            mask = np.arange(len(case.yi)) != i
            why = _why(case, method, mask, ours=ours.tau2_del[i], theirs=tau2_left[i]) if gone else ""
            yield of(
                f"{name} {_kind(method)}", f"{name} {method} of study {i + 1}", mine[i], theirs=theirs, tolerance=tol,
                scale=scale[i], explained=why,
            )  # fmt: skip
    for i, theirs in enumerate(left_out.get("FE", {}).get("Q", [])):  # Q is taken at tau2 = 0 whatever the method
        q = max(abs(number(theirs)), 1e-3)
        yield of(
            "q deleted", f"{method} q without {i + 1}", ours.q_del[i], theirs=theirs, tolerance=CLOSED_FORM, scale=q
        )
