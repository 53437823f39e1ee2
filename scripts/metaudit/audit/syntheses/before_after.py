"""Claims of pooled changes whose rows do not report how the two occasions are correlated: which correlation gives what is printed."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cached_property, partial
from itertools import pairwise

from metaudit.audit.bundles import OPEN_CHOICES, stated_method
from metaudit.audit.intervals import Filed
from metaudit.audit.own_value import Ours, Unanswerable
from metaudit.audit.scale import on_printed_scale, printed_of
from metaudit.audit.software import candidates
from metaudit.audit.syntheses.searching import SearchOfEffects, searched
from metaudit.audit.syntheses.study_effects import varied_choices
from metaudit.audit.syntheses.tried import Tried, outcome_of
from metaudit.audit.values import our_value
from metaudit.audit_words.matters import matters
from metaudit.effects.compute import Effects
from metaudit.effects.convert import Converted
from metaudit.effects.design import sd_of_change
from metaudit.errors import DataError
from metaudit.evaluate import Evaluated, evaluate
from metaudit.formats.review import Analysis, Claim, Review
from metaudit.formats.tables import Row
from metaudit.paired.search import USUAL, ranges_inside
from metaudit.printed import Printed
from metaudit.specs import Spec, completions, value_of

_CHANGE = ("MC", "SMCC", "SMCR")
# As if the two occasions were two groups of people: the mistake of Elbourne et al. 2002, Int J Epidemiol 31:140.
_GROUPS = {"MC": "MD", "SMCC": "SMD", "SMCR": "SMD"}
_SEARCHED = 12  # specifications under which the correlation is searched between the usual values


def findings(
    analysis: Analysis, claims: Sequence[Claim], rows: Sequence[Row], *, review: Review, level: float
) -> Iterator[Filed]:
    """Verdicts on the claims of one analysis of changes under one method override.

    Parameters
    ----------
    analysis : of a measure of change
    claims : of the analysis
    rows : that it pools; some of them lack the correlation and the SD of the change
    review : the review
    level : level of intervals where none is stated
    """
    yield from searched(lambda of: Search(analysis, claims, of, level=level), claims, rows, analysis=analysis)


def with_correlation(row: Converted, r: float) -> Converted:
    """A row with an assumed correlation, and the SD of the change that follows from it, where it reports neither."""
    values = dict(row.values)
    if math.isnan(row.get("sd_change")) and math.isnan(row.get("r_pre_post")):
        values["r_pre_post"] = r
        sd = sd_of_change(row.get("sd_c"), row.get("sd_t"), r)
        if sd > 0:
            values["sd_change"] = sd
    return replace(row, values=values)


def as_groups(row: Converted) -> Converted:
    """A row as if its two occasions were two groups of as many people."""
    values = {**row.values, "n_t": row.get("n_pairs"), "n_c": row.get("n_pairs")}
    for name in ("n_pairs", "r_pre_post", "sd_change"):
        values.pop(name, None)
    return replace(row, values=values)


class Search(SearchOfEffects):
    """The specifications and correlations of one analysis of changes.

    Parameters
    ----------
    analysis, claims, level : as :func:`findings`
    rows : converted

    Raises
    ------
    DataError
        when the stated choices do not go together.
    """

    def __init__(self, analysis: Analysis, claims: Sequence[Claim], rows: Sequence[Converted], *, level: float) -> None:
        super().__init__(analysis, claims, rows, level=level)
        method = stated_method(analysis, claims[0].method if claims else "", rows)
        self.measures = tuple(method.pop("measure"))
        self.method = method
        self.specs = self._distinct(candidates(self.measures, method, any_zero=False, level=level))
        self.assumed = [r.label for r in rows if math.isnan(r.get("sd_change")) and math.isnan(r.get("r_pre_post"))]
        self.tried: dict[tuple[Spec, float], Tried] = {}
        self._evaluated: dict[tuple[Spec, float], Evaluated | DataError] = {}
        self._varied = varied_choices(self.specs)

    def _distinct(self, specs: Sequence[Spec]) -> list[Spec]:
        """Specifications that differ in something that one of the claims depends on."""
        asked = frozenset[str]().union(*(matters(c.quantity) for c in self.claims if printed_of(c) is not None))
        known: dict[tuple[str, ...], Spec] = {}
        for spec in specs:
            known.setdefault(tuple(value_of(spec, n) for n in OPEN_CHOICES if n in asked), spec)
        return list(known.values())

    def evaluated(self, spec: Spec, r: float) -> Evaluated:
        """The analysis under one specification and one correlation.

        Raises
        ------
        DataError
            when it is not defined for the rows.
        """
        if (spec, r) not in self._evaluated:
            try:
                self._evaluated[spec, r] = evaluate(spec, [with_correlation(x, r) for x in self.rows], self.analysis)
            except DataError as error:
                self._evaluated[spec, r] = error
        found = self._evaluated[spec, r]
        if isinstance(found, DataError):
            raise found
        return found

    @cached_property
    def effects(self) -> Effects:
        """The changes under the conventional specification and the middle one of the usual correlations."""
        return self.evaluated(self.specs[0], USUAL[2]).effects

    def finished(self, found: Iterable[Filed]) -> Iterator[Filed]:
        """The findings as of other pooled effects, with what is assumed where that decides."""
        for claim, f in super().finished(found):
            yield claim, replace(f, message=f"{f.message} {self.note}") if f.verdict == "UNDERSPECIFIED" else f

    def again(self, rows: Sequence[Converted], spec: str) -> Tried:
        """The stated specification and correlation with a canonical string, for other rows.

        Raises
        ------
        DataError
            when the stated choices do not go together for these rows.
        """
        known = {t.spec: key for key, t in self.tried.items()}
        return Search(self.analysis, self.claims, rows, level=self.level).tried_with(*known[spec])

    @cached_property
    def stated(self) -> list[Tried]:
        """Every specification that agrees with the authors under the usual correlations; where none gives every number, also the best others."""
        _ = self.effects  # what no correlation can mend is said once
        usual = [self.tried_with(spec, r) for spec in self.specs for r in (USUAL[2], *USUAL[:2], *USUAL[3:])]
        outcomes = {t.spec: outcome_of(t, self.claims) for t in usual}
        best: dict[Spec, float] = {}
        for (spec, _), t in list(self.tried.items()):
            best[spec] = max(best.get(spec, 0.0), outcomes[t.spec].explained)
        asked = max((len(o.given) for o in outcomes.values()), default=0)
        if max(best.values()) >= asked:
            return usual
        ranked = sorted(self.specs, key=lambda s: -best[s])[:_SEARCHED]
        found = {spec: between for spec in ranked if (between := self._between(spec)) is not None}
        gives = {spec: outcome_of(self.tried_with(spec, *found[spec]), self.claims).explained for spec in found}
        most = max(gives.values(), default=0.0)
        if most <= max(best.values()):
            return usual
        rs = dict.fromkeys(found[spec] for spec in found if gives[spec] == most)
        return [*usual, *(self.tried_with(spec, *r) for r in rs for spec in self.specs)]

    def _between(self, spec: Spec) -> tuple[float, str] | None:
        """The correlation between the usual ones under which most of the numbers come out, with its range in words."""
        ranges = [(low, high) for c in self.claims for low, high in self._ranges(spec, c)]
        edges = sorted({x for pair in ranges for x in pair})
        middles = [(a + b) / 2 for a, b in pairwise(edges)]
        if not middles:
            return None
        best = max(middles, key=lambda r: (sum(low <= r <= high for low, high in ranges), -abs(r - 0.5)))
        around = [(low, high) for low, high in ranges if low <= best <= high]
        low, high = max(a for a, _ in around), min(b for _, b in around)
        return best, f"{best:.4g} ({low:.4f} to {high:.4f})"

    def _ranges(self, spec: Spec, claim: Claim) -> list[tuple[float, float]]:
        """Where one number comes out; nothing for a number that the correlation has no part in."""
        printed = printed_of(claim)
        if printed is None:
            return []
        value = partial(self._printed, spec, claim, printed)
        if value(0.25) == value(0.75) or math.isnan(value(0.5)):
            return []
        return ranges_inside(value, printed.interval(claim.rounding or "nearest"))

    def _printed(self, spec: Spec, claim: Claim, printed: Printed, r: float) -> float:
        try:
            ours = our_value(claim, self.evaluated(spec, r), self.analysis, self.rows)
        except (Unanswerable, DataError):
            return math.nan
        return on_printed_scale(claim, printed, ours.value)

    def tried_with(self, spec: Spec, r: float, words: str = "", departures: tuple[str, ...] = ()) -> Tried:
        """One specification with one correlation."""
        choices = {**self._varied.get(spec, {}), "correlation before and after": words or f"{r:g}"}
        tried = Tried(f"{spec} | r {r:.4g}", partial(self._value, spec, r), choices, departures)
        if not departures:
            self.tried[spec, r] = tried
        return tried

    def _value(self, spec: Spec, r: float, claim: Claim) -> Ours:
        ours = our_value(claim, self.evaluated(spec, r), self.analysis, self.rows)
        return Ours(
            ours.value, f"{ours.how}; correlation {r:.4g} assumed for {len(self.assumed)} of {len(self.rows)} rows"
        )

    @cached_property
    def others(self) -> list[Tried]:
        """Other measures of change under the usual correlations, and the two occasions as if they were two groups."""
        out, rest = [], {k: v for k, v in self.method.items() if k != "variance"}
        for measure in _CHANGE:
            if measure not in self.measures:
                spec = completions((measure,), rest, any_zero=False, level=self.level)[0]
                out += [
                    self.tried_with(spec, r, departures=(f"measure {measure}", f"correlation {r:g}")) for r in USUAL
                ]
        for measure in dict.fromkeys(_GROUPS[m] for m in self.measures if m in _GROUPS):
            for spec in completions((measure,), rest, any_zero=False, level=self.level)[:8]:
                words = (f"the two occasions as if they were two groups ({measure})",)
                out.append(Tried(f"{spec} | as two groups", partial(self._of_groups, spec), {}, words))
        return out

    def _of_groups(self, spec: Spec, claim: Claim) -> Ours:
        if (spec, math.inf) not in self._evaluated:
            self._evaluated[spec, math.inf] = evaluate(spec, [as_groups(x) for x in self.rows], self.analysis)
        return our_value(claim, self.evaluated(spec, math.inf), self.analysis, self.rows)

    @property
    def note(self) -> str:
        """What is assumed, in a sentence."""
        names = "; ".join(self.assumed[:5]) + (f"; and {len(self.assumed) - 5} more" if len(self.assumed) > 5 else "")
        return f"No correlation between the occasions and no SD of the change is reported for {names}; the value above is assumed for them."
