"""Verdicts on claims about a synthesis that is searched one set of choices at a time."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from metaudit.audit.bundles import OPEN_CHOICES
from metaudit.audit.impact import impact
from metaudit.audit.intervals import Filed
from metaudit.audit.judge import CUT, TRUNCATED
from metaudit.audit.missed import distance
from metaudit.audit.scale import printed_of
from metaudit.audit.sharing import shown
from metaudit.audit.syntheses.one_plan import OnePlan, one_plan
from metaudit.audit.syntheses.tried import Given, Outcome, Tried, outcome_of
from metaudit.audit.verdict import Finding
from metaudit.audit_words.matters import matters
from metaudit.audit_words.synthesis_words import synthesis_words
from metaudit.formats.review import Claim
from metaudit.measures import Measure
from metaudit.printed import Interval, Printed
from metaudit.search.envelope import near

_MOST = 5


@dataclass(frozen=True)
class Context:
    """What the judgement of some claims needs beside the choices.

    Attributes
    ----------
    measure_of : the measure of the effect that a claim is about; None for numbers that are no effects
    inputs_of : provenance of our value of a claim, a line a row
    certainty : of the worst row
    plan : what the stated sets of choices give, where the claims are of one plan that has to give them all; None where each of them
        may go with another of the choices that are left open
    """

    measure_of: Callable[[Claim], Measure | None]
    inputs_of: Callable[[Claim], tuple[str, ...]]
    certainty: str = "read"
    plan: OnePlan[Outcome] | None = None


class _Search:
    """The sets of choices, the stated ones first; the others are worked out when a claim is missed."""

    def __init__(
        self, claims: Sequence[Claim], stated: Sequence[Tried], others: Callable[[], Iterable[Tried]], context: Context
    ) -> None:
        self.claims, self.context = claims, context
        # Authors are believed first: among equals the first, which is the most conventional.
        plan = context.plan or one_plan(stated, claims, {})
        self.stated, self.best, self._elsewhere = plan.outcomes, plan.best, plan.elsewhere
        self._others = others

    @cached_property
    def others(self) -> list[Outcome]:
        """What departs from the stated method."""
        return [outcome_of(t, self.claims) for t in self._others()]

    @cached_property
    def best_other(self) -> Outcome | None:
        """What explains most, by the fewest departures; None where nothing explains more than the stated method."""
        found = max(self.others, key=lambda o: (o.explained, -len(o.tried.departures)), default=None)
        return found if found is not None and found.explained > self.best.explained else None

    def values(self, claim: str) -> list[Given]:
        """Everything that any set of choices gives for a claim."""
        return [
            o.given[claim]
            for o in (*self.stated, *self._elsewhere, *self.others)
            if claim in o.given and math.isfinite(o.given[claim].value)
        ]


def judge_claims(
    claims: Sequence[Claim],
    stated: Sequence[Tried],
    others: Callable[[], Iterable[Tried]],
    *,
    context: Context,
) -> Iterator[Filed]:
    """A verdict for every claim with a number: claims of one result are matched together.

    Parameters
    ----------
    claims : of one analysis under one stated method
    stated : the sets of choices that agree with what the authors state, the most conventional first; at least one
    others : gives those that depart from it, the likelier first; asked only when something is missed
    context : what else is needed

    Yields
    ------
    The claim's id and its finding: ``EXACT`` where all that agrees with the authors gives it, ``UNDERSPECIFIED`` where some
    does, ``OTHER_SPEC`` where only a departure gives it and more of the numbers printed with it, else how far away it is.
    """
    search = _Search(claims, stated, others, context)
    for claim in claims:
        printed = printed_of(claim)
        if printed is None:
            continue
        best = (
            search.best
            if claim.id in search.best.given
            else next((o for o in search.stated if claim.id in o.given), None)
        )
        plan = context.plan
        if plan is not None and claim.id not in search.best.given and claim.id in plan.apart:
            yield claim.id, _apart(search, claim, printed, plan)
        elif best is None:
            reason = search.best.refused[claim.id]
            words = str(reason)
            yield (
                claim.id,
                Finding("re-derivation", f"{words[:1].upper()}{words[1:]}.", "NOT_CHECKABLE", causes=reason.missing),
            )
        elif best.gives(claim.id):
            yield claim.id, _given(search, claim, printed, best)
        else:
            yield claim.id, _missed(search, claim, printed, best)


def _facts(search: _Search, claim: Claim, outcome: Outcome, *, among: Sequence[Outcome]) -> dict[str, Any]:
    """The fields of a finding that do not depend on its verdict."""
    g = outcome.given[claim.id]
    hits = [o for o in among if o.gives(claim.id)]
    answered = [o for o in among if claim.id in o.given]
    return {
        "value": g.value, "margin": g.comparison.margin, "spec": outcome.tried.spec, "stated_spec": search.stated[0].tried.spec,
        "alternatives": tuple(o.tried.spec for o in hits if o is not outcome)[:_MOST],
        "specificity": len(hits) / len(answered) if len(answered) > 1 else math.nan,
        "searched": len(answered), "certainty": search.context.certainty, "formula": g.ours.how,
        "inputs": search.context.inputs_of(claim), "value_low": g.value, "value_high": g.value,
        "printed_width": g.comparison.window.high - g.comparison.window.low,
    }  # fmt: skip


def _given(search: _Search, claim: Claim, printed: Printed, best: Outcome) -> Finding:
    """EXACT, WITHIN_ROUNDING by cutting, or UNDERSPECIFIED."""
    g = best.given[claim.id]
    facts = _facts(search, claim, best, among=search.stated)
    if g.comparison.kind == TRUNCATED and claim.rounding != "truncated":
        finer = shown(g.value, printed, more=2)
        message = f"Ours is {finer}: {g.ours.how}; it prints as {claim.printed} when digits are cut, not rounded."
        return Finding(CUT, message, "WITHIN_ROUNDING", causes=("digits cut instead of rounded",), **facts)
    message = f"Ours is {shown(g.value, printed)}: {g.ours.how}."
    causes = _open_choices(search, claim)
    if causes:
        left = f" The paper leaves open what decides it; it comes with {', '.join(causes)}."
        left += search.context.plan.note() if search.context.plan else ""
        return Finding("choices left open", message + left, "UNDERSPECIFIED", causes=causes, **facts)
    return Finding("rounded as printed", message, "EXACT", **facts)


def _open_choices(search: _Search, claim: Claim) -> tuple[str, ...]:
    """The choices, in words, that decide whether a claim is given; empty when all that agrees with the authors gives it.

    Of one plan, the values are those alone that give the other claims, too.
    """
    given = [o for o in search.stated if claim.id in o.given]
    hits = [o for o in given if o.gives(claim.id)]
    if len(hits) == len(given):
        return ()
    plan = search.context.plan
    together = [o for o in plan.joint if o.gives(claim.id)] if plan else hits
    idle = {words for field, words in OPEN_CHOICES.items() if field not in matters(claim.quantity)}
    # Of one plan a size is also looked at without boundaries: a choice that is not made there says nothing.
    made = plan is not None
    differing = _differing(given, hits, made=made) or _differing(given, together, made=made)
    out = {name: f"{name} {' or '.join(sorted(_chosen(together, name) - {''}))}" for name in differing}
    telling = [words for name, words in out.items() if name not in idle]
    return tuple(telling or out.values()) or (synthesis_words(search.best.tried.spec),)


def _chosen(outcomes: Sequence[Outcome], name: str, *, made: bool = False) -> set[str]:
    """The values of one choice in some sets of choices; empty text where it is not made, unless only ``made`` ones are asked for."""
    return {o.tried.choices.get(name, "") for o in outcomes if not made or name in o.tried.choices}


def _differing(outcomes: Sequence[Outcome], some: Sequence[Outcome], *, made: bool) -> list[str]:
    """The choices of which some sets of choices have not all the values."""
    names = dict.fromkeys(n for o in outcomes for n in o.tried.choices)
    return [n for n in names if _chosen(some, n, made=made) != _chosen(outcomes, n, made=made)]


def _missed(search: _Search, claim: Claim, printed: Printed, best: Outcome) -> Finding:
    """OTHER_SPEC, NEAR, OUT_OF_ENVELOPE or DIFFERENT."""
    g = best.given[claim.id]
    everything = [*search.stated, *search.others]
    under = (
        "by the stated method"
        if len(search.stated) == 1
        else "by the method that fits best of those the paper leaves open"
    )
    far = distance(claim, g.value, g.comparison.margin)
    lead = f"Printed {claim.printed}; {under} ours is {shown(g.value, printed, more=2)}: {g.ours.how}. That is {far}"
    other = search.best_other
    if other is not None and other.gives(claim.id):
        return _other_spec(search, claim, printed, lead=lead)
    facts = _facts(search, claim, best, among=everything)
    alone = next((o for o in everything if o.gives(claim.id)), None)
    plan = search.context.plan
    if plan is not None and claim.id in plan.apart:
        tail = f"; {plan.instead(claim.id)}"
    elif alone is not None:
        tail = f"; {_named(alone, best)} would give it, but not more of the numbers printed with it"
    else:
        tail = ""
    measure = search.context.measure_of(claim)
    changes = impact(claim, printed, measure, natural=g.ours.value, shown=g.value)
    tolerance = near(g.value, printed, measure=measure.code if measure else "", quantity=claim.quantity)
    if tolerance and changes not in ("direction", "significance"):
        return Finding(
            "near", f"{lead}, but within {tolerance} of the printed number{tail}.", "NEAR", impact=changes, **facts
        )
    values = [v.value for v in search.values(claim.id)]
    low, high = min(values), max(values)
    facts |= {"envelope_low": low, "envelope_high": high}
    if len(values) > 1 and not g.comparison.window.overlaps(Interval(low, high)):
        message = f"{lead}. No analysis of the {len(values)} tried reaches it: they lie between {low:.4g} and {high:.4g}{tail}."
        return Finding("out of the envelope", message, "OUT_OF_ENVELOPE", impact=changes, **facts)
    return Finding("outside rounding", f"{lead}{tail}.", "DIFFERENT", impact=changes, **facts)


def _apart(search: _Search, claim: Claim, printed: Printed, plan: OnePlan[Outcome]) -> Finding:
    """What the plan that gives most has no such number for, and another one that the paper leaves open gives."""
    reason = str(search.best.refused[claim.id])
    lead = (
        f"Printed {claim.printed}; by the method that fits best of those the paper leaves open there is none: {reason}"
    )
    other = search.best_other
    if other is not None and other.gives(claim.id):
        return _other_spec(search, claim, printed, lead=lead)
    return Finding(
        "outside rounding", f"{lead}. {_upper(plan.instead(claim.id))}.", "DIFFERENT", spec=search.best.tried.spec,
        stated_spec=search.stated[0].tried.spec, inputs=search.context.inputs_of(claim), certainty=search.context.certainty,
    )  # fmt: skip


def _upper(words: str) -> str:
    return words[:1].upper() + words[1:]


def _named(outcome: Outcome, best: Outcome) -> str:
    """A set of choices in a sentence: how it departs from what is stated, or from the best of what is left open, or its string."""
    if outcome.tried.departures:
        return ", ".join(outcome.tried.departures)
    own, others = outcome.tried.choices, best.tried.choices
    differ = [f"{name} {choice}".strip() for name, choice in own.items() if choice != others.get(name)]
    return f"{', '.join(differ)} (left open)" if differ else synthesis_words(outcome.tried.spec)


def _other_spec(search: _Search, claim: Claim, printed: Printed, *, lead: str) -> Finding:
    other = search.best_other
    assert other is not None
    g = other.given[claim.id]
    together = sum(o.hit for o in other.given.values())
    rest = (
        f", and {together - 1} other number{'s' if together > 2 else ''} of this result with it" if together > 1 else ""
    )
    cut = " when digits are cut" if g.comparison.kind == TRUNCATED and claim.rounding != "truncated" else ""
    missed = len(other.given) - together
    lost = f" It does not give {missed} other number{'s' if missed > 1 else ''} printed with it." if missed else ""
    message = (
        f"{lead}. Other choices give {shown(g.value, printed, more=2)}, which prints as the paper has it{cut}{rest}: "
        f"{_named(other, search.best)} (in full: {synthesis_words(other.tried.spec)}).{lost}"
    )
    facts = _facts(search, claim, other, among=[*search.stated, *search.others])
    return Finding(
        "another method gives it",
        message,
        "OTHER_SPEC",
        causes=other.tried.departures or (synthesis_words(other.tried.spec),),
        **facts,
    )
