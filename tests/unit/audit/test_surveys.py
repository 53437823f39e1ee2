"""Delphi studies and other surveys: shares of a panel, rounds, items, thresholds, consensus in words."""

import pytest

from making import audited, claim
from metaudit.errors import InputError
from metaudit.formats.survey_subject import Subject, subject_problems, subject_words, survey_subject


def verdicts(folder, *claims):
    """Verdicts of claims outside analyses, given as (id, quantity, printed, subject)."""
    made = [{**claim(i, q, p, subject=s), "analysis": ""} for i, q, p, s in claims]
    return audited(folder, claims=made, analyses={}, kind="narrative review")


def test_a_share_of_the_panel_is_a_whole_number_of_people(tmp_path):
    found = verdicts(tmp_path / "r", ("n", "panel", "28", ""), ("a", "agreement", "82.1%", "S1"))["a"]
    assert found.verdict == "NOT_CHECKABLE"
    assert "82.1% of n = 28 can be only 23/28." in found.message


@pytest.mark.parametrize(
    ("printed", "possible"), [("81.3%", False), ("82.1%", True), ("75%", True), ("74%", False), ("74.9%", False)]
)
def test_breaking_a_share_moves_its_verdict(tmp_path, printed, possible):
    """Of 28 people 21 are 75 %, 23 are 82.1 %; every share of 28 is worked out here by dividing."""
    decimals = len(printed.partition(".")[2].rstrip("%"))
    by_hand = any(f"{100 * x / 28:.{decimals}f}%" == printed for x in range(29))
    found = verdicts(tmp_path / "r", ("n", "panel", "28", ""), ("a", "agreement", printed, "S1"))["a"]
    assert by_hand is possible
    assert (found.verdict == "NOT_CHECKABLE") is possible
    if not possible:
        assert found.verdict == "INCONSISTENT"
        assert "people who did not answer this item" in found.causes


def test_the_panel_of_the_item_itself_leaves_no_way_out(tmp_path):
    rows = verdicts(
        tmp_path / "r", ("n", "panel", "28", "round=1"), ("own", "panel", "27", "item=S1; round=1"),
        ("a", "agreement", "82.1%", "item=S1; round=1"), ("b", "agreement", "82.1%", "item=S2; round=1"),
    )  # fmt: skip
    assert rows["a"].verdict == "IMPOSSIBLE"
    assert rows["b"].verdict == "NOT_CHECKABLE"


def test_digits_that_were_cut(tmp_path):
    """2/3 of 30: 66.67 % cut to one decimal is 66.6 %."""
    found = verdicts(tmp_path / "r", ("n", "panel", "30", ""), ("a", "agreement", "66.6%", "S1"))["a"]
    assert found.verdict == "NOT_CHECKABLE"
    assert "cut instead of rounded" in found.message


@pytest.mark.parametrize(("count", "verdict"), [("23", "EXACT"), ("22", "INCONSISTENT")])
def test_a_share_beside_its_own_count(tmp_path, count, verdict):
    found = verdicts(
        tmp_path / "r", ("n", "panel", "28", ""), ("c", "agreed", count, "S1"), ("a", "agreement", "82.1%", "S1")
    )["a"]
    assert found.verdict == verdict
    assert found.value == pytest.approx(100 * int(count) / 28)


@pytest.mark.parametrize(
    ("share", "threshold", "said", "verdict"),
    [
        ("75%", ">=75%", "consensus", "EXACT"),
        ("74%", ">=75%", "consensus", "INCONSISTENT"),
        ("74%", ">=75%", "no consensus", "EXACT"),
        ("75%", ">75%", "consensus", "INCONSISTENT"),
        ("75%", "75%", "consensus", "NOT_CHECKABLE"),  # reached or passed: the sign is not printed
        ("76%", "75%", "Consensus reached", "EXACT"),
        ("76%", "75%", "no consensus", "INCONSISTENT"),
        ("66%", "67%", "consensus", "INCONSISTENT"),
    ],
)
def test_consensus_in_words_by_share_and_threshold(tmp_path, share, threshold, said, verdict):
    """Of 100 people, so that every whole percentage is possible."""
    rows = verdicts(
        tmp_path / "r", ("n", "panel", "100", ""), ("t", "threshold", threshold, ""), ("a", "agreement", share, "S1"),
        ("w", "text", said, "S1"),
    )  # fmt: skip
    assert rows["w"].verdict == verdict
    assert rows["w"].criterion == "consensus against threshold"


def test_the_count_behind_a_share_decides_where_the_digits_leave_it_open(tmp_path):
    """75 % may be 74.6 %; of 28 people it is 21, which is 75 % exactly. Of 63 people it is 47, which is 74.6 %."""
    told = ("t", "threshold", ">=75%", ""), ("a", "agreement", "75%", "S1"), ("w", "text", "consensus", "S1")
    assert verdicts(tmp_path / "r", *told)["w"].verdict == "NOT_CHECKABLE"
    assert verdicts(tmp_path / "s", ("n", "panel", "28", ""), *told)["w"].verdict == "EXACT"
    assert verdicts(tmp_path / "t", ("n", "panel", "63", ""), *told)["w"].verdict == "INCONSISTENT"


