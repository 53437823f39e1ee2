"""Which specifications give which of the printed numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import ndtri

from metaudit.effects.formulas import back_double_arcsine
from metaudit.effects.zero_cells import Floats
from metaudit.measures import measure_of
from metaudit.search.results import Results
from metaudit.search.targets import Target, inside
from metaudit.specs import Spec

_EFFECTS = frozenset(("estimate", "ci_low", "ci_high", "pi_low", "pi_high"))
_STUDY = frozenset(("study_estimate", "study_ci_low", "study_ci_high", "study_se", "study_variance", "weight"))
_STUDY_EFFECTS = frozenset(("study_estimate", "study_ci_low", "study_ci_high"))


@dataclass(frozen=True)
class Matched:
    """``t`` targets against ``s`` specifications.

    Attributes
    ----------
    targets, specs : in their order
    values : our value on each target's scale, shape ``(t, s)``; NaN where it is not defined
    hits : whether it rounds to the printed number
    cuts : whether it gives it only when digits are cut
    unknown : names of targets whose quantity the arrays do not hold; they have no row
    """

    targets: tuple[Target, ...]
    specs: tuple[Spec, ...]
    values: Floats
    hits: Any
    cuts: Any
    unknown: tuple[str, ...] = ()

    @property
    def margins(self) -> Floats:
        """Signed distance of every value to the nearest end of its target's interval, shape ``(t, s)``.

        Positive inside, negative outside, on the target's scale (``Interval.distance``); NaN where a value is not defined.
        """
        low = np.array([t.window.low for t in self.targets])[:, None]
        high = np.array([t.window.high for t in self.targets])[:, None]
        return np.asarray(np.minimum(self.values - low, high - self.values))

    def row(self, name: str) -> int | None:
        """The row of a target; None when it has none."""
        return next((i for i, t in enumerate(self.targets) if t.name == name), None)


def match(targets: Sequence[Target], results: Results) -> Matched:
    """Compare every target with every specification.

    Parameters
    ----------
    targets : printed numbers of one analysis
    results : its specifications, evaluated
    """
    known, rows = [], []
    for t in targets:
        values = target_values(t, results)
        if values is not None:
            known.append(t)
            rows.append(values)
    values = np.array(rows) if rows else np.empty((0, len(results.specs)))
    hits = np.array([inside(v, t.window) for t, v in zip(known, values, strict=True)], dtype=bool)
    cuts = np.array(
        [
            inside(v, t.cut) & ~inside(v, t.window) if t.cut is not None else np.zeros(v.size, dtype=bool)
            for t, v in zip(known, values, strict=True)
        ],
        dtype=bool,
    )
    shape = (len(known), len(results.specs))
    unknown = tuple(t.name for t in targets if t not in known)
    return Matched(tuple(known), results.specs, values, hits.reshape(shape), cuts.reshape(shape), unknown)


def target_values(target: Target, results: Results) -> Floats | None:
    """Our value of one target under every specification, on its scale; None when the arrays do not hold it."""
    if target.quantity in _STUDY:
        return _of_study(target, results)
    if target.quantity in ("subgroup_q", "subgroup_p") and not target.subject:
        found = results.subgroup_q if target.quantity == "subgroup_q" else results.subgroup_p
        return found if np.isfinite(found).any() else None
    part = results
    if target.subject:
        if target.subject not in results.groups:
            return None
        part = results.groups[target.subject]
    if target.quantity == "tau":
        return np.sqrt(part.values["tau2"])
    if target.quantity not in part.values:
        return None
    found = part.values[target.quantity]
    return to_natural(found, part) if target.natural and target.quantity in _EFFECTS else found


def to_natural(values: Floats, results: Results) -> Floats:
    """Values of the analysis scale on the natural scale, each by the measure of its specification; shape ``(s,)``."""
    codes = np.array([s.measure for s in results.specs])
    out = np.array(values, dtype=float)
    for code in sorted(set(codes)):
        at = codes == code
        out[at] = back(out[at], code, results.typical_n[at])
    return out


def back(x: Floats, code: str, typical_n: Any = np.nan) -> Floats:
    """The way back from the analysis scale of a measure, for arrays (``Measure.to_natural``)."""
    scale = measure_of(code).scale
    with np.errstate(over="ignore", invalid="ignore"):
        if scale == "log":
            return np.exp(x)
        if scale == "logit":
            return np.asarray(1 / (1 + np.exp(-x)))
        if scale == "z":
            return np.tanh(x)
        if scale == "arcsine":
            return np.asarray(np.sin(np.clip(x, 0, np.pi / 2)) ** 2)
        if scale == "double arcsine":
            natural = back_double_arcsine(np.nan_to_num(x, nan=0.1), np.nan_to_num(typical_n, nan=1.0))
            return np.where(np.isnan(x), np.nan, natural)
    return x


def back_one(x: Floats, code: str) -> Floats:
    """The way back for effects of single studies: a double arcsine by the plain sine, as ``Measure.to_natural`` has it."""
    return np.asarray(np.sin(np.clip(x, 0, np.pi / 2)) ** 2) if code == "PFT" else back(x, code)


def _of_study(target: Target, results: Results) -> Floats | None:
    places = [
        i
        for i, (line, label) in enumerate(zip(results.lines, results.labels, strict=True))
        if target.subject in (label, f"row {line}")
    ]
    if len(places) != 1:
        return None
    i = places[0]
    if target.quantity == "weight":
        return np.asarray(results.weights[:, i])
    y, v = results.yi[:, i], results.vi[:, i]
    if target.quantity in ("study_se", "study_variance"):
        return np.asarray(np.sqrt(v) if target.quantity == "study_se" else v)
    sign = {"study_estimate": 0.0, "study_ci_low": -1.0, "study_ci_high": 1.0}[target.quantity]
    z = ndtri(0.5 + np.array([_level(target, s) for s in results.specs]) / 2)
    x = y + sign * z * np.sqrt(v)
    if not target.natural:
        return np.asarray(x)
    codes = np.array([s.measure for s in results.specs])
    out = np.array(x)
    for code in sorted(set(codes)):
        at = codes == code
        out[at] = back_one(x[at], code)
    return out


def _level(target: Target, spec: Spec) -> float:
    return target.level if target.level is not None else spec.level
