"""The command line: exit codes, one line for bad input, JSON by its schema, nothing half-written."""

import json
import math
from pathlib import Path

import jsonschema
import pytest
from typer.testing import CliRunner

from making import claim, write_review
from metaudit.cli import app

ROOT = Path(__file__).resolve().parents[2]
SCHEMA = json.loads((ROOT / "data" / "schemas" / "audit.schema.json").read_text(encoding="utf-8"))
ROWS = [
    {"study": "A", "events_t": 10, "n_t": 50, "events_c": 20, "n_c": 50},
    {"study": "B", "events_t": 0, "n_t": 60, "events_c": 5, "n_c": 60},
]
MANTEL_HAENSZEL = {"measure": "RR", "method": {"model": "mantel-haenszel"}}  # (10 + 0) / (20 + 5) with equal arms: 0.40
TABLE = "study,events_t,n_t,events_c,n_c,x_dose\nA,10,50,20,50,1\nB,6,60,5,60,2\nC,4,40,9,42,4\n"


def run(*args):
    return CliRunner().invoke(app, [str(a) for a in args])


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "table.csv"
    path.write_text(TABLE, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("claims", "main", "code"),
    [
        ([claim("e", "estimate", "0.40")], {"rows": ROWS, **MANTEL_HAENSZEL}, 0),
        ([claim("e", "estimate", "0.50")], {"rows": ROWS, **MANTEL_HAENSZEL}, 1),
        ([claim("e", "estimate", "0.40")], {"rows": ROWS, "measure": "RR"}, 0),  # underspecified
        ([claim("e", "estimate", "0.40")], {"measure": "RR"}, 0),  # not checkable
        ([claim("p", "proportion_t", "51%"), claim("n", "n_t", "40")], {"measure": "RR"}, 1),
        ([], {"measure": "RR"}, 0),
    ],
)
def test_exit_codes_of_an_audit(tmp_path, claims, main, code):
    folder = write_review(tmp_path / "r", claims=claims, **main)
    for extra in ((), ("--json",)):
        assert run("audit", folder, *extra).exit_code == code


def test_the_verdicts_are_printed_with_their_reason(tmp_path):
    folder = write_review(
        tmp_path / "r", claims=[claim("e", "estimate", "0.50"), claim("k", "k", "2")], rows=ROWS, **MANTEL_HAENSZEL
    )
    out = run("audit", folder).stdout
    worst = next(
        out.index(v) for v in ("DIFFERENT", "NEAR", "OUT_OF_ENVELOPE", "OTHER_SPEC") if f"\n{v} " in f"\n{out}"
    )
    assert worst < out.index("EXACT")
    assert "1 EXACT, 1 OTHER_SPEC" in out


def test_json_by_its_schema(tmp_path):
    claims = [
        claim("e", "estimate", "0.50"),
        claim("p", "p", "<.001"),
        claim("t", "text", "significant"),
        claim("pi", "pi_low", "0.1"),
    ]
    found = json.loads(
        run("audit", write_review(tmp_path / "r", claims=claims, rows=ROWS, **MANTEL_HAENSZEL), "--json").stdout
    )
    jsonschema.validate(found, SCHEMA)
    assert [f["claim"] for f in found] == ["e", "p", "t", "pi"]
    assert found[1]["printed_low"] == "-Inf"
    assert found[3]["value"] is None


def break_extraction(folder):
    (folder / "extraction.csv").write_text(
        "study,outcome,events_t,n_t,events_c,n_c\nA,pain,60,50,20,50\n", encoding="utf-8"
    )


def break_yaml(folder):
    (folder / "review.yaml").write_text("id: [", encoding="utf-8")


@pytest.mark.parametrize("how", [break_extraction, break_yaml, lambda folder: (folder / "sources.csv").unlink()])
@pytest.mark.parametrize("command", ["audit", "check"])
def test_bad_input_is_one_line_on_stderr_and_exit_2(tmp_path, how, command):
    folder = write_review(tmp_path / "r", claims=[claim("e", "estimate", "0.40")], rows=ROWS, measure="RR")
    how(folder)
    found = run(command, folder)
    assert (found.exit_code, found.stdout) == (2, "")
    assert len(found.stderr.strip().splitlines()) == 1
    assert "Traceback" not in found.stderr
    if command == "audit":
        assert run("audit", folder, "--out", tmp_path / "out").exit_code == 2
        assert not (tmp_path / "out").exists()


def test_a_folder_that_is_not_there(tmp_path):
    found = run("audit", tmp_path / "nowhere")
    assert found.exit_code == 2
    assert "there is no such folder" in found.stderr


def test_check_counts_what_it_read(tmp_path):
    folder = write_review(tmp_path / "r", claims=[claim("e", "estimate", "0.40")], rows=ROWS, measure="RR")
    found = run("check", folder)
    assert (found.exit_code, found.stdout) == (0, "r: no problem in 2 rows, 1 claim, 1 analysis, 1 source.\n")
    assert json.loads(run("check", folder, "--json").stdout) == []


def test_a_copied_folder_has_all_its_problems_named(tmp_path):
    """The id goes by the folder; that a copy has another name must not hide what else is wrong with it."""
    folder = write_review(
        tmp_path / "r", claims=[claim("e", "estimate", "0.40", analysis="man")], rows=ROWS, measure="RR"
    )
    copy = folder.rename(tmp_path / "copy")
    (copy / "sources.csv").write_text("source,citation,read\npaper,A paper,full text\n,B,full text\n", encoding="utf-8")
    found = run("check", copy)
    assert found.exit_code == 2
    assert "review.yaml, line 1, key id: the id is 'r', the folder 'copy'." in found.stderr
    assert "sources.csv, row 3" in found.stderr
    (copy / "sources.csv").write_text("source,citation,read\npaper,A paper,full text\n", encoding="utf-8")
    found = run("check", copy)
    assert found.exit_code == 2
    assert "write 'id: copy', or rename the folder" in found.stderr
    assert "claims.csv, row 2, column analysis: 'man' is not an analysis of review.yaml" in found.stderr


