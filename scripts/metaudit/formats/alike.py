"""One treatment spelled two ways makes two treatments of one, and may cut a network into parts."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable
from itertools import combinations

Pair = tuple[str, str]

_SHORTEST = 6  # letters: in shorter names one letter may well be all that tells two treatments apart
_SEPARATORS = re.compile(r"[^\w+/&]+")


def plain(name: str) -> str:
    """A name without what people type differently: case, accents, hyphens, full stops, brackets and blanks."""
    letters = unicodedata.normalize("NFKD", name.casefold())
    letters = "".join(c for c in letters if not unicodedata.combining(c))
    return _SEPARATORS.sub("", letters.replace("_", " "))


def alike(treatments: Iterable[str], *, distinct: Collection[Pair] = ()) -> list[Pair]:
    """Pairs of names that are likely to mean one treatment.

    They differ in case, accents, blanks or hyphens only, or in the plural's s, or in one letter of six or more (left out,
    added, another one, or two neighbours exchanged); a difference in a digit is a dose or a number, not a slip.

    Parameters
    ----------
    treatments : the names
    distinct : pairs that are known to be two treatments, in any order
    """
    known = {frozenset(p) for p in distinct}
    names = sorted(set(treatments), key=lambda name: (name.casefold(), name))
    forms = {n: plain(n) for n in names}
    return [(a, b) for a, b in combinations(names, 2) if frozenset((a, b)) not in known and _same(forms[a], forms[b])]


def _same(a: str, b: str) -> bool:
    if a == b:
        return True
    if re.sub(r"\D", "", a) != re.sub(r"\D", "", b) or min(map(_letters, (a, b))) < _SHORTEST:
        return False
    return one_slip(a, b)


def _letters(text: str) -> int:
    return sum(c.isalpha() for c in text)


def one_slip(a: str, b: str) -> bool:
    """Whether one letter added, left out or replaced, or two neighbours exchanged, makes one text the other (Damerau 1964)."""
    if len(a) > len(b):
        a, b = b, a
    if len(b) - len(a) > 1:
        return False
    same = next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), len(a))
    if len(a) < len(b):
        return a[same:] == b[same + 1 :]
    if a[same + 1 :] == b[same + 1 :]:
        return True
    return a[same : same + 2] == b[same : same + 2][::-1] and a[same + 2 :] == b[same + 2 :]
