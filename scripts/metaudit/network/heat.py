"""Where inconsistency between designs is: the numbers of a net heat plot (Krahn, Binder and König 2013)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from metaudit.effects.zero_cells import Floats
from metaudit.network.designs import Design, column_space, own_effects, with_members
from metaudit.network.evidence import Evidence, check_connected
from metaudit.network.rows import Rows

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class NetHeat:
    """Inconsistency of each design, and what detaching another one changes.

    Attributes
    ----------
    designs : those that detaching another can change or whose own detaching changes others, shape ``(d,)``
    inconsistency : weighted squares of each design's own effects around those of the network, shape ``(d,)``; their sum
        over all designs is Q between designs
    change : inconsistency of the design in the row less what is left of it when the design in the column has effects of its
        own, shape ``(d, d)``; above 0 (warm) where the column's design is at odds with the row's, below 0 (cold) where it
        speaks for it; the diagonal is the design's own inconsistency
    tau2 : at which it is computed
    """

    designs: tuple[Design, ...]
    inconsistency: Floats
    change: Floats
    tau2: float


def net_heat(evidence: Evidence, *, tau2: float = 0.0) -> NetHeat:
    """Net heat at a tau².

    Parameters
    ----------
    evidence : connected
    tau2 : 0 for the common-effect one; for random effects that within designs (``designs.interaction(...).tau2``)

    Raises
    ------
    DataError
        for a disconnected network.
    """
    check_connected(evidence)
    rows, members = with_members(evidence)
    w = 1 / (rows.vi + tau2 / 2)
    everything = np.ones(rows.yi.size, dtype=bool)
    own = np.array(
        [_squares(rows, w, at, fitted=_fitted(rows, w, at, x=own_effects(rows, d, at))) for d, at in members.items()]
    )
    network = _fitted(rows, w, everything, x=rows.design)
    inconsistency = np.array([_squares(rows, w, at, fitted=network[at]) for at in members.values()]) - own
    change = np.zeros((own.size, own.size))
    for c, out in enumerate(members.values()):
        others = np.full(rows.yi.size, np.nan)
        if not out.all():
            others[~out] = _fitted(rows, w, ~out, x=rows.design)
        for r, at in enumerate(members.values()):
            left = 0.0 if r == c else _squares(rows, w, at, fitted=others[at]) - own[r]
            change[r, c] = inconsistency[r] - left
    close = 1e-9 * max(1.0, float(np.abs(inconsistency).sum()))
    shown = (np.abs(change).max(axis=0) > close) | (np.abs(change).max(axis=1) > close)
    kept = tuple(d for d, s in zip(members, shown, strict=True) if s)
    return NetHeat(kept, inconsistency[shown], change[np.ix_(shown, shown)], tau2)


def _fitted(rows: Rows, w: Floats, at: NDArray[np.bool_], *, x: Floats) -> Floats:
    """Fitted values of some rows under a design that may have fewer independent columns than it has columns."""
    root = np.sqrt(w[at])
    basis = column_space(root[:, None] * x[at])
    return np.asarray(basis @ (basis.T @ (root * rows.yi[at])) / root)


def _squares(rows: Rows, w: Floats, at: NDArray[np.bool_], *, fitted: Floats) -> float:
    return float(w[at] @ (rows.yi[at] - fitted) ** 2)
