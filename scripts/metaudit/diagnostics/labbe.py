"""L'Abbé plot (L'Abbé, Detsky and O'Rourke 1987): what happened in one arm against the other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import expit, logit

from metaudit.effects.compute import Effects, default_zero_cells
from metaudit.effects.zero_cells import Floats, ZeroCells
from metaudit.errors import DataError

_KINDS = {"counts": "risk", "rates": "rate", "means": "mean"}
# How an arm's value enters the measure; the pooled effect is then a line at 45 degrees.
_ARM = {
    "RR": "log", "OR": "logit", "PETO": "logit", "RD": "identity", "AS": "arcsine", "IRR": "log", "IRD": "identity",
    "MD": "identity", "ROM": "log",
}  # fmt: skip


@dataclass(frozen=True)
class Labbe:
    """Coordinates of the plot, each field of shape ``(k,)``.

    Attributes
    ----------
    labels : names of the studies
    measure : code of the effect measure
    what : ``risk``, ``rate`` or ``mean``
    transform : what was done to both arms: ``identity``, or ``log``, ``logit``, ``arcsine`` on the analysis scale
    control, treatment : x and y
    size : participants of both arms, or their person-time
    weight : percent of the common-effect weights
    """

    labels: tuple[str, ...]
    measure: str
    what: str
    transform: str
    control: Floats
    treatment: Floats
    size: Floats
    weight: Floats

    def line(self, estimate: float, at: Any) -> Floats:
        """The treatment arm that a pooled effect gives for values of the control arm.

        Parameters
        ----------
        estimate : pooled effect on the analysis scale; 0 gives the line of no effect
        at : values of the control arm, on the plot's scale, shape ``(m,)``

        Returns
        -------
        Shape ``(m,)``; NaN where the effect leads out of the range (a risk above 1).

        Raises
        ------
        DataError
            for a standardised difference, which does not say where the other arm is.
        """
        if self.measure not in _ARM:
            raise DataError(f"{self.measure} does not say where the other arm's {self.what} is; draw it for MD or ROM")
        x = np.asarray(at, dtype=float)
        how = _ARM[self.measure]
        if self.transform == how != "identity":  # logs and logits have no bounds
            return x + estimate
        with np.errstate(divide="ignore", invalid="ignore"):
            y = _back(_forth(x, how) + estimate, how)
        low, high = {"risk": (0.0, 1.0), "rate": (0.0, np.inf), "mean": (-np.inf, np.inf)}[self.what]
        return np.where((y >= low) & (y <= high), y, np.nan)


def labbe(effects: Effects, *, scale: str = "natural", zero_cells: ZeroCells | None = None) -> Labbe:
    """Event risks, event rates or means of both arms, with the size of each study.

    Parameters
    ----------
    effects : of a measure of two arms
    scale : ``natural`` (risks as counted, without any correction) or ``analysis`` (log risks for RR, logits for OR, ...)
    zero_cells : the correction on the analysis scale; by default the measure's own

    Raises
    ------
    DataError
        for a measure without two arms or a scale that is not known.
    """
    m = effects.measure
    if m.kind not in _KINDS:
        raise DataError(f"a L'Abbé plot needs two arms; {m.code} is not computed from the counts or means of two arms")
    if scale not in ("natural", "analysis"):
        raise DataError(f"scale {scale!r} is not known; choose natural or analysis")
    how = _ARM.get(m.code, "identity") if scale == "analysis" else "identity"
    rule = (zero_cells or default_zero_cells(m.code)) if scale == "analysis" else ZeroCells(0.0, "none")
    control, treatment, size = _arms(effects, rule)
    with np.errstate(divide="ignore"):
        x, y = _forth(control, how), _forth(treatment, how)
    w = 1 / effects.vi
    labels = tuple(s.label for s in effects.studies)
    return Labbe(labels, m.code, _KINDS[m.kind], how, x, y, size, 100 * w / w.sum())


def _arms(effects: Effects, rule: ZeroCells) -> tuple[Floats, Floats, Floats]:
    c = effects.cells
    if effects.measure.kind == "means":
        return c["mean_c"], c["mean_t"], c["n_t"] + c["n_c"]
    if effects.measure.kind == "rates":
        (events_t, events_c), _ = rule.adjust(c["events_t"], c["events_c"])
        return events_c / c["time_c"], events_t / c["time_t"], c["time_t"] + c["time_c"]
    cells = (c["events_t"], c["n_t"] - c["events_t"], c["events_c"], c["n_c"] - c["events_c"])
    (a, b, e, f), _ = rule.adjust(*cells)
    return e / (e + f), a / (a + b), c["n_t"] + c["n_c"]


def _forth(values: Floats, how: str) -> Floats:
    if how == "log":
        return np.log(values)
    if how == "logit":
        return np.asarray(logit(values))
    return np.arcsin(np.sqrt(values)) if how == "arcsine" else values


def _back(values: Floats, how: str) -> Floats:
    if how == "log":
        return np.exp(values)
    if how == "logit":
        return np.asarray(expit(values))
    if how == "arcsine":
        return np.where((values >= 0) & (values <= np.pi / 2), np.sin(values) ** 2, np.nan)
    return values
