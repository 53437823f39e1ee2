"""A stage's seal: one file that changes with any of the stage's files, and says what the stage read and was told."""

import hashlib
import json
from types import SimpleNamespace

import pytest

from metaudit.errors import InputError
from metaudit.provenance.seals import read_seals
from metaudit.provenance.stages import Stage
from metaudit.seal import Job, code_hash, seal
from metaudit.versions import versions


def sha(text):
    return hashlib.sha256(text.encode()).hexdigest()


def test_a_seal_lists_every_file_but_itself(tmp_path):
    (tmp_path / "a").mkdir()
    files = [tmp_path / "a/two.csv", tmp_path / "one.csv"]
    for file in files:
        file.write_text(file.name)
    own = tmp_path / "seal.txt"
    seal(own, [own, *map(str, files)])
    assert own.read_text() == "".join(f"{sha(p.name)}  {p.as_posix()}\n" for p in files)


def test_a_seal_changes_with_any_file_and_with_nothing_else(tmp_path):
    own, file = tmp_path / "seals/seal.txt", tmp_path / "one.csv"
    file.write_text("1")
    seal(own, [file])
    first = own.read_text()
    file.touch()
    seal(own, [file])
    assert own.read_text() == first
    file.write_text("2")
    seal(own, [file])
    assert own.read_text() != first


class Told(dict):
    """Inputs, outputs and parameters as Snakemake has them: by name, and as attributes."""

    __getattr__ = dict.__getitem__


@pytest.fixture
def snakemake(tmp_path):
    for name in ("out.csv", "review.yaml", "specs.yaml", "earlier.csv", "pool.py"):
        (tmp_path / name).write_text(name)
    inputs = SimpleNamespace(
        reviews=[str(tmp_path / "review.yaml")],
        declared=str(tmp_path / "specs.yaml"),
        shard=[str(tmp_path / "earlier.csv")],
    )
    params = Told(code="c0de", level=0.95, reviews=["a-2001", "b-2002"])
    return SimpleNamespace(
        rule="pool", input=inputs, output=SimpleNamespace(seal=str(tmp_path / "seals/seal.txt")), params=params
    )


def test_a_seal_says_what_was_read_and_with_what_it_was_computed(tmp_path, snakemake):
    """What no stage wrote: typed in, or shipped. What an earlier stage wrote has a seal of its own."""
    Job(snakemake, str(tmp_path / "pool.py")).seal([str(tmp_path / "out.csv")])
    (one,) = read_seals(Stage("pool", "Pool.", "pool.py", seals=(snakemake.output.seal,)))
    told = {"parameter:level": "0.95", "parameter:reviews": json.dumps(["a-2001", "b-2002"])}
    assert one.facts == {"code": "c0de", "script": sha("pool.py"), **told, **versions()}
    assert list(one.written) == [str(tmp_path / "out.csv")]
    assert one.read == {str(tmp_path / name): sha(name) for name in ("review.yaml", "specs.yaml")}


def test_what_is_named_as_read_can_be_chosen(tmp_path, snakemake):
    Job(snakemake, str(tmp_path / "pool.py"), typed=()).seal([tmp_path / "out.csv"])
    (one,) = read_seals(Stage("pool", "Pool.", "pool.py", seals=(snakemake.output.seal,)))
    assert one.read == {}


@pytest.mark.parametrize("change", [lambda p: p.write_text("other"), lambda p: p.unlink()])
def test_a_file_that_is_changed_while_a_job_is_at_work_ends_the_job(tmp_path, snakemake, change):
    """Nobody knows which of the two was read; a seal would vouch for the one that may not have been."""
    job = Job(snakemake, str(tmp_path / "pool.py"))
    change(tmp_path / "review.yaml")
    with pytest.raises(InputError) as refused:
        job.seal([tmp_path / "out.csv"])
    (problem,) = refused.value.problems
    assert problem.file == str(tmp_path / "review.yaml")
    assert "changed while rule pool was at work" in problem.message
    assert not (tmp_path / "seals/seal.txt").exists()


def test_the_hash_of_code_depends_on_every_module_and_their_order():
    assert code_hash(["a", "b"]) == code_hash(iter(["a", "b"]))
    assert len({code_hash(x) for x in (["a", "b"], ["b", "a"], ["a"], ["a", "c"])}) == 4
