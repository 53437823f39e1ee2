"""Whose value stands beside the printed one, and counts as whole numbers."""

import pytest

from making import claim, made
from metaudit.audit import audit
from metaudit.explain.account import account_of, as_json, head_lines
from metaudit.explain.letter import letter
from metaudit.explain.questions import questions_about
from metaudit.report.fact_words import distance_words, printed_words, value_label, value_words
from metaudit.report.plain import sentence
from metaudit.tables.summary import ours

ROWS = [
    {"study": "A", "events_t": 10, "n_t": 50, "events_c": 20, "n_c": 50},
    {"study": "B", "events_t": 6, "n_t": 60, "events_c": 5, "n_c": 60},
    {"study": "C", "events_t": 4, "n_t": 40, "events_c": 9, "n_c": 42},
]
METHOD = {"measure": "RR", "method": {"model": "random", "tau2": "DL", "ci": "wald"}}
CITED = {"analysis": "", "subject": "year of Amr", "unit": "year"}
CLAIMS = [
    claim("est", "estimate", "0.70"),
    claim("lo", "ci_low", "0.41"),
    claim("hi", "ci_high", "0.94"),
    claim("p", "p", ".09"),
    claim("k", "k", "5"),
    claim("n", "n", "302"),
    claim("here", "value", "2013", refers_to="r/there", **CITED),
    claim("there", "value", "2014", **CITED),
    claim("small", "value", "2", refers_to="r/four", analysis="", subject="ratio", unit="ratio"),
    claim("four", "value", "4", analysis="", subject="potency", unit="ratio"),
]


@pytest.fixture
def told(tmp_path):
    """Accounts of a review with data, by claim."""
    review = made(tmp_path / "r", claims=CLAIMS, rows=ROWS, **METHOD)
    rows = audit(review)
    return {r.claim: account_of(review, rows, r.claim) for r in rows}


@pytest.fixture
def by_print(tmp_path):
    """A P value that does not fit its interval, without data."""
    numbers = (("est", "estimate", "-1.12"), ("lo", "ci_low", "-2.33"), ("hi", "ci_high", "0.09"), ("p", "p", "<.001"))
    review = made(tmp_path / "r", claims=[claim(*n) for n in numbers], measure="MD")
    return account_of(review, audit(review), "p")


def test_a_value_that_follows_from_print_is_not_called_ours(by_print):
    assert by_print.row.criterion == "P against interval"
    assert list(head_lines(by_print))[1] == "Printed <.001, implied by the printed interval 0.0696"
    assert as_json(by_print)["ours"]["source"] == "implied by the printed interval"
    terms = [f.term for f in by_print.facts]
    assert "Implied by what is printed" in terms
    assert "Our value" not in terms
    assert "give 0.0696" in str(sentence(by_print.finding))


def test_a_value_from_the_data_is_not_said_to_follow_from_print(told):
    account = told["est"]
    assert account.row.criterion == "interval symmetric"
    assert account.row.value > 0  # it has a value, which is re-derived: the limits lead to 0.615 to 0.626
    shown = ours(account.finding)
    assert list(head_lines(account))[1] == f"Printed 0.70, ours {shown}"
    assert shown not in str(sentence(account.finding))
    assert shown not in account.row.ask
    assert value_label(account.finding) == "Our value"


def test_the_number_of_a_cited_document_is_named_as_such(told):
    assert list(head_lines(told["here"]))[1] == "Printed 2013, in the cited document 2014"
    assert list(head_lines(told["small"]))[1] == "Printed 2, in the cited document 4"
    assert "prints 4." in str(sentence(told["small"].finding)).replace("{ours}", ours(told["small"].finding))


def test_counts_are_whole_numbers(told):
    k = told["k"].finding
    assert (ours(k), value_words(k).partition(" ")[0]) == ("3", "3")
    assert distance_words(k) == "2 fewer than printed"
    assert printed_words(k) == "5"
    assert printed_words(told["here"].finding) == "2013"
    n = told["n"].finding
    assert distance_words(n) == "none: the same number"
    assert printed_words(told["est"].finding) == "0.695 to 0.705"


@pytest.mark.parametrize(
    ("language", "words"), [("en", "where this value was taken from"), ("fr", "la source de cette valeur")]
)
def test_the_letter_asks_where_a_number_comes_from(tmp_path, language, words):
    review = made(tmp_path / "r", claims=[claim("v", "value", "5", analysis="", subject="dose")], analyses={})
    rows = audit(review)
    text = letter(review, rows, questions_about(review, rows), language=language)
    assert words in text
    assert "second" not in text
