"""Public counts pooled beside a printed result whose own table is not public: named as ours, in every transformation, never a verdict."""

from dataclasses import replace

import pytest

from making import claim, made, write_review
from metaudit import audit
from metaudit.audit.ours import pooled_beside
from metaudit.errors import DataError, InputError
from metaudit.files import read_rows
from metaudit.formats.review import read_review
from metaudit.stages.effects import write_effects
from metaudit.stages.extract import extract
from metaudit.stages.pool import write_pooled

# metafor 3.8-1 in R: escalc and rma (EE, REML to 1e-12), transf.* back (transf.ipft.hm at the harmonic mean of n), rma.glmm("PLO", nAGQ = 100).
EARLY = {
    ("PR", "common"): (0.6073899, 0.4948870, 0.7198928),
    ("PR", "random"): (0.5047503, 0.1161253, 0.8933753),
    ("PLN", "common"): (0.7220809, 0.6081771, 0.8573174),
    ("PLN", "random"): (0.7220809, 0.6081771, 0.8573174),
    ("PLO", "common"): (0.6820822, 0.5377987, 0.7982239),
    ("PLO", "random"): (0.6162255, 0.3384113, 0.8344497),
    ("PAS", "common"): (0.6452236, 0.5127348, 0.7672499),
    ("PAS", "random"): (0.4075304, 0.0063966, 0.9308595),
    ("PFT", "common"): (0.6651084, 0.5206045, 0.7975613),
    ("PFT", "random"): (0.4838282, 0.0594884, 0.9215438),
    ("PLO", "glmm"): (0.5254379, 0.1574072, 0.8677635),
}
LATE = {
    ("PR", "common"): (0.5390935, 0.4156915, 0.6624955),
    ("PR", "random"): (0.5066397, 0.2936766, 0.7196029),
    ("PLN", "common"): (0.5835023, 0.4673676, 0.7284951),
    ("PLN", "random"): (0.5835023, 0.4673676, 0.7284951),
    ("PLO", "common"): (0.5588335, 0.4264431, 0.6833556),
    ("PLO", "random"): (0.5588335, 0.4264431, 0.6833556),
    ("PAS", "common"): (0.5506071, 0.4223318, 0.6755491),
    ("PAS", "random"): (0.5506071, 0.4223318, 0.6755491),
    ("PFT", "common"): (0.5545356, 0.4165585, 0.6889268),
    ("PFT", "random"): (0.5545356, 0.4165585, 0.6889268),
    ("PLO", "glmm"): (0.5517241, 0.4231516, 0.6737351),
}
SINGLE = [
    {"study": s, "events": e, "n": n, "timepoint": "3 months"}
    for s, e, n in (("A", 18, 33), ("B", 13, 20), ("C", 1, 5))
]
RANDOM = {"model": "random", "tau2": "REML", "ci": "wald"}


def kind_of(e):
    return e.spec.measure, {"common": "common", "random": "random", "glmm": "glmm"}[e.spec.model]


@pytest.mark.parametrize(("name", "reference"), [("crps-public-early", EARLY), ("crps-public-late", LATE)])
def test_every_way_to_pool_the_public_counts_beside_zhao(reviews, name, reference):
    found = pooled_beside(f"ketamine-responders/{name}", lambda r: read_review(reviews / r), level=0.95)
    assert {kind_of(e) for e in found.fits} == set(reference)
    for e in found.fits:
        ours = [e.natural(x) for x in (e.fit.estimate, e.fit.ci_low, e.fit.ci_high)]
        assert ours == pytest.approx(reference[kind_of(e)], abs=2e-6), kind_of(e)


