"""What is wrong with a review in a table is found as it is in a folder: the same rules, and the row of the corpus's file."""

from dataclasses import replace

import pytest

from making import CLAIM_COLUMNS, claim, write_review
from making_corpus import ANALYSES, CLAIMS, ROWS, small, tables
from metaudit.corpus.read import open_corpus
from metaudit.corpus.shard import open_shard
from metaudit.corpus.split import split
from metaudit.errors import InputError
from metaudit.formats.review import read_review

TWO = [
    {"study": "A", "events_t": "10", "n_t": "50", "events_c": "20", "n_c": "50"},
    {"study": "B", "events_t": "3", "n_t": "60", "events_c": "5", "n_c": "60"},
]


def opened(path, folder):
    (shard,) = split(open_corpus(path), 1, folder)
    return open_shard(shard)


def of_tables(folder, rows, claims, main):
    """The problems of one review in tables."""
    rows = [{"review": "r", "analysis": "main", "outcome": "pain", **r} for r in rows]
    analyses = [{"review": "r", "analysis": "main", **main}]
    path = tables(folder / "x", rows, claims=[{"review": "r", **c} for c in claims], analyses=analyses)
    return opened(path, folder / "out").problems


def of_folder(folder, rows, claims, main):
    """The problems of the same review in a folder."""
    try:
        read_review(write_review(folder / "r", claims=claims, rows=rows, **main))
    except InputError as error:
        return error.problems
    return []


def plain(problems):
    """Problems without their files, which differ."""
    return sorted((p.row, p.column, p.rule, p.message, p.fix) for p in problems)


ROW_MISTAKES = {
    "no number": {"events_t": "ten"},
    "decimal comma": {"mean_t": "1,5"},
    "half a person": {"n_t": "50.5"},
    "negative count": {"events_c": "-1"},
    "more events than people": {"events_t": "51"},
    "events without people": {"events_t": "3", "n_t": ""},
    "P above one": {"p": "1.2"},
    "standard error of nothing": {"se": "0"},
    "no year": {"year": "99"},
    "no such reading": {"pm_is": "iqr"},
    "unlabelled spread": {"pm_t": "3"},
    "interval the wrong way round": {"effect": "1", "ci_low": "2", "ci_high": "0.5"},
    "quartiles in disorder": {"q1_t": "5", "median_t": "3", "q3_t": "8"},
    "garbled": {"note": "MÃ¼ller"},
    "bias of no kind": {"rob_overall": "fine"},
    "a total": {"study": "Total"},
    "no study": {"study": ""},
    "pairs": {"n_pairs": "55"},
    "certainty": {"certainty": "sure"},
}
CLAIM_MISTAKES = {
    "no such quantity": {"quantity": "estimat"},
    "no number": {"printed": "about 3"},
    "not printed": {"printed": ""},
    "half a study": {"quantity": "k", "printed": "2.5"},
    "no such scale": {"scale": "logarithm"},
    "method of no kind": {"method": "model=randm"},
    "method without value": {"method": "model"},
    "a key of the method twice": {"method": "tau2=DL; tau2=REML"},
    "stands twice": {"claim": "k"},
    "reference without claim": {"refers_to": "somewhere"},
    "reference to what is not there": {"refers_to": "r/nothing"},
    "value without unit": {"quantity": "value", "refers_to": "r/k"},
}


@pytest.mark.parametrize("mistake", ROW_MISTAKES)
def test_a_wrong_row_is_found_as_in_a_folder(tmp_path, mistake):
    rows = [{**TWO[0], **ROW_MISTAKES[mistake]}, TWO[1]]
    claims = [claim("k", "k", "2", source="")]
    in_table, in_folder = (plain(f(tmp_path, rows, claims, {})) for f in (of_tables, of_folder))
    assert in_table
    assert in_table == in_folder


@pytest.mark.parametrize("mistake", CLAIM_MISTAKES)
def test_a_wrong_claim_is_found_as_in_a_folder(tmp_path, mistake):
    claims = [claim("k", "k", "2", source=""), claim("e", "estimate", "0.5", source="") | CLAIM_MISTAKES[mistake]]
    claims = [{c: cells.get(c, "") for c in CLAIM_COLUMNS} for cells in claims]
    in_table, in_folder = (plain(f(tmp_path, TWO, claims, {})) for f in (of_tables, of_folder))
    assert in_table
    assert in_table == in_folder


def test_exchanged_columns_are_named_once_in_a_table_too(tmp_path):
    rows = [{"study": f"S{i}", "events_t": "50", "n_t": "5", "events_c": "4", "n_c": "40"} for i in range(5)]
    (problem,) = of_tables(tmp_path, rows, [], {})
    assert "exchanged" in problem.fix
    assert "likewise in 4 more rows" in problem.message


