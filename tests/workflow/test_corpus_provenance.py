"""The record of a corpus: it vouches for what its stages wrote and no more, and names what was moved or came in."""

import os
import re
import shutil
import zipfile
from pathlib import Path

import pytest

from making import claim, write_review
from metaudit.corpus.split import shard_of
from metaudit.provenance.pack import pack
from metaudit.provenance.reading import read_provenance
from metaudit.provenance.seals import read_seals
from metaudit.provenance.stages import Stage
from metaudit.provenance.verify import verify

SHARDS = 3
STUDY = {"study": "A", "events_t": 10, "n_t": 50, "events_c": 20, "n_c": 50}


def arguments(shards=SHARDS):
    return ("--cores", "1", "--config", "reviews=none", f"corpus={{path: lib, shards: {shards}}}")


def found(tree):
    return [(f.what, f.file) for f in verify(tree.folder / "results").findings]


@pytest.fixture(scope="session")
def ran(fresh, tree_in, tmp_path_factory):
    """A folder of four reviews, audited and recorded."""
    tree = tree_in(shutil.copytree(fresh, tmp_path_factory.mktemp("recorded") / "tree"))
    for name in ("a-1", "b-2", "c-3", "d-4"):
        write_review(tree.folder / "lib" / name, claims=[claim("e", "estimate", "0.50")], rows=[STUDY], measure="RR")
    code, said = tree.snakemake(*arguments())
    assert code == 0, said
    return tree


@pytest.fixture
def again(ran, tree_in, tmp_path):
    return tree_in(shutil.copytree(ran.folder, tmp_path / "tree"))


def test_every_result_of_a_corpus_has_the_stage_that_sealed_it(ran):
    assert found(ran) == []
    record = read_provenance(ran.folder / "results")
    assert list(record["stages"]) == ["corpus_split", "corpus_audit", "corpus_summary"]
    assert record["stages"]["corpus_audit"]["after"] == ["corpus_split"]
    assert record["stages"]["corpus_summary"]["after"] == ["corpus_split", "corpus_audit"]
    stages = {name: entry["stage"] for name, entry in record["outputs"].items()}
    assert stages["corpus/shards/shard-001/reviews.txt"] == "corpus_split"
    assert stages["corpus/audit/shard-001.parquet"] == "corpus_audit"
    assert stages["corpus/summary/verdicts.csv"] == "corpus_summary"


def test_the_crate_of_a_corpus_names_its_first_page(ran, tmp_path):
    pack(ran.folder / "results", tmp_path / "run.zip")
    with zipfile.ZipFile(tmp_path / "run.zip") as crate:
        assert "`results/corpus/summary/index.html` is the first page" in crate.read("README.md").decode()
        assert "results/corpus/summary/index.html" in crate.namelist()


def test_a_shard_has_a_seal_of_its_three_tables(ran):
    seals = sorted((ran.folder / "logs/seals/corpus_audit").iterdir())
    assert [seal.name for seal in seals] == [f"shard-{i:03d}.txt" for i in range(SHARDS)]
    for seal in seals:
        (one,) = read_seals(Stage("corpus_audit", "", "", seals=(str(seal),)))
        assert list(one.written) == [
            f"results/corpus/{t}/{seal.stem}.parquet" for t in ("analyses", "audit", "problems")
        ]
        mine = [name for name in ("a-1", "b-2", "c-3", "d-4") if seal.stem == f"shard-{shard_of(name, SHARDS):03d}"]
        assert sorted({Path(name).parts[1] for name in one.read if name.startswith("lib/")}) == mine
        assert "numpy" in one.facts


def test_nothing_is_recorded_twice(again):
    code, said = again.snakemake(*arguments())
    assert code == 0
    assert "Nothing to be done" in said


@pytest.mark.parametrize(
    ("edited", "mended_by"),
    [
        ("summary/verdicts.csv", "corpus_summary"),
        ("audit/shard-001.parquet", "logs/seals/corpus_audit/shard-001.txt"),
        ("shards/shard-001/reviews.txt", "corpus_split"),
    ],
)
def test_a_result_edited_by_hand_never_gets_into_the_record(again, edited, mended_by):
    """The record is refused instead of being written anew over it, and the way back that is named is one."""
    path = again.folder / "results/corpus" / edited
    before = path.read_bytes()
    if path.suffix == ".parquet":
        shutil.copyfile(path.with_name("shard-000.parquet"), path)
    else:
        path.write_bytes(before + b"\n")
    assert ("touched", f"corpus/{edited}") in found(again)
    code, said = again.snakemake(*arguments(), "--forcerun", "provenance")
    assert code == 1, said
    assert not (again.folder / "results/provenance.json").exists()
    log = (again.folder / "logs/provenance.log").read_text(encoding="utf-8")
    assert f"results/corpus/{edited}: it has changed" in log
    assert f"--forcerun {mended_by}." in log
    code, said = again.snakemake(*arguments(), "--forcerun", mended_by)
    assert code == 0, said
    assert path.read_bytes() == before
    assert found(again) == []


