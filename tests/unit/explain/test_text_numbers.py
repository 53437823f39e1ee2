"""Numbers of a running text: how they are written, and which are no results."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metaudit.explain.text_numbers import numbers_of
from metaudit.printed import parse_printed

# Every way of writing a number: the text, and its first reading as (relation, value, decimals, percent).
WRITTEN = [
    ("OR 2.43", [("=", 2.43, 2, False)]),
    ("1.10 to 5.40", [("=", 1.1, 2, False), ("=", 5.4, 2, False)]),
    ("1.10-5.40", [("=", 1.1, 2, False), ("=", 5.4, 2, False)]),
    ("1.10\u20135.40", [("=", 1.1, 2, False), ("=", 5.4, 2, False)]),
    ("(1.10, 5.40)", [("=", 1.1, 2, False), ("=", 5.4, 2, False)]),
    ("[1.10; 5.40]", [("=", 1.1, 2, False), ("=", 5.4, 2, False)]),
    ("1,10 à 5,40", [("=", 1.1, 2, False), ("=", 5.4, 2, False)]),
    ("\u22122.40 to \u22120.44", [("=", -2.4, 2, False), ("=", -0.44, 2, False)]),
    ("-2.40--0.44", [("=", -2.4, 2, False), ("=", -0.44, 2, False)]),
    ("\u22122.40\u2013\u22120.44", [("=", -2.4, 2, False), ("=", -0.44, 2, False)]),
    ("P < .001", [("<", 0.001, 3, False)]),
    ("p<0,001", [("<", 0.001, 3, False)]),
    ("P ≤ 0.05", [("<=", 0.05, 2, False)]),
    ("P = .04", [("=", 0.04, 2, False)]),
    ("51 % des patients", [("=", 51, 0, True)]),
    ("51\u202f%", [("=", 51, 0, True)]),
    ("51.3%", [("=", 51.3, 1, True)]),
    ("19,4 pour cent", [("=", 19.4, 1, True)]),
    ("140 000 people", [("=", 140000, 0, False)]),
    ("3,476 people", [("=", 3476, 0, False)]),
    ("1.234,5 g", [("=", 1234.5, 1, False)]),
    ("1'234 g", [("=", 1234, 0, False)]),
    ("12\u2019345\u2019678 g", [("=", 12345678, 0, False)]),
    ("0,004", [("=", 0.004, 3, False)]),
    ("1,234,567.8", [("=", 1234567.8, 1, False)]),
    ("0\u00b745", [("=", 0.45, 2, False)]),
    ("3.2 ± 1.1", [("=", 3.2, 1, False), ("=", 1.1, 1, False)]),
    ("3.2 +/-1.1", [("=", 3.2, 1, False), ("=", 1.1, 1, False)]),
    ("P = 3 × 10\u22125", [("=", 3e-5, 5, False)]),
    ("1.2e-5", [("=", 1.2e-5, 6, False)]),
    ("20mg", [("=", 20, 0, False)]),
    ("n=20", [("=", 20, 0, False)]),
    ("20/39", [("=", 20 / 39, 0, False)]),
]
LEFT_OUT = [
    ("in 2010 it was", "2010", "a year"),
    ("as shown [12, 13\u201315]", "13", "a citation"),
    ("as shown [7]", "7", "a citation"),
    ("2.43 (95% CI)", "95%", "a confidence level"),
    ("IC à 95 % 1,10", "95 %", "a confidence level"),
    ("99 % confidence limits", "99 %", "a confidence level"),
    ("## 2.1 Methods", "2.1", "a heading or list number"),
    ("2.1 Statistical analysis", "2.1", "a heading or list number"),
    ("1. First item", "1", "a heading or list number"),
    ("see Table 2", "2", "a place in the document"),
    ("Tableau 3", "3", "a place in the document"),
    ("Figs. 2 and 3", "3", "a place in the document"),
    ("p. 12", "12", "a place in the document"),
    ("pages 12\u201315", "15", "a place in the document"),
    ("Tables 2, 3 and 4", "4", "a place in the document"),
    ("Supplementary Table S3", "3", "a place in the document"),
    ("équation 4", "4", "a place in the document"),
    ("RevMan 5.3 was used", "5.3", "a version"),
    ("in CO2", "2", "part of a name"),
    ("of COVID-19", "19", "part of a name"),
    ("the 5-HT3 receptor", "3", "part of a name"),
    ("doi:10.1002/ejp.1153", "10.1002", "a link"),
    ("PMID: 12345678", "12345678", "an identifier"),
    ("CRD42018091234", "42018091234", "an identifier"),
    ("on 12 March 2024", "12", "a date"),
    ("le 3 février", "3", "a date"),
    ("2003;26(4):123-8", "123", "the pages of a reference"),
    ("the 2nd study", "2", "an ordinal"),
]
RESULTS = [  # what a careless rule would leave out
    ("2.1 times higher in the treated.", "2.1"),
    ("p=.12", ".12"),
    ("P .05", ".05"),
    ("12 patients", "12"),
    ("week 12", "12"),
    ("95% of patients", "95%"),
    ("[1.10, 5.40]", "5.40"),
    ("2010.5 mg", "2010.5"),
    ("range-3.2", "3.2"),
    ("Table shows 12", "12"),
    ("in Table 2, 12 patients", "12"),
    ("Fig. 3 and 45 patients", "45"),
    ("Table 2 and 43% of them", "43%"),
    ("Tables 2 and 3, 1.5 times", "1.5"),
]


def counted(text):
    return [t for t in numbers_of(text) if not t.in_words]


@pytest.mark.parametrize(("text", "expected"), WRITTEN, ids=[t for t, _ in WRITTEN])
def test_a_number_is_read_as_it_is_written(text, expected):
    found = [t.readings[0] for t in counted(text)]
    assert [(p.relation, p.decimals, p.percent) for p in found] == [(r, d, p) for r, _, d, p in expected]
    assert [p.value for p in found] == pytest.approx([v for _, v, _, _ in expected], rel=1e-15)


@pytest.mark.parametrize(("text", "number", "reason"), LEFT_OUT, ids=[t for t, _, _ in LEFT_OUT])
def test_what_is_no_result_says_why(text, number, reason):
    assert {t.text: t.reason for t in counted(text)}[number] == reason


@pytest.mark.parametrize(("text", "number"), RESULTS, ids=[t for t, _ in RESULTS])
def test_a_result_is_not_left_out(text, number):
    assert {t.text: t.reason for t in counted(text)}[number] == ""


def test_the_list_of_references_ends_at_the_next_heading():
    tokens = counted("0.5\n## References\n12. Foo 0.6\n# Appendix\n0.7")
    assert [(t.text, t.reason) for t in tokens if "." in t.text] == [
        ("0.5", ""), ("0.6", "in the list of references"), ("0.7", "")
    ]  # fmt: skip


def test_a_comma_may_be_a_decimal_point_or_set_off_thousands():
    (token,) = counted("12,345")
    assert [p.value for p in token.readings] == [12345, 12.345]


def test_blanks_between_table_cells_are_no_thousands_for_certain():
    (first, second) = counted("4 120 3.5")
    assert [p.text for p in first.parts] == ["4", "120"]
    assert second.text == "3.5"


def test_a_dash_after_a_blank_may_be_a_sign_or_a_range():
    tokens = counted("0.3 -0.5")
    assert [p.value for p in tokens[1].readings] == [-0.5, 0.5]


def test_places_are_counted_from_one():
    (token,) = counted("x\n\n  MD \u22121.42")
    assert (token.line, token.column, token.text) == (3, 6, "\u22121.42")


def test_numbers_in_words_are_found_in_both_languages():
    found = [t.readings[0].value for t in numbers_of("Twelve studies, trois essais") if t.in_words]
    assert found == [12, 3]


SENTENCES = (
    "It was {} in all.",
    "({})",
    "({}; see text)",
    "RR {}, as before",
    "value={}",
    "| A | {} | b |",
    "« {} »",
    "— {},",
)


@given(
    digits=st.integers(0, 999_999),
    decimals=st.integers(0, 4),
    negative=st.booleans(),
    relation=st.sampled_from(["", "<", "> ", "≤"]),
    percent=st.sampled_from(["", "%", " %"]),
    comma=st.booleans(),
    sentence=st.sampled_from(SENTENCES),
)
def test_any_printed_number_is_read_back(digits, decimals, negative, relation, percent, comma, sentence):
    plain = f"{digits / 10**decimals:.{decimals}f}"
    shown = plain.replace(".", ",") if comma else plain
    minus = "−" if negative else ""
    (token,) = counted(sentence.format(f"{relation}{minus}{shown}{percent}"))
    wanted = parse_printed(f"{relation.strip()}{'-' if negative else ''}{plain}{percent.strip()}")
    key = (wanted.value, wanted.relation, wanted.decimals, wanted.percent)
    assert key in [(r.value, r.relation, r.decimals, r.percent) for r in token.readings]


def test_a_long_text_takes_no_longer_than_its_length():
    line = "MD −1.42 (95 % CI −2.40 to −0.44), n = 1 234; Table 2, 2010 [1–3], CO2 aaaa-bbbb-cccc " * 40
    start = time.process_time()
    numbers_of(line)
    once = time.process_time() - start
    start = time.process_time()
    found = numbers_of("\n".join([line] * 20))
    assert time.process_time() - start < 60 * max(once, 0.01)
    assert len(found) == 20 * 40 * 10


@pytest.mark.parametrize(
    "text",
    [
        "1" * 5000,
        "1," * 5000,
        "1.1." * 3000,
        "-" * 5000 + "1",
        "[1" + ",1" * 5000,
        "Table " + "1, " * 4000,
        "a-" * 4000 + "1",
    ],
)
def test_hostile_lines_end(text):
    start = time.process_time()
    numbers_of(text)
    assert time.process_time() - start < 5
