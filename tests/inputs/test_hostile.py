"""Input that was made to do harm is refused in one clear line, within seconds, and nothing is written or run.

What comes out of texts that are read is in test_hostile_output.py; any bytes at all are in tests/fuzz.
"""

# ruff: noqa: RUF001 - signs that look like others are what this is about

from __future__ import annotations

import io
import re
import resource
import shutil
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from making import claim, made, write_review
from metaudit.cli import app
from metaudit.compare import compare_trees
from metaudit.config import check_config_file
from metaudit.drafts import write_draft
from metaudit.errors import InputError, PrintedError, Problem
from metaudit.formats.advice import instead_of
from metaudit.formats.headers import MOST_COLUMNS
from metaudit.formats.review import read_review
from metaudit.formats.signs import instead_in_number, look, named, printable, unwanted
from metaudit.formats.tables import MOST_ROWS, read_table
from metaudit.formats.yaml_file import read_yaml
from metaudit.imports import read_file
from metaudit.imports.mapping_file import read_mapping
from metaudit.imports.options import Options
from metaudit.imports.text_numbers import read_number
from metaudit.presets.load import read_preset
from metaudit.printed import parse_printed
from metaudit.text_claims.propose import propose

ROOT = Path(__file__).resolve().parents[2]
REVIEWS = ROOT / "data" / "reviews"
SECONDS = 5.0
ROWS = [
    {"study": "A 1990", "events_t": 3, "n_t": 50, "events_c": 7, "n_c": 49},
    {"study": "B 1991", "events_t": 4, "n_t": 60, "events_c": 9, "n_c": 61},
]


def quickly(refuse: Callable[[], object]) -> float:
    """Processor seconds of one call."""
    began = time.process_time()
    refuse()
    return time.process_time() - began


def one_line(problems: list[Problem], *words: str) -> Problem:
    """The first problem: one line that a terminal shows as it is, with the words in it."""
    assert problems
    line = str(problems[0])
    assert line.replace("\u00a0", " ").isprintable(), line
    assert len(line) < 600
    for word in words:
        assert word in line, line
    assert re.search(r"[.?] \[[a-z0-9-]+\]$", line), line
    return problems[0]


# YAML ------------------------------------------------------------------------------------------------------------------

