"""Every program's numbers for 18 tables: tests/data/presets (computed 2026-11-22; README there)."""

import csv
import json
import math
from functools import cache
from pathlib import Path

import pytest

from metaudit.analyses import effects_of
from metaudit.effects.convert import convert
from metaudit.errors import DataError
from metaudit.evaluate import evaluate
from metaudit.formats.review import Analysis
from metaudit.formats.tables import Row
from metaudit.pooling.intervals import prediction_interval
from metaudit.presets import load_presets, preset_results
from metaudit.printed import parse_printed
from metaudit.specs import Spec

CASES = Path(__file__).parents[1] / "data" / "presets"
POOLED = ("estimate", "se", "ci_low", "ci_high", "z", "p")
HET = ("q", "q_df", "q_p", "i2", "i2_low", "i2_high", "h2", "tau2", "tau2_low", "tau2_high")
OF_STUDY = ("yi", "sei", "weight_common", "weight_random")
# Twelve digits are given; whatever is run or derived agrees to nine, relative to max(1, value).
CLOSED = 1e-9
# metafor was run with a stopping rule 1e-13 on a step of tau2; on an optimum of 0 it leaves 1e-11 in I2.
TIGHT = ("metafor", "jasp", "openmeta")


@cache
def content(case):
    return json.loads((CASES / f"{case}.json").read_text(encoding="utf-8"))


def cases(start=""):
    return [(p.stem, m) for p in sorted(CASES.glob(f"{start}*.json")) for m in content(p.stem)["measures"]]


@cache
def table(case):
    """Rows of a case, and the subgroup of each."""
    rows, levels = [], []
    for line, cells in enumerate(content(case)["data"], 2):
        levels.append(next((v for k, v in cells.items() if k.startswith("x_")), ""))
        numbers = {k: parse_printed(v) for k, v in cells.items() if k != "study" and not k.startswith("x_")}
        rows.append(convert(Row(line, cells, numbers)))
    return rows, tuple(levels) if any(levels) else ()


def asked(measure):
    """The log hazard ratios of one case are given on the log scale."""
    return "GEN" if measure == "GEN-LOG" else measure


@cache
def ours(preset, case, measure, stopping):
    rows, levels = table(case)
    expected = content(case)["measures"][measure][preset]
    return preset_results(
        load_presets()[preset], rows, measure=asked(measure), subgroups=levels if "subgroups" in expected else (),
        stopping=stopping,
    )  # fmt: skip


def in_block(result, block, *, left_out=()):
    """Names, our values and theirs for whatever a block of expected numbers holds."""
    for model in ("common", "random"):
        for q in POOLED:
            yield f"{model}.{q}", getattr(result, model)[q], (block.get(model) or {}).get(q)
        theirs = (block.get(model) or {}).get("z_abs")
        yield f"{model}.z_abs", abs(getattr(result, model)["z"]), theirs
    for q in HET:
        yield q, result.heterogeneity[q], None if q in left_out else block.get(q)
    yield "k_in", result.k_in, block.get("k_in")
    yield "k_used", result.k_used, block.get("k_used")
    yield "pi_low", result.pi_low, block.get("pi_low")
    yield "pi_high", result.pi_high, block.get("pi_high")
    for study in block.get("studies", ()):
        for q in OF_STUDY:
            mine = result.studies[study["study"]][q]
            if not (math.isnan(mine) and study.get(q) in (None, 0)):  # not pooled: no weight, or 0
                yield f"{study['study']}.{q}", mine, study.get(q)
    yield from of_subgroups(result, block)


def of_subgroups(result, block):
    for part in block.get("subgroups", ()):
        mine, level = result.subgroups[part["level"]], part["level"]
        yield f"{level}.k", mine.k_used, part.get("k")
        for model in ("common", "random"):
            for q, theirs in (part.get(model) or {}).items():
                yield f"{level}.{model}.{q}", getattr(mine, model)[q], theirs
        for q in ("q", "i2", "tau2"):
            yield f"{level}.{q}", mine.heterogeneity[q], part.get(q)
    for model in ("common", "random"):
        for q in ("q", "p"):
            yield f"subgroup_{q}_{model}", result.between.get(f"{q}_{model}"), block.get(f"subgroup_{q}_{model}")
    yield "subgroup_df", result.between.get("df"), block.get("subgroup_df")


