"""The required size from what a paper states alone, where its trials are not public; and what is missing for the rest."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from metaudit.audit.impact import impact
from metaudit.audit.intervals import Filed
from metaudit.audit.names import column_words
from metaudit.audit.scale import natural_window, printed_of
from metaudit.audit.sharing import shown
from metaudit.audit.syntheses.sequential_choices import Setting, axes_of_size, settings
from metaudit.audit.syntheses.sequential_sizes import Size, plan_of, rounded, size_of
from metaudit.audit.syntheses.statements import SEQUENTIAL
from metaudit.audit.verdict import Finding
from metaudit.audit_words.texts import PER_STUDY, table_words
from metaudit.effects.compute import NEEDS
from metaudit.errors import DataError
from metaudit.formats.review import Analysis, Claim, Review
from metaudit.measures import MEASURES
from metaudit.printed import Interval, Printed
from metaudit.search.envelope import near
from metaudit.sequential_result import effect_named

CHECK = "required size of what is stated"
_SIZES = ("ris", "ris_fixed")
_MOST = 500
_OF_BOUNDS = SEQUENTIAL - {*_SIZES, "diversity"}


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


def check_stated_size(analysis: Analysis, claims: Sequence[Claim]) -> Iterator[Filed]:
    """The printed required sizes against the formula with the numbers that the paper states.

    Parameters
    ----------
    analysis : without public trials
    claims : of the analysis: sizes, and D² where it is printed

    Yields
    ------
    A finding for every size that what is stated is enough for; nothing for the others.
    """
    stated = analysis.syntheses.get("sequential", {})
    measure = analysis.measures[0] if analysis.measures else ""
    diversity = next((c for c in claims if c.quantity == "diversity"), None)
    for claim in claims:
        printed = printed_of(claim)
        if claim.quantity not in _SIZES or printed is None or "required" in stated:
            continue
        try:
            axes = axes_of_size(stated, measure)
        except DataError:  # what is missing is said by ``missing_of``
            return
        fixed = claim.quantity == "ris_fixed"
        tries = [_made(settings(axes, departures=d, most=_MOST), measure, diversity, fixed=fixed) for d in (0, 1, 2)]
        if tries[0]:
            yield claim.id, _judged(claim, printed, tries, measure)


def _made(found: Iterable[Setting], measure: str, diversity: Claim | None, *, fixed: bool) -> list[_Made]:
    out = []
    for setting in found:
        try:
            plan = plan_of(setting, measure, lambda: math.nan)
            share = _share(plan.adjustment, plan.share, diversity)
            if fixed:
                share = Interval(0.0, 0.0)
            if share is None:
                continue
            times = setting.value("size of a mean difference", 1)
            sizes = [size_of(plan, s, times=times) for s in (share.low, share.high)]
        except DataError:
            continue
        values = [v for s in sizes for v, _ in rounded(s.unrounded, s.size.participants, "")]
        out.append(_Made(setting, sizes[0], min(values), max(values), share.low == share.high))
    return out


def _share(adjustment: str, share: float, diversity: Claim | None) -> Interval | None:
    """What the size is adjusted by; that of the trials as far as D² is printed."""
    if adjustment == "none":
        return Interval(0.0, 0.0)
    if not math.isnan(share):
        return Interval(share, share)
    printed = printed_of(diversity) if diversity is not None and adjustment == "D2" else None
    if printed is None or diversity is None:
        return None
    window = natural_window(diversity, printed).scaled(0.01)
    return window if window.high < 1 else None


def _judged(claim: Claim, printed: Printed, tries: list[list[_Made]], measure: str) -> Finding:
    window = natural_window(claim, printed)
    stated, others = tries[0], [*tries[1], *tries[2]]
    hits = [m for m in stated if m.gives(window)]
    best = hits[0] if hits else stated[0]
    value = (best.low + best.high) / 2 if best.high - best.low > 4 else float(best.size.size.participants)
    facts: dict[str, Any] = {
        "value": value, "value_low": best.low, "value_high": best.high, "formula": best.size.how, "spec": _spec(best, measure),
        "stated_spec": _spec(stated[0], measure), "searched": len(stated) + (0 if hits else len(others)),
    }  # fmt: skip
    if hits:
        return _given(best, hits, stated, facts, digits=shown(value, printed))
    lead = f"Printed {claim.printed}; what is stated makes {value:,.0f}: {best.size.how}"
    other = next((m for m in others if m.gives(window)), None)
    if other is not None:
        facts |= {"formula": other.size.how, "spec": _spec(other, measure)}
        departs = ", ".join(other.setting.departures)
        message = f"{lead}. With {departs} it is {claim.printed}: {other.size.how}."
        return Finding(CHECK, message, "OTHER_SPEC", causes=other.setting.departures, **facts)
    changes = impact(claim, printed, None, natural=value, shown=value)
    tolerance = near(value, printed, measure=measure, quantity=claim.quantity)
    if tolerance:
        return Finding("near", f"{lead}, within {tolerance} of the printed number.", "NEAR", impact=changes, **facts)
    return Finding(CHECK, f"{lead}. No other usual choice gives it.", "DIFFERENT", impact=changes, **facts)


def _given(best: _Made, hits: list[_Made], stated: list[_Made], facts: dict[str, Any], *, digits: str) -> Finding:
    message = f"Ours is {digits}: {best.size.how}."
    if len(hits) == len(stated):
        if best.exact:
            return Finding(CHECK, message, "EXACT", **facts)
        message = f"Ours is {best.low:,.0f} to {best.high:,.0f}, as D² is printed with few digits: {best.size.how}."
        return Finding(CHECK, message, "WITHIN_ROUNDING", causes=("D² printed with few digits",), **facts)
    causes = []
    for name in best.setting.chosen:
        given, all_ = ({m.setting.chosen[name].words for m in some} for some in (hits, stated))
        if given != all_:
            causes.append(f"{name} {' or '.join(sorted(given))}")
    left = f" The paper leaves open what decides it; it comes with {', '.join(causes)}." if causes else ""
    return Finding(CHECK, message + left, "UNDERSPECIFIED", causes=tuple(causes), **facts)


def _spec(made: _Made, measure: str) -> str:
    words = [f"{name} {c.words}" for name, c in made.setting.chosen.items()]
    return " | ".join([f"TSA {measure}", *words])


def missing_of(claim: Claim, analysis: Analysis, review: Review) -> Finding:
    """What would be needed to check a claim of a sequential analysis whose trials are not public."""
    stated = analysis.syntheses.get("sequential", {})
    code = analysis.measures[0] if analysis.measures else ""
    said = [*_unstated(claim, stated, code)]
    k = next((c.printed for c in review.claims if c.analysis == analysis.id and c.quantity == "k"), "")
    columns = [column_words(n) for n in NEEDS.get(MEASURES[code].kind if code in MEASURES else "", ())]
    columns = columns or ["effect with its standard error or interval", "n"]
    per_trial = claim.quantity not in ("ris", "ris_fixed") or not said
    table = [f"{PER_STUDY}{c}" for c in columns]
    table += ["the year of every trial"] if claim.quantity in _OF_BOUNDS | {"text"} else []
    needs_table = per_trial or "heterogeneity" not in stated
    causes = (*said, *(table if needs_table else ()))
    parts = []
    if needs_table:
        year = "" if table[-1].startswith(PER_STUDY) else ", and its year"
        parts.append(f"{table_words(columns)}{year}" + (f" ({k} trials)" if k and k != "1" else ""))
    parts += [f"of the plan {', '.join(said)}"] if said else []
    message = f"The trials of '{analysis.title}' are not public. Missing to check the sequential analysis: {'; '.join(parts)}."
    return Finding("missing data", message, "NOT_CHECKABLE", causes=causes)


def _unstated(claim: Claim, stated: Mapping[str, Any], measure: str) -> Iterator[str]:
    """What the paper should state of its plan, and does not as far as it is known."""
    if claim.quantity == "diversity":
        return
    if "required" not in stated:
        if not effect_named(stated):
            yield "the smallest relevant effect"
        if measure == "MD" and not isinstance(stated.get("sd"), float | int):
            yield "the standard deviation behind the required size"
        if measure in ("RR", "OR", "RD") and not isinstance(stated.get("control_risk"), float | int):
            yield "the control risk behind the required size"
        if (
            claim.quantity != "ris_fixed"
            and not isinstance(stated.get("heterogeneity"), Mapping)
            and stated.get("heterogeneity") != "none"
        ):
            yield "D² or whatever the required size is adjusted for"
    yield from (name for name in ("alpha", "power") if name not in stated)
    if claim.quantity in _OF_BOUNDS | {"text"} and "spending" not in stated:
        yield "the spending function"
