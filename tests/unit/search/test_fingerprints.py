"""Printed weights name the model, printed study results the measure."""

import math

import numpy as np
import pytest

from metaudit.errors import PrintedError
from metaudit.search.batch import evaluate_specs
from metaudit.search.fingerprints import Way, by_rows, by_weights
from metaudit.search.universe import universe
from metaudit.specs import Spec

# Fleiss 1993, aspirin after myocardial infarction, as RevMan 5 exports it (Fleiss1993_CR.csv of the R package meta, read
# 2025): counts, then its own results for the studies (OR with 95 % limits, weight in percent of the Mantel-Haenszel
# model), digits as exported.
REVMAN_ASPIRIN = [
    (49, 615, 67, 624, "0.71971415", "0.48897453", "1.05933628", "3.17649"),
    (44, 758, 64, 771, "0.6807598", "0.4573909", "1.01321191", "3.10168911"),
    (102, 832, 126, 850, "0.80287019", "0.60645288", "1.06290292", "5.67538044"),
    (32, 317, 38, 309, "0.80073869", "0.48626104", "1.31859721", "1.79548462"),
    (85, 810, 52, 406, "0.79814324", "0.55256335", "1.15286803", "3.21762436"),
    (246, 2267, 219, 2257, "1.1327364", "0.93466468", "1.37278298", "10.15349122"),
    (1570, 8587, 1720, 8600, "0.89496936", "0.82941758", "0.96570193", "72.87984024"),
]
COUNTS = ("events_t", "n_t", "events_c", "n_c")
PRINTED = ("printed_effect", "printed_ci_low", "printed_ci_high")


def rounded(text, decimals):
    return f"{float(text):.{decimals}f}"


def aspirin(make_rows, *, decimals):
    return make_rows(
        [
            {
                **dict(zip(COUNTS, r, strict=False)),
                **{n: rounded(t, decimals) for n, t in zip(PRINTED, r[4:7], strict=True)},
            }
            for r in REVMAN_ASPIRIN
        ]
    )


@pytest.fixture(scope="module")
def fleiss(make_rows, plain):
    rows = aspirin(make_rows, decimals=2)
    space = universe(("RR", "OR", "RD"), any_zero=False, k=7, asked=("estimate",))
    return rows, evaluate_specs(space.specs, rows, plain)


def test_revmans_weights_name_its_model(fleiss):
    rows, results = fleiss
    for decimals in (1, 2, 6):
        weights = {r.row.line: rounded(w[7], decimals) for r, w in zip(rows, REVMAN_ASPIRIN, strict=True)}
        found = by_weights(weights, results)
        assert len(found) == 1, decimals
        assert found[0].names["measure"] == ("OR",)
        assert found[0].names["model"] == ("mantel-haenszel",)
        assert found[0].forced is None
        assert found[0].says == "OR, mantel-haenszel"


def test_revmans_study_results_name_its_measure(fleiss):
    rows, results = fleiss
    found = by_rows(rows, results)
    assert found.measures == ("OR",)
    assert {w.level for w in found.joint} == {0.95}
    assert found.best == len(found.rows) == 7
    assert all(r.printed == ("estimate", "ci_low", "ci_high") for r in found.rows)


def test_a_wrong_weight_is_not_explained_away(fleiss):
    rows, results = fleiss
    weights = {r.row.line: rounded(w[7], 1) for r, w in zip(rows, REVMAN_ASPIRIN, strict=True)}
    assert by_weights({**weights, 3: "3.2"}, results) == ()  # a unit off, and they do not add up to 100 for it
    assert by_weights({**weights, 3: "9.1"}, results) == ()
    with pytest.raises(PrintedError, match="not a printed number"):
        by_weights({**weights, 3: "much"}, results)


def test_weights_forced_to_add_up_to_100(fleiss):
    rows, results = fleiss
    weights = {r.row.line: rounded(w[7], 1) for r, w in zip(rows, REVMAN_ASPIRIN, strict=True)}
    assert sum(map(float, weights.values())) == pytest.approx(100.1)
    (found,) = by_weights({**weights, 8: "72.8"}, results)
    assert found.forced == 8
    assert found.names["model"] == ("mantel-haenszel",)
    assert found.says.endswith(
        "the weight in row 8 is one unit off, as where a program makes the weights add up to 100"
    )
    assert by_weights({**weights, 8: "72.7"}, results) == ()  # two units
    assert by_weights({**weights, 2: "3.1", 8: "73.0"}, results) == ()  # they add up to 100.1


