"""Subgroups: each pooled alone, all with one tau2 (metafor's meta-regression on the groups), and Q between."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
from harness import Case, Compared, Explained, number, of, p_of_q, p_of_stat, same_tau2

from metaudit.pooling.subgroups import Group, Subgroups, pool_subgroups
from tolerances import CLOSED_FORM, ITERATIVE

EXPLAINED: dict[str, Explained] = {}


def compare(case: Case) -> Iterator[Compared]:
    """Everything in the section ``subgroup``."""
    if "subgroup" not in case.reference or not case.usable:
        return
    found = case.reference["subgroup"]
    labels = np.array([case.rows[i][found["variable"]] for i in case.used])
    keep = ~np.isin(labels, ["", "NA"])
    yi, vi, labels = case.yi[keep], case.vi[keep], labels[keep]
    for method in ("FE", "DL", "REML"):
        theirs = found.get(method, {})
        tolerance = ITERATIVE if method == "REML" else CLOSED_FORM
        if theirs.get("separate"):
            ours = pool_subgroups(yi, vi, labels, tau2=method)
            yield from _separate(ours, theirs, vi, method=method, tolerance=tolerance)
        if "common_tau2" in theirs:
            ours = pool_subgroups(yi, vi, labels, tau2=method, common_tau2=True)
            yield from _common(ours, theirs["common_tau2"], found["levels"], vi, method=method, tolerance=tolerance)


def _separate(
    ours: Subgroups, theirs: dict[str, Any], vi: np.ndarray, *, method: str, tolerance: float
) -> Iterator[Compared]:
    groups = {g.level: g for g in ours.groups}
    for reference in theirs["separate"]:
        if reference is None or reference.get("beta") is None:
            continue
        g, what, se = groups[str(reference["level"])], f"{method} {reference['level']}", number(reference["se"])
        name = "subgroups, iterated tau2" if method == "REML" else "subgroups, closed-form tau2"
        yield of(f"{name}: k", f"{what} k", g.k, theirs=reference["k"], tolerance=0.0)
        yield same_tau2(
            f"subgroup tau2 {method}", f"{what} tau2", g.tau2, theirs=reference["tau2"], vi=vi, tolerance=tolerance
        )
        for field, theirs_field in (("estimate", "beta"), ("se", "se"), ("ci_low", "ci_lb"), ("ci_high", "ci_ub")):
            yield of(
                f"{name}: estimate", f"{what} {field}", getattr(g, field), theirs=reference[theirs_field],
                tolerance=tolerance, scale=se,
            )  # fmt: skip
        stat, q = number(reference["beta"]) / se, number(reference["QE"])
        yield p_of_stat(f"{name}: P", f"{what} P", g.p, theirs=reference["pval"], stat=stat, tolerance=tolerance)
        if reference.get("I2") is not None and g.k > 1:
            yield of(f"{name}: I2", f"{what} I2", g.i2, theirs=reference["I2"], tolerance=tolerance, scale=100.0)
        yield of(f"{name}: Q", f"{what} Q", g.q, theirs=q, tolerance=CLOSED_FORM, scale=max(q, 1e-3))
        yield p_of_q(f"{name}: Q", f"{what} Q P", g.q_p, theirs=reference["QEp"], q=q, tolerance=CLOSED_FORM)
    between = theirs.get("Q_between_separate")
    if between and all(r is not None for r in theirs["separate"]):
        q = number(between["Q"])
        yield of(f"Q between {method}", f"{method} Q between", ours.q, theirs=q, tolerance=tolerance, scale=max(q, 1.0))
        yield of(f"Q between {method}", f"{method} df between", ours.df, theirs=between["df"], tolerance=0.0)
        yield p_of_q(
            f"Q between {method}", f"{method} P between", ours.p, theirs=between["p"], q=q, tolerance=tolerance
        )


def _common(
    ours: Subgroups, theirs: dict[str, Any], order: list[str], vi: np.ndarray, *, method: str, tolerance: float
) -> Iterator[Compared]:
    """metafor's coefficients are differences from its first group."""
    groups: dict[str, Group] = {g.level: g for g in ours.groups}
    name, beta, se = f"subgroups with one tau2, {method}", theirs["beta"], number(theirs["se"][0])
    first, q = groups[order[0]], number(theirs["QM"])
    yield same_tau2(
        f"{name}: tau2", f"{method} common tau2", first.tau2, theirs=theirs["tau2"], vi=vi, tolerance=tolerance
    )
    for i, level in enumerate(order):
        mean = number(beta[0]) + (number(beta[i]) if i else 0.0)
        what = f"{method} one tau2, {level}"
        yield of(
            f"{name}: estimate", f"{what} estimate", groups[level].estimate, theirs=mean, tolerance=tolerance, scale=se
        )
        variance = number(theirs["vb"][0][0])
        if i:
            variance += number(theirs["vb"][i][i]) + 2 * number(theirs["vb"][0][i])
        yield of(f"{name}: estimate", f"{what} se", groups[level].se, theirs=math.sqrt(variance), tolerance=tolerance)
    residual = sum(g.q for g in ours.groups)
    yield of(f"{name}: Q", f"{method} Q within", residual, theirs=theirs["QE"], tolerance=CLOSED_FORM)
    yield of(f"{name}: Q", f"{method} Q within df", ours.q_within_df, theirs=theirs["QE_df"], tolerance=0.0)
    yield of(f"{name}: QM", f"{method} QM", ours.q, theirs=q, tolerance=tolerance, scale=max(q, 1.0))
    yield of(f"{name}: QM", f"{method} QM df", ours.df, theirs=theirs["QMdf"][0], tolerance=0.0)
    yield p_of_q(f"{name}: QM", f"{method} QM P", ours.p, theirs=theirs["QMp"], q=q, tolerance=tolerance)
