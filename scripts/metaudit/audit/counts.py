"""Checks of proportions, counts and sums; no data are needed."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

from metaudit.audit.groups import Group
from metaudit.audit.integers import counts_of, fractions_in_words, smallest_pairs
from metaudit.audit.intervals import Filed
from metaudit.audit.scale import natural_window, on_printed_scale, outside_range, printed_of
from metaudit.audit.verdict import Finding
from metaudit.formats.review import Claim, Review
from metaudit.formats.sizes import MANKIND
from metaudit.printed import Interval, Printed

_ARM = {"proportion": "", "proportion_t": "_t", "proportion_c": "_c"}


def check_range(claim: Claim) -> Iterator[Filed]:
    """A number outside the range of its quantity: no data could give it."""
    printed = printed_of(claim)
    why = outside_range(claim, printed) if printed else ""
    if why:
        yield claim.id, Finding("range", f"{claim.printed} is impossible: {why}.", "IMPOSSIBLE", causes=("a misprint",))


def check_proportions(group: Group) -> Iterator[Filed]:
    """Each percentage against the counts printed beside it, or, without them, the smallest counts it can stand for."""
    named: dict[str, list[tuple[int, int]]] = {}
    for quantity, suffix in _ARM.items():
        found = group.printed(quantity)
        if found is None or "/" in found[1].text or found[1].relation != "=":
            continue
        claim, printed = found
        windows = [natural_window(claim, printed, rounding=r) for r in ("nearest", "truncated")]
        n, events = group.printed(f"n{suffix}"), group.printed(f"events{suffix}")
        whose = _no_group(claim, n) if n else None
        if whose:
            yield claim.id, whose
        elif n and events:
            yield from _against_both(claim, windows, int(events[1].value), int(n[1].value))
        elif n and n[1].relation == "=":
            yield from _against_n(claim, windows, int(n[1].value))
        else:
            named[quantity] = smallest_pairs(windows[0])
            yield claim.id, _smallest(claim, named[quantity])
    yield from _pairs(group, named)


def _no_group(claim: Claim, n: tuple[Claim, Printed]) -> Finding | None:
    """A percentage of nobody, or of more people than there are: there is nothing to count it in."""
    people = int(n[1].value)
    if 1 <= people <= MANKIND:
        return None
    why = "a percentage of nobody" if people < 1 else "a percentage of more people than there are"
    message = f"{claim.printed} beside n = {n[0].printed} is {why}."
    return Finding("integer check", message, "IMPOSSIBLE", causes=("a misprint",))


def _against_both(claim: Claim, windows: list[Interval], events: int, n: int) -> Iterator[Filed]:
    ours = events / n
    kind = "EXACT" if ours in windows[0] else "WITHIN_ROUNDING" if ours in windows[1] else "INCONSISTENT"
    how = {"EXACT": "is", "WITHIN_ROUNDING": "is, cut instead of rounded,", "INCONSISTENT": "is not"}[kind]
    message = f"{claim.printed} {how} {events}/{n} = {100 * ours:.4g} %, the counts printed beside it."
    printed = printed_of(claim)
    value = on_printed_scale(claim, printed, ours) if printed else ours
    yield claim.id, Finding("percentage of counts", message, kind, value=value)


def _against_n(claim: Claim, windows: list[Interval], n: int) -> Iterator[Filed]:
    counts = counts_of(windows[0], n)
    cut = counts_of(windows[1], n)
    if counts:
        which = fractions_in_words((x, n) for x in counts[:3])
        unique = "only " if len(counts) == 1 else ""
        yield claim.id, Finding("integer check", f"{claim.printed} of n = {n} can be {unique}{which}.")
    elif cut:
        yield (
            claim.id,
            Finding(
                "integer check",
                f"{claim.printed} of n = {n} is {fractions_in_words((x, n) for x in cut[:2])}, cut instead of rounded.",
            ),
        )
    else:
        below = _last_below(windows[0], n)
        nearest = ", ".join(f"{x}/{n} is {100 * x / n:.4g} %" for x in (below, below + 1))
        message = f"No whole number of n = {n} people gives {claim.printed}: {nearest}."
        yield (
            claim.id,
            Finding(
                "integer check",
                message,
                "IMPOSSIBLE",
                causes=("another denominator (people missing at this time)", "a misprint"),
            ),
        )


def _last_below(window: Interval, n: int) -> int:
    """The largest count of ``n`` people whose fraction lies below the window; 0 when none does."""
    guess = math.floor(min(max(window.low, 0.0), 1.0) * n)
    return max((x for x in range(max(guess - 2, 0), min(guess + 2, n) + 1) if x / n < window.low), default=0)


def _smallest(claim: Claim, pairs: list[tuple[int, int]]) -> Finding:
    if not pairs:
        return Finding("integer check", f"No whole numbers up to n = 400 give {claim.printed}.")
    return Finding(
        "integer check", f"The smallest counts that print as {claim.printed} are {fractions_in_words(pairs)}."
    )


def _pairs(group: Group, named: Mapping[str, list[tuple[int, int]]]) -> Iterator[Filed]:
    """Both arms together, because a reader asks for one table."""
    t, c = named.get("proportion_t"), named.get("proportion_c")
    if not t or not c:
        return
    both = f"Together: {t[0][0]}/{t[0][1]} with {fractions_in_words(c[:2])}."
    for quantity in ("proportion_t", "proportion_c"):
        claim = group.first(quantity)
        if claim:
            yield claim.id, Finding("integer check", both)


def check_sums(review: Review) -> Iterator[Filed]:
    """N of an analysis against n of its arms, and events that exceed their n."""
    by_analysis: dict[tuple[str, str], dict[str, Claim]] = {}
    for c in review.claims:
        if c.quantity in ("n", "n_t", "n_c", "events_t", "events_c", "k") and c.analysis:
            by_analysis.setdefault((c.analysis, c.subject if c.quantity == "n" else ""), {}).setdefault(c.quantity, c)
    for found in by_analysis.values():
        value = {q: p.value for q, c in found.items() if (p := printed_of(c)) is not None and p.relation == "="}
        if {"n", "n_t", "n_c"} <= set(value) and value["n"] != value["n_t"] + value["n_c"]:
            message = f"n = {found['n'].printed} is not {found['n_t'].printed} + {found['n_c'].printed} = {value['n_t'] + value['n_c']:g}."
            yield (
                found["n"].id,
                Finding(
                    "sum of the arms",
                    message,
                    "INCONSISTENT",
                    causes=("people counted at another time", "a third arm", "a digit mistyped"),
                ),
            )
        for arm in ("_t", "_c"):
            if {f"events{arm}", f"n{arm}"} <= set(value) and value[f"events{arm}"] > value[f"n{arm}"]:
                message = f"{found[f'events{arm}'].printed} events among {found[f'n{arm}'].printed} people."
                yield (
                    found[f"events{arm}"].id,
                    Finding("events within n", message, "IMPOSSIBLE", causes=("columns swapped",)),
                )
