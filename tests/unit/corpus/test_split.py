"""Every review goes to one shard, always the same one, and its rows keep their numbers."""

import hashlib
import json
import os
import subprocess
import sys

import pyarrow.parquet as pq
import pytest

from making import claim, write_review
from making_corpus import ANALYSES, CLAIMS, ROWS, small, tables, write_table
from metaudit.corpus import misfits
from metaudit.corpus import split as module
from metaudit.corpus.piece import ROW
from metaudit.corpus.read import open_corpus
from metaudit.corpus.split import shard_of, split
from metaudit.errors import DataError, InputError

MANY = [{"review": f"r-{i % 40}", "analysis": "a", "study": f"S{i}", "effect": str(i)} for i in range(200)]


def parts(folders, table="extraction"):
    return [pq.read_table(f / f"{table}.parquet").to_pylist() for f in folders]


def content(folder):
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def test_the_shard_of_a_review_follows_from_its_id_alone():
    # printf colditz-1994 | sha256sum (GNU coreutils 9.1) begins with 60cfab9a52b3d72e: the rest of its division
    first = 0x60CFAB9A52B3D72E
    assert (
        [shard_of("colditz-1994", n) for n in (1, 2, 16, 1000)]
        == [first % n for n in (1, 2, 16, 1000)]
        == [0, 0, 14, 670]
    )
    for name in ("Ä", "x" * 300):
        assert shard_of(name, 16) == int(hashlib.sha256(name.encode()).hexdigest()[:16], 16) % 16


@pytest.mark.parametrize("ending", ["csv", "parquet"])
@pytest.mark.parametrize("shards", [1, 3, 8])
def test_every_row_is_in_the_shard_of_its_review_once_and_in_order(tmp_path, ending, shards):
    folders = split(open_corpus(tables(tmp_path / "x", MANY, ending=ending)), shards, tmp_path / "out")
    assert [f.name for f in folders] == [f"shard-{i:03d}" for i in range(shards)]
    found = parts(folders)
    for i, rows in enumerate(found):
        assert {shard_of(r["review"], shards) for r in rows} <= {i}
        assert [r[ROW] for r in rows] == sorted(r[ROW] for r in rows)
    assert sorted((r[ROW], r["study"]) for rows in found for r in rows) == [(i + 2, f"S{i}") for i in range(200)]


def test_the_same_bytes_every_time_in_pieces_of_any_size_and_with_any_number_of_open_files(tmp_path, monkeypatch):
    corpus = open_corpus(small(tmp_path, rows=[*ROWS, *MANY]))
    split(corpus, 8, tmp_path / "one")
    split(corpus, 8, tmp_path / "two")
    assert content(tmp_path / "one") == content(tmp_path / "two")
    monkeypatch.setattr(module, "_FILES_AT_ONCE", 3)
    split(corpus, 8, tmp_path / "three")
    assert content(tmp_path / "one") == content(tmp_path / "three")


@pytest.mark.parametrize("seed", ["0", "4321"])
def test_the_bytes_do_not_depend_on_pythons_hashes(tmp_path, seed):
    path = small(tmp_path, rows=[*ROWS, *MANY])
    split(open_corpus(path), 4, tmp_path / "here")
    program = "import sys; from metaudit.corpus.read import open_corpus; from metaudit.corpus.split import split"
    program += "; split(open_corpus(sys.argv[1]), 4, sys.argv[2])"
    environment = os.environ | {"PYTHONHASHSEED": seed, "PYTHONPATH": os.pathsep.join(sys.path)}
    subprocess.run([sys.executable, "-c", program, path, tmp_path / "there"], env=environment, check=True)
    assert content(tmp_path / "here") == content(tmp_path / "there")


def test_rows_that_wait_are_written_when_there_are_many(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "_ROWS_IN_MEMORY", 50)
    monkeypatch.setattr("metaudit.corpus.piece.ROWS_AT_ONCE", 20)
    folders = split(open_corpus(tables(tmp_path / "x", MANY)), 2, tmp_path / "out")
    groups = [pq.ParquetFile(f / "extraction.parquet").metadata.num_row_groups for f in folders]
    assert min(groups) >= 3
    assert sum(len(rows) for rows in parts(folders)) == len(MANY)


