"""Take marks of Markdown, HTML and LaTeX out of a line without moving what stands behind them."""

from __future__ import annotations

import html
import re

_TAG = re.compile(r"</?(?:b|i|em|strong|span|p|br|u|small|font|a|div|li|ul|h\d)\b[^<>]{0,200}>", re.IGNORECASE)
_RAISED = re.compile(r"<(su[bp])>\s*([^<>]{0,12}?)\s*</\1>", re.IGNORECASE)
_ENTITY = re.compile(r"&(?:#\d{2,6}|#x[0-9a-fA-F]{2,5}|[A-Za-z]{2,8});")
_LETTER = re.compile(r"(\*{1,3}|(?<!\w)_{1,2})([A-Za-zτχρ])\1")
_STARS = re.compile(r"\*{1,3}(?=[^\s*])|(?<=[^\s*])\*{1,3}")
_COMMANDS = {
    "tau": "τ", "chi": "χ", "beta": "β", "rho": "ρ", "pm": "±", "leq": "≤", "geq": "≥", "le": "≤", "ge": "≥", "times": "×",
    "textit": "", "textbf": "", "emph": "", "mathrm": "", "text": "",
}  # fmt: skip
_COMMAND = re.compile(r"\\(tau|chi|beta|rho|pm|leq|geq|le|ge|times|textit|textbf|emph|mathrm|text)(?![A-Za-z])")
_ESCAPED = re.compile(r"\\([%&_#$])")


def unmarked(line: str) -> str:
    """The line as it would be printed, of the same length: blanks fill what marks took.

    A Markdown bullet or heading stays: it says where a paragraph begins.
    """
    if not any(c in line for c in "<&*_\\$"):
        return line
    text = _RAISED.sub(lambda m: m[2].ljust(len(m[0])), line)
    text = _TAG.sub(lambda m: " " * len(m[0]), text)
    text = _ENTITY.sub(_sign, text)
    text = _LETTER.sub(
        lambda m: (
            m[2].rjust(len(m[0]) - len(m[1])) + " " * len(m[1])
            if m.end() < len(text) and text[m.end()] == " "
            else m[2].rjust(len(m[0]))
        ),
        text,
    )
    bullet = re.match(r"\s*[*-]\s", text)
    start = bullet.end() if bullet else 0
    text = text[:start] + _STARS.sub(lambda m: " " * len(m[0]), text[start:])
    if "\\" in text:
        text = _ESCAPED.sub(lambda m: f"{m[1]} ", text)
        text = _COMMAND.sub(lambda m: _COMMANDS[m[1]].rjust(len(m[0])), text)
    return text.replace("$", " ") if text.count("$") % 2 == 0 else text


def _sign(match: re.Match[str]) -> str:
    """The sign an entity stands for, behind the blanks that fill its place: a minus stays at its number."""
    sign = html.unescape(match[0])
    if sign.isspace():
        sign = " "  # a line break spelled out must not break the line
    return sign.rjust(len(match[0])) if len(sign) == 1 and sign != match[0] else match[0]
