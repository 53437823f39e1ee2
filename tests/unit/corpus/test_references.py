"""What is said of a reference to a review that there is not: the same, however many shards there are."""

import pytest

from making_corpus import audited, tables
from metaudit.corpus import misfits

NAMES = ("smith-2001", "jones-2002", "garcia-2003", "li-2004")
SHARDS = (1, 2, 4, 9)


def problems(tmp_path, shards, *refers_to, names=NAMES):
    """Fix of every problem, by review; the first reviews refer to something each."""
    rows = [
        {"review": n, "analysis": "death", "study": "A 1999", "events_t": 10, "n_t": 50, "events_c": 20, "n_c": 50}
        for n in names
    ]
    claims = [
        {"review": n, "claim": "rr", "analysis": "death", "quantity": "estimate", "printed": "0.50", "refers_to": to}
        for n, to in zip(names, refers_to, strict=False)
    ]
    found = audited(tables(tmp_path / "x", rows, claims=claims), tmp_path / f"out{shards}", shards=shards)
    assert all(p["rule"] == "unresolvable-reference" for p in found["problems"])
    return {p["review"]: p["fix"] for p in found["problems"]}


@pytest.mark.parametrize("shards", SHARDS)
@pytest.mark.parametrize("written", ["smith-2O01", "Smith-2001", "smith 2001", "smith_2001"])
def test_the_nearest_review_of_the_whole_corpus_is_suggested(tmp_path, shards, written):
    assert problems(tmp_path, shards, "", f"{written}/rr", f"{written}/rr") == {
        "jones-2002": "Did you mean 'smith-2001'?",
        "garcia-2003": "Did you mean 'smith-2001'?",
    }


@pytest.mark.parametrize("shards", SHARDS)
def test_of_a_small_corpus_all_reviews_are_named_where_none_is_near(tmp_path, shards):
    found = problems(tmp_path, shards, "", "xyz/rr", "x y z/rr", "smith-2001/rr")
    known = "Known: garcia-2003, jones-2002, li-2004, smith-2001."
    assert found == {"jones-2002": known, "garcia-2003": known}


@pytest.mark.parametrize("shards", SHARDS)
def test_what_would_take_long_to_compare_has_no_suggestion(tmp_path, shards, monkeypatch):
    monkeypatch.setattr(misfits, "_MOST_COMPARED", 7)  # four reviews can be compared with one name
    assert problems(tmp_path, shards, "", "smith-2002/rr", "smith-2O01/rr", f"{'smith' * 60}/rr") == {
        "jones-2002": "Did you mean 'smith-2001'?",
        "garcia-2003": "Write the id of a review of the corpus that has claims.",
        "li-2004": "Write the id of a review of the corpus that has claims.",
    }