def test_reviews_that_refer_to_one_another_stay_together(tmp_path):
    names = [f"rev-{i:02d}" for i in range(30)]
    rows = [{"review": n, "analysis": "a", "study": "S", "effect": "1"} for n in names]
    claims = [{"review": n, "claim": "c", "analysis": "a", "quantity": "k", "printed": "1"} for n in names]
    for a, b in ((3, 17), (17, 25), (8, 9)):
        claims[a]["refers_to"] = f"{names[b]}/c"
    claims[5]["refers_to"] = "rev-05/c"
    folders = split(open_corpus(tables(tmp_path / "x", rows, claims=claims)), 7, tmp_path / "out")
    where = {r["review"]: i for i, rows in enumerate(parts(folders)) for r in rows}
    assert where["rev-03"] == where["rev-17"] == where["rev-25"] == shard_of("rev-03", 7)
    assert where["rev-08"] == where["rev-09"] == shard_of("rev-08", 7)
    joined = {"rev-03", "rev-17", "rev-25", "rev-08", "rev-09"}
    assert all(where[n] == shard_of(n, 7) for n in names if n not in joined)
    assert {r["review"]: i for i, rows in enumerate(parts(folders, "claims")) for r in rows} == where


def test_ids_that_would_lead_elsewhere_are_refused_and_named_once(tmp_path):
    bad = ["../../etc", "a/b", "..", "", "x y", "../../etc"]
    rows = [*ROWS, *({"review": b, "analysis": "a", "study": "S"} for b in bad)]
    folders = split(open_corpus(tables(tmp_path / "x", rows)), 3, tmp_path / "out")
    assert {p.relative_to(tmp_path).parts[0] for p in tmp_path.rglob("*")} == {"x.csv", "out"}
    assert {p.name for p in (tmp_path / "out").iterdir()} == {"shard-000", "shard-001", "shard-002"}
    shards = [json.loads((f / "shard.json").read_text()) for f in folders]
    assert [len(s["problems"]) for s in shards] == [5, 0, 0]
    first = shards[0]["problems"][0]
    assert (first["review"], first["row"], first["column"]) == ("../../etc", 8, "review")
    assert "in 1 more rows" in first["message"]
    assert sum(len(rows) for rows in parts(folders)) == len(ROWS)


def test_a_corpus_of_nothing_but_wrong_ids_does_not_fill_the_memory(tmp_path, monkeypatch):
    rows = [{"review": f"/{i // 2}", "analysis": "a", "study": "S"} for i in range(22)]
    corpus = open_corpus(tables(tmp_path / "x", rows))
    monkeypatch.setattr(misfits, "MOST_ODD", 11)
    (folder,) = split(corpus, 1, tmp_path / "out")
    problems = json.loads((folder / "shard.json").read_text())["problems"]
    assert [p["review"] for p in problems] == [f"/{i}" for i in range(11)]
    monkeypatch.setattr(misfits, "MOST_ODD", 10)
    with pytest.raises(
        InputError, match=r"x.csv, row 22, column review: .* more than 10 names of reviews are no ids; '/10' is one"
    ):
        split(corpus, 1, tmp_path / "out")


def test_a_table_that_the_corpus_lacks_is_empty(tmp_path):
    (folder,) = split(open_corpus(tables(tmp_path / "x", ROWS)), 1, tmp_path / "out")
    assert json.loads((folder / "shard.json").read_text())["tables"].keys() == {"extraction"}
    assert [len(parts([folder], t)[0]) for t in ("claims", "analyses")] == [0, 0]


def test_an_empty_table_is_no_corpus(tmp_path):
    path = write_table(tmp_path / "x.csv", [], columns=["review", "analysis", "study"])
    with pytest.raises(InputError, match="no row"):
        split(open_corpus(path), 2, tmp_path / "out")


@pytest.mark.parametrize("shards", [0, -1, 10_001])
def test_a_number_of_shards_that_makes_no_sense_is_refused(tmp_path, shards):
    with pytest.raises(DataError, match=r"1 to 10,000 shards"):
        split(open_corpus(small(tmp_path)), shards, tmp_path / "out")


def test_folders_are_listed(tmp_path):
    for name in ("a-1", "b-2", "c-3"):
        write_review(tmp_path / "lib" / name, claims=[claim("e", "estimate", "1")])
    folders = split(open_corpus(tmp_path / "lib"), 2, tmp_path / "out")
    listed = [(f / "reviews.txt").read_text().splitlines() for f in folders]
    assert sorted(line for lines in listed for line in lines) == [
        str(tmp_path / "lib" / n) for n in ("a-1", "b-2", "c-3")
    ]
    assert all(shard_of(line.rpartition("/")[2], 2) == i for i, lines in enumerate(listed) for line in lines)


