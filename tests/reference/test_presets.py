"""Every program's numbers for 18 tables: tests/data/presets (computed 2026-11-22; README there)."""

import json
import math
from functools import cache
from pathlib import Path

import pytest

from metaudit.effects.convert import convert
from metaudit.effects.frame import rows_of_frame
from metaudit.errors import DataError
from metaudit.evaluate import evaluate
from metaudit.formats.review import Analysis
from metaudit.presets import load_presets, preset_results
from metaudit.specs import Spec

CASES = Path(__file__).parents[1] / "data" / "presets"
POOLED = ("estimate", "se", "ci_low", "ci_high", "z", "p")
OF_STUDY = ("yi", "sei", "weight_common", "weight_random")
# What is computed in closed form, or to the optimum.
CLOSED = 1e-9
# A program's own search ends early: metafor's REML at 1e-5, which shows in what depends on tau2 (README, 5e-4 at most).
STOPPED = 5e-4
WEIGHT = 1e-3  # a small study's share of the weights reacts most
# statsmodels ends its iteration of Paule and Mandel's estimator at 1e-5.
STATSMODELS = 1e-5
# Limits of tau2 are searched by R's uniroot to its default tolerance, .Machine$double.eps^0.25 = 1.22e-4, and capped.
UNIROOT = 1.3e-4


@cache
def content(case):
    return json.loads((CASES / f"{case}.json").read_text(encoding="utf-8"))


def cases():
    return [(p.stem, m) for p in sorted(CASES.glob("*.json")) for m in content(p.stem)["measures"]]


@cache
def table(case):
    import pandas as pd

    data = content(case)["data"]
    frame = pd.DataFrame([{k: v for k, v in row.items() if not k.startswith("x_")} for row in data])
    levels = [next((v for k, v in row.items() if k.startswith("x_")), "") for row in data]
    return [convert(r) for r in rows_of_frame(frame)], tuple(levels) if any(levels) else ()


def asked(measure):
    """The log hazard ratios of one case are given on the log scale."""
    return "GEN" if measure == "GEN-LOG" else measure


def ours(preset, case, measure, *, subgroups):
    rows, levels = table(case)
    return preset_results(load_presets()[preset], rows, measure=asked(measure), subgroups=levels if subgroups else ())


def compared(result, expected, preset):
    """Triples of name, our value and theirs, with the tolerance."""
    exact = expected.get("exact", {})
    usual = STATSMODELS if preset == "statsmodels" else CLOSED
    late = STOPPED if exact else usual
    yield "k_used", result.k_used, expected.get("k_used"), 0
    for q in POOLED:
        yield f"common.{q}", result.common[q], (expected.get("common") or {}).get(q), CLOSED
        known = q in exact.get("random", {})
        theirs = exact["random"][q] if known else (expected.get("random") or {}).get(q)
        yield f"random.{q}", result.random[q], theirs, usual if known or not exact else late
    for q in ("q", "q_df", "q_p", "i2", "h2", "tau2"):
        known = q in exact or q in ("q", "q_df", "q_p")
        yield q, result.heterogeneity[q], exact.get(q, expected.get(q)), usual if known or not exact else late
    if load_presets()[preset].choice("i2_ci", "") == "test-based":
        for q in ("i2_low", "i2_high"):
            yield q, result.heterogeneity[q], expected.get(q), CLOSED
    for q in ("pi_low", "pi_high"):
        yield q, getattr(result, q), exact.get(q, expected.get(q)), usual if q in exact or not exact else late
    for study in expected.get("studies") or []:
        for q in OF_STUDY:
            mine = result.studies[study["study"]][q]
            if not (study.get(q) == 0 and math.isnan(mine)):  # weight 0: not pooled
                early = WEIGHT if exact else usual
                yield f"{study['study']}.{q}", mine, study.get(q), early if q == "weight_random" else CLOSED


