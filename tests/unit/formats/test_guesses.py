"""Thousands of unknown names are compared with thousands of known ones for a while only, and the first thousand problems are told."""

import pytest

from making import claim, write_review
from metaudit.errors import InputError, Problem
from metaudit.formats.guesses import Guesses
from metaudit.formats.review import read_review
from metaudit.formats.tables import read_table
from metaudit.formats.told import told

KNOWN = {"death": 1, "bleeding": 2}  # 13 letters


def test_names_are_compared_until_there_were_enough():
    guesses = Guesses(most=2 * 5 * 13)
    assert guesses.nearest("deaht", KNOWN, "review.yaml") == "Did you mean 'death'?"
    assert guesses.nearest("detah", KNOWN, "review.yaml") == "Did you mean 'death'?"
    look = "Look at the names in review.yaml; they are too many for each to be compared with this one."
    assert guesses.nearest("daeth", KNOWN, "review.yaml") == look
    assert guesses.nearest("deaht", KNOWN, "review.yaml") == "Did you mean 'death'?"  # said before
    assert guesses.nearest("deaht", KNOWN, "claims.csv") == look.replace("review.yaml", "claims.csv")


def test_one_name_may_be_too_long_to_be_compared_with_all():
    guesses = Guesses(most=100)
    assert guesses.nearest("bleedings", KNOWN, "review.yaml").startswith("Look at the names")
    assert guesses.nearest("deaht", KNOWN, "review.yaml").startswith("Look at the names")


@pytest.mark.parametrize("many", [0, 1, 1000, 1001, 5000])
def test_the_first_thousand_problems_are_told(many):
    problems = [Problem("a.csv", row, "n", "count", f"{row}.", "") for row in range(many)]
    found = told(iter(problems), "the review")
    assert found[:1000] == problems[:1000]
    assert [(p.row, p.rule) for p in found[1000:]] == ([(1000, "too-many")] if many > 1000 else [])


def test_a_folder_tells_the_first_thousand_as_well(tmp_path):
    rows = [{"study": s, "effect": 1, "se": 0.3, "source": ""} for s in "AB"]
    claims = [claim(f"c{i}", "estimate", "1.50", source=f"smith{i}") for i in range(1500)]
    with pytest.raises(InputError) as caught:
        read_review(write_review(tmp_path / "r", claims=claims, rows=rows, measure="GEN"))
    problems = caught.value.problems
    assert len(problems) == 1001
    assert [p.row for p in problems if p.rule == "too-many"] == [1002]


def test_rows_that_stand_twice_are_told_a_thousand_times(tmp_path):
    file = tmp_path / "extraction.csv"
    file.write_text("study,n_t\n" + "A,3\n" * 2000, encoding="utf-8")
    _, problems = read_table(file, "extraction.csv")
    assert len(problems) == 1001
    assert problems[-1].rule == "too-many"


def test_claims_of_a_folder_read_what_they_refer_to_once(tmp_path, monkeypatch):
    from metaudit.formats import claim_rules

    write_review(tmp_path / "other", claims=[claim("n", "n", "30")])
    read = []
    load = claim_rules.load_review
    monkeypatch.setattr(claim_rules, "load_review", lambda folder: read.append(folder) or load(folder))
    claims = [claim(f"c{i}", "n", "30", analysis="", refers_to="other/n") for i in range(5)]
    assert read_review(write_review(tmp_path / "r", claims=claims)).claims_by_id.keys() == {f"c{i}" for i in range(5)}
    assert len(read) == 1
