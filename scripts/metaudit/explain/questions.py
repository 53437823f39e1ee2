"""The shortest list of requests for a review, which claims each one serves, and what does not reproduce."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from metaudit.audit import AuditRow
from metaudit.audit_words.what_to_ask import ask
from metaudit.explain.cover import BUDGET, minimum_cover
from metaudit.explain.requests import Need, Request, needs_of
from metaudit.formats.review import Review

ASKED_ABOUT = ("IMPOSSIBLE", "INCONSISTENT", "OUT_OF_ENVELOPE", "DIFFERENT", "NEAR", "OTHER_SPEC", "UNDERSPECIFIED")


@dataclass(frozen=True)
class Line:
    """One line of the list: a request, and the claims it serves (alone or with others of the list)."""

    request: Request
    claims: tuple[AuditRow, ...]


@dataclass(frozen=True)
class Questions:
    """What to ask about a review.

    Attributes
    ----------
    lines : the shortest list of requests
    numbers : how many numbers it asks for
    at_least : no list that serves every claim asks for fewer
    proven : whether the list is proven to be the shortest
    served : number of claims it would make checkable
    beyond : NOT_CHECKABLE claims that no number of the authors would make checkable
    not_reproduced : verdicts to ask about, the gravest first, each with its question
    """

    lines: tuple[Line, ...]
    numbers: int
    at_least: int
    proven: bool
    served: int
    beyond: tuple[AuditRow, ...]
    not_reproduced: tuple[AuditRow, ...]


def questions_about(review: Review, rows: Sequence[AuditRow], *, budget: int = BUDGET) -> Questions:
    """The shortest list of missing numbers that makes every NOT_CHECKABLE claim checkable.

    Among lists with equally many numbers the one with the fewest lines is taken.

    Parameters
    ----------
    review : the review, read and checked
    rows : its verdicts
    budget : how long to look for a proof (see ``cover.minimum_cover``)
    """
    needs = needs_of(review, rows)
    open_needs = {f"{i:06d}": n for i, n in enumerate(needs) if n.options}
    requests = sorted({r for n in open_needs.values() for o in n.options for r in o})
    lines_cost = len(requests) + 1  # so that one number weighs more than all lines together
    costs = {r: r.size * lines_cost + 1 for r in requests}
    cover = minimum_cover({k: n.options for k, n in open_needs.items()}, costs, budget=budget)
    chosen = frozenset(cover.chosen)
    return Questions(
        lines=tuple(_line(r, list(open_needs.values()), chosen) for r in sorted(chosen)),
        numbers=sum(r.size for r in chosen),
        at_least=max(-(-(cover.bound - len(requests)) // lines_cost), 0)
        if not cover.exact
        else cover.cost // lines_cost,
        proven=cover.exact,
        served=len(open_needs),
        beyond=tuple(n.row for n in needs if not n.options),
        not_reproduced=tuple(sorted((r for r in rows if _to_ask(r)), key=lambda r: ASKED_ABOUT.index(r.verdict))),
    )


def _to_ask(row: AuditRow) -> bool:
    return row.verdict in ASKED_ABOUT and bool(ask(row))


def _line(request: Request, needs: Sequence[Need], chosen: frozenset[Request]) -> Line:
    served = [n.row for n in needs if any(request in o and o <= chosen for o in n.options)]
    return Line(request, tuple(served))
