"""One table as CSV, Markdown, HTML and LaTeX, each set by a library, which is imported when it is needed."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from metaudit.audit_words.numbers import typographic
from metaudit.formats.spreadsheet import guarded
from metaudit.tables.column import Table, one_line
from metaudit.tables.latex import NEEDS, SMALL, latex_text, layout, too_long

if TYPE_CHECKING:
    from lxml.html import HtmlElement
    from pandas import DataFrame

BEGIN = "\\begin{table}\n"
_MARKDOWN = re.compile(r"([\\`*_\[\]<>|#~$])")


def to_csv(table: Table) -> str:
    """Comma-separated values under the column names; every column, also the empty ones."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow([column.name for column in table.columns])
    writer.writerows([guarded(row.get(column.name, "")) for column in table.columns] for row in table.rows)
    return buffer.getvalue()


def markdown_text(text: str) -> str:
    """Text that Markdown shows as it is."""
    return _MARKDOWN.sub(r"\\\1", typographic(one_line(text))).replace("&", "&amp;")


def to_markdown(table: Table) -> str:
    """Pipe table with a heading; columns of numbers are aligned to the right."""
    from tabulate import DataRow, TableFormat, tabulate

    columns = table.shown
    line = DataRow("| ", " | ", " |")

    def under_heading(widths: Sequence[int], aligns: Sequence[str]) -> str:
        dashes = ["---:" if table.numeric(c) else "---" for c in columns]
        return f"| {' | '.join(dashes)} |"

    # Cells are not padded: one long sentence would make every line of the file as long.
    pipes = TableFormat(
        lineabove=None,
        linebelowheader=under_heading,
        linebetweenrows=None,
        linebelow=None,
        headerrow=line,
        datarow=line,
        padding=0,
        with_header_hide=None,
    )
    cells = [[markdown_text(row.get(c.name, "")) for c in columns] for row in table.rows]
    heads = [markdown_text(c.heading) for c in columns]
    made = tabulate(cells, heads, tablefmt=pipes, disable_numparse=True, stralign=None, numalign=None)
    return f"{made}\n"


def _frame(table: Table, set_text: Callable[[str], str]) -> DataFrame:
    """The filled columns of a table as texts of one format, under the columns' names."""
    from pandas import DataFrame

    columns = table.shown
    cells = {c.name: [set_text(row.get(c.name, "")) for row in table.rows] for c in columns}
    return DataFrame(cells, columns=[c.name for c in columns], dtype=object)


def _text(text: str) -> str:
    return typographic(one_line(text))


def to_html(table: Table) -> str:
    """A ``table`` element for a page: its caption, heads with their scope, no styling.

    Cells of numbers have the class ``number``; what a page does with it is the page's own matter.
    """
    from lxml import html
    from pandas import option_context

    frame = _frame(table, _text).set_axis([_text(c.heading) for c in table.shown], axis="columns")
    with option_context("display.max_colwidth", None):  # or long cells would be cut
        made = frame.to_html(index=False, border=0)
    found = html.fromstring(made)
    numeric = [table.numeric(c) for c in table.shown]
    for row in found.iter("tr"):
        for place, cell in enumerate(row):
            _plain_cell(cell, number=numeric[place], names_row=place == 0)
    for element in found.iter("table", "thead", "tbody", "tr"):
        element.attrib.clear()
    caption = html.Element("caption")
    caption.text = one_line(table.caption)
    found.insert(0, caption)
    return str(html.tostring(found, encoding="unicode")).strip() + "\n"


def _plain_cell(cell: HtmlElement, *, number: bool, names_row: bool) -> None:
    scope = "col" if cell.tag == "th" else "row" if names_row else ""
    cell.attrib.clear()
    if scope:
        cell.tag = "th"
        cell.set("scope", scope)
    if number:
        cell.set("class", "number")


def to_latex(table: Table) -> str:
    """Booktabs table over the whole line, a longtable when it would not fit on one page; empty columns are left out."""
    long = too_long(table)
    # pandas takes these for patterns to be filled in, so braces are doubled.
    heads = [latex_text(c.heading).replace("{", "{{").replace("}", "}}") for c in table.shown]
    made = _frame(table, latex_text).style.hide(axis="index").relabel_index(heads, axis="columns")
    source = made.to_latex(
        hrules=True,
        environment="longtable" if long else None,
        column_format=layout(table),
        caption=latex_text(table.caption),
        label=table.label,
    )
    if long:
        return f"{NEEDS}\n\\begingroup\n{SMALL}\n{source}\\endgroup\n"
    small = source.replace(BEGIN, f"{BEGIN}{SMALL}\n", 1)
    return f"{NEEDS}\n{small}"
