"""Tables of statements: what is read, what is refused with its place, and what their numbers say about each other."""

import pytest

from metaudit.consensus.statements import check_table, read_statements
from metaudit.consensus.survey import Statement
from metaudit.consensus.threshold import threshold
from metaudit.errors import DataError, InputError

TABLE = """statement,agree,others,n,consensus
S1,80%,"15%; 5%",,yes
S2,70%,,,yes
S3,69%,,,no
S4,81.3%,,16,yes
S5,67.5%,,,yes
"""


@pytest.fixture
def table(tmp_path):
    def write(text=TABLE):
        (tmp_path / "round.csv").write_text(text, encoding="utf-8")
        return tmp_path / "round.csv"

    return write


def test_every_column_is_read(table):
    found = read_statements(table())
    assert found[0] == Statement("S1", "80%", ("15%", "5%"), 0, True)
    assert found[2] == Statement("S3", "69%", (), 0, False)
    assert found[3] == Statement("S4", "81.3%", (), 16, True)
    assert read_statements(table("statement,agree\nA,50%\n")) == [Statement("A", "50%")]


@pytest.mark.parametrize(
    ("text", "row", "column", "words"),
    [
        ("statement,agree\nA,fifty\n", 2, "agree", "is not a printed number"),
        ("statement,agree\nA,81.3\n", 2, "agree", "write 81.3%"),
        ("statement,agree\nA,50%\nB,120%\n", 3, "agree", "is no share"),
        ('statement,agree,others\nA,50%,"30%; x"\n', 2, "others", "is not a printed number"),
        ("statement,agree,n\nA,50%,4.5\n", 2, "n", "not a whole number"),
        ("statement,agree,n\nA,50%,0\n", 2, "n", "not above 0"),
        ("statement,agree,consensus\nA,50%,maybe\n", 2, "consensus", "not allowed"),
        ("statement,agree\nA,50%\nA,60%\n", 3, "statement", "stands already in row 2"),
        ("statement,agree\nA,\n", 2, "agree", "the cell is empty"),
        ("statement,agree\nA,50%,3\n", 2, "", "the row has 3 cells"),
        ("statement,share\nA,50%\n", 1, "share", ""),
        ('statement,agree\nA,"50%\n', 2, "", "quotation mark"),
    ],
)
def test_what_cannot_be_is_refused_with_its_place(table, text, row, column, words):
    with pytest.raises(InputError) as refused:
        read_statements(table(text))
    problem = refused.value.problems[0]
    assert (problem.row, problem.column) == (row, column)
    assert words in problem.message
    assert problem.file.endswith("round.csv")


def test_no_table_and_an_empty_one(table, tmp_path):
    with pytest.raises(DataError, match="no such file"):
        read_statements(tmp_path / "none.csv")
    with pytest.raises(DataError, match="a header and no statement"):
        read_statements(table("statement,agree\n"))
    with pytest.raises(InputError, match="empty"):
        read_statements(table(""))


def test_what_the_numbers_say_about_each_other(table):
    found = check_table(read_statements(table()), n=40, by=threshold("70%"), printed=3, missing=5)
    wrong = {(f.about, f.rule) for f in found if not f.fits}
    # 27/40 is 67.5 % and 28/40 is 70 %: 69 % is nobody, and 67.5 % no consensus; 69 % and 70 % have no common smaller panel
    assert wrong == {("S3", "share"), ("S5", "threshold"), ("panel", "missing-answers")}
    assert next(f for f in found if f.rule == "total").fits  # S1, S2 and S4; S3 is left open
    assert not check_table(read_statements(table()), n=40, by=threshold("70%"), printed=5)[-1].fits


def test_one_smaller_panel_that_allows_every_share(table):
    read = read_statements(table("statement,agree\nA,81.6%\nB,73.7%\n"))  # 31 and 28 of 38
    said = check_table(read, n=40, missing=4)[-1]
    assert not said.fits
    assert "among 38 people" in said.sentence
    assert check_table(read, n=38, missing=4)[-1].fits


@pytest.mark.parametrize(
    ("choices", "words"),
    [
        ({}, "do not say how many answered"),
        ({"n": 40}, "judged by a threshold"),
        ({"n": 40, "by": threshold("70%"), "missing": 40}, "40 missing answers"),
        ({"n": 40, "by": threshold("70%"), "missing": -1}, "-1 missing answers"),
    ],
)
def test_what_cannot_be_judged_is_refused(table, choices, words):
    with pytest.raises(DataError, match=words):
        check_table(read_statements(table()), **choices)


def test_a_printed_total_needs_a_threshold(table):
    with pytest.raises(DataError, match="judged by a threshold"):
        check_table(read_statements(table("statement,agree\nA,50%\n")), n=40, printed=1)
