"""A file's text: UTF-8, or a sentence about what it is instead."""

from __future__ import annotations

from pathlib import Path

from metaudit.errors import Problem

MEGABYTE = 1024 * 1024
LARGEST = 32 * MEGABYTE
# First bytes of what is saved under the name of a text file by mistake.
_NOT_TEXT = (
    (b"PK\x03\x04", "an Excel workbook or another zip file"),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook or Word document"),
    (b"%PDF", "a PDF"),
    (b"{\\rtf", "a document in Rich Text Format"),
    (b"\x1f\x8b", "a compressed file"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
)
_WEB_PAGE = (b"<html", b"<!doctype html", b"<table", b"<?xml")


def other_than_text(content: bytes) -> str:
    """What a file is that begins with these bytes and is no text in UTF-8, as a sentence; empty where nothing speaks against it."""
    for start, what in _NOT_TEXT:
        if content.startswith(start):
            return f"the file is {what}, not text."
    if content.removeprefix(b"\xef\xbb\xbf").lstrip()[:20].lower().startswith(_WEB_PAGE):
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
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        before = content[: error.start].rpartition(b"\n")[2].decode("utf-8", "replace").removeprefix("\ufeff")[-20:]
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
    endings = ("csv", "tsv", "txt", "xlsx", "xls", "ods", "numbers", "yaml", "yml")
    for path in sorted(p for p in folder.iterdir() if p.is_file() and p.name != name):
        first, *rest = path.name.lower().split(".")
        if first == stem and rest and all(r in endings for r in rest):
            return path
    return None


def rename(path: Path, name: str) -> str:
    """How a file becomes the one of this name."""
    if path.suffix.lower() in (".xlsx", ".xls", ".ods", ".numbers"):
        return f"Save {path.name} as CSV UTF-8 under the name {name}, or let metaudit import read it."
    return f"Rename {path.name} to {name}."
