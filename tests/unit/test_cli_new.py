"""``metaudit new``: by options, by answers on a terminal, and refusals that leave nothing behind."""

import json
import os
import pty
import select
import subprocess
import sys
import time
from pathlib import Path

import pytest
from typer.testing import CliRunner

from metaudit.cli import app
from metaudit.formats.review import read_review

ROOT = Path(__file__).resolve().parents[2]


def run(*args, **kwargs):
    return CliRunner().invoke(app, [str(a) for a in args], **kwargs)


@pytest.fixture
def on_a_terminal(monkeypatch):
    monkeypatch.setattr("metaudit.cli.questions.can_ask", lambda: True)


def test_by_options(tmp_path):
    folder = tmp_path / "smith-2021"
    found = run(
        "new", folder, "--kind-of-data", "Counts", "--title", "Aspirin: a review", "--authors", "Smith et al.", "--year", 2021,
        "--doi", "https://doi.org/10.1136/bmj.1", "--outcome", "Early death", "--measure", "rr", "--model", "random", "--tau2", "dl",
        "--favours", "low", "--software", "RevMan 5.3", "--read", "abstract", "--moderators", "dose, year",
    )  # fmt: skip
    assert (found.exit_code, found.stderr) == (0, "")
    assert "review.yaml" in found.stdout
    assert ".schema" not in found.stdout
    review = read_review(folder)
    analysis = review.analyses["early-death"]
    assert review.citation["doi"] == "10.1136/bmj.1"
    assert (analysis.measures, analysis.moderators) == (("RR",), ("dose", "year"))
    assert dict(analysis.method) == {"model": "random", "tau2": "DL", "software": "RevMan 5.3"}
    checked = run("check", folder)
    assert checked.exit_code == 0
    assert "extraction.csv: no row yet" in checked.stdout
    assert run("audit", folder).exit_code == 0


def test_the_whole_audit_of_a_skeleton_runs(tmp_path):
    run("new", tmp_path / "r", "--kind-of-data", "means", "--no-input")
    found = run("audit", tmp_path / "r", "--out", tmp_path / "out")
    assert (found.exit_code, "no claims" in found.stdout) == (0, True), found.stderr
    assert (tmp_path / "out" / "report" / "index.html").is_file()


def test_as_json(tmp_path):
    told = json.loads(
        run("new", tmp_path / "r", "--kind-of-data", "none", "--title", "T", "--authors", "A", "--json").stdout
    )
    assert told["id"] == "r"
    assert told["analyses"] == ["main"]
    assert told["files"] == [".schema/review.schema.json", "claims.csv", "review.yaml", "sources.csv"]
    assert told["still_open"] == ["claims.csv: no row yet; one row is one printed number."]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ((), "--kind-of-data is missing, and there is nobody to ask"),
        (("--title", "T"), "--kind-of-data is missing"),
        (("--kind-of-data", "cuonts"), "--kind-of-data: 'cuonts' is not known. Did you mean 'counts'?"),
        (("--kind-of-data", "diagnostic"), "Known: counts, means"),
        (("--kind-of-data", "counts", "--measure", "SMD"), "--measure: 'SMD' is not known."),
        (("--kind-of-data", "counts", "--model", "randm"), "--model: 'randm' is not known. Did you mean 'random'?"),
        (("--kind-of-data", "counts", "--tau2", "DSL"), "--tau2: 'DSL' is not known."),
        (("--kind-of-data", "counts", "--year", "21"), "--year: '21' is not a year."),
        (("--kind-of-data", "counts", "--year", "2999"), "is not a year"),
        (("--kind-of-data", "counts", "--doi", "10.x"), "--doi: '10.x' is not a DOI."),
        (("--kind-of-data", "counts", "--kind", "review"), "--kind: 'review' is not known."),
        (
            ("--kind-of-data", "counts", "--favours", "treatment"),
            "--favours: 'treatment' is not known. Known: low, high.",
        ),
        (("--kind-of-data", "counts", "--read", "half"), "--read: 'half' is not known."),
    ],
)
def test_what_is_not_understood_is_one_line_and_writes_nothing(tmp_path, options, words):
    found = run("new", tmp_path / "r", *options)
    assert (found.exit_code, found.stdout) == (2, "")
    assert words in found.stderr
    assert len(found.stderr.strip().splitlines()) == 1
    assert not list(tmp_path.iterdir())


