"""Whatever a row reports: every measure gives finite numbers, or sets the row aside with a reason."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from metaudit.effects.compute import VARIANTS, compute_effects
from metaudit.effects.convert import convert, every_route
from metaudit.effects.generic import effect_routes
from metaudit.effects.zero_cells import zero_cells_from
from metaudit.formats.columns import EXTRACTION
from metaudit.formats.row_rules import check_row
from metaudit.formats.tables import Row, check_cell
from metaudit.measures import MEASURES

COLUMNS = {c.name: c for c in EXTRACTION if c.kind in ("count", "number") and not c.name.startswith("printed")}
VALUES = st.sampled_from(
    ["0", "1", "2", "3", "5", "12", "40", "0.5", "0.05", "-0.3", "-2", "1000", "<.05", "40%", "2.50"]
)
ROWS = st.dictionaries(st.sampled_from(sorted(COLUMNS)), VALUES, max_size=18)
KINDS = st.sampled_from(["", "d", "g", "r", "z", "or", "log-or"])


def row_of(line: int, cells: dict[str, str], kind: str) -> Row:
    """A row of the cells that its columns' rules allow; the reader refuses the others."""
    kept = {}
    for name, text in cells.items():
        probe = Row(line, {name: text})
        if check_cell(probe, COLUMNS[name], text, "", "table") is None:
            kept[name] = text
    row = Row(line, {"study": f"S{line}", **kept, **({"effect_type": kind} if kind else {}), "pm_is": "se"})
    for name, text in kept.items():
        assert check_cell(row, COLUMNS[name], text, "", "table") is None
    return row


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(ROWS, KINDS), min_size=1, max_size=4), st.data())
def test_finite_or_set_aside(rows: list[tuple[dict[str, str], str]], data: st.DataObject) -> None:
    made = [row_of(i, cells, kind) for i, (cells, kind) in enumerate(rows, start=2)]
    made = [r for r in made if not list(check_row(r, "table")) and not (r.value("icc") or 0) < 0]
    converted = [convert(r) for r in made]
    for code in MEASURES:
        variance = data.draw(st.sampled_from(["LS", *VARIANTS.get(code, ())]))
        rule = data.draw(st.sampled_from(["0.5@only-zero", "none", "0.5@all+drop", "1@if-any-zero"]))
        found = compute_effects(converted, code, variance=variance, zero_cells=zero_cells_from(rule))
        assert found.k + len(found.incomplete) == len(converted)
        assert np.isfinite(found.yi).all()
        assert np.isfinite(found.vi).all()
        assert (found.vi > 0).all()
        assert all(found.routes)
        assert all(why for _, why in found.incomplete)
    for study in converted:
        for _, routes, taken in [*every_route(study), *effect_routes(study, ("GEN", "GEN-LOG"))]:
            assert taken in routes
            assert all(math.isfinite(r.value) for r in routes)


def test_the_rows_of_this_test_reach_every_measure() -> None:
    """Otherwise it would prove nothing."""
    cells = dict.fromkeys(COLUMNS, "5") | {
        "events_t": "2", "events_c": "3", "events": "2", "n_t": "12", "n_c": "12", "n": "12", "n_pairs": "12", "r": "0.5",
        "r_pre_post": "0.5", "icc": "0.05", "ci_level": "0.5",
    }  # fmt: skip
    study = convert(row_of(2, cells, ""))
    for code in MEASURES:
        assert compute_effects([study], code).k == 1, code


@pytest.mark.parametrize("code", MEASURES)
def test_no_rows_give_no_effects(code: str) -> None:
    found = compute_effects([], code)
    assert (found.k, found.incomplete) == (0, ())
