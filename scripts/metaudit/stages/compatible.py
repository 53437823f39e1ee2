"""Which two-by-two tables can stand behind printed percentages, an effect with its limits, or a P value, as a table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from metaudit.audit.groups import Group, groups_of
from metaudit.audit.scale import natural_window, on_analysis_scale
from metaudit.enumeration import Arm, Effect, Span, TableConstraints, Tables, tables
from metaudit.enumeration.constraints import ANY, MEASURES
from metaudit.files import read_rows, write_rows
from metaudit.formats.review import Review

COLUMNS = (
    "analysis", "subject", "method", "measure", "whose", "used", "searched", "verdict", "complete", "tables", "pairs", "events_t", "events_c",
    "count", "n_t_low", "n_t_high", "n_c_low", "n_c_high", "level",
    "share_t_low", "share_t_high", "share_c_low", "share_c_high", "estimate_low", "estimate_high",
)  # fmt: skip

LARGEST_TOTAL = 200
"""Most people in both arms that are searched where no size is printed."""
MOST_PAIRS = 400
"""Most pairs of events that are listed for one result: those with the fewest people; ``pairs`` says how many there are."""
LISTED = 100_000

ONE_TRIAL, TOTALS = "one trial", "totals"


@dataclass(frozen=True)
class Asked:
    """One printed result and the search it allows.

    Attributes
    ----------
    measure : effect that is used; empty where none is printed or none is that of one table
    used : the printed numbers that bind the tables, in words
    whose : ``one trial``, or ``totals`` of several, which a pooled effect does not bind
    """

    group: Group
    measure: str
    whose: str
    used: str
    constraints: TableConstraints


def write_compatible(review: Review, results_dir: str | Path, *, level: float) -> None:
    """Write ``compatible.csv``: a row for every pair of events that some compatible table has.

    Parameters
    ----------
    review : with its claims
    results_dir : results/<review>; sizes of arms that the paper does not print beside the result come from its effects.csv
    level : confidence level where none is stated
    """
    out = Path(results_dir)
    effects = read_rows(out / "effects.csv") if (out / "effects.csv").is_file() else []
    rows = [row for asked in searches(review, effects, level=level) for row in compatible_rows(asked)]
    write_rows(out / "compatible.csv", COLUMNS, rows)


def searches(review: Review, effects: Sequence[Mapping[str, str]], *, level: float) -> Iterator[Asked]:
    """The searches that the claims of a review allow.

    Every result of a named analysis with two of these: both percentages; an effect of two-by-two tables with a limit;
    a P value. The printed events are not used: whether the other numbers lead back to them is what the figure shows.

    Parameters
    ----------
    review : its claims and analyses
    effects : rows of effects.csv
    level : confidence level where none is stated
    """
    for group in groups_of(review, level=level):
        analysis = review.analyses.get(group.key[0])
        if analysis is None:
            continue
        rows = [r for r in effects if r["analysis"] == analysis.id]
        k = group.printed("k")
        one = len(rows) == 1 or (not rows and not group.pooled) or (not rows and k is not None and k[1].value == 1)
        for measure in _measures(group) if one else [""]:
            constraints = _constraints(group, measure, rows[0] if one and rows else {}, one=one)
            if constraints is not None:
                yield Asked(group, measure, ONE_TRIAL if one else TOTALS, _used(group, constraints), constraints)


def without_limits(asked: Asked) -> Asked | None:
    """The same without the limits and the P value of an effect, which need not be Wald's; None where it has none."""
    effects = tuple(replace(e, ci_low=None, ci_high=None) for e in asked.constraints.effects)
    if not any(e.estimate for e in effects):
        return None
    constraints = replace(asked.constraints, effects=effects, p=None)
    return replace(asked, used=_used(asked.group, constraints), constraints=constraints)


def _used(group: Group, constraints: TableConstraints) -> str:
    """The printed numbers of a search: ``31% and 27%, RD 0.04 (-0.10 to 0.18), P .55``."""

    def text(quantity: str) -> str:
        claim = group.first(quantity)
        return claim.printed if claim else ""

    arms = ((constraints.treatment, "proportion_t"), (constraints.control, "proportion_c"))
    shares = [text(q) for arm, q in arms if arm.proportion is not None]
    parts = [" and ".join(shares)] if shares else []
    for e in constraints.effects:
        limits = f" ({text('ci_low')} to {text('ci_high')})" if e.ci_low or e.ci_high else ""
        parts.append(f"{e.measure} {text('estimate')}{limits}")
    return ", ".join(parts + ([f"P {text('p')}"] if constraints.p is not None else []))


def _measures(group: Group) -> list[str]:
    """Effects of two-by-two tables that the printed estimate can be; an empty word where nothing is printed of any."""
    codes = [m.code for m in group.measures if m.code in MEASURES]
    bound = any(_window(group, quantity) is not None for quantity in ("ci_low", "ci_high"))
    return codes if codes and bound else [""]


