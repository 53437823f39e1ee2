"""RevMan 3 and 4's analysis data file: fixed columns, one line a comparison, analysis, subgroup and study.

The columns are those that R's meta reads (its function read.mtv) and RevMan's own sample of Fleiss (1993) has. The file
does not say which measure and model an analysis uses.
"""

from __future__ import annotations

from metaudit.effects.convert import Converted
from metaudit.exports.content import Content, Part
from metaudit.exports.numbers import plain
from metaudit.exports.revman import COLUMNS, complete, labels, levels, tell_dropped_columns

_TYPES = {"counts": ("D", "4"), "means": ("C", "1")}
_LABEL, _COUNT, _NUMBER, _NAME = 20, 6, 9, 107
_MOST = 99  # analyses and subgroups are numbered by two digits


def write(content: Content) -> bytes:
    """The file as RevMan 4 exports it: Windows-1252, lines that end with CR LF.

    Raises
    ------
    InputError
        for a number that its columns cannot hold without rounding it, and a name that is not in Windows-1252.
    """
    tell_dropped_columns(content)
    lines = [f"METAVIEW:{content.review.title}", "START DATA", f"3 01 01 {_cut(content.review.title, _NAME, content)}"]
    studies: set[str] = set()
    for no, part in enumerate(content.parts, start=1):
        lines += _analysis(part, content, no=no, studies=studies)
        told = f"analysis {part.analysis.id}: the file does not say that the measure is {part.measure.code}, nor the model."
        content.tell("dropped", "review.yaml", told, "Say it when the file is opened.")
    lines += [f"STUDIES: {len(studies):3d}", "END DATA"]
    text = "\r\n".join(lines) + "\r\n"
    try:
        return text.encode("cp1252")
    except UnicodeEncodeError as error:
        sign = text[error.start]
        message = f"the character {sign!r} is not in Windows-1252, the encoding of this format."
        raise content.refuse("encoding", message, "Write the name without it, or export as rm5.") from None


def _analysis(part: Part, content: Content, *, no: int, studies: set[str]) -> list[str]:
    rows = [r for r in part.rows if complete(r, part, content)]
    if not rows:
        message = f"no study of analysis {part.analysis.id} has all its numbers ({', '.join(COLUMNS[part.kind])})."
        raise content.refuse("incomplete", message, "Export another analysis, or as csv.", place="extraction.csv")
    groups = levels(part, rows, content)
    if no > _MOST or len(groups) > _MOST:
        raise content.refuse("format", "the format numbers analyses and subgroups by two digits.", "Export fewer.")
    letter, code = _TYPES[part.kind]
    sides = {"low": ("Favours treatment", "Favours control"), "high": ("Favours control", "Favours treatment")}
    left, right = sides.get(part.analysis.favours, ("", ""))
    name = f"{_cut(part.analysis.title, _NAME, content):<{_NAME}}"
    out = [
        f"2 {letter} 01 {no:02d} Y {code} 2 2 3 Y {no:02d} {name} {left:<20} {right:<20} {'Treatment':<20} {'Control':<20}"
    ]
    names = _short(labels(rows, content), content)
    studies |= set(names.values())
    for i, (level, own) in enumerate(groups.items(), start=1):
        group = i if part.analysis.subgroups else 0
        if group:
            out.append(f"1 01 {no:02d} {group:02d} {i:02d} {_cut(level, _NAME, content)}"[:130])
        out += [_study(row, part, content, head=f"0 01 {no:02d} {group:02d}", name=names[row.row.line]) for row in own]
    return out


def _study(row: Converted, part: Part, content: Content, *, head: str, name: str) -> str:
    """One line: label, year, events, people, mean and SD of both groups, O-E and its variance, order, concealment."""
    cells = {c: plain(row, c, content) for c in COLUMNS[part.kind]}
    halves = []
    for s in ("t", "c"):
        counts = [_fits(cells.get(f"{c}_{s}", "0"), _COUNT, row, content) for c in ("events", "n")]
        means = [_fits(cells.get(f"{c}_{s}", "0.00"), _NUMBER, row, content) for c in ("mean", "sd")]
        halves.append(" ".join([*counts, *means]))
    year = f"{row.row.text('year'):>4}"
    rest = f"{'0.00':>9} {'0.00':>9} {0:4d} D"
    return f"{head} {name:<20} {year}  {halves[0]} {halves[1]} {rest}"


def _fits(text: str, width: int, row: Converted, content: Content) -> str:
    if len(text) > width:
        message = f"{row.label}: {text} has more than the {width} characters that the format has for it."
        fix = "Export as rm5 or csv: nothing is rounded."
        raise content.refuse("format", message, fix, place=content.row_place(row))
    return f"{text:>{width}}"


def _short(names: dict[int, str], content: Content) -> dict[int, str]:
    """Labels of at most 20 characters that still tell the studies apart."""
    out: dict[int, str] = {}
    for line, name in names.items():
        short, n = name[:_LABEL].rstrip(), 1
        while short in out.values():
            n += 1
            short = f"{name[: _LABEL - len(str(n)) - 1].rstrip()}~{n}"
        if short != name:
            place = f"extraction.csv, row {line}, column study"
            content.tell("converted", place, f"{name!r} is written {short!r}: a label has 20 characters.")
        out[line] = short
    return out


def _cut(text: str, width: int, content: Content) -> str:
    if len(text) > width:
        content.tell("converted", "review.yaml", f"{text!r} is cut to {width} characters.")
    return text[:width].rstrip()
