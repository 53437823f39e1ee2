"""How findings become one verdict a claim."""

import pytest

from making import audited, claim, made, write_review
from metaudit.audit import VERDICTS, AuditRow, audit

ROWS = [{"study": s, "effect": "0.2000", "se": "0.1500"} for s in "ABCD"]  # 0.2000 (0.0530 to 0.3470), P = .0077
METHOD = {"model": "common", "ci": "wald"}


def test_one_row_a_claim_in_the_order_of_the_file(tmp_path):
    claims = [claim("z", "k", "4"), claim("a", "estimate", "0.2000"), claim("m", "text", "significant")]
    rows = audit(made(tmp_path / "r", claims=claims, rows=ROWS, measure="GEN", method=METHOD))
    assert [r.claim for r in rows] == ["z", "a", "m"]
    assert all(isinstance(r, AuditRow) and r.verdict in VERDICTS and r.message for r in rows)


def test_a_number_that_is_re_derived_stands_against_another_printed_one(tmp_path):
    claims = [
        claim("e", "estimate", "0.2000"),
        claim("lo", "ci_low", "0.0530"),
        claim("hi", "ci_high", "0.4470"),
        claim("p", "p", ".008"),
    ]
    found = audited(tmp_path / "r", claims=claims, rows=ROWS, measure="GEN", method=METHOD)
    assert {c: r.verdict for c, r in found.items()} == {"e": "EXACT", "lo": "EXACT", "hi": "INCONSISTENT", "p": "EXACT"}
    assert "not symmetric" in found["e"].message  # said, not judged


def test_agreement_with_another_printed_number_does_not_lower_an_exact_one(tmp_path):
    claims = [claim("q", "q", "0.00"), claim("df", "q_df", "3"), claim("i2", "i2", "0%"), claim("qp", "q_p", "1.00")]
    found = audited(tmp_path / "r", claims=claims, rows=ROWS, measure="GEN", method=METHOD)
    assert {r.verdict for r in found.values()} == {"EXACT"}


def test_an_impossible_number(tmp_path):
    found = audited(tmp_path / "r", claims=[claim("p", "p", "1.3")], measure="RR")["p"]
    assert (found.verdict, found.criterion, found.impact) == ("IMPOSSIBLE", "range", "")


def test_the_review_referred_to_may_be_given_or_lies_beside(tmp_path):
    write_review(tmp_path / "source", claims=[{**claim("n", "count", "258"), "analysis": ""}], analyses={})
    cell = {**claim("n", "count", "158"), "analysis": "", "refers_to": "source/n"}
    citing = made(tmp_path / "citing", claims=[cell], analyses={}, kind="narrative review")
    assert audit(citing)[0].verdict == "INCONSISTENT"
    other = made(
        tmp_path / "elsewhere" / "source", claims=[{**claim("n", "count", "158"), "analysis": ""}], analyses={}
    )
    assert audit(citing, others={"source": other})[0].verdict == "EXACT"


def test_a_review_may_refer_to_itself(tmp_path):
    claims = [
        {**claim("list", "value", "2014", unit="year"), "analysis": ""},
        {**claim("text", "value", "2013", unit="year"), "analysis": "", "refers_to": "r/list"},
    ]
    assert audited(tmp_path / "r", claims=claims, analyses={})["text"].verdict == "INCONSISTENT"


@pytest.mark.parametrize(
    ("quantity", "printed", "low", "high"), [("estimate", "0.20", 0.195, 0.205), ("p", "<.05", -float("inf"), 0.05)]
)
def test_the_printed_interval_is_on_the_printed_scale(tmp_path, quantity, printed, low, high):
    found = audited(tmp_path / "r", claims=[claim("c", quantity, printed)], rows=ROWS, measure="GEN", method=METHOD)[
        "c"
    ]
    assert (found.printed_low, found.printed_high) == (low, high)
    assert found.margin == pytest.approx(0.5 if quantity == "estimate" else (0.05 - 0.00766) / 0.01, abs=0.01)
