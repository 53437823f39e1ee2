"""Fail-safe N: metafor's values, and what N more studies do to the result that they are to undo."""

import math

import numpy as np
import pytest
from scipy.special import ndtri

from metaudit.diagnostics.small_study.failsafe import orwin, rosenberg, rosenthal
from metaudit.errors import DataError
from tolerances import CLOSED_FORM


def test_metafors_numbers_for_the_bcg_trials(bcg):
    # metafor 3.8-1: fsn(yi, vi, type=...), escalc(measure="OR")
    assert rosenthal(bcg.yi, bcg.vi).n == 607
    assert rosenthal(bcg.yi, bcg.vi).p == pytest.approx(3.3758762893248285e-30, rel=CLOSED_FORM)
    assert (orwin(bcg.yi).n, orwin(bcg.yi, bcg.vi).n) == (13, 13)
    assert orwin(bcg.yi, bcg.vi).target == pytest.approx(-0.21806953806820495, rel=CLOSED_FORM)
    assert rosenberg(bcg.yi, bcg.vi).n == 348
    assert rosenberg(bcg.yi, bcg.vi).p == pytest.approx(5.779623023478555e-25, rel=CLOSED_FORM)


@pytest.mark.parametrize("sides", [1, 2])
def test_rosenthals_n_brings_the_sum_of_z_to_its_critical_value(smoking, sides):
    ours = rosenthal(smoking.yi, smoking.vi, sides=sides, rounding="none")
    z = (smoking.yi / np.sqrt(smoking.vi)).sum() / math.sqrt(37 + ours.n)
    assert z == pytest.approx(-ndtri(0.05 / sides), rel=CLOSED_FORM)
    assert ours.tolerance == 5 * 37 + 10


def test_orwins_n_brings_the_mean_to_the_target(smoking):
    for vi in (None, smoking.vi):
        ours = orwin(smoking.yi, vi, target=0.05, missing=-0.02, rounding="none")
        assert (37 * ours.mean + ours.n * -0.02) / (37 + ours.n) == pytest.approx(0.05, rel=CLOSED_FORM)


def test_rosenbergs_n_studies_of_average_weight_bring_z_to_its_critical_value(smoking):
    ours = rosenberg(smoking.yi, smoking.vi, rounding="none")
    w = 1 / smoking.vi
    assert (w @ smoking.yi) / math.sqrt(w.sum() + ours.n * w.mean()) == pytest.approx(-ndtri(0.025), rel=CLOSED_FORM)


def test_rounding_and_the_critical_value_can_be_a_papers_own(smoking):
    exact = rosenthal(smoking.yi, smoking.vi, critical=1.645, rounding="none").n
    assert exact != rosenthal(smoking.yi, smoking.vi, rounding="none").n
    up, down, near = (
        rosenthal(smoking.yi, smoking.vi, critical=1.645, rounding=r).n for r in ("up", "down", "nearest")
    )
    assert (up, down) == (math.ceil(exact), math.floor(exact))
    assert near in (up, down)
    assert orwin([0.2, 0.4], rounding="up").n == 2  # a whole number is not rounded up for its last digit


def test_edges(smoking):
    assert rosenthal([0.01], [1.0]).n == 0
    assert orwin(smoking.yi, target=0).n == math.inf
    assert orwin([0.2, 0.4], target=0.5).n == 0
    assert orwin([-0.2, -0.4], target=0.1).target == -0.1


@pytest.mark.parametrize(
    "call",
    [
        lambda: rosenthal([], []),
        lambda: rosenthal([1.0], [1.0], sides=3),
        lambda: rosenthal([1.0], [1.0], critical=-1),
        lambda: rosenberg([1.0], [1.0], rounding="sideways"),
        lambda: orwin([0.5], target=0.2, missing=0.3),
    ],
)
def test_what_is_no_fail_safe_n_is_refused(call):
    with pytest.raises(DataError):
        call()
