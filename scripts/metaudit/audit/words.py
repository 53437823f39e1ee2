"""Statements in words against the numbers they are about."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from metaudit.audit.bundles import Bundle
from metaudit.audit.groups import Group, triples
from metaudit.audit.incomplete import not_used
from metaudit.audit.intervals import Filed, p_is
from metaudit.audit.scale import natural_window, printed_of
from metaudit.audit.verdict import Finding
from metaudit.formats.review import Analysis, Claim

JUDGED = (
    "significant",
    "not significant",
    "favours treatment",
    "favours control",
    "heterogeneous",
    "not heterogeneous",
)
# Heterogeneity is tested at 0.10 because the test has little power (Cochrane Handbook 10.10.2).
HETEROGENEITY_ALPHA = 0.10


@dataclass(frozen=True)
class Truth:
    """What numbers say: True, False, or None when they leave it open."""

    holds: bool | None
    why: str


def check_words(claim: Claim, group: Group, analysis: Analysis | None, bundle: Bundle | None) -> Iterator[Filed]:
    """Judge a statement by our own fit when there is one, else by the numbers printed beside it."""
    statement = claim.printed.strip().lower()
    if statement not in JUDGED:
        return
    own = bundle if bundle and bundle.best and bundle.analysis.data != "partial" and not not_used(bundle) else None
    truth = _by_fit(statement, own, analysis) if own else _by_print(statement, group, analysis)
    if truth is None or truth.holds is None:
        return
    against = "our own result" if own else "the numbers printed beside it"
    if truth.holds:
        yield (
            claim.id,
            Finding("words against numbers", f"'{claim.printed}' agrees with {against}: {truth.why}.", "EXACT"),
        )
    else:
        verdict = "DIFFERENT" if own else "INCONSISTENT"
        impact = "direction" if statement.startswith("favours") else "significance"
        yield (
            claim.id,
            Finding(
                "words against numbers",
                f"'{claim.printed}' contradicts {against}: {truth.why}.",
                verdict,
                impact=impact,
            ),
        )


def _by_fit(statement: str, bundle: Bundle, analysis: Analysis | None) -> Truth | None:
    assert bundle.best is not None
    e = bundle.evaluated[bundle.best]
    f = e.fit
    if "heterogeneous" in statement:
        if f.q_df < 1 or math.isnan(f.q_p):
            return None
        return Truth(
            (f.q_p < HETEROGENEITY_ALPHA) == (statement == "heterogeneous"),
            f"Q = {f.q:.4g} on {f.q_df} df, {p_is(f.q_p)}",
        )
    null = e.effects.measure.null_analysis
    if null is None or any(math.isnan(x) for x in (f.ci_low, f.ci_high, f.p)):
        return None
    excluded = f.ci_low > null or f.ci_high < null
    natural = [e.natural(x) for x in (f.estimate, f.ci_low, f.ci_high)]
    why = f"{natural[0]:.3g} ({natural[1]:.3g} to {natural[2]:.3g}), {p_is(f.p)}"
    return _decide(statement, excluded, f.estimate > null, analysis, why)


def _decide(statement: str, excluded: bool | None, above: bool, analysis: Analysis | None, why: str) -> Truth | None:
    if excluded is None:
        return None
    if statement == "significant":
        return Truth(excluded, why)
    if statement == "not significant":
        return Truth(not excluded, why)
    if analysis is None or not analysis.favours:
        return None
    good = above == (analysis.favours == "high")
    return Truth(
        excluded and good == (statement == "favours treatment"),
        f"{why}; {analysis.favours} values favour the treatment",
    )


def _by_print(statement: str, group: Group, analysis: Analysis | None) -> Truth | None:
    if "heterogeneous" in statement:
        window = group.window("q_p")
        claim = group.first("q_p")
        if window is None or claim is None:
            return None
        low = _side(window.low, window.high, HETEROGENEITY_ALPHA)
        return Truth(
            None if low is None else low == (statement == "heterogeneous"), f"P of heterogeneity {claim.printed}"
        )
    for t in triples(group):
        null = t.measure.null_analysis
        if null is None:
            return None
        why = f"interval {t.limits}"
        surely_out = t.low_window.low > null or t.high_window.high < null
        surely_in = t.low_window.high < null < t.high_window.low
        excluded = True if surely_out else False if surely_in else None
        above = (t.low_window.low + t.high_window.high) / 2 > null
        return _decide(statement, excluded, above, analysis, why)
    return _by_p(statement, group)


def _by_p(statement: str, group: Group) -> Truth | None:
    claim = group.first("p")
    printed = printed_of(claim) if claim else None
    if claim is None or printed is None or "significant" not in statement:
        return None
    window = natural_window(claim, printed)
    low = _side(window.low, window.high, 0.05)
    return Truth(None if low is None else low == (statement == "significant"), f"P {claim.printed}")


def _side(low: float, high: float, alpha: float) -> bool | None:
    return True if high <= alpha else False if low > alpha else None