ANALYSIS_MISTAKES = {
    "measure": ({"measure": "relative risk"}, "measure", "Did you mean 'RR'?"),
    "second measure": ({"measure": "RR; hazard ratio"}, "measure", "Did you mean 'GEN-LOG'?"),
    "method": ({"method": "model=randm"}, "method", "Did you mean 'random'?"),
    "key twice": ({"method": "model=common; tau2=DL; model=random"}, "method", "Keep one of the two."),
    "key": ({"method": "tau=DL"}, "method", "Did you mean 'tau2'?"),
    "key of a claim": ({"method": "side=left"}, "method", ""),
    "level": ({"method": "level=95"}, "method", "level=0.95"),
    "level in words": ({"method": "level=high"}, "method", "level=0.95"),
    "zero cells": ({"method": "zero_cells=half"}, "method", ""),
    "favours": ({"favours": "treatment"}, "favours", "low, high"),
    "data": ({"data": "some"}, "data", "complete, partial, none"),
    "year": ({"review": "smith-2001", "year": "19"}, "year", ""),
    "doi": ({"doi": "https://doi.org/10.1000/x"}, "doi", "without a resolver"),
    "kind": ({"kind": "SR"}, "kind", "Did you mean 'meta-analysis'?"),
    "subgroups": ({"subgroups": "dose"}, "subgroups", ""),
    "id": ({"analysis": "1.1"}, "analysis", "letters, digits and hyphens"),
    "long id": ({"analysis": "a" * 101}, "analysis", "100 at most"),
    "software twice": ({"software": "Stata", "method": "software=RevMan"}, "software", "Keep one"),
    "no rows": ({"analysis": "other"}, "analysis", "Add its studies"),
}


@pytest.mark.parametrize("mistake", ANALYSIS_MISTAKES)
def test_a_wrong_analysis_is_named_with_its_row_and_column(tmp_path, mistake):
    change, column, fix = ANALYSIS_MISTAKES[mistake]
    path = small(tmp_path, analyses=[ANALYSES[0], {**ANALYSES[1], **change}, ANALYSES[2]])
    shard = opened(path, tmp_path / "out")
    assert [r.id for r in shard.reviews] == ["jones-2010"]
    found = [p for p in shard.problems if p.column == column and p.file.endswith("library.analyses.csv")]
    assert found, shard.problems
    assert found[0].row == 3
    assert found[0].review == "smith-2001"
    assert fix in found[0].fix


def test_ids_of_analyses_that_differ_in_capitals_only_are_refused_in_the_table_of_analyses_too(tmp_path):
    rows = [*ROWS, {**ROWS[0], "analysis": "Death", "study": "E"}]
    path = small(tmp_path, rows=rows, analyses=[*ANALYSES, {**ANALYSES[0], "analysis": "Death"}])
    shard = opened(path, tmp_path / "out")
    assert [r.id for r in shard.reviews] == ["jones-2010"]
    (problem,) = shard.problems
    assert (problem.review, problem.file, problem.row, problem.column, problem.rule) == (
        "smith-2001", str(tmp_path / "library.analyses.csv"), 5, "analysis", "id",
    )  # fmt: skip
    assert (
        problem.message == "the ids 'death' (row 2) and 'Death' differ in capitals only, and files are named by them."
    )
    assert problem.fix == "Give one of the two another id, in every table."


def test_what_is_said_of_a_review_must_be_the_same_in_all_its_rows(tmp_path):
    path = small(tmp_path, analyses=[ANALYSES[0], {**ANALYSES[1], "year": "2003"}, ANALYSES[2]])
    (problem,) = opened(path, tmp_path / "out").problems
    assert (problem.row, problem.column) == (3, "year")
    assert "'2001' in row 2" in problem.message


def test_claims_of_a_review_without_rows_name_the_review(tmp_path):
    claims = [*CLAIMS, {**CLAIMS[0], "review": "0012"}]
    problems = opened(small(tmp_path, claims=claims, analyses=()), tmp_path / "out").problems
    (found,) = [p for p in problems if p.review == "0012"]
    assert (found.row, found.column) == (len(CLAIMS) + 2, "review")
    assert "no row of" in found.message
    assert "0012 is another one than 12" in found.fix


def test_an_analysis_with_a_sign_that_nobody_sees_is_named_by_the_sign(tmp_path):
    last = {**ROWS[-1], "analysis": f"{ROWS[-1]['analysis']}\u200b"}
    problems = opened(small(tmp_path, rows=[*ROWS[:-1], last], analyses=(), claims=()), tmp_path / "out").problems
    assert any("U+200B" in p.message or "is not an id" in p.message for p in problems)