LAUGHS = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{chr(98 + i)}: &{chr(98 + i)} [{','.join(['*' + chr(97 + i)] * 9)}]\n" for i in range(9)
)
YAML = {
    "a billion laughs": (LAUGHS, "aliases"),
    "merged without end": ("a: &a {x: 1}\n" + "".join(f"b{i}: &b{i} {{<<: [*{'a' if not i else f'b{i - 1}'}, *a], k{i}: 1}}\n" for i in range(250)) + "title: [" + "*b249," * 900 + "x]\n", "merges mappings"),
    "aliases of aliases": ("a: &a [" + "x," * 900 + "x]\ntitle: [" + "*a," * 900 + "x]\n", "aliases"),
    "brackets without end": ("a: " + "[" * 50_000 + "]" * 50_000, "a hundred levels"),
    "unclosed brackets": ("a: " + "{a: [" * 20_000, "a hundred levels"),
    "indentation without end": ("\n".join(" " * i + "a:" for i in range(1500)), "a hundred levels"),
    "lists in lists": ("- " * 20_000, "a hundred levels"),
    "keys of keys": ("? " * 20_000, "a hundred levels"),
    "a tag that calls": ("title: !!python/object/apply:os.system ['echo owned']", "'!!python/object/apply:os.system'"),
    "a tag that names": ("title: !!python/name:os.system", "is a tag of YAML"),
    "a tag of its own": ("title: {a: !x b}", "'!x' is a tag"),
    "a tag behind a line of Unicode": ("title: a\nnote: \u2028!x\n", "'!x' is a tag"),
    "merges with a blank": ("a: &a {b: 1}\n" + "".join(f"k{i}: {{<< : *a}}\n" for i in range(60)), "more than 50 times"),
    "a few merges of much": ("a: &a {" + ", ".join(f"b{i}: 1" for i in range(5000)) + "}\n" + "k: {<<: *a}\n" * 30, "too often for its length"),
    "a tag by a directive": ("%TAG ! tag:example.com,2000:\n---\ntitle: !foo a\n", "line 3"),
    "bytes": ("title: !!binary aGVsbG8=", "'!!binary' is a tag"),
    "a day that is none": ("id: a\ntitle: 2001-02-30\n", "line 2", "'2001-02-30'"),
    "a number without a digit": ("id: a\ntitle: -_\n", "line 2", "'-_'"),
    "a time that is none": ("title: 2001-02-03 25:61:61", "'2001-02-03 25:61:61'"),
    "a number without end": ("title: " + "9" * 5000, "looks like a date or a number"),
    "the same in hexadecimal": ("title: 0x" + "f" * 20_000, "more than 18 digits"),
    "a number that no float holds": ("citation: {year: 1" + "0" * 400 + "}", "more than 18 digits"),
    "a key that is a mapping": ("{a: 1}: 2", "a key is no word"),
    "a key that holds another key": ("analyses:\n? method: {model: random}", "a key is no word"),
    "a key that is a list": ("[a]: 2", "a key is no word"),
    "a key that is nothing": ("? : 1", "a key is no word"),
    "a terminal's command": ('title: "a\\e[2Jb"', "U+001B", "key title"),
    "a NUL behind an escape": ('title: "a\\0b"', "U+0000"),
    "a text turned around": ("title: abc\u202edef", "U+202E (right-to-left override)"),
    "half a character": ('title: "\\ud800"', "U+D800 (half a character)"),
    "a key with a command": ('"a\\e[2J": 1', "the key holds U+001B"),
    "a NUL": ("title: a\x00b", "NUL"),
    "other bytes": (b"title: \xff\xfe\x80", "is not UTF-8"),
    "too many lines": ("a:\n" + "- b\n" * 60_000, "60,001 lines and items"),
    "too many items": ("a: [" + "b," * 60_000 + "b]", "60,000 lines and items"),
    "too many bytes": ("a: '" + "b" * 5_000_000 + "'", "larger than 4 MB"),
}  # fmt: skip


@pytest.fixture(params=YAML, ids=lambda name: name.replace(" ", "-"))
def bad_yaml(request: pytest.FixtureRequest) -> tuple[bytes, tuple[str, ...]]:
    content, *words = YAML[request.param]
    return content if isinstance(content, bytes) else content.encode("utf-8"), tuple(words)


def test_review_yaml(bad_yaml: tuple[bytes, tuple[str, ...]], tmp_path: Path) -> None:
    folder = write_review(tmp_path / "smith-2021", claims=[], rows=ROWS)
    (folder / "review.yaml").write_bytes(bad_yaml[0])
    began = time.process_time()
    with pytest.raises(InputError) as caught:
        read_review(folder)
    assert time.process_time() - began < SECONDS
    one_line(caught.value.problems, "review.yaml", *bad_yaml[1])
    assert len(caught.value.problems) == 1


@pytest.mark.parametrize("text", ["a: &a {b: *a}", "a: &a [*a]", "a: &a\n  b: &b\n    c: *a\n    d: *b\n"])
def test_what_holds_itself_ends(text: str, tmp_path: Path) -> None:
    folder = write_review(tmp_path / "smith-2021", claims=[], rows=ROWS)
    with (folder / "review.yaml").open("a", encoding="utf-8") as file:
        file.write(text)
    with pytest.raises(InputError) as caught:
        read_review(folder)
    one_line(caught.value.problems, "review.yaml")
    assert len(caught.value.problems) == 1


