"""Workbooks: sheets, merged headings, dates, formulas, number formats, hidden parts."""

import datetime
import io
import zipfile

import pytest

from metaudit.drafts import write_draft
from metaudit.errors import InputError
from metaudit.formats.review import read_review
from metaudit.imports.detect import read_file
from metaudit.imports.options import Options

openpyxl = pytest.importorskip("openpyxl")
HEAD = ["Study", "ai", "n1i", "ci", "n2i"]
ROWS = [["A", 1, 40, 2, 36], ["B", 4, 56, 14, 74]]


@pytest.fixture
def book(tmp_path, monkeypatch):
    """A workbook with one sheet, and a way to save, import and check it."""
    monkeypatch.chdir(tmp_path)
    work = openpyxl.Workbook()
    work.active.title = "Data"

    def bring(**options):
        work.save(tmp_path / "t.xlsx")
        draft = read_file(tmp_path / "t.xlsx", Options(**options))
        write_draft(draft, tmp_path / "out", overwrite=True)
        assert len(read_review(tmp_path / "out").rows) == len(draft.rows)
        return draft

    work.bring = bring
    return work


def fill(sheet, *rows):
    for row in rows:
        sheet.append(row)


def data(draft, *names):
    return [tuple(r.get(n, "") for n in names) for r in draft.rows]


def test_a_plain_sheet(book):
    fill(book.active, HEAD, *ROWS)
    draft = book.bring()
    assert data(draft, "study", "events_t", "n_c", "where") == [
        ("A", "1", "36", "sheet Data, row 2"),
        ("B", "4", "74", "sheet Data, row 3"),
    ]
    assert 'sheet: "Data"' in draft.files["mapping.yaml"]


def test_numbers_have_the_digits_that_the_sheet_shows(book):
    fill(
        book.active,
        ["study", "yi", "vi", "share"],
        ["A", 0.1 + 0.2, 0.05, 0.345],
        ["B", 5, 1e-7, 0.5],
        ["C", -1.5, 0.25, 1],
    )
    for cell in book.active["B"][1:]:
        cell.number_format = "0.00"
    for cell in book.active["D"][1:]:
        cell.number_format = "0%"
    assert data(book.bring(), "effect", "variance", "x_share") == [
        ("0.30", "0.05", "34.5%"),
        ("5.00", "1e-07", "50%"),
        ("-1.50", "0.25", "100%"),
    ]


def test_merged_headings_and_merged_studies(book):
    sheet = book.active
    fill(sheet, ["Study", "Arm", "Response", None, "Year"], [None, None, "events", "n", None])
    fill(
        sheet,
        ["A", "drug", 5, 20, 2001],
        [None, "placebo", 9, 21, None],
        ["B", "drug", 3, 30, 2002],
        [None, "placebo", 8, 31, None],
    )
    for area in ("C1:D1", "A1:A2", "B1:B2", "E1:E2", "A3:A4", "A5:A6", "E3:E4", "E5:E6"):
        sheet.merge_cells(area)
    draft = book.bring()
    assert data(draft, "study", "year", "events_t", "n_t", "events_c", "n_c") == [
        ("A", "2001", "5", "20", "9", "21"),
        ("B", "2002", "3", "30", "8", "31"),
    ]


def test_dates_that_excel_made_of_counts_are_refused_by_their_cell(book):
    fill(book.active, HEAD, *ROWS, ["C", datetime.datetime(2021, 12, 5), 40, 3, 41])
    with pytest.raises(
        InputError, match=r"t.xlsx, sheet Data, row 4, column B \(ai\): the cell holds the date '2021-12-05'"
    ):
        book.bring()


def test_a_date_in_a_column_of_words_is_text(book):
    fill(book.active, [*HEAD, "extracted on"], *([*r, datetime.datetime(2021, 12, 5)] for r in ROWS))
    assert data(book.bring(), "x_extracted_on") == [("2021-12-05",), ("2021-12-05",)]


def test_formulas_without_a_stored_value_are_refused(book):
    fill(book.active, HEAD, *ROWS, ["C", "=1+2", 40, 3, 41])
    with pytest.raises(InputError, match=r"row 4, column B \(ai\): the cell holds a formula whose value is not stored"):
        book.bring()


def test_errors_of_the_spreadsheet_are_refused_by_their_cell(book):
    fill(book.active, HEAD, *ROWS, ["C", "#DIV/0!", 40, 3, 41])
    with pytest.raises(
        InputError, match=r"row 4, column B \(ai\): the cell holds an error of the spreadsheet: '#DIV/0!'"
    ):
        book.bring()


