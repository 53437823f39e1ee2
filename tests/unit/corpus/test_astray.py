"""Rows that name no review: no review is counted for them, and what the run ends with says that they are there."""

import csv
import json

import pytest
from typer.testing import CliRunner

from making_corpus import ANALYSES, CLAIMS, ROWS, small
from metaudit.cli import app
from metaudit.corpus import misfits, piece
from metaudit.corpus.read import open_corpus
from metaudit.corpus.shard import open_shard
from metaudit.corpus.split import split
from metaudit.errors import Problem
from metaudit.formats.tables import ragged_row


def outcome(path, out):
    done = CliRunner().invoke(app, ["corpus", str(path), "--out", str(out), "--shards", "1", "--json"])
    assert done.exit_code == 1, done.output
    return json.loads(done.stdout)


def opened(path, folder):
    (place,) = split(open_corpus(path), 1, folder)
    return open_shard(place)


GOOD = [c for c in CLAIMS if c["claim"] != "bleed"]
NAMELESS = [{**CLAIMS[0], "review": ""}]  # of a table without any id, nothing says to which review a row may belong


@pytest.mark.parametrize("broken", [0, 1])
def test_rows_that_name_no_review_are_no_review(tmp_path, broken):
    rows = [{**ROWS[0], "n_t": "many"} if broken else ROWS[0], *ROWS[1:]]
    path = small(tmp_path, rows=rows, claims=NAMELESS)
    done = CliRunner().invoke(app, ["corpus", str(path), "--out", str(tmp_path / "out"), "--shards", "2"])
    assert done.exit_code == 1, done.output
    assert f"Rows that name no review were left out: see {tmp_path}/out/problems." in done.output
    assert ("1 more reviews were not audited" in done.output) == bool(broken)
    page = (tmp_path / "out" / "summary" / "index.html").read_text(encoding="utf-8")
    assert ("1 more review was not audited" in page) == bool(broken)
    with (tmp_path / "out" / "summary" / "problems.csv").open(encoding="utf-8") as file:
        reviews = {r["rule"]: (r["reviews"], r["problems"]) for r in csv.DictReader(file)}
    assert reviews == {"empty-cell": ("0", "1")} | ({"number": ("1", "1")} if broken else {})


def test_json_says_how_many_mistakes_there_are_in_them(tmp_path):
    path = small(tmp_path, claims=NAMELESS)
    done = CliRunner().invoke(app, ["corpus", str(path), "--out", str(tmp_path / "out"), "--shards", "1", "--json"])
    told = json.loads(done.stdout)
    assert (told["reviews"], told["broken"], told["astray"]) == (2, 0, 1)


@pytest.mark.parametrize("longer", [0, 1])
def test_an_id_longer_than_any_review_may_have_is_none(tmp_path, longer):
    name = "a" * (100 + longer)
    analyses = [*ANALYSES, {**ANALYSES[0], "review": name}]
    path = small(tmp_path, rows=[*ROWS, {**ROWS[0], "review": name}], claims=GOOD, analyses=analyses)
    out = tmp_path / "out"
    done = CliRunner().invoke(app, ["corpus", str(path), "--out", str(out), "--shards", "1", "--json"])
    told = json.loads(done.stdout)
    assert (told["reviews"], told["broken"], told["astray"]) == ((3, 0, 0), (2, 1, 0))[longer]
    said = (out / "summary" / "problems.csv").read_text(encoding="utf-8")
    assert ("100 at most" in said) == bool(longer)


@pytest.mark.parametrize("ending", ["csv", "parquet"])
@pytest.mark.parametrize("at_once", [1, 3, 100])
def test_a_review_that_a_row_without_id_stands_below_is_not_audited_on_its_other_rows(
    tmp_path, monkeypatch, ending, at_once
):
    """Merged cells in a spreadsheet: every review would keep its first study."""
    monkeypatch.setattr(piece, "ROWS_AT_ONCE", at_once)
    ordered = sorted(ROWS, key=lambda r: r["review"])
    second = [i for i, r in enumerate(ordered) if r["review"] == "smith-2001"][1:]
    rows = [{**r, "review": ""} if i in second else r for i, r in enumerate(ordered)]
    path = small(tmp_path, rows=rows, claims=GOOD, ending=ending)
    told = outcome(path, tmp_path / "out")
    assert (told["reviews"], told["broken"], told["astray"]) == (1, 1, 0)
    said = (tmp_path / "out" / "summary" / "problems.csv").read_text(encoding="utf-8")
    assert "stands below one of 'smith-2001'" in said


@pytest.mark.parametrize(
    "odd",
    [
        "smith-2001\u200b",
        "\ufeffsmith-2001",
        "smith\u20112001",
        "smith 2001",
        "smith_2001",
        "Smith\u20132001",
        "\uff53mith-2001",
    ],
)
def test_a_review_that_an_odd_id_looks_like_is_not_audited_on_its_other_rows(tmp_path, odd):
    last = max(i for i, r in enumerate(ROWS) if r["review"] == "smith-2001")
    rows = [{**r, "review": odd} if i == last else r for i, r in enumerate(ROWS)]
    path = small(tmp_path, rows=rows, claims=GOOD)
    told = outcome(path, tmp_path / "out")
    assert told["reviews"] == 1
    found = [p for p in opened(path, tmp_path / "again").problems if p.review == "smith-2001"]
    assert any(p.rule == "spelling" and p.row == last + 2 and "may miss rows" in p.message for p in found), found


