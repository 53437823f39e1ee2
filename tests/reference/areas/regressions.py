"""Meta-regressions: design, every coefficient, omnibus test, residual heterogeneity, R², Q-profile limits of tau2."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
from harness import Case, Compared, Explained, number, numbers, of, p_of_q, p_of_stat, same_tau2

from metaudit.pooling import Pooled, pool
from metaudit.pooling.regression_design import factor_columns
from tolerances import BOUNDARY, CLOSED_FORM, ILL_CONDITIONED, ITERATIVE, Q_PROFILE

ITERATED = ("ML", "REML", "EB", "PM")
CONDITIONED = 1e3  # condition number of the design from which metafor, which takes it as it is, loses digits
METHODS = ("FE", "DL", "HE", "HS", "SJ", "ML", "REML", "EB", "PM")
EXPLAINED: dict[str, Explained] = {}


def compare(case: Case) -> Iterator[Compared]:
    """Everything in the section ``metareg``."""
    for formula, model in case.reference.get("metareg", {}).items():
        rows = np.array(model["used_rows"], dtype=int) - 1
        yi, vi = (numbers(case.reference["escalc"][c])[rows] for c in ("yi", "vi"))
        x = np.array(model["X"], dtype=float)
        yield from _design(case, formula, rows, x)
        if not np.all(np.isfinite(yi) & np.isfinite(vi) & (vi > 0)):
            continue
        for method in METHODS:
            if method in model and not model[method]["z"].get("error"):
                without = (
                    case.reference["rma"].get(method, {}).get("z", {}).get("tau2")
                    if rows.size == case.yi.size
                    else None
                )
                yield from _model(f"{formula} {method}", method, model[method], yi, vi=vi, x=x, without=without)


def _design(case: Case, formula: str, rows: np.ndarray, x: np.ndarray) -> Iterator[Compared]:
    """Our coding of the formula's terms against R's model matrix."""
    columns: dict[str, np.ndarray] = {}
    for term in (t.strip() for t in formula.strip("~ ").split("+")):
        name = term.removeprefix("factor(").removesuffix(")")
        values = [case.rows[i][name] for i in rows]
        columns |= factor_columns(values, name=name) if term != name else {name: np.array(values, dtype=float)}
    ours = np.column_stack([np.ones(rows.size), *columns.values()])
    yield of("design", f"{formula} columns", ours.shape[1], theirs=x.shape[1], tolerance=0.0)
    if ours.shape == x.shape:
        for j in range(x.shape[1]):
            gap = float(np.abs(ours[:, j] - x[:, j]).max())
            yield of(
                "design", f"{formula} column {j}", gap, theirs=0.0, tolerance=1e-12, scale=float(np.abs(x[:, j]).max())
            )


def _model(
    what: str, method: str, theirs: dict[str, Any], yi: np.ndarray, *, vi: np.ndarray, x: np.ndarray, without: Any
) -> Iterator[Compared]:
    tolerance = ITERATIVE if method in ITERATED else CLOSED_FORM
    if np.linalg.cond(x) > CONDITIONED:
        tolerance = max(tolerance, ILL_CONDITIONED)
    z, name = theirs["z"], "regression, iterated tau2" if method in ITERATED else "regression, closed-form tau2"
    ours = pool(yi, vi, tau2=method, mods=x[:, 1:])
    yield same_tau2(
        f"regression tau2 {method}", f"{what} tau2", ours.tau2, theirs=z["tau2"], vi=vi, tolerance=tolerance
    )
    for field, key in (("i2", "I2"), ("h2", "H2"), ("q", "QE")):
        t = number(z[key])
        yield of(
            f"{name}: Q, I2, H2",
            f"{what} {field}",
            getattr(ours, field),
            theirs=t,
            tolerance=tolerance,
            scale=max(t, 1.0),
        )
    q = number(z["QE"])
    yield p_of_q(f"{name}: Q, I2, H2", f"{what} P of Q", ours.q_p, theirs=z["QEp"], q=q, tolerance=CLOSED_FORM)
    yield of(f"{name}: Q, I2, H2", f"{what} df", ours.q_df, theirs=z["QE_df"], tolerance=0.0)
    if method != "FE" and z.get("R2") is not None and number(without) > BOUNDARY * np.mean(vi):  # else 0/0
        yield of(f"{name}: R2", f"{what} R2", ours.r2, theirs=z["R2"], tolerance=tolerance, scale=100.0)
    yield from _coefficients(name, what, ours, z, tolerance=tolerance)
    if theirs.get("knha") and not theirs["knha"].get("error") and method != "FE":
        knha = pool(yi, vi, tau2=method, mods=x[:, 1:], ci="hksj")
        reference = {"beta": z["beta"], **theirs["knha"]}
        yield from _coefficients(f"{name}, Knapp-Hartung", f"{what} hksj", knha, reference, tolerance=tolerance)
    if "confint" in z or "confint" in theirs:
        yield from _limits(what, ours, z.get("confint") or theirs["confint"], vi)


def _coefficients(
    name: str, what: str, ours: Pooled, theirs: dict[str, Any], *, tolerance: float
) -> Iterator[Compared]:
    for i, c in enumerate(ours.coefficients):
        se, stat, beta = (number(theirs[f][i]) for f in ("se", "zval", "beta"))
        term, size = f"{what} {c.term}", max(se, abs(beta))
        yield of(f"{name}: coefficient", f"{term} estimate", c.estimate, theirs=beta, tolerance=tolerance, scale=size)
        yield of(f"{name}: SE", f"{term} se", c.se, theirs=se, tolerance=tolerance)
        yield of(f"{name}: CI", f"{term} ci_low", c.ci_low, theirs=theirs["ci_lb"][i], tolerance=tolerance, scale=size)
        yield of(
            f"{name}: CI", f"{term} ci_high", c.ci_high, theirs=theirs["ci_ub"][i], tolerance=tolerance, scale=size
        )
        yield p_of_stat(f"{name}: P", f"{term} P", c.p, theirs=theirs["pval"][i], stat=stat, tolerance=tolerance)
    qm = number(theirs["QM"])
    yield of(f"{name}: QM", f"{what} QM", ours.qm, theirs=qm, tolerance=tolerance, scale=max(qm, 1.0))
    yield of(f"{name}: QM", f"{what} QM df", ours.qm_df, theirs=theirs["QMdf"][0], tolerance=0.0)
    yield p_of_q(f"{name}: QM", f"{what} P of QM", ours.qm_p, theirs=theirs["QMp"], q=qm, tolerance=tolerance)


def _limits(what: str, ours: Pooled, theirs: dict[str, Any], vi: np.ndarray) -> Iterator[Compared]:
    floor = BOUNDARY * float(np.mean(vi)) / Q_PROFILE
    pairs = (
        ("tau2", ours.tau2_low, ours.tau2_high, floor),
        ("I2", ours.i2_low, ours.i2_high, 100 * BOUNDARY / Q_PROFILE),
    )
    for name, low, high, smallest in pairs:
        for side, limit, reference in (("low", low, theirs[name][1]), ("high", high, theirs[name][2])):
            t = number(reference)
            if not math.isnan(t):  # metafor gives no limit when the whole set is empty; ours is then 0
                yield of(
                    "regression: Q-profile", f"{what} {name} {side}", limit, theirs=t, tolerance=Q_PROFILE,
                    scale=max(abs(t), smallest),
                )  # fmt: skip
