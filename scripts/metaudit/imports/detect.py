"""Which kind of file this is, told by its content, and the importer that reads it."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

from metaudit.drafts.draft import Draft
from metaudit.errors import InputError, Problem
from metaudit.formats.review import shown_path
from metaudit.imports.clean import cleaned
from metaudit.imports.options import Options
from metaudit.imports.safe import check_lines

Importer = Callable[[Path, Options], Draft]

# Format -> the module of this package whose ``read`` makes a draft of it.
IMPORTERS = {
    "revman5": "revman5",
    "revman-web": "revman_web",
    "mtv": "mtv",
    "revman-csv": "revman_csv",
    "table": "table_file",
}
_SPREADSHEET = "Open it and save it as .xlsx or as CSV UTF-8."
_MAGIC: tuple[tuple[bytes, str, str], ...] = (
    (
        b"%PDF",
        "a PDF",
        "Type or paste its table into a spreadsheet and save that as CSV; printed results: metaudit claims FILE FOLDER.",
    ),
    (b"\x89PNG", "an image", "Type the table into a spreadsheet and save it as CSV."),
    (b"\xff\xd8\xff", "an image", "Type the table into a spreadsheet and save it as CSV."),
    (b"GIF8", "an image", "Type the table into a spreadsheet and save it as CSV."),
    (b"II*\x00", "an image", "Type the table into a spreadsheet and save it as CSV."),
    (b"MM\x00*", "an image", "Type the table into a spreadsheet and save it as CSV."),
    (
        b"$FL2",
        "an SPSS data file",
        "In SPSS: File > Save as > CSV; in R: write.csv(haven::read_sav(...), row.names = FALSE).",
    ),
    (
        b"$FL3",
        "an SPSS data file",
        "In SPSS: File > Save as > CSV; in R: write.csv(haven::read_sav(...), row.names = FALSE).",
    ),
    (b"<stata_dta>", "a Stata data file", 'In Stata: export delimited using "table.csv".'),
    (b"RDX", "an R data file", "In R: write.csv(data, 'table.csv', row.names = FALSE)."),
    (b"RDA", "an R data file", "In R: write.csv(data, 'table.csv', row.names = FALSE)."),
    (b"{\\rtf", "an RTF document", "Copy its table into a spreadsheet and save that as CSV."),
    (b"SQLite format 3", "a database", "Export the table as CSV."),
    (b"PAR1", "a Parquet file", "Export the table as CSV."),
    (b"\x89HDF", "an HDF5 file", "Export the table as CSV."),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive", "Unpack it and import the table inside."),
    (b"Rar!", "a RAR archive", "Unpack it and import the table inside."),
)


def read_file(path: str | Path, options: Options | None = None) -> Draft:
    """Read a file of any known format into a draft of a review.

    Raises
    ------
    InputError
        when there is no such file, its kind cannot be imported (the problem says what to do), or its content is broken.
    """
    path, options = Path(path), options or Options()
    found = format_of(path)
    if found not in ("revman5", "revman-web"):
        check_lines(path)
    importer: Importer = import_module(f"metaudit.imports.{IMPORTERS[found]}").read
    return cleaned(importer(path, options), shown_path(path))


def format_of(path: Path) -> str:
    """The format of a file: a key of ``IMPORTERS``.

    Raises
    ------
    InputError
        when the file is missing, empty, or of a kind that cannot be imported.
    """
    shown = shown_path(path)
    if path.is_dir():
        raise _refusal(shown, "this is a folder.", "Name one file; a folder that is a review already: metaudit check.")
    if not path.is_file():
        raise _refusal(shown, "there is no such file.", "Check the path.", "missing-file")
    with path.open("rb") as file:
        head = file.read(65_536)
    if not head.strip(b"\x00 \r\n\t"):
        raise _refusal(shown, "the file is empty.", "Export it again.", "empty-file")
    for magic, what, fix in _MAGIC:
        if head.startswith(magic):
            raise _refusal(shown, f"this is {what}, which holds no table that can be read.", fix)
    if head.startswith(b"\xd0\xcf\x11\xe0"):
        raise _refusal(
            shown,
            "this is an old binary Office file (.xls or .doc), or a workbook with a password.",
            f"{_SPREADSHEET} A password must be removed first.",
        )
    if head.startswith(b"PK"):
        return _of_archive(path, shown)
    if head.startswith(b"\x1f\x8b"):
        raise _refusal(
            shown,
            "this is a gzip archive, or an R or Stata file packed by one.",
            "Unpack it; from R: write.csv(data, 'table.csv', row.names = FALSE).",
        )
    if head[0] in (113, 114, 115, 117, 118) and head[1:3] in (b"\x01\x01", b"\x02\x01"):
        raise _refusal(shown, "this is a Stata data file.", 'In Stata: export delimited using "table.csv".')
    return _of_text(head, shown)


def _of_archive(path: Path, shown: str) -> str:
    """What lies in a ZIP file tells a workbook, a document and a RevMan data package apart."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = [n.filename for n in archive.infolist()[:5000]]
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        raise _refusal(
            shown,
            "the file starts as a ZIP archive and is damaged or cut off.",
            "Download or export it again.",
            "archive",
        ) from None
    if "xl/workbook.xml" in names or any(re.fullmatch(r"xl/worksheets/[^/]+\.xml", n) for n in names):
        return "table"
    if "xl/workbook.bin" in names:
        raise _refusal(shown, "this is a binary workbook (.xlsb).", _SPREADSHEET)
    if "word/document.xml" in names:
        raise _refusal(
            shown,
            "this is a Word document.",
            "Copy its table into a spreadsheet and save that as CSV; printed results: metaudit claims.",
        )
    if "ppt/presentation.xml" in names:
        raise _refusal(shown, "this is a presentation.", "Copy its table into a spreadsheet and save that as CSV.")
    if "content.xml" in names and "META-INF/manifest.xml" in names:
        raise _refusal(shown, "this is an OpenDocument file.", _SPREADSHEET)
    if any(n.lower().endswith((".jasp", "manifest.mf")) or n in ("xdata.json", "metadata.json") for n in names):
        raise _refusal(
            shown,
            "this is a project of a statistics program (JASP or jamovi).",
            "In the program: export the data as CSV.",
        )
    return "revman-web"


