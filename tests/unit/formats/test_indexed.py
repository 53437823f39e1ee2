"""Rows found by their cells: the same as looked at one by one, and looked at once."""

import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metaudit.formats.indexed import Rows, column_name, indexed, known_columns
from metaudit.formats.review import Analysis, Review
from metaudit.formats.select import select_rows
from metaudit.formats.tables import Row

CELLS = st.sampled_from(["", "a", "b", "1", "1.0", "01", "1e400", "True"])
TABLES = st.lists(st.dictionaries(st.sampled_from(["outcome", "year", "x_dose"]), CELLS), max_size=8)
VALUES = st.one_of(CELLS, st.sampled_from([1, 1.0, 10**400, True, "c"]))
PICKS = st.dictionaries(
    st.sampled_from(["outcome", "year", "dose", "x_dose", "nothing"]), VALUES | st.lists(VALUES, max_size=3)
)


def same_value(cell, wanted):
    """The definition: numbers of YAML are compared as numbers, all else as texts."""
    if isinstance(wanted, (int, float)) and not isinstance(wanted, bool):
        try:
            return float(cell) == float(wanted)
        except (ValueError, OverflowError):
            return False
    return cell == str(wanted)


def has(row, pick, known):
    """Whether a row has one of the wanted values in every column: the definition."""
    return all(
        any(
            same_value(row.text(column_name(name, known)), v)
            for v in (wanted if isinstance(wanted, list) else [wanted])
        )
        for name, wanted in pick.items()
    )


@given(TABLES, PICKS, PICKS)
def test_rows_are_those_that_a_look_at_every_row_finds(cells, select, exclude):
    rows = [Row(i, {c: text for c, text in row.items() if text}) for i, row in enumerate(cells, start=2)]
    known = known_columns(rows)
    kept, left_out = select_rows(Analysis("a", "A", select, exclude), rows)
    assert [r.line for r in left_out] == [
        r.line for r in rows if exclude and has(r, select, known) and has(r, exclude, known)
    ]
    assert {r.line for r in kept} == {r.line for r in rows if has(r, select, known)} - {r.line for r in left_out}
    assert [r.line for r in kept] == sorted(r.line for r in kept)


class Counted(Row):
    """A row that counts how often it is looked at."""

    looks = 0

    def text(self, column):
        Counted.looks += 1
        return super().text(column)


@pytest.mark.parametrize("analyses", [1, 200])
def test_a_column_is_gone_through_once_however_many_analyses_there_are(tmp_path, analyses):
    rows = tuple(Counted(i, {"outcome": str(i)}) for i in range(2, 202))
    review = Review(tmp_path, "r", "R", "meta-analysis", {}, {}, rows, (), {})
    Counted.looks = 0
    for i in range(2, 2 + analyses):
        assert [r.line for r in select_rows(Analysis("a", "A", {"outcome": str(i)}), review.rows)[0]] == [i]
    assert Counted.looks == len(rows)


def test_what_was_found_of_rows_does_not_travel_to_another_process():
    rows = indexed([Row(2, {"outcome": "pain"})])
    assert indexed(rows) is rows
    assert rows.places_by("outcome") == {"pain": [0]}
    again = pickle.loads(pickle.dumps(rows))
    assert (type(again), again, vars(again)) == (Rows, rows, {})
