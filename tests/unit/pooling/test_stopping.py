"""metafor's default control, against numbers and failures of metafor 3.8-1 in R 4.2.2."""

import json
import math
from pathlib import Path

import numpy as np
import pytest

from metaudit.errors import DataError
from metaudit.pooling.brent import R_TOLERANCE, zero
from metaudit.pooling.stopping import metafor_q_profile
from metaudit.pooling.tau2 import ESTIMATORS, estimate_tau2

BCG = json.loads((Path(__file__).parents[2] / "data" / "reference" / "bcg.json").read_text(encoding="utf-8"))
Y, V = (np.array(BCG["measures"]["RR"]["escalc"][c]) for c in ("yi", "vi"))
ONES = np.ones((13, 1))
REGRESSION = np.column_stack([np.ones(13), np.array(BCG["table"]["ablat"], dtype=float)])
STEP_FOR_STEP = 1e-12  # the same steps as metafor, in other order of operations
RISKS = ([0.001, 0.004, -0.002, 0.006, 0.0005], [1e-6, 4e-6, 9e-6, 2e-6, 1e-6])
FAR = ([10, 40, -20, 60, 5, 33], [1, 4, 9, 2, 1, 20])
BARELY = ([0.079, 0.425, -0.138, 0.727, 0.347, -0.248], [0.0741, 0.1239, 0.0117, 0.1576, 0.0731, 0.1612])
HALVED = ([0.088, -0.565, -0.261, -0.25, 0.124, 0.11], [0.0372, 0.1073, 0.0526, 0.1095, 0.0256, 0.1222])
COARSE = ([-0.297, 0.104, -0.172, -0.24, 0.082, 0.267], [0.1051, 0.0157, 0.0028, 0.3521, 0.0103, 0.0098])
ONE_FAR = ([1, 1, 1, 60, 1, 1], [1, 4, 9, 2, 1, 20])
STUCK = ([-0.012, -0.234, -0.631, 2.031, -0.207, -0.157], [0.6145, 0.3258, 0.3236, 0.4411, 0.4284, 0.0178])


