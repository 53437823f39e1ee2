"""Cells that hold several numbers: ``12/40``, ``12 (34%)``, ``5.2 (1.3)``, ``3.4 ± 0.9``, ``1.2 [0.8; 1.9]``, ``0.8 to 1.9``."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from metaudit.errors import PrintedError
from metaudit.imports.text_numbers import (
    EXCEL_ERRORS,
    check_length,
    is_missing,
    looks_like_date,
    plain_digits,
    read_number,
    tidy,
    usual_digits,
    without_marks,
)
from metaudit.printed import quoted

_MINUS = str.maketrans(dict.fromkeys("\u2010\u2011\u2212\ufe63\uff0d", "-"))
_DIGITS = {
    ".": r"(?:\d{1,3}(?:,\d{3})+(?![\d])(?:\.\d+)?|\d{1,3}(?:[ '’]\d{3})+(?!\d)(?:\.\d+)?|\d+(?:\.\d+)?|\.\d+)",
    ",": r"(?:\d{1,3}(?:\.\d{3})+(?![\d])(?:,\d+)?|\d{1,3}(?:[ '’]\d{3})+(?!\d)(?:,\d+)?|\d+(?:[,.]\d+)?|,\d+)",
}
_WORDS = re.compile(
    r"(?i)\b(?:\d{2}\s?%\s?(?:ci|ic|cri|ki)|ci|ic|iqr|sd|se|sem|range|n|m|et|ds|eiq|to|à|a|bis|and|vs|of|out of|median|mean)\b[:.=]?"
)
_BETWEEN = re.compile(r"^[\s()\[\]{};,:/|±+\-–—~]*$")


@dataclass(frozen=True)
class Parts:
    """The numbers of a cell, as printed with a decimal point, and the shape they stand in, ``#`` for each."""

    numbers: tuple[str, ...]
    shape: str
    changed: str = ""


def split_cell(text: str, decimal: str = ".") -> Parts:
    """The numbers of a cell in their order, and its shape.

    Raises
    ------
    PrintedError
        when something else than numbers and the signs between them stands in the cell, or it is a date.
    """
    plain = usual_digits(tidy(text), decimal)
    check_length(plain)
    if looks_like_date(plain) or plain in EXCEL_ERRORS:
        raise PrintedError(f"{quoted(text)} is a date or an error of the spreadsheet.")
    bare, marks = without_marks(plain)
    changed = ["digits of another script"] if plain != tidy(text) else []
    changed += [f"footnote mark {marks}"] if marks else []
    work = (
        re.sub(r"(?i)\b\d{2}\s?%\s?(?:ci|ic|cri|ki|confidence interval)\b[:=]?", " ", bare.translate(_MINUS))
        .replace("+/-", "±")
        .replace("+-", "±")
    )
    numbers, shape, at, last = [], "", 0, ""
    for found in re.finditer(
        rf"(?P<sign>[-–—+])?\s?(?P<rel>[<>≤≥]=?)?\s?(?P<digits>{_DIGITS[decimal]})(?P<exp>[eE][-+]?\d+)?(?P<percent>\s?%)?",
        work,
    ):
        between = work[at : found.start()]
        sign = found["sign"] or ""
        if sign and (last.isdigit() or last == "%") and not between.strip():  # 3-8 is a range, 3 -8 and 3 (-8) are not
            between, sign = between + "-", ""
        point = decimal == "," and re.fullmatch(r"\d+\.\d{1,2}|\d+\.\d{4,}", found["digits"])
        value, how = plain_digits(found["digits"], "." if point else decimal)
        changed += [how] if how else []
        negative = "-" if sign in ("-", "–", "—") and sign else ""
        relation = {"≤": "<=", "≥": ">="}.get(found["rel"] or "", found["rel"] or "")
        numbers.append(f"{relation}{negative}{value}{found['exp'] or ''}{'%' if found['percent'] else ''}")
        shape += _joint(between) + ("#%" if found["percent"] else "#")
        at = found.end()
        last = work[at - 1]
    if not numbers:
        raise PrintedError(f"{quoted(text)} holds no number.")
    shape += _joint(work[at:])
    if "?" in shape:
        raise PrintedError(f"{quoted(text)} holds more than numbers.")
    return Parts(tuple(numbers), shape, ", ".join(dict.fromkeys(changed)))


def _joint(text: str) -> str:
    """What stands between two numbers, brought to one form; ``?`` when it is more than signs."""
    rest = _WORDS.sub(
        lambda m: (
            " - "
            if m[0].lower().strip(".:=") in ("to", "à", "a", "bis", "and")
            else (" / " if "of" in m[0].lower() else " ")
        ),
        text,
    )
    if not _BETWEEN.match(rest):
        return "?"
    rest = (
        rest.replace("[", "(").replace("{", "(").replace("]", ")").replace("}", ")").replace("–", "-").replace("—", "-")
    )
    out = ""
    for sign in ("±", "/", "("):
        if sign in rest:
            out = sign
            break
    if not out and re.search(r"[-;,|:]", rest):
        out = "-"
    return out or (")" if ")" in rest else ("" if not rest.strip() else "-" if rest.strip() else ""))


def usual_shape(cells: Iterable[str], decimal: str = ".", codes: frozenset[str] = frozenset()) -> str:
    """The shape that most cells of a column have; ``text`` where most are no numbers, empty where all are missing."""
    shapes: Counter[str] = Counter()
    for cell in cells:
        if is_missing(cell, codes):
            continue
        shapes[_shape(cell, decimal)] += 1
    if not shapes:
        return ""
    best, n = shapes.most_common(1)[0]
    if best != "text" and n >= 0.5 * shapes.total():
        return best
    return "text" if shapes["text"] > 0.4 * shapes.total() else best


@lru_cache(maxsize=20_000)
def _shape(cell: str, decimal: str) -> str:
    for sign in (decimal, "," if decimal == "." else "."):
        try:
            read_number(cell, sign)
        except PrintedError:
            continue
        return "#%" if "%" in cell else "#"
    if looks_like_date(cell):
        return "date"
    for sign in (decimal, "," if decimal == "." else "."):
        try:
            return split_cell(cell, sign).shape.rstrip(")")
        except PrintedError:
            continue
    return "text"


_COMMA_FOR_SURE = re.compile(
    r"(?<![\d.,])[-–−]?\d*,(?:\d{1,2}|\d{4,})(?![\d,.])|(?<![\d.,])\d{1,3}(?:\.\d{3})+,\d+|(?<![\d.,])0,\d+"
)
_POINT_FOR_SURE = re.compile(
    r"(?<![\d.,])[-–−]?\d*\.(?:\d{1,2}|\d{4,})(?![\d,.])|(?<![\d.,])\d{1,3}(?:,\d{3})+\.\d+|(?<![\d.,])0\.\d+"
)


def decimal_signs(cells: Iterable[str]) -> tuple[int, int]:
    """How many cells have a decimal comma, and how many a decimal point, for sure."""
    commas = points = 0
    for cell in cells:
        text = tidy(cell)
        commas += bool(_COMMA_FOR_SURE.search(text)) and not re.search(r"\d, \d", text)
        points += bool(_POINT_FOR_SURE.search(text))
    return commas, points
