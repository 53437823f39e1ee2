"""The Makefile's own decisions: when every rule is forced, and that make check sees one digit."""

import os
import re
import shutil
import subprocess
import sys

import pytest


@pytest.fixture
def make(unrun):
    """Call make in a tree whose environment exists already and whose snakemake only notes how it was called."""
    if not shutil.which("make"):
        pytest.skip("make is not installed")
    programs = unrun.folder / ".venv" / "bin"
    programs.mkdir(parents=True)
    for stamp in ("packages", "ready"):
        (unrun.folder / ".venv" / stamp).touch()
    snakemake = programs / "snakemake"
    snakemake.write_text('#!/bin/sh\necho "called: $*"\nexit "${FAILS:-0}"\n')
    snakemake.chmod(0o755)

    def call(**environment: str) -> tuple[int, str]:
        outside = {k: v for k, v in os.environ.items() if not k.startswith("MAKE")}
        done = subprocess.run(["make"], cwd=unrun.folder, env=outside | environment, capture_output=True, text=True)
        return done.returncode, done.stdout + done.stderr

    call.folder = unrun.folder
    return call


def test_everything_is_forced_until_one_whole_run_ended_well(make):
    code, said = make(FAILS="1")
    assert code != 0
    assert "--forceall" in said.split("called:")[1]
    code, said = make()
    assert code == 0
    assert "--forceall" in said.split("called:")[1]
    code, said = make()
    assert code == 0
    assert "--forceall" not in said.split("called:")[1]


def test_without_run_records_everything_is_forced_again(make):
    make()
    shutil.rmtree(make.folder / ".snakemake")
    assert "--forceall" in make()[1].split("called:")[1]


def test_two_runs_in_one_folder_do_not_meet(make):
    if not shutil.which("flock"):
        pytest.skip("flock is not installed")
    (make.folder / ".snakemake").mkdir()
    hold = ["flock", str(make.folder / ".snakemake" / "running"), "cat"]
    with subprocess.Popen(hold, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        other.stdin.write(b"held\n")
        other.stdin.flush()
        assert other.stdout.read(5) == b"held\n"
        code, said = make()
        other.stdin.close()
    assert code != 0
    assert "another make is at work" in said


def test_make_check_names_the_numbers_one_digit_moves_and_no_others(tree):
    tree.edit("data/reviews/colditz-1994/extraction.csv", ",4,123,", ",5,123,")
    command = [sys.executable, "scripts/check_results.py"]
    done = subprocess.run(command, cwd=tree.folder, env=tree.environment, capture_output=True, text=True)
    said = done.stdout + done.stderr
    assert done.returncode == 1, said
    moved = re.search(r"^results/colditz-1994/pooled\.csv, row 2, column \w+: (\S+) -> (\S+) \(relative", said, re.M)
    assert moved, said
    assert moved[1] != moved[2]
    assert "results/noppers-2011" not in said
    assert "results/aman-2021" not in said


def test_what_is_checked_is_what_a_commit_would_hold(unrun):
    checking = unrun.script("check_results")
    (unrun.folder / ".gitignore").write_text("logs/\n.venv/\n*.pdf\n", encoding="utf-8")
    for name in ("logs/x.log", ".venv/x", "results/x.csv", "docs/x.pdf", "docs/x.md"):
        (unrun.folder / name).parent.mkdir(exist_ok=True)
        (unrun.folder / name).touch()
    outside_git = {str(p) for p in checking.source_files(unrun.folder)}
    assert {"Snakefile", "docs/x.md"} <= outside_git
    assert not {"logs/x.log", ".venv/x", "results/x.csv"} & outside_git
    subprocess.run(["git", "init", "--quiet"], cwd=unrun.folder, check=True)
    inside_git = {str(p) for p in checking.source_files(unrun.folder)}
    assert {"Snakefile", "docs/x.md", ".gitignore"} <= inside_git
    assert not {"logs/x.log", ".venv/x", "results/x.csv", "docs/x.pdf"} & inside_git
