"""Word documents with the same bytes every time: python-docx writes them, the clock stays out."""

from __future__ import annotations

import io
import zipfile
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from metaudit.audit_words.numbers import typographic
from metaudit.files import write_bytes
from metaudit.formats.signs import clipped
from metaudit.tables.column import Table, one_line

if TYPE_CHECKING:
    from docx.document import Document
    from docx.opc.packuri import PackURI
    from docx.oxml.table import CT_Tc
    from docx.text.font import Font

EPOCH = datetime(1980, 1, 1)  # the earliest time that a ZIP archive can hold
LONGEST_TITLE = 255  # characters of a title among a document's properties, by ECMA-376's rule for them; its heading has the whole one
CELL_POINTS = 8
LEVEL = 3  # of compression: half the time of the usual 6, a few percent more bytes


def new_document(title: str, *, language: str = "en", landscape: bool = False) -> Document:
    """An empty A4 document with its title and language set, and nothing of who or when."""
    import docx
    from docx.enum.section import WD_ORIENT
    from docx.oxml.ns import qn
    from docx.shared import Mm, Pt

    made = docx.Document()
    properties = made.core_properties
    properties.title = clipped(title, LONGEST_TITLE)
    properties.language, properties.author, properties.comments = language, "metaudit", ""
    properties.created = properties.modified = EPOCH
    properties.last_modified_by, properties.revision = "metaudit", 1
    for tag in made.styles.element.iter(qn("w:lang")):  # what a screen reader pronounces the text as
        tag.set(qn("w:val"), {"fr": "fr-FR"}.get(language, "en-GB"))
    grid = made.styles["Table Grid"]  # cells take their looks from it, which is much faster than saying so in each
    grid.font.size, grid.paragraph_format.space_after = Pt(CELL_POINTS), Pt(0)
    section = made.sections[0]
    section.orientation = WD_ORIENT.LANDSCAPE if landscape else WD_ORIENT.PORTRAIT
    width, height = (297, 210) if landscape else (210, 297)
    section.page_width, section.page_height = Mm(width), Mm(height)
    section.left_margin = section.right_margin = Mm(15 if landscape else 25)
    section.top_margin = section.bottom_margin = Mm(18)
    return made


def add_table(
    document: Document, columns: list[str], rows: list[list[str]], *, numeric: list[bool], caption: str
) -> None:
    """Add one grid with a heading row that repeats on every page.

    Parameters
    ----------
    document : where it is added
    columns : headings
    rows : texts, as many as headings in each
    numeric : which columns are set flush right
    caption : what a screen reader says of it; a visible one is the caller's
    """
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    grid = document.add_table(rows=len(rows) + 1, cols=len(columns), style="Table Grid")
    about = OxmlElement("w:tblCaption")
    about.set(qn("w:val"), caption)
    grid._tbl.tblPr.append(about)
    lines = grid._tbl.tr_lst
    repeated = OxmlElement("w:tblHeader")
    repeated.set(qn("w:val"), "true")
    lines[0].get_or_add_trPr().append(repeated)
    for cell, text in zip(lines[0].tc_lst, columns, strict=True):
        _fill(cell, text).bold = True
    for line, texts in zip(lines[1:], rows, strict=True):
        for cell, text, right in zip(line.tc_lst, texts, numeric, strict=True):
            _fill(cell, text, right=right)


def _fill(cell: CT_Tc, text: str, *, right: bool = False) -> Font:
    """Write into an empty cell; returns the font of what was written."""
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.text.run import Run

    paragraph = cell.p_lst[0]
    run = paragraph.add_r()
    run.add_t(typographic(one_line(text)))  # not `text =`, which looks at every letter for tabs and line breaks
    if right:
        paragraph.get_or_add_pPr().jc_val = WD_ALIGN_PARAGRAPH.RIGHT
    return Run(run, cell).font


def tables_document(tables: tuple[Table, ...], *, title: str) -> Document:
    """All tables of one review in one document, each under its caption."""
    made = new_document(title, landscape=True)
    made.add_heading(title, level=1)
    for table in tables:
        made.add_heading(table.caption, level=2)
        columns = table.shown
        rows = [[row.get(c.name, "") for c in columns] for row in table.rows]
        numeric = [table.numeric(c) for c in columns]
        if not rows:
            made.add_paragraph("None.")
            continue
        add_table(made, [c.heading for c in columns], rows, numeric=numeric, caption=table.caption)
    return made


def save(document: Document, path: str | Path) -> None:
    """Write a document whole or not at all, its parts in their order, each dated 1980."""
    from docx.opc.pkgwriter import PackageWriter

    package = document.part.package
    for part in package.parts:
        part.before_marshal()
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compresslevel=LEVEL) as archive:
        # What PackageWriter.write does; it has no other way to say how parts are dated and packed, and packing twice takes half of the time.
        dated: Any = _Dated(archive)
        PackageWriter._write_content_types_stream(dated, package.parts)
        PackageWriter._write_pkg_rels(dated, package.rels)
        PackageWriter._write_parts(dated, package.parts)
    write_bytes(path, buffer.getvalue())


class _Dated:
    """Takes the place of python-docx's writer of archives."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self.archive = archive

    def write(self, pack_uri: PackURI, blob: bytes) -> None:
        """Add one part."""
        entry = zipfile.ZipInfo(pack_uri.membername, EPOCH.timetuple()[:6])
        entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o600 << 16
        self.archive.writestr(entry, blob, compresslevel=LEVEL)
