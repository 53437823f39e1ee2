"""cumulative.csv and gosh.csv: metafor's numbers, single fits, brute force over all subsets."""

import itertools
from dataclasses import replace

import numpy as np
import pytest
from bcg import VI, YEAR, YI

from making import made
from metaudit.errors import DataError
from metaudit.evaluate import Settings, evaluate_effects
from metaudit.files import read_rows
from metaudit.pooling.pool import SEED
from metaudit.stages.effects import primary_spec, read_effects, write_effects
from metaudit.stages.extract import extract
from metaudit.stages.pool import write_pooled
from metaudit.stages.subset_rows import MOST_SUBSETS, cumulative_rows, gosh_rows
from tolerances import CLOSED_FORM, ITERATIVE

# metafor 3.8-1: d <- escalc(measure="RR", ai=tpos, bi=tneg, ci=cpos, di=cneg, data=dat.bcg);
# cumul(rma(yi, vi, data=d, method="DL"), order=year), and the same with method="REML",
# control=list(threshold=1e-15, maxiter=1000); computed 2026-11-29, 13 digits.
ORDER = [1, 2, 6, 3, 10, 9, 12, 5, 7, 11, 13, 4, 8]
DL = {
    "estimate": [
        -0.8893113339202, -1.3250034422449, -0.9615353218682, -0.9523947426154, -1.0993222871616, -0.9539942407344, -0.8977333658755,
        -0.7819364493698, -0.8531334162503, -0.7644612611215, -0.6881230659379, -0.7900865998537, -0.7141172220732,
    ],
    "ci_low": [
        -2.0076674790762, -2.0090088669370, -1.4191887955995, -1.3142559836899, -1.4870491996406, -1.2825784554226, -1.2472260921039,
        -1.1228705688062, -1.1905298673488, -1.0667277056147, -0.9813640726307, -1.1097266175501, -1.0644452800841,
    ],
    "tau2": [
        0, 0, 0.07543986586044, 0.04255151882781, 0.08318907290837, 0.07231906477508, 0.09653290917963, 0.12197554964458,
        0.13510356075869, 0.12788015539774, 0.13823441346432, 0.21088523257487, 0.30876026286238,
    ],
    "i2": [
        0, 0, 37.26300396295, 22.30736769059, 47.65450674533, 50.90995559176, 54.58538101850, 64.23989910177, 64.94422904120,
        73.62274145603, 74.75522319856, 83.82015341518, 92.11734685456,
    ],
}  # fmt: skip
REML = {
    "estimate": [
        -0.8893113339202, -1.3250034422449, -0.9720799318133, -1.0010961744966, -1.1014257852115, -0.9734638943820, -0.9012511002726,
        -0.7885655037188, -0.8656074387864, -0.7852103678567, -0.7082059923706, -0.7947676045155, -0.7145323421581,
    ],
    "ci_high": [
        0.2290448112358, -0.6409980175528, -0.4909806155150, -0.5654259030630, -0.7100884489204, -0.6056662615652, -0.5274107195524,
        -0.4025485368832, -0.4809582177226, -0.4321363024915, -0.3585789549228, -0.4422138183712, -0.3621670455059,
    ],
    "i2": [
        0, 0, 40.70910509878, 33.97563621665, 48.41282688802, 60.00078907235, 59.99756146275, 72.39036282692, 73.50645691791,
        81.40283701430, 83.01086752020, 87.03136273957, 92.22138452127,
    ],
}  # fmt: skip
GIVEN = [
    {"study": f"S{i}", "year": str(t), "effect": repr(y), "se": repr(v**0.5)}
    for i, (y, v, t) in enumerate(zip(YI, VI, YEAR, strict=True), start=1)
]
COUNTS = [
    ("A", 4, 123, 11, 139), ("B", 6, 306, 29, 303), ("C", 3, 231, 11, 220), ("D", 0, 40, 0, 38), ("E", 33, 506, 47, 580), ("F", 1, 60, 0, 61),
]  # fmt: skip
TABLES = [{"study": s, "events_t": a, "n_t": n, "events_c": c, "n_c": m} for s, a, n, c, m in COUNTS]
SHARES = [{"study": s, "events": a, "n": n} for s, a, n, _, _ in COUNTS]


