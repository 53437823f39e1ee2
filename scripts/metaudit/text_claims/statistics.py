"""Numbers with a statistic's name before them: P values, heterogeneity, small-study tests, coefficients."""

from __future__ import annotations

import math
import re

from scipy.special import ndtr

from metaudit.measures import MEASURES
from metaudit.text_claims.labels import LINK
from metaudit.text_claims.scan import Scan

_SUBGROUP = re.compile(
    r"\b(?:sub-?group|interaction|between[\s-]group|differed?\s+(?:by|between|across|according)|effect\s+modification|sous-groupes?|moderat\w+)", re.IGNORECASE
)
_HETEROGENEITY = re.compile(r"heterogen|hétérogén|inconsisten|Cochran", re.IGNORECASE)
_BIAS = re.compile(r"publication bias|biais de publication|funnel|small[- ]study|asymmetr|asymétr", re.IGNORECASE)
_THRESHOLD = re.compile(
    r"\b(?:consider\w*|defin\w+|deem\w*|regarded|indicat\w+|represent\w*|denot\w+|set\s+at|fixed\s+at|threshold|cut-?off|seuil|considéré\w*|défini\w*|fixé\w*|retenu\w*|"
    r"significan(?:t|ce)\s+(?:level|threshold|was\s+(?:set|defined|accepted))|statistically\s+significant\s+(?:if|when)|level\s+of\s+significance|"
    r"signification\s+(?:était|a\s+été)|was\s+taken)\b",
    re.IGNORECASE,
)
_SIMPLE = {"h2": "h2", "tau2": "tau2", "tau": "tau", "z": "z", "nnt": "nnt", "se": "se", "r2": "r2", "failsafe": "failsafe_n", "coef": "coef"}


def find_statistics(scan: Scan) -> None:
    """Mark every number that follows the name of a statistic; what is a threshold is left out."""
    for i in range(len(scan.lexemes)):
        kind = scan.kind(i)
        if scan.is_number(i) or not kind:
            continue
        if kind in ("q", "qb"):
            _q(scan, i)
        elif kind == "df":
            _df(scan, i)
    for i in range(len(scan.lexemes)):
        kind, j = scan.kind(i), i + 1
        if not scan.free(j) or not LINK.fullmatch(scan.gap(i)):
            continue
        if _is_threshold(scan, j, kind):
            scan.out[j] = "a threshold"
        elif kind == "i2":
            _i2(scan, j)
        elif kind in _SIMPLE:
            _simple(scan, j, kind)
    for i in range(len(scan.lexemes)):
        kind, j = scan.kind(i), i + 1
        if kind.startswith("p") and kind != "pi" and scan.free(j) and LINK.fullmatch(scan.gap(i)):
            _p(scan, i, kind)
    for i in range(len(scan.lexemes)):
        if scan.kind(i) in ("trimfill", "egger"):
            _small_study(scan, i)


def _is_threshold(scan: Scan, j: int, kind: str) -> bool:
    token = scan.lexemes[j].token
    near = scan.before(j, 90) + " " + scan.after(j, 70)
    if not _THRESHOLD.search(near):
        return False
    relation = bool(token and token.text[:1] in "<>≤≥") or bool(re.search(r"\b(?:above|over|below|exceed\w*|greater|less|than|level|of|at|supérieur\w*|inférieur\w*|à|de)\s*$", scan.before(j)))
    return relation and not scan.heads if kind == "i2" else relation and not any(h.lexeme < j for h in scan.heads)


def _head_for(scan: Scan, j: int) -> int | None:
    before = scan.head_before(j)
    return before if before is not None else scan.head_after(j)


def _simple(scan: Scan, j: int, kind: str) -> None:
    if kind == "coef":
        scan.give(j, "coef")
    elif kind == "se":
        near = [scan.facts[m].quantity for m in range(j - 1, max(j - 5, -1), -1) if m in scan.facts]
        scan.give(j, "coef_se" if near[:1] == ["coef"] else "se", head=_head_for(scan, j))
    elif kind == "z" and any(scan.kind(m) in ("egger", "begg") for m in range(j)) and scan.head_before(j) is None:
        scan.out[j] = "the statistic of a test that is claimed by its P value"
    elif kind == "nnt" and (scan.whole(j) or "%" not in scan.lexemes[j].token.text):  # type: ignore[union-attr]
        scan.give(j, "nnt", head=_head_for(scan, j))
    else:
        scan.give(j, _SIMPLE[kind], head=_head_for(scan, j))


def _i2(scan: Scan, j: int) -> None:
    between = _since(scan, j, ("q", "qb"))
    if between and between[1] == "subgroup_q":
        scan.out[j] = "I² between subgroups, which is no claim of its own"
        return
    scan.give(j, "i2", head=_head_for(scan, j), scale="percent")


def _since(scan: Scan, j: int, kinds: tuple[str, ...]) -> tuple[int, str] | None:
    """The last number before this one whose label is of some kind, with its quantity; nothing beyond a result."""
    for m in range(j - 1, -1, -1):
        if m in scan.facts and scan.facts[m].quantity in ("estimate", "ci_high"):
            return None
        if scan.kind(m) in kinds:
            found = next((n for n in range(m + 1, j) if n in scan.facts and scan.facts[n].quantity in ("q", "subgroup_q", "qm")), None)
            return (m, scan.facts[found].quantity) if found is not None else None
    return None