def test_two_thirds_printed_as_67_percent(tmp_path):
    """20 of 30 are two thirds: neither consensus nor its absence contradicts a threshold printed as 67 %."""
    told = [("n", "panel", "30", ""), ("t", "threshold", ">=67%", ""), ("a", "agreement", "66.7%", "S1")]
    for said in ("consensus", "no consensus"):
        assert (
            verdicts(tmp_path / said.replace(" ", "-"), *told, ("w", "text", said, "S1"))["w"].verdict
            == "NOT_CHECKABLE"
        )
    assert (
        verdicts(tmp_path / "r", *told, ("w", "text", "consensus", "S2"), ("b", "agreement", "63.3%", "S2"))[
            "w"
        ].verdict
        == "INCONSISTENT"
    )


def test_disagreement_is_consensus_too(tmp_path):
    rows = verdicts(
        tmp_path / "r", ("n", "panel", "20", ""), ("t", "threshold", ">=75%", ""), ("a", "agreement", "20%", "item=S1; answer=agree"),
        ("d", "agreement", "80%", "item=S1; answer=disagree"), ("w", "text", "consensus", "S1"),
    )  # fmt: skip
    assert rows["w"].verdict == "EXACT"


def test_a_statement_without_share_or_threshold_names_what_is_missing(tmp_path):
    rows = verdicts(
        tmp_path / "r",
        ("a", "agreement", "80%", "S1"),
        ("w", "text", "consensus", "S1"),
        ("v", "text", "consensus", "S2"),
    )
    assert rows["w"].causes == ("the threshold of consensus",)
    assert rows["v"].causes == ("the share of the panel that agreed", "the threshold of consensus")


def test_the_last_round_counts_where_none_is_named(tmp_path):
    rows = verdicts(
        tmp_path / "r", ("t", "threshold", ">=75%", ""), ("n1", "panel", "40", "round=1"), ("n2", "panel", "36", "round=2"),
        ("a1", "agreement", "62.5%", "S1, round 1"), ("a2", "agreement", "80.6%", "S1, round 2"), ("w", "text", "consensus", "S1"),
        ("w1", "text", "consensus", "S1, round 1"),
    )  # fmt: skip
    assert rows["w"].verdict == "EXACT"
    assert rows["w1"].verdict == "INCONSISTENT"
    assert rows["a2"].verdict == "NOT_CHECKABLE"
    assert "29/36" in rows["a2"].message


@pytest.mark.parametrize(
    ("last", "answers", "verdict"),
    [
        ("12%", 3, "NOT_CHECKABLE"),
        ("13%", 3, "NOT_CHECKABLE"),
        ("25%", 3, "INCONSISTENT"),
        ("5%", 3, "INCONSISTENT"),
        ("5%", 0, "NOT_CHECKABLE"),
    ],
)
def test_answers_to_one_item_are_all_of_the_panel(tmp_path, last, answers, verdict):
    """5 + 2 + 1 of 8: 62.5, 25 and 12.5 %, printed either way; without ``answers`` there may have been a fourth."""
    whole = f"; answers={answers}" if answers else ""
    rows = verdicts(
        tmp_path / "r", *((i, "agreement", p, f"item=S1; answer={i}{whole}") for i, p in (("agree", "62%"), ("neutral", "25%"), ("disagree", last)))
    )  # fmt: skip
    assert {r.verdict for r in rows.values()} == {verdict}


def test_all_answers_have_to_be_the_people_who_answered(tmp_path):
    """67/200 is 33.5 %, printed as 33 % or 34 %, so that 67 + 67 + 66 fit; 33/101 is 32.7 %, 34/101 is 33.7 %, and 3 x 33 are 99."""
    told = [("n", "panel", "200", "")]
    shares = (("a", "33%"), ("b", "33%"), ("c", "33%"))
    rows = verdicts(tmp_path / "r", *told, *((i, "agreement", p, f"item=S1; answer={i}; answers=3") for i, p in shares))
    assert rows["a"].verdict == "NOT_CHECKABLE"
    rows = verdicts(
        tmp_path / "s",
        ("n", "panel", "101", ""),
        *((i, "agreement", p, f"item=S1; answer={i}; answers=3") for i, p in shares),
    )
    assert rows["a"].verdict == "INCONSISTENT"
    assert "add up to the 101 who answered" in rows["a"].message


def test_rounds(tmp_path):
    rows = verdicts(
        tmp_path / "r", ("i1", "invited", "60", "round=1"), ("n1", "panel", "48", "round=1"), ("r1", "response_rate", "80%", "round=1"),
        ("i2", "invited", "48", "round=2"), ("n2", "panel", "50", "round=2"), ("r2", "response_rate", "85%", "round=2"),
        ("i3", "invited", "50", "round=3"), ("r3", "response_rate", "85%", "round=3"),
    )  # fmt: skip
    assert rows["r1"].verdict == "EXACT"
    assert rows["n2"].verdict == "IMPOSSIBLE"
    assert rows["r2"].verdict == "INCONSISTENT"
    assert "More people answered than in round 1 (48)" in rows["n2"].message
    assert rows["r3"].verdict == "INCONSISTENT"  # 42/50 is 84 %, 43/50 is 86 %