def test_out_writes_everything_or_refuses(tmp_path):
    folder = write_review(tmp_path / "r", claims=[claim("e", "estimate", "0.40")], rows=ROWS, **MANTEL_HAENSZEL)
    assert run("audit", folder, "--out", tmp_path / "new" / "out").exit_code == 0
    written = {
        p.relative_to(tmp_path / "new" / "out").as_posix() for p in (tmp_path / "new" / "out").rglob("*") if p.is_file()
    }
    assert {"audit.csv", "audit.json", "pooled.csv", "effects.csv", "extraction.csv", "report/index.html"} <= written
    assert [p.name for p in (tmp_path / "new").iterdir()] == ["out"]
    again = run("audit", folder, "--out", tmp_path / "new" / "out")
    assert again.exit_code == 2
    assert "the folder exists and is not empty" in again.stderr
    (tmp_path / "empty").mkdir()
    assert run("audit", folder, "--out", tmp_path / "empty").exit_code == 0
    (tmp_path / "file").write_text("mine", encoding="utf-8")
    assert run("audit", folder, "--out", tmp_path / "file").exit_code == 2
    assert (tmp_path / "file").read_text(encoding="utf-8") == "mine"


def test_a_failure_on_the_way_leaves_nothing(tmp_path, monkeypatch):
    folder = write_review(tmp_path / "r", claims=[claim("e", "estimate", "0.40")], rows=ROWS, measure="RR")

    def fails(*args, **kwargs):
        raise OSError("the disk is full")

    monkeypatch.setattr("metaudit.stages.whole.write_report", fails)
    found = run("audit", folder, "--out", tmp_path / "new" / "out")
    assert found.exit_code == 2
    assert "the disk is full" in found.stderr
    assert list((tmp_path / "new").iterdir()) == []


def test_pool_says_what_it_did(table):
    found = run("pool", table, "--measure", "RR", "--tau2", "DL", "--mods", "")
    assert found.exit_code == 0
    assert "Risk ratio: " in found.stdout
    assert "DerSimonian and Laird" in found.stdout


def test_pool_as_json(table):
    found = json.loads(run("pool", table, "--measure", "RD", "--model", "mantel-haenszel", "--json").stdout)
    t, c, n = [10, 6, 4], [20, 5, 9], [(50, 50), (60, 60), (40, 42)]
    w = [a * b / (a + b) for a, b in n]
    expected = sum(wi * (x / a - y / b) for wi, x, y, (a, b) in zip(w, t, c, n, strict=True)) / sum(w)
    assert math.isclose(found["natural"]["estimate"], expected, rel_tol=1e-9)
    assert [s["study"] for s in found["studies"]] == ["A", "B", "C"]
    assert found["not_used"] == []


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--measure", "RRR"), "--measure RRR: not known."),
        (("--measure", "RR", "--tau2", "RMEL"), "Did you mean 'REML'"),
        (("--measure", "RR", "--level", "95"), "--level 95.0: not between 0 and 1. Write 0.95 for 95 %."),
        (("--measure", "RR", "--ci", "hksj", "--model", "mantel-haenszel"), "has the normal interval only"),
        (("--measure", "RR", "--zero-cells", "half"), "zero cells 'half' are not understood"),
        (("--measure", "MD"), "no study gives a usable MD"),
        (("--measure", "RR", "--mods", "age"), "'age' is no column of the table"),
        (("--measure", "RR", "--mods", "dose,n_t,n_c"), "cannot determine"),
    ],
)
def test_pool_refuses_in_one_line(table, options, words):
    found = run("pool", table, *options)
    assert (found.exit_code, found.stdout) == (2, "")
    assert words in found.stderr
    assert len(found.stderr.strip().splitlines()) == 1


def test_pool_of_no_file(tmp_path):
    assert run("pool", tmp_path / "none.csv", "--measure", "RR").exit_code == 2


@pytest.mark.parametrize("rows", ["A,0,50,0,50,1\n", "A,10,50,20,50,1\n"])
def test_pool_of_one_study(tmp_path, rows):
    path = tmp_path / "one.csv"
    path.write_text(TABLE.splitlines()[0] + "\n" + rows, encoding="utf-8")
    found = run("pool", path, "--measure", "RR", "--ci", "hksj")
    assert found.exit_code == 0
    assert "nan" not in found.stdout


def test_diff(tmp_path):
    folder = write_review(tmp_path / "r", claims=[claim("e", "estimate", "0.40")], rows=ROWS, **MANTEL_HAENSZEL)
    run("audit", folder, "--out", tmp_path / "a")
    run("audit", folder, "--out", tmp_path / "b")
    assert run("diff", tmp_path / "a", tmp_path / "b").exit_code == 0
    text = (tmp_path / "b" / "audit.csv").read_text(encoding="utf-8")
    (tmp_path / "b" / "audit.csv").write_text(text.replace("EXACT", "DIFFERENT"), encoding="utf-8")
    assert run("diff", tmp_path / "a", tmp_path / "b").exit_code == 1
    assert run("diff", tmp_path / "a", tmp_path / "none").exit_code == 2
