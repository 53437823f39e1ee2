"""A corpus in the workflow: a job a shard, a broken review, a killed run, a changed review, a bad corpus."""

import os
import re
import shutil
import signal
import time

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from making import claim, write_review
from making_corpus import ROWS, audited, small
from metaudit.corpus.schema import TABLES
from metaudit.corpus.split import shard_of
from metaudit.corpus.summary import FILES

SHARDS = 3
ALONE = ("corpus", "--quiet", "rules", "--config", "reviews=none")


def config(path, **more):
    """The corpus as it is named on the command line."""
    return "corpus={" + ", ".join(f"{k}: {v}" for k, v in {"path": path, "shards": SHARDS, **more}.items()) + "}"


def content(folder):
    """Every result of a corpus, byte by byte."""
    root = folder / "results" / "corpus"
    return {p.relative_to(root).as_posix(): p.read_bytes() for p in sorted(root.rglob("*")) if p.is_file()}


def rows(folder):
    root = folder / "results" / "corpus"
    return {t: [r for f in sorted((root / t).iterdir()) for r in pq.read_table(f).to_pylist()] for t in TABLES}


@pytest.fixture
def place(unrun):
    small(unrun.folder)
    return unrun


@pytest.fixture(scope="session")
def ran(fresh, tree_in, tmp_path_factory):
    """The small library after a run on one core."""
    tree = tree_in(shutil.copytree(fresh, tmp_path_factory.mktemp("corpus") / "tree"))
    small(tree.folder)
    code, said = tree.snakemake("--cores", "1", *ALONE, config("library.csv"))
    assert code == 0, said
    return tree, said


@pytest.fixture
def again(ran, tree_in, tmp_path):
    return tree_in(shutil.copytree(ran[0].folder, tmp_path / "tree"))


def test_a_corpus_alone_runs_without_a_review(ran, tmp_path, monkeypatch):
    tree, said = ran
    assert "4 printed numbers of 3 analyses in 2 reviews audited" in said
    record = {"provenance.json", "ro-crate-metadata.json"}
    assert {p.name for p in (tree.folder / "results").iterdir()} == {"corpus", *record}
    assert {p.name for p in (tree.folder / "results/corpus").iterdir()} == {*TABLES, "shards", "summary"}
    assert {p.name for p in (tree.folder / "results/corpus/summary").iterdir()} == set(FILES)
    monkeypatch.chdir(tree.folder)
    assert rows(tree.folder) == audited("library.csv", tmp_path, shards=SHARDS)


def test_lost_digits_are_named_on_the_terminal_and_on_the_page(place):
    numbers = {"mean_t": [10.0, 11.0], "sd_t": [2.0, 3.0], "mean_c": [12.0, 14.0], "sd_c": [2.0, 3.0]}
    names = {"review": ["s", "s"], "analysis": ["a", "a"], "study": ["A", "B"], "n_t": [50, 60], "n_c": [50, 60]}
    pq.write_table(pa.table(names | numbers), place.folder / "numbers.parquet")
    code, said = place.snakemake("--cores", "1", *ALONE, config("numbers.parquet", shards=1))
    assert code == 0, said
    for text in (said, (place.folder / "results/corpus/summary/index.html").read_text(encoding="utf-8")):
        assert text.count("numbers.parquet: mean_t, sd_t, mean_c, sd_c hold numbers, so 2.0 is read as 2") == 1


def test_two_cores_another_folder_and_other_hashes_give_the_same_bytes(ran, place):
    place.environment["PYTHONHASHSEED"] = "99"
    code, said = place.snakemake("--cores", "2", *ALONE, config("library.csv"))
    assert code == 0, said
    assert content(place.folder) == content(ran[0].folder)


def test_nothing_is_done_twice(again):
    code, said = again.snakemake("--cores", "1", *ALONE, config("library.csv"))
    assert code == 0
    assert "Nothing to be done" in said


def test_everything_includes_the_corpus(again):
    code, said = again.snakemake("--dry-run", "--cores", "1", "--config", config("library.csv", search="all"))
    assert code == 0, said
    jobs = dict(re.findall(r"^(\w+) +(\d+)$", said, flags=re.MULTILINE))
    assert jobs["corpus_audit"] == str(SHARDS)
    assert jobs["report"] == "1"
    assert "corpus_split" not in jobs


