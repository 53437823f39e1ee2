"""What every finding of a re-derived number carries: value, formula, inputs, both intervals, and what the search says."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from metaudit.audit.bundles import Answer, Bundle
from metaudit.audit.provenance import inputs_of
from metaudit.audit.verdict import worst_certainty
from metaudit.audit.wide import Wide
from metaudit.audit_words.matters import alike
from metaudit.formats.review import Claim
from metaudit.printed import Printed
from metaudit.specs import Spec

_MOST = 5


def shared_facts(
    bundle: Bundle, claim: Claim, a: Answer, spec: Spec, *, half: float = 0.0, wide: Wide | None = None
) -> dict[str, Any]:
    """The fields of a finding that do not depend on its verdict.

    Parameters
    ----------
    half : how far rounding of the inputs could move our value, on the printed scale
    wide : the search over the whole space; None where there was none
    """
    others = _others(bundle, claim, spec)
    facts: dict[str, Any] = {
        "value": a.value,
        "margin": a.comparison.margin,
        "spec": bundle.specs.words(bundle.specs.place[spec]),
        "stated_spec": bundle.specs.words(0),
        "alternatives": others,
        "specificity": math.nan,
        "certainty": certainty_of(bundle),
        "formula": a.ours.how,
        "inputs": inputs_of(bundle, claim),
        "value_low": a.value - half,
        "value_high": a.value + half,
        "printed_width": a.comparison.window.high - a.comparison.window.low,
    }
    return facts if wide is None else {**facts, **wide.facts(claim)}


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


def certainty_of(bundle: Bundle) -> str:
    """An analysis is as certain as its worst row."""
    if "certainty" not in bundle.remembered:
        bundle.remembered["certainty"] = worst_certainty(*(r.row.text("certainty") for r in bundle.rows))
    return str(bundle.remembered["certainty"])


def _others(bundle: Bundle, claim: Claim, spec: Spec) -> tuple[str, ...]:
    """The first other specifications that give the number, one of those that cannot differ in it."""
    hit, kinds, own = bundle.answers[claim.id].hit, bundle.specs.kinds(claim.quantity), bundle.specs.place[spec]
    key = "others", alike(claim.quantity), hit.tobytes(), own  # the numbers of one result mostly have these in common
    if key not in bundle.remembered:
        seen, found = {kinds[own]}, list[str]()
        for i in np.flatnonzero(hit).tolist():
            if len(found) == _MOST:
                break
            if kinds[i] not in seen:
                seen.add(kinds[i])
                found.append(bundle.specs.words(i))
        bundle.remembered[key] = tuple(found)
    others: tuple[str, ...] = bundle.remembered[key]
    return others
