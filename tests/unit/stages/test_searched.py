"""What the audit stage writes beside the verdicts: the multiverse, and rows that are worth a second look."""

import csv
import math

import pytest

from making import claim, made
from metaudit.stages.audit import write_audit
from metaudit.stages.multiverse import COLUMNS, CURVE

TRIALS = [
    {"study": f"T{i}", "events_t": a, "n_t": n, "events_c": c, "n_c": m}
    for i, (a, n, c, m) in enumerate(
        [(4, 123, 11, 139), (6, 306, 29, 303), (3, 231, 11, 220), (62, 1354, 248, 1287)], 1
    )
]
MEANS = [
    {
        "study": f"M{i}",
        "outcome": "pain",
        "mean_t": m,
        "sd_t": s,
        "n_t": 50,
        "mean_c": m + 4.0,
        "sd_c": s + 0.3,
        "n_c": 50,
    }
    for i, (m, s) in enumerate([(40.1, 9.8), (38.2, 10.4), (42.5, 9.1), (41.0, 10.9), (39.4, 10.2), (40.7, 9.6)], 1)
]


def rows_of(path):
    with path.open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


def test_the_multiverse_of_a_searched_analysis(tmp_path):
    review = made(
        tmp_path / "r", claims=[claim("e", "estimate", "0.36")], rows=TRIALS, measure="RR", method={"model": "random"}
    )
    write_audit(review, tmp_path / "out", others={}, level=0.95)
    summary = {r["measure"]: r for r in rows_of(tmp_path / "out" / "multiverse.csv")}
    assert set(next(iter(summary.values()))) == set(COLUMNS)
    assert {"RR", "OR", "RD"} <= set(summary)
    rr = summary["RR"]
    assert float(rr["lowest"]) <= float(rr["p1"]) <= float(rr["p99"]) <= float(rr["highest"])
    assert float(rr["vibration"]) == pytest.approx(float(rr["p99"]) / float(rr["p1"]), rel=1e-6)
    curve = rows_of(tmp_path / "out" / "curve.csv")
    assert tuple(curve[0]) == CURVE
    assert {r["measure"] for r in curve} == {"RR"}  # the stated measure only
    assert len(curve) == int(rr["results"])
    estimates = [float(r["estimate"]) for r in curve]
    assert estimates == sorted(estimates)
    assert sum(r["significant"] == "yes" for r in curve) / len(curve) == pytest.approx(float(rr["significant"]))
    medians = [r for r in rows_of(tmp_path / "out" / "medians.csv") if r["choice"] == "tau2"]
    assert {"DL", "REML"} <= {r["value"] for r in medians}


def test_a_spread_that_reads_better_as_a_standard_error_is_listed(tmp_path):
    broken = [dict(r) for r in MEANS]
    broken[2] |= {"sd_t": round(9.1 / math.sqrt(50), 2), "sd_c": round(9.4 / math.sqrt(50), 2)}
    for name, table, expected in (("clean", MEANS, []), ("broken", broken, ["SE given as SD"])):
        review = made(
            tmp_path / name, claims=[claim("k", "k", "6")], rows=table, measure="MD", method={"model": "random"}
        )
        write_audit(review, tmp_path / f"{name}-out", others={}, level=0.95)
        found = rows_of(tmp_path / f"{name}-out" / "row_checks.csv")
        assert [r["check"] for r in found if r["check"] != "implausible difference"] == expected
        if expected:
            assert (found[0]["row"], found[0]["study"]) == ("4", "M3")
            assert float(found[0]["ratio"]) > 100
            assert "not a proof" in found[0]["message"]
