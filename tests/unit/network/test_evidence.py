"""Networks: their treatments, designs and parts, and what is left of them without a study or an arm."""

from __future__ import annotations

import numpy as np
import pytest

from metaudit.errors import DataError
from metaudit.network.evidence import Evidence, Study, check_connected, components, part_with


def study(name: str, *treatments: str) -> Study:
    m = len(treatments)
    return Study(name, treatments, np.arange(float(m)), np.diag(np.arange(1.0, m + 1)))


TWO_PARTS = Evidence("MD", (study("1", "b", "a"), study("2", "c", "a"), study("3", "E", "d")), (("4", "one arm"),))


def test_treatments_and_pairs_are_in_alphabetic_order_whatever_the_case() -> None:
    assert TWO_PARTS.treatments == ("a", "b", "c", "d", "E")
    assert len(TWO_PARTS.pairs) == 10
    assert TWO_PARTS.direct_pairs == (("a", "b"), ("a", "c"), ("d", "E"))


def test_designs_are_sets_of_treatments() -> None:
    both = Evidence("MD", (study("1", "b", "a"), study("2", "a", "b"), study("3", "c", "a", "b")))
    assert {d: [s.name for s in found] for d, found in both.designs.items()} == {
        ("a", "b"): ["1", "2"],
        ("a", "b", "c"): ["3"],
    }


def test_a_contrast_is_a_difference_of_arms() -> None:
    assert study("1", "a", "b", "c").contrast("c", "a") == (2.0, 4.0)
    correlated = Study("1", ("a", "b"), np.array([1.0, 3.0]), np.array([[2.0, 0.5], [0.5, 1.0]]))
    assert correlated.contrast("a", "b") == (-2.0, 2.0)


def test_parts_that_nothing_connects_are_named() -> None:
    assert components(TWO_PARTS) == (("a", "b", "c"), ("d", "E"))
    with pytest.raises(DataError, match=r"falls into 2 parts.*a, b, c \| d, E"):
        check_connected(TWO_PARTS)
    assert part_with(TWO_PARTS, "E").treatments == ("d", "E")
    assert part_with(TWO_PARTS, "c").treatments == ("a", "b", "c")
    with pytest.raises(DataError, match="no study has the treatment f"):
        part_with(TWO_PARTS, "f")


def test_an_empty_network_says_why() -> None:
    with pytest.raises(DataError, match="no study to pool; 4: one arm"):
        check_connected(TWO_PARTS.keep(lambda s: False))


def test_an_arm_can_be_left_out() -> None:
    three = Evidence("MD", (study("1", "a", "b", "c"), study("2", "a", "b")))
    left = three.without_arm("1", "b")
    assert left.studies[0].treatments == ("a", "c")
    assert left.studies[0].contrast("c", "a") == three.studies[0].contrast("c", "a")
    assert [s.name for s in three.without_arm("2", "b").studies] == ["1"]
    for name, treatment in (("1", "z"), ("9", "a")):
        with pytest.raises(DataError, match="has no arm"):
            three.without_arm(name, treatment)
