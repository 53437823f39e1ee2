"""HTML for a cell of a notebook: one plain table that follows the colours around it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

from metaudit.audit_words.numbers import typographic
from metaudit.audit_words.verdicts import BY_CODE

_CELL = "text-align:left;vertical-align:top;padding:.2em .8em .2em 0"
_RULE = ";border-bottom:1px solid currentColor"


def text(value: object) -> str:
    """Text that HTML shows as it is, with real minus signs."""
    return escape(typographic(str(value)))


def table(head: Sequence[str], rows: Iterable[Sequence[str]], *, caption: str = "", notes: Sequence[str] = ()) -> str:
    """A table.

    Parameters
    ----------
    head : headings, as text; empty for a table without any
    rows : cells, as HTML
    caption : above it, as text
    notes : lines below it, as text
    """
    parts = ['<table style="border-collapse:collapse;font-size:inherit">']
    if caption:
        parts.append(f'<caption style="text-align:left;font-weight:600;padding-bottom:.3em">{text(caption)}</caption>')
    if head:
        cells = "".join(f'<th scope="col" style="{_CELL}{_RULE}">{text(h)}</th>' for h in head)
        parts.append(f"<thead><tr>{cells}</tr></thead>")
    parts.append("<tbody>")
    for first, *rest in rows:
        others = "".join(f'<td style="{_CELL}">{cell}</td>' for cell in rest)
        parts.append(f'<tr><th scope="row" style="{_CELL};font-weight:normal">{first}</th>{others}</tr>')
    parts.append("</tbody></table>")
    parts += [f'<p style="font-size:smaller;max-width:60em;margin:.3em 0">{text(note)}</p>' for note in notes]
    return "\n".join(parts)


def verdict(code: str) -> str:
    """A verdict as HTML: its sign and its word, with its meaning for those who point at it."""
    known = BY_CODE.get(code)
    if known is None:
        return text(code)
    return f'<span style="white-space:nowrap" title="{escape(known.meaning)}">{escape(known.sign)}\u00a0{escape(known.label)}</span>'
