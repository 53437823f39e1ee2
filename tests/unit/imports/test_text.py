"""Bytes to text and cells to numbers."""

import pytest

from metaudit.errors import InputError, PrintedError
from metaudit.imports.shapes_cells import split_cell
from metaudit.imports.text import decode, number
from metaudit.imports.text_numbers import is_missing, looks_like_date, read_number

TABLE = "study;année\nLefèvre;2001\nÉtude n° 2;2004\n"


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252", "latin-1", "mac_roman"]
)
def test_text_is_read_in_whatever_encoding_it_was_saved(encoding):
    text, _, _ = decode(TABLE.encode(encoding), "t.csv")
    assert text == TABLE


def test_what_had_to_be_guessed_is_said_with_a_word_to_look_at():
    _, encoding, notices = decode(TABLE.encode("cp1252"), "t.csv")
    assert encoding == "cp1252"
    assert [(n.kind, n.place) for n in notices] == [("guessed", "t.csv")]
    assert "row 1" in notices[0].message
    assert "année" in notices[0].message
    assert not decode(TABLE.encode("utf-8"), "t.csv")[2]


def test_letters_of_another_script_are_told_by_themselves():
    words = "\u0418\u0432\u0430\u043d\u043e\u0432 \u0438 \u0441\u043e\u0430\u0432\u0442\u043e\u0440\u044b"  # Ivanov and co-authors
    text = f"{words};2001\n" * 4
    assert decode(text.encode("cp1251"), "t.csv")[0] == text


def test_an_encoding_that_is_said_is_obeyed():
    assert decode("é;1".encode("cp1250"), "t.csv", "cp1250")[0] == "é;1"
    with pytest.raises(InputError, match=r"the file is not utf-8: byte 1"):
        decode("é;1".encode("cp1252"), "t.csv", "utf-8")
    with pytest.raises(InputError, match="'klingon' is not the name of an encoding"):
        decode(b"a", "t.csv", "klingon")


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"study,yi\nA,0.\x001\n", r"t.csv, row 2: the file holds NUL bytes"),
        (bytes(range(1, 32)) * 20, "control characters"),
    ],
)
def test_what_is_no_text_is_refused(content, what):
    with pytest.raises(InputError, match=what):
        decode(content, "t.csv")


@pytest.mark.parametrize(
    ("cell", "decimal", "wanted"),
    [
        ("12*", ".", "12"), ("34†", ".", "34"), ("5ᵃ", ".", "5"), ("12³", ".", "12"), ("34a", ".", "34"), ("12 (a)", ".", "12"), ("7^b", ".", "7"),
        ("1,234", ".", "1234"), ("1,234,567.5", ".", "1234567.5"), ("1 234", ".", "1234"), ("1\u00a0234", ".", "1234"), ("1'234", ".", "1234"),
        ("1,5", ",", "1.5"), ("1.234,5", ",", "1234.5"), ("1 234,5", ",", "1234.5"), (",5", ",", ".5"), ("1.234", ",", "1234"),
        ("–1.2", ".", "-1.2"), ("−1.2", ".", "-1.2"), ("<0.001", ".", "<0.001"), ("≤ 0.05", ".", "<=0.05"), ("P = .03", ".", ".03"), ("n = 40", ".", "40"),
        ("12 %", ".", "12%"), ("34.50", ".", "34.50"), ("1e-5", ".", "1e-5"), ("\uff11\uff12", ".", "12"), ("\u200b12\u00ad", ".", "12"),
        ("NR", ".", ""), ("n/a", ".", ""), ("N.R.", ".", ""), ("-", ".", ""), ("–", ".", ""), ("", ".", ""), ("not reported", ".", ""), ("non rapporté", ".", ""),
        ("#N/A", ".", ""), ("..", ".", ""), ("(NR)", ".", ""),
    ],
)  # fmt: skip
def test_a_cell_becomes_the_number_that_is_printed(cell, decimal, wanted):
    assert number(cell, decimal) == wanted


@pytest.mark.parametrize(
    ("cell", "decimal"),
    [("1,5", "."), ("1,23,4", "."), ("12 mg", "."), ("see text", "."), ("5-Dec", "."), ("#DIV/0!", "."), ("12/40", "."), ("5.2 (1.3)", "."), ("~12", "."),
     ("1.5", ","), ("1.2.3", "."), ("12,34,567", "."), ("0x1F", "."), ("--", ".x")],
)  # fmt: skip
def test_what_is_not_one_number_is_refused(cell, decimal):
    if cell == "--":
        assert number(cell) == ""
        return
    with pytest.raises(PrintedError):
        number(cell, decimal)


def test_what_was_changed_is_said():
    assert read_number("1,234*").changed == "footnote mark *, thousands separator"
    assert read_number("12.5").changed == ""
    assert read_number("−3").changed == "typographic minus"
    assert read_number("NR").missing
    assert not read_number("").missing


def test_the_files_own_words_for_not_reported():
    assert number("-99", ".", frozenset({"-99"})) == ""
    assert number("-99") == "-99"
    assert is_missing("999", frozenset({"999"}))
    assert not is_missing("0")


@pytest.mark.parametrize(
    "cell", ["5-Dec", "Dec-05", "12-May-21", "2021-05-12", "05/12/2021", "3-févr.", "2021-12-05 00:00:00"]
)
def test_dates_that_spreadsheets_make_of_counts_are_recognised(cell):
    assert looks_like_date(cell)


@pytest.mark.parametrize("cell", ["12/40", "12-40", "5.12", "1990", "Dec", "May et al", "12"])
def test_what_is_no_date_is_left_alone(cell):
    assert not looks_like_date(cell)


def test_names_that_were_garbled_before_are_mended_and_said():
    text, encoding, notices = decode("study,yi\nLefÃ¨vre â€“ Ã‰tude,1\nPlain,2\n".encode(), "t.csv")
    assert text == "study,yi\nLefèvre – Étude,1\nPlain,2\n"
    assert encoding == "utf-8"
    assert [(n.kind, n.place) for n in notices] == [("converted", "t.csv, row 2")]
    assert decode("Ângström Ã 3".encode(), "t.csv")[0] == "Ângström Ã 3"


def test_single_foreign_bytes_in_a_utf8_file():
    content = "study,yi\nLefèvre,1\n".encode() + b"M\xfcller,2\n"
    text, encoding, notices = decode(content, "t.csv")
    assert (text, encoding) == ("study,yi\nLefèvre,1\nMüller,2\n", "utf-8")
    assert notices[0].place == "t.csv, row 3"


@pytest.mark.parametrize("reader", [split_cell, read_number])
@pytest.mark.parametrize("cell", [".&-" + "\x00" * 126, "\u200b" * 5000 + "x", "\x00" * 390 + "1 & xyz"])
def test_a_message_shows_the_beginning_of_a_cell_of_signs_that_are_not_seen(reader, cell):
    """Without them the cell is short enough to be looked at; the message is about the cell as it is."""
    with pytest.raises(PrintedError) as refused:
        reader(cell, ".")
    assert len(str(refused.value)) < 300
