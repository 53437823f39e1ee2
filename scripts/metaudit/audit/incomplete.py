"""Pooled numbers that cannot be judged because some studies' numbers are not public."""

from __future__ import annotations

from metaudit.audit.bundles import Answer, Bundle
from metaudit.audit.names import column_words
from metaudit.audit.verdict import Finding
from metaudit.effects.compute import NEEDS
from metaudit.formats.review import Claim

_OF_ONE_STUDY = {
    "study_estimate", "study_ci_low", "study_ci_high", "study_se", "study_variance", "mean_t", "mean_c", "sd_t", "sd_c",
}  # fmt: skip


def about_one_study(bundle: Bundle, claim: Claim) -> bool:
    """Whether a claim is about one study's own number and so needs no other study."""
    if claim.quantity == "weight":
        return False
    return claim.quantity in _OF_ONE_STUDY or (
        bool(claim.subject) and any(r.label == claim.subject for r in bundle.rows)
    )


def not_used(bundle: Bundle) -> list[tuple[str, str]]:
    """Studies that lack a number the measure needs, with what they lack; those a method leaves out are not among them."""
    if bundle.best is None:
        return []
    effects = bundle.evaluated[bundle.best].effects
    kind = effects.measure.kind
    out = []
    for study, why in effects.incomplete:
        lacking = [n for n in NEEDS[kind] if study.get(n) != study.get(n)]
        if lacking:
            out.append((study.label, ", ".join(column_words(n) for n in lacking)))
        elif kind == "generic" and why.startswith("neither"):
            out.append((study.label, "a standard error, variance or interval"))
    return out


def partial_table(bundle: Bundle, claim: Claim, a: Answer, ours: str) -> Finding | None:
    """NOT_CHECKABLE where the authors pooled studies that are not public; None when the claim needs no other study."""
    if bundle.analysis.data != "partial" or about_one_study(bundle, claim):
        return None
    k = bundle.evaluated[bundle.best].effects.k if bundle.best else len(bundle.rows)
    message = (
        f"Only part of the per-study table of '{bundle.analysis.title}' is public. "
        f"From the {k} studies that are usable ours would be {ours}: {a.ours.how}. Missing: the other studies."
    )
    return Finding(
        "missing data",
        message,
        "NOT_CHECKABLE",
        value=a.value,
        spec=str(bundle.best),
        causes=("per study: the rows that are not public",),
    )


def unusable_rows(bundle: Bundle, claim: Claim, a: Answer, ours: str) -> Finding | None:
    """NOT_CHECKABLE for a number that misses while some rows lack what the measure needs."""
    lacking = not_used(bundle)
    if not lacking or about_one_study(bundle, claim):
        return None
    names = "; ".join(f"{label} ({what})" for label, what in lacking)
    message = f"Printed {claim.printed}; without the studies whose numbers are missing ours is {ours}: {a.ours.how}. Missing: {names}."
    return Finding(
        "missing data",
        message,
        "NOT_CHECKABLE",
        value=a.value,
        spec=str(bundle.best),
        causes=tuple(f"{label}: {what}" for label, what in lacking),
    )
