"""What a figure draws from, made from a few effects by the library's own functions, without files."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.lines import Line2D

from metaudit.diagnostics.baujat import baujat
from metaudit.diagnostics.influence import influence
from metaudit.diagnostics.small_study.trimfill import trim_fill
from metaudit.errors import DataError
from metaudit.figures.inputs import AnalysisInput
from metaudit.figures.scene import Scene
from metaudit.files import cell
from metaudit.measures import measure_of
from metaudit.pooling.pool import pool

LONG = "A multicentre randomised double-blind placebo-controlled trial of something"
UNICODE = "Łukaszewski–Ångström, 佐藤 & Þórðarson ½"


def drawn_input(
    yi: Sequence[float],
    vi: Sequence[float],
    *,
    measure: str = "GEN",
    tau2: str = "DL",
    ci: str = "wald",
    labels: Sequence[str] = (),
    moderators: Mapping[str, Sequence[float]] | None = None,
    columns: Mapping[str, Sequence[float]] | None = None,
    title: str = "An analysis",
) -> AnalysisInput:
    """An analysis pooled by inverse variances (``tau2`` FE or an estimator), with everything around it.

    ``columns`` are further columns of effects.csv (``events_t`` ...), ``moderators`` those of the regression.
    """
    names = list(labels) or [f"Study {i}" for i in range(len(yi))]
    m = measure_of(measure)
    fit = pool(yi, vi, tau2=None if tau2 == "FE" else tau2, ci=ci, mods=moderators)
    rows = [str(i + 2) for i in range(len(yi))]
    extra = {**(columns or {}), **{f"x_{n}": v for n, v in (moderators or {}).items()}}
    effects = [
        {"analysis": "main", "row": row, "study": name, "measure": measure, "yi": repr(float(y)), "vi": repr(float(v)),
         **{c: cell(float(values[i])) for c, values in extra.items()}}
        for i, (row, name, y, v) in enumerate(zip(rows, names, yi, vi, strict=True))
    ]  # fmt: skip
    primary = {n: cell(getattr(fit, n)) for n in ("tau2", "q", "q_df", "i2", "level", "k", "p", "stat")}
    primary |= {f"{n}_yi": cell(getattr(fit, n)) for n in ("estimate", "ci_low", "ci_high")}
    primary |= {"analysis": "main", "role": "primary", "measure": measure, "model": fit.model, "ci_method": ci}
    primary |= {"tau2_method": fit.tau2_method}
    return AnalysisInput(
        review="made",
        analysis="main",
        title=title,
        measure=m,
        described={"moderators": list(moderators or ())},
        effects=effects,
        pooled=[primary],
        weights=[{"row": r, "weight": cell(w)} for r, w in zip(rows, fit.weights, strict=True)],
        influence=_influence(rows, yi, vi, tau2=tau2, mods=moderators),
        small_study=[]
        if moderators
        else _small_study(yi, vi, tau2=tau2, to_natural=m.to_natural if measure != "PFT" else float),
        regression=_regression(fit, yi, vi, moderators, tau2=tau2, ci=ci),
    )


def _influence(rows: Sequence[str], yi: Any, vi: Any, *, tau2: str, mods: Any) -> list[dict[str, str]]:
    found = influence(yi, vi, tau2=tau2, mods=mods)
    places = baujat(yi, vi, tau2=tau2, mods=mods)
    out = []
    for row, values, x, y in zip(rows, found.to_rows(), places.contribution, places.influence, strict=True):
        limits = {f"{n}_limit": v for n, v in found.limits.items()}
        cells = {**values, **limits, "baujat_x": x, "baujat_y": y}
        out.append({"row": row, **{k: cell(v) for k, v in cells.items()}})
    return out


def _small_study(yi: Any, vi: Any, *, tau2: str, to_natural: Any) -> list[dict[str, str]]:
    try:
        t = trim_fill(yi, vi, method=tau2)
    except DataError:
        return [{"test": "trim-fill-L0", "filled": "", "note": "not defined"}]
    row = {"test": "trim-fill-L0", "k": str(t.k), "filled": str(t.k0), "estimate_yi": cell(t.pooled.estimate)}
    row |= {n: cell(to_natural(getattr(t.pooled, n))) for n in ("estimate", "ci_low", "ci_high")}
    row |= {f"filled_{n}": "; ".join(map(cell, v)) for n, v in (("yi", t.fill_yi), ("vi", t.fill_vi))}
    egger = {"test": "egger", "stat": "-1.4", "df": str(t.k - 2), "p": "0.19"}
    return [row, egger]


def _regression(fit: Any, yi: Any, vi: Any, mods: Any, *, tau2: str, ci: str) -> list[dict[str, str]]:
    if not mods:
        return []
    x = np.column_stack([np.ones(len(yi)), *mods.values()])
    w = 1 / (np.asarray(vi) + fit.tau2)
    covariance = np.linalg.inv(x.T @ (x * w[:, None]))
    shared = {n: cell(getattr(fit, n)) for n in ("tau2", "r2", "qm", "qm_df", "qm_p", "q", "q_df", "q_p")}
    return [
        {"term": c.term, "coef": repr(c.estimate), **{n: cell(getattr(c, n)) for n in ("se", "p", "ci_low", "ci_high")}, **shared,
         "covariance": "; ".join(repr(float(v)) for v in row), "quantile": "1.959963985"}
        for c, row in zip(fit.coefficients, covariance, strict=True)
    ]  # fmt: skip


def many(k: int, *, measure: str = "RR", seed: int = 1, label: str = "Study {}") -> AnalysisInput:
    """An analysis of ``k`` studies that differ in size and effect."""
    generator = np.random.default_rng(seed)
    vi = np.exp(generator.uniform(-5.5, -0.5, k))
    yi = -0.3 + generator.normal(0, 0.25, k) + generator.normal(0, 1, k) * np.sqrt(vi)
    if measure in ("PR", "PAS", "PFT", "RD", "AS"):
        yi, vi = 0.4 + 0.2 * yi, vi / 50
    return drawn_input(yi, vi, measure=measure, labels=[label.format(i) for i in range(k)])


def counts(k: int, *, measure: str, seed: int = 1, low: float = 0.05, high: float = 0.6) -> AnalysisInput:
    """An analysis of event counts in two arms; its effects are those of the counts with half an event added."""
    generator = np.random.default_rng(seed)
    n_t, n_c = generator.integers(20, 900, k), generator.integers(20, 900, k)
    risk = generator.uniform(low, high, k)
    e_t, e_c = generator.binomial(n_t, 0.7 * risk), generator.binomial(n_c, risk)
    a, b, c, d = e_t + 0.5, n_t - e_t + 0.5, e_c + 0.5, n_c - e_c + 0.5
    yi, vi = np.log(a * d / (b * c)), 1 / a + 1 / b + 1 / c + 1 / d
    if measure == "RR":
        yi, vi = np.log(a / (a + b) * (c + d) / c), 1 / a - 1 / (a + b) + 1 / c - 1 / (c + d)
    elif measure == "RD":
        yi, vi = a / (a + b) - c / (c + d), a * b / (a + b) ** 3 + c * d / (c + d) ** 3
    elif measure == "AS":
        yi, vi = np.arcsin(np.sqrt(a / (a + b))) - np.arcsin(np.sqrt(c / (c + d))), 0.25 / (a + b) + 0.25 / (c + d)
    columns = {"events_t": e_t, "n_t": n_t, "events_c": e_c, "n_c": n_c}
    return drawn_input(yi, vi, measure=measure, columns=columns)


def mark_boxes(figure: Any) -> list[tuple[float, float, float, float]]:
    """Left, top, right, bottom of every mark drawn with ``Sheet.marks``, in points."""
    boxes = []
    for artist in figure.artists:
        if isinstance(artist, Line2D) and artist.get_linestyle() == "None":
            r = artist.get_markersize() / 2
            boxes += [(x - r, y - r, x + r, y + r) for x, y in artist.get_xydata()]
    return boxes


def labels_over_marks(view: Any) -> list[str]:
    """Names of studies written over a mark."""
    boxes = mark_boxes(view.figure)
    over = []
    for artist in view.texts():
        if "label-" in (artist.get_gid() or ""):
            a = view.box(artist)
            if any(min(a[2], b[2]) - max(a[0], b[0]) > 0.3 and min(a[3], b[3]) - max(a[1], b[1]) > 0.3 for b in boxes):
                over.append(artist.get_text())
    return over


def places(figure: Any, name: str) -> list[tuple[float, float]]:
    """Where the marks of one name stand, in points."""
    drawn = figure.as_matplotlib() if isinstance(figure, Scene) else figure
    (artist,) = [a for a in drawn.artists if a.get_gid() == name]
    return [tuple(map(float, p)) for p in artist.get_xydata()]


def finite(rows: Sequence[Mapping[str, Any]]) -> bool:
    """Whether no number of a figure's data is infinite or nan (an empty cell is said by leaving it out)."""
    return all(math.isfinite(v) for r in rows for v in r.values() if isinstance(v, float))
