"""Which priors and which conventions reproduce the printed numbers of a Bayesian meta-analysis.

A paper that prints "median 0.41 (95 % CrI 0.12 to 0.77)" often leaves the prior, or the kind of interval, unsaid. Every candidate prior
is fitted to the typed data, and every printed number is compared with what the candidate prints under each convention.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from metaudit.bayes.fit import Posterior, bayes
from metaudit.bayes.priors import MuPrior, TauPrior, tau_prior
from metaudit.errors import DataError
from metaudit.printed import parse_printed

CENTRES = ("median", "mean", "mode")
INTERVALS = ("central", "shortest")
_ENDS = {"central": ("low", "high"), "shortest": ("short_low", "short_high")}
# Quantities that can be printed: of which posterior, and whether it is a centre, an end of an interval, or one number.
QUANTITIES = {
    "estimate": ("mu", "centre"), "ci_low": ("mu", "low"), "ci_high": ("mu", "high"), "sd": ("mu", "sd"), "p_negative": ("mu", "below_zero"),
    "tau": ("tau", "centre"), "tau_low": ("tau", "low"), "tau_high": ("tau", "high"), "tau_sd": ("tau", "sd"),
    "tau2": ("tau2", "centre"), "tau2_low": ("tau2", "low"), "tau2_high": ("tau2", "high"),
    "pi_low": ("predicted", "low"), "pi_high": ("predicted", "high"),
}  # fmt: skip


@dataclass(frozen=True)
class Candidate:
    """One way to the printed numbers.

    Attributes
    ----------
    tau, mu : the priors
    centre : ``median``, ``mean`` or ``mode``: what is printed as the estimate
    interval : ``central`` or ``shortest``
    values : our number for each printed quantity, on the printed scale
    met : the quantities that agree with their printed digits
    """

    tau: TauPrior
    mu: MuPrior
    centre: str
    interval: str
    values: Mapping[str, float]
    met: tuple[str, ...]

    @property
    def complete(self) -> bool:
        """Whether every printed number agrees."""
        return len(self.met) == len(self.values)

    @property
    def sentence(self) -> str:
        """The way in words."""
        return (
            f"prior of tau {self.tau.sentence}; prior of mu {self.mu.text}; posterior {self.centre}, {self.interval} interval: "
            f"{len(self.met)} of {len(self.values)} printed numbers agree"
        )


def usual_priors(scale: float = 1.0) -> tuple[TauPrior, ...]:
    """Priors of tau that papers use, for effects whose unit is ``scale`` (1 for log ratios and standardised differences).

    Half-normal and half-Cauchy with scales from 0.1 to 2.5, uniform up to 1 to 100, and gamma(a, a) for the precision with small a. The
    list is ours; add what a field uses (``metaudit.bayes.empirical`` for Cochrane reviews).
    """
    out = [
        f"{family}({s * scale:g})"
        for family in ("half-normal", "half-Cauchy")
        for s in (0.1, 0.25, 0.3, 0.5, 1, 2, 2.5)
    ]
    out += [f"uniform({s * scale:g})" for s in (1, 2, 3, 5, 10, 100)]
    out += [f"inverse-gamma({a:g}, {a * scale**2:g})" for a in (0.1, 0.01, 0.001)]
    return tuple(tau_prior(text) for text in out)


def search_priors(
    yi: Any,
    vi: Any,
    printed: Mapping[str, str],
    *,
    priors: Sequence[TauPrior],
    mu: Sequence[MuPrior] = (MuPrior(),),
    level: float = 0.95,
    to_printed: Callable[[float], float] | None = None,
) -> list[Candidate]:
    """Every prior and convention, the best first.

    Parameters
    ----------
    yi, vi : effects and sampling variances, shape ``(k,)``, on the analysis scale
    printed : printed texts by quantity (``estimate``, ``ci_low``, ``ci_high``, ``tau``, ``pi_low`` ...)
    priors, mu : candidates for the priors of tau and mu
    level : probability inside the intervals
    to_printed : from the analysis scale to that of the printed effect (``exp`` for ratios); posterior medians and central intervals
        follow such a transformation, means, modes and shortest intervals are taken on the analysis scale and transformed

    Returns
    -------
    candidates by number of agreeing quantities, then in the order of the priors

    Raises
    ------
    DataError
        when nothing, or an unknown quantity, is printed.
    """
    unknown = [name for name in printed if name not in QUANTITIES]
    if unknown or not printed:
        raise DataError(
            f"a Bayesian analysis prints {', '.join(QUANTITIES)}; given is {', '.join(unknown) or 'nothing'}"
        )
    windows = {name: parse_printed(text).interval() for name, text in printed.items()}
    out = []
    for prior_mu in mu:
        for prior in priors:
            posterior = bayes(yi, vi, tau=prior, mu=prior_mu, level=level)
            for centre, interval in _conventions(printed):
                values = {name: _value(posterior, name, centre, interval, to_printed) for name in printed}
                met = tuple(name for name, value in values.items() if value in windows[name])
                out.append(Candidate(prior, prior_mu, centre, interval, values, met))
    return sorted(out, key=lambda c: -len(c.met))


def _conventions(printed: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """The conventions that make a difference to what is printed."""
    parts = {QUANTITIES[name][1] for name in printed}
    for centre in CENTRES if "centre" in parts else CENTRES[:1]:
        for interval in INTERVALS if parts & {"low", "high"} else INTERVALS[:1]:
            yield centre, interval


def _value(
    posterior: Posterior, name: str, centre: str, interval: str, to_printed: Callable[[float], float] | None
) -> float:
    which, part = QUANTITIES[name]
    low, high = _ENDS[interval]
    field = {"centre": centre, "low": low, "high": high}.get(part, part)
    value = float(getattr(getattr(posterior, which), field))
    effect = which in ("mu", "predicted") and part in ("centre", "low", "high")
    return to_printed(value) if effect and to_printed is not None else value
