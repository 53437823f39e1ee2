"""Tables piece by piece: the same text from CSV and Parquet, with the rows a spreadsheet shows."""

from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from making_corpus import ROWS, write_table
from metaudit.corpus import csv_rows, piece
from metaudit.corpus.parquet_rows import as_text
from metaudit.corpus.piece import ROW, TableFile
from metaudit.corpus.stream import check_table, pieces
from metaudit.errors import InputError


def file(path):
    return TableFile("extraction", path, path.name)


def cells(path):
    """Every row as its filled cells."""
    rows = [r for piece in pieces(file(path)) for r in piece.rows.to_pylist()]
    return [{k: v for k, v in r.items() if v not in (None, "")} for r in rows]


@pytest.mark.parametrize("at_once", [1, 2, 100])
def test_both_formats_give_the_same_text(tmp_path, monkeypatch, at_once):
    monkeypatch.setattr(piece, "ROWS_AT_ONCE", at_once)
    expected = [{**r, ROW: i} for i, r in enumerate(ROWS, start=2)]
    assert cells(write_table(tmp_path / "x.csv", ROWS)) == expected
    assert cells(write_table(tmp_path / "x.parquet", ROWS)) == expected


def test_rows_are_numbered_as_a_spreadsheet_does_it(tmp_path):
    path = tmp_path / "x.csv"
    path.write_text('review,analysis,study\n\nr,a,"two\nlines"\n , ,\nr,a,B\n', encoding="utf-8")
    assert [(r["study"], r[ROW]) for r in cells(path)] == [("two\nlines", 3), ("B", 5)]


def test_rows_with_too_many_or_too_few_cells_are_kept_apart_with_their_review(tmp_path):
    path = tmp_path / "x.csv"
    path.write_text("analysis,review,study\na,r,A\na,r\na,r,B,more\na\na,s,C\n", encoding="utf-8")
    (piece,) = pieces(file(path))
    assert piece.rows["study"].to_pylist() == ["A", "C"]
    assert [(g.review, g.problem.row, g.problem.rule) for g in piece.ragged] == [
        ("r", 3, "ragged-row"),
        ("r", 4, "ragged-row"),
        ("", 5, "ragged-row"),
    ]


@pytest.mark.parametrize(
    ("array", "texts"),
    [
        (pa.array(["0.50", "", None]), ["0.50", "", None]),
        (pa.array([3, None, -4], pa.int16()), ["3", None, "-4"]),
        (pa.array([3.0, None, float("nan"), 0.1, 1e-5, 2.5e20]), ["3", None, None, "0.1", "1e-05", "2.5e+20"]),
        (pa.array([0.1, 12.0], pa.float32()), ["0.1", "12"]),
        (pa.array([Decimal("0.50"), None], pa.decimal128(5, 2)), ["0.5", None]),
        (
            pa.array([Decimal("1999.0"), Decimal("0.0"), Decimal("-120.5")], pa.decimal128(9, 4)),
            ["1999", "0", "-120.5"],
        ),
        (pa.array([Decimal("0")], pa.decimal128(20, 12)), ["0"]),
        (pa.array([b"0.50", None]), ["0.50", None]),
        (pa.array([None, None], pa.large_binary()), [None, None]),
        (pa.array(["a", "b", "a"]).dictionary_encode(), ["a", "b", "a"]),
        (pa.array([None, None], pa.null()), [None, None]),
    ],
)
def test_cells_of_every_type_become_the_text_one_would_type(array, texts):
    assert as_text(array).to_pylist() == texts


@pytest.mark.parametrize(
    ("content", "row", "says"),
    [
        (b'review,analysis,study\nr,a,A\nr,a,"B\n', 3, "quotation mark"),
        (b"review,analysis,study\nr,a,A\nr,a,M\xfcller\n", 3, "not UTF-8"),
        (b"review,analysis,study\nr,a,A\x00\n", 2, "NUL"),
        (b"review,analysis,study\nr,a," + b"x" * 200_000 + b"\n", 2, "131,072 characters"),
    ],
)
def test_a_file_that_cannot_be_read_on_is_refused_with_its_row(tmp_path, content, row, says):
    path = tmp_path / "x.csv"
    path.write_bytes(content)
    with pytest.raises(InputError) as caught:
        list(pieces(file(path)))
    (problem,) = caught.value.problems
    assert (problem.file, problem.row) == ("x.csv", row)
    assert says in problem.message


def test_a_line_without_end_is_not_read_into_memory(tmp_path, monkeypatch):
    monkeypatch.setattr(csv_rows, "_LONGEST_LINE", 50)
    path = tmp_path / "x.csv"
    path.write_text("review,analysis,study\n" + "x" * 60, encoding="utf-8")
    with pytest.raises(InputError, match="more than 50 characters"):
        list(pieces(file(path)))