@pytest.mark.parametrize("odd", ["12.0", "12.00", " 12.0"])
def test_an_id_that_a_program_took_for_a_number_is_the_whole_number(tmp_path, odd):
    """pandas writes a column of numbers that has gaps so."""
    claims = [{**CLAIMS[0], "review": odd}, {**CLAIMS[0], "review": "120"}, {**CLAIMS[0], "review": "13-0"}]
    rows = [{**row, "review": name} for name in ("12", "120", "13-0") for row in ROWS[:2]]
    shard = opened(small(tmp_path, rows=rows, claims=claims, analyses=()), tmp_path / "out")
    assert [(r.id, len(r.claims)) for r in shard.reviews] == [("120", 1), ("13-0", 1)]
    (problem,) = [p for p in shard.problems if p.review == "12"]
    assert problem.message == f"'12' may miss rows: '{odd.strip()}' looks like it and is no id."
    assert problem.fix.startswith("Write 12 there, if it is meant; a program that took the ids for numbers")


@pytest.mark.parametrize(
    ("odd", "held_back"),
    [("12.0", {"12", "12-0"}), ("12 0", {"120", "12-0"}), ("12_", {"12"}), ("1.20", {"120", "12-0"}), ("12.", {"12"})],
)
def test_what_a_number_that_is_no_id_may_mean(odd, held_back):
    found = misfits.Spellings()
    for row, name in enumerate(("12", "120", "12-0", "012"), start=2):
        found.add(name, "x.csv", row)
    found.add_odd(odd, "x.csv", 9)
    assert {review for review, _ in found.problems()} == held_back == set(found.meant(odd))


def test_reviews_whose_ids_are_none_are_counted_however_many_there_are(tmp_path):
    rows = [{**row, "review": f"CD{i:06d}.pub2"} for i in range(1500) for row in ROWS[:2]]
    path = small(tmp_path, rows=[*rows, *ROWS], claims=GOOD)
    told = outcome(path, tmp_path / "out")
    assert (told["reviews"], told["broken"], told["astray"]) == (2, 1500, 0)
    with (tmp_path / "out" / "summary" / "problems.csv").open(encoding="utf-8") as file:
        (said,) = csv.DictReader(file)
    assert (said["reviews"], said["problems"], said["row"]) == ("1500", "1500", "2")
    assert said["message"] == "'CD000000.pub2' is not an id (and likewise in 1 more rows)."


def test_of_a_long_name_that_is_no_id_the_beginning_is_kept():
    found = misfits.Misfits()
    found.add("x" * 1000, Problem("x.csv", 2, "review", "id", "'xxx' is not an id.", ""))
    assert found.as_json()[0]["review"] == "x" * 300


def test_only_rows_with_the_same_mistake_are_told_as_likewise(tmp_path):
    path = small(tmp_path, claims=GOOD)
    rows = ["smith-2001,death,X,1,2,3,4,5,6,7,8,9", "smith-2001,death,Y", "smith-2001,death,Z"]
    path.write_text("\n".join([path.read_text(encoding="utf-8").rstrip(), *rows, ""]), encoding="utf-8")
    found = [(p.row, p.message) for p in opened(path, tmp_path / "out").problems]
    header = path.read_text(encoding="utf-8").partition("\n")[0].count(",") + 1
    its = f"cells, the header {header}; it may be a row of 'smith-2001', whose id stands in it"
    assert found == [(8, f"the row has 12 {its}."), (9, f"the row has 3 {its} (and likewise in 1 more rows).")]


def test_rows_that_are_mended_in_another_way_are_not_told_as_likewise():
    found = misfits.Misfits()
    for row, cells in enumerate((["a,b", "c", "d"], ["a", "b", ""], ["e,f", "g", "h"]), start=2):
        found.add("r-1", ragged_row(cells, 2, "x.csv", row))
    assert [(p["row"], "in 1 more" in p["message"]) for p in found.as_json()] == [(2, True), (3, False)]


def test_of_very_many_different_mistakes_of_a_review_the_first_are_told(monkeypatch):
    monkeypatch.setattr(misfits, "_MOST_KINDS", 2)
    found = misfits.Misfits()
    for row, cells in enumerate((9, 8, 9, 5, 4, 8, 5), start=2):
        found.add("r-1", Problem("x.csv", row, "", "ragged-row", f"the row has {cells} cells.", ""))
    assert [(p["row"], p["message"]) for p in found.as_json()] == [
        (2, "the row has 9 cells (and likewise in 1 more rows)."),
        (3, "the row has 8 cells (and likewise in 1 more rows)."),
        (5, "the row has 5 cells (and in this or another way in 2 more rows)."),
    ]
