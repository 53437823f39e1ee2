"""How often a pooled result that no method gave becomes OTHER_SPEC by chance: the figures of docs/audit.md.

``python benchmarks/measure_chance_matches.py`` takes two minutes of one processor; the same numbers come out every time.
Six trials with 20 to 200 people an arm; the pooled estimate is moved by half a standard error and the width of its interval
by a third (SDs of normal draws, on the analysis scale), then printed with its limits.
"""

import math
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "scripts"), str(ROOT / "tests")]

import numpy as np  # noqa: E402 - after the path to the library
import pandas as pd  # noqa: E402

from making import audited, claim  # noqa: E402
from metaudit import effect_sizes, pool  # noqa: E402

REVIEWS, TRIALS, SEED = 150, 6, 20260101
NAMES = ("estimate", "ci_low", "ci_high")


def trials(rng: np.random.Generator) -> list[dict[str, int]]:
    """Counts of one review's trials."""
    n = rng.integers(20, 200, (TRIALS, 2))
    risk = rng.beta(2, 8, TRIALS)
    treated = np.clip(risk * np.exp(rng.normal(-0.3, 0.3, TRIALS)), 0.0, 0.9)
    events = rng.binomial(n, np.column_stack([treated, risk]))
    return [
        {"events_t": int(e[0]), "n_t": int(m[0]), "events_c": int(e[1]), "n_c": int(m[1])}
        for e, m in zip(events, n, strict=True)
    ]


def made_wrong(rng: np.random.Generator, rows: list[dict[str, int]], measure: str) -> list[float]:
    """An estimate and its limits that no method gave, on the natural scale."""
    es = effect_sizes(pd.DataFrame(rows), measure=measure)
    fit = pool(es.yi, es.vi, tau2="DL")
    middle = fit.estimate + rng.normal(0, 0.5) * fit.se
    half = 1.959963984540054 * fit.se * math.exp(rng.normal(0, 1 / 3))
    values = [middle, middle - half, middle + half]
    return [math.exp(v) for v in values] if measure == "RR" else values


def printed(value: float, measure: str) -> str:
    """Risk ratios with two decimals, risk differences in whole percent."""
    return f"{value:.2f}" if measure == "RR" else f"{100 * value:.0f}%"


def main() -> None:
    """Count the verdicts."""
    for measure in ("RR", "RD"):
        rng, given, warned = np.random.default_rng(SEED), 0, 0
        for _ in range(REVIEWS):
            rows = trials(rng)
            values = made_wrong(rng, rows, measure)
            claims = [claim(name, name, printed(v, measure)) for name, v in zip(NAMES, values, strict=True)]
            studies = [{"study": f"S{i}", "year": 2000 + i} | row for i, row in enumerate(rows)]
            with tempfile.TemporaryDirectory() as folder:
                found = audited(
                    Path(folder) / "made", rows=studies, claims=claims, measure=measure,
                    method={"model": "random", "tau2": "DL", "ci": "wald"},
                )  # fmt: skip
            other = [r for r in found.values() if r.verdict == "OTHER_SPEC"]
            given += len(other) > 0 and all(r.verdict not in {"NEAR", "DIFFERENT"} for r in found.values())
            warned += any("of 100" in r.message or "of 100" in r.formula for r in other)
        print(
            f"{measure}: {given} of {REVIEWS} made-up triples are OTHER_SPEC; {warned} of them say how likely that is"
        )


if __name__ == "__main__":
    main()
