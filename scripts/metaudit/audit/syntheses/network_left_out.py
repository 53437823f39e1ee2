"""Departures that leave something out of a network's data: a study, an arm of one, or a treatment with all its arms."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from itertools import islice

from metaudit.audit.own_value import Ours, Unanswerable
from metaudit.audit.syntheses.network_choices import Choice
from metaudit.audit.syntheses.network_values import COUNTED
from metaudit.audit.syntheses.tried import Tried, outcome_of
from metaudit.errors import DataError, InputError
from metaudit.formats.review import Claim
from metaudit.network.choices import Fits, NetworkSpec, leaving_out
from metaudit.network.evidence import Evidence, components

OF_COUNTS = frozenset(
    (
        *COUNTED,
        "k_direct",
        "treatments",
        "pairs",
        "comparisons",
        "designs",
        "multiarm",
        "q_df",
        "q_within_df",
        "q_between_df",
        "interaction_df",
    )
)
"""Numbers that count what is in the network: one that is off is what it becomes without some study or other, whichever that is."""


def told_by_results(without: Iterable[Tried], claims: Sequence[Claim], *, stated: Sequence[Tried]) -> Iterator[Tried]:
    """The same departures; where results do not speak for one, it has no counts: they alone do not tell what is left out.

    Parameters
    ----------
    without : sets of choices that leave something out
    claims : about the network
    stated : the sets of choices that agree with what is stated
    """
    results = [c for c in claims if c.quantity not in OF_COUNTS]
    most = max(outcome_of(t, results).explained for t in stated)
    for tried in without:
        told = outcome_of(tried, results).explained > most
        yield tried if told else replace(tried, value=partial(_uncounted, tried))


def _uncounted(tried: Tried, claim: Claim) -> Ours:
    if claim.quantity in OF_COUNTS:
        raise Unanswerable("a count alone does not tell what is left out")
    return tried.value(claim)


def left_out(stated: Sequence[Choice], fits: Fits, *, most: int) -> Iterator[Choice]:
    """Without one study or one arm, then without one treatment, under each stated way to pool.

    Parameters
    ----------
    stated : the specifications that agree with what is stated
    fits : of the network's table
    most : no more of either kind than so many
    """
    poolings: dict[tuple[str, str, str], Choice] = {}
    for choice in stated:
        poolings.setdefault((choice.spec.measure, choice.spec.tau2, choice.spec.ci), choice)
    ways: list[tuple[Choice, Evidence]] = []
    for choice in poolings.values():
        with suppress(DataError, InputError):  # of a choice that makes no network every claim is told so already
            ways.append((choice, fits.whole(choice.spec)))
    yield from islice((_without(c, s) for c, whole in ways for s in leaving_out(c.spec, whole)), most)
    yield from islice((found for c, whole in ways for found in without_treatment(c, whole)), most)


def _without(choice: Choice, spec: NetworkSpec) -> Choice:
    """A choice with a study or an arm left out of the data."""
    study, treatment = spec.without[-1]
    what = f"arm {treatment} of study {study}" if treatment else f"study {study}"
    return replace(choice, spec=spec, departures=(*choice.departures, f"{what} left out"))


def without_treatment(choice: Choice, evidence: Evidence) -> Iterator[Choice]:
    """A choice without each treatment in turn, where the rest is one network; a study left with a single arm goes, too.

    Parameters
    ----------
    choice : with nothing left out yet
    evidence : its network
    """
    for treatment in evidence.treatments:
        arms = tuple((s.name, treatment) for s in evidence.studies if treatment in s.treatments)
        rest = evidence
        for study, _ in arms:
            rest = rest.without_arm(study, treatment)
        if len(rest.treatments) < 2 or components(rest) != (rest.treatments,):
            continue
        # What is compared with it alone cannot stay.
        others = [t for t in evidence.treatments if t != treatment and t not in rest.treatments]
        words = f"treatment {treatment} left out with all its arms"
        words += f", and with it {', '.join(others)}" if others else ""
        shown = str(replace(choice.spec, without=((f"treatment {treatment}", ""),)))
        spec = replace(choice.spec, without=arms)
        yield replace(choice, spec=spec, departures=(*choice.departures, words), shown=shown)
