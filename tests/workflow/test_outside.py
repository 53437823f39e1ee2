"""A review of a run refers to one that is none of it: its files are inputs, and a change in it changes the verdict."""

import json
import shutil

import pytest

from making import claim, write_review
from metaudit.provenance.verify import verify

STUDY = {"study": "A", "events_t": 10, "n_t": 50, "events_c": 20, "n_c": 50}
ARGUMENTS = ("--cores", "1", "--config", "reviews=[./lib/one]")


@pytest.fixture
def tree(fresh, tree_in, tmp_path):
    tree = tree_in(shutil.copytree(fresh, tmp_path / "tree"))
    write_review(
        tree.folder / "lib/two",
        claims=[claim("n", "count", "10", subject="people", analysis="")],
        rows=[STUDY],
        measure="RR",
    )
    told = claim("n", "count", "10", subject="people", analysis="", refers_to="two/n")
    write_review(tree.folder / "lib/one", claims=[told], rows=[STUDY], measure="RR")
    write_review(tree.folder / "lib/three", claims=[claim("n", "count", "3")], rows=[STUDY], measure="RR")
    return tree


def verdict(tree):
    (row,) = json.loads((tree.folder / "results/one/audit.json").read_text(encoding="utf-8"))
    return row["verdict"]


def test_the_other_review_is_an_input(tree):
    code, said = tree.snakemake(*ARGUMENTS)
    assert code == 0, said
    assert verdict(tree) == "EXACT"
    record = json.loads((tree.folder / "results/provenance.json").read_text(encoding="utf-8"))
    assert "lib/two/claims.csv" in record["inputs"]
    assert not [name for name in record["inputs"] if name.startswith("lib/three/")]
    assert not (tree.folder / "results/two").exists()
    tree.edit("lib/two/claims.csv", ",10,", ",99,")
    assert [(f.what, f.file, f.concerns) for f in verify(tree.folder / "results").findings] == [
        ("input-changed", "lib/two/claims.csv", ("one",))
    ]
    code, said = tree.snakemake(*ARGUMENTS)
    assert code == 0, said
    assert verdict(tree) == "INCONSISTENT"
    assert verify(tree.folder / "results").well
