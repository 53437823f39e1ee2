"""The league table of a network as a heat map: every pair, the network below the diagonal and direct evidence above it.

Source: Salanti, Ades and Ioannidis 2011, J Clin Epidemiol 64:163, on league tables; the two halves as in R's netmeta
(Balduzzi et al. 2023, J Stat Softw 106(2)).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from statistics import NormalDist
from typing import TYPE_CHECKING

from metaudit.figures.drawn import Drawn
from metaudit.figures.network_cells import COLD, KEY_HEIGHT, WARM, cell, key, key_width, signed_shade
from metaudit.figures.plot import MARGIN, WIDTH, Page, shorten
from metaudit.figures.style import MUTED, SHADES, SMALL
from metaudit.figures.typeset import width, wrap
from metaudit.figures.wording import effect, effect_decimals, level_text, long_name, number
from metaudit.measures import Measure, measure_of
from metaudit.pooling.intervals import quantile

if TYPE_CHECKING:
    from metaudit.network.evidence import Pair
    from metaudit.network.fit import Network
    from metaudit.network.splitting import Split

COLUMNS = ("mark", "first", "second", "estimate_yi", "ci_low_yi", "ci_high_yi", "z")

_HEIGHT, _LEADING = 27.0, 8.0
_LEAST, _MOST = 54.0, 96.0  # width of a cell
_STEPS = tuple(NormalDist().inv_cdf(1 - p / 2) for p in (0.05, 0.01, 0.001))


def draw(
    network: Network, title: str, *, splits: Sequence[Split], order: Sequence[str], small_is_good: bool | None = None
) -> Drawn:
    """Draw the league table.

    Parameters
    ----------
    network : fitted
    title : of the network
    splits : direct and indirect evidence of its pairs
    order : of the treatments on the diagonal
    small_is_good : whether the smaller effect is the better one; None where nobody said
    """
    measure = measure_of(network.evidence.measure)
    whole = f"League table: {title}"
    wide = min(_MOST, max(_LEAST, *(width(t, SMALL, True) + 7 for t in order)))
    wide = max(wide, _widest(network, measure, order) + 6)
    entries = _entries(small_is_good, measure)
    sheet = max(WIDTH, wide * len(order) + 2 * MARGIN, key_width(entries) + 2 * MARGIN)
    notes = _notes(network, small_is_good)
    page = Page(whole, notes, body=_HEIGHT * len(order) + KEY_HEIGHT + 4, sheet_width=sheet)
    left, top = (sheet - wide * len(order)) / 2, page.body_top
    values = list(_values(network, splits, order))
    found = {(mark, a, b): row for mark, a, b, *row in values}
    for i, a in enumerate(order):
        for j, b in enumerate(order):
            box = (left + j * wide, top + i * _HEIGHT, left + (j + 1) * wide, top + (i + 1) * _HEIGHT)
            if i == j:
                _draw_treatment(page, box, a, i)
                continue
            mark = "network" if j < i else "direct"
            pair = (b, a) if j < i else (a, b)
            _draw_pair(
                page,
                box,
                found.get((mark, *pair)),
                measure=measure,
                small_is_good=small_is_good,
                name=f"{mark}-{i}-{j}",
            )
    key(page, (MARGIN, top + _HEIGHT * len(order) + 5), entries)
    rows = [dict(zip(COLUMNS, row, strict=True)) for row in values]
    return Drawn(
        "network-league", page.figure, whole, _alt(network, title, measure=measure, order=order), COLUMNS, rows
    )


def _values(
    network: Network, splits: Sequence[Split], order: Sequence[str]
) -> Iterator[tuple[str, str, str, float, float, float, float]]:
    """Network and direct estimate of each pair, the first in the order against the later one."""
    place = {t: i for i, t in enumerate(order)}
    half = quantile(network.level, None if network.ci == "wald" else float(network.df))
    direct: Mapping[Pair, Split] = {(s.first, s.second): s for s in splits}
    for i, a in enumerate(order):
        for b in order[i + 1 :]:
            c = network.compare(a, b)
            yield "network", a, b, c.estimate, c.ci_low, c.ci_high, c.stat
    for (a, b), s in direct.items():
        if s.k:
            way = 1 if place[a] < place[b] else -1
            first, second = (a, b) if way > 0 else (b, a)
            e = way * s.direct
            yield "direct", first, second, e, e - half * s.se_direct, e + half * s.se_direct, e / s.se_direct


def _widest(network: Network, measure: Measure, order: Sequence[str]) -> float:
    found = [network.compare(a, b) for i, a in enumerate(order) for b in order[i + 1 :]]
    return max(width(_limits((c.ci_low, c.ci_high), measure), SMALL) for c in found)


def _decimals(low: float, high: float, measure: Measure) -> int:
    return effect_decimals([measure.to_natural(high) - measure.to_natural(low)], measure)


def _limits(ends: tuple[float, float], measure: Measure) -> str:
    d = _decimals(*ends, measure)
    return " to ".join(effect(measure.to_natural(e), d, measure) for e in ends)


def _draw_treatment(page: Page, box: tuple[float, float, float, float], treatment: str, place: int) -> None:
    left, top, right, bottom = box
    cell(page, box, fill=SHADES[1], name=f"diagonal-{place}")
    lines = wrap(treatment, SMALL, right - left - 5, bold=True)
    if len(lines) > 3:
        lines = [*lines[:2], shorten(" ".join(lines[2:]), right - left - 5, bold=True)]
    first = (top + bottom) / 2 - _LEADING * (len(lines) - 1) / 2 + SMALL * 0.36
    for i, line in enumerate(lines):
        page.text(
            (left + right) / 2,
            first + i * _LEADING,
            line,
            size=SMALL,
            align="center",
            bold=True,
            name=f"treatment-{place}-{i}",
        )


def _draw_pair(
    page: Page,
    box: tuple[float, float, float, float],
    row: Sequence[float] | None,
    *,
    measure: Measure,
    small_is_good: bool | None,
    name: str,
) -> None:
    """Estimate above, limits below; the colour says which of the two does better and how surely."""
    left, top, right, bottom = box
    middle = (left + right) / 2
    if row is None:
        cell(page, box, fill="white", name=f"cell-{name}")
        page.text(
            middle,
            (top + bottom) / 2 + SMALL * 0.36,
            "\u2013",
            size=SMALL,
            align="center",
            colour=MUTED,
            name=f"none-{name}",
        )
        return
    estimate, low, high, z = row
    cell(page, box, fill=signed_shade(z if small_is_good is False else -z, _STEPS), name=f"cell-{name}")
    d = _decimals(low, high, measure)
    said = effect(measure.to_natural(estimate), d, measure)
    page.text(middle, top + 11, said, size=SMALL, align="center", name=f"effect-{name}")
    limits = "" if math.isnan(low) else _limits((low, high), measure)
    page.text(middle, top + 20.5, shorten(limits, right - left - 2), size=SMALL, align="center", name=f"limits-{name}")


def _entries(small_is_good: bool | None, measure: Measure) -> list[tuple[str, str]]:
    if small_is_good is None:
        null = number(measure.null or 0.0, 0)
        one, other = f"below {null}, P < 0.05", f"above {null}, P < 0.05"
    else:
        one, other = "the upper one is better, P < 0.05", "the lower one is better, P < 0.05"
    steps = ("", "P < 0.01", "P < 0.001")
    return [(c, s or one) for c, s in zip(COLD, steps, strict=True)] + [
        (c, s or other) for c, s in zip(WARM, steps, strict=True)
    ]


def _notes(network: Network, small_is_good: bool | None) -> list[str]:
    how = "best first, by P-score" if small_is_good is not None else "in alphabetic order"
    name = long_name(measure_of(network.evidence.measure)).removesuffix(", log scale")
    return [
        f"{name} with its {level_text(network.level)} CI, of the treatment further up on the diagonal against the one further down; "
        f"treatments {how}",
        "Below the diagonal: the whole network. Above it: direct comparisons alone, a dash where there is none",
    ]


def _alt(network: Network, title: str, *, measure: Measure, order: Sequence[str]) -> str:
    pairs = list(network.league())
    sure = sum(c.p < 0.05 for c in pairs)
    widest = max(pairs, key=lambda c: abs(c.stat))
    d = _decimals(widest.ci_low, widest.ci_high, measure)
    said = effect(measure.to_natural(widest.estimate), d, measure)
    return (
        f"League table of {title}: {len(order)} treatments from {order[0]} to {order[-1]}, {len(pairs)} comparisons of the "
        f"network, {sure} of them with P below 0.05. The strongest is {widest.first} against {widest.second}: "
        f"{said} ({level_text(network.level)} CI {_limits((widest.ci_low, widest.ci_high), measure)})."
    )
