"""Heterogeneity and inconsistency told apart: Q within and between designs, and the design-by-treatment interaction.

Sources: Higgins et al. 2012 (designs and the interaction); White et al. 2012 (its global Wald test); Krahn, Binder and König
2013 (decomposition of Q and detaching of single designs); Jackson et al. 2012 and Jackson, Boddington and White 2016 for tau²
estimated within designs by moments.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import chdtrc

from metaudit.effects.zero_cells import Floats
from metaudit.network.evidence import Evidence, check_connected
from metaudit.network.fit import check_choices, tau2_of
from metaudit.network.rows import Rows, contrasts_of, rows_of
from metaudit.pooling.linear import profile

if TYPE_CHECKING:
    from numpy.typing import NDArray

Design = tuple[str, ...]
_RANK = 1e-9  # singular values below this share of the largest are 0: coefficients are sums of a few 1/sqrt(m)


@dataclass(frozen=True)
class ChiSquared:
    """A chi-squared statistic; P is NaN without degrees of freedom."""

    q: float
    df: int

    @property
    def p(self) -> float:
        """Its P value."""
        return float(chdtrc(self.df, self.q)) if self.df > 0 else math.nan


@dataclass(frozen=True)
class Decomposition:
    """Cochran's Q of a network at tau² = 0.

    Attributes
    ----------
    total, within, between : the whole Q, and its parts within and between designs
    by_design : Q within each design
    detached : Q between designs that is left when one design may have effects of its own
    """

    total: ChiSquared
    within: ChiSquared
    between: ChiSquared
    by_design: dict[Design, ChiSquared]
    detached: dict[Design, ChiSquared]


@dataclass(frozen=True)
class Interaction:
    """Test of all inconsistency parameters at the tau² estimated within designs.

    Attributes
    ----------
    tau2, tau2_method : of the model in which every design has effects of its own
    q, df, p : chi-squared
    """

    tau2: float
    tau2_method: str
    q: float
    df: int
    p: float


def decompose(evidence: Evidence, *, detach: bool = True) -> Decomposition:
    """Split Q within and between designs (Krahn et al. 2013).

    Parameters
    ----------
    evidence : connected
    detach : whether to detach every design in turn, which takes a fit each

    Raises
    ------
    DataError
        for a disconnected network.
    """
    check_connected(evidence)
    rows, members = with_members(evidence)
    by_design = {d: ChiSquared(_within(rows, d, at), _within_df(d, at)) for d, at in members.items()}
    within = ChiSquared(sum(t.q for t in by_design.values()), sum(t.df for t in by_design.values()))
    total = ChiSquared(_q(rows, rows.design), rows.yi.size - rows.design.shape[1])
    between = ChiSquared(_positive(total.q - within.q, total.df - within.df), total.df - within.df)
    detached = {d: _detached(rows, d, at, by_design=by_design) for d, at in members.items()} if detach else {}
    return Decomposition(total, within, between, by_design, detached)


def _detached(rows: Rows, design: Design, at: NDArray[np.bool_], *, by_design: dict[Design, ChiSquared]) -> ChiSquared:
    """Q between designs when one of them has effects of its own: the other designs' inconsistency among themselves."""
    others = [t for d, t in by_design.items() if d != design]
    x = column_space(rows.design[~at])
    df = x.shape[0] - x.shape[1] - sum(t.df for t in others)
    return ChiSquared(_positive(_q_of(rows, ~at, x) - sum(t.q for t in others), df), df)


def interaction(evidence: Evidence, *, tau2: str | float | None = "REML") -> Interaction:
    """Global test of inconsistency: every design with effects of its own against consistency (White et al. 2012).

    At one tau², the difference of the two weighted sums of squares is the Wald statistic of all inconsistency parameters.

    Parameters
    ----------
    evidence : connected
    tau2 : how tau² is estimated in the model with the interaction; None for 0

    Raises
    ------
    DataError
        for a disconnected network and an estimator that is not known.
    """
    check_choices(tau2)
    check_connected(evidence)
    rows, members = with_members(evidence)
    name, value = _tau2_within(rows, members, tau2)
    parameters = sum(len(d) - 1 for d in members)
    df = parameters - rows.design.shape[1]
    inside = sum(_within(rows, d, at, t=value / 2) for d, at in members.items())
    q = _positive(_q(rows, rows.design, t=value / 2) - inside, df)
    return Interaction(value, name, q, df, ChiSquared(q, df).p)


def _tau2_within(rows: Rows, members: dict[Design, NDArray[np.bool_]], tau2: str | float | None) -> tuple[str, float]:
    """Estimate tau² in the model in which every design has effects of its own.

    A design with one study fits its rows exactly: only the likelihood's (ML) normaliser takes note of them.
    """
    kept = {d: at for d, at in members.items() if tau2 == "ML" or _within_df(d, at)}
    if not any(_within_df(d, at) for d, at in kept.items()):
        return ("" if tau2 is None else tau2, 0.0) if not isinstance(tau2, int | float) else ("given", float(tau2))
    use = np.any(list(kept.values()), axis=0)
    some = Rows(rows.yi[use], rows.vi[use], rows.x[use], rows.study[use], rows.treatments)
    design = np.hstack([own_effects(some, d, at[use]) for d, at in kept.items()])
    return tau2_of(some, column_space(design), tau2)


def with_members(evidence: Evidence) -> tuple[Rows, dict[Design, NDArray[np.bool_]]]:
    """The observations, and which of them each design has."""
    rows = rows_of(evidence.studies, evidence.treatments)
    of_study = np.array([s.design for s in evidence.studies], dtype=object)
    return rows, {d: np.array([tuple(of_study[s]) == d for s in rows.study], dtype=bool) for d in evidence.designs}


def own_effects(rows: Rows, design: Design, at: NDArray[np.bool_]) -> Floats:
    """Columns for effects of one design's own, 0 in the other rows."""
    columns = [rows.treatments.index(t) for t in design]
    return np.asarray((rows.x * at[:, None])[:, columns] @ contrasts_of(len(design)).T)


def _within_df(design: Design, at: NDArray[np.bool_]) -> int:
    return int(at.sum()) - (len(design) - 1)


def _within(rows: Rows, design: Design, at: NDArray[np.bool_], *, t: float = 0.0) -> float:
    """Weighted sum of squares of one design around effects of its own."""
    return _q_of(rows, at, column_space(own_effects(rows, design, at)[at]), t=t)


def column_space(x: Floats) -> Floats:
    """Orthonormal columns that span what the columns of ``x`` span."""
    u, s, _ = np.linalg.svd(x, full_matrices=False)
    return np.asarray(u[:, s > _RANK * s[0]]) if s.size else x


def _q(rows: Rows, x: Floats, *, t: float = 0.0) -> float:
    return _q_of(rows, np.ones(rows.yi.size, dtype=bool), x, t=t)


def _q_of(rows: Rows, at: NDArray[np.bool_], x: Floats, *, t: float = 0.0) -> float:
    if x.shape[0] <= x.shape[1]:
        return 0.0
    return float(profile(rows.yi[at], rows.vi[at], x, np.array([t])).q[0])


def _positive(q: float, df: int) -> float:
    """A difference of sums of squares, which rounding may make negative; 0 without degrees of freedom."""
    return max(0.0, q) if df > 0 else 0.0
