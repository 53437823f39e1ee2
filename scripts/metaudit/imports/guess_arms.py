"""Which statistic belongs to which arm and to which outcome, where headings name arms that no dictionary knows."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from metaudit.drafts.draft import Notice
from metaudit.imports.grid_table import Table
from metaudit.imports.guess_cells import ARM_STATISTICS
from metaudit.imports.guess_names import Effect
from metaudit.imports.guess_prefixes import beside_known_arm, is_control, is_lower, two_new_arms
from metaudit.imports.mapping import ColumnMapping

_DATA = (
    {"events", "n"},
    {"mean", "sd"},
    {"mean", "se"},
    {"mean", "pm"},
    {"median"},
    {"events"},
    {"events", "nonevents"},
    {"percent", "n"},
    {"events", "time"},
)


@dataclass(frozen=True)
class Candidate:
    """A column that may hold statistics: of which arm, and the words of its heading that say neither."""

    name: str
    statistics: tuple[str, ...]
    arm: str
    rest: str
    score: float
    reason: str
    effect: Effect | None = None
    glued: bool = False


def settle_arms(
    candidates: Sequence[Candidate], table: Table, *, long: bool = False
) -> tuple[list[ColumnMapping], list[Notice]]:
    """Roles of the candidates; what remains unsettled is left out.

    Parameters
    ----------
    candidates : what the headings may be
    table : the table
    long : the table names the arm of each row, so that its headings name none
    """
    notices: list[Notice] = []
    told = [c for c in _small_and_capital(candidates) if not c.glued or _has_counterpart(candidates, c)]
    if not long:
        told, notices = _arms_of_rests(told, table)
    outcomes = _outcomes(told, ("t", "c")) or (_outcomes(told, ("", "")) if long else {})
    out = []
    for c in told:
        armed = c.arm and all(s in ARM_STATISTICS for s in c.statistics)
        if armed:
            label = outcomes.get(c.rest, "")
            if c.rest and c.rest not in outcomes and not _alone(told, c):
                continue
            roles = tuple(f"{s}_{c.arm}" for s in c.statistics)
            out.append(
                ColumnMapping(
                    c.name,
                    roles,
                    score=c.score,
                    reason=c.reason + f", {'treatment' if c.arm == 't' else 'control'}",
                    outcome=label,
                )
            )
        elif not c.rest or c.effect is not None or (long and c.rest in outcomes):
            out.append(
                ColumnMapping(c.name, c.statistics, score=c.score, reason=c.reason, outcome=outcomes.get(c.rest, ""))
            )
        elif _one_group(told, c):
            out.append(ColumnMapping(c.name, c.statistics, score=c.score - 0.1, reason=f"{c.reason} ({c.rest})"))
    if len(outcomes) > 1:
        message = f"outcomes stand side by side: {', '.join(outcomes.values())}. Each becomes rows of its own."
        notices.append(Notice("guessed", table.shown, message, "Correct outcome in mapping.yaml."))
    return out, notices


def _sets(candidates: Sequence[Candidate], arm: str) -> dict[str, set[str]]:
    """Statistics by the words left over, of one arm."""
    out: dict[str, set[str]] = {}
    for c in candidates:
        if c.arm == arm and c.effect is None and all(s in ARM_STATISTICS for s in c.statistics):
            out.setdefault(c.rest, set()).update(c.statistics)
    return out


def _arms_of_rests(candidates: list[Candidate], table: Table) -> tuple[list[Candidate], list[Notice]]:
    """Words that stand where the name of an arm would: ``ketamine mean``, ``ketamine SD`` beside ``placebo mean``, ``placebo SD``."""
    free = {rest: found for rest, found in _sets(candidates, "").items() if rest}
    free = {rest: found for rest, found in free.items() if any(need <= found for need in _DATA)}
    treated, control = _sets(candidates, "t"), _sets(candidates, "c")
    wanted: dict[str, str] = {}
    for mine, other in (("t", control), ("c", treated)):
        theirs = treated if mine == "t" else control
        if other and not theirs:
            whole = set().union(*other.values())
            alike = [
                rest for rest, found in free.items() if found == whole or (found and found <= whole and len(found) > 1)
            ]
            if len(alike) == 1:
                wanted = {alike[0]: mine}
    if not treated and not control and len(free) == 2:
        (first, a), (second, b) = free.items()
        if a == b and (len(a) > 1 or a == {"events"}):
            first_is_control = is_control(first) or is_lower(first, than=second)
            first_is_control |= first in (f"no {second}", f"non {second}", f"without {second}")
            wanted = {first: "c" if first_is_control else "t", second: "t" if first_is_control else "c"}
    outcomes: dict[str, str] = {}
    if not wanted and bool(treated) != bool(control):
        outcomes = beside_known_arm(free, treated or control)
        wanted = dict.fromkeys(outcomes, "c" if treated else "t")
    elif not wanted and not treated:
        pairs = two_new_arms(free)
        wanted = {words: arm for words, (arm, _) in pairs.items()}
        outcomes = {words: outcome for words, (_, outcome) in pairs.items()}
    if not wanted:
        return candidates, []
    told = [
        replace(c, arm=wanted[c.rest], rest=outcomes.get(c.rest, ""))
        if not c.arm and c.rest in wanted and c.effect is None
        else c
        for c in candidates
    ]
    said = ", ".join(f"{rest!r} as {'treatment' if arm == 't' else 'control'}" for rest, arm in wanted.items())
    fix = "If it is the other way round, exchange _t and _c in mapping.yaml."
    return told, [Notice("guessed", table.shown, f"the headings name the groups: {said}.", fix)]


def _small_and_capital(candidates: Sequence[Candidate]) -> list[Candidate]:
    """Beside a capital N of the same group, a small n is the number with the event."""
    sizes = [c for c in candidates if c.statistics == ("n",)]
    capital = {(c.arm, c.rest) for c in sizes if re.search(r"(?<![A-Za-z])N(?![A-Za-z])", c.name)}
    small = {c.name for c in sizes if (c.arm, c.rest) in capital and re.search(r"(?<![A-Za-z])n(?![A-Za-z])", c.name)}
    return [
        replace(c, statistics=("events",), reason="a small n beside a capital N") if c.name in small else c
        for c in candidates
    ]


def _has_counterpart(candidates: Sequence[Candidate], c: Candidate) -> bool:
    """Whether the other arm has the same statistic: one letter alone is too little to tell an arm."""
    return any(o.statistics == c.statistics and o.rest == c.rest and o.arm and o.arm != c.arm for o in candidates)


def _outcomes(candidates: Sequence[Candidate], arms: tuple[str, str]) -> dict[str, str]:
    """Words of headings that name outcomes: those that both arms have with the same statistics."""
    treated, control = (_sets(candidates, arm) for arm in arms)
    both = [rest for rest in treated if rest and treated[rest] == control.get(rest)]
    complete = [rest for rest in both if treated[rest] - {"n"}]
    return (
        {rest: rest for rest in complete}
        if len(complete) > 1 or (len(complete) == 1 and not treated.get("", set()) - {"n"})
        else {}
    )


def _alone(candidates: Sequence[Candidate], c: Candidate) -> bool:
    """Whether nothing else claims this statistic of this arm: then words that are left over do no harm."""
    same = [o for o in candidates if o is not c and o.arm == c.arm and set(o.statistics) & set(c.statistics)]
    return not same


def _one_group(candidates: Sequence[Candidate], c: Candidate) -> bool:
    """Whether a statistic of one group has the others of its kind beside it, under the same words."""
    beside = {s for o in candidates if not o.arm and o.rest == c.rest for s in o.statistics}
    plain = {s for o in candidates if not o.arm and not o.rest for s in o.statistics}
    return (
        not plain - {"n"}
        and any(
            need <= beside | {"n"} and need & beside == need - {"n"}
            for need in _DATA
            if need != {"events"} and len(need) > 1
        )
        and (len({o.rest for o in candidates if not o.arm and o.rest}) == 1 or {"mean", "sd"} <= beside)
    )
