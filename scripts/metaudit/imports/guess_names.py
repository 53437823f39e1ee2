"""What a heading says: the statistic, the arm, the effect, and the words that are left over."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from metaudit.formats.places import DATA
from metaudit.formats.yaml_file import load_schema

_SIGNS = {
    "%": " percent ",
    "±": " plusminus ",
    "+/-": " plusminus ",
    "+-": " plusminus ",
    "&": " and ",
    "№": " number ",
    "²": "2",
}
# Statistics beside which low or high says of which group, or at which level, they are.
_LEVELLED = frozenset("events nonevents n mean sd se var median percent proportion time".split())
# Signs of one arm written against a statistic without anything between: nt, sdc, x1i, meanE.
_GLUED = re.compile(r"([a-z]{1,6}?)([tcep012])(i?)|([tc])([a-z]{1,8})")


@dataclass(frozen=True)
class Effect:
    """What a heading says of an effect: its measure, whether it is a logarithm, and of what."""

    measure: str
    log: bool
    of: str
    type: str


@dataclass(frozen=True)
class Names:
    """The dictionary, every name in its plain form.

    Attributes
    ----------
    families : names that a program uses together
    plain : name -> column without an arm
    statistics : name -> statistic
    effects : name -> what it says of the effect
    arms : name -> ``t`` or ``c``
    times : names of arms that are points in time where another word names the arm
    levels : names of limits that are a level (of a dose) beside a statistic that has no limits
    control_arms, filler : names
    not_a_study : kind of row -> names
    longest : words of the longest name
    """

    families: tuple[Mapping[str, Any], ...]
    plain: Mapping[str, str]
    statistics: Mapping[str, str]
    effects: Mapping[str, Effect]
    standard_errors: frozenset[str]
    variances: frozenset[str]
    arms: Mapping[str, str]
    times: frozenset[str]
    levels: frozenset[str]
    control_arms: frozenset[str]
    filler: frozenset[str]
    not_a_study: Mapping[str, frozenset[str]]
    longest: int


@dataclass(frozen=True)
class Heading:
    """A heading taken apart.

    Attributes
    ----------
    key : its plain form
    statistics : in the order they stand
    arm : ``t``, ``c`` or empty
    rest : words that say neither, as ``rest`` keeps them together
    glued : the arm was one letter written against the statistic
    words : the words that name the arm, as they stand
    """

    key: str
    statistics: tuple[str, ...]
    arm: str
    rest: str
    glued: bool = False
    words: str = ""


def plain(text: str, *, camel: bool = False) -> str:
    """A name without capitals, accents and punctuation.

    Parameters
    ----------
    text : the name
    camel : part words where a capital follows a small letter, as in ``nTreated``
    """
    out = text
    for sign, word in _SIGNS.items():
        out = out.replace(sign, word)
    if camel:
        out = re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", out)
    out = unicodedata.normalize("NFKD", out.replace("ß", "ss")).encode("ascii", "ignore").decode().lower()
    return " ".join(re.sub(r"[^a-z0-9]+", " ", out).split())


@cache
def names() -> Names:
    """The dictionary of ``data/import-columns.yaml``."""
    raw = load_schema(DATA / "import-columns.yaml")

    def turned(group: Mapping[str, list[Any]]) -> dict[str, str]:
        return {plain(str(n)): key for key, found in group.items() for n in found}

    effects = {
        plain(str(n)): Effect(e["measure"], bool(e.get("log")), e.get("of", ""), e.get("type", ""))
        for e in raw["effects"]
        for n in e["names"]
    }
    families = tuple(
        {
            **f,
            "needs": [plain(str(n)) for n in f["needs"]],
            "without": [plain(str(n)) for n in f.get("without", ())],
            "columns": {plain(str(n)): role for n, role in f["columns"].items()},
        }
        for f in sorted(raw["families"], key=lambda f: -len(f["needs"]))  # who asks for most is meant
    )
    statistics, arms = turned(raw["statistics"]), turned(raw["arms"])
    return Names(
        families,
        turned(raw["plain"]),
        statistics,
        effects,
        frozenset(plain(str(n)) for n in raw["standard_errors"]),
        frozenset(plain(str(n)) for n in raw["variances"]),
        arms,
        frozenset(plain(str(n)) for n in raw["times"]),
        frozenset(plain(str(n)) for n in raw["levels"]),
        frozenset(plain(str(n)) for n in raw["control_arms"]),
        frozenset(plain(str(n)) for n in raw["filler"]),
        {key: frozenset(plain(str(n)) for n in found) for key, found in raw["not_a_study"].items()},
        max(len(n.split()) for n in [*statistics, *arms]),
    )


@cache
def heading(text: str) -> Heading:
    """A heading taken apart; without a statistic where it names none."""
    key = plain(text)
    found = _parse(key.split())
    if not found.statistics:
        glued, parted = _unglued(key), plain(text, camel=True)
        if glued is not None and not glued.rest:
            return glued
        if parted != key:
            found = _parse(parted.split())
    if not found.statistics or (not found.arm and found.rest):
        glued = _unglued(key)
        if glued is not None:
            return glued
    return replace(found, key=key)


def _parse(words: list[str]) -> Heading:
    """The longest names first, from left to right; a statistic before an arm where a name is both."""
    book, taken = names(), _Taken()
    at = 0
    while at < len(words):
        for size in range(min(book.longest, len(words) - at), 0, -1):
            phrase = " ".join(words[at : at + size])
            if taken.takes(phrase, book):
                at += size
                break
        else:
            if words[at] not in book.filler:
                taken.rest.append(words[at])
            at += 1
    return taken.settled(" ".join(words), book)


class _Taken:
    """What has been recognised of a heading so far."""

    def __init__(self) -> None:
        self.statistics: list[str] = []
        self.arms: list[str] = []
        self.times: list[str] = []
        self.levels: list[str] = []
        self.rest: list[str] = []
        self.unsure: list[str] = []

    def takes(self, phrase: str, book: Names) -> bool:
        """Whether a phrase says something that is not said yet."""
        short = len(phrase) == 1
        if phrase in book.levels:
            self.levels.append(phrase)
            self.rest.append(phrase)
        elif short and phrase in book.arms and phrase in book.statistics:
            self.unsure.append(phrase)
        elif phrase in book.statistics and book.statistics[phrase] not in self.statistics:
            self.statistics.append(book.statistics[phrase])
        elif phrase in book.times:
            self.times.append(phrase)
        elif phrase in book.arms:
            self.arms.append(phrase)
        else:
            return False
        return True

    def settled(self, key: str, book: Names) -> Heading:
        """Words that may be two things are settled by the words beside them.

        A letter is an arm beside a statistic, and a statistic alone or beside an arm; ``baseline`` is an arm where no other
        word names one; ``low`` is a limit, but a level beside a statistic that stands for itself: ``low dose events``.
        """
        sides = {book.statistics[phrase] for phrase in self.levels}
        if len(sides) > 1 or not self.statistics or not set(self.statistics) <= _LEVELLED:
            for phrase in self.levels:
                self.rest.remove(phrase)
                self.statistics.append(book.statistics[phrase])
        for phrase in self.unsure:
            if self.statistics and not self.arms:
                self.arms.append(phrase)
            elif not self.statistics or self.arms:
                self.statistics.append(book.statistics[phrase])
            else:
                self.rest.append(phrase)
        if self.arms:
            self.rest += self.times
        else:
            self.arms = self.times
        arms = list(dict.fromkeys(book.arms[phrase] for phrase in self.arms))
        rest = [*self.rest, *([f"arms {' '.join(arms)}"] if len(arms) > 1 else [])]
        arm = arms[0] if len(arms) == 1 else ""
        statistics = tuple(dict.fromkeys(self.statistics))
        return Heading(key, statistics, arm, " ".join(rest), words=" ".join(dict.fromkeys(self.arms)))


def _unglued(key: str) -> Heading | None:
    """A statistic with the sign of an arm against it, as in ``sd1i``, ``nc``, ``tdeath`` or ``b xti``."""
    book = names()
    *before, last = key.split() or [""]
    found = _GLUED.fullmatch(last)
    if not found:
        return None
    for stem, sign in ((found[1], found[2]), (found[5], found[4])):
        if (
            stem
            and sign
            and stem in book.statistics
            and sign in book.arms
            and book.statistics[stem] not in ("r", "p", "t", "f")
        ):
            rest = " ".join(w for w in before if w not in book.filler)
            return Heading(key, (book.statistics[stem],), book.arms[sign], rest, glued=True)
    stem, sign = re.fullmatch(r"([a-z]+?)([tc])", last).groups() if re.fullmatch(r"([a-z]+?)([tc])", last) else ("", "")  # type: ignore[union-attr]
    if stem in book.statistics:
        return Heading(key, (book.statistics[stem],), sign, " ".join(before), glued=True)
    return None


def known(text: str) -> bool:
    """Whether a heading says anything that the dictionary knows."""
    book, key = names(), plain(text)
    if not key:
        return False
    return (
        key in book.plain
        or key in book.effects
        or bool(heading(text).statistics)
        or any(key in f["columns"] for f in book.families)
    )


def kind_of_row(label: str) -> str:
    """``total``, ``subtotal``, ``test`` or ``footnote`` where a row's label says that it is no study; else empty."""
    book, key = names(), plain(re.sub(r"[(\[].*", "", label)) or plain(label)
    for kind in ("subtotal", "total", "test"):
        if key in book.not_a_study[kind]:
            return kind
    first = key.split()[0] if key else ""
    if re.match(
        r"(?i)\s*(sub-?\s?total|total|overall|pooled|heterogeneity|hétérogénéité|test for|tests? of|i-?squared|i²|tau²|τ²)\b",
        label,
    ):
        if first in ("sub", "subtotal", "subtotals"):
            return "subtotal"
        return (
            "test" if first in ("heterogeneity", "heterogeneite", "test", "tests", "i", "i2", "tau2", "t2") else "total"
        )
    if (
        re.match(r"\s*[*†‡§¶#]", label)
        or re.match(r"[a-z]\s*[):]\s*\S+\s\S+", label)
        or label.lstrip().startswith(("http", "(c)", "©"))
    ):
        return "footnote"
    words = plain(label)
    if any(words == n or words.startswith(n + " ") for n in book.not_a_study["footnote"]) and (
        ":" in label or len(label) > 30
    ):
        return "footnote"
    return ""
