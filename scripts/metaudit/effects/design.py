"""Clusters, crossovers, changes, and arms put together or split: what a trial's design does to its numbers.

Sources: Cochrane Handbook for Systematic Reviews of Interventions, version 6: 6.5.2.8 (SD of a change), 6.5.2.10
(combining groups), 23.1.4 (clusters), 23.2.7 (crossovers), 23.3.4 (several arms).
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from metaudit.errors import DataError


def design_effect(cluster_size: float, icc: float) -> float:
    """By how much the clusters inflate the variance: 1 + (m - 1) ICC (Donner and Klar 2000; Handbook 23.1.4).

    Parameters
    ----------
    cluster_size : average number m of people in a cluster, 1 or more
    icc : intracluster correlation, -1 to 1

    Raises
    ------
    DataError
        when the two leave no variance (a negative ICC of large clusters).
    """
    effect = 1 + (cluster_size - 1) * icc
    if not effect > 0:
        raise DataError(
            f"an intracluster correlation of {icc:g} is not possible with clusters of {cluster_size:g}; "
            "it is never below -1/(cluster size - 1)"
        )
    return effect


def sd_of_change(sd_before: float, sd_after: float, r: float) -> float:
    """SD of a change from the SDs before and after and their correlation (Handbook 6.5.2.8)."""
    variance = sd_before**2 + sd_after**2 - 2 * r * sd_before * sd_after
    return math.sqrt(max(variance, 0.0))


def correlation_of_change(sd_before: float, sd_after: float, sd_change: float) -> float:
    """Correlation that three SDs imply (Handbook 6.5.2.8); NaN when an SD is 0, beyond ±1 when they do not go together."""
    product = 2 * sd_before * sd_after
    return (sd_before**2 + sd_after**2 - sd_change**2) / product if product else math.nan


def combine_means(groups: Sequence[tuple[float, float, float]]) -> tuple[float, float, float]:
    """One group of several.

    Parameters
    ----------
    groups : ``(n, mean, sd)`` of each

    Returns
    -------
    ``(n, mean, sd)`` of all people together; for two groups the formula of Handbook 6.5.2.10, for more the same sum
    of squares within and between.
    """
    n = math.fsum(g[0] for g in groups)
    mean = math.fsum(g[0] * g[1] for g in groups) / n
    within = math.fsum((g[0] - 1) * g[2] ** 2 for g in groups)
    between = math.fsum(g[0] * (g[1] - mean) ** 2 for g in groups)
    return n, mean, math.sqrt((within + between) / (n - 1)) if n > 1 else math.nan
