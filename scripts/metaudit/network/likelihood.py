"""The likelihood of a network."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from metaudit.effects.zero_cells import Floats
from metaudit.network.evidence import Evidence, Study
from metaudit.network.fit import Network
from metaudit.network.rows import Rows
from metaudit.pooling.tau2 import log_likelihood as likelihood


def log_likelihood(network: Network, *, restricted: bool, baseline: str = "") -> float:
    """Log-likelihood of the contrasts with one arm of each study, at the fitted tau², with its constants as in metafor.

    The restricted likelihood has the constant log|X'X|/2, X being the design of basic parameters. In networks with
    multi-arm studies it depends on which arm the contrasts are with.

    Parameters
    ----------
    network : fitted
    restricted : whether of the residuals (REML)
    baseline : treatment that contrasts are with where a study has it; elsewhere, and when empty, its first in order
    """
    rows = network.rows
    arms = sum(
        math.log(len(s.treatments)) for s in network.evidence.studies
    )  # |DD'| of contrasts with one of m arms is m
    at = np.array([network.tau2 / 2])
    found = float(likelihood(rows.yi, rows.vi, rows.design, at, restricted=restricted)[0]) - arms / 2
    if not restricted:
        return found
    return found + design_constant(network.evidence, rows, baseline=baseline)


def design_constant(evidence: Evidence, rows: Rows, *, baseline: str) -> float:
    """What log|X'X|/2 of basic contrasts has more than that of orthonormal ones."""
    with_arm = np.vstack([_with_one_arm(s, rows.treatments, baseline) for s in evidence.studies])[:, 1:]
    return (_log_det(with_arm) - _log_det(rows.design) + math.log(len(rows.treatments))) / 2


def _with_one_arm(study: Study, treatments: Sequence[str], baseline: str) -> Floats:
    """Coefficients of the contrasts of a study's arms with one of them, shape ``(m - 1, n)``."""
    chosen = baseline if baseline in study.treatments else study.design[0]
    others = [t for t in study.design if t != chosen]
    out = np.zeros((len(others), len(treatments)))
    out[:, treatments.index(chosen)] = -1.0
    for row, t in enumerate(others):
        out[row, treatments.index(t)] = 1.0
    return out


def _log_det(x: Floats) -> float:
    return float(np.linalg.slogdet(x.T @ x)[1])
