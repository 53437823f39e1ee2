"""Text tables as rows, and rows as tables: separators, quotation marks, headings, totals, footnotes."""

import pytest

from metaudit.errors import InputError
from metaudit.imports.grid import letter, text_grid
from metaudit.imports.grid_table import find_table
from metaudit.imports.shapes_cells import decimal_signs, split_cell, usual_shape

ROWS = [["study", "yi", "vi"], ["A, B", "0.10", "0.02"], ["C", "0.20", "0.03"], ["D", "-0.1", "0.04"]]


def table(text, **more):
    return find_table(text_grid(text, "t.csv")[0], **more)


@pytest.mark.parametrize("sign", [",", ";", "\t", "|"])
def test_the_separator_is_found(sign):
    text = "\n".join(sign.join(f'"{c}"' if sign in c else c for c in row) for row in ROWS)
    grid, notices = text_grid(text, "t.csv")
    assert [list(r) for r in grid.rows] == ROWS
    assert grid.delimiter == sign
    assert not notices


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_every_kind_of_line_end(end):
    assert len(text_grid(end.join(["a,b", "1,2", "3,4"]), "t.csv")[0].rows) == 3


def test_blanks_separate_columns_where_nothing_else_does():
    assert text_grid("study  yi   vi\nA      0.1  0.2\nB      0.3  0.1\n", "t.txt")[0].rows[1] == ("A", "0.1", "0.2")
    assert text_grid('"study" "yi"\n"A b" 0.1\n"C" 0.3\n', "t.txt")[0].rows[1] == ("A b", "0.1")


def test_semicolons_with_decimal_commas():
    grid, _ = text_grid("etude;moyenne;ET\nA;1,5;0,2\nB;2,5;0,3\n", "t.csv")
    assert grid.rows[1] == ("A", "1,5", "0,2")


def test_the_line_by_which_excel_is_told_the_separator():
    grid, _ = text_grid("sep=;\nstudy;yi\nA;1,2\nB;1,3\n", "t.csv")
    found = find_table(grid)
    assert found.lines[0].number == 3
    assert found.columns == ("study", "yi")


def test_a_separator_that_is_said_is_obeyed():
    assert text_grid("study/yi\nA/1\n", "t.csv", "/")[0].rows[1] == ("A", "1")
    assert text_grid("study\tyi\nA\t1\n", "t.csv", "tab")[0].rows[1] == ("A", "1")
    with pytest.raises(InputError, match="cannot separate columns"):
        text_grid("a,b\n1,2\n", "t.csv", "::")


def test_quotation_marks():
    assert text_grid('study,note\n"A ""x"" b","one\ntwo"\nB,c\n', "t.csv")[0].rows[1] == ('A "x" b', "one\ntwo")
    assert text_grid('study,note\n"A \\"x\\" b",\\N\nB,c\n', "t.csv")[0].rows[1] == ('A "x" b', "")
    with pytest.raises(InputError, match=r"t.csv, row 3: a quotation mark opens"):
        text_grid('study,yi\nA,1\n"B,2\nC,3\n', "t.csv")


def test_a_mark_inside_a_cell_is_read_with_a_notice():
    grid, notices = text_grid('study,size,yi\nA,"5" tube,1\nB,6,2\n', "t.csv")
    assert grid.rows[1] == ("A", "5 tube", "1")
    assert notices[0].place == "t.csv, row 2"


def test_row_names_that_r_writes_without_a_heading():
    grid, _ = text_grid('"yi","vi"\n"Smith",0.1,0.02\n"Jones",0.3,0.04\n', "t.csv")
    assert grid.rows[0] == ("row names", "yi", "vi")


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("hello\nworld\n", "row 1: the file has one column"),
        ("study,mean_t,n_t\nA,1,5,20\nB,2,5\nC,3,6\n", "row 2: the row has 4 cells, the headings 3"),
        ("1,2\n3,4\n5,6\n", "no row looks like the headings"),
        ("study,yi,vi\n", "no row looks like the headings"),
        ("a,b\n" * 20_001, "more than 20000 rows"),
    ],
)
def test_what_is_no_table_is_refused(text, what):
    with pytest.raises(InputError, match=what):
        table(text)


def test_titles_units_totals_footnotes_and_repeated_headings_are_no_studies():
    found = table(
        "Table 2. Blood pressure,,,,,,\n,,,,,,\nStudy,Mean T,SD T,N T,Mean C,SD C,N C\n,mmHg,mmHg,,mmHg,mmHg,\nA,120,10,20,125,11,20\n\n"
        "Study,Mean T,SD T,N T,Mean C,SD C,N C\nB,118,9,25,124,10,26\nTotal,,,45,,,46\nHeterogeneity: I² = 0%,0,,,,,\n* one centre only,,,,,,\n"
    )
    assert [line.number for line in found.lines] == [5, 8]
    assert found.title == "Table 2. Blood pressure"
    assert found.units == {"Mean T": "mmHg", "SD T": "mmHg", "Mean C": "mmHg", "SD C": "mmHg"}
    assert [(kind, line.number) for kind, line in found.totals] == [("total", 9)]
    said = {n.place: n.kind for n in found.notices}
    assert said == {
        f"t.csv, row {r}": k
        for r, k in ((1, "dropped"), (4, "remark"), (7, "dropped"), (10, "dropped"), (11, "dropped"))
    }


