"""Prior distributions of the heterogeneity tau and of the pooled effect mu.

Every density is written for ``u = log(tau)``, in which all of them are smooth and none underflows. Sources: Gelman 2006, Bayesian Anal 1:515
(half-t family, uniform, the trouble with inverse-gamma); the Magnesium example of the BUGS project, after Spiegelhalter, Abrams and Myles
2004 (DuMouchel's prior, uniform shrinkage, half-normal for tau²); metaBMA (inverse-gamma for tau); Röver 2020, J Stat Softw 93(6) (the
families in use); Turner et al. 2015 (log-normal for tau²); Rhodes et al. 2015 (log-t for tau²).
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.special import gammaln, stdtr

from metaudit.effects.zero_cells import Floats
from metaudit.errors import DataError

_LOG_2 = math.log(2)
_LARGEST = 700.0  # exp of more is infinite


@dataclass(frozen=True)
class Family:
    """One family of priors of tau.

    Attributes
    ----------
    name : as it is written, ``half-normal``
    parameters : names of its parameters, in order
    positive : whether each parameter must be above 0
    log_u : log density of ``u = log(tau)``, given u and the parameters
    tail : exponent q with which the density of tau falls, ``tau**-q``, as tau grows; infinite when faster than any power
    words : what it says in a sentence, with the parameters' names in braces
    """

    name: str
    parameters: tuple[str, ...]
    positive: tuple[bool, ...]
    log_u: Callable[..., Floats]
    tail: Callable[..., float]
    words: str


def _half_normal(u: Floats, scale: float) -> Floats:
    return (
        0.5 * math.log(2 / math.pi)
        - math.log(scale)
        - 0.5 * np.exp(np.minimum(2 * (u - math.log(scale)), _LARGEST))
        + u
    )


def _half_t(u: Floats, scale: float, df: float) -> Floats:
    constant = _LOG_2 + float(gammaln((df + 1) / 2) - gammaln(df / 2)) - 0.5 * math.log(df * math.pi) - math.log(scale)
    return constant - (df + 1) / 2 * np.logaddexp(0.0, 2 * (u - math.log(scale)) - math.log(df)) + u


def _half_cauchy(u: Floats, scale: float) -> Floats:
    return math.log(2 / math.pi) - math.log(scale) - np.logaddexp(0.0, 2 * (u - math.log(scale))) + u


def _exponential(u: Floats, scale: float) -> Floats:
    return -math.log(scale) - np.exp(np.minimum(u - math.log(scale), _LARGEST)) + u


def _uniform(u: Floats, upper: float) -> Floats:
    return np.asarray(u - math.log(upper), dtype=float)


def _uniform_variance(u: Floats, upper: float) -> Floats:
    return np.asarray(_LOG_2 + 2 * u - math.log(upper), dtype=float)


def _flat(u: Floats) -> Floats:
    return np.asarray(u, dtype=float)


def _inverse_gamma(u: Floats, shape: float, scale: float) -> Floats:
    constant = _LOG_2 + shape * math.log(scale) - float(gammaln(shape))
    return constant - 2 * shape * u - np.exp(np.minimum(math.log(scale) - 2 * u, _LARGEST))


def _inverse_gamma_sd(u: Floats, shape: float, scale: float) -> Floats:
    constant = shape * math.log(scale) - float(gammaln(shape))
    return constant - shape * u - np.exp(np.minimum(math.log(scale) - u, _LARGEST))


def _half_normal_variance(u: Floats, scale: float) -> Floats:
    return _half_normal(2 * u, scale) + _LOG_2


def _dumouchel(u: Floats, scale: float) -> Floats:
    return np.asarray(u - math.log(scale) - 2 * np.logaddexp(0.0, u - math.log(scale)), dtype=float)


def _shrinkage(u: Floats, scale: float) -> Floats:
    z = 2 * (u - math.log(scale))
    return np.asarray(_LOG_2 + z - 2 * np.logaddexp(0.0, z), dtype=float)


def _log_normal(u: Floats, mean: float, sd: float) -> Floats:
    return _LOG_2 - math.log(sd) - 0.5 * math.log(2 * math.pi) - 0.5 * ((2 * u - mean) / sd) ** 2


def _log_t(u: Floats, location: float, scale: float, df: float) -> Floats:
    constant = _LOG_2 + float(gammaln((df + 1) / 2) - gammaln(df / 2)) - 0.5 * math.log(df * math.pi) - math.log(scale)
    return constant - (df + 1) / 2 * np.log1p(((2 * u - location) / scale) ** 2 / df)


def _steep(*_: float) -> float:
    return math.inf


FAMILIES: dict[str, Family] = {
    f.name: f
    for f in (
        Family("half-normal", ("scale",), (True,), _half_normal, _steep, "half-normal with scale {scale}"),
        Family("half-Cauchy", ("scale",), (True,), _half_cauchy, lambda s: 2.0, "half-Cauchy with scale {scale}"),
        Family(
            "half-t", ("scale", "df"), (True, True), _half_t, lambda s, df: df + 1,
            "half-t with scale {scale} and {df} degrees of freedom",
        ),
        Family("exponential", ("scale",), (True,), _exponential, _steep, "exponential with mean {scale}"),
        Family("uniform", ("upper",), (True,), _uniform, _steep, "uniform between 0 and {upper}"),
        Family(
            "uniform-variance", ("upper",), (True,), _uniform_variance, _steep, "uniform for tau² between 0 and {upper}"
        ),
        Family("flat", (), (), _flat, lambda: 0.0, "flat (improper)"),
        Family(
            "inverse-gamma", ("shape", "scale"), (True, True), _inverse_gamma, lambda a, b: 2 * a + 1,
            "inverse-gamma for tau² (gamma for 1/tau²) with shape {shape} and scale {scale}",
        ),
        Family(
            "inverse-gamma-sd", ("shape", "scale"), (True, True), _inverse_gamma_sd, lambda a, b: a + 1,
            "inverse-gamma for tau itself with shape {shape} and scale {scale}",
        ),
        Family(
            "half-normal-variance", ("scale",), (True,), _half_normal_variance, _steep, "half-normal for tau² with scale {scale}"
        ),
        Family("DuMouchel", ("scale",), (True,), _dumouchel, lambda s: 2.0, "DuMouchel's with scale {scale}"),
        Family("uniform-shrinkage", ("scale",), (True,), _shrinkage, lambda s: 3.0, "uniform shrinkage with scale {scale}"),
        Family(
            "log-normal", ("mean", "sd"), (False, True), _log_normal, _steep,
            "log-normal for tau², log(tau²) with mean {mean} and SD {sd}",
        ),
        Family(
            "log-t", ("location", "scale", "df"), (False, True, True), _log_t, lambda m, s, df: 1.0,
            "log-t for tau², log(tau²) with location {location}, scale {scale} and {df} degrees of freedom",
        ),
    )
}  # fmt: skip
_DEFAULTS = {("log-t", "df"): 5.0}
_SPELT = {re.sub(r"[^a-z]", "", name.lower()): name for name in FAMILIES}
_WRITTEN = re.compile(r"\s*([A-Za-z][A-Za-z -]*?)\s*(?:\(([^()]*)\))?\s*")


@dataclass(frozen=True)
class TauPrior:
    """A prior of tau.

    Attributes
    ----------
    family : name in ``FAMILIES``
    values : its parameters, in their order there
    """

    family: str
    values: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        if self.family not in FAMILIES:
            raise DataError(f"prior {self.family!r} of tau is not known; choose one of {', '.join(FAMILIES)}")
        known = FAMILIES[self.family]
        if len(self.values) != len(known.parameters):
            wanted = ", ".join(known.parameters) or "no parameters"
            raise DataError(f"a {self.family} prior has {wanted}; given are {len(self.values)} numbers")
        for name, value, positive in zip(known.parameters, self.values, known.positive, strict=True):
            if not math.isfinite(value) or (positive and value <= 0):
                sign = "a positive number" if positive else "a number"
                raise DataError(f"{name} of a {self.family} prior is {value:g}: it must be {sign}")

    @property
    def upper(self) -> float:
        """The largest possible tau; infinite for most priors."""
        if self.family == "uniform":
            return self.values[0]
        return math.sqrt(self.values[0]) if self.family == "uniform-variance" else math.inf

    @property
    def proper(self) -> bool:
        """Whether it integrates to 1."""
        return self.family != "flat"

    @property
    def tail(self) -> float:
        """Exponent with which the density of tau falls."""
        return FAMILIES[self.family].tail(*self.values)

    def log_u(self, u: Floats) -> Floats:
        """Log density of ``u = log(tau)``; shape of ``u``."""
        return FAMILIES[self.family].log_u(u, *self.values)

    def beyond(self, u: float) -> float:
        """Probability of ``log(tau)`` above ``u``; only for log-t, whose tail no power describes."""
        location, scale, df = self.values
        return float(stdtr(df, -(2 * u - location) / scale))

    @property
    def text(self) -> str:
        """As it is written: ``half-normal(0.5)``."""
        return f"{self.family}({', '.join(f'{v:g}' for v in self.values)})" if self.values else self.family

    @property
    def sentence(self) -> str:
        """In words."""
        known = FAMILIES[self.family]
        return known.words.format(**{n: f"{v:g}" for n, v in zip(known.parameters, self.values, strict=True)})


@dataclass(frozen=True)
class MuPrior:
    """A normal prior of mu, or, with an infinite ``sd``, the flat one."""

    mean: float = 0.0
    sd: float = math.inf

    def __post_init__(self) -> None:
        if not math.isfinite(self.mean) or not self.sd > 0:
            raise DataError(f"a normal prior of mu with mean {self.mean:g} and SD {self.sd:g}: the SD must be positive")

    @property
    def precision(self) -> float:
        """1 / SD², 0 for the flat prior."""
        return 1 / self.sd**2

    @property
    def text(self) -> str:
        """As it is written: ``normal(0, 4)`` or ``flat``."""
        return "flat" if math.isinf(self.sd) else f"normal({self.mean:g}, {self.sd:g})"


def tau_prior(text: str) -> TauPrior:
    """Read a prior of tau: ``half-normal(0.5)``, ``half Cauchy (1)``, ``log-normal(-2.56, 1.74)``, ``flat``.

    Raises
    ------
    DataError
        when the family is not known, or the numbers in the brackets are not its parameters.
    """
    name, numbers = _read(text)
    family = _SPELT.get(re.sub(r"[^a-z]", "", name.lower()))
    if family is None:
        raise DataError(f"prior {text!r} of tau is not known; write one of {', '.join(_examples())}")
    missing = FAMILIES[family].parameters[len(numbers) :]
    numbers += tuple(_DEFAULTS[family, n] for n in missing if (family, n) in _DEFAULTS)
    return TauPrior(family, numbers)


def mu_prior(text: str) -> MuPrior:
    """Read a prior of mu: ``flat`` or ``normal(0, 4)`` with mean and SD.

    Raises
    ------
    DataError
        when it is neither.
    """
    name, numbers = _read(text)
    if name.lower() == "flat" and not numbers:
        return MuPrior()
    if name.lower() != "normal" or len(numbers) != 2:
        raise DataError(f"prior {text!r} of mu is not known; write flat, or normal(mean, SD)")
    return MuPrior(*numbers)


def _read(text: str) -> tuple[str, tuple[float, ...]]:
    whole = _WRITTEN.fullmatch(text)
    if not whole:
        raise DataError(f"{text!r} is no prior; write for example half-normal(0.5)")
    try:
        numbers = tuple(float(part) for part in (whole[2] or "").split(",") if part.strip())
    except ValueError:
        raise DataError(f"{text!r}: the brackets of a prior hold numbers, separated by commas") from None
    return whole[1], numbers


def _examples() -> list[str]:
    return [f"{f.name}({', '.join(f.parameters)})" if f.parameters else f.name for f in FAMILIES.values()]
