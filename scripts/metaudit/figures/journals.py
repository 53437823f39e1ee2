"""How RevMan 5, JAMA and The BMJ word a forest plot.

Read from: Cochrane Handbook 5.1, box 11.3.a and figure 11.3.a, and the RevMan 5 user guide (columns, totals, tests);
AMA Manual of Style, 11th ed., 19.4 and 19.5 (P values, intervals, abbreviations); the documentation of the R package
meta, ``settings.meta`` and ``forest.meta`` (order of columns, decimals and brackets of the three layouts).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from metaudit.figures.wording import CI_METHODS, MODELS, degrees, level_text, long_name, number, short_name
from metaudit.figures.words import Interval, Words

if TYPE_CHECKING:
    from metaudit.figures.content import Fit, ForestData, SubgroupTest
    from metaudit.measures import Measure

_SUBSCRIPTS = str.maketrans("0123456789.", "\u2080\u2081\u2082\u2083\u2084\u2085\u2086\u2087\u2088\u2089.")
_BY = {"mantel-haenszel": "M-H, Fixed", "peto": "Peto, Fixed", "common": "IV, Fixed", "random": "IV, Random"}


def _name(measure: Measure) -> str:
    return long_name(measure).removesuffix(", log scale")


def _letter(fit: Fit) -> str:
    return "t" if fit.ci_method in ("t", "kenward-roger") or fit.ci_method.startswith("hksj") else "z"


def _percent(level: float) -> str:
    return level_text(level).replace(" ", "")


class RevManWords(Words):
    """RevMan 5: ``0.49 [0.34, 0.70]``, ``P < 0.00001``, no prediction interval, the method above the estimates."""

    study = "Study or Subgroup"
    treatment, control = "Experimental", "Control"
    good_for_treatment, good_for_control = "Favours [experimental]", "Favours [control]"
    left_arrow, right_arrow = "", ""
    not_estimable = "Not estimable"
    weight_heading = "Weight"

    def effect_heading(self, measure: Measure, fit: Fit | None) -> tuple[str, ...]:
        """Two lines: the measure, then how it was pooled."""
        by = _BY.get(fit.model, MODELS.get(fit.model, fit.model)) if fit else ""
        return _title_case(_name(measure)), ", ".join(
            p for p in (by, f"{_percent(fit.level if fit else 0.95)} CI") if p
        )

    def plot_heading(self, measure: Measure, fit: Fit | None) -> tuple[str, ...]:
        """The same two lines over the plot."""
        return self.effect_heading(measure, fit)

    def caption(self, measure: Measure) -> str:
        """RevMan names the measure above the plot only."""
        return ""

    def interval(self, interval: Interval, decimals: int, measure: Measure, *, exact: bool = False) -> tuple[str, ...]:
        """``0.49 [0.34, 0.70]``."""
        estimate, low, high = self.numbers(interval, decimals, measure, exact=exact)
        return (f"{estimate} [{low}, {high}]".strip() if low and high else estimate,)

    def weight(self, weight: float) -> str:
        """``9.7%``."""
        return f"{number(weight, 1)}%" if math.isfinite(weight) else ""

    def pooled(self, fit: Fit) -> str:
        """``Total (95% CI)``."""
        return f"Total ({_percent(fit.level)} CI)"

    def subtotal(self, fit: Fit) -> str:
        """``Subtotal (95% CI)``."""
        return f"Subtotal ({_percent(fit.level)} CI)"

    def subgroup_heading(self, name: str, level: str, place: int) -> str:
        """``1.1.2 “alloc”: random``: RevMan numbers comparison, outcome and subgroup."""
        return f"1.1.{place + 1} {super().subgroup_heading(name, level, place)}"

    def subtotal_notes(self, fit: Fit, measure: Measure) -> list[str]:
        """Heterogeneity and the test of the subgroup's result."""
        found, test = self.heterogeneity(fit), self.overall(fit) if measure.null is not None else ""
        notes = [f"Heterogeneity: {found}"] if found else []
        return notes + ([f"Test for overall effect: {test}"] if test else [])

    def heterogeneity(self, fit: Fit) -> str:
        """``Tau² = 0.31; Chi² = 152.23, df = 12 (P < 0.00001); I² = 92%``."""
        if not (math.isfinite(fit.q) and fit.q_df > 0):
            return "Not applicable" if fit.k < 2 else ""
        tau2 = f"Tau\u00b2 = {number(fit.tau2, 2)}; " if fit.model == "random" and math.isfinite(fit.tau2) else ""
        i2 = f"; I\u00b2 = {number(fit.i2, 0)}%" if math.isfinite(fit.i2) else ""
        return f"{tau2}Chi\u00b2 = {number(fit.q, 2)}, df = {degrees(fit.q_df)} ({revman_p(fit.q_p)}){i2}"

    def overall(self, fit: Fit) -> str:
        """``Z = 4.00 (P < 0.0001)``; RevMan prints the size of Z only."""
        if not math.isfinite(fit.p):
            return ""
        stat = f"{_letter(fit).upper()} = {number(abs(fit.stat), 2)} " if math.isfinite(fit.stat) else ""
        return f"{stat}({revman_p(fit.p)})"

    def subgroups(self, test: SubgroupTest) -> str:
        """``Chi² = 4.51, df = 1 (P = 0.03), I² = 77.8%``; I² is (Q - df)/Q (Higgins and Thompson 2002, equation 10)."""
        i2 = 100 * max(0.0, (test.q - test.df) / test.q) if test.q > 0 else 0.0
        return (
            f"Chi\u00b2 = {number(test.q, 2)}, df = {degrees(test.df)} ({revman_p(test.p)}), I\u00b2 = {number(i2, 1)}%"
        )

    def method(self, fit: Fit) -> list[str]:
        """RevMan says it in the headings; what it does not offer is named."""
        if fit.ci_method not in ("", "wald") or (fit.model == "random" and fit.tau2_method not in ("", "DL")):
            named = [fit.tau2_method if fit.model == "random" else "", CI_METHODS.get(fit.ci_method, fit.ci_method)]
            return [f"Not a method of RevMan 5: {', '.join(p for p in named if p)} {_percent(fit.level)} CI"]
        return []


