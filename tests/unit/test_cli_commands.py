"""What every command has: JSON, an example, its exit codes; and the JSON of those that print a list or a file."""

import json
import re

import pytest
import typer
from typer.testing import CliRunner

from making import claim, write_review
from metaudit.cli import app

COMMANDS = dict(typer.main.get_command(app).commands)
ROWS = [
    {"study": "A", "events_t": 10, "n_t": 50, "events_c": 20, "n_c": 50},
    {"study": "B", "events_t": 3, "n_t": 60, "events_c": 5, "n_c": 60},
]


def run(*args):
    return CliRunner().invoke(app, [str(a) for a in args])


@pytest.fixture
def folder(tmp_path):
    return write_review(tmp_path / "r", claims=[claim("e", "estimate", "0.40")], rows=ROWS, measure="RR")


def test_there_are_commands():
    assert {
        "audit",
        "check",
        "coverage",
        "diff",
        "enumerate",
        "explain",
        "figure",
        "inject",
        "methods",
        "new",
        "pool",
        "query",
    } <= set(COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_has_json_an_example_and_its_exit_codes(name):
    command = COMMANDS[name]
    assert any("--json" in p.opts for p in command.params), "no --json"
    words = " ".join((command.help or "").split())
    assert re.search(rf"Examples?: .*metaudit {name}\b", words), "no example"
    assert re.search(r"Exit (codes: )?0\b", words), "no exit codes"
    for parameter in command.params:
        assert getattr(parameter, "help", ""), f"{parameter.name} has no help"
    assert run(name, "--help").exit_code == 0


def test_problems_as_json(folder, tmp_path):
    (folder / "extraction.csv").write_text(
        "study,outcome,events_t,n_t,events_c,n_c\nA,pain,4-May,50,20,50\n", encoding="utf-8"
    )
    other = write_review(tmp_path / "s", claims=[claim("e", "estimate", "four")], rows=ROWS, measure="RR")
    found = run("check", folder, other, "--json")
    assert found.exit_code == 2
    problems = json.loads(found.stdout)
    assert len(found.stderr.splitlines()) == len(problems), "and in words on stderr"
    assert [(p["file"].split("/")[-2:], p["row"], p["column"], p["rule"]) for p in problems] == [
        (["r", "extraction.csv"], 2, "events_t", "number"),
        (["s", "claims.csv"], 2, "printed", "number"),
    ]
    assert all(set(p) == {"file", "row", "column", "rule", "message", "fix"} for p in problems)


@pytest.mark.parametrize(
    "words",
    [("audit", "F"), ("explain", "F", "e"), ("figure", "F", "main"), ("query", "F"), ("inject", "F", "--out", "x")],
)
def test_every_command_refuses_in_json_when_json_is_asked_for(folder, words):
    (folder / "sources.csv").unlink()
    found = run(*(folder if w == "F" else w for w in words), "--json")
    assert found.exit_code == 2
    assert [(p["rule"], p["message"]) for p in json.loads(found.stdout)] == [("missing-file", "the file is missing.")]


def test_a_refusal_about_no_file_in_json_and_no_json_where_none_is_asked_for(folder):
    found = run("methods", "tauu", "--json")
    assert found.exit_code == 2
    assert json.loads(found.stdout) == [
        {
            "file": "",
            "row": 0,
            "column": "",
            "rule": "refused",
            "message": "'tauu' is no choice. Did you mean 'tau2'?",
            "fix": "",
        }
    ]
    assert run("methods", "tauu").stdout == "", "the next command does not remember what the last one asked for"


def test_several_folders(folder, tmp_path):
    other = write_review(tmp_path / "s", claims=[], rows=ROWS, measure="RR")
    found = run("check", folder, other)
    assert found.exit_code == 0
    assert [line.split(":")[0] for line in found.stdout.splitlines()] == ["r", "s"]
    (other / "sources.csv").unlink()
    found = run("check", folder, other, tmp_path / "none")
    assert found.exit_code == 2
    assert found.stdout.startswith("r: no problem")
    assert "sources.csv: the file is missing." in found.stderr
    assert "there is no such folder" in found.stderr


def test_a_file_or_the_folder_above_in_place_of_a_review(folder):
    assert f"Name the folder it lies in: {folder}" in run("check", folder / "review.yaml").stderr
    above = run("check", folder.parent)
    assert "this folder holds reviews, and is none. Name one or more of them: r." in above.stderr
    assert len(above.stderr.strip().splitlines()) == 1


def test_what_the_shell_names_with_the_folders_is_said_in_one_line(folder):
    """``check reviews/*`` names a stray file too."""
    (folder.parent / "README.txt").write_text("", encoding="utf-8")
    found = run("check", *sorted(folder.parent.iterdir()))
    assert found.exit_code == 2
    assert "README.txt: this is a file." in found.stderr


def test_figure_as_json(folder, tmp_path):
    found = run("figure", folder, "main", "--out", tmp_path / "f.svg", "--json")
    told = json.loads(found.stdout)
    assert told["file"] == str(tmp_path / "f.svg")
    assert told["kind"] == "forest"
    assert told["title"]
    assert "risk ratio" in told["description"].lower()


def test_differences_as_json(tmp_path):
    for name, value in (("a", "1.5"), ("b", "1.75")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "pooled.csv").write_text(f"analysis,estimate\nx,{value}\n", encoding="utf-8")
    found = run("diff", tmp_path / "a", tmp_path / "b", "--json")
    assert found.exit_code == 1
    (drift,) = json.loads(found.stdout)
    assert (drift["file"], drift["before"], drift["after"]) == ("pooled.csv", "1.5", "1.75")
    assert "estimate" in drift["place"]
    assert json.loads(run("diff", tmp_path / "a", tmp_path / "a", "--json").stdout) == []


def test_one_mistake_all_the_way_down_a_column_is_said_shortly(folder):
    lines = [f"S{i},pain,NR,50,20,50" for i in range(2, 42)]
    (folder / "extraction.csv").write_text(
        "\n".join(["study,outcome,events_t,n_t,events_c,n_c", *lines]) + "\n", encoding="utf-8"
    )
    found = run("check", folder, "--json")
    assert len(json.loads(found.stdout)) == 40, "JSON has all of them"
    shown = found.stderr.splitlines()
    assert len(shown) == 11
    assert shown[-1].endswith("extraction.csv, column events_t: the same in 30 more rows, up to row 41 [number]")


def test_notices_of_an_import_are_remembered(folder):
    assert "notices.md" not in run("check", folder).stdout
    (folder / "notices.md").write_text("- one\n", encoding="utf-8")
    assert "notices.md: what was guessed" in run("check", folder).stdout
