"""Every treatment of a network against one of them: the network estimate, and direct and indirect evidence under it.

Source: Dias et al. 2010, Stat Med 29:932, and König, Krahn and Binder 2013, Stat Med 32:5414, on the two kinds of evidence.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from metaudit.figures.axis import Axis, Interval, shown_range
from metaudit.figures.drawn import Drawn
from metaudit.figures.effect_axis import axis_name, effect_ticks
from metaudit.figures.marks import draw_study
from metaudit.figures.plot import MARGIN, WIDTH, Page, shorten
from metaudit.figures.style import FAINT, INK, MUTED, POOLED, PRINTED, RULE, SMALL, Look
from metaudit.figures.typeset import width
from metaudit.figures.wording import effect, effect_decimals, level_text, probability, short_name
from metaudit.measures import Measure, measure_of
from metaudit.pooling.intervals import quantile

if TYPE_CHECKING:
    from metaudit.network.fit import Comparison, Network
    from metaudit.network.splitting import Split

COLUMNS = ("mark", "treatment", "studies", "estimate_yi", "ci_low_yi", "ci_high_yi", "pi_low_yi", "pi_high_yi", "p")

_ROW, _SUB = 14.0, 10.0
_NAME, _PLOT, _GAP = 130.0, 176.0, 10.0
_LOOKS = {
    "network": Look(study=POOLED, line=POOLED),
    "direct": Look(),
    "indirect": Look(study="white", study_edge=PRINTED, line=PRINTED),
}
_SHARES = {"network": 1.0, "direct": 0.35, "indirect": 0.35}


@dataclass(frozen=True)
class _Line:
    """One line of the plot."""

    mark: str
    treatment: str
    words: str
    interval: Interval
    studies: int
    p: float
    prediction: tuple[float, float] = (math.nan, math.nan)


def draw(network: Network, title: str, *, splits: Sequence[Split], reference: str, order: Sequence[str]) -> Drawn:
    """Draw the forest plot of a network.

    Parameters
    ----------
    network : fitted
    title : of the network
    splits : direct and indirect evidence of its pairs
    reference : the treatment that the others are compared with
    order : of the treatments, from top to bottom
    """
    measure = measure_of(network.evidence.measure)
    lines = list(_lines(network, splits, reference, order))
    whole = f"Against {reference}: {title}"
    said = [_said(line.interval, measure) for line in lines]
    names = max(width(shorten(line.words, _NAME), SMALL) + (0 if line.mark == "network" else 8) for line in lines)
    numbers = max(width(s, SMALL) for s in [*said, _head(measure, network)])
    needed = names + 2 * _GAP + _PLOT + numbers + 2 * MARGIN
    sheet = max(WIDTH, needed)
    heights = [_ROW if line.mark == "network" else _SUB for line in lines]
    page = Page(whole, _notes(network, lines), body=sum(heights) + 56, sheet_width=sheet)
    start = MARGIN + (sheet - needed) / 2
    left = start + names + _GAP
    axis = _axis(lines, measure, left)
    top = page.body_top + 14
    text_x = axis.right + _GAP + numbers
    page.text(
        text_x, page.body_top + 7, _head(measure, network), size=SMALL, align="right", colour=MUTED, name="heading"
    )
    bottom = top + sum(heights) + 4
    _frame(page, axis, measure, top=top, bottom=bottom, caption=f"{axis_name(measure)}; against {reference}")
    y = top
    for number, (line, height) in enumerate(zip(lines, heights, strict=True)):
        middle = y + height / 2
        if line.mark == "network" and number:
            page.line([(start, y), (sheet - start, y)], colour=FAINT, width=0.3, order=0.7)
        _draw_line(page, axis, line, middle, number)
        inset = 0.0 if line.mark == "network" else 8.0
        colour = INK if line.mark == "network" else MUTED
        base = middle + SMALL * 0.36
        page.text(start + inset, base, shorten(line.words, _NAME), size=SMALL, colour=colour, name=f"name-{number}")
        page.text(text_x, base, said[number], size=SMALL, align="right", colour=colour, name=f"effect-{number}")
        y += height
    rows = [_row(line) for line in lines]
    return Drawn(
        "network-forest", page.figure, whole, _alt(lines, title, reference=reference, measure=measure), COLUMNS, rows
    )


def _lines(network: Network, splits: Sequence[Split], reference: str, order: Sequence[str]) -> Iterator[_Line]:
    """The network estimate of each treatment, and what it is made of where it is made of both kinds of evidence."""
    half = quantile(network.level, None if network.ci == "wald" else float(network.df))
    found: Mapping[frozenset[str], Split] = {frozenset((s.first, s.second)): s for s in splits}
    for treatment in order:
        if treatment == reference:
            continue
        c: Comparison = network.compare(treatment, reference)
        s = found[frozenset((treatment, reference))]
        ends = c.estimate, c.ci_low, c.ci_high
        yield _Line("network", treatment, treatment, ends, s.k, c.p, (c.pi_low, c.pi_high))
        if not s.k or math.isnan(s.indirect):
            continue
        way = 1 if s.first == treatment else -1
        for mark, value, se in (("direct", s.direct, s.se_direct), ("indirect", s.indirect, s.se_indirect)):
            words = (
                f"direct, {s.k} {'study' if s.k == 1 else 'studies'}" if mark == "direct" else f"indirect; {_differ(s)}"
            )
            e = way * value
            yield _Line(mark, treatment, words, (e, e - half * se, e + half * se), s.k if mark == "direct" else 0, s.p)


def _differ(s: Split) -> str:
    return f"differ: {probability(s.p)}"


def _axis(lines: Sequence[_Line], measure: Measure, left: float) -> Axis:
    main = [line.interval for line in lines if line.mark == "network"]
    others = [line.interval for line in lines if line.mark != "network"]
    wide = [line.prediction for line in lines if math.isfinite(line.prediction[0])]
    prediction: Interval = (
        math.nan,
        min((p[0] for p in wide), default=math.nan),
        max((p[1] for p in wide), default=math.nan),
    )
    low, high = shown_range(main, others, prediction=prediction, null=measure.null_analysis, symmetric=measure.ratio)
    return Axis(low, high, left, left + _PLOT)


def _frame(page: Page, axis: Axis, measure: Measure, *, top: float, bottom: float, caption: str) -> None:
    null = measure.null_analysis
    if null is not None:
        x = axis.place(null)
        page.line([(x, top), (x, bottom)], colour=RULE, order=1, name="null-line")
    page.line([(axis.left, bottom), (axis.right, bottom)], colour=INK)
    for tick in effect_ticks(axis, measure):
        x = axis.place(tick.at)
        page.line([(x, bottom), (x, bottom + 3)], colour=INK)
        page.text(x, bottom + 11, tick.label, size=SMALL, align="center", name=f"tick-{tick.label}")
    room = 2 * min((axis.left + axis.right) / 2 - MARGIN, page.width - MARGIN - (axis.left + axis.right) / 2)
    page.text(
        (axis.left + axis.right) / 2, bottom + 23, shorten(caption, room), size=SMALL, align="center", colour=MUTED, name="across"
    )  # fmt: skip


def _draw_line(page: Page, axis: Axis, line: _Line, y: float, number: int) -> None:
    if math.isfinite(line.prediction[0]):
        bar: Interval = (math.nan, *line.prediction)
        draw_study(page, axis, y, bar, share=0.0, look=Look(line=RULE), name=f"prediction-{number}")
    draw_study(page, axis, y, line.interval, share=_SHARES[line.mark], look=_LOOKS[line.mark], name=str(number))


def _said(interval: Interval, measure: Measure) -> str:
    """``0.49 (0.34 to 0.70)`` on the natural scale."""
    e, low, high = (measure.to_natural(v) for v in interval)
    d = effect_decimals([high - low], measure)
    if not math.isfinite(low):
        return effect(e, d, measure)
    return f"{effect(e, d, measure)} ({effect(low, d, measure)} to {effect(high, d, measure)})"


def _head(measure: Measure, network: Network) -> str:
    return f"{short_name(measure)} ({level_text(network.level)} CI)"


def _notes(network: Network, lines: Sequence[_Line]) -> list[str]:
    words = ["Blue: the network"]
    if any(line.mark == "direct" for line in lines):
        words.append(
            "Below it, where there is both: direct evidence, and indirect evidence (hollow), with the P value of their difference"
        )
    if any(math.isfinite(line.prediction[0]) for line in lines):
        words.append(f"Grey: {level_text(network.level)} prediction interval")
    return [". ".join(words)]


def _alt(lines: Sequence[_Line], title: str, *, reference: str, measure: Measure) -> str:
    main = [line for line in lines if line.mark == "network"]
    null = measure.null_analysis or 0.0
    apart = sum(line.interval[1] > null or line.interval[2] < null for line in main)
    said = "; ".join(f"{line.treatment} {_said(line.interval, measure)}" for line in main[:12])
    more = f"; and {len(main) - 12} more" if len(main) > 12 else ""
    split = [line for line in lines if line.mark == "direct"]
    differ = sum(line.p < 0.05 for line in split)
    evidence = f" Direct and indirect evidence differ with P below 0.05 in {differ} of {len(split)}." if split else ""
    return (
        f"Forest plot of {title}: {len(main)} treatments against {reference}, {apart} of them with an interval that leaves out "
        f"no effect. {said}{more}.{evidence}"
    )


def _row(line: _Line) -> dict[str, object]:
    values = (line.mark, line.treatment, line.studies, *line.interval, *line.prediction, line.p)
    return dict(zip(COLUMNS, values, strict=True))
