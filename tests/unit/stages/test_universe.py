"""What the explorer looks up: the same numbers as the other result files, and as the one-at-a-time path gives."""

import csv
import json
import random
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from making import claim, made
from metaudit.analyses import analysis_rows, effects_of
from metaudit.audit import audit
from metaudit.effects.convert import convert
from metaudit.evaluate import evaluate_effects
from metaudit.formats.review import read_review
from metaudit.specs import Spec, parse_spec
from metaudit.stages.effects import write_effects
from metaudit.stages.extract import extract
from metaudit.stages.pool import write_pooled
from metaudit.stages.universe import TABLES, write_universe

ROOT = Path(__file__).resolve().parents[3]
SHIPPED = ("colditz-1994", "curtis-1998", "dorn-2007", "li-2007", "raudenbush-2009", "rothman-2008-tolbutamide", "stijnen-2010-rates")  # fmt: skip
TRIALS = [
    {"study": f"T{i}", "events_t": a, "n_t": n, "events_c": c, "n_c": m}
    for i, (a, n, c, m) in enumerate(
        [(4, 123, 11, 139), (0, 306, 29, 303), (3, 231, 11, 220), (62, 1354, 248, 1287), (9, 80, 12, 77)], 1
    )
]


def rows_of(path):
    with path.open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


def tables_of(folder):
    return {name: rows_of(folder / f"{name}.csv") for name in TABLES}


def chosen(rows, **wanted):
    return [r for r in rows if all(r[k] == v for k, v in wanted.items())]


def spec_in(method, **reading):
    names = ("measure", "variance", "zero_cells", "model", "counts", "rd_variance", "glmm")
    apart = {n: method[n] for n in ("tau2", "q", "stopping") if method[n]}
    return Spec(**{n: method[n] for n in names}, **apart, **reading)


@pytest.fixture(scope="module", params=SHIPPED)
def shipped(request, tmp_path_factory):
    """The tables of one shipped review, made anew from its verdicts as committed."""
    review = read_review(ROOT / "data" / "reviews" / request.param)
    committed = ROOT / "results" / request.param
    rows = json.loads((committed / "audit.json").read_text(encoding="utf-8"))
    out = tmp_path_factory.mktemp("universe") / request.param
    write_universe(review, [SimpleNamespace(**r) for r in rows], out, level=0.95)
    return SimpleNamespace(review=review, committed=committed, out=out, tables=tables_of(out))


def primaries(committed):
    return [r for r in rows_of(committed / "pooled.csv") if r["role"] == "primary"]


def test_the_primary_method_has_the_numbers_of_pooled_to_the_digit(shipped):
    compared = 0
    for fit in primaries(shipped.committed):
        spec = parse_spec(fit["spec"])
        if shipped.review.analyses[fit["analysis"]].moderators:
            assert not chosen(shipped.tables["universe"], analysis=fit["analysis"])
            continue
        at = {"analysis": fit["analysis"], "fit": "1", "left_out": ""}
        (own,) = chosen(shipped.tables["universe"], **at)
        own |= {"i2": own["i2" if spec.i2 == "tau2" else "i2_q"]}
        pi = spec.pi if spec.has_tau2 else ""
        (interval,) = [
            r
            for r in chosen(shipped.tables["universe_intervals"], **at, ci=spec.ci, pi=pi)
            if float(r["level"]) == spec.level
        ]
        names = ["estimate", "k", "q", "q_df", "q_p", "i2", *(["tau2"] if spec.has_tau2 else [])]
        assert {n: own[n] for n in names} == {n: fit[n] for n in names}
        names = ["ci_low", "ci_high", "p", "pi_low", "pi_high"]
        assert {n: interval[n] for n in names} == {n: fit[n] for n in names}
        compared += 1
    assert compared


def test_without_each_study_the_numbers_are_those_of_leave_one_out(shipped):
    left = rows_of(shipped.committed / "leave_one_out.csv")
    assert left
    specs = {r["analysis"]: parse_spec(r["spec"]) for r in primaries(shipped.committed)}
    fits = {(r["analysis"], r["left_out"]): r for r in shipped.tables["universe"] if r["fit"] == "1"}
    intervals = {
        (r["analysis"], r["left_out"], r["ci"], float(r["level"]), r["pi"]): r
        for r in shipped.tables["universe_intervals"]
        if r["fit"] == "1"
    }
    for row in left:
        spec = specs[row["analysis"]]
        own = fits[row["analysis"], row["row"]]
        own = own | {"i2": own["i2" if spec.i2 == "tau2" else "i2_q"]}
        names = ["estimate", "q", "i2", *(["tau2"] if spec.has_tau2 else [])]
        assert {n: own[n] for n in names} == {n: row[n] for n in names}
        key = row["analysis"], row["row"], spec.ci, spec.level, spec.pi if spec.has_tau2 else ""
        assert {n: intervals[key][n] for n in ("ci_low", "ci_high", "p")} == {
            n: row[n] for n in ("ci_low", "ci_high", "p")
        }


