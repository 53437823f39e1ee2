"""Every kind of edit: what it changes, how it reads, and which edits name one cause."""

import re
from dataclasses import replace

import pytest

from metaudit.edits import KINDS, Change, Edit, same_cause, single_edits
from metaudit.edits.edit import kinds
from metaudit.formats.review import Analysis

MADE = Analysis("made", "Made up", {"outcome": "pain"})
MEANS = {"mean_t": "24.3", "sd_t": "8.1", "n_t": "40", "mean_c": "28.0", "sd_c": "7.4", "n_c": "36"}
COUNTS = {"events_t": "12", "n_t": "60", "events_c": "21", "n_c": "58"}
READY = {"effect": "0.42", "se": "0.11", "n": "80"}


@pytest.fixture(scope="module")
def edits(made):
    """Edits of tables that between them allow every kind."""
    means = made.rows_from([{**MEANS, "x_scale": s, "timepoint": "week 4"} for s in ("NRS", "NRS", "VAS", "VAS")])
    later = made.rows_from(
        [{**MEANS, "study": "Study 1", "mean_t": "20.0", "timepoint": "week 8"}, {**MEANS, "study": "Late 2001"}],
        first=20,
    )
    counts = made.rows_from([COUNTS, {**COUNTS, "arm": "placebo"}, {**COUNTS, "arm": "placebo", "events_t": "9"}])
    found = single_edits(means, MADE, everything=[*means, *later])
    return [
        *found,
        *single_edits(counts, MADE),
        *single_edits(made.rows_from([READY, READY, {**READY, "effect": "0.51"}]), MADE),
    ]


def test_every_kind_is_made(edits):
    of_two_people = {k for k in KINDS if k.startswith("other-extractor")}  # tests/unit/audit/test_extractors.py
    assert {e.kind for e in edits} == set(KINDS) - of_two_people


def test_words_of_every_kind(edits):
    for kind in sorted({e.kind for e in edits}):
        edit = next(e for e in edits if e.kind == kind)
        words = edit.words()
        assert kinds()[kind].words in words
        if len(edit.lines) == 1:
            assert words.startswith(f"row {edit.lines[0]} ({edit.study}): ")
        for c in edit.changes[:4]:
            assert re.search(rf"{c.column} \S+ instead of ", words), words
        assert not re.search(r"fraud|manipul|fabricat|blame|fault", words)


def test_words_in_full(made):
    row = made.rows_from([{**MEANS, "sd_t": "2.31", "study": "Smith 2001"}], first=7)[0]
    edit = next(
        e for e in single_edits([row], MADE) if e.kind == "se-is-sd" and e.column == "sd_t" and len(e.changes) == 1
    )
    assert edit.words() == "row 7 (Smith 2001): a standard error taken for the SD (sd_t 0.36524 instead of 2.31)"


def test_plausible_edits_weigh_more_than_wrong_digits(edits):
    weights = {e.kind: e.plausibility for e in edits}
    assert weights["se-is-sd"] > weights["decimal-point"] > weights["digit"] > 0


def test_an_edit_changes_its_cells_and_nothing_else(made, edits):
    rows = made.rows_from([MEANS, MEANS])
    for edit in single_edits(rows, MADE):
        if edit.without or edit.twice or edit.with_rows:
            continue
        changed = {(c.line, c.column): c.new for c in edit.changes}
        for before, after in zip(rows, edit.apply(rows), strict=True):
            for column in set(before.cells) | set(after.cells):
                assert after.text(column) == changed.get((before.line, column), before.text(column))
        back = made.reversed_edit(edit).apply(edit.apply(rows))
        assert [r.cells for r in back] == [r.cells for r in rows], edit.words()
        assert [{n: p.value for n, p in r.numbers.items()} for r in back] == [
            {n: p.value for n, p in r.numbers.items()} for r in rows
        ]


def test_no_edit_twice(edits, made):
    rows = made.rows_from([MEANS, {**MEANS, "mean_t": "22.2"}])
    found = single_edits(rows, MADE)
    assert len({(e.kind, e.lines, e.changes, e.without, e.twice, e.about) for e in found}) == len(found)


def test_rows_left_out_doubled_and_exchanged(made):
    rows = made.rows_from([MEANS, {**MEANS, "mean_t": "22.2"}, {**MEANS, "mean_t": "21.1"}])
    other = made.rows_from([{**MEANS, "study": "Study 1", "outcome": "anxiety"}], first=9)
    found = single_edits(rows, MADE, everything=[*rows, *other])
    lines = {e.kind: [r.line for r in e.apply(rows)] for e in reversed(found) if e.lines == (2,)}
    assert lines["row-dropped"] == [3, 4]
    assert lines["row-doubled"] == [2, 3, 4, 2]
    assert lines["other-row"] == [3, 4, 9]