def arrays(given: tuple[list[float], list[float]]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    y, v = (np.array(a, dtype=float) for a in given)
    return y, v, np.ones((y.size, 1))


@pytest.mark.parametrize(
    ("method", "tau2"),  # rma(yi, vi, mods = ~ ablat, method = ...)$tau2
    [
        ("ML", 0.03435895746641067),
        ("REML", 0.076354694705659823),
        ("EB", 0.14213433843182904),
        ("PM", 0.14213126335464474),
        ("SJ", 0.2318437161189788),
        ("DL", 0.063300502426415217),
    ],
)
def test_regressions_stop_where_metafor_stops(method: str, tau2: float) -> None:
    assert estimate_tau2(method, Y, V, REGRESSION, stopping="metafor") == pytest.approx(tau2, rel=STEP_FOR_STEP)


@pytest.mark.parametrize(
    ("method", "given", "tau2", "limits"),  # rma(yi, vi, method = ...); confint()$random[1, ]
    [
        ("REML", RISKS, 5.4802455676778045e-06, (0.0, 9.2057840330027368e-05)),
        ("ML", RISKS, 3.8741876806873625e-06, (0.0, 9.2057840330027368e-05)),
        ("EB", RISKS, 5.8512909511576067e-06, (0.0, 9.2057840330027368e-05)),
        ("PM", RISKS, 6.8039051123293821e-05, (0.0, 9.2057840330027368e-05)),
        ("ML", BARELY, 0.02677689613347237, (0.0, 0.69388327306781239)),  # the last step but one is just above 1e-5
        ("ML", HALVED, 2.5388793157454161e-06, (0.0, 0.38620826815584619)),  # steps that would end below 0
        ("PM", COARSE, 0.019786507128108047, (0.0029308067516062792, 0.2388269983016959)),
        ("PM", FAR, 811.0868550628411, (312.65784750371211, 4906.90874602112035)),  # the range searched grows with mad
        ("DL", FAR, 663.59850881156819, (312.65784585377054, 4906.90873290691434)),
        ("REML", ONE_FAR, 580.62886492968892, (223.25599361378357, 3487.05456404188999)),
        ("ML", STUCK, 0.0, (0.0, 5.0489043376703542)),  # "may have gotten stuck at a local maximum. Setting tau^2 = 0"
    ],
)
def test_means_stop_where_metafor_stops(
    method: str, given: tuple[list[float], list[float]], tau2: float, limits: tuple[float, float]
) -> None:
    y, v, x = arrays(given)
    ours = estimate_tau2(method, y, v, x, stopping="metafor")
    assert ours == pytest.approx(tau2, rel=STEP_FOR_STEP, abs=1e-15 * v.mean())
    assert metafor_q_profile(y, v, x, 0.95, tau2=ours) == pytest.approx(limits, rel=STEP_FOR_STEP, abs=0)


def test_stopping_early_shows_on_a_small_scale_and_is_not_the_default() -> None:
    y, v, x = arrays(RISKS)
    exact, early = (estimate_tau2("PM", y, v, x, stopping=s) for s in ("exact", "metafor"))
    assert estimate_tau2("PM", y, v, x) == exact
    assert early > 5 * exact


@pytest.mark.parametrize("method", [m for m in ESTIMATORS if m not in ("ML", "REML", "EB", "PM")])
def test_closed_forms_do_not_stop(method: str) -> None:
    both = (estimate_tau2(method, Y, V, ONES, stopping=s) for s in ("exact", "metafor"))
    assert len(set(both)) == 1


@pytest.mark.parametrize(
    ("method", "given", "words"),
    [
        # "Fisher scoring algorithm did not converge."
        ("REML", ([0.762, 0.544, 0.654, -0.196, 0.29], [1.0525, 0.548, 0.4115, 0.0132, 0.6704]), "does not converge"),
        ("ML", ([-2.097, 0.25, -1.006, -0.152], [0.6389, 0.0612, 1.1474, 0.0441]), "does not converge"),
        # "Value of 'tau2.max' too low."
        ("PM", ONE_FAR, "ends at 100 and the root lies beyond"),
    ],
)
def test_where_metafor_fails_so_do_we_and_the_exact_value_exists(
    method: str, given: tuple[list[float], list[float]], words: str
) -> None:
    y, v, x = arrays(given)
    with pytest.raises(DataError, match=words):
        estimate_tau2(method, y, v, x, stopping="metafor")
    assert estimate_tau2(method, y, v, x) >= 0


def test_q_profile_limits_are_cut() -> None:
    y, v, x = arrays(([0.0, 1000.0, -1000.0], [1.0, 1.0, 1.0]))
    assert metafor_q_profile(y, v, x, 0.95) == (100.0, 100.0)  # confint of a fit whose tau2 is set to 5
    assert metafor_q_profile(y, v, x, 0.95, tau2=1e6)[1] == 1e7
    y, v, x = arrays(([0.1, 0.1, 0.1], [1.0, 1.0, 1.0]))
    assert metafor_q_profile(y, v, x, 0.95) == (0.0, 0.0)
    assert all(math.isnan(limit) for limit in metafor_q_profile(y[:1], v[:1], x[:1], 0.95))


@pytest.mark.parametrize(
    ("f", "high", "tol", "root"),  # uniroot(f, c(0, high), tol = tol)$root
    [
        (lambda x: x**3 - 2 * x - 5, 100.0, R_TOLERANCE, 2.0945226090040032),
        (lambda x: math.exp(-x) - 1e-3, 100.0, R_TOLERANCE, 6.9077691503127525),
        (lambda x: 1 / (x + 0.01) - 3, 100.0, 1e-8, 0.32333333333333236),
        (lambda x: 5 - 1 / (x + 0.1) - 4 / (x + 0.2) - 9 / (x + 0.3), 100.0, R_TOLERANCE, 2.5442867677954655),
    ],
)
def test_brents_procedure_ends_where_rs_does(f, high: float, tol: float, root: float) -> None:  # type: ignore[no-untyped-def]
    assert zero(f, 0.0, high, tol=tol) == pytest.approx(root, rel=STEP_FOR_STEP)


def test_brents_procedure_says_when_there_is_no_root() -> None:
    assert zero(lambda x: x, 0.0, 1.0) == 0.0
    assert zero(lambda x: x - 1, 0.0, 1.0) == 1.0
    with pytest.raises(DataError, match="one sign at both ends"):
        zero(lambda x: x + 1, 0.0, 1.0)
    with pytest.raises(DataError, match="did not end within 3 steps"):
        zero(lambda x: x**3 - 2, 0.0, 1e9, tol=1e-15, maxiter=3)
