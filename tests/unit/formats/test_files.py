"""Writing results: whole or not at all, and the same bytes every time."""

import json
import math
from pathlib import Path

import numpy as np
import pytest

from metaudit.files import cell, json_ready, read_rows, write_json, write_rows, write_text


def test_a_write_that_fails_leaves_the_old_file_and_no_scraps(tmp_path: Path) -> None:
    target = tmp_path / "deep" / "a.txt"
    write_text(target, "old")
    with pytest.raises(UnicodeEncodeError):
        write_text(target, "new \ud800")
    assert target.read_text(encoding="utf-8") == "old"
    assert [p.name for p in target.parent.iterdir()] == ["a.txt"]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        (True, "yes"),
        (False, "no"),
        (math.nan, ""),
        (-0.0, "0"),
        (0.1 + 0.2, "0.3"),
        (1 / 3, "0.3333333333"),
        (1e-20, "1e-20"),
        (12, "12"),
        (np.float64(2.5), "2.5"),
        (np.int64(7), "7"),
        (np.bool_(True), "yes"),
        (math.inf, "inf"),
        ("a", "a"),
    ],
)
def test_cells(value: object, text: str) -> None:
    assert cell(value) == text


def test_rows_come_back_as_text(tmp_path: Path) -> None:
    write_rows(tmp_path / "a.csv", ("a", "b"), [{"a": 1.5, "b": "x, y"}, {"b": None}])
    assert (tmp_path / "a.csv").read_bytes() == b'a,b\n1.5,"x, y"\n,\n'
    assert read_rows(tmp_path / "a.csv") == [{"a": "1.5", "b": "x, y"}, {"a": "", "b": ""}]


def test_column_that_is_not_declared_is_refused(tmp_path: Path) -> None:
    with pytest.raises(KeyError, match="'c'"):
        write_rows(tmp_path / "a.csv", ("a", "b"), [{"c": 1}])
    assert not (tmp_path / "a.csv").exists()


def test_json_is_plain(tmp_path: Path) -> None:
    value = {"a": math.nan, "b": math.inf, "c": -math.inf, "d": (1, np.float64(1 / 3)), "e": {"f": None}, "g": True}
    expected = {"a": None, "b": "Inf", "c": "-Inf", "d": [1, 0.3333333333], "e": {"f": None}, "g": True}
    assert json_ready(value) == expected
    write_json(tmp_path / "a.json", value)
    assert json.loads((tmp_path / "a.json").read_text(encoding="utf-8")) == expected
