"""Claims as a search over many specifications sees them."""

from __future__ import annotations

import re
from collections.abc import Sequence

from metaudit.audit.beside import BESIDE
from metaudit.audit.coefficients import EXPONENTIATED, OF_TERM
from metaudit.audit.scale import natural_window, on_analysis_scale, printed_of, quantity_asked
from metaudit.formats.review import Analysis, Claim
from metaudit.formats.stated import parse_override
from metaudit.measures import measure_of
from metaudit.search.targets import Target

# What stands in the arrays of many evaluated specifications; everything else is answered one specification at a time.
ARRAYED = frozenset(
    "estimate ci_low ci_high se z p q q_df q_p i2 h2 tau2 tau k pi_low pi_high weight study_estimate study_ci_low "
    "study_ci_high study_se study_variance subgroup_q subgroup_p".split()
)
# What the arrays of a meta-regression hold beside that; a coefficient's subject is its term.
REGRESSED = frozenset("coef coef_se coef_p qm qm_p r2".split())
_OF_TERM = frozenset("coef coef_se coef_p".split())
# What each effect of a coefficient is called among the numbers of its term that are on the natural scale.
_RATIOS = {"coef": "estimate", "ci_low": "ci_low", "ci_high": "ci_high"}
# What one tau2 for all subgroups moves; Q, its degrees of freedom and the number of studies are the subgroup's own either way.
_OF_SUBGROUPS = frozenset(
    "estimate ci_low ci_high se z p tau2 tau tau2_low tau2_high se_tau2 i2 i2_low i2_high h2 pi_low pi_high".split()
)
_OF_TEST = frozenset(("subgroup_q", "subgroup_p", "subgroup_i2"))
SUBGROUP_TAU2 = "subgroup_tau2"
_OF_ONE_STUDY = frozenset("weight study_estimate study_ci_low study_ci_high study_se study_variance".split())
# A search by-product: it only breaks ties.
_LIGHT = 0.01


def targets(claims: Sequence[Claim], analysis: Analysis) -> list[Target]:
    """The claims that arrays can answer, with the interval each printed number stands for."""
    out = []
    for claim in claims:
        target = target_of(claim, analysis)
        if target is not None:
            out.append(target)
    return out


def target_of(claim: Claim, analysis: Analysis) -> Target | None:
    """One claim as a target; None for words and for quantities that arrays do not hold."""
    printed, asked = printed_of(claim), quantity_asked(claim)
    if printed is None or asked not in (ARRAYED | REGRESSED if analysis.moderators else ARRAYED):
        return None
    if claim.subject in ("within", "between") or (claim.subject and asked in ("subgroup_q", "subgroup_p")):
        return None
    if asked == "weight" and (not claim.subject or _of_subgroup(claim.subject, analysis)):
        return None  # a sum of weights, which arrays do not hold
    if of_subgroups(claim, asked, analysis) and stated_subgroup_tau2(claim, analysis) == "common":
        return None  # arrays give each subgroup a tau2 of its own
    subject, natural = claim.subject, not on_analysis_scale(claim)
    if _about_term(asked, subject, analysis):
        subject, natural = _without_prefix(subject), False
        if claim.scale in EXPONENTIATED and asked in _RATIOS:
            scales = {measure_of(m).scale for m in analysis.measures}
            if not scales or not scales <= {"log", "natural"}:
                return None  # exp(b) of a logit is a ratio, of which arrays would make a probability
            asked, natural = _RATIOS[asked], True
    elif subject and asked not in _OF_ONE_STUDY:
        column, sign, level = subject.partition("=")
        if not analysis.subgroups or (sign and not _same_column(column, analysis.subgroups)):
            return None
        subject = level.strip() if sign else subject
    free = claim.rounding == "" and printed.relation == "="
    return Target(
        name=claim.id,
        quantity=asked,
        subject=subject,
        window=natural_window(claim, printed, rounding=claim.rounding or "nearest"),
        cut=natural_window(claim, printed, rounding="truncated") if free else None,
        natural=natural,
        weight=_LIGHT if claim.quantity in BESIDE else 1.0,
    )


def _about_term(asked: str, subject: str, analysis: Analysis) -> bool:
    """Whether a number may be one of a coefficient; predictions are in no array, nor is a term that is called like them."""
    if asked in _OF_TERM or not (analysis.moderators and subject and asked in OF_TERM):
        return asked in _OF_TERM
    return not analysis.subgroups


def of_subgroups(claim: Claim, asked: str, analysis: Analysis) -> bool:
    """Whether a number depends on the tau2 of subgroups: one of a subgroup's mean or tau2, or of the test between them."""
    if not analysis.subgroups or claim.subject == "within":
        return False
    of_test = asked in _OF_TEST or (asked == "q" and claim.subject == "between")
    return of_test or (bool(claim.subject) and asked in _OF_SUBGROUPS)


def stated_subgroup_tau2(claim: Claim, analysis: Analysis) -> str:
    """What is stated of the tau2 of subgroups for a claim; empty where nothing is."""
    own = parse_override(claim.method)[0] if claim.method else {}
    return str(own.get(SUBGROUP_TAU2, analysis.method.get(SUBGROUP_TAU2, "")))


def _of_subgroup(subject: str, analysis: Analysis) -> bool:
    column, sign, _ = subject.partition("=")
    return bool(sign and analysis.subgroups) and _same_column(column, analysis.subgroups)


def _same_column(a: str, b: str) -> bool:
    return _without_prefix(a) == _without_prefix(b)


def _without_prefix(column: str) -> str:
    return re.sub(r"^x_", "", column.strip())
