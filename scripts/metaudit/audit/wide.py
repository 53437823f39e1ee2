"""The search over the whole declared space: what else gives the printed numbers, how many others would, how far all reach."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from metaudit.analyses import any_zero_cell
from metaudit.audit.arbitrary import chance_of_a_match
from metaudit.audit.bundles import Bundle, stated_method
from metaudit.audit.judge import HIT
from metaudit.audit.scale import on_printed_scale, printed_of
from metaudit.audit.spaces import Searched
from metaudit.audit.wanted import targets
from metaudit.audit_words.spec_words import spec_words
from metaudit.effects.convert import level_of
from metaudit.effects.zero_cells import Floats
from metaudit.formats.review import Claim
from metaudit.measures import measure_of
from metaudit.printed import Interval, Printed
from metaudit.search.envelope import Envelope, envelope
from metaudit.search.match import Matched, match
from metaudit.search.rank import CUT, Ranked, Specificity, distinct, rank, scores, specificity, without_zero_cells
from metaudit.search.targets import Target
from metaudit.specs import Spec, departures

_NEAREST = 3
_LOOKED_AT = 256  # nearest specifications among which so many different values are mostly found
_TRIPLE = frozenset({"estimate", "ci_low", "ci_high"})


@dataclass(frozen=True)
class Wide:
    """What the whole space says about one bundle.

    Attributes
    ----------
    matched : its claims against every specification
    ranked : the specifications that explain most of them, best first, with their departures from what is stated
    explains_more : whether it explains more than the best of the stated specifications
    measures : those the paper names or leaves open; the envelope is that of their specifications
    """

    bundle: Bundle
    matched: Matched
    ranked: tuple[Ranked, ...]
    explains_more: bool
    measures: tuple[str, ...]

    @property
    def best(self) -> Ranked | None:
        """The specification that explains most; None without claims that arrays hold."""
        return self.ranked[0] if self.ranked else None

    @cached_property
    def _of_measures(self) -> Any:
        """Which specifications are of the measures that the paper names or leaves open, shape ``(s,)``."""
        plan = self.matched.plan
        if plan is None:
            return np.array([s.measure in self.measures for s in self.matched.specs])
        return np.array([m in self.measures for m in plan.measures])[plan.part("fit").of]

    @cached_property
    def _number_given(self) -> Any:
        """How many targets each specification gives, shape ``(s,)``."""
        number = np.zeros(len(self.matched.specs), dtype=np.int64)
        for row in range(len(self.matched.targets)):
            number += self.matched.given_of(row)
        return number

    @cached_property
    def _known(self) -> dict[Any, Any]:
        """What is asked of a claim more than once."""
        return {}

    @cached_property
    def _any_zero(self) -> bool:
        return any_zero_cell(self.bundle.rows)

    @property
    def explained(self) -> frozenset[str]:
        """Claims that the best specification gives."""
        return self.best.explained if self.best else frozenset()

    def gives(self, claim: Claim) -> bool:
        """Whether another method is an answer for a claim: it explains more than the stated one and goes with the rest.

        An estimate and its two limits belong together: a method that gives one limit and not the other explains
        neither. What the stated method gives may be lost only against at least twice as many numbers gained.
        """
        if self.best is None or not self.explains_more or claim.id not in self.explained:
            return False
        together = _TRIPLE if claim.quantity in _TRIPLE else frozenset({claim.quantity})
        same = {t.name for t in self.matched.targets if t.quantity in together and t.subject == self._subject(claim)}
        stated = {n for n in (t.name for t in self.matched.targets) if self._stated_gives(n)}
        lost, gained = stated - self.explained, self.explained - stated
        return same <= self.explained and 2 * len(lost) <= len(gained) and self._triples_hold()

    def _triples_hold(self) -> bool:
        """Whether the best specification gives both limits of an interval or neither, wherever both are printed."""
        found: dict[str, set[bool]] = {}
        for t in self.matched.targets:
            if t.quantity in ("ci_low", "ci_high"):
                found.setdefault(t.subject, set()).add(t.name in self.explained)
        return all(len(v) == 1 for v in found.values())

    def _subject(self, claim: Claim) -> str:
        row = self.matched.row(claim.id)
        return "" if row is None else self.matched.targets[row].subject

    def _stated_gives(self, name: str) -> bool:
        a = self.bundle.answers.get(name)
        return a is not None and a.gives(self.bundle.best)

    @cached_property
    def jointly(self) -> Specificity:
        """How many distinct results give everything that the best specification gives."""
        return specificity(self.matched, self.explained)

    @cached_property
    def by_chance(self) -> float:
        """Share of made-up results that some searched method would give as it gives this bundle's."""
        ours: dict[str, float] = {}
        if self.bundle.best is not None and self.bundle.best in self.matched.place:
            place = self.matched.place[self.bundle.best]
            each = [(t.name, self.matched.classes(row)) for row, t in enumerate(self.matched.targets)]
            ours = {name: float(c.values[c.of[place]]) for name, c in each}
        return chance_of_a_match(self.matched, self.explained, ours=ours, measure=measure_of(self.measures[0]))

    @cached_property
    def departures(self) -> tuple[str, ...]:
        """What the best specification does otherwise than the stated method, as ``specs.departures`` names it."""
        if self.best is None:
            return ()
        best = self._bare(self.best.spec)
        found: list[list[str]] = [departures(best, self._bare(s)) for s in self.bundle.specs]
        shortest: list[str] = min(found, key=len)
        return tuple(shortest)

    def _bare(self, spec: Spec) -> Spec:
        """A specification with one value for everything that cannot matter to what is claimed from these rows."""
        asked = {t.quantity for t in self.matched.targets}
        i2, pi = spec.i2 if "i2" in asked else "tau2", spec.pi if asked & {"pi_low", "pi_high"} else "t-k-2"
        if (i2, pi) != (spec.i2, spec.pi):
            spec = replace(spec, i2=i2, pi=pi)
        if not self._any_zero:
            spec = without_zero_cells(spec)
            if spec.q == "mantel-haenszel-corrected":
                spec = replace(spec, q="mantel-haenszel")
        return spec

    def of_claim(self, name: str) -> Specificity:
        """How many distinct results of the space give one claim."""
        if name not in self._known:
            self._known[name] = specificity(self.matched, {name})
        found: Specificity = self._known[name]
        return found

    def value(self, claim: Claim, spec: Spec) -> float:
        """Our value of a claim under one specification, on the printed scale; NaN when the arrays do not hold it."""
        row, printed = self.matched.row(claim.id), printed_of(claim)
        if row is None or printed is None or spec not in self.matched.place:
            return math.nan
        return on_printed_scale(claim, printed, float(self.matched.value_of(row)[self.matched.place[spec]]))

    def envelope(self, claim: Claim) -> Envelope | None:
        """Lowest and highest value over the specifications of the stated measures, on the claim's natural scale."""
        key = "envelope", claim.id
        if key not in self._known:
            self._known[key] = envelope(self.matched, claim.id, among=self._of_measures)
        found: Envelope | None = self._known[key]
        return found

    def outside_envelope(self, claim: Claim) -> bool:
        """Whether nothing between the ends of the envelope prints as the number, and no other measure gives it."""
        found, row = self.envelope(claim), self.matched.row(claim.id)
        if found is None or row is None or self.matched.hit_of(row).any():
            return False
        return found.misses(self.matched.targets[row].window)

    def results_of_measures(self, name: str) -> int:
        """How many distinct results the specifications of the stated measures give for one claim."""
        row = self.matched.row(name)
        if row is None:
            return 0
        values = self.matched.value_of(row)[self._of_measures]
        values = values[np.isfinite(values)][None, :]
        return int(np.unique(distinct(values)).size) if values.size else 0

    def printed_envelope(self, claim: Claim) -> tuple[float, float]:
        """The envelope on the printed scale; NaN without one."""
        found, printed = self.envelope(claim), printed_of(claim)
        if found is None or printed is None:
            return math.nan, math.nan
        answers = self.bundle.answers.get(claim.id)
        stated = [] if answers is None else [float(x) for x in answers.values_of if math.isfinite(x)]
        ends = [*(on_printed_scale(claim, printed, x) for x in (found.low, found.high)), *stated]
        return min(ends), max(ends)

    def first_for(self, claim: Claim) -> tuple[Spec, int, int] | None:
        """The specification that gives a claim and most of the others, with how many others of how many; the likeliest on a tie."""
        row = self.matched.row(claim.id)
        if row is None:
            return None
        hits = np.flatnonzero(self.matched.hit_of(row))
        if not hits.size:
            return None
        given = self._number_given[hits] - 1
        first = int(np.argmax(given))
        return self.matched.specs[int(hits[first])], int(given[first]), len(self.matched.targets) - 1

    def nearest(self, claim: Claim) -> tuple[str, ...]:
        """Specifications whose value comes nearest to the printed number, each value once, in words."""
        row, printed = self.matched.row(claim.id), printed_of(claim)
        if row is None or printed is None:
            return ()
        values = np.where(self._of_measures, self.matched.value_of(row), np.nan)
        apart = _apart(values, self.matched.targets[row].window)
        found = self._listed(claim, printed, values, _smallest(apart, _LOOKED_AT))
        if len(found) < _NEAREST and values.size > _LOOKED_AT:
            found = self._listed(claim, printed, values, np.argsort(apart, kind="stable"))
        return found

    def _listed(self, claim: Claim, printed: Printed, values: Floats, order: Any) -> tuple[str, ...]:
        """The first few values of specifications in an order, each once, in words."""
        ordered = values[order]
        runs = np.flatnonzero(np.concatenate([[True], ordered[1:] != ordered[:-1]]))  # equal values read alike
        out: dict[str, str] = {}
        for at in runs.tolist():
            if not np.isfinite(ordered[at]) or len(out) == _NEAREST:
                break
            text = f"{on_printed_scale(claim, printed, float(ordered[at])):.5g}"
            if text not in out:
                how = spec_words(self.matched.specs[order[at]], claim.quantity, zero_cells=self._any_zero)
                out[text] = f"{text} under {how or 'any method'}"
        return tuple(out.values())

    def facts(self, claim: Claim) -> dict[str, Any]:
        """The fields of a finding that the search fills in."""
        if self.matched.row(claim.id) is None:
            return {}
        found, (low, high) = self.of_claim(claim.id), self.printed_envelope(claim)
        return {
            "specificity": found.share, "searched": found.results, "envelope_low": low, "envelope_high": high,
            "nearest": self.nearest(claim),
        }  # fmt: skip


