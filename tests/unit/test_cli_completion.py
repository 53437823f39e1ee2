"""Shell completion: the script a shell loads, and what it offers for folders, ids and choices."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from metaudit.cli import app

ROOT = Path(__file__).resolve().parents[2]
REVIEWS = ROOT / "data" / "reviews"


def metaudit(*words, cwd=ROOT, **env):
    return subprocess.run(
        [sys.executable, "-m", "metaudit", *words],
        capture_output=True, text=True, cwd=cwd, timeout=60, check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT / "scripts"), **env},
    )  # fmt: skip


@pytest.fixture
def offered(monkeypatch):
    """What bash would offer for the last word of a line that is typed in a folder."""

    def ask(line, cwd=ROOT):
        monkeypatch.chdir(cwd)
        env = {"_METAUDIT_COMPLETE": "complete_bash", "COMP_WORDS": line, "COMP_CWORD": str(len(line.split(" ")) - 1)}
        found = CliRunner().invoke(app, [], env=env, prog_name="metaudit")
        assert found.stderr == ""
        return found.stdout.split()

    return ask


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_of_a_shell(shell):
    found = metaudit("--show-completion", shell, _TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION="1")
    assert found.returncode == 0, found.stderr
    assert f"complete_{shell}" in found.stdout
    assert "metaudit" in found.stdout


@pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash")
def test_bash_loads_it_and_completes(tmp_path):
    """The script as bash runs it: the function it defines fills COMPREPLY."""
    script = tmp_path / "completion.sh"
    script.write_text(
        metaudit("--show-completion", "bash", _TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION="1").stdout, encoding="utf-8"
    )
    program = tmp_path / "metaudit"
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m metaudit "$@"\n', encoding="utf-8")
    program.chmod(0o755)
    lines = f'source {script}; COMP_WORDS=(metaudit methods tau2 RE); COMP_CWORD=3; _metaudit_completion metaudit; echo "${{COMPREPLY[*]}}"'
    env = {**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}", "PYTHONPATH": str(ROOT / "scripts")}
    done = subprocess.run(["bash", "-c", lines], capture_output=True, text=True, env=env, timeout=60, check=False)
    assert (done.stdout.strip(), done.returncode) == ("REML", 0), done.stderr


@pytest.mark.parametrize(
    ("line", "among", "not_among"),
    [
        ("metaudit ch", {"check"}, {"audit"}),
        ("metaudit check data/reviews/li", {"data/reviews/li-2007", "data/reviews/lipsey-2001"}, {"data/reviews/colditz-1994"}),
        ("metaudit check data/reviews/li-2007 data/reviews/col", {"data/reviews/colditz-1994"}, set()),
        ("metaudit explain data/reviews/li-2007 re", {"re", "re-lo", "re-hi"}, {"fe"}),
        ("metaudit figure data/reviews/li-2007 mort", {"mortality-fixed", "mortality-random"}, set()),
        ("metaudit figure data/reviews/li-2007 mortality-fixed --kind f", {"forest", "funnel"}, {"baujat"}),
        ("metaudit inject data/reviews/li-2007 --analysis ", {"mortality-fixed", "mortality-random"}, set()),
        ("metaudit inject data/reviews/li-2007 --kind row", {"row-dropped", "row-doubled"}, {"digit"}),
        ("metaudit pool t.csv --measure SM", {"SMD", "SMDH", "SMCC"}, {"RR"}),
        ("metaudit pool t.csv --tau2 D", {"DL", "DL2"}, {"REML"}),
        ("metaudit pool t.csv --small-study egger,trim", {"egger,trim-fill-L0"}, {"trim-fill-L0"}),
        ("metaudit pool data/reviews/colditz-1994/extraction.csv --mods ablat,y", {"ablat,year"}, {"study"}),
        ("metaudit methods ta", {"tau2", "tau2_ci"}, {"ci"}),
        ("metaudit methods tau2 P", {"PM", "PM2"}, {"DL"}),
        ("metaudit new x --kind-of-data co", {"counts", "correlations"}, {"means"}),
        ("metaudit new x --model m", {"mantel-haenszel"}, {"random"}),
        ("metaudit query data/reviews/li-2007 --language ", {"en", "fr"}, set()),
    ],
)  # fmt: skip
def test_what_is_offered(offered, line, among, not_among):
    found = set(offered(line))
    assert among <= found, found
    assert not found & not_among


def test_folders_are_offered_as_they_are_typed(offered, tmp_path):
    for name in ("one-1", "one-2", "other"):
        shutil.copytree(REVIEWS / "li-2007", tmp_path / name)
    (tmp_path / "one-no-review").mkdir()
    assert offered("metaudit audit one", cwd=tmp_path) == ["one-1", "one-2"]
    assert offered("metaudit audit ./one", cwd=tmp_path) == ["./one-1", "./one-2"]
    assert offered(f"metaudit audit {tmp_path}/o", cwd=tmp_path) == [
        f"{tmp_path}/{n}" for n in ("one-1", "one-2", "other")
    ]
    assert offered("metaudit audit nowhere/at/all", cwd=tmp_path) == []


def test_broken_files_offer_nothing_and_say_nothing(offered, tmp_path):
    shutil.copytree(REVIEWS / "li-2007", tmp_path / "r")
    (tmp_path / "r" / "claims.csv").write_bytes(b"\xff\xfe\x00")
    (tmp_path / "r" / "review.yaml").write_text("analyses: [", encoding="utf-8")
    for line in (
        "metaudit explain r x",
        "metaudit figure r x",
        "metaudit explain none x",
        "metaudit pool r/claims.csv --mods a",
    ):
        assert offered(line, cwd=tmp_path) == []
