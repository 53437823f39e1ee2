"""provenance.json: what it names, that it names the same everywhere, and what it refuses to vouch for."""

import hashlib
import json
import os
import re
import shutil
import tomllib
import zipfile
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from metaudit.corpus.read import open_corpus
from metaudit.errors import InputError
from metaudit.formats.places import read_of_review
from metaudit.provenance.entries import corpus_files
from metaudit.provenance.pack import pack
from metaudit.provenance.places import Places, result_files
from metaudit.provenance.reading import read_provenance
from metaudit.provenance.record import record
from metaudit.provenance.stages import Stage, stages_of
from metaudit.provenance.verify import verify
from metaudit.provenance.write import write_provenance
from metaudit.versions import PACKAGES

ROOT = Path(__file__).resolve().parents[3]
CLAIMS = "claim,analysis,quantity\n"


def sha(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_every_result_has_its_stage_its_hash_and_its_size(made):
    outputs = read_provenance(made.write())["outputs"]
    assert set(outputs) == set(result_files(made.results))
    entry = outputs["one-2001/audit.csv"]
    path = made.results / "one-2001/audit.csv"
    assert entry == {"stage": "audit", "sha256": sha(path), "bytes": path.stat().st_size}
    assert outputs["two-2002/letter.docx"]["built_beside"] is True
    assert outputs["ro-crate-metadata.json"]["stage"] == "provenance"


def test_every_input_has_its_kind_and_its_hash(made):
    inputs = read_provenance(made.write())["inputs"]
    assert {name: entry["kind"] for name, entry in inputs.items()} == {
        "CITATION.cff": "workflow",
        "Snakefile": "workflow",
        "data/reviews/one-2001/claims.csv": "review",
        "data/reviews/one-2001/review.yaml": "review",
        "data/reviews/two-2002/claims.csv": "review",
        "data/reviews/two-2002/review.yaml": "review",
        "data/specs.yaml": "data",
        "scripts/audit_claims.py": "workflow",
        "scripts/metaudit/audit.py": "code",
    }
    for name, entry in inputs.items():
        assert entry["sha256"] == sha(made.folder / name), name


def test_a_review_names_its_files_its_results_and_the_reviews_its_claims_refer_to(made):
    reviews = read_provenance(made.write())["reviews"]
    assert reviews["one-2001"]["refers_to"] == []
    assert reviews["two-2002"]["refers_to"] == ["one-2001"]
    assert reviews["two-2002"]["inputs"] == [
        "data/reviews/two-2002/claims.csv",
        "data/reviews/two-2002/review.yaml",
    ]
    assert "two-2002/" in reviews["two-2002"]["results"]


def test_a_stage_names_its_code_its_data_and_the_stages_before_it(made):
    stages = read_provenance(made.write())["stages"]
    assert list(stages) == ["extract", "audit", "report"]
    assert stages["audit"] == {
        "does": "Do audit.",
        "script": "scripts/audit_claims.py",
        "after": ["extract"],
        "data": ["data/specs.yaml"],
        "code": ["scripts/metaudit/audit.py"],
    }


def test_the_same_run_in_another_folder_has_the_same_bytes(made, made_elsewhere):
    first, second = made.write(), made_elsewhere.write()
    for name in ("provenance.json", "ro-crate-metadata.json"):
        assert (first / name).read_bytes() == (second / name).read_bytes()
        assert str(made.folder.parent) not in (first / name).read_text(encoding="utf-8")


def test_a_moved_folder_is_still_as_recorded(made, tmp_path):
    made.write()
    moved = shutil.copytree(made.folder, tmp_path / "moved" / "far")
    assert verify(moved / "results").well


def test_a_workflow_that_lies_elsewhere_is_found_through_one_path(made, tmp_path):
    """As a module of another workflow: results and workflow lie in two folders."""
    results = shutil.copytree(made.results, tmp_path / "mine" / "results")
    run = replace(made.run, places=Places(results, made.folder))
    for stage in run.stages:
        seal = Path(*stage.seals)
        seal.write_text(seal.read_text(encoding="utf-8").replace(str(made.results), str(results)), encoding="utf-8")
    found = record(run)
    assert "workflow:data/specs.yaml" in found["inputs"]
    assert found["environment"]["workflow"] == "../here"
    assert not [name for name in found["inputs"] if name.startswith(("..", "/"))]
    (results / "provenance.json").write_text(json.dumps(found), encoding="utf-8")
    assert verify(results).well
    made.put("data/specs.yaml", "specs: [other]\n")
    assert [f.file for f in verify(results).findings] == ["workflow:data/specs.yaml"]


def test_a_clone_that_is_named_through_a_link_is_one_clone(tmp_path):
    """The Snakefile and the scripts are named through the link, the library and its data are where they lie."""
    (tmp_path / "link").symlink_to("clone", target_is_directory=True)
    clone, link = tmp_path / "clone", tmp_path / "link"
    clone.mkdir()
    places = Places(tmp_path / "mine/results", link)
    assert {places.name(at / "data/specs.yaml") for at in (clone, link)} == {"workflow:data/specs.yaml"}
    assert places.name(tmp_path / "other/claims.csv") == "../other/claims.csv"
    inside = Places(clone / "results", link)  # the working folder is the clone itself
    assert {inside.name(at / "data/specs.yaml") for at in (clone, link)} == {"data/specs.yaml"}


def test_what_no_stage_wrote_is_not_vouched_for(made):
    made.put("results/one-2001/left-over.csv", "of an older run\n")
    assert "one-2001/left-over.csv" not in read_provenance(made.write())["outputs"]
    assert [(f.what, f.file) for f in verify(made.results).findings] == [("added", "one-2001/left-over.csv")]


@pytest.mark.parametrize(
    "damage", [lambda p: p.write_text("edited\n", encoding="utf-8"), lambda p: p.unlink()], ids=["edited", "deleted"]
)
def test_a_result_that_is_not_what_its_stage_wrote_is_refused_and_named(made, damage):
    damage(made.results / "one-2001/audit.csv")
    with pytest.raises(InputError) as caught:
        made.write()
    (problem,) = caught.value.problems
    assert problem.file == "results/one-2001/audit.csv"
    assert "stage audit" in problem.message
    assert "--forcerun audit" in problem.fix
    assert not (made.results / "provenance.json").exists()


def test_an_input_that_changed_while_the_workflow_ran_is_refused(made):
    made.put("data/reviews/one-2001/review.yaml", "id: one-2001\ntitle: Another\n")
    with pytest.raises(InputError, match=r"one-2001/review.yaml.* since stage extract read it"):
        made.write()


def test_a_missing_or_broken_seal_is_named(made):
    seal = made.put("logs/seals/audit.txt", "no hash\n")
    with pytest.raises(InputError, match=r"audit.txt, row 1"):
        made.write()
    seal.unlink()
    with pytest.raises(InputError, match="--forcerun audit"):
        made.write()


def test_a_corpus_is_one_entry_and_any_change_in_it_is_seen(made):
    made.put("corpus/a/review.yaml", "a\n")
    made.put("corpus/b/review.yaml", "b\n")
    found = record(made.with_corpus("corpus"))
    assert found["inputs"]["corpus"] | {"sha256": ""} == {"sha256": "", "bytes": 4, "kind": "corpus", "files": 2}
    (made.results / "provenance.json").write_text(json.dumps(found), encoding="utf-8")
    assert verify(made.results).well
    made.put("corpus/b/review.yaml", "c\n")
    assert [(f.what, f.file) for f in verify(made.results).findings] == [("input-changed", "corpus")]
    made.put("corpus/b/review.yaml", "b\n")
    made.put("corpus/b/claims.csv", CLAIMS)
    assert [(f.what, f.file) for f in verify(made.results).findings] == [("input-changed", "corpus")]


@pytest.mark.skipif(os.name == "nt", reason="links need a permission there")
def test_a_corpus_that_is_a_link_is_as_recorded_until_what_it_points_at_changes(made, tmp_path):
    made.put("corpus/a/review.yaml", "a\n")
    (made.folder / "linked").symlink_to("corpus", target_is_directory=True)
    write_provenance(made.with_corpus("linked"))
    assert verify(made.results).well
    pack(made.results, tmp_path / "run.zip")
    assert "linked/a/review.yaml" in zipfile.ZipFile(tmp_path / "run.zip").namelist()
    made.put("corpus/a/review.yaml", "b\n")
    assert [(f.what, f.file) for f in verify(made.results).findings] == [("input-changed", "linked")]
    (made.folder / "linked").unlink()
    (made.folder / "linked").symlink_to(".", target_is_directory=True)
    assert "holds the results themselves" in verify(made.results).findings[0].message


def test_of_a_corpus_only_what_is_read_counts(made):
    """A note, what a system leaves, a publisher's PDF: no run reads them, so none could make a red record green again."""
    made.put("corpus/a-1/review.yaml", "id: a-1\n")
    made.put("corpus/a-1/claims.csv", CLAIMS)
    (made.results / "provenance.json").write_text(json.dumps(record(made.with_corpus("corpus"))), encoding="utf-8")
    for name in ("a-1/notes.txt", "a-1/.DS_Store", "a-1/paper.pdf", "a-1/old/claims.csv", "list.csv", "drafts/x.csv"):
        made.put(f"corpus/{name}", "x\n")
    (made.folder / "corpus/a-1/folder.csv").mkdir()
    assert verify(made.results).well
    files, size = corpus_files(made.folder / "corpus")
    assert [f.name for f in files] == ["claims.csv", "review.yaml"]
    assert size == sum(f.stat().st_size for f in files)


def test_what_counts_of_a_corpus_is_what_the_corpus_says_it_reads(made):
    """Two rooms say which folders those are, because the one that records is below the one that reads."""
    for name in (
        "a-1/review.yaml",
        "a-1/claims.csv",
        "b-2/review.yaml",
        "b-2/extraction.csv",
        "b-2/b.txt",
        "c-3/x.csv",
    ):
        made.put(f"corpus/{name}", "x\n")
    folders = open_corpus(made.folder / "corpus").folders
    assert corpus_files(made.folder / "corpus")[0] == [file for folder in folders for file in read_of_review(folder)]


def test_without_a_date_of_release_nothing_is_written(made):
    made.put("CITATION.cff", "title: metaudit\n")
    with pytest.raises(InputError, match="date-released"):
        made.write()


def test_the_packages_named_are_those_that_metaudit_depends_on():
    """Those left out set no number and no byte of a result: they read other programs' files, or are the command line."""
    left_out = {"charset-normalizer", "cryptography", "defusedxml", "openpyxl", "pypdf", "rich", "typer"}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    asked = [*project["dependencies"], *project["optional-dependencies"]["workflow"]]
    names = {re.match(r"[\w.-]+", one)[0] for one in asked} - left_out
    assert names - {"pyarrow"} == set(PACKAGES) - {"pyarrow"}


class Files(dict):
    """Files of a rule as Snakemake has them: by name, and one after the other."""

    __getattr__ = dict.__getitem__

    def __iter__(self):
        for value in self.values():
            yield from [value] if isinstance(value, str) else value


def rule(name, folder, *, inputs, outputs, script="../scripts/a.py", code="none", told=None):
    return SimpleNamespace(
        name=name,
        docstring=f"Do {name}.",
        snakefile=folder / "rules" / "x.smk",
        script=script,
        input=Files(inputs),
        output=Files(outputs),
        params=Files({"code": code, **(told or {})}),
    )


def test_stages_are_read_off_the_rules(tmp_path):
    rules = [
        rule("all", tmp_path, inputs={"a": "results/board.csv"}, outputs={}, script=None),
        rule(
            "corpus_of_mine_pool",  # a Snakefile that uses the workflow names its rules as it likes
            tmp_path,
            inputs={"declared": "specs.yaml"},
            code="two",
            told={"level": 0.95, "reviews": ["a", "b"], "results_dir": lambda wildcards: "results"},
            outputs={"seal": "logs/seals/pool.txt"},
        ),
        rule(
            "metaudit_corpus_split",
            tmp_path,
            inputs={"corpus": "x.parquet"},
            outputs={
                "shards": [f"results/corpus/shards/shard-{i:03}/a" for i in range(9)],
                "seal": "logs/seals/corpus_split.txt",
            },
        ),
        rule(
            "metaudit_corpus_audit",
            tmp_path,
            inputs={"reviews": lambda wildcards: [], "shard": ["results/corpus/shards/{shard}/a"]},
            outputs={
                "audit": r"results/corpus/audit/{shard,shard-\d+}.parquet",
                "seal": r"mine/logs/seals/corpus_audit/{shard,shard-\d+}.txt",
            },
        ),
        rule(
            "corpus_summary",
            tmp_path,
            inputs={"shards": ["results/corpus/audit/shard-000.parquet"], "pool": "logs/seals/pool.txt"},
            outputs={"summary": ["results/corpus/summary/index.html"], "seal": "logs/seals/corpus_summary.txt"},
        ),
        rule("of_another", tmp_path / ".." / "theirs", inputs={}, outputs={"seal": "logs/seals/x.txt"}),
        rule("picture", tmp_path, inputs={}, outputs={"x": "results/x.svg"}),
    ]

    def stages(**more):
        loaded = {"two": ["b.py", "a.py"], "none": []}
        return [Stage.of(stage) for stage in stages_of(rules, tmp_path, loaded=loaded, **more)]

    pool, split, audit, summary = stages(shards=["shard-000", "shard-001"])
    assert [s.name for s in (pool, split, audit, summary)] == ["pool", "corpus_split", "corpus_audit", "corpus_summary"]
    assert pool.code == ("a.py", "b.py")
    assert pool.data == ("specs.yaml",)
    assert pool.seals == ("logs/seals/pool.txt",)
    assert audit.seals == tuple(f"mine/logs/seals/corpus_audit/shard-00{i}.txt" for i in (0, 1))
    assert (split.after, audit.after, summary.after) == ((), ("corpus_split",), ("pool", "corpus_audit"))
    alone = stages(shards=["shard-000"], with_reviews=False)
    assert [s.name for s in alone] == ["corpus_split", "corpus_audit", "corpus_summary"]

    assert (pool.library, pool.rule) == ("two", "corpus_of_mine_pool")
    assert pool.told == {"parameter:level": "0.95", "parameter:reviews": '["a", "b"]'}


@pytest.fixture
def sharded(made):
    """The run with a stage that has a seal for each of its two shards; of a third one an older run left everything."""
    seals = []
    for shard in ("shard-000", "shard-001", "shard-002"):
        path = made.put(f"results/corpus/audit/{shard}.parquet", f"{shard}\n")
        seals.append(str(made.put(f"logs/seals/corpus_audit/{shard}.txt", f"{sha(path)}  {path}\n")))
    script = str(made.folder / "scripts/audit_claims.py")
    stage = Stage("corpus_audit", "Judge.", script, seals=tuple(seals[:2]))
    return replace(made.run, stages=[*made.run.stages, stage])


def test_a_corpus_has_the_results_of_its_own_shards_recorded(sharded):
    outputs = record(sharded)["outputs"]
    assert [(n, e["stage"]) for n, e in outputs.items() if n.startswith("corpus/")] == [
        (f"corpus/audit/shard-00{i}.parquet", "corpus_audit") for i in (0, 1)
    ]


def test_an_edited_shard_is_refused_and_the_one_job_that_mends_it_named(made, sharded):
    made.put("results/corpus/audit/shard-001.parquet", "edited\n")
    with pytest.raises(InputError) as caught:
        record(sharded)
    (problem,) = caught.value.problems
    assert problem.file == "results/corpus/audit/shard-001.parquet"
    assert "stage corpus_audit" in problem.message
    assert problem.fix.endswith("logs/seals/corpus_audit/shard-001.txt.")


def test_every_missing_seal_of_a_stage_is_named(made, sharded):
    for seal in sharded.stages[-1].seals:
        Path(seal).unlink()
    with pytest.raises(InputError) as caught:
        record(sharded)
    assert [Path(p.file).name for p in caught.value.problems] == ["shard-000.txt", "shard-001.txt"]


def test_what_the_last_stage_loads_is_an_input_too(made):
    made.put("scripts/metaudit/own.py", "own\n")
    found = record(replace(made.run, modules=[str(made.folder / "scripts/metaudit/own.py")]))
    assert found["inputs"]["scripts/metaudit/own.py"]["kind"] == "code"
