"""Comparing two result folders."""

import json
from pathlib import Path

import pytest

from metaudit.compare import Drift, compare_trees, summary

TABLE = "analysis,estimate,note\ntrials,0.4896,RR 0.49\nother,1.5,0.50\n"


@pytest.fixture
def pair(tmp_path):
    """Write the same file into two folders, once as given and once changed, and compare."""

    def compare(name: str, before: str | None, after: str | None, **options) -> list[str]:
        for folder, text in (("a", before), ("b", after)):
            path = tmp_path / folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            if text is not None:
                path.write_bytes(text.encode("utf-8"))
        return [str(d) for d in compare_trees(tmp_path / "a", tmp_path / "b", **options)]

    return compare


def test_same_folders_do_not_differ(pair):
    assert pair("x/pooled.csv", TABLE, TABLE) == []


def test_a_changed_digit_is_named_with_row_column_and_size(pair):
    assert pair("colditz-1994/pooled.csv", TABLE, TABLE.replace("0.4896", "0.4899")) == [
        "colditz-1994/pooled.csv, row 2, column estimate: 0.4896 -> 0.4899 (relative 6e-4)"
    ]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("0.4896123456", "0.4896123457"),
        ("1", "1.0000000005"),
        ("1e-17", "-2e-18"),
        ("0", "1e-16"),
        ("-3.1e-5", "-3.1000000001e-05"),
    ],
)
def test_numbers_within_the_tolerance_are_the_same(pair, before, after):
    assert pair("t.csv", f"v\n{before}\n", f"v\n{after}\n") == []
    assert pair("t.json", f'{{"v": {before}}}', f'{{"v": {after}}}') == []


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("0.50", "0.5"),
        ("", "0"),
        ("0.1", "-0.1"),
        ("0", "1e-9"),
        ("RR 0.49", "RR 0.490000000001"),
        ("1", "Inf"),
        ("<.001", ".001"),
    ],
)
def test_another_text_is_a_drift_even_if_it_means_the_same(pair, before, after):
    assert len(pair("t.csv", f"v\n{before}\n", f"v\n{after}\n")) == 1


def test_the_tolerance_can_be_chosen(pair):
    assert pair("t.csv", "v\n1.0\n", "v\n1.001\n", rtol=0.01) == []
    assert len(pair("t.csv", "v\n1.0\n", "v\n1.0000000001\n", rtol=0)) == 1


def test_missing_and_new_files_are_named(pair):
    assert pair("old.csv", TABLE, None) == ["old.csv: a file -> nothing: it is no longer written"]
    assert "new.csv: nothing -> a file: it is new" in pair("new.csv", None, TABLE)


def test_pictures_beside_the_svg_are_left_out(pair):
    assert pair("figures/x.pdf", "one", "other") == []
    assert pair("figures/x.png", "one", None) == []
    assert len(pair("figures/x.pdf", "one", "other", ignored=())) == 2


def test_columns_and_rows_are_structure(pair):
    assert pair("t.csv", "a,b\n1,2\n", "a,c\n1,2\n") == ["t.csv, row 1: a,b -> a,c"]
    assert pair("t.csv", "a\n1\n2\n", "a\n1\n9\n2\n") == [
        "t.csv, number of rows: 2 -> 3",
        "t.csv, row 3, column a: 2 -> 9 (relative 8e-1)",
    ]
    assert pair("t.csv", "a,b\n1,2\n", "a,b\n1\n") == ["t.csv, row 2, column b: 2 -> (empty)"]
    assert pair("t.csv", "a\n1\n", "") == ["t.csv, row 1: a -> "]


def test_layout_is_text(pair):
    assert pair("t.csv", "a\nx\n", "a\r\nx\r\n") != []
    assert pair("t.json", '{"a": 1}', '{"a":1}') != []


def test_json_names_the_path(pair):
    record = {"claim": "rr", "value": 0.4896, "causes": ["x"], "margin": None}
    moved = record | {"value": 0.4899, "causes": ["y"], "margin": 1.5}
    assert pair("audit.json", json.dumps([record]), json.dumps([moved])) == [
        "audit.json, [0].value: 0.4896 -> 0.4899 (relative 6e-4)",
        'audit.json, [0].causes[0]: "x" -> "y"',
        "audit.json, [0].margin: null -> 1.5",
    ]


def test_json_structure_is_compared(pair):
    assert pair("t.json", '{"a": 1, "b": 2}', '{"b": 2, "a": 1}') == ["t.json, keys of top: a, b -> b, a"]
    assert pair("t.json", "[1, 2]", "[1]") == ["t.json, length of top: 2 -> 1"]
    assert pair("t.json", "true", "1") == ["t.json, top: true -> 1"]
    assert pair("t.json", "[1]", "[1") == ["t.json: 3 bytes -> 2 other bytes"]


@pytest.mark.parametrize("name", ["page.html", "x.svg", "x.md", "x.tex"])
def test_text_is_compared_byte_by_byte_and_shown_around_the_change(pair, name):
    before = "first\n" + "." * 200 + "0.4896 and more\n"
    assert pair(name, before, before.replace("0.4896", "0.48960")) == [
        f"{name}, line 2: ...{'.' * 24}0.4896 and more -> ...{'.' * 24}0.48960 and more"
    ]
    assert pair(name, "a\nb\n", "a\nnew\nb\n") == [f"{name}, number of lines: 3 -> 4", f"{name}, line 2: b -> new"]


def test_drifts_come_in_the_order_of_the_data_flow(pair):
    for name in ("r/audit.csv", "r/effects.csv", "r/pooled.csv", "r/tables/claims.csv"):
        found = pair(name, "v\n1\n", "v\n2\n")
    assert [line.split(",")[0] for line in found] == [
        "r/effects.csv",
        "r/pooled.csv",
        "r/audit.csv",
        "r/tables/claims.csv",
    ]


def test_a_summary_shows_a_few_of_every_file():
    drifts = [Drift(f"{name}.csv", f"row {row}", "1", "2") for name in "abc" for row in range(9)]
    lines = summary(drifts).splitlines()
    assert lines[:6] == [*(f"a.csv, row {row}: 1 -> 2" for row in range(5)), "a.csv: 4 more"]
    assert summary(drifts, shown=2).splitlines()[-1] == "... 27 differences in 3 files altogether"


def test_a_drift_can_be_named_from_above():
    assert str(Drift("x.csv", "row 2", "1", "2").below("results")) == "results/x.csv, row 2: 1 -> 2"


def test_what_cannot_be_read_as_text_is_still_compared(tmp_path: Path):
    for folder, content in (("a", b"\xff\x00"), ("b", b"\xff\x01\x02")):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "t.csv").write_bytes(content)
    assert [str(d) for d in compare_trees(tmp_path / "a", tmp_path / "b")] == ["t.csv: 2 bytes -> 3 other bytes"]