def test_zhao_stays_unchecked_and_its_page_says_what_is_public(reviews):
    rows = {r.claim: r for r in audit(read_review(reviews / "zhao-2018"))}
    for name in ("imm-est", "late-est"):
        assert rows[name].verdict == "NOT_CHECKABLE"
        assert "neither confirms nor contradicts" in rows[name].message
    assert (
        "pools 3 studies whose counts are public (printed: 9 studies): Correll 2004 after the first course 25/33"
        in rows["imm-est"].message
    )
    assert "40.8% to 72.2%" in rows["imm-est"].message
    assert "Kiefer 2008 3 months 13/20" in rows["late-est"].message
    assert "50.7% to 58.4%" in rows["late-est"].message


def beside(tmp_path, *references, **main):
    made(tmp_path / "public", claims=[], rows=SINGLE, measure="PR", method=RANDOM, kind="re-analysis")
    return made(tmp_path / "r", claims=[claim("est", "estimate", "58%", scale="percent"), claim("low", "ci_low", "41%", scale="percent")],
                measure="PR", beside=list(references), **main)  # fmt: skip


def test_the_note_follows_the_counts(tmp_path):
    first = {r.claim: r for r in audit(beside(tmp_path, "public/main"))}
    assert "C 3 months 1/5" in first["est"].message
    assert "Beside it" not in first["low"].message
    changed = [*SINGLE[:2], {**SINGLE[2], "events": 4}]
    made(tmp_path / "public", claims=[], rows=changed, measure="PR", method=RANDOM, kind="re-analysis")
    again = {r.claim: r for r in audit(read_review(tmp_path / "r"))}
    assert "C 3 months 4/5" in again["est"].message
    assert again["est"].message != first["est"].message


def test_a_way_that_the_counts_do_not_allow_is_named_with_its_reason(tmp_path):
    """A mixed model of counts without any event has no finite estimate; the ten other ways are not that many without a word."""
    made(
        tmp_path / "public",
        claims=[],
        rows=[{**r, "events": 0} for r in SINGLE],
        measure="PR",
        method=RANDOM,
        kind="re-analysis",
    )
    review = made(
        tmp_path / "r", claims=[claim("est", "estimate", "58%", scale="percent")], measure="PR", beside=["public/main"]
    )
    found = pooled_beside("public/main", lambda r: read_review(tmp_path / r), level=0.95)
    ((spec, reason),) = found.refused
    assert (spec.model, len(found.fits)) == ("glmm", 10)
    assert "no finite estimate" in reason
    (row,) = audit(review)
    values = sorted(100 * e.natural(e.fit.estimate) for e in found.fits)
    low, high = f"{values[0]:.1f}%", f"{values[-1]:.1f}%"
    assert f"; by 10 of 11 ways tried {low} to {high}; not by " in row.message
    assert "and the mixed model" not in row.message, (
        "what is not defined for these counts is not among the ways that are"
    )
    assert (
        "; not by proportion (logit), 0.5 added to studies with a zero cell for their own effects only, mixed model"
        in row.message
    )
    assert f"as {reason}." in row.message


def test_one_study_is_one_study(tmp_path):
    made(tmp_path / "public", claims=[], rows=SINGLE[:1], measure="PR", method=RANDOM, kind="re-analysis")
    claims = [claim("est", "estimate", "58%", scale="percent"), claim("k", "k", "1")]
    review = made(tmp_path / "r", claims=claims, measure="PR", beside=["public/main"])
    note = next(r.message for r in audit(review) if r.claim == "est")
    assert "public/main pools 1 study whose counts are public (printed: 1 study): A 3 months 18/33." in note


def test_a_row_that_the_stated_method_leaves_out_is_said_to_be(tmp_path):
    rows = [*SINGLE[:2], {**SINGLE[2], "events": 0}]
    nothing = {**RANDOM, "zero_cells": {"add": 0, "to": "none"}}
    made(tmp_path / "public", claims=[], rows=rows, measure="PR", method=nothing, kind="re-analysis")
    review = made(
        tmp_path / "r", claims=[claim("est", "estimate", "58%", scale="percent")], measure="PR", beside=["public/main"]
    )
    (row,) = audit(review)
    assert (
        "pools 2 studies whose counts are public: A 3 months 18/33; B 3 months 13/20 (not by this method: C 3 months 0/5, as PR is"
        in row.message
    )


