"""Every method that the formats allow goes through the whole pipeline, and rarer claims are about what they name."""

import math

import pytest

from making import audited, claim, made, write_review
from metaudit.files import read_rows
from metaudit.formats.review import read_review
from metaudit.pooling.tau2_intervals import h2_test_based
from metaudit.stages.effects import write_effects
from metaudit.stages.extract import extract
from metaudit.stages.pool import write_pooled
from metaudit.stages.whole import write_whole

COUNTS = [
    {"study": f"S{i}", "events_t": a, "n_t": n, "events_c": c, "n_c": m, "x_g": g, "x_d": d, "printed_weight": w}
    for i, (a, n, c, m, g, d, w) in enumerate(
        [(10, 50, 20, 50, "a", 1, 10), (6, 60, 15, 60, "a", 2, 20), (4, 40, 9, 42, "b", 3, 30), (12, 80, 20, 82, "b", 4, 20), (9, 70, 8, 71, "a", 5, 20)]
    )
]  # fmt: skip


@pytest.mark.parametrize(
    "method",
    [
        {"tau2": "ML", "ci": "profile"}, {"ci": "profile"}, {"tau2": "REML", "ci": "kenward-roger"}, {"ci": "kenward-roger"},
        {"model": "random", "tau2": "GENQ"}, {"model": "user-weights"}, {"model": "glmm"}, {"tau2_ci": "profile-likelihood"},
        {"tau2": "DL", "q": "mantel-haenszel"}, {"tau2": "PM", "stopping": "metafor"}, {"tau2": "DL", "pi": "bootstrap"},
    ],
)  # fmt: skip
def test_a_stated_method_gives_a_pooled_row_and_an_audit(tmp_path, method):
    folder = write_review(
        tmp_path / "r",
        claims=[claim("e", "estimate", "0.60")],
        rows=COUNTS,
        measure="OR",
        method={"model": "random", **method},
    )
    write_whole(read_review(folder), tmp_path / "out")
    primary = [r for r in read_rows(tmp_path / "out" / "pooled.csv") if r["role"] == "primary"]
    assert len(primary) == 1
    assert 0.4 < float(primary[0]["estimate"]) < 0.8


METHOD = {"model": "random", "tau2": "REML", "ci": "wald"}


def test_a_test_of_a_subgroup_is_about_the_subgroup(tmp_path):
    claims = [
        claim("a", "failsafe_n", "999", subject="g=a", method="kind=rosenthal"),
        claim("z", "egger_p", ".5", subject="g=zzz"),
    ]
    found = audited(tmp_path / "r", claims=claims, rows=COUNTS, measure="OR", method=METHOD, subgroups="g")
    assert "for 3 studies" in found["a"].message
    assert found["z"].verdict == "NOT_CHECKABLE"


@pytest.mark.parametrize(
    ("rule", "subject"), [({"column": "d", "centre": 3}, "d=3"), ({"column": "d", "transform": "log"}, "d=1")]
)
def test_a_prediction_follows_the_moderators_rule(tmp_path, rule, subject):
    claims = [
        claim("p", "predicted", "9.99", subject=subject, scale="analysis"),
        claim("i", "coef", "9.99", subject="intercept"),
    ]
    found = audited(tmp_path / "r", claims=claims, rows=COUNTS, measure="OR", method=METHOD, moderators=[rule])
    assert found["p"].value == pytest.approx(found["i"].value)  # both rules turn this value into 0


def test_a_prediction_for_a_level_of_a_factor(tmp_path):
    claims = [
        claim("a", "predicted", "9.99", subject="g=a", scale="analysis"), claim("b", "predicted", "9.99", subject="g=b", scale="analysis"),
        claim("i", "coef", "9.99", subject="intercept"), claim("c", "coef", "9.99", subject="g=b"),
    ]  # fmt: skip
    found = audited(tmp_path / "r", claims=claims, rows=COUNTS, measure="OR", method=METHOD, moderators=["g"])
    assert found["a"].value == pytest.approx(found["i"].value)
    assert found["b"].value == pytest.approx(found["i"].value + found["c"].value)


def test_the_prediction_interval_of_a_subgroup_is_searched(tmp_path):
    def verdict(printed, **method):
        return audited(
            tmp_path / "r", claims=[claim("p", "pi_low", printed, subject="g=a")], rows=COUNTS, measure="OR", subgroups="g",
            method={"model": "random", "tau2": "DL", "ci": "wald", **method},
        )["p"]  # fmt: skip

    normal = verdict("9.99", pi="normal").value
    assert verdict(f"{normal:.4f}").verdict == "UNDERSPECIFIED"


def test_a_cluster_trial_keeps_its_people_and_its_design_through_the_files(tmp_path):
    rows = [{**COUNTS[0], "icc": ".05", "cluster_size": 21}, *COUNTS[1:]]
    review = made(tmp_path / "r", claims=[], rows=rows, measure="OR", method={"model": "mantel-haenszel"})
    out = tmp_path / "results"
    extract(review.folder, out)
    write_effects(review, out, level=0.95)
    write_pooled(review, out, level=0.95)
    effects = read_rows(out / "effects.csv")
    assert (effects[0]["n_t"], float(effects[0]["design_effect"])) == ("50", pytest.approx(2))
    crude = next(r for r in read_rows(out / "proportions.csv") if (r["arm"], r["method"]) == ("treatment", "crude"))
    assert (crude["events"], crude["n"]) == ("41", "300")
    pooled = float(next(r for r in read_rows(out / "pooled.csv") if r["role"] == "primary")["estimate_yi"])
    a, b, c, d = (
        [x / (2 if i == 0 else 1) for i, x in enumerate(column)]
        for column in zip(
            *((r["events_t"], r["n_t"] - r["events_t"], r["events_c"], r["n_c"] - r["events_c"]) for r in COUNTS),
            strict=True,
        )
    )
    n = [sum(x) for x in zip(a, b, c, d, strict=True)]
    ratio = sum(i * j / k for i, j, k in zip(a, d, n, strict=True)) / sum(
        i * j / k for i, j, k in zip(b, c, n, strict=True)
    )
    assert pooled == pytest.approx(math.log(ratio), rel=1e-9)


def test_a_stated_interval_of_i2_is_that_of_the_table(tmp_path):
    method = {"model": "random", "tau2": "DL", "ci": "wald", "i2_ci": "test-based"}
    review = made(tmp_path / "r", claims=[], rows=COUNTS, measure="OR", method=method)
    out = tmp_path / "results"
    extract(review.folder, out)
    write_effects(review, out, level=0.95)
    write_pooled(review, out, level=0.95)
    row = next(r for r in read_rows(out / "pooled.csv") if r["role"] == "primary")
    _, high = h2_test_based(float(row["q"]), int(row["q_df"]), level=0.95)
    assert float(row["i2_high"]) == pytest.approx(100 * (1 - 1 / high))