def test_studies_and_weights_are_those_of_effects_and_weights(shipped):
    for analysis in {r["analysis"] for r in shipped.tables["universe"]}:
        method = chosen(shipped.tables["universe_methods"], analysis=analysis, fit="1")[0]
        studies = chosen(shipped.tables["universe_studies"], analysis=analysis, effects=method["effects"])
        names = ("row", "study", "estimate", "ci_low", "ci_high")
        effects = chosen(rows_of(shipped.committed / "effects.csv"), analysis=analysis)
        assert [[r[n] for n in names] for r in studies] == [[r[n] for n in names] for r in effects]
        weights = chosen(shipped.tables["universe_weights"], analysis=analysis, fit="1", left_out="")[0]["weights"]
        committed = chosen(rows_of(shipped.committed / "weights.csv"), analysis=analysis)
        assert weights.split("; ") == [r["weight"] for r in committed]


def test_any_point_is_what_the_one_at_a_time_path_gives(shipped):
    pick = random.Random(20261129)
    converted = [convert(r) for r in shipped.review.rows]
    points = [
        p for p in shipped.tables["universe_intervals"] if p["ci"] in ("wald", "hksj") and p["pi"] in ("t-k-2", "")
    ]
    for point in pick.sample(points, 25):
        at = {n: point[n] for n in ("analysis", "fit")}
        (method,) = chosen(shipped.tables["universe_methods"], **at)
        if method["model"] == "glmm":
            continue
        (own,) = chosen(shipped.tables["universe"], **at, left_out=point["left_out"])
        analysis = replace(shipped.review.analyses[point["analysis"]], subgroups="")
        spec = spec_in(method, ci=point["ci"], level=float(point["level"]), pi=point["pi"] or "t-k-2")
        effects = effects_of(spec, analysis_rows(analysis, converted))
        lines = np.array([s.row.line for s in effects.studies])
        rest = effects.take(lines != int(point["left_out"] or 0))
        e = evaluate_effects(spec, rest, analysis)
        for name in ("estimate", "ci_low", "ci_high", "pi_low", "pi_high"):
            shown = (own | point)[name]
            expected = e.natural(getattr(e.fit, name))
            assert (float(shown) if shown else np.nan) == pytest.approx(expected, rel=1e-7, abs=1e-12, nan_ok=True), (
                spec,
                name,
            )
        for name in ("q", "q_p", *(("tau2",) if spec.has_tau2 else ())):
            assert float(own[name]) == pytest.approx(getattr(e.fit, name), rel=1e-7, abs=1e-12)
        assert float(own["i2"]) == pytest.approx(e.fit.i2, rel=1e-6, abs=1e-9)
        assert int(own["k"]) == rest.k


def all_exact(review):
    return [
        SimpleNamespace(claim=c.id, verdict="EXACT", criterion="rounded as printed", spec="", stated_spec="")
        for c in review.claims
    ]


def of_made(tmp_path, claims, rows=TRIALS, judge=all_exact, **main):
    review = made(tmp_path / "r", claims=claims, rows=rows, **main)
    write_universe(review, judge(review), tmp_path / "out", level=0.95)
    return tables_of(tmp_path / "out")


