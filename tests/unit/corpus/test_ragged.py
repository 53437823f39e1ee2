"""Rows of a corpus whose cells cannot be told apart, and rows without an id near them: no review is audited without one that may be its own."""

import json

import pytest

from metaudit.corpus import astray, piece
from metaudit.corpus.read import open_corpus
from metaudit.corpus.shard import open_shard
from metaudit.corpus.split import split

HEADER = "review,analysis,study,events_t,n_t,events_c,n_c"
SMITH, JONES = "smith-2001,death,Adams 1999,10,50,20,50", "jones-2002,mi,Cook 1999,10,50,20,50"


def outcome(folder, *rows, header=HEADER, shards=1, claims=()):
    """The reviews that are audited, and those that are not with the rows that are named."""
    folder.mkdir(exist_ok=True)
    (folder / "x.csv").write_text("\n".join([header, *rows, ""]), encoding="utf-8")
    if claims:
        (folder / "x.claims.csv").write_text("\n".join(["review,claim,analysis,quantity,printed", *claims, ""]))
    opened = [open_shard(place) for place in split(open_corpus(folder / "x.csv"), shards, folder / f"s{shards}")]
    audited = sorted(r.id for shard in opened for r in shard.reviews)
    return audited, sorted({(p.review, p.row) for shard in opened for p in shard.problems})


@pytest.fixture(params=[1, 2, 100], ids="{} rows at once".format)
def pieces_of(monkeypatch, request):
    """Rows are read one, two and a hundred at a time."""
    monkeypatch.setattr(piece, "ROWS_AT_ONCE", request.param)


@pytest.mark.parametrize("shards", [1, 3])
def test_a_comma_before_the_id_charges_the_row_to_the_review_whose_id_stands_in_it(tmp_path, pieces_of, shards):
    rows = [
        "Adams 1999,smith-2001,death,10,50,20,50",
        "Baker, 2000,smith-2001,death,3,60,5,60",
        "Cook 1999,jones-2002,mi,10,50,20,50",
    ]
    found = outcome(tmp_path, *rows, header="study,review,analysis,events_t,n_t,events_c,n_c", shards=shards)
    assert found == (["jones-2002"], [("smith-2001", 3)])


def test_a_row_in_which_two_ids_stand_may_be_one_of_either(tmp_path):
    rows = [SMITH, JONES, "li-2007,a,Li 2007,1,2,3,4", "li-2007,a,after smith-2001,jones-2002,1,2,3,4"]
    assert outcome(tmp_path, *rows) == (["smith-2001"], [("jones-2002", 5), ("li-2007", 5)])


@pytest.mark.parametrize("cell", ["", "smith 2001", "Smith-2001", "smith\u20132001"])
def test_a_ragged_row_whose_id_is_missing_or_odd_is_charged_all_the_same(tmp_path, pieces_of, cell):
    rows = [SMITH, f"{cell},death,Baker 2000,3,60,5,60,7", JONES]
    assert outcome(tmp_path, *rows) == (["jones-2002"], [("smith-2001", 3)])


def test_an_odd_id_is_looked_for_in_every_cell_where_no_id_stands(tmp_path):
    rows = [
        "Adams 1999,smith-2001,death,10,50,20,50",
        "Cook 1999,jones-2002,mi,10,50,20,50",
        "Baker, 2000,smith 2001,death,3,60,5,60",
    ]
    header = "study,review,analysis,events_t,n_t,events_c,n_c"
    assert outcome(tmp_path, *rows, header=header) == (["jones-2002"], [("smith-2001", 4)])
    # Where an id stands, a study that is called like another review says nothing.
    named = [SMITH, JONES, "jones-2002,mi,Smith 2001,3,60,5,60,7"]
    assert outcome(tmp_path / "named", *named) == (["smith-2001"], [("jones-2002", 4)])


def test_a_count_that_is_an_id_too_does_not_speak_for_the_row(tmp_path):
    rows = ["12,a,A,1,50,2,50", ",a,B,3,60,5,60,7", "60,a,A,1,50,2,50", "4,a,A,1,50,2,50"]
    assert outcome(tmp_path, *rows) == (["4"], [("12", 3), ("60", 3)])
    rows = [",a,B,3,60,5,60,7", ",a,C,3,61,5,61", *rows[:1], *rows[2:]]
    assert outcome(tmp_path / "top", *rows) == (["4"], [("12", 2), ("12", 3), ("60", 2), ("60", 3)])


def test_a_row_in_which_no_id_stands_may_be_one_of_the_review_above(tmp_path, pieces_of):
    rows = [SMITH, JONES, " 2000,3,60,5,60"]
    assert outcome(tmp_path, *rows) == (["smith-2001"], [("jones-2002", 4)])


