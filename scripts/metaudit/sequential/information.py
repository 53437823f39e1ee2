"""How many participants a meta-analysis needs: the required information size.

Sources: Wetterslev, Thorlund, Brok and Gluud 2008 (J Clin Epidemiol 61:64; information size of a meta-analysis), Brok et al. 2008
(J Clin Epidemiol 61:763) and Wetterslev et al. 2009 (BMC Med Res Methodol 9:86; diversity D² and the adjustment by it), as
in Thorlund et al. 2011, User manual for trial sequential analysis (TSA), chapter 2; Kulinskaya and Wood 2014 (Res Synth
Methods 5:10) for the number of trials that a between-study variance asks for.

Early versions of the TSA program gave twice the size for a mean difference (said so on ctu.dk/tsa/learn_more.html): a printed size
of just twice ours may be such a one.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from metaudit.errors import DataError
from metaudit.sequential.design import check_errors, fixed_drift

__all__ = [
    "RISK_MEASURES",
    "VARIANCES",
    "Sought",
    "TrialsNeeded",
    "adjusted",
    "control_risk",
    "least_trials",
    "required",
    "trials_for_tau2",
    "whole",
]

RISK_MEASURES = ("RR", "OR", "RD")
VARIANCES = ("pooled", "unpooled")
_SLACK = 1e-9  # relative; 4000.0000000001 participants are 4000


@dataclass(frozen=True)
class Sought:
    """The effect that a meta-analysis should be able to find.

    Attributes
    ----------
    measure : RR, OR, RD or MD
    effect : smallest relevant effect, intervention against control, on the natural scale (0.8 for a relative risk reduction
        of 20 %)
    control_risk : risk in the control group, between 0 and 1; for RR, OR and RD
    sd : standard deviation of the outcome; for MD
    variance : of a risk: ``pooled``, p (1 - p) at the mean p of both risks, or ``unpooled``, the mean of both p (1 - p)
    intervention_share : share of the participants in the intervention group

    Raises
    ------
    DataError
        for numbers that no trial could have.
    """

    measure: str
    effect: float
    control_risk: float = math.nan
    sd: float = math.nan
    variance: str = "pooled"
    intervention_share: float = 0.5

    def __post_init__(self) -> None:
        if self.measure not in (*RISK_MEASURES, "MD"):
            raise DataError(
                f"the required information size is worked out for RR, OR, RD and MD, not for {self.measure}"
            )
        if self.variance not in VARIANCES:
            raise DataError(f"variance {self.variance!r} is not known; choose {' or '.join(VARIANCES)}")
        if not 0 < self.intervention_share < 1:
            raise DataError(f"the share {self.intervention_share:g} of the intervention group is not between 0 and 1")
        if self.measure == "MD":
            if not (math.isfinite(self.sd) and self.sd > 0):
                raise DataError(
                    "the required information size of a mean difference needs the standard deviation, above 0"
                )
        else:
            self._check_risks()
        if not math.isfinite(self.difference) or self.difference == 0:
            raise DataError(f"a smallest relevant {self.measure} of {self.effect:g} is no effect to look for")

    def _check_risks(self) -> None:
        if not 0 < self.control_risk < 1:
            raise DataError(f"a control risk of {self.control_risk:g} is not between 0 and 1")
        if self.measure != "RD" and not (math.isfinite(self.effect) and self.effect > 0):
            raise DataError(f"a {self.measure} of {self.effect:g} is not above 0")
        if not 0 <= self.intervention_risk <= 1:
            raise DataError(
                f"a control risk of {self.control_risk:g} and a {self.measure} of {self.effect:g} make a risk of {self.intervention_risk:g}"
            )

    @property
    def intervention_risk(self) -> float:
        """Risk in the intervention group, from the control risk and the effect."""
        p = self.control_risk
        if self.measure == "RR":
            return p * self.effect
        if self.measure == "OR":
            return p * self.effect / (1 - p + p * self.effect)
        return p + self.effect if self.measure == "RD" else math.nan

    @property
    def difference(self) -> float:
        """The effect as a difference of risks or means."""
        return self.effect if self.measure == "MD" else self.intervention_risk - self.control_risk

    @property
    def outcome_variance(self) -> float:
        """Variance of one participant's outcome."""
        if self.measure == "MD":
            return self.sd**2
        risks = (self.control_risk, self.intervention_risk)
        if self.variance == "unpooled":
            return sum(p * (1 - p) for p in risks) / 2
        mean = sum(risks) / 2
        return mean * (1 - mean)


def control_risk(events: float, participants: float) -> float:
    """Control risk of all trials together: events over participants, as the TSA program takes it where nothing is said.

    Raises
    ------
    DataError
        when there are no participants.
    """
    if not participants > 0:
        raise DataError("there are no participants in the control groups")
    return events / participants


