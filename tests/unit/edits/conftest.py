"""Tables made up for edits, what is printed of them, and the search for what was changed."""

from dataclasses import replace

import numpy as np
import pytest

from metaudit.edits import Change
from metaudit.edits.search import Problem
from metaudit.effects.convert import convert
from metaudit.evaluate import evaluate
from metaudit.formats.review import Analysis
from metaudit.formats.tables import Row
from metaudit.measures import measure_of
from metaudit.printed import parse_printed
from metaudit.search.targets import Target
from metaudit.specs import parse_spec

WORDS = ("study", "analysis", "outcome", "timepoint", "comparison", "arm", "pm_is", "effect_type")


def rows_from(studies, first=2):
    rows = []
    for line, cells in enumerate(studies, start=first):
        texts = {"study": f"Study {line - 1}", "outcome": "pain", **{n: str(v) for n, v in cells.items()}}
        numbers = {n: parse_printed(t) for n, t in texts.items() if n not in WORDS and not n.startswith("x_")}
        rows.append(Row(line, texts, numbers))
    return rows


def draw_means(rng, k):
    n = rng.integers(12, 90, (k, 2))
    return [
        {
            "mean_t": f"{rng.normal(24, 4):.1f}", "sd_t": f"{rng.uniform(5, 12):.1f}", "n_t": n[i, 0],
            "mean_c": f"{rng.normal(28, 4):.1f}", "sd_c": f"{rng.uniform(5, 12):.1f}", "n_c": n[i, 1],
        }
        for i in range(k)
    ]  # fmt: skip


def draw_counts(rng, k, rate=0.25):
    n = rng.integers(25, 180, (k, 2))
    events = rng.binomial(n, np.clip(rng.beta(2, 2 / rate - 2, (k, 1)) * [0.7, 1.0], 0, 0.9))
    return [{"events_t": events[i, 0], "n_t": n[i, 0], "events_c": events[i, 1], "n_c": n[i, 1]} for i in range(k)]


def draw_ready(rng, k):
    return [{"effect": f"{rng.normal(0.4, 0.3):.2f}", "se": f"{rng.uniform(0.08, 0.4):.3f}"} for i in range(k)]


DRAWN = {
    "SMD | random DL | wald | I2:Q | PI:t-k-2 | 95%": draw_means,
    "MD | random REML | hksj | I2:tau2 | PI:t-k-2 | 95%": draw_means,
    "RR | 0.5@only-zero | random DL | wald | I2:Q | PI:t-k-2 | 95%": draw_counts,
    "OR | 0.5@only-zero | mantel-haenszel | wald | I2:Q | 95%": draw_counts,
    "GEN | random DL | wald | I2:Q | PI:t-k-2 | 95%": draw_ready,
}
POOLED = ("estimate", "ci_low", "ci_high", "q", "i2")


def target(name, quantity, x, digits=2, subject=""):
    window = parse_printed(f"{x:.{digits}f}").interval("nearest")
    return Target(name=name, quantity=quantity, subject=subject, window=window)


def printed_of(spec, rows, quantities=POOLED, *, digits=2, studies=False):
    """What a paper would print of a table: computed by ``evaluate``, one specification and one table at a time."""
    e = evaluate(spec, [convert(r) for r in rows], Analysis("made", "Made up", {}))
    back = measure_of(spec.measure).to_natural
    out = []
    for q in quantities:
        x = e.fit.i2_q if q == "i2" and spec.i2 == "Q" and spec.has_tau2 else getattr(e.fit, q)
        out.append(target(q, q, back(x) if q in ("estimate", "ci_low", "ci_high") else x, digits))
    if studies:
        for i, study in enumerate(e.effects.studies):
            y, half = e.effects.yi[i], 1.959964 * np.sqrt(e.effects.vi[i])
            for q, x in (("study_estimate", y), ("study_ci_low", y - half), ("study_ci_high", y + half)):
                out.append(target(f"{q} {i}", q, back(x), digits, study.label))
            out.append(target(f"weight {i}", "weight", e.fit.weights[i], 1, study.label))
    return tuple(out)


def problem_of(rows, targets, specs, *, everything=(), analysis=None):
    return Problem(
        tuple(convert(r) for r in rows),
        tuple(everything or rows),
        analysis or Analysis("made", "Made up", {}),
        tuple(targets),
        tuple(specs),
    )


def reversed_edit(edit):
    return replace(edit, changes=tuple(Change(c.line, c.column, c.new, c.old) for c in edit.changes))


class Made:
    """The functions above, for tests."""

    rows_from = staticmethod(rows_from)
    target = staticmethod(target)
    printed_of = staticmethod(printed_of)
    problem_of = staticmethod(problem_of)
    reversed_edit = staticmethod(reversed_edit)
    draw_means, draw_counts, draw_ready = staticmethod(draw_means), staticmethod(draw_counts), staticmethod(draw_ready)

    @staticmethod
    def drawn(seed, k=8):
        """(spec, rows) of every kind of data."""
        for i, (text, draw) in enumerate(DRAWN.items()):
            yield parse_spec(text), rows_from(draw(np.random.default_rng([seed, i]), k))


@pytest.fixture(scope="session")
def made():
    return Made
