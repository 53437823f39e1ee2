"""Edited tables laid out with few places, what is found quickest first, and what is of no interest left out: the same answers."""

from dataclasses import replace

import numpy as np
import pytest

from metaudit.edits.arrays import OF_STUDIES, results_of, studies_of
from metaudit.edits.kinds import single_edits
from metaudit.edits.search import _explained, smallest_edits
from metaudit.edits.sets import tables_of
from metaudit.effects.convert import convert
from metaudit.formats.review import Analysis
from metaudit.search.batch import evaluate_specs
from metaudit.search.match import match
from metaudit.specs import parse_spec

MADE = Analysis("made", "Made up", {})
PLAIN = Analysis("made", "Made up", {"outcome": "pain"})


@pytest.mark.parametrize("seed", range(2))
def test_shared_places_change_no_bit(made, seed):
    """Rows that come in or count twice give the same numbers in one place for all tables as in one for each row."""
    for spec, rows in made.drawn(seed, 9):
        converted, targets = [convert(r) for r in rows[:5]], made.printed_of(spec, rows[:5])
        edits = single_edits(rows[:5], PLAIN, everything=rows, measure=spec.measure)
        tries = [(e,) for e in edits if e.with_rows or e.twice or e.without] + [(e,) for e in edits[::17]]
        tries += [(a, b) for a in edits for b in edits if a.with_rows and b.twice]
        assert sum(bool(e.with_rows) for t in tries for e in t) > 4
        each, shared = (tables_of(converted, tries, shared=s) for s in (False, True))
        assert len(shared.rows) == 5 + 2 < len(each.rows)
        apart, together = (results_of([spec], t, PLAIN, rows=5, targets=targets) for t in (each, shared))
        for name, values in apart.values.items():
            np.testing.assert_array_equal(values, together.values[name], err_msg=f"{spec} {name}")


def test_single_studies_need_no_fit(made):
    for spec, rows in made.drawn(4, 5):
        targets = [t for t in made.printed_of(spec, rows, studies=True) if t.quantity in OF_STUDIES - {"weight"}]
        tables = tables_of([convert(r) for r in rows], [(e,) for e in single_edits(rows, MADE, measure=spec.measure)])
        whole, alone = (
            results_of([spec], tables, MADE, rows=5, targets=targets),
            studies_of(spec, tables, rows=5, targets=targets),
        )
        np.testing.assert_array_equal(whole.yi, alone.yi)
        np.testing.assert_array_equal(whole.vi, alone.vi)


@pytest.mark.parametrize("seed", range(3))
def test_what_restores_everything_is_what_a_full_search_finds(made, seed):
    """The search looks for edits that restore everything first; trying every edit in full names the same ones."""
    for spec, rows in made.drawn(seed, 4):
        edit = next(e for e in single_edits(rows, MADE, measure=spec.measure)[3::11] if e.kind == "digit")
        specs = [spec, replace(spec, ci="t")] if spec.has_tau2 else [spec]
        problem = made.problem_of(edit.apply(rows), made.printed_of(spec, rows, studies=seed == 1), specs)
        singles = single_edits([r.row for r in problem.rows], MADE, everything=problem.everything, measure=spec.measure)
        of = sum(t.weight for t in problem.targets)
        full = _explained(problem, specs, [(e,) for e in singles]).max(axis=0)
        found = smallest_edits(problem, most=1000, pairs=False)
        assert found.whole
        assert found.tried == len(singles)
        assert {r.edits[0] for r in found.found} == {e for e, x in zip(singles, full, strict=True) if x >= of - 1e-9}


def test_edits_of_no_interest_are_left_out(made):
    """Where no edit restores everything, those below the given gain and share are not returned; above it all of them are."""
    seen = set()
    for seed in range(6):
        for spec, rows in made.drawn(seed, 4):
            targets = made.printed_of(spec, rows)
            bent = (replace(targets[0], window=targets[0].window.scaled(1.0, 7.0)), *targets[1:])
            problem = made.problem_of(rows[:1] + rows[2:], bent, [spec], everything=rows)
            everything = smallest_edits(problem, most=50, pairs=False)
            if everything.whole or not everything.found:
                continue
            gained = everything.found[0].explained - everything.before
            assert smallest_edits(problem, most=50, pairs=False, gain=gained) == everything
            assert smallest_edits(problem, most=50, pairs=False, gain=gained + 0.5).found == ()
            share = everything.found[0].explained / everything.of
            assert smallest_edits(problem, most=50, pairs=False, share=share) == everything
            assert smallest_edits(problem, most=50, pairs=False, share=share + 0.01).found == ()
            seen.add(spec.model)
    assert len(seen) > 1


def test_what_is_known_of_the_table_is_not_found_again(made):
    for spec, rows in made.drawn(8, 5):
        broken = rows[1:]
        problem = made.problem_of(broken, made.printed_of(spec, rows, studies=False), [spec], everything=rows)
        many = [
            spec,
            *(parse_spec(t) for t in ("MD | common | wald | 95%", "RR | 0.5@only-zero | common | wald | 95%")),
        ]
        known = match(
            problem.targets, evaluate_specs([s for s in many if s.measure == spec.measure], problem.rows, MADE)
        )
        assert smallest_edits(replace(problem, known=known), pairs=False) == smallest_edits(problem, pairs=False)
