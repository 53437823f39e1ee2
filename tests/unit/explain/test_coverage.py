"""A pasted text against the claims of a review."""

import json

from typer.testing import CliRunner

from making import claim, made, write_review
from metaudit.cli import app
from metaudit.cli import coverage as command
from metaudit.explain.coverage import coverage

ROWS = [
    {"study": "A", "events_t": 10, "n_t": 150, "events_c": 20, "n_c": 150, "printed_effect": "0.50"},
    {"study": "B", "events_t": 6, "n_t": 60, "events_c": 5, "n_c": 61},
]
CLAIMS = [
    claim("e", "estimate", "0.80"),
    claim("lo", "ci_low", "0.30"),
    claim("p", "p", "<.001"),
    claim("i2", "i2", "43.0"),
    claim("k", "k", "2"),
    claim("pt", "proportion_t", "51.3%"),
    claim("words", "text", "significant"),
    claim("d", "estimate", "-1.42", subject="other"),
]
TEXT = """# 1. Results

In 2010, two studies gave RR 0.80 (95% CI 0.30–2.43; P < 0.001), I² = 43 %, with 51.3 % of 150 people.
Study A alone: 0.50. Table 2 shows 1.42.
"""


def run(*args):
    assert command.coverage
    return CliRunner().invoke(app, [str(a) for a in args])


def review(tmp_path, **content):
    return made(tmp_path / "r", claims=CLAIMS, rows=ROWS, measure="RR", **content)


def test_numbers_and_claims_are_matched_by_their_digits(tmp_path):
    found = coverage(review(tmp_path), TEXT)
    covered = {t.text: {c.id for c in claims} for t, claims in found.covered}
    assert covered["0.80"] == {"e"}
    assert covered["< 0.001"] == {"p"}
    assert covered["51.3 %"] == {"pt"}
    assert covered["two"] == {"k"}
    assert covered["0.50"] == {"main:row2:printed_effect"}
    assert {u.token.text for u in found.uncovered} == {"2.43", "43 %", "150", "1.42"}
    assert {(t.text, t.reason) for t in found.left_out} == {
        ("1", "a heading or list number"), ("2010", "a year"), ("95%", "a confidence level"),
    }  # fmt: skip  # the 2 of "Table 2" is a claim's number


def test_a_claim_with_other_digits_is_absent_and_says_what_is_there(tmp_path):
    found = coverage(review(tmp_path), TEXT)
    absent = {a.claim.id: a.nearly for a in found.absent}
    assert absent == {"i2": "the text has 43 % (line 3)", "d": "the text has 1.42 (line 4)"}
    assert [c.id for c in found.words] == ["words"]


def test_a_count_is_not_looked_for_among_decimals(tmp_path):
    claims = [claim("k", "k", "4"), claim("i2", "i2", "43"), claim("v", "value", "5", subject="x")]
    found = coverage(made(tmp_path / "r", claims=claims, rows=ROWS, measure="RR"), "RR 4.2; I² 43.3 %; 0.50; 5.1 mg")
    assert {a.claim.id: a.nearly for a in found.absent} == {
        "k": "", "i2": "the text has 43.3 % (line 1)", "v": ""
    }  # fmt: skip


def test_thousands_stay_one_number_beside_claims_that_print_a_part(tmp_path):
    claims = [claim("k", "k", "1"), claim("n", "n_t", "234"), claim("m", "n_c", "4"), claim("all", "n", "3,476")]
    review = made(tmp_path / "r", claims=claims, rows=ROWS, measure="RR")
    found = coverage(review, "1,234 women; 5 234 men; 3 476 in all; 2.345,5 g; 1'235 g")
    assert {u.token.text for u in found.uncovered} == {"1,234", "5 234", "2.345,5", "1'235"}
    assert {t.text: [c.id for c in some] for t, some in found.covered} == {"3 476": ["all"]}
    apart = coverage(review, "n 4 234")
    assert {t.text for t, _ in apart.covered} == {"4", "234"}


def test_an_uncovered_number_names_the_cell_that_holds_it(tmp_path):
    found = coverage(review(tmp_path), TEXT)
    assert {u.token.text: u.typed for u in found.uncovered}["150"] == "extraction.csv row 2, n_t"


def test_a_year_is_covered_when_a_claim_prints_it(tmp_path):
    claims = [*CLAIMS, claim("y", "value", "2010", subject="year of the search")]
    found = coverage(made(tmp_path / "r", claims=claims, rows=ROWS, measure="RR"), TEXT)
    assert {c.id for t, some in found.covered if t.text == "2010" for c in some} == {"y"}


def test_a_slash_is_one_number_or_two(tmp_path):
    counts = [claim("x", "events_t", "20", subject="a"), claim("n", "n_t", "39", subject="a")]
    as_two = coverage(made(tmp_path / "two", claims=counts), "20/39 improved")
    assert {t.text for t, _ in as_two.covered} == {"20", "39"}
    as_one = coverage(made(tmp_path / "one", claims=[claim("f", "proportion_t", "20/39")]), "20/39 improved")
    assert [t.text for t, _ in as_one.covered] == ["20/39"]
    neither = coverage(made(tmp_path / "none", claims=[claim("k", "k", "3")]), "20/39 improved, 3 studies")
    assert {u.token.text for u in neither.uncovered} == {"20", "39"}


def test_every_number_of_a_text_has_one_place(tmp_path):
    found = coverage(review(tmp_path), TEXT)
    places = [
        (t.line, t.column)
        for t in [*(t for t, _ in found.covered), *(u.token for u in found.uncovered), *found.left_out]
    ]
    assert len(places) == len(set(places))


def test_the_command(tmp_path):
    folder = write_review(tmp_path / "r", claims=CLAIMS, rows=ROWS, measure="RR")
    assert run("coverage", folder).exit_code == 2
    (folder / "text.md").write_text(TEXT, encoding="utf-8")
    out = run("coverage", folder)
    assert out.exit_code == 1
    assert "4 numbers that no claim covers" in out.stdout
    assert "line 3, column" in out.stdout
    assert "2 claims that the text does not contain" in out.stdout
    assert "a year (1): 2010 (line 3)" in out.stdout
    told = json.loads(run("coverage", folder, "--json").stdout)
    assert [u["text"] for u in told["uncovered"]] == ["2.43", "43 %", "150", "1.42"]
    other = tmp_path / "other.md"
    other.write_text("0.80, 0.30, 43.0, <.001, 2, 51.3%, −1.42 and 0.50", encoding="utf-8")
    assert run("coverage", folder, "--text", other).exit_code == 0


def test_a_text_that_is_not_utf8_is_refused_by_its_byte(tmp_path):
    folder = write_review(tmp_path / "r", claims=CLAIMS, rows=ROWS, measure="RR")
    (folder / "text.md").write_bytes("Résultats".encode("latin-1"))
    out = run("coverage", folder)
    assert out.exit_code == 2
    assert "byte 2 is not UTF-8" in out.stderr