class JournalWords(Words):
    """What JAMA and the BMJ say alike."""

    def prediction(self, fit: Fit) -> str:
        """``95% prediction interval``."""
        return f"{_percent(fit.level)} prediction interval"


class JamaWords(JournalWords):
    """JAMA: ``0.49 (0.34-0.70)``, ``P < .001`` without a zero before the point, every abbreviation explained."""

    study = "Source"
    good_for_treatment, good_for_control = "Favors treatment", "Favors control"
    left_arrow, right_arrow = "", ""
    not_estimable = "NE"

    def effect_heading(self, measure: Measure, fit: Fit | None) -> tuple[str, ...]:
        """``RR (95% CI)``."""
        return (f"{short_name(measure)} ({_percent(fit.level if fit else 0.95)} CI)",)

    def caption(self, measure: Measure) -> str:
        """The measure; the level stands above the column."""
        return short_name(measure) if not measure.ratio else f"{short_name(measure)}, log scale"

    def interval(self, interval: Interval, decimals: int, measure: Measure, *, exact: bool = False) -> tuple[str, ...]:
        """``0.49 (0.34-0.70)``; ``to`` where a limit is negative."""
        estimate, low, high = self.numbers(interval, decimals, measure, exact=exact)
        joint = " to " if any(v < 0 for v in interval) else "-"
        return (f"{estimate} ({low}{joint}{high})".strip() if low and high else estimate,)

    def pooled(self, fit: Fit) -> str:
        """``Total (random effects)``."""
        model = MODELS.get(fit.model, fit.model) or "pooled"
        return f"Total ({model if fit.model in ('mantel-haenszel', 'peto') else model[:1].lower() + model[1:]})"

    def subtotal(self, fit: Fit) -> str:
        """``Subtotal``."""
        return "Subtotal"

    def subtotal_notes(self, fit: Fit, measure: Measure) -> list[str]:
        """Heterogeneity."""
        return [f"Heterogeneity: {found}"] if (found := self.heterogeneity(fit)) else []

    def heterogeneity(self, fit: Fit) -> str:
        """``τ² = 0.31; χ²₁₂ = 152.23; P < .001; I² = 92%``."""
        if not (math.isfinite(fit.q) and fit.q_df > 0):
            return ""
        parts = [f"\u03c4\u00b2 = {number(fit.tau2, 2)}"] if fit.model == "random" and math.isfinite(fit.tau2) else []
        parts += [f"\u03c7\u00b2{degrees(fit.q_df).translate(_SUBSCRIPTS)} = {number(fit.q, 2)}", jama_p(fit.q_p)]
        return "; ".join(parts + ([f"I\u00b2 = {number(fit.i2, 0)}%"] if math.isfinite(fit.i2) else []))

    def overall(self, fit: Fit) -> str:
        """``z = −4.00; P < .001``."""
        if not math.isfinite(fit.p):
            return ""
        return (f"{_letter(fit)} = {number(fit.stat, 2)}; " if math.isfinite(fit.stat) else "") + jama_p(fit.p)

    def subgroups(self, test: SubgroupTest) -> str:
        """``χ²₁ = 4.51; P = .03``."""
        return f"\u03c7\u00b2{degrees(test.df).translate(_SUBSCRIPTS)} = {number(test.q, 2)}; {jama_p(test.p)}"

    def footer(self, data: ForestData, measure: Measure) -> list[str]:
        """The tests, what the marks mean, the abbreviation."""
        level = _percent(data.pooled.level if data.pooled else 0.95)
        said = f"Size of the data markers indicates the weight of the study; horizontal lines, {level} CIs"
        name = _name(measure)
        lines = [
            *super().footer(data, measure),
            said + ("; diamonds, pooled estimates." if len(data.studies) > 1 else "."),
        ]
        if name.lower() != short_name(measure).lower():
            lines.append(f"{short_name(measure)} indicates {name[:1].lower()}{name[1:]}.")
        return lines

    def method(self, fit: Fit) -> list[str]:
        """Name the method in one line."""
        tau2 = f", {fit.tau2_method} estimate of \u03c4\u00b2" if fit.model == "random" and fit.tau2_method else ""
        model = MODELS.get(fit.model, fit.model)
        return [f"{model}{tau2}, {CI_METHODS.get(fit.ci_method, fit.ci_method)} {_percent(fit.level)} CI."]


