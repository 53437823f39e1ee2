"""The estimators of the between-study variance by their codes, in both stopping modes."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.special import chdtri

from metaudit.effects.zero_cells import Floats
from metaudit.errors import DataError
from metaudit.pooling.stopping import metafor_q_root, metafor_scoring
from metaudit.pooling.tau2_closed import (
    dersimonian_laird,
    general_moments,
    hedges,
    hunter_schmidt,
    hunter_schmidt_corrected,
    sidik_jonkman,
    two_step_dl,
    two_step_he,
)
from metaudit.pooling.tau2_likelihood import (
    likelihood_maximum,
    log_likelihood,
    paule_mandel,
    paule_mandel_median,
    q_root,
    score,
)

__all__ = [
    "ESTIMATORS", "NEEDS_WEIGHTS", "RARE", "STOPPING", "estimate_tau2", "likelihood_maximum", "log_likelihood", "q_root", "score"
]  # fmt: skip

Estimator = Callable[[Floats, Floats, Floats], float]

ESTIMATORS: dict[str, Estimator] = {
    "FE": lambda yi, vi, x: 0.0,
    "DL": dersimonian_laird,
    "HE": hedges,
    "HS": hunter_schmidt,
    "HSk": hunter_schmidt_corrected,
    "SJ": sidik_jonkman,
    "PM": paule_mandel,
    "EB": paule_mandel,
    "ML": lambda yi, vi, x: likelihood_maximum(yi, vi, x, restricted=False),
    "REML": lambda yi, vi, x: likelihood_maximum(yi, vi, x, restricted=True),
    "DL2": two_step_dl,
    "PM2": two_step_he,
}
RARE: dict[str, Estimator] = {"PMM": paule_mandel_median}  # metafor has it and hardly any publication
NEEDS_WEIGHTS = ("GENQ",)
STOPPING = ("exact", "metafor")

_AS_METAFOR_STOPS: dict[str, Estimator] = {
    "PM": lambda yi, vi, x: metafor_q_root(yi, vi, x, float(x.shape[0] - x.shape[1])),
    "PMM": lambda yi, vi, x: metafor_q_root(yi, vi, x, float(chdtri(x.shape[0] - x.shape[1], 0.5))),
    "ML": lambda yi, vi, x: metafor_scoring(yi, vi, x, method="ML"),
    "REML": lambda yi, vi, x: metafor_scoring(yi, vi, x, method="REML"),
    "EB": lambda yi, vi, x: metafor_scoring(yi, vi, x, method="EB"),
}


def estimate_tau2(
    method: str, yi: Floats, vi: Floats, x: Floats, *, stopping: str = "exact", weights: Floats | None = None
) -> float:
    """The tau2 of one data set, truncated at 0; 0 when there is no residual degree of freedom.

    Parameters
    ----------
    method : key of ``ESTIMATORS`` or ``RARE``, or ``GENQ``
    yi, vi : shape ``(k,)``
    x : design, shape ``(k, p)``
    stopping : ``exact`` finds the root or maximum itself; ``metafor`` stops where metafor 3.8-1 does by default (ML,
        REML, EB, PM, PMM; the others have a closed form)
    weights : shape ``(k,)``, for GENQ

    Raises
    ------
    DataError
        for an unknown method or stopping mode, GENQ without weights, and where metafor itself finds no value.
    """
    if stopping not in STOPPING:
        raise DataError(f"stopping {stopping!r} is not known; known are {', '.join(STOPPING)}")
    if method not in (*ESTIMATORS, *RARE, *NEEDS_WEIGHTS):
        raise DataError(f"tau2 {method!r} is not known; known are {', '.join([*ESTIMATORS, *RARE, *NEEDS_WEIGHTS])}")
    if method in NEEDS_WEIGHTS and weights is None:
        raise DataError("GENQ, the general method of moments, needs a weight for every study")
    if x.shape[0] <= x.shape[1]:
        return 0.0
    if method in NEEDS_WEIGHTS:
        return max(0.0, general_moments(yi, vi, x, np.asarray(weights, dtype=float)))
    known = {**ESTIMATORS, **RARE, **(_AS_METAFOR_STOPS if stopping == "metafor" else {})}
    return max(0.0, known[method](yi, vi, x))
