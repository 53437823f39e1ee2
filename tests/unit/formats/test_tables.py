"""Reading one table: cells, numbers, names that are nearly right."""

from pathlib import Path

import pytest

from metaudit.formats.columns import KEYS, TABLES
from metaudit.formats.tables import Row, near, nearest, read_table


def read(folder: Path, name: str, text: str, encoding: str = "utf-8") -> tuple[list[Row], list[str]]:
    """Rows and the rules that are broken."""
    (folder / name).write_bytes(text.encode(encoding))
    rows, problems = read_table(folder / name, name)
    return rows, [p.rule for p in problems]


def test_cells_are_text_and_numbers_keep_their_print(tmp_path: Path) -> None:
    rows, problems = read(tmp_path, "extraction.csv", "study,mean_t,x_dose\n A , 0.50 ,low\n")
    assert problems == []
    assert rows[0].cells == {"study": "A", "mean_t": "0.50", "x_dose": "low"}
    assert rows[0].value("mean_t") == 0.5
    assert rows[0].numbers["mean_t"].decimals == 2
    assert rows[0].value("sd_t") is None
    assert rows[0].text("note") == ""


def test_rows_are_numbered_as_a_spreadsheet_shows_them(tmp_path: Path) -> None:
    rows, problems = read(tmp_path, "extraction.csv", 'study,note\nA,"two\nlines"\n\n,\nB,\n')
    assert problems == []
    assert [r.line for r in rows] == [2, 5]


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_line_endings_and_byte_order_mark_do_not_matter(tmp_path: Path, ending: str) -> None:
    rows, problems = read(tmp_path, "extraction.csv", f"study,n{ending}A,12{ending}B,13{ending}", "utf-8-sig")
    assert problems == []
    assert [(r.line, r.value("n")) for r in rows] == [(2, 12), (3, 13)]


def test_every_bad_cell_is_reported_at_once(tmp_path: Path) -> None:
    text = "study,n_t,sd_t,certainty\nA,x,-1,read\nB,12,1,guess\nB,12,1,read\n"
    assert read(tmp_path, "extraction.csv", text)[1] == ["number", "negative", "choice", "duplicate-key"]


@pytest.mark.parametrize(
    ("column", "text", "rule"),
    [
        ("n_t", "12.0", None),
        ("n_t", "1,200", None),
        ("n_t", "<5", "count"),
        ("n_t", "12%", "count"),
        ("events_t", "51%", None),
        ("events_t", "51.3 %", None),
        ("events_t", "-5%", "negative"),
        ("r", "1.2", "range"),
        ("r", "-.3", None),
        ("p", "<.001", None),
        ("p", "1.5", "range"),
        ("se", "0", "range"),
        ("ci_level", "0.99", None),
        ("ci_level", "1", "range"),
        ("printed_weight", "12.5%", None),
        ("printed_weight", "120", "range"),
        ("year", "2018", None),
        ("year", "18", "year"),
        ("effect_type", "d", None),
        ("effect_type", "h", "choice"),
    ],
)
def test_what_a_column_takes(tmp_path: Path, column: str, text: str, rule: str | None) -> None:
    rules = read(tmp_path, "extraction.csv", f'study,{column}\nA,"{text}"\n')[1]
    assert rules == ([rule] if rule else [])


def test_unclosed_quotation_mark_names_the_row_where_it_opens(tmp_path: Path) -> None:
    (tmp_path / "sources.csv").write_text(
        'source,citation,read\na,A,table\nb,"B,table\nc,C,table\nd,"D",table\n', encoding="utf-8"
    )
    (problem,) = read_table(tmp_path / "sources.csv", "sources.csv")[1]
    assert (problem.row, problem.rule) == (3, "csv")


def test_nearest_name_ignores_capitals() -> None:
    assert near("RR ", ["or", "rr"]) == "rr"
    assert near("event_t", ["events_t", "events_c"]) == "events_t"
    assert near("colour", ["events_t"]) == ""
    assert nearest("xyz", ["alpha", "beta"]) == "Known: alpha, beta."
    assert nearest("xyz", [f"unlike{i}" for i in range(31)]) == "No known name is near it."
    assert nearest("xyz", []) == "There is none yet."


def test_every_table_declares_its_keys_and_says_what_its_columns_mean() -> None:
    assert set(KEYS) == set(TABLES)
    for name, columns in TABLES.items():
        names = [c.name for c in columns]
        assert len(names) == len(set(names))
        assert set(KEYS[name]) <= set(names)
        assert all(c.meaning for c in columns)
        assert all(c.choices for c in columns if c.kind == "choice")
