"""Estimators with a closed form, against metafor and against what they are known to be."""

import numpy as np
import pytest

from metaudit.errors import DataError
from metaudit.pooling.tau2 import ESTIMATORS, RARE, estimate_tau2
from metaudit.pooling.tau2_closed import general_moments, two_step_dl
from tolerances import CLOSED_FORM, SAME_AGAIN

# escalc(measure="RR", ..., data=dat.bcg), metafor 3.8-1
Y = np.array([
    -0.889311333920205449, -1.585388657201430629, -1.348073148299693269, -1.441551190021305384, -0.217547322211295580,
    -0.786115585818863982, -1.620898223598391752, 0.011952333523840508, -0.469417648738149396, -1.371344803472784424,
    -0.339358828338390595, 0.445913400571378737, -0.017313948216879815,
])  # fmt: skip
V = np.array([
    0.3255847650039613295, 0.1945811213981438470, 0.4153679653679653860, 0.0200100319022475728, 0.0512101721696308632,
    0.0069056184559087574, 0.2230172475723151693, 0.0039615792978177295, 0.0564342104632489655, 0.0730247936130289099,
    0.0124122139715597199, 0.5325058452001527609, 0.0714046596839862935,
])  # fmt: skip
ABLAT = np.array([44, 55, 42, 52, 13, 44, 19, 13, 27, 42, 18, 33, 33], dtype=float)
N = np.array([262, 609, 451, 26465, 10877, 2992, 3174, 176782, 14776, 3381, 77972, 4839, 34767], dtype=float)
ONES = np.ones((13, 1))
REGRESSION = np.column_stack([np.ones(13), ABLAT])


@pytest.mark.parametrize(
    ("method", "x", "weights", "tau2"),
    [  # metafor 3.8-1: rma(yi, vi, method="GENQ", weights=...), DL2 and PM2 with weights 1/(vi + tau2 of DL or HE)
        ("GENQ", ONES, N, 0.23914540688208955),
        ("GENQ", REGRESSION, N, 0.1132514309133754),
        ("DL2", ONES, None, 0.31795556612132292),
        ("PM2", ONES, None, 0.31819118820394277),
        ("DL2", REGRESSION, None, 0.11798802806057615),
        ("PM2", REGRESSION, None, 0.15346429693109437),
        ("HSk", REGRESSION, None, 0.038249788531059772),  # rma(yi, vi, mods = ~ ablat, method="HSk")
    ],
)
def test_metafor_gives_the_same(method: str, x: np.ndarray, weights: np.ndarray | None, tau2: float) -> None:
    assert estimate_tau2(method, Y, V, x, weights=weights) == pytest.approx(tau2, rel=CLOSED_FORM)


def test_two_steps_by_the_papers_formula() -> None:
    """DerSimonian and Kacker 2007: (Q_a - (Σ a v - Σ a² v / Σ a)) / (Σ a - Σ a² / Σ a), a = 1 / (v + tau2_DL)."""
    w = 1 / V
    mean = w @ Y / w.sum()
    dl = (w @ (Y - mean) ** 2 - 12) / (w.sum() - (w @ w) / w.sum())
    a = 1 / (V + dl)
    q = a @ (Y - a @ Y / a.sum()) ** 2
    expected = (q - (a @ V - (a**2) @ V / a.sum())) / (a.sum() - (a @ a) / a.sum())
    assert two_step_dl(Y, V, ONES) == pytest.approx(expected, rel=CLOSED_FORM)


@pytest.mark.parametrize("x", [ONES, REGRESSION])
def test_further_steps_lead_to_paule_mandel(x: np.ndarray) -> None:
    """Van Aert and Jackson 2018: the multistep estimator tends towards Paule-Mandel."""
    tau2 = estimate_tau2("DL2", Y, V, x)
    goal = estimate_tau2("PM", Y, V, x)
    gaps = []
    for _ in range(60):
        gaps.append(abs(tau2 - goal))
        tau2 = max(0.0, general_moments(Y, V, x, 1 / (V + tau2)))
    assert gaps[0] > 1e-5
    assert tau2 == pytest.approx(goal, rel=SAME_AGAIN)


@pytest.mark.parametrize("x", [ONES, REGRESSION])
def test_general_moments_hold_the_two_classics(x: np.ndarray) -> None:
    for weights, method in ((1 / V, "DL"), (np.full(13, 7.0), "HE")):
        general = estimate_tau2("GENQ", Y, V, x, weights=weights)
        assert general == pytest.approx(estimate_tau2(method, Y, V, x), rel=CLOSED_FORM)


def test_corrected_hunter_schmidt_takes_more_of_q() -> None:
    w = 1 / V
    q = w @ (Y - w @ Y / w.sum()) ** 2
    assert estimate_tau2("HSk", Y, V, ONES) == pytest.approx((q * 13 / 12 - 13) / w.sum(), rel=CLOSED_FORM)


def test_median_unbiased_paule_mandel_is_metafors() -> None:
    assert estimate_tau2("PMM", Y, V, ONES) == pytest.approx(0.3433879068958067, rel=CLOSED_FORM)  # rma(method="PMM")


@pytest.mark.parametrize("method", [*ESTIMATORS, *RARE, "GENQ"])
def test_no_degree_of_freedom_no_variance(method: str) -> None:
    weights = np.ones(1) if method == "GENQ" else None
    assert estimate_tau2(method, Y[:1], V[:1], ONES[:1], weights=weights) == 0.0
    assert estimate_tau2(method, Y[:2], V[:2], REGRESSION[:2], weights=weights) == 0.0


@pytest.mark.parametrize(
    ("method", "choices", "words"),
    [
        ("GENQ", {}, "needs a weight for every study"),
        ("GENQ", {"weights": -N}, "one positive weight a study"),
        ("GENQ", {"weights": N[:4]}, "13 studies, 4 weights"),
        ("GENQ", {"weights": np.where(N > 1000, np.nan, N)}, "one positive weight a study"),
        ("XX", {}, "not known; known are FE, DL"),
        ("DL", {"stopping": "soon"}, "known are exact, metafor"),
    ],
)
def test_what_cannot_be_computed_is_refused(method: str, choices: dict, words: str) -> None:
    with pytest.raises(DataError, match=words):
        estimate_tau2(method, Y, V, ONES, **choices)
