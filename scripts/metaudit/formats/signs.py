"""Signs that are not what they look like: digits and letters of other scripts, invisible signs, signs that turn a text around.

What looks alike follows Unicode Technical Standard 39, *Unicode Security Mechanisms* (its data file confusables.txt), cut
down to the letters that one finds in numbers and in names of studies.
"""

# ruff: noqa: RUF001 - signs that look like others are what this is about

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from itertools import accumulate

LONGEST_SHOWN = 120
"""How many characters of a cell a message shows."""

# Control signs; signs that turn the direction of the text around them; halves of characters; what stands for no character.
_UNWANTED = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]"
)
# Signs without a width, which copying from PDFs and web pages leaves behind. Joiners belong to the writing of some languages.
_INVISIBLE = re.compile("[\u00ad\u034f\u061c\u180e\u200b\u200e\u200f\u2060-\u2064\u206a-\u206f\ufeff\ufe00-\ufe0f]")
_JOINERS = re.compile("[\u200c\u200d]")
# Cyrillic and Greek letters that no reader can tell from the Latin ones beside them.
_ALIKE = str.maketrans(
    dict(zip("АВЕЅІЈКМНОРСТУХҮԚԜаеѕіјорсухԁһԛԝӏ", "ABESIJKMHOPCTYXYQWaesijopcyxdhqwl", strict=True))
    | dict(zip("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧοϲϳ", "ABEZHIKMNOPTYXocj", strict=True))
)  # fmt: skip
# What stands for a sign of a number in other scripts and in typography; digits are known to Unicode itself.
_IN_NUMBERS = (
    dict.fromkeys("OoОоΟοＯｏ○〇", "0")
    | dict.fromkeys("lIІіӏΙ|ⅼＩｌ∣", "1")
    | dict.fromkeys("\u2010\u2011\u2014\u2015\ufe58\ufe63\uff0d\u00af\u02d7\u2796\u30fc\u4e00", "-")
    | dict.fromkeys("\u2024\uff0e\u00b7\u2219\u22c5\u0387\u30fb\u2027", ".")
    | dict.fromkeys("\u066b", ".")
    | dict.fromkeys("\u066a\uff05\ufe6a", "%")
    | dict.fromkeys("\uff1c\u2039\u3008\u02c2", "<")
    | dict.fromkeys("\uff1e\u203a\u3009\u02c3", ">")
    | dict.fromkeys("\uff1d", "=")
    | dict.fromkeys("\u2044\u2215\uff0f", "/")
    | dict.fromkeys("\u066c\u2019'\u02bc", ",")
)
_RAISED = re.compile("[\u00b2\u00b3\u00b9\u2070-\u207b\u2080-\u208b]")
_AS_NUMBER = re.compile(
    r"(?:<=?|>=?|=)?\s*[-+]?(?:\d[\d, ]*\.?\d*|\.\d+)(?:[eE][-+]?\d{1,3})?\s*%?|\d+\s*/\s*\d+", re.ASCII
)
# Read as they stand: dashes that typesetters use for a minus, and blanks between thousands.
_PLAIN_ENOUGH = {"\u2212": "-", "\u2012": "-", "\u2013": "-", "\u00a0": " ", "\u202f": " ", "\u2009": " "}
_FULL_OF = 40  # characters of a text that can be one number


def named(sign: str) -> str:
    """A sign by its number and its name: ``U+202E (right-to-left override)``."""
    nameless = {"Cc": "a control sign", "Cs": "half a character", "Co": "of private use"}
    name = unicodedata.name(sign, nameless.get(unicodedata.category(sign), "no character")).lower()
    return f"U+{ord(sign):04X} ({name})"


def clipped(text: str, longest: int = LONGEST_SHOWN) -> str:
    """A text as messages show it: not longer than its place, its end shown as dots; a sign that ``repr`` spells out counts as often."""
    start = text[:longest]
    if start.isprintable():
        return text if len(text) <= longest else f"{text[: longest - 3]}..."
    ends = list(accumulate(len(repr(sign)) - 2 for sign in start))
    if len(text) <= longest and ends[-1] <= longest:
        return text
    return f"{text[: bisect_right(ends, longest - 3)]}..."


def printable(text: str) -> str:
    """A text as a terminal may show it: signs that it would obey, that turn the line around or cannot be seen are written out."""
    return "".join(c if c.isprintable() or unicodedata.category(c) == "Zs" else repr(c)[1:-1] for c in text)