def test_a_run_without_a_library_has_no_rule_of_one(unrun):
    assert "corpus_" not in unrun.planned()


def test_a_deleted_shard_is_made_again_alone(again):
    before = content(again.folder)
    (again.folder / "results/corpus/audit/shard-001.parquet").unlink()
    code, said = again.snakemake("--cores", "1", "corpus", "--config", "reviews=none", config("library.csv"))
    assert code == 0, said
    assert len(re.findall(r"rule corpus_audit:", said)) == 1
    assert "rule corpus_split:" not in said
    assert content(again.folder) == before


def test_fewer_shards_leave_none_behind(again):
    code, said = again.snakemake("--cores", "1", *ALONE, config("library.csv", shards=1))
    assert code == 0, said
    assert {p.name for t in TABLES for p in (again.folder / "results/corpus" / t).iterdir()} == {"shard-000.parquet"}
    assert len(rows(again.folder)["audit"]) == 4


def test_a_broken_review_does_not_stop_the_run_and_is_counted(place):
    small(place.folder, rows=[{**ROWS[0], "n_t": "many"}, *ROWS[1:]])
    code, said = place.snakemake("--cores", "1", *ALONE, config("library.csv"))
    assert code == 0, said
    assert "1 more reviews were not audited because of their data: see results/corpus/problems" in said
    assert [(r["review"], r["file"], r["row"]) for r in rows(place.folder)["problems"]] == [
        ("smith-2001", "library.csv", 2)
    ]


@pytest.mark.parametrize(
    ("named", "says"),
    [
        ("nowhere.parquet", r"^nowhere\.parquet: there is no such file or folder\..*\[missing-corpus\]"),
        ("wrong.csv", r"^wrong\.csv, row 1, column event_t: .* Did you mean 'events_t'\?"),
        ("data/reviews/aman-2021", r"one review, not a corpus"),
        ("lib{x}", r"has a brace in it"),
    ],
)
def test_a_corpus_that_cannot_be_read_ends_the_run_before_any_job(unrun, named, says):
    (unrun.folder / "wrong.csv").write_text("review,analysis,study,event_t\nr,a,S,1\n", encoding="utf-8")
    unrun.edit("config.yaml", "corpus: null", f"corpus: {{path: '{named}'}}")
    code, said = unrun.snakemake("--cores", "1", "corpus")
    assert code == 2, said
    assert re.search(says, said, flags=re.MULTILINE), said
    assert "Traceback" not in said
    assert not (unrun.folder / "results").exists()


@pytest.mark.parametrize(
    ("corpus", "says"),
    [
        ("{shards: 4}", r"key corpus.*path"),
        ("{path: library.csv, shards: 0}", r"key corpus\.shards: 0 is not allowed"),
        ("{path: library.csv, shard: 4}", r"key corpus\.shard: .* Did you mean 'shards'\?"),
        ("{path: library.csv, search: some}", r"key corpus\.search: 'some' is not allowed"),
        ("library.csv", r"key corpus: 'library\.csv' is not allowed.*path: library\.parquet"),
    ],
)
def test_a_bad_choice_about_the_corpus_is_named(place, corpus, says):
    place.edit("config.yaml", "corpus: null", f"corpus: {corpus}")
    code, said = place.snakemake("--cores", "1", "--dry-run")
    assert code == 2, said
    assert re.search(says, said), said


def test_nothing_to_run_is_named(unrun):
    unrun.edit("config.yaml", "reviews: all", "reviews: none")
    code, said = unrun.snakemake("--cores", "1")
    assert code == 2
    assert "nothing is run" in said


def test_a_job_that_is_killed_leaves_nothing_half_written_and_the_run_is_resumed(ran, place):
    """The shards wait at a barrier that the test holds, so that the kill meets them at work."""
    audit = place.folder / "scripts" / "audit_shard.py"
    true = audit.read_text(encoding="utf-8")
    waiting = '    import time\n    Path(shard, "working").touch()\n    time.sleep(60)\n    files = '
    audit.write_text(true.replace("    files = ", waiting, 1), encoding="utf-8")
    run = place.start("--cores", "2", *ALONE, config("library.csv"), start_new_session=True)
    try:
        until = time.monotonic() + 120
        while not list(place.folder.glob("results/corpus/shards/*/working")) and time.monotonic() < until:
            time.sleep(0.1)
        assert list(place.folder.glob("results/corpus/shards/*/working"))
    finally:
        os.killpg(run.pid, signal.SIGKILL)
        run.wait(timeout=60)
    assert not list(place.folder.glob("results/corpus/audit/*"))
    for mark in place.folder.glob("results/corpus/shards/*/working"):
        mark.unlink()
    audit.write_text(true, encoding="utf-8")
    code, said = place.snakemake("--cores", "1", "--nolock", *ALONE, config("library.csv"))
    assert code == 0, said
    assert content(place.folder) == content(ran[0].folder)


