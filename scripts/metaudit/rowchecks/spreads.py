"""Standard deviations of studies, and how likely one is beside those of the others.

Model. The mean log SD of a study's arms, weighted by their degrees of freedom, varies about a common level: between
studies because instruments and populations differ, and within by sampling with variance ``1 / (2 (n - 1))`` per arm
(Raudenbush and Bryk 1987; Nakagawa et al. 2015). Its predictive distribution given the others is Student's t with
``m - 1 + PRIOR_DF`` degrees of freedom about their median, the scale from their median absolute deviation shrunk towards
``PRIOR_SCALE``. The two arms of a study differ by sampling and by ``ARM_SCALE``. The standardised difference is Student's
t with three degrees of freedom about 0, scale ``EFFECT_SCALE`` and its own sampling error.

The four constants are assumptions of ours, not taken from a source. What they do is measured: see the false-alarm rates in
docs/audit-of-the-audit.md.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.special import gammaln

from metaudit.effects.convert import Converted

PRIOR_DF, PRIOR_SCALE = 3.0, 0.35
ARM_DF, ARM_SCALE = 4.0, 0.20
EFFECT_DF, EFFECT_SCALE = 3.0, 0.5
_ARMS = ("t", "c")
_MAD_TO_SD = 1.4826  # of a normal distribution
_ROBUST_FROM = 4  # with fewer studies a median absolute deviation says little


@dataclass(frozen=True)
class Spread:
    """The spread of one study with two arms.

    ``labelled`` says for each arm what the table calls the number: ``sd``, ``se``, or nothing where the SD was worked out
    from something else.
    """

    line: int
    label: str
    means: tuple[float, float]
    sds: tuple[float, float]
    sizes: tuple[float, float]
    labelled: tuple[str, str]

    @property
    def level(self) -> float:
        """Mean log SD of the arms, weighted by degrees of freedom."""
        t, c = (n - 1 for n in self.sizes)
        return (t * math.log(self.sds[0]) + c * math.log(self.sds[1])) / (t + c)

    @property
    def sampling(self) -> float:
        """Sampling variance of the level."""
        return 1 / (2 * (sum(self.sizes) - 2))

    @property
    def log_ratio(self) -> float:
        """Log of the treatment arm's SD over the control arm's."""
        return math.log(self.sds[0] / self.sds[1])

    @property
    def smd(self) -> float:
        """Difference of means over the SD within arms; NaN without means."""
        t, c = (n - 1 for n in self.sizes)
        within = math.sqrt((t * self.sds[0] ** 2 + c * self.sds[1] ** 2) / (t + c))
        return (self.means[0] - self.means[1]) / within

    def reread(self, factors: tuple[float, float]) -> Spread:
        """The same study with the SDs of its arms multiplied."""
        return replace(self, sds=(self.sds[0] * factors[0], self.sds[1] * factors[1]))


def spread_of(study: Converted) -> Spread | None:
    """The spread of a row with an SD above 0 and a number of people in both arms; None for any other row."""
    sds = tuple(study.get(f"sd_{a}") for a in _ARMS)
    pairs = study.get("n_pairs")
    sizes = tuple(pairs if math.isnan(study.get(f"n_{a}")) else study.get(f"n_{a}") for a in _ARMS)
    if not all(s > 0 and math.isfinite(s) for s in sds) or not all(n >= 2 for n in sizes):
        return None
    means = (study.get("mean_t"), study.get("mean_c"))
    labelled = (_label(study, "t"), _label(study, "c"))
    return Spread(study.row.line, study.label, means, (sds[0], sds[1]), (sizes[0], sizes[1]), labelled)


def _label(study: Converted, arm: str) -> str:
    """What the number of an arm is called, in the order in which ``convert`` takes them; an unlabelled ± is as we read it."""
    numbers: Mapping[str, object] = study.row.numbers
    if f"sd_{arm}" in numbers:
        return "sd"
    if f"pm_{arm}" in numbers:
        return "sd" if study.row.text("pm_is") == "sd" else "se"
    return "se" if f"se_{arm}" in numbers else ""


@dataclass(frozen=True)
class Predictive:
    """What the other studies lead one to expect of a level: Student's t."""

    location: float
    scale: float
    df: float
    others: int

    def log_density(self, level: float) -> float:
        """Log density at a level."""
        return log_t(level, self.location, self.scale, self.df)


def predictive(levels: Sequence[float], sampling: Sequence[float], own_sampling: float) -> Predictive | None:
    """The predictive distribution of one study's level given the others; None without others.

    Parameters
    ----------
    levels, sampling : of the other studies
    own_sampling : sampling variance of the study in question
    """
    m = len(levels)
    if m == 0:
        return None
    x = np.asarray(levels)
    centre = float(np.median(x))
    spread = 0.0
    if m >= _ROBUST_FROM:
        spread = (_MAD_TO_SD * float(np.median(np.abs(x - centre)))) ** 2
    elif m > 1:
        spread = float(np.var(x, ddof=1))
    df = PRIOR_DF + m - 1
    pooled = (PRIOR_DF * PRIOR_SCALE**2 + (m - 1) * spread) / df
    more = max(0.0, own_sampling - float(np.mean(sampling)))  # the others' sampling error is in their spread already
    return Predictive(centre, math.sqrt(pooled * (1 + 1 / m) + more), df, m)


def log_density_of_arms(s: Spread) -> float:
    """Log density of the ratio of a study's two SDs."""
    t, c = s.sizes
    scale = math.sqrt(ARM_SCALE**2 + 1 / (2 * (t - 1)) + 1 / (2 * (c - 1)))
    return log_t(s.log_ratio, 0.0, scale, ARM_DF)


def log_density_of_effect(s: Spread) -> float:
    """Log density of the standardised difference; 0 without means."""
    if math.isnan(s.smd):
        return 0.0
    return log_t(s.smd, 0.0, math.sqrt(EFFECT_SCALE**2 + 1 / s.sizes[0] + 1 / s.sizes[1]), EFFECT_DF)


def log_t(x: float, location: float, scale: float, df: float) -> float:
    """Log density of a shifted and scaled Student's t."""
    z = (x - location) / scale
    constant = float(gammaln((df + 1) / 2) - gammaln(df / 2)) - 0.5 * math.log(df * math.pi) - math.log(scale)
    return constant - (df + 1) / 2 * math.log1p(z * z / df)
