"""Every cell in which two extractors differ, and what the difference looks like."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

from metaudit.edits.cells import typed_otherwise
from metaudit.edits.extractors import Key
from metaudit.extractors.agreement import compared_columns, same
from metaudit.extractors.pairing import Pair
from metaudit.formats.columns import EXTRACTORS
from metaudit.formats.tables import Row

WHOLE_ROW = "row"
"""What stands in the table of differences where an extractor has the row at all."""
_SLIPS = {
    "digit": "one digit differs",
    "digits-exchanged": "two neighbouring digits exchanged",
    "decimal-point": "the decimal point moved",
}
_RATIO = 0.02  # of two numbers, each rounded to two or three digits


@dataclass(frozen=True)
class Difference:
    """One cell in which two extractors differ, or one row that only one of them has.

    Attributes
    ----------
    pair : the two rows
    column : empty where one extractor has no such row
    a, b : what each typed; empty: nothing
    kind : what the difference looks like, in words
    """

    pair: Pair
    column: str
    a: str
    b: str
    kind: str

    @property
    def key(self) -> Key:
        """Study, outcome, time point and comparison."""
        return self.pair.key


def differences(pairs: Sequence[Pair]) -> list[Difference]:
    """Every difference in value, in the order of rows and columns; what is only spelled otherwise is none."""
    columns = compared_columns(pairs)
    out: list[Difference] = []
    for pair in pairs:
        a, b = pair.a, pair.b
        if a is None or b is None:
            who = "B" if a is None else "A"
            held = [WHOLE_ROW if r is not None else "" for r in (a, b)]
            out.append(Difference(pair, "", held[0], held[1], f"only {EXTRACTORS[who]} has this row"))
            continue
        if pair.guessed:
            out.append(
                Difference(pair, "study", a.text("study"), b.text("study"), "taken for one study, the labels differ")
            )
        out += [Difference(pair, c, a.text(c), b.text(c), looks_like(a, b, c)) for c in columns if not same(a, b, c)]
    return out


def looks_like(a: Row, b: Row, column: str) -> str:
    """What the difference of one cell looks like; a description, not a judgement about who is right."""
    if not a.text(column) or not b.text(column):
        return f"only extractor {'B' if not a.text(column) else 'A'} typed it"
    x, y = a.value(column), b.value(column)
    if x is None or y is None:
        return "other words"
    found = _exchanged(a, b, column) or _of_numbers(a, b, column)
    return found or "another number"


def _exchanged(a: Row, b: Row, column: str) -> str:
    """Whether both arms of a pair of columns stand the other way round."""
    if not column.endswith(("_t", "_c")):
        return ""
    other = column[:-1] + ("c" if column.endswith("t") else "t")
    mine, theirs = (a.value(column), a.value(other)), (b.value(column), b.value(other))
    return "the two arms exchanged" if None not in mine and mine == theirs[::-1] and mine[0] != mine[1] else ""


def _of_numbers(a: Row, b: Row, column: str) -> str:
    p, q = a.numbers[column], b.numbers[column]
    x, y = p.value, q.value
    if p.percent != q.percent:
        return "a percentage and a count"
    if p.interval().overlaps(q.interval()):
        return "rounded otherwise"
    if x == -y:
        return "the sign turned"
    n = next((v for v in (a.value(f"n{column[-2:]}" if column[-2:] in ("_t", "_c") else "n"),) if v), None)
    if n and column.startswith(("sd", "se", "pm")) and x > 0 and y > 0:
        ratio = max(x, y) / min(x, y)
        if abs(ratio / math.sqrt(n) - 1) < _RATIO:
            return "a standard deviation and a standard error: their ratio is the square root of n"
    if _neighbours_exchanged(p.text, q.text):
        return _SLIPS["digits-exchanged"]
    return next((_SLIPS[kind] for kind, new in typed_otherwise(p.text) if new == q.text), "")


def _neighbours_exchanged(x: str, y: str) -> bool:
    """Whether two digits that follow each other, a decimal point between them or not, stand the other way round."""
    digits, others = re.sub(r"\D", "", x), re.sub(r"\D", "", y)
    places = [i for i, (a, b) in enumerate(zip(digits, others, strict=False)) if a != b]
    if re.sub(r"\d", "0", x) != re.sub(r"\d", "0", y) or len(places) != 2 or places[1] != places[0] + 1:
        return False
    return digits[places[0]] == others[places[1]] and digits[places[1]] == others[places[0]]
