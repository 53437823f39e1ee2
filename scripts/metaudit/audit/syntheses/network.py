"""Verdicts on the claims of a network meta-analysis: stated choices first, then named departures."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import Any

from metaudit.audit.intervals import Filed
from metaudit.audit.own_value import Unanswerable
from metaudit.audit.scale import EFFECT_QUANTITIES
from metaudit.audit.syntheses.inputs import (
    MISSED,
    certainty_of_rows,
    partly_public,
    provenance,
    with_missing,
    with_rounding,
)
from metaudit.audit.syntheses.judging import Context, judge_claims
from metaudit.audit.syntheses.network_choices import (
    Choice,
    departing_choices,
    dimensions,
    stated_choices,
)
from metaudit.audit.syntheses.network_draws import SIMULATED, drawn, with_draws
from metaudit.audit.syntheses.network_left_out import left_out, told_by_results
from metaudit.audit.syntheses.network_missing import lacking_numbers
from metaudit.audit.syntheses.network_readings import readings
from metaudit.audit.syntheses.network_table import NetworkTable, Reading, treatments_of_row
from metaudit.audit.syntheses.network_values import COUNTED, value_of
from metaudit.audit.syntheses.network_words import judge_words
from metaudit.audit.syntheses.tried import Tried, outcome_of
from metaudit.audit.verdict import Finding
from metaudit.effects.convert import Converted, convert
from metaudit.errors import DataError, InputError
from metaudit.formats.review import Analysis, Claim, Review, shown_path
from metaudit.formats.stated import with_override
from metaudit.formats.tables import Row
from metaudit.measures import Measure, measure_of
from metaudit.network.choices import Fits
from metaudit.network.values import Values

_TELLING = ("estimate", "se", "ci_low", "ci_high", "tau2", "q", "direct", "indirect")
_MOST_TOLD, _SEVERAL = 10, 3
_MOST_DEPARTING = 300
_LEAST, _WORK = 6, 1_000_000  # fits of a network of any size, and studies times treatments over all fits
_MOST_LEFT_OUT = 400  # fits of a network without a study or an arm, and as many without a treatment
_RETURNED = 12  # specifications under which a claim's words are read otherwise


def findings(
    analysis: Analysis, claims: Sequence[Claim], rows: Sequence[Row], *, review: Review, level: float
) -> Iterator[Filed]:
    """Judge the claims of one network under one stated method.

    Parameters
    ----------
    analysis : with ``network`` among its syntheses
    claims : of it, under one override of its method
    rows : that it selects: arms, comparisons, or some studies of each
    review : the review
    level : confidence level where none is stated

    Yields
    ------
    The claim's id and its finding.
    """
    method = with_override(analysis.method, claims[0].method if claims else "")
    try:
        network = Searched(analysis, claims, rows, method=method, level=level, file=_file(review))
        yield from network.findings()
    except Unanswerable as reason:
        for claim in claims:
            yield claim.id, _not_checkable(str(reason), reason.missing)
    except (DataError, InputError) as error:
        for claim in claims:
            yield claim.id, _not_checkable(str(error), ())


def _of_posterior(found: Iterator[Filed]) -> Iterator[Filed]:
    """The same findings of a Bayesian network; NOT_CHECKABLE for what its posterior may have given otherwise."""
    lead = "The network is Bayesian as stated, and its posterior is not computed here. By generalised least squares instead: "
    causes = ("the prior and the draws of the posterior",)
    for claim, f in found:
        if f.verdict in MISSED:
            f = replace(f, check="missing data", message=lead + f.message, verdict="NOT_CHECKABLE", causes=causes)
        yield claim, f


def _file(review: Review) -> str:
    return f"{shown_path(review.folder)}/extraction.csv"


def _not_checkable(reason: str, missing: Sequence[str]) -> Finding:
    words = reason.rstrip(".")
    return Finding("re-derivation", f"{words[:1].upper()}{words[1:]}.", "NOT_CHECKABLE", causes=tuple(missing))


@dataclass
class Searched:
    """One network with the claims about it.

    Attributes
    ----------
    analysis, claims, rows, level : as in ``findings``
    method : as stated, with the claims' override
    file : the table's path, named in messages
    converted : the rows with numbers that are not those typed; empty where they are
    """

    analysis: Analysis
    claims: Sequence[Claim]
    rows: Sequence[Row]
    method: dict[str, Any]
    level: float
    file: str
    converted: Sequence[Converted] = ()

    def findings(self) -> Iterator[Filed]:
        """A verdict for every claim.

        Raises
        ------
        Unanswerable, DataError, InputError
            where the rows make no network, or the stated method is none of networks.
        """
        self.fits.fit(self.stated[0].spec)  # what is wrong with the table is said once, and not for every number of it
        found = _of_posterior(self._judged()) if "bayes" in self.analysis.syntheses else self._judged()
        evidence = self.fits.whole(self.stated[0].spec)
        complete = with_missing(found, lacking_numbers(list(self.table.converted.values()), evidence))
        yield from partly_public(complete, self.analysis, f"{len(evidence.studies)} studies")

    def _judged(self) -> Iterator[Filed]:
        """A verdict for every claim, whatever is missing."""
        context = Context(self._measure_of, self._inputs_of, certainty_of_rows(self.rows))
        simulated = {c.id: f for c in self.claims if (f := self._drawn(c)) is not None}
        yield from simulated.items()
        rest = [c for c in self.claims if c.id not in simulated]
        judged = list(judge_claims(rest, self.tried, self.others, context=context))
        for name, finding in self._reached(judged):
            yield name, with_draws(self._by_id[name], finding, self._first_values)
        for claim in self.claims:
            if claim.quantity == "text":
                yield from judge_words(claim, self._worded, self.table, analysis=self.analysis, reading=self.reading)

    @cached_property
    def fits(self) -> Fits:
        """Fits of the table."""
        pairs = self.analysis.syntheses["network"].get("distinct", ())
        return Fits(self.converted or self.rows, distinct=[(a, b) for a, b in pairs], file=self.file)

    @cached_property
    def table(self) -> NetworkTable:
        """The rows, and who is named in them."""
        return NetworkTable(tuple(self.rows))

    @cached_property
    def reading(self) -> Reading:
        """How claims are read where nothing speaks against it."""
        return Reading(str(self.analysis.syntheses["network"].get("reference", "")))

    @cached_property
    def _dimensions(self) -> Any:
        return dimensions(self.method, self.analysis.measures, self.rows, self.claims, level=self.level)

    @cached_property
    def stated(self) -> list[Choice]:
        """Every specification that agrees with what is stated."""
        return stated_choices(self._dimensions)

    @cached_property
    def tried(self) -> list[Tried]:
        """The same as sets of choices that claims are compared with."""
        plain = [self._try(c, self.reading) for c in self.stated]
        counts = [c for c in self.claims if c.quantity in COUNTED]
        all_used = not self.fits.whole(self.stated[0].spec).left_out
        if not counts or all_used or outcome_of(plain[0], counts).explained == len(counts):
            return plain
        # Papers count studies that no comparison can use, or do not, and seldom say so.
        pooled = Reading(self.reading.reference, pooled_only=True)
        name = "studies without a usable comparison"
        own = (self._try(c, pooled) for c in self.stated)
        return [*plain, *(replace(t, choices={**t.choices, name: "not counted"}) for t in own)]

    def _try(self, choice: Choice, reading: Reading, *more: str) -> Tried:
        def value(claim: Claim) -> Any:
            return value_of(claim, self._values(choice), self.table, reading=reading)

        return Tried(choice.shown or str(choice.spec), value, choice.choices, (*choice.departures, *more))

    def _values(self, choice: Choice) -> Values:
        favours = self.analysis.favours
        return self.fits.values(choice.spec, small_is_good=favours == "low" if favours else None)

    @cached_property
    def _explained(self) -> list[float]:
        """How much of the claims each stated specification gives."""
        return [outcome_of(t, self.claims).explained for t in self.tried[: len(self.stated)]]

    @property
    def _best(self) -> int:
        """Which of them gives most."""
        return self._explained.index(max(self._explained))

    @property
    def _first_values(self) -> Values:
        return self._values(self.stated[self._best])

    @cached_property
    def _worded(self) -> list[tuple[Choice, Values]]:
        """Specifications that statements in words are held against: those that fit the numbers best."""
        most = max(self._explained)
        found = []
        for choice, explained in zip(self.stated, self._explained, strict=True):
            if explained == most:
                # The first is fitted before anything is judged; another may be none of these numbers (a rule that leaves no study).
                with suppress(DataError, InputError):
                    found.append((choice, self._values(choice)))
        return found

    def others(self) -> Iterator[Tried]:
        """What departs from the stated method, in named steps."""
        departing = departing_choices(self._dimensions, most=min(_MOST_DEPARTING, self._affordable))
        returned = min(_RETURNED, self._affordable)
        for choice in [*self.stated[:returned], *departing[:returned]]:
            for reading, words in readings(self.claims, partial(self._try, choice), self.table, self.reading):
                yield self._try(choice, reading, words)
        for choice in departing:
            yield self._try(choice, self.reading)
        # What is left out is not counted either.
        counted = replace(self.reading, pooled_only=True)
        without = left_out(self.stated, self.fits, most=min(_MOST_LEFT_OUT, self._affordable))
        yield from told_by_results((self._try(c, counted) for c in without), self.claims, stated=self.tried)

    @cached_property
    def _affordable(self) -> int:
        """How many fits a search may take: a fit of a large network takes long."""
        return max(_LEAST, _WORK // max(1, len(self.table.studies) * len(self.table.treatments)))

    def _reached(self, judged: Sequence[Filed]) -> Iterator[Filed]:
        """The same; WITHIN_ROUNDING for what rounding of the inputs explains. Some of the numbers that are given show whether it may."""
        otherwise = [(name, f) for name, f in judged if f.verdict == "OTHER_SPEC"]
        # Several numbers that one other method gives at once are no accident of rounding.
        settled = otherwise if len(otherwise) >= _SEVERAL else []
        yield from settled
        rest = [(name, f) for name, f in judged if (name, f) not in settled]
        missed = [name for name, f in rest if f.verdict in MISSED]
        told = [c for name, f in rest if name not in missed and (c := self._by_id[name]).quantity in _TELLING][
            :_MOST_TOLD
        ]
        rows = [convert(r) for r in self.rows]
        claims = [*(self._by_id[name] for name in missed), *told]
        yield from with_rounding(rest, claims, rows, tried=self.tried, again=self._again)

    def _again(self, rows: Sequence[Converted], spec: str) -> Tried:
        """The same choices for other numbers."""
        choice = next(c for c in self.stated if str(c.spec) == spec)
        return replace(self, converted=rows)._try(choice, self.reading)

    def _drawn(self, claim: Claim) -> Finding | None:
        """The verdict of a number that the paper's own draws explain; None for every other."""
        draws = int(self.analysis.syntheses["network"].get("draws", 0))
        if not draws or claim.quantity not in SIMULATED:
            return None
        best = self.tried[self._best]
        given = outcome_of(best, [claim]).given.get(claim.id)
        if given is None or given.hit:
            return None
        facts = {"spec": best.spec, "stated_spec": self.tried[0].spec, "inputs": self._inputs_of(claim), "searched": 1}
        facts |= {"certainty": certainty_of_rows(self.rows)}
        return drawn(claim, given, self._first_values, draws=draws, facts=facts)

    @cached_property
    def _by_id(self) -> dict[str, Claim]:
        return {c.id: c for c in self.claims}

    def _measure_of(self, claim: Claim) -> Measure | None:
        return measure_of(self.stated[0].spec.measure) if claim.quantity in EFFECT_QUANTITIES else None

    def _inputs_of(self, claim: Claim) -> tuple[str, ...]:
        try:
            subject = self.table.subject(claim.subject)
        except Unanswerable:
            return provenance(self.rows)
        if subject.study:
            own = self.table.studies[subject.study]
            named = [r for r in own if set(treatments_of_row(r)) <= set(subject.treatments)]
            return provenance(named or own)
        return provenance(self.rows)
