"""Effects of every table that a study may have, looked up for whole sets, and the sums by which printed numbers bound them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.special import ndtri, stdtrit

from metaudit.effects.compute import default_zero_cells
from metaudit.effects.dispatch import work_out
from metaudit.effects.zero_cells import Floats, ZeroCells, zero_cells_from
from metaudit.enumeration.arms import Letters
from metaudit.enumeration.branch import Additive
from metaudit.enumeration.windows import Bools, Ints
from metaudit.measures import measure_of
from metaudit.printed import Interval
from metaudit.search.targets import Target
from metaudit.specs import COUNT_MODELS, Spec

_NAMES = ("events_t", "n_t", "events_c", "n_c")
Slot = tuple[Letters, Letters]


@dataclass(frozen=True)
class _Looked:
    """Effect and variance of every (treatment letter, control letter) of one study; NaN where it is not pooled."""

    y: Floats
    v: Floats


def rule_of(spec: Spec) -> ZeroCells:
    """The zero-cell rule of a study's own effect, as ``metaudit.analyses.effects_of`` takes it."""
    rule = zero_cells_from(spec.zero_cells)
    if spec.model in COUNT_MODELS and rule.to == "none":
        return replace(default_zero_cells(spec.measure), double_zero=rule.double_zero)
    return rule


def effects_key(spec: Spec) -> tuple[str, str, str]:
    """What the effects of single studies depend on."""
    return spec.measure, spec.variance, str(rule_of(spec))


class SetEffects:
    """Effects of whole sets under the measure, variance and zero-cell rule of one specification.

    Parameters
    ----------
    spec : the specification
    slots : what the arms of each study may be
    """

    def __init__(self, spec: Spec, slots: Sequence[Slot]) -> None:
        self.spec, self.slots, self.rule = spec, tuple(slots), rule_of(spec)
        self.by_set = self.rule.to == "if-any-zero"  # then one study's table decides about the others' correction
        moved = replace(self.rule, to="all") if self.by_set else self.rule
        self.cells = [_grid(s) for s in self.slots]
        self.looked = [self._look(c, moved) for c in self.cells]
        self.raw = [self._look(c, replace(self.rule, to="none")) for c in self.cells] if self.by_set else []

    def _look(self, cells: dict[str, Floats], rule: ZeroCells) -> _Looked:
        shape = cells["n_t"].shape
        flat = {name: x.ravel() for name, x in cells.items()}
        with np.errstate(divide="ignore", invalid="ignore"):
            y, v, _ = work_out(measure_of(self.spec.measure), flat, rule, self.spec.variance)
            usable = np.isfinite(y) & np.isfinite(v) & (v > 0)
        return _Looked(np.where(usable, y, np.nan).reshape(shape), np.where(usable, v, np.nan).reshape(shape))

    def sets(self, t: Ints, c: Ints) -> tuple[Floats, Floats, Bools, dict[str, Floats]]:
        """Effects, variances, which studies are pooled, and counts; shape ``(k, d)`` each.

        Parameters
        ----------
        t, c : letters of both arms, shape ``(d, k)``
        """
        y, v = self._gather(self.looked, t, c)
        if self.by_set:
            zero = np.array([_has_zero(g, self.rule)[t[:, i], c[:, i]] for i, g in enumerate(self.cells)]).any(axis=0)
            y_raw, v_raw = self._gather(self.raw, t, c)
            y, v = np.where(zero, y, y_raw), np.where(zero, v, v_raw)
        counts = {
            name: np.array([g[name][t[:, i], c[:, i]] for i, g in enumerate(self.cells)], dtype=float)
            for name in _NAMES
        }
        return y, v, np.isfinite(y), counts

    def _gather(self, looked: Sequence[_Looked], t: Ints, c: Ints) -> tuple[Floats, Floats]:
        y = np.array([s.y[t[:, i], c[:, i]] for i, s in enumerate(looked)])
        return y, np.array([s.v[t[:, i], c[:, i]] for i, s in enumerate(looked)])

    def bounds(self, spec: Spec, targets: Sequence[Target]) -> list[Additive]:
        """Sums over the studies that the printed estimate and limits bound; none where the model has no such sum.

        Parameters
        ----------
        spec : a specification with the same effects
        targets : the printed numbers
        """
        if self.by_set or spec.counts == "corrected":
            return []
        mean, se = printed_mean(targets, spec), printed_se(targets, spec, len(self.slots))
        if spec.model == "mantel-haenszel":
            return self._mantel_haenszel(mean)
        if spec.model == "peto":
            parts = [_peto(g, s.y) for g, s in zip(self.cells, self.looked, strict=True)]
        else:
            parts = [(_nothing(1 / s.v), _nothing(s.y / s.v)) for s in self.looked]
        w, wy = [p[0] for p in parts], [p[1] for p in parts]
        heaviest = 1 / se.low**2 if se.low > 0 else math.inf
        out = [Additive(tuple(w), 1 / se.high**2, heaviest if spec.model != "random" else math.inf)]
        return out if spec.model == "random" else [*out, *_around(wy, w, mean)]

    def _mantel_haenszel(self, mean: Interval) -> list[Additive]:
        """Sums of the numerators and denominators of the Mantel-Haenszel mean."""
        tops, bottoms = [], []
        for g, s in zip(self.cells, self.looked, strict=True):
            a, n1, c, n2 = (g[name] for name in _NAMES)
            n, pooled = n1 + n2, np.isfinite(s.y)
            if self.spec.measure == "OR":
                top, bottom = a * (n2 - c) / n, (n1 - a) * c / n
            elif self.spec.measure == "RR":
                top, bottom = a * n2 / n, c * n1 / n
            else:
                top, bottom = (a * n2 - c * n1) / n, n1 * n2 / n
            tops.append(np.where(pooled, top, 0.0))
            bottoms.append(np.where(pooled, bottom, 0.0))
        to_natural = measure_of(self.spec.measure).to_natural
        return _around(tops, bottoms, Interval(to_natural(mean.low), to_natural(mean.high)))


