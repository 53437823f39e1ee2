"""A network from the rows of an extraction table: arms, comparisons, or some studies of each.

A row with a ``treatment`` is an arm, with the numbers of one group. A row with a ``treatment_c`` as well is a comparison of
``treatment`` with it, with a ready-made effect. Where a study has both, the arms are pooled and the comparisons compared with
them.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import replace

from metaudit.effects.convert import Converted, convert, level_of
from metaudit.effects.generic import generic_effect
from metaudit.effects.zero_cells import ZeroCells
from metaudit.errors import InputError, Problem
from metaudit.formats.tables import Row
from metaudit.measures import measure_of
from metaudit.network.agree import Disagreement, disagreements
from metaudit.network.arm_effects import NEEDS
from metaudit.network.evidence import Evidence, Pair
from metaudit.network.from_arms import Arm, evidence_from_arms, spelling_problems
from metaudit.network.from_contrasts import Contrast, evidence_from_contrasts
from metaudit.pooling.intervals import quantile

TREATMENT, COMPARATOR = "treatment", "treatment_c"


def evidence_of_rows(
    rows: Sequence[Row | Converted],
    measure: str,
    *,
    zero_cells: ZeroCells | None = None,
    convention: str = "escalc",
    distinct: Collection[Pair] = (),
    file: str = "extraction.csv",
) -> tuple[Evidence, tuple[Disagreement, ...]]:
    """The network of some rows, and where comparisons and arms of one study disagree.

    Parameters
    ----------
    rows : with ``study`` and ``treatment``, as they stand or converted
    measure, zero_cells, convention, distinct, file : as in ``from_arms.evidence_from_arms``; measures that arms cannot give
        (a hazard ratio) need comparisons

    Raises
    ------
    InputError
        for what cannot be pooled, with the rows it stands in.
    """
    converted = [r if isinstance(r, Converted) else convert(r) for r in rows]
    without = [
        Problem(
            file,
            r.row.line,
            TREATMENT,
            "network-treatment",
            "The row names no treatment.",
            "A network needs the treatment of every row.",
        )
        for r in converted
        if not r.row.text(TREATMENT).strip()
    ]
    named = [(r.row.text(c), r.row.line) for r in converted for c in (TREATMENT, COMPARATOR) if r.row.text(c).strip()]
    problems = [*without, *spelling_problems(named, distinct, file=file)]
    if problems:
        raise InputError(problems)
    comparisons = [contrast_of(r, measure) for r in converted if r.row.text(COMPARATOR).strip()]
    arms = [arm_of(r, measure) for r in converted if not r.row.text(COMPARATOR).strip()]
    known = Evidence(measure, ())
    if arms:
        known = evidence_from_arms(
            arms, measure, zero_cells=zero_cells, convention=convention, distinct=named_apart(named), file=file
        )
    with_arms = {s.name for s in known.studies}
    alone = [c for c in comparisons if c.study not in with_arms]
    rest = evidence_from_contrasts(alone, measure, distinct=named_apart(named), file=file)
    beside = [c for c in comparisons if c.study in with_arms]
    whole = replace(known, studies=(*known.studies, *rest.studies), left_out=(*known.left_out, *rest.left_out))
    return whole, disagreements(known, beside)


def named_apart(named: Sequence[tuple[str, int]]) -> list[Pair]:
    """Every pair of names: their spelling was looked at already, all rows together."""
    names = sorted({n for n, _ in named})
    return [(a, b) for i, a in enumerate(names) for b in names[i + 1 :]]


def arm_of(row: Converted, measure: str) -> Arm:
    """One arm with the numbers that the measure needs; those that the row lacks are absent."""
    cells = {n: row.values[n] for n in NEEDS.get(measure, ()) if n in row.values}
    return Arm(row.label, row.row.text(TREATMENT), cells, row.row.line)


def contrast_of(row: Converted, measure: str) -> Contrast:
    """One comparison on the analysis scale; NaN where the row does not suffice."""
    log = measure_of(measure).ratio
    yi, vi, _ = generic_effect(row, log=log)
    names = row.label, row.row.text(TREATMENT), row.row.text(COMPARATOR)
    scale = abs(row.get("effect")) if log else 1.0
    half = (
        row.slack.get("effect", 0.0) / scale if scale else math.inf
    )  # a ratio of 0 has no logarithm, and leaves the row out
    return Contrast(*names, yi, vi, row.row.line, half, _half_of_se(row, vi, log=log))


def _half_of_se(row: Converted, vi: float, *, log: bool) -> float:
    """How far rounding may have moved the standard error; infinite where it comes from a test, which is not compared."""
    low, high = row.given.get("ci_low"), row.given.get("ci_high")
    if "variance" in row.given:
        return row.slack.get("variance", 0.0) / (2 * math.sqrt(vi))
    if "se" in row.given:
        return row.slack.get("se", 0.0)
    if low is None or high is None or (log and min(low, high) <= 0):
        return math.inf
    ends = [row.slack.get(name, 0.0) / (abs(end) if log else 1.0) for name, end in (("ci_low", low), ("ci_high", high))]
    return sum(ends) / (2 * quantile(level_of(row.row), None))
