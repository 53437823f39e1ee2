"""Rows of the table of heterogeneity: how far the studies of each analysis lie apart, and what a new one may show."""

from __future__ import annotations

from typing import TYPE_CHECKING

from metaudit.audit_words import numbers
from metaudit.tables.column import Column
from metaudit.tables.summary import method_words, several_studies

if TYPE_CHECKING:
    from metaudit.tables.reading import Analysis, Review, Row

HETEROGENEITY = (
    Column(name="title", heading="Analysis", wordy=True),
    Column(name="measure", heading="Measure"),
    Column(name="k", heading="k"),
    Column(name="method", heading="Method", wordy=True),
    Column(name="q", heading="Q"),
    Column(name="q_df", heading="df"),
    Column(name="q_p", heading="P"),
    Column(name="i2", heading="I² (%)"),
    Column(name="i2_q", heading="I² from Q (%)"),
    Column(name="tau2", heading="τ²"),
    Column(name="h2", heading="H²"),
    Column(name="prediction", heading="Prediction interval"),
    Column(name="between", heading="Between subgroups", wordy=True),
)


def limited(middle: str, low: str, high: str) -> str:
    """A number with its interval, each already in words; the number alone where a limit is missing."""
    return f"{middle} ({low} to {high})" if middle and low and high else middle


def between_words(fit: Row) -> str:
    """Test between the subgroups of one fit, or between the designs of a network; empty where it has none."""
    if (numbers.number(fit.get("q_between_df")) or 0) > 0:
        q, df = numbers.plain(fit["q_between"]), numbers.whole(fit.get("q_between_df"))
        return f"between designs: Q = {q}, df = {df}, P {numbers.compared(numbers.p_value(fit.get('q_between_p')))}"
    if numbers.number(fit.get("subgroup_q")) is None:
        return ""
    q, df = numbers.plain(fit["subgroup_q"]), numbers.whole(fit.get("subgroup_df"))
    return f"Q = {q}, df = {df}, P {numbers.compared(numbers.p_value(fit.get('subgroup_p')))}"


def heterogeneity_row(analysis: Analysis, fit: Row) -> dict[str, str]:
    """One row of ``tables/heterogeneity``; limits stay away where the fit has none."""
    return {
        "title": analysis.title,
        "measure": fit.get("measure") or analysis.measure,
        "k": numbers.whole(fit.get("k")),
        "method": method_words(fit),
        "q": numbers.plain(fit.get("q")),
        "q_df": numbers.whole(fit.get("q_df")),
        "q_p": numbers.p_value(fit.get("q_p")),
        "i2": limited(*(numbers.percent(fit.get(name)) for name in ("i2", "i2_low", "i2_high"))),
        "i2_q": numbers.percent(fit.get("i2_q")),
        "tau2": limited(*(numbers.variance(fit.get(name)) for name in ("tau2", "tau2_low", "tau2_high"))),
        "h2": limited(*(numbers.plain(fit.get(name)) for name in ("h2", "h2_low", "h2_high"))),
        "prediction": numbers.span(fit.get("pi_low"), fit.get("pi_high")),
        "between": between_words(fit),
    }


def heterogeneity_rows(review: Review) -> list[dict[str, str]]:
    """Rows of ``tables/heterogeneity`` of one review: every pooled analysis of two studies or more."""
    fits = ((analysis, analysis.primary or analysis.network) for analysis in review.analyses)
    return [heterogeneity_row(analysis, fit) for analysis, fit in fits if fit is not None and several_studies(fit)]