def test_usual_choices_of_counts_with_a_zero_cell(tmp_path):
    found = of_made(tmp_path, [claim("k", "k", "5")], measure="RR", method={"model": "random"})
    methods = found["universe_methods"]
    assert {r["measure"] for r in methods} == {"RR", "OR", "RD"}
    assert {r["zero_cells"] for r in methods} == {"0.5@only-zero", "0.5@all", "none"}
    assert {"DL", "REML", "PM", "SJ", "ML", "HE"} <= {r["tau2"] for r in methods}
    assert {"random", "common", "mantel-haenszel", "peto"} == {r["model"] for r in methods}
    assert methods[0]["fit"] == "1"
    assert (methods[0]["measure"], methods[0]["model"], methods[0]["tau2"]) == ("RR", "random", "DL")
    without = next(r for r in methods if r["zero_cells"] == "none" and r["measure"] == "RR")
    studies = chosen(found["universe_studies"], effects=without["effects"])
    assert "T2" not in {s["study"] for s in studies}  # no risk ratio without a correction
    assert not chosen(found["universe"], fit=without["fit"], left_out="3")  # and so nothing to leave out
    peto = next(r["fit"] for r in methods if r["model"] == "peto")
    assert {r["ci"] for r in chosen(found["universe_intervals"], fit=peto)} == {"wald"}
    assert all(r["pi"] == r["pi_low"] == "" for r in chosen(found["universe_intervals"], fit=peto))
    weights = {r["left_out"]: r["weights"].split("; ") for r in found["universe_weights"] if r["fit"] == "1"}
    assert set(weights) == {"", "2", "3", "4", "5", "6"}
    assert weights["4"][2] == ""
    assert sum(float(w) for w in weights["4"] if w) == pytest.approx(100)


def test_a_method_that_only_the_search_finds_is_there_too(tmp_path):
    spec = Spec("OR", model="mantel-haenszel", counts="corrected", zero_cells="0.01@only-zero")
    review = made(tmp_path / "r", claims=[claim("e", "estimate", "0.3")], rows=TRIALS, measure="OR")
    (row, *_) = audit(review)
    write_universe(review, [replace(row, spec=str(spec))], tmp_path / "out", level=0.95)
    found = tables_of(tmp_path / "out")
    (method,) = chosen(found["universe_methods"], counts="corrected", zero_cells="0.01@only-zero")
    rows = [convert(r) for r in review.rows]
    expected = evaluate_effects(spec, effects_of(spec, rows), next(iter(review.analyses.values())))
    shown = chosen(found["universe"], fit=method["fit"], left_out="")[0]["estimate"]
    assert float(shown) == pytest.approx(expected.natural(expected.fit.estimate), rel=1e-9)


def test_an_interval_that_arrays_do_not_read_off(tmp_path):
    found = of_made(
        tmp_path, [claim("e", "estimate", "0.36"), claim("lo", "ci_low", "0.2")], measure="RR",
        method={"model": "random", "tau2": "REML", "ci": "kenward-roger"},
    )  # fmt: skip
    assert found["universe_methods"][0]["tau2"] == "REML"
    own = chosen(found["universe_intervals"], fit="1", ci="kenward-roger")
    assert {r["left_out"] for r in own} == {"", "2", "3", "4", "5", "6"}
    assert all(float(r["ci_low"]) < float(r["ci_high"]) for r in own)
    assert {"wald", "hksj"} <= {r["ci"] for r in chosen(found["universe_intervals"], fit="1")}
    assert len(chosen(found["universe"], fit="1", left_out="")) == 1


def test_a_mixed_model_is_there_with_all_studies_and_without_each(tmp_path):
    found = of_made(
        tmp_path, [claim("e", "estimate", "0.36")], rows=TRIALS[:1] + TRIALS[2:], measure="OR",
        method={"model": "glmm", "glmm": "unconditional-fixed"},
    )  # fmt: skip
    assert found["universe_methods"][0]["model"] == "glmm"
    assert {r["left_out"] for r in chosen(found["universe"], fit="1")} == {"", "2", "3", "4", "5"}


@pytest.mark.parametrize(
    ("printed", "scale", "inside", "outside"),
    [
        ("0.36", "", ["0.355", "0.364999"], ["0.3549", "0.3651"]),
        ("36%", "percent", ["0.355", "0.364999"], ["0.3549", "0.3651"]),
        ("-1.02", "log", ["0.359", "0.3623"], ["0.3586", "0.3625"]),
        ("64", "percent-reduction", ["0.355", "0.364999"], ["0.3549", "0.3651"]),
    ],
)
def test_printed_numbers_stand_on_the_natural_scale(tmp_path, printed, scale, inside, outside):
    found = of_made(tmp_path, [claim("e", "estimate", printed, scale=scale)], measure="RR", method={"model": "random"})
    (row,) = found["universe_printed"]
    low, high = float(row["low"]), float(row["high"])
    assert all(low <= float(x) <= high for x in inside)
    assert not any(low <= float(x) <= high for x in outside)
    assert row["printed"] == printed


