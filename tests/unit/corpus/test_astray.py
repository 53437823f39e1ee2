"""Rows that name no review: no review is counted for them, and what the run ends with says that they are there."""

import csv
import json

import pytest
from typer.testing import CliRunner

from making_corpus import ANALYSES, CLAIMS, ROWS, small
from metaudit.cli import app

GOOD = [c for c in CLAIMS if c["claim"] != "bleed"]


@pytest.mark.parametrize("broken", [0, 1])
def test_rows_that_name_no_review_are_no_review(tmp_path, broken):
    rows = [{**ROWS[0], "n_t": "many"} if broken else ROWS[0], *ROWS[1:], {**ROWS[0], "review": ""}]
    path = small(tmp_path, rows=rows, claims=GOOD)
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
    path = small(tmp_path, rows=[*ROWS, {**ROWS[0], "review": ""}], claims=GOOD)
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