@pytest.mark.parametrize("nothing", ["NA", "nan", "NULL", "<NA>"])
@pytest.mark.parametrize("column", ["subject", "arm"])
def test_what_programs_write_for_nothing_is_no_subject_and_no_arm(tmp_path, nothing, column):
    rows, claims = list(ROWS), list(CLAIMS)
    table = claims if column == "subject" else rows
    table[0] = {**table[0], column: nothing}
    problems = opened(small(tmp_path, rows=rows, claims=claims), tmp_path / "out").problems
    (found,) = [p for p in problems if p.column == column]
    assert (found.row, found.rule) == (2, "missing")
    assert "empty" in found.fix


def test_rows_and_claims_of_an_analysis_that_is_none_are_named(tmp_path):
    rows = [*ROWS, {**ROWS[0], "analysis": "deaths"}]
    claims = [*CLAIMS, {**CLAIMS[0], "claim": "x", "analysis": "dearth"}]
    problems = opened(small(tmp_path, rows=rows, claims=claims), tmp_path / "out").problems
    said = {(p.file.rpartition("/")[2], p.row, p.column, p.fix) for p in problems}
    assert said == {
        ("library.csv", 8, "analysis", "Did you mean 'death'?"),
        ("library.claims.csv", 6, "analysis", "Did you mean 'death'?"),
    }


def test_without_a_table_of_analyses_the_rows_say_which_there_are(tmp_path):
    shard = opened(small(tmp_path, analyses=()), tmp_path / "out")
    assert not shard.problems
    review = next(r for r in shard.reviews if r.id == "smith-2001")
    assert list(review.analyses) == ["death", "bleeding"]
    assert review.analyses["death"].measures == ()
    assert review.analyses["death"].method == {}


def test_ids_that_differ_in_capitals_are_named(tmp_path):
    rows = [*ROWS, {**ROWS[0], "study": "C", "analysis": "Death"}]
    (problem,) = opened(small(tmp_path, rows=rows, analyses=()), tmp_path / "out").problems
    assert (problem.rule, problem.row) == ("spelling", 8)


def test_one_study_may_be_in_several_analyses_but_once_in_each(tmp_path):
    assert not opened(small(tmp_path), tmp_path / "a").problems  # study A is in death and in bleeding
    (problem,) = opened(small(tmp_path / "b", rows=[*ROWS, ROWS[0]]), tmp_path / "b-out").problems
    assert (problem.rule, problem.row, problem.column) == ("duplicate-key", 8, "study")


def test_an_analysis_without_public_data_needs_no_row(tmp_path):
    analyses = [*ANALYSES, {"review": "jones-2010", "analysis": "sleep", "data": "none"}]
    assert not opened(small(tmp_path, analyses=analyses), tmp_path / "out").problems


def test_what_the_table_says_is_in_the_review(tmp_path):
    analyses = [
        {**ANALYSES[0], "title": "Death from any cause", "authors": "Smith et al.", "journal": "J", "doi": "10.1000/x",
         "method": "model=random; zero_cells=0.5@all; level=0.9", "subgroups": "dose", "software": "Stata 16"},
        *ANALYSES[1:],
    ]  # fmt: skip
    rows = [{**r, "x_dose": "high"} for r in ROWS]
    shard = opened(small(tmp_path, rows=rows, analyses=analyses), tmp_path / "out")
    assert not shard.problems
    review = next(r for r in shard.reviews if r.id == "smith-2001")
    assert review.citation == {"authors": "Smith et al.", "year": 2001, "journal": "J", "doi": "10.1000/x"}
    death = review.analyses["death"]
    assert death.title == "Death from any cause"
    assert death.method == {"model": "random", "zero_cells": "0.5@all", "level": 0.9, "software": "Stata 16"}
    assert death.subgroups == "dose"
    assert review.analyses["bleeding"].title == "bleeding"
    assert [r.line for r in review.rows] == [2, 3, 5, 7]
    assert [c.line for c in review.claims] == [2, 3, 4]


def test_references_reach_other_reviews_of_the_corpus_and_only_those(tmp_path):
    claims = [*CLAIMS, {**CLAIMS[3], "claim": "k", "quantity": "k", "printed": "2", "refers_to": "smith-2001/k"}]
    assert not opened(small(tmp_path, claims=claims), tmp_path / "out").problems
    for i, wrong in enumerate(("smith-2001/kk", "smith-2002/k", "../x", "a/b/c")):
        claims[-1] = {**claims[-1], "refers_to": wrong}
        (problem,) = opened(small(tmp_path / str(i), claims=claims), tmp_path / f"out-{i}").problems
        assert (problem.rule, problem.row, problem.review) == ("unresolvable-reference", 6, "jones-2010")


