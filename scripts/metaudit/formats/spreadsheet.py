"""Cells that a spreadsheet would run: a text that begins as a formula gets an apostrophe, and loses it when it is read back.

The signs are those of the page *CSV Injection* of the Open Worldwide Application Security Project (OWASP): ``= + - @``, tab,
carriage return and line feed; blanks before them do not help, because some programs cut them off. Its advice, an
apostrophe in front, is kept to texts: numbers and intervals stay what they are. Study names, outcomes and notes are typed by others.
"""

from __future__ import annotations

import re

from metaudit.errors import PrintedError
from metaudit.printed import parse_printed

_NUMBER = r"[+-]?(?:\d[\d.,]*|\.\d+|∞)(?:[eE][+-]?\d+)?\s?%?"
_NUMBERS = re.compile(rf"{_NUMBER}|{_NUMBER} to {_NUMBER}|{_NUMBER} \({_NUMBER} to {_NUMBER}\)")
_RUNS = re.compile(r"'*\s*[=+\-@\uff1d\uff0b\uff0d\uff20].|'*[\t\r\n]", re.DOTALL)


def guarded(text: str) -> str:
    """A cell for a file that is opened in a spreadsheet; :func:`unguarded` gives the text back."""
    harmless = not _RUNS.match(text) or (text[0] not in "\t\r\n" and _is_number(text))
    return text if harmless else f"'{text}"


def unguarded(text: str) -> str:
    """The text of a cell without the apostrophe that kept a spreadsheet from running it."""
    return text[1:] if text.startswith("'") and _RUNS.match(text[1:]) else text


def _is_number(text: str) -> bool:
    """Whether a text is a printed number, an interval or a number with its interval: they run nothing."""
    if _NUMBERS.fullmatch(text):
        return True
    try:
        parse_printed(text)
    except PrintedError:
        return False
    return True
