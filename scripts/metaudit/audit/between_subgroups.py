"""Our value of the test between subgroups."""

from __future__ import annotations

import math

from metaudit.audit.own_value import Ours, Unanswerable
from metaudit.audit_words.other_ways import ONE_TAU2
from metaudit.evaluate import Evaluated
from metaudit.formats.review import Analysis, Claim


def of_between(claim: Claim, asked: str, e: Evaluated, analysis: Analysis) -> Ours:
    """Q between or within the subgroups, its degrees of freedom, P value or I²; an F statistic where the test is an F test.

    Raises
    ------
    Unanswerable
        when there is no such test, with what is missing.
    """
    if e.between is None and e.subgroups:
        raise Unanswerable(f"one of the subgroups by {analysis.subgroups} has no estimate of its own under this method")
    if e.between is None:
        raise Unanswerable("the analysis has no subgroups", "subgroups in review.yaml")
    b, n = e.between, len(e.subgroups)
    if claim.subject == "within":
        return Ours(b.q_within, f"sum of Q within {n} subgroups")
    if asked == "subgroup_df":
        return Ours(float(b.df), f"{n} subgroups less one")
    shared = f"; {ONE_TAU2}" if b.common_tau2 else ""
    if math.isfinite(b.denominator_df):
        test = f"F between {n} subgroups = {b.q:.4g} with {b.df} and {b.denominator_df:g} df{shared}"
    else:
        test = f"Q between {n} subgroups = {b.q:.4g} with {b.df} df{shared}"
    if asked == "subgroup_i2":
        if math.isfinite(b.denominator_df):
            raise Unanswerable(
                "I² between subgroups is made of Q, and under the Hartung-Knapp method their test is an F test"
            )
        # Higgins and Thompson (2002), Stat Med 21:1539, on Q between: Cochrane Handbook 10.11.3.1
        share = max(0.0, 100 * (b.q - b.df) / b.q) if b.q > 0 else 0.0
        return Ours(share, f"I² = 100 (Q - df)/Q with Q between {n} subgroups = {b.q:.4g}, df = {b.df}{shared}")
    return Ours(b.p if asked == "subgroup_p" else b.q, test)