def test_a_review_that_is_referred_to_may_be_broken(tmp_path):
    """As with folders: what cannot be read is the other review's problem."""
    claims = [*CLAIMS, {**CLAIMS[3], "claim": "k", "quantity": "k", "printed": "2", "refers_to": "smith-2001/k"}]
    rows = [{**ROWS[0], "n_t": "many"}, *ROWS[1:]]
    shard = opened(small(tmp_path, rows=rows, claims=claims), tmp_path / "out")
    assert {p.review for p in shard.problems} == {"smith-2001"}
    assert [r.id for r in shard.reviews] == ["jones-2010"]


def test_a_row_with_too_few_cells_keeps_its_review_from_being_audited_without_it(tmp_path):
    path = small(tmp_path)
    path.write_text(path.read_text() + "smith-2001,death,E\n", encoding="utf-8")
    shard = opened(path, tmp_path / "out")
    assert [r.id for r in shard.reviews] == ["jones-2010"]
    (problem,) = shard.problems
    assert (problem.review, problem.row, problem.rule) == ("smith-2001", 8, "ragged-row")


def test_a_problem_reads_as_in_any_other_file(tmp_path):
    rows = [{**ROWS[0], "n_t": "many"}, *ROWS[1:]]
    (problem,) = opened(small(tmp_path, rows=rows), tmp_path / "out").problems
    assert str(problem).startswith(f"{tmp_path}/library.csv, row 2, column n_t: 'many' is not a printed number")
    assert replace(problem, review="") != problem


def test_a_review_of_endless_rows_is_refused_without_being_held_in_memory(tmp_path, monkeypatch):
    monkeypatch.setattr("metaudit.corpus.shard.MOST_ROWS", 3)
    rows = [{**ROWS[0], "study": f"S{i}"} for i in range(9)]
    shard = opened(small(tmp_path, rows=[*ROWS, *rows]), tmp_path / "out")
    assert [r.id for r in shard.reviews] == ["jones-2010"]
    (problem,) = shard.problems
    assert (problem.review, problem.rule, problem.row) == ("smith-2001", "too-large", 7)


def test_what_repeats_without_end_is_told_a_thousand_times(tmp_path):
    rows = [{**ROWS[0], "study": f"S{i}", "n_t": "many"} for i in range(1100)]
    shard = opened(small(tmp_path, rows=[*ROWS, *rows]), tmp_path / "out")
    assert len(shard.problems) == 1001
    (last,) = (p for p in shard.problems if p.rule == "too-many")
    assert last.row == 1008
    assert last.message == "more than 1,000 things are wrong with the review; the others are not told."


def test_thousands_of_names_that_there_are_not_are_compared_for_a_while_only(tmp_path):
    rows = [{**ROWS[0], "analysis": f"CMP-{i:05d}-1"} for i in range(1100)]
    analyses = [{**ANALYSES[0], "analysis": f"CMP-{i:05d}x1"} for i in range(1100)]
    shard = opened(small(tmp_path, rows=rows, claims=(), analyses=analyses), tmp_path / "out")
    assert len(shard.problems) == 1001
    assert {p.rule for p in shard.problems} == {"unknown-analysis", "too-many"}
    fixes = [p.fix for p in shard.problems if p.rule == "unknown-analysis"]
    assert fixes[0] == "Did you mean 'CMP-00000x1'?"
    assert 100 < sum(fix.startswith("Did you mean") for fix in fixes) < 300
    assert fixes[-1].startswith(f"Look at the names in {tmp_path}/library.analyses.csv; they are too many")


def test_thousands_of_references_that_lead_nowhere_are_compared_for_a_while_only(tmp_path):
    lost = [
        {**CLAIMS[3], "claim": f"r{i}", "printed": "1", "refers_to": f"smith-2001/claim-{i:04d}"} for i in range(1100)
    ]
    there = [{**CLAIMS[0], "claim": f"claim{i:04d}"} for i in range(1100)]
    shard = opened(small(tmp_path, claims=[*there, *lost]), tmp_path / "out")
    assert [r.id for r in shard.reviews] == ["smith-2001"]
    assert len(shard.problems) == 1001
    fixes = [p.fix for p in shard.problems if p.rule == "unresolvable-reference"]
    assert fixes[0] == "Did you mean 'claim0000'?"
    assert fixes[-1].startswith("Look at the names in the claims of smith-2001; they are too many")


def test_signs_that_turn_a_text_around_are_named(tmp_path):
    rows = [{**ROWS[0], "study": "A\u202eB"}, *ROWS[1:]]
    problems = opened(small(tmp_path, rows=rows), tmp_path / "out").problems
    assert {p.rule for p in problems} == {"sign"}
