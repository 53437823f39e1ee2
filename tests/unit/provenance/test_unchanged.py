"""A record vouches for nothing that a stage did not have: inputs, code and packages as well as results."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from metaudit.errors import InputError
from metaudit.files import digest
from metaudit.provenance.record import record
from metaudit.seal import FACT, code_hash
from metaudit.versions import versions


def refusal(run):
    with pytest.raises(InputError) as caught:
        record(run)
    return caught.value.problems


@pytest.fixture
def corpus(made):
    """A corpus in a folder, which was read, and one in a table."""
    for name in ("a", "b"):
        made.put(f"lib/{name}/review.yaml", f"id: {name}\n")
    made.put("table.csv", "review,analysis,study\n")
    run = made.with_corpus("lib", "table.csv")
    assert record(run)["inputs"]["lib"]["files"] == 2
    return run


@pytest.mark.parametrize("name", ["lib/b/review.yaml", "table.csv"])
def test_a_corpus_that_changed_since_its_shard_was_audited_is_refused(made, corpus, name):
    """With the time of the old file, so that Snakemake does not see it either."""
    made.put(name, "id: other\n")
    (problem,) = refusal(corpus)
    assert problem.file == name
    assert "has changed since stage corpus_audit read it" in problem.message
    assert problem.fix == "Run that stage again: snakemake --forcerun corpus_audit."


def test_a_file_of_a_corpus_that_was_deleted_since_is_refused(made, corpus):
    made.put("lib/b/claims.csv", "claim\n")
    made.with_corpus("lib", "table.csv")
    (made.folder / "lib/b/claims.csv").unlink()
    (problem,) = refusal(corpus)
    assert problem.file == "lib/b/claims.csv"
    assert "is no longer there since stage corpus_audit read it" in problem.message


@pytest.mark.parametrize(
    ("name", "again"), [("lib/b/claims.csv", "corpus_audit"), ("data/reviews/one-2001/notes.csv", "extract")]
)
def test_what_came_in_since_was_read_by_nobody(made, corpus, name, again):
    made.put(name, "claim\n")
    (problem,) = refusal(corpus)
    assert problem.file == name
    assert "no stage of the run read it" in problem.message
    assert problem.fix == f"Run again: snakemake --forcerun {again}."


def sealed(made, stage, *facts):
    seal = Path(made.folder / f"logs/seals/{stage}.txt")
    seal.write_text("".join(f"{FACT}{fact}\n" for fact in facts) + seal.read_text(encoding="utf-8"), encoding="utf-8")


@pytest.fixture
def coded(made):
    """A run whose stages say with which modules and script they were run, and what they were told."""
    shas = [digest(made.folder / "scripts/metaudit/audit.py")]
    told = {"parameter:level": "0.95"}
    stages = [replace(s, library=code_hash(shas), rule=f"m_{s.name}", told=told) for s in made.run.stages]
    script = digest(made.folder / "scripts/audit_claims.py")
    for stage in stages:
        sealed(made, stage.name, f"code {stage.library}", f"script {script}", "parameter:level 0.95")
    run = replace(made.run, stages=stages)
    assert record(run)["stages"].keys() == {"extract", "audit", "report"}
    return run


@pytest.mark.parametrize(("fact", "other"), [("code", "01d"), ("script", "01d")])
def test_a_stage_that_was_run_with_other_code_is_named(made, coded, fact, other):
    seal = made.folder / "logs/seals/audit.txt"
    seal.write_text(re.sub(f"^# {fact} .*$", f"# {fact} {other}", seal.read_text(encoding="utf-8"), flags=re.MULTILINE))
    (problem,) = refusal(coded)
    assert problem.file.endswith("logs/seals/audit.txt")
    assert "other code" in problem.message
    assert problem.fix.endswith("--forcerun m_audit.")


def test_modules_that_were_edited_while_the_workflow_ran_are_not_recorded_as_what_ran(made, coded):
    """The hash that a stage carries was taken when the run began, and the record would have that of the edited file."""
    made.put("scripts/metaudit/audit.py", "judge otherwise\n")
    found = refusal(coded)
    assert [p.file.rsplit("/", 1)[1] for p in found] == ["audit.txt", "extract.txt", "report.txt"]
    assert {p.fix for p in found} == {"Run the workflow again."}
    assert "were changed while the workflow was running" in found[0].message


def test_results_of_another_configuration_are_not_recorded_as_those_of_this_one(made, coded):
    """Snakemake does not know when its records are gone: a cache of results and logs alone is taken as it is."""
    told = {"parameter:level": "0.5", "parameter:seed": "7"}
    found = refusal(
        replace(coded, stages=[replace(s, told=told if s.name == "audit" else s.told) for s in coded.stages])
    )
    assert [p.column for p in found] == ["level", "seed"]
    assert found[0].message == "stage audit was run with level 0.95, and is told 0.5 now."
    assert found[1].message == "stage audit was not told seed, and is told 7 now."
    assert found[0].fix.endswith("--forcerun m_audit.")


def test_packages_that_were_changed_since_are_named_with_the_stages_that_had_others(made):
    """The record would say that numbers came from a version that never saw them."""
    for stage in ("extract", "audit", "report"):
        here = versions() | ({} if stage == "report" else {"numpy": "1.0", "python": "2.7"})
        sealed(made, stage, *(f"{name} {version}" for name, version in here.items()))
    numpy, python = refusal(made.run)
    assert (numpy.column, python.column) == ("numpy", "python")
    assert (
        numpy.message
        == f"stage extract and stage audit computed with numpy 1.0, and {versions()['numpy']} is installed now."
    )
    assert "--forceall" in numpy.fix


def test_a_review_that_a_review_of_the_run_refers_to_is_an_input_with_no_results(made):
    """Two-2002 alone: what it is compared with lies outside of the run."""
    other = made.folder / "data/reviews/one-2001"
    reviews = {"two-2002": made.folder / "data/reviews/two-2002"}
    found = record(replace(made.run, reviews=reviews, outside=[other]))
    assert found["reviews"]["two-2002"]["refers_to"] == ["one-2001"]
    assert found["reviews"]["one-2001"] == {
        "inputs": ["data/reviews/one-2001/claims.csv", "data/reviews/one-2001/review.yaml"], "refers_to": [], "results": [],
    }  # fmt: skip
    assert found["inputs"]["data/reviews/one-2001/claims.csv"]["review"] == "one-2001"