def _window(group: Group, quantity: str) -> Any:
    """The window of a claim on the natural scale; None where it is not printed, or on another scale."""
    found = group.printed(quantity)
    if found is None or on_analysis_scale(found[0]):
        return None
    claim, printed = found
    return natural_window(claim, printed, rounding=claim.rounding or "nearest")


def _constraints(group: Group, measure: str, row: Mapping[str, str], *, one: bool) -> TableConstraints | None:
    """What is printed, as a search takes it; None where it would not bind a table."""
    treatment, control = (_arm(group, suffix, row) for suffix in ("t", "c"))
    arms = (treatment, control)
    effects: tuple[Effect, ...] = ()
    if measure:
        estimate, low, high = (_window(group, q) for q in ("estimate", "ci_low", "ci_high"))
        first = group.first("ci_low")
        if first is not None and first.scale == "percent-reduction":
            low, high = high, low
        effects = (Effect(measure, estimate, low, high, level=group.level),)
    p = _window(group, "p") if one else None
    shares = sum(arm.proportion is not None for arm in arms)
    if shares + 2 * len(effects) + (p is not None) < 2:
        return None
    if not effects and shares < 2 and not all(arm.n.bounded for arm in arms):
        return None  # a P value and one share of arms of any size bind nothing
    total = _total(group)
    return TableConstraints(treatment, control, total=total, effects=effects, p=p, largest_total=LARGEST_TOTAL)


def _arm(group: Group, suffix: str, row: Mapping[str, str]) -> Arm:
    """One arm: its printed share, and its size as printed or, for one trial, as extracted."""
    printed = group.printed(f"n_{suffix}")
    size = ANY
    if printed is not None and printed[1].relation == "=":
        size = Span.exactly(int(printed[1].value))
    elif row.get(f"n_{suffix}"):
        people = float(row[f"n_{suffix}"])
        size = Span.exactly(int(people)) if people == int(people) else ANY
    return Arm(size, ANY, _window(group, f"proportion_{suffix}"))


def _total(group: Group) -> Span:
    printed = group.printed("n")
    exact = printed is not None and printed[1].relation == "=" and not any(group.printed(f"n_{s}") for s in "tc")
    return Span.exactly(int(printed[1].value)) if exact and printed is not None else ANY


def compatible_rows(asked: Asked) -> Iterator[dict[str, Any]]:
    """The pairs of events of the tables found, those with the fewest people first.

    One row without a pair where there is none; then the search is repeated without the limits, and its rows follow.
    """
    found = tables(asked.constraints, limit=LISTED)
    analysis, method, subject = asked.group.key
    shared = {
        "analysis": analysis, "subject": subject, "method": method, "measure": asked.measure, "whose": asked.whose, "used": asked.used,
        "searched": found.searched, "verdict": found.verdict, "complete": found.complete and found.count <= LISTED,
        "tables": found.count, "level": asked.group.level if asked.measure else None,
    }  # fmt: skip
    shared |= _windows(asked.constraints)
    pairs = _pairs(found)
    if not pairs:
        yield shared | {"pairs": 0}
        again = without_limits(asked)
        if again is not None and again.constraints != asked.constraints:
            yield from compatible_rows(again)
    for pair in pairs[:MOST_PAIRS]:
        yield shared | {"pairs": len(pairs)} | pair


def _windows(c: TableConstraints) -> dict[str, float]:
    """Rounding intervals of the shares and of the estimate."""
    windows = {"share_t": c.treatment.proportion, "share_c": c.control.proportion}
    windows["estimate"] = c.effects[0].estimate if c.effects else None
    return {f"{name}_{end}": getattr(w, end) for name, w in windows.items() if w is not None for end in ("low", "high")}


def _pairs(found: Tables) -> list[dict[str, Any]]:
    """Tables with the same events as one, by people, then events."""
    if not found.a.size:
        return []
    events, where = np.unique(np.stack([found.a, found.c], axis=1), axis=0, return_inverse=True)
    where = where.ravel()
    out = []
    count = np.bincount(where)
    ends: dict[str, Any] = {}
    for name, sizes in (("n_t", found.n1), ("n_c", found.n2)):
        low, high = np.full(len(events), np.iinfo(np.int64).max), np.zeros(len(events), dtype=np.int64)
        np.minimum.at(low, where, sizes)
        np.maximum.at(high, where, sizes)
        ends |= {f"{name}_low": low, f"{name}_high": high}
    for i, (a, c) in enumerate(events):
        row = {"events_t": int(a), "events_c": int(c), "count": int(count[i])}
        out.append(row | {name: int(values[i]) for name, values in ends.items()})
    return sorted(out, key=lambda r: (r["n_t_low"] + r["n_c_low"], r["events_t"], r["events_c"]))