def test_config_mapping_and_preset_yaml(bad_yaml: tuple[bytes, tuple[str, ...]], tmp_path: Path) -> None:
    file = tmp_path / "config.yaml"
    file.write_bytes(bad_yaml[0])
    one_line(check_config_file(file, reviews_dir=REVIEWS), *bad_yaml[1])
    for read in (lambda: read_mapping(file), lambda: read_preset(file, shown="preset.yaml")):
        with pytest.raises(InputError) as caught:
            read()
        one_line(caught.value.problems, *bad_yaml[1])


@pytest.mark.parametrize(
    "text",
    [
        "title: wow! such",
        "title: '!x'",
        "title: a #!b",
        "title: a (![b])",
        'title: "\\u00e9 \\u05d0 \\u200f"',
        "title: |\n  a\n\n  b!",
        "x: {a: '[[[[', b: 2001-02-03}",
        "x: &a [1]\ny: *a",
    ],
)
def test_what_only_looks_so_is_read(text: str, tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(text, encoding="utf-8")
    document, problems = read_yaml(tmp_path / "a.yaml", "a.yaml")
    assert not problems
    assert document


# JSON ------------------------------------------------------------------------------------------------------------------

JSON = {
    "deep": "[" * 100_000 + "]" * 100_000, "deep keys": '{"a":' * 100_000 + "1" + "}" * 100_000, "long number": "[" + "9" * 5000 + "]", "large number": "[1" + "0" * 400 + "]",
    "large fraction": "[1e400]", "not a number": "[NaN, Infinity, -Infinity]", "half a character": '["\\ud800"]', "cut": '{"a": ', "twice": '{"a": 1, "a": 2}', "a command": '["\\u001b[2J"]',
    "nothing": "", "other bytes": "\x00",
}  # fmt: skip


@pytest.mark.parametrize("name", JSON)
def test_diff_says_that_json_differs_and_reads_no_further(name: str, tmp_path: Path) -> None:
    for side, content in (("a", JSON[name]), ("b", '[1, {"a": 2.5}]')):
        (tmp_path / side).mkdir()
        (tmp_path / side / "audit.json").write_text(content, encoding="utf-8")
    for first, second in (("a", "b"), ("b", "a")):
        drifts = compare_trees(tmp_path / first, tmp_path / second)
        assert drifts
        assert all(str(d).isprintable() for d in drifts)
    done = CliRunner().invoke(app, ["diff", str(tmp_path / "a"), str(tmp_path / "b")])
    assert done.exit_code == 1, done.output
    assert "Traceback" not in done.output


def test_two_large_numbers_are_compared(tmp_path: Path) -> None:
    for side, content in (("a", "[1" + "0" * 400 + "]"), ("b", "[2" + "0" * 400 + "]")):
        (tmp_path / side).mkdir()
        (tmp_path / side / "audit.json").write_text(content, encoding="utf-8")
    assert compare_trees(tmp_path / "a", tmp_path / "b")


# Tables of a size that no review has -------------------------------------------------------------------------------------


@pytest.fixture
def large() -> Path:
    """A folder in memory for files of 40 MB and more."""
    import tempfile

    folder = Path(tempfile.mkdtemp(dir="/dev/shm" if Path("/dev/shm").is_dir() else None))
    yield folder
    shutil.rmtree(folder)


TEN_MILLION = 10_000_000
TABLES = {
    "ten million rows": (b"study,n\n", b"A,1\n", TEN_MILLION),
    "ten million rows by returns": (b"study,n\r", b"A,1\r", TEN_MILLION),
    "ten million blank rows": (b"study,n\n", b"\n", TEN_MILLION),
    "ten million rows of blanks": (b"study  n\n", b"A  1\n", TEN_MILLION),
    "ten million rows of RevMan's": (b"Comparison Number,Outcome Number\n", b"1,1\n", TEN_MILLION),
    "ten million rows of Covidence's": (b"Covidence #,Study ID,Title\n", b"1,1,\n", TEN_MILLION),
    "ten million lines of MetaView's": (b"METAVIEW: 1\r\n", b"1,1\r\n", TEN_MILLION),
    "a million columns": (b"study", b",c", 1_000_000),
    "a cell of 50 MB": (b"study,n\nA,", b"1", 50_000_000),
    "a line of 50 MB in quotes": (b'study,n\nA,"', b"1", 50_000_000),
    "more bytes than any review": (b"study,n\n", b"Abcdefghij 1990,1\n", TEN_MILLION),
}


@pytest.mark.parametrize("name", TABLES)
def test_a_table_of_ten_million_rows_is_refused_at_once(name: str, large: Path) -> None:
    head, body, times = TABLES[name]
    file = large / "table.csv"
    file.write_bytes(head + body * times)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    caught: list[InputError] = []

    def refuse() -> None:
        with pytest.raises(InputError) as error:
            read_file(file)
        caught.append(error.value)

    assert quickly(refuse) < SECONDS
    one_line(caught[0].problems, "table.csv")
    # A few copies of the text, not a list of ten million rows: that would be a gigabyte and more.
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 800_000


@pytest.mark.parametrize("name", TABLES)
def test_so_is_one_of_our_own(name: str, large: Path) -> None:
    head, body, times = TABLES[name]
    file = large / "extraction.csv"
    file.write_bytes(head + body * times)
    found: list[Problem] = []
    assert quickly(lambda: found.extend(read_table(file, "extraction.csv")[1])) < SECONDS
    one_line(found, "extraction.csv")


def test_a_table_that_is_wrong_everywhere_is_told_so_once_and_for_all(tmp_path: Path) -> None:
    file = tmp_path / "extraction.csv"
    file.write_text("study,n_t,certainty,source\n" + "A,x,y,z\n" * (MOST_ROWS - 1), encoding="utf-8")
    _rows, problems = read_table(file, "extraction.csv")
    assert 1000 <= len(problems) <= 3000
    assert "too-many" in {p.rule for p in problems}
    assert max(p.row for p in problems) < 1000


def test_the_limits_let_large_reviews_through(tmp_path: Path) -> None:
    file = tmp_path / "extraction.csv"
    columns = ",".join(f"x_c{i}" for i in range(MOST_COLUMNS - 1))
    file.write_text(
        f"study,{columns}\n" + "".join(f"S{i}{',1' * (MOST_COLUMNS - 1)}\n" for i in range(50)), encoding="utf-8"
    )
    rows, problems = read_table(file, "extraction.csv")
    assert not problems
    assert len(rows) == 50
    file.write_text("study,n_t,events_t\n" + "".join(f"S{i},20,{i % 20}\n" for i in range(20_000)), encoding="utf-8")
    rows, problems = read_table(file, "extraction.csv")
    assert not problems
    assert len(rows) == 20_000


def workbook(sheet: bytes) -> bytes:
    """A workbook of one sheet, from the inside of its ``sheetData``."""
    import openpyxl

    out, made_of = io.BytesIO(), io.BytesIO()
    openpyxl.Workbook().save(made_of)
    with zipfile.ZipFile(made_of) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            main = (
                b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
                + sheet
                + b"</sheetData></worksheet>"
            )
            new.writestr(name, main if name == "xl/worksheets/sheet1.xml" else old.read(name))
    return out.getvalue()


@pytest.mark.parametrize(
    "sheet",
    [
        b"".join(b'<row r="%d"><c r="A%d"><v>%d</v></c></row>' % (i, i, i * 7919 % 10**6) for i in range(1, 500_001)),
        b'<row r="1"><c r="A1"><v>1</v></c></row><row r="19999"><c r="ALL19999"><v>1</v></c></row>',
        b'<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>',
    ],
    ids=["half-a-million-rows", "two-cells-far-apart", "two-cells-at-the-ends"],
)
def test_a_sheet_that_is_too_large_is_refused_before_it_is_laid_out(sheet: bytes, tmp_path: Path) -> None:
    file = tmp_path / "table.xlsx"
    file.write_bytes(workbook(sheet))

    def refuse() -> None:
        with pytest.raises(InputError) as caught:
            read_file(file)
        one_line(caught.value.problems, "20000 rows")

    assert quickly(refuse) < SECONDS


def test_xml_with_millions_of_tags_is_refused(large: Path) -> None:
    file = large / "review.rm5"
    file.write_bytes(b'<?xml version="1.0"?><COCHRANE_REVIEW><ANALYSES_AND_DATA>' + b"<DICH_DATA/>" * 3_000_000)

    def refuse() -> None:
        with pytest.raises(InputError) as caught:
            read_file(file)
        one_line(caught.value.problems, "2,000,000 tags")

    assert quickly(refuse) < SECONDS


def test_an_archive_with_a_nameless_member_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("a.csv", "x")
        archive.writestr("b", "y")
    content = (tmp_path / "a.zip").read_bytes()
    place = content.rindex(b"PK\x01\x02")  # the name's length and the name in the directory
    broken = bytearray(content)
    broken[place + 28] = 0
    del broken[place + 46 : place + 47]
    end = broken.rindex(b"PK\x05\x06")
    size = int.from_bytes(broken[end + 12 : end + 16], "little") - 1
    broken[end + 12 : end + 16] = size.to_bytes(4, "little")
    (tmp_path / "b.zip").write_bytes(bytes(broken))
    with zipfile.ZipFile(tmp_path / "b.zip") as archive:
        assert "" in archive.namelist()
    with pytest.raises(InputError) as caught:
        read_file(tmp_path / "b.zip")
    one_line(caught.value.problems)


@pytest.mark.parametrize(
    "cell",
    [
        "5" + "*" * 60 + "!",
        "5" + "†" * 200,
        "1" + "¹²³" * 80 + "x",
        "5 (" + "3 " * 2000,
        "1" + ",000" * 500,
        "-" * 5000 + "1",
        "9" * 100_000,
        "1/" + "9" * 5000,
        "a" * 120_000,
    ],
)
def test_no_cell_takes_its_time(cell: str, tmp_path: Path) -> None:
    """Patterns that are tried in every division of a cell would need years for sixty asterisks."""
    said: list[str] = []

    def read() -> None:
        for one in (lambda: parse_printed(cell), lambda: read_number(cell)):
            try:
                one()
            except PrintedError as error:
                said.append(str(error))
        instead_of(cell, "mean_t")
        (tmp_path / "t.csv").write_text(
            f"study,mean1,sd1,n1,mean2,sd2,n2\nA 1990,{cell},1,10,2,1,12\nB 1991,2,1,20,3,1,19\n", encoding="utf-8"
        )
        try:
            read_file(tmp_path / "t.csv")
        except InputError as error:
            one_line(error.problems)

    assert quickly(read) < SECONDS
    assert all(len(message) < 500 for message in said)


def test_a_text_with_ten_thousand_results_is_refused(tmp_path: Path) -> None:
    (tmp_path / "t.md").write_text("RR 0.51 (95% CI 0.30 to 0.90).\n\n" * 1500, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        propose(tmp_path / "t.md", tmp_path / "smith-2021")
    one_line(caught.value.problems, "results; at most 3,000")
    assert not (tmp_path / "smith-2021").exists()


# Signs that are not what they look like ----------------------------------------------------------------------------------

STRANGE = {
    "1O": ("U+004F", "10"), "O.5": ("U+004F", "0.5"), "l2": ("U+006C", "12"), "I.5": ("U+0049", "1.5"), "1О": ("U+041E", "10"), "٣٫٥": ("U+0663", "3.5"), "١٢٪": ("U+0661", "12%"),
    "१२": ("U+0967", "12"), "１２": ("U+FF11", "12"), "0．5": ("U+FF0E", "0.5"), "𝟘.𝟙": ("U+1D7D8", "0.1"), "1·5": ("U+00B7", "1.5"), "‐1.5": ("U+2010", "-1.5"), "—1.5": ("U+2014", "-1.5"),
    "－1.5": ("U+FF0D", "-1.5"), "1.5\u200b": ("U+200B", "1.5"), "\u200f1.5": ("U+200F", "1.5"), "1\u202e2": ("U+202E", "12"), "1\u00ad2": ("U+00AD", "12"), "1\u200d2": ("U+200D", "12"),
    "\ufeff15": ("U+FEFF", "15"), "5\u0301": ("U+0301", ""), "½": ("U+00BD", ""), "3 ½": ("U+00BD", ""), "Ⅳ": ("U+2163", ""), "¹²": ("U+00B9", ""), "10⁻³": ("U+207B", "1.5e-3"),
    "٣/٤": ("U+0663", "3/4"), "＜0.05": ("U+FF1C", "<0.05"), "5٪": ("U+066A", "5%"), "1⁄2": ("U+2044", "1/2"), "②": ("U+2461", ""),
}  # fmt: skip


@pytest.mark.parametrize("text", STRANGE)
def test_a_sign_that_is_none_of_a_number_is_named_with_what_would_be_right(text: str, tmp_path: Path) -> None:
    sign, right = STRANGE[text]
    with pytest.raises(PrintedError):
        parse_printed(text)
    file = tmp_path / "extraction.csv"
    file.write_text(f"study,mean_t\nA,{text}\n", encoding="utf-8")
    found = [p for p in read_table(file, "extraction.csv")[1] if p.column == "mean_t"]
    line = one_line(found, "row 2, column mean_t")
    assert sign in str(line), line
    assert right in str(line).partition("number such as")[2] or right in line.fix or line.rule == "sign", line
    folder = write_review(tmp_path / "smith-2021", claims=[claim("c", "estimate", text)], rows=ROWS)
    with pytest.raises(InputError) as caught:
        read_review(folder)
    assert any(sign in str(p) for p in caught.value.problems)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("−1.5", -1.5),
        ("–1.5", -1.5),
        ("‒1.5", -1.5),
        ("1\u00a0000", 1000.0),
        ("1\u202f000", 1000.0),
        ("≤ .05", 0.05),
        (" 12 ", 12.0),
        ("1e-3", 0.001),
    ],
)
def test_what_typesetters_write_is_read(text: str, value: float) -> None:
    assert parse_printed(text).value == value
    assert not instead_in_number(text) or "≤" in text


