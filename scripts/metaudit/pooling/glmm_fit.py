"""Maximum likelihood of a mixed model: several starts, exact Newton steps, and the boundary where a variance is 0."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import product

import numpy as np

from metaudit.effects.zero_cells import Floats
from metaudit.errors import DataError
from metaudit.pooling.glmm_model import Model
from metaudit.pooling.glmm_quadrature import NODES, Moments, log_likelihoods, moments

TAU_STARTS = (0.15, 0.6, 1.8)
_COARSE = {0: 1, 1: 24, 2: 30}  # nodes a dimension on the way to the maximum; the last steps take NODES
_SAME_HEIGHT = 1e-11  # log-likelihoods closer than rounding leaves them
_OFF_ZERO = 0.1
_CLOSE = 1.0  # log-likelihoods further apart are in the same order under any rule
_FLAT = 1e-6  # largest slope at a maximum, in units of the log-likelihood
_DOUBLINGS = {0: 0, 1: 4, 2: 1}
_STEPS, _LONGEST = 150, 2.0  # Newton steps, and how far one may go in any parameter
_ROUGHLY = 1e-7  # gain that is not worth another step while the nodes are few
_LEAST_DAMPING, _MOST_DAMPING = 1e-3, 1e8
_CONVERGED = {0: 0.0, 1: 3e-12, 2: 1e-10}  # change of the log-likelihood with twice the nodes, relative to it
_STEP = 2e-3  # of the difference quotients, see `numeric_moments`

Derivative = Callable[[Floats], Moments]


@dataclass(frozen=True)
class Maximum:
    """Parameters at the maximum of the likelihood.

    Attributes
    ----------
    model : the model, without the random effects whose variance is 0 at the maximum
    theta : parameters, shared ones first, shape ``(model.size,)``; standard deviations not negative
    value : log-likelihood
    covariance : inverse of the observed information of the shared parameters
    gap : how far the log-likelihood moves when the number of nodes is doubled; 0 under a fixed rule
    """

    model: Model
    theta: Floats
    value: float
    covariance: Floats
    gap: float = 0.0

    def of(self, name: str) -> float:
        """A shared parameter; 0 when the model at the maximum is without it."""
        names = [t.name for t in self.model.terms]
        return float(self.theta[names.index(name)]) if name in names else 0.0

    def se(self, name: str) -> float:
        """Its standard error."""
        i = self.model.index(name)
        return float(np.sqrt(self.covariance[i, i]))


def numeric_moments(model: Model, theta: Floats, rule: int) -> Moments:
    """The likelihood under a fixed rule with its own derivatives, by differences of fourth order.

    With few nodes the quadrature is a function of its own, whose maximum lme4 finds; Louis' identity does not give the
    slope of that function. A study's value depends on the shared parameters and on its own one only, so that all studies
    are moved at once.
    """
    s = len(model.terms)
    size = s + (1 if model.own else 0)

    def at(move: Sequence[float]) -> Floats:
        moved = theta.copy()
        moved[:s] += np.array(move[:s])
        if model.own:
            moved[s:] += move[s]
        return log_likelihoods(model, moved, rule)

    def along(p: int, steps: float, q: int | None = None, other: float = 0.0) -> Floats:
        move = [0.0] * size
        move[p] += steps * _STEP
        if q is not None:
            move[q] += other * _STEP
        return at(move)

    value = at([0.0] * size)
    score, hessian = np.empty((model.k, size)), np.empty((model.k, size, size))
    for p in range(size):
        f = {m: along(p, m) for m in (-2, -1, 1, 2)}
        score[:, p] = (8 * (f[1] - f[-1]) - (f[2] - f[-2])) / (12 * _STEP)
        hessian[:, p, p] = (16 * (f[1] + f[-1]) - (f[2] + f[-2]) - 30 * value) / (12 * _STEP**2)
        for q in range(p):
            near, wide = (
                along(p, m, q, m) + along(p, -m, q, -m) - along(p, m, q, -m) - along(p, -m, q, m) for m in (1, 2)
            )
            hessian[:, p, q] = hessian[:, q, p] = (16 * near - wide) / (48 * _STEP**2)
    return Moments(value, score, hessian)


@dataclass(frozen=True)
class _Slopes:
    """Log-likelihood and derivatives of all studies together; a study's own effect meets only the shared parameters."""

    value: float
    shared: Floats  # (s,)
    own: Floats  # (k,) or (0,)
    information: Floats  # (s, s), minus the Hessian of the shared parameters
    diagonal: Floats  # (k,), minus that of the own effects
    across: Floats  # (s, k)

    def reduced(self, damping: float = 0.0) -> Floats:
        """Information of the shared parameters once the own effects follow them (Schur complement)."""
        wide = self.across / (self.diagonal + damping)
        return self.information + damping * np.eye(len(self.shared)) - wide @ self.across.T

    def step(self, damping: float) -> Floats | None:
        """Damped Newton step in all parameters; None where the likelihood is not concave enough for one."""
        d = self.diagonal + damping
        if np.any(d <= 0):
            return None
        try:
            root = np.linalg.cholesky(self.reduced(damping))
        except np.linalg.LinAlgError:
            return None
        right = self.shared - self.across @ (self.own / d)
        shared = np.linalg.solve(root.T, np.linalg.solve(root, right))
        return np.concatenate([shared, (self.own - self.across.T @ shared) / d])


