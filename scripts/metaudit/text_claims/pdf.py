"""The text layer of a PDF, page by page and line by line, as far as it has one."""

from __future__ import annotations

import io
import logging
import unicodedata
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from metaudit.drafts.draft import Notice
from metaudit.errors import InputError
from metaudit.text_claims.flow import Line, lines_of
from metaudit.text_claims.reading import LONGEST_TEXT, refusal

if TYPE_CHECKING:
    from pypdf import PdfReader

MOST_PAGES = 2000
LARGEST_PAGE = 8_000_000  # bytes of drawing commands; a page of print has about 50 kB, a plot of many points 1 MB


def pdf_lines(content: bytes, shown: str, pages: Sequence[int] = ()) -> tuple[list[Line], list[Notice]]:
    """Lines of a PDF's text layer, in the order in which the file holds them (columns follow each other where it does so).

    Raises
    ------
    InputError
        when the file is encrypted, broken, too long, or has no text layer, or a page is asked for that it does not have.
    """
    with _quiet():
        reader = _opened(content, shown)
        total = _pages(reader, shown)
        wanted = list(pages) or list(range(1, total + 1))
        if beyond := [p for p in wanted if not 1 <= p <= total]:
            raise refusal(
                shown,
                "pages",
                f"there is no page {beyond[0]}; the file has {total}.",
                "Count pages from the first of the file.",
            )
        if len(wanted) > MOST_PAGES:
            raise refusal(
                shown,
                "size",
                f"the file has {total} pages; at most {MOST_PAGES} are read.",
                "Name those with the results: --pages 3-8.",
            )
        return _read(reader, shown, wanted)


def _read(reader: PdfReader, shown: str, wanted: Sequence[int]) -> tuple[list[Line], list[Notice]]:
    lines: list[Line] = []
    empty: list[int] = []
    notices: list[Notice] = []
    length = 0
    for number in wanted:
        text, why = _page(reader, number, shown)
        if why:
            notices.append(
                Notice(
                    "unread",
                    f"{shown}, page {number}",
                    why,
                    "Paste the text of this page into a .md file and read that.",
                )
            )
            continue
        if not text.strip():
            empty.append(number)
        if _unreadable(text):
            message = "some characters have no meaning in the file's text layer; a minus sign may be among them."
            notices.append(
                Notice("unread", f"{shown}, page {number}", message, "Compare every sign with the page as it is shown.")
            )
        length += len(text)
        if length > LONGEST_TEXT:
            raise refusal(
                shown,
                "size",
                f"the text has more than {LONGEST_TEXT:,} characters.",
                "Name the pages with the results: --pages 3-8.",
            )
        lines += lines_of(text, number)
    if not any(line.text.strip() for line in lines):
        if notices:
            raise refusal(
                shown,
                "pdf",
                notices[0].message,
                "Open it in a viewer, save it anew, or paste its text into a .md file.",
            )
        raise refusal(
            shown,
            "no-text",
            "no page has a text layer: the pages are pictures.",
            "Run OCR over it (ocrmypdf), or type the abstract into a .md file.",
        )
    if empty:
        which = ", ".join(map(str, empty[:12])) + (" ..." if len(empty) > 12 else "")
        notices.append(
            Notice(
                "unread",
                f"{shown}, page {which}",
                "no text layer: pictures only, or an empty page.",
                "Look at these pages yourself.",
            )
        )
    return lines, notices


def _opened(content: bytes, shown: str) -> PdfReader:
    """The file, decrypted where no password is needed to read it."""
    from pypdf import PdfReader
    from pypdf.errors import DependencyError

    fix = "Open it in a viewer and save it anew, or paste its text into a .md file."
    try:
        reader = PdfReader(io.BytesIO(content), strict=False)
        locked = reader.is_encrypted and not reader.decrypt("")
    except DependencyError as error:
        raise _encrypted(shown, error) from None
    except Exception as error:
        raise refusal(shown, "pdf", f"the PDF is broken and cannot be read ({_first(error)}).", fix) from None
    if locked:
        message = "the PDF is encrypted and needs a password."
        raise refusal(shown, "encrypted", message, "Save a copy without one, or paste its text into a .md file.")
    return reader


def _encrypted(shown: str, error: BaseException) -> InputError:
    """The file is encrypted by a method that cannot be undone here."""
    message = f"the PDF is encrypted ({_first(error)})."
    return refusal(shown, "encrypted", message, "Print it into a new PDF, or paste its text into a .md file.")


def _pages(reader: PdfReader, shown: str) -> int:
    try:
        total = len(reader.pages)
    except Exception as error:
        raise refusal(
            shown,
            "pdf",
            f"the PDF's list of pages is broken ({_first(error)}).",
            "Open it in a viewer and save it anew.",
        ) from None
    if total == 0:
        raise refusal(shown, "pdf", "the PDF has no page.", "Open it in a viewer and save it anew.")
    return total


def _page(reader: PdfReader, number: int, shown: str) -> tuple[str, str]:
    """The text of a page, or why it cannot be read."""
    from pypdf.errors import DependencyError

    try:
        page = reader.pages[number - 1]
        contents = page.get_contents()
        size = len(contents.get_data()) if contents is not None else 0
        if size > LARGEST_PAGE:
            return "", f"the page draws {size / 1e6:.0f} MB, which is a picture made of lines; it is not read."
        return page.extract_text() or "", ""
    except DependencyError as error:
        raise _encrypted(shown, error) from None
    except Exception as error:
        return "", f"the page is broken and cannot be read ({_first(error)})."


def _first(error: BaseException) -> str:
    return " ".join(str(error).split())[:120] or type(error).__name__


def _unreadable(text: str) -> bool:
    """Whether characters stand before digits that have no meaning: private or control characters."""
    return any((unicodedata.category(c) in ("Co", "Cc", "Cn") and c not in "\n\r\t\f\v") or c == "\ufffd" for c in text)


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep pypdf's remarks about small faults of a file off the terminal."""
    logger = logging.getLogger("pypdf")
    before = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        logger.setLevel(before)
