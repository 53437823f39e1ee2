"""Rows of the table of sensitivity: how each pooled result moves without a study, under other methods, and for small studies."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from metaudit.audit_words import numbers
from metaudit.audit_words.spec_words import measure_words, zero_words
from metaudit.tables.column import Column
from metaudit.tables.summary import CI_WORDS, MODEL_WORDS, method_words, regression_words

if TYPE_CHECKING:
    from metaudit.tables.reading import Analysis, Review, Row

SENSITIVITY = (
    Column(name="title", heading="Analysis", wordy=True),
    Column(name="check", heading="Check", wordy=True),
    Column(name="what", heading="What", wordy=True),
    Column(name="estimate", heading="Estimate (CI)"),
    Column(name="p", heading="P"),
    Column(name="note", heading="Note", wordy=True),
)
CHOICE_WORDS = {
    "model": "model",
    "tau2": "τ² estimator",
    "ci": "interval",
    "zero_cells": "zero cells",
    "variance": "sampling variance",
    "q": "centre of Q",
    "counts": "counts pooled",
    "rd_variance": "variance of the risk difference",
}
TEST_WORDS = {
    "egger": "Egger's test",
    "begg": "Begg and Mazumdar's test",
    "peters": "Peters' test",
    "harbord": "Harbord's test",
    "pet-peese": "PET-PEESE",
    "trim-fill-L0": "trim and fill (L0)",
    "failsafe-rosenthal": "fail-safe N (Rosenthal)",
}
# Tests whose estimate is the pooled effect after an adjustment; the estimate of the others is a coefficient.
ADJUSTED = ("trim-fill-L0", "trim-fill-R0", "trim-fill-Q0", "pet-peese")
MEAN_WORDS = {
    "inverse-variance": "inverse-variance mean",
    "mantel-haenszel": "Mantel-Haenszel mean",
    "mantel-haenszel-corrected": "Mantel-Haenszel mean of corrected counts",
}


def _cells(fit: Row) -> dict[str, str]:
    """Estimate with its interval, and P, of any row that has them."""
    return {
        "estimate": numbers.interval(fit.get("estimate"), fit.get("ci_low"), fit.get("ci_high")),
        "p": numbers.p_value(fit.get("p")),
    }


def _methods(analysis: Analysis, primary: Row) -> Iterator[dict[str, str]]:
    yield {"check": "as pooled", "what": method_words(primary), **_cells(primary), "note": regression_words(analysis)}
    for fit in analysis.tables["pooled"]:
        if fit.get("role") == "alternative":
            note = "the fit lies at the edge of its range" if fit.get("at_boundary") == "yes" else ""
            what = f"{other_measure(fit, primary)}{method_words(fit)}"
            yield {"check": "another method", "what": what, **_cells(fit), "note": note}


def other_measure(fit: Row, primary: Row) -> str:
    """The measure of a fit in words, as the beginning of its method; empty where it is that of the primary fit."""
    code = fit.get("measure", "")
    return "" if code == primary.get("measure", "") else f"{measure_words(code)}, "


def _left_out(analysis: Analysis, primary: Row) -> Iterator[dict[str, str]]:
    """Lowest and highest result without one study, and how many omissions cross the line of significance."""
    rows = [row for row in analysis.tables["leave_one_out"] if numbers.number(row.get("estimate")) is not None]
    if not rows:
        return
    note = _crossing(rows, primary)
    ordered = sorted(rows, key=lambda row: float(row["estimate"]))
    for check, row in (("lowest without a study", ordered[0]), ("highest without a study", ordered[-1])):
        yield {"check": check, "what": f"without {row.get('study', '')}", **_cells(row), "note": note}


def _crossing(rows: list[Row], primary: Row) -> str:
    level, p = numbers.number(primary.get("level")), numbers.number(primary.get("p"))
    known = [value for row in rows if (value := numbers.number(row.get("p"))) is not None]
    if level is None or p is None or not known:
        return ""
    alpha = round(1 - level, 12)  # 1 - 0.95 is a little more than 0.05
    crossing = sum((value < alpha) != (p < alpha) for value in known)
    word = "is significant" if p < alpha else "is not significant"
    return f"as pooled it {word}; {crossing} of {len(known)} omissions change that"


def _influential(analysis: Analysis) -> Iterator[dict[str, str]]:
    rows = analysis.tables["influence"]
    marked = [row for row in rows if row.get("influential") == "yes"]
    if rows and not marked:
        yield {"check": "influence", "what": f"none of {len(rows)} studies stands out"}
    for row in marked:
        yield {"check": "influence", "what": row.get("study", ""), "note": row.get("reasons", "")}


def _universe(analysis: Analysis) -> Iterator[dict[str, str]]:
    """The range over all searched ways of pooling, for each measure."""
    for row in analysis.tables["multiverse"]:
        share = numbers.fraction_as_percent(row.get("significant"), 0)
        signs = numbers.fraction_as_percent(row.get("other_sign"), 0)
        yield {
            "check": "all ways of pooling",
            "what": f"{row.get('measure', '')}: {numbers.whole(row.get('results'))} distinct results, lowest to highest",
            "estimate": numbers.span(row.get("lowest"), row.get("highest")),
            "note": "; ".join(
                p for p in (share and f"{share} % significant", signs and f"{signs} % with the other sign") if p
            ),
        }


def _medians(analysis: Analysis, primary: Row) -> Iterator[dict[str, str]]:
    """For each choice that has several values: how far the medians of the results lie apart, and what each value gives."""
    own = [row for row in analysis.tables["medians"] if row.get("measure") == primary.get("measure")]
    for choice in dict.fromkeys(row["choice"] for row in own):
        found = [
            (row.get("value", ""), m)
            for row in own
            if row["choice"] == choice and (m := numbers.number(row.get("median"))) is not None
        ]
        if len(found) < 2:
            continue
        lowest, highest = min(m for _, m in found), max(m for _, m in found)
        # One decimal more than the result itself is shown with: enough to see that a choice moves nothing.
        decimals = min(numbers.together(lowest, highest), numbers.decimals_of(numbers.significant(highest)) + 1)
        yield {
            "check": "median of the results by choice",
            "what": CHOICE_WORDS.get(choice, choice.replace("_", " ")),
            "estimate": numbers.span(lowest, highest, decimals),
            "note": "; ".join(f"{_value_words(choice, value)} {numbers.fixed(m, decimals)}" for value, m in found),
        }


def _value_words(choice: str, value: str) -> str:
    """A value of a choice for people; codes of estimators and of variances stay, they are the field's own names."""
    if choice == "zero_cells":
        return zero_words(value)
    known = {"model": MODEL_WORDS, "ci": CI_WORDS, "q": MEAN_WORDS}.get(choice, {})
    return known.get(value, value if choice in ("tau2", "variance") else value.replace("-", " "))


