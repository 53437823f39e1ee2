"""One mistake in a good review gives one line: the file, the row, the column, what is wrong and what would be right.

The mistakes are in broken.py and broken_by_hand.py.
"""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from broken import BCG, EXTRACTION, Broken, swap
from broken import BROKEN as FIRST
from broken_by_hand import BY_HAND

from metaudit.errors import InputError, Problem
from metaudit.formats.review import read_review

ROOT = Path(__file__).resolve().parents[2]
REVIEWS = ROOT / "data" / "reviews"
BROKEN = (*FIRST, *BY_HAND)


@pytest.fixture
def folder(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    """A copy of the review beside links to all others, with its one mistake made."""
    broken: Broken = request.param
    copy = tmp_path / "reviews" / broken.review
    copy.parent.mkdir()
    for other in REVIEWS.iterdir():
        if other.name != broken.review:
            (copy.parent / other.name).symlink_to(other)
    shutil.copytree(REVIEWS / broken.review, copy)
    broken.how(copy)
    return copy


def each(test: Callable[..., None]) -> Callable[..., None]:
    """Run a test on every broken input."""
    cases = [pytest.param(b, b, id=b.name.replace(" ", "-")) for b in BROKEN]
    return pytest.mark.parametrize(("folder", "broken"), cases, indirect=["folder"])(test)


def place(folder: Path, broken: Broken) -> tuple[str, int]:
    """File as shown, and row."""
    file = f"{folder}/{broken.file}" if broken.file else str(folder)
    if isinstance(broken.row, int):
        return file, broken.row
    lines = (folder / broken.file).read_text(encoding="utf-8").splitlines()
    return file, next(i for i, line in enumerate(lines, start=1) if broken.row in line)


@each
def test_one_mistake_is_one_problem(folder: Path, broken: Broken) -> None:
    with pytest.raises(InputError) as caught:
        read_review(folder)
    assert len(caught.value.problems) == 1, caught.value
    problem: Problem = caught.value.problems[0]
    assert ((problem.file, problem.row), problem.column, problem.rule) == (
        place(folder, broken),
        broken.column,
        broken.rule,
    ), problem
    line = str(problem)
    assert "\n" not in line
    for words in broken.words:
        assert words in line
    assert re.search(r"[.?]$", problem.fix), "the remedy is a sentence"
    assert not re.search(r"None|dict|tuple|Traceback|<class|\bstr\b|\bint\b", line), "no programmer's words"


@pytest.mark.parametrize("review", sorted({b.review for b in BROKEN}))
def test_the_reviews_that_are_broken_here_are_good(review: str) -> None:
    read_review(REVIEWS / review)


def test_the_table_of_mistakes_is_long_enough_and_has_no_mistake_twice() -> None:
    assert len(BROKEN) >= 24
    assert len({b.name for b in BROKEN}) == len(BROKEN)


NO_COMMAND_LINE = pytest.mark.skipif(
    importlib.util.find_spec("metaudit.cli") is None, reason="metaudit.cli is not there yet"
)


def _command(*words: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "PYTHONPATH": str(ROOT / "scripts"), "COLUMNS": "80", "NO_COLOR": "1"}
    return subprocess.run(
        [sys.executable, "-m", "metaudit", *words],
        capture_output=True,
        text=True,
        cwd=cwd,
        env=env,
        check=False,
        timeout=120,
    )


def _call(words: list[str]) -> tuple[int, str]:
    """Exit code and standard error of the command line, called in this process."""
    from typer.testing import CliRunner

    from metaudit.cli import app

    result = CliRunner().invoke(app, words, env={"COLUMNS": "80", "NO_COLOR": "1"})
    return result.exit_code, result.stderr


@NO_COMMAND_LINE
@each
def test_command_line_says_the_one_line_and_writes_nothing(folder: Path, broken: Broken, tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        read_review(folder)
    for words in (["check", str(folder)], ["audit", str(folder), "--out", str(tmp_path / "out")]):
        code, shown = _call(words)
        assert code == 2
        assert [line for line in shown.splitlines() if line] == [str(caught.value.problems[0])]
    assert not (tmp_path / "out").exists()


@NO_COMMAND_LINE
def test_module_runs_as_a_program(tmp_path: Path) -> None:
    shutil.copytree(REVIEWS / BCG, tmp_path / BCG)
    swap(EXTRACTION, "4,123,11", "124,123,11")(tmp_path / BCG)
    for words in (["check", BCG], ["audit", BCG, "--out", "out"]):
        done = _command(*words, cwd=tmp_path)
        assert done.returncode == 2
        assert done.stderr.startswith(f"{BCG}/extraction.csv, row 2, column events_t: 124 events among 123 people")
        assert len(done.stderr.splitlines()) == 1
    assert not (tmp_path / "out").exists()