def _slopes(model: Model, found: Moments) -> _Slopes:
    s = len(model.terms)
    score, hessian = found.score, -found.hessian
    if not model.own:
        none = np.zeros(0)
        return _Slopes(float(found.value.sum()), score.sum(axis=0), none, hessian.sum(axis=0), none, np.zeros((s, 0)))
    diagonal = hessian[:, s, s].copy()
    diagonal[(diagonal == 0) & (score[:, s] == 0)] = 1.0  # an effect about which nothing is known stays where it is
    return _Slopes(
        float(found.value.sum()), score[:, :s].sum(axis=0), score[:, s], hessian[:, :s, :s].sum(axis=0), diagonal,
        hessian[:, s, :s].T,
    )  # fmt: skip


def climb(model: Model, start: Floats, derivative: Derivative, *, spent: float = 1e-13, strict: bool = True) -> Floats:
    """Parameters at the maximum near ``start``: damped Newton steps (Levenberg 1944, Marquardt 1963), undamped at the end.

    Parameters
    ----------
    model, start, derivative : what is climbed, and from where
    spent : a gain in log-likelihood, relative to it, that is not worth another step
    strict : whether to insist on a maximum

    Raises
    ------
    DataError
        when ``strict`` and there is no finite maximum to be found.
    """
    theta, here, damping = start, _slopes(model, derivative(start)), 0.0
    for _ in range(_STEPS):
        step = here.step(damping)
        if step is None or np.max(np.abs(step)) > _LONGEST:
            damping = max(4 * damping, _LEAST_DAMPING)
            if damping > _MOST_DAMPING:
                break
            continue
        gain = 0.5 * float(step[: len(here.shared)] @ here.shared + step[len(here.shared) :] @ here.own)
        after = _slopes(model, derivative(theta + step))
        if damping == 0 and gain < spent * (1 + abs(here.value)):  # and after this step the square of that
            theta, here = theta + step, after
            break
        if not after.value >= here.value - 0.1 * gain - spent * (1 + abs(here.value)):
            damping = max(4 * damping, _LEAST_DAMPING)
            if damping > _MOST_DAMPING:
                break
            continue
        theta, here = theta + step, after
        damping = damping / 8 if damping > _LEAST_DAMPING else 0.0
    slope = max(np.max(np.abs(here.shared)), np.max(np.abs(here.own), initial=0.0))
    if strict and not slope <= _FLAT * (1 + abs(here.value)):
        raise DataError(
            "the likelihood of the mixed model has no finite maximum for these counts; more studies with events in both arms are needed"
        )
    return theta


