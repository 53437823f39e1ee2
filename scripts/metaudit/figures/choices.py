"""The choices behind a specification and their values, in a few words."""

from __future__ import annotations

from metaudit.figures.wording import CI_METHODS, MODELS

CHOICES = {
    "zero_cells": "Zero cells",
    "variance": "Variance",
    "model": "Model",
    "tau2": "τ²",
    "q": "Q around",
    "counts": "Counts",
    "rd_variance": "RD variance",
    "ci": "Interval",
}
"""The columns of curve.csv that tell specifications apart, in the order of a figure."""

_VALUES = {
    "inverse-variance": "inverse variances",
    "mantel-haenszel": "Mantel\u2013Haenszel",
    "mantel-haenszel-corrected": "M\u2013H, corrected counts",
    "as-they-are": "as they are",
    "LS": "large-sample",
    "UB": "unbiased",
    "AV": "at the average effect",
    "sato": "Sato et al.",
    "greenland-robins": "Greenland\u2013Robins",
    "pooled-sd": "one SD for both groups",
    "hksj-adhoc-se": "Hartung\u2013Knapp, SE ad hoc",
    "hksj-adhoc-ci": "Hartung\u2013Knapp, CI ad hoc",
}
_DROPPED = {"drop": "no 0/0 or n/n", "drop-empty": "no 0/0"}
_ADDED = {"only-zero": "where zero", "if-any-zero": "in all if any zero", "all": "in all"}


def value_label(choice: str, value: str) -> str:
    """Say one value of one choice in a few words."""
    if choice == "zero_cells":
        base, _, dropped = value.partition("+")
        add, _, to = base.partition("@")
        what = {"none": "none added", "tacc": "treatment-arm"}.get(add, add)
        words = f"{what} {_ADDED.get(to, to)}" if to else what
        return f"{words}, {_DROPPED.get(dropped, dropped)}" if dropped else words
    if choice == "model":
        return MODELS.get(value, value)
    return _VALUES.get(value) or (CI_METHODS.get(value, value) if choice == "ci" else value)


def in_sentence(label: str) -> str:
    """The label of a value within a sentence."""
    return label[:1].lower() + label[1:] if label.startswith(("Common", "Random", "Generalised", "Weights")) else label
