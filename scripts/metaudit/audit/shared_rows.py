"""Printed results of rows that several analyses pool: a paper prints one column of weights, for one of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from metaudit.audit.bundles import Asked, Bundle, search_many
from metaudit.audit.verdict import Finding
from metaudit.formats.review import Claim

Key = tuple[str, str]
Cells = Mapping[int, Claim]
CHECK = "printed for another analysis"


def of_another(rows: Sequence[Claim], bundles: Mapping[Key, Bundle]) -> dict[str, Finding]:
    """The cells of rows that are printed for another analysis than the one they are held against, with the reason.

    Of the rows that two analyses pool, a column belongs to the one whose stated method gives most of its numbers, and more
    of them than the other's does; where both give as many, or neither gives more than half, it stays with both.

    Parameters
    ----------
    rows : the claims that the rows of a review make (``row_claims``)
    bundles : of the same review, by analysis and method
    """
    columns: dict[str, dict[str, dict[int, Claim]]] = {}
    for claim in rows:
        of_column = columns.setdefault(claim.id.rpartition(":")[2], {})
        of_column.setdefault(claim.analysis, {})[claim.line] = claim
    return {
        name: why for column, analyses in columns.items() for name, why in _of_column(column, analyses, bundles).items()
    }


def _of_column(column: str, analyses: Mapping[str, Cells], bundles: Mapping[Key, Bundle]) -> dict[str, Finding]:
    holders: dict[int, list[str]] = {}
    for name, cells in analyses.items():
        for line in cells:
            holders.setdefault(line, []).append(name)
    # Each with those that it shares a row with, in the order of the analyses; most share none.
    beside: dict[str, dict[str, None]] = {name: {} for name in analyses}
    for names in holders.values():
        for name in names if len(names) > 1 else ():
            beside[name].update(dict.fromkeys(names))
    given = {
        name: _given(analyses[name].values(), bundles.get((name, ""))) for name, others in beside.items() if others
    }
    found: dict[str, Finding] = {}
    for name, others in beside.items():
        cells = analyses[name]
        for other in (o for o in analyses if o in others and o != name) if others else ():
            shared = cells.keys() & analyses[other].keys()
            most = len(shared & given[other])
            if most > len(shared & given[name]) and 2 * most > len(shared):
                for line in shared:
                    found.setdefault(cells[line].id, _reason(column, name, other, shared=len(shared), given=most))
    # Three analyses of other rows each may beat each other in turn: a number is never left without one.
    for line, names in holders.items():
        ids = [analyses[name][line].id for name in names]
        if all(i in found for i in ids):
            for i in ids:
                del found[i]
    return found


def _given(cells: Iterable[Claim], bundle: Bundle | None) -> set[int]:
    """The lines whose cells an analysis gives under the specification that explains most of its numbers."""
    if bundle is None:
        return set()
    answers = bundle.answers
    return {c.line for c in cells if c.id in answers and answers[c.id].gives(bundle.best)}


def _reason(column: str, name: str, other: str, *, shared: int, given: int) -> Finding:
    message = (
        f"{column} of this row is that of analysis {other!r}, which pools it as well and gives {given} of the {shared} numbers of "
        f"this column in the rows that both pool; {name!r} gives fewer. None is printed for {name!r}."
    )
    return Finding(CHECK, message, "NOT_CHECKABLE")


def without(
    elsewhere: Mapping[str, Finding], asked: Mapping[Key, Asked], bundles: Mapping[Key, Bundle]
) -> dict[Key, Bundle]:
    """The bundles without the claims that are another analysis's; a bundle that loses some is answered again.

    Parameters
    ----------
    elsewhere : of :func:`of_another`
    asked, bundles : of one review
    """
    kept = {key: tuple(c for c in a.claims if c.id not in elsewhere) for key, a in asked.items()}
    fewer = [key for key, claims in kept.items() if claims and len(claims) < len(asked[key].claims)]
    again = dict(zip(fewer, search_many([replace(asked[key], claims=kept[key]) for key in fewer]), strict=True))
    return {key: again.get(key, bundle) for key, bundle in bundles.items() if kept[key]}
