"""Which rows of a table an analysis may be said to leave out."""

from dataclasses import replace

import pytest

from making_corpus import audited, tables
from metaudit.edits import single_edits, whole_table
from metaudit.edits.search import smallest_edits
from metaudit.edits.whole_table import WholeTable
from metaudit.effects.convert import convert
from metaudit.formats.review import Analysis
from metaudit.specs import parse_spec

COUNTS = {"events_t": "12", "n_t": "60", "events_c": "21", "n_c": "58"}


def added(made, cells, select, *, own, exclude=None):
    """The rows that edits take in; the first ``own`` rows are those that the analysis pools."""
    rows = [*made.rows_from([{**COUNTS, **{"outcome": ""}, **c} for c in cells])]
    for row in rows:  # an empty cell is absent
        if not row.text("outcome"):
            del row.cells["outcome"]
    found = single_edits(rows[:own], Analysis("a", "A", select, exclude or {}), everything=rows)
    return [e.lines[0] for e in found if e.kind == "row-added"]


@pytest.mark.parametrize(
    ("cells", "select", "lines"),
    [
        # A corpus's table without outcomes: each analysis is about an outcome of its own.
        ([{"analysis": "death"}, {"analysis": "nausea"}, {"analysis": "nausea"}], {"analysis": "death"}, []),
        # Where outcomes are written, rows of the same one may have been left out, of an empty one or another not.
        (
            [{"analysis": a, "outcome": o} for a, o in (("a", "pain"), ("b", "pain"), ("b", "sleep"), ("b", ""))],
            {"analysis": "a"},
            [3],
        ),
        ([{"outcome": ""}, {"outcome": ""}, {"outcome": "pain"}], {"timepoint": "week 4"}, []),
        # A folder without outcomes is about one: a row of another time point may have been taken.
        ([{"timepoint": "week 4"}, {"timepoint": "week 8"}, {"timepoint": "week 8"}], {"timepoint": "week 4"}, [3, 4]),
        # What an analysis selects and its authors left out is a candidate whatever is written; by text, list or number.
        ([{"dose": "5.0"}, {"dose": "5", "outcome": "x"}, {"dose": "7", "outcome": "y"}], {"dose": 5}, [3]),
        ([{"arm": "a"}, {"arm": "b", "outcome": "x"}, {"arm": "c", "outcome": "y"}], {"arm": ["a", "b"]}, [3]),
        ([{"arm": "a"}, {"arm": "a", "outcome": "x"}, {"arm": "b", "outcome": "y"}], {"arm": "a"}, [3]),
        ([{"x_arm": "a"}, {"x_arm": "a", "outcome": "x"}, {"outcome": "y"}], {"arm": "a"}, [3]),
        ([{"x_arm": "a"}, {"x_arm": "a", "timepoint": "8"}, {"outcome": "y"}], {"arm": "a", "timepoint": ""}, []),
        ([{"outcome": "x"}, {"outcome": "y"}], {}, [3]),
    ],
)  # fmt: skip
def test_rows_that_an_analysis_leaves_out(made, cells, select, lines):
    assert added(made, cells, select, own=1) == lines


def test_another_row_of_the_same_study_stays_a_candidate(made):
    rows = made.rows_from([{**COUNTS, "analysis": a, "study": "Adams 1999"} for a in ("death", "nausea")])
    for row in rows:
        del row.cells["outcome"]
    found = single_edits(rows[:1], Analysis("death", "Death", {"analysis": "death"}), everything=rows)
    assert [(e.kind, e.about) for e in found if e.with_rows] == [("other-row", "row 3")]


def test_a_row_of_another_analysis_of_a_corpus_explains_nothing(tmp_path):
    """With row 5 pooled too, RR 1.227 (0.912 to 1.652) comes out; but it is about nausea."""
    counts = [(10, 50, 20, 50), (3, 60, 5, 60), (30, 160, 25, 160), (45, 200, 20, 203), (35, 150, 22, 153)]
    rows = [
        {"review": "smith-2001", "analysis": "death" if i < 3 else "nausea", "study": f"Study {i}",
         "events_t": a, "n_t": n, "events_c": c, "n_c": m}
        for i, (a, n, c, m) in enumerate(counts)
    ]  # fmt: skip
    printed = {"estimate": "1.227", "ci_low": "0.912", "ci_high": "1.652"}
    claims = [
        {"review": "smith-2001", "claim": q, "analysis": "death", "quantity": q, "printed": p}
        for q, p in printed.items()
    ]
    analyses = [
        {"review": "smith-2001", "analysis": a, "measure": "RR", "method": "model=common"} for a in ("death", "nausea")
    ]
    found = audited(tables(tmp_path / "x", rows, claims=claims, analyses=analyses), tmp_path / "out")["audit"]
    assert len(found) == 3
    assert not [r for r in found if "row 5" in r["message"] + r["causes"] + r["edits"]]


def test_a_row_that_many_analyses_leave_out_is_converted_once(made, monkeypatch):
    """Six analyses of one outcome, each missed by what is printed: every row could have been pooled in the five others."""
    rows = made.rows_from(
        [{**COUNTS, "events_t": str(5 + i), "analysis": f"a{i // 3}", "study": f"S{i % 7}"} for i in range(18)]
    )
    whole = WholeTable(rows)
    asked = []
    monkeypatch.setattr(whole_table, "convert", lambda row: asked.append(row.line) or convert(row))
    spec = parse_spec("RR | 0.5@only-zero | random DL | wald | I2:Q | PI:t-k-2 | 95%")
    printed = (made.target("estimate", "estimate", 9.87),)
    for i in range(6):
        analysis = Analysis(f"a{i}", "A", {"analysis": f"a{i}"})
        own = rows[3 * i : 3 * i + 3]
        problem = made.problem_of(own, printed, [spec], everything=rows, analysis=analysis)
        assert smallest_edits(replace(problem, everything=whole), pairs=False).tried > 15
    assert sorted(asked) == [r.line for r in rows]
