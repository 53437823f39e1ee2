"""A number taken over from another review, against the number there."""

import pytest

from making import audited, claim, write_review


def transcribed(tmp_path, here, there):
    """Verdict of a claim that refers to another review's claim."""
    write_review(tmp_path / "source", claims=[{**claim("there", "value", ""), "analysis": "", **there}], analyses={})
    claims = [{**claim("here", "value", ""), "analysis": "", "refers_to": "source/there", **here}]
    return audited(tmp_path / "citing", claims=claims, analyses={}, kind="narrative review")["here"]


def value(printed, **cells):
    return {"printed": printed, "unit": "week", "subject": "a number", **cells}


@pytest.mark.parametrize(
    ("here", "there", "verdict"),
    [
        ("2.68", "2.68", "EXACT"),
        ("0.50", "0.5", "EXACT"),
        ("2.7", "2.68", "EXACT"),  # rounded
        ("3", "2.68", "EXACT"),
        ("91", "91.9", "WITHIN_ROUNDING"),  # cut
        ("2.68", "2.7", "WITHIN_ROUNDING"),  # more digits than the source prints
        ("5", "4.2", "INCONSISTENT"),
        ("137", "138", "INCONSISTENT"),
        ("-2.68", "2.68", "INCONSISTENT"),
    ],
)
def test_numbers(tmp_path, here, there, verdict):
    found = transcribed(tmp_path, value(here), value(there))
    assert found.verdict == verdict
    assert here in found.message


@pytest.mark.parametrize(
    ("here", "there", "verdict"),
    [("40%", "41%", "INCONSISTENT"), ("40%", "40.4%", "EXACT"), ("40%", "40.6%", "WITHIN_ROUNDING"), ("80%", "83%", "INCONSISTENT"), ("0.81", "81%", "EXACT"), ("1/3", "32.6%", "EXACT")],
)  # fmt: skip
def test_percentages_whose_rounding_intervals_touch_do_not_agree(tmp_path, here, there, verdict):
    found = transcribed(
        tmp_path, {"quantity": "proportion", "printed": here}, {"quantity": "proportion", "printed": there}
    )
    assert found.verdict == verdict


@pytest.mark.parametrize(
    ("here", "subject", "verdict"),
    [("140 000", "adults", "WITHIN_ROUNDING"), ("139 933", "adults", "EXACT"), ("140 001", "adults", "INCONSISTENT"), ("139 900", "adults", "INCONSISTENT"),
     ("139 900", "adults, nearly", "WITHIN_ROUNDING"), ("141 000", "adults", "INCONSISTENT")],
)  # fmt: skip
def test_round_numbers(tmp_path, here, subject, verdict):
    found = transcribed(
        tmp_path,
        {"quantity": "count", "printed": here, "subject": subject},
        {"quantity": "count", "printed": "139 933"},
    )
    assert found.verdict == verdict


def test_units_that_differ_are_not_compared(tmp_path):
    found = transcribed(tmp_path, value("3"), value("3", unit="month"))
    assert found.verdict == "NOT_CHECKABLE"
    assert "not comparable" in found.message


@pytest.mark.parametrize(
    ("here", "there", "verdict"),
    [("significant", "significant", "EXACT"), ("significant", "not significant", "INCONSISTENT"), ("favours treatment", "favours control", "INCONSISTENT"),
     ("significant", "heterogeneous", "NOT_CHECKABLE"), ("one third", "a minority", "NOT_CHECKABLE"), ("Two thirds", "two thirds", "EXACT")],
)  # fmt: skip
def test_words(tmp_path, here, there, verdict):
    found = transcribed(tmp_path, {"quantity": "text", "printed": here}, {"quantity": "text", "printed": there})
    assert found.verdict == verdict
    assert found.message.count("not judged") <= 1


def test_certainty_is_that_of_the_worse_end(tmp_path):
    assert transcribed(tmp_path, value("5"), value("5", certainty="unverified")).certainty == "unverified"


def test_impact_by_size(tmp_path):
    write_review(
        tmp_path / "s", claims=[{**claim(f"v{n}", "count", n), "analysis": ""} for n in ("100", "258")], analyses={}
    )
    claims = [
        {**claim(f"c{n}", "count", n), "analysis": "", "refers_to": f"s/v{of}"}
        for n, of in (("104", "100"), ("107", "100"), ("158", "258"))
    ]
    found = audited(tmp_path / "citing", claims=claims, analyses={})
    assert [found[c].impact for c in ("c104", "c107", "c158")] == ["minor", "moderate", "large"]


def test_the_message_never_accuses(tmp_path):
    found = transcribed(tmp_path, value("5"), value("4.2"))
    for word in ("fraud", "manipulat", "false", "wrong"):
        assert word not in (found.message + " ".join(found.causes)).lower()
