"""A file's text: UTF-8, or a sentence about what it is instead."""

from __future__ import annotations

import os
from pathlib import Path

from metaudit.errors import Problem
from metaudit.formats.signs import clipped, printable

MEGABYTE = 1024 * 1024
LARGEST = 32 * MEGABYTE
# First bytes of what is saved under the name of a text file by mistake.
_NOT_TEXT = (
    (b"PK\x03\x04", "an Excel workbook or another zip file"),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook or Word document"),
    (b"%PDF", "a PDF"),
    (b"{\\rtf", "a document in Rich Text Format"),
    (b"\x1f\x8b", "a compressed file"),
    (b"PAR1", "a Parquet file"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
)
_BINARY = "parquet pq parq arrow feather ipc orc avro rds rda rdata dta sav sas7bdat".split()
_ENDINGS = frozenset("csv tsv tab txt xlsx xls ods numbers json jsonl ndjson yaml yml gz bz2 xz zst zip".split()).union(
    _BINARY
)
WORKBOOKS = (".xlsx", ".xls", ".ods", ".numbers")
_WITH_TABS = (".tsv", ".tab", ".txt")  # most of them; commas are right whatever is there now
_PACKED = (".gz", ".bz2", ".xz", ".zst", ".zip")
_MARK = b"\xef\xbb\xbf"
"""What Excel and others write before a text in UTF-8."""
_WEB_PAGE = (b"<html", b"<!doctype html", b"<table", b"<?xml")


def other_than_text(content: bytes) -> str:
    """What a file is that begins with these bytes and is no text in UTF-8, as a sentence; empty where nothing speaks against it."""
    for start, what in _NOT_TEXT:
        if content.startswith(start):
            return f"the file is {what}, not text."
    if content.removeprefix(_MARK).lstrip()[:20].lower().startswith(_WEB_PAGE):
        return "the file is a web page or XML, not plain text."
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return 'the file is UTF-16 ("Unicode text"), not UTF-8.'
    return ""


def decoded(path: Path, shown: str, kind: str, *, limit: int = LARGEST) -> tuple[str, Problem | None]:
    """A file's text, or the problem that it is no text in UTF-8.

    Parameters
    ----------
    path : the file
    shown : the path as it is written in messages
    kind : what it should be saved as
    limit : bytes that are read at most; a larger file is refused before it fills the memory
    """
    with path.open("rb") as file:
        content = file.read(limit + 1)
    if len(content) > limit:
        message = f"the file is larger than {limit // MEGABYTE} MB, far more than any review."
        return "", Problem(shown, 0, "", "too-large", message, "Check whether it is the right file.")
    fix = f"Save it as {kind}."

    def wrong(line: int, message: str) -> tuple[str, Problem]:
        return "", Problem(shown, line, "", "encoding", message, fix)

    other = other_than_text(content)
    if other:
        return wrong(1, other)
    content = content.removeprefix(_MARK)  # so that places are counted from behind it
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        before = content[: error.start].rpartition(b"\n")[2].decode("utf-8", "replace")[-20:]
        where = f"the character after {before!r}" if before else "the first character of the line"
        return wrong(line, f"{where} is not UTF-8.")
    if "\x00" in text:
        return wrong(
            text[: text.index("\x00")].count("\n") + 1, "the file holds NUL bytes; it is not a text file in UTF-8."
        )
    return text, None


def instead(folder: Path, name: str) -> Path | None:
    """A file of the folder that was meant to be the one of this name: other capitals, another ending, or one too many."""
    if not folder.is_dir():
        return None
    stem = name.partition(".")[0]
    for path in files_and_links(folder, (stem,)):
        if path.name == name:
            continue
        first, endings = without_endings(path.name)
        if endings and first.lower() == stem:
            return path
    return None


def files_and_links(folder: Path, beginnings: tuple[str, ...]) -> list[Path]:
    """Files of a folder whose names begin so, in capitals or not, and links that lead nowhere: files that were not fetched.

    Only these are looked at more closely, because the folder may hold very many others.
    """
    with os.scandir(folder) as entries:
        names = sorted(entry.name for entry in entries if entry.name.lower().startswith(beginnings))
    return [path for path in map(folder.joinpath, names) if path.is_file() or leads_nowhere(path)]


def leads_nowhere(path: Path) -> bool:
    """Whether this is a link to something that is not there."""
    return path.is_symlink() and not path.exists()


def without_endings(name: str) -> tuple[str, str]:
    """A file's name without the endings of tables, texts and packed files, and those endings: ``claims.csv.gz`` has two."""
    first = name
    while "." in first and first.rpartition(".")[2].lower() in _ENDINGS:
        first = first.rpartition(".")[0]
    return first, name[len(first) :]


def rename(path: Path, name: str) -> str:
    """How a file becomes the one of this name; one behind a link that leads nowhere is to be fetched before."""
    todo = _becomes(path.name, name)
    return (
        f"Fetch the file that the link stands for (git annex get, datalad get). {todo}" if leads_nowhere(path) else todo
    )


def _becomes(named: str, name: str) -> str:
    """How a file named so becomes one of another name, going by its ending; a packed one by what is in it."""
    ending = Path(named).suffix.lower()
    if ending in _PACKED:
        then = _becomes(named[: -len(ending)], name)
        return f"Unpack {named} to {name}." if then.startswith("Rename") else f"Unpack {named}. {then}"
    if ending in WORKBOOKS and not name.endswith(".parquet"):
        return f"Save {named} as CSV UTF-8 under the name {name}, or let metaudit import read it."
    if name.endswith(".csv") and ending in _WITH_TABS and ".csv." not in named.lower():
        return f"Save {named} with commas between its cells, as CSV UTF-8, under the name {name}."
    if name.endswith(".csv") and ending[1:] in (*_BINARY, "json", "jsonl", "ndjson"):
        return f"Save {named} as CSV UTF-8 under the name {name}."
    return f"Rename {named} to {name}."


def no_file(path: Path, shown: str) -> Problem | None:
    """The problem that something else than a file has this name; None where a file has it, or nothing.

    A link whose file was not fetched looks like a file that is not there, and a table that need not be there would be taken for absent.

    Parameters
    ----------
    path : where the file should be
    shown : the path as it is written in messages
    """
    if path.is_file():
        return None
    if path.is_symlink():
        target = printable(clipped(str(path.readlink())))
        fix = "Fetch the file that it stands for (git annex get, datalad get), or delete the link."
        return Problem(shown, 0, "", "missing-file", f"this is a link to {target!r}, where no file is.", fix)
    if path.is_dir():
        fix = "Give the folder another name."
        if path.suffix == ".parquet":
            fix = "It holds the parts of one table, it seems: write that table as one file."
        return Problem(shown, 0, "", "missing-file", "this is a folder, not a file.", fix)
    return None
