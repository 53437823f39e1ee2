"""One sentence taken apart: its numbers and labels in order, and what has been found out about each number."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from metaudit.explain.text_numbers import Token
from metaudit.printed import Printed
from metaudit.text_claims.labels import LINK, labels_of

_TIMES = re.compile(
    r"\s?-?\s?(?:min(?:utes?)?|h(?:ours?|eures?|rs?)?|d(?:ays?)?|jours?|j|weeks?|wk|semaines?|months?|mois|years?|yr|ans?|années?)\b(?!\s*\()",
    re.IGNORECASE,
)
# One character for one, as the reader of numbers does it.
_DASHES = "\u2212\u2010\u2011\u2012\u2013\u2014\ufe63\uff0d"
_BLANKS = "\u00a0\u202f\u2009\u2007"
_PLAIN = str.maketrans(dict.fromkeys(_DASHES, "-") | dict.fromkeys(_BLANKS, " ") | {"\u2019": "'", "\u00b7": "."})


def plain(text: str) -> str:
    """A text of the same length with hyphens for dashes, blanks for special blanks and straight apostrophes."""
    return text.translate(_PLAIN)


_DAY, _MONTH = r"(?:0?[1-9]|[12]\d|3[01])", r"(?:0?[1-9]|1[0-2])"
# 2024-05-01; 29.11.2026, 11/29/26: the headers and footers of a printed page have them
_DATE = re.compile(
    rf"(?<![\d./-])(?:(?:19|20)\d\d(?P<a>[-/.]){_MONTH}(?P=a){_DAY}|"
    rf"(?:{_DAY}(?P<b>[-/.]){_MONTH}(?P=b)|{_MONTH}(?P<c>[-/.]){_DAY}(?P=c))(?:(?:19|20)\d\d|(?<=[/.])\d\d))(?![\d/]|[.-]\d)"
)
_LOOSE_ENDS = frozenset(
    """a an the in of for with and or to on at by from was were is are than as that which who le la les un une des du de et ou dans
    pour par sur avec""".split()
)


@dataclass(frozen=True)
class Lexeme:
    """A number (with its token) or a label, and where it stands in the sentence."""

    kind: str
    start: int
    end: int
    token: Token | None = None


@dataclass
class Fact:
    """What a number is: its quantity, in which reading, and of which result of the sentence (an index of ``heads``)."""

    quantity: str
    reading: Printed
    head: int | None = None
    subject: str = ""
    unit: str = ""
    scale: str = ""
    note: str = ""


@dataclass
class Head:
    """A result that other numbers belong to: its estimate's lexeme, measure and confidence level."""

    lexeme: int
    measure: str
    level: str = ""
    low: int | None = None
    high: int | None = None


@dataclass
class Scan:
    """The state of one sentence while the rules go over it.

    Attributes
    ----------
    text : the sentence with plain hyphens and blanks
    lexemes : numbers and labels in their order
    comma : whether the text has decimal commas
    inherited : measure of the result before this sentence, for results that are given without one
    facts : lexeme -> what the number is
    out : lexeme -> why it is left out
    heads : the results found
    """

    text: str
    lexemes: list[Lexeme]
    comma: bool = False
    inherited: str = ""
    unlabelled: bool = False
    facts: dict[int, Fact] = field(default_factory=dict)
    out: dict[int, str] = field(default_factory=dict)
    heads: list[Head] = field(default_factory=list)

    def free(self, i: int) -> bool:
        """Whether a lexeme is a number that nothing is known about."""
        return (
            0 <= i < len(self.lexemes)
            and self.lexemes[i].token is not None
            and i not in self.facts
            and i not in self.out
        )

    def is_number(self, i: int) -> bool:
        """Whether there is a number at this place."""
        return 0 <= i < len(self.lexemes) and self.lexemes[i].token is not None

    def shown(self, i: int) -> str:
        """A number as it stands in the text; empty for a label."""
        token = self.lexemes[i].token if 0 <= i < len(self.lexemes) else None
        return token.text if token else ""

    def kind(self, i: int) -> str:
        """Kind of a lexeme; empty outside the sentence."""
        return self.lexemes[i].kind if 0 <= i < len(self.lexemes) else ""

    def gap(self, i: int, j: int | None = None) -> str:
        """The text between two lexemes, the next one if none is named."""
        j = i + 1 if j is None else j
        return self.text[self.lexemes[i].end : self.lexemes[j].start] if 0 <= i < j < len(self.lexemes) else ""

    def before(self, i: int, width: int = 60) -> str:
        """The words before a lexeme."""
        return self.text[max(self.lexemes[i].start - width, 0) : self.lexemes[i].start]

    def after(self, i: int, width: int = 60) -> str:
        """The words after a lexeme."""
        return self.text[self.lexemes[i].end : self.lexemes[i].end + width]

    def free_before(self, i: int, width: int = 60) -> str:
        """The words before a lexeme, back to the number before it."""
        previous = next((self.lexemes[j].end for j in range(i - 1, -1, -1) if self.is_number(j)), 0)
        return self.text[max(previous, self.lexemes[i].start - width) : self.lexemes[i].start]

    def free_after(self, i: int, width: int = 60) -> str:
        """The words after a lexeme, up to the next number."""
        following = next((x.start for x in self.lexemes[i + 1 :] if x.token), len(self.text))
        return self.text[self.lexemes[i].end : min(following, self.lexemes[i].end + width)]

    def labelled(self, i: int) -> str:
        """Kind of the label that stands directly before a number, or an empty string."""
        if i > 0 and not self.is_number(i - 1) and LINK.fullmatch(self.gap(i - 1)):
            gap = self.gap(i - 1)
            if re.search(r"\b(?:at|à|of|de|after|by)\s*$", gap) and _TIMES.match(self.after(i)):
                return ""
            return self.kind(i - 1)
        return ""

    def readings(self, i: int) -> tuple[Printed, ...]:
        """How a number can be read, the likeliest first in a text with or without decimal commas."""
        token = self.lexemes[i].token
        found = token.readings if token else ()
        if self.comma and len(found) == 2 and found[0].unit == 1 and found[1].unit < 1:
            return found[::-1]
        return found

    def whole(self, i: int) -> Printed | None:
        """The number as a count, if it can be one."""
        found = [
            r
            for r in (self.lexemes[i].token or _NONE).readings
            if r.unit >= 1 and not r.percent and r.relation == "=" and r.value >= 0
        ]
        return found[0] if found and "/" not in found[0].text else None

    def give(self, i: int, quantity: str, reading: Printed | None = None, *, head: int | None = None, subject: str = "",
             unit: str = "", scale: str = "", note: str = "") -> None:  # fmt: skip
        """Say what a number is."""
        value = reading or next(iter(self.readings(i)), None)
        if value is None:
            self.out[i] = "a number that cannot be read"
            return
        if value.percent and not scale and quantity not in ("count", "k", "n"):
            scale = "percent"
        self.facts[i] = Fact(quantity, value, head, subject, unit, scale, note)

    def head_before(self, i: int) -> int | None:
        """The last result before a lexeme."""
        found = [h for h, head in enumerate(self.heads) if head.lexeme < i]
        return max(found, key=lambda h: self.heads[h].lexeme) if found else None

    def head_near(self, i: int) -> int | None:
        """The last result before a lexeme, else the first one after it."""
        before = self.head_before(i)
        return before if before is not None else self.head_after(i)

    def head_after(self, i: int) -> int | None:
        """The first result after a lexeme."""
        found = [h for h, head in enumerate(self.heads) if head.lexeme > i]
        return min(found, key=lambda h: self.heads[h].lexeme) if found else None


