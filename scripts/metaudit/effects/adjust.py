"""Clusters and crossovers of the studies of an analysis: effective numbers of people, paired variances."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from metaudit.effects import means
from metaudit.effects.convert import Converted
from metaudit.effects.design import design_effect
from metaudit.effects.zero_cells import Floats

DESIGNS = ("adjust", "ignore")
# Numbers that a design effect divides: people and events alike, so that risks and rates stay (Handbook 23.1.4).
_COUNTED = ("n_t", "n_c", "n", "events_t", "events_c", "events", "time_t", "time_c", "n_pairs")


def clustered(studies: Sequence[Converted], cells: dict[str, Floats]) -> list[str]:
    """Divide numbers of people and events by the design effect, where a study reports what it takes.

    Parameters
    ----------
    studies : the studies
    cells : their numbers, each of shape ``(k,)``; changed in place

    Returns
    -------
    For each study, what was done, in words; empty where nothing was.

    Raises
    ------
    DataError
        when a reported intracluster correlation is not possible.
    """
    words = [""] * len(studies)
    for i, study in enumerate(studies):
        size, icc = study.get("cluster_size"), study.get("icc")
        if math.isnan(size) and math.isnan(icc):
            continue
        if math.isnan(size) or math.isnan(icc):
            words[i] = f"not adjusted for clusters: {'cluster_size' if math.isnan(size) else 'icc'} is not reported"
            continue
        effect = design_effect(size, icc)
        told = []
        for name in _COUNTED:
            if name in cells and not math.isnan(cells[name][i]):
                told.append(f"{name} {cells[name][i]:g} -> {cells[name][i] / effect:.6g}")
                cells[name][i] /= effect
        words[i] = f"design effect 1 + ({size:g} - 1) × {icc:g} = {effect:.6g}: {', '.join(told)}"
    return words


def crossovers(code: str, studies: Sequence[Converted], yi: Floats, vi: Floats, variance: str) -> list[str]:
    """Paired variance in place of that of two independent groups, for MD and SMD (Cochrane Handbook 23.2.7).

    Parameters
    ----------
    code : the measure
    studies : the studies
    yi, vi : their effects, shape ``(k,)``; changed in place where a study has ``n_pairs`` and the SD of its
        differences, reported or converted
    variance : the variant asked for; a crossover's SMD knows LS and LS2

    Returns
    -------
    For each study, what was done, in words; empty where nothing was.
    """
    words = [""] * len(studies)
    if code not in ("MD", "SMD"):
        return words
    for i, study in enumerate(studies):
        n, sd, r = (study.get(c) for c in ("n_pairs", "sd_change", "r_pre_post"))
        if code == "MD" and n >= 2 and not math.isnan(sd):
            vi[i] = sd**2 / n
            words[i] = f"paired: variance = sd_change² / n_pairs = {sd:.6g}² / {n:g}"
        elif code == "SMD" and n >= 3 and not math.isnan(r):
            m1, s1, m2, s2 = (np.array(study.get(c)) for c in ("mean_t", "sd_t", "mean_c", "sd_c"))
            if np.isfinite(m1 + s1 + m2 + s2):
                y, v = means.crossover_smd(m1, s1, m2, s2, np.array(r), np.array(n), variance)
                yi[i], vi[i] = float(y), float(v)
                words[i] = f"paired: {n:g} pairs with correlation {r:.6g}, SD the root mean square of both"
    return words
