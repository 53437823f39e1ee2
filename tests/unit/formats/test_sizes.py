"""Sizes that no study has are refused where they are typed, with their place; those that papers print are read."""

import math

import pytest
from typer.testing import CliRunner

from making import claim, made
from metaudit.cli import app
from metaudit.edits.cells import digit_edits, log_edits, spread_edits
from metaudit.errors import InputError, PrintedError
from metaudit.formats.review import read_review
from metaudit.formats.sizes import LARGEST, SMALLEST, of_a_study
from metaudit.formats.tables import Row
from metaudit.printed import parse_printed

STUDIES = [{"study": "A", "effect": "1", "se": "0.3"}, {"study": "B", "effect": "2", "se": "0.5"}]


def refused(folder, **cells):
    """The problems of a review whose second study has other cells."""
    with pytest.raises(InputError) as caught:
        made(folder, claims=[claim("e", "estimate", "1.3")], rows=[STUDIES[0], STUDIES[1] | cells], measure="GEN")
    return caught.value.problems


@pytest.mark.parametrize(
    "cells",
    [
        {"se": "1e200"}, {"se": "1e-200"}, {"effect": "-1e155"}, {"effect": "1e51"}, {"ci_low": "-1e155"}, {"ci_level": "1e-320"},
        {"ci_level": "1e-20"}, {"t": "1e-51"}, {"p": "1e-310"}, {"n_t": "1e17"}, {"events_t": "1e200"}, {"sd_t": "1.7e308"},
    ],
)  # fmt: skip
def test_a_size_that_no_study_has_is_refused_with_its_place(tmp_path, cells):
    problem = next(p for p in refused(tmp_path / "r", **cells) if p.rule in ("size", "number"))
    assert (problem.row, problem.column) == (3, next(iter(cells)))
    assert "'B'" in problem.message
    assert "type it again" in problem.fix.lower() or problem.rule == "number"


def test_the_message_names_the_limit(tmp_path):
    (problem,) = refused(tmp_path / "r", se="1e200")
    assert problem.message == "'1e200' is larger than any number of a study (study 'B')."
    assert problem.fix == "Numbers go up to 1e50 here; type it again as it is printed."


@pytest.mark.parametrize(
    "cells", [{"p": "1e-120"}, {"se": "1e-49"}, {"se": "1e49"}, {"effect": "0"}, {"n": "9000000000"}]
)
def test_sizes_within_the_limits_are_read(tmp_path, cells):
    made(tmp_path / "r", claims=[claim("e", "estimate", "1.3")], rows=[STUDIES[0], STUDIES[1] | cells], measure="GEN")


def test_what_is_computed_within_the_limits_stays_finite():
    assert math.isfinite(LARGEST**4)
    assert SMALLEST**4 > 0


@pytest.mark.parametrize("printed", ["1e308", "-1e101", "1e-301", "<1e-305", "5e-324"])
def test_a_printed_number_of_no_paper_is_refused(tmp_path, printed):
    with pytest.raises(InputError) as caught:
        made(tmp_path / "r", claims=[claim("e", "estimate", "1"), claim("p", "p", printed)], measure="GEN")
    (problem,) = caught.value.problems
    assert (problem.row, problem.column) == (3, "printed")


@pytest.mark.parametrize("printed", ["1e-120", "<1e-299", "1e99", "0"])
def test_small_p_values_are_printed(tmp_path, printed):
    assert made(tmp_path / "r", claims=[claim("p", "value", printed)], measure="GEN").claims[0].printed == printed


def test_a_last_digit_that_is_zero_to_the_computer_is_no_printed_number():
    with pytest.raises(PrintedError, match="too small to be told from 0"):
        parse_printed("5e-324")


def test_no_edit_leads_beyond_the_limits():
    texts = {
        "study": "A",
        "effect": "3",
        "ci_low": "2",
        "ci_high": "19",
        "sd_t": "1e40",
        "n_t": "4",
        "sd_c": "1e-40",
        "n_c": "4",
    }
    row = Row(2, texts, {n: parse_printed(t) for n, t in texts.items() if n != "study"})
    found = [*spread_edits(row), *log_edits(row), *digit_edits(row, ("sd_t", "sd_c"))]
    assert found
    assert all(of_a_study(float(c.new), c.column) for edit in found for c in edit.changes)


@pytest.mark.parametrize("command", [("pool", "--measure", "GEN"), ("network", "--measure", "GEN")])
@pytest.mark.parametrize("size", ["1e200", "1e-200"])
def test_commands_refuse_such_a_table(tmp_path, command, size):
    path = tmp_path / "big.csv"
    path.write_text(f"study,treatment,treatment_c,effect,se\nA,x,y,1,{size}\nB,y,z,2,1\n", encoding="utf-8")
    found = CliRunner().invoke(app, [command[0], str(path), *command[1:]])
    assert found.exit_code == 2
    assert "row 2, column se" in found.stderr


def test_a_shipped_review_is_not_touched(reviews):
    assert read_review(reviews / "colditz-1994").rows
