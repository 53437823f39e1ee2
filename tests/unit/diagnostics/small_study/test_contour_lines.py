"""Contours against R's contourLines and lm, and R's pretty numbers."""

import numpy as np
import pytest

from metaudit.diagnostics.small_study.contours import contours, orthogonal_slope, pretty
from tolerances import CLOSED_FORM

# R 4.2.2: z <- outer(x, y, function(x, y) sin(3*x) + y^2 - x*y) with x, y of 6 and 5 points from 0 to 1;
# contourLines(x, y, z, nlevels=10); level, number of points, slope, intercept and adjusted R² of lm(y ~ x)
LINES = [
    (0.0, 5, 0.723833636440613, -0.214603707917026, -0.331581546649498),
    (0.2, 3, -5.48454094644096, 0.454977523114453, 0.732783624616631),
    (0.2, 5, 1.10695312491262, -0.542353089476895, -0.318971462189777),
    (0.4, 4, -3.88845090510882, 0.670497991469183, 0.793458766849197),
    (0.4, 5, 3.24944308481039, -2.35230831063218, -0.203173572404103),
    (0.6, 6, -2.8528673632948, 0.808684313907464, 0.849737604940283),
    (0.6, 7, 4.03728039064923, -2.7818265204619, 0.0254656176443167),
    (0.8, 6, -2.2653583938585, 0.965299342138183, 0.804343239029642),
    (0.8, 6, 4.15679614001434, -2.46197539068455, 0.431008044398797),
    (1.0, 7, -0.0935286740311079, 0.809401409216659, -0.17530665866014),
    (1.2, 5, -0.0466645016223209, 0.917804575432365, -0.317681719097073),
    (1.4, 3, 0.00567614166619325, 0.965109931236851, -0.999467256049384),
]


def test_lines_are_those_of_r():
    x, y = np.linspace(0, 1, 6), np.linspace(0, 1, 5)
    z = np.sin(3 * x)[:, None] + y[None] ** 2 - np.outer(x, y)
    ours = contours(x, y, z, levels=pretty(z.min(), z.max()))
    found = sorted((round(c.level, 9), c.x.size, c.slope, c.intercept, c.adjusted_r2) for c in ours)
    assert np.array(found) == pytest.approx(np.array(sorted(LINES)), rel=CLOSED_FORM)
    good = [line for line in LINES if line[4] > 0]
    mean = sum(n * slope for _, n, slope, *_ in good) / sum(n for _, n, *_ in good)
    assert orthogonal_slope(ours) == pytest.approx(-1 / mean, rel=CLOSED_FORM)


@pytest.mark.parametrize(
    ("low", "high", "first", "last", "count"),
    [(-0.6929, 0.1473, -0.7, 0.2, 10), (3, 1234, 0, 1300, 14), (0.0123, 0.0187, 0.012, 0.019, 15)],
)
def test_levels_are_rs_pretty_numbers(low, high, first, last, count):
    # R 4.2.2: pretty(c(low, high), 10)
    ours = pretty(low, high)
    assert (ours[0], ours[-1], len(ours)) == (pytest.approx(first), pytest.approx(last), count)


def test_a_flat_surface_has_one_level_and_no_line():
    assert pretty(0.3, 0.3) == [0.3]
    assert contours(np.arange(3.0), np.arange(3.0), np.full((3, 3), 0.3), levels=[0.3]) == []
    assert np.isnan(orthogonal_slope([]))


def test_a_closed_line_repeats_its_first_point():
    x = np.linspace(-1, 1, 9)
    (ring,) = contours(x, x, x[:, None] ** 2 + x[None] ** 2, levels=[0.4])
    assert (ring.x[0], ring.y[0]) == (ring.x[-1], ring.y[-1])
    assert np.hypot(ring.x, ring.y) == pytest.approx(np.sqrt(0.4), abs=0.03)