def test_a_folder_that_cannot_be_written_is_refused_before_anything_is_asked(tmp_path, on_a_terminal):
    (tmp_path / "r").mkdir()
    (tmp_path / "r" / "mine.txt").write_text("mine", encoding="utf-8")
    for name in ("r", "two words"):
        found = run("new", tmp_path / name, "--kind-of-data", "counts", input="")
        assert found.exit_code == 2
        assert len(found.stderr.strip().splitlines()) == 1
    assert [p.name for p in tmp_path.rglob("*")] == ["r", "mine.txt"]
    (tmp_path / "file").write_text("", encoding="utf-8")
    assert run("new", tmp_path / "file" / "r", "--kind-of-data", "counts").exit_code == 2


def test_answers_are_asked_again_until_they_are_understood(tmp_path, on_a_terminal):
    answers = [
        "", "counts please", "2",  # needed; not known; by its number: means
        "", "Ketamine", "Bell et al.", "07", "2007", "", "doi:10.1002/x", "abstract",
        "Pain at 24 h", "OR", "smd", "random", "2", "RevMan 5", "",
    ]  # fmt: skip
    found = run("new", tmp_path / "bell-2007", "--json", input="\n".join(answers) + "\n")
    assert found.exit_code == 0, found.output
    # the runner writes into stdout what is typed, as a terminal would show it; the questions are not there
    assert json.loads(found.stdout[found.stdout.index("{") :])["id"] == "bell-2007"
    assert "Title of the publication" not in found.stdout
    for said in ("This one is needed.", "'counts please' is not known", "'07' is not a year", "'OR' is not known"):
        assert said in found.stderr
    review = read_review(tmp_path / "bell-2007")
    analysis = review.analyses["pain-at-24-h"]
    assert (review.title, dict(review.citation)) == (
        "Ketamine",
        {"authors": "Bell et al.", "year": 2007, "doi": "10.1002/x"},
    )
    assert analysis.measures == ("SMD",)
    assert dict(analysis.method) == {"model": "random", "tau2": "HE", "software": "RevMan 5"}


def test_nothing_is_asked_that_was_told_or_does_not_apply(tmp_path, on_a_terminal):
    told = (
        "--kind-of-data",
        "none",
        "--title",
        "T",
        "--authors",
        "A",
        "--year",
        "2001",
        "--journal",
        "J",
        "--doi",
        "10.1000/x",
    )
    found = run("new", tmp_path / "r", *told, input="\n\n\n")  # read, outcome, software
    assert found.exit_code == 0, found.stderr
    for words in (
        "Effect measure",
        "How studies are pooled",
        "tau2",
        "Title",
        "DOI",
        "favours",
        "good for the treatment",
    ):
        assert words not in found.stderr
    assert run("new", tmp_path / "s", *told, "--no-input", input="").exit_code == 0


def test_an_answer_that_is_broken_off_writes_nothing(tmp_path, on_a_terminal):
    found = run("new", tmp_path / "r", input="counts\n")
    assert found.exit_code == 1
    assert not list(tmp_path.iterdir())


def test_on_a_real_terminal(tmp_path):
    """The same on a pseudo-terminal, as a person has it: the questions come, and the folder is there afterwards."""
    main, side = pty.openpty()
    env = {**os.environ, "PYTHONPATH": str(ROOT / "scripts"), "TERM": "xterm", "COLUMNS": "100"}
    command = [sys.executable, "-m", "metaudit", "new", str(tmp_path / "r"), "--kind-of-data", "counts", "--title", "T"]
    process = subprocess.Popen(command, stdin=side, stdout=side, stderr=side, env=env, close_fds=True)
    os.close(side)
    seen, deadline, sent = "", time.monotonic() + 60, 0
    try:
        while process.poll() is None and time.monotonic() < deadline:
            if select.select([main], [], [], 0.2)[0]:
                try:
                    seen += os.read(main, 4096).decode(errors="replace")
                except OSError:
                    break
            if seen.rstrip(" ").endswith(":") and seen.count(": ") > sent:
                sent = seen.count(": ")
                os.write(main, b"A et al.\n" if "First author" in seen and "Year" not in seen else b"\n")
        process.wait(timeout=20)
    finally:
        process.kill()
        os.close(main)
    assert process.returncode == 0, seen
    assert "How studies are pooled, as the authors say" in seen
    assert read_review(tmp_path / "r").citation["authors"] == "A et al."
