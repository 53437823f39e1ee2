"""A file to lines of text: pasted text in any usual encoding, or the text layer of a PDF."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from metaudit.drafts.draft import Notice
from metaudit.errors import InputError, Problem
from metaudit.formats.review import shown_path
from metaudit.formats.signs import unwanted, without_unwanted
from metaudit.imports.text import decode
from metaudit.text_claims.flow import Line, lines_of

LARGEST_FILE = 100_000_000  # bytes; a supplement of 300 scanned pages has about 50 MB
LONGEST_TEXT = 5_000_000  # characters; a book of 1500 pages
# What a file that is neither text nor PDF begins with, and what it is.
_OTHERS = (
    (b"PK\x03\x04", "a Word document or another zipped file"),
    (b"\xd0\xcf\x11\xe0", "an old Word document"),
    (b"{\\rtf", "an RTF document"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"\x1f\x8b", "a gzipped file"),
)


@dataclass(frozen=True)
class Source:
    """A text that was read.

    Attributes
    ----------
    lines : its lines, with their pages
    is_pdf : whether it was the text layer of a PDF
    notices : what had to be guessed to read it, and pages without text
    original : a text with its marks of Markdown; empty for a PDF
    """

    lines: tuple[Line, ...]
    is_pdf: bool
    notices: tuple[Notice, ...] = ()
    original: str = ""

    @property
    def text(self) -> str:
        """The text as it is kept beside the claims; pages are set apart by a line with their number."""
        if self.original:
            return self.original if self.original.endswith("\n") else self.original + "\n"
        out: list[str] = []
        page = 0
        for line in self.lines:
            if line.page != page:
                page = line.page
                out += [*([""] if out else []), f"[[page {page}]]", ""]
            out.append(line.text)
        return "\n".join(out) + "\n"


def read_source(path: Path, pages: Sequence[int] = ()) -> Source:
    """Read a text or a PDF; what it is is seen from its content.

    Parameters
    ----------
    path : the file
    pages : pages of a PDF to read, counted from 1; all without it

    Raises
    ------
    InputError
        when there is no such file, it is too large, holds no text, or is neither text nor PDF.
    """
    shown = shown_path(path)
    content = _content(path, shown)
    if b"%PDF-" in content[:1024]:
        from metaudit.text_claims.pdf import pdf_lines

        lines, notices = pdf_lines(content, shown, pages)
        return Source(tuple(replace(n, text=without_unwanted(n.text)) for n in lines), True, tuple(notices))
    if pages:
        raise refusal(shown, "pages", "a text has no pages to choose from.", "Leave --pages out, or name a PDF.")
    for mark, what in _OTHERS:
        if content.startswith(mark):
            raise refusal(
                shown,
                "format",
                f"this is {what}, not text.",
                "Save it as text or as PDF, or paste its text into a .md file.",
            )
    if content.lstrip()[:200].lower().startswith((b"<!doctype html", b"<html")):
        raise refusal(
            shown, "format", "this is a web page with its markup.", "Copy the text from the browser into a .md file."
        )
    text, _, notices = decode(content, shown)
    if len(text) > LONGEST_TEXT:
        raise refusal(
            shown,
            "size",
            f"the text has {len(text):,} characters; at most {LONGEST_TEXT:,} are read.",
            "Keep the part that holds the results.",
        )
    if not text.strip():
        raise refusal(shown, "no-text", "the file holds no text.", "Paste the abstract or the results into it.")
    sign = unwanted(text := text.replace("\v", "\n").replace("\f", "\n"))
    if sign:
        notices.append(
            Notice("converted", shown, f"the text holds {sign}; such signs are left out.", "Look at the lines.")
        )
        text = without_unwanted(text)
    return Source(tuple(lines_of(text)), False, tuple(notices), text)


def _content(path: Path, shown: str) -> bytes:
    if path.is_dir():
        raise refusal(
            shown, "missing-file", "this is a folder.", "Name the text or PDF first, then the folder of the review."
        )
    if not path.is_file():
        raise refusal(shown, "missing-file", "there is no such file.", "Name a text (.md, .txt) or a PDF.")
    size = path.stat().st_size
    if size > LARGEST_FILE:
        raise refusal(
            shown,
            "size",
            f"the file has {size / 1e6:.0f} MB; at most {LARGEST_FILE / 1e6:.0f} are read.",
            "Keep the pages that hold the results.",
        )
    try:
        content = path.read_bytes()
    except OSError as error:
        raise refusal(
            shown, "unreadable", f"the file cannot be read ({error.strerror or error}).", "Check its permissions."
        ) from None
    if not content:
        raise refusal(shown, "no-text", "the file is empty.", "Paste the abstract or the results into it.")
    return content


def refusal(shown: str, rule: str, message: str, fix: str) -> InputError:
    """One problem with a whole file."""
    return InputError([Problem(shown, 0, "", rule, message, fix)])