def unwanted(text: str) -> str:
    """The first sign of a text that no table and no title has, by its name; empty when there is none.

    Tabs and the ends of lines are left to each format. Signs that turn a text around are refused because the line would
    then be read otherwise than it is compared; marks of direction, which do not turn anything, are not.
    """
    found = _UNWANTED.search(text)
    return named(found[0]) if found else ""


def without_unwanted(text: str) -> str:
    """The text without the signs that :func:`unwanted` names."""
    return _UNWANTED.sub("", text)


def look(text: str) -> str:
    """A text as the eye sees it: equal for texts that nobody can tell apart in print.

    Forms of compatibility (fullwidth, ligatures, superscripts) are folded, invisible signs left out, and Cyrillic and Greek
    letters that are drawn as Latin ones taken for them. Accents stay: Muller is not Müller.
    """
    plain = _INVISIBLE.sub("", unicodedata.normalize("NFKC", text))
    return unicodedata.normalize("NFC", _JOINERS.sub("", plain).translate(_ALIKE))


def why_unlike(text: str, other: str) -> str:
    """The sign in which two texts that look alike differ, by its name; empty when they differ in what can be seen.

    Parameters
    ----------
    text : the one that is looked at
    other : the one that it looks like
    """
    if text == other or look(text) != look(other):
        return ""
    strange = [c for c in text if c not in other and (ord(c) > 127 or not c.isprintable())]
    strange += [c for c in other if c not in text and (ord(c) > 127 or not c.isprintable())]
    return named(strange[0]) if strange else ""


def instead_in_number(text: str) -> str:
    """What is wrong with the signs of a text that looks like a number and is none, and what it may be; empty otherwise.

    Nothing is read so: O for 0 may be a slip of a scanner for another digit, and a raised 2 may be a footnote. A person looks.

    Parameters
    ----------
    text : the text that is no printed number
    """
    plain = text.strip()
    if not 0 < len(plain) <= _FULL_OF:
        return ""
    if not any(unicodedata.numeric(c, None) is not None for c in plain) and not set(plain) & set("OoОоΟο"):
        return ""
    meant = "".join(map(_meant, unicodedata.normalize("NFC", plain)))
    reads = _AS_NUMBER.fullmatch(meant) is not None
    unseen = next((c for c in plain if _unseen(c)), "")
    if unseen:
        rest = f" Without it the cell reads {meant}." if reads else ""
        return f"It holds {named(unseen)}, which cannot be seen; type the number again.{rest}"
    mark = next((c for c in plain if unicodedata.combining(c)), "")
    if mark:
        return f"It holds {named(mark)}, a mark on the sign before it; type the number again."
    raised = _RAISED.search(plain)
    if raised and not _RAISED.sub("", plain).strip("0123456789.,+-\u2212\u2013x× ^*"):
        return (
            f"{named(raised[0])} is no digit of a number: write a power out (1.5e-3 for 1.5 × 10 to the power -3); what a footnote "
            "says goes into note."
        )
    whole = next(
        (c for c in plain if unicodedata.digit(c, None) is None and unicodedata.numeric(c, None) is not None), ""
    )
    if whole:
        return f"{named(whole)} is no digit; write the number with the digits 0 to 9."
    strange = next((c for c in plain if _meant(c) != c and c not in _PLAIN_ENOUGH), "")
    return f"{_said(strange)}; write {meant} if that is what is printed." if strange and reads else ""


def _unseen(sign: str) -> bool:
    return bool(_INVISIBLE.match(sign) or _JOINERS.match(sign) or _UNWANTED.match(sign))


def _meant(sign: str) -> str:
    """The plain sign of a number that another one stands for; the sign itself where there is none."""
    if sign in _IN_NUMBERS:
        return _IN_NUMBERS[sign]
    if _unseen(sign):
        return ""
    if sign.isascii() or _RAISED.match(sign):
        return sign
    if sign in _PLAIN_ENOUGH:
        return _PLAIN_ENOUGH[sign]
    digit = unicodedata.digit(sign, None)
    if digit is not None:
        return str(digit)
    folded = unicodedata.normalize("NFKC", sign)
    return folded if folded.isascii() and len(folded) == 1 else sign


def _said(sign: str) -> str:
    return f"{sign} is {named(sign)} and not {'a plain ' if _meant(sign).isdigit() else 'the sign '}{_meant(sign)}"
