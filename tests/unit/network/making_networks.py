"""Made-up networks that several tests share."""

from __future__ import annotations

import numpy as np

from metaudit.network.evidence import Evidence
from metaudit.network.from_arms import Arm, evidence_from_arms


def made(seed: int, treatments: int = 5, studies: int = 14, *, tau: float = 0.3, largest: int = 4) -> list[Arm]:
    """Arms of connected made-up trials of events, some with several arms."""
    rng = np.random.default_rng(seed)
    names = [f"drug {chr(65 + i)}" for i in range(treatments)]
    effects = rng.normal(0, 0.6, treatments)
    arms = []
    for s in range(studies):
        m = int(rng.integers(2, min(largest, treatments) + 1))
        chosen = rng.permutation(treatments)[:m]
        if s < treatments - 1:
            chosen = np.array([s + 1, int(rng.integers(0, s + 1))])
        n = rng.integers(40, 200, chosen.size)
        logit = rng.normal(-0.8, 0.4) + effects[chosen] + rng.normal(0, tau / np.sqrt(2), chosen.size)
        events = rng.binomial(n, 1 / (1 + np.exp(-logit)))
        arms += [
            Arm(f"study {s + 1}", names[t], {"events": float(e), "n": float(k)}, len(arms) + 2 + i)
            for i, (t, e, k) in enumerate(zip(chosen, events, n, strict=True))
        ]
    return arms


def network(seed: int, **choices: float) -> Evidence:
    """A network of odds ratios."""
    return evidence_from_arms(made(seed, **choices), "OR")  # type: ignore[arg-type] - whole numbers among the choices
