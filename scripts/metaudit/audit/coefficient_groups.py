"""Checks among the numbers printed of one coefficient, or of one predicted effect; no data are needed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from metaudit.audit.coefficients import COEFFICIENT, EXPONENTIATED
from metaudit.audit.groups import Group, Triple, triples
from metaudit.audit.intervals import Filed, equals, inside, of_test, order, p_centre, p_is, p_window, symmetry
from metaudit.audit.known_interval import KnownInterval
from metaudit.audit.verdict import Finding
from metaudit.measures import measure_of
from metaudit.pooling.intervals import two_sided_p
from metaudit.printed import Interval

_AS_POOLED = {"coef": "estimate", "coef_se": "se", "coef_p": "p"}
_NATURAL, _RATIO = measure_of("GEN"), measure_of("GEN-LOG")
# A t distribution with more degrees of freedom than this is told from the normal one by no printed P value.
_MOST_DF = 200


def of_coefficient(group: Group) -> Group | None:
    """A group about a coefficient, its numbers named as those of a pooled result; None for any other.

    Where the same subject has a coefficient and an effect predicted for it, its limits may be of either: None as well.
    """
    names = {c.quantity for c in group.claims}
    if not names & COEFFICIENT or names & {"estimate", "predicted"}:
        return None
    claims = tuple(replace(c, quantity=_AS_POOLED.get(c.quantity, c.quantity)) for c in group.claims)
    ratios = any(m.scale in ("log", "logit") for m in group.measures)
    surely = any(c.scale in EXPONENTIATED for c in group.claims)
    measures = (_RATIO,) if surely else (_NATURAL, _RATIO) if ratios else (_NATURAL,)  # printed as b or as exp(b)
    return replace(group, claims=claims, measures=measures, one_effect=False)


def of_prediction(group: Group) -> Group | None:
    """A group about a predicted effect, which is named as a pooled one; None for any other."""
    names = {c.quantity for c in group.claims}
    if "predicted" not in names or names & (COEFFICIENT | {"estimate"}):
        return None
    claims = tuple(replace(c, quantity="estimate") if c.quantity == "predicted" else c for c in group.claims)
    return replace(group, claims=claims, one_effect=False)


def check_coefficient(
    group: Group, *, method: Mapping[str, Any], known: KnownInterval | None = None
) -> Iterator[Filed]:
    """Order of the limits, estimate inside, symmetry, the test statistic and the P value.

    Parameters
    ----------
    group : as ``of_coefficient`` has it
    method : what is stated of it
    known : the kind of interval that re-derivation found behind the printed one; None where it is not known
    """
    found = triples(group)
    if found:
        yield from order(found[0])
        if not any(_holds(t) for t in found):
            yield from inside(found)
        yield from symmetry(group, found)
    parts = _parts(group, found)
    yield from _statistic(group, parts)
    if known is None or known.tested:
        yield from _p_value(group, found, parts, _distributions(method, known))


def _holds(t: Triple) -> bool:
    w = t.estimate_window
    return w is None or (w.high >= t.low_window.low and w.low <= t.high_window.high)


@dataclass(frozen=True)
class _Ratio:
    """A coefficient over its standard error, as printed and once both are rounded."""

    words: str
    window: Interval

    @property
    def sizes(self) -> tuple[float, float]:
        """The least and the largest distance from 0."""
        low, high = self.window.low, self.window.high
        return (0.0 if low <= 0 <= high else min(abs(low), abs(high))), max(abs(low), abs(high))


def _parts(group: Group, found: list[Triple]) -> list[_Ratio]:
    """The coefficient over its standard error on every scale that is possible; empty without both."""
    estimate, se = group.first("estimate"), group.printed("se")
    spread = group.window("se")
    if estimate is None or se is None or spread is None or spread.low <= 0:
        return []
    windows = [t.estimate_window for t in found] or [w for m in group.measures if (w := group.on_scale(estimate, m))]
    out = []
    for w in windows:
        if w is not None:
            corners = [e / s for e in (w.low, w.high) for s in (spread.low, spread.high)]
            out.append(_Ratio(f"{estimate.printed} / {se[0].printed}", Interval(min(corners), max(corners))))
    return out


def _statistic(group: Group, parts: list[_Ratio]) -> Iterator[Filed]:
    z, window = group.first("z"), group.window("z")
    if z is None or window is None or not parts:
        return
    ours = [Interval(*r.sizes) if window.low >= 0 else r.window for r in parts]  # a z without a sign is its size
    if any(w.overlaps(window) for w in ours):
        return
    w = ours[0]
    message = f"z = {z.printed} is not {parts[0].words}, which is {w.low:.4g} to {w.high:.4g} after rounding."
    yield z.id, Finding("z against estimate and SE", message, "INCONSISTENT", causes=("a digit mistyped",))


def _distributions(method: Mapping[str, Any], known: KnownInterval | None) -> list[float | None]:
    """Degrees of freedom that the test may have, None for the normal distribution.

    How many coefficients a model has is seldom printed, so that every t distribution is possible where none is known.
    """
    if known is not None:
        return [known.df]
    return [None] if method.get("ci") == "wald" else [None, *(float(d) for d in range(1, _MOST_DF + 1))]


def _p_value(
    group: Group, found: list[Triple], parts: list[_Ratio], distributions: list[float | None]
) -> Iterator[Filed]:
    claim, window = group.first("p"), group.window("p")
    if claim is None or window is None:
        return
    whole = [t for t in found if t.estimate_window is not None and _holds(t)]
    if whole:
        allowed = [(t, d, w) for t in whole for d in distributions if (w := p_window(t, group.level, d)) is not None]
        if not allowed or any(w.overlaps(window) for _, _, w in allowed):
            return
        t, d, w = allowed[0]
        assert t.estimate is not None
        p = p_centre(t, group.level, d)
        what = f"{t.estimate.printed} ({t.limits}): that interval gives"
        check, causes = "P against interval", ("another test than the interval's", "a digit mistyped")
    elif parts:
        tests = [
            (r, d, Interval(two_sided_p(r.sizes[1], d), two_sided_p(r.sizes[0], d)))
            for r in parts
            for d in distributions
        ]
        if any(w.overlaps(window) for _, _, w in tests):
            return
        r, d, w = tests[0]
        p = two_sided_p((r.window.low + r.window.high) / 2, d)
        what = f"{r.words}: that gives"
        check, causes = "P against estimate and SE", ("another test than the standard error's", "a digit mistyped")
    else:
        return
    tail = "" if len(distributions) == 1 else "; no t distribution gives it either"
    message = f"P {equals(claim)} does not agree with {what} {p_is(p)} under {of_test(d)}{tail}."
    significant = window.high <= 0.05 or window.low > 0.05
    impact = "significance" if significant and (window.high <= 0.05) != (p <= 0.05) else "minor"
    finding = Finding(check, message, "INCONSISTENT", causes=causes, impact=impact)
    yield claim.id, replace(finding, value=p, value_low=w.low, value_high=w.high)
