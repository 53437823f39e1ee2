"""Text and layout of LaTeX tables: any Unicode text as pdfLaTeX reads it, columns that fill the line."""

from __future__ import annotations

import math
import re
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any

from metaudit.audit_words.numbers import typographic
from metaudit.tables.column import Table, one_line

if TYPE_CHECKING:
    from metaudit.tables.column import Column

LETTERS = 130  # of the table's size in one line of an A4 page, upright, with usual margins
PAGE = 50  # lines
GAP = 0.0125
SMALL = r"\scriptsize\setlength{\tabcolsep}{2pt}"
NEEDS = "% Needs array, booktabs and longtable; fontenc with T1 and textcomp for quotation marks and accents."
# What the library leaves as it is, though LaTeX would take it for more than it says; and blanks it has no name for.
_OURS = {ord("|"): r"\textbar{}", ord("["): "{[}", ord("]"): "{]}", ord("*"): "{*}", ord('"'): r"\textquotedbl{}"}
_OURS |= {ord("'"): r"\textquotesingle{}", ord("`"): r"\textasciigrave{}", 0x202F: r"\,", 0x2009: r"\,", 0x2007: "~"}


@cache
def _encoder() -> Any:
    from pylatexenc.latexencode import RULE_DICT, RULE_REGEX, UnicodeToLatexConversionRule, UnicodeToLatexEncoder

    dashes = UnicodeToLatexConversionRule(RULE_REGEX, [(re.compile("-(?=-)"), "-{}")])
    rules = [UnicodeToLatexConversionRule(RULE_DICT, _OURS), dashes, "defaults"]
    return UnicodeToLatexEncoder(
        conversion_rules=rules,
        unknown_char_policy="unihex",
        unknown_char_warning=False,
        replacement_latex_protection="braces-after-macro",
    )


@lru_cache(maxsize=8192)  # a title or a method stands in many rows
def latex_text(text: str) -> str:
    """Text with everything that LaTeX would take for a command, or does not know, written as a command.

    A sign without any LaTeX name, say a Chinese one, is shown by its code point, so that the table always compiles.
    """
    return str(_encoder().unicode_to_latex(typographic(one_line(text))))


def _most(column: Column, texts: list[str]) -> int:
    """Letters a column may ask for at most: a sentence asks for more than a name."""
    if not column.wordy:
        return 14
    return 26 if max(map(len, texts)) < 120 else 60


def shares(table: Table, columns: tuple[Column, ...]) -> list[float]:
    """Width of each column as a part of the line: its longest word first, and of what is left what its text asks for."""
    words, wanted = [], []
    for column in columns:
        texts = [column.heading, *(one_line(row.get(column.name, "")) for row in table.rows)]
        word = max(len(w) for text in texts for w in (text.split() or [""]))
        words.append(max(min(word, 20) + 1, 4))
        wanted.append(max(min(max(map(len, texts)), _most(column, texts)) - words[-1], 0))
    left = max(LETTERS - sum(words), 0)
    asked = sum(wanted) or 1
    widths = [word + left * more / asked for word, more in zip(words, wanted, strict=True)]
    room = 1 - GAP * len(columns)
    return [room * width / sum(widths) for width in widths]


def too_long(table: Table) -> bool:
    """Whether a table would not fit on one page, its cells broken into lines."""
    columns = table.shown
    room = [max(share * LETTERS, 1) for share in shares(table, columns)]
    texts = [{c.name: c.heading for c in columns}, *table.rows]
    lines = [
        max(math.ceil(len(t.get(c.name, "")) / wide) for c, wide in zip(columns, room, strict=True)) for t in texts
    ]
    return sum(max(count, 1) for count in lines) > PAGE


def layout(table: Table) -> str:
    """Columns that break their lines and together fill the line, numbers flush right."""
    columns = table.shown
    return "".join(
        rf">{{\{'raggedleft' if table.numeric(c) else 'raggedright'}\arraybackslash}}p{{{share:.3f}\linewidth}}"
        for c, share in zip(columns, shares(table, columns), strict=True)
    )