def test_the_limits_of_a_reduction_keep_their_names_and_say_what_they_are_looked_up_as(tmp_path):
    claims = [claim(q, q, text, scale="percent-reduction") for q, text in (("ci_low", "36"), ("ci_high", "81"))]
    found = of_made(tmp_path, claims, measure="RR", method={"model": "random", "tau2": "DL"})["universe_printed"]
    assert [(r["claim"], r["quantity"], r["asked"]) for r in found] == [
        ("ci_low", "ci_low", "ci_high"), ("ci_high", "ci_high", "ci_low")
    ]  # fmt: skip
    assert {r["scale"] for r in found} == {"percent-reduction"}
    assert float(found[0]["low"]) == pytest.approx(0.635)


@pytest.mark.parametrize(
    ("quantity", "printed", "typed", "scale"),
    [
        ("estimate", "0.35", "", ""),
        ("estimate", "35%", "percent", "percent"),
        ("estimate", "64%", "percent-reduction", "percent-reduction"),
        ("estimate", "-1.02", "log", "log"),
        ("i2", "58%", "percent", ""),
        ("i2", "58%", "", ""),
        ("i2", "0.58", "fraction", "fraction"),
        ("p", "0.05%", "", "percent"),
    ],
)
def test_a_scale_is_named_where_it_is_not_that_of_the_tables(tmp_path, quantity, printed, typed, scale):
    (row,) = of_made(tmp_path, [claim("c", quantity, printed, scale=typed)], measure="RR")["universe_printed"]
    assert (row["quantity"], row["scale"]) == (quantity, scale)


# Two trials alike with RR 197 / 400, a reduction of 50.75 %: rounded it is 51, cut it is 50.
HALF = [{"study": f"H{i}", "events_t": 197, "n_t": 1000, "events_c": 400, "n_c": 1000} for i in (1, 2)]
EXACT_HALF = [{**row, "events_t": 200} for row in HALF]


@pytest.mark.parametrize(
    ("rows", "printed", "low", "high", "closed"),
    [
        (HALF, "50", 0.49, 0.50, "high"),  # a reduction of 50 (closed) up to 51 (open): the ratio the other way round
        ([{**row, "events_t": 181} for row in HALF], "54", 0.45, 0.46, "high"),
    ],
)
def test_digits_of_a_reduction_that_were_cut_have_their_values(tmp_path, rows, printed, low, high, closed):
    reduction = claim("e", "estimate", printed, scale="percent-reduction")
    found = of_made(tmp_path, [reduction], rows=rows, judge=audit, measure="RR", method={"model": "common"})
    (row,) = found["universe_printed"]
    assert row["verdict"] == "WITHIN_ROUNDING"
    assert (float(row["cut_low"]), float(row["cut_high"])) == (pytest.approx(low), pytest.approx(high))
    assert [n for n in ("low", "high") if row[f"cut_{n}_open"] == "no"] == [closed]
    assert float(row["cut_high"]) >= high  # the closed end with its slack, the open one without


def test_nothing_is_cut_where_the_audit_does_not_say_so(tmp_path):
    reduction = claim("e", "estimate", "50", scale="percent-reduction")
    found = of_made(tmp_path, [reduction], rows=EXACT_HALF, judge=audit, measure="RR", method={"model": "common"})
    (row,) = found["universe_printed"]
    assert row["verdict"] == "EXACT"
    assert {row[f"cut_{n}"] for n in ("low", "high", "low_open", "high_open")} == {""}


def test_a_bound_without_end_and_one_that_is_outside(tmp_path):
    found = of_made(tmp_path, [claim("p", "p", "<0.001")], measure="RR", method={"model": "random"})
    (row,) = found["universe_printed"]
    assert (float(row["high"]), row["high_open"]) == (0.001, "yes")


def test_subgroups_and_words_are_no_printed_results_of_the_whole(tmp_path):
    claims = [claim("e", "estimate", "0.36"), claim("w", "weight", "10", subject="T1"), claim("t", "text", "no effect")]
    found = of_made(tmp_path, claims, measure="RR", method={"model": "random"})
    assert [r["claim"] for r in found["universe_printed"]] == ["e"]


GROUPED = [{**row, "x_site": site} for row, site in zip(TRIALS, ("a", "b", "b", "a", "b"), strict=True)]


