"""The smallest edit behind the coefficients of a meta-regression."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from metaudit.analyses import analysis_rows
from metaudit.audit.wanted import targets
from metaudit.edits.arrays import results_of
from metaudit.edits.edit import same_cause
from metaudit.edits.kinds import single_edits
from metaudit.edits.search import Problem, smallest_edits
from metaudit.edits.sets import tables_of
from metaudit.effects.convert import convert
from metaudit.errors import DataError
from metaudit.evaluate import evaluate
from metaudit.formats.review import Analysis, Claim, read_review
from metaudit.search.match import match
from metaudit.specs import parse_spec

REVIEWS = Path(__file__).parents[3] / "data" / "reviews"
SPECS = [
    "GEN | common | wald | I2:Q | 95%",
    "GEN | random REML | hksj | I2:tau2 | PI:t-k-2 | 95%",
    "GEN | random DL | wald | I2:tau2 | PI:t-k-2 | 95%",
    "GEN | random ML | t | I2:Q | PI:t-k-2 | 95%",
]
POOLED = ("estimate", "ci_low", "ci_high", "se", "p", "q", "q_df", "q_p", "h2", "k", "qm", "qm_p", "r2")
OF_TERM = (
    ("coef", "estimate"), ("coef_se", "se"), ("coef_p", "p"), ("ci_low", "ci_low"), ("ci_high", "ci_high"), ("se", "se"), ("z", "stat"),
    ("p", "p"),
)  # fmt: skip
RULES = {
    "number": ("x_dose",),
    "transformed": ({"column": "x_dose", "transform": "log", "centre": 1.5}, "x_year"),
    "factor": ("x_setting",),
    "both": ("x_dose", "x_setting"),
}


def analysis_of(rule):
    return Analysis("made", "Made up", {}, moderators=RULES[rule])


def drawn(made, seed, k=9):
    rng = np.random.default_rng(seed)
    settings = ["ward", "home", "school"]
    studies = [
        {
            **s,
            "x_dose": f"{rng.uniform(1, 9):.1f}",
            "x_year": int(rng.integers(1980, 2010)),
            "x_setting": settings[i % 2],
        }
        for i, s in enumerate(made.draw_ready(rng, k))
    ]
    studies[-1]["x_setting"] = "school"  # a level of one study: it goes with it
    further = [
        {**studies[1], "effect": "0.91", "timepoint": "later", "study": "Study 2", "x_dose": "2.2"},
        {**studies[2], "effect": "0.12", "study": "New 1", "x_setting": "abroad"},
        {**studies[3], "effect": "0.33", "study": "New 2", "x_dose": "", "x_setting": "home"},
    ]  # fmt: skip
    rows = made.rows_from(studies)
    return rows, [*rows, *made.rows_from(further, first=40)]


def some_of_each(edits, seed, most=5):
    rng = np.random.default_rng(seed)
    out = []
    for kind in sorted({e.kind for e in edits}):
        of_kind = [e for e in edits if e.kind == kind]
        keep = len(of_kind) if kind.startswith(("row", "other")) else min(most, len(of_kind))
        out += [of_kind[i] for i in sorted(rng.choice(len(of_kind), keep, replace=False))]
    return out


def compared(rows, everything, analysis, seed):
    specs = [parse_spec(t) for t in SPECS]
    edits = some_of_each(single_edits(rows, analysis, everything=everything, measure="GEN"), seed)
    tables = tables_of([convert(r) for r in rows], [(e,) for e in edits])
    results = results_of(specs, tables, analysis, rows=len(rows), targets=())
    done = 0
    for i, spec in enumerate(specs):
        for j, edit in enumerate(edits):
            done += agrees(results, i * len(edits) + j, spec, edit, rows, analysis)
    return done, {e.kind for e in edits}


def agrees(results, at, spec, edit, rows, analysis):
    where = (str(spec), edit.words())
    try:
        e = evaluate(spec, [convert(r) for r in edit.apply(rows)], analysis)
    except DataError:
        assert np.isnan(results.values["estimate"][at]), where
        return 0
    for name in POOLED:
        expected = getattr(e.fit, name)
        assert results.values[name][at] == pytest.approx(expected, rel=1e-8, abs=1e-10, nan_ok=True), (*where, name)
    i2 = e.fit.i2_q if spec.i2 == "Q" else e.fit.i2
    assert results.values["i2"][at] == pytest.approx(i2, rel=1e-8, abs=1e-8), where
    terms = {c.term.removeprefix("x_"): c for c in e.fit.coefficients}
    for term, group in results.groups.items():
        c = terms.pop(term, None)
        for name, field in OF_TERM:
            expected = np.nan if c is None else getattr(c, field)
            assert group.values[name][at] == pytest.approx(expected, rel=1e-8, abs=1e-12, nan_ok=True), (*where, term)
    assert not terms
    return 1


@pytest.mark.parametrize("rule", sorted(RULES))
def test_arrays_give_what_each_edited_table_gives_by_itself(made, rule):
    rows, everything = drawn(made, 3)
    done, kinds = compared(rows, everything, analysis_of(rule), 5)
    assert done > 80
    assert {"row-dropped", "row-doubled", "other-row", "row-added"} <= kinds


def test_an_edit_of_a_cell_that_is_a_moderator_too_changes_both(made):
    analysis = Analysis("made", "Made up", {}, moderators=("se",))
    rows, everything = drawn(made, 4, k=6)
    done, kinds = compared(rows, everything, analysis, 6)
    assert done > 60
    assert "se-is-variance" in kinds


def claims_of(e, digits=4):
    """The coefficients and tests that a paper would print, one with the prefix of the column and one without."""
    made = []

    def add(quantity, subject, value):
        printed = f"{value:.{digits}f}"
        made.append(Claim(f"c{len(made)}", 2, "made", quantity, subject, printed, *[""] * 9))

    for c in e.fit.coefficients:
        for quantity, value in (("coef", c.estimate), ("coef_se", c.se), ("coef_p", c.p)):
            add(quantity, c.term if quantity == "coef" else c.term.removeprefix("x_"), value)
    add("qm", "", e.fit.qm)
    add("q", "", e.fit.q)
    return made


@pytest.mark.parametrize("rule", ["number", "both"])
@pytest.mark.parametrize(
    "kind", ["sign-flipped", "decimal-point", "row-doubled", "row-dropped", "other-row", "se-is-variance"]
)
def test_an_error_put_in_is_found_again(made, rule, kind):
    spec, analysis = parse_spec(SPECS[1]), analysis_of(rule)
    rows, everything = drawn(made, 8)
    wanted = targets(claims_of(evaluate(spec, [convert(r) for r in rows], analysis)), analysis)
    assert {t.subject for t in wanted} >= {"", "intercept", "dose"}
    edit = next(e for e in single_edits(rows, analysis, everything=everything, measure="GEN") if e.kind == kind)
    broken = edit.apply(rows)
    broken = [r if broken.index(r) == i else replace(r, line=90 + i) for i, r in enumerate(broken)]
    whole = [*broken, *(r for r in everything if r.line not in {b.line for b in broken})]
    found = smallest_edits(made.problem_of(broken, wanted, [spec], everything=whole, analysis=analysis), most=50)
    assert found.whole
    assert not found.pairs
    assert any(restores(r.edits[0], broken, rows) for r in found.found), [r.words() for r in found.found]


def restores(edit, broken, rows):
    """Whether the table with the edit holds what the clean one held, whatever the lines are called."""

    def held(table):
        return sorted((r.text("study"), r.text("x_dose"), r.value("effect"), r.value("se")) for r in table)

    edited, clean = held(edit.apply(broken)), held(rows)
    return len(edited) == len(clean) and all(
        a[:2] == b[:2] and a[2:] == pytest.approx(b[2:], rel=1e-6) for a, b in zip(edited, clean, strict=True)
    )


@pytest.mark.parametrize("name", ["regression-fixed", "regression-mixed"])
def test_a_shipped_regression(name):
    review = read_review(REVIEWS / "lipsey-2001")
    analysis = review.analyses[name]
    rows = [c.row for c in analysis_rows(analysis, [convert(r) for r in review.rows])]
    spec = parse_spec("GEN | common | wald | I2:Q | 95%" if name == "regression-fixed" else SPECS[2])
    wanted = tuple(targets([c for c in review.claims if c.analysis == name], analysis))
    edit = next(e for e in single_edits(rows, analysis, measure="GEN") if e.kind == "sign-flipped")
    broken = edit.apply(rows)
    as_published = smallest_edits(Problem(tuple(convert(r) for r in rows), tuple(rows), analysis, wanted, (spec,)))
    found = smallest_edits(Problem(tuple(convert(r) for r in broken), tuple(broken), analysis, wanted, (spec,)))
    # Some printed digits are cut, so that even the published table gives less than everything.
    assert found.found[0].explained == as_published.before > found.before
    assert same_cause(edit, found.found[0].edits[0])


def test_a_method_without_arrays_for_moderators_is_said_to_be_left_out(made):
    analysis = analysis_of("number")
    rows, everything = drawn(made, 8)
    wanted = targets(claims_of(evaluate(parse_spec(SPECS[0]), [convert(r) for r in rows], analysis)), analysis)
    spec = replace(parse_spec(SPECS[2]), q="mantel-haenszel")
    found = smallest_edits(made.problem_of(rows, wanted, [spec], everything=everything, analysis=analysis))
    assert found.left_out == (spec,)
    assert not found.tried


def test_coefficients_are_targets_of_analyses_with_moderators_only(made):
    analysis = analysis_of("both")
    rows, _ = drawn(made, 8)
    claims = claims_of(evaluate(parse_spec(SPECS[0]), [convert(r) for r in rows], analysis))
    assert len(targets(claims, analysis)) == len(claims)
    assert {t.quantity for t in targets(claims, replace(analysis, moderators=()))} == {"q"}
    table = tables_of([convert(r) for r in rows], [()])
    results = results_of([parse_spec(SPECS[0])], table, analysis, rows=len(rows), targets=())
    matched = match(targets(claims, analysis), results)
    assert matched.hits.all()
    assert not matched.unknown