def test_the_same_command_again_does_not_record_what_was_edited(again):
    summary = again.folder / "results/corpus/summary/verdicts.csv"
    summary.write_text(summary.read_text(encoding="utf-8").replace("EXACT,", "EXACT,9"), encoding="utf-8")
    code, said = again.snakemake(*arguments())
    assert code == 0, said
    assert found(again) == [("touched", "corpus/summary/verdicts.csv")]


def test_what_lies_in_the_place_of_a_shard_that_the_run_did_not_have_came_in(again):
    """As an older run with more shards may have left it: its tables, its part of the corpus, and its seal, which is no part of it."""
    root, left = again.folder / "results/corpus", ["audit/shard-001.parquet", "shards/shard-001/reviews.txt"]
    kept = {name: (root / name).read_bytes() for name in left}
    code, said = again.snakemake(*arguments(shards=1))
    assert code == 0, said
    assert found(again) == []
    assert (again.folder / "logs/seals/corpus_audit/shard-001.txt").is_file()
    for name, content in kept.items():
        (root / name).parent.mkdir(exist_ok=True)
        (root / name).write_bytes(content)
    code, said = again.snakemake(*arguments(shards=1), "--forcerun", "provenance")
    assert code == 0, said
    assert found(again) == [("added", f"corpus/{name}") for name in left]


def test_a_changed_review_is_named_and_a_run_of_its_shard_mends_it(again):
    again.edit("lib/b-2/claims.csv", "0.50", "0.77")
    assert found(again) == [("input-changed", "lib")]
    code, said = again.snakemake(*arguments())
    assert code == 0, said
    assert re.findall(r"wildcards: shard=(\S+)", said) == [f"shard-{shard_of('b-2', SHARDS):03d}"]
    assert found(again) == []


def test_a_file_that_is_never_read_changes_nothing(again):
    (again.folder / "lib/b-2/notes.txt").write_text("x\n", encoding="utf-8")
    (again.folder / "lib/b-2/paper.pdf").write_bytes(b"%PDF-")
    assert found(again) == []
    code, said = again.snakemake(*arguments())
    assert code == 0
    assert "Nothing to be done" in said


def test_a_corpus_that_was_moved_away_is_missing(again):
    (again.folder / "lib").rename(again.folder / "ylib")
    assert found(again) == [("input-missing", "lib")]


def test_an_input_that_no_shard_was_audited_with_does_not_get_into_the_record(again):
    """Edited, with the time of the old file: Snakemake sees nothing to do, and the record is written anew for another reason."""
    path = again.folder / "lib/b-2/claims.csv"
    before, when = path.read_bytes(), path.stat()
    again.edit("lib/b-2/claims.csv", "0.50", "0.77")
    os.utime(path, ns=(when.st_atime_ns, when.st_mtime_ns))
    code, said = again.snakemake(*arguments(), "--forcerun", "provenance")
    assert code == 1, said
    log = (again.folder / "logs/provenance.log").read_text(encoding="utf-8")
    seal = f"logs/seals/corpus_audit/shard-{shard_of('b-2', SHARDS):03d}.txt"
    assert "lib/b-2/claims.csv: it has changed since stage corpus_audit read it" in log
    code, said = again.snakemake(*arguments(), "--forcerun", seal)
    assert code == 0, said
    assert found(again) == []
    path.write_bytes(before)


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [("lib/b-2/review.yaml", "id: b-2", "# said\nid: b-2"), ("scripts/metaudit/corpus/shard.py", '"""', '"""Anew. ')],
)
def test_the_target_corpus_alone_writes_the_record_too(again, file, old, new):
    """The results are the same bytes; what they were made of is not."""
    content = (again.folder / file).read_text(encoding="utf-8").replace(old, new, 1)
    (again.folder / file).write_text(content, encoding="utf-8")
    first, *rest = arguments()
    code, said = again.snakemake("corpus", first, *rest)
    assert code == 0, said
    assert found(again) == []


def test_what_a_linked_review_refers_to_outside_of_the_corpus_is_an_input(again):
    """It lies beside the folder that the link points at."""
    told = {"subject": "people", "analysis": ""}
    store = again.folder / "store"
    write_review(
        store / "e-5", claims=[claim("n", "count", "9", refers_to="f-6/n", **told)], rows=[STUDY], measure="RR"
    )
    write_review(store / "f-6", claims=[claim("n", "count", "9", **told)], rows=[STUDY], measure="RR")
    (again.folder / "lib/e-5").symlink_to("../store/e-5")
    code, said = again.snakemake(*arguments())
    assert code == 0, said
    assert found(again) == []
    again.edit("store/f-6/claims.csv", ",9,", ",7,")
    assert found(again) == [("input-changed", "store/f-6/claims.csv")]
    code, said = again.snakemake(*arguments())
    assert code == 0, said
    assert re.findall(r"wildcards: shard=(\S+)", said) == [f"shard-{shard_of('e-5', SHARDS):03d}"]
    assert found(again) == []
