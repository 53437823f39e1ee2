"""Many specifications evaluated on one analysis: effects once a variant, fits once an estimator, the rest read off."""

from __future__ import annotations

from collections.abc import Sequence

from metaudit.effects.convert import Converted
from metaudit.evaluate import Settings
from metaudit.formats.review import Analysis
from metaudit.search.exactly import numbers_of
from metaudit.search.many import COUNT_CELLS, Problem, evaluate_many
from metaudit.search.plan import effects_key, fit_key
from metaudit.search.results import Results, between_groups
from metaudit.specs import Spec

__all__ = ["COUNT_CELLS", "between_groups", "effects_key", "evaluate_specs", "fit_key", "numbers_of"]


def evaluate_specs(
    specs: Sequence[Spec], rows: Sequence[Converted], analysis: Analysis, *, settings: Settings | None = None
) -> Results:
    """Every number of every specification.

    Parameters
    ----------
    specs : any specifications; those that arrays do not compute go through ``evaluate`` one by one
    rows : the analysis's converted rows
    analysis : its subgroups and moderators

    Returns
    -------
    Results
        with the specifications in the given order; the ones that are not defined for these rows hold NaN and their
        reason stands in ``failed``.
    """
    return evaluate_many([Problem(rows, analysis, specs)], settings=settings)[0]
