"""The RO-Crate of a run: what it says, that it names only what is there, and the packed one. Its profiles: packaging/crate_check.py."""

import json
import shutil
import zipfile
from pathlib import Path

import pytest
from typer.testing import CliRunner

from metaudit.cli import app
from metaudit.provenance.crate_files import inside
from metaudit.provenance.pack import default_target, pack
from metaudit.provenance.verify import verify
from metaudit.provenance.write import write_provenance

CLI = CliRunner()


def entities(text):
    graph = json.loads(text)["@graph"]
    found = {entity["@id"]: entity for entity in graph}
    assert len(found) == len(graph), "an identifier is there twice"
    return found


def ids(value):
    return [one["@id"] for one in (value if isinstance(value, list) else [value])]


def check_closed(found):
    """Every reference leads to an entity, but those to addresses."""
    for entity in found.values():
        for value in entity.values():
            for one in value if isinstance(value, list) else [value]:
                if isinstance(one, dict) and "://" not in one["@id"]:
                    assert one["@id"] in found, one["@id"]


@pytest.fixture
def in_place(made):
    return entities((made.write() / "ro-crate-metadata.json").read_text(encoding="utf-8"))


def test_the_root_is_published_on_the_day_of_the_release(in_place):
    root = in_place["./"]
    assert root["datePublished"] == "2026-11-29"
    assert root["license"]["@id"] == "https://spdx.org/licenses/MIT"
    assert ids(root["mentions"]) == ["#run"]


def test_every_file_it_names_is_there_with_its_hash(made, in_place):
    outputs = json.loads((made.results / "provenance.json").read_text(encoding="utf-8"))["outputs"]
    files = {i: e for i, e in in_place.items() if e["@type"] == "File" or "File" in e["@type"]}
    for name, entity in files.items():
        path = made.results / name
        assert path.is_file(), name
        if name in outputs:
            assert entity["sha256"] == outputs[name]["sha256"]
        if name != "provenance.json":
            assert int(entity["contentSize"]) == path.stat().st_size
    assert {"../Snakefile", "../data/reviews/two-2002/claims.csv", "two-2002/audit.csv", "provenance.json"} <= set(
        files
    )
    check_closed(in_place)


def test_results_say_what_they_are_based_on(in_place):
    assert ids(in_place["one-2001/"]["isBasedOn"]) == [
        f"../data/reviews/one-2001/{f}" for f in ("claims.csv", "review.yaml")
    ]
    assert "../data/reviews/one-2001/claims.csv" in ids(in_place["two-2002/"]["isBasedOn"])  # a claim refers there
    assert in_place["two-2002/"]["name"] == "What was found in two-2002"


def test_the_run_names_what_went_in_and_what_came_out(in_place):
    run = in_place["#run"]
    assert ids(run["instrument"]) == ["../Snakefile"]
    assert {"../data/specs.yaml", "#value-level"} <= set(ids(run["object"]))
    assert {"one-2001/", "report/", "board.csv", "provenance.json"} <= set(ids(run["result"]))
    assert in_place["#value-level"]["value"] == "0.95"
    assert "endTime" not in run


@pytest.mark.parametrize(
    ("name", "place"),
    [
        ("data/specs.yaml", "data/specs.yaml"),
        ("workflow:data/specs.yaml", "data/specs.yaml"),
        ("../../theirs/one-2001/claims.csv", "outside/theirs/one-2001/claims.csv"),
    ],
)
def test_what_lies_elsewhere_has_a_place_in_the_packed_crate(name, place):
    assert inside(name) == place


def test_the_packed_crate_holds_everything_it_names_and_verifies(made, tmp_path):
    target = tmp_path / "run.zip"
    done = CLI.invoke(app, ["crate", str(made.write()), str(target)])
    assert done.exit_code == 0, done.output
    zipfile.ZipFile(target).extractall(tmp_path / "unpacked")
    folder = tmp_path / "unpacked"
    found = entities((folder / "ro-crate-metadata.json").read_text(encoding="utf-8"))
    for name, entity in found.items():
        if "File" in entity["@type"]:
            assert (folder / name).is_file(), name
    assert (folder / "scripts/metaudit/audit.py").is_file()
    assert "`results/report/index.html` is the first page" in (folder / "README.md").read_text(encoding="utf-8")
    check_closed(found)
    compared = verify(folder / "results")
    assert compared.well, compared.findings
    assert compared.inputs == 9


@pytest.fixture
def crate_of_elsewhere(made, tmp_path):
    """A run whose results lie outside of the clone, as a module's with ``prefix:`` do: packed, and unpacked where no clone is."""
    made.moved_out(tmp_path / "mine")
    pack(made.write(), tmp_path / "run.zip")
    shutil.rmtree(made.folder)
    shutil.rmtree(tmp_path / "mine")
    folder = tmp_path / "far/away/unpacked"
    zipfile.ZipFile(tmp_path / "run.zip").extractall(folder)
    return folder


def test_the_crate_of_a_run_outside_the_clone_verifies_and_packs_again(crate_of_elsewhere, tmp_path):
    assert (crate_of_elsewhere / "outside/reviews/one-2001/claims.csv").is_file()
    compared = verify(crate_of_elsewhere / "results")
    assert (compared.findings, compared.inputs, compared.inputs_elsewhere) == ((), 9, False)
    pack(crate_of_elsewhere / "results", tmp_path / "again.zip")
    assert (tmp_path / "again.zip").read_bytes() == (tmp_path / "run.zip").read_bytes()


