"""What each check compares, and how much it says that a number is reached."""

from __future__ import annotations

import math
from typing import Any

from metaudit.audit_words.texts import HERE, catalogue

# A match is a fingerprint when few of the other results of the searched space would print the same.
STRONG, WEAK = 0.01, 0.1
FEW_RESULTS = 20


def criterion_words(criterion: str) -> str:
    """What a check compares, in one sentence; empty for a check without a description."""
    return str(catalogue(HERE / "criteria.yaml").get(criterion, {}).get("what", ""))


def criterion_formula(criterion: str) -> str:
    """What ties printed numbers together, for a check between them; empty for one that re-derives."""
    return str(catalogue(HERE / "criteria.yaml").get(criterion, {}).get("formula", ""))


def implied_by(criterion: str) -> str:
    """Which printed numbers a check works its value out from; empty where the value comes from data or there is none."""
    return str(catalogue(HERE / "criteria.yaml").get(criterion, {}).get("implied_by", ""))


def specificity_words(share: Any, searched: int | None) -> str:
    """How much a match says: how many results of the searched space would print as the same number.

    Parameters
    ----------
    share : share (0 to 1) of the distinct results that print as the number; None or NaN when nothing was searched
    searched : number of distinct results; None when nothing was searched

    Returns
    -------
    Such as ``5 of the 212 distinct results of the searched space print as this number: a fair fingerprint``; empty
    without a search. From ``STRONG`` (1 %) down a match is a strong fingerprint, from ``WEAK`` (10 %) up a weak one.
    """
    try:
        value = float(share)
    except (TypeError, ValueError):
        return ""
    if math.isnan(value):
        return ""
    if not searched and value == 0:
        return "none of the choices left open prints as this number"
    if not searched:
        return f"{100 * value:.3g} % of the choices left open print as this number"
    alike = round(value * searched)
    if searched == 1:
        return "the searched space has a single result, so that a match says nothing about the method"
    of = f"of the {grouped(searched)} distinct results of the searched space"
    if alike == 0:
        return f"none {of} prints as this number"
    verb = "prints" if alike == 1 else "print"
    return f"{grouped(alike)} {of} {verb} as this number: {fingerprint(value, searched)}"


def fingerprint(share: float, searched: int) -> str:
    """How telling a match is."""
    if searched < FEW_RESULTS:
        return "too few results to tell methods apart"
    if share <= max(STRONG, 1 / searched):
        return "a strong fingerprint"
    return "a weak fingerprint" if share >= WEAK else "a fair fingerprint"


def grouped(n: int) -> str:
    """A whole number with its thousands set off: ``12 345``."""
    return f"{n:,}".replace(",", " ")
