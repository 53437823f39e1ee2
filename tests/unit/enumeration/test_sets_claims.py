"""From the claims of a review and its candidates to a search, and from what it found to words."""

from dataclasses import replace
from pathlib import Path

import pytest

from making import claim, made
from metaudit.enumeration.candidates import trials_from
from metaudit.enumeration.constraints import Span
from metaudit.enumeration.relax import smallest_relaxation
from metaudit.enumeration.set_claims import finding_words, set_problem, usual_specs
from metaudit.enumeration.sets import table_sets
from metaudit.errors import DataError
from metaudit.formats.review import read_review
from metaudit.formats.tables import Row
from metaudit.printed import parse_printed
from metaudit.specs import parse_spec

ROOT = Path(__file__).resolve().parents[3]
PRINTED = [
    claim("k", "k", "2"), claim("pt", "proportion_t", "45.5%"), claim("pc", "proportion_c", "0.2"),
    claim("est", "estimate", "2.50"), claim("lo", "ci_low", "1.20"), claim("hi", "ci_high", "5.21"), claim("p", "p", "<.05"),
]  # fmt: skip


def candidate(line, study, **cells):
    texts = {k: str(v) for k, v in cells.items()}
    return Row(line, {"study": study, **texts}, {k: parse_printed(v) for k, v in texts.items()})


@pytest.fixture(scope="module")
def orhurhu():
    review = read_review(ROOT / "data/reviews/orhurhu-2019")
    claims = [c for c in review.claims if c.analysis == "responders"]
    return set_problem(review.analyses["responders"], claims, review.candidates)


def test_one_choice_of_trials_has_the_arms_of_orhurhu_2019_and_no_split_gives_the_rest(orhurhu):
    found = table_sets(orhurhu, attainable=True)
    assert found.fitting == ((("Eichenberger 2008", "Mitchell 2002", "Salas 2012"), 39, 36),)
    assert found.choices == 222
    assert found.impossible
    words = finding_words(orhurhu, found)
    assert words.startswith(
        "No set of 3 tables of the candidate trials gives everything printed. Only Eichenberger 2008,"
    )
    assert "The nearest is Eichenberger 2008" in words
    assert "222 choices of 3 of 8 candidate trials (13 variants)" in words


def test_one_set_gives_all_but_the_lower_limit_and_i2_of_orhurhu_2019(orhurhu):
    fewer = replace(orhurhu, targets=tuple(t for t in orhurhu.targets if t.name not in ("resp-lo", "resp-i2")))
    found = table_sets(fewer)
    assert found.sets == 1
    assert found.groups[0].example.tables == ((0, 10, 1, 10), (9, 18, 4, 17), (11, 11, 2, 9))
    assert found.groups[0].values["i2"] > 10
    assert table_sets(replace(fewer, targets=orhurhu.targets)).sets == 0


def test_under_one_unusual_specification_a_set_gives_all_of_orhurhu_2019(orhurhu):
    spec = parse_spec("RR | 0.5@all | random SJ | wald | I2:Q | PI:t-k-2 | 95%")
    found = table_sets(replace(orhurhu, specs=(spec,)))
    assert found.sets == 1
    assert found.groups[0].example.tables == ((9, 10, 2, 10), (11, 18, 5, 17), (0, 11, 0, 9))


def test_claims_become_a_problem(tmp_path):
    review = made(tmp_path / "made", claims=[*PRINTED, claim("n", "n", "120")], measure="RR")
    rows = [candidate(2, "A", n_t=30, n_c=30), candidate(3, "B", n_t=25, n_c=35), candidate(4, "C", n_t=9)]
    problem = set_problem(review.analyses["main"], review.claims, rows)
    assert problem is not None
    assert (problem.k, [t.label for t in problem.trials]) == (2, ["A", "B"])
    assert problem.people == Span.exactly(120)
    assert problem.treatment.proportion is not None
    assert (problem.treatment.proportion.low, problem.treatment.proportion.high) == pytest.approx((0.4545, 0.4555))
    assert (problem.control.proportion.low, problem.control.proportion.high) == pytest.approx((0.15, 0.25))
    assert [t.name for t in problem.targets] == ["est", "lo", "hi", "p"]
    assert {s.measure for s in problem.specs} == {"RR"}


@pytest.mark.parametrize("missing", ["k", "measure", "numbers", "arms"])
def test_no_search_where_something_it_needs_is_missing(tmp_path, missing):
    claims = [c for c in PRINTED if missing != "numbers" or c["quantity"] not in ("estimate", "ci_low", "ci_high")]
    claims = [c for c in claims if missing != "k" or c["quantity"] != "k"]
    review = made(tmp_path / "made", claims=claims, measure="MD" if missing == "measure" else "RR")
    rows = [] if missing == "arms" else [candidate(2, "A", n_t=30, n_c=30), candidate(3, "B", n_t=25, n_c=35)]
    assert set_problem(review.analyses["main"], review.claims, rows) is None


def test_printed_people_stand_in_for_candidates(tmp_path):
    claims = [*PRINTED, claim("nt", "n_t", "11"), claim("nc", "n_c", "10")]
    review = made(tmp_path / "made", claims=claims, measure="RR")
    problem = set_problem(review.analyses["main"], review.claims, [])
    assert problem is not None
    assert problem.sizes == Span(1, 10)
    assert "any 2 studies with 1 to 10 people in an arm" in table_sets(problem).searched


def test_a_stated_method_holds():
    specs = usual_specs(["OR"], method={"model": "common"}, quantities=["estimate"], k=3)
    assert {s.model for s in specs} <= {"common", "mantel-haenszel", "peto"}
    wide = usual_specs(["OR"], method={}, quantities=["estimate", "i2"], k=3, wide=True)
    assert len(wide) > 10 * len(usual_specs(["OR"], method={}, quantities=["estimate", "i2"], k=3))


def test_words_say_what_was_found_and_what_would_do(tmp_path):
    review = made(tmp_path / "made", claims=PRINTED, measure="RR")
    rows = [candidate(2, "A", n_t=12, n_c=12), candidate(3, "B", n_t=10, n_c=13)]
    problem = set_problem(review.analyses["main"], review.claims, rows)
    assert problem is not None
    problem = replace(problem, specs=(parse_spec("RR | 0.5@only-zero | common | wald | 95%"),))
    found = table_sets(problem)
    assert found.impossible
    relaxation = smallest_relaxation(problem)
    assert relaxation.smallest
    words = finding_words(problem, found, relaxation)
    assert f"Some set would be possible {relaxation.smallest[0].words}" in words
    free = table_sets(replace(problem, targets=problem.targets[3:]))
    assert f"{free.sets:,} sets of 2 tables" in finding_words(problem, free)


def test_a_candidate_with_half_a_person_is_refused():
    with pytest.raises(DataError, match=r"candidates.csv, row 2: n_t is '10.5'"):
        trials_from([candidate(2, "A", n_t=10.5, n_c=10)])
