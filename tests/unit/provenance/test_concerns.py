"""What an input went into, as verify says it."""

import shutil
from dataclasses import replace

import pytest

from metaudit.provenance.verify import verify
from metaudit.provenance.write import beside, write_provenance


def found(made):
    return {f.file: (f.concerns, f.again) for f in verify(made.results).findings}


@pytest.fixture
def of_one_review(made):
    """A run of two-2002 alone: one-2001, which it refers to, is no part of it."""
    reviews = {"two-2002": made.reviews / "two-2002"}
    write_provenance(
        replace(made.run, reviews=reviews, outside=[made.reviews / "one-2001"], beside=beside(reviews), parameters={})
    )
    return made


def test_what_came_into_a_review_outside_of_the_run_concerns_the_one_that_refers_to_it(of_one_review):
    of_one_review.put("data/reviews/one-2001/new.csv", "x\n")
    of_one_review.put("data/reviews/one-2001/claims.csv", "x\n")
    assert found(of_one_review) == {
        "data/reviews/one-2001/new.csv": (("two-2002",), ("extract",)),
        "data/reviews/one-2001/claims.csv": (("two-2002",), ("extract",)),
    }


def test_a_changed_corpus_and_the_configuration_say_what_was_made_of_them(made):
    made.put("lib/a-1/review.yaml", "id: a-1\n")
    made.put("config.yaml", "reviews: all\n")
    run = made.with_corpus("lib")
    write_provenance(replace(run, workflow=[*run.workflow, str(made.folder / "config.yaml")]))
    made.put("lib/a-1/claims.csv", "claim\n")
    made.put("config.yaml", "reviews: all # of them\n")
    assert found(made) == {
        "lib": (("corpus_audit",), ("corpus_audit",)),
        "config.yaml": (("extract", "audit", "report", "corpus_audit"), ("provenance",)),
    }


def test_a_review_that_only_a_corpus_refers_to_concerns_its_stages(made):
    made.put("lib/a-1/review.yaml", "id: a-1\n")
    other = made.put("other/b-2/review.yaml", "id: b-2\n")
    run = made.with_corpus("lib")
    seal = made.folder / "logs/seals/extract.txt"
    seal.write_text(seal.read_text() + made.lines([other]))
    write_provenance(replace(run, outside=[other.parent]))
    made.put("other/b-2/review.yaml", "id: b-2 # other\n")
    made.put("other/b-2/new.csv", "x\n")
    assert set(found(made).values()) == {(("corpus_audit",), ("corpus_audit",))}


@pytest.mark.parametrize("linked", [False, True], ids=["folder", "link"])
def test_two_reviews_of_one_id_are_told_apart_by_their_folders(made, linked):
    """One of the run, and one outside of it that another review, which lies beside it, refers to."""
    shutil.copytree(made.reviews, made.folder / "own")
    two = made.folder / "own/two-2002"
    if linked:
        two = made.folder / "links/two-2002"
        two.parent.mkdir()
        two.symlink_to("../own/two-2002", target_is_directory=True)
    reviews = {"one-2001": made.reviews / "one-2001", "two-2002": two}
    outside = made.folder / "own/one-2001"
    seal = made.folder / "logs/seals/extract.txt"
    seal.write_text(seal.read_text() + made.lines(sorted([*outside.iterdir(), *two.iterdir()])))
    write_provenance(replace(made.run, reviews=reviews, outside=[outside], beside=beside(reviews), parameters={}))
    for folder in ("data/reviews", "own"):
        made.put(f"{folder}/one-2001/claims.csv", "claim\n")
        made.put(f"{folder}/one-2001/new.csv", "claim\n")
    concerns = {file: of for file, (of, _) in found(made).items()}
    assert concerns == {
        "data/reviews/one-2001/claims.csv": ("one-2001",),
        "data/reviews/one-2001/new.csv": ("one-2001",),
        "own/one-2001/claims.csv": ("two-2002",),
        "own/one-2001/new.csv": ("two-2002",),
    }