def default_stop(result, block):
    for q in ("estimate", "se", "ci_low", "ci_high"):
        yield f"random.{q}", result.random[q], block.get(q)
    for q in ("tau2", "i2"):
        yield q, result.heterogeneity[q], block.get(q)


LIMITS = ("tau2_low", "tau2_high")
OF_SEARCH = (*LIMITS, "i2_low", "i2_high")


def pairs(preset, case, measure):
    """Every number that is given for a preset, beside ours."""
    expected = content(case)["measures"][measure][preset]
    solved, ended = (ours(preset, case, measure, s) for s in ("exact", "program"))
    if preset in TIGHT:  # run to the optimum, but the limits of tau2 are searched by uniroot
        yield from in_block(solved, expected, left_out=OF_SEARCH)
        yield from ((q, ended.heterogeneity[q], expected.get(q)) for q in OF_SEARCH)
        yield from default_stop(ended, expected.get("default_stopping", {}))
    else:
        yield from in_block(ended, expected)
    yield from in_block(solved, expected.get("exact", {}))
    yield from _three_prediction_intervals(solved, expected)


def _three_prediction_intervals(result, expected):
    """RevMan 2025 offers several; which degrees of freedom its t has is not known."""
    r = result.random
    for name in ("t-k-1", "t-k-2", "normal"):
        key = name.replace("-", "_")
        if f"pi_low_{key}" in expected:
            limits = prediction_interval(
                r["estimate"], r["se"], result.heterogeneity["tau2"], result.k_used, method=name, level=0.95
            )
            yield f"pi_low_{key}", limits[0], expected[f"pi_low_{key}"]
            yield f"pi_high_{key}", limits[1], expected[f"pi_high_{key}"]


def available(case, measure):
    return [p for p, e in content(case)["measures"][measure].items() if e["obtained"] != "not available"]


@pytest.mark.parametrize(("case", "measure"), cases())
def test_every_number_of_every_program(case, measure):
    wrong, n = [], 0
    for preset in available(case, measure):
        for name, mine, theirs in pairs(preset, case, measure):
            if theirs is None:
                continue
            n += 1
            if mine is None or not abs(mine - theirs) <= CLOSED * max(1.0, abs(theirs)):
                wrong.append((preset, name, mine, theirs))
    assert not wrong, wrong[:10]
    assert n >= 300


def numbers_in(block, *, skip):
    """How many numbers a block of expected results holds, at any depth."""
    if isinstance(block, dict):
        return sum(numbers_in(v, skip=skip) for k, v in block.items() if k not in skip)
    if isinstance(block, list):
        return sum(numbers_in(v, skip=skip) for v in block)
    return isinstance(block, int | float)


def test_no_number_is_left_out():
    """All numbers given are compared, but those of metafor's other functions (tested below), an option that is no default,
    and the weights 0 of studies that are not pooled.
    """
    other = ("mantel_haenszel", "peto", "subgroup_common_tau2", "tau2_dl_option")
    given = compared = unpooled = 0
    for case, measure in cases():
        for preset in available(case, measure):
            expected = content(case)["measures"][measure][preset]
            given += numbers_in(expected, skip=other)
            compared += sum(theirs is not None for _, _, theirs in pairs(preset, case, measure))
            result = ours(preset, case, measure, "exact")
            unpooled += sum(
                s.get(q) == 0 and math.isnan(result.studies[s["study"]][q])
                for s in expected["studies"]
                for q in OF_STUDY
            )
    assert compared + unpooled == given
    assert compared > 29_000


def test_a_preset_that_is_not_applied_is_seen():
    """The comparison can fail: another program's numbers differ."""
    expected = content("bin_onezero")["measures"]["OR"]["meta8"]
    other = ours("revman5", "bin_onezero", "OR", "exact")
    assert any(
        theirs is not None and not abs(mine - theirs) <= CLOSED * max(1.0, abs(theirs))
        for _, mine, theirs in in_block(other, expected)
    )