@pytest.mark.parametrize(
    ("text", "read", "changed"),
    [
        ("٣٫٥", "3.5", "another script"),
        ("１２．５", "12.5", "another script"),
        ("۱۲", "12", "another script"),
        ("१२%", "12%", "another script"),
        ("1.5\u200b", "1.5", ""),
        ("\u202a12\u202c", "12", ""),
        ("−1.5", "-1.5", "minus"),
    ],
)
def test_an_import_reads_digits_that_mean_the_same_and_says_so(text: str, read: str, changed: str) -> None:
    cell = read_number(text)
    assert cell.text == read
    assert changed in cell.changed


@pytest.mark.parametrize("text", ["1O", "l2", "½", "5\u0301", "Ⅳ", "①"])
def test_an_import_refuses_what_only_looks_like_a_digit(text: str) -> None:
    with pytest.raises(PrintedError):
        read_number(text)


@pytest.mark.parametrize(
    "text",
    ["1.83", "-1.83", "<.001", "51.3%", "1/3", "abc", "", "mg²", "OR", "NO", "l", "Il", "5 mg", "2018a", "x" * 100],
)
def test_nothing_is_said_about_plain_texts(text: str) -> None:
    assert instead_in_number(text) == ""


ALIKE = [
    ("Smith 2010", "Ѕmith 2010", "U+0405"), ("Smith 2010", "Smith\u200b 2010", "U+200B"), ("Cohen 2010", "Соhen 2010", "U+0421"), ("Kim 2010", "Κim 2010", "U+039A"), ("Smith 2010", "Ｓmith 2010", "U+FF33"),
    ("Müller 2010", "Mu\u0308ller 2010", "U+0308"), ("Smith 2010", "Smith\u00a02010", "U+00A0"), ("Smith 2010", "SMITH 2010", ""), ("Smith 2010", "Smith\u00ad 2010", "U+00AD"), ("fi 2010", "ﬁ 2010", "U+FB01"),
]  # fmt: skip


