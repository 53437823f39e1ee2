"""pool() beside rma.uni: every estimator and test, all intervals, standard errors of tau2, likelihoods, weights."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
from harness import Case, Compared, Explained, number, of, p_of_q, p_of_stat, same_tau2

from metaudit.pooling import Pooled, pool
from metaudit.pooling.fit_statistics import fit_statistics, standard_error_of_tau2
from metaudit.pooling.tau2 import ESTIMATORS
from tolerances import BOUNDARY, CLOSED_FORM, ITERATIVE, Q_PROFILE

METHODS = ("FE", "DL", "HE", "HS", "SJ", "ML", "REML", "EB", "PM")
ITERATED = ("ML", "REML", "EB", "PM")
FIELDS = (
    ("estimate", "beta", "se"), ("se", "se", ""), ("ci_low", "ci_lb", "se"), ("ci_high", "ci_ub", "se"),
    ("i2", "I2", "100"), ("h2", "H2", ""), ("q", "QE", ""),
)  # fmt: skip
CRITERIA = (("log_lik", "ll"), ("deviance", "dev"), ("aic", "AIC"), ("bic", "BIC"), ("aicc", "AICc"))
EXPLAINED = {
    "k - 2 = 0": Explained(
        who_is_right="ours",
        why="with two studies Riley's interval has no degree of freedom (Higgins et al. 2009 ask for three); metafor takes "
        "one instead of none, we say that it is not defined.",
        size="a number against none",
    ),
    "empty set": Explained(
        who_is_right="both",
        why="no tau2 >= 0 is compatible with so little variation: metafor gives no limits, we give 0 and 0.",
        size="0 against none",
    ),
    "cut at 100": Explained(
        who_is_right="ours",
        why="metafor searches the upper profile-likelihood limit of tau2 up to 100 only and marks it with '>' (ub_sign); the "
        "likelihood ratio at 100 is still below its quantile.",
        size="up to sevenfold, two data sets of log odds ratios with two studies",
    ),
}


def compare(case: Case) -> Iterator[Compared]:
    """rma.uni with each method, tests z, knha and adhoc; predict, confint, fit statistics, weights."""
    if not case.usable:
        return
    for method in METHODS:
        reference = case.reference["rma"].get(method, {})
        if reference.get("z", {}).get("beta") is None:
            continue
        tol = ITERATIVE if method in ITERATED else CLOSED_FORM
        z = reference["z"]
        ours = pool(case.yi, case.vi, tau2=method, pi="normal")
        yield same_tau2(f"tau2 {method}", method, ours.tau2, theirs=z["tau2"], vi=case.vi, tolerance=tol)
        yield from inference(method, ours, z, tolerance=tol)
        yield from _prediction(case, method, reference, tol)
        for ci, test in (("hksj", "knha"), ("hksj-adhoc-se", "adhoc")):
            if reference.get(test, {}).get("se") is not None:
                modified = pool(case.yi, case.vi, tau2=method, ci=ci, pi="hksj")
                yield from inference(f"{method} {ci}", modified, {**z, **reference[test]}, tolerance=tol)
                yield from _pair(
                    "prediction interval (hksj)", f"{method} {ci}", modified, reference[test], tolerance=tol
                )
        yield from _limits(case, method, ours)
        yield from _fit_statistics(case, method, ours, tol)
        weights = case.reference.get("weights", {}).get(method)
        for i, theirs in enumerate(weights or []):
            yield of("weights", f"{method} weight {i + 1}", ours.weights[i], theirs=theirs, tolerance=tol)
    yield from _rare_standard_errors(case)


def _prediction(case: Case, method: str, reference: dict[str, Any], tol: float) -> Iterator[Compared]:
    if method == "FE":
        return
    for kind, field in (("normal", "pi"), ("t-k-2", "pi_riley")):
        ours = pool(case.yi, case.vi, tau2=method, pi=kind)
        why = "k - 2 = 0" if kind == "t-k-2" and ours.k == 2 else ""
        name = f"prediction interval ({kind})"
        yield from _pair(name, method, ours, reference["z"], field=field, tolerance=tol, explained=why)


def _pair(
    name: str,
    what: str,
    ours: Pooled,
    theirs: dict[str, Any],
    *,
    tolerance: float,
    field: str = "pi",
    explained: str = "",
) -> Iterator[Compared]:
    if theirs.get(f"{field}_lb") is None:
        return
    low, high = number(theirs[f"{field}_lb"]), number(theirs[f"{field}_ub"])
    for side, mine, limit in (("low", ours.pi_low, low), ("high", ours.pi_high, high)):
        yield of(
            name, f"{what} pi_{side}", mine, theirs=limit, tolerance=tolerance, scale=high - low, explained=explained
        )


def _limits(case: Case, method: str, ours: Pooled) -> Iterator[Compared]:
    found = case.reference.get("confint", {}).get(method) or {}
    for kind, words in (("QP", "q-profile"), ("PL", "profile-likelihood")):
        limits = found.get(kind) or {}
        if limits.get("tau2") is None:
            continue
        fit = ours if kind == "QP" else pool(case.yi, case.vi, tau2=method, tau2_ci=words)
        mine = {
            "tau2": (fit.tau2_low, fit.tau2_high),
            "tau": (math.sqrt(fit.tau2_low), math.sqrt(fit.tau2_high)),
            "I2": (fit.i2_low, fit.i2_high),
            "H2": (fit.h2_low, fit.h2_high),
        }
        mean = float(np.mean(case.vi))
        floors = {"tau2": mean, "tau": math.sqrt(mean), "I2": 100.0, "H2": 1.0}
        why = "empty set" if limits.get("null") is True else ""
        cut = "cut at 100" if kind == "PL" and limits.get("ub_sign") == ">" and fit.tau2_high > 100 else why
        for name, pair in mine.items():
            for side, value, theirs in zip(("low", "high"), pair, limits[name][1:], strict=True):
                floor = BOUNDARY * floors[name] / Q_PROFILE
                yield of(
                    f"{words} {name}", f"{method} {name}_{side}", value, theirs=theirs, tolerance=Q_PROFILE,
                    scale=max(abs(number(theirs)), floor) if theirs is not None else floor, explained=cut if side == "high" else why,
                )  # fmt: skip


def _fit_statistics(case: Case, method: str, ours: Pooled, tol: float) -> Iterator[Compared]:
    theirs = case.reference["rma"][method]["z"].get("se_tau2")
    if method != "FE" and theirs is not None:
        yield of(f"se(tau2) {method}", f"{method} se_tau2", ours.se_tau2, theirs=theirs, tolerance=tol)
    found = case.reference.get("fit_stats", {}).get(method)
    if not found:
        return
    x = np.ones((ours.k, 1))
    for kind in ("ML", "REML"):
        restricted = kind == "REML"
        statistics = fit_statistics(
            case.yi, case.vi, x, tau2=ours.tau2, restricted=restricted, estimated=method != "FE"
        )
        carried = {"log_lik", "aic", "bic", "aicc"} if restricted == (method == "REML") else set()
        for mine, field in CRITERIA:
            value = number(found[kind][field])
            yield of(
                f"fit statistics ({kind})", f"{method} {kind} {field}", getattr(ours if mine in carried else statistics, mine),
                theirs=value, tolerance=tol, scale=max(1.0, abs(value)),
            )  # fmt: skip


def _rare_standard_errors(case: Case) -> Iterator[Compared]:
    x = np.ones((len(case.yi), 1))
    for method, z in (case.reference.get("tau2_extra") or {}).items():
        if method not in ("HSk", "PMM") or z.get("se_tau2") is None:
            continue
        mine = standard_error_of_tau2(case.yi, case.vi, x, method=method, tau2=number(z["tau2"]))
        yield of(f"se(tau2) {method}", f"{method} se_tau2", mine, theirs=z["se_tau2"], tolerance=CLOSED_FORM)
        if method in ESTIMATORS:
            ours = pool(case.yi, case.vi, tau2=method)
            for field, theirs in (("estimate", "beta"), ("se", "se")):
                yield of(
                    f"{field} {method}", f"{method} {field}", getattr(ours, field), theirs=z[theirs],
                    tolerance=CLOSED_FORM, scale=z["se"],
                )  # fmt: skip
    yield from _regression_standard_errors(case)


def _regression_standard_errors(case: Case) -> Iterator[Compared]:
    """se(tau2) and the tau2 limits of meta-regressions, at metafor's own tau2."""
    for formula, model in (case.reference.get("metareg") or {}).items():
        if "X" not in model:
            continue
        used = np.array(model["used_rows"]) - 1
        yi, vi = (np.array([number(v) for v in case.reference["escalc"][c]])[used] for c in ("yi", "vi"))
        x = np.array(model["X"], dtype=float)
        if not np.all(vi > 0):
            continue
        for method in METHODS[1:]:
            z = (model.get(method) or {}).get("z") or {}
            if z.get("se_tau2") is not None:
                mine = standard_error_of_tau2(yi, vi, x, method=method, tau2=number(z["tau2"]))
                yield of(
                    "se(tau2) in meta-regression", f"{formula} {method} se_tau2", mine, theirs=z["se_tau2"],
                    tolerance=CLOSED_FORM,
                )  # fmt: skip


