"""A generalised linear mixed model of k studies: arms, parameters, and how the linear predictors depend on both.

Every linear predictor is linear in the parameters once the standard normal random effects z are given,

    eta = offset + sum over p of theta_p * c_p * (1 or z_j),

with standard deviations (or entries of a Cholesky factor) among the parameters theta. One description serves all models.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from metaudit.effects.zero_cells import Floats
from metaudit.pooling.glmm_families import Family


@dataclass(frozen=True)
class Term:
    """One parameter that all studies share.

    Attributes
    ----------
    name : ``mean``, ``tau``, ``level``, ``sigma`` or ``link``
    loads : factor in the linear predictor of each arm
    axis : which random effect it multiplies; None for a fixed effect
    """

    name: str
    loads: tuple[float, ...]
    axis: int | None = None


@dataclass(frozen=True)
class Model:
    """Arms, shared parameters, and whether each study has a fixed effect of its own.

    Attributes
    ----------
    arms : one family an arm
    offsets : of each arm, each of shape ``(k,)``
    terms : the shared parameters, in order
    own : factor of the study's own parameter in each arm; empty when it has none
    """

    arms: tuple[Family, ...]
    offsets: tuple[Floats, ...]
    terms: tuple[Term, ...]
    own: tuple[float, ...] = ()

    @property
    def k(self) -> int:
        """Number of studies."""
        return int(self.offsets[0].size)

    @property
    def axes(self) -> int:
        """Number of random effects of a study."""
        return 1 + max((t.axis for t in self.terms if t.axis is not None), default=-1)

    @property
    def size(self) -> int:
        """Number of parameters."""
        return len(self.terms) + (self.k if self.own else 0)

    def index(self, name: str) -> int:
        """Place of a shared parameter."""
        return [t.name for t in self.terms].index(name)

    def without(self, *names: str) -> Model:
        """The model without some parameters (set to 0); the remaining random effects are numbered anew."""
        kept = [t for t in self.terms if t.name not in names]
        axes = sorted({t.axis for t in kept if t.axis is not None})
        return replace(
            self,
            terms=tuple(replace(t, axis=None if t.axis is None else axes.index(t.axis)) for t in kept),
        )

    def at_mean(self, theta: Floats) -> list[Floats]:
        """Linear predictor of each arm where all random effects are 0, each of shape ``(k,)``."""
        s = len(self.terms)
        out = []
        for a, offset in enumerate(self.offsets):
            fixed = sum(theta[p] * t.loads[a] for p, t in enumerate(self.terms) if t.axis is None)
            own = self.own[a] * theta[s:] if self.own else 0.0
            out.append(offset + fixed + own)
        return out

    def slopes(self, theta: Floats) -> Floats:
        """How much each linear predictor moves with each random effect, shape ``(arms, axes)``."""
        out = np.zeros((len(self.arms), self.axes))
        for p, t in enumerate(self.terms):
            if t.axis is not None:
                out[:, t.axis] += theta[p] * np.array(t.loads)
        return out

    def local(self, z: Floats) -> list[list[Floats]]:
        """Derivative of each arm's linear predictor by each parameter of a study (shared ones first); ``z``: (k, N, axes)."""
        one = np.ones(z.shape[:2])
        out = []
        for a in range(len(self.arms)):
            row = [t.loads[a] * (one if t.axis is None else z[:, :, t.axis]) for t in self.terms]
            out.append(row + ([self.own[a] * one] if self.own else []))
        return out
