"""Several time points of one cohort pooled as if they were several studies: named, counted, and what one row a study gives."""

import numpy as np
import pytest

from making import audited, claim, made
from metaudit.analyses import analysis_rows
from metaudit.effects.convert import convert
from metaudit.files import read_rows
from metaudit.formats.review import read_review
from metaudit.rowchecks.repeated import repeated_people
from metaudit.stages.row_checks import write_row_checks

METHOD = {"model": "common", "ci": "wald"}
EFFECTS = {"A": (0.10, 0.20), "B": (0.40, 0.25), "C": (0.30, 0.30)}
ROWS = [{"study": s, "timepoint": "week 1", "effect": e, "se": se, "n": 40} for s, (e, se) in EFFECTS.items()]
LATER = {"study": "A", "timepoint": "week 12", "effect": 0.90, "se": 0.22, "n": 36}


def by_hand(*pairs):
    """Inverse-variance mean of (effect, SE), worked out here."""
    y, w = np.array([p[0] for p in pairs]), 1 / np.array([p[1] for p in pairs]) ** 2
    mean, half = float((w * y).sum() / w.sum()), 1.959963984540054 / float(np.sqrt(w.sum()))
    return mean, mean - half, mean + half


def judged(folder, rows, *claims, **main):
    return audited(folder, claims=list(claims), rows=rows, measure="GEN", method=METHOD, **main)


def words(values):
    return "{:.3g} ({:.3g} to {:.3g})".format(*values)


def test_the_rows_the_people_and_what_one_row_a_study_gives(tmp_path):
    all_rows = by_hand((0.10, 0.20), (0.40, 0.25), (0.30, 0.30), (0.90, 0.22))
    message = judged(tmp_path / "r", [*ROWS, LATER], claim("est", "estimate", f"{all_rows[0]:.3f}"))["est"].message
    assert (
        "Rows 2 and 5 of A (week 1, week 12) have nothing that tells their people apart: 36 people or more are counted twice."
        in message
    )
    assert "(3 instead of 4 rows)" in message
    assert f"the first row {words(by_hand((0.10, 0.20), (0.40, 0.25), (0.30, 0.30)))}" in message
    assert f"the last row {words(by_hand((0.40, 0.25), (0.30, 0.30), (0.90, 0.22)))}" in message
    assert f"wholly correlated, {words(by_hand((0.50, 0.21), (0.40, 0.25), (0.30, 0.30)))}" in message


def test_it_is_a_note_and_no_verdict(tmp_path):
    right = f"{by_hand((0.10, 0.20), (0.40, 0.25), (0.30, 0.30), (0.90, 0.22))[0]:.3f}"
    assert judged(tmp_path / "r", [*ROWS, LATER], claim("est", "estimate", right))["est"].verdict == "EXACT"


@pytest.mark.parametrize(("kept", "said"), [(ROWS, "the first row"), ([*ROWS[1:], LATER], "the last row")])
def test_a_number_that_comes_out_only_with_one_row_a_study(tmp_path, kept, said):
    low = by_hand(*((r["effect"], r["se"]) for r in kept))[1]
    found = judged(tmp_path / "r", [*ROWS, LATER], claim("low", "ci_low", f"{low:.3f}"), claim("k", "k", "3"))
    assert f"It comes out with only {said} of every study" in found["low"].message
    assert found["low"].verdict not in ("EXACT", "WITHIN_ROUNDING")
    assert "It comes out with only" in found["k"].message


@pytest.mark.parametrize(
    "apart",
    [
        [{"comparison": "high dose"}, {"comparison": "low dose"}],
        [{"arm": "one"}, {"arm": "two"}],
        [{"study": "A1"}, {"study": "A2"}],
    ],
)
def test_rows_that_are_told_apart_are_not_named(tmp_path, apart):
    """Other comparisons, other controls, other studies: no note, whatever the times say."""
    rows = [{**ROWS[0], **apart[0]}, *ROWS[1:], {**LATER, **apart[1]}]
    message = judged(tmp_path / "r", rows, claim("est", "estimate", "0.402"))["est"].message
    assert "tells their people apart" not in message


def test_another_time_that_the_analysis_leaves_out_is_no_repetition(tmp_path):
    message = judged(
        tmp_path / "r",
        [*ROWS, LATER],
        claim("est", "estimate", "0.24"),
        select={"outcome": "pain", "timepoint": "week 1"},
    )["est"].message
    assert "tells their people apart" not in message


def test_other_outcomes_of_the_same_people(tmp_path):
    rows = [*ROWS, {**ROWS[1], "outcome": "function"}]
    message = judged(tmp_path / "r", rows, claim("est", "estimate", "0.24"), select={"outcome": ["pain", "function"]})[
        "est"
    ].message
    assert "of B (pain, function)" in message
    assert "40 people or more" in message


def test_people_who_are_not_reported_are_not_counted(tmp_path):
    rows = [{k: v for k, v in r.items() if k != "n"} for r in (*ROWS, LATER)]
    message = judged(tmp_path / "r", rows, claim("est", "estimate", "0.24"))["est"].message
    assert "tells their people apart." in message
    assert "nan" not in message


def test_counts_of_two_groups(tmp_path):
    rows = [
        {"study": s, "timepoint": t, "events_t": a, "n_t": 30, "events_c": b, "n_c": 31}
        for s, t, a, b in [("A", "1 h", 10, 5), ("A", "2 h", 12, 6), ("A", "3 h", 9, 6), ("B", "1 h", 8, 4)]
    ]
    found = audited(
        tmp_path / "r",
        claims=[claim("est", "estimate", "1.9")],
        rows=rows,
        measure="RR",
        method={"model": "random", "tau2": "DL", "ci": "wald"},
    )
    assert "Rows 2, 3 and 4 of A (1 h, 2 h, 3 h)" in found["est"].message
    assert "61 people or more are counted up to 3 times" in found["est"].message


def test_no_shipped_analysis_is_named(reviews):
    """98 analyses on 29 November 2026: a note that appears here is a false alarm, or news."""
    found = []
    for folder in sorted(p.parent for p in reviews.glob("*/extraction.csv")):
        review = read_review(folder)
        rows = [convert(r) for r in review.rows]
        found += [
            (review.id, a.id)
            for a in review.analyses.values()
            if a.poolable and "multilevel" not in a.syntheses and repeated_people(analysis_rows(a, rows))
        ]
    assert found == []


def test_the_row_check_is_written_for_analyses_without_claims(tmp_path):
    review = made(tmp_path / "r", claims=[], rows=[*ROWS, LATER], measure="GEN", method=METHOD)
    write_row_checks(review, tmp_path)
    (row,) = read_rows(tmp_path / "row_checks.csv")
    assert (row["row"], row["study"], row["check"]) == ("2", "A", "the same people twice")
