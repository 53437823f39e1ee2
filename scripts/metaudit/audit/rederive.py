"""The verdict of re-derivation: our value from the per-study data against the printed one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from metaudit.audit.bundles import Answer, Bundle
from metaudit.audit.incomplete import partial_table, unusable_rows
from metaudit.audit.input_rounding import inputs_are_those_used, reach
from metaudit.audit.intervals import Filed, say_p
from metaudit.audit.judge import TRUNCATED, relative_difference, size_of
from metaudit.audit.resampling import resampling_reach
from metaudit.audit.scale import natural_window, on_printed_scale, printed_of
from metaudit.audit.two_by_two import TABLE_TESTS, p_values, risk_difference_intervals, table_of
from metaudit.audit.verdict import Finding, worst_certainty
from metaudit.formats.review import Claim
from metaudit.printed import Printed
from metaudit.specs import Spec

_SIGNED = {"estimate", "ci_low", "ci_high", "study_estimate", "coef"}


def rederive(bundle: Bundle) -> Iterator[Filed]:
    """One finding for every claim of a bundle that has numbers: judged, or with what is missing."""
    reaches: dict[str, float] | None = None
    for claim in bundle.claims:
        printed = printed_of(claim)
        if printed is None:
            continue
        if claim.id in bundle.unanswerable:
            reason = bundle.unanswerable[claim.id]
            yield (
                claim.id,
                Finding("re-derivation", f"{_sentence(str(reason))}.", "NOT_CHECKABLE", causes=reason.missing),
            )
            continue
        found = _judged(bundle, claim, printed)
        if found is None:
            found = _by_test(bundle, claim, printed)
        if found is None:
            reaches = reach(bundle) if reaches is None else reaches
            found = _missed(bundle, claim, printed, reaches)
        yield claim.id, found


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def shown(value: float, printed: Printed, *, more: int = 0) -> str:
    """Our value with the printed number's decimals and percent sign, or more decimals; a tie shows its next digits."""
    sign = "%" if printed.percent else ""
    if printed.relation != "=" or abs(value) >= 1e6 or "/" in printed.text:
        return f"{value:.3g}{sign}" if abs(value) < 1e6 else f"{value:.6g}{sign}"
    decimals = max(printed.decimals, 0)
    if decimals == 0 and value == round(value):
        return f"{value:.0f}{sign}"
    rounded = f"{value:.{decimals}f}"
    if not more and abs(float(rounded) - printed.value) < printed.unit / 2:
        return rounded + sign
    finer = f"{value:.{min(decimals + 2, 10)}f}"
    return f"{value:.2g}{sign}" if value != 0 and float(finer) == 0 else finer + sign


def _units(margin: float) -> str:
    size = abs(margin)
    return f"{size:.2g} of a unit of the last digit" if size < 1 else f"{size:.2g} units of the last digit"


def certainty_of(bundle: Bundle) -> str:
    """An analysis is as certain as its worst row."""
    return worst_certainty(*(r.row.text("certainty") for r in bundle.rows))


def _common(bundle: Bundle, claim: Claim, a: Answer, spec: Spec) -> dict[str, Any]:
    conventional = str(bundle.specs[0])
    others = [str(s) for s, x in bundle.answers[claim.id].items() if x.comparison.hit and s != spec]
    return {
        "value": a.value,
        "margin": a.comparison.margin,
        "spec": str(spec),
        "stated_spec": conventional,
        "alternatives": tuple(others[:5]),
        "specificity": bundle.specificity(claim.id),
        "certainty": certainty_of(bundle),
    }


def _judged(bundle: Bundle, claim: Claim, printed: Printed) -> Finding | None:
    """EXACT, WITHIN_ROUNDING by cutting, or UNDERSPECIFIED; None when the best specification misses."""
    answers = bundle.answers[claim.id]
    best = bundle.best if bundle.best in answers else next(iter(answers))
    assert best is not None
    a = answers[best]
    partial = partial_table(bundle, claim, a, shown(a.value, printed))
    if partial or not a.comparison.hit:
        return partial
    shared = _common(bundle, claim, a, best)
    ours = shown(a.value, printed)
    open_choices = [*bundle.open_choices(claim.id), *([a.choice] if a.choice else [])]
    where = f"Ours is {ours}: {a.ours.how}"
    if a.comparison.kind == TRUNCATED and claim.rounding != "truncated":
        finer = shown(a.value, printed, more=2)
        return Finding(
            "cut instead of rounded",
            f"Ours is {finer}: {a.ours.how}; it prints as {claim.printed} when digits are cut, not rounded.",
            "WITHIN_ROUNDING",
            causes=("digits cut instead of rounded",),
            **shared,
        )
    if open_choices:
        choices = ", ".join(open_choices)
        message = (
            f"{where}. The stated method leaves choices open that decide this number; it comes out with {choices}."
        )
        return Finding("choices left open", message, "UNDERSPECIFIED", causes=tuple(open_choices), **shared)
    return Finding("rounded as printed", f"{where}.", "EXACT", **shared)


