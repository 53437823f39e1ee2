"""How much of the printed numbers many edited tables explain, under many methods, the quickest numbers found first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from metaudit.edits.arrays import OF_STUDIES, results_of, studies_of
from metaudit.edits.edit import Edit
from metaudit.edits.sets import Tables, tables_of
from metaudit.edits.whole_table import WholeTable, whole_table
from metaudit.effects.convert import Converted
from metaudit.effects.zero_cells import Floats
from metaudit.formats.review import Analysis
from metaudit.formats.tables import Row
from metaudit.search.fits import by_inverse_variance
from metaudit.search.match import Matched, match
from metaudit.search.plan import effects_key, fit_key
from metaudit.search.rank import scores
from metaudit.search.results import Results
from metaudit.search.targets import Target
from metaudit.specs import Spec

# Numbers of single studies, which need no fit; numbers that are the same whatever the estimator of tau2; and estimators that
# are as quick to find as those.
_UNFITTED = OF_STUDIES - {"weight"}
_WITHOUT_TAU2 = _UNFITTED | {"k", "q", "q_df", "q_p"}
_AT_ONCE = ("", "DL", "HE", "HS", "HSk")
HAIR = 1e-9  # two sums of weights are the same within this


@dataclass(frozen=True)
class Problem:
    """What is to be restored.

    Attributes
    ----------
    rows : the converted rows that the analysis pools
    everything : all rows of the extraction table; a ``WholeTable``, where several analyses of it are asked about
    analysis : with its subgroups
    targets : the printed numbers of one bundle
    specs : methods under which an edit may restore them, the likelier first
    typed : what one of two extractors typed otherwise (``metaudit.edits.extractors``), tried beside every other edit
    known : the same numbers against many specifications, from the rows as they stand, where that is known
    """

    rows: tuple[Converted, ...]
    everything: tuple[Row, ...]
    analysis: Analysis
    targets: tuple[Target, ...]
    specs: tuple[Spec, ...]
    typed: tuple[Edit, ...] = ()
    known: Matched | None = None

    @cached_property
    def table(self) -> WholeTable:
        """All rows that there are."""
        return whole_table(self.everything or [r.row for r in self.rows])


def explained(
    problem: Problem,
    specs: Sequence[Spec],
    tries: Sequence[Sequence[Edit]],
    *,
    tables: Tables | None = None,
    of: float = 0.0,
    more_than: float = -1.0,
) -> Floats:
    """Weight of the targets that each combination of edits explains, shape ``(s, d)``.

    Parameters
    ----------
    tables : with each combination made, where they are known
    of : the weight of everything that can be explained
    more_than : what explains no more than this is of no interest, and may be given as 0
    """
    laid = tables_of(problem.rows, tries, everything=problem.table) if tables is None else tables
    out = np.zeros((len(specs), len(tries)))
    for members in _alike(specs):
        own = [specs[i] for i in members]
        some, worth = _worth_fitting(problem, own, laid, of=of, more_than=more_than)
        if some.size:
            matched = match(problem.targets, results_under(problem, own, worth))
            out[np.ix_(np.array(members), some)] = scores(matched).reshape(len(own), some.size)
    return out


def _worth_fitting(
    problem: Problem, specs: Sequence[Spec], tables: Tables, *, of: float, more_than: float
) -> tuple[Any, Tables]:
    """The tables that may explain more than that, and their numbers, by what is quicker to find than all.

    Parameters
    ----------
    specs : alike (:func:`_alike`)
    of : the weight of everything that can be explained
    """
    some = np.arange(tables.inside.shape[1])
    if more_than < 0 or problem.analysis.moderators:
        return some, tables
    for bound in (_by_studies, _without_tau2):
        at_most = bound(problem, specs, tables, of=of) if some.size else None
        if at_most is not None:
            kept = np.flatnonzero(at_most > more_than + HAIR)
            some, tables = some[kept], tables.take(kept)
    return some, tables


def _by_studies(problem: Problem, specs: Sequence[Spec], tables: Tables, *, of: float) -> Floats | None:
    """What each table can explain at most, by the numbers of single studies, shape ``(d,)``; None where none is printed."""
    wanted = [t for t in problem.targets if t.quantity in _UNFITTED]
    if not wanted:
        return None
    matched = match(wanted, studies_of(specs[0], tables, rows=len(problem.rows), targets=wanted))
    return of - sum(t.weight for t in matched.targets) + scores(matched)


def _without_tau2(problem: Problem, specs: Sequence[Spec], tables: Tables, *, of: float) -> Floats | None:
    """The same by all numbers that do not depend on tau2; None where finding out would cost as much as the fits."""
    wanted = [t for t in problem.targets if t.quantity in _WITHOUT_TAU2]
    costly = len({fit_key(s) for s in specs}) > 1 or specs[0].tau2 not in _AT_ONCE
    if not by_inverse_variance(specs[0]) or not costly or {t.quantity for t in wanted} <= _UNFITTED:
        return None
    plain = replace(specs[0], model="common", ci="wald", pi="t-k-2", i2="tau2", tau2_ci="q-profile", stopping="exact")
    matched = match(wanted, results_of([plain], tables, problem.analysis, rows=len(problem.rows), targets=wanted))
    return of - sum(t.weight for t in matched.targets) + scores(matched)


def _alike(specs: Sequence[Spec]) -> list[list[int]]:
    """Places of specifications that share the effects, the level, and whether they pool by inverse variance."""
    found: dict[Any, list[int]] = {}
    for i, spec in enumerate(specs):
        found.setdefault((effects_key(spec), spec.level, by_inverse_variance(spec)), []).append(i)
    return list(found.values())


def results_under(problem: Problem, specs: Sequence[Spec], tables: Tables) -> Results:
    """What every table gives of the printed numbers under each of some specifications."""
    return results_of(specs, tables, problem.analysis, rows=len(problem.rows), targets=problem.targets)