def _smallest(values: Floats, most: int) -> Any:
    """Where the smallest values stand, in ascending order, equal ones as they stand; no fewer than ``most`` of them, if there are."""
    if values.size <= most:
        return np.argsort(values, kind="stable")
    some = np.flatnonzero(values <= np.partition(values, most)[most])
    return some[np.argsort(values[some], kind="stable")]


def _apart(values: Floats, window: Interval) -> Floats:
    with np.errstate(invalid="ignore"):
        out = np.maximum(np.maximum(window.low - values, values - window.high), 0.0)
    return np.where(np.isfinite(values), out, np.inf)


def widen(bundle: Bundle, searched: Searched | None) -> Wide | None:
    """Match one bundle with the whole space; None where nothing was searched."""
    if searched is None or bundle.best is None:
        return None
    wanted = targets(bundle.claims, bundle.analysis)
    if not wanted:
        return None
    matched = match(_with_levels(wanted, bundle), searched.results)
    measures = tuple(dict.fromkeys(s.measure for s in bundle.specs))
    stated = stated_method(bundle.analysis, bundle.claims[0].method, bundle.rows)
    ranked = rank(matched, stated=stated, prior=searched.prior, any_zero=searched.any_zero)
    best = ranked[0] if ranked else None
    place = matched.place.get(bundle.best)
    own = [] if place is None else [float(scores(matched)[place])]
    stated_score = max([*own, _own_score(bundle, matched)])
    more = best is not None and best.score > stated_score + 1e-9
    return Wide(bundle, matched, ranked, more, measures)


def _own_score(bundle: Bundle, matched: Matched) -> float:
    """What the best stated specification explains by its answers.

    They hold more than the arrays: a mixed model, say, or the own interval of a subgroup of one study.
    """
    total = 0.0
    for t in matched.targets:
        of_claim = bundle.answers.get(t.name)
        if of_claim is not None and bundle.best is not None and of_claim.gives(bundle.best):
            a = of_claim[bundle.best]
            total += t.weight * (1.0 if a.comparison.kind == HIT or t.cut is None else CUT)
    return total


def _with_levels(wanted: Sequence[Target], bundle: Bundle) -> list[Target]:
    """Study intervals whose rows state a level of their own keep it."""
    stated = {r.label: level_of(r.row) for r in bundle.rows if r.row.text("ci_level")}
    stated |= {f"row {r.row.line}": level_of(r.row) for r in bundle.rows if r.row.text("ci_level")}
    return [replace(t, level=stated[t.subject]) if t.subject in stated else t for t in wanted]
