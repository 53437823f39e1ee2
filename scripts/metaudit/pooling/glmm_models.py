"""The generalised linear mixed models of a meta-analysis, each built from the counts.

Stijnen, Hamza and Özdemir 2010 (Stat Med 29:3046); Jackson, Law, Stijnen, Viechtbauer and White 2018 (Stat Med 37:1059), whose
models 4 (unconditional, fixed study effects; random effect split between the arms), 5 (random study effects), 6 (conditional,
approximate) and 7 (conditional, exact) are ``unconditional-fixed``, ``unconditional-random``, ``conditional-approximate`` and
``conditional-exact`` here; metafor's ``UM.FS``, ``UM.RS``, ``CM.AL`` and ``CM.EL``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from metaudit.effects.zero_cells import Floats
from metaudit.errors import DataError
from metaudit.pooling.glmm_families import Binomial, Family, Hypergeometric, Poisson
from metaudit.pooling.glmm_model import Model, Term

if TYPE_CHECKING:
    from numpy.typing import NDArray

KINDS = {
    "OR": ("conditional-exact", "conditional-approximate", "unconditional-fixed", "unconditional-random"),
    "IRR": ("conditional-exact", "unconditional-fixed", "unconditional-random"),
    "PLO": ("one-group",),
}
CODINGS = {0.5: (0.5, -0.5), 1.0: (1.0, 0.0), 0.0: (0.0, 1.0)}


def uninformative(code: str, cells: dict[str, Floats]) -> NDArray[np.bool_]:
    """Studies that say nothing: no event in either arm or, for the odds ratio, nothing but events; shape ``(k,)``, bool."""
    if code == "PLO":
        none: NDArray[np.bool_] = cells["n"] == 0
        return none
    a, c = cells["events_t"], cells["events_c"]
    empty: NDArray[np.bool_] = (a == 0) & (c == 0)
    return empty if code == "IRR" else empty | ((a == cells["n_t"]) & (c == cells["n_c"]))


def two_arms(code: str, cells: dict[str, Floats]) -> tuple[Family, Family]:
    """Treatment and control arm."""
    if code == "IRR":
        return Poisson(cells["events_t"], cells["time_t"]), Poisson(cells["events_c"], cells["time_c"])
    return Binomial(cells["events_t"], cells["n_t"]), Binomial(cells["events_c"], cells["n_c"])


def conditional(code: str, kind: str, cells: dict[str, Floats]) -> tuple[Family, Floats]:
    """The one family given each study's total of events, and its offset."""
    if code == "PLO":
        return Binomial(cells["events"], cells["n"]), np.zeros(cells["n"].size)
    a, c = cells["events_t"], cells["events_c"]
    if code == "IRR":
        return Binomial(a, a + c), np.log(cells["time_t"] / cells["time_c"])
    if kind == "conditional-approximate":
        return Binomial(a, a + c), np.log(cells["n_t"] / cells["n_c"])
    return Hypergeometric(a, cells["n_t"], cells["n_c"], a + c), np.zeros(a.size)


def build(code: str, kind: str, cells: dict[str, Floats], *, cor: bool = False, coding: float = 0.5) -> Model:
    """The random-effects model of one kind.

    Parameters
    ----------
    code : measure
    kind : one of ``KINDS[code]``
    cells : counts (and person-time), each of shape ``(k,)``
    cor : unconditional-random only: whether level and effect of a study may be correlated
    coding : unconditional models: how the random effect is shared between the arms (0.5: half to each, as metafor;
        1: all on the treatment arm; 0: all on the control arm)
    """
    if not kind.startswith("unconditional"):
        family, offset = conditional(code, kind, cells)
        return Model((family,), (offset,), (Term("mean", (1.0,)), Term("tau", (1.0,), 0)))
    if coding not in CODINGS:
        raise DataError(f"coding {coding!r} of the mixed model is not known; choose 0.5, 1 or 0")
    arms = two_arms(code, cells)
    offsets, spread = (np.zeros(cells["events_t"].size),) * 2, CODINGS[coding]
    mean = Term("mean", (1.0, 0.0))
    if kind == "unconditional-fixed":
        return Model(arms, offsets, (mean, Term("tau", spread, 0)), own=(1.0, 1.0))
    level, sigma = Term("level", (1.0, 1.0)), Term("sigma", (1.0, 1.0), 0)
    link = (Term("link", spread, 0),) if cor else ()
    return Model(arms, offsets, (mean, level, sigma, *link, Term("tau", spread, 1)))


def start(model: Model, code: str, cells: dict[str, Floats]) -> Floats:
    """Rough values of the fixed effects, from all studies together; never infinite."""
    names = [t.name for t in model.terms]
    if len(model.arms) == 1:
        return np.array([_crude(code, cells)])
    eta = []
    for x, size in ((cells["events_t"], _sizes(code, cells)[0]), (cells["events_c"], _sizes(code, cells)[1])):
        eta.append(np.log((x + 0.5) / (size if code == "IRR" else size - x + 0.5)))
    mean = float(np.mean(eta[0] - eta[1]))
    if "level" in names:
        return np.array([mean, float(np.mean(eta[1]))])
    return np.array([mean, *((eta[0] + eta[1] - mean) / 2)])


def _sizes(code: str, cells: dict[str, Floats]) -> tuple[Floats, Floats]:
    return (cells["time_t"], cells["time_c"]) if code == "IRR" else (cells["n_t"], cells["n_c"])


def _crude(code: str, cells: dict[str, Floats]) -> float:
    if code == "PLO":
        x, n = cells["events"].sum(), cells["n"].sum()
        return float(np.log((x + 0.5) / (n - x + 0.5)))
    a, c = cells["events_t"].sum() + 0.5, cells["events_c"].sum() + 0.5
    if code == "IRR":
        return float(np.log(a / c * cells["time_c"].sum() / cells["time_t"].sum()))
    b, d = cells["n_t"].sum() - a + 1, cells["n_c"].sum() - c + 1
    return float(np.log(a * d / (b * c)))