_NONE = Token(0, 0, "", ())


def scanned(
    text: str, tokens: Sequence[tuple[int, Token]], *, comma: bool, inherited: str, unlabelled: bool
) -> tuple[Scan, list[Token]]:
    """Take a sentence apart.

    Parameters
    ----------
    text : the sentence
    tokens : its numbers, each with its place in the sentence
    comma, inherited, unlabelled : see :class:`Scan`

    Returns
    -------
    The scan, and the numbers that belong to labels (the 2 of I2, the 95 % of an interval).
    """
    sentence = plain(text)
    labels = labels_of(sentence)
    lexemes = [Lexeme(kind, start, end) for kind, start, end in labels]
    inside: list[Token] = []
    for start, token in tokens:
        end = start + len(token.text)
        if any(a < end and start < b for _, a, b in labels):
            inside.append(token)
        elif not token.reason or _is_count(token, sentence, start, end):
            lexemes += [Lexeme("number", s, s + len(t.text), t) for s, t in _split(token, start, sentence)]
    lexemes.sort(key=lambda x: x.start)
    dates = [m.span() for m in _DATE.finditer(sentence)]
    out = {i: "a date" for i, x in enumerate(lexemes) if x.token and any(a <= x.start < b for a, b in dates)}
    return Scan(sentence, lexemes, comma=comma, inherited=inherited, unlabelled=unlabelled, out=out), inside


_PEOPLE_AFTER = re.compile(
    r"\s+(?:\w+\s+)?(?:patients?|participants?|people|subjects|children|women|men|adults|individuals|malades|sujets|infants|persons)\b"
)


def _is_count(token: Token, sentence: str, start: int, end: int) -> bool:
    """Whether a number that reads as a year counts people: ``(1834 patients)``, ``n = 1920``."""
    counted = _PEOPLE_AFTER.match(sentence[end:]) or re.search(r"\b[nN]\s*=\s*$", sentence[:start])
    return token.reason == "a year" and counted is not None


def _split(token: Token, start: int, sentence: str) -> list[tuple[int, Token]]:
    """A number in groups of three, or its parts where the groups are the cells of a table."""
    first = token.column
    if token.parts and "/" not in token.text and len(re.findall(r"\d[%\])]*\s+(?=[-\[(]?\d)", sentence)) >= 3:
        return [(start + p.column - first, p) for p in token.parts]
    return [(start, token)]


def subject_of(scan: Scan, i: int) -> str:
    """The words after a number, as far as the next number or stop: what it is a number of."""
    words = re.split(r"[.;:(),\[\]]", scan.free_after(i, 80))[0].strip(" -").split()[:9]
    while words and words[-1].lower() in _LOOSE_ENDS:
        words.pop()
    return " ".join(words)
