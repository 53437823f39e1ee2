"""The share of made-up results that a search would find, against shares known beforehand."""

import numpy as np
import pytest

from metaudit.audit.arbitrary import chance_of_a_match
from metaudit.measures import measure_of
from metaudit.printed import Interval
from metaudit.search.match import Matched
from metaudit.search.targets import Target
from metaudit.specs import Spec

MD, RR = measure_of("MD"), measure_of("RR")


def matched(windows, values, quantities):
    targets = tuple(Target(q, q, "", Interval(*w)) for q, w in zip(quantities, windows, strict=True))
    values = np.array(values, dtype=float)
    specs = tuple(Spec("MD", level=0.5 + i / 1e6) for i in range(values.shape[1]))
    none = np.zeros(values.shape, dtype=bool)
    return Matched(targets, specs, values, none, none)


@pytest.mark.parametrize(("width", "share"), [(0.001, 0.1), (0.003, 0.3), (0.02, 1.0)])
def test_numbers_anywhere_in_the_range_meet_the_windows_around_the_results(width, share):
    """101 results 0.01 apart: windows of 0.001 cover a tenth of the range."""
    m = matched([(0.5, 0.5 + width)], [np.linspace(0, 1, 101)], ["q"])
    found = chance_of_a_match(m, {"q"}, ours={}, measure=MD, draws=20000)
    assert found == pytest.approx(share, abs=0.01)


def test_two_numbers_are_met_as_seldom_as_their_product_says():
    grid = np.linspace(0, 1, 11)
    x, y = (g.ravel() for g in np.meshgrid(grid, grid))
    m = matched([(0.4, 0.44), (0.4, 0.44)], [x, y], ["q", "i2"])  # each window covers 0.4 of the range
    assert chance_of_a_match(m, {"q", "i2"}, ours={}, measure=MD, draws=20000) == pytest.approx(0.16, abs=0.01)
    assert chance_of_a_match(m, {"q"}, ours={}, measure=MD, draws=20000) == pytest.approx(0.4, abs=0.01)


@pytest.mark.parametrize("measure", [MD, RR])
def test_triples_are_moved_as_the_docstring_says(measure):
    """One result, ours itself: the estimate within w/2 of ours and both limits too, by a simulation of its own."""
    ours = {"estimate": 0.5, "ci_low": 0.1, "ci_high": 0.9}
    there, back = (np.asarray, np.asarray) if measure is MD else (np.log, np.exp)
    values = {q: float(back(np.array(x))) for q, x in ours.items()}
    w = 0.3
    m = matched([(v - w / 2, v + w / 2) for v in values.values()], [[v] for v in values.values()], list(values))
    found = chance_of_a_match(m, set(values), ours=values, measure=measure, draws=40000)
    rng = np.random.default_rng(5)
    centre = 0.5 + 0.5 * (0.4 / 1.959963984540054) * rng.standard_normal(200000)
    half = 0.4 * np.exp(rng.standard_normal(200000) / 3)
    assert float(there(np.array(values["estimate"]))) == pytest.approx(0.5)
    near = np.ones(200000, dtype=bool)
    for q, x in (("estimate", centre), ("ci_low", centre - half), ("ci_high", centre + half)):
        near &= np.abs(back(x) - values[q]) <= w / 2
    assert found == pytest.approx(float(near.mean()), abs=0.01)


def test_a_result_counts_once_and_what_is_not_defined_not_at_all():
    once = matched([(0.4, 0.5)], [[0.0, 1.0]], ["q"])
    often = matched([(0.4, 0.5)], [[0.0, 0.0, 1.0, np.nan, 1.0]], ["q"])
    shares = [chance_of_a_match(m, {"q"}, ours={}, measure=MD) for m in (once, often)]
    assert shares[0] == shares[1] == pytest.approx(0.1, abs=0.05)
    assert chance_of_a_match(once, {"unknown"}, ours={}, measure=MD) == 0.0
    nothing = matched([(0.4, 0.5)], [[np.nan]], ["q"])
    assert chance_of_a_match(nothing, {"q"}, ours={}, measure=MD) == 0.0


def test_an_inequality_is_kept_as_printed():
    m = matched([(0.4, 0.5), (0.05, np.inf)], [[0.0, 1.0], [0.01, 0.02]], ["q", "p"])
    assert chance_of_a_match(m, {"q", "p"}, ours={}, measure=MD) == 0.0
