"""Claims that speak of the same result: same analysis, same method, same subject."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from metaudit.audit.scale import analysis_window, natural_window, on_analysis_scale, printed_of
from metaudit.formats.review import Claim, Review
from metaudit.formats.stated import with_override
from metaudit.measures import Measure, measure_of
from metaudit.printed import Interval, Printed

_NATURAL = measure_of("GEN")
_RATIO = measure_of("GEN-LOG")


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
    """

    key: tuple[str, str, str]
    claims: tuple[Claim, ...]
    measures: tuple[Measure, ...]
    level: float
    pooled: bool
    i2_of_q: bool = False

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
    for key, claims in keys.items():
        analysis = review.analyses.get(key[0])
        method = with_override(analysis.method if analysis else {}, key[1])
        codes: Sequence[str] = (
            (str(method["measure"]),) if "measure" in method else (analysis.measures if analysis else ())
        )
        measures = tuple(measure_of(c) for c in codes) or _guess(key[2])
        pooled = review.kind in ("meta-analysis", "network meta-analysis", "re-analysis") and bool(key[0])
        pooled = pooled and method.get("ci") != "profile"  # a likelihood is not symmetric, nor are its intervals
        out.append(Group(key, tuple(claims), measures, float(method.get("level", level)), pooled, _i2_of_q(method)))
    return out


def _i2_of_q(method: Mapping[str, Any]) -> bool:
    if method.get("model") in ("common", "mantel-haenszel", "peto"):
        return True
    return method.get("tau2") == "DL" and method.get("q", "inverse-variance") == "inverse-variance"


def _guess(subject: str) -> tuple[Measure, ...]:
    return (_RATIO, _NATURAL) if "ratio" in subject.lower() else (_NATURAL, _RATIO)