def _small_studies(analysis: Analysis) -> Iterator[dict[str, str]]:
    for row in analysis.tables["small_study"]:
        test = row.get("test", "")
        adjusted = test in ADJUSTED
        cells = _cells(row) if adjusted else {"p": numbers.p_value(row.get("p"))}
        yield {
            "check": "small-study effects",
            "what": TEST_WORDS.get(test, test.replace("-", " ")),
            **cells,
            "note": "; ".join(part for part in (_counted(test, row), row.get("note", "")) if part),
        }


def _counted(test: str, row: Row) -> str:
    """The statistic of a test, the studies that trim and fill adds, or the fail-safe N."""
    filled = numbers.whole(row.get("filled"))
    if filled:
        return (
            f"N = {filled}"
            if test.startswith("failsafe")
            else f"{filled} {'study' if filled == '1' else 'studies'} added"
        )
    stat, df = numbers.plain(row.get("stat")), numbers.whole(row.get("df"))
    if not stat or test in ADJUSTED:
        return ""
    return f"statistic {stat} with {df} df" if df else f"statistic {stat}"


def sensitivity_rows(review: Review) -> list[dict[str, str]]:
    """Rows of ``tables/sensitivity`` of one review: every pooled analysis of two studies or more."""
    found: list[dict[str, str]] = []
    for analysis in review.analyses:
        primary = analysis.primary
        if primary is None or (numbers.number(primary.get("k")) or 0) < 2:
            continue
        parts = (
            _methods(analysis, primary),
            _left_out(analysis, primary),
            _influential(analysis),
            _universe(analysis),
            _medians(analysis, primary),
            _small_studies(analysis),
        )
        found += [{"title": analysis.title, **row} for part in parts for row in part]
    return found
