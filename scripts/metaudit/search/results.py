"""What many specifications give for one set of rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from metaudit.effects.zero_cells import Floats
from metaudit.specs import Spec

QUANTITIES = (
    "estimate", "ci_low", "ci_high", "pi_low", "pi_high", "se", "z", "p", "q", "q_df", "q_p", "i2", "h2", "tau2", "k",
)  # fmt: skip


@dataclass(frozen=True)
class Results:
    """``s`` specifications evaluated on the ``r`` rows of one analysis.

    Attributes
    ----------
    specs : the specifications, in their order
    lines, labels : of the rows
    values : every quantity of ``QUANTITIES``, shape ``(s,)``; effects and limits on the analysis scale, percent for i2;
        NaN where it is not defined
    yi, vi, weights : of every row under every specification, shape ``(s, r)``; NaN where the row is not in; weights in
        percent
    typical_n : harmonic mean of the sample sizes, for measures whose way back to the natural scale needs one (PFT); else NaN
    groups : the same for each level of the analysis's subgroups
    subgroup_q, subgroup_p : test between subgroups, shape ``(s,)``; NaN without subgroups
    failed : why a specification has no result, by its index
    """

    specs: tuple[Spec, ...]
    lines: tuple[int, ...]
    labels: tuple[str, ...]
    values: Mapping[str, Floats]
    yi: Floats
    vi: Floats
    weights: Floats
    typical_n: Floats
    groups: Mapping[str, Results] = field(default_factory=dict)
    subgroup_q: Floats = field(default_factory=lambda: np.empty(0))
    subgroup_p: Floats = field(default_factory=lambda: np.empty(0))
    failed: Mapping[int, str] = field(default_factory=dict)


def blank_results(specs: Sequence[Spec], *, lines: Sequence[int], labels: Sequence[str]) -> Results:
    """Results in which nothing is defined yet: NaN everywhere, to be filled in.

    Parameters
    ----------
    specs : the specifications
    lines, labels : of the rows
    """
    s, r = len(specs), len(lines)
    return Results(
        specs=tuple(specs),
        lines=tuple(lines),
        labels=tuple(labels),
        values={q: np.full(s, np.nan) for q in QUANTITIES},
        yi=np.full((s, r), np.nan),
        vi=np.full((s, r), np.nan),
        weights=np.full((s, r), np.nan),
        typical_n=np.full(s, np.nan),
        groups={},
        subgroup_q=np.full(s, np.nan),
        subgroup_p=np.full(s, np.nan),
        failed={},
    )