def _about_subgroups(scan: Scan, i: int) -> bool:
    """Whether a test's name says, between the statistic before and this one, that it is about subgroups."""
    begin = max([x.end for x in scan.lexemes[:i] if x.token] or [0])
    return bool(_SUBGROUP.search(scan.text[begin : scan.lexemes[i].start]))


def _q(scan: Scan, i: int) -> None:
    j, df = i + 1, None
    gap = scan.gap(i)
    if scan.free(j) and re.fullmatch(r"\s*[\[(]\s*(?:df\s*[=:]\s*)?|_?\{?", gap) and gap and (m := _after_bracket(scan, j)) is not None:
        df, j = j, m
    elif scan.kind(j) == "df" and scan.free(j + 1) and re.fullmatch(r"\s*[\[(]\s*", gap) and (m := _after_bracket(scan, j + 1)) is not None:
        df, j = j + 1, m
    elif not (scan.free(j) and LINK.fullmatch(gap)):
        return
    sub = scan.kind(i) == "qb" or _about_subgroups(scan, i)
    moderators = scan.text[scan.lexemes[i].start : scan.lexemes[i].end].rstrip()[-1:] in "Mm" and scan.kind(i) == "qb"
    scan.give(j, "qm" if moderators else "subgroup_q" if sub else "q", head=_head_for(scan, j))
    if df is not None:
        if sub:
            scan.out[df] = "degrees of freedom of a test between subgroups"
        else:
            scan.give(df, "q_df", head=_head_for(scan, j))


def _after_bracket(scan: Scan, j: int) -> int | None:
    """The number after ``= `` behind the bracket that a number of degrees of freedom closes."""
    for m in range(j + 1, min(j + 4, len(scan.lexemes))):
        if scan.free(m) and re.search(r"[\])}]\s*=\s*$", scan.before(m, 8)) and not re.search(r"[;.]", scan.text[scan.lexemes[j].end : scan.lexemes[m].start]):
            return m
    return None


def _df(scan: Scan, i: int) -> None:
    j = i + 1
    if not (scan.free(j) and LINK.fullmatch(scan.gap(i))):
        j = i - 1
        if not (scan.free(j) and re.fullmatch(r"\s*", scan.gap(j))):
            return
    found = _since(scan, i, ("q", "qb"))
    if found and found[1] == "q":
        scan.give(j, "q_df", head=_head_for(scan, j))
    else:
        scan.out[j] = "degrees of freedom of another test"


def _p(scan: Scan, i: int, kind: str) -> None:
    j = i + 1
    if _is_threshold(scan, j, "p"):
        scan.out[j] = "a threshold"
        return
    if any(r.percent or not 0 <= r.value <= 1 for r in scan.readings(j)[:1]):
        return
    quantity = _which_p(scan, i, kind)
    subject = "" if quantity != "value" else "P for nonlinearity" if kind == "p:curve" else "P of a test for publication bias"
    scan.give(j, quantity, head=_head_for(scan, j), subject=subject)


def _which_p(scan: Scan, i: int, kind: str) -> str:
    if kind == "p:curve":
        return "value"
    if kind in ("p:het", "p:sub"):
        return "q_p" if kind == "p:het" else "subgroup_p"
    after = scan.free_after(i + 1, 40)
    if match := re.match(r"\s*(?:for|pour)\s+(?:the\s+)?(?:l'|test\s+for\s+)?(\w+)", after):
        if _HETEROGENEITY.search(match[1]):
            return "q_p"
        if _SUBGROUP.search(match[1]):
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
        fact, kind = scan.facts.get(m), scan.kind(m)
        words = scan.text[scan.lexemes[m].end : scan.lexemes[i].start]
        if _SUBGROUP.search(words) and not (fact and fact.quantity.startswith("ci")):
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
    return "subgroup_p" if _SUBGROUP.search(words) else "value" if _BIAS.search(words) else "p"


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


def _small_study(scan: Scan, i: int) -> None:
    """The numbers of trim and fill, and the intercept of Egger's regression."""
    if scan.kind(i) == "egger":
        for m in range(i + 1, min(i + 4, len(scan.lexemes))):
            if scan.free(m) and re.search(r"\b(?:intercept|bias|ordonnée\s+à\s+l'origine)\b[\s=:,(a-z]*$", scan.free_before(m)):
                scan.give(m, "egger_intercept")
        return
    for m in range(i + 1, len(scan.lexemes)):
        if scan.free(m) and re.match(r"\s*(?:missing|unpublished|hypothetical|imputed|additional|potentially)?\s*(?:missing\s+)?(?:studies|study|trials?|effects?|études?|essais?|samples)\b", scan.after(m)):
            scan.give(m, "trimfill_k", head=_head_for(scan, m))
        elif m in scan.facts and scan.facts[m].quantity == "estimate" and re.search(r"adjust|correct|ajust|corrig|imput|became|chang", scan.text[scan.lexemes[i].start : scan.lexemes[m].start], re.IGNORECASE):
            _as_trimfill(scan, m)


def _as_trimfill(scan: Scan, m: int) -> None:
    """An estimate after trim and fill is no result of its own; its limits are listed as other values."""
    scan.facts[m].quantity = "trimfill_estimate"
    h = scan.facts[m].head
    if h is None:
        return
    for j, word in ((scan.heads[h].low, "lower"), (scan.heads[h].high, "upper")):
        if j is not None:
            scan.facts[j].quantity, scan.facts[j].subject = "value", f"{word} confidence limit after trim and fill"
