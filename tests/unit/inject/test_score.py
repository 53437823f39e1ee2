"""The score: what is seen, what is named, and that neither can be had for nothing."""

import csv
import json
from dataclasses import replace
from pathlib import Path

import pytest

from metaudit.inject.clean import DESIGNS, clean_review
from metaudit.inject.intervals import Rate
from metaudit.inject.page import page
from metaudit.inject.run import Plan, run, spreads
from metaudit.inject.score import CleanRun, Outcome, reported_causes, run_clean, run_injected
from metaudit.inject.subjects import made_up, published, reproducing_claims, subject_of
from metaudit.inject.tally import alarms_of, as_json, checks_to_switch_off, of_kinds, overall

ROOT = Path(__file__).parents[3]
KEY = ROOT / "tests" / "data" / "expected" / "classics.csv"
FOREST = next(d for d in DESIGNS if d.name.startswith("RR, mantel-haenszel"))


@pytest.fixture(scope="module")
def clean():
    return run_clean(made_up(clean_review(FOREST, seed=0)))


def test_a_clean_run_has_no_alarm_and_judges_everything(clean):
    assert clean.alarms == ()
    assert set(clean.judged) == set(clean.comes_out)


@pytest.mark.parametrize("kind", ["row-dropped", "row-doubled", "arms-swapped", "non-events", "digit"])
def test_an_error_is_seen_and_named(clean, kind):
    o = run_injected(clean, kind=kind, seed=3, causes=reported_causes)
    assert o.moved
    assert o.detected
    assert set(o.flagged) <= set(o.worse)
    assert o.cause_named


def test_wrong_causes_are_not_counted(clean):
    """Whoever names nothing, or edits of another study, names no cause."""
    for named in ([], [[e] for e in ()]):
        assert run_injected(clean, kind="digit", seed=3, causes=lambda *_, named=named: named).rank == 0

    def of_others(rows, injected, subject):
        return [[replace(t, lines=(999,)) for t in injected.truth]]

    assert run_injected(clean, kind="digit", seed=3, causes=of_others).rank == 0


def test_the_place_of_the_truth_is_counted(clean):
    def fourth(rows, injected, subject):
        wrong = replace(injected.truth[0], lines=(999,))
        return [[wrong, wrong, wrong, injected.truth[0]]]

    o = run_injected(clean, kind="digit", seed=3, causes=fourth)
    assert o.rank == 4
    assert not o.cause_named


def test_an_error_that_moves_nothing_is_not_audited(clean):
    still = replace(clean, comes_out=frozenset())
    o = run_injected(still, kind="digit", seed=3, causes=lambda *_: pytest.fail("asked"))
    assert (o.moved, o.rank) == ((), None)


def outcome(kind="digit", *, moved=("a",), flagged=("a",), rank=1):
    return Outcome(kind, "group", 0, "words", moved, flagged, flagged, rank if moved else None)


def test_rates():
    outcomes = [outcome(), outcome(flagged=(), rank=0), outcome(rank=5), outcome(moved=()), outcome("wrong-n")]
    digit, wrong_n = of_kinds(outcomes)[1], of_kinds(outcomes)[0]
    assert (digit.injected, digit.seen, digit.named) == (4, Rate(2, 3), Rate(1, 3))
    assert (wrong_n.kind, wrong_n.seen) == ("wrong-n", Rate(1, 1))
    assert overall(outcomes).seen == Rate(3, 4)


def test_alarms_are_counted_by_verdict_and_check_and_switch_a_check_off(clean):
    wrong = CleanRun(
        clean.subject,
        {"a": "INCONSISTENT", "b": "EXACT"},
        {"a": "P of Q", "b": "rounded as printed"},
        ("a",),
        frozenset(),
    )
    alarms = alarms_of([wrong])
    assert alarms.all == Rate(1, 2)
    assert alarms.by_verdict == {"INCONSISTENT": Rate(1, 2)}
    assert checks_to_switch_off(alarms) == ["P of Q"]
    assert checks_to_switch_off(alarms_of([clean])) == []


def test_the_key_says_what_does_not_come_out():
    claims = reproducing_claims(KEY)
    with KEY.open(encoding="utf-8", newline="") as handle:
        rows = list(csv.DictReader(handle))
    assert sum(map(len, claims.values())) == sum(r["verdict_expected"] == "reproduces" for r in rows) > 100
    assert "rate-lo" not in claims["dorn-2007"]


def test_published_analyses_are_cut_down_to_themselves():
    subjects = list(published(ROOT / "data" / "reviews", KEY))
    assert len(subjects) >= 13
    for s in subjects:
        assert list(s.review.analyses) == [s.analysis]
        assert {c.analysis for c in s.review.claims} <= {s.analysis}


def test_an_analysis_without_data_cannot_be_broken():
    from metaudit.formats.review import read_review

    review = read_review(ROOT / "data" / "reviews" / "colditz-1994")
    assert subject_of(review).analysis == "trials"
    with pytest.raises(ValueError, match="is not an analysis of colditz-1994"):
        subject_of(review, "trial")
    with pytest.raises(ValueError, match="nothing to break"):
        subject_of(replace(review, claims=()))


def test_a_small_run_is_written_and_is_the_same_again(tmp_path):
    plan = Plan(clean=1, broken=1, seeds=1, published=0)
    designs = [replace(FOREST, k=4, prints="abstract")]
    key = tmp_path / "key.csv"
    key.write_text("review,claim,verdict_expected\n", encoding="utf-8")
    one, two = (run(plan, root=tmp_path, key=key, processes=p, designs=designs) for p in (1, 2))
    assert one.outcomes == two.outcomes
    assert page(one, plan) == page(two, plan)
    text = page(one, plan)
    for part in ("errors that move a printed number, seen", "one digit changed", "No check is above 1 %"):
        assert part in text
    assert json.loads(json.dumps(as_json(one)))["overall"]["injected"] == len(one.outcomes) > 5


def test_spread_rates_fall_with_the_threshold():
    s = spreads(2)
    assert s.clean_rows == s.broken > 50
    assert list(s.clean_flagged) == sorted(s.clean_flagged, reverse=True)
    assert list(s.broken_flagged) == sorted(s.broken_flagged, reverse=True)
    assert s.clean_flagged[2] / s.clean_rows <= 0.01
    assert s.broken_flagged[2] / s.broken > 0.5