def test_what_cannot_be_pooled_beside_says_why(tmp_path):
    """No trial without an event has a proportion where nothing is added."""
    nothing = {**RANDOM, "zero_cells": {"add": 0, "to": "none"}}
    made(
        tmp_path / "public",
        claims=[],
        rows=[{**r, "events": 0} for r in SINGLE],
        measure="PR",
        method=nothing,
        kind="re-analysis",
    )
    review = made(
        tmp_path / "r", claims=[claim("est", "estimate", "58%", scale="percent")], measure="PR", beside=["public/main"]
    )
    (row,) = audit(review)
    assert row.verdict == "NOT_CHECKABLE"
    assert (
        "Beside it stands public/main, which is not pooled: no study gives a usable PR: PR is not defined"
        in row.message
    )


def changed(review, **fields):
    """A review whose analysis is another than when it was read."""
    return replace(review, analyses={"main": replace(review.analyses["main"], **fields)})


@pytest.mark.parametrize(
    ("lookup", "reference", "reason"),
    [
        (lambda _: None, "public/main", "the review public cannot be read"),
        (lambda r: r, "public/mein", "has no analysis mein; it has main"),
        (lambda r: changed(r, data="none"), "public/main", "its rows are not public"),
        (lambda r: changed(r, syntheses={"network": {}}), "public/main", "not one comparison a study"),
        (lambda r: replace(r, rows=()), "public/main", "no study gives a usable PR|no row"),
        (lambda r: replace(changed(r, measures=()), rows=()), "public/main", "no row holds a complete set of numbers"),
    ],
)
def test_every_reason_why_nothing_stands_beside(tmp_path, lookup, reference, reason):
    public = made(tmp_path / "public", claims=[], rows=SINGLE, measure="PR", method=RANDOM, kind="re-analysis")
    with pytest.raises(DataError, match=reason):
        pooled_beside(reference, lambda _: lookup(public), level=0.95)


def test_of_two_groups_the_stated_method_alone(tmp_path):
    rows = [{"study": s, "events_t": 5, "n_t": 20, "events_c": 9, "n_c": 21} for s in "AB"]
    made(tmp_path / "public", claims=[], rows=rows, measure="RR", method=RANDOM, kind="re-analysis")
    review = made(tmp_path / "r", claims=[claim("est", "estimate", "0.55")], measure="RR", beside=["public/main"])
    (row,) = audit(review)
    assert "It gives 0.583 (" in row.message
    assert "ways" not in row.message


@pytest.mark.parametrize(
    ("reference", "fix"), [("publik/main", "Did you mean 'public'?"), ("public/mein", "Did you mean 'main'?")]
)
def test_what_is_not_there_is_a_problem(tmp_path, reference, fix):
    with pytest.raises(InputError) as raised:
        beside(tmp_path, reference)
    (problem,) = raised.value.problems
    assert problem.rule == "unresolvable-reference"
    assert problem.fix == fix


def test_single_groups_are_pooled_in_every_way_in_the_results(tmp_path):
    folder = write_review(tmp_path / "r", claims=[], rows=SINGLE, measure="PR", method=RANDOM)
    review = read_review(folder)
    extract(folder, tmp_path / "out")
    write_effects(review, tmp_path / "out", level=0.95)
    write_pooled(review, tmp_path / "out", level=0.95)
    rows = read_rows(tmp_path / "out" / "pooled.csv")
    assert len({r["fit"] for r in rows}) == len(rows)
    found = {(r["measure"], r["model"]): r for r in rows if r["measure"] != "PR"}
    for key in (k for k in LATE if k[0] != "PR"):
        assert float(found[key]["estimate"]) == pytest.approx(LATE[key][0], abs=2e-6), key
