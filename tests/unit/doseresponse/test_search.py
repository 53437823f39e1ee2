"""The way to fit that made printed relative risks is found again."""

import json
import math
from pathlib import Path

import pytest

from metaudit.doseresponse.basis import Curve, spline
from metaudit.doseresponse.fit import dose_response
from metaudit.doseresponse.search import PrintedPoint, search_curves, usual_curves
from metaudit.doseresponse.study import DoseStudy
from metaudit.errors import DataError

GIVEN = json.loads(
    (Path(__file__).parents[2] / "data" / "doseresponse" / "alcohol_cvd.json").read_text(encoding="utf-8")
)
STUDIES = [
    DoseStudy(f"study {i}", rows[0]["type"], *[[math.nan if r[k] is None else r[k] for r in rows] for k in ("dose", "cases", "n", "logrr", "se")])
    for i, rows in enumerate(GIVEN["studies"])
]  # fmt: skip


@pytest.mark.parametrize(
    ("curve", "method", "kind"),
    [
        (Curve(), "REML", "greenland-longnecker"),
        (Curve(), "DL", "independent"),
        (spline([d for s in STUDIES for d in s.dose]), "ML", "risk-ratio"),
    ],
    ids=["line", "independent", "spline"],
)
def test_the_way_is_found(curve, method, kind):
    truth = dose_response(STUDIES, curve=curve, method=method, covariance_kind=kind)
    points = [
        PrintedPoint(p.dose, f"{p.rr:.4f}", f"{p.ci_low:.4f}", f"{p.ci_high:.4f}", reference=5.0)
        for p in truth.predict([10, 30], reference=5.0)
    ]
    p = f"{truth.nonlinear.p:.4f}" if truth.nonlinear else ""
    found = search_curves(STUDIES, points, curves=usual_curves(STUDIES)[:3], p_nonlinear=p, i2=f"{truth.i2:.1f}")
    best = [way for way in found if way.met == way.asked]
    assert best
    assert {(w.curve, w.method, w.covariance_kind) for w in best} == {(curve, method, kind)}
    assert "8 of 8" in best[0].sentence if p else "7 of 7" in best[0].sentence


def test_ways_that_are_not_open_are_left_out():
    bare = [
        DoseStudy(s.name, s.design, s.dose, [math.nan] * len(s.dose), [math.nan] * len(s.dose), s.log_rr, s.se)
        for s in STUDIES
    ]
    found = search_curves(bare, [PrintedPoint(10, "0.96")])
    assert {w.covariance_kind for w in found} == {"independent"}
    assert all(w.asked == 1 for w in found)


def test_refusals():
    with pytest.raises(DataError, match="no printed number"):
        search_curves(STUDIES, [])
    broken = [DoseStudy("x", "cc", [0, 1], [5, 5], [9, 9], [0, 0.1], [math.nan, -1.0])] * 2
    with pytest.raises(DataError, match="no way to fit is open"):
        search_curves(broken, [PrintedPoint(1, "1.1")])
    assert len(usual_curves(STUDIES)) == 5
