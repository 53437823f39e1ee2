"""Which files the job of a shard waits for: those of its reviews, and of the reviews that these rest on."""

from pathlib import Path
from types import SimpleNamespace

import pytest

from making import claim, write_review
from metaudit.corpus.plan import plan
from metaudit.corpus.split import shard_of
from metaudit.errors import InputError
from metaudit.formats.references import referred
from metaudit.source import Source

STUDY = {"study": "A", "events_t": 10, "n_t": 50, "events_c": 20, "n_c": 50}
SHARDS = 3


@pytest.fixture
def library(tmp_path):
    """Four reviews: b-2 and c-3 print a number of a-1, d-4 shows an analysis of a-1 beside its own."""
    for name, more in (("a-1", {}), ("b-2", {"refers_to": "a-1/e"}), ("c-3", {"refers_to": "a-1/e"}), ("d-4", {})):
        beside = {"beside": ["a-1/main"]} if name == "d-4" else {}
        write_review(
            tmp_path / "lib" / name,
            claims=[claim("e", "estimate", "0.50", **more)],
            rows=[STUDY],
            measure="RR",
            **beside,
        )
    return tmp_path / "lib"


def waits_for(library: Path) -> dict[str, set[str]]:
    """Reviews whose files the job of each shard waits for."""
    made = plan({"path": str(library), "shards": SHARDS}, Source(library, library / "Snakefile"))
    files = {name: made.reviews(SimpleNamespace(shard=name)) for name in made.names}
    assert all(len(some) == len(set(some)) for some in files.values())
    assert all(Path(file).is_file() for some in files.values() for file in some)
    return {name: {Path(file).parent.name for file in some} for name, some in files.items()}


def test_a_shard_waits_for_its_reviews_and_for_those_they_refer_to(library):
    found = waits_for(library)
    for name in ("b-2", "c-3", "d-4"):
        assert {name, "a-1"} <= found[f"shard-{shard_of(name, SHARDS):03d}"]
    own = {
        name: {n for n in ("a-1", "b-2", "c-3", "d-4") if f"shard-{shard_of(n, SHARDS):03d}" == name} for name in found
    }
    assert {name: some - {"a-1"} for name, some in found.items()} == {n: o - {"a-1"} for n, o in own.items()}


def test_only_reviews_that_are_there_are_waited_for(library):
    (library / "https").mkdir()  # no review: an address is no reference
    assert referred(library / "b-2") == [library / "a-1"]
    assert referred(library / "d-4") == [library / "a-1"]
    assert referred(library / "a-1") == []
    assert referred(library / "nowhere") == []
    (library / "a-1" / "review.yaml").unlink()
    assert referred(library / "b-2") == []


def test_a_link_waits_for_what_lies_beside_the_folder_that_it_points_at(library, tmp_path):
    store = tmp_path / "store"
    for name in ("a-1", "e-5"):
        more = {"refers_to": "a-1/e"} if name == "e-5" else {}
        write_review(store / name, claims=[claim("e", "estimate", "0.50", **more)], rows=[STUDY], measure="RR")
    (library / "e-5").symlink_to("../store/e-5")
    made = plan({"path": str(library), "shards": SHARDS}, Source(library, library / "Snakefile"))
    shard = f"shard-{shard_of('e-5', SHARDS):03d}"
    files = set(made.reviews(SimpleNamespace(shard=shard)))
    assert f"{library}/e-5/claims.csv" in files
    assert f"{store}/a-1/claims.csv" in files
    others = {name for name in ("a-1", "b-2", "c-3", "d-4") if shard_of(name, SHARDS) == shard_of("e-5", SHARDS)}
    assert (f"{library}/a-1/claims.csv" in files) == bool(others)


def test_a_folder_that_snakemake_would_take_for_a_wildcard_is_named(library):
    (library / "a-1").rename(library / "odd {x}")
    with pytest.raises(
        InputError, match=r"odd \{x\}: the name of the folder 'odd \{x\}' has a brace in it, .*Rename the folder"
    ):
        plan({"path": str(library)}, Source(library, library / "Snakefile"))


@pytest.mark.parametrize("name", ["old{1}.csv", "notes}.yaml"])
def test_a_file_that_snakemake_would_take_for_a_wildcard_is_named(library, name):
    (library / "a-1" / name).write_text("x\n")
    with pytest.raises(InputError) as caught:
        plan({"path": str(library)}, Source(library, library / "Snakefile"))
    (problem,) = caught.value.problems
    assert (problem.file, problem.rule) == (f"{library}/a-1/{name}", "path")
    assert f"the name of the file {name!r} has a brace in it, which Snakemake takes for a wildcard." in problem.message
    assert "Rename the file" in problem.fix


@pytest.mark.parametrize(
    ("name", "sign"),
    [("a\nb.csv", "a line break"), ("a\rb.yaml", "a line break"), ("a\udcff.csv", "a byte that is no UTF-8")],
)
def test_a_file_whose_name_lists_cannot_have_is_named(library, name, sign):
    (library / "a-1" / name).write_text("x\n")
    with pytest.raises(InputError) as caught:
        plan({"path": str(library)}, Source(library, library / "Snakefile"))
    (problem,) = caught.value.problems
    assert f"the name of the file {name!r} has {sign} in it" in problem.message
    assert str(problem).encode().count(b"\n") == 0


@pytest.mark.parametrize("path", [".", "./", "..", "results", "results/mine", "link"])
def test_a_corpus_around_the_results_or_in_them_is_refused(tmp_path, monkeypatch, path):
    """A record names what was read and what was written, each by its place."""
    (tmp_path / "here" / "results" / "mine").mkdir(parents=True)
    (tmp_path / "here" / "link").symlink_to(tmp_path / "here")
    monkeypatch.chdir(tmp_path / "here")
    with pytest.raises(InputError, match="lies in the results or around them"):
        plan({"path": path}, Source(tmp_path, tmp_path / "Snakefile"))
