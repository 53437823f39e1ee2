"""The figure of a trial sequential analysis: cumulative z against information, the boundaries, and the required size.

Source: Wetterslev et al. 2008, J Clin Epidemiol 61:64; Thorlund et al. 2011, TSA manual, chapter 4.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import TYPE_CHECKING, Any

from metaudit.figures.axis import Tick
from metaudit.figures.drawn import Drawn
from metaudit.figures.label_places import Label
from metaudit.figures.plot import Captions, Plot, even_ticks, shorten
from metaudit.figures.style import MUTED, POOLED, PRINTED, RULE, SHADES, SMALL, STUDY
from metaudit.figures.typeset import width
from metaudit.figures.wording import number, probability

if TYPE_CHECKING:
    from metaudit.figures.sheet import Point
    from metaudit.sequential.analysis import Plan, Sequential

COLUMNS = ("mark", "study", "participants", "fraction", "z", "boundary", "futility")
FAMILY_WORDS = {
    "obrien-fleming": "O\u2019Brien-Fleming-type", "pocock": "Pocock-type", "hwang-shih-decani": "Hwang-Shih-DeCani",
    "rho": "power-of-time",
}  # fmt: skip

_DOT = 2.4
_LEAST_Z = 4.0  # the vertical scale shows at least so much on either side
_HEIGHT = 240.0
_RIGHT = 368.0  # the z of a single look stands beside the frame


@dataclass(frozen=True)
class _Curve:
    """What is drawn: places of the boundaries in participants, and z after every trial."""

    s: Sequential

    @property
    def across(self) -> tuple[float, float]:
        """Participants at both ends."""
        return 0.0, 1.04 * max(float(self.s.cumulative.participants[-1]), self.s.looks.required)

    @property
    def reach(self) -> float:
        """The z at the upper end."""
        largest = max(abs(float(z)) for z in self.s.cumulative.z)
        return max(_LEAST_Z, float(math.ceil(1.15 * largest)))

    def bounds(self, values: Sequence[float]) -> list[tuple[float, float]]:
        """Boundary points in participants and z; those without a boundary left out."""
        n = [t * self.s.looks.required for t in self.s.looks.timing]
        return [(x, float(v)) for x, v in zip(n, values, strict=True) if math.isfinite(v)]


def draw(s: Sequential, title: str, *, favours: tuple[str, str] | None = None) -> Drawn:
    """Draw a trial sequential analysis.

    Parameters
    ----------
    s : the analysis
    title : of the outcome: ``BCG vaccine and tuberculosis``
    favours : what a z below and above 0 speaks for: ``("BCG", "control")``
    """
    curve = _Curve(s)
    whole = f"Trial sequential analysis: {title}"
    captions = Captions(whole, "Participants", _up_name(favours), tuple(_notes(s)))
    plot = Plot(captions, across=curve.across, up=(-curve.reach, curve.reach), height=_HEIGHT, right=_RIGHT)
    _draw_wedge(plot, curve)
    _draw_levels(plot, curve)
    _draw_bounds(plot, curve)
    _draw_z(plot, curve)
    plot.draw_scales(_people(curve.across[1]), even_ticks(-curve.reach, curve.reach, most=9))
    return Drawn("sequential", plot.figure, whole, _alt(s, title), COLUMNS, list(_rows(s)))


def _people(most: float) -> list[Tick]:
    return [Tick(t.at, f"{round(t.at):,}") for t in even_ticks(0.0, most, most=7)]


def _up_name(favours: tuple[str, str] | None) -> str:
    """The name of the upward scale, with what lies at its two ends where there is room for it."""
    if favours is None:
        return "Cumulative z"
    room = (_HEIGHT - width("\u2190 favours  \u00b7 cumulative z \u00b7 favours  \u2192", SMALL)) / 2
    below, above = (shorten(words, room) for words in favours)
    return f"\u2190 favours {below} \u00b7 cumulative z \u00b7 favours {above} \u2192"


def _draw_levels(plot: Plot, curve: _Curve) -> None:
    """No effect, the usual level of significance, and the required size."""
    left, top, right, bottom = plot.frame
    plan, looks = curve.s.plan, curve.s.looks
    usual = NormalDist().inv_cdf(1 - plan.alpha / plan.sides)
    plot.line([plot.at(0, 0), (right, plot.up.place(0))], colour=RULE, order=1, name="null-line")
    for sign in (1, -1)[: plan.sides]:
        y = plot.up.place(sign * usual)
        plot.line([(left, y), (right, y)], colour=MUTED, width=0.5, dashes=(1.2, 1.6), order=1, name=f"usual-{sign}")
        plot.text(
            right + 3, y + SMALL * 0.36, number(sign * usual, 2), size=SMALL, colour=MUTED, name=f"usual-z-{sign}"
        )
    x = plot.across.place(looks.required)
    plot.line([(x, top), (x, bottom)], colour=PRINTED, width=0.9, order=2.2, name="required-line")
    _draw_required(plot, curve, x)


def _draw_required(plot: Plot, curve: _Curve, x: float) -> None:
    """The words beside the line of the required size, where they cross neither a boundary nor z."""
    _, top, right, bottom = plot.frame
    at_line = math.ceil(curve.s.looks.required - 1e-9)
    words = f"{'required, for all looks' if _grown(curve.s) else 'required'} {at_line:,}"
    wide = width(words, SMALL)
    after = x + 3 + wide < right
    left = x + 3 if after else x - 3 - wide
    c = curve.s.cumulative
    lines = list(_along(plot, curve, [plot.at(float(n), float(z)) for n, z in zip(c.participants, c.z, strict=True)]))
    middle = plot.up.place(0)

    def crossed(base: float) -> bool:
        return any(left - 1 < a < left + wide + 1 and base - SMALL < b < base + 2 for a, b in lines)

    bases = (top + 7, bottom - 4, middle - 4, middle + SMALL + 2)
    base = next((b for b in bases if not crossed(b)), bases[0])
    plot.text(left, base, words, size=SMALL, colour=PRINTED, name="required-words")


def _draw_bounds(plot: Plot, curve: _Curve) -> None:
    points = curve.bounds(list(curve.s.bounds.upper))
    for sign in (1, -1)[: curve.s.plan.sides]:
        inside = _cut([(x, sign * z) for x, z in points], curve.reach)
        plot.line([plot.at(x, z) for x, z in inside], colour=PRINTED, width=1.1, order=2.5, name=f"boundary-{sign}")
        shown = [plot.at(x, sign * z) for x, z in points if abs(z) <= curve.reach]
        plot.marks(shown, radius=1.3, fill=PRINTED, edge=PRINTED, shape="square", order=2.6, name=f"looks-{sign}")


def _cut(points: Sequence[tuple[float, float]], reach: float) -> list[tuple[float, float]]:
    """The part of a falling boundary that is on the sheet, begun where it comes in."""
    out: list[tuple[float, float]] = []
    for i, (x, z) in enumerate(points):
        if abs(z) <= reach:
            if not out and i:
                before, beyond = points[i - 1]
                share = (reach - abs(z)) / (abs(beyond) - abs(z))
                out.append((x + share * (before - x), math.copysign(reach, z)))
            out.append((x, z))
    return out


def _draw_wedge(plot: Plot, curve: _Curve) -> None:
    """The region of futility: between ± the boundary, or below it in a one-sided design."""
    points = curve.bounds(list(curve.s.bounds.futility))
    if not _wedged(curve.s):
        return
    edge = [plot.at(x, z) for x, z in points]
    if curve.s.plan.sides == 2:
        other = [plot.at(x, -z) for x, z in reversed(points)]
        lines: list[list[Point]] = [edge, other]
    else:
        bottom = plot.frame[3]
        other, lines = [(edge[-1][0], bottom), (edge[0][0], bottom)], [edge]
    plot.polygon([*edge, *other], fill=SHADES[2], order=0.3, name="futility")
    for i, line in enumerate(lines):
        plot.line(line, colour=POOLED, width=0.8, dashes=(4, 2), order=2.3, name=f"futility-{i}")


def _wedged(s: Sequential) -> bool:
    """Whether futility has a region: a boundary at two looks or more."""
    return sum(math.isfinite(v) for v in s.bounds.futility) >= 2


def _draw_z(plot: Plot, curve: _Curve) -> None:
    """The curve from 0 on; hollow after the last look."""
    c, r = curve.s.cumulative, curve.s.result
    places = [plot.at(float(n), float(z)) for n, z in zip(c.participants, c.z, strict=True)]
    plot.line([plot.at(0, 0), *places], colour=STUDY, width=1.2, order=3, name="z")
    looked = {t for t in curve.s.looks.trials if t >= 0}
    plot.marks([p for i, p in enumerate(places) if i in looked], radius=_DOT, fill=STUDY, order=4, name="trials")
    others = [p for i, p in enumerate(places) if i not in looked]
    plot.marks(others, radius=_DOT - 0.5, fill="white", edge=STUDY, edge_width=0.7, order=3.8, name="unlooked")
    named = dict.fromkeys(
        [t for t, look in zip(_made(curve.s), r.looks, strict=True) if look.number == r.crossed_at] + [len(places) - 1]
    )
    labels = [Label(shorten(c.studies[t]), places[t], _DOT) for t in named]
    rest = [(x - _DOT, y - _DOT, x + _DOT, y + _DOT) for i, (x, y) in enumerate(places) if i not in named]
    avoid = rest + [(x - 1, y - 1, x + 1, y + 1) for x, y in _along(plot, curve, places)]
    left, top, right, bottom = plot.frame
    plot.draw_labels(labels, avoid=avoid, limit=(left + 1, top + 9, right - 1, bottom - 9))


def _made(s: Sequential) -> list[int]:
    return [t for t in s.looks.trials if t >= 0]


def _along(plot: Plot, curve: _Curve, places: Sequence[Point]) -> Iterator[Point]:
    """Points along the lines that a name should not cross."""
    usual = NormalDist().inv_cdf(1 - curve.s.plan.alpha / curve.s.plan.sides)
    left, top, right, bottom = plot.frame
    x = plot.across.place(curve.s.looks.required)
    lines: list[list[Point]] = [[plot.at(0, 0), *places], [(x, top), (x, bottom)]]
    lines += [[(left, plot.up.place(z)), (right, plot.up.place(z))] for z in (0.0, usual, -usual)]
    for values in (curve.s.bounds.upper, curve.s.bounds.futility):
        points = _cut(curve.bounds(list(values)), curve.reach)
        lines += [[plot.at(n, sign * z) for n, z in points] for sign in (1, -1)]
    for line in lines:
        for (x0, y0), (x1, y1) in itertools.pairwise(line):
            steps = max(1, int(math.hypot(x1 - x0, y1 - y0) / 2))
            for i in range(steps + 1):
                yield x0 + (x1 - x0) * i / steps, y0 + (y1 - y0) * i / steps


def percent(share: float) -> str:
    """A share in percent, with a decimal where it needs one: ``5 %``, ``2.5 %``."""
    return f"{100 * share:.1f}".removesuffix(".0") + "\u00a0%"


def _notes(s: Sequential) -> list[str]:
    plan = s.plan
    sides = "two-sided" if plan.sides == 2 else "one-sided"
    notes = [
        f"Orange: boundaries, {_family(plan)} spending, {sides} alpha {percent(plan.alpha)}; dotted: the boundary of a single look",
        _size_words(s),
    ]
    if plan.beta_spending is not None:
        where = "Shaded: futility" if _wedged(s) else "Futility, not yet possible"
        notes.append(f"{where}, {plan.futility}, {FAMILY_WORDS[plan.beta_spending.family]} spending of beta")
    left_out = len(s.cumulative.z) - s.result.last.number
    if left_out:
        which = "after the last look" if s.looks.reached else "not looked at"
        notes.append(f"Hollow: {left_out} {'trial' if left_out == 1 else 'trials'} {which}")
    return [*notes, _result_words(s)]


def _family(plan: Plan) -> str:
    known, parameter = FAMILY_WORDS[plan.spending.family], plan.spending.parameter
    return known if math.isnan(parameter) else f"{known} ({parameter:g})"


def _size_words(s: Sequential) -> str:
    """``Required: 13,201 participants (RR 0.8, control risk 12.9 %, power 80 %, D² 63.3 %)`` and the like."""
    plan, said = s.plan, []
    if plan.sought is not None and math.isfinite(s.size.fixed):
        said.append(f"{plan.sought.measure} {plan.sought.effect:g}".replace("-", "\u2212"))
        known = plan.sought.control_risk
        said.append(f"SD {plan.sought.sd:g}" if math.isnan(known) else f"control risk {percent(known)}")
        said.append(f"power {percent(1 - plan.beta)}")
        if s.size.share:
            name = {"D2": "D\u00b2", "I2": "I\u00b2"}[plan.adjustment]
            said.append(f"{name} {percent(s.size.share)}")
    words = f"Required: {s.size.participants:,} participants"
    grown = f", {math.ceil(s.looks.required - 1e-9):,} for what the looks cost in power" if _grown(s) else ""
    return f"{words} ({', '.join(said)}){grown}" if said else f"{words}{grown}"


def _grown(s: Sequential) -> bool:
    """Whether the last look comes after the required size, as the R package has it: looks cost power."""
    return math.ceil(s.looks.required - 1e-9) > s.size.participants


def _result_words(s: Sequential) -> str:
    r = s.result
    have = f"{round(r.last.participants):,} participants, {percent(r.last.participants / s.size.participants)} of the required size"
    if r.crossed_at is not None:
        look = r.looks[r.crossed_at - 1]
        way = "upper" if r.side > 0 else "lower"
        p = f", stage-wise {probability(r.at_crossing.p)}" if r.at_crossing is not None else ""
        return f"The {way} boundary is crossed at look {r.crossed_at} ({look.study}){p}; {have}"
    if r.futile_at is not None:
        return f"Futility is met at look {r.futile_at} ({r.looks[r.futile_at - 1].study}); {have}"
    return f"No boundary is crossed; {have}"


def _alt(s: Sequential, title: str) -> str:
    r = s.result
    between = f"z ends at {number(float(s.cumulative.z[-1]), 2)} after {len(s.cumulative.z)} trials"
    last = (
        "" if math.isinf(r.last.boundary) else f", where the boundary of the last look is {number(r.last.boundary, 2)}"
    )
    return (
        f"Trial sequential analysis of {title}: cumulative z against participants, {between}{last}. {_size_words(s)}. "
        f"{_result_words(s)}."
    )


def _rows(s: Sequential) -> Iterator[dict[str, Any]]:
    c = s.cumulative
    for study, n, z in zip(c.studies, c.participants, c.z, strict=True):
        yield {
            "mark": "trial",
            "study": study,
            "participants": float(n),
            "fraction": float(n) / s.looks.required,
            "z": float(z),
        }
    for t, trial, upper, futility in zip(
        s.looks.timing, s.looks.trials, s.bounds.upper, s.bounds.futility, strict=True
    ):
        study = c.studies[trial] if trial >= 0 else ""
        row: dict[str, Any] = {"mark": "look", "study": study, "participants": t * s.looks.required, "fraction": t}
        yield row | {"boundary": float(upper)} | ({} if math.isnan(futility) else {"futility": float(futility)})
    yield {"mark": "required", "participants": s.looks.required, "fraction": 1.0}