@pytest.mark.parametrize(("first", "second", "sign"), ALIKE)
def test_a_study_under_a_name_that_looks_the_same_stands_twice(
    first: str, second: str, sign: str, tmp_path: Path
) -> None:
    rows = [{**ROWS[0], "study": first}, {**ROWS[1], "study": second}]
    with pytest.raises(InputError) as caught:
        made(tmp_path / "smith-2021", claims=[], rows=rows)
    assert [p.rule for p in caught.value.problems] == ["duplicate-key"]
    line = one_line(caught.value.problems, "row 3", sign)
    assert ("differs in a sign that nobody sees" in line.message) == bool(sign)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("Müller 2010", "Muller 2010"),
        ("Smith 2010", "Smith 2011"),
        ("Иванов 2010", "Петров 2010"),
        ("Ο'Brien", "O'Brian"),
        ("A2", "А3"),
    ],
)
def test_names_that_differ_for_the_eye_are_two_studies(first: str, second: str, tmp_path: Path) -> None:
    rows = [{**ROWS[0], "study": first}, {**ROWS[1], "study": second}]
    assert len(made(tmp_path / "smith-2021", claims=[], rows=rows).rows) == 2


def test_an_analysis_that_selects_a_look_alike_is_told_so(tmp_path: Path) -> None:
    rows = [ROWS[0], {**ROWS[1], "outcome": "раin"}]  # Cyrillic er and a
    with pytest.raises(InputError) as caught:
        made(tmp_path / "smith-2021", claims=[], rows=rows)
    assert "spelling" in {p.rule for p in caught.value.problems}