def test_some_weights_are_enough_and_one_study_has_none_to_speak_of(fleiss, make_rows, plain):
    _, results = fleiss
    assert by_weights({4: "5.675", 8: "72.880"}, results)[0].names["model"] == ("mantel-haenszel",)
    single = make_rows([dict(zip(COUNTS, REVMAN_ASPIRIN[0], strict=False))])
    assert by_weights({2: "100"}, evaluate_specs((Spec("RR", model="common"),), single, plain)) == ()


def test_weights_say_nothing_of_how_an_interval_is_read_off(fleiss):
    _, results = fleiss
    i = results.specs.index(Spec("RR", tau2="DL"))
    weights = {line: f"{w:.2f}" for line, w in zip(results.lines, results.weights[i], strict=True)}
    found = by_weights(weights, results)
    own = next(c for c in found if results.specs[i] in c.specs)
    assert {s.ci for s in own.specs} >= {"wald", "hksj"}
    assert {"DL"} <= set(own.names["tau2"]) < {s.tau2 for s in results.specs}
    at = [results.specs.index(s) for s in own.specs]
    assert results.weights[at] == pytest.approx(np.tile(results.weights[i], (len(at), 1)), rel=1e-9)


def test_how_often_weights_alone_name_the_estimator(make_rows, random_counts, plain):
    """Weights with one decimal: the true estimator is always among the classes, and mostly the only one.

    Estimators that give one tau2 (0, where studies agree) have one set of weights and are one class: nothing printed could
    tell them apart.
    """
    rng = np.random.default_rng(17)
    specs = tuple(Spec(m, tau2=t) for m in ("RR", "OR") for t in ("DL", "REML", "PM", "ML", "HE", "SJ", "HS"))
    specs += tuple(Spec(m, model=c) for m in ("RR", "OR") for c in ("common", "mantel-haenszel"))
    alone = 0
    draws = 150
    for _ in range(draws):
        rows = make_rows(random_counts(rng, k=int(rng.integers(5, 25))))
        results = evaluate_specs(specs, rows, plain)
        true = int(rng.integers(len(specs)))
        found = by_weights(
            {line: f"{w:.1f}" for line, w in zip(results.lines, results.weights[true], strict=True)}, results
        )
        plainly = [c for c in found if c.forced is None]
        assert any(specs[true] in c.specs for c in plainly)
        alone += len(plainly) == 1
    assert alone / draws >= 0.85, alone / draws


@pytest.fixture(scope="module")
def smds(make_rows, plain):
    rng = np.random.default_rng(5)
    studies = [
        {"mean_t": round(10 + d, 1), "sd_t": s, "n_t": n, "mean_c": 10.0, "sd_c": t, "n_c": m}
        for d, s, t, n, m in zip(
            rng.normal(2, 1, 6), rng.uniform(3, 5, 6).round(1), rng.uniform(3, 5, 6).round(1),
            rng.integers(8, 15, 6), rng.integers(8, 15, 6), strict=True,
        )
    ]  # fmt: skip
    specs = tuple(Spec("SMD", variance=v, level=x) for v in ("LS", "LS2", "UB", "revman") for x in (0.95, 0.99))
    specs += tuple(Spec("MD", variance=v) for v in ("LS", "pooled-sd"))
    return studies, specs, make_rows, plain


def with_results(studies, spec, *, make_rows, plain, decimals=3):
    results = evaluate_specs((spec,), make_rows(studies), plain)
    z = {0.95: 1.959963984540054, 0.99: 2.5758293035489004}[spec.level]
    y, half = results.yi[0], z * np.sqrt(results.vi[0])
    return [
        {**s, **{n: f"{x:.{decimals}f}" for n, x in zip(PRINTED, (e, e - h, e + h), strict=True)}}
        for s, e, h in zip(studies, y, half, strict=True)
    ]


@pytest.mark.parametrize("level", [0.95, 0.99])
@pytest.mark.parametrize("variance", ["LS", "LS2", "UB", "revman"])
def test_study_results_name_variance_and_level(smds, variance, level):
    studies, specs, make_rows, plain = smds
    printed = with_results(studies, Spec("SMD", variance=variance, level=level), make_rows=make_rows, plain=plain)
    rows = make_rows(printed)
    found = by_rows(rows, evaluate_specs(specs, rows, plain))
    assert found.joint == (Way("SMD", variance, "0.5@only-zero", level),)
    assert str(found.joint[0]).endswith(f"{100 * level:g} %")


