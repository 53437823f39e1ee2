"""PET-PEESE: the effect of a study without sampling error, by a line or a parabola in the standard error.

Source: Stanley and Doucouliagos 2014. PET regresses the effects on their standard errors, PEESE on their variances,
both with weights 1/vi; PEESE is taken when PET rejects an effect of 0.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from metaudit.diagnostics.small_study.regression import AsymmetryTest, regression_test
from metaudit.errors import DataError
from metaudit.pooling.intervals import two_sided_p

ALTERNATIVES = ("two-sided", "greater", "less")


@dataclass(frozen=True)
class PetPeese:
    """The two regressions and the one that the rule takes.

    Attributes
    ----------
    pet, peese : both regressions; their ``limit`` is the corrected effect
    pet_p : P of PET's corrected effect being 0, in the direction asked for
    rule_alpha, alternative : the rule: PEESE when ``pet_p`` is below ``rule_alpha``
    chosen : ``PET`` or ``PEESE``
    estimate, se, ci_low, ci_high, stat, df, p : the corrected effect that the rule takes; P two-sided
    k, level : number of studies, confidence level
    """

    pet: AsymmetryTest
    peese: AsymmetryTest
    pet_p: float
    rule_alpha: float
    alternative: str
    chosen: str
    estimate: float
    se: float
    ci_low: float
    ci_high: float
    stat: float
    df: float | None
    p: float
    k: int
    level: float

    def to_row(self) -> dict[str, Any]:
        """The chosen effect, both corrected effects and the rule, for a table or JSON."""
        own = "chosen estimate se ci_low ci_high stat df p k level pet_p rule_alpha alternative".split()
        row = {name: getattr(self, name) for name in own}
        for name, fit in (("pet", self.pet), ("peese", self.peese)):
            row |= {f"{name}_{a}": v for a, v in (("estimate", fit.limit), ("ci_low", fit.limit_low))}
            row |= {f"{name}_ci_high": fit.limit_high, f"{name}_slope": fit.slope, f"{name}_slope_p": fit.p}
        return row


def pet_peese(
    yi: Any,
    vi: Any,
    *,
    model: str = "lm",
    method: str = "REML",
    rule_alpha: float = 0.05,
    alternative: str = "two-sided",
    level: float = 0.95,
) -> PetPeese:
    """Conditional PET-PEESE estimate.

    Parameters
    ----------
    yi, vi : effects and sampling variances, shape ``(k,)``, k of at least 3
    model, method : ``lm`` (the paper's weighted least squares) or ``rma`` with an estimator of tau2
    rule_alpha, alternative : level and direction of the test that decides (papers use 0.05 and 0.10, one- or two-sided)
    level : confidence level

    Raises
    ------
    DataError
        as for the regression test, and for a level or direction that is not one.
    """
    if alternative not in ALTERNATIVES:
        raise DataError(f"alternative {alternative!r} is not known; choose {', '.join(ALTERNATIVES)}")
    if not 0 < rule_alpha < 1:
        raise DataError(f"the level {rule_alpha} of the PET-PEESE rule is not between 0 and 1; write 0.05 for 5 %")
    pet, peese = (
        regression_test(yi, vi, model=model, predictor=predictor, method=method, level=level)
        for predictor in ("se", "variance")
    )
    z = pet.intercept / pet.intercept_se
    both = two_sided_p(z, pet.df)
    along = {"two-sided": True, "greater": z > 0, "less": z < 0}[alternative]
    pet_p = both if alternative == "two-sided" else (both / 2 if along else 1 - both / 2)
    chosen = peese if pet_p < rule_alpha else pet
    stat = chosen.intercept / chosen.intercept_se
    return PetPeese(
        pet=pet, peese=peese, pet_p=pet_p, rule_alpha=rule_alpha, alternative=alternative,
        chosen="PEESE" if chosen is peese else "PET", estimate=chosen.limit, se=chosen.intercept_se,
        ci_low=chosen.limit_low, ci_high=chosen.limit_high, stat=stat, df=chosen.df, p=two_sided_p(stat, chosen.df),
        k=chosen.k, level=level,
    )  # fmt: skip
