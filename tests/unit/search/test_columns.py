"""What specifications share is found by arrays, and for a longer list from a shorter, as it is found one by one."""

import random

import numpy as np
import pytest

from metaudit.audit_words.matters import ALL, alike, essence, essential
from metaudit.search.columns import Columns, longer, numbered, together
from metaudit.search.fits import can_be_batched
from metaudit.search.plan import READ, effects_key, fit_key, plan_of
from metaudit.search.stated import _choice, without_zero_cells
from metaudit.search.universe import universe
from metaudit.specs import parse_spec

PARTS = ("fit", "variant", "study", *READ)
FIELDS = {
    "test": ("ci",),
    "interval": ("ci", "level"),
    "i2": ("i2",),
    "prediction": ("ci", "pi", "level"),
    "study": ("level",),
}
MORE = [
    parse_spec("RR | 0.5@only-zero | random DL | wald | I2:tau2 | PI:t-k-2 | 80%"),
    parse_spec("OR | none | peto | wald | 80%"),
    parse_spec("RR | 0.5@only-zero | random REML | wald | I2:tau2 | PI:t-k-2 | stopping:metafor | 95%"),
    parse_spec("RR | 0.25@all | random DL | hksj | I2:Q | PI:hksj | 80%"),
]


@pytest.fixture(scope="module")
def counts():
    return universe(("RR", "OR"), any_zero=True, k=5)


@pytest.fixture(scope="module")
def some(counts):
    return [*random.Random(7).sample(counts.specs, 400), *MORE]


def one_by_one(values):
    number = {}
    return [number.setdefault(v, len(number)) for v in values]


def test_classes_are_numbered_as_they_appear():
    part = numbered(["b", "a", "b", "c", "a"])
    assert part.of.tolist() == [0, 1, 0, 2, 1]
    assert part.first.tolist() == [0, 1, 3]
    both = together(part.of, np.array([0, 0, 1, 0, 0]))
    assert both.of.tolist() == [0, 1, 2, 3, 1]
    assert both.first.tolist() == [0, 1, 2, 3]
    assert longer(part, [2, 3, 3]).first.tolist() == [0, 1, 3, 6]


@pytest.mark.parametrize("name", PARTS)
def test_a_plan_parts_specifications_as_their_keys_do(some, name):
    def key(i, spec):
        own = effects_key(spec)
        if name not in ("variant", "study"):
            own = (own, fit_key(spec)) if can_be_batched(spec) else ("alone", i)
        return own, tuple(getattr(spec, f) for f in FIELDS.get(name, ()))

    plan = plan_of(some)
    assert plan.part(name).of.tolist() == one_by_one(key(i, s) for i, s in enumerate(some))


@pytest.mark.parametrize("name", PARTS)
def test_a_longer_plan_is_the_plan_of_the_longer_list(counts, name):
    base = counts.plan
    specs = (*counts.specs, *MORE)
    found, right = plan_of(specs, like=base), plan_of(specs)
    assert found.part(name).of.tolist() == right.part(name).of.tolist()
    assert found.part(name).first.tolist() == right.part(name).first.tolist()
    assert (found.variants, found.fits, found.alone) == (right.variants, right.fits, right.alone)
    assert found.variant_of.tolist() == right.variant_of.tolist()
    assert [found.place[s] for s in specs] == [right.place[s] for s in specs]
    if name in READ:
        for one, other in zip(found.readings[name].fields, right.readings[name].fields, strict=True):
            assert one.tolist() == other.tolist()


@pytest.mark.parametrize("bare", [False, True])
@pytest.mark.parametrize("name", ["measure", "zero_cells", "variance", "model", "counts", "ci", "stopping"])
def test_choices_of_a_longer_plan(counts, name, bare):
    specs = (*counts.specs, *MORE)
    for plan in (plan_of(specs, like=counts.plan), plan_of(specs)):
        values, of = _choice(plan, name, bare=bare)
        assert [values[i] for i in of.tolist()] == [getattr(without_zero_cells(s) if bare else s, name) for s in specs]


def test_a_function_of_fields_is_asked_once_a_class(some):
    asked = []

    def first_letters(spec):
        asked.append(spec)
        return spec.measure[0], spec.ci[0]

    part = Columns(some).by(first_letters, "measure", "ci")
    assert part.of.tolist() == one_by_one((s.measure[0], s.ci[0]) for s in some)
    assert len(asked) == len({(s.measure, s.ci) for s in some})


@pytest.mark.parametrize("zero_cells", [True, False])
@pytest.mark.parametrize(
    "quantity", ["estimate", "se", "p", "ci_low", "pi_high", "q", "i2", "k", "study_estimate", "unknown", ""]
)
def test_the_essence_is_equal_where_the_essential_specification_is(some, quantity, zero_cells):
    key = essence(quantity, zero_cells=zero_cells)
    pairs = {(key(s), essential(s, quantity, zero_cells=zero_cells)) for s in some}
    assert len({k for k, _ in pairs}) == len({e for _, e in pairs}) == len(pairs)


def test_quantities_that_are_alike_have_one_essence(some):
    by = {}
    for quantity in (
        "estimate",
        "tau2",
        "se",
        "z",
        "p",
        "ci_low",
        "ci_high",
        "pi_low",
        "pi_high",
        "i2",
        "q",
        "q_p",
        "k",
        "unknown",
    ):
        by.setdefault(alike(quantity), []).append([essence(quantity)(s) for s in some])
    assert 5 < len(by) < 14
    for keys in by.values():
        assert all(k == keys[0] for k in keys)
    assert ALL in alike("unknown")
