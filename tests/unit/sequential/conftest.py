"""Simulated trials that are looked at more than once."""

import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

if str(Path(__file__).parent) not in sys.path:
    sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture(scope="session")
def simulated() -> Callable[..., np.ndarray]:
    """z at each look of many trials with a drift, shape (paths, looks)."""

    def make(timing, *, drift, paths=400_000, seed=20260101):
        steps = np.diff(timing, prepend=0.0)
        rng = np.random.default_rng(seed)
        b = np.cumsum(rng.normal(drift * steps, np.sqrt(steps), size=(paths, len(timing))), axis=1)
        return b / np.sqrt(timing)

    return make
