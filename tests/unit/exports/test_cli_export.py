"""``metaudit export`` writes one file or nothing."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from metaudit.cli import app

REVIEWS = Path(__file__).resolve().parents[3] / "data" / "reviews"


def run(*args):
    return CliRunner().invoke(app, ["export", *(str(a) for a in args)])


def test_a_file_is_written_and_what_it_lacks_is_said_on_stderr(tmp_path):
    file = tmp_path / "li.rm5"
    done = run(REVIEWS / "li-2007", file, "--as", "rm5")
    assert done.exit_code == 0
    assert file.read_bytes().startswith(b"<?xml")
    assert "claims stay in the review" in done.stderr
    assert done.stdout.startswith(f"{file}: ")
    assert [p.name for p in tmp_path.iterdir()] == ["li.rm5"]


def test_json(tmp_path):
    done = run(REVIEWS / "li-2007", tmp_path / "li.csv", "--as", "csv", "--json")
    content = json.loads(done.stdout)
    assert (content["format"], done.stderr) == ("csv", "")
    assert {n["kind"] for n in content["notices"]} == {"dropped"}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["stijnen-2010-rates", "x.rm5", "--as", "rm5"], "RevMan has no events with person-time"),
        (["li-2007", "x.csv", "--as", "cvs"], "Did you mean 'csv'"),
        (["li-2007", "x.csv", "--as", "csv", "--analysis", "mortality"], "Did you mean 'mortality-"),
        (["li-2007", "there.csv", "--as", "csv"], "the file exists"),
        (["li-2007", "folder", "--as", "csv"], "a folder of this name"),
        (["li-2007", "none/x.csv", "--as", "csv"], "its folder does not exist"),
        (["nobody", "x.csv", "--as", "csv"], "no such folder"),
    ],
)
def test_a_refusal_names_what_is_wrong_and_writes_nothing(tmp_path, arguments, said):
    (tmp_path / "there.csv").write_text("mine", encoding="utf-8")
    (tmp_path / "folder").mkdir()
    before = {p: p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()}
    done = run(REVIEWS / arguments[0], tmp_path / arguments[1], *arguments[2:])
    assert done.exit_code == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert {p: p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()} == before


def test_a_file_is_replaced_when_asked(tmp_path):
    file = tmp_path / "li.csv"
    file.write_text("old", encoding="utf-8")
    assert run(REVIEWS / "li-2007", file, "--as", "csv", "--overwrite").exit_code == 0
    assert file.read_text(encoding="utf-8").startswith("study,")
