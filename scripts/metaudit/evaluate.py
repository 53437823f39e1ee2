"""Run one analysis under one specification."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from metaudit.analyses import complete_cases, effects_of, with_counts
from metaudit.effects.compute import Effects
from metaudit.effects.convert import Converted
from metaudit.effects.formulas import back_double_arcsine
from metaudit.effects.zero_cells import zero_cells_from
from metaudit.errors import DataError
from metaudit.formats.indexed import column_name
from metaudit.formats.review import Analysis
from metaudit.pooling.common_tau2 import predicted
from metaudit.pooling.counts import mantel_haenszel, peto_pooled
from metaudit.pooling.glmm import glmm
from metaudit.pooling.intervals import prediction_interval
from metaudit.pooling.mantel_haenszel import corrected
from metaudit.pooling.pool import SEED, design, pool
from metaudit.pooling.q_centre import random_effects_centred
from metaudit.pooling.regression_design import factor_columns
from metaudit.pooling.result import Pooled
from metaudit.pooling.second_counts import verify_counts
from metaudit.pooling.second_way import verify_pooled
from metaudit.records import record
from metaudit.specs import COUNT_MODELS, Spec
from metaudit.subgroup_fits import Between, Groups, between_separate, can_share_tau2, with_common_tau2


@dataclass(frozen=True)
class Settings:
    """What a fit may need beside its specification.

    Attributes
    ----------
    i2_ci : how I2 gets its interval
    seed : of permutations and bootstraps
    weights_column : column with given weights
    corrected_counts : whether Mantel-Haenszel and Peto pool the counts under the zero-cell rule, not as they are, also
        where the specification does not say so
    rd_variance : variance of the Mantel-Haenszel risk difference where the specification says none
    quadrature : nodes of a mixed model's integrals; None for as many as it takes, 7 as in metafor
    thorough : whether the second computation of every number includes its costly parts (the likelihood searched over
        its whole range, statsmodels for Mantel-Haenszel); the pipeline asks for it once per fit, a search does not
    common_tau2 : whether subgroups have one tau2 for all, as a method may state
    """

    i2_ci: str = "tau2-ci"
    seed: int = SEED
    weights_column: str = "printed_weight"
    corrected_counts: bool = False
    rd_variance: str = "sato"
    quadrature: int | None = None
    thorough: bool = False
    common_tau2: bool = False


@record
class Evaluated:
    """One analysis under one specification: effects, fit, the fit of each subgroup, and the moderators by name.

    ``without`` are studies that have an effect but no value of a moderator, with what they lack; they are not among ``effects``.
    """

    spec: Spec
    effects: Effects
    fit: Pooled
    subgroups: Mapping[str, tuple[Effects, Pooled]] = field(default_factory=dict)
    between: Between | None = None
    mods: Mapping[str, Any] | None = None
    without: tuple[tuple[Converted, str], ...] = ()

    def natural(self, x: float, effects: Effects | None = None) -> float:
        """A number of the analysis scale on the natural scale (Miller's inverse at the harmonic mean of n for PFT)."""
        measure = (effects or self.effects).measure
        if math.isnan(x):
            return x
        if measure.code == "PFT":
            n = (effects or self.effects).cells["n"]
            return float(back_double_arcsine(np.array(x), np.array(n.size / np.sum(1 / n))))
        return measure.to_natural(x)

    def natural_of_study(self, x: float, i: int) -> float:
        """A number about one study on the natural scale (Miller's inverse at the study's own n for PFT)."""
        measure = self.effects.measure
        if measure.code == "PFT":
            return float(back_double_arcsine(np.array(x), self.effects.cells["n"][i]))
        return measure.to_natural(x)


def evaluate(
    spec: Spec, rows: Sequence[Converted], analysis: Analysis, *, settings: Settings | None = None
) -> Evaluated:
    """Effects, pooled fit, subgroups and meta-regression of one analysis.

    Raises
    ------
    DataError
        when the specification is not defined for these rows.
    """
    return evaluate_effects(spec, effects_of(spec, rows), analysis, settings=settings)


def evaluate_effects(
    spec: Spec, effects: Effects, analysis: Analysis, *, settings: Settings | None = None
) -> Evaluated:
    """The same from effects that are already computed."""
    if spec.model in COUNT_MODELS:
        effects = with_counts(effects)
    if effects.k == 0:
        why = effects.incomplete[0][1] if effects.incomplete else "no row is selected"
        raise DataError(f"no study gives a usable {spec.measure}: {why}")
    settings = settings or Settings()
    used, without = complete_cases(analysis, effects)
    mods = moderator_columns(analysis, used)
    fit = _fit(spec, used, mods, settings)
    if not analysis.subgroups:
        return Evaluated(spec, used, fit, mods=mods, without=without)
    groups, between = _groups(spec, effects, analysis, settings)
    return Evaluated(spec, used, fit, groups, between, mods, without)


def _groups(spec: Spec, effects: Effects, analysis: Analysis, settings: Settings) -> tuple[Groups, Between | None]:
    """Every subgroup's fit and the test between them; each subgroup has a tau2 of its own where the settings do not say otherwise."""
    masks = subgroup_masks(analysis, effects)
    if settings.common_tau2 and can_share_tau2(spec, len(masks)):
        return with_common_tau2(spec, effects, masks)
    fits: Groups = {}
    for level, mask in masks.items():
        part = effects.take(mask)
        try:
            fits[level] = (part, _fit(spec, part, None, settings))
        except DataError:  # one subgroup without an estimate takes the test between them with it, and nothing else
            continue
    return fits, between_separate([f for _, f in fits.values()]) if len(fits) == len(masks) else None


def with_reading(evaluated: Evaluated, spec: Spec, *, settings: Settings | None = None) -> Evaluated:
    """The same fit, with the prediction interval of another specification."""
    if not spec.has_tau2 or evaluated.fit.coefficients or spec.pi == evaluated.spec.pi:
        return replace(evaluated, spec=spec)
    settings = settings or Settings()
    tested, groups = evaluated.between, Groups()
    for level, (part, fit) in evaluated.subgroups.items():
        if tested is not None and tested.common_tau2:
            groups[level] = part, predicted(fit, tested.q_within_df, pi=spec.pi)
        else:
            groups[level] = part, _with_prediction(spec, part, fit, settings)
    fit = _with_prediction(spec, evaluated.effects, evaluated.fit, settings)
    return replace(evaluated, spec=spec, fit=fit, subgroups=groups)


def _with_prediction(spec: Spec, effects: Effects, f: Pooled, settings: Settings) -> Pooled:
    if spec.pi == "bootstrap" or (
        spec.pi == "hksj" and not spec.ci.startswith("hksj")
    ):  # needs more than the fit holds
        return _fit(spec, effects, None, settings)
    low, high = prediction_interval(f.estimate, f.se, f.tau2, f.k, method=spec.pi, level=spec.level)
    return f.changed(pi_low=low, pi_high=high, pi_method=spec.pi)


def _fit(spec: Spec, effects: Effects, mods: Mapping[str, Any] | None, settings: Settings) -> Pooled:
    if mods and spec.model in COUNT_MODELS:
        raise DataError(f"a meta-regression is not defined for the {spec.model} model")
    try:
        result = _pooled(spec, effects, mods, settings)
        _verify(result, spec, effects, mods, settings)
        return result
    except (ZeroDivisionError, np.linalg.LinAlgError):
        raise DataError(f"the {spec.model} model has no finite result for these numbers") from None


def _verify(result: Pooled, spec: Spec, effects: Effects, mods: Mapping[str, Any] | None, settings: Settings) -> None:
    """A second computation of what pooling by inverse variances has not verified itself."""
    if spec.model in COUNT_MODELS:
        rule = zero_cells_from(spec.zero_cells)
        cells, moved = corrected(effects.cells, rule) if _corrects(spec, settings) else ({}, False)
        verify_counts(
            result,
            effects,
            cells=cells if moved else None,
            rd_variance=spec.rd_variance or settings.rd_variance,
            q_of_all=spec.q_of_all,
            thorough=settings.thorough,
        )
    elif settings.thorough and spec.q == "inverse-variance" and not pools_by_given_weights(spec):
        _, x = design(mods, effects.k)
        verify_pooled(result, effects.yi, effects.vi, x=x, thorough=True)


def _corrects(spec: Spec, settings: Settings) -> bool:
    return spec.counts == "corrected" or settings.corrected_counts


def pools_by_given_weights(spec: Spec) -> bool:
    """Whether weights that the table gives have a part in the fit, which diagnostics by inverse variances cannot follow."""
    return spec.model == "user-weights" or (spec.model == "random" and spec.tau2 == "GENQ")


def _pooled(spec: Spec, effects: Effects, mods: Mapping[str, Any] | None, settings: Settings) -> Pooled:
    rule = spec.zero_cells if _corrects(spec, settings) else None
    if spec.model == "mantel-haenszel":
        variance = spec.rd_variance or settings.rd_variance
        return mantel_haenszel(effects, level=spec.level, zero_cells=rule, rd_variance=variance, q_of_all=spec.q_of_all)
    if spec.model == "peto":
        return peto_pooled(effects, level=spec.level, zero_cells=rule)
    if spec.model == "glmm":
        return glmm(effects, level=spec.level, model=spec.glmm or None, quadrature=settings.quadrature)
    if spec.model == "random" and spec.q != "inverse-variance":
        return random_effects_centred(
            effects, centre=spec.q, zero_cells=spec.zero_cells, ci=spec.ci, level=spec.level, pi=spec.pi
        )
    if spec.model == "user-weights" and spec.tau2 == "GENQ":
        raise DataError("GENQ uses given weights for tau2 and pools by inverse variances; choose model random with it")
    return pool(
        effects.yi, effects.vi, tau2=spec.tau2 if spec.has_tau2 else None, ci=spec.ci, level=spec.level, mods=mods, pi=spec.pi,
        tau2_ci=spec.tau2_ci, i2_ci=settings.i2_ci, stopping=spec.stopping, seed=settings.seed,
        weights=given_weights(effects, settings.weights_column) if pools_by_given_weights(spec) else None,
    )  # fmt: skip


def given_weights(effects: Effects, column: str) -> Any:
    """The weights of a column, which must be there and positive for every study.

    Raises
    ------
    DataError
    """
    known = list(dict.fromkeys(c for s in effects.studies for c in s.row.cells))
    name = column_name(column, known)
    texts = [s.row.text(name).rstrip("%") for s in effects.studies]
    if not all(_is_number(t) and float(t) > 0 for t in texts):
        bad = next(s for s, t in zip(effects.studies, texts, strict=True) if not _is_number(t) or float(t) <= 0)
        raise DataError(
            f"the weight of study {bad.label!r} in column {column} is {bad.row.text(name)!r}; "
            "pooling by given weights needs a positive number for every study"
        )
    return np.array([float(t) for t in texts])


def moderator_columns(analysis: Analysis, effects: Effects) -> dict[str, Any] | None:
    """The moderators of an analysis, transformed and centred as it says; words become a factor.

    Raises
    ------
    DataError
        for a value that is missing, or that its transformation does not allow.
    """
    if not analysis.moderators:
        return None
    known = list(dict.fromkeys(c for s in effects.studies for c in s.row.cells))
    columns: dict[str, Any] = {}
    for m in analysis.moderators:
        rule = {"column": m} if isinstance(m, str) else dict(m)
        name = column_name(rule["column"], known)
        texts = [s.row.text(name) for s in effects.studies]
        if isinstance(m, str) and all(t and not _is_number(t) for t in texts):
            columns |= factor_columns(texts, name=rule["column"])
        else:
            columns[str(rule["column"])] = moderator_values(rule, texts, [s.label for s in effects.studies])
    return columns


def moderator_values(rule: Mapping[str, Any], texts: Sequence[str], labels: Sequence[str]) -> Any:
    """Values of a numeric moderator, transformed and centred by its rule.

    Raises
    ------
    DataError
        for a value that is missing or no number, or that its transformation does not allow.
    """
    for text, label in zip(texts, labels, strict=True):
        if not _is_number(text):
            found = f"is {text!r}, not a number" if text else "is not reported"
            raise DataError(f"moderator {rule['column']!r} of study {label!r} {found}")
    x, how = np.array([float(t) for t in texts]), rule.get("transform")
    if how in ("log", "inverse", "sqrt") and x.min() <= 0 and not (how == "sqrt" and x.min() == 0):
        raise DataError(f"moderator {rule['column']!r} is {x.min():g} in some study: its {how} is not defined")
    transform = {"log": np.log, "sqrt": np.sqrt, "inverse": np.reciprocal}.get(str(how))
    return (transform(x) if transform else x) - rule.get("centre", 0.0)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def column_values(effects: Effects, column: str) -> list[str]:
    """A column of the table for the studies of an analysis; what is empty reads (not reported)."""
    known = list(dict.fromkeys(c for s in effects.studies for c in s.row.cells))
    name = column_name(column, known)
    return [s.row.text(name) or "(not reported)" for s in effects.studies]


def subgroup_values(analysis: Analysis, studies: Sequence[Converted]) -> list[str]:
    """The subgroup of each study; what is empty reads (not reported)."""
    known = list(dict.fromkeys(c for s in studies for c in s.row.cells))
    name = column_name(analysis.subgroups, known)
    return [s.row.text(name) or "(not reported)" for s in studies]


def subgroup_masks(analysis: Analysis, effects: Effects) -> dict[str, Any]:
    """Which studies make up each subgroup, the subgroups in sorted order."""
    values = np.array(subgroup_values(analysis, effects.studies))
    return {str(level): values == level for level in sorted(set(values))}
