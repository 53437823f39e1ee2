"""Regression and rank tests of asymmetry, trim and fill, fail-safe N: regtest, ranktest, trimfill and fsn of metafor."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from harness import Case, Compared, Explained, number, numbers, of, p_of_q, p_of_stat, same_tau2

from metaudit.diagnostics.small_study.failsafe import orwin, rosenberg, rosenthal
from metaudit.diagnostics.small_study.rank import RankTest, begg
from metaudit.diagnostics.small_study.regression import regression_test
from metaudit.diagnostics.small_study.trimfill import TrimFill, trim_fill
from tolerances import CLOSED_FORM, ITERATIVE

PREDICTORS = {
    "sei": "se", "vi": "variance", "ni": "n", "ninv": "inverse-n", "sqrtni": "sqrt-n", "sqrtninv": "inverse-sqrt-n"
}  # fmt: skip

# R sums the lower tail of Kendall's statistic and takes it from 1, which leaves an absolute error of this size.
UPPER_TAIL_ROUNDING = 1e-13
EXPLAINED = {
    "upper tail": Explained(
        who_is_right="ours",
        why="For a positive tau R computes the exact P as 1 minus a sum near 1; ours sums the small tail itself "
        "(a test compares it with whole-number counts of permutations).",
        size="below 1e-13 absolute; 2.5e-7 relative at P = 4.6e-8 (curtis1998, SMD)",
    ),
}


def compare(case: Case) -> Iterator[Compared]:
    """All tests of one measure; none where a variance is not positive, which we refuse."""
    if not case.usable:
        return
    yield from _regressions(case)
    yield from _ranks(case)
    yield from _trim_and_fill(case)
    yield from _fail_safe(case)


def _regressions(case: Case) -> Iterator[Compared]:
    ni = numbers(case.reference["ni"]) if case.reference.get("ni") else None
    for name, theirs in (case.reference.get("regtest") or {}).items():
        model, predictor = name.split("_")
        ours = regression_test(case.yi, case.vi, model=model, predictor=PREDICTORS[predictor], ni=ni)
        tol, quantity = (CLOSED_FORM, "Egger (lm)") if model == "lm" else (ITERATIVE, "Egger (rma)")
        if model == "rma":
            yield same_tau2(f"{quantity} tau2", name, ours.tau2, theirs=theirs["tau2"], vi=case.vi, tolerance=tol)
        else:
            yield of(f"{quantity} df", name, ours.df or 0, theirs=theirs["ddf"], tolerance=0.0)
        stat = number(theirs["stat"])
        yield of(f"{quantity} statistic", name, ours.stat, theirs=stat, tolerance=tol, scale=max(abs(stat), 1.0))
        p = p_of_stat(f"{quantity} P", name, ours.p, theirs=theirs["pval"], stat=stat, tolerance=tol)
        yield p
        for place, value, se in ((0, ours.intercept, ours.intercept_se), (1, ours.slope, ours.slope_se)):
            scale = number(theirs["se"][place])
            yield of(
                f"{quantity} coefficient",
                f"{name} {place}",
                value,
                theirs=theirs["coef"][place],
                tolerance=tol,
                scale=scale,
            )
            yield of(f"{quantity} SE", f"{name} {place}", se, theirs=scale, tolerance=tol)
        for field in ("limit", "limit_low", "limit_high"):
            reference = theirs[{"limit": "limit_est", "limit_low": "limit_lb", "limit_high": "limit_ub"}[field]]
            scale = number(theirs["se"][0])
            yield of(
                f"{quantity} limit estimate",
                f"{name} {field}",
                getattr(ours, field),
                theirs=reference,
                tolerance=tol,
                scale=scale,
            )


def _ranks(case: Case) -> Iterator[Compared]:
    for name, p in (("ranktest", "auto"), ("ranktest_asymptotic", "asymptotic")):
        theirs = case.reference.get(name)
        if theirs and theirs["tau"] is not None:  # nothing to rank: R gives NA, and we refuse
            ours = begg(case.yi, case.vi, p=p)
            yield of("Begg tau", name, ours.tau_b, theirs=theirs["tau"], tolerance=CLOSED_FORM, scale=1.0)
            yield of(
                "Begg P",
                name,
                ours.p,
                theirs=theirs["pval"],
                tolerance=CLOSED_FORM,
                explained=_upper_tail(ours, theirs),
            )


def _upper_tail(ours: RankTest, theirs: dict[str, Any]) -> str:
    small = abs(ours.p - number(theirs["pval"])) < UPPER_TAIL_ROUNDING
    return "upper tail" if ours.p_method == "exact" and ours.s > 0 and small else ""


def _trim_and_fill(case: Case) -> Iterator[Compared]:
    for name, theirs in (case.reference.get("trimfill") or {}).items():
        method, estimator, *side = name.split("_")
        stop = "metafor" if number(theirs["k0"]) > 0 else "exact"  # trimfill refits by metafor's default control
        which = {"estimator": estimator, "side": side[0] if side else "auto", "stopping": stop}
        ours = trim_fill(case.yi, case.vi, method=method, **which)
        tol = ITERATIVE if method == "REML" else CLOSED_FORM
        yield of("trim and fill k0", name, ours.k0, theirs=theirs["k0"], tolerance=0.0)
        yield of("trim and fill SE of k0", name, ours.se_k0, theirs=theirs["se_k0"], tolerance=CLOSED_FORM)
        yield of(
            "trim and fill estimate",
            name,
            ours.pooled.estimate,
            theirs=theirs["beta"],
            tolerance=tol,
            scale=theirs["se"],
        )
        yield of("trim and fill SE", name, ours.pooled.se, theirs=theirs["se"], tolerance=tol)
        if not side:
            yield from _filled(name, ours, theirs, tol=tol, vi=case.vi)


def _filled(name: str, ours: TrimFill, theirs: dict[str, Any], *, tol: float, vi: np.ndarray) -> Iterator[Compared]:
    pooled, se, q = ours.pooled, number(theirs["se"]), number(theirs["QE"])
    yield of("trim and fill side", name, float(ours.side == theirs["side"]), theirs=1.0, tolerance=0.0)
    yield of("trim and fill P of k0", name, ours.p_k0, theirs=theirs["p_k0"], tolerance=CLOSED_FORM)
    yield of("trim and fill k", name, pooled.k, theirs=theirs["k"], tolerance=0.0)
    for field, reference in (("ci_low", "ci_lb"), ("ci_high", "ci_ub")):
        yield of(
            "trim and fill CI",
            f"{name} {field}",
            getattr(pooled, field),
            theirs=theirs[reference],
            tolerance=tol,
            scale=se,
        )
    yield of(
        "trim and fill statistic",
        name,
        pooled.stat,
        theirs=theirs["zval"],
        tolerance=tol,
        scale=max(abs(theirs["zval"]), 1.0),
    )
    yield p_of_stat("trim and fill P", name, pooled.p, theirs=theirs["pval"], stat=theirs["zval"], tolerance=tol)
    yield same_tau2("trim and fill tau2", name, pooled.tau2, theirs=theirs["tau2"], vi=vi, tolerance=tol)
    yield of("trim and fill I2", name, pooled.i2, theirs=theirs["I2"], tolerance=tol, scale=100.0)
    yield of("trim and fill Q", name, pooled.q, theirs=q, tolerance=tol, scale=max(q, 1e-3))
    yield p_of_q("trim and fill P of Q", name, pooled.q_p, theirs=theirs["QEp"], q=q, tolerance=tol)
    for field in ("yi", "vi"):
        filled = numbers(theirs[f"filled_{field}"])
        mine = ours.fill_yi if field == "yi" else ours.fill_vi
        yield of("trim and fill filled studies", f"{name} how many", mine.size, theirs=filled.size, tolerance=0.0)
        for i, (a, b) in enumerate(zip(mine, filled, strict=False)):
            scale = se if field == "yi" else b
            yield of("trim and fill filled studies", f"{name} {field} {i + 1}", a, theirs=b, tolerance=tol, scale=scale)


def _fail_safe(case: Case) -> Iterator[Compared]:
    found = case.reference.get("fsn") or {}
    compute = {
        "Rosenthal": lambda: rosenthal(case.yi, case.vi),
        "Orwin": lambda: orwin(case.yi),
        "Orwin_weighted": lambda: orwin(case.yi, case.vi),
        "Rosenberg": lambda: rosenberg(case.yi, case.vi),
    }
    for name, theirs in found.items():
        ours = compute[name]()
        yield of("fail-safe N", name, ours.n, theirs=theirs["fsnum"], tolerance=0.0)
        if theirs["pval"] is not None:
            stat = (case.yi / np.sqrt(case.vi)).sum() / np.sqrt(case.yi.size) if name == "Rosenthal" else ours.mean
            stat = stat if name == "Rosenthal" else ours.mean * np.sqrt((1 / case.vi).sum())
            yield p_of_stat("fail-safe P", name, ours.p, theirs=theirs["pval"], stat=stat, tolerance=CLOSED_FORM)
        for field, reference in (("mean", "meanes"), ("target", "target")):
            if theirs[reference] is not None:
                value, scale = getattr(ours, field), 1 / np.sqrt((1 / case.vi).sum())
                yield of(
                    "fail-safe mean",
                    f"{name} {field}",
                    value,
                    theirs=theirs[reference],
                    tolerance=CLOSED_FORM,
                    scale=scale,
                )