PROGRAM = """
import resource, sys
from metaudit.corpus.read import open_corpus
from metaudit.corpus.split import split
split(open_corpus(sys.argv[1]), 2, sys.argv[2] + "-warm")
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
split(open_corpus(sys.argv[3]), 16, sys.argv[2])
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
"""


def test_memory_does_not_grow_with_the_table(tmp_path):
    """A million rows, 150 MB as text, take no more memory than a fixed number of them."""
    import pyarrow as pa

    n = 1_000_000
    columns = {
        "review": pa.array([f"rev-{i // 50}" for i in range(n)]),
        "analysis": pa.array(["a"] * n),
        "study": pa.array([f"Study with a name {i}" for i in range(n)]),
        "note": pa.array([f"{i:0100d}" for i in range(n)]),
    }
    pq.write_table(pa.table(columns), tmp_path / "x.parquet", row_group_size=n)
    warm = tables(tmp_path / "small" / "y", MANY, ending="parquet")
    command = [sys.executable, "-c", PROGRAM, warm, tmp_path / "out", tmp_path / "x.parquet"]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert int(done.stdout) < 350, f"{done.stdout.strip()} MB"


def test_everything_of_the_small_library_is_somewhere(tmp_path):
    folders = split(open_corpus(small(tmp_path)), 4, tmp_path / "out")
    assert sum(len(r) for r in parts(folders, "claims")) == len(CLAIMS)
    assert sum(len(r) for r in parts(folders, "analyses")) == len(ANALYSES)


def test_what_an_earlier_split_of_another_corpus_left_is_taken_away(tmp_path):
    write_review(tmp_path / "lib" / "a-1", claims=[claim("e", "estimate", "0.50")], rows=[{"study": "A", "effect": 1}])
    out = tmp_path / "out"
    table, folder = open_corpus(tables(tmp_path / "x", ROWS)), open_corpus(tmp_path / "lib")
    split(table, 2, tmp_path / "fresh")
    split(folder, 4, out)
    split(table, 2, out)
    assert content(out) == content(tmp_path / "fresh")
    assert sorted(p.name for p in out.iterdir()) == ["shard-000", "shard-001"]
    split(folder, 1, out)
    assert [p.relative_to(out).as_posix() for p in sorted(out.rglob("*"))] == ["shard-000", "shard-000/reviews.txt"]


def test_what_is_not_of_a_split_is_left_where_it_is(tmp_path):
    for name in ("shard-007/notes.txt", "shard-000/notes.txt", "other/reviews.txt"):
        (tmp_path / "out" / name).parent.mkdir(parents=True)
        (tmp_path / "out" / name).write_text("mine", encoding="utf-8")
    split(open_corpus(tables(tmp_path / "x", ROWS)), 1, tmp_path / "out")
    kept = {p.relative_to(tmp_path / "out").as_posix() for p in (tmp_path / "out").rglob("*.txt")}
    assert kept == {"shard-007/notes.txt", "shard-000/notes.txt", "other/reviews.txt"}


def test_reviews_that_differ_in_capitals_only_are_named_both_in_whichever_table(tmp_path):
    rows = [
        {"review": r, "analysis": "a", "study": "S", "effect": "1"} for r in ("Smith-2001", "li-2007", "smith-2001")
    ]
    claims = [{"review": "LI-2007", "claim": "e", "analysis": "a", "quantity": "k", "printed": "1"}]
    folders = split(open_corpus(tables(tmp_path / "x", rows, claims=claims)), 3, tmp_path / "out")
    found = {p["review"]: p for f in folders for p in json.loads((f / "shard.json").read_text())["problems"]}
    said = {r: (p["file"].rpartition("/")[2], p["row"], p["message"]) for r, p in found.items()}
    assert said == {
        "smith-2001": ("x.csv", 4, "'smith-2001' and 'Smith-2001' (row 2) differ in capitals only."),
        "Smith-2001": ("x.csv", 2, "'Smith-2001' and 'smith-2001' (row 4) differ in capitals only."),
        "LI-2007": (
            "x.claims.csv",
            2,
            f"'LI-2007' and 'li-2007' ({found['li-2007']['file']} row 3) differ in capitals only.",
        ),
        "li-2007": ("x.csv", 3, f"'li-2007' and 'LI-2007' ({found['LI-2007']['file']} row 2) differ in capitals only."),
    }
    for i, folder in enumerate(folders):  # each where its rows are, so that it is not audited
        named = {p["review"] for p in json.loads((folder / "shard.json").read_text())["problems"]}
        assert named == {r for r in found if shard_of(r, 3) == i}
