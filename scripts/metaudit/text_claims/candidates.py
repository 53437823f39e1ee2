"""Candidate claims of a text: printed numbers, what each seems to be, and which belong together."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from metaudit.errors import PrintedError
from metaudit.explain.text_numbers import Token, numbers_of
from metaudit.printed import parse_printed
from metaudit.text_claims.arms import TOTAL_EVENTS, find_arms
from metaudit.text_claims.counts import find_counts
from metaudit.text_claims.flow import Line, Paragraph, Place, paragraphs
from metaudit.text_claims.intervals import find_results
from metaudit.text_claims.outside import leave_out, leave_out_early
from metaudit.text_claims.scan import Fact, Lexeme, Scan, plain, scanned
from metaudit.text_claims.statistics import find_statistics

_SHORT = 160
# Quantities that speak of the same result when they stand in the sentence after it.
_FOLLOW = frozenset(
    "q q_df q_p i2 i2_low i2_high tau2 tau tau2_low tau2_high h2 pi_low pi_high trimfill_k trimfill_estimate z nnt".split()
)
_ALONE = frozenset("k n count proportion value".split())


@dataclass(frozen=True)
class Candidate:
    """One printed number that may be claimed.

    Attributes
    ----------
    quantity, printed, subject, unit, scale : as in claims.csv; the printed number with a decimal point
    bundle : number of the group it belongs to; 0 for numbers about no single result
    place, text : where it stands, and the words around it
    shown : the number as it stands in the text
    note : what a person should look at
    """

    quantity: str
    printed: str
    bundle: int
    place: Place
    text: str
    shown: str
    subject: str = ""
    unit: str = ""
    scale: str = ""
    note: str = ""
    token: Token | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True)
class Bundle:
    """Numbers about one result.

    Attributes
    ----------
    number : counted from 1 in the order of the text
    measure : code of the effect measure; empty when the words do not say
    level : confidence level in percent where it is not 95; empty otherwise
    words : what the result is about, from the words before it
    near : those words as they stand, with their numbers
    context : the whole sentence
    """

    number: int
    measure: str
    level: str
    words: str
    near: str
    context: str


@dataclass(frozen=True)
class LeftOut:
    """A number that is no claim, and why."""

    shown: str
    place: Place
    reason: str
    around: str


@dataclass(frozen=True)
class Found:
    """Everything found in a text."""

    candidates: tuple[Candidate, ...]
    bundles: tuple[Bundle, ...]
    left_out: tuple[LeftOut, ...]


class _Reader:
    """Goes through the paragraphs; remembers what a sentence may refer back to."""

    def __init__(self, *, comma: bool) -> None:
        self.comma = comma
        self.candidates: list[Candidate] = []
        self.bundles: list[Bundle] = []
        self.left_out: list[LeftOut] = []
        self.measure = ""
        self.told = False
        self.last = 0  # bundle of the last result of the paragraph
        self.next_line = (0, 0)

    def paragraph(self, paragraph: Paragraph) -> None:
        first = paragraph.lines[0]
        if (
            first.page,
            first.number,
        ) != self.next_line:  # the lines of a forest plot follow each other without a blank one
            self.last = 0
        self.next_line = (paragraph.lines[-1].page, paragraph.lines[-1].number + 1)
        tokens = sorted(numbers_of(paragraph.text), key=lambda t: t.column)
        at = 0
        for start, end in paragraph.sentences():
            mine: list[Token] = []
            while at < len(tokens) and tokens[at].column - 1 < end:
                mine.append(tokens[at])
                at += 1
            self._sentence(paragraph, start, end, mine)

    def _sentence(self, paragraph: Paragraph, start: int, end: int, tokens: Sequence[Token]) -> None:
        text = paragraph.text[start:end]
        if paragraph.referenced:
            self._leave(paragraph, [t for t in tokens if not t.in_words], "in the list of references")
            return
        digits = [(t.column - 1 - start, t) for t in tokens if not t.in_words]
        spelled = [
            Lexeme("number", t.column - 1 - start, t.column - 1 - start + len(t.text), t) for t in tokens if t.in_words
        ]
        if not digits and not spelled:
            return
        scan, inside = scanned(
            text, digits, comma=self.comma, inherited=self.measure if self.last else "", unlabelled=self.told
        )
        taken = {id(x.token) for x in scan.lexemes}
        self._leave(paragraph, [t for _, t in digits if t.reason and t not in inside and id(t) not in taken], "")
        self._leave(paragraph, inside, "part of a name")
        find_results(scan)
        find_statistics(scan)
        leave_out_early(scan)
        find_arms(scan)
        find_counts(scan, spelled)
        leave_out(scan)
        self.told = self.told or any(x.kind == "ci" for x in scan.lexemes)
        self._enter(paragraph, start, text, scan)

    def _leave(self, paragraph: Paragraph, tokens: Sequence[Token], reason: str) -> None:
        for token in tokens:
            why = token.reason or reason
            self.left_out.append(LeftOut(token.text, paragraph.place(token.column - 1), why, token.around))

    def _enter(self, paragraph: Paragraph, start: int, text: str, scan: Scan) -> None:
        numbers = {h: self._bundle(scan, h, text) for h, head in enumerate(scan.heads) if _is_result(scan, head.lexeme)}
        pairs: dict[str, int] = {}
        for i in sorted(scan.facts, key=lambda k: scan.lexemes[k].start):
            fact, lexeme = scan.facts[i], scan.lexemes[i]
            bundle = numbers.get(fact.head if fact.head is not None else -1, 0)
            if not bundle:
                bundle = self._without_head(fact, scan, text, pairs)
            token = lexeme.token
            if token is None:
                continue
            place = paragraph.place(start + lexeme.start)
            self.candidates.append(
                Candidate(
                    quantity=fact.quantity, printed=printed_text(fact, token), bundle=bundle, place=place,
                    text=_quote(text, lexeme), shown=token.text,
                    subject=fact.subject, unit=fact.unit, scale=fact.scale, note=fact.note, token=token,
                )
            )  # fmt: skip
        for i, reason in sorted(scan.out.items(), key=lambda item: scan.lexemes[item[0]].start):
            token = scan.lexemes[i].token
            if token is not None:
                self.left_out.append(
                    LeftOut(token.text, paragraph.place(start + scan.lexemes[i].start), reason, token.around)
                )
        if numbers:
            self.last = max(numbers.values())
            self.measure = self.bundles[self.last - 1].measure or self.measure

    def _bundle(self, scan: Scan, h: int, text: str) -> int:
        head = scan.heads[h]
        level = head.level if head.level and float(head.level) != 95 else ""
        measure = "" if head.measure == "coef" else head.measure
        return self._new(measure, level, _before(scan, h), text)

    def _new(self, measure: str, level: str, near: str, context: str) -> int:
        number = len(self.bundles) + 1
        self.bundles.append(Bundle(number, measure, level, _clause(near), near, " ".join(context.split())))
        return number

    def _without_head(self, fact: Fact, scan: Scan, text: str, pairs: dict[str, int]) -> int:
        """The group of a number in a sentence without a result of its own."""
        if fact.quantity in _ALONE:
            return 0
        if fact.quantity in ("pi_low", "pi_high") and self.last and not scan.heads:
            return self._inside(scan) or self._own(fact, text, pairs)
        taken = {c.quantity for c in self.candidates if c.bundle == self.last} if self.last else set()
        total = fact.quantity.startswith("events") and TOTAL_EVENTS.match(text.strip()) is not None
        follows = (
            total
            or fact.quantity in _FOLLOW
            or (fact.quantity == "p" and any(f.quantity == "z" for f in scan.facts.values()))
        )
        if self.last and not scan.heads and follows and fact.quantity not in taken:
            return self.last
        return self._own(fact, text, pairs)

    def _inside(self, scan: Scan) -> int:
        """The last result whose estimate lies inside the prediction interval of a sentence after it, if it has none yet."""
        ends = [f.reading.value for f in scan.facts.values() if f.quantity in ("pi_low", "pi_high")]
        for number in range(self.last, max(self.last - 6, 0), -1):
            mine = [c for c in self.candidates if c.bundle == number]
            known = [p.value for c in mine if c.quantity == "estimate" and (p := parse_printed(c.printed))]
            # The two ends are entered one after the other: the first must not keep the second out.
            if known and min(ends) <= known[0] <= max(ends) and sum(c.quantity.startswith("pi_") for c in mine) < 2:
                return number
        return 0

    def _own(self, fact: Fact, text: str, pairs: dict[str, int]) -> int:
        """A group of its own: for numbers of arms, and for tests without a result."""
        kind = "arms" if fact.quantity.endswith(("_t", "_c")) else "tests"
        if kind not in pairs:
            pairs[kind] = self._new("", "", plain(text), text)
        return pairs[kind]


def _is_result(scan: Scan, lexeme: int) -> bool:
    return lexeme in scan.facts and scan.facts[lexeme].quantity in ("estimate", "coef")


def candidates_of(lines: Sequence[Line]) -> Found:
    """Every printed number of a text that may be a claim, grouped; and every other number with the reason it is left out."""
    joined = "\n".join(line.text for line in lines)
    reader = _Reader(comma=has_decimal_commas(joined))
    for paragraph in paragraphs(lines):
        reader.paragraph(paragraph)
    order = sorted(reader.left_out, key=lambda x: (x.place.page, x.place.line, x.place.column))
    return Found(tuple(reader.candidates), tuple(reader.bundles), tuple(order))


def has_decimal_commas(text: str) -> bool:
    """Whether decimals are set off by commas: more numbers such as ``0,58`` than such as ``0.58``."""
    commas = len(re.findall(r"(?<![\d.,])\d{1,3},(?:\d{1,2}|0\d+)(?![\d,]|\.\d)", text)) + len(
        re.findall(r"(?<![\d.,])0,\d{3,}", text)
    )
    points = len(re.findall(r"(?<![\d.,])\d*[.·]\d{1,4}(?![\d.,])", text))
    return commas > points


def printed_text(fact: Fact, token: Token) -> str:
    """The number as printed, in the form of claims.csv: a decimal point, no mark for thousands where one would mislead."""
    raw = plain(token.text).replace("≤", "<=").replace("≥", ">=").strip()
    raw = re.sub(r"\s?(?:per\s?cent|percent|pour\s?cent|p\.\s?cent)$", "%", raw)
    raw = re.sub(r"(?<=[<>=])\s+|\s+(?=%)", "", raw)
    try:
        same = parse_printed(raw)
    except PrintedError:
        return fact.reading.text
    reading = fact.reading
    return (
        raw
        if (same.value, same.unit, same.relation, same.percent)
        == (reading.value, reading.unit, reading.relation, reading.percent)
        else reading.text
    )


def _quote(text: str, lexeme: Lexeme) -> str:
    """The sentence, or the part of it around a number when it is long."""
    if len(text) <= _SHORT:
        return " ".join(text.split())
    begin, end = max(lexeme.start - _SHORT // 2, 0), min(lexeme.end + _SHORT // 2, len(text))
    begin = 0 if begin == 0 else text.find(" ", begin) + 1
    end = end if end == len(text) else text.rfind(" ", lexeme.end, end) if text.rfind(" ", lexeme.end, end) > 0 else end
    part = " ".join(text[min(begin, lexeme.start) : end].split())
    return f"{'… ' if begin else ''}{part}{' …' if end < len(text) else ''}"


def _before(scan: Scan, h: int) -> str:
    """The words since the result before: they say what this one is about."""
    head = scan.heads[h]
    begin = 0
    for other in scan.heads[:h]:
        last = max(j for j in (other.lexeme, other.high) if j is not None)
        begin = max(begin, scan.lexemes[last].end)
    return scan.text[begin : scan.lexemes[head.lexeme].start]


_NOISE = re.compile(
    r"[(\[][^()\[\]]*[)\]]|[(\[][^()\[\]]*$|^[^()\[\]]*[)\]]|[<>=≤≥±]|"
    r"-?\d[\d.,:/%-]*+(?!\s?-?(?:h|hours?|days?|weeks?|months?|years?|heures?|jours?|semaines?|mois|ans)\b)|\bI[2²]|τ[2²]|\b[pP]\b|\b(?:RRs?|ORs?|HRs?|W?MDs?|SMDs?|RDs?|95|CI|IC|results?|findings?|résultats?|conclusions?|main|and|et)\b[.:]?",
    re.IGNORECASE,
)


def _clause(words: str) -> str:
    text = " ".join(re.sub(r"[^\w\s'&/À-ÿ-]+", " ", _NOISE.sub(" ", words)).split())
    return text if len(text) <= 90 else "… " + text[-90:].split(" ", 1)[-1]