def _grid(slot: Slot) -> dict[str, Floats]:
    t, c = slot
    shape = (t.n.size, c.n.size)
    columns = (t.x[:, None], t.n[:, None], c.x[None, :], c.n[None, :])
    return {name: np.broadcast_to(x, shape).astype(float) for name, x in zip(_NAMES, columns, strict=True)}


def _has_zero(g: dict[str, Floats], rule: ZeroCells) -> Bools:
    a, n1, c, n2 = (g[name] for name in _NAMES)
    zero = (a == 0) | (a == n1) | (c == 0) | (c == n2)
    if rule.double_zero == "drop":
        zero &= ~(((a == 0) & (c == 0)) | ((a == n1) & (c == n2)))
    return np.asarray(zero)


def _nothing(x: Floats) -> Floats:
    """A study that is not pooled adds nothing."""
    return np.where(np.isfinite(x), x, 0.0)


def _peto(g: dict[str, Floats], y: Floats) -> tuple[Floats, Floats]:
    """Variance of the events under no effect, and observed less expected events (Yusuf et al. 1985)."""
    a, n1, c, n2 = (g[name] for name in _NAMES)
    n, events = n1 + n2, a + c
    with np.errstate(divide="ignore", invalid="ignore"):
        v = n1 * n2 * events * (n - events) / (n**2 * (n - 1))
    keep = np.isfinite(y) & (v > 0)
    return np.where(keep, v, 0.0), np.where(keep, a - n1 * events / n, 0.0)


def _around(tops: Sequence[Floats], bottoms: Sequence[Floats], mean: Interval) -> list[Additive]:
    """``sum(top) / sum(bottom)`` within an interval, as two sums with a sign; denominators are not negative."""
    out = []
    if math.isfinite(mean.low):
        out.append(Additive(tuple(t - mean.low * b for t, b in zip(tops, bottoms, strict=True)), 0.0, math.inf))
    if math.isfinite(mean.high):
        out.append(Additive(tuple(t - mean.high * b for t, b in zip(tops, bottoms, strict=True)), -math.inf, 0.0))
    return out


def analysis_window(target: Target, spec: Spec) -> Interval:
    """The window of an effect or limit on the analysis scale; without an end where the measure has no such value."""
    low, high = target.window.low, target.window.high
    if not target.natural:
        return Interval(low, high)
    m = measure_of(spec.measure)
    if m.to_natural(0.0) == 1.0:  # a ratio, analysed as its logarithm
        return Interval(math.log(low) if low > 0 else -math.inf, math.log(high) if high > 0 else -math.inf)
    return Interval(low, high)


def _window_of(targets: Sequence[Target], quantity: str, spec: Spec) -> Interval:
    found = [analysis_window(t, spec) for t in targets if t.quantity == quantity and not t.subject]
    return Interval(max((w.low for w in found), default=-math.inf), min((w.high for w in found), default=math.inf))


def printed_mean(targets: Sequence[Target], spec: Spec) -> Interval:
    """Where the estimate lies on the analysis scale: in its own window, and midway between the limits."""
    own = _window_of(targets, "estimate", spec)
    low, high = _window_of(targets, "ci_low", spec), _window_of(targets, "ci_high", spec)
    return Interval(max(own.low, (low.low + high.low) / 2), min(own.high, (low.high + high.high) / 2))


def printed_se(targets: Sequence[Target], spec: Spec, k: int) -> Interval:
    """Standard errors that the printed limits allow; with Student's t the upper end only, 0 and infinity for none.

    A study that is not pooled takes a degree of freedom, so that the quantile for all k studies is the smallest.
    """
    low, high = _window_of(targets, "ci_low", spec), _window_of(targets, "ci_high", spec)
    narrowest, widest = max(0.0, high.low - low.high) / 2, (high.high - low.low) / 2
    if spec.ci == "wald":
        quantile = float(ndtri(0.5 + spec.level / 2))
        return Interval(narrowest / quantile, max(widest, 0.0) / quantile or 1e-300)
    if spec.ci == "t" and k > 1:
        return Interval(0.0, max(widest, 0.0) / float(stdtrit(k - 1, 0.5 + spec.level / 2)) or 1e-300)
    return Interval(0.0, math.inf)
