"""A review and its audit in a notebook."""

import copy
import pickle
import subprocess
import sys
from dataclasses import fields, replace
from pathlib import Path

import pytest
from lxml import html

from making import claim, made
from metaudit import audit, read_review
from metaudit.audit.verdict import AuditRow, Verdicts
from metaudit.errors import DataError

SCRIPTS = Path(__file__).resolve().parents[3] / "scripts"


@pytest.fixture(scope="module")
def review(reviews):
    return read_review(reviews / "li-2007")


@pytest.fixture(scope="module")
def rows(review):
    return audit(review)


def table(markup: str) -> list[list[str]]:
    return [[cell.text_content() for cell in tr] for tr in html.fragment_fromstring(markup, "div").iter("tr")]


@pytest.mark.parametrize(
    "first", ["metaudit.audit", "metaudit.audit.verdict", "metaudit.explain.account", "metaudit.cli"]
)
def test_a_public_function_is_not_hidden_by_the_subpackage_of_its_name(first):
    ask = (
        f"import {first}; from metaudit import audit; import metaudit; print(callable(audit), callable(metaudit.audit))"
    )
    done = subprocess.run([sys.executable, "-c", ask], cwd=SCRIPTS, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["True", "True"]


def test_an_audit_is_still_a_list(rows):
    assert isinstance(rows, list)
    assert rows == list(rows)
    assert [*rows, *rows][len(rows)] == rows[0]
    assert sorted(rows, key=lambda r: r.claim)[0] in rows
    assert isinstance(rows[0], AuditRow)


def test_a_part_of_an_audit_keeps_its_review(rows, review):
    assert isinstance(rows[:2], Verdicts)
    assert len(rows[:2]) == 2
    assert rows[:2].review is review


def test_html_of_an_audit_has_every_claim_the_gravest_first(rows):
    head, *body = table(rows._repr_html_())
    assert head == ["verdict", "claim", "quantity", "printed", "ours", "reason"]
    assert {line[1] for line in body} == {r.claim for r in rows}
    assert len(body) == len(rows)


def test_html_of_an_audit_puts_what_differs_above_what_agrees(tmp_path):
    data = [{"study": f"S{i}", "effect": e, "se": "0.2"} for i, e in enumerate(["0.1", "0.3", "0.5"])]
    claims = [claim("right", "estimate", "0.30"), claim("wrong", "ci_low", "-0.90")]
    found = audit(made(tmp_path / "r", claims=claims, rows=data, measure="GEN", method={"model": "common"}))
    verdicts = {r.claim: r.verdict for r in found}
    assert verdicts["right"] == "EXACT"
    assert verdicts["wrong"] not in ("EXACT", "WITHIN_ROUNDING")
    assert [line[1] for line in table(found._repr_html_())[1:]] == ["wrong", "right"]


def test_html_shows_what_others_typed_as_text(tmp_path):
    claims = [claim("<b>x</b>", "value", "3", analysis="", subject="<script>alert(1)</script>")]
    found = audit(made(tmp_path / "r", claims=claims))
    for markup in (found._repr_html_(), found[0]._repr_html_()):
        assert "<script>" not in markup
        assert "<b>x" not in markup
        assert "&lt;b&gt;x" in markup


def test_html_of_one_row_says_verdict_numbers_and_method(rows):
    row = next(r for r in rows if r.quantity == "estimate" and r.verdict == "EXACT")
    shown = dict(table(row._repr_html_()))
    assert shown["Printed"] == row.printed
    assert shown["Verdict"].startswith("✓")
    assert shown["Stated method"] == row.stated_spec


def test_frame_has_the_columns_of_the_file(rows):
    frame = rows.to_frame()
    assert list(frame.columns) == list(rows[0].to_row()) == [f.name for f in fields(AuditRow)]
    assert not {"of", "_review"} & set(frame.columns)
    assert list(frame["claim"]) == [r.claim for r in rows]
    assert Verdicts().to_frame().empty
    assert list(rows[0].to_frame()["claim"]) == [rows[0].claim]


def test_one_claim_by_its_id(rows):
    assert rows.claim(rows[1].claim) is rows[1]
    with pytest.raises(DataError, match="no claim 'zzz'"):
        rows.claim("zzz")


def test_forest_of_an_audit_shows_the_printed_result(rows, review):
    picture = rows.forest()
    assert "The paper prints" in picture.alt
    assert "printed" in set(picture.to_frame()["mark"])
    assert picture.svg == rows.forest(next(iter(review.analyses))).svg == review.forest(rows[0].analysis).svg


def test_forest_of_a_row_is_that_of_its_analysis(rows):
    row = next(r for r in rows if r.analysis)
    assert row.forest().alt == rows.forest(row.analysis).alt


def test_forest_says_why_there_is_none(rows, review, tmp_path):
    with pytest.raises(DataError, match="has no analysis 'mortalty'"):
        rows.forest("mortalty")
    with pytest.raises(DataError, match="no layout"):
        review.forest(rows[0].analysis, layout="nature")
    with pytest.raises(DataError, match="about no analysis"):
        replace_of(rows[0], review, analysis="").forest()
    with pytest.raises(DataError, match="not made by audit"):
        Verdicts([replace(rows[0])]).forest()
    hidden = made(tmp_path / "hidden", claims=[claim("e", "estimate", "0.3")])
    with pytest.raises(DataError, match="no study to draw"):
        audit(hidden).forest()


def replace_of(row, review, **changes):
    (changed,) = Verdicts([replace(row, **changes)], review=review)
    return changed


def test_a_row_without_its_review_is_the_same_row(rows):
    assert repr(replace(rows[0])) == repr(rows[0])
    assert replace(rows[0]).of is None
    assert repr(rows[0].to_row()) == repr(replace(rows[0]).to_row())


def test_an_audit_can_be_copied_and_pickled(rows):
    assert copy.copy(rows) == rows
    again = pickle.loads(pickle.dumps(rows))
    assert repr(again) == repr(rows)
    assert again[0].of.id == rows[0].of.id


def test_html_of_a_review_lists_its_analyses(review):
    head, *body = table(review._repr_html_())
    assert head == ["analysis", "title", "measure", "stated method", "studies", "claims"]
    assert [line[0] for line in body] == list(review.analyses)
    assert review.title in review._repr_html_()


@pytest.mark.parametrize("name", ["extraction", "claims", "sources", "analyses"])
def test_every_table_of_a_review_is_a_frame(review, name):
    count = {
        "extraction": len(review.rows),
        "claims": len(review.claims),
        "sources": len(review.sources),
        "analyses": len(review.analyses),
    }
    assert len(review.to_frame(name)) == count[name] > 0


def test_claims_of_a_frame_are_as_typed(review):
    frame = review.to_frame("claims").set_index("claim")
    for c in review.claims:
        assert frame.loc[c.id, "printed"] == c.printed


def test_a_review_has_no_other_table(review):
    with pytest.raises(DataError, match=r"no table 'claim'.*'claims'"):
        review.to_frame("claim")


def test_a_review_with_several_analyses_asks_which(reviews):
    with pytest.raises(DataError, match="name one of"):
        read_review(reviews / "li-2007").forest()
