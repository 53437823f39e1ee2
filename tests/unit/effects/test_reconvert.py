"""A row with other cells is converted as if it had been typed so."""

from dataclasses import replace

import pytest

from metaudit.edits.edit import edited_row
from metaudit.edits.kinds import single_edits
from metaudit.effects.convert import convert, reconvert
from metaudit.formats.review import Analysis
from metaudit.formats.tables import Row
from metaudit.printed import parse_printed

ANALYSIS = Analysis("a", "Made up", {})
COUNTS = {"study": "A", "events_t": "4", "n_t": "20", "events_c": "1", "n_c": "20"}
PERCENT = {"study": "B", "events_t": "20%", "n_t": "20", "events_c": "5%", "n_c": "20"}
MEANS = {"study": "C", "mean_t": "3.1", "sd_t": "1.20", "n_t": "20", "mean_c": "2.5", "sd_c": "0.9", "n_c": "21"}
SPREADS = {
    "study": "D",
    "mean_t": "3.1",
    "se_t": "0.27",
    "n_t": "20",
    "median_c": "2.5",
    "q1_c": "1.9",
    "q3_c": "3.3",
    "n_c": "21",
}
PAIRS = {
    "study": "E",
    "mean_t": "3.1",
    "sd_t": "1.2",
    "n_pairs": "20",
    "mean_c": "2.5",
    "sd_c": "0.9",
    "t": "2.2",
    "r_pre_post": "0.5",
}
READY = {"study": "F", "effect": "1.31", "ci_low": "0.99", "ci_high": "1.73", "p": "<.06"}


def typed(cells):
    numbers = {k: parse_printed(v) for k, v in cells.items() if k != "study"}
    return Row(5, dict(cells), numbers)


@pytest.mark.parametrize("cells", [COUNTS, PERCENT, MEANS, SPREADS, PAIRS, READY])
def test_every_single_edit_of_a_row(cells):
    row, other = typed(cells), replace(typed({**MEANS, "study": "other"}), line=6)
    study = convert(row)
    tried = 0
    for edit in single_edits([row, other], ANALYSIS):
        changes = tuple(c for c in edit.changes if c.line == 5)
        if changes:
            new = edited_row(row, changes)
            found, right = reconvert(study, new, [c.column for c in changes]), convert(new)
            assert found == right, edit.words()
            assert found.given == right.given, edit.words()
            tried += 1
    assert tried > 20


def test_a_cell_that_is_emptied_or_made_a_percentage():
    study = convert(typed(COUNTS))
    for cells in (
        {k: v for k, v in COUNTS.items() if k != "events_t"},
        {**COUNTS, "events_t": "20%"},
        {**COUNTS, "sd_t": "2"},
    ):
        row = typed(cells)
        changed = [c for c in {*cells, *COUNTS} if cells.get(c) != COUNTS.get(c)]
        assert reconvert(study, row, changed) == convert(row)
