"""make check holds provenance.json and the crate to what does not depend on the machine, and says in what machines differ."""

import json

import pytest

from metaudit.compare import compare_trees, environment_remarks


@pytest.fixture
def two(made, made_elsewhere):
    return made.write(), made_elsewhere.write()


def edited(path, change):
    content = json.loads(path.read_text(encoding="utf-8"))
    change(content)
    path.write_text(json.dumps(content), encoding="utf-8")


def test_another_python_is_told_and_no_difference(two):
    edited(two[1] / "provenance.json", lambda record: record["environment"].update(python="3.13.1", machine="aarch64"))
    assert compare_trees(*two) == []
    remarks = environment_remarks(*two)
    assert len(remarks) == 2
    assert "3.13.1" in remarks[0]
    assert environment_remarks(two[0], two[0]) == []


def test_a_last_digit_that_moved_is_compared_in_its_own_file_only(two, made_elsewhere):
    """The hash of a result follows from the result, where a digit beyond 1e-9 may differ between processors."""
    for run, number in zip(two, ("0.12345678901", "0.12345678902"), strict=True):
        (run / "one-2001/audit.csv").write_text(f"value\n{number}\n", encoding="utf-8")
    made_elsewhere.seal("audit")
    made_elsewhere.write()
    assert compare_trees(*two) == []


@pytest.mark.parametrize(
    ("change", "place"),
    [
        (lambda r: r["inputs"]["data/specs.yaml"].update(sha256="0" * 64), "inputs.data/specs.yaml.sha256"),
        (lambda r: r["parameters"].update(level=0.9), "parameters.level"),
        (lambda r: r["outputs"]["board.csv"].update(stage="audit"), "outputs.board.csv.stage"),
        (lambda r: r["outputs"].pop("board.csv"), "keys of outputs"),
        (lambda r: r["stages"]["audit"]["code"].append("x.py"), "length of stages.audit.code"),
    ],
)
def test_everything_else_is_a_difference(two, change, place):
    edited(two[1] / "provenance.json", change)
    assert place in [drift.place for drift in compare_trees(*two)]


def test_a_crate_that_names_another_input_is_a_difference(two):
    def change(crate):
        next(e for e in crate["@graph"] if e["@id"] == "../data/specs.yaml")["sha256"] = "0" * 64

    edited(two[1] / "ro-crate-metadata.json", change)
    assert [drift.file for drift in compare_trees(*two)] == ["ro-crate-metadata.json"]
