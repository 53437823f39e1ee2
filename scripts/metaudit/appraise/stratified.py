"""The tests that belong to Mantel-Haenszel pooling, as a table."""

from __future__ import annotations

from metaudit.appraise.section import Section, section
from metaudit.evaluate import Evaluated
from metaudit.pooling.stratified import stratified_tests


def stratified_section(e: Evaluated) -> Section:
    """Cochran-Mantel-Haenszel with and without continuity correction; for odds ratios Breslow-Day and Tarone.

    Raises
    ------
    DataError
        for other measures than odds ratios and rate ratios.
    """
    found = stratified_tests(e.effects)
    rows = [
        {"test": "Cochran-Mantel-Haenszel, continuity-corrected", "stat": found.cmh, "df": 1, "p": found.cmh_p},
        {"test": "Cochran-Mantel-Haenszel", "stat": found.cmh_uncorrected, "df": 1, "p": found.cmh_uncorrected_p},
    ]
    methods = [("statistic", "cmh")]
    if e.spec.measure == "OR":
        rows += [
            {"test": "Breslow-Day", "stat": found.breslow_day, "df": found.df, "p": found.breslow_day_p},
            {"test": "Tarone", "stat": found.tarone, "df": found.df, "p": found.tarone_p},
        ]
        methods += [("statistic", "breslow-day"), ("statistic", "tarone")]
    return section("stratified-tests", "Tests of the stratified tables", rows, methods=methods)
