"""What a table is made of: its columns, its rows of texts, and the table itself."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

Row = Mapping[str, str]
Rows = Sequence[Row]

# A number, or an estimate with its limits or with words in brackets: what is set flush right.
_NUMERIC = re.compile(
    r"[<>~]?\s*[+\-\u2212]?(?:[\d.,]+|∞)(\s*%)?(\s*\(.*\))?|[+\-\u2212]?[\d.,]+ to [+\-\u2212]?[\d.,]+"
)
# XML 1.0, production 2.
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, kw_only=True)
class Column:
    """One column of a table to be pasted: its heading, and whether it holds running text."""

    name: str
    heading: str
    wordy: bool = False


@dataclass(frozen=True, kw_only=True)
class Table:
    """One table of one review, ready to be set.

    Parameters
    ----------
    name : stem of its files, a word
    caption : one line that says what it shows
    label : what LaTeX refers to it by
    columns : in their order; the first one names the row
    rows : a text per column; a missing one is empty
    """

    name: str
    caption: str
    label: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]

    @property
    def shown(self) -> tuple[Column, ...]:
        """Columns with something in them, and the first; all of them where there is no row."""
        if not self.rows:
            return self.columns
        return tuple(c for i, c in enumerate(self.columns) if i == 0 or any(row.get(c.name) for row in self.rows))

    def numeric(self, column: Column) -> bool:
        """Whether every filled cell of a column is a number, possibly with its interval."""
        cells = [cell for row in self.rows if (cell := row.get(column.name))]
        return not column.wordy and bool(cells) and all(_NUMERIC.fullmatch(cell) for cell in cells)


def one_line(text: str) -> str:
    """Text without line breaks or runs of blanks; no-break blanks stay.

    Signs that no XML can hold, and so neither a page nor a Word document, show as the replacement sign.
    """
    return _NOT_XML.sub("\ufffd", re.sub(r"[ \t\r\n\f\v]+", " ", text)).strip()
