"""Subsets counted in cells: numpy's histogram, the edges, and the study that divides them."""

import numpy as np
import pytest
from bcg_metafor import VI, YI

from metaudit.diagnostics.gosh import by_study, gosh
from metaudit.diagnostics.gosh_bins import binned, divider


def test_the_counts_are_those_of_a_two_way_histogram() -> None:
    found = gosh(YI[:9], VI[:9], tau2="DL", smallest=2)
    cells = list(binned(found, study=3, bins=(17, 8)))
    edges = np.linspace(found.estimate.min(), found.estimate.max(), 18), np.linspace(0, 100, 9)
    for part, counted in ((slice(None), "count"), (found.holds(3), "count_with")):
        expected, *_ = np.histogram2d(found.estimate[part], found.i2[part], bins=edges)
        mine = np.zeros((17, 8))
        for c in cells:
            column, row = int(np.argmin(np.abs(edges[0] - c.low))), int(np.argmin(np.abs(edges[1] - c.i2_low)))
            mine[column, row] = getattr(c, counted)
        assert mine == pytest.approx(expected)
    assert sum(c.count for c in cells) == found.estimate.size


def test_equal_estimates_are_one_column_without_width() -> None:
    found = gosh([0.2] * 5, [0.1, 0.2, 0.3, 0.4, 0.1], tau2="FE", smallest=2)
    found = type(found)(**{**found.__dict__, "estimate": np.full(found.estimate.size, 0.2)})
    (cell,) = binned(found, study=0)
    assert (cell.low, cell.high, cell.i2_low, cell.count) == (0.2, 0.2, 0.0, 26)
    assert cell.count_with == 15  # subsets of the four others, but the empty one


def test_the_divider_is_the_study_whose_medians_lie_furthest_apart_in_interquartile_ranges() -> None:
    found = gosh(YI[:8], VI[:8], tau2="REML", smallest=2)
    apart = []
    for j in range(8):
        there = found.holds(j)
        apart.append(
            max(
                abs(np.median(values[there]) - np.median(values[~there]))
                / (np.percentile(values, 75) - np.percentile(values, 25))
                for values in (found.estimate, found.i2)
            )
        )
    halves = by_study(found)
    assert divider(found, halves) == int(np.argmax(apart))
    assert halves[3].i2_shift == pytest.approx(
        np.median(found.i2[found.holds(3)]) - np.median(found.i2[~found.holds(3)])
    )
    loud = gosh([0.0, 0.02, -0.02, 0.01, 3.0], np.full(5, 0.05), tau2="DL", smallest=2)
    assert divider(loud, by_study(loud)) == 4
    alike = gosh([0.1] * 5, [0.2] * 5, tau2="DL", smallest=2)
    assert divider(alike, by_study(alike)) == 0