def test_every_subgroup_has_the_numbers_of_the_pool_stage(tmp_path):
    method = {"model": "random", "tau2": "REML", "zero_cells": {"add": 0.5, "to": "if-any-zero"}}
    claims = [
        claim("e", "estimate", "0.36"),
        claim("b", "estimate", "0.5", subject="site=b"),
        claim("a", "k", "2", subject="a"),
    ]
    review = made(tmp_path / "r", claims=claims, rows=GROUPED, measure="RR", method=method, subgroups="x_site")
    extract(review.folder, tmp_path / "out")
    write_effects(review, tmp_path / "out", level=0.95)
    write_pooled(review, tmp_path / "out", level=0.95)
    write_universe(review, all_exact(review), tmp_path / "out", level=0.95)
    found = tables_of(tmp_path / "out")
    pooled = [r for r in rows_of(tmp_path / "out" / "pooled.csv") if r["role"] in ("primary", "subgroup")]
    assert [r["subgroup"] for r in pooled] == ["", "a", "b"]
    for row in pooled:
        methods = chosen(
            found["universe_methods"], subgroup=row["subgroup"], zero_cells="0.5@if-any-zero", tau2="REML", measure="RR"
        )
        (fit,) = [m for m in methods if m["variance"] == "LS"]
        (own,) = chosen(found["universe"], fit=fit["fit"], left_out="")
        assert {n: own[n] for n in ("k", "estimate", "tau2", "i2", "q")} == {
            n: row[n] for n in ("k", "estimate", "tau2", "i2", "q")
        }
        (reading,) = chosen(found["universe_intervals"], fit=fit["fit"], left_out="", ci="wald")
        assert {n: reading[n] for n in ("ci_low", "ci_high", "p")} == {n: row[n] for n in ("ci_low", "ci_high", "p")}
        studies = chosen(found["universe_studies"], effects=fit["effects"])
        assert len(studies) == int(row["k"])
        left = {r["left_out"] for r in chosen(found["universe"], fit=fit["fit"])} - {""}
        assert left == ({s["row"] for s in studies} if len(studies) > 1 else set())
    numbers = [m["fit"] for m in found["universe_methods"]]
    assert len(set(numbers)) == len(numbers)
    assert [(r["claim"], r["subgroup"]) for r in found["universe_printed"]] == [("e", ""), ("a", "a"), ("b", "b")]


def test_a_subgroup_of_one_study_and_one_level_alone_are_not_offered(tmp_path):
    few = [{**row, "x_site": "a" if i else "b"} for i, row in enumerate(TRIALS)]
    found = of_made(tmp_path / "few", [claim("e", "estimate", "0.36")], rows=few, measure="RR", subgroups="x_site")
    assert {m["subgroup"] for m in found["universe_methods"]} == {"", "a"}
    alike = [{**row, "x_site": "a"} for row in TRIALS]
    found = of_made(tmp_path / "alike", [claim("e", "estimate", "0.36")], rows=alike, measure="RR", subgroups="x_site")
    assert {m["subgroup"] for m in found["universe_methods"]} == {""}


def test_a_single_study_and_a_regression_have_nothing_to_explore(tmp_path):
    one = of_made(tmp_path / "one", [claim("e", "estimate", "0.36")], rows=TRIALS[:1], measure="RR")
    assert all(rows == [] for rows in one.values())
    many = [{**row, "x_dose": i} for i, row in enumerate(TRIALS)]
    regression = {"main": {"title": "Dose", "select": {"outcome": "pain"}, "measure": "RR", "moderators": ["x_dose"]}}
    found = of_made(tmp_path / "many", [claim("e", "coef", "0.36", subject="x_dose")], rows=many, analyses=regression)
    assert all(rows == [] for rows in found.values())


def test_weights_of_long_analyses_are_given_for_all_studies_only(tmp_path):
    rows = [TRIALS[i % 5] | {"study": f"S{i}"} for i in range(27)]
    found = of_made(tmp_path, [claim("e", "estimate", "0.36")], rows=rows, measure="RR")
    assert {r["left_out"] for r in found["universe_weights"]} == {""}
    assert len(chosen(found["universe"], fit="1")) == 28


def test_the_same_bytes_every_time(tmp_path):
    for name in ("one", "two"):
        of_made(tmp_path / name, [claim("e", "estimate", "0.36")], measure="RR", method={"model": "random"})
    for name in TABLES:
        assert (tmp_path / "one/out" / f"{name}.csv").read_bytes() == (
            tmp_path / "two/out" / f"{name}.csv"
        ).read_bytes()
