"""An edit is made, and found again from what is printed of the table without it."""

from dataclasses import replace

import numpy as np
import pytest

from metaudit.edits import same_cause, single_edits
from metaudit.edits.edit import Edit
from metaudit.edits.search import _explained, smallest_edits
from metaudit.effects.convert import convert
from metaudit.errors import DataError
from metaudit.evaluate import evaluate
from metaudit.formats.review import Analysis
from metaudit.measures import measure_of
from metaudit.search.targets import inside
from metaudit.specs import parse_spec

MADE = Analysis("made", "Made up", {})
MD = parse_spec("MD | random DL | wald | I2:Q | PI:t-k-2 | 95%")
OF_CELLS = (
    "arms-swapped", "sign-flipped", "sd-is-se", "se-is-sd", "sd-is-se-all", "se-is-sd-all", "variance-is-sd", "half-width-is-sd",
    "se-is-variance", "percent-is-fraction", "non-events", "wrong-n", "digit", "digits-exchanged", "decimal-point", "arms-swapped-all",
)  # fmt: skip


def broken(kind, rows, rng, made, measure):
    """A table with one mistake, and what undoes it."""
    if kind == "row-dropped":
        row = rows[int(rng.integers(len(rows)))]
        return [r for r in rows if r is not row], [Edit("row-added", row.text("study"), (row.line,), with_rows=(row,))]
    if kind == "row-doubled":
        row = rows[int(rng.integers(len(rows)))]
        again = replace(row, line=99, cells={**row.cells, "study": "Again"})
        return [*rows, again], [Edit("row-dropped", "", (n,), without=frozenset({n})) for n in (row.line, 99)]
    made_of = [e for e in single_edits(rows, MADE, measure=measure) if e.kind == kind]
    if not made_of:
        return None
    for i in rng.permutation(len(made_of))[:25]:
        truth = made.reversed_edit(made_of[int(i)])
        wrong = made_of[int(i)].apply(rows)
        if any(undoes(e, truth) for e in single_edits(wrong, MADE, measure=measure)):
            return wrong, [truth]
    return None  # what was lost cannot be had back from the table: an arm's size overwritten by the other's


def undoes(edit, truth):
    """Whether an edit puts back what was there, to the digits of a computed cell."""
    if (edit.lines, edit.kind in OF_CELLS) != (truth.lines, True) or len(edit.changes) != len(truth.changes):
        return False
    return all(
        a.column == b.column and float(a.new) == pytest.approx(float(b.new), rel=1e-6)
        for a, b in zip(edit.changes, truth.changes, strict=True)
    )


def gives(targets, spec, rows):
    """Whether a table gives everything printed, by ``evaluate``."""
    e = evaluate(spec, [convert(r) for r in rows], MADE)
    back = measure_of(spec.measure).to_natural
    for t in targets:
        if t.subject:
            continue
        x = e.fit.i2_q if t.quantity == "i2" and spec.i2 == "Q" and spec.has_tau2 else getattr(e.fit, t.quantity)
        if not inside(back(x) if t.quantity in ("estimate", "ci_low", "ci_high") else x, t.window):
            return False
    return True


def rank_of(found, truth):
    for place, restored in enumerate(found, start=1):
        if len(restored.edits) == 1 and any(same_cause(restored.edits[0], t) for t in truth):
            return place
    return 0


@pytest.mark.parametrize("kind", ["row-dropped", "row-doubled", *OF_CELLS])
def test_each_kind_is_found_again(made, kind):
    tried = found = 0
    for seed in range(3):
        for spec, rows in made.drawn(seed, k=6):
            targets = made.printed_of(spec, rows, digits=3)
            case = broken(kind, rows, np.random.default_rng(seed), made, spec.measure)
            try:
                if case is None or gives(targets, spec, case[0]):
                    continue
            except (DataError, AttributeError):
                continue
            result = smallest_edits(made.problem_of(case[0], targets, [spec], everything=[*rows, *case[0]]), most=3)
            tried += 1
            assert result.whole, (kind, str(spec))
            assert all(gives(targets, spec, _applied(r, case[0])) for r in result.found), (kind, str(spec))
            found += 0 < rank_of(result.found, case[1]) <= 3
    assert tried >= 3
    assert found >= 0.8 * tried, (kind, found, tried)


def _applied(restored, rows):
    for edit in restored.edits:
        rows = edit.apply(rows)
    return rows


