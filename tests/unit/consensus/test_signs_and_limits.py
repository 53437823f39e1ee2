"""Shares in other digits are refused with the sign's name; no share lies below 0."""

import pytest

from metaudit.consensus.shares import counts_behind
from metaudit.consensus.statements import read_statements
from metaudit.consensus.threshold import threshold
from metaudit.errors import DataError, InputError, PrintedError

FULLWIDTH, ARABIC = "\uff18\uff10%", "\u0668\u0660%"


@pytest.mark.parametrize(("text", "name"), [(FULLWIDTH, "fullwidth digit eight"), (ARABIC, "arabic-indic digit eight")])
def test_the_sign_is_named(tmp_path, text, name):
    with pytest.raises(PrintedError, match=rf"{name}.*write 80% if that is what is printed"):
        counts_behind(text, 16)
    with pytest.raises(DataError, match=rf"{name}.*write 80%"):
        threshold(f">= {text}")
    table = tmp_path / "s.csv"
    table.write_text(f"statement,agree,others\nA,50%,{text}\n", encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_statements(table)
    (problem,) = caught.value.problems
    assert (problem.row, problem.column) == (2, "others")
    assert name in problem.message


def test_a_share_below_nothing_is_refused():
    with pytest.raises(DataError, match="'<0%' is no share"):
        counts_behind("<0%", 16)
    assert list(counts_behind("<=0%", 16)) == [0]


def test_a_panel_of_more_people_than_there_are_is_refused_with_its_place(tmp_path):
    table = tmp_path / "s.csv"
    table.write_text("statement,agree,n\nA,50%,1e308\n", encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_statements(table)
    (problem,) = caught.value.problems
    assert (problem.row, problem.column, problem.rule) == (2, "n", "size")
    assert len(str(problem)) < 200


def test_advice_does_not_change_other_refusals():
    with pytest.raises(DataError, match=r"write for example >= 70% or more than 2/3$"):
        threshold("most")
