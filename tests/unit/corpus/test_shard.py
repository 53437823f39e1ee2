"""A shard gives what the reviews give one by one, and nothing that is wrong with one of them stops the others."""

import csv
import io
import os
import subprocess
import sys

import pytest

from making import claim, write_review
from making_corpus import ROWS, as_rows, audited, small, tables
from metaudit.audit import audit_in_full
from metaudit.audit import engine as engine
from metaudit.corpus import shard as module
from metaudit.corpus.read import open_corpus
from metaudit.corpus.schema import TABLES
from metaudit.corpus.shard import open_shard, read_shard
from metaudit.corpus.split import split
from metaudit.errors import DataError
from metaudit.files import cell
from metaudit.formats.review import read_review
from metaudit.stages.audit import COLUMNS, write_audit

# One analysis that takes every row of its table, in order: the table of a corpus is then the folder's, row for row.
WHOLE = ("colditz-1994", "curtis-1998", "dahan-2011", "goebel-2015", "hackshaw-1997", "molloy-2014")
# Several analyses, claims of other reviews, claims without any table.
MORE = ("aman-2021", "li-2007", "mercadante-2000", "noppers-2011")
OF_NO_ROW = tuple(n for n in COLUMNS if n not in ("claim", "subject", "inputs"))  # columns that name no row of a table


def as_csv(rows, columns=COLUMNS):
    """Rows as ``audit.csv`` has them."""
    return [[cell(row[c]) for c in columns] for row in rows]


def read_csv(path):
    return list(csv.reader(io.StringIO(path.read_text(encoding="utf-8"))))[1:]


@pytest.fixture(scope="module")
def library(tmp_path_factory, reviews):
    """Some shipped reviews as a folder of reviews."""
    folder = tmp_path_factory.mktemp("library")
    for name in (*WHOLE, *MORE):
        (folder / name).symlink_to(reviews / name)
    return folder


@pytest.fixture(scope="module")
def of_folders(library, tmp_path_factory):
    return audited(library, tmp_path_factory.mktemp("of-folders"), shards=3, search="all")


@pytest.fixture(scope="module")
def of_tables(reviews, tmp_path_factory):
    folder = tmp_path_factory.mktemp("of-tables")
    content = as_rows(read_review(reviews / name) for name in (*WHOLE, *MORE))
    path = tables(
        folder / "x", content["rows"], claims=content["claims"], analyses=content["analyses"], ending="parquet"
    )
    return audited(path, folder / "out", shards=3, search="all")


@pytest.mark.parametrize("name", [*WHOLE, *MORE])
def test_a_shard_gives_every_cell_of_the_reviews_own_audit(of_folders, reviews, tmp_path, name):
    write_audit(read_review(reviews / name), tmp_path, others={}, level=0.95)
    assert as_csv(r for r in of_folders["audit"] if r["review"] == name) == read_csv(tmp_path / "audit.csv")


@pytest.mark.parametrize("name", WHOLE)
def test_a_table_gives_every_cell_that_the_folder_gives(reviews, tmp_path, name):
    content = as_rows([read_review(reviews / name)])
    path = tables(tmp_path / "x", content["rows"], claims=content["claims"], analyses=content["analyses"])
    write_audit(read_review(reviews / name), tmp_path / "folder", others={}, level=0.95)
    found = audited(path, tmp_path / "out", search="all")
    assert not found["problems"]
    assert as_csv(found["audit"]) == read_csv(tmp_path / "folder" / "audit.csv")


def test_many_reviews_in_tables_give_what_they_give_in_folders(of_folders, of_tables):
    """But for the rows' numbers, which are those of the one table."""
    assert not of_tables["problems"]
    by_review = lambda rows: sorted(as_csv(rows, OF_NO_ROW), key=lambda r: r[0])  # noqa: E731  (stable: claims keep their order)
    kept = {(r["review"], r["claim"]) for r in of_tables["audit"] if ":row" not in r["claim"]}
    assert len(kept) > 40
    in_folders = [r for r in of_folders["audit"] if (r["review"], r["claim"]) in kept]
    in_tables = [r for r in of_tables["audit"] if (r["review"], r["claim"]) in kept]
    assert by_review(in_tables) == by_review(in_folders)