@pytest.mark.parametrize(("case", "measure"), cases())
def test_what_a_program_refuses_is_refused(case, measure):
    for preset in set(content(case)["measures"][measure]) - set(available(case, measure)):
        with pytest.raises(DataError):
            ours(preset, case, measure, "exact")


@pytest.mark.parametrize(("case", "measure"), cases("bin"))
@pytest.mark.parametrize("preset", TIGHT)
def test_mantel_haenszel_and_peto_beside_inverse_variance(preset, case, measure):
    """rma.mh and rma.peto pool the counts as they are; OpenMeta asks for corrected ones with Peto."""
    expected = content(case)["measures"][measure][preset]
    rows, _ = table(case)
    counts = "corrected" if preset == "openmeta" else ""
    for name, spec in (
        ("mantel_haenszel", Spec(measure, model="mantel-haenszel")),
        ("peto", Spec("OR", model="peto", counts=counts)),
    ):
        if expected.get(name, {}).get("estimate") is None:
            continue
        fit = evaluate(spec, rows, Analysis("", "", {})).fit
        assert fit.estimate == pytest.approx(expected[name]["estimate"], rel=CLOSED)
        for q, mine in (
            ("se", fit.se), ("ci_low", fit.ci_low), ("ci_high", fit.ci_high), ("q", fit.q), ("q_df", fit.q_df),
            ("q_p", fit.q_p), ("i2", fit.i2),
        ):  # fmt: skip
            if expected[name].get(q) is not None:
                assert mine == pytest.approx(expected[name][q], rel=CLOSED, abs=CLOSED), q


def differences():
    with (CASES / "differences.csv").open(encoding="utf-8") as handle:
        return list(csv.DictReader(handle))


def found(preset, row):
    result = ours(preset, row["case"], row["measure"], "program" if preset not in TIGHT else "exact")
    name, _, q = row["quantity"].partition(".")
    if q:
        return getattr(result, name)[q]
    if name.startswith("pi_"):
        return getattr(result, name)
    return result.between["q_random"] if name == "subgroup_q_random" else result.heterogeneity[name]


@pytest.mark.parametrize("row", differences(), ids=lambda r: "-".join(list(r.values())[:5]))
def test_each_program_has_its_own_value_where_two_differ(row):
    a, b = float(row["value_a"]), float(row["value_b"])
    assert abs(a - b) > 1e-4
    for preset, own, other in ((row["preset_a"], a, b), (row["preset_b"], b, a)):
        value = found(preset, row)
        assert value == pytest.approx(own, rel=CLOSED, abs=CLOSED)
        assert abs(value - other) > 0.9 * abs(a - b)


def test_every_pair_of_programs_is_told_apart():
    names = sorted({p for case, m in cases() for p in content(case)["measures"][m]})
    apart = {frozenset((r["preset_a"], r["preset_b"])) for r in differences()}
    assert len(names) == 16
    assert apart == {frozenset((a, b)) for i, a in enumerate(names) for b in names[i + 1 :]}


def test_the_specification_gives_the_study_effects():
    """What a preset says in one point of the space is what it does: effects from the specification alone."""
    rows, _ = table("bin_allevents_both")
    effects = effects_of(load_presets()["revman5"].spec("RR"), rows)
    assert 0.0 in effects.yi


@pytest.mark.parametrize(("case", "measure"), [c for c in cases() if c[0].endswith("subgroups")])
@pytest.mark.parametrize("preset", TIGHT)
def test_metafors_own_test_of_subgroups_has_one_tau2(preset, case, measure):
    """rma with a factor: QM of the factor under a common tau2, which is no fit of each subgroup."""
    expected = content(case)["measures"][measure][preset]["subgroup_common_tau2"]
    rows, _ = table(case)
    factor = next(k for k in rows[0].row.cells if k.startswith("x_")).removeprefix("x_")
    fit = evaluate(load_presets()[preset].spec(measure), rows, Analysis("", "", {}, moderators=(factor,))).fit
    assert fit.tau2 == pytest.approx(expected["tau2"], rel=CLOSED, abs=CLOSED)
    assert fit.qm == pytest.approx(expected["qm"], rel=CLOSED)
    assert fit.qm_p == pytest.approx(expected["p"], rel=CLOSED)
