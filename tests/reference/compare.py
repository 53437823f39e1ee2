"""Our numbers beside metafor's, as a list of differences: used on the vendored data sets and on any folder of them."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from vendor import VARIANTS

from metaudit.effects import effect_sizes
from metaudit.effects.compute import compute_effects
from metaudit.effects.convert import convert
from metaudit.effects.frame import rows_of_frame
from metaudit.pooling import Pooled, pool
from metaudit.pooling.counts import mantel_haenszel, peto_pooled
from metaudit.pooling.glmm import glmm, log_likelihood
from tolerances import BOUNDARY, CLOSED_FORM, EFFECT_SIZE, GLMM_FIT, ILL_CONDITIONED, ITERATIVE, LIKELIHOOD, Q_PROFILE

SMALLEST = 1e-300  # below it, P values lose their digits one by one
ITERATED = ("ML", "REML", "EB", "PM")


@dataclass(frozen=True)
class Compared:
    """One number twice, with the size that makes their difference relative."""

    what: str
    ours: float
    theirs: float
    scale: float
    tolerance: float

    @property
    def error(self) -> float:
        """Difference over scale; 0 for equal infinities, inf when only one of the two is defined."""
        if self.ours == self.theirs:
            return 0.0
        gap = abs(self.ours - self.theirs) / self.scale if self.scale else math.inf
        return gap if math.isfinite(gap) else math.inf

    @property
    def differs(self) -> bool:
        """Whether the difference is more than computing accounts for."""
        return self.error > self.tolerance

    def __str__(self) -> str:
        """For the failure message."""
        return f"{self.what}: ours {self.ours!r}, metafor {self.theirs!r} ({self.error:.2g} > {self.tolerance:g})"


def number(value: Any) -> float:
    """A number of the JSON files: null is not defined, Inf is spelled out."""
    return math.nan if value is None else float(value)


def _of(what: str, ours: float, theirs: Any, tolerance: float, scale: float | None = None) -> Compared:
    t = number(theirs)
    return Compared(what, ours, t, abs(t) if scale is None else scale, tolerance)


def table_of(content: dict[str, Any]) -> pd.DataFrame:
    """The data set's table, one row a study."""
    table = pd.DataFrame(content["table"])
    table.insert(0, "study", [f"study {i + 1}" for i in range(len(table))])
    return table


def effects(content: dict[str, Any], code: str) -> Iterator[Compared]:
    """yi and vi of one measure and of its variants."""
    found = content["measures"][code]
    for name, reference in [("", found["escalc"]), *found.get("variants", {}).items()]:
        ours = effect_sizes(table_of(content), measure=code, **VARIANTS.get(name, {}))
        usable = np.array([_usable(y, v) for y, v in zip(reference["yi"], reference["vi"], strict=True)])
        for i in np.flatnonzero(usable):
            for column in ("yi", "vi"):
                what = f"{code} {name} {column} of study {i + 1}".replace("  ", " ")
                theirs = number(reference[column][i])
                yield _of(
                    what,
                    float(ours[column].iloc[i]),
                    theirs,
                    EFFECT_SIZE,
                    max(abs(theirs), 1e-3 if column == "yi" else 0),
                )
        for i in np.flatnonzero(~usable):
            yield Compared(
                f"{code} {name} study {i + 1} is set aside", float(ours["yi"].notna().iloc[i]), 0.0, 1.0, 0.0
            )


def _usable(y: Any, v: Any) -> bool:
    return math.isfinite(number(y)) and math.isfinite(number(v)) and number(v) > 0


def arrays(found: dict[str, Any], used: list[int] | None = None) -> tuple[np.ndarray, np.ndarray] | None:
    """yi and vi of the studies that metafor pooled; None when one of them has a variance of 0, which we refuse."""
    rows = np.array(used or found["used"]) - 1
    yi, vi = (np.array([number(x) for x in found["escalc"][c]])[rows] for c in ("yi", "vi"))
    return (yi, vi) if np.all(np.isfinite(yi) & np.isfinite(vi) & (vi > 0)) else None


def _same_tau2(what: str, ours: float, theirs: float, vi: np.ndarray, tolerance: float) -> Compared:
    if max(ours, theirs) < BOUNDARY * float(np.mean(vi)):
        return Compared(what, 0.0, 0.0, 1.0, tolerance)
    return _of(what, ours, theirs, tolerance)


