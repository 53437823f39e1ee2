"""A number needed to treat from the difference of crude risks, or from the pooled ratio at the control group's risk."""

import math

import numpy as np
import pytest

from making import DIFFERS, audited, claim

A, N = np.array([12, 30, 6, 22]), np.array([60, 200, 40, 90])
C, M = np.array([20, 41, 12, 30]), np.array([58, 190, 44, 85])
ROWS = [
    {"study": s, "events_t": a, "n_t": n, "events_c": c, "n_c": m}
    for s, a, n, c, m in zip("ABCD", A.tolist(), N.tolist(), C.tolist(), M.tolist(), strict=True)
]
P = C.sum() / M.sum()
CRUDE = 1 / abs(A.sum() / N.sum() - P)
METHOD = {"model": "common", "q": "inverse-variance", "ci": "wald"}
WAY = ("the pooled ratio applied to the control group's risk",)


def by_ratio(measure):
    """Cochrane Handbook, 15.4.4, of the inverse-variance mean, written out."""
    if measure == "RR":
        y, v = np.log(A * M / (N * C)), 1 / A - 1 / N + 1 / C - 1 / M
    else:
        y, v = np.log(A * (M - C) / ((N - A) * C)), 1 / A + 1 / (N - A) + 1 / C + 1 / (M - C)
    ratio = math.exp((y / v).sum() / (1 / v).sum())
    return 1 / (P * (1 - ratio)) if measure == "RR" else 1 / (P - ratio * P / (1 - P + ratio * P))


def needed(folder, printed, measure="RR", **more):
    found = audited(
        folder / "r", claims=[claim("nnt", "nnt", printed)], rows=ROWS, measure=measure, method=METHOD, **more
    )
    return found["nnt"]


@pytest.mark.parametrize("measure", ["RR", "OR"])
def test_the_pooled_ratio_at_the_control_risk_is_another_way(tmp_path, measure):
    assert f"{CRUDE:.4f}" != f"{by_ratio(measure):.4f}"
    found = needed(tmp_path, f"{by_ratio(measure):.4f}", measure)
    assert (found.verdict, found.causes) == ("UNDERSPECIFIED", WAY)
    assert found.value == pytest.approx(by_ratio(measure), rel=1e-9)
    assert "at the control group's risk" in found.message or "by the pooled odds ratio" in found.message


def test_the_difference_of_crude_risks_stays_the_conventional_way(tmp_path):
    assert needed(tmp_path / "a", f"{CRUDE:.2f}").verdict == "EXACT"
    up = needed(tmp_path / "b", f"{math.ceil(CRUDE):.0f}")  # rounded up it comes before any other way
    assert up.verdict == "EXACT"


def test_it_is_rounded_up_as_well(tmp_path):
    rows = [{**r, "events_t": r["events_t"] + 4} for r in ROWS]
    a = A + 4
    y, v = np.log(a * M / (N * C)), 1 / a - 1 / N + 1 / C - 1 / M
    value = 1 / (P * (1 - math.exp((y / v).sum() / (1 / v).sum())))
    crude = 1 / (P - a.sum() / N.sum())
    printed = math.ceil(value)
    assert round(value) != printed
    assert printed not in (round(crude), math.ceil(crude))
    found = audited(tmp_path / "r", claims=[claim("nnt", "nnt", f"{printed}")], rows=rows, measure="RR", method=METHOD)[
        "nnt"
    ]
    assert (found.verdict, found.causes) == ("UNDERSPECIFIED", WAY)
    assert "rounded up" in found.message


def test_a_pooled_risk_difference_has_no_such_way(tmp_path):
    assert needed(tmp_path, f"{by_ratio('RR'):.3f}", "RD").verdict in DIFFERS


def test_a_control_group_without_events_has_none(tmp_path):
    rows = [{**r, "events_c": 0} for r in ROWS]
    found = audited(
        tmp_path / "r", claims=[claim("nnt", "nnt", "77")], rows=rows, measure="RR", method=METHOD
    )["nnt"]  # fmt: skip
    assert found.verdict in DIFFERS
