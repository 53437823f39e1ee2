"""Run one analysis under one specification."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from scipy.special import chdtrc

from metaudit.analyses import effects_of
from metaudit.effects.compute import Effects
from metaudit.effects.convert import Converted
from metaudit.effects.formulas import back_double_arcsine
from metaudit.errors import DataError
from metaudit.formats.review import Analysis
from metaudit.formats.select import column_name
from metaudit.pooling.counts import mantel_haenszel, peto_pooled
from metaudit.pooling.glmm import glmm
from metaudit.pooling.intervals import prediction_interval
from metaudit.pooling.pool import pool
from metaudit.pooling.result import Pooled
from metaudit.specs import COUNT_MODELS, Spec


@dataclass(frozen=True)
class Between:
    """Test of the difference between subgroups."""

    q: float
    df: int
    p: float
    q_within: float
    q_within_df: int


@dataclass(frozen=True)
class Evaluated:
    """One analysis under one specification: effects, fit, and the fit of each subgroup."""

    spec: Spec
    effects: Effects
    fit: Pooled
    subgroups: Mapping[str, tuple[Effects, Pooled]] = field(default_factory=dict)
    between: Between | None = None

    def natural(self, x: float, effects: Effects | None = None) -> float:
        """A number of the analysis scale on the natural scale (Miller's inverse at the harmonic mean of n for PFT)."""
        measure = (effects or self.effects).measure
        if math.isnan(x):
            return x
        if measure.code == "PFT":
            n = (effects or self.effects).cells["n"]
            return float(back_double_arcsine(np.array(x), np.array(n.size / np.sum(1 / n))))
        return measure.to_natural(x)


def evaluate(spec: Spec, rows: Sequence[Converted], analysis: Analysis) -> Evaluated:
    """Effects, pooled fit, subgroups and meta-regression of one analysis.

    Raises
    ------
    DataError
        when the specification is not defined for these rows.
    """
    return evaluate_effects(spec, effects_of(spec, rows), analysis)


def evaluate_effects(spec: Spec, effects: Effects, analysis: Analysis) -> Evaluated:
    """The same from effects that are already computed."""
    if effects.k == 0:
        why = effects.incomplete[0][1] if effects.incomplete else "no row is selected"
        raise DataError(f"no study gives a usable {spec.measure}: {why}")
    mods = _moderators(analysis, effects)
    fit = _fit(spec, effects, mods)
    if not analysis.subgroups:
        return Evaluated(spec, effects, fit)
    groups = {level: effects.take(mask) for level, mask in _levels(analysis, effects).items()}
    fits = {level: (part, _fit(spec, part, None)) for level, part in groups.items()}
    return Evaluated(spec, effects, fit, fits, _between([f for _, f in fits.values()]))


def with_reading(evaluated: Evaluated, spec: Spec) -> Evaluated:
    """The same fit, with the prediction interval of another specification."""
    f = evaluated.fit
    if spec.model != "random" or f.coefficients:
        return replace(evaluated, spec=spec)
    low, high = prediction_interval(f.estimate, f.se, f.tau2, f.k, method=spec.pi, level=spec.level)
    return replace(evaluated, spec=spec, fit=replace(f, pi_low=low, pi_high=high))


def _fit(spec: Spec, effects: Effects, mods: Mapping[str, Any] | None) -> Pooled:
    if mods and spec.model in COUNT_MODELS:
        raise DataError(f"a meta-regression is not defined for the {spec.model} model")
    try:
        return _pooled(spec, effects, mods)
    except (ZeroDivisionError, np.linalg.LinAlgError):
        raise DataError(f"the {spec.model} model has no finite result for these numbers") from None


def _pooled(spec: Spec, effects: Effects, mods: Mapping[str, Any] | None) -> Pooled:
    if spec.model == "mantel-haenszel":
        return mantel_haenszel(effects, level=spec.level)
    if spec.model == "peto":
        return peto_pooled(effects, level=spec.level)
    if spec.model == "glmm":
        return glmm(effects, level=spec.level)
    tau2 = spec.tau2 if spec.model == "random" else None
    return pool(effects.yi, effects.vi, tau2=tau2, ci=spec.ci, level=spec.level, mods=mods, pi=spec.pi)


def _moderators(analysis: Analysis, effects: Effects) -> dict[str, Any] | None:
    if not analysis.moderators:
        return None
    known = list(dict.fromkeys(c for s in effects.studies for c in s.row.cells))
    columns = {}
    for m in analysis.moderators:
        rule = {"column": m} if isinstance(m, str) else dict(m)
        name = column_name(rule["column"], known)
        try:
            x = np.array([float(s.row.text(name)) for s in effects.studies])
        except ValueError:
            bad = next(s for s in effects.studies if not _is_number(s.row.text(name)))
            found = f"is {bad.row.text(name)!r}, not a number" if bad.row.text(name) else "is not reported"
            raise DataError(f"moderator {rule['column']!r} of study {bad.label!r} {found}") from None
        if (
            rule.get("transform") in ("log", "inverse", "sqrt")
            and x.min() <= 0
            and not (rule["transform"] == "sqrt" and x.min() == 0)
        ):
            raise DataError(
                f"moderator {rule['column']!r} is {x.min():g} in some study: its {rule['transform']} is not defined"
            )
        match rule.get("transform"):
            case "log":
                x = np.log(x)
            case "sqrt":
                x = np.sqrt(x)
            case "inverse":
                x = 1 / x
        columns[str(rule["column"])] = x - rule.get("centre", 0.0)
    return columns


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _levels(analysis: Analysis, effects: Effects) -> dict[str, Any]:
    known = list(dict.fromkeys(c for s in effects.studies for c in s.row.cells))
    name = column_name(analysis.subgroups, known)
    values = np.array([s.row.text(name) or "(not reported)" for s in effects.studies])
    return {str(level): values == level for level in sorted(set(values))}


def _between(fits: Sequence[Pooled]) -> Between:
    """Q between subgroups from their estimates and standard errors (Borenstein et al. 2009, ch. 19)."""
    estimates = np.array([f.estimate for f in fits])
    w = 1 / np.array([f.se for f in fits]) ** 2
    mean = float((w * estimates).sum() / w.sum())
    q = float((w * (estimates - mean) ** 2).sum())
    df = len(fits) - 1
    p = float(chdtrc(df, q)) if df else math.nan
    return Between(q, df, p, sum(f.q for f in fits), sum(f.q_df for f in fits))