@pytest.mark.parametrize("search", ["missed", "all"])
def test_rows_stand_in_the_order_of_reviews_and_claims(tmp_path, search):
    found = audited(small(tmp_path), tmp_path / "out", search=search)
    assert [(r["review"], r["claim"]) for r in found["audit"]] == [
        ("jones-2010", "md"), ("smith-2001", "rr"), ("smith-2001", "k"), ("smith-2001", "bleed"),
    ]  # fmt: skip
    assert [(r["review"], r["analysis"]) for r in found["analyses"]] == [
        ("jones-2010", "pain"), ("smith-2001", "death"), ("smith-2001", "bleeding"),
    ]  # fmt: skip


def test_what_is_found_depends_neither_on_shards_nor_on_the_format_nor_on_what_is_audited_together(
    tmp_path, monkeypatch
):
    def everything(found):
        return {t: sorted(rows, key=lambda r: list(map(str, r.values()))) for t, rows in found.items()}

    one = everything(audited(small(tmp_path), tmp_path / "one"))
    assert everything(audited(small(tmp_path), tmp_path / "five", shards=5)) == one
    other = everything(audited(small(tmp_path / "p", ending="parquet"), tmp_path / "parquet"))
    assert other == one
    monkeypatch.setattr(module, "REVIEWS_AT_ONCE", {"missed": 1, "all": 1})
    assert everything(audited(small(tmp_path), tmp_path / "alone")) == one


def test_numbers_have_ten_digits_and_what_is_missing_has_no_value(tmp_path):
    found = audited(small(tmp_path), tmp_path / "out")
    rr = next(r for r in found["audit"] if r["claim"] == "rr")
    assert rr["value"] == float(f"{rr['value']:.10g}")
    assert rr["value_low"] is None or isinstance(rr["value_low"], float)
    assert rr["edits_alike"] is None
    assert rr["ask"] == ""


def test_a_broken_review_is_written_down_and_the_others_are_audited(tmp_path):
    rows = [{**ROWS[0], "n_t": "many"}, *ROWS[1:]]
    found = audited(small(tmp_path, rows=rows), tmp_path / "out")
    assert {r["review"] for r in found["audit"]} == {"jones-2010"}
    assert found["problems"] == [
        {
            "review": "smith-2001", "file": f"{tmp_path}/library.csv", "row": 2, "column": "n_t", "rule": "number",
            "message": "'many' is not a printed number such as -1.83, <.001, 51.3% or 1/3 (study 'A').",
            "fix": "An empty cell means: not reported.",
        }
    ]  # fmt: skip


def test_a_broken_folder_is_written_down_and_the_others_are_audited(tmp_path):
    lib = tmp_path / "lib"
    rows = [{"study": "A", "events_t": 10, "n_t": 50, "events_c": 20, "n_c": 50}]
    write_review(lib / "good", claims=[claim("e", "estimate", "0.50")], rows=rows, measure="RR")
    write_review(lib / "bad", claims=[claim("e", "estimate", "0.50")], rows=rows, measure="RR")
    (lib / "bad" / "review.yaml").write_text("id: [", encoding="utf-8")
    write_review(lib / "dot.ted", claims=[claim("e", "estimate", "0.50")], rows=rows, measure="RR")
    found = audited(lib, tmp_path / "out", shards=2)
    assert {r["review"] for r in found["audit"]} == {"good"}
    assert {(r["review"], r["file"].rpartition("/")[2]) for r in found["problems"]} == {
        ("bad", "review.yaml"),
        ("dot.ted", "review.yaml"),
    }


