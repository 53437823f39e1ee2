"""Numbers of a running text, each with the ways in which it can be read."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass

from metaudit.errors import PrintedError
from metaudit.explain.left_out import Span, in_references, is_year, spans
from metaudit.printed import Printed, parse_printed

# One character for one, so that columns stay: dashes, special blanks, raised and Arabic decimal points.
_PLAIN = str.maketrans(
    {"\u2212": "-", "\u2010": "-", "\u2011": "-", "\u2012": "-", "\u2013": "-", "\u2014": "-", "\u00a0": " ", "\u202f": " ", "\u2009": " ",
     "\u2007": " ", "\u00b7": ".", "\u2219": ".", "\u066b": ".", "\u2264": "\u2264", "\ufe63": "-", "\uff0d": "-",
     "\u2019": "'"}
)  # fmt: skip
_TOKEN = re.compile(
    r"(?P<relation>[<>≤≥]=?\s?)?(?P<sign>[+-])?"
    r"(?P<number>\d{1,3}(?:[ ]\d{3})+(?:[.,]\d+)?(?![\d])|\d{1,3}(?:'\d{3})+(?:[.,]\d+)?(?!\d)|\d{1,3}(?:\.\d{3})+,\d+|"
    r"\d{1,3}(?:,\d{3})+(?:\.\d+)?(?!\d|,\d|\.\d)|\d+[.,]\d+|\d+|(?<![\d])[.,]\d+)"
    r"(?P<raised>(?<=(?<!\d)10)(?:\s?\^\s?-\d{1,3}|⁻[⁰¹²³⁴-⁹]{1,3}|(?(relation)-\d{1,2}(?![\d.,%])|(?!))))?"
    r"(?P<fraction>\s?/\s?\d+(?![\d.,]))?"
    r"(?P<power>[eE][+-]?\d+\b|\s?[x×]\s?10\s?\^?\s?-?[\d⁰¹²³⁴-⁹⁻]+)?"
    r"(?P<percent>\s?%|\s(?:per\s?cent|percent|pour\s?cent|p\.\s?cent)\b)?"
)
_SUPER = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")
# A minus directly after one of these joins two numbers or words and is no sign.
_NO_SIGN_AFTER = re.compile(r"[\w.,%)\]²/±]")
_DIGIT_BEFORE = re.compile(r"\d\s*-?$")
_NEAR = 40  # characters that are looked at before a sign: more blanks than stand in any range of numbers
_RELATIONS = {"≤": "<=", "≥": ">="}
WORDS = {
    "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10, "eleven": 11,
    "twelve": 12, "thirteen": 13, "fourteen": 14, "fifteen": 15, "sixteen": 16, "seventeen": 17, "eighteen": 18, "nineteen": 19,
    "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "un": 1, "une": 1, "deux": 2, "trois": 3, "quatre": 4, "cinq": 5,
    "sept": 7, "huit": 8, "neuf": 9, "dix": 10, "onze": 11, "douze": 12, "treize": 13, "quatorze": 14, "quinze": 15, "seize": 16,
    "vingt": 20, "trente": 30, "quarante": 40, "cinquante": 50, "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90, "soixante": 60,
    "soixante-dix": 70, "quatre-vingts": 80, "quatre-vingt-dix": 90,
}  # fmt: skip


def _compounds() -> dict[str, int]:
    """The numbers between the tens, with their hyphen: twenty-one, vingt-deux, soixante-douze, quatre-vingt-trois."""
    units = "one two three four five six seven eight nine".split()
    found = {
        f"{ten}-{unit}": WORDS[ten] + n
        for ten in "twenty thirty forty fifty sixty seventy eighty ninety".split()
        for n, unit in enumerate(units, 1)
    }
    unites = "deux trois quatre cinq six sept huit neuf".split()
    dizaines = {"vingt": 20, "trente": 30, "quarante": 40, "cinquante": 50, "soixante": 60, "quatre-vingt": 80}
    found |= {f"{ten}-{unit}": value + n for ten, value in dizaines.items() for n, unit in enumerate(unites, 2)}
    found |= {f"{ten}-et-un": value + 1 for ten, value in dizaines.items() if value < 80}
    teens = {"onze": 11, "douze": 12, "treize": 13, "quatorze": 14, "quinze": 15, "seize": 16}
    found |= {f"{ten}-{teen}": dizaines[ten] + n for ten in ("soixante", "quatre-vingt") for teen, n in teens.items()}
    return found


WORDS |= _compounds()
_WORD = re.compile(
    rf"\b(?:{'|'.join(w.replace('-', '[- ]') for w in sorted(WORDS, key=len, reverse=True))})\b", re.IGNORECASE
)


@dataclass(frozen=True)
class Token:
    """One number of a text.

    Attributes
    ----------
    line, column : where it begins, counted from 1
    text : as it stands there
    readings : what it may be, the likeliest first: a comma can be a decimal point or set off thousands
    parts : the numbers it consists of when it is none as a whole (``20/39``, ``4 120``)
    reason : why it is no result; empty when it may be one
    around : the words around it
    in_words : whether it is spelled out
    """

    line: int
    column: int
    text: str
    readings: tuple[Printed, ...]
    parts: tuple[Token, ...] = ()
    reason: str = ""
    around: str = ""
    in_words: bool = False


def numbers_of(text: str) -> list[Token]:
    """Every number of a text, in its order; numbers in words are there to be matched and never reported missing."""
    lines = text.splitlines()
    found: list[Token] = []
    for number, (line, referenced) in enumerate(zip(lines, in_references(lines), strict=True), 1):
        found += _of_line(line, number, referenced)
    return found


def _of_line(line: str, number: int, referenced: bool) -> Iterator[Token]:
    plain = line.translate(_PLAIN)
    outside = spans(plain)
    for match in _TOKEN.finditer(plain):
        reason = "in the list of references" if referenced else _reason(match, outside)
        yield _token(match, line, number, reason)
    for match in _WORD.finditer(plain):
        value = WORDS[match[0].lower().replace(" ", "-")]
        around = _around(line, match.start(), match.end())
        yield Token(number, match.start() + 1, match[0], (parse_printed(str(value)),), around=around, in_words=True)


def _reason(match: re.Match[str], outside: list[Span]) -> str:
    begin, end = match.span("number")
    before = bisect_right(outside, begin, key=lambda span: span.start) - 1  # spans do not overlap
    if before >= 0 and end <= outside[before].end:
        return outside[before].reason
    simple = not any(match[g] for g in ("relation", "sign", "fraction", "power", "percent"))
    return "a year" if simple and is_year(match["number"]) else ""


def _token(match: re.Match[str], line: str, number: int, reason: str) -> Token:
    start = match.start()
    text = line[start : match.end()].strip()
    signed = bool(match["sign"]) and _is_sign(match)
    if match["sign"] and not signed:
        start += match["sign"] == "-" and not match["relation"]
        text = line[start : match.end()].strip()
    return Token(
        line=number,
        column=start + 1,
        text=text,
        readings=_readings(match, signed),
        parts=_parts(match, line, number, reason),
        reason=reason,
        around=_around(line, start, match.end()),
    )


def _is_sign(match: re.Match[str]) -> bool:
    """Whether a plus or minus belongs to the number and does not join it to what stands before."""
    if match["relation"]:
        return True
    at = match.start("sign")
    return at == 0 or not _NO_SIGN_AFTER.match(match.string, at - 1)


def _readings(match: re.Match[str], signed: bool) -> tuple[Printed, ...]:
    relation = (match["relation"] or "").strip()
    relation = _RELATIONS.get(relation, relation)
    percent = "%" if match["percent"] else ""
    power = _power(match["power"])
    minus = "-" if signed and match["sign"] == "-" else ""
    fraction = re.sub(r"\s", "", match["fraction"] or "")
    if match["raised"]:  # a power of ten without a factor: 10⁻³, 10^-3, p < 10-3
        exponent = match["raised"].translate(_SUPER).replace("^", "").replace(" ", "")
        return tuple(p for p in (_parsed(f"{relation}{minus}1e{exponent}"),) if p is not None)
    texts = [f"{relation}{minus}{n}{fraction}{power}{percent}" for n in _digits(match["number"])]
    at = match.start("sign")
    if minus and _DIGIT_BEFORE.search(match.string[max(at - _NEAR, 0) : at]):
        texts += [f"{relation}{n}{fraction}{power}{percent}" for n in _digits(match["number"])]  # a spaced range
    return tuple(p for t in dict.fromkeys(texts) if (p := _parsed(t)) is not None)


def _digits(number: str) -> list[str]:
    """A number without marks for thousands, with a decimal point: both readings where a comma may be either."""
    bare = number.replace(" ", "").replace("'", "")
    if re.fullmatch(r"\d{1,3}(?:\.\d{3})+,\d+", bare):  # points set off thousands where a comma is the decimal point
        return [bare.replace(".", "").replace(",", ".")]
    if "," not in bare:
        return [bare]
    if re.fullmatch(r"[1-9]\d{0,2}(?:,\d{3})+(?:\.\d+)?", bare):
        thousands = bare.replace(",", "")
        return [thousands, bare.replace(",", ".")] if bare.count(",") == 1 and "." not in bare else [thousands]
    return [bare.replace(",", ".")]


def _power(text: str | None) -> str:
    if not text:
        return ""
    if text[0] in "eE":
        return text
    return "e" + re.sub(r"\s?[x×]\s?10\s?\^?\s?", "", text).translate(_SUPER)


def _parsed(text: str) -> Printed | None:
    try:
        return parse_printed(text)
    except (PrintedError, ArithmeticError, ValueError):
        return None


def _parts(match: re.Match[str], line: str, number: int, reason: str) -> tuple[Token, ...]:
    """The numbers on both sides of a slash, or between blanks that may not set off thousands."""
    if not match["fraction"] and " " not in match["number"]:
        return ()
    out = []
    for part in re.finditer(r"\d+(?:[.,]\d+)?", match[0]):
        begin = match.start() + part.start()
        reading = _parsed(part[0].replace(",", "."))
        if reading is not None and begin < match.end("number" if not match["fraction"] else "fraction"):
            out.append(
                Token(number, begin + 1, part[0], (reading,), (), reason, _around(line, begin, begin + len(part[0])))
            )
    return tuple(out)


def _around(line: str, start: int, end: int, *, width: int = 28) -> str:
    before, after = line[max(start - width, 0) : start], line[end : end + width]
    return f"{'…' if start > width else ''}{before}{line[start:end]}{after}{'…' if end + width < len(line) else ''}".strip()