def _by_test(bundle: Bundle, claim: Claim, printed: Printed) -> Finding | None:
    """One trial's P value or risk-difference interval by another usual test or interval than the pooled model's."""
    table = table_of(bundle.rows)
    if table is None or claim.subject:
        return None
    spec = bundle.best
    level = spec.level if spec else 0.95
    candidates: dict[str, float] = {}
    if claim.quantity == "p":
        candidates = p_values(table)
    elif claim.quantity in ("ci_low", "ci_high") and spec is not None and spec.measure == "RD":
        side = 0 if claim.quantity == "ci_low" else 1
        candidates = {k: v[side] for k, v in risk_difference_intervals(table, level=level).items()}
    window = natural_window(claim, printed)
    fitting = [name for name, v in candidates.items() if v in window]
    if not fitting:
        return None
    fitting.sort(key=lambda name: (name not in TABLE_TESTS, list(candidates).index(name)))
    value = candidates[fitting[0]]
    if claim.quantity == "p":
        message = _test_message(claim, str(table), candidates, fitting)
    else:
        listed = "; ".join(f"{name} {v:.4g}" for name, v in candidates.items())
        message = f"{fitting[0]} of {table} gives {claim.printed}; the kind of interval is not named. All: {listed}."
    shown = on_printed_scale(claim, printed, value)
    return Finding(
        "test left open", message, "UNDERSPECIFIED", value=shown, margin=printed.interval().distance(shown) / printed.unit,
        spec=fitting[0], stated_spec=str(bundle.specs[0]), alternatives=tuple(fitting[1:]),
        specificity=len(fitting) / len(candidates), causes=tuple(fitting), certainty=certainty_of(bundle),
    )  # fmt: skip


def _test_message(claim: Claim, table: str, candidates: Mapping[str, float], fitting: list[str]) -> str:
    """Which tests of the table give the printed P, which do not, and what effect measures would."""

    def say(names: list[str]) -> str:
        return ", ".join(f"{n} ({say_p(candidates[n])})" for n in names)

    of_table = [n for n in fitting if n in TABLE_TESTS]
    others = [n for n in fitting if n not in TABLE_TESTS]
    failing = [n for n in candidates if n not in fitting]
    one = len(of_table) == 1
    not_these = "does not" if len(failing) == 1 else "do not"
    lead = (
        f"Of the tests of {table}, {'only the' if one else 'the'} {say(of_table)} {'gives' if one else 'give'} P {claim.printed}"
        if of_table
        else f"No test of the table {table} gives P {claim.printed}"
    )
    parts = [lead, *([f"{say(failing)} {not_these}"] if failing else []), *([f"{say(others)} would"] if others else [])]
    return "; ".join(parts) + ". The paper does not name its test."


def _missed(bundle: Bundle, claim: Claim, printed: Printed, reaches: Mapping[str, float]) -> Finding:
    answers = bundle.answers[claim.id]
    best = bundle.best if bundle.best in answers else next(iter(answers))
    assert best is not None
    a = answers[best]
    shared = _common(bundle, claim, a, best)
    drawn = resampling_reach(bundle, claim, best)
    half = reaches.get(claim.id, 0.0)
    window = a.comparison.window
    ours = shown(a.value, printed, more=2)
    lacking = unusable_rows(bundle, claim, a, ours)
    if lacking:
        return lacking
    if drawn > 0 and window.low - drawn <= a.value <= window.high + drawn:
        message = f"Ours is {ours}: {a.ours.how}. Another seed could move it by {drawn:.2g}, far enough to reach {claim.printed}."
        return Finding("resampling", message, "WITHIN_ROUNDING", causes=("random draws",), **shared)
    if (
        half > 0
        and a.value - half <= window.high
        and a.value + half >= window.low
        and not inputs_are_those_used(bundle, reaches)
    ):
        message = f"Ours is {ours}: {a.ours.how}. Rounding of the inputs could move it by {half:.2g}, far enough to reach {claim.printed}."
        return Finding(
            "input rounding", message, "WITHIN_ROUNDING", causes=("inputs printed with few digits",), **shared
        )
    relative = relative_difference(a.value, printed)
    others = [s for s in answers if answers[s].comparison.hit]
    message = f"Printed {claim.printed}, ours is {ours}: {a.ours.how}. That is {_units(a.comparison.margin)} outside the rounding interval"
    if others:
        message += f"; {others[0]} would give it, but not the other numbers printed with it"
    return Finding(
        "outside rounding", message + ".", "DIFFERENT", impact=_impact(bundle, claim, a, best, relative), **shared
    )


def _impact(bundle: Bundle, claim: Claim, a: Answer, spec: Spec, relative: float) -> str:
    """Direction and significance before size."""
    null = bundle.evaluated[spec].effects.measure.null
    printed = printed_of(claim)
    if null is not None and printed is not None and claim.quantity in _SIGNED:
        window = natural_window(claim, printed)
        inside = null in window
        ours_above = a.ours.value > null
        printed_above = (window.low + window.high) / 2 > null
        if not inside and ours_above != printed_above:
            return "direction" if claim.quantity in ("estimate", "study_estimate", "coef") else "significance"
    if claim.quantity in ("p", "q_p", "subgroup_p", "coef_p", "qm_p") and printed is not None:
        window = natural_window(claim, printed)
        if (a.ours.value <= 0.05) != (window.high <= 0.05):
            return "significance"
    return size_of(relative)