def test_the_sheet_that_fits_is_taken_and_the_others_are_said(book):
    fill(book.active, ["Read me"], ["Extracted by two people in 2020."])
    fill(book.create_sheet("Trials"), HEAD, *ROWS)
    fill(book.create_sheet("Codes"), ["code", "meaning"], ["1", "random"])
    draft = book.bring()
    assert len(draft.rows) == 2
    assert {n.place for n in draft.notices if n.kind == "dropped" and "the sheet was not read" in n.message} == {
        "t.xlsx, sheet Data",
        "t.xlsx, sheet Codes",
    }


def test_a_person_is_asked_where_several_sheets_fit(book):
    fill(book.active, HEAD, *ROWS)
    fill(book.create_sheet("More"), HEAD, *ROWS, ["C", 1, 9, 2, 9])
    with pytest.raises(
        InputError,
        match=r"several sheets hold tables of studies: 'Data' \(2 rows\), 'More' \(3 rows\). Say which one, for example --sheet 'Data'",
    ):
        book.bring()
    assert len(book.bring(sheet="more").rows) == 3
    with pytest.raises(InputError, match=r"no sheet 'Mor'. Did you mean 'More'"):
        book.bring(sheet="Mor")


def test_hidden_parts_are_named(book):
    fill(book.active, HEAD, *ROWS)
    book.active.row_dimensions[3].hidden = True
    book.active.column_dimensions["C"].hidden = True
    places = [n.place for n in book.bring().notices if "hidden" in n.message]
    assert places == ["t.xlsx, sheet Data, row 3", "t.xlsx, sheet Data, column C"]
    fill(book.create_sheet("Cover"), ["x"])
    book.active = 1
    book["Data"].sheet_state = "hidden"
    assert any(n.place == "t.xlsx, sheet Data" and "the sheet is hidden" in n.message for n in book.bring().notices)


def test_an_empty_workbook(book):
    with pytest.raises(InputError, match="no sheet of the workbook holds a cell"):
        book.bring()


def test_a_table_that_begins_further_down_and_to_the_right(book):
    sheet = book.active
    for i, row in enumerate([["Table 1. Trials"], [], HEAD, *ROWS], start=4):
        for j, value in enumerate(row, start=3):
            sheet.cell(i, j, value)
    draft = book.bring()
    assert data(draft, "study", "where") == [("A", "sheet Data, row 7"), ("B", "sheet Data, row 8")]
    assert draft.title == "Table 1. Trials"


def damaged(book, change):
    """The workbook's bytes with one of its parts changed."""
    out, buffer = io.BytesIO(), io.BytesIO()
    book.save(buffer)
    with zipfile.ZipFile(buffer) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            content = change(name, old.read(name))
            if content is not None:
                new.writestr(name, content)
    return out.getvalue()


@pytest.mark.parametrize(
    "change",
    [
        lambda name, content: content[: len(content) // 2] if name.endswith("sheet1.xml") else content,
        lambda name, content: None if name.endswith("sheet1.xml") else content,
        lambda name, content: b"<workbook/>" if name == "xl/workbook.xml" else content,
        lambda name, content: content.replace(b't="n"><v>40<', b't="s"><v>999<') if name.endswith("sheet1.xml") else content,
        lambda name, content: b"\xff\xfe\x00garbage" if name == "xl/styles.xml" else content,
        lambda name, content: content.replace(b"<sheetData>", b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><sheetData>') if name.endswith("sheet1.xml") else content,
    ],
    ids=["cut", "missing sheet", "empty workbook", "missing text", "broken styles", "entity"],
)  # fmt: skip
def test_damaged_workbooks_are_refused(book, tmp_path, change):
    fill(book.active, HEAD, *ROWS)
    (tmp_path / "t.xlsx").write_bytes(damaged(book, change))
    with pytest.raises(InputError, match=r"t\.xlsx"):
        read_file(tmp_path / "t.xlsx")


def test_a_sheet_that_unpacks_to_far_more_than_a_table_is_refused(book, tmp_path):
    fill(book.active, HEAD, *ROWS)
    bomb = damaged(book, lambda name, content: content + b" " * 40_000_000 if name.endswith("sheet1.xml") else content)
    (tmp_path / "t.xlsx").write_bytes(bomb)
    with pytest.raises(InputError):
        read_file(tmp_path / "t.xlsx")


def test_a_sheet_with_a_cell_far_away_is_refused(book):
    fill(book.active, HEAD, *ROWS)
    book.active.cell(900_000, 3, 1)
    with pytest.raises(InputError, match="more than 20000 rows"):
        book.bring()
