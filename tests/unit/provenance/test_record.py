"""provenance.json: what it names, that it names the same everywhere, and what it refuses to vouch for."""

import hashlib
import json
import re
import shutil
import tomllib
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from metaudit.errors import InputError
from metaudit.provenance.places import Places, result_files
from metaudit.provenance.reading import read_provenance
from metaudit.provenance.record import PACKAGES, record
from metaudit.provenance.stages import Stage, stages_of
from metaudit.provenance.verify import verify

ROOT = Path(__file__).resolve().parents[3]


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
        seal = Path(stage.seal)
        seal.write_text(seal.read_text(encoding="utf-8").replace(str(made.results), str(results)), encoding="utf-8")
    found = record(run)
    assert "workflow:data/specs.yaml" in found["inputs"]
    assert found["environment"]["workflow"] == "../here"
    assert not [name for name in found["inputs"] if name.startswith(("..", "/"))]
    (results / "provenance.json").write_text(json.dumps(found), encoding="utf-8")
    assert verify(results).well
    made.put("data/specs.yaml", "specs: [other]\n")
    assert [f.file for f in verify(results).findings] == ["workflow:data/specs.yaml"]


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
    found = record(replace(made.run, corpus=[made.folder / "corpus"]))
    assert found["inputs"]["corpus"] | {"sha256": ""} == {"sha256": "", "bytes": 4, "kind": "corpus", "files": 2}
    (made.results / "provenance.json").write_text(json.dumps(found), encoding="utf-8")
    assert verify(made.results).well
    made.put("corpus/b/review.yaml", "c\n")
    assert [(f.what, f.file) for f in verify(made.results).findings] == [("input-changed", "corpus")]


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


def rule(name, folder, *, inputs, outputs, script="../scripts/a.py", code="none"):
    return SimpleNamespace(
        name=name,
        docstring=f"Do {name}.",
        snakefile=folder / "rules" / "x.smk",
        script=script,
        input=Files(inputs),
        output=Files(outputs),
        params=Files({"code": code}),
    )


def test_stages_are_read_off_the_rules(tmp_path):
    rules = [
        rule("all", tmp_path, inputs={"a": "results/board.csv"}, outputs={}, script=None),
        rule(
            "metaudit_pool",
            tmp_path,
            inputs={"declared": "specs.yaml"},
            code="two",
            outputs={"seal": "logs/seals/pool.txt"},
        ),
        rule(
            "corpus_split",
            tmp_path,
            inputs={"corpus": "x.parquet"},
            outputs={"shards": [f"results/corpus/shards/shard-{i:03}/a" for i in range(9)]},
        ),
        rule(
            "corpus_audit",
            tmp_path,
            inputs={
                "shard": lambda wildcards: [],
                "pool": "logs/seals/pool.txt",
                "more": "results/corpus/shards/shard-003/a",
            },
            outputs={"audit": "results/corpus/audit/{shard}.parquet"},
        ),
        rule("of_another", tmp_path / ".." / "theirs", inputs={}, outputs={"seal": "logs/seals/x.txt"}),
        rule("picture", tmp_path, inputs={}, outputs={"x": "results/x.svg"}),
    ]
    stages = [Stage.of(stage) for stage in stages_of(rules, tmp_path, loaded={"two": ["b.py", "a.py"], "none": []})]
    assert [stage.name for stage in stages] == ["pool", "corpus_split", "corpus_audit"]
    assert stages[0].code == ("a.py", "b.py")
    assert stages[0].data == ("specs.yaml",)
    assert stages[1].patterns == ("results/corpus/shards/shard-*/a",)
    assert stages[2].after == ("pool", "corpus_split")
    assert stages[2].patterns == ("results/corpus/audit/*.parquet",)


def test_results_of_a_corpus_have_their_stage_though_no_seal(made):
    made.put("results/corpus/audit/shard-000.parquet", "x\n")
    made.put("results/corpus/elsewhere.parquet", "x\n")
    stage = Stage(
        "corpus_audit",
        "Judge.",
        str(made.folder / "scripts/audit_claims.py"),
        patterns=(str(made.results / "corpus/audit/*.parquet"),),
    )
    outputs = record(replace(made.run, stages=[*made.run.stages, stage]))["outputs"]
    assert outputs["corpus/audit/shard-000.parquet"]["stage"] == "corpus_audit"
    assert "corpus/elsewhere.parquet" not in outputs
