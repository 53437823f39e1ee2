"""What a verdict on a synthesis says of its inputs: where they were read, what is missing, how far their rounding reaches."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from metaudit.audit.input_rounding import CHANCE
from metaudit.audit.intervals import Filed
from metaudit.audit.judge import HIT
from metaudit.audit.names import column_words
from metaudit.audit.own_value import Unanswerable
from metaudit.audit.scale import on_printed_scale, printed_of
from metaudit.audit.syntheses.judging import Context
from metaudit.audit.syntheses.tried import Given, Outcome, Tried, outcome_of
from metaudit.audit.verdict import Finding, worst_certainty
from metaudit.effects.compute import Effects
from metaudit.effects.convert import Converted, convert
from metaudit.effects.dispatch import NEEDS
from metaudit.errors import DataError, InputError
from metaudit.formats.columns import CERTAINTIES
from metaudit.formats.review import Analysis, Claim
from metaudit.formats.tables import Row
from metaudit.measures import MEASURES

# So many rows are listed one by one; beyond, they are counted.
_LISTED = 6
_NAMED = 5
MISSED = ("OTHER_SPEC", "NEAR", "DIFFERENT", "OUT_OF_ENVELOPE")
# So many shifted tables are fitted to see how far rounding reaches; beyond, the time is not spent.
_MOST_SHIFTS = 400
# Signs of the shifts of all inputs at once (Walsh functions), and how much farther than they reach counts as near enough.
_PATTERNS = (0b1, 0b110, 0b1011, 0b11101)
_GENEROUS = 10.0
Again = Callable[[Sequence[Converted], str], Tried]
"""The same choices, by their canonical string, for other rows; DataError where they are not defined there."""


def context_of(effects: Effects | None, rows: Sequence[Row]) -> Context:
    """What judging needs, for claims that all rest on the same rows.

    Parameters
    ----------
    effects : whose measure the claims are about; None where they are about no effect measure
    rows : the rows of the analysis
    """
    lines, certainty = provenance(rows), certainty_of_rows(rows)
    return Context(lambda _: effects.measure if effects is not None else None, lambda _: lines, certainty)


def provenance(rows: Sequence[Row]) -> tuple[str, ...]:
    """A line a row with its place in its source; many rows are summed up in one line; nothing without rows."""
    if not rows:
        return ()
    return (_summed(rows),) if len(rows) > _LISTED else tuple(_line(r) for r in rows)


def certainty_of_rows(rows: Sequence[Row]) -> str:
    """The certainty of the worst row; ``read`` without rows."""
    return worst_certainty(*(r.text("certainty") for r in rows))


def _line(row: Row) -> str:
    typed = ", ".join(f"{name} {number.text}" for name, number in row.numbers.items())
    who = " : ".join(t for t in (row.text("treatment"), row.text("treatment_c")) if t)
    label = ", ".join(t for t in (row.text("study"), who) if t)
    where = " of ".join(dict.fromkeys(w for w in (row.text("where"), row.text("source")) if w))
    return f"extraction.csv row {row.line} ({label}): {typed}; {where or 'place not given'}, {row.text('certainty') or 'read'}"


def _summed(rows: Sequence[Row]) -> str:
    certainties = Counter(r.text("certainty") or "read" for r in rows)
    sure = ", ".join(f"{c} {certainties[c]}" for c in CERTAINTIES if certainties[c])
    sources = sorted({r.text("source") for r in rows} - {""})
    return (
        f"extraction.csv, {len(rows)} rows from {rows[0].line} to {rows[-1].line}; "
        f"from {', '.join(sources) or 'no named source'}; {sure}"
    )


def not_answered(
    claims: Sequence[Claim], why: str, *, analysis: Analysis, rows: Sequence[Converted]
) -> Iterator[Filed]:
    """NOT_CHECKABLE for every number, with what no row reports although the measure needs it."""
    code = analysis.measures[0] if analysis.measures else ""
    needs = NEEDS.get(MEASURES[code].kind, ()) if code in MEASURES else ()
    missing = tuple(f"per study: {column_words(n)}" for n in needs if all(math.isnan(r.get(n)) for r in rows))
    for claim in claims:
        if printed_of(claim) is not None:
            message = f"{why[:1].upper()}{why[1:].rstrip('.')}."
            yield claim.id, Finding("re-derivation", message, "NOT_CHECKABLE", causes=missing)


def in_part(found: Iterable[Filed], analysis: Analysis, effects: Effects) -> Iterator[Filed]:
    """The same findings; NOT_CHECKABLE where the authors pooled studies that are not public, or a miss where rows lack numbers.

    Parameters
    ----------
    found : findings about claims of the whole analysis
    effects : what could be used, and what could not
    """
    kind = effects.measure.kind
    lacking = []
    for study, _ in effects.incomplete:
        names = [n for n in NEEDS[kind] if math.isnan(study.get(n))]
        if names:
            lacking.append((study.label, ", ".join(column_words(n) for n in names)))
    yield from with_missing(partly_public(found, analysis, f"{effects.k} studies"), lacking)


def with_missing(found: Iterable[Filed], lacking: Sequence[tuple[str, str]]) -> Iterator[Filed]:
    """The same findings; NOT_CHECKABLE for a miss where numbers are missing.

    Parameters
    ----------
    found : findings about claims of the whole analysis
    lacking : what cannot be pooled for want of a number, each as (label, what it lacks)
    """
    named = "; ".join(f"{label} ({what})" for label, what in lacking[:_NAMED])
    named += f"; and {len(lacking) - _NAMED} more" if len(lacking) > _NAMED else ""
    for claim, f in found:
        if lacking and f.verdict in MISSED:
            message = f"{f.message} Numbers are missing of: {named}."
            causes = tuple(f"{label}: {what}" for label, what in lacking)
            f = replace(f, check="missing data", message=message, verdict="NOT_CHECKABLE", causes=causes)
        yield claim, f


def partly_public(found: Iterable[Filed], analysis: Analysis, usable: str) -> Iterator[Filed]:
    """The same findings; NOT_CHECKABLE where the authors pooled studies that are not public.

    Parameters
    ----------
    found : findings about claims of the whole analysis
    usable : what our values rest on: ``5 studies``
    """
    lead = f"Only part of the per-study table of '{analysis.title}' is public. From the {usable} that can be used: "
    causes = ("per study: the rows that are not public",)
    for claim, f in found:
        if analysis.data == "partial" and f.verdict not in ("", "NOT_CHECKABLE"):
            f = replace(f, check="missing data", message=lead + f.message, verdict="NOT_CHECKABLE", causes=causes)
        yield claim, f


def with_rounding(
    found: Iterable[Filed],
    claims: Sequence[Claim],
    rows: Sequence[Converted],
    *,
    tried: Sequence[Tried],
    again: Again,
) -> Iterator[Filed]:
    """The same findings; WITHIN_ROUNDING for a miss that the rounding of the inputs is enough to explain.

    To first order: every rounded input is moved by half a unit of its last digit, one at a time; the reach is three standard deviations
    of the sum of uniform errors, or the plain sum where that is less, as for pooled effects (``metaudit.audit.input_rounding``).

    Parameters
    ----------
    found : findings about the claims
    rows : of the analysis
    tried : the stated sets of choices, of which the finding names one
    again : the same choices for other rows
    """
    filed = list(found)
    if not any(f.verdict in MISSED for _, f in filed):
        yield from filed
        return
    best = max((outcome_of(t, claims) for t in tried), key=lambda o: o.explained)
    missed = {claim for claim, f in filed if f.verdict in MISSED and claim in best.given}
    if not _may_reach([c for c in claims if c.id in missed], rows, best, again):
        yield from filed
        return
    reach = _reach([c for c in claims if c.id in best.given], rows, best.tried, again)
    excused = not _are_those_used(best, reach)
    printed = {c.id: c.printed for c in claims}
    for claim, f in filed:
        half, g = reach.get(claim, 0.0), best.given.get(claim)
        reached = excused and g is not None and half > 0 and f.verdict in MISSED
        if not reached or g is None or not _touches(g, half):
            yield claim, f
            continue
        message = (
            f"Ours is {g.value:.4g}: {g.ours.how}. Rounding of the inputs could move it by {half:.2g}, far enough to reach "
            f"{printed[claim]}."
        )
        yield claim, replace(
            f, check="input rounding", message=message, verdict="WITHIN_ROUNDING", value=g.value, margin=g.comparison.margin,
            value_low=g.value - half, value_high=g.value + half, causes=("inputs printed with few digits",), impact="",
            spec=best.tried.spec, formula=g.ours.how,
        )  # fmt: skip


def _may_reach(claims: Sequence[Claim], rows: Sequence[Converted], best: Outcome, again: Again) -> bool:
    """Whether the rounding of the inputs is anything near enough to explain a miss, told by four shifts of all inputs at once.

    Under signs that are as good as random the change has the standard deviation that the reach is made of; a miss many times
    farther away than all four changes is beyond it, and the one-by-one shifts are spared.
    """
    largest = dict.fromkeys((c.id for c in claims), 0.0)
    base = _values(claims, best.tried)
    for pattern in _PATTERNS:
        count, shifted = 0, []
        for study in rows:
            shifts = {}
            for name, slack in sorted(study.slack.items()):
                shifts[name] = slack * (-1 if (count & pattern).bit_count() % 2 else 1)
                count += 1
            shifted.append(convert(study.row, shifts) if shifts else study)
        try:
            moved = _values(claims, again(shifted, best.tried.spec))
        except (DataError, InputError):
            return True
        for claim in base.keys() & moved.keys():
            largest[claim] = max(largest[claim], abs(moved[claim] - base[claim]))
    return any(_touches(best.given[c], _GENEROUS * change) for c, change in largest.items() if change > 0)


def _touches(g: Given, half: float) -> bool:
    """Whether a value that may be off by ``half`` reaches the rounding interval of the printed number."""
    window = g.comparison.window
    return g.value - half <= window.high and g.value + half >= window.low


def _are_those_used(best: Outcome, reach: Mapping[str, float]) -> bool:
    """Whether the other numbers agree more closely than rounded inputs would let them by chance, so that the inputs are those used."""
    chance = 1.0
    for claim, g in best.given.items():
        half, width = reach.get(claim, 0.0), g.comparison.window.high - g.comparison.window.low
        if half > 0 and g.comparison.kind == HIT and 0 < width < math.inf:
            chance *= min(1.0, width / (2 * half))
    return chance < CHANCE


def _reach(claims: Sequence[Claim], rows: Sequence[Converted], best: Tried, again: Again) -> dict[str, float]:
    moves = [(i, name, slack) for i, study in enumerate(rows) for name, slack in sorted(study.slack.items())]
    if len(moves) > _MOST_SHIFTS:
        return {}
    base = _values(claims, best)
    total, squares = dict.fromkeys(base, 0.0), dict.fromkeys(base, 0.0)
    for i, name, slack in moves:
        shifted = [*rows[:i], convert(rows[i].row, {name: slack}), *rows[i + 1 :]]
        try:
            moved = _values(claims, again(shifted, best.spec))
        except (DataError, InputError):  # a shifted input may leave the domain: it cannot be the true one
            continue
        for claim in base.keys() & moved.keys():
            change = moved[claim] - base[claim]
            if math.isfinite(change):
                total[claim] += abs(change)
                squares[claim] += change**2
    return {claim: min(total[claim], math.sqrt(3 * squares[claim])) for claim in base}


def _values(claims: Sequence[Claim], tried: Tried) -> dict[str, float]:
    out = {}
    for claim in claims:
        printed = printed_of(claim)
        try:
            if printed is not None:
                out[claim.id] = on_printed_scale(claim, printed, tried.value(claim).value)
        except (Unanswerable, DataError, InputError):
            continue
    return out
