"""How a layout words a forest plot; the base class is the default layout's."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from metaudit.audit_words.input_words import subgroup_label
from metaudit.figures.wording import (
    MODELS,
    effect,
    heterogeneity,
    level_text,
    long_name,
    model_line,
    number,
    overall_test,
    short_name,
    subgroup_line,
)

if TYPE_CHECKING:
    from metaudit.figures.content import Fit, ForestData, SubgroupTest
    from metaudit.measures import Measure

Interval = tuple[float, float, float]


class Words:
    """The wording of the default layout: every statistic by its usual name."""

    study = "Study"
    treatment, control = "Treatment", "Control"
    good_for_treatment, good_for_control = "Favours treatment", "Favours control"
    left_arrow, right_arrow = "\u2190 ", " \u2192"
    not_estimable = "not estimable"
    weight_heading = "Weight, %"
    heterogeneity_word = "Heterogeneity"
    intercept = "Intercept (covariates at 0)"

    def effect_heading(self, measure: Measure, fit: Fit | None) -> tuple[str, ...]:
        """Head the column of estimates; several lines, the last nearest to the numbers."""
        return (f"{short_name(measure)} [{level_text(fit.level if fit else 0.95)} CI]",)

    def plot_heading(self, measure: Measure, fit: Fit | None) -> tuple[str, ...]:
        """Head the plot itself."""
        return ()

    def caption(self, measure: Measure) -> str:
        """Name the axis."""
        return long_name(measure)

    def interval(self, interval: Interval, decimals: int, measure: Measure, *, exact: bool = False) -> tuple[str, ...]:
        """Write an estimate and its limits in parts that stand under each other.

        ``exact`` keeps the decimals whatever the size: of a number printed in a paper.
        """
        estimate, low, high = self.numbers(interval, decimals, measure, exact=exact)
        return (estimate, f"[{low},", f"{high}]") if low and high else (estimate, "", "")

    def numbers(self, interval: Interval, decimals: int, measure: Measure, *, exact: bool) -> tuple[str, ...]:
        """Write the three numbers of an interval."""
        factor = 100.0 if measure.kind == "proportion" else 1.0
        return tuple(number(factor * v, decimals) if exact else effect(v, decimals, measure) for v in interval)

    def weight(self, weight: float) -> str:
        """Write a weight."""
        return number(weight, 1)

    def pooled(self, fit: Fit) -> str:
        """Label the pooled result."""
        method = f" ({fit.tau2_method})" if fit.model == "random" and fit.tau2_method else ""
        return f"{MODELS.get(fit.model, fit.model) or 'Pooled'}{method}"

    def subtotal(self, fit: Fit) -> str:
        """Label the pooled result of a subgroup."""
        return f"Subtotal (k = {fit.k})"

    def prediction(self, fit: Fit) -> str:
        """Label the prediction interval."""
        return f"{level_text(fit.level)} prediction interval"

    def subgroup_heading(self, name: str, level: str, place: int) -> str:
        """Head a subgroup; ``place`` counts from 0."""
        if not level:
            return "Subgroup not given"
        return subgroup_label(name, level)

    def subtotal_notes(self, fit: Fit, measure: Measure) -> list[str]:
        """Lines under the pooled result of a subgroup."""
        return [found] if (found := self.heterogeneity(fit)) else []

    def heterogeneity(self, fit: Fit) -> str:
        """Word the heterogeneity."""
        return heterogeneity(fit)

    def overall(self, fit: Fit) -> str:
        """Word the test of the pooled result."""
        return overall_test(fit)

    def subgroups(self, test: SubgroupTest) -> str:
        """Word the test between the subgroups."""
        return subgroup_line(test)

    def footer(self, data: ForestData, measure: Measure) -> list[str]:
        """Lines below the plot, the tests first."""
        fit = data.pooled
        if fit is None or len(data.studies) < 2 or not math.isfinite(fit.estimate):
            return []
        return [*self.tests(data, fit, measure), *self.method(fit)]

    def tests(self, data: ForestData, fit: Fit, measure: Measure) -> list[str]:
        """Word heterogeneity, the test of the pooled result and the one between subgroups, as far as there are any."""
        word = f"Residual {self.heterogeneity_word.lower()}" if data.covariates else self.heterogeneity_word
        lines = [f"{word}: {found}"] if (found := self.heterogeneity(fit)) else []
        if measure.null is not None and not data.covariates and (test := self.overall(fit)):
            lines.append(f"Test for overall effect: {test}")
        if data.subgroup_test and data.subgroups:
            lines.append(f"Test for subgroup differences: {self.subgroups(data.subgroup_test)}")
        if data.covariates:
            lines.append(
                f"Meta-regression on {', '.join(data.covariates)}: the diamond is its intercept, not a pooled mean"
            )
        return lines

    def method(self, fit: Fit) -> list[str]:
        """Name the method."""
        return [model_line(fit)]
