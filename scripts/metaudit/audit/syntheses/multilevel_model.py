"""What a model of dependent effects depends on, and how its coefficients are judged."""

from __future__ import annotations

from dataclasses import dataclass

from metaudit.audit.syntheses.study_effects import StudyEffects

TESTS = {
    "normal": "normal distribution", "residual": "t with effects less coefficients", "clusters": "t with clusters less coefficients",
    "satterthwaite": "t with Satterthwaite's degrees of freedom",
}  # fmt: skip
"""Distributions that intervals and P values may come from."""
LEVELS = {1: "effects as if independent", 2: "variance between clusters only", 3: "three levels"}


@dataclass(frozen=True)
class Model:
    """What a fit depends on.

    Attributes
    ----------
    way : the effects
    clusters : label of the cluster of each effect
    levels : 3: variance between and within clusters; 2: between alone; 1: of single effects, as if independent
    rho : correlation of the sampling errors inside a cluster
    method : ``REML`` or ``ML``
    without : label of a cluster that is left out; empty for none
    """

    way: StudyEffects
    clusters: tuple[str, ...]
    levels: int
    rho: float
    method: str
    without: str = ""


@dataclass(frozen=True)
class Inference:
    """How a coefficient is judged: kind of robust variance (``none`` without), the distribution of its test, the level."""

    robust: str
    test: str
    level: float
