"""Which test a printed P value belongs to: the effect's, that for heterogeneity, between subgroups, for small studies."""

from __future__ import annotations

import math
import re

from scipy.special import ndtr

from metaudit.measures import MEASURES
from metaudit.text_claims.scan import Scan

SUBGROUP = re.compile(
    r"\b(?:sub-?group|interaction|between[\s-]group|differed?\s+(?:by|between|across|according)|effect\s+modification|sous-groupes?|moderat\w+)",
    re.IGNORECASE,
)
_HETEROGENEITY = re.compile(r"heterogen|hétérogén|inconsistency|inconsistent|Cochran", re.IGNORECASE)
_BIAS = re.compile(r"publication bias|biais de publication|funnel|small[- ]study|asymmetr|asymétr", re.IGNORECASE)


def find_p(scan: Scan, i: int, kind: str) -> None:
    """Mark the number after a P of some kind (``p:het``, ``p:sub``, ``p:effect``, ``p:curve`` or a bare ``p``)."""
    j = i + 1
    if any(r.percent or not 0 <= r.value <= 1 for r in scan.readings(j)[:1]):
        return
    quantity = _which_p(scan, i, kind)
    subject = (
        "" if quantity != "value" else "P for nonlinearity" if kind == "p:curve" else "P of a test for publication bias"
    )
    scan.give(j, quantity, head=scan.head_near(j), subject=subject)


def _which_p(scan: Scan, i: int, kind: str) -> str:
    if kind == "p:curve":
        return "value"
    if kind in ("p:het", "p:sub"):
        return "q_p" if kind == "p:het" else "subgroup_p"
    after = scan.free_after(i + 1, 40)
    if match := re.match(r"\s*(?:for|pour)\s+(?:the\s+)?(?:l'|test\s+for\s+)?(\w+)", after):
        if _HETEROGENEITY.search(match[1]):
            return "q_p"
        if SUBGROUP.search(match[1]):
            return "subgroup_p"
    if kind == "p:effect":
        return "p"
    return _by_what_is_before(scan, i)


def _by_what_is_before(scan: Scan, i: int) -> str:
    """Which test a bare P belongs to: the statistic, the words or the result that stands nearest before it."""
    results = [m for m in range(i) if m in scan.facts and scan.facts[m].quantity in ("estimate", "ci_high")]
    tests = [m for m in range(i) if scan.kind(m) in ("egger", "begg")]
    if tests and tests[-1] > max(results, default=-1):
        return f"{scan.kind(tests[-1])}_p"
    for m in range(i - 1, -1, -1):
        fact = scan.facts.get(m)
        words = scan.text[scan.lexemes[m].end : scan.lexemes[i].start]
        if SUBGROUP.search(words) and not (fact and fact.quantity.startswith("ci")):
            return "subgroup_p"
        if _BIAS.search(words):
            return "value"
        if fact is None or m in scan.out:
            if _HETEROGENEITY.search(words) and not scan.is_number(m):
                return "q_p"
            continue
        if fact.quantity in ("q", "q_df", "tau2", "tau", "h2"):
            return "q_p"
        if fact.quantity in ("subgroup_q", "qm"):
            return "subgroup_p" if fact.quantity == "subgroup_q" else "qm_p"
        if fact.quantity in ("coef", "coef_se", "egger_intercept"):
            return "coef_p" if fact.quantity.startswith("coef") else "egger_p"
        if fact.quantity in ("i2", "i2_high"):
            return _beside_i2(scan, i)
        if fact.quantity in ("estimate", "ci_high", "ci_low", "z", "p", "se"):
            return "q_p" if _HETEROGENEITY.search(words) else "p"
    words = scan.before(i, 120)
    if _HETEROGENEITY.search(words):
        return "q_p"
    return "subgroup_p" if SUBGROUP.search(words) else "value" if _BIAS.search(words) else "p"


def _beside_i2(scan: Scan, i: int) -> str:
    """A P directly after I²: the effect's where the interval gives that P and no other P of the result is printed, else Q's.

    The P of an interval: Altman & Bland 2011, BMJ 343:d2304.
    """
    h = scan.head_before(i)
    if h is None:
        return "q_p"
    head = scan.heads[h]
    if any(f.head == h and f.quantity == "p" for f in scan.facts.values()) or head.low is None or head.high is None:
        return "q_p"
    low, high, estimate = (scan.facts[m].reading.value for m in (head.low, head.high, head.lexeme))
    measure = MEASURES.get(head.measure)
    if measure is not None and measure.ratio:
        if min(low, estimate) <= 0:
            return "q_p"
        low, high, estimate = math.log(low), math.log(high), math.log(estimate)
    half = (high - low) / 2
    z = {"99": 2.5758, "90": 1.6449}.get(head.level, 1.9600)
    p = 2 * float(ndtr(-abs(estimate) * z / half)) if half > 0 else math.nan
    printed = scan.readings(i + 1)[0]
    if printed.relation in ("<", "<="):
        return "p" if p < printed.value * 1.2 else "q_p"
    return "p" if printed.value / 2 - printed.unit <= p <= printed.value * 2 + printed.unit else "q_p"
