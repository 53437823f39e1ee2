"""Numbers with a statistic's name before them: heterogeneity, small-study tests, coefficients and, by way of pvalues, P."""

from __future__ import annotations

import re

from metaudit.text_claims.labels import LINK
from metaudit.text_claims.pvalues import SUBGROUP, find_p
from metaudit.text_claims.scan import Scan

_NNT_FOR = re.compile(r"[^.;()]{0,50}\b(?:was|were|is|est|était|of|de|=)\s*")
_THRESHOLD = re.compile(
    r"\b(?:consider\w*|define[sd]?|defining|deem\w*|regarded|indicate[sd]?|indicating|represent\w*|denot\w+|set\s+at|fixed\s+at|threshold|cut-?off|seuil|considéré\w*|défini\w*|fixé\w*|retenu\w*|"
    r"(?:significant|significance)\s+(?:level|threshold|was\s+(?:set|defined|accepted))|statistically\s+significant\s+(?:if|when)|level\s+of\s+significance|"
    r"signification\s+(?:était|a\s+été)|was\s+taken)\b",
    re.IGNORECASE,
)
_SIMPLE = {
    "h2": "h2",
    "tau2": "tau2",
    "tau": "tau",
    "z": "z",
    "nnt": "nnt",
    "se": "se",
    "r2": "r2",
    "failsafe": "failsafe_n",
    "coef": "coef",
}


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
        loosely = kind == "nnt" and _NNT_FOR.fullmatch(scan.gap(i))  # "the number needed to treat for one cure was 5"
        if not scan.free(j) or not (loosely or LINK.fullmatch(scan.gap(i))):
            continue
        if _is_threshold(scan, j):
            scan.out[j] = "a threshold"
        elif kind == "i2":
            _i2(scan, j)
        elif kind in _SIMPLE:
            _simple(scan, j, kind)
    for i in range(len(scan.lexemes)):
        kind, j = scan.kind(i), i + 1
        if kind.startswith("p") and kind != "pi" and scan.free(j) and LINK.fullmatch(scan.gap(i)):
            find_p(scan, i, kind)
    for i in range(len(scan.lexemes)):
        if scan.kind(i) in ("trimfill", "egger"):
            _small_study(scan, i)


def _is_threshold(scan: Scan, j: int) -> bool:
    """Whether a number says where significance or heterogeneity is taken to begin, and no result stands before it."""
    near = scan.before(j, 90) + " " + scan.after(j, 70)
    if not _THRESHOLD.search(near):
        return False
    relation = scan.shown(j)[:1] in tuple("<>≤≥") or bool(
        re.search(
            r"\b(?:above|over|below|exceed\w*|greater|less|than|level|of|at|supérieur\w*|inférieur\w*|à|de)\s*$",
            scan.before(j),
        )
    )
    return relation and not any(h.lexeme < j for h in scan.heads)


def _simple(scan: Scan, j: int, kind: str) -> None:
    if kind == "coef":
        scan.give(j, "coef")
    elif kind == "se":
        near = [scan.facts[m].quantity for m in range(j - 1, max(j - 5, -1), -1) if m in scan.facts]
        scan.give(j, "coef_se" if near[:1] == ["coef"] else "se", head=scan.head_near(j))
    elif kind == "z" and any(scan.kind(m) in ("egger", "begg") for m in range(j)) and scan.head_before(j) is None:
        scan.out[j] = "the statistic of a test that is claimed by its P value"
    elif kind == "nnt" and "%" not in scan.shown(j):
        scan.give(j, "nnt", head=scan.head_near(j))
    else:
        scan.give(j, _SIMPLE[kind], head=scan.head_near(j))


def _i2(scan: Scan, j: int) -> None:
    between = _since(scan, j, ("q", "qb"))
    if between and between[1] == "subgroup_q":
        scan.out[j] = "I² between subgroups, which is no claim of its own"
        return
    scan.give(j, "i2", head=scan.head_near(j), scale="percent")


