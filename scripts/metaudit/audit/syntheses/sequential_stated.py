"""The required size from what a paper states alone, where its trials are not public."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from metaudit.audit.impact import impact
from metaudit.audit.intervals import Filed
from metaudit.audit.own_value import Ours, Unanswerable
from metaudit.audit.scale import natural_window, printed_of
from metaudit.audit.sharing import shown
from metaudit.audit.syntheses.one_plan import OnePlan
from metaudit.audit.syntheses.sequential_choices import axes_of_size
from metaudit.audit.syntheses.sequential_settings import Setting, settings
from metaudit.audit.syntheses.sequential_sizes import Size, plan_of, rounded, size_of
from metaudit.audit.syntheses.tried import Tried
from metaudit.audit.verdict import Finding
from metaudit.errors import DataError
from metaudit.formats.review import Analysis, Claim
from metaudit.printed import Interval, Printed
from metaudit.search.envelope import near

CHECK = "required size of what is stated"
_SIZES = ("ris", "ris_fixed")
_MOST = 500
_REASONS = 2


@dataclass(frozen=True)
class _Made:
    """What one set of choices makes of a size: from the smallest to the largest that it may be printed as.

    ``exact`` where nothing of it is known by its rounded value alone.
    """

    setting: Setting
    size: Size
    low: float
    high: float
    exact: bool

    def gives(self, window: Interval) -> bool:
        """Whether the printed number may be it."""
        return window.overlaps(Interval(self.low, self.high))


@dataclass(frozen=True)
class _Tried:
    """The sizes that some sets of choices make, why others make none, and what is not known of yet others, in words."""

    made: tuple[_Made, ...]
    refused: tuple[str, ...]
    unknown: tuple[str, ...]


@dataclass(frozen=True)
class _Sized:
    """A printed size with what the sets of choices make of it that depart from what is stated in none, one or two choices."""

    claim: Claim
    printed: Printed
    tries: tuple[_Tried, ...]

    @property
    def window(self) -> Interval:
        """What the printed number stands for."""
        return natural_window(self.claim, self.printed)

    @cached_property
    def given(self) -> dict[int, _Made]:
        """Those of the stated sets of choices that give it, by the identity of the setting."""
        return {id(m.setting): m for m in self.tries[0].made if m.gives(self.window)}


@dataclass(frozen=True)
class _Whole:
    """Which of the printed sizes one stated set of choices gives."""

    tried: Tried
    setting: Setting
    given: frozenset[str]

    @property
    def explained(self) -> float:
        """How many they are."""
        return float(len(self.given))

    def gives(self, claim: str) -> bool:
        """Whether it gives a size."""
        return claim in self.given


def check_stated_size(analysis: Analysis, claims: Sequence[Claim]) -> Iterator[Filed]:
    """The printed required sizes against the formula with the numbers that the paper states; all of them are of one plan.

    Parameters
    ----------
    analysis : without public trials
    claims : of the analysis: sizes, and D² where it is printed

    Yields
    ------
    A finding for every size that what is stated is enough for; for one that it makes none of, a note with the reason, unless all that
    is wrong is that something is not known, which ``sequential_missing`` says.
    """
    stated = analysis.syntheses.get("sequential", {})
    measure = analysis.measures[0] if analysis.measures else ""
    asked = [(c, p) for c in claims if c.quantity in _SIZES and (p := printed_of(c)) is not None]
    if "required" in stated or not asked:
        return
    try:
        axes = axes_of_size(stated, measure)
    except DataError as error:
        yield from ((c.id, _none_made(str(error))) for c, _ in asked)
        return
    diversity = next((c for c in claims if c.quantity == "diversity"), None)
    found = [settings(axes, departures=d, most=_MOST) for d in (0, 1, 2)]
    sizes = [
        _Sized(c, p, tuple(_tried(some, measure, diversity, fixed=c.quantity == "ris_fixed") for some in found))
        for c, p in asked
    ]
    plan = _plan(found[0], sizes, measure)
    elsewhere = Counter(id(m.setting) for s in sizes for t in s.tries[1:] for m in t.made if m.gives(s.window))
    for size in sizes:
        if size.tries[0].made:
            yield size.claim.id, _judged(size, plan, measure, elsewhere=elsewhere)
        elif size.tries[0].refused:
            yield size.claim.id, _none_made(size.tries[0].refused[0])


def _plan(stated: Sequence[Setting], sizes: Sequence[_Sized], measure: str) -> OnePlan[_Whole]:
    """Which stated set of choices gives which sizes."""

    def nothing(_: Claim) -> Ours:
        raise Unanswerable("a size is compared as an interval")

    wholes = []
    for setting in stated:
        tried = Tried(_spec(setting, measure), nothing, {name: c.words for name, c in setting.chosen.items()})
        wholes.append(_Whole(tried, setting, frozenset(s.claim.id for s in sizes if id(setting) in s.given)))
    return OnePlan(wholes, {s.claim.id: f"{s.claim.quantity} {s.claim.printed}" for s in sizes})


def _none_made(reason: str) -> Finding:
    return Finding(CHECK, f"What is stated makes no required size: {reason.rstrip('.')}.")


def _tried(found: Sequence[Setting], measure: str, diversity: Claim | None, *, fixed: bool) -> _Tried:
    made: list[_Made] = []
    refused: list[str] = []
    unknown: list[str] = []
    for setting in found:
        try:
            made.append(_made(setting, measure, diversity, fixed=fixed))
        except DataError as error:
            refused.append(str(error))
        except Unanswerable as reason:
            unknown.append(str(reason))
    return _Tried(tuple(made), tuple(refused), tuple(unknown))


def _made(setting: Setting, measure: str, diversity: Claim | None, *, fixed: bool) -> _Made:
    """What one set of choices makes of a size.

    Raises
    ------
    DataError
        where it makes none.
    Unanswerable
        where it is not known what the size is adjusted by.
    """
    plan = plan_of(setting, measure, lambda: math.nan)
    share = Interval(0.0, 0.0) if fixed else _share(plan.adjustment, plan.share, diversity)
    times = setting.value("size of a mean difference", 1)
    sizes = [size_of(plan, s, times=times) for s in (share.low, share.high)]
    values = [v for s in sizes for v, _ in rounded(s.unrounded, s.size.participants, "")]
    return _Made(setting, sizes[0], min(values), max(values), share.low == share.high)


def _share(adjustment: str, share: float, diversity: Claim | None) -> Interval:
    """What the size is adjusted by; that of the trials as far as D² is printed.

    Raises
    ------
    DataError
        where it leaves no size that would be enough.
    Unanswerable
        where it is not known.
    """
    if adjustment == "none":
        return Interval(0.0, 0.0)
    if not math.isnan(share):
        return Interval(share, share)
    printed = printed_of(diversity) if diversity is not None and adjustment == "D2" else None
    if printed is None or diversity is None:
        name = "D²" if adjustment == "D2" else "I²"
        raise Unanswerable(f"it is adjusted by {name} of the trials, which is not known without them")
    window = natural_window(diversity, printed).scaled(0.01)
    if not window.high < 1:
        raise DataError(f"a D² of {diversity.printed} may be 100 %, for which no size is enough")
    return window


def _judged(size: _Sized, plan: OnePlan[_Whole], measure: str, *, elsewhere: Mapping[int, int]) -> Finding:
    """The verdict on one size.

    Parameters
    ----------
    elsewhere : how many sizes are given by sets of choices that depart from what is stated, by the identity of the setting
    """
    claim, printed, window = size.claim, size.printed, size.window
    stated, others = size.tries[0].made, [*size.tries[1].made, *size.tries[2].made]
    hits = [m for w in plan.joint if (m := size.given.get(id(w.setting))) is not None]
    of_plan = (m for m in stated if m.setting is plan.best.setting)
    best = hits[0] if hits else next(of_plan, stated[0])
    value = (best.low + best.high) / 2 if best.high - best.low > 4 else float(best.size.size.participants)
    facts: dict[str, Any] = {
        "value": value, "value_low": best.low, "value_high": best.high, "formula": best.size.how,
        "spec": _spec(best.setting, measure), "stated_spec": _spec(stated[0].setting, measure),
        "searched": len(stated) + (0 if hits else len(others)),
    }  # fmt: skip
    if hits:
        return _given(size, hits, facts, plan=plan)
    lead = f"Printed {claim.printed}; what is stated makes {value:,.0f}: {best.size.how}"
    givers = [m for m in others if m.gives(window)]
    other = next((m for m in givers if elsewhere[id(m.setting)] > plan.best.explained), None)
    if other is not None:
        facts |= {"formula": other.size.how, "spec": _spec(other.setting, measure)}
        departs = ", ".join(other.setting.departures)
        message = f"{lead}. With {departs} it is {claim.printed}: {other.size.how}."
        return Finding(CHECK, message, "OTHER_SPEC", causes=other.setting.departures, **facts)
    changes = impact(claim, printed, None, natural=value, shown=value)
    tolerance = near(value, printed, measure=measure, quantity=claim.quantity)
    if tolerance:
        message = f"{lead}, within {tolerance} of the printed number{_alone(claim.id, givers, plan)}."
        return Finding("near", message, "NEAR", impact=changes, **facts)
    none = f". No other usual choice gives it{_not_tried(size.tries)}"
    message = f"{lead}{_alone(claim.id, givers, plan) or none}."
    return Finding(CHECK, message, "DIFFERENT", impact=changes, **facts)


def _alone(claim: str, givers: Sequence[_Made], plan: OnePlan[_Whole]) -> str:
    """What gives a size and not more of the others than the plan does without it; empty where nothing gives it."""
    if claim in plan.apart:
        return f"; {plan.instead(claim)}"
    if not givers:
        return ""
    return f"; {', '.join(givers[0].setting.departures)} would give it, but not more of the sizes printed with it"


def _not_tried(tries: Sequence[_Tried]) -> str:
    """How many sets of choices make no size, and why the first of each kind does not; empty where all make one."""
    refused = [r.rstrip(".") for t in tries for r in (*t.refused, *t.unknown)]
    if not refused:
        return ""
    kinds = list(dict.fromkeys(refused))
    more = f", and {len(kinds) - _REASONS} other reasons" if len(kinds) > _REASONS else ""
    return f"; {len(refused)} of those looked at make no size ({'; '.join(kinds[:_REASONS])}{more})"


def _given(size: _Sized, hits: Sequence[_Made], facts: dict[str, Any], *, plan: OnePlan[_Whole]) -> Finding:
    best, stated = hits[0], size.tries[0].made
    message = f"Ours is {shown(facts['value'], size.printed)}: {best.size.how}."
    if len(size.given) == len(stated):
        if best.exact:
            return Finding(CHECK, message, "EXACT", **facts)
        message = f"Ours is {best.low:,.0f} to {best.high:,.0f}, as D² is printed with few digits: {best.size.how}."
        return Finding(CHECK, message, "WITHIN_ROUNDING", causes=("D² printed with few digits",), **facts)
    own = list(size.given.values())
    names = _differing(own, stated) or _differing(hits, stated)
    causes = [f"{name} {' or '.join(sorted(_chosen(hits, name)))}" for name in names]
    left = f" The paper leaves open what decides it; it comes with {', '.join(causes)}." if causes else ""
    return Finding(CHECK, f"{message}{left}{plan.note()}", "UNDERSPECIFIED", causes=tuple(causes), **facts)


def _chosen(made: Sequence[_Made], name: str) -> set[str]:
    """The values of one choice in some sets of choices."""
    return {m.setting.chosen[name].words for m in made}


def _differing(some: Sequence[_Made], all_: Sequence[_Made]) -> list[str]:
    """The choices of which some sets of choices have not all the values."""
    return [name for name in all_[0].setting.chosen if _chosen(some, name) != _chosen(all_, name)]


def _spec(setting: Setting, measure: str) -> str:
    words = [f"{name} {c.words}" for name, c in setting.chosen.items()]
    return " | ".join([f"TSA {measure}", *words])
