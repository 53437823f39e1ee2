"""The exact distribution of Cochran's Q and its generalisations: sums of weighted chi-squared variables.

Under normality a Q with fixed weights is a sum of independent chi-squared(1) variables times the eigenvalues of
``Σ^½ A Σ^½`` (Biggerstaff and Tweedie 1997 and Biggerstaff and Jackson 2008 for weights 1/v; Jackson 2013 for any). Its
Laplace transform is ``prod(1 + 2 p lambda)^-½``, and all singularities of the Bromwich integral lie on the real axis at 0
and below. The integral is taken along the parabola that starts at the saddle point and bends as the path of steepest
descent does, by the trapezoidal rule, which converges geometrically there (Weideman and Trefethen 2007). The error stays
below 1e-13 for any weights, where Imhof's integral and Farebrother's series slow down as the weights spread.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from metaudit.effects.zero_cells import Floats

Complex = NDArray[np.complex128]

_DIGITS = 37.0  # exp(-37) = 1e-16
_BLOCK = 40
_MAX_BLOCKS = 500


def cdf_of_sum(q: float, lambdas: Floats) -> float:
    """P(sum of lambda_i chi-squared_1 <= q), to 1e-13.

    Parameters
    ----------
    q : quantile
    lambdas : weights, not negative, shape ``(m,)``
    """

    def log_det(p: Complex) -> Complex:
        return np.asarray(np.log1p(2 * p[:, None] * lambdas[None, :]).sum(axis=1))

    return _invert(log_det, q, lambdas, share=1.0)


def _invert(log_det: Callable[[Complex], Complex], q: float, sizes: Floats, *, share: float) -> float:
    """Bromwich integral of ``exp(p q - log_det(p) / 2) / p``.

    ``sizes`` (each counted ``share`` times) stand for the eigenvalues in choosing the path, on which the value does not
    depend.
    """
    if q <= 0:
        return 0.0
    widest = float(sizes.max())
    if q / (4 * widest) - 0.35 * sizes.size > _DIGITS:  # Chernoff's bound at theta = 1/(4 lambda): P(Q > q) < 1e-16
        return 1.0
    vertex, a = _parabola(q, sizes, share)
    # Half width of the strip without the pole at 0; the rule's error is exp(-2 pi strip / step).
    strip = 1 - math.sqrt(max(0.0, 1 - vertex / a))
    step = 2 * math.pi * strip / _DIGITS
    total, largest = 0.0, 0.0
    for block in range(_MAX_BLOCKS):
        u = (np.arange(block * _BLOCK, (block + 1) * _BLOCK) + 0.5) * step
        p: Complex = np.asarray(vertex + a * ((1 + 1j * u) ** 2 - 1), dtype=np.complex128)
        terms = np.exp(p * q - 0.5 * log_det(p)) / p * (2j * a) * (1 + 1j * u)
        total += float(np.sum(terms.imag))
        largest = max(largest, float(np.abs(terms).max()))
        if abs(terms[-1]) <= 1e-18 * largest:
            return min(1.0, max(0.0, total * step / math.pi))
    raise ArithmeticError(f"the distribution of Q did not converge at q = {q!r}")


def _parabola(q: float, sizes: Floats, share: float) -> tuple[float, float]:
    """Saddle point on the positive axis, and the parabola's parameter from the curvature of steepest descent there.

    The vertex minimises phi(p) - log(p) with phi(p) = p q - share sum(log(1 + 2 p lambda)) / 2, to the right of the pole.
    Steepest descent follows x = y^2 phi3 / (6 phi2) (second and third derivative): a parabola with a = -3 phi2 / (2 phi3).
    """
    low, high = 1 / q, (1 + 0.5 * share * sizes.size) / q  # phi' is at most 0 at the first and at least 0 at the second
    p = low
    for _ in range(100):
        r = sizes / (1 + 2 * p * sizes)
        slope = q - share * r.sum() - 1 / p
        low, high = (p, high) if slope < 0 else (low, p)
        step = slope / (2 * share * (r @ r) + 1 / p**2)
        p = p - step if low < p - step < high else math.sqrt(low * high)
        if abs(step) < 1e-3 * p:
            break
    r = sizes / (1 + 2 * p * sizes)
    return float(p), 0.375 * float(r @ r) / float(r**2 @ r)


class GeneralisedQ:
    """Q with fixed weights: its observed value, and its distribution as a function of tau2.

    Parameters
    ----------
    yi, vi : shape ``(k,)``
    x : design, shape ``(k, p)``
    weights : ``1 / vi`` for Cochran's Q, or any positive numbers, shape ``(k,)``
    """

    def __init__(self, yi: Floats, vi: Floats, x: Floats, weights: Floats) -> None:
        self.vi = vi
        self.weights = weights / weights.max()
        self._root = np.sqrt(self.weights)
        self._basis = np.linalg.qr(self._root[:, None] * x)[0]
        self._one = x.shape[1] == 1 and bool(np.all(x == x[0]))
        r = self._root * yi
        r = r - self._basis @ (self._basis.T @ r)
        self.q = float(r @ r)

    def below(self, tau2: float) -> float:
        """P(Q <= its observed value) when the between-study variance is ``tau2``; falls as tau2 grows."""
        if not self._one:
            return cdf_of_sum(self.q, self.lambdas(tau2))
        s = self.weights * (self.vi + tau2)
        share = 1 - 1 / s.size

        def log_det(p: Complex) -> Complex:
            # det(I + 2pΣA) = prod(d) sum(w / d) / sum(w) with d = 1 + 2ps: no eigenvalue needed. Every w / d lies in one
            # half plane, so that the principal logarithm of their sum stays on its branch.
            d = 1 + 2 * p[:, None] * s[None, :]
            mean = (self.weights / d).sum(axis=1) / self.weights.sum()
            return np.asarray(np.log(d).sum(axis=1) + np.log(mean))

        return _invert(log_det, self.q, s, share=share)

    def lambdas(self, tau2: float) -> Floats:
        """The eigenvalues that are not zero by construction, shape ``(k - p,)``."""
        scaled = self._root * np.sqrt(self.vi + tau2)
        left = np.diag(scaled) - self._basis @ (self._basis.T * scaled)
        values = np.linalg.svd(left, compute_uv=False) ** 2
        return np.asarray(values[: self.vi.size - self._basis.shape[1]])
