"""Which row of one extractor is about the same as which row of the other."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from metaudit.edits.extractors import Key, row_key
from metaudit.formats.columns import KEYS
from metaudit.formats.tables import Row

# Labels at least so alike are proposed as one study; "Smith 2001" and "Smith et al. 2001" are (0.87), "Smith 2001" and "Smith 2003" are not,
# because their digits must be the same.
ALIKE = 0.8
_KEY = KEYS["extraction.csv"]


@dataclass(frozen=True)
class Pair:
    """Two rows about the same study, outcome, time point and comparison; one of them is None where only one extractor has it.

    Attributes
    ----------
    key : study, outcome, timepoint, comparison, as extractor A typed them where both did
    guessed : whether the labels differ, so that the pair is a proposal
    """

    key: Key
    a: Row | None
    b: Row | None
    guessed: bool = False


def paired(a: Sequence[Row], b: Sequence[Row]) -> list[Pair]:
    """Pair the rows of two extractors: equal labels first, then labels that differ only in spelling.

    A pair of different labels is proposed only where each is the other's one best match. Rows stand in the order of A, then
    those that only B has.
    """
    theirs = {row_key(r): r for r in b}
    exact = {row_key(r) for r in a} & set(theirs)
    left = [r for r in a if row_key(r) not in exact]
    right = [r for r in b if row_key(r) not in exact]
    proposed = _proposed(left, right)
    out = []
    for row in a:
        key = row_key(row)
        other = theirs[key] if key in exact else proposed.get(row.line)
        out.append(Pair(key, row, other, guessed=other is not None and key not in exact))
    taken = {r.line for r in proposed.values()}
    return [*out, *(Pair(row_key(r), None, r) for r in right if r.line not in taken)]


def _proposed(left: Sequence[Row], right: Sequence[Row]) -> dict[int, Row]:
    """By line of A, the row of B that is its one best match, and whose one best match it is."""
    scores = {(x.line, y.line): _likeness(x, y) for x in left for y in right}
    out = {}
    for x in left:
        best = _best([(scores[x.line, y.line], y) for y in right])
        if best is not None and _best([(scores[z.line, best.line], z) for z in left]) is x:
            out[x.line] = best
    return out


def _best(scored: Sequence[tuple[float, Row]]) -> Row | None:
    """The row with the highest likeness, unless none is alike or two are equally so."""
    top = max((s for s, _ in scored), default=0.0)
    best = [r for s, r in scored if s == top]
    return best[0] if top >= ALIKE and len(best) == 1 else None


def _likeness(x: Row, y: Row) -> float:
    """0 to 1: the worst likeness among the four labels; different digits are never alike."""
    return min(_alike(x.text(name), y.text(name)) for name in _KEY)


def _alike(x: str, y: str) -> float:
    a, b = _plain(x), _plain(y)
    if a == b:
        return 1.0
    if not a or not b or re.findall(r"\d+", a) != re.findall(r"\d+", b):
        return 0.0
    return SequenceMatcher(None, a, b, autojunk=False).ratio()


def _plain(label: str) -> str:
    """Small letters and digits; "et al." is no part of a name."""
    return re.sub(r"[^\w]+", " ", re.sub(r"\bet al\b\.?", " ", label.casefold())).strip()
