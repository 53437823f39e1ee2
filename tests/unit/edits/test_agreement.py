"""What the arrays give for an edited table is what the edited table gives, evaluated by itself."""

from pathlib import Path

import numpy as np
import pytest
from scipy.special import ndtri

from metaudit.analyses import analysis_rows, any_zero_cell, possible_measures
from metaudit.edits.arrays import results_of
from metaudit.edits.kinds import single_edits
from metaudit.edits.sets import depends_on_one_study, tables_of
from metaudit.effects.convert import convert
from metaudit.errors import DataError
from metaudit.evaluate import evaluate
from metaudit.formats.review import Analysis, read_review
from metaudit.search.batch import numbers_of
from metaudit.search.fits import can_be_batched
from metaudit.search.match import target_values
from metaudit.search.plan import PART_OF
from metaudit.search.targets import Target
from metaudit.specs import completions, parse_spec

REVIEWS = Path(__file__).parents[3] / "data" / "reviews"
SHIPPED = [
    "colditz-1994",
    "normand-1999-stroke",
    "lipsey-2001",
    "rothman-2008-tolbutamide",
    "stijnen-2010-rates",
    "hackshaw-1997",
]
MADE = Analysis("made", "Made up", {})
COUNTS = [
    "RR | 0.5@if-any-zero | random DL | wald | I2:Q | PI:t-k-2 | 95%",
    "OR | 0.5@if-any-zero+drop | random DL | hksj | I2:Q | PI:t-k-2 | 95%",
    "OR | 0.5@only-zero | peto | wald | I2:Q | 95%",
    "RR | 0.5@only-zero | mantel-haenszel (corrected) | wald | I2:Q | 95%",
    "RD | 0.5@only-zero | random DL (MH-Q) | wald | I2:Q | PI:t-k-2 | 95%",
    "RR | 0.5@only-zero+drop | common | wald | I2:Q | 95%",
]


def some(items, most, seed):
    rng = np.random.default_rng(seed)
    return [items[i] for i in sorted(rng.choice(len(items), size=min(most, len(items)), replace=False))]


def one_of_each(edits, seed):
    """A few edits of every kind."""
    return [e for kind in sorted({e.kind for e in edits}) for e in some([e for e in edits if e.kind == kind], 4, seed)]


def compared(rows, specs, edits, analysis=MADE):
    converted = [convert(r) for r in rows]
    asked = [Target("w", "weight", r.text("study"), window=None) for r in rows]
    asked += [Target(quantity, quantity, "", window=None) for quantity in PART_OF]
    tables = tables_of(converted, [(e,) for e in edits])
    results = results_of(specs, tables, analysis, rows=len(rows), targets=asked)
    agreed = 0
    for i, spec in enumerate(specs):
        for j, edit in enumerate(edits):
            agreed += agrees(results, i * len(edits) + j, spec, edit, rows=rows, analysis=analysis)
    return agreed


def agrees(results, at, spec, edit, *, rows, analysis):
    where = (str(spec), edit.words())
    try:
        e = evaluate(spec, [convert(r) for r in edit.apply(rows)], analysis)
    except (DataError, ZeroDivisionError):
        assert np.isnan(results.values["estimate"][at]), where
        return 0
    if not np.isfinite(e.fit.se):
        return 0
    for name, value in numbers_of(e):
        assert results.values[name][at] == pytest.approx(value, rel=1e-8, abs=1e-9, nan_ok=True), (*where, name)
    for place, label in enumerate(results.labels):
        held = [i for i, s in enumerate(e.effects.studies) if s.label == label]
        if len(held) == 1 and results.labels.count(label) == 1:
            assert results.yi[at, place] == pytest.approx(e.effects.yi[held[0]], rel=1e-12, abs=1e-15), where
            assert results.weights[at, place] == pytest.approx(e.fit.weights[held[0]], rel=1e-8), where
    for level, (_, fit) in e.subgroups.items():
        assert results.groups[level].values["estimate"][at] == pytest.approx(fit.estimate, rel=1e-8, abs=1e-10), where
    return 1


@pytest.mark.parametrize("name", SHIPPED)
def test_shipped_reviews(name):
    review = read_review(REVIEWS / name)
    agreed = 0
    for analysis in list(review.analyses.values())[:2]:
        rows = analysis_rows(analysis, [convert(r) for r in review.rows])
        if not rows or analysis.moderators:
            continue
        measures = possible_measures(analysis, rows)
        specs = [
            s
            for s in completions(measures, {}, any_zero=any_zero_cell(rows))
            if can_be_batched(s) and depends_on_one_study(s)
        ]
        plain = [r.row for r in rows]
        edits = one_of_each(single_edits(plain, analysis, everything=review.rows, measure=measures[0]), 7)
        agreed += compared(plain, some(specs, 4, 5), edits, analysis)
    assert agreed > 40


@pytest.mark.parametrize("seed", [1, 2])
def test_random_tables(made, seed):
    for spec, rows in made.drawn(seed):
        edits = one_of_each(single_edits(rows, MADE, measure=spec.measure), seed)
        assert compared(rows, [spec], edits) > 15


@pytest.mark.parametrize("text", COUNTS)
def test_counts_with_empty_cells(made, text):
    for seed in range(3):
        rows = made.rows_from(made.draw_counts(np.random.default_rng(seed), 6, rate=0.03 if seed else 0.3))
        assert compared(rows, [parse_spec(text)], one_of_each(single_edits(rows, MADE), seed)) > 10


def test_another_row_of_the_study_is_compared_with_what_is_printed_of_the_study(made):
    spec = parse_spec("MD | random DL | wald | I2:Q | PI:t-k-2 | 95%")
    rows = made.rows_from(made.draw_means(np.random.default_rng(4), 5))
    later = made.rows_from(
        [{**made.draw_means(np.random.default_rng(5), 1)[0], "study": "Study 2", "timepoint": "later"}], first=20
    )
    edits = [e for e in single_edits(rows, MADE, everything=[*rows, *later]) if e.kind == "other-row"]
    assert [(e.study, e.lines) for e in edits] == [("Study 2", (3,))]
    assert compared(rows, [spec], edits) == 1


def test_a_double_arcsine_of_a_study_goes_back_at_the_size_of_the_edited_table(made):
    spec = parse_spec("PFT | none | random DL | wald | I2:Q | PI:t-k-2 | 95%")
    rows = made.rows_from([{"events": x, "n": n} for x, n in ((16, 17), (10, 12), (4, 8), (25, 42))])
    edits = one_of_each(single_edits(rows, MADE, measure="PFT"), 3)
    asked = Target("e", "study_ci_low", "Study 1", window=None)
    tables = tables_of([convert(r) for r in rows], [(e,) for e in edits])
    found = target_values(asked, results_of([spec], tables, MADE, rows=len(rows), targets=[asked]))
    compared_with = 0
    for j, edit in enumerate(edits):
        try:
            e = evaluate(spec, [convert(r) for r in edit.apply(rows)], MADE)
        except DataError:
            continue
        held = [i for i, s in enumerate(e.effects.studies) if s.label == "Study 1"]
        if len(held) == 1:
            y = e.effects.yi[held[0]] - ndtri(0.975) * np.sqrt(e.effects.vi[held[0]])
            assert found[j] == pytest.approx(e.natural_of_study(y, held[0]), rel=1e-12), edit.words()
            compared_with += 1
    assert compared_with > 5
