"""Rows made up for a search."""

import numpy as np
import pytest

from metaudit.effects.convert import convert
from metaudit.formats.review import Analysis
from metaudit.formats.tables import Row
from metaudit.printed import parse_printed


def rows_from(studies):
    """Converted rows from dictionaries of texts; ``study`` and what is no number stay text."""
    out = []
    for line, cells in enumerate(studies, start=2):
        texts = {"study": f"Study {line - 1}", **{n: str(v) for n, v in cells.items()}}
        words = ("study", "group")
        numbers = {n: parse_printed(t) for n, t in texts.items() if n not in words and t[:1] not in "–n"}
        out.append(convert(Row(line, texts, numbers)))
    return out


@pytest.fixture(scope="session")
def make_rows():
    return rows_from


@pytest.fixture(scope="session")
def plain():
    return Analysis("made", "Made up", {})


@pytest.fixture(scope="session")
def random_counts():
    """Counts of k two-arm trials, some cells of which are empty when events are rare."""

    def draw(rng, *, k, rate=0.2):
        n = rng.integers(20, 200, (k, 2))
        risk = rng.beta(2, 2 / rate - 2, k)
        events = rng.binomial(n, np.column_stack([np.clip(risk * np.exp(rng.normal(-0.3, 0.4, k)), 0, 0.9), risk]))
        return [{"events_t": events[i, 0], "n_t": n[i, 0], "events_c": events[i, 1], "n_c": n[i, 1]} for i in range(k)]

    return draw
