"""The letter as Markdown and Word, the badge as SVG."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from metaudit.audit_words.numbers import typographic
from metaudit.tables.column import Column, Table, one_line
from metaudit.tables.render import markdown_text, to_markdown
from metaudit.tables.word import add_table, new_document

if TYPE_CHECKING:
    from docx.document import Document

    from metaudit.documents.badge import Badge
    from metaudit.documents.letter import Letter, Section


@cache
def _templates() -> Environment:
    found = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=lambda name: bool(name) and ".svg" in str(name),  # Markdown has its own escapes
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    found.filters |= {"md": markdown_text, "pipes": pipes}
    return found


def pipes(section: Section) -> str:
    """The table of a section in Markdown."""
    columns = tuple(Column(name=str(i), heading=text, wordy=True) for i, text in enumerate(section.columns))
    rows = tuple({str(i): text for i, text in enumerate(row)} for row in section.rows)
    return to_markdown(Table(name="asked", caption="", label="", columns=columns, rows=rows)).rstrip("\n")


def letter_markdown(letter: Letter) -> str:
    """The letter in Markdown that also reads as plain text."""
    return _templates().get_template("letter.md.j2").render(letter=letter)


def badge_svg(badge: Badge) -> str:
    """The badge as an SVG whose text is text."""
    return _templates().get_template("badge.svg.j2").render(badge=badge)


def letter_document(letter: Letter) -> Document:
    """The letter as a Word document, with headings, numbered points and real tables."""
    made = new_document(letter.title, language=letter.language)
    made.add_heading(_set(letter.title), level=1)
    for paragraph in (letter.dear, *letter.paragraphs):
        made.add_paragraph(_set(paragraph))
    for section in letter.sections:
        made.add_heading(_set(section.heading), level=2)
        made.add_paragraph(_set(section.lead))
        _add_points(made, section, colon=letter.colon)
        if section.rows:
            rows = [list(row) for row in section.rows]
            wide = [False] * len(section.columns)
            add_table(made, list(section.columns), rows, numeric=wide, caption=section.heading)
            made.add_paragraph()
    for paragraph in letter.closing:
        made.add_paragraph(_set(paragraph))
    return made


def _add_points(made: Document, section: Section, *, colon: str) -> None:
    """Points with their numbers written out: Word's own numbering would run on from one section to the next."""
    from docx.shared import Mm

    for count, point in enumerate(section.points, 1):
        paragraph = made.add_paragraph()
        paragraph.paragraph_format.left_indent, paragraph.paragraph_format.first_line_indent = Mm(8), Mm(-8)
        paragraph.add_run(f"{count}.\t")
        if point.place:
            paragraph.add_run(_set(point.place) + colon).bold = True
        paragraph.add_run(_set(point.text))


def _set(text: str) -> str:
    return typographic(one_line(text))
