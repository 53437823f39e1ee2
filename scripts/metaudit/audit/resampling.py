"""How far another seed could move a number that comes from random draws."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from metaudit.audit.bundles import Bundle, answer
from metaudit.evaluate import evaluate
from metaudit.formats.review import Claim
from metaudit.specs import Spec

SEEDS = 5
WIDE = 4.0  # standard deviations of the difference of two runs


def resampling_reach(bundle: Bundle, claim: Claim, spec: Spec) -> float:
    """Half-width, on the printed scale, within which two runs of a bootstrap agree; 0 for what is not drawn.

    The standard deviation is that of our own value over ``SEEDS`` other seeds; the paper's number of draws is rarely
    known and often smaller, so this is the least to allow for.
    """
    if spec.pi != "bootstrap" or claim.quantity not in ("pi_low", "pi_high"):
        return 0.0
    values = []
    for i in range(SEEDS):
        settings = replace(bundle.settings, seed=bundle.settings.seed + 1 + i)
        e = evaluate(spec, bundle.rows, bundle.analysis, settings=settings)
        values.append(answer(claim, e, bundle.analysis, bundle.rows).value)
    return WIDE * float(np.sqrt(2) * np.std(values, ddof=1))