def test_the_share_of_items_with_consensus(tmp_path):
    assert (
        "78/96" in verdicts(tmp_path / "r", ("i", "items", "96", ""), ("c", "consensus_rate", "81.3%", ""))["c"].message
    )
    assert (
        verdicts(tmp_path / "s", ("i", "items", "97", ""), ("c", "consensus_rate", "81.3%", ""))["c"].verdict
        == "INCONSISTENT"
    )
    about = verdicts(tmp_path / "t", ("i", "items", "97", "items, about"), ("c", "consensus_rate", "81.3%", ""))["c"]
    assert about.verdict == "NOT_CHECKABLE"
    assert "No whole number of 97 items" in about.message


@pytest.mark.parametrize(("printed", "verdict"), [("2", "EXACT"), ("3", "INCONSISTENT"), ("5", "IMPOSSIBLE")])
def test_items_with_consensus_counted_by_their_shares(tmp_path, printed, verdict):
    shares = [
        ("a", "agreement", "80%", "S1"),
        ("b", "agreement", "75%", "S2"),
        ("c", "agreement", "70%", "S3"),
        ("d", "agreement", "10%", "S4"),
    ]
    rows = verdicts(
        tmp_path / "r", ("n", "panel", "20", ""), ("t", "threshold", ">=75%", ""), ("i", "items", "4", ""), ("k", "items_consensus", printed, ""), *shares
    )  # fmt: skip
    assert rows["k"].verdict == verdict


def test_a_smaller_panel_that_fits_all_shares_is_named(tmp_path):
    """13/16, 11/16 and 5/16 are printed; the paper says 20 answered."""
    shares = [(f"a{i}", "agreement", p, f"S{i}") for i, p in enumerate(("81.3%", "68.8%", "31.3%"))]
    rows = verdicts(tmp_path / "r", ("n", "panel", "20", ""), *shares)
    assert all(rows[i].verdict == "INCONSISTENT" for i, *_ in shares)
    assert "possible at once among 16 people" in rows["n"].message


def test_thresholds_that_fit_what_is_said(tmp_path):
    rows = verdicts(
        tmp_path / "r", ("n", "panel", "1000", ""), ("t", "threshold", ">=75%", ""), ("a", "agreement", "80.0%", "S1"),
        ("b", "agreement", "70.0%", "S2"), ("v", "text", "consensus", "S1"), ("w", "text", "no consensus", "S2"),
    )  # fmt: skip
    assert "above 69.95 %" in rows["t"].message
    assert "at most 80.05 %" in rows["t"].message


def test_a_share_above_the_whole_is_impossible(tmp_path):
    assert (
        verdicts(tmp_path / "r", ("n", "panel", "20", ""), ("a", "agreement", "120%", "S1"))["a"].verdict
        == "IMPOSSIBLE"
    )


@pytest.mark.parametrize(
    ("text", "quantity", "expected"),
    [
        ("item=S3; round=2; answer=Disagree; answers=3", "agreement", Subject("s3", "2", "disagree", 3)),
        ("S3, round 2", "agreement", Subject("s3", "2")),
        ("S3  (Round 2)", "text", Subject("s3", "2")),
        ("experts", "panel", Subject()),
        ("round 2", "panel", Subject("", "2")),
        ("", "threshold", Subject()),
    ],
)
def test_subjects(text, quantity, expected):
    assert survey_subject(text, quantity) == expected


def test_a_mistyped_key_is_a_problem_and_not_another_item(tmp_path):
    ((message, fix),) = subject_problems("item=S1; ansver=agree")
    assert "'ansver'" in message
    assert "answer" in fix
    assert subject_problems("dose = 0.5 mg") == []
    ((message, fix),) = subject_problems("item=S1; round=1; item=S2")
    assert (message, fix) == ("item is named twice, as 'S1' and as 'S2'", "Keep one of the two.")
    with pytest.raises(InputError) as raised:
        verdicts(tmp_path / "r", ("a", "agreement", "80%", "item=S1; ansver=agree"))
    assert raised.value.problems[0].column == "subject"


@pytest.mark.parametrize(
    ("text", "english", "french"),
    [
        ("item=S4; round=2; answer=disagree; answers=3", "S4, round 2, disagree", "S4, tour 2, disagree"),
        ("round=1", "round 1", "tour 1"),
        ("S4, round 2", "S4, round 2", "S4, round 2"),
        ("dose=low", "dose=low", "dose=low"),
        ("answers=3", "answers=3", "answers=3"),
    ],
)
def test_a_reader_sees_words_and_no_keys(text, english, french):
    assert subject_words(text) == english
    assert subject_words(text, language="fr") == french


def test_the_question_to_the_authors_is_in_words(tmp_path):
    rows = verdicts(tmp_path / "r", ("n", "panel", "28", "round=1"), ("a", "agreement", "81.3%", "item=S1; round=1"))
    assert "(S1, round 1)" in rows["a"].ask