def test_one_study_that_does_not_fit_is_named(smds):
    studies, specs, make_rows, plain = smds
    printed = with_results(studies, Spec("SMD", variance="revman"), make_rows=make_rows, plain=plain)
    printed[2]["printed_effect"] = "9.999"
    rows = make_rows(printed)
    found = by_rows(rows, evaluate_specs(specs, rows, plain))
    way = Way("SMD", "revman", "0.5@only-zero", 0.95)
    assert found.joint == ()
    assert found.counts[way] == found.best == 5
    assert [r.line for r in found.missed(way)] == [4]
    assert found.rows[2].ways == ()


def test_rows_without_print_or_without_data_do_not_decide(smds):
    studies, specs, make_rows, plain = smds
    printed = with_results(studies, Spec("SMD", variance="LS2"), make_rows=make_rows, plain=plain)
    del printed[0]["printed_effect"], printed[0]["printed_ci_low"], printed[0]["printed_ci_high"]
    printed[1] = {"printed_effect": "0.5"}
    printed[3]["printed_effect"] = "not estimable"
    rows = make_rows(printed)
    found = by_rows(rows, evaluate_specs(specs, rows, plain))
    assert found.joint == (Way("SMD", "LS2", "0.5@only-zero", 0.95),)
    assert [(r.line, r.computable) for r in found.rows] == [(3, False), (4, True), (5, True), (6, True), (7, True)]
    assert found.rows[2].printed == ("ci_low", "ci_high")
    nothing = by_rows(make_rows(studies), evaluate_specs(specs, make_rows(studies), plain))
    assert (nothing.rows, nothing.joint, nothing.best) == ((), (), 0)


def test_a_stated_level_of_a_row_holds(smds):
    studies, specs, make_rows, plain = smds
    printed = with_results(studies, Spec("SMD", level=0.99), make_rows=make_rows, plain=plain)
    rows = make_rows([{**p, "ci_level": "0.99"} for p in printed])
    found = by_rows(rows, evaluate_specs(specs, rows, plain))
    assert {(w.measure, w.variance) for w in found.joint} == {("SMD", "LS")}


def test_the_zero_cell_rule_is_named_by_the_studies_it_touches(make_rows, plain):
    counts = [(0, 20, 4, 22), (5, 30, 9, 31), (3, 25, 6, 24)]
    rules = ("0.5@only-zero", "0.5@all", "tacc@only-zero")
    specs = tuple(Spec("OR", z) for z in rules)
    for spec in specs:
        printed = with_results(
            [dict(zip(COUNTS, c, strict=True)) for c in counts], spec, make_rows=make_rows, plain=plain
        )
        y = evaluate_specs((spec,), make_rows(printed), plain)
        z = 1.959963984540054
        for p, e, h in zip(printed, y.yi[0], z * np.sqrt(y.vi[0]), strict=True):
            p.update({n: f"{math.exp(x):.3f}" for n, x in zip(PRINTED, (e, e - h, e + h), strict=True)})
        rows = make_rows(printed)
        found = by_rows(rows, evaluate_specs(specs, rows, plain))
        assert [w.zero_cells for w in found.joint] == [spec.zero_cells]
        ways = [{w.zero_cells for w in r.ways} for r in found.rows]
        with_zero = {"tacc@only-zero"} if spec.zero_cells == "tacc@only-zero" else {"0.5@only-zero", "0.5@all"}
        without = {"0.5@all"} if spec.zero_cells == "0.5@all" else {"0.5@only-zero", "tacc@only-zero"}
        assert ways == [with_zero, without, without]


def test_classes_of_one_model_are_told_apart(make_rows, plain):
    """Printed without decimals the weights leave Mantel-Haenszel with raw and with corrected counts."""
    counts = [(12, 50, 20, 50), (8, 40, 14, 42), (30, 100, 33, 98), (5, 60, 16, 61), (0, 40, 3, 42)]
    rows = make_rows([dict(zip(COUNTS, c, strict=True)) for c in counts])
    raw = Spec("RR", model="mantel-haenszel")
    corrected = Spec("RR", model="mantel-haenszel", counts="corrected", zero_cells="0.01@only-zero")
    results = evaluate_specs([raw, corrected], rows, plain)
    weights = {line: f"{w:.0f}" for line, w in zip(results.lines, results.weights[0], strict=True)}
    said = [c.says for c in by_weights(weights, results)]
    assert said == [
        "RR, mantel-haenszel (counts as they are)", "RR, mantel-haenszel (zero cells 0.01@only-zero, counts corrected)",
    ]  # fmt: skip
    alone = by_weights(weights, evaluate_specs([raw], rows, plain))
    assert [c.says for c in alone] == ["RR, mantel-haenszel"]
