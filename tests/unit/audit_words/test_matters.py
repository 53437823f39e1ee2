"""Which choices a quantity depends on: specifications with equal essentials give equal numbers, by the fits themselves."""

import math
from dataclasses import fields
from itertools import product

import pytest

from making import claim, made
from metaudit.analyses import analysis_rows
from metaudit.audit.own_value import Unanswerable
from metaudit.audit.values import our_value
from metaudit.audit_words.matters import _PER_QUANTITY, ALL, essential, matters, only_for_zeros, zero_cell
from metaudit.effects.convert import convert
from metaudit.errors import DataError
from metaudit.evaluate import evaluate
from metaudit.formats.columns import QUANTITIES
from metaudit.specs import Spec

ROWS = [
    {"study": s, "events_t": a, "n_t": n, "events_c": c, "n_c": m}
    for s, a, n, c, m in (
        ("A", 0, 31, 4, 30), ("B", 12, 60, 21, 58), ("C", 3, 44, 9, 41), ("D", 22, 90, 25, 95), ("E", 7, 28, 5, 33),
    )
]  # fmt: skip
WITHOUT_ZERO = [{**r, "events_t": r["events_t"] or 2} for r in ROWS]
ASKED = [
    "estimate", "ci_low", "ci_high", "se", "z", "p", "q", "q_df", "q_p", "i2", "h2", "tau2", "tau", "pi_low", "pi_high", "k", "n",
    "n_t", "events_t", "i2_low", "i2_high", "tau2_low", "tau2_high",
]  # fmt: skip


def some_specs():
    zero = ("0.5@only-zero", "0.5@all", "none")
    for measure, z, tau2, ci, i2, pi, level, q in product(
        ("RR", "OR"), zero[:2], ("DL", "PM"), ("wald", "t", "hksj"), ("tau2", "Q"), ("t-k-2", "tau-only"), (0.95, 0.9),
        ("inverse-variance", "mantel-haenszel"),
    ):  # fmt: skip
        yield Spec(measure, z, tau2=tau2, ci=ci, i2=i2, pi=pi, level=level, q=q)
    for measure, model, z, ci, level in product(
        ("RR", "OR"), ("common", "mantel-haenszel"), zero, ("wald", "t"), (0.95, 0.9)
    ):
        yield Spec(measure, z, model=model, ci=ci, level=level)


def rows_of(review):
    return analysis_rows(review.analyses["main"], [convert(r) for r in review.rows])


def values_of(review, quantity, evaluated):
    asked = next(c for c in review.claims if c.id == quantity)
    rows = rows_of(review)
    for spec, e in evaluated.items():
        try:
            value = our_value(asked, e, review.analyses["main"], rows).value
        except Unanswerable:
            continue
        if math.isfinite(value):
            yield spec, value


def evaluations(folder, rows):
    review = made(folder, claims=[claim(q, q, "1") for q in ASKED], rows=rows, measure=["RR", "OR"])
    found, converted = {}, rows_of(review)
    for spec in some_specs():
        try:
            found[spec] = evaluate(spec, converted, review.analyses["main"])
        except DataError:
            continue
    return review, found


@pytest.fixture(scope="module", params=[ROWS, WITHOUT_ZERO], ids=["with a zero cell", "without"])
def fitted(request, tmp_path_factory):
    return *evaluations(tmp_path_factory.mktemp("r"), request.param), request.param is ROWS


@pytest.mark.parametrize("quantity", ASKED)
def test_equal_essentials_give_equal_numbers(fitted, quantity):
    review, evaluated, zero = fitted
    groups = {}
    for spec, value in values_of(review, quantity, evaluated):
        groups.setdefault(essential(spec, quantity, zero_cells=zero), []).append(value)
    assert groups
    for values in groups.values():
        assert max(values) - min(values) <= 1e-9 * max(1, abs(values[0]))


@pytest.mark.parametrize("quantity", ["estimate", "ci_low", "se", "p", "q", "i2", "tau2", "pi_low"])
def test_what_is_kept_apart_does_differ(fitted, quantity):
    """Every field that is said to matter changes the number for some pair of specifications that differ in it alone."""
    review, evaluated, _ = fitted
    values = dict(values_of(review, quantity, evaluated))
    for name in {"tau2", "ci", "level", "pi", "i2", "measure"} & matters(quantity):
        others = [f.name for f in fields(Spec) if f.name != name]
        by_rest = {}
        for spec, value in values.items():
            by_rest.setdefault(tuple(getattr(spec, o) for o in others), set()).add(round(value, 9))
        assert any(len(v) > 1 for v in by_rest.values()), name


def test_an_unknown_quantity_keeps_every_choice():
    spec = Spec("RR", pi="normal", i2="Q", ci="t")
    assert essential(spec, "text") == essential(spec, "") == spec
    assert matters("value") == ALL
    assert set(_PER_QUANTITY) <= set(QUANTITIES)


@pytest.mark.parametrize(
    ("rule", "idle"),
    [
        ("none", True),
        ("0.5@only-zero", True),
        ("tacc@if-any-zero+drop", True),
        ("0.5@all", False),
        ("0.5@all+drop", False),
    ],
)
def test_rules_that_are_idle_without_zero_cells(rule, idle):
    assert only_for_zeros(rule) is idle


@pytest.mark.parametrize(
    ("cells", "zero"),
    [
        ({"events_t": "0", "n_t": "10", "events_c": "2", "n_c": "10"}, True),
        ({"events_t": "1", "n_t": "10", "events_c": "10.0", "n_c": "10"}, True),
        ({"events": "3", "n": "3"}, True),
        ({"events_t": "1", "events_c": "4", "time_t": "100"}, False),
        ({"mean_t": "0"}, False),
        ({}, False),
    ],
)
def test_a_row_with_a_zero_cell(cells, zero):
    assert zero_cell(cells) is zero
