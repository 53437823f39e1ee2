"""What the figures of bias and influence need beyond the tables: coordinates, limits, filled studies, covariances."""

import pytest
from bcg import ABLAT, VI, YEAR, YI

from making import made
from metaudit.files import read_rows
from metaudit.stages.effects import write_effects
from metaudit.stages.extract import extract
from metaudit.stages.pool import write_pooled

ROWS = [
    {"study": f"S{i}", "effect": repr(y), "se": repr(v**0.5), "x_ablat": str(a), "x_year": str(t)}
    for i, (y, v, a, t) in enumerate(zip(YI, VI, ABLAT, YEAR, strict=True))
]
DL = {"model": "random", "tau2": "DL", "ci": "wald"}


def written(folder, **main):
    review = made(folder / "r", claims=[], rows=ROWS, measure="GEN", **main)
    out = folder / "results"
    extract(review.folder, out)
    write_effects(review, out, level=0.95)
    write_pooled(review, out, level=0.95)
    return out


def numbers(rows, column):
    return [float(r[column]) for r in rows]


def test_coordinates_of_the_baujat_plot_equal_metafor(tmp_path):
    rows = read_rows(written(tmp_path, method=DL) / "influence.csv")
    # baujat(rma(yi, vi, data=d, method="DL")) of metafor 3.8-1, which subtracts means that agree in up to four digits
    x = [0.0483853037031, 1.5081492152401, 0.5550123593163, 1.6095133476202, 0.6850053266929, 0.0164216809254, 1.5462327168647,
         1.6857696792886, 0.1639616302106, 1.1313907823947, 0.4372848354230, 1.5995783409989, 1.2771688645149]  # fmt: skip
    y = [2.38176862744e-03, 1.06611486185e-01, 2.56582432997e-02, 3.38226321535e-01, 6.80115680866e-02, 4.57994997754e-05,
         1.02647300962e-01, 2.16995650426e-01, 1.72643083337e-02, 1.12741415552e-01, 5.09856781029e-02, 6.33225211617e-02,
         1.17675881317e-01]  # fmt: skip
    assert numbers(rows, "baujat_x") == pytest.approx(x, rel=1e-8)
    assert numbers(rows, "baujat_y") == pytest.approx(y, rel=1e-8)


def test_limits_count_the_coefficients(tmp_path):
    rows = read_rows(written(tmp_path, method=DL, moderators=["ablat", "year"]) / "influence.csv")
    assert numbers(rows, "dffits_limit") == pytest.approx([3 * (3 / 10) ** 0.5] * 13)
    assert numbers(rows, "cook_d_limit") == pytest.approx([2.36597388437534] * 13)  # qchisq(0.5, 3)
    assert numbers(rows, "hat_limit") == pytest.approx([9 / 13] * 13)


def test_filled_studies_equal_metafor(tmp_path):
    rows = read_rows(written(tmp_path, method=DL) / "small_study.csv")
    filled = {r["test"]: r for r in rows}["trim-fill-L0"]
    assert filled["filled"] == "1"
    assert float(filled["filled_yi"]) == pytest.approx(0.309510324888, rel=1e-9)  # trimfill(), metafor 3.8-1
    assert float(filled["filled_vi"]) == pytest.approx(0.223017247572, rel=1e-9)
    assert float(filled["estimate_yi"]) == pytest.approx(-0.656073212989, rel=1e-9)
    assert not any(r["filled_yi"] for r in rows if r["test"] != "trim-fill-L0")


def test_several_filled_studies_stand_in_one_cell(tmp_path):
    skewed = [{"study": f"S{i}", "effect": str(0.1 * i * i), "se": str(0.1 + 0.1 * i)} for i in range(8)]
    review = made(tmp_path / "s", claims=[], rows=skewed, measure="GEN", method={"model": "common", "ci": "wald"})
    out = tmp_path / "skewed"
    extract(review.folder, out)
    write_effects(review, out, level=0.95)
    write_pooled(review, out, level=0.95)
    row = {r["test"]: r for r in read_rows(out / "small_study.csv")}["trim-fill-L0"]
    assert int(row["filled"]) > 1
    assert len(row["filled_yi"].split("; ")) == len(row["filled_vi"].split("; ")) == int(row["filled"])
    given = [float(r["se"]) ** 2 for r in skewed]
    assert all(any(abs(float(v) - g) < 1e-9 for g in given) for v in row["filled_vi"].split("; "))


@pytest.mark.parametrize(
    ("ci", "quantile", "covariance"),
    [  # vcov(rma(yi, vi, mods=~ablat, data=d, method="DL", test="z" or "knha")), metafor 3.8-1; qnorm, qt(0.975, 11)
        ("wald", 1.95996398454005, [[0.05396676219410, -1.41159388206e-03], [-1.41159388206e-03, 4.53334349657e-05]]),
        ("hksj", 2.20098516009164, [[0.07500724288273, -1.96194399772e-03], [-1.96194399772e-03, 6.30079669214e-05]]),
    ],
)
def test_covariances_of_a_regression_equal_metafor(tmp_path, ci, quantile, covariance):
    rows = read_rows(written(tmp_path, method=DL | {"ci": ci}, moderators=["ablat"]) / "regression.csv")
    assert numbers(rows, "quantile") == pytest.approx([quantile] * 2, rel=1e-8)
    found = [[float(c) for c in r["covariance"].split("; ")] for r in rows]
    assert found == [pytest.approx(row, rel=1e-8) for row in covariance]


def test_intervals_without_one_quantile_have_no_covariance(tmp_path):
    method = {"model": "random", "tau2": "REML", "ci": "kenward-roger"}
    rows = read_rows(written(tmp_path, method=method, moderators=["ablat"]) / "regression.csv")
    assert [(r["covariance"], r["quantile"]) for r in rows] == [("", "")] * 2