def test_printed_rows_name_the_study(made):
    for spec, rows in made.drawn(8, k=10):
        targets = made.printed_of(spec, rows, ("estimate", "ci_low", "ci_high"), studies=True)
        edit, *_ = (
            e
            for e in single_edits(rows, MADE, measure=spec.measure)
            if e.kind == "digit" and e.lines == (5,) and e.column in ("mean_t", "events_t", "effect")
        )
        result = smallest_edits(made.problem_of(edit.apply(rows), targets, [spec]), most=5)
        assert result.whole, str(spec)
        assert {r.edits[0].lines for r in result.found} == {(5,)}
        assert result.alike < 20


def test_pairs_where_no_single_edit_does(made):
    rows = made.rows_from(made.draw_means(np.random.default_rng(3), 6))
    targets = made.printed_of(MD, rows, ("estimate", "ci_low", "ci_high", "q", "tau2"), digits=4)
    swaps = {e.lines[0]: e for e in single_edits(rows, MADE) if e.kind == "arms-swapped"}
    wrong = swaps[4].apply(swaps[2].apply(rows))
    result = smallest_edits(made.problem_of(wrong, targets, [MD]))
    assert result.whole
    assert result.pairs
    assert any({e.lines for e in r.edits} == {(2,), (4,)} for r in result.found)
    assert all(gives(targets, MD, _applied(r, wrong)) for r in result.found)
    alone = smallest_edits(made.problem_of(wrong, targets, [MD]), pairs=False)
    assert not alone.whole
    assert not alone.pairs
    assert alone.tried < result.tried


def test_an_estimate_alone_is_weak_evidence_and_the_count_says_so(made):
    rows = made.rows_from(made.draw_means(np.random.default_rng(1), 8))
    wrong = next(e for e in single_edits(rows, MADE) if e.kind == "arms-swapped").apply(rows)
    alone = smallest_edits(made.problem_of(wrong, made.printed_of(MD, rows, ("estimate",), digits=1), [MD]))
    bundle = smallest_edits(made.problem_of(wrong, made.printed_of(MD, rows, digits=3), [MD]))
    assert alone.whole
    assert alone.alike > 10
    assert bundle.alike < 5
    assert f"{alone.alike - 1} others do as well" in alone.words()
    assert f"{alone.tried:,} edits of the table were tried under 1 method" in alone.words()


def test_the_count_of_edits_that_do_as_well_is_right(made):
    rows = made.rows_from(made.draw_counts(np.random.default_rng(2), 5))
    spec = parse_spec("RR | 0.5@only-zero | random DL | wald | I2:Q | PI:t-k-2 | 95%")
    targets = made.printed_of(spec, rows, ("estimate",), digits=2)
    wrong = next(e for e in single_edits(rows, MADE) if e.kind == "arms-swapped" and e.lines == (3,)).apply(rows)
    edits = single_edits(wrong, MADE)
    by_hand = 0
    for edit in edits:
        try:
            by_hand += gives(targets, spec, edit.apply(wrong))
        except DataError:
            continue
    result = smallest_edits(made.problem_of(wrong, targets, [spec]))
    assert (result.alike, result.tried) == (by_hand, len(edits))


def test_nothing_found_says_what_was_tried(made):
    rows = made.rows_from(made.draw_means(np.random.default_rng(1), 4))
    absurd = [made.target("estimate", "estimate", 1e6), made.target("q", "q", -5.0)]
    result = smallest_edits(made.problem_of(rows, absurd, [MD]))
    assert not result.whole
    assert result.alike == 0
    assert result.found == ()
    assert result.tried > 1000
    assert "pairs among them" in result.words()
    assert "none gives more" in result.words()


def test_a_near_miss_is_shown_as_one(made):
    rows = made.rows_from(made.draw_means(np.random.default_rng(1), 6))
    targets = [*made.printed_of(MD, rows, digits=3), made.target("absurd", "tau2", -3.0)]
    wrong = next(e for e in single_edits(rows, MADE) if e.kind == "arms-swapped").apply(rows)
    result = smallest_edits(made.problem_of(wrong, targets, [MD]))
    assert not result.whole
    assert result.found[0].explained == 5
    assert result.found[0].of == 6
    assert result.found[0].edits[0].kind in ("arms-swapped", "sign-flipped")
    assert "5 of 6 come out" in result.words()