def fits(found: dict[str, Any]) -> Iterator[Compared]:
    """Every estimator of tau2, every test: estimate, interval, heterogeneity, prediction interval, Q-profile."""
    data = arrays(found)
    if data is None:
        return
    for method, reference in found["rma"].items():
        tol = ITERATIVE if method in ITERATED else CLOSED_FORM
        z = reference["z"]
        ours = pool(*data, tau2=method, pi="normal")
        yield _same_tau2(f"{method} tau2", ours.tau2, number(z["tau2"]), data[1], tol)
        yield from _inference(method, ours, z, tol)
        if "pi_lb" in z and method != "FE":
            yield _of(
                f"{method} pi_low (normal)", ours.pi_low, z["pi_lb"], tol, number(z["pi_ub"]) - number(z["pi_lb"])
            )
        if "pi_riley_lb" in z and method != "FE" and ours.k > 2:  # k = 2 leaves no degree of freedom; metafor takes 1
            riley = pool(*data, tau2=method, pi="t-k-2")
            yield _of(
                f"{method} pi_low (t, k - 2)",
                riley.pi_low,
                z["pi_riley_lb"],
                tol,
                number(z["pi_riley_ub"]) - number(z["pi_riley_lb"]),
            )
        for ci, test in (("hksj", "knha"), ("hksj-adhoc-se", "adhoc")):
            if test in reference and method != "FE":
                yield from _inference(f"{method} {ci}", pool(*data, tau2=method, ci=ci), reference[test], tol)
        for name, low, high in (("tau2", ours.tau2_low, ours.tau2_high), ("I2", ours.i2_low, ours.i2_high)):
            if name in found.get("q_profile", {}).get(method, {}):
                yield from _limits(f"{method} Q-profile {name}", low, high, found["q_profile"][method][name], data[1])


def _limits(what: str, low: float, high: float, reference: list[Any], vi: np.ndarray) -> Iterator[Compared]:
    floor = BOUNDARY * (float(np.mean(vi)) if what.endswith("tau2") else 100)
    for side, ours, theirs in (("low", low, number(reference[1])), ("high", high, number(reference[2]))):
        if math.isnan(theirs):
            continue  # metafor gives no limit when the whole set is empty; ours is then 0
        yield _of(f"{what} {side}", ours, theirs, Q_PROFILE, max(abs(theirs), floor / Q_PROFILE))


def _inference(what: str, ours: Pooled, theirs: dict[str, Any], tol: float) -> Iterator[Compared]:
    se = number(theirs["se"])
    for name, field, scale in (
        ("estimate", "beta", se), ("se", "se", None), ("ci_low", "ci_lb", se), ("ci_high", "ci_ub", se),
        ("i2", "I2", 100.0), ("h2", "H2", None), ("q", "QE", None),
    ):  # fmt: skip
        if field in theirs:
            yield _of(
                f"{what} {name}",
                getattr(ours, name),
                theirs[field],
                tol,
                scale or max(abs(number(theirs[field])), 1e-3),
            )
    stat = number(theirs["zval"])
    yield _of(f"{what} stat", ours.stat, stat, tol, max(abs(stat), 1.0))
    yield _of(f"{what} p", ours.p, theirs["pval"], tol * (1 + stat**2))  # d log p = -z dz in the tail
    if "QEp" in theirs:
        yield _of(f"{what} q_p", ours.q_p, theirs["QEp"], CLOSED_FORM * (1 + number(theirs["QE"])))


def counts(content: dict[str, Any], code: str) -> Iterator[Compared]:
    """Mantel-Haenszel and Peto from the counts themselves."""
    found = content["measures"][code]
    for name, function in (("mh", mantel_haenszel), ("peto", peto_pooled)):
        if name in found:
            ours = function(compute_effects([convert(r) for r in rows_of_frame(table_of(content))], code))
            yield from _inference(f"{code} {name}", ours, found[name], CLOSED_FORM)


def mixed_models(content: dict[str, Any], code: str) -> Iterator[Compared]:
    """The generalised linear mixed models of rates and of one group."""
    found = content["measures"][code]
    if "glmm" in found:
        data = compute_effects([convert(r) for r in rows_of_frame(table_of(content))], code)
        ours, theirs = glmm(data), found["glmm"]
        se, c = number(theirs["se"]), data.cells
        yield _of(f"{code} glmm estimate", ours.estimate, theirs["beta"], GLMM_FIT, se)
        yield _of(f"{code} glmm se", ours.se, se, GLMM_FIT)
        yield _of(f"{code} glmm tau2", ours.tau2, theirs["tau2"], GLMM_FIT, max(number(theirs["tau2"]), 1.0))
        if code == "IRR":
            x, n, offset = c["events_t"], c["events_t"] + c["events_c"], np.log(c["time_t"] / c["time_c"])
        else:
            x, n, offset = c["events"], c["n"], np.zeros(ours.k)
        heights = [
            log_likelihood(b, math.sqrt(t), x, n, offset)
            for b, t in ((ours.estimate, ours.tau2), (theirs["beta"], theirs["tau2"]))
        ]
        yield Compared(f"{code} glmm is at least as likely", min(0.0, heights[0] - heights[1]), 0.0, 1.0, LIKELIHOOD)


