"""The words of RevMan Web's tables, in the code's terms."""

from __future__ import annotations

import re

KINDS = {
    "dichotomous": "counts", "continuous": "means", "contrast level": "generic", "generic inverse variance": "generic", "inverse variance": "generic",
    "o-e and variance": "o-e", "other data": "text", "other": "text", "text": "text",
}  # fmt: skip
MODELS = {"fixed": False, "commo": False, "rando": True}
_ARMS = {"events_t": "experimental cases", "n_t": "experimental n", "events_c": "control cases", "n_c": "control n"}
ROWS = {
    "counts": _ARMS,
    "means": {
        "mean_t": "experimental mean", "sd_t": "experimental sd", "n_t": "experimental n",
        "mean_c": "control mean", "sd_c": "control sd", "n_c": "control n",
    },
    "generic": {"effect": "giv mean", "se": "giv se", "n_t": "experimental n", "n_c": "control n"},
    "o-e": {"o_e": "o-e", "variance": "variance", **_ARMS},
}  # fmt: skip


def pooling_of(text: str, measure: str) -> str:
    """``MH``, ``IV``, ``PETO``, ``O-E`` or empty, from RevMan's words for its statistical methods."""
    plain = re.sub(r"[^a-z]", "", text.lower())
    if "oe" in plain and "var" in plain:
        return "O-E"
    if plain.startswith("peto") or (measure.lower().startswith("peto") and not plain):
        return "PETO"
    if plain in ("mh", "mantelhaenszel", "mantelhaenzel"):
        return "MH"
    return "IV" if plain in ("iv", "inversevariance", "inverse") else ""


def tau2_of(text: str) -> str:
    """The estimator of tau² that RevMan names; empty for one that is not known."""
    plain = re.sub(r"[^a-z]", "", text.lower())
    if "reml" in plain or "restricted" in plain:
        return "REML"
    return "DL" if plain == "dl" or "dersimonian" in plain else ""


def interval_of(text: str) -> str:
    """The interval of the pooled effect that RevMan names; empty for one that is not known."""
    plain = re.sub(r"[^a-z]", "", text.lower())
    if "hksj" in plain or "hartung" in plain or "knapp" in plain or plain == "hk":
        return "hksj"
    return "wald" if "wald" in plain else ""


def applies_to(text: str) -> str:
    """Which results a line belongs to: ``both``, ``subgroup``, ``overall`` or ``none``."""
    plain = text.strip().upper()
    if not plain:
        return "both"
    sub, overall = "SUBGROUP" in plain, "OVERALL" in plain
    return "both" if sub and overall else "subgroup" if sub else "overall" if overall else "none"
