"""Names that papers and programs use are answered with ours; `check` names subjects of networks that lead nowhere."""

from __future__ import annotations

import csv

import pytest
from typer.testing import CliRunner

from making import claim, write_review
from metaudit.cli import app

TRIALS = [("A", 1990, 3, 40, 9, 41), ("B", 1991, 4, 50, 8, 49)]


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "t.csv"
    with path.open("w", encoding="utf-8", newline="") as handle:
        csv.writer(handle).writerows([("study", "year", "events_t", "n_t", "events_c", "n_c"), *TRIALS])
    return path


def run(*args):
    return CliRunner().invoke(app, [str(a) for a in args], env={"COLUMNS": "250", "TERM": "dumb", "NO_COLOR": "1"})


@pytest.mark.parametrize(("options", "said"), [
    (("--measure", "RR", "--model", "fixed"), "--model fixed: not known. Did you mean 'common'?"),
    (("--measure", "HR"), "--measure HR: not known. Did you mean 'GEN-LOG'?"),
    (("--measure", "HR", "--relative-reduction", "20%"), "--measure HR: not known. Did you mean 'GEN-LOG'?"),
    (("--measure", "WMD"), "Did you mean 'MD'?"), (("--measure", "rr"), "Did you mean 'RR'?"),
    (("--measure", "RR", "--model", "MH"), "Did you mean 'mantel-haenszel'?"), (("--measure", "RR", "--tau2", "DerSimonian-Laird"), "Did you mean 'DL'?"),
    (("--measure", "RR", "--model", "bayesian"), "--model bayesian: not known. Known: random, common"),
])  # fmt: skip
def test_what_papers_call_it(table, options, said):
    for command in ("sequential", "pool"):
        if command == "pool" and "--relative-reduction" in options:
            continue
        found = run(command, table, *options)
        assert found.exit_code == 2, command
        assert said in found.stderr
        assert len(found.stderr.strip().splitlines()) == 1


def test_check_names_a_subject_that_is_no_treatment(tmp_path):
    rows = [{"study": s, "treatment": t, "events": e, "n": 40} for s in "12" for t, e in (("Aspirin", 4), ("Placebo", 9))]  # fmt: skip
    for name, subject in (("right", "Aspirin : Placebo"), ("wrong", "Asprin : Placebo")):
        claims = [claim("e", "estimate", "0.4", subject=subject)]
        write_review(tmp_path / name, claims=claims, rows=rows, measure="OR", network={})
    assert run("check", tmp_path / "right").exit_code == 0
    found = run("check", tmp_path / "wrong")
    assert found.exit_code == 2
    assert "Did you mean 'Aspirin'?" in found.stderr
    assert "claims.csv, row 2, column subject" in found.stderr.replace("\n", " ")
