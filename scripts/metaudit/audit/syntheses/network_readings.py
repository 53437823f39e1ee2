"""Other ways to read the claims about a network: a comparison the other way round, another reference treatment."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from metaudit.audit.own_value import Unanswerable
from metaudit.audit.syntheses.network_table import NetworkTable, Reading
from metaudit.audit.syntheses.tried import Tried, outcome_of
from metaudit.formats.review import Claim

_NAMED = 3


def readings(
    claims: Sequence[Claim], tried: Callable[[Reading], Tried], table: NetworkTable, stated: Reading
) -> Iterator[tuple[Reading, str]]:
    """Readings under which a set of choices gives claims that it misses as they are stated, each with its name.

    Parameters
    ----------
    claims : of one network
    tried : the set of choices under a reading
    table : the network's rows
    stated : the reading as stated
    """
    of_pairs = {c.subject: [d for d in claims if d.subject == c.subject] for c in claims if _compares(c, table)}
    plain = {s: _explained(tried(stated), own) for s, own in of_pairs.items()}
    yield from _turned(of_pairs, plain, tried, stated)
    of_one = {s: own for s, own in of_pairs.items() if len(table.subject(s).treatments) == 1}
    if not of_one:
        return
    before = sum(plain[s] for s in of_one)
    for other in table.treatments:
        if other == stated.reference:
            continue
        reading = replace(stated, reference=other)
        own = {s: c for s, c in of_one.items() if table.subject(s).treatments[0] != other}
        instead = f" instead of {stated.reference}" if stated.reference else ""
        named = f"compared with {other}{instead}"
        if sum(_explained(tried(reading), c) for c in own.values()) > before:
            yield reading, named
        for turned, words in _turned(own, {s: _explained(tried(reading), c) for s, c in own.items()}, tried, reading):
            yield turned, f"{named}; {words}"


def _turned(
    of_pairs: dict[str, list[Claim]], plain: dict[str, float], tried: Callable[[Reading], Tried], stated: Reading
) -> Iterator[tuple[Reading, str]]:
    """The pairs that are given the other way round: those of which more comes out so."""
    every = tried(replace(stated, turned=frozenset(of_pairs)))
    turned = sorted(s for s, own in of_pairs.items() if _explained(every, own) > plain[s])
    if not turned:
        return
    shown = ", ".join(turned[:_NAMED]) + (f" and {len(turned) - _NAMED} more" if len(turned) > _NAMED else "")
    yield replace(stated, turned=frozenset(turned)), f"the other way round: {shown}"


def _compares(claim: Claim, table: NetworkTable) -> bool:
    """Whether a claim is about a comparison, which may be read two ways."""
    try:
        subject = table.subject(claim.subject)
    except Unanswerable:
        return False
    return len(subject.treatments) in (1, 2) and claim.quantity != "text"


def _explained(tried: Tried, claims: Sequence[Claim]) -> float:
    return outcome_of(tried, claims).explained
