"""Which analysis of a review a result belongs to, and which claims of it print the same number already."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Mapping, Sequence

from metaudit.errors import PrintedError
from metaudit.explain.coverage import same_number
from metaudit.formats.review import Analysis, Claim
from metaudit.printed import Printed, parse_printed
from metaudit.text_claims.candidates import Bundle, Candidate

# Quantities under which one number may have been typed.
_ALIKE = (
    frozenset("k count n n_t n_c value events_t events_c k_with_events".split()),
    frozenset("proportion proportion_t proportion_c estimate value".split()),
    frozenset("p q_p subgroup_p qm_p coef_p".split()),
    frozenset("estimate study_estimate coef predicted value trimfill_estimate".split()),
    frozenset("ci_low study_ci_low value".split()),
    frozenset("ci_high study_ci_high value".split()),
    frozenset("q subgroup_q qm".split()),
)
_RATIOS = {"RR", "OR", "PETO", "IRR", "GEN-LOG", "ROM"}
_STOP = frozenset(
    """the and for with was were are from that this than but not had has its into after before between among over under more less
    les des une dans pour avec par sur est aux qui que plus moins sans chez entre apres avant etait etaient
    against versus compared group groups patients results effect effects pooled analysis trials studies overall significant significantly
    lower higher reduced increased difference associated groupe placebo control""".split()
)
_ENOUGH, _MARGIN = 1.5, 0.4


def words_of(text: str) -> frozenset[str]:
    """The words that carry meaning, without accents and endings; numbers with the unit of time behind them."""
    plain = unicodedata.normalize("NFKD", text.lower()).encode("ascii", "ignore").decode()
    found = {_stem(w) for w in re.findall(r"[a-z][a-z-]{2,}", plain) if w not in _STOP}
    found |= {
        f"{n}{unit[0]}"
        for n, unit in re.findall(
            r"\b(\d+)[\s-]*(hours?|days?|weeks?|months?|years?|h|jours?|semaines?|mois|ans)\b", plain
        )
    }
    found |= {
        f"{n}{unit[0]}" for unit, n in re.findall(r"\b(hour|day|week|month|year|jour|semaine|mois)\s+(\d+)\b", plain)
    }
    return frozenset(found)


def _stem(word: str) -> str:
    return word[:-1] if word.endswith("s") and len(word) > 4 and not word.endswith("ss") else word


def analysis_of(
    bundle: Bundle, numbers: Sequence[Candidate], analyses: Mapping[str, Analysis], claims: Sequence[Claim]
) -> str:
    """The analysis a result is about: by its numbers where claims print them already, else by measure and words.

    Empty when none fits, or two fit alike.
    """
    by_number = {
        a: sum(1 for n in numbers for c in claims if c.analysis == a and n.quantity == c.quantity and prints(c, n))
        for a in analyses
    }
    best = max(by_number.values(), default=0)
    leaders = [a for a, score in by_number.items() if score == best]
    if best >= 2 and len(leaders) == 1:
        return leaders[0]
    scores = _scores(bundle, analyses)
    ranked = sorted(scores, key=lambda a: -scores[a])
    if not ranked or scores[ranked[0]] < _ENOUGH:
        return ""
    second = scores[ranked[1]] if len(ranked) > 1 else -math.inf
    return ranked[0] if scores[ranked[0]] - second >= _MARGIN else ""


def _scores(bundle: Bundle, analyses: Mapping[str, Analysis]) -> dict[str, float]:
    """Words in common, each worth less the more analyses have it; a measure that differs rules an analysis out."""
    words = {
        a: words_of(f"{x.title} {a.replace('-', ' ')} {' '.join(map(str, x.select.values()))}")
        for a, x in analyses.items()
    }
    near, far = words_of(bundle.near), words_of(bundle.context)
    scores = {}
    for a, x in analyses.items():
        if bundle.measure and x.measures and not _fits(bundle.measure, x.measures):
            scores[a] = -math.inf
            continue
        weight = {w: 1 / sum(w in other for other in words.values()) for w in words[a]}
        score = sum(weight[w] * (1.5 if w in near else 0.75 if w in far else 0.0) for w in words[a])
        scores[a] = score + 0.5 * (bundle.measure in x.measures)
    return scores


def _fits(measure: str, stated: Sequence[str]) -> bool:
    """Whether a measure can be the stated one: a ratio of some kind may be called a ratio as given."""
    return (
        measure in stated
        or ("GEN-LOG" in stated and measure in _RATIOS)
        or ("GEN" in stated and measure not in _RATIOS)
        or (measure == "GEN-LOG" and bool(_RATIOS & set(stated)))
    )


def prints(claim: Claim, candidate: Candidate) -> bool:
    """Whether a claim prints the same number with the same digits."""
    ours, theirs = number(candidate.printed), number(claim.printed)
    return ours is not None and theirs is not None and same_number(ours, theirs)


def claimed_by(candidate: Candidate, analysis: str, claims: Sequence[Claim]) -> str:
    """The claim that prints this number already, under this quantity or one it may have been typed under; empty if none does."""
    for claim in claims:
        if claim.quantity == "text" or not prints(claim, candidate):
            continue
        alike = claim.quantity == candidate.quantity or any(
            claim.quantity in group and candidate.quantity in group for group in _ALIKE
        )
        if alike and (not analysis or not claim.analysis or claim.analysis == analysis):
            return claim.id
    return ""


def number(text: str) -> Printed | None:
    """A printed number, or None when the text is none."""
    try:
        return parse_printed(text)
    except PrintedError:
        return None
