"""The last stage: every result is recorded, runs agree to the byte, and what was touched is named."""

import json
import re
import shutil
import zipfile
from pathlib import Path

import pytest

from metaudit.compare import compare_trees
from metaudit.provenance.pack import pack
from metaudit.provenance.places import result_files
from metaudit.provenance.verify import verify

RECORDS = ("provenance.json", "ro-crate-metadata.json")
ROOT = Path(__file__).resolve().parents[2]
LOADING = [f"scripts/metaudit/{m}.py" for m in ("config", "formats/review", "space/load", "presets/load", "edits/edit")]
SCHEMA = r'"(\w+\.schema\.\w+)"'
STAGES = ["extract", "effects", "pool", "audit", "figures", "tables", "documents", "report"]


def test_a_run_records_everything_it_wrote(tree):
    results = tree.folder / "results"
    record = json.loads((results / "provenance.json").read_text(encoding="utf-8"))
    assert set(record["outputs"]) == set(result_files(results))
    found = verify(results)
    assert found.well, found.findings
    assert list(record["stages"]) == STAGES
    assert record["stages"]["audit"]["after"] == ["extract", "effects", "pool"]
    assert record["stages"]["extract"]["script"] == "scripts/extract_reviews.py"
    assert str(tree.folder) not in (results / "provenance.json").read_text(encoding="utf-8")


def test_every_module_a_rule_names_is_an_input(tree):
    record = json.loads((tree.folder / "results" / "provenance.json").read_text(encoding="utf-8"))
    named = {file for stage in record["stages"].values() for file in [stage["script"], *stage["data"], *stage["code"]]}
    assert named <= set(record["inputs"])
    assert "scripts/metaudit/pooling/batch.py" in named


def test_runs_on_one_and_two_cores_in_two_folders_have_the_same_record(tree, fresh, tree_in, tmp_path):
    unrun = tree_in(shutil.copytree(fresh, tmp_path / "another"))
    code, said = unrun.snakemake("--cores", "2")
    assert code == 0, said
    for name in RECORDS:
        assert (unrun.folder / "results" / name).read_bytes() == (tree.folder / "results" / name).read_bytes()
    assert compare_trees(tree.folder / "results", unrun.folder / "results") == []


def test_nothing_is_recorded_again_without_a_change(tree):
    assert "provenance" not in tree.planned()


def test_an_edited_claim_is_named_and_a_new_run_is_well_again(tree):
    tree.edit("data/reviews/aman-2021/claims.csv", "refractory", "intractable")
    findings = verify(tree.folder / "results").findings
    assert [(f.what, f.file) for f in findings] == [("input-changed", "data/reviews/aman-2021/claims.csv")]
    assert "aman-2021" in findings[0].concerns
    code, said = tree.snakemake("--cores", "1")
    assert code == 0, said
    assert verify(tree.folder / "results").well


def test_results_of_another_configuration_are_not_recorded_as_those_of_this_one(tree):
    """Without its records, as in a cache of results and logs alone, Snakemake does not know that the level was another."""
    shutil.rmtree(tree.folder / ".snakemake")
    tree.edit("config.yaml", "level: 0.95", "level: 0.5")
    code, _ = tree.snakemake("--cores", "1")
    assert code == 1
    log = (tree.folder / "logs" / "provenance.log").read_text(encoding="utf-8")
    for stage in ("effects", "pool", "audit"):
        assert f"stage {stage} was run with level 0.95, and is told 0.5 now" in log
    assert "Traceback" not in log
    code, said = tree.snakemake("--cores", "1", "--forcerun", "effects", "pool", "audit")
    assert code == 0, said
    assert verify(tree.folder / "results").well


def test_a_result_edited_before_the_last_stage_stops_it(tree):
    board = tree.folder / "results" / "board.csv"
    board.write_text(board.read_text(encoding="utf-8") + "x\n", encoding="utf-8")
    code, _ = tree.snakemake("--cores", "1", "--forcerun", "provenance")
    assert code == 1
    log = (tree.folder / "logs" / "provenance.log").read_text(encoding="utf-8")
    assert "results/board.csv" in log
    assert "--forcerun report" in log
    assert "Traceback" not in log


def test_a_moved_tree_is_still_as_recorded(tree, tmp_path):
    shutil.move(tree.folder, tmp_path / "moved")
    assert verify(tmp_path / "moved" / "results").well


@pytest.fixture(scope="session")
def packed(finished, tmp_path_factory):
    """The crate of the whole run, as an archive would hold it."""
    target = tmp_path_factory.mktemp("packed") / "run.zip"
    pack(finished / "results", target)
    return target


def test_the_workflow_works_in_an_unpacked_crate(packed, tree_in, tmp_path):
    """With the library and the data of the crate, and nothing of what is installed."""
    zipfile.ZipFile(packed).extractall(tmp_path / "crate")
    crate = tree_in(tmp_path / "crate")
    assert verify(crate.folder / "results").well
    said = crate.planned()
    assert not [folder for folder in ("data", "scripts") if f"{ROOT / folder}/" in said]
    jobs = dict(re.findall(r"^(\w+) +(\d+)$", said, flags=re.MULTILINE))
    assert {name for name, count in jobs.items() if count == "1"} == {*STAGES, "provenance", "all"}
    read = {name for file in LOADING for name in re.findall(SCHEMA, (ROOT / file).read_text(encoding="utf-8"))}
    assert len(read) == 5
    assert read == {p.name for p in (crate.folder / "data" / "schemas").iterdir()}