def test_a_changed_review_of_a_folder_reruns_its_shard_and_no_other(unrun):
    names = ["a-1", "b-2", "c-3", "d-4"]
    study = {"study": "A", "events_t": 10, "n_t": 50, "events_c": 20, "n_c": 50}
    for name in names:
        write_review(unrun.folder / "lib" / name, claims=[claim("e", "estimate", "0.50")], rows=[study], measure="RR")
    code, said = unrun.snakemake("--cores", "1", *ALONE, config("lib"))
    assert code == 0, said
    assert [r["verdict"] for r in rows(unrun.folder)["audit"]] == ["EXACT"] * 4
    changed = unrun.folder / "lib" / "b-2" / "claims.csv"
    changed.write_text(changed.read_text(encoding="utf-8").replace("0.50", "0.77"), encoding="utf-8")
    code, said = unrun.snakemake("--cores", "1", "corpus", "--config", "reviews=none", config("lib"))
    assert code == 0, said
    assert re.findall(r"wildcards: shard=(\S+)", said) == [f"shard-{shard_of('b-2', SHARDS):03d}"]
    assert {r["review"] for r in rows(unrun.folder)["audit"] if r["verdict"] != "EXACT"} == {"b-2"}


def test_a_changed_review_reruns_the_shards_that_rest_on_it_and_the_split_stays(unrun):
    study = {"study": "A", "events_t": 10, "n_t": 50, "events_c": 20, "n_c": 50}
    for name, more in (("a-1", {}), ("b-2", {"refers_to": "a-1/e"}), ("c-3", {}), ("d-4", {})):
        write_review(
            unrun.folder / "lib" / name, claims=[claim("e", "estimate", "0.50", **more)], rows=[study], measure="RR"
        )
    code, said = unrun.snakemake("--cores", "1", *ALONE, config("lib"))
    assert code == 0, said
    touched = unrun.folder / "lib" / "a-1" / "claims.csv"
    touched.write_text(touched.read_text(encoding="utf-8").replace("0.50", "0.77"), encoding="utf-8")
    code, said = unrun.snakemake("--cores", "1", "corpus", "--config", "reviews=none", config("lib"))
    assert code == 0, said
    run = {f"shard-{shard_of(name, SHARDS):03d}" for name in ("a-1", "b-2")}
    assert set(re.findall(r"wildcards: shard=(\S+)", said)) == run
    told = {r["review"]: r["verdict"] for r in rows(unrun.folder)["audit"]}
    assert told["b-2"] == "INCONSISTENT", "a number is held against what its source prints now"
    touched = unrun.folder / "lib" / "c-3" / "review.yaml"
    touched.write_text(touched.read_text(encoding="utf-8").replace("Made up", "Made up again"), encoding="utf-8")
    code, said = unrun.snakemake("--cores", "1", "corpus", "--config", "reviews=none", config("lib"))
    assert code == 0, said
    assert "rule corpus_split:" not in said
    assert re.findall(r"wildcards: shard=(\S+)", said) == [f"shard-{shard_of('c-3', SHARDS):03d}"]


def test_a_table_after_a_folder_in_the_same_place_is_audited_itself(unrun, ran):
    study = {"study": "A", "events_t": 10, "n_t": 50, "events_c": 20, "n_c": 50}
    for name in ("a-1", "b-2", "c-3", "d-4"):
        write_review(unrun.folder / "lib" / name, claims=[claim("e", "estimate", "0.50")], rows=[study], measure="RR")
    code, said = unrun.snakemake("--cores", "1", *ALONE, config("lib", shards=4))
    assert code == 0, said
    small(unrun.folder)
    code, said = unrun.snakemake("--cores", "1", *ALONE, config("library.csv"))
    assert code == 0, said
    assert rows(unrun.folder) == rows(ran[0].folder)
    assert "4 printed numbers of 3 analyses in 2 reviews audited" in said