def _since(scan: Scan, j: int, kinds: tuple[str, ...]) -> tuple[int, str] | None:
    """The last number before this one whose label is of some kind, with its quantity; nothing beyond a result."""
    for m in range(j - 1, -1, -1):
        if m in scan.facts and scan.facts[m].quantity in ("estimate", "ci_high"):
            return None
        if scan.kind(m) in kinds:
            found = next(
                (n for n in range(m + 1, j) if n in scan.facts and scan.facts[n].quantity in ("q", "subgroup_q", "qm")),
                None,
            )
            return (m, scan.facts[found].quantity) if found is not None else None
    return None


def _about_subgroups(scan: Scan, i: int) -> bool:
    """Whether a test's name says, between the statistic before and this one, that it is about subgroups."""
    begin = max([x.end for x in scan.lexemes[:i] if x.token] or [0])
    return bool(SUBGROUP.search(scan.text[begin : scan.lexemes[i].start]))


def _q(scan: Scan, i: int) -> None:
    j, df = i + 1, None
    gap = scan.gap(i)
    if (
        scan.free(j)
        and re.fullmatch(r"\s*[\[(]\s*(?:df\s*[=:]\s*)?|_?\{?", gap)
        and gap
        and (m := _after_bracket(scan, j)) is not None
    ):
        df, j = j, m
    elif (
        scan.kind(j) == "df"
        and scan.free(j + 1)
        and re.fullmatch(r"\s*[\[(]\s*", gap)
        and (m := _after_bracket(scan, j + 1)) is not None
    ):
        df, j = j + 1, m
    elif not (scan.free(j) and LINK.fullmatch(gap)):
        return
    sub = scan.kind(i) == "qb" or _about_subgroups(scan, i)
    moderators = scan.text[scan.lexemes[i].start : scan.lexemes[i].end].rstrip()[-1:] in "Mm" and scan.kind(i) == "qb"
    scan.give(j, "qm" if moderators else "subgroup_q" if sub else "q", head=scan.head_near(j))
    if df is not None:
        if sub:
            scan.out[df] = "degrees of freedom of a test between subgroups"
        else:
            scan.give(df, "q_df", head=scan.head_near(j))


def _after_bracket(scan: Scan, j: int) -> int | None:
    """The number after ``= `` behind the bracket that a number of degrees of freedom closes."""
    for m in range(j + 1, min(j + 4, len(scan.lexemes))):
        if (
            scan.free(m)
            and re.search(r"[\])}]\s*=\s*$", scan.before(m, 8))
            and not re.search(r"[;.]", scan.text[scan.lexemes[j].end : scan.lexemes[m].start])
        ):
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
        scan.give(j, "q_df", head=scan.head_near(j))
    else:
        scan.out[j] = "degrees of freedom of another test"


def _small_study(scan: Scan, i: int) -> None:
    """The numbers of trim and fill, and the intercept of Egger's regression."""
    if scan.kind(i) == "egger":
        for m in range(i + 1, min(i + 4, len(scan.lexemes))):
            if scan.free(m) and re.search(
                r"\b(?:intercept|bias|ordonnée\s+à\s+l'origine)\b[\s=:,(a-z]*$", scan.free_before(m)
            ):
                scan.give(m, "egger_intercept")
        return
    for m in range(i + 1, len(scan.lexemes)):
        if scan.free(m) and re.match(
            r"\s*(?:missing|unpublished|hypothetical|imputed|additional|potentially)?\s*(?:missing\s+)?(?:studies|study|trials?|effects?|études?|essais?|samples)\b",
            scan.after(m),
        ):
            scan.give(m, "trimfill_k", head=scan.head_near(m))
        elif (
            m in scan.facts
            and scan.facts[m].quantity == "estimate"
            and re.search(
                r"adjust|correct|ajusté|corrig|impute|became|change",
                scan.text[scan.lexemes[i].start : scan.lexemes[m].start],
                re.IGNORECASE,
            )
        ):
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
