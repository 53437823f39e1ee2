"""Checks across the cells of a row of studies."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from metaudit.errors import Problem
from metaudit.formats.tables import Row

_ORDERED = (("min", "q1", "median", "q3", "max"),)
_AROUND = (("ci_low", "effect", "ci_high"), ("printed_ci_low", "printed_effect", "printed_ci_high"))


def check_row(row: Row, shown: str) -> Iterator[Problem]:
    """What the cells of one row say against each other."""
    for suffix in ("_t", "_c", ""):
        events, n = row.numbers.get(f"events{suffix}"), row.value(f"n{suffix}")
        if events is not None and n is not None and not events.percent and events.value > n:
            yield Problem(
                shown,
                row.line,
                f"events{suffix}",
                "events-above-n",
                f"{events.value:g} events among {n:g} people{of_study(row)}.",
                "Events cannot exceed n; check whether the columns are swapped.",
            )
        if events is not None and n is None and row.value(f"time{suffix}") is None:
            yield Problem(
                shown,
                row.line,
                f"n{suffix}",
                "events-without-n",
                f"events{suffix} is given without n{suffix}{of_study(row)}.",
                "Add the number of people analysed.",
            )
    pairs, n_t = row.value("n_pairs"), row.value("n_t")
    if pairs is not None and n_t is not None and pairs > n_t:
        yield Problem(
            shown,
            row.line,
            "n_pairs",
            "pairs-above-n",
            f"{pairs:g} pairs among {n_t:g} people{of_study(row)}.",
            "n_pairs cannot exceed n_t.",
        )
    yield from _check_order(row, shown)
    if (row.value("pm_t") is not None or row.value("pm_c") is not None) and not row.text("pm_is"):
        yield Problem(
            shown,
            row.line,
            "pm_is",
            "unlabelled-spread",
            f"a number after ± has no reading{of_study(row)}.",
            "Say sd or se: our reading; the other one is computed too.",
        )


def _check_order(row: Row, shown: str) -> Iterator[Problem]:
    chains = [tuple(f"{c}{s}" for c in chain) for chain in _ORDERED for s in ("_t", "_c")]
    chains += [*_AROUND, *((f"ci_low{s}", f"mean{s}", f"ci_high{s}") for s in ("_t", "_c"))]
    for chain in chains:
        given = [(c, row.numbers[c]) for c in chain if c in row.numbers]
        pairs = [(given[0], given[-1]), *pairwise(given)] if given else []
        wrong = next(((low, high) for low, high in pairs if low[1].value > high[1].value), None)
        if wrong:
            (low_name, low), (high_name, high) = wrong
            rule = "ci-not-around-estimate" if "ci" in low_name or "ci" in high_name else "order"
            message = f"{low_name} = {low.text} is above {high_name} = {high.text}{of_study(row)}."
            fix = f"The order is {' <= '.join(chain)}; check for swapped or mistyped cells."
            yield Problem(shown, row.line, low_name, rule, message, fix)


def swapped_or_not(problems: list[Problem], rows: Sequence[Row]) -> list[Problem]:
    """The same problems; where most rows have more events than people, one that says the two columns are exchanged."""
    kept = [p for p in problems if p.rule != "events-above-n"]
    for column in ("events_t", "events_c", "events"):
        of_column = [p for p in problems if p.rule == "events-above-n" and p.column == column]
        n = column.replace("events", "n")
        filled = sum(column in row.numbers and n in row.numbers for row in rows)
        if len(of_column) < 3 or 2 * len(of_column) <= filled:
            kept += of_column
            continue
        first = min(of_column)
        message = f"{first.message.rstrip('.')}, and likewise in {len(of_column) - 1} more rows."
        fix = f"{column} and {n} are exchanged, it seems; exchange their headings."
        kept.append(replace(first, message=message, fix=fix))
    return kept


def of_study(row: Row) -> str:
    """Whose row it is, for the end of a message."""
    return f" (study {row.text('study')!r})"