def required(sought: Sought, *, alpha: float = 0.05, beta: float = 0.2, sides: int = 2) -> float:
    """Participants for one look under a common effect, not rounded up.

    (z(1 - alpha / sides) + z(1 - beta))² variance / (difference² q (1 - q)), with q the share of the intervention group: a
    factor 4 for equal groups (Wetterslev et al. 2009; Thorlund et al. 2011, chapter 2).

    Raises
    ------
    DataError
        for errors that no test has.
    """
    check_errors(alpha, beta, sides=sides)
    q = sought.intervention_share
    drift = fixed_drift(alpha, beta, sides=sides)
    return drift**2 * sought.outcome_variance / (sought.difference**2 * q * (1 - q))


def adjusted(participants: float, inconsistency: float) -> float:
    """Required information size adjusted for heterogeneity: over (1 - D²), or over (1 - I²).

    Wetterslev et al. 2009 (D²); Wetterslev et al. 2008 (I²). Both are shares, not percent.

    Raises
    ------
    DataError
        for a share below 0, or of 1 and more.
    """
    if not 0 <= inconsistency < 1:
        raise DataError(f"diversity or inconsistency {inconsistency:g} is not a share from 0 to below 1")
    return participants / (1 - inconsistency)


def whole(participants: float) -> int:
    """Participants as people: rounded up, but not for what only rounding of the computer adds."""
    near = round(participants)
    return int(near) if abs(participants - near) <= _SLACK * max(1.0, abs(near)) else math.ceil(participants)


@dataclass(frozen=True)
class TrialsNeeded:
    """What a between-study variance asks for: with so many trials, of so many participants each (two equal groups)."""

    trials: int
    participants_each: int

    @property
    def participants(self) -> int:
        """Of all trials together."""
        return self.trials * self.participants_each


def least_trials(sought: Sought, tau2: float, *, alpha: float = 0.05, beta: float = 0.2, sides: int = 2) -> int:
    """The smallest number of trials with which any size of trials can have the power.

    tau2 / k alone is below the variance that the power allows, (effect / drift)², from this k on (Kulinskaya and Wood 2014).

    Parameters
    ----------
    sought : the effect; ratios on the log scale
    tau2 : between-study variance on the analysis scale
    alpha, beta, sides : of the test

    Raises
    ------
    DataError
        for errors that no test has, and a tau2 below 0.
    """
    return math.floor(_trials_worth(sought, tau2, alpha=alpha, beta=beta, sides=sides) * (1 + _SLACK)) + 1


def trials_for_tau2(
    sought: Sought, tau2: float, *, trials: int, alpha: float = 0.05, beta: float = 0.2, sides: int = 2
) -> TrialsNeeded:
    """Size of ``trials`` equal trials that have the power together under a random-effects model.

    The variance of the mean, (tau2 + s² / n) / k, is to be (effect / drift)², with s² / n the variance of one trial's effect
    (Kulinskaya and Wood 2014); two groups of n / 2.

    Parameters
    ----------
    sought, tau2, alpha, beta, sides : as in ``least_trials``
    trials : how many there are

    Raises
    ------
    DataError
        when so few trials cannot have the power, whatever their size.
    """
    worth = _trials_worth(sought, tau2, alpha=alpha, beta=beta, sides=sides)
    if trials <= worth * (1 + _SLACK):
        least = math.floor(worth * (1 + _SLACK)) + 1
        raise DataError(f"with tau2 {tau2:g} no {trials} trials have the power, however large; {least} could")
    allowed = (_on_analysis_scale(sought) / fixed_drift(alpha, beta, sides=sides)) ** 2
    return TrialsNeeded(trials, whole(_variance_of_one(sought) / (trials * allowed - tau2)))


def _trials_worth(sought: Sought, tau2: float, *, alpha: float, beta: float, sides: int) -> float:
    check_errors(alpha, beta, sides=sides)
    if not 0 <= tau2 < math.inf:
        raise DataError(f"tau2 {tau2:g} is not a variance")
    return tau2 * (fixed_drift(alpha, beta, sides=sides) / _on_analysis_scale(sought)) ** 2


def _on_analysis_scale(sought: Sought) -> float:
    return math.log(sought.effect) if sought.measure in ("RR", "OR") else sought.difference


def _variance_of_one(sought: Sought) -> float:
    """Variance of the effect of a trial with one participant, that of n being n times smaller; two equal groups."""
    p, q = sought.control_risk, sought.intervention_risk
    if sought.measure == "RR":
        return 2 * ((1 - p) / p + (1 - q) / q)
    if sought.measure == "OR":
        return 2 * (1 / (p * (1 - p)) + 1 / (q * (1 - q)))
    return 2 * (p * (1 - p) + q * (1 - q)) if sought.measure == "RD" else 4 * sought.sd**2