def _of_text(head: bytes, shown: str) -> str:
    from metaudit.imports.text import decode

    cut = head if len(head) < 65_536 else head[: max(head.rfind(b"\n"), 1)]
    text = (
        decode(cut if cut else head, shown)[0]
        if not head.startswith((b"\xff\xfe", b"\xfe\xff"))
        else head.decode("utf-16", "replace")
    )
    start = text.lstrip("\ufeff \r\n\t")[:4000]
    if start.startswith("<"):
        if re.search(r"<COCHRANE_REVIEW|<ANALYSES_AND_DATA", text):
            return "revman5"
        if re.match(r"(?is)<!doctype html|<html|<table", start):
            raise _refusal(
                shown, "this is a web page (spreadsheet programs and some sites save it as .xls).", _SPREADSHEET
            )
        if "urn:schemas-microsoft-com:office:spreadsheet" in start:
            raise _refusal(shown, "this is an XML spreadsheet of 2003.", _SPREADSHEET)
        return "revman5"
    if start.startswith("{") or re.match(r"\[\s*[{\[\"]", start):
        raise _refusal(shown, "this is JSON, not a table.", "Export the data as CSV.")
    if start.startswith("\\documentclass") or "\\begin{tabular}" in start:
        raise _refusal(shown, "this is a LaTeX document.", "Export the table as CSV.")
    return _of_table(text)


def _of_table(text: str) -> str:
    """RevMan's own exports are told from other tables by how they begin."""
    first = next((line for line in text.splitlines() if line.strip()), "")
    if first.upper().startswith("METAVIEW:"):
        return "mtv"
    names = {n.strip().strip('"').lower() for n in first.lstrip("\ufeff").split(",")}
    if {"comparison number", "outcome number"} <= names:
        return "revman-csv"
    if {"analysis group", "analysis number"} & names and "study" in names:
        return "revman-csv"
    return "table"


def _refusal(shown: str, message: str, fix: str, rule: str = "not-a-table") -> InputError:
    return InputError([Problem(shown, 0, "", rule, message, fix)])
