"""The command on two extractors, from two tables to one."""

import csv
import json

import pytest
from typer.testing import CliRunner

from making import write_review, write_table
from metaudit.cli import app
from metaudit.formats.review import read_review

RUN = CliRunner()
COLUMNS = ("study", "outcome", "mean_t", "sd_t", "n_t", "mean_c", "sd_c", "n_c", "source", "certainty")
ROWS = [
    ("Ahn 2001", "pain", "12.4", "8.0", "30", "15.1", "7.5", "31", "paper", "read"),
    ("Beck 2004", "pain", "10.2", "6.1", "52", "12.9", "6.6", "50", "paper", "read"),
    ("Cruz 2007", "pain", "14.8", "7.7", "24", "15.9", "8.3", "25", "paper", "read"),
]


@pytest.fixture
def folder(tmp_path):
    made = write_review(
        tmp_path / "two", claims=[],
        analyses={"main": {"title": "Pain", "select": {"outcome": "pain"}, "measure": "MD", "method": {"model": "random", "tau2": "DL"}}},
    )  # fmt: skip
    one = [dict(zip(COLUMNS, r, strict=True)) for r in ROWS]
    two = [dict(r) for r in one]
    two[0] |= {"sd_t": "1.46"}
    two[2] |= {"study": "Cruz et al. 2007"}
    write_table(made / "extraction.A.csv", COLUMNS, one)
    write_table(made / "extraction.B.csv", COLUMNS, two)
    return made


def decide(folder, *decisions):
    with (folder / "reconciliation.csv").open(encoding="utf-8", newline="") as handle:
        rows = list(csv.DictReader(handle))
    for row, decision in zip(rows, decisions, strict=True):
        row["decision"] = decision
    write_table(folder / "reconciliation.csv", list(rows[0]), rows)


def test_from_two_tables_to_one(folder):
    shown = RUN.invoke(app, ["extractors", str(folder), "--write"])
    assert shown.exit_code == 1, shown.output
    assert "3 rows in both tables, 1 of them under labels that differ." in shown.output
    assert "Ahn 2001, pain, sd_t: A 8.0, B 1.46 (a standard deviation and a standard error" in shown.output
    assert "2 differences, 2 to decide" in shown.output.replace("\n", " ")

    refused = RUN.invoke(app, ["extractors", str(folder), "--reconcile"])
    assert refused.exit_code == 2
    assert "sd_t of Ahn 2001 is not decided" in refused.stderr
    assert not (folder / "extraction.csv").exists()

    decide(folder, "A", "A")
    again = RUN.invoke(app, ["extractors", str(folder), "--write"])  # decisions stay
    assert "2 differences, 0 to decide" in again.output.replace("\n", " ")
    done = RUN.invoke(app, ["extractors", str(folder), "--reconcile"])
    assert done.exit_code == 0, done.output
    review = read_review(folder)
    assert [r.text("sd_t") for r in review.rows] == ["8.0", "6.1", "7.7"]
    assert "A typed 8.0, B typed 1.46" in review.rows[0].text("note")

    over = RUN.invoke(app, ["extractors", str(folder), "--reconcile"])
    assert over.exit_code == 2
    assert "is there already" in over.stderr
    assert RUN.invoke(app, ["extractors", str(folder), "--reconcile", "--overwrite"]).exit_code == 0


def test_json_has_every_number(folder):
    shown = RUN.invoke(app, ["extractors", str(folder), "--json"])
    assert shown.exit_code in (0, 1), shown.output
    told = json.loads(shown.stdout)
    sd = next(c for c in told["agreement"] if c["column"] == "sd_t")
    assert (sd["n"], sd["in_value"], round(sd["percent"])) == (3, 2, 67)
    assert told["differences"][0]["kind"].startswith("a standard deviation and a standard error")
    assert told["pooled"]["main"]["A"]["k"] == 3
    assert told["rows"]["guessed"] == [{"a": "Cruz 2007", "b": "Cruz et al. 2007"}]


def test_equal_tables_exit_0_and_reconcile_at_once(folder):
    (folder / "extraction.B.csv").write_bytes((folder / "extraction.A.csv").read_bytes())
    assert RUN.invoke(app, ["extractors", str(folder)]).exit_code == 0
    assert RUN.invoke(app, ["extractors", str(folder), "--reconcile"]).exit_code == 0
    assert (folder / "extraction.csv").is_file()
