"""``metaudit corpus``: the same tables as the workflow's, and exit codes that say what there is to act on."""

import html
import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from making_corpus import ANALYSES, CLAIMS, ROWS, audited, small, write_table
from metaudit.cli import app
from metaudit.corpus.schema import TABLES
from metaudit.corpus.summary import FILES

GOOD = {"claims": [c for c in CLAIMS if c["claim"] != "bleed"]}


def run(*args):
    return CliRunner().invoke(app, ["corpus", *map(str, args)])


def tables(out):
    return {t: [r for f in sorted((out / t).iterdir()) for r in pq.read_table(f).to_pylist()] for t in TABLES}


@pytest.mark.parametrize("cores", [1, 2])
def test_it_writes_what_the_shards_hold_and_their_summary(tmp_path, cores):
    done = run(small(tmp_path), "--out", tmp_path / "out", "--shards", 2, "--cores", cores)
    assert done.exit_code == 1, done.output  # one number is out of reach of every method
    assert "4 printed numbers of 3 analyses in 2 reviews audited; 1 of them" in done.output
    assert tables(tmp_path / "out") == audited(small(tmp_path), tmp_path / "expected", shards=2)
    assert {p.name for p in (tmp_path / "out").iterdir()} == {*TABLES, "shards", "summary"}
    assert {p.name for p in (tmp_path / "out" / "summary").iterdir()} == set(FILES)
    assert {p.name for p in tmp_path.iterdir() if not p.name.startswith("library")} == {"out", "expected"}


def test_it_is_content_where_every_number_comes_out(tmp_path):
    done = run(small(tmp_path, **GOOD), "--out", tmp_path / "out", "--shards", 1)
    assert done.exit_code == 0, done.output


def test_a_review_that_was_not_audited_is_something_to_act_on(tmp_path):
    rows = [{**ROWS[0], "n_t": "many"}, *ROWS[1:]]
    done = run(small(tmp_path, rows=rows, **GOOD), "--out", tmp_path / "out", "--shards", 1)
    assert done.exit_code == 1
    assert f"1 more reviews were not audited because of their data: see {tmp_path}/out/problems" in done.output


def test_json_says_how_many(tmp_path):
    done = run(small(tmp_path), "--out", tmp_path / "out", "--shards", 3, "--search", "all", "--json")
    assert json.loads(done.stdout) == {
        "out": str(tmp_path / "out"), "reviews": 2, "analyses": 3, "claims": 4, "worse": 1, "broken": 0, "astray": 0, "notes": [],
    }  # fmt: skip


def test_what_is_no_corpus_is_refused_and_nothing_is_written(tmp_path):
    path = write_table(tmp_path / "x.csv", [{"study": "A"}])
    for wrong in (path, tmp_path / "nowhere"):
        done = run(wrong, "--out", tmp_path / "out")
        assert done.exit_code == 2
        assert str(wrong) in done.stderr
    assert {p.name for p in tmp_path.iterdir()} == {"x.csv"}


def test_a_file_that_breaks_off_in_the_middle_leaves_nothing(tmp_path):
    path = small(tmp_path, analyses=ANALYSES)
    path.write_text(path.read_text() + 'smith-2001,death,"E\n', encoding="utf-8")
    done = run(path, "--out", tmp_path / "out")
    assert done.exit_code == 2
    assert "row 8" in done.stderr
    assert not [p.name for p in tmp_path.iterdir() if not p.name.startswith("library")]


def test_an_older_result_is_not_written_over(tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine.txt").write_text("mine")
    done = run(small(tmp_path), "--out", tmp_path / "out")
    assert done.exit_code == 2
    assert "not empty" in done.stderr


def test_an_unknown_search_is_refused(tmp_path):
    done = run(small(tmp_path), "--out", tmp_path / "out", "--search", "some", "--shards", 1)
    assert done.exit_code == 2
    assert "all or missed" in done.stderr
    assert not (tmp_path / "out").exists()


def test_columns_of_numbers_are_named_because_their_rounding_is_lost(tmp_path):
    """2.0 in a table of floating-point numbers may have been printed as 2 or as 2.00."""
    rows = {"review": ["s", "s"], "analysis": ["a", "a"], "study": ["A", "B"], "n_t": [50.0, 60.0], "n_c": [50, 60]}
    spread = {
        "mean_t": [10.0, 11.0],
        "sd_t": [2.0, 3.0],
        "mean_c": [12.0, 14.0],
        "sd_c": [2.0, 3.0],
        "year": [1999.0, None],
    }
    path = tmp_path / "lib.parquet"
    pq.write_table(pa.table(rows | spread), path)
    done = CliRunner().invoke(app, ["corpus", str(path), "--out", str(tmp_path / "out"), "--shards", "1"])
    assert done.exit_code == 0, done.output
    said = " ".join(done.stderr.split())
    assert "mean_t, sd_t, mean_c, sd_c hold numbers, so 2.0 is read as 2" in said
    assert " n_t" not in said
    assert " year" not in said
    told = CliRunner().invoke(app, ["corpus", str(path), "--out", str(tmp_path / "two"), "--shards", "1", "--json"])
    (note,) = json.loads(told.stdout)["notes"]
    assert "Store them as text" in note
    page = (tmp_path / "two" / "summary" / "index.html").read_text(encoding="utf-8")
    assert page.count("mean_t, sd_t, mean_c, sd_c hold numbers") == 1
    assert note in html.unescape(page)
