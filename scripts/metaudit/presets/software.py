"""Which program, in which version, a review's words about its software name."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

Version = tuple[int, ...]
_NUMBER = r"\d+(?:[.-]\d+)*"
# What may stand between a program's name and its version: "(RevMan) [Computer program]. Version 5.3".
_AFTER = re.compile(
    rf"^[^\d]{{0,60}}?\b(?:version|ver\.?|v\.?|release)\s*({_NUMBER})"
    rf"|^(?:[\s,:;()\[\]\"'’”/-]|(?:se|mp|ic|be)\b)*v?({_NUMBER})",  # the edition of Stata: "Stata/SE 14.2"
    re.DOTALL,
)
_BEFORE = re.compile(
    rf"\b(?:version|ver\.?|v\.?)\s*({_NUMBER}) of (?:the )?(?:r )?(?:package |software |program )?\W?$"
)
_YEAR = re.compile(r"\b(?:19[89]|20[0-9])\d\b")
# Names whose versions are not those of the program before them.
_OTHER = re.compile(
    r"\br\b(?=[\s,(]*(?:version|v\.?\s?\d|\d|software|statistic|studio|project|core|foundation|environment|$))"
    r"|\brstudio\b|\bspss\b|\bsas\b|\bgradepro\b|\bexcel\b|\bendnote\b|\bpython\b|\bg\*?power\b"
)


@dataclass(frozen=True)
class Rule:
    """How reviews name the versions of a program that a preset is for.

    Attributes
    ----------
    name : regular expression on the text in small letters
    start, end : first version, and first version after the last; empty where there is no limit
    from_year, before_year : years in which these versions were current; 0 where there is no limit
    not_with : regular expression; a text that it finds something in is about something else
    """

    name: str
    start: str = ""
    end: str = ""
    from_year: int = 0
    before_year: int = 0
    not_with: str = ""

    def admits(self, version: Version) -> bool:
        """Whether a version may be one of these; a version with fewer parts than the limit may lie on both sides."""
        start, end = version_of(self.start), version_of(self.end)
        cut = version[: len(start)]
        if start and cut < start[: len(cut)]:
            return False
        return not end or version < end

    def current_in(self, year: int) -> bool:
        """Whether these versions were current in a year."""
        return year >= self.from_year and (not self.before_year or year < self.before_year)


@dataclass(frozen=True)
class Mention:
    """A program in a text: its version and year, empty and 0 where none is named."""

    version: Version
    year: int


def version_of(text: str) -> Version:
    """``4.9-5`` as ``(4, 9, 5)``; empty for an empty text."""
    return tuple(int(part) for part in re.findall(r"\d+", text))


def mentions(text: str, rule: Rule, *, others: Sequence[str]) -> Iterator[Mention]:
    """Every time a text names the program of a rule, with the version and the year that belong to it.

    Parameters
    ----------
    text : in small letters
    rule : of one preset
    others : names of all programs, which end the stretch of text that a version is looked for in
    """
    if rule.not_with and re.search(rule.not_with, text):
        return
    for found in re.finditer(rule.name, text):
        # A name's pattern may hold the version's first digit; the version starts with it.
        stop = found.end() - (text[found.end() - 1].isdigit())
        rest = text[stop : _next_name(text, found.end(), others)]
        yield Mention(_version(text[: found.start()], rest), _year(rest))


def _next_name(text: str, start: int, names: Sequence[str]) -> int:
    ends = [m.start() for pattern in names if (m := re.compile(pattern).search(text, start))]
    other = _OTHER.search(text, start)
    return min([*ends, *([other.start()] if other else []), len(text)])


def _version(before: str, after: str) -> Version:
    for pattern, text in ((_AFTER, after), (_BEFORE, before)):
        found = pattern.search(text)
        number = next((g for g in found.groups() if g), "") if found else ""
        if number and not _YEAR.fullmatch(number):
            return version_of(number)
    return ()


def _year(text: str) -> int:
    return max((int(y) for y in _YEAR.findall(text)), default=0)