def test_a_row_without_id_below_a_ragged_one_belongs_to_the_review_of_that(tmp_path, pieces_of):
    rows = [SMITH, "jones-2002,mi,Extra,1,2", ",mi,Below,1,50,2,50", ",mi,Below that,1,50,2,50", JONES]
    named = [("jones-2002", 3), ("jones-2002", 4)]
    assert outcome(tmp_path, *rows) == (["smith-2001"], named)
    assert outcome(tmp_path, *rows, shards=5) == (["smith-2001"], named)


@pytest.mark.parametrize("shards", [1, 5])
def test_rows_without_id_on_top_may_belong_to_the_first_review_below(tmp_path, pieces_of, shards):
    rows = [",death,Li 2007,1,50,2,50", ",death,Wu 2008,1,50,2,50", SMITH, JONES]
    assert outcome(tmp_path, *rows, shards=shards) == (["jones-2002"], [("smith-2001", 2)])


def test_so_may_ragged_rows_in_which_no_id_stands(tmp_path, pieces_of):
    rows = ["a note below the header", ",death,Wu 2008,1,50,2,50", SMITH, JONES]
    assert outcome(tmp_path, *rows) == (["jones-2002"], [("smith-2001", 2), ("smith-2001", 3)])


def test_the_first_row_with_an_id_may_be_a_ragged_one(tmp_path, pieces_of):
    rows = [",mi,Wu 2008,1,50,2,50", "jones-2002,mi,Extra,1,2", SMITH, JONES]
    assert outcome(tmp_path, *rows) == (["smith-2001"], [("jones-2002", 2), ("jones-2002", 3)])


def test_of_a_table_without_any_id_no_row_belongs_to_a_review(tmp_path, pieces_of):
    assert outcome(tmp_path, ",mi,Wu 2008,1,50,2,50", ",mi,Li,1,50,2,50") == ([], [("", 2)])


def test_of_a_table_of_claims_the_review_may_be_known_from_the_table_of_studies_only(tmp_path):
    claims = ["smith-2001,rr,death,estimate,0.52", "jones-2002,rr,mi,estimate", ",ci,mi,ci_low,0.2"]
    assert outcome(tmp_path, SMITH, JONES, claims=claims) == (["smith-2001"], [("jones-2002", 3), ("jones-2002", 4)])


def test_in_a_table_of_nothing_but_ragged_rows_they_belong_to_no_review(tmp_path):
    assert outcome(tmp_path, "smith-2001,death,A,1,2,3", "smith-2001,death,B,1,2,3") == ([], [("", 2)])


def test_rows_that_wait_for_the_ids_wait_on_the_disk_where_there_are_many(tmp_path, monkeypatch):
    monkeypatch.setattr(astray, "_IN_MEMORY", 100)
    made = []
    spooled = astray._spooled
    monkeypatch.setattr(astray, "_spooled", lambda: made.append(spooled()) or made[-1])
    rows = [SMITH, *(f"smith-2001,death,Study {i},1" for i in range(200)), JONES]
    assert outcome(tmp_path, *rows) == (["jones-2002"], [("smith-2001", 3)])
    assert made[0]._rolled
    assert made[0].closed
    assert (
        "in 199 more rows" in json.loads((tmp_path / "s1/shard-000/shard.json").read_text())["problems"][0]["message"]
    )


def test_a_row_that_many_reviews_may_have_holds_them_all_back_once_and_is_not_counted_for_each_again(tmp_path):
    ids = [f"a{'-' * i}b" for i in range(1, 31)]
    rows = [*(f"{name},x,A,1,50,2,50" for name in ids), *("a b,x,B,1", ",x,C,1,50,2,50") * 3]
    audited, named = outcome(tmp_path, *rows)
    assert audited == []
    assert {(review, row) for review, row in named if row == 32} == {(name, 32) for name in ids}
    problems = json.loads((tmp_path / "s1/shard-000/shard.json").read_text())["problems"]
    again = [p["review"] for p in problems if p["rule"] == "ragged-row" and "in 2 more rows" in p["message"]]
    assert again == sorted(ids)[:10] == [p["review"] for p in problems if p["rule"] == "empty-cell"]


def test_ids_that_differ_in_capitals_are_told_apart_in_a_ragged_row(tmp_path):
    rows = ["ab,x,A,1,50,2,50", "AB,x,A,1,50,2,50", "AB,x,B,1", "Ab,x,C,1"]
    outcome(tmp_path, *rows)
    problems = json.loads((tmp_path / "s1/shard-000/shard.json").read_text())["problems"]
    ragged = sorted((p["row"], p["review"]) for p in problems if p["rule"] == "ragged-row")
    assert ragged == [(4, "AB"), (5, "AB"), (5, "ab")]