def test_headings_in_two_rows():
    found = table("Study,Treatment,,Control,,Year\n,Events,Total,Events,Total,\nA,1,40,2,36,1984\nB,4,56,14,74,1986\n")
    assert found.columns == ("Study", "Treatment Events", "Treatment Total", "Control Events", "Control Total", "Year")
    assert found.header == (1, 2)
    assert found.lines[0].number == 3


def test_headings_in_two_rows_with_the_names_below():
    found = table(",Treatment,,Control,,\nStudy,n,N,n,N,Year\nA,1,40,2,36,1984\nB,4,56,14,74,1986\n")
    assert found.columns == ("Study", "Treatment n", "Treatment N", "Control n", "Control N", "Year")


def test_headings_above_blocks_of_rows():
    found = table("Study,ai,n1i,ci,n2i\nAdults,,,,\nA,1,40,2,36\nB,4,56,14,74\nChildren,,,,\nC,2,92,7,93\n")
    assert [line.group for line in found.lines] == ["Adults", "Adults", "Children"]


def test_columns_of_one_name_are_told_apart_by_their_place():
    found = table("study,n,n,yi\nA,1,2,3\nB,1,2,3\n")
    assert found.columns == ("study", "n", "n [column C]", "yi")


def test_a_heading_that_is_said_is_obeyed():
    text = "x,y,z\nstudy,yi,vi\nA,1,2\nB,2,3\n"
    assert table(text, header=(2,)).columns == ("study", "yi", "vi")
    with pytest.raises(InputError, match="has 4 rows"):
        table(text, header=(9,))


@pytest.mark.parametrize(
    ("cell", "decimal", "numbers", "shape"),
    [
        ("12/40", ".", ("12", "40"), "#/#"), ("12 of 40", ".", ("12", "40"), "#/#"), ("12 (34%)", ".", ("12", "34%"), "#(#%)"), ("5.2 (1.3)", ".", ("5.2", "1.3"), "#(#)"),
        ("3.4 ± 0.9", ".", ("3.4", "0.9"), "#±#"), ("3.4+/-0.9", ".", ("3.4", "0.9"), "#±#"), ("1.2 [0.8; 1.9]", ".", ("1.2", "0.8", "1.9"), "#(#-#)"),
        ("1.2 (0.8, 1.9)", ".", ("1.2", "0.8", "1.9"), "#(#-#)"), ("1.2 (0.8–1.9)", ".", ("1.2", "0.8", "1.9"), "#(#-#)"),
        ("-1.2 (-2.3 to -0.1)", ".", ("-1.2", "-2.3", "-0.1"), "#(#-#)"), ("-1.2 (-2.3--0.1)", ".", ("-1.2", "-2.3", "-0.1"), "#(#-#)"),
        ("0.8 to 1.9", ".", ("0.8", "1.9"), "#-#"), ("0.86 (95% CI 0.7 to 1.0)", ".", ("0.86", "0.7", "1.0"), "#(#-#)"), ("12/40 (30%)", ".", ("12", "40", "30%"), "#/#(#%)"),
        ("1,2 (0,8; 1,9)", ",", ("1.2", "0.8", "1.9"), "#(#-#)"), ("1.234,5 (2,1)", ",", ("1234.5", "2.1"), "#(#)"), ("1,234 (5.6%)", ".", ("1234", "5.6%"), "#(#%)"),
        ("5 (3-8)†", ".", ("5", "3", "8"), "#(#-#)"),
    ],
)  # fmt: skip
def test_cells_of_several_numbers(cell, decimal, numbers, shape):
    parts = split_cell(cell, decimal)
    assert parts.numbers == numbers
    assert parts.shape.rstrip(")") == shape.rstrip(")")


def test_the_shape_that_most_cells_have():
    assert usual_shape(["12/40", "3/25", "NR"]) == "#/#"
    assert usual_shape(["a", "b", "3"]) == "text"
    assert usual_shape(["NR", ""]) == ""


def test_decimal_signs_are_counted_where_they_are_sure():
    assert decimal_signs(["1,5", "2,25", "1,234"]) == (2, 0)
    assert decimal_signs(["1.5", "1,234", "12"]) == (0, 1)
    assert decimal_signs(["0.86 (0.70, 1.05)"]) == (0, 1)


def test_letters_of_columns():
    assert [letter(i) for i in (0, 25, 26, 701, 702)] == ["A", "Z", "AA", "ZZ", "AAA"]