def pooled(folder, rows, **main):
    """The results folder of a made-up review, with the analysis, its primary fit and the effects of all studies."""
    review = made(folder / "r", claims=[], rows=rows, **main)
    out = folder / "results"
    extract(review.folder, out)
    write_effects(review, out, level=0.95)
    write_pooled(review, out, level=0.95)
    analysis = review.analyses["main"]
    effects = read_effects(out / "effects.csv")["main"]
    primary = evaluate_effects(primary_spec(analysis, list(effects.studies), level=0.95), effects, analysis)
    return out, analysis, primary, effects


def method(model="random", tau2="DL", ci="wald"):
    return {"model": model, **({"tau2": tau2} if model == "random" else {}), "ci": ci}


def fitted(spec, effects, analysis):
    """The fit, or None where these studies cannot be pooled."""
    try:
        return evaluate_effects(spec, effects, analysis)
    except DataError:
        return None


@pytest.mark.parametrize(("tau2", "theirs", "close"), [("DL", DL, CLOSED_FORM), ("REML", REML, ITERATIVE)])
def test_cumulative_equals_metafor(tmp_path, tau2, theirs, close):
    out, *_ = pooled(tmp_path, GIVEN, measure="GEN", method=method(tau2=tau2))
    rows = read_rows(out / "cumulative.csv")
    assert [r["study"] for r in rows] == [f"S{i}" for i in ORDER]
    assert [r["row"] for r in rows] == [str(i + 1) for i in ORDER]
    assert [(r["place"], r["k"]) for r in rows] == [(str(i), str(i)) for i in range(1, 14)]
    for column, values in theirs.items():
        assert [float(r[column]) for r in rows] == pytest.approx(values, rel=close, abs=1e-9), column


@pytest.mark.parametrize(
    ("rows", "measure", "how"),
    [
        (GIVEN, "GEN", method(ci="hksj")),
        (GIVEN, "GEN", method(tau2="PM", ci="hksj-adhoc-ci")),
        (GIVEN, "GEN", method("common")),
        (TABLES, "RR", method()),
        (TABLES, "OR", method("mantel-haenszel")),
        (TABLES, "PETO", method("peto")),
        (SHARES, "PLO", method(tau2="REML")),
        (SHARES, "PFT", method()),
    ],
)
def test_cumulative_equals_one_fit_after_the_other(tmp_path, rows, measure, how):
    _, analysis, primary, effects = pooled(tmp_path, rows, measure=measure, method=how)
    found = cumulative_rows(analysis, primary, effects, settings=Settings())
    years = [s.row.text("year") for s in effects.studies]
    order = sorted(range(effects.k), key=lambda i: (years[i], i))
    assert [r["study"] for r in found] == [effects.studies[i].label for i in order]
    fits = 0
    for place, row in enumerate(found, start=1):
        some = effects.take(np.isin(np.arange(effects.k), order[:place]))
        single = fitted(replace(primary.spec, pi="t-k-2"), some, analysis)
        if single is None:
            assert all(np.isnan(row[n]) for n in ("estimate", "ci_low", "ci_high", "tau2", "i2"))
            continue
        fits += 1
        for name in ("estimate", "ci_low", "ci_high"):
            expected = single.natural(getattr(single.fit, name))
            assert row[name] == pytest.approx(expected, rel=ITERATIVE, abs=1e-10, nan_ok=True), (place, name)
        assert row["tau2"] == pytest.approx(single.fit.tau2, rel=ITERATIVE, abs=1e-10, nan_ok=True)
        assert row["i2"] == pytest.approx(single.fit.i2, rel=ITERATIVE, abs=1e-7, nan_ok=True)
    assert fits >= len(found) - (measure in ("OR", "PETO"))


def test_studies_of_one_year_stand_in_the_order_of_the_table_and_without_years_all_do(tmp_path):
    rows = [{**r, "year": y} for r, y in zip(GIVEN[:4], ("1990", "1980", "1990", "1980"), strict=True)]
    out, *_ = pooled(tmp_path / "a", rows, measure="GEN", method=method())
    assert [r["study"] for r in read_rows(out / "cumulative.csv")] == ["S2", "S4", "S1", "S3"]
    rows[2]["year"] = ""
    out, *_ = pooled(tmp_path / "b", rows, measure="GEN", method=method())
    assert [r["study"] for r in read_rows(out / "cumulative.csv")] == ["S1", "S2", "S3", "S4"]