def test_a_parquet_file_that_breaks_off_is_refused(tmp_path):
    path = write_table(tmp_path / "x.parquet", [{**r, "note": "n" * 500} for r in ROWS * 40])
    content = bytearray(path.read_bytes())
    content[len(content) // 3 : len(content) // 3 + 4000] = b"\xff" * 4000
    path.write_bytes(content)
    with pytest.raises(InputError, match="cannot be read"):
        cells(path)


NO_TEXT = pa.Array.from_buffers(pa.string(), 2, [None, *pa.array([b"A 1990", b"caf\xe9"], pa.binary()).buffers()[1:]])


@pytest.mark.parametrize("at_once", [1, 100])
@pytest.mark.parametrize("study", [NO_TEXT, pa.DictionaryArray.from_arrays(pa.array([0, 1], pa.int32()), NO_TEXT)])
def test_a_cell_of_parquet_that_is_no_utf8_is_named(tmp_path, monkeypatch, study, at_once):
    """What writes Parquet need not check what it calls a text."""
    monkeypatch.setattr(piece, "ROWS_AT_ONCE", at_once)
    path = tmp_path / "x.parquet"
    pq.write_table(pa.table({"review": ["r", "r"], "analysis": ["a", "a"], "study": study}), path)
    with pytest.raises(InputError) as caught:
        cells(path)
    (problem,) = caught.value.problems
    assert (problem.row, problem.column, problem.rule) == (3, "study", "encoding")
    assert "UTF-8" in problem.message


def test_bytes_without_a_type_are_read_as_utf8(tmp_path):
    """So write fastparquet, Impala and older versions of Spark."""
    path = tmp_path / "x.parquet"
    columns = {"review": ["r", "r"], "analysis": ["a", "a"], "study": ["Müller 1990".encode(), b"caf\xe9"]}
    pq.write_table(pa.table(columns), path)
    assert check_table(file(path)) == []
    with pytest.raises(InputError) as caught:
        cells(path)
    (problem,) = caught.value.problems
    assert (problem.row, problem.column, problem.rule) == (3, "study", "encoding")


@pytest.mark.parametrize("blank", [None, "", "  "])
@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_blank_rows_are_passed_over_in_both_formats(tmp_path, blank, ending):
    rows = [ROWS[0], dict.fromkeys(ROWS[0], blank), *ROWS[1:], dict.fromkeys(ROWS[0], blank)]
    found = cells(write_table(tmp_path / f"x.{ending}", rows))
    assert [r[ROW] for r in found] == [2, *range(4, len(ROWS) + 3)]


@pytest.mark.parametrize(
    ("column", "row"),
    [
        ({"study": pa.array([1.0, 1.1])}, 3),
        ({"study": pa.array([Decimal("1.10"), Decimal("2.00")], pa.decimal128(5, 2))}, 2),
        ({"study": ["A", "B"], "timepoint": pa.array([0.5, None])}, 2),
        ({"study": pa.array([1.0, 2.0])}, 0),
        ({"study": ["A", "B"], "x_dose": pa.array([0.5, 1.25])}, 0),
        ({"study": ["A", "B"], "note": pa.array([None, None], pa.float64())}, 0),
    ],
)
def test_numbers_with_decimals_are_no_names(tmp_path, column, row):
    """The study 1.10 would be called 1.1, and no claim about it would find it."""
    path = tmp_path / "x.parquet"
    pq.write_table(pa.table({"review": ["r", "r"], "analysis": ["a", "a"], **column}), path)
    if not row:
        assert len(cells(path)) == 2
        return
    with pytest.raises(InputError) as caught:
        cells(path)
    (problem,) = caught.value.problems
    assert (problem.row, problem.rule) == (row, "column-type")
    assert "more digits" in problem.message


@pytest.mark.parametrize(
    ("content", "row", "column"),
    [
        (b'review,analysis,study,note\nr,a,A,"one\ntwo\nthree"\nr,a,B\xe4ker,\n', 3, "study"),
        (b'review,analysis,study,note\nr,a,A,"one\ntwo \xe4\nthree"\n', 2, "note"),
        (b"review,analysis,study\rr,a,A\rr,a,B\xe4ker\r", 3, "study"),
        (b"review,analysis,study,x_\xe4\nr,a,A,1\n", 1, ""),
        ("review,analysis,study\nr,a,Bäker\nr,a,".encode() + b"\xff\n", 3, "study"),
        (b'review,analysis,study,note\nr,a,A,"one\ntwo"\nr,a,B\x00,\n', 3, ""),
    ],
)
def test_what_is_no_utf8_in_csv_is_named_as_a_spreadsheet_shows_it(tmp_path, content, row, column):
    path = tmp_path / "x.csv"
    path.write_bytes(content)
    with pytest.raises(InputError) as caught:
        cells(path)
    (problem,) = caught.value.problems
    assert (problem.row, problem.column, problem.rule) == (row, column, "encoding")


def test_the_name_of_a_column_of_parquet_that_is_no_utf8_is_refused(tmp_path):
    path = tmp_path / "x.parquet"
    columns = [pa.array(["r"]), pa.array(["a"]), pa.array(["s"]), pa.array(["1"])]
    pq.write_table(pa.table(columns, names=["review", "analysis", "study", b"x_caf\xe9"]), path)
    (problem,) = check_table(file(path))
    assert problem.rule == "encoding"
    assert "name of a column" in problem.message
