"""Effects of studies that report a test statistic, or another kind of effect."""

import math

import numpy as np
import pandas as pd
import pytest
from scipy.stats import t as student

from metaudit import effect_sizes
from metaudit.effects import between
from metaudit.effects.means import hedges_j
from metaudit.errors import DataError
from tolerances import EFFECT_SIZE, SAME_AGAIN


def one(measure: str, **cells: object) -> tuple[float, float, str]:
    """Effect, variance and route of a table with one study."""
    out = effect_sizes(pd.DataFrame({k: [v] for k, v in cells.items()}), measure)
    return out.yi[0], out.vi[0], out.route[0]


# metafor 3.8-1: escalc("SMD", ti=2.1, n1i=30, n2i=28)
FROM_T = (0.54438609365978974, 0.071602414038741166)


def test_smd_from_t_f_and_p():
    yi, vi, route = one("SMD", t=2.1, n_t=30, n_c=28)
    assert (yi, vi) == pytest.approx(FROM_T, rel=EFFECT_SIZE)
    assert route == "SMD from d = 0.551815: t 2.1 × √(1/30 + 1/28)"
    assert one("SMD", f=repr(2.1**2), effect=3.3, n_t=30, n_c=28)[:2] == pytest.approx(FROM_T, rel=EFFECT_SIZE)
    p = repr(float(2 * student.sf(2.1, 56)))
    yi, vi, route = one("SMD", p=p, effect=-3.3, n_t=30, n_c=28)
    assert (-yi, vi) == pytest.approx(FROM_T, rel=SAME_AGAIN)
    assert "with 56 df" in route
    assert "direction from the reported effect" in route


def test_direction_is_that_of_the_means():
    given = {"n_t": 30, "n_c": 28, "mean_t": 4.0, "sd_t": 2.0}  # the control's mean is not known
    assert one("SMD", **given, t=2.1)[0] > 0
    table = {"n_t": 30, "n_c": 28, "mean_t": 4.0, "mean_c": 6.0, "sd_t": 2.0}
    assert one("SMD", **table, t=2.1)[0] == pytest.approx(-FROM_T[0], rel=EFFECT_SIZE)


def test_smd_from_d_and_g():
    j = float(hedges_j(np.array(56.0)))
    for cells in ({"effect": 0.7, "effect_type": "d"}, {"effect": repr(0.7 * j), "effect_type": "g"}):
        yi, vi, _ = one("SMD", **cells, n_t=30, n_c=28)
        assert yi == pytest.approx(0.7 * j, rel=EFFECT_SIZE)
        assert vi == pytest.approx(1 / 30 + 1 / 28 + (0.7 * j) ** 2 / 116, rel=EFFECT_SIZE)
    assert one("SMD", effect=0.7, effect_type="g", se=0.2)[:2] == (0.7, pytest.approx(0.04))


def test_smd_from_a_correlation_and_from_odds():
    j = float(hedges_j(np.array(48.0)))
    yi, vi, route = one("SMD", effect=0.5, effect_type="r", n=50)
    d, v = between.d_of_r(0.5, 0.75**2 / 49)
    assert (yi, vi) == pytest.approx((j * d, j**2 * v), rel=EFFECT_SIZE)
    assert route == "SMD from d = 1.1547: 2r/√(1 - r²) of r = 0.5; times J"
    yi, vi, route = one("SMD", effect=2.0, effect_type="or", ci_low=1.0, ci_high=4.0)
    assert yi == pytest.approx(math.log(2) * math.sqrt(3) / math.pi, rel=EFFECT_SIZE)
    assert vi == pytest.approx((math.log(4) / (2 * 1.959963984540054)) ** 2 * 3 / math.pi**2, rel=EFFECT_SIZE)
    assert "not corrected for small samples" in route
    assert one("SMD", effect=repr(math.log(2)), effect_type="log-or", se=0.3)[0] == pytest.approx(yi, rel=EFFECT_SIZE)


def test_odds_below_one_point_down_and_their_t_is_no_t_of_means():
    yi, _, route = one("SMD", effect=0.5, effect_type="or", se=0.3, t=2.3, n_t=20, n_c=20)
    assert yi < 0
    assert "log odds ratio -0.693147" in route