def maximum(model: Model, start: Floats, *, rule: int | None = None) -> Maximum:
    """The highest maximum of the likelihood over the starts; variances at 0 are taken out of the model.

    Parameters
    ----------
    model : at least one fixed effect
    start : values of the parameters without those of the random effects, shape ``(p,)``
    rule : None for the exact integral, else the number of Gauss-Hermite nodes
    """
    spreads = [t.name for t in model.terms if t.axis is not None]
    if not spreads:
        return _at(model, climb(model, start, lambda t: moments(model, t)), rule)
    best, count, gap = _highest(model, start)
    if rule is not None:  # the maximum of the approximation lies near that of the integral
        for p, t in enumerate(model.terms):
            if t.axis is not None and abs(best[p]) < _OFF_ZERO and t.name != "link":
                best[p] = _OFF_ZERO  # at 0 itself the slope is 0 whatever the data
        best = climb(model, best, lambda t: numeric_moments(model, t, rule))
    here = _at(model, _positive(model, best), rule, count=count)
    here = replace(here, gap=gap if rule is None else 0.0)
    for name in spreads:  # the same without one of them: is that as likely?
        if name != "link":
            below = maximum(model.without(name), start)
            if rule is not None and below.value > here.value - _CLOSE:
                below = maximum(model.without(name), start, rule=rule)
            if below.value >= here.value - _SAME_HEIGHT * (1 + abs(here.value)):
                here = below
    return here


def _highest(model: Model, start: Floats) -> tuple[Floats, int, float]:
    """Highest maximum of the exact likelihood over several sizes of the standard deviations, the nodes it took, and how sure they are."""
    spreads, few = [t.name for t in model.terms if t.axis is not None], _COARSE[model.axes]
    best, height = start, -np.inf
    for sizes in product(*[{"tau": TAU_STARTS, "link": (0.0,)}.get(n, (0.7,)) for n in spreads]):
        theta = _insert(model, start, dict(zip(spreads, sizes, strict=True)))
        theta = climb(model, theta, lambda t: moments(model, t, per_axis=few), spent=_ROUGHLY, strict=False)
        value = float(log_likelihoods(model, theta, None).sum())
        if value > height + 1e-7 * (1 + abs(value)):
            best, height = theta, value
    count, gap = NODES[model.axes], np.inf
    for doubling in range(_DOUBLINGS[model.axes] + 1):
        nodes = count * 2**doubling
        last = doubling == _DOUBLINGS[model.axes]
        best = climb(model, best, lambda t, n=nodes: moments(model, t, per_axis=n), strict=last)  # type: ignore[misc]
        once, twice = (log_likelihoods(model, best, None, per_axis=n).sum() for n in (nodes, 2 * nodes))
        gap = abs(float(twice - once))
        if gap < _CONVERGED[model.axes] * (1 + abs(height)):
            break
    return best, nodes, gap


def _insert(model: Model, start: Floats, sizes: dict[str, float]) -> Floats:
    given = iter(start)
    shared = [sizes[t.name] if t.axis is not None else next(given) for t in model.terms]
    return np.array(shared + list(given), dtype=float)


def _positive(model: Model, theta: Floats) -> Floats:
    """Standard deviations by their absolute value: the likelihood is the same for either sign."""
    out = theta.copy()
    for p, t in enumerate(model.terms):
        if t.axis is not None and t.name != "link":
            if out[p] < 0 and t.name == "sigma" and "link" in [u.name for u in model.terms]:
                out[model.index("link")] *= -1  # the first random effect changes its sign as a whole
            out[p] = abs(out[p])
    return out


def _at(model: Model, theta: Floats, rule: int | None, *, count: int | None = None) -> Maximum:
    exact = rule is None or model.axes == 0
    found = moments(model, theta, per_axis=count) if exact else numeric_moments(model, theta, rule or 0)
    slopes = _slopes(model, found)
    return Maximum(model, theta, slopes.value, np.asarray(np.linalg.inv(slopes.reduced()), dtype=float))
