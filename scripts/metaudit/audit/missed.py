"""The verdict of a number that the stated method does not give: what else gives it, how near it comes, what it changes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from metaudit.audit.bundles import Answer, Bundle
from metaudit.audit.coefficients import about_term
from metaudit.audit.impact import impact
from metaudit.audit.incomplete import part_of_studies, unusable_rows
from metaudit.audit.input_rounding import inputs_are_those_used
from metaudit.audit.resampling import resampling_reach
from metaudit.audit.scale import printed_of
from metaudit.audit.sharing import shared_facts, shown
from metaudit.audit.typed_cells import typed_cell
from metaudit.audit.unsaid_scale import unsaid_scale
from metaudit.audit.verdict import Finding
from metaudit.audit.wide import Wide
from metaudit.audit_words.choice_words import departure_words
from metaudit.audit_words.criteria import specificity_words
from metaudit.audit_words.spec_words import spec_words
from metaudit.audit_words.whole import counted, fewer_or_more
from metaudit.formats.review import Claim
from metaudit.printed import Printed
from metaudit.search.envelope import near
from metaudit.specs import Spec

# From so many departures on, a match that more than 1 in 20 made-up results would find is said to be one.
_SEVERAL, _OFTEN = 2, 0.05


def missed(
    bundle: Bundle, claim: Claim, printed: Printed, *, reaches: Mapping[str, float], wide: Wide | None
) -> Finding:
    """Judge a number that the best of the stated specifications misses, the most telling reason first."""
    answers = bundle.answers[claim.id]
    best = bundle.best if bundle.best in answers else next(iter(answers))
    assert best is not None
    a = answers[best]
    half = reaches.get(claim.id, 0.0)
    facts = shared_facts(bundle, claim, a, best, half=half, wide=wide)
    ours = shown(a.value, printed, more=2)
    lacking = unusable_rows(bundle, claim, a, ours)
    if lacking:
        return lacking
    window = a.comparison.window
    drawn = resampling_reach(bundle, claim, best)
    if drawn > 0 and window.low - drawn <= a.value <= window.high + drawn:
        message = f"Ours is {ours}: {a.ours.how}. Another seed could move it by {drawn:.2g}, far enough to reach {claim.printed}."
        return Finding("resampling", message, "WITHIN_ROUNDING", causes=("random draws",), **facts)
    overlaps = half > 0 and a.value - half <= window.high and a.value + half >= window.low
    column = typed_cell(bundle, claim) if overlaps else ""
    if column:
        message = (
            f"{claim.printed} is {column} of the row as it was typed in. Ours is {ours} ({a.ours.how}): worked out from "
            "rounded numbers, estimate and limits do not lie evenly to the last digit."
        )
        return Finding(
            "number as typed in", message, "WITHIN_ROUNDING", causes=("inputs printed with few digits",), **facts
        )
    if overlaps and not inputs_are_those_used(bundle, reaches):
        message = f"Ours is {ours}: {a.ours.how}. Rounding of the inputs could move it by {half:.2g}, far enough to reach {claim.printed}."
        return Finding(
            "input rounding", message, "WITHIN_ROUNDING", causes=("inputs printed with few digits",), **facts
        )
    studies = part_of_studies(bundle, claim)
    part = f" (from {studies})" if studies else ""
    lead = f"Printed {claim.printed}; {_under(bundle)} ours is {ours}: {a.ours.how}{part}. That is {distance(claim, a.value, a.comparison.margin)}"
    elsewhere = _other_spec(claim, printed, lead=lead, facts=facts, wide=wide)
    return elsewhere or _outside(bundle, claim, a, spec=best, lead=lead, facts=facts, wide=wide)


def _other_spec(
    claim: Claim, printed: Printed, *, lead: str, facts: Mapping[str, Any], wide: Wide | None
) -> Finding | None:
    """OTHER_SPEC: another method gives this number and more of those printed with it than the stated one does."""
    if wide is None or wide.best is None or not wide.gives(claim):
        return None
    spec, together = wide.best.spec, len(wide.explained)
    value = wide.value(claim, spec)
    found = wide.jointly if together > 1 else wide.of_claim(claim.id)
    rest = f", and {together - 1} other {_numbers(together - 1)} of this result with it" if together > 1 else ""
    worth = specificity_words(found.share, found.results)
    if together > 1:
        worth = worth.replace("as this number", f"as all {together} numbers together")
    by_chance = _by_chance(wide)
    if by_chance:  # no strong fingerprint, whatever the share among the results
        worth = worth.rpartition(": ")[0] or worth
    message = (
        f"{lead}. Another method gives {shown(value, printed, more=2)}, which prints as the paper has it{rest}: "
        f"{departure_words(wide.departures) or 'the stated one'} (in full: {spec_words(spec)}). {_sentence(worth)}"
        f"{by_chance}{_not_given(wide)}"
    )
    alone = wide.of_claim(claim.id)
    changed = {
        **facts, "value": value, "margin": printed.interval().distance(value) / printed.unit, "spec": str(spec),
        "specificity": alone.share, "searched": alone.results, "alternatives": tuple(str(s) for s in wide.best.twins[:5]),
        "formula": spec_words(spec), "value_low": value, "value_high": value,
    }  # fmt: skip
    return Finding("another method gives it", message, "OTHER_SPEC", causes=wide.departures or (str(spec),), **changed)


def _by_chance(wide: Wide) -> str:
    """Plainly, when a match by several departures at once is one that made-up numbers would often find as well."""
    if len(wide.departures) < _SEVERAL or wide.by_chance <= _OFTEN:
        return ""
    n = len(wide.explained)
    made = "made-up numbers printed this finely" if n == 1 else f"made-up sets of {n} numbers printed this finely"
    return (
        f" It takes {len(wide.departures)} departures at once: with this many methods searched, about "
        f"{100 * wide.by_chance:.0f} of 100 {made} would find one too, so that it is a hint to ask about, not an identification."
    )


def _not_given(wide: Wide) -> str:
    missed = len(wide.best.missed) if wide.best else 0
    return f" It does not give {missed} other {_numbers(missed)} printed with it." if missed else ""


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}." if text else ""


def _numbers(n: int) -> str:
    return "number" if n == 1 else "numbers"


def _outside(
    bundle: Bundle, claim: Claim, a: Answer, *, spec: Spec, lead: str, facts: Mapping[str, Any], wide: Wide | None
) -> Finding:
    """NEAR, OUT_OF_ENVELOPE or DIFFERENT."""
    printed = printed_of(claim)
    assert printed is not None
    scale = unsaid_scale(bundle, claim, spec)
    if scale:
        message = (
            f"{lead}. It is printed on {scale}, as most results of the studies of this analysis are: "
            "say so (printed_scale in extraction.csv, scale in claims.csv)."
        )
        return Finding("scale of printed results", message, "DIFFERENT", causes=(f"printed on {scale}",), **facts)
    impact = impact_of(bundle, claim, a, spec)
    tail = _only_alone(bundle, claim, wide)
    measure = bundle.evaluated[spec].effects.measure.code
    tolerance = near(a.value, printed, measure=measure, quantity=claim.quantity)
    if tolerance and impact not in ("direction", "significance"):
        message = f"{lead}, but within {tolerance} of the printed number{tail}."
        return Finding("near", message, "NEAR", impact=impact, **facts)
    if wide is not None and wide.outside_envelope(claim):
        low, high = wide.printed_envelope(claim)
        message = (
            f"{lead}. No method for the stated measure reaches it: the {wide.results_of_measures(claim.id)} distinct results "
            f"of those searched lie between {low:.4g} and {high:.4g}{tail}."
        )
        return Finding("out of the envelope", message, "OUT_OF_ENVELOPE", impact=impact, **facts)
    return Finding("outside rounding", f"{lead}{tail}.", "DIFFERENT", impact=impact, **facts)


def _only_alone(bundle: Bundle, claim: Claim, wide: Wide | None) -> str:
    """What gives this number but not the others printed with it."""
    found = _stated_for(bundle, claim) or (wide.first_for(claim) if wide is not None else None)
    if found is None:
        return ""
    spec, given, others = found
    return f"; {spec_words(spec)} would give it{_and_of_others(given, others)}"


def _stated_for(bundle: Bundle, claim: Claim) -> tuple[Spec, int, int] | None:
    """The stated specification that gives a claim and most of the others, with how many others of how many."""
    hits = bundle.answers[claim.id].hits
    if not hits:
        return None
    others = [a for name, a in bundle.answers.items() if name != claim.id]
    given = {s: sum(a.gives(s) for a in others) for s in hits}
    best = max(hits, key=lambda s: given[s])  # the first of equals: the most conventional
    return best, given[best], len(others)


def _and_of_others(given: int, others: int) -> str:
    """What a method that gives one number does to the others printed with it."""
    if others == 0:
        return ""
    if given == 0:
        return (
            f", but {'not the other number' if others == 1 else f'none of the {others} other numbers'} printed with it"
        )
    if given == others:
        return f", and the {'other number' if others == 1 else f'{others} other numbers'} printed with it"
    return f", but only {given} of the {others} other numbers printed with it"


def distance(claim: Claim, value: float, margin: float) -> str:
    """How far ours lies from the printed number: by how many where both are counts, else in units of the last digit."""
    by = fewer_or_more(claim.printed, value) if counted(claim.quantity, unit=claim.unit) else ""
    return by or f"{_units(margin)} outside the rounding interval"


def _units(margin: float) -> str:
    size = abs(margin)
    if size < 1:
        return f"{size:.2g} of a unit of the last digit"
    return f"{size:.2g} units of the last digit" if size < 10 else f"{size:,.0f} units of the last digit"


def _under(bundle: Bundle) -> str:
    """Which method our value is by: the stated one, or the best of those that the paper leaves open."""
    return (
        "by the stated method"
        if bundle.specs.one_fit
        else "by the method that fits best of those the paper leaves open"
    )


def impact_of(bundle: Bundle, claim: Claim, a: Answer, spec: Spec) -> str:
    """What the difference changes: direction and significance before size."""
    printed = printed_of(claim)
    assert printed is not None
    e = bundle.evaluated[spec]
    of_term = about_term(claim, e, bundle.analysis)
    return impact(claim, printed, e.effects.measure, natural=a.ours.value, shown=a.value, of_term=of_term)