def test_means_come_before_tests():
    both = {"mean_t": 5.0, "sd_t": 2.0, "n_t": 30, "mean_c": 4.0, "sd_c": 2.0, "n_c": 28}
    assert one("SMD", **both, t=9.9) == one("SMD", **both)


def test_mixed_table_shares_one_average():
    """Variant AV weights all effects together, whatever they came from."""
    table = pd.DataFrame(
        {
            "mean_t": [5.0, None],
            "sd_t": [2.0, None],
            "n_t": [30, 30],
            "mean_c": [4.0, None],
            "sd_c": [2.0, None],
            "n_c": [28, 28],
            "t": [None, 2.1],
        }
    )
    out = effect_sizes(table, "SMD", variance="AV")
    mean = out.yi.mean()
    assert out.vi.tolist() == pytest.approx([1 / 30 + 1 / 28 + mean**2 / 116] * 2, rel=EFFECT_SIZE)
    assert out.route[0] == "SMD from means and SDs, variance AV"
    assert out.route[1].startswith("SMD from d = 0.551815: t 2.1")


def test_blocked_ways_say_what_would_open_them():
    with pytest.raises(DataError, match="F gives no direction; report the effect or the two means beside it"):
        one("SMD", f=4.0, n_t=30, n_c=28)
    with pytest.raises(DataError, match="its variance is not reported"):
        one("SMD", effect=0.5, effect_type="r", n_t=9, n_c=9)


def test_other_measures_are_not_bridged():
    with pytest.raises(DataError, match="no study has what MD needs"):
        one("MD", t=2.1, n_t=30, n_c=28)
    with pytest.raises(DataError, match="no study has what SMD1 needs"):
        one("SMD1", t=2.1, n_t=30, n_c=28)


# correlations


def test_correlation_from_t_and_from_z():
    r = 2.1 / math.sqrt(2.1**2 + 28)
    yi, vi, route = one("COR", t=2.1, n=30)
    assert (yi, vi) == pytest.approx((r, (1 - r**2) ** 2 / 29), rel=EFFECT_SIZE)
    assert route == "COR from r = 0.368875: t 2.1 / √(t² + 30 - 2)"  # R: 2.1/sqrt(2.1^2+28)
    assert one("ZCOR", t=2.1, n=30)[:2] == pytest.approx((math.atanh(r), 1 / 27), rel=EFFECT_SIZE)
    assert one("COR", t=-2.1, n=30)[0] == pytest.approx(-r, rel=EFFECT_SIZE)
    assert one("ZCOR", effect=0.4, effect_type="z", n=30)[:2] == pytest.approx((0.4, 1 / 27), rel=EFFECT_SIZE)
    assert one("COR", effect=0.4, effect_type="r", n=30)[:2] == one("COR", r=0.4, n=30)[:2]


def test_correlation_with_its_own_variance():
    assert one("COR", effect=0.4, effect_type="r", se=0.1)[:2] == (0.4, pytest.approx(0.01))
    yi, vi, _ = one("ZCOR", effect=0.4, effect_type="r", se=0.1)
    assert (yi, vi) == pytest.approx((math.atanh(0.4), 0.01 / (1 - 0.16) ** 2), rel=EFFECT_SIZE)
    yi, vi, _ = one("COR", effect=0.4, effect_type="z", se=0.1)
    assert (yi, vi) == pytest.approx((math.tanh(0.4), 0.01 * (1 - math.tanh(0.4) ** 2) ** 2), rel=EFFECT_SIZE)


def test_correlation_from_d():
    yi, vi, route = one("COR", effect=0.8, effect_type="d", n_t=20, n_c=30)
    expected = between.r_of_d(0.8, 1 / 20 + 1 / 30 + 0.64 / 100, n_t=20, n_c=30)
    assert (yi, vi) == pytest.approx(expected, rel=EFFECT_SIZE)
    assert "d = 0.8 / √(d² + a)" in route


def test_average_correlation_uses_the_converted_ones():
    out = effect_sizes(pd.DataFrame({"r": [0.1, None], "t": [None, 2.1], "n": [20, 30]}), "COR", variance="AV")
    r = 2.1 / math.sqrt(2.1**2 + 28)
    rho = (0.1 * 20 + r * 30) / 50
    assert out.vi.tolist() == pytest.approx([(1 - rho**2) ** 2 / 19, (1 - rho**2) ** 2 / 29], rel=EFFECT_SIZE)
