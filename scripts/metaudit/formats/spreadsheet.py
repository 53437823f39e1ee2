"""Cells that a spreadsheet would run: a text that begins as a formula gets an apostrophe, and loses it when it is read back.

The signs are those of the page *CSV Injection* of the Open Worldwide Application Security Project (OWASP): ``= + - @``, tab,
carriage return and line feed; blanks before them do not help, because some programs cut them off. Its advice, an
apostrophe in front, is kept to texts: a number stays a number. Study names, outcomes and notes are typed by others.
"""

from __future__ import annotations

import re

from metaudit.errors import PrintedError
from metaudit.printed import parse_printed

_RUNS = re.compile(r"'*\s*[=+\-@\uff1d\uff0b\uff0d\uff20].|'*[\t\r\n]", re.DOTALL)


def guarded(text: str) -> str:
    """A cell for a file that is opened in a spreadsheet; :func:`unguarded` gives the text back."""
    return f"'{text}" if _RUNS.match(text) and not _is_number(text) else text


def unguarded(text: str) -> str:
    """The text of a cell without the apostrophe that kept a spreadsheet from running it."""
    return text[1:] if text.startswith("'") and _RUNS.match(text[1:]) else text


def _is_number(text: str) -> bool:
    """Whether a text is a printed number, which a spreadsheet may read as what it is."""
    try:
        parse_printed(text)
    except PrintedError:
        return False
    return True
