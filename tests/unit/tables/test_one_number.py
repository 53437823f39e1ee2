"""One number, one place: a pooled result reads the same in every table and every format, and is the one of pooled.csv."""

import csv
import io
import re
from decimal import Decimal
from functools import cache
from pathlib import Path

import docx
import pytest
from lxml import html

from metaudit.files import read_rows
from metaudit.tables.kinds import tables_of
from metaudit.tables.reading import read_review
from metaudit.tables.render import to_csv, to_html, to_latex, to_markdown
from metaudit.tables.word import save, tables_document

ROOT = Path(__file__).resolve().parents[3]
DATA, RESULTS = ROOT / "data" / "reviews", ROOT / "results"
REVIEWS = sorted(path.parent.name for path in RESULTS.glob("*/pooled.csv") if len(read_rows(path)))
POOLED_TABLES = ("analyses", "heterogeneity", "findings", "sensitivity")


def plain(text: str) -> str:
    """A cell as it was before a format set it: the minus a hyphen, no escapes."""
    text = re.sub(r"\\ensuremath\{([^}]*)\}", r"\1", text)
    for sign, was in (("\\infty", "∞"), ("\\%", "%"), ("\u2212", "-"), ("\\<", "<"), ("\\textless{}", "<")):
        text = text.replace(sign, was)
    return text.strip()


@cache
def made(review: str):
    return {table.name: table for table in tables_of(read_review(DATA, RESULTS, review)) if table.name in POOLED_TABLES}


def from_csv(table):
    found = list(csv.DictReader(io.StringIO(to_csv(table))))
    return [[row[c.name] for c in table.shown] for row in found]


def from_markdown(table):
    lines = to_markdown(table).splitlines()[2:]
    return [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines]


def from_html(table):
    return [[cell.text_content() for cell in row] for row in html.fromstring(to_html(table)).iterfind(".//tbody/tr")]


def from_latex(table):
    text = to_latex(table)
    begin, end = (r"\endlastfoot", r"\end{longtable}") if "longtable}" in text else ("\\midrule\n", r"\bottomrule")
    body = text.split(begin)[-1].split(end)[0]
    lines = [line for line in body.strip().splitlines() if line.rstrip().endswith(r"\\")]
    return [re.split(r"(?<!\\)&", line.rstrip().removesuffix(r"\\")) for line in lines]


FORMATS = {"csv": from_csv, "md": from_markdown, "html": from_html, "tex": from_latex}


def rounds_to(shown: str, value: str) -> bool:
    """Whether a decimal text is the rounding of a number with more digits."""
    digits = len(shown.partition(".")[2])
    return abs(Decimal(shown) - Decimal(value)) <= Decimal(1).scaleb(-digits) / 2 + Decimal("1e-12")


@pytest.mark.parametrize("review", REVIEWS)
def test_cells_show_the_pooled_result(review):
    """Estimate and limits of every primary fit, in three tables, against pooled.csv by arithmetic of decimals."""
    titles = {a.title: a for a in read_review(DATA, RESULTS, review).analyses if a.primary is not None}
    columns = {"analyses": "estimate", "findings": "effect", "sensitivity": "estimate"}
    seen = set()
    for name, column in columns.items():
        for row in made(review)[name].rows if name in made(review) else ():
            primary = titles[row["title"]].primary if row["title"] in titles else None
            if primary is None or (name == "sensitivity" and row["check"] != "as pooled"):
                continue
            shown = re.findall(r"-?\d+(?:\.\d+)?(?:e-?\d+)?", row[column])
            told = [
                primary[key] for key in ("estimate", "ci_low", "ci_high") if primary[key] not in ("", "inf", "-inf")
            ]
            assert len(shown) == len(told), (name, row, told)
            assert all(rounds_to(s, t) for s, t in zip(shown, told, strict=True)), (name, row, told)
            seen.add(row["title"])
    assert seen == {title for title, a in titles.items() if a.primary["estimate"]}


@pytest.mark.parametrize("review", REVIEWS)
def test_every_format_shows_the_same_cells(review, tmp_path):
    tables = tuple(made(review).values())
    save(tables_document(tables, title="T"), tmp_path / "t.docx")
    grids = docx.Document(str(tmp_path / "t.docx")).tables
    for table, grid in zip([t for t in tables if t.rows], grids, strict=True):
        numeric = [i for i, c in enumerate(table.shown) if table.numeric(c)]
        assert numeric, table.name
        told = [[row.get(c.name, "") for c in table.shown] for row in table.rows]
        shown = {name: read(table) for name, read in FORMATS.items()}
        shown["docx"] = [[cell.text for cell in list(row.cells)] for row in list(grid.rows)[1:]]
        for name, rows in shown.items():
            assert len(rows) == len(told), (table.name, name)
            for row, expected in zip(rows, told, strict=True):
                assert [plain(row[i]) for i in numeric] == [expected[i] for i in numeric], (table.name, name)


def test_there_is_something_to_compare():
    assert len(REVIEWS) > 25
    assert sum(len(made(review)["analyses"].rows) for review in REVIEWS) > 60
