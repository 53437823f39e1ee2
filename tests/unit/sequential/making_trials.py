"""Made-up trials as effects."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from metaudit.effects.compute import Effects, compute_effects
from metaudit.effects.convert import convert
from metaudit.effects.frame import rows_of_frame

Counts = Sequence[tuple[int, int, int, int]]
COUNTS: Counts = [(12, 100, 25, 100), (8, 150, 20, 150), (30, 400, 50, 400), (0, 40, 3, 40), (60, 700, 85, 700)]


def trials(counts: Counts = COUNTS, measure: str = "RR", **choices: Any) -> Effects:
    """Effects of trials given as events and participants of the treatment arm, then of the control arm."""
    rows = [
        {"study": f"T{i}", "events_t": a, "n_t": n, "events_c": c, "n_c": m} for i, (a, n, c, m) in enumerate(counts, 1)
    ]
    return compute_effects([convert(r) for r in rows_of_frame(pd.DataFrame(rows))], measure, **choices)


def generic(y: Sequence[float], v: Sequence[float]) -> Effects:
    """Effects without participants."""
    frame = pd.DataFrame({"study": [f"T{i}" for i in range(len(y))], "effect": y, "variance": v})
    return compute_effects([convert(r) for r in rows_of_frame(frame)], "GEN")
