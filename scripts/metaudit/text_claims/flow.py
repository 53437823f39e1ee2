"""From the lines of a page to sentences, with the way back from every character to its page, line and column."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from metaudit.explain.left_out import in_references
from metaudit.text_claims.markup import unmarked

# Compounds keep their hyphen when a line ends in the middle of them; other words lose it.
_COMPOUND = re.compile(
    r"\b(?:meta|méta|non|post|pre|pré|follow|long|short|double|single|self|self|low|high|well|cross|intention|between|within|placebo|random|fixed|quasi|"
    r"sub|anti|number-needed-to|needed|to|up)-$",
    re.IGNORECASE,
)
# What begins an item, a heading or a row wherever it stands, and what does so only where something has ended.
_SURE = re.compile(r"\s*(?:#|\||[*•▪]\s|-\s+[A-Za-zÀ-ÿ])")
_NEW = re.compile(r"\s*(?:>|\(?\d{1,2}[.)]\s+[A-ZÀ-Ý]|\[\d+\]\s)")
_LIGATURES = str.maketrans({"ﬁ": "fi", "ﬂ": "fl", "ﬀ": "ff", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "st", "\u00ad": "-"})
_ABBREVIATIONS = re.compile(
    r"(?:\b(?:vs|e\.g|i\.e|cf|al|fig|figs|tab|no|nos|approx|resp|ca|ref|refs|eq|dr|prof|inc|ltd|vol|suppl|p|pp|st|env|c\.-à-d|[A-Z])|C\.I)\.$",
    re.IGNORECASE,
)
_END = re.compile(r"[.!?][\"”’»)\]]*(?:\[[\d,\s-]+\])?\s+(?=[A-ZÀ-Ý\"“«(\[0-9#*_])")
LONGEST_SENTENCE = 2000  # characters; the longest of an abstract have about 900


@dataclass(frozen=True)
class Line:
    """One line of a text; ``page`` is 0 where there are no pages, lines are counted from 1 on each page."""

    text: str
    page: int
    number: int


@dataclass(frozen=True)
class Place:
    """Where something stands, as a person would look it up."""

    page: int
    line: int
    column: int

    def __str__(self) -> str:
        page = f"page {self.page}, " if self.page else ""
        return f"{page}line {self.line}"


@dataclass(frozen=True)
class Paragraph:
    """Lines joined to running text, and where each of them begins in it."""

    text: str
    starts: tuple[int, ...]
    lines: tuple[Line, ...]
    referenced: bool

    def place(self, offset: int) -> Place:
        """Page, line and column of a character."""
        i = max(bisect_right(self.starts, offset) - 1, 0)
        line = self.lines[i]
        indent = len(line.text) - len(line.text.lstrip())
        return Place(line.page, line.number, offset - self.starts[i] + 1 + indent)

    def sentences(self) -> Iterator[tuple[int, int]]:
        """Start and end of every sentence; a text without full stops is cut at a blank."""
        start = 0
        for match in _END.finditer(self.text):
            if not _ABBREVIATIONS.search(self.text[start : match.start() + 1][-12:]):
                yield from _cut(self.text, start, match.end())
                start = match.end()
        if start < len(self.text):
            yield from _cut(self.text, start, len(self.text))


def _cut(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    while end - start > LONGEST_SENTENCE:
        blank = text.rfind(" ", start + 1, start + LONGEST_SENTENCE)
        middle = blank if blank > start else start + LONGEST_SENTENCE
        yield start, middle
        start = middle
    yield start, end


def lines_of(text: str, page: int = 0) -> list[Line]:
    """The lines of a text, ligatures spelled out and marks of Markdown, HTML and LaTeX blanked."""
    return [Line(unmarked(line).translate(_LIGATURES), page, n) for n, line in enumerate(text.splitlines(), 1)]


def paragraphs(lines: Sequence[Line]) -> list[Paragraph]:
    """Join lines: a blank line, a heading, an item of a list or a row of a table begins a new paragraph."""
    out: list[Paragraph] = []
    block: list[Line] = []
    inside = False  # the list of references
    for line, referenced in zip(lines, in_references([x.text for x in lines]), strict=True):
        blank = not line.text.strip()
        if block and (blank or referenced != inside or _begins(line.text, block[-1].text)):
            out.append(_joined(block, referenced=inside))
            block = []
        inside = referenced
        if not blank:
            block.append(line)
    if block:
        out.append(_joined(block, referenced=inside))
    return out


def _begins(line: str, before: str) -> bool:
    """Whether a line begins something new after the line before it, with no blank line between."""
    if before.lstrip().startswith(("#", "|")) or _SURE.match(line):
        return True
    if _is_table(before) or _is_table(line):
        return True
    return bool(_NEW.match(line)) and (before.rstrip()[-1:] in tuple(".!?:;") or bool(_SURE.match(before)))


def _is_table(text: str) -> bool:
    """Whether a line is a row of a table or of a forest plot: numbers with nothing but blanks between them, few words."""
    side_by_side = len(re.findall(r"\d[%\])]*\s+(?=[-−–\[(]?\d)", text))
    return side_by_side >= 3 and sum(c.isalpha() for c in text) < 1.5 * sum(c.isdigit() for c in text)


def _joined(block: Iterable[Line], *, referenced: bool) -> Paragraph:
    pieces: list[str] = []
    starts: list[int] = []
    lines: list[Line] = []
    length = 0
    for line in block:
        piece = line.text.strip()
        if pieces:
            length -= len(pieces[-1])
            pieces[-1] = _glued(pieces[-1], piece)
            length += len(pieces[-1])
        starts.append(length)
        lines.append(line)
        pieces.append(piece)
        length += len(piece)
    return Paragraph("".join(pieces), tuple(starts), tuple(lines), referenced)


def _glued(before: str, after: str) -> str:
    """A line as it goes on into the next one: with a blank, or with nothing where a word or a range was broken."""
    if re.search(r"[A-Za-zÀ-ÿ]-$", before) and after[:1].islower():
        return before if _COMPOUND.search(before) else before[:-1]
    if re.search(r"(?:[\d(\[\s][-–−]|\d/)$", before) and after[:1] in "0123456789.·":
        return before if not re.search(r"\s[-–−]$", before) or re.search(r"[^\d%]\s[-–−]$", before) else before + " "
    return before + " "
