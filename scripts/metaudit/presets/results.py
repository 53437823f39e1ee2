"""The numbers that a program prints for a table when nothing is chosen."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from scipy.special import chdtrc

from metaudit.analyses import effects_of
from metaudit.effects.compute import Effects
from metaudit.effects.convert import Converted
from metaudit.errors import DataError
from metaudit.evaluate import evaluate_effects
from metaudit.formats.review import Analysis
from metaudit.pooling.intervals import prediction_interval
from metaudit.pooling.q_centre import random_effects_at
from metaudit.pooling.result import Pooled
from metaudit.pooling.tau2_intervals import h2_test_based
from metaudit.presets.load import Preset
from metaudit.presets.quirks import jackson_of_meta, paule_mandel_of_statsmodels
from metaudit.specs import Spec

Numbers = dict[str, float]
_PLAIN = Analysis("", "", {})


@dataclass(frozen=True)
class PresetResult:
    """What a program prints for one table.

    Attributes
    ----------
    k_in, k_used : studies given, and those that are pooled
    studies : by label, with the row where a label stands twice: ``yi``, ``sei``, ``weight_common``, ``weight_random``
        (percent); NaN where a study is not pooled
    common, random : ``estimate se ci_low ci_high z p`` on the analysis scale
    heterogeneity : ``q q_df q_p i2 i2_low i2_high h2 tau2 tau2_low tau2_high``; NaN for what the program does not print
    pi_low, pi_high : prediction limits; NaN where there are none
    subgroups : the same for each level in which a study can be pooled
    between : ``q_common p_common q_random p_random`` and ``df`` of the subgroups
    """

    k_in: int
    k_used: int
    studies: Mapping[str, Numbers]
    common: Numbers
    random: Numbers
    heterogeneity: Numbers
    pi_low: float
    pi_high: float
    subgroups: Mapping[str, PresetResult] = field(default_factory=dict)
    between: Numbers = field(default_factory=dict)


def preset_results(
    preset: Preset,
    rows: Sequence[Converted],
    *,
    measure: str,
    subgroups: Sequence[str] = (),
    level: float = 0.95,
    stopping: str = "exact",
) -> PresetResult:
    """Study effects, both models, heterogeneity and subgroups as a program prints them.

    Parameters
    ----------
    preset : the program
    rows : converted rows of one analysis
    measure : code of the effect measure
    subgroups : level of each row, for a comparison of subgroups; none by default
    level : confidence level
    stopping : ``exact`` solves for tau2 and its limits; ``program`` ends where the program ends

    Raises
    ------
    DataError
        when no study can be pooled, or the program gives no result for such a table.
    """
    spec = preset.spec(measure, level=level, stopping=stopping)
    _refused(preset, rows, measure)
    effects = effects_of(spec, rows)
    if effects.k == 0:
        raise DataError(f"{preset.title} can pool none of these studies as {measure}")
    _stopped(preset, effects)
    common = evaluate_effects(preset.spec(measure, model="common", level=level), effects, _PLAIN).fit
    random = _random(preset, spec, effects, stopping=stopping)
    het = _heterogeneity(preset, effects, random, measure=measure, level=level)
    pi = _prediction(preset, random, measure)
    parts = {}
    for name in dict.fromkeys(subgroups):
        own = [r for r, s in zip(rows, subgroups, strict=True) if s == name]
        if effects_of(spec, own).k:  # else the program says that it is not estimable, and tests the other levels
            parts[name] = preset_results(preset, own, measure=measure, level=level, stopping=stopping)
    return PresetResult(
        k_in=len(rows), k_used=effects.k, studies=_studies(rows, effects, common, random), common=_numbers(preset, common, measure),
        random=_numbers(preset, random, measure), heterogeneity=het, pi_low=pi[0], pi_high=pi[1], subgroups=parts,
        between=_between(preset, het, parts, measure=measure) if parts else {},
    )  # fmt: skip


def _random(preset: Preset, spec: Spec, effects: Effects, *, stopping: str) -> Pooled:
    if stopping == "program" and preset.choice("stopping", spec.measure) == "statsmodels":
        tau2 = paule_mandel_of_statsmodels(effects.yi, effects.vi)
        return random_effects_at(effects, tau2, ci=spec.ci, level=spec.level, pi=spec.pi, method=spec.tau2)
    fit = evaluate_effects(spec, effects, _PLAIN).fit
    if stopping == "program" and preset.choice("tau2_ci", spec.measure) == "jackson" and effects.k > 1:
        low, high = jackson_of_meta(effects.yi, effects.vi, level=spec.level)
        return replace(fit, tau2_low=low, tau2_high=high)
    return fit


def _refused(preset: Preset, rows: Sequence[Converted], measure: str) -> None:
    for r in rows:
        events = [r.get("events_t"), r.get("events_c")]
        rest = [r.get("n_t") - events[0], r.get("n_c") - events[1]]
        says_nothing = events == [0.0, 0.0] or rest == [0.0, 0.0]
        how = preset.choice("double_zero", measure)
        if how and says_nothing:
            what = "stops at" if how == "refused" else "does an unknown thing with"
            raise DataError(f"{preset.title} {what} {r.label}, which has no event, or only events, in both arms")
        in_the_way = {"OR": [*events, *rest], "PETO": [*events, *rest], "RR": events}.get(measure, [])
        if preset.choice("zero_cell", measure) == "refused" and 0.0 in in_the_way:
            raise DataError(f"{preset.title} gives no finite result: {r.label} has a zero cell and nothing is added")


def _stopped(preset: Preset, effects: Effects) -> None:
    """A program that leaves no study out has no result where a study's variance is 0 or not finite."""
    measure = effects.measure.code
    keeps_all = preset.choice("zero_cell", measure) == "refused" or preset.choice("double_zero", measure)
    if keeps_all and effects.incomplete:
        study, why = effects.incomplete[0]
        raise DataError(f"{preset.title} gives no result that is known here: {study.label}: {why}")


