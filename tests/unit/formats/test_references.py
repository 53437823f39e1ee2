"""Which reviews the verdicts on others rest on."""

import shutil

import pytest

from making import claim, write_review
from metaudit.config import select_reviews
from metaudit.formats.references import outside, referred
from metaudit.source import Source

STUDY = {"study": "A", "events_t": 10, "n_t": 50, "events_c": 20, "n_c": 50}


@pytest.fixture
def folder(tmp_path):
    """One refers to two, three is shown beside two, four to nobody."""
    place = tmp_path / "data" / "reviews"
    for name, refers in (("one", "two/n"), ("two", ""), ("three", ""), ("four", "")):
        claims = [claim("n", "k", "1", refers_to=refers)]
        write_review(place / name, claims=claims, rows=[STUDY], measure="RR")
    text = (place / "three/review.yaml").read_text(encoding="utf-8")
    (place / "three/review.yaml").write_text(f"{text}# beside: [two/main]\n", encoding="utf-8")
    return place


def test_references_of_claims_and_of_analyses_are_found(folder):
    assert referred(folder / "one") == [folder / "two"]
    assert referred(folder / "three") == [folder / "two"]
    assert referred(folder / "two") == []
    shutil.rmtree(folder / "two")
    assert referred(folder / "one") == []


@pytest.mark.parametrize(
    ("chosen", "others"),
    [(["one"], ["two"]), (["one", "two"], []), (["three", "four"], ["two"]), (["two"], []), (["four"], [])],
)
def test_only_those_outside_of_a_run_are_named(folder, chosen, others):
    assert outside(folder / name for name in chosen) == [folder / name for name in others]


def test_of_a_linked_review_they_lie_beside_what_the_link_points_at(folder, tmp_path):
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "one").symlink_to(folder / "one")
    assert outside([mine / "one"]) == [folder / "two"]


def test_a_run_reads_what_its_reviews_refer_to(folder, tmp_path, monkeypatch):
    """Otherwise a verdict stays as it was when the other review changes."""
    monkeypatch.chdir(tmp_path)
    source = Source(tmp_path, tmp_path / "Snakefile")
    files = source.review_files(select_reviews(["one"], source.reviews_dir))
    assert "data/reviews/two/claims.csv" in files
    assert not [file for file in files if "/four/" in file]
    assert files == sorted(set(files))