@pytest.mark.parametrize("sign", ["\x1b", "\x07", "\x7f", "\x90", "\u202e", "\u2066", "\u202a", "\ufffe"])
@pytest.mark.parametrize("column", ["study", "note", "x_site"])
def test_a_cell_with_a_sign_that_acts_is_refused(sign: str, column: str, tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        made(tmp_path / "smith-2021", claims=[], rows=[{**ROWS[0], column: f"a{sign}b"}, ROWS[1]])
    problem = one_line(caught.value.problems, f"U+{ord(sign):04X}", f"column {column}")
    assert problem.rule == "sign"


def test_an_import_leaves_such_signs_out_and_says_so(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(
        "study,events_t,n_t,events_c,n_c,note\n\u202aA 1990\u202c,1,10,2,12,a\x1b[2J\nB 1991,3,20,4,19,\u202eb\n",
        encoding="utf-8",
    )
    draft = read_file(tmp_path / "t.csv")
    write_draft(draft, tmp_path / "smith-2021")
    review = read_review(tmp_path / "smith-2021")
    assert [r.text("study") for r in review.rows] == ["A 1990", "B 1991"]
    assert all(printable(n.message) == n.message for n in draft.notices)


def test_names_of_signs() -> None:
    assert named("\u202e") == "U+202E (right-to-left override)"
    assert named("\x1b") == "U+001B (a control sign)"
    assert unwanted("plain \u05d0 \u200f text\n\t") == ""
    assert look("Ѕmith\u200b") == look("Smith") != look("Šmith")
    assert printable("a\x1b\u202e\nb") == "a\\x1b\\u202e\\nb"


# Paths -------------------------------------------------------------------------------------------------------------------

ELSEWHERE = [
    "../x",
    "../../../../etc/passwd",
    "/etc/passwd",
    "..",
    "a/../../b",
    "C:\\x",
    "~/x",
    "a\\..\\b",
    "file:///etc/passwd",
    "%2e%2e/x",
    "．．/x",
]


@pytest.mark.parametrize("path", ELSEWHERE)
def test_no_id_is_a_path(path: str, tmp_path: Path) -> None:
    folder = write_review(tmp_path / "in" / "smith-2021", claims=[claim("c", "k", "2")], rows=ROWS)
    text = (folder / "review.yaml").read_text(encoding="utf-8")
    for changed in (text.replace("id: smith-2021", f"id: '{path}'"), text.replace("main:", f"'{path}':")):
        assert changed != text
        (folder / "review.yaml").write_text(changed, encoding="utf-8")
        with pytest.raises(InputError) as caught:
            read_review(folder)
        one_line(caught.value.problems)
        assert "id" in {p.rule for p in caught.value.problems} | {p.column for p in caught.value.problems}


@pytest.mark.parametrize("path", ELSEWHERE)
def test_a_claim_refers_to_reviews_beside_its_own_only(path: str, tmp_path: Path) -> None:
    made(tmp_path / "x", claims=[claim("c", "k", "2")], rows=ROWS)
    made(tmp_path / "in" / "b", claims=[claim("c", "k", "2")], rows=ROWS)
    for refers in (f"{path}/c", path):
        folder = write_review(
            tmp_path / "in" / "smith-2021", claims=[claim("c", "k", "2", refers_to=refers)], rows=ROWS
        )
        with pytest.raises(InputError) as caught:
            read_review(folder)
        assert {p.rule for p in caught.value.problems} == {"unresolvable-reference"}


@pytest.mark.parametrize("path", ["..", ".", "../in"])
def test_not_even_by_two_dots(path: str, tmp_path: Path) -> None:
    """``..`` names the folder above; a claims.csv there is no review's."""
    folder = write_review(tmp_path / "smith-2021", claims=[claim("c", "k", "2", refers_to=f"{path}/c")], rows=ROWS)
    shutil.copy(folder / "claims.csv", tmp_path / "claims.csv")
    shutil.copy(folder / "claims.csv", tmp_path.parent / "claims.csv")
    with pytest.raises(InputError) as caught:
        read_review(folder)
    assert {p.rule for p in caught.value.problems} == {"unresolvable-reference"}


def test_other_names_are_texts_and_no_files(tmp_path: Path) -> None:
    rows = [
        {
            **ROWS[0],
            "events_t": 3 + i,
            "x_site": path,
            "study": f"{path} {i}",
            "comparison": path,
            f"x_{ELSEWHERE[0]}": i,
        }
        for i, path in enumerate(ELSEWHERE)
    ]
    folder = tmp_path / "in" / "smith-2021"
    claims = [
        claim(path, "k", str(len(rows)), note=path, where=path) for path in ELSEWHERE[:-1]
    ]  # the last looks like the first
    made(folder, claims=claims, rows=rows, measure="RR", subgroups="site", moderators=[ELSEWHERE[0]])
    before = set(tmp_path.rglob("*"))
    done = CliRunner().invoke(app, ["audit", str(folder), "--out", str(tmp_path / "in" / "out")])
    assert done.exit_code in (0, 1), done.output
    new = {p for p in set(tmp_path.rglob("*")) - before if tmp_path / "in" / "out" not in p.parents}
    assert new == {tmp_path / "in" / "out"}


@pytest.mark.parametrize("path", [e for e in ELSEWHERE if e not in ("/etc/passwd", "../../../../etc/passwd")])
def test_a_draft_is_written_nowhere_else(path: str, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "t.csv").write_text(
        f"study,events_t,n_t,events_c,n_c,outcome,{path}\nA,1,10,2,12,{path},1\nB,3,20,4,19,{path},2\n",
        encoding="utf-8",
    )
    draft = read_file(tmp_path / "in" / "t.csv", Options(title=path))
    write_draft(draft, tmp_path / "in" / "smith-2021")
    assert {p.name for p in tmp_path.iterdir()} == {"in"}
    assert {p.name for p in (tmp_path / "in").iterdir()} == {"t.csv", "smith-2021"}