def subgroups(found: dict[str, Any]) -> Iterator[Compared]:
    """Each group pooled alone, and Q between the pooled results."""
    data = arrays(found)
    if data is None or "subgroup" not in found:
        return
    groups = np.array(found["subgroup"]["groups"])[np.array(found["used"]) - 1]
    for method in ("FE", "DL", "REML"):
        separate = found["subgroup"].get(method, {}).get("separate") or []
        tol = ITERATIVE if method in ITERATED else CLOSED_FORM
        pooled = []
        for reference in separate:
            mask = groups == str(reference["level"])
            if not mask.any() or number(reference.get("beta")) != number(reference.get("beta")):
                continue
            ours = pool(data[0][mask], data[1][mask], tau2=method)
            pooled.append(ours)
            what, se = f"{method} subgroup {reference['level']}", number(reference["se"])
            yield _same_tau2(f"{what} tau2", ours.tau2, number(reference["tau2"]), data[1], tol)
            yield _of(f"{what} estimate", ours.estimate, reference["beta"], tol, se)
            yield _of(f"{what} ci_low", ours.ci_low, reference["ci_lb"], tol, se)
            yield _of(f"{what} k", ours.k, reference["k"], 0.0)
        between = found["subgroup"].get(method, {}).get("between")
        if between and len(pooled) == len(separate) > 1:
            q = pool([p.estimate for p in pooled], [p.se**2 for p in pooled], tau2="FE")
            yield _of(f"{method} Q between", q.q, between["Q"], tol, max(number(between["Q"]), 1.0))
            yield _of(f"{method} df between", q.q_df, between["df"], 0.0)


def regressions(found: dict[str, Any]) -> Iterator[Compared]:
    """Meta-regressions: every coefficient, the omnibus test, residual heterogeneity and R²."""
    for formula, model in found.get("metareg", {}).items():
        data = arrays(found, model["used"])
        if data is None:
            continue
        mods = np.array(model["X"], dtype=float)[:, 1:]
        worst = np.linalg.cond(np.array(model["X"], dtype=float))
        for method, reference in model["fits"].items():
            tol = ITERATIVE if method in ITERATED else CLOSED_FORM
            tol = max(tol, ILL_CONDITIONED) if worst > 1e3 else tol
            what = f"{formula} {method}"
            ours = pool(*data, tau2=method, mods=mods)
            yield _same_tau2(f"{what} tau2", ours.tau2, number(reference["z"]["tau2"]), data[1], tol)
            for name, field in (("i2", "I2"), ("q", "QE")):
                yield _of(
                    f"{what} {name}",
                    getattr(ours, name),
                    reference["z"][field],
                    tol,
                    max(number(reference["z"][field]), 1.0),
                )
            without = found["rma"][method]["z"]["tau2"] if method in found["rma"] else 0.0
            if method != "FE" and "R2" in reference["z"] and number(without) > BOUNDARY * np.mean(data[1]):  # else 0/0
                yield _of(f"{what} R2", ours.r2, reference["z"]["R2"], tol, 100.0)
            yield from _regression(what, ours, reference["z"], tol)
            if "knha" in reference and method != "FE":
                theirs = {"beta": reference["z"]["beta"], **reference["knha"]}
                yield from _regression(f"{what} hksj", pool(*data, tau2=method, mods=mods, ci="hksj"), theirs, tol)


def _regression(what: str, ours: Pooled, theirs: dict[str, Any], tol: float) -> Iterator[Compared]:
    for i, c in enumerate(ours.coefficients):
        se, stat = number(theirs["se"][i]), number(theirs["zval"][i])
        yield _of(
            f"{what} coefficient {c.term}", c.estimate, theirs["beta"][i], tol, max(se, abs(number(theirs["beta"][i])))
        )
        yield _of(f"{what} se of {c.term}", c.se, se, tol)
        yield _of(
            f"{what} ci_high of {c.term}", c.ci_high, theirs["ci_ub"][i], tol, max(se, abs(number(theirs["beta"][i])))
        )
        yield _of(f"{what} p of {c.term}", c.p, theirs["pval"][i], tol * (1 + stat**2))
    yield _of(f"{what} QM", ours.qm, theirs["QM"], tol, max(number(theirs["QM"]), 1.0))
    yield _of(
        f"{what} QM p", ours.qm_p, theirs["QMp"], tol * (1 + number(theirs["QM"])), max(number(theirs["QMp"]), SMALLEST)
    )


def everything(content: dict[str, Any]) -> Iterator[Compared]:
    """All comparisons of one data set."""
    for code, found in content["measures"].items():
        for part in (
            effects(content, code),
            fits(found),
            counts(content, code),
            mixed_models(content, code),
            subgroups(found),
            regressions(found),
        ):
            for c in part:
                yield Compared(f"{content['unit']} {code}: {c.what}", c.ours, c.theirs, c.scale, c.tolerance)
