"""The rule for zero cells: what is added, and to whom."""

import numpy as np
import pytest

from metaudit.effects.zero_cells import ZeroCells, zero_cells_from
from metaudit.errors import DataError

ZERO = (np.array([0.0, 5.0, 0.0]), np.array([10.0, 5.0, 10.0]), np.array([2.0, 3.0, 0.0]), np.array([8.0, 7.0, 10.0]))
WHOLE = tuple(c[1:2] for c in ZERO)


@pytest.mark.parametrize(
    ("rule", "touched"),
    [
        ("0.5@only-zero", [True, False, True]),
        ("0.5@if-any-zero", [True, True, True]),
        ("0.5@all", [True, True, True]),
        ("none", [False, False, False]),
        ("0@all", [False, False, False]),
    ],
)
def test_who_is_corrected(rule: str, touched: list[bool]) -> None:
    cells, which = zero_cells_from(rule).adjust(*ZERO)
    assert which.tolist() == touched
    for given, corrected in zip(ZERO, cells, strict=True):
        assert corrected.tolist() == (given + 0.5 * np.array(touched)).tolist()


def test_without_zero_cells_only_all_corrects() -> None:
    assert not zero_cells_from("0.5@if-any-zero").adjust(*WHOLE)[1].any()
    assert not zero_cells_from("0.5@only-zero").adjust(*WHOLE)[1].any()
    assert zero_cells_from("0.5@all").adjust(*WHOLE)[1].all()


def test_if_any_zero_looks_at_each_data_set_of_a_batch() -> None:
    batch = tuple(np.stack([np.repeat(c[:2], 1), np.repeat(w, 2)], axis=1) for c, w in zip(ZERO, WHOLE, strict=True))
    _, which = zero_cells_from("0.5@if-any-zero").adjust(*batch)
    assert which.tolist() == [[True, False], [True, False]]


@pytest.mark.parametrize("text", ["0.5@only-zero", "0.5@all", "1@if-any-zero", "0.5@only-zero+drop", "0.25@all+drop"])
def test_canonical_string_comes_back(text: str) -> None:
    assert str(zero_cells_from(text)) == text


def test_mapping_of_review_yaml() -> None:
    assert zero_cells_from({"add": 0.5, "to": "all", "double_zero": "drop"}) == ZeroCells(0.5, "all", "drop")
    assert zero_cells_from({"double_zero": "drop"}) == ZeroCells(0.5, "only-zero", "drop")
    assert zero_cells_from({"to": "none"}) == ZeroCells(0.0, "none", "keep")
    assert zero_cells_from(None) == ZeroCells()
    assert zero_cells_from("none+drop") == ZeroCells(0.0, "none", "drop")


@pytest.mark.parametrize("text", ["0.5", "half@all", "-1@all", "nan@all", "0.5@some", "0.5@all+keep", "none+some", ""])
def test_what_is_not_understood_is_refused(text: str) -> None:
    with pytest.raises(DataError, match=r"write, for example, 0\.5@only-zero"):
        zero_cells_from(text)