def test_a_single_study_and_a_regression_have_no_rows(tmp_path):
    out, *_ = pooled(tmp_path / "a", GIVEN[:1], measure="GEN", method=method())
    assert read_rows(out / "cumulative.csv") == read_rows(out / "gosh.csv") == []
    rows = [{**r, "x_dose": str(i % 5)} for i, r in enumerate(GIVEN)]
    out, *_ = pooled(tmp_path / "b", rows, measure="GEN", method=method(), moderators=["dose"])
    assert read_rows(out / "cumulative.csv") == read_rows(out / "gosh.csv") == []


def test_the_cells_count_every_subset_once(tmp_path):
    out, analysis, primary, effects = pooled(tmp_path, GIVEN[:7], measure="GEN", method=method())
    rows = read_rows(out / "gosh.csv")
    subsets = [c for size in range(2, 8) for c in itertools.combinations(range(7), size)]
    assert {r["subsets"] for r in rows} == {str(len(subsets))} == {"120"}
    assert {r["complete"] for r in rows} == {"yes"}
    study = int(rows[0]["row"]) - 2
    for row in rows:
        low, high, bottom, top = (float(row[n]) for n in ("low_yi", "high_yi", "i2_low", "i2_high"))
        assert high - low == pytest.approx(float(rows[0]["high_yi"]) - float(rows[0]["low_yi"]), rel=1e-6)
        assert top - bottom == pytest.approx(2.5)
    mine, with_it = dict.fromkeys(range(len(rows)), 0), dict.fromkeys(range(len(rows)), 0)
    for subset in subsets:
        fit = evaluate_effects(primary.spec, effects.take(np.isin(np.arange(7), subset)), analysis).fit
        near = [
            i
            for i, r in enumerate(rows)
            if float(r["low_yi"]) - 1e-9 <= fit.estimate <= float(r["high_yi"]) + 1e-9
            and float(r["i2_low"]) - 1e-9 <= fit.i2 < float(r["i2_high"])
        ]
        assert near, subset
        mine[near[-1]] += 1
        with_it[near[-1]] += study in subset
    assert [mine[i] for i in mine] == [int(r["count"]) for r in rows]
    assert [with_it[i] for i in mine] == [int(r["count_with"]) for r in rows]


def test_the_study_that_lies_apart_divides_the_subsets(tmp_path):
    rows = [{**GIVEN[i], "effect": str(e), "se": "0.1"} for i, e in enumerate((0.1, 0.12, 0.08, 2.0, 0.11))]
    out, *_ = pooled(tmp_path, rows, measure="GEN", method=method())
    found = read_rows(out / "gosh.csv")
    assert {r["study"] for r in found} == {"S4"}
    assert all(float(r["shift_yi"]) > 0.3 and float(r["shift_i2"]) > 50 for r in found)


def test_many_studies_have_a_seeded_sample_and_up_to_fourteen_all_subsets(tmp_path):
    rows = [{**GIVEN[i % 13], "study": f"T{i}", "effect": repr(YI[i % 13] + 0.01 * i)} for i in range(15)]
    _, analysis, primary, effects = pooled(tmp_path, rows, measure="GEN", method=method())
    one, again, other = (gosh_rows(analysis, primary, effects, seed=s) for s in (SEED, SEED, SEED + 1))
    assert one == again != other
    assert sum(r["count"] for r in one) == MOST_SUBSETS == one[0]["subsets"]
    assert one[0]["complete"] is False
    fourteen = effects.take(np.arange(15) < 14)
    rows = gosh_rows(analysis, primary, fourteen, seed=SEED)
    assert sum(r["count"] for r in rows) == 2**14 - 15
    assert rows[0]["complete"] is True


def test_models_of_the_counts_and_three_studies_have_no_subsets(tmp_path):
    out, *_ = pooled(tmp_path / "a", TABLES, measure="OR", method=method("mantel-haenszel"))
    assert read_rows(out / "gosh.csv") == []
    assert read_rows(out / "cumulative.csv") != []
    out, *_ = pooled(tmp_path / "b", GIVEN[:3], measure="GEN", method=method())
    assert read_rows(out / "gosh.csv") == []
