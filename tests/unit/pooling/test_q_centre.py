"""DerSimonian-Laird around the Mantel-Haenszel mean, as RevMan 5, meta 4 and metan 3 have it."""

import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from metaudit.effects.compute import Effects, compute_effects
from metaudit.effects.convert import convert
from metaudit.effects.frame import rows_of_frame
from metaudit.effects.zero_cells import zero_cells_from
from metaudit.errors import DataError
from metaudit.pooling import pool
from metaudit.pooling.q_centre import centre_of, dl_centred, random_effects_at, random_effects_centred
from tolerances import CLOSED_FORM

TWELVE_DIGITS = 1e-11  # numbers of a source that gives twelve
ONE_ZERO = pd.DataFrame(
    {
        "events_t": [0, 5, 11, 3, 7], "n_t": [34, 60, 145, 41, 88],
        "events_c": [6, 9, 19, 0, 16], "n_c": [33, 58, 150, 43, 84],
    }
)  # fmt: skip
DOUBLE_ZERO = pd.DataFrame(
    {
        "events_t": [0, 4, 0, 10, 6], "n_t": [25, 52, 40, 130, 71],
        "events_c": [0, 9, 3, 13, 15], "n_c": [26, 50, 39, 128, 72],
    }
)  # fmt: skip
# 13 trials of BCG against tuberculosis (Colditz et al. 1994, JAMA 271:698).
BCG = pd.DataFrame(
    {
        "events_t": [4, 6, 3, 62, 33, 180, 8, 505, 29, 17, 186, 5, 27],
        "n_t": [123, 306, 231, 13598, 5069, 1541, 2545, 88391, 7499, 1716, 50634, 2498, 16913],
        "events_c": [11, 29, 11, 248, 47, 372, 10, 499, 45, 65, 141, 3, 29],
        "n_c": [139, 303, 220, 12867, 5808, 1451, 629, 88391, 7277, 1665, 27338, 2341, 17854],
    }
)


def effects(table: pd.DataFrame, measure: str, zero_cells: str = "0.5@only-zero") -> Effects:
    rows = [convert(r) for r in rows_of_frame(table)]
    return compute_effects(rows, measure, zero_cells=zero_cells_from(zero_cells))


@pytest.mark.parametrize(
    ("table", "measure", "q", "tau2", "estimate", "se", "i2"),
    # RevMan 5's formulae, which reproduce printed Cochrane rows (60 analyses with a zero cell for the corrected centre, none
    # for the raw one), computed apart from this package with NumPy and SciPy.
    [
        (ONE_ZERO, "OR", 5.74905458436, 0.180550857853, -0.715128044392, 0.352017787778, 30.423342807),
        (ONE_ZERO, "RR", 5.34106321565, 0.112556374241, -0.638610477716, 0.302050499482, 25.1085441513),
        (DOUBLE_ZERO, "OR", 2.20609861429, 0.0, -0.74296107772, 0.291106411363, 0.0),
        (DOUBLE_ZERO, "RR", 2.086654877, 0.0, -0.65927259376, 0.261546383848, 0.0),
    ],
)
def test_revman(
    table: pd.DataFrame, measure: str, q: float, tau2: float, estimate: float, se: float, i2: float
) -> None:
    data = effects(table, measure, "0.5@only-zero+drop")
    ours = random_effects_centred(data, centre="mantel-haenszel-corrected")
    assert (ours.q, ours.tau2) == pytest.approx((q, tau2), rel=TWELVE_DIGITS)
    assert (ours.estimate, ours.se, ours.i2_q) == pytest.approx((estimate, se, i2), rel=TWELVE_DIGITS)
    assert ours.q_df == data.k - 1