def test_a_table_that_gives_everything_needs_no_edit(made):
    rows = made.rows_from(made.draw_means(np.random.default_rng(1), 4))
    result = smallest_edits(made.problem_of(rows, made.printed_of(MD, rows), [MD]))
    assert (result.found, result.tried) == ((), 0)
    assert "gives everything printed as it stands" in result.words()


def test_methods_that_arrays_cannot_do_are_named(made):
    rows = made.rows_from(made.draw_means(np.random.default_rng(1), 4))
    other = parse_spec("MD | random ML | profile | I2:tau2 | PI:t-k-2 | 95%")
    result = smallest_edits(made.problem_of(rows, made.printed_of(MD, rows), [other]))
    assert result.left_out == (other,)
    assert result.tried == 0


def test_the_first_method_counts_most(made):
    rows = made.rows_from(made.draw_means(np.random.default_rng(5), 6))
    targets = made.printed_of(MD, rows, digits=3)
    wrong = next(e for e in single_edits(rows, MADE) if e.kind == "sd-is-se" and len(e.changes) == 2).apply(rows)
    common = parse_spec("MD | common | wald | I2:Q | 95%")
    first = smallest_edits(made.problem_of(wrong, targets, [MD, common])).found[0]
    second = smallest_edits(made.problem_of(wrong, targets, [common, MD])).found[0]
    assert first.spec.tau2 == second.spec.tau2 == "DL"
    assert second.plausibility == pytest.approx(first.plausibility / 2)


def test_a_subgroup_and_its_levels(made):
    studies = [
        {**s, "x_dose": d} for s, d in zip(made.draw_means(np.random.default_rng(6), 8), "aaabbbbb", strict=True)
    ]
    rows = made.rows_from(studies)
    targets = made.printed_of(MD, [r for r in rows if r.text("x_dose") == "b"], digits=3)
    result = smallest_edits(made.problem_of(rows, targets, [MD]))
    assert result.found[0].words() == "only a subgroup pooled (dose = b)"
    levels = Analysis("made", "Made up", {}, subgroups="dose")
    of_levels = [replace(t, subject="b") for t in targets]
    wrong = next(e for e in single_edits(rows, MADE) if e.kind == "arms-swapped" and e.lines == (7,)).apply(rows)
    again = smallest_edits(made.problem_of(wrong, of_levels, [MD], analysis=levels))
    assert again.whole
    assert again.found[0].edits[0].lines == (7,)


def test_the_same_search_twice(made):
    rows = made.rows_from(made.draw_counts(np.random.default_rng(2), 5))
    spec = parse_spec("OR | 0.5@only-zero | random DL | wald | I2:Q | PI:t-k-2 | 95%")
    problem = made.problem_of(rows[1:], made.printed_of(spec, rows), [spec], everything=rows)
    assert smallest_edits(problem) == smallest_edits(problem)


TAU2_SPECS = [
    "{m} | random REML | wald | I2:tau2 | PI:t-k-2 | 95%", "{m} | random DL | wald | I2:tau2 | PI:t-k-2 | 95%",
    "{m} | random ML | hksj | I2:tau2 | PI:t-k-2 | 95%", "{m} | common | wald | 95%",
]  # fmt: skip


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("studies", [False, True])
def test_only_edits_that_cannot_explain_enough_are_not_fitted(made, seed, studies):
    """What a table explains by numbers without tau2 bounds what it explains at all; whatever lies above the bound is exact."""
    left_out = 0
    for spec, rows in made.drawn(seed, 5):
        prefix = str(spec).partition(" | ")[0] + (" | 0.5@only-zero" if "0.5@" in str(spec) else "")
        specs = [parse_spec(t.format(m=prefix)) for t in TAU2_SPECS]
        targets = made.printed_of(specs[0], rows, studies=studies)
        tries = [(e,) for e in single_edits(rows, MADE, measure=spec.measure)[::7]]
        problem = made.problem_of(rows, targets, specs)
        everything = _explained(problem, specs, tries)
        of = sum(t.weight for t in targets)
        for more_than in (0.0, of / 3, of - 1):
            found = _explained(problem, specs, tries, of=of, more_than=more_than)
            above = everything > more_than + 1e-9
            assert (found[above] == everything[above]).all()
            assert (found <= everything).all()
            left_out += int((found < everything).sum())
    assert left_out > 0
