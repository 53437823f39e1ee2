"""The looks of a plan with their boundaries: they take integrals, and hang on participants and size alone, not on how trials are pooled."""

from __future__ import annotations

from metaudit.sequential.analysis import Plan
from metaudit.sequential.design import Bounds, bounds_of
from metaudit.sequential.looks import Looks, inflated_looks, looks_at
from metaudit.sequential.spending import Floats


def planned_looks(participants: Floats, size: int, plan: Plan) -> tuple[Looks, Bounds]:
    """The looks of a plan and their boundaries, as ``sequential.analysis.analysed`` has them.

    Parameters
    ----------
    participants : cumulative, shape ``(n,)``
    size : required information size
    plan : what the authors settled

    Raises
    ------
    DataError
        where no boundary spends what it should.
    """
    if plan.convention == "rtsa":
        return inflated_looks(participants, size, plan.design)
    looks = looks_at(participants, size, after=plan.after)
    return looks, bounds_of(plan.design(looks.timing))


def bounds_key(participants: Floats, size: int, plan: Plan) -> tuple[object, ...]:
    """What ``planned_looks`` hangs on: the same for two plans whose looks and boundaries are the same."""
    after = None if plan.after is None else tuple(plan.after)
    return tuple(map(float, participants)), size, plan.design((1.0,)), plan.convention, after
