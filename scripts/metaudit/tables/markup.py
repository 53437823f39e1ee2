"""The same table as CSV, Markdown and LaTeX."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from metaudit.tables.numbers import typographic

if TYPE_CHECKING:
    from metaudit.tables.summary import Column

LONG = 25
GAP = 0.0125
SMALL = r"\scriptsize\setlength{\tabcolsep}{2pt}"
NUMERIC = re.compile(r"[<>~]?\s*[+\-\u2212]?[\d.,]+(\s*%)?(\s*\(.*\))?")
_MARKDOWN = re.compile(r"([\\`*_\[\]<>|#~$])")
_LATEX = {
    "\0": "{}",
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "$": r"\$",
    "&": r"\&",
    "#": r"\#",
    "%": r"\%",
    "_": r"\_",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': r"\textquotedbl{}",
    "'": r"\textquotesingle{}",
    "`": r"\textasciigrave{}",
    "[": "{[}",
    "]": "{]}",
    "*": "{*}",
    "\u00a0": "~",
    "\u202f": r"\,",
    "\u2009": r"\,",
    "\u2212": "$-$",
    "\u2013": "--",
    "\u2014": "---",
    "\u2018": "`",
    "\u2019": "'",
    "\u201c": "``",
    "\u201d": "''",
    "\u2026": r"\ldots{}",
    "\u2192": r"$\rightarrow$",
    "²": r"\textsuperscript{2}",
    "±": r"$\pm$",
    "\u00d7": r"$\times$",
    "≤": r"$\leq$",
    "≥": r"$\geq$",
    "≠": r"$\neq$",
    "≈": r"$\approx$",
    "∞": r"$\infty$",
    "½": r"$\frac{1}{2}$",
    "°": r"$^{\circ}$",
    "µ": r"$\mu$",
    "\u03b1": r"$\alpha$",
    "β": r"$\beta$",
    "μ": r"$\mu$",
    "τ": r"$\tau$",
    "χ": r"$\chi$",
    "≡": r"$\equiv$",
    "√": r"$\surd$",
    "∈": r"$\in$",
    "∉": r"$\notin$",
}

Rows = Sequence[Mapping[str, str]]


def to_csv(columns: Sequence[Column], rows: Rows) -> str:
    """Comma-separated values under the column names."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow([column.name for column in columns])
    writer.writerows([row.get(column.name, "") for column in columns] for row in rows)
    return buffer.getvalue()


def one_line(text: str) -> str:
    """Text without line breaks or runs of blanks."""
    return re.sub(r"[ \t\r\n\f\v]+", " ", text).strip()


def markdown_cell(text: str) -> str:
    """Text that Markdown shows as it is."""
    return _MARKDOWN.sub(r"\\\1", typographic(one_line(text))).replace("&", "&amp;")


def to_markdown(columns: Sequence[Column], rows: Rows) -> str:
    """Pipe table with a heading; columns of numbers are aligned to the right."""
    cells = [[markdown_cell(row.get(column.name, "")) for column in columns] for row in rows]
    rule = ["---:" if numeric(column, rows) else "---" for column in columns]
    lines = [[markdown_cell(column.heading) for column in columns], rule, *cells]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def latex_cell(text: str) -> str:
    """Text with every character that LaTeX would take for a command replaced."""
    safe = re.sub("-(?=-)", "-\0", typographic(one_line(text)))
    return "".join(_LATEX.get(character, character) for character in safe)


def numeric(column: Column, rows: Rows) -> bool:
    """Whether every filled cell of a column is a number, possibly with its interval."""
    cells = [cell for cell in (row.get(column.name, "") for row in rows) if cell]
    return not column.wordy and bool(cells) and all(NUMERIC.fullmatch(cell) for cell in cells)


def shares(columns: Sequence[Column], rows: Rows) -> list[float]:
    """Width of each column as a part of the line: what its text asks for, but never less than its longest word."""
    wanted = []
    for column in columns:
        texts = [column.heading, *(one_line(row.get(column.name, "")) for row in rows)]
        word = max(len(w) for text in texts for w in (text.split() or [""]))
        wanted.append(max(min(max(map(len, texts)), 26 if column.wordy else 14), min(word, 20) + 1, 3))
    room = 1 - GAP * len(columns)
    return [room * want / sum(wanted) for want in wanted]


def to_latex(columns: Sequence[Column], rows: Rows, *, caption: str, label: str) -> str:
    """Booktabs table over the whole line, a longtable when it would not fit on one page; empty columns are left out."""
    kept = [c for i, c in enumerate(columns) if i == 0 or not rows or any(row.get(c.name) for row in rows)]
    layout = "".join(
        rf">{{\{'raggedleft' if numeric(column, rows) else 'raggedright'}\arraybackslash}}p{{{share:.3f}\linewidth}}"
        for column, share in zip(kept, shares(kept, rows), strict=True)
    )
    head = " & ".join(latex_cell(column.heading) for column in kept) + r" \\"
    body = [" & ".join(latex_cell(row.get(c.name, "")) for c in kept) + r" \\" for row in rows]
    titles = rf"\caption{{{latex_cell(caption)}}}\label{{{label}}}"
    note = "% Needs array, booktabs and longtable, and fontenc with T1 for quotation marks and accents."
    frame = _longtable if len(rows) > LONG else _table
    return "\n".join([note, *frame(layout, head, body, titles)]) + "\n"


def _table(layout: str, head: str, body: list[str], titles: str) -> list[str]:
    begin = [r"\begin{table}", SMALL, titles, rf"\begin{{tabular}}{{{layout}}}", r"\toprule"]
    return [*begin, head, r"\midrule", *body, r"\bottomrule", r"\end{tabular}", r"\end{table}"]


def _longtable(layout: str, head: str, body: list[str], titles: str) -> list[str]:
    begin = [r"\begingroup", SMALL, rf"\begin{{longtable}}{{{layout}}}", titles + r"\\", r"\toprule", head]
    again = [
        r"\midrule",
        r"\endfirsthead",
        r"\toprule",
        head,
        r"\midrule",
        r"\endhead",
        r"\bottomrule",
        r"\endlastfoot",
    ]
    return [*begin, *again, *body, r"\end{longtable}", r"\endgroup"]