def _numbers(preset: Preset, fit: Pooled, measure: str) -> Numbers:
    low, high = fit.ci_low, fit.ci_high
    if preset.choice("quantile", measure) == "1.96" and fit.level == 0.95:
        low, high = fit.estimate - 1.96 * fit.se, fit.estimate + 1.96 * fit.se
    return {"estimate": fit.estimate, "se": fit.se, "ci_low": low, "ci_high": high, "z": fit.stat, "p": fit.p}


def _heterogeneity(preset: Preset, effects: Effects, fit: Pooled, *, measure: str, level: float) -> Numbers:
    df = fit.q_df
    of_q = preset.choice("i2", measure) == "Q"
    i2 = fit.i2_q if of_q else fit.i2
    if not preset.choice("i2_truncated", measure, True) and fit.q > 0:
        i2 = 100 * (fit.q - df) / fit.q
    h2 = fit.h2 if not of_q else fit.q / df if df else math.nan
    if of_q and preset.choice("i2_truncated", measure, True):
        h2 = max(1.0, h2)
    low, high = _i2_interval(preset, fit, measure=measure, level=level)
    has = preset.choice("tau2_ci", measure) is not None
    return {
        "q": fit.q, "q_df": float(df), "q_p": fit.q_p, "i2": i2, "i2_low": low, "i2_high": high, "h2": h2, "tau2": fit.tau2,
        "tau2_low": fit.tau2_low if has else math.nan, "tau2_high": fit.tau2_high if has else math.nan,
    }  # fmt: skip


def _i2_interval(preset: Preset, fit: Pooled, *, measure: str, level: float) -> tuple[float, float]:
    how = preset.choice("i2_ci", measure)
    if how == "test-based":
        # R's meta cuts H at 1 before it takes the limits around it.
        low, high = h2_test_based(max(fit.q, float(fit.q_df)), fit.q_df, level=level)
        return 100 * (1 - 1 / low), 100 * (1 - 1 / high)
    return (fit.i2_low, fit.i2_high) if how == "tau2-ci" else (math.nan, math.nan)


def _prediction(preset: Preset, fit: Pooled, measure: str) -> tuple[float, float]:
    pi = preset.choice("pi", measure)
    if pi is None:
        return math.nan, math.nan
    return prediction_interval(fit.estimate, fit.se, fit.tau2, fit.k, method=str(pi), level=fit.level)


def _studies(rows: Sequence[Converted], effects: Effects, common: Pooled, random: Pooled) -> dict[str, Numbers]:
    nan = math.nan
    labels = [r.label for r in rows]
    # One trial may stand in several rows; its line in the table then tells them apart.
    names = {r.row.line: r.label if labels.count(r.label) == 1 else f"{r.label} (row {r.row.line})" for r in rows}
    out = {n: {"yi": nan, "sei": nan, "weight_common": nan, "weight_random": nan} for n in names.values()}
    for i, s in enumerate(effects.studies):
        out[names[s.row.line]] = {
            "yi": float(effects.yi[i]), "sei": math.sqrt(effects.vi[i]), "weight_common": float(common.weights[i]),
            "weight_random": float(random.weights[i]),
        }  # fmt: skip
    return out


def _between(preset: Preset, het: Numbers, parts: Mapping[str, PresetResult], *, measure: str) -> Numbers:
    """Tests between subgroups: of their summaries, or the total Q less those within (Borenstein et al. 2009, ch. 19)."""
    df = len(parts) - 1
    out: Numbers = {"df": float(df)}
    for model in ("common", "random"):
        estimates = np.array([getattr(p, model)["estimate"] for p in parts.values()])
        w = np.array([getattr(p, model)["se"] for p in parts.values()]) ** -2.0
        q = float((w * (estimates - (w * estimates).sum() / w.sum()) ** 2).sum())
        if model == "common" and preset.choice("subgroup_test", measure) == "partition":
            q = het["q"] - sum(p.heterogeneity["q"] for p in parts.values())
        out[f"q_{model}"], out[f"p_{model}"] = q, float(chdtrc(df, q)) if df else math.nan
    return out
