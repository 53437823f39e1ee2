"""The figures of a corpus's summary: bars that are divided by verdict, or by how a method was found."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from metaudit.audit_words.verdicts import BY_CODE, CODES, SEVERE_FIRST
from metaudit.corpus.summary_counts import NOT_STATED, STATED, Counted, Group
from metaudit.corpus.summary_tables import by_size
from metaudit.figures.output import save
from metaudit.figures.plot import MARGIN, Page, shorten
from metaudit.figures.style import BODY, FAINT, INK, MUTED, POOLED, SHADES, SMALL
from metaudit.figures.typeset import width

WIDTH, LABELS, COUNTS, ROW, BAR = 480.0, 132.0, 62.0, 16.0, 11.0
MOST_ROWS, MOST_YEARS = 24, 16
NOTHING = "There is nothing to draw."
_KEY_ROW = 13.0


@dataclass(frozen=True)
class Part:
    """One part of a bar: what it stands for, its sign, its colour, the colour of the sign, and how many."""

    name: str
    sign: str
    fill: str
    ink: str
    count: int


@dataclass(frozen=True)
class Bar:
    """One bar: its label, its parts, and what stands behind it; as long as ``share`` of the longest."""

    label: str
    parts: tuple[Part, ...]
    behind: str
    share: float = 1.0


@dataclass(frozen=True)
class Picture:
    """A figure that was written: file, title and words for who cannot see it."""

    file: str
    title: str
    alt: str


def write_figures(counted: Counted, out: Path) -> dict[str, Picture]:
    """Write every figure of the summary as SVG, and give what each is, by its name without the ending."""
    shares = "Share of the printed numbers; behind each bar, how many there are"
    drawn = {
        "verdicts": ("Printed numbers by verdict", _verdicts(counted), "Printed numbers, and their share of all"),
        "years": ("Verdicts by year of publication", _groups(_in_years(counted)), shares),
        "measures": ("Verdicts by effect measure", _groups(by_size(counted.measures)), shares),
        "programs": ("Verdicts by program", _groups(by_size(counted.programs)), shares),
        "methods": (
            "What printed numbers tell about the method", _methods(counted),
            "Analyses whose printed numbers a method was tried on; behind each bar, how many there are",
        ),
    }  # fmt: skip
    pictures = {}
    for name, (title, bars, scale) in drawn.items():
        picture = Picture(f"{name}.svg", title, _words(bars, scale))
        save(_draw(title, bars, scale).figure, out / picture.file, title=title, alt=picture.alt)
        pictures[name] = picture
    return pictures


# What is drawn ------------------------------------------------------------------------------------------------------


def _part(code: str, count: int) -> Part:
    verdict = BY_CODE[code]
    return Part(verdict.label, verdict.sign, verdict.light, "#ffffff", count)


def _verdicts(counted: Counted) -> list[Bar]:
    most, total = max(counted.claims.values(), default=0), counted.claims.total()
    return [
        Bar(BY_CODE[c].label, (_part(c, n),), f"{n:,} ({percent(n, total)})", n / most)
        for c in CODES
        if (n := counted.claims[c])
    ]


def percent(part: int, whole: int) -> str:
    """A share in words, never 0 % of something nor 100 % of less than all."""
    if not whole:
        return "\u2013"
    value = 100 * part / whole
    if 0 < value < 0.1:
        return "<0.1 %"
    if 99.9 < value < 100:
        return ">99.9 %"
    return f"{value:.1f} %"


def _groups(groups: Iterable[tuple[str, Group]]) -> list[Bar]:
    bars = []
    for label, group in groups:
        total = group.claims.total()
        if total:
            parts = tuple(_part(c, group.claims[c]) for c in reversed(SEVERE_FIRST) if group.claims[c])
            bars.append(Bar(label, _unchecked_last(parts), f"{total:,}"))
    return bars


def _unchecked_last(parts: Sequence[Part]) -> tuple[Part, ...]:
    unchecked = BY_CODE["NOT_CHECKABLE"].label
    return tuple(sorted(parts, key=lambda p: p.name == unchecked))


def _in_years(counted: Counted) -> list[tuple[str, Group]]:
    """Single years, or stretches of them where there are many; the first stretch begins at a round year."""
    known = sorted(y for y in counted.years if y is not None)
    found: dict[str, Group] = {}
    span = known[-1] - known[0] + 1 if known else 0
    step = next(s for s in (1, 5, 10, 25, 50, 100, 10_000) if span <= s * MOST_YEARS)
    for year in known:
        start = year - year % step
        label = str(year) if step == 1 else f"{start} to {start + step - 1}"
        _merge(found.setdefault(label, Group()), counted.years[year])
    if None in counted.years:
        _merge(found.setdefault(NOT_STATED, Group()), counted.years[None])
    return list(found.items())


def _merge(into: Group, other: Group) -> None:
    into.analyses += other.analyses
    into.judged += other.judged
    into.rederived += other.rederived
    into.claims.update(other.claims)


def _methods(counted: Counted) -> list[Bar]:
    bars = []
    for stated in (s for s in STATED if s in counted.stated):
        i = counted.stated[stated]
        parts = (
            Part("One of several results gives every number", "1", POOLED, "#ffffff", i.unique),
            Part("Several results give every number", "2+", SHADES[0], INK, i.several - i.unique),
            Part("The only possible result gives every number", "all", SHADES[2], INK, i.whole - i.several),
            Part("None gives every number", "0", "#ffffff", INK, i.analyses - i.whole),
        )
        bars.append(Bar(f"Stated: {stated}", tuple(p for p in parts if p.count), f"{i.analyses:,}"))
    return bars


def _words(bars: Sequence[Bar], scale: str) -> str:
    """The numbers drawn, in words."""
    if not bars:
        return NOTHING
    said = []
    for bar in bars:
        total = sum(p.count for p in bar.parts)
        if len(bar.parts) == 1 and bar.parts[0].name == bar.label:
            said.append(f"{bar.label}: {bar.behind}.")
        else:
            parts = ", ".join(f"{p.name.lower()} {percent(p.count, total)}" for p in bar.parts)
            said.append(f"{bar.label}: {total:,}, of these {parts}.")
    return f"{scale}. {' '.join(said)}"


# Drawing ------------------------------------------------------------------------------------------------------------


def _draw(title: str, bars: Sequence[Bar], scale: str) -> Page:
    shown = _fewer(bars)
    key = _key(shown)
    rows = max(len(shown), 1)
    notes = [f"{scale}." if shown else NOTHING]
    page = Page(title, notes, body=rows * ROW + _KEY_ROW * len(key) + 12, sheet_width=WIDTH)
    top = page.body_top
    for place, bar in enumerate(shown):
        _draw_bar(page, bar, top + place * ROW)
    baseline = top + rows * ROW
    page.line([(MARGIN + LABELS, top - 2), (MARGIN + LABELS, baseline)], colour=INK, order=4)
    for line, parts in enumerate(key):
        _draw_key(page, parts, baseline + 8 + line * _KEY_ROW)
    return page


def _fewer(bars: Sequence[Bar]) -> list[Bar]:
    """The first bars, the rest as one."""
    if len(bars) <= MOST_ROWS:
        return list(bars)
    rest: dict[str, Part] = {}
    for part in (p for bar in bars[MOST_ROWS - 1 :] for p in bar.parts):
        rest[part.name] = replace(part, count=part.count + (rest[part.name].count if part.name in rest else 0))
    order = [v.label for v in map(BY_CODE.__getitem__, reversed(SEVERE_FIRST))]
    parts = _unchecked_last(sorted(rest.values(), key=lambda p: order.index(p.name) if p.name in order else len(order)))
    total = sum(p.count for p in parts)
    return [*bars[: MOST_ROWS - 1], Bar(f"{len(bars) - MOST_ROWS + 1} others", parts, f"{total:,}")]


def _draw_bar(page: Page, bar: Bar, top: float) -> None:
    left = MARGIN + LABELS
    room = (WIDTH - MARGIN - COUNTS - left) * bar.share
    baseline = top + BAR / 2 + BODY * 0.36
    page.text(left - 6, baseline, shorten(bar.label, LABELS - 8), align="right", name=f"label-{top:g}")
    total, x = sum(p.count for p in bar.parts), left
    for part in bar.parts:
        end = x + room * part.count / total
        corners = [(x, top), (end, top), (end, top + BAR), (x, top + BAR)]
        page.polygon(corners, fill=part.fill, edge="#ffffff" if part.fill != "#ffffff" else MUTED, width=0.4)
        if end - x > width(part.sign, SMALL, True) + 3:
            page.text(
                (x + end) / 2,
                top + BAR / 2 + SMALL * 0.36,
                part.sign,
                size=SMALL,
                align="center",
                colour=part.ink,
                bold=True,
            )
        x = end
    page.text(x + 5, baseline, bar.behind, colour=MUTED, size=SMALL)


def _key(bars: Sequence[Bar]) -> list[list[Part]]:
    """The parts that are drawn, in lines that fit; none where every bar is of one part that its label names."""
    if all(len(b.parts) == 1 and b.parts[0].name == b.label for b in bars):
        return []
    known: dict[str, Part] = {}
    for bar in bars:
        for part in bar.parts:
            known.setdefault(part.name, part)
    labels = [BY_CODE[c].label for c in (*reversed(SEVERE_FIRST[:-1]), SEVERE_FIRST[-1])]
    parts = sorted(known.values(), key=lambda p: labels.index(p.name) if p.name in labels else -1)
    lines: list[list[Part]] = [[]]
    room = 0.0
    for part in parts:
        needed = _key_width(part)
        if lines[-1] and room + needed > WIDTH - 2 * MARGIN:
            lines.append([])
            room = 0.0
        lines[-1].append(part)
        room += needed
    return lines


def _key_width(part: Part) -> float:
    return 16 + width(part.name, SMALL) + 14


def _draw_key(page: Page, parts: Sequence[Part], top: float) -> None:
    x: float = MARGIN
    for part in parts:
        corners = [(x, top), (x + 13, top), (x + 13, top + 9), (x, top + 9)]
        page.polygon(corners, fill=part.fill, edge=MUTED if part.fill == "#ffffff" else FAINT, width=0.4)
        page.text(x + 6.5, top + 4.5 + SMALL * 0.36, part.sign, size=SMALL, align="center", colour=part.ink, bold=True)
        page.text(x + 16, top + 4.5 + SMALL * 0.36, part.name, size=SMALL)
        x += _key_width(part)