def inference(what: str, ours: Any, theirs: dict[str, Any], *, tolerance: float, group: str = "") -> Iterator[Compared]:
    """Estimate, standard error, limits, test and heterogeneity of one fit."""
    prefix = f"{group} " if group else ""
    se, stat = number(theirs["se"]), number(theirs["zval"])
    for name, field, relative_to in FIELDS:
        if theirs.get(field) is not None:
            value = number(theirs[field])
            scale = {"se": se or abs(number(theirs["beta"])), "100": 100.0}.get(
                relative_to, max(abs(value), 1e-3 if name in ("q", "h2") else 0.0)
            )
            yield of(
                f"{prefix}{name}", f"{what} {name}", getattr(ours, name), theirs=value, tolerance=tolerance, scale=scale
            )
    yield of(f"{prefix}stat", f"{what} stat", ours.stat, theirs=stat, tolerance=tolerance, scale=max(abs(stat), 1.0))
    yield p_of_stat(f"{prefix}p", f"{what} p", ours.p, theirs=theirs["pval"], stat=stat, tolerance=tolerance)
    if theirs.get("QEp") is not None:
        q = number(theirs["QE"])
        yield p_of_q(f"{prefix}q_p", f"{what} q_p", ours.q_p, theirs=theirs["QEp"], q=q, tolerance=CLOSED_FORM)