def test_revman_risk_difference_has_raw_points_corrected_variances_and_a_raw_centre() -> None:
    raw, corrected = effects(ONE_ZERO, "RD", "none"), effects(ONE_ZERO, "RD")
    a, n1, c, n2 = (ONE_ZERO[k].to_numpy(float) for k in ("events_t", "n_t", "events_c", "n_c"))
    half = np.where((a == 0) | (c == 0), 0.5, 0.0)
    p, r = (a + half) / (n1 + 2 * half), (c + half) / (n2 + 2 * half)
    vi = p * (1 - p) / (n1 + 2 * half) + r * (1 - r) / (n2 + 2 * half)
    data = replace(corrected, yi=a / n1 - c / n2, vi=vi)
    ours = random_effects_centred(data, centre="mantel-haenszel")
    assert (ours.q, ours.tau2, ours.estimate) == pytest.approx(
        (13.0040575277, 0.00555088252101, -0.0604587289597), rel=TWELVE_DIGITS
    )
    # R's meta 4 weights the same points with the corrected n1 n2 / n inside the centre.
    meta4 = random_effects_centred(data, centre="mantel-haenszel-corrected")
    assert (meta4.q, meta4.tau2, meta4.estimate) == pytest.approx(
        (12.9992956744, 0.00554794690132, -0.0604561926582), rel=TWELVE_DIGITS
    )
    assert raw.k == 5


def test_risk_difference_of_bcg_moves_most() -> None:
    # DL around the Mantel-Haenszel mean -0.0081, around the inverse-variance mean -0.0071 (metafor: rma(measure="RD",
    # method="DL"), 3.8-1).
    data = effects(BCG, "RD")
    assert random_effects_centred(data, centre="mantel-haenszel").estimate == pytest.approx(-0.008149, abs=5e-7)
    assert random_effects_centred(data, centre="inverse-variance").estimate == pytest.approx(-0.007055, abs=5e-7)


def test_inverse_variance_centre_is_plain_dersimonian_laird() -> None:
    data = effects(BCG, "RR")
    for ci in ("wald", "t", "hksj"):
        ours = random_effects_centred(data, centre="inverse-variance", ci=ci)
        theirs = pool(data.yi, data.vi, tau2="DL", ci=ci)
        for name in (
            "estimate",
            "se",
            "ci_low",
            "ci_high",
            "stat",
            "tau2",
            "i2",
            "i2_q",
            "h2",
            "q",
            "pi_low",
            "tau2_high",
        ):
            assert getattr(ours, name) == pytest.approx(getattr(theirs, name), rel=CLOSED_FORM), name


def test_ad_hoc_intervals_are_never_narrower_than_walds() -> None:
    table = pd.DataFrame(
        {"events_t": [10, 21, 30], "n_t": [50, 100, 150], "events_c": [12, 25, 36], "n_c": [50, 100, 150]}
    )
    data = effects(table, "RR")
    wald = random_effects_at(data, 0.0)
    hksj = random_effects_at(data, 0.0, ci="hksj")
    assert hksj.se < wald.se / 10  # three nearly equal effects: what the corrections are for
    assert random_effects_at(data, 0.0, ci="hksj-adhoc-se").se == wald.se
    assert random_effects_at(data, 0.0, ci="hksj-adhoc-ci").ci_low == pytest.approx(wald.ci_low)


def test_q_is_smallest_around_the_inverse_variance_mean() -> None:
    data = effects(ONE_ZERO, "OR")
    least = dl_centred(data, centre="inverse-variance").q
    assert dl_centred(data, centre="mantel-haenszel").q > least
    assert dl_centred(data, centre="mantel-haenszel-corrected").q > least
    assert centre_of(data, centre="mantel-haenszel") != centre_of(data, centre="mantel-haenszel-corrected")


def test_one_study() -> None:
    one = effects(BCG.iloc[[0]], "RR")
    found = dl_centred(one, centre="mantel-haenszel")
    assert (found.df, found.tau2) == (0, 0.0)
    ours = random_effects_centred(one, centre="mantel-haenszel")
    assert (ours.estimate, ours.q_p) == (pytest.approx(float(one.yi[0])), 1.0)
    assert math.isnan(ours.pi_low)


def test_what_is_refused() -> None:
    data = effects(BCG, "RR")
    with pytest.raises(DataError, match="cannot be centred on 'median'; choose inverse-variance"):
        dl_centred(data, centre="median")
    with pytest.raises(DataError, match="an arm is without any event in all studies"):
        dl_centred(effects(BCG.assign(events_t=0), "RR"), centre="mantel-haenszel")
    with pytest.raises(DataError, match="it is 0 or more"):
        random_effects_at(data, -0.1)
    with pytest.raises(DataError, match="ci 'z' is not known"):
        random_effects_at(data, 0.1, ci="z")
