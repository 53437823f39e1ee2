"""Measure the search over specifications: a whole space on one analysis, and ten specifications on a corpus.

The corpus is generated from a seed: 8,500 analyses whose number of studies follows a shifted geometric distribution between 2
and 60 (most reviews pool few studies), three in four with counts (rare events, so that cells are empty), the others with means.
Each prints its estimate, interval, I2, Q and the effect and interval of every study, two decimals each.

    python benchmarks/measure_search.py
"""

from __future__ import annotations

import os
import time

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np

from metaudit.effects.convert import Converted, convert
from metaudit.formats.review import Analysis
from metaudit.formats.tables import Row
from metaudit.printed import parse_printed
from metaudit.search.batch import evaluate_specs
from metaudit.search.corpus import Question, answer, match_many
from metaudit.search.many import Problem, evaluate_many
from metaudit.search.match import to_natural
from metaudit.search.targets import Target
from metaudit.search.universe import universe
from metaudit.specs import Spec

SEED = 20250101
ANALYSES, LARGEST = 8500, 60
ANALYSIS = Analysis("made", "Made up", {})
COUNT_SPECS = (
    *(Spec("RR", tau2=t) for t in ("DL", "REML", "PM")), Spec("RR", model="mantel-haenszel"), Spec("RR", model="common"),
    Spec("OR"), Spec("OR", model="mantel-haenszel"), Spec("OR", model="peto"), Spec("RD"), Spec("RR", ci="hksj"),
)  # fmt: skip
MEAN_SPECS = (
    *(Spec("MD", tau2=t) for t in ("DL", "REML", "PM")), Spec("MD", model="common"), Spec("MD", ci="hksj"), Spec("SMD"),
    Spec("SMD", tau2="REML"), Spec("SMD", model="common"), Spec("SMD", variance="revman"), Spec("SMD", ci="hksj"),
)  # fmt: skip


def study(i: int, cells: dict[str, float]) -> Converted:
    """A made-up row."""
    texts = {"study": f"Study {i + 1}", **{n: format(v, "g") for n, v in cells.items()}}
    return convert(Row(i + 2, texts, {n: parse_printed(t) for n, t in texts.items() if n != "study"}))


def with_printed(row: Converted, printed: dict[str, str]) -> Converted:
    """The row with what a forest plot prints for it."""
    numbers = {n: parse_printed(t) for n, t in printed.items()}
    return convert(Row(row.row.line, {**row.row.cells, **printed}, {**row.row.numbers, **numbers}))


def made(rng: np.random.Generator, *, k: int, counts: bool) -> list[Converted]:
    """The rows of one analysis."""
    n = np.exp(rng.normal(4.2, 0.8, (k, 2))).astype(int) + 8
    if not counts:
        d, mean = rng.normal(0.3, 0.5, k), rng.normal(20, 2, k)
        sd = np.round(rng.uniform(3, 6, (k, 2)), 1)
        return [
            study(i, {"mean_t": round(mean[i] + 4 * d[i], 1), "sd_t": sd[i, 0], "n_t": n[i, 0],
                      "mean_c": round(mean[i], 1), "sd_c": sd[i, 1], "n_c": n[i, 1]})
            for i in range(k)
        ]  # fmt: skip
    risk = rng.beta(1, 8, k)
    treated = np.clip(risk * np.exp(rng.normal(-0.2, 0.4, k)), 0, 0.95)
    events = rng.binomial(n, np.column_stack([treated, risk]))
    return [
        study(i, {"events_t": events[i, 0], "n_t": n[i, 0], "events_c": events[i, 1], "n_c": n[i, 1]}) for i in range(k)
    ]


def corpus(rng: np.random.Generator, number: int) -> list[Problem]:
    """Analyses without printed numbers."""
    sizes = np.minimum(1 + rng.geometric(0.14, number), LARGEST)
    kinds = rng.random(number) < 0.75
    return [
        Problem(made(rng, k=int(k), counts=bool(c)), ANALYSIS, COUNT_SPECS if c else MEAN_SPECS)
        for k, c in zip(sizes, kinds, strict=True)
    ]


def printed(problem: Problem, rng: np.random.Generator) -> Question:
    """The same analysis with what one of its specifications, drawn at random, prints."""
    results = evaluate_specs(problem.specs, problem.rows, problem.analysis)
    usable = np.flatnonzero(np.isfinite(results.values["estimate"]))
    i = int(rng.choice(usable)) if usable.size else 0
    targets = []
    for name in ("estimate", "ci_low", "ci_high", "q", "i2"):
        value = results.values[name]
        value = to_natural(value, results) if name in ("estimate", "ci_low", "ci_high") else value
        if np.isfinite(value[i]):
            targets.append(Target(name, name, "", parse_printed(f"{value[i]:.2f}").interval()))
    ratio = problem.specs[i].measure in ("RR", "OR")
    back = np.exp if ratio else np.asarray
    y, half = results.yi[i], 1.959963984540054 * np.sqrt(results.vi[i])
    rows = [
        with_printed(r, {"printed_effect": f"{e:.2f}", "printed_ci_low": f"{a:.2f}", "printed_ci_high": f"{b:.2f}"})
        if np.isfinite(e) else r
        for r, e, a, b in zip(problem.rows, back(y), back(y - half), back(y + half), strict=True)
    ]  # fmt: skip
    return Question(Problem(rows, problem.analysis, problem.specs), targets)


def whole_space(rng: np.random.Generator) -> tuple[int, float]:
    """Number of specifications and seconds for the space of counts with an empty cell, 20 studies."""
    rows = made(rng, k=20, counts=True)
    specs = universe(("RR", "OR", "RD"), any_zero=True, k=20).specs
    evaluate_specs(specs[:50], rows, ANALYSIS)
    start = time.process_time()
    evaluate_specs(specs, rows, ANALYSIS)
    return len(specs), time.process_time() - start


def main() -> None:
    """Print the measured seconds as a page."""
    rng = np.random.default_rng(SEED)
    number, seconds = whole_space(rng)
    print(f"Processor seconds of one process on one thread, seed {SEED}:")
    print("\n| what | size | seconds |\n|---|---|---|")
    print(f"| every specification on 20 studies | {number} specifications | {seconds:.2f} |")
    questions = [printed(p, rng) for p in corpus(rng, ANALYSES)]
    start = time.process_time()
    results = evaluate_many([q.problem for q in questions])
    evaluated = time.process_time()
    matched = match_many(questions, results)
    pooled = time.process_time()
    answers = [answer(q, r, matched=m) for q, r, m in zip(questions, results, matched, strict=True)]
    done = time.process_time()
    studies = sum(len(q.problem.rows) for q in questions)
    print(
        f"| evaluation of the corpus | {ANALYSES} analyses, {studies} studies, 10 specifications each | {evaluated - start:.1f} |"
    )
    print(f"| matching of pooled numbers | the same | {pooled - evaluated:.1f} |")
    print(f"| ranking, specificity and row matching | the same | {done - pooled:.1f} |")
    print(f"| the corpus altogether | the same | {done - start:.1f} |")
    whole = sum(a.best is not None and not a.best.missed for a in answers)
    rows = sum(bool(a.rows.joint) for a in answers)
    print(f"\nAll pooled numbers are explained in {whole} analyses, all studies by one way in {rows}.")


if __name__ == "__main__":
    main()