def test_claims_refer_to_reviews_of_other_shards(tmp_path):
    lib = tmp_path / "lib"
    names = [f"r{i}" for i in range(6)]
    for i, name in enumerate(names):
        target = names[(i + 1) % 6]
        claims = [
            claim("k", "count", str(i), analysis=""),
            claim("of", "count", str((i + 1) % 6), analysis="", refers_to=f"{target}/k"),
        ]
        write_review(lib / name, claims=claims)
    found = audited(lib, tmp_path / "out", shards=6)
    assert not found["problems"]
    assert [r["verdict"] for r in found["audit"] if r["claim"] == "of"] == ["EXACT"] * 6
    assert len(list((tmp_path / "out" / "audit").iterdir())) == 6


def test_an_analysis_that_cannot_be_computed_is_named_and_the_others_are_done(tmp_path, monkeypatch):
    """Whatever makes the engine refuse: here it is made to."""
    true = engine.audit_many

    def refusing(reviews, **options):
        if any(r.id == "smith-2001" for r in reviews):
            raise DataError("two ways of one number differ.")
        return true(reviews, **options)

    monkeypatch.setattr(engine, "audit_many", refusing)
    found = audited(small(tmp_path), tmp_path / "out")
    assert {r["review"] for r in found["audit"]} == {"jones-2010"}
    (problem,) = found["problems"]
    assert (problem["review"], problem["rule"]) == ("smith-2001", "not-computed")
    assert problem["message"] == "two ways of one number differ."


def test_a_mistake_of_ours_stops_the_shard_and_leaves_nothing(tmp_path, monkeypatch):
    def broken(*_, **__):
        raise KeyError

    monkeypatch.setattr(engine, "audit_many", broken)
    with pytest.raises(KeyError):
        audited(small(tmp_path), tmp_path / "out")
    left = [p.name for t in TABLES for p in (tmp_path / "out" / t).glob("**/*")]
    assert left == []


def test_an_unknown_search_is_refused_before_anything_is_read(tmp_path):
    with pytest.raises(DataError, match="choose all or missed"):
        audited(small(tmp_path), tmp_path / "out", search="some")


def test_the_audit_in_full_is_what_the_search_says(tmp_path):
    (folder,) = split(open_corpus(small(tmp_path)), 1, tmp_path / "shards")
    shard = open_shard(folder)
    assert (list(shard.reviews), list(shard.problems)) == read_shard(folder)
    for search in ("missed", "all"):
        found = audited(small(tmp_path), tmp_path / search, search=search)
        expected = [r for review in shard.reviews for r in audit_in_full(review, search=search).rows]
        assert found["audit"] == list(map(module.as_cells, expected))
    assert {r["searched"] for r in found["analyses"]} == {True}


PROGRAM = """
import sys
from pathlib import Path
from metaudit.corpus.shard import audit_shard
out = Path(sys.argv[2])
audit_shard(sys.argv[1], audit=out / "audit", analyses=out / "analyses", problems=out / "problems")
"""


def test_the_bytes_are_the_same_in_another_process_with_other_hashes_language_and_clock(tmp_path):
    (folder,) = split(open_corpus(small(tmp_path)), 1, tmp_path / "shards")
    found = []
    for seed, language, zone in (("0", "C", "UTC"), ("77", "C.UTF-8", "Pacific/Kiritimati")):
        out = tmp_path / seed
        environment = os.environ | {"PYTHONHASHSEED": seed, "LC_ALL": language, "TZ": zone}
        environment |= {"PYTHONPATH": os.pathsep.join(sys.path)}
        subprocess.run([sys.executable, "-c", PROGRAM, folder, out], env=environment, check=True)
        found.append({p.name: p.read_bytes() for p in sorted(out.iterdir())})
    assert found[0] == found[1]
    assert list(found[0]) == ["analyses", "audit", "problems"]


def test_a_folder_with_the_shards_of_two_corpora_is_refused(tmp_path):
    (folder,) = split(open_corpus(small(tmp_path)), 1, tmp_path / "out")
    (folder / "reviews.txt").write_text("", encoding="utf-8")
    with pytest.raises(
        DataError, match=r"shard-000 holds reviews\.txt and shard\.json, shards of two corpora; split the corpus again"
    ):
        open_shard(folder)
