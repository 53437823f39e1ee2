"""Claims that speak of the same result: same analysis, same method, same subject."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from metaudit.audit.scale import (
    EFFECT_QUANTITIES,
    analysis_window,
    is_percent,
    natural_window,
    on_analysis_scale,
    printed_of,
)
from metaudit.formats.review import Claim, Review
from metaudit.formats.select import select_rows
from metaudit.formats.stated import with_override
from metaudit.measures import MEASURES, Measure, measure_of
from metaudit.printed import Interval, Printed

_NATURAL = measure_of("GEN")
_RATIO = measure_of("GEN-LOG")
_PROPORTIONS = tuple(m for m in MEASURES.values() if m.kind == "proportion")
_OTHER_DF = {"network", "dose_response", "multilevel"}


@dataclass(frozen=True)
class Group:
    """The claims about one result, and what is known of the result's scale.

    Attributes
    ----------
    claims : in the order of claims.csv
    measures : the scales that are possible, the likelier first
    level : level of its intervals
    pooled : whether several studies were combined (so that intervals are symmetric on the measure's scale)
    i2_of_q : whether the stated method makes I² the share (Q - df)/Q: DerSimonian-Laird and the models without tau²
    one_effect : whether one effect a study is pooled, so that Q has k - 1 degrees of freedom; not so in networks, dose-response
        and multilevel analyses
    """

    key: tuple[str, str, str]
    claims: tuple[Claim, ...]
    measures: tuple[Measure, ...]
    level: float
    pooled: bool
    i2_of_q: bool = False
    one_effect: bool = True

    def first(self, quantity: str, *, log: bool | None = None) -> Claim | None:
        """The first claim of a quantity, on one scale or on any."""
        return next(
            (c for c in self.claims if c.quantity == quantity and (log is None or on_analysis_scale(c) == log)), None
        )

    def printed(self, quantity: str) -> tuple[Claim, Printed] | None:
        """The first claim of a quantity with its number."""
        claim = self.first(quantity)
        number = printed_of(claim) if claim else None
        return (claim, number) if claim and number else None

    def window(self, quantity: str) -> Interval | None:
        """The natural-scale window of a quantity."""
        found = self.printed(quantity)
        return natural_window(*found) if found else None

    def on_scale(self, claim: Claim, measure: Measure) -> Interval | None:
        """An effect's window on the analysis scale of one measure; None where it is not defined there."""
        return _window(claim, measure)


@dataclass(frozen=True)
class Triple:
    """Estimate and limits, with their windows on one analysis scale."""

    measure: Measure
    estimate: Claim | None
    low: Claim
    high: Claim
    estimate_window: Interval | None
    low_window: Interval
    high_window: Interval

    @property
    def ends(self) -> tuple[str, str]:
        """The two limits as printed, the lower one first: of a reduction, that is the one of the higher ratio."""
        first, second = (self.high, self.low) if self.low.scale == "percent-reduction" else (self.low, self.high)
        return first.printed, second.printed

    @property
    def limits(self) -> str:
        """The same for a sentence."""
        return " to ".join(self.ends)


def triples(group: Group) -> list[Triple]:
    """The estimate with its interval on every scale that is possible; empty without two limits."""
    for log in (False, True):
        low, high, estimate = (group.first(q, log=log) for q in ("ci_low", "ci_high", "estimate"))
        if low is None or high is None:
            continue
        if low.scale == "percent-reduction":
            low, high = high, low
        out = []
        for measure in (_NATURAL,) if log else group.measures:
            windows = [_window(c, measure) for c in (low, high, estimate)]
            if windows[0] is not None and windows[1] is not None and not (estimate and windows[2] is None):
                out.append(Triple(measure, estimate, low, high, windows[2], windows[0], windows[1]))
        return out
    return []


def _window(claim: Claim | None, measure: Measure) -> Interval | None:
    number = printed_of(claim) if claim else None
    return analysis_window(claim, number, measure) if claim and number else None


def groups_of(review: Review, *, level: float) -> list[Group]:
    """All groups of a review, in the order of their first claim. Remarks in a subject do not join different results."""
    keys: dict[tuple[str, str, str], list[Claim]] = {}
    for c in review.claims:
        keys.setdefault((c.analysis, c.method, c.subject if c.quantity != "text" else ""), []).append(c)
    out = []
    singles = _of_single_groups(review)
    for key, claims in keys.items():
        analysis = review.analyses.get(key[0])
        method = with_override(analysis.method if analysis else {}, key[1])
        codes: Sequence[str] = (
            (str(method["measure"]),) if "measure" in method else (analysis.measures if analysis else ())
        )
        measures = tuple(measure_of(c) for c in codes) or _guess(key[2], claims, single=key[0] in singles)
        pooled = review.kind in ("meta-analysis", "network meta-analysis", "re-analysis") and bool(key[0])
        pooled = pooled and method.get("ci") != "profile"  # a likelihood is not symmetric, nor are its intervals
        pooled = pooled and (analysis is None or "bayes" not in analysis.syntheses)  # nor is a posterior
        one = analysis is None or not _OTHER_DF & set(analysis.syntheses)
        at = float(method.get("level", level))
        out.append(Group(key, tuple(claims), measures, at, pooled, _i2_of_q(method), one))
    return out


def _i2_of_q(method: Mapping[str, Any]) -> bool:
    if method.get("model") in ("common", "mantel-haenszel", "peto"):
        return True
    return method.get("tau2") == "DL" and method.get("q", "inverse-variance") == "inverse-variance"


def _of_single_groups(review: Review) -> frozenset[str]:
    """Analyses without a stated measure whose rows are events of single groups."""
    if not any("events" in r.numbers for r in review.rows):
        return frozenset()
    open_ones = [a for a in review.analyses.values() if not a.measures]
    return frozenset(a.id for a in open_ones if any("events" in r.numbers for r in select_rows(a, review.rows)[0]))


def _guess(subject: str, claims: Sequence[Claim], *, single: bool) -> tuple[Measure, ...]:
    """The scales that are possible where no measure is stated: of a percentage those of proportions, too."""
    if single:
        return _PROPORTIONS
    usual = (_RATIO, _NATURAL) if "ratio" in subject.lower() else (_NATURAL, _RATIO)
    effects = [(c, p) for c in claims if c.quantity in EFFECT_QUANTITIES and (p := printed_of(c)) is not None]
    return (*_PROPORTIONS, *usual) if any(is_percent(c, p) for c, p in effects) else usual
