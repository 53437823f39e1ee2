"""Which analyses an outcome of RevMan becomes: one, with its subgroups, or one for each subgroup where their results stand alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from metaudit.drafts.write import id_of
from metaudit.formats.places import LONGEST_ID
from metaudit.imports.revman_shared import Outcome, Part, StudyRow, as_number
from metaudit.imports.revman_shared_claims import calculated
from metaudit.imports.revman_shared_rows import label_of, outcome_name

_SLUG_LENGTH = 48
_ROOM = 5  # characters of an id for a number behind it
# Weights that are printed with six decimals add up to 100 within this.
_ROUNDED = 1e-4


@dataclass(frozen=True)
class Result:
    """A result that becomes claims.

    Parameters
    ----------
    part : the numbers
    rows : the studies behind them
    subject : ``subgroup=...`` or empty
    suffix : what tells its claims from those of the analysis
    between : whether only the test between subgroups is meant
    weighed : whether its weight is the sum of the weights that its studies have in this analysis
    """

    part: Part
    rows: tuple[StudyRow, ...]
    subject: str = ""
    suffix: str = ""
    between: bool = False
    weighed: bool = True


@dataclass(frozen=True)
class Plan:
    """One analysis to be written.

    Parameters
    ----------
    id, title, select, exclude : as in review.yaml
    results : what becomes claims
    subgroups : whether it is split by subgroup
    df : degrees of freedom of the test between its subgroups
    weighted : studies whose weights become claims, because their rows belong to other analyses too
    rows : all studies that it selects
    """

    id: str
    title: str
    select: Mapping[str, Any]
    results: tuple[Result, ...] = ()
    exclude: Mapping[str, Any] = field(default_factory=dict)
    subgroups: bool = False
    df: int = 0
    weighted: tuple[StudyRow, ...] = ()
    rows: tuple[StudyRow, ...] = ()


def apart(outcome: Outcome) -> bool:
    """Whether the subgroups are analyses of their own: without an overall result, or with other studies than it has."""
    return bool(outcome.groups) and (outcome.totals == "sub" or any(r.applies != "both" for r in outcome.all_rows))


def weights_in_rows(outcome: Outcome) -> bool:
    """Whether the weights can stand in the rows: each row is then pooled by one analysis only."""
    return not apart(outcome) or (outcome.totals == "sub" and not _tested(outcome))


def plans(outcome: Outcome, used: set[str]) -> Iterator[Plan]:
    """The analyses of one outcome.

    Parameters
    ----------
    outcome : with all its studies
    used : ids that are taken; grows
    """
    base = _free(f"{slug(outcome.number)}-{slug(outcome.name)}", used)
    title = f"{outcome.number} {outcome.name}" + (f" ({outcome.comparison})" if outcome.comparison else "")
    select = {"outcome": outcome_name(outcome)}
    if not apart(outcome):
        yield _whole(outcome, base, title, select)
        return
    if outcome.totals != "sub":
        yield _overall(outcome, base, title, select)
    elif _tested(outcome) and outcome.total is not None:
        test = Result(outcome.total, outcome.all_rows, between=True)
        yield Plan(
            base, f"{title}: test between subgroups", select, (test,), subgroups=True, df=_tested(outcome), rows=outcome.all_rows
        )  # fmt: skip
    for group in outcome.groups:
        kept = tuple(r for r in group.rows if r.applies != "overall")
        weight = as_number(group.part.results.get("weight"))
        whole = outcome.totals == "sub" and weight is not None and abs(weight - 100) < _ROUNDED
        yield Plan(
            _free(f"{base}-{slug(group.name)}", used), f"{title}: {group.name}", {**select, "subgroup": group.name},
            (Result(group.part, kept, weighed=whole),), rows=kept,
            exclude={"applies": "overall"} if len(kept) < len(group.rows) else {},
            weighted=kept if outcome.totals == "sub" and not weights_in_rows(outcome) else (),
        )  # fmt: skip


def _whole(outcome: Outcome, base: str, title: str, select: Mapping[str, Any]) -> Plan:
    """One analysis with everything: the overall result, its subgroups, the test between them."""
    results: list[Result] = []
    if outcome.totals == "yes" and outcome.total is not None:
        results.append(Result(outcome.total, outcome.all_rows))
        results += [Result(g.part, g.rows, f"subgroup={g.name}", f"-sub{i}") for i, g in enumerate(outcome.groups, 1)]
    return Plan(
        base, title, select, tuple(results), subgroups=bool(outcome.groups), df=_tested(outcome), rows=outcome.all_rows
    )  # fmt: skip


def _overall(outcome: Outcome, base: str, title: str, select: Mapping[str, Any]) -> Plan:
    """The overall result alone, whose studies are not those of the subgroups."""
    kept = tuple(r for r in outcome.all_rows if r.applies != "subgroup")
    pooled = outcome.totals == "yes" and outcome.total is not None
    return Plan(
        base, title, select, (Result(outcome.total, kept),) if pooled and outcome.total is not None else (),
        exclude={"applies": "subgroup"} if len(kept) < len(outcome.all_rows) else {}, weighted=kept if pooled else (), rows=kept,
    )  # fmt: skip


def _tested(outcome: Outcome) -> int:
    """Degrees of freedom of the test between subgroups; 0 where RevMan made none."""
    results = outcome.total.results if outcome.total is not None else {}
    q, p = (as_number(results.get(k)) for k in ("subgroup_q", "subgroup_p"))
    if not outcome.subgroup_test or q is None or p is None or q == p == 0:
        return 0
    return max(0, sum(calculated(g.part) for g in outcome.groups) - 1)


def slug(text: str) -> str:
    """A name as the part of an id, cut between words."""
    whole = id_of(text) or "outcome"
    return whole if len(whole) <= _SLUG_LENGTH else whole[:_SLUG_LENGTH].rpartition("-")[0] or whole[:_SLUG_LENGTH]


def _free(name: str, used: set[str]) -> str:
    """The name, or one with a number behind it that no other analysis has; a long one is cut, with room for the number."""
    name = name[: LONGEST_ID - _ROOM].strip("-") if len(name) > LONGEST_ID - _ROOM else name
    found, n = name, 1
    while found in used:
        n += 1
        found = f"{name}-{n}"
    used.add(found)
    return found


def subjects(rows: Sequence[StudyRow], lines: Mapping[int, int]) -> Iterator[tuple[StudyRow, str]]:
    """Each study with what a claim calls it: its label, or its row where two have one label.

    Parameters
    ----------
    rows : the studies of one analysis
    lines : ``id`` of a study -> its row in extraction.csv
    """
    labels = [label_of(r) for r in rows]
    for row in rows:
        yield row, label_of(row) if labels.count(label_of(row)) == 1 else f"row {lines[id(row)]}"