class BmjWords(JournalWords):
    """The BMJ: ``0.49 (0.34 to 0.70)``, ``P<0.001`` without spaces, estimates at the far right."""

    good_for_treatment, good_for_control = "Favours treatment", "Favours control"
    left_arrow, right_arrow = "", ""
    weight_heading = "Weight (%)"
    heterogeneity_word = "Test for heterogeneity"

    def effect_heading(self, measure: Measure, fit: Fit | None) -> tuple[str, ...]:
        """``Risk ratio`` over ``(95% CI)``."""
        return _name(measure), f"({_percent(fit.level if fit else 0.95)} CI)"

    def plot_heading(self, measure: Measure, fit: Fit | None) -> tuple[str, ...]:
        """The same over the plot."""
        return self.effect_heading(measure, fit)

    def caption(self, measure: Measure) -> str:
        """The BMJ names the measure above the plot."""
        return ""

    def interval(self, interval: Interval, decimals: int, measure: Measure, *, exact: bool = False) -> tuple[str, ...]:
        """``0.49 (0.34 to 0.70)``."""
        estimate, low, high = self.numbers(interval, decimals, measure, exact=exact)
        return (f"{estimate} ({low} to {high})".strip() if low and high else estimate,)

    def pooled(self, fit: Fit) -> str:
        """``Total (95% CI)``."""
        return f"Total ({_percent(fit.level)} CI)"

    def subtotal(self, fit: Fit) -> str:
        """``Subtotal (95% CI)``."""
        return f"Subtotal ({_percent(fit.level)} CI)"

    def subtotal_notes(self, fit: Fit, measure: Measure) -> list[str]:
        """Heterogeneity."""
        return [f"Test for heterogeneity: {found}"] if (found := self.heterogeneity(fit)) else []

    def heterogeneity(self, fit: Fit) -> str:
        """``τ²=0.31; χ²=152.23, df=12, P<0.001; I²=92%``."""
        if not (math.isfinite(fit.q) and fit.q_df > 0):
            return ""
        tau2 = f"\u03c4\u00b2={number(fit.tau2, 2)}; " if fit.model == "random" and math.isfinite(fit.tau2) else ""
        i2 = f"; I\u00b2={number(fit.i2, 0)}%" if math.isfinite(fit.i2) else ""
        return f"{tau2}\u03c7\u00b2={number(fit.q, 2)}, df={degrees(fit.q_df)}, {bmj_p(fit.q_p)}{i2}"

    def overall(self, fit: Fit) -> str:
        """``z=−4.00, P<0.001``."""
        if not math.isfinite(fit.p):
            return ""
        return (f"{_letter(fit)}={number(fit.stat, 2)}, " if math.isfinite(fit.stat) else "") + bmj_p(fit.p)

    def subgroups(self, test: SubgroupTest) -> str:
        """``χ²=4.51, df=1, P=0.03``."""
        return f"\u03c7\u00b2={number(test.q, 2)}, df={degrees(test.df)}, {bmj_p(test.p)}"

    def method(self, fit: Fit) -> list[str]:
        """Name the method in one line."""
        return [line.replace(level_text(fit.level), _percent(fit.level)) for line in super().method(fit)]


def _title_case(words: str) -> str:
    return " ".join(w if w[:1] == "(" else w[:1].upper() + w[1:] for w in words.split(" "))


def revman_p(p: float) -> str:
    """``P = 0.03``; one significant digit below 0.01, ``P < 0.00001`` at the end."""
    if math.isnan(p):
        return "P not known"
    for bound in ("0.00001", "0.0001"):
        if p < float(bound):
            return f"P < {bound}"
    return f"P = {p:.2f}" if p >= 0.01 else f"P = {p:.1g}"


def jama_p(p: float) -> str:
    """``P = .03``: two digits, three below .01 and where two would cross .05, ``P < .001``, ``P > .99`` (AMA 19.5)."""
    if math.isnan(p):
        return "P not known"
    if p < 0.001:
        return "P < .001"
    if p > 0.99:
        return "P > .99"
    crosses = p != 0.05 and (p < 0.05) != (round(p, 2) < 0.05)
    return f"P = {p:.{3 if p < 0.01 or crosses else 2}f}".replace("0.", ".", 1)


def bmj_p(p: float) -> str:
    """``P=0.03``; three decimals below 0.01, ``P<0.001``."""
    if math.isnan(p):
        return "P not known"
    if p < 0.001:
        return "P<0.001"
    return f"P={p:.3f}" if p < 0.01 else f"P={p:.2f}"