def test_what_was_changed_in_a_crate_is_named_where_it_lies(crate_of_elsewhere):
    (crate_of_elsewhere / "outside/reviews/one-2001/claims.csv").write_text("claim\n")
    (crate_of_elsewhere / "outside/reviews/one-2001/new.csv").write_text("claim\n")
    (crate_of_elsewhere / "data/specs.yaml").unlink()
    found = verify(crate_of_elsewhere / "results").findings
    assert [(f.what, f.file) for f in found] == [
        ("input-changed", "outside/reviews/one-2001/claims.csv"),
        ("input-changed", "outside/reviews/one-2001/new.csv"),
        ("input-missing", "data/specs.yaml"),
    ]


def test_the_workflow_changed_in_a_crate_is_named(crate_of_elsewhere):
    (crate_of_elsewhere / "Snakefile").write_text("rule other:\n")
    found = verify(crate_of_elsewhere / "results").findings
    assert [(f.what, f.file) for f in found] == [("input-changed", "Snakefile")]


@pytest.mark.parametrize("metadata", ["", "[", "[]", "{}", '{"@graph": 1}', '{"@graph": [{"@id": []}, 1]}'])
def test_without_its_metadata_a_crate_is_a_folder_like_any_other(crate_of_elsewhere, metadata):
    (crate_of_elsewhere / "ro-crate-metadata.json").write_text(metadata)
    found = verify(crate_of_elsewhere / "results")
    assert (found.findings, found.inputs, found.inputs_elsewhere) == ((), 0, True)


def test_a_run_in_a_crate_with_a_review_from_elsewhere_finds_it_where_it_lies(made, tmp_path):
    pack(made.write(), tmp_path / "run.zip")
    zipfile.ZipFile(tmp_path / "run.zip").extractall(made.folder)
    made.reviews = made.reviews.rename(tmp_path / "theirs")
    made.seal("extract")
    record = json.loads((made.write() / "provenance.json").read_text(encoding="utf-8"))
    assert "../theirs/one-2001/claims.csv" in record["inputs"]
    assert verify(made.results).well


def test_a_working_folder_that_is_a_crate_of_its_own_is_none_of_ours(made, tmp_path):
    made.moved_out(tmp_path / "mine")
    results = made.write()
    (results.parent / "Snakefile").write_text("rule mine:\n")
    (results.parent / "ro-crate-metadata.json").write_text('{"@graph": [{"@id": "results/provenance.json"}]}')
    assert verify(results).well


def test_of_a_corpus_only_what_is_read_is_packed(made, tmp_path):
    made.put("corpus/a-1/review.yaml", "id: a-1\n")
    made.put("corpus/a-1/paper.pdf", "of a publisher\n")
    write_provenance(made.with_corpus("corpus"))
    pack(made.results, tmp_path / "run.zip")
    names = zipfile.ZipFile(tmp_path / "run.zip").namelist()
    assert [name for name in names if name.startswith("corpus/")] == ["corpus/a-1/review.yaml"]
    zipfile.ZipFile(tmp_path / "run.zip").extractall(tmp_path / "unpacked")
    assert verify(tmp_path / "unpacked" / "results").well


def test_a_review_of_the_run_that_lies_in_the_corpus_too_is_packed_once(made, tmp_path):
    write_provenance(made.with_corpus("data/reviews"))
    pack(made.results, tmp_path / "run.zip")
    names = zipfile.ZipFile(tmp_path / "run.zip").namelist()
    assert names.count("data/reviews/one-2001/claims.csv") == 1
    zipfile.ZipFile(tmp_path / "run.zip").extractall(tmp_path / "unpacked")
    assert verify(tmp_path / "unpacked" / "results").well


def test_the_packed_crate_has_the_same_bytes_every_time(made, made_elsewhere, tmp_path):
    targets = [tmp_path / "a.zip", tmp_path / "b.zip"]
    for run, target in zip((made, made_elsewhere), targets, strict=True):
        pack(run.write(), target)
    assert targets[0].read_bytes() == targets[1].read_bytes()


def test_source_date_epoch_sets_the_times(made, tmp_path, monkeypatch):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    pack(made.write(), tmp_path / "a.zip")
    found = entities(zipfile.ZipFile(tmp_path / "a.zip").read("ro-crate-metadata.json"))
    assert found["./"]["datePublished"] == "2023-11-14"
    assert found["#run"]["endTime"] == "2023-11-14T22:13:20+00:00"
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "yesterday")
    done = CLI.invoke(app, ["crate", str(made.results), str(tmp_path / "b.zip")])
    assert done.exit_code == 2
    assert "SOURCE_DATE_EPOCH" in done.stderr


@pytest.mark.parametrize("name", ["results", "results-0.1", "results.old"])
def test_without_a_name_the_crate_has_that_of_the_folder_as_a_whole(tmp_path, monkeypatch, name):
    assert default_target(tmp_path / name) == tmp_path / f"{name}.crate.zip"
    (tmp_path / name).mkdir()
    monkeypatch.chdir(tmp_path / name)
    assert default_target(Path()) == tmp_path / f"{name}.crate.zip"


def test_nothing_touched_is_packed(made, tmp_path):
    made.write()
    made.put("results/board.csv", "other\n")
    done = CLI.invoke(app, ["crate", str(made.results), str(tmp_path / "a.zip")])
    assert done.exit_code == 1
    assert "board.csv: touched" in done.stderr
    assert not Path(tmp_path / "a.zip").exists()