@pytest.mark.parametrize(
    ("cells", "kind", "new"),
    [
        ({"se_t": "0.9", "se_c": "0.8"}, "se-is-sd", {"sd_t": "0.9", "sd_c": "0.8"}),
        ({"var_t": "4", "var_c": "9"}, "variance-is-sd", {"sd_t": "4", "sd_c": "9"}),
        ({"ci_low_t": "20", "ci_high_t": "24"}, "half-width-is-sd", {"sd_t": "2"}),
        ({"q1_t": "20", "q3_t": "24"}, "iqr-is-sd", {"sd_t": "4"}),
        ({"pm_t": "4", "pm_c": "5", "pm_is": "sd"}, "sd-is-se", {"pm_is": "se"}),
        ({"pm_t": "4", "pm_c": "5", "pm_is": "se"}, "se-is-sd", {"pm_is": "sd"}),
    ],
)
def test_a_spread_reported_as_what_it_is(made, cells, kind, new):
    rows = made.rows_from([{"mean_t": "22", "n_t": "40", "mean_c": "25", "n_c": "41", **cells}])
    found = [{c.column: c.new for c in e.changes} for e in single_edits(rows, MADE) if e.kind == kind]
    assert new in found


def test_counts_stay_counts(made):
    rows = made.rows_from([COUNTS])
    for edit in single_edits(rows, MADE):
        for row in edit.apply(rows):
            for arm in ("_t", "_c"):
                assert 0 <= row.value(f"events{arm}") <= row.value(f"n{arm}"), edit.words()


def test_sizes_and_non_events(made):
    rows = made.rows_from([COUNTS])
    cells = [(e.kind, {c.column: c.new for c in e.changes}) for e in single_edits(rows, MADE)]
    assert ("non-events", {"events_t": "48", "events_c": "37"}) in cells
    assert ("wrong-n", {"n_t": "118", "n_c": "118"}) in cells
    assert ("percent-is-count", {"events_t": "20", "events_c": "36"}) in cells
    assert ("digits-exchanged", {"events_t": "21"}) in cells


def test_a_shared_control_is_divided_or_whole(made):
    rows = made.rows_from([{**COUNTS, "arm": "placebo"}, {**COUNTS, "arm": "placebo"}, COUNTS])
    found = {
        e.kind: {(c.line, c.column): c.new for c in e.changes}
        for e in single_edits(rows, MADE)
        if e.kind.startswith("control")
    }
    assert found["control-split"] == {
        (2, "n_c"): "29",
        (2, "events_c"): "10.5",
        (3, "n_c"): "29",
        (3, "events_c"): "10.5",
    }
    assert found["control-whole"][2, "n_c"] == "116"


def test_one_scale_turned(made):
    rows = made.rows_from([{**MEANS, "x_scale": s} for s in ("NRS", "NRS", "VAS", "VAS")])
    turned = [e for e in single_edits(rows, MADE) if e.kind == "sign-flipped-all"]
    assert {(e.lines, e.about) for e in turned} == {
        ((2, 3, 4, 5), ""),
        ((2, 3), "scale = NRS"),
        ((4, 5), "scale = VAS"),
    }


def test_same_cause():
    def of(kind, column="sd_t", line=2, new="1"):
        return Edit(kind, "A", (line,), (Change(line, column, "2", new),))

    assert same_cause(of("sd-is-se"), of("se-is-sd", new="5"))
    assert same_cause(of("digit"), of("digits-exchanged", new="7"))
    assert same_cause(of("arms-swapped", "mean_t"), of("sign-flipped", "effect"))
    assert not same_cause(of("digit"), of("digit", line=3))
    assert not same_cause(of("digit"), of("digit", "sd_c"))
    assert not same_cause(of("digit"), of("sd-is-se"))
    assert not same_cause(
        replace(of("digit"), changes=(), kind="row-dropped"), replace(of("digit"), changes=(), kind="row-doubled")
    )


def test_every_weight_names_its_source():
    assert all(k.weight > 0 and k.source for k in kinds().values())


def test_every_count_behind_a_percentage(made):
    rows = made.rows_from([{"events_t": "20", "n_t": "150", "events_c": "30", "n_c": "150"}])
    found = [{c.column: c.new for c in e.changes} for e in single_edits(rows, MADE) if e.kind == "percent-is-count"]
    wanted = [{"events_t": str(x)} for x in range(151) if round(100 * x / 150) == 20]
    assert wanted
    assert all(w in found for w in wanted)


def test_a_long_typed_number_is_shown_in_full(made):
    rows = made.rows_from([{"effect": "-0.889311", "se": "0.570600"}])
    words = [e.words() for e in single_edits(rows, MADE)]
    assert "row 2 (Study 1): one digit changed (effect -0.889312 instead of -0.889311)" in words
    assert len(set(words)) == len(words)
