"""How far the space reaches, and what is near."""

import math

import numpy as np
import pytest

from metaudit.printed import Interval, parse_printed
from metaudit.search.batch import evaluate_specs
from metaudit.search.envelope import Envelope, envelope, near
from metaudit.search.match import Matched, match
from metaudit.search.targets import Target
from metaudit.specs import Spec, parse_spec

SPECS = tuple(Spec("MD", tau2=t) for t in ("DL", "REML", "PM", "ML"))


def of(values):
    target = Target("c", "estimate", "", Interval(0, 1))
    return Matched((target,), SPECS, np.array([values]), np.zeros((1, 4), bool), np.zeros((1, 4), bool))


def test_ends_and_who_gives_them():
    found = envelope(of([2.0, math.nan, -1.0, math.inf]), "c")
    assert (found.low, found.high, found.low_spec.tau2, found.high_spec.tau2) == (-1.0, 2.0, "PM", "DL")
    some = envelope(of([2.0, 1.0, -1.0, 5.0]), "c", among=np.array([True, True, False, False]))
    assert (some.low, some.high) == (1.0, 2.0)


def test_nothing_defined_has_no_envelope():
    assert envelope(of([math.nan] * 4), "c") is None
    assert envelope(of([1.0] * 4), "other") is None
    assert envelope(of([1.0] * 4), "c", among=np.zeros(4, bool)) is None


@pytest.mark.parametrize(
    ("printed", "misses"),
    [("1.00", False), ("2.00", False), ("2.01", True), ("2.0", False), ("2.1", True), ("0.99", True), ("<1", True),
     ("<1.5", False), (">2", True), ("1.5", False)],
)  # fmt: skip
def test_a_window_outside_of_it(printed, misses):
    e = Envelope(1.0, 2.004, *SPECS[:2])
    e = Envelope(1.0, 2.0, *SPECS[:2]) if printed.startswith(">") else e
    assert e.misses(parse_printed(printed).interval()) is misses


def test_the_ends_are_attained_by_their_specifications(make_rows, random_counts, plain):
    rows = make_rows(random_counts(np.random.default_rng(2), k=10, rate=0.05))
    specs = [
        Spec("RR", z, tau2=t, ci=c) for z in ("0.5@only-zero", "none") for t in ("DL", "PM") for c in ("wald", "hksj")
    ]
    found = envelope(match([Target("c", "ci_high", "", Interval(0, 1))], evaluate_specs(specs, rows, plain)), "c")
    for value, spec in ((found.low, found.low_spec), (found.high, found.high_spec)):
        alone = evaluate_specs([parse_spec(str(spec))], rows, plain)
        assert math.exp(alone.values["ci_high"][0]) == pytest.approx(value, rel=1e-9)


@pytest.mark.parametrize(
    ("ours", "printed", "measure", "quantity", "expected"),
    [
        (1.05, "1.00", "RR", "estimate", "5 %"),
        (1.0, "1.05", "RR", "estimate", "5 %"),
        (1.10, "1.00", "RR", "estimate", "10 %"),
        (1.12, "1.00", "RR", "estimate", ""),
        (0.05, "-0.04", "SMD", "estimate", "0.1 standard deviations"),
        (0.05, "-0.04", "MD", "estimate", ""),
        (0.30, "0.20", "SMD", "i2", ""),
        (0.30, "0.20", "SMD", "estimate", ""),
        (0.299, "0.20", "SMD", "ci_low", "0.1 standard deviations"),
        (-1.0, "1.0", "SMD", "estimate", ""),
        (0.0, "0.00", "MD", "estimate", ""),
        (0.0, "0.0", "SMD", "estimate", "0.1 standard deviations"),
        (20, "21", "RR", "k", ""),
        (0.00011, "<.0001", "RR", "p", ""),
        (math.nan, "1.0", "SMD", "estimate", ""),
    ],
)
def test_near(ours, printed, measure, quantity, expected):
    assert near(ours, parse_printed(printed), measure=measure, quantity=quantity) == expected