def of_subgroups(result, expected):
    for part in expected.get("subgroups") or []:
        mine = result.subgroups[part["level"]]
        yield f"{part['level']}.k", mine.k_used, part.get("k"), 0
        for model in ("common", "random"):
            for q, theirs in (part.get(model) or {}).items():
                yield (
                    f"{part['level']}.{model}.{q}",
                    getattr(mine, model).get(q),
                    theirs,
                    STOPPED if model == "random" else CLOSED,
                )
        for q in ("q", "i2"):
            yield f"{part['level']}.{q}", mine.heterogeneity[q], part.get(q), STOPPED
    for model in ("common", "random"):
        tolerance = CLOSED if model == "common" else STOPPED
        for q in ("q", "p"):
            yield (
                f"subgroup_{q}_{model}",
                result.between.get(f"{q}_{model}"),
                expected.get(f"subgroup_{q}_{model}"),
                tolerance,
            )


def capped(mine, theirs, tau2):
    """Our limit, or the end of their search where that is what they print."""
    end = max(100.0, 10 * tau2)
    return end if mine > end and theirs == pytest.approx(end, rel=1e-6) else mine


def limits_of_tau2(result, expected, preset):
    """Limits of tau2 on its own scale; those of I2 are turned back into limits of tau2 by the typical variance."""
    exact, het = expected.get("exact", {}), result.heterogeneity
    test_based = load_presets()[preset].choice("i2_ci", "") == "test-based"
    for q in ("low", "high"):
        theirs, mine = exact.get(f"tau2_{q}"), het[f"tau2_{q}"]
        if theirs is not None:
            yield f"tau2_{q}", mine, theirs, CLOSED
        elif expected.get(f"tau2_{q}") is not None:
            yield f"tau2_{q}", capped(mine, expected[f"tau2_{q}"], expected["tau2"]), expected[f"tau2_{q}"], UNIROOT
        of_i2 = expected.get(f"i2_{q}")
        if theirs is not None and of_i2 is not None and not test_based and 0 < of_i2 < 100:
            typical = mine * (100 - het[f"i2_{q}"]) / het[f"i2_{q}"]
            limit = typical * of_i2 / (100 - of_i2)
            yield f"i2_{q} as tau2", capped(mine, limit, het["tau2"]), limit, UNIROOT


@pytest.mark.parametrize(("case", "measure"), cases())
def test_every_number_of_every_program(case, measure):
    wrong, n = [], 0
    for preset, expected in content(case)["measures"][measure].items():
        if expected["obtained"] == "not available":
            continue
        result = ours(preset, case, measure, subgroups="subgroups" in expected)
        triples = [
            *compared(result, expected, preset),
            *of_subgroups(result, expected),
            *limits_of_tau2(result, expected, preset),
        ]
        for name, mine, theirs, tolerance in triples:
            if theirs is None:
                continue
            n += 1
            if mine is None or not abs(mine - theirs) <= tolerance * max(1.0, abs(theirs)):
                wrong.append((preset, name, mine, theirs))
    assert not wrong, wrong[:10]
    assert n >= 240


def test_all_numbers_are_compared():
    total = sum(
        theirs is not None
        for case, measure in cases()
        for preset, expected in content(case)["measures"][measure].items()
        if expected["obtained"] != "not available"
        for result in [ours(preset, case, measure, subgroups="subgroups" in expected)]
        for _, _, theirs, _ in [
            *compared(result, expected, preset),
            *of_subgroups(result, expected),
            *limits_of_tau2(result, expected, preset),
        ]
    )
    assert total > 26_000


@pytest.mark.parametrize(("case", "measure"), cases())
def test_what_a_program_refuses_is_refused(case, measure):
    for preset, expected in content(case)["measures"][measure].items():
        if expected["obtained"] == "not available":
            with pytest.raises(DataError):
                ours(preset, case, measure, subgroups=False)


@pytest.mark.parametrize(("case", "measure"), [c for c in cases() if c[0].startswith("bin")])
def test_mantel_haenszel_and_peto_of_metafor(case, measure):
    """rma.mh and rma.peto pool the counts as they are."""
    expected = content(case)["measures"][measure]["metafor"]
    rows, _ = table(case)
    for name, model in (("mantel_haenszel", "mantel-haenszel"), ("peto", "peto")):
        if name in expected and expected[name].get("estimate") is not None:
            code = "OR" if model == "peto" else measure
            fit = evaluate(Spec(code, model=model), rows, Analysis("", "", {})).fit
            assert fit.estimate == pytest.approx(expected[name]["estimate"], rel=CLOSED)
            assert fit.se == pytest.approx(expected[name]["se"], rel=CLOSED)
