"""``metaudit inject``: a folder that can be read and audited, and refusals in one line."""

import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

import metaudit.cli
import metaudit.cli.inject
from metaudit.formats.review import read_review

CLASSIC = Path(__file__).parents[3] / "data" / "reviews" / "colditz-1994"


def run(*args):
    return CliRunner().invoke(metaudit.cli.app, ["inject", *map(str, args)])


@pytest.mark.parametrize("kind", ["row-dropped", "row-doubled", "arms-swapped", "digit"])
def test_a_broken_copy_can_be_read(tmp_path, kind):
    out = tmp_path / "broken"
    result = run(CLASSIC, "--out", out, "--kind", kind, "--seed", 3, "--json")
    assert result.exit_code == 0, result.output
    said = json.loads(result.stdout)
    assert (said["kind"], said["analysis"]) == (kind, "trials")
    assert said["undone_by"]
    before, after = read_review(CLASSIC), read_review(out)
    assert [c.printed for c in after.claims] == [c.printed for c in before.claims]
    assert (after.rows, after.analyses["trials"].exclude) != (before.rows, before.analyses["trials"].exclude)


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["--kind", "typo"], "is not known"),
        (["--kind", "se-is-sd"], "allows no error"),
        (["--analysis", "trial"], "is not an analysis"),
    ],
)
def test_refusals(tmp_path, args, said):
    result = run(CLASSIC, "--out", tmp_path / "broken", *args)
    assert result.exit_code == 2
    assert said in result.stderr
    assert not (tmp_path / "broken").exists()


def test_nothing_is_overwritten(tmp_path):
    result = run(CLASSIC, "--out", tmp_path)
    assert result.exit_code == 2
    assert "exists already" in result.stderr


def test_the_folder_names_the_review(tmp_path):
    assert "letters, digits and hyphens" in run(CLASSIC, "--out", tmp_path / "not_good").stderr


def test_a_comment_that_would_be_lost_is_named_and_nothing_is_written(tmp_path):
    shutil.copytree(CLASSIC, tmp_path / CLASSIC.name)
    path = tmp_path / CLASSIC.name / "review.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(
        text.replace("    measure: ", "    measure:  # as in table 1\n      ", 1).replace(
            "\n    favours", "\n\n    favours", 1
        )
    )
    read_review(path.parent)
    result = run(path.parent, "--out", tmp_path / "broken")
    assert result.exit_code == 2
    assert "review.yaml" in result.stderr
    assert "Move comments to lines of their own" in " ".join(result.stderr.split())
    assert not (tmp_path / "broken").exists()
