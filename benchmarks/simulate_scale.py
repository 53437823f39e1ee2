"""A million analyses on paper: shards of several sizes on several numbers of workers, with machines that fail.

A discrete-event simulation of what Snakemake does with `rules/corpus.smk`: one job splits the corpus, the submitting process
hands out one job a shard at a limited rate, a job pays its start-up once and then its analyses one by one, a job whose machine
fails is noticed at the next poll and done again from its beginning, one job summarises. What an analysis, a start-up and the
bookkeeping cost is measured by `benchmarks/measure_corpus.py` (`benchmarks/measured/corpus.json`); how often machines fail
and how long a cluster polls are assumptions, named in ASSUMED and varied in the table.

    python benchmarks/simulate_scale.py [--analyses 1000000]
"""

from __future__ import annotations

import argparse
import heapq
import json
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

MEASURED = Path(__file__).parent / "measured" / "corpus.json"
SEED = 20260101


@dataclass(frozen=True)
class Costs:
    """Seconds unless named otherwise.

    Attributes
    ----------
    analysis, spread : mean and standard deviation of one analysis
    start : start-up of one job (Python, Snakemake's, the library's imports)
    split, summary : of an analysis in the first and in the last job, which are not parallel
    fixed : of these two jobs and of Snakemake itself, however small the corpus
    planning : Snakemake's own work for one job, on the submitting machine
    poll : between two looks at the jobs
    failures : of a machine in an hour of its work
    """

    analysis: float
    spread: float
    start: float
    split: float
    summary: float
    fixed: float
    planning: float
    poll: float = 20.0
    failures: float = 0.01


ASSUMED = {"poll": "a cluster's jobs are looked at every 20 s (docs of the SLURM plugin: 40 s growing; our profile: 10 s)",
           "failures": "one machine in a hundred is lost in an hour (spot machines of the large providers are lost more rarely)"}  # fmt: skip


def shard_costs(costs: Costs, analyses: int, size: int, rng: np.random.Generator) -> np.ndarray:
    """Work of every shard, shape ``(shards,)``; the sum of many analyses, so normal around its mean by the central limit."""
    sizes = np.full(analyses // size, size)
    rest = analyses - int(sizes.sum())
    sizes = np.append(sizes, rest) if rest else sizes
    return costs.start + np.maximum(
        sizes * costs.analysis + np.sqrt(sizes) * costs.spread * rng.standard_normal(sizes.size), 0
    )


@dataclass(frozen=True)
class Outcome:
    """Hours of wall time, core hours paid for, of those lost to failures, and jobs handed out."""

    wall: float
    cores: float
    lost: float
    jobs: int


def simulate(costs: Costs, analyses: int, *, size: int, workers: int, rng: np.random.Generator) -> Outcome:
    """One run: a heap of the moments at which workers become free."""
    work = shard_costs(costs, analyses, size, rng)
    submitted = costs.fixed + costs.split * analyses  # the split ends before the first shard starts
    waiting = list(range(work.size))
    waiting.reverse()
    free = [submitted] * workers
    heapq.heapify(free)
    handed, paid, lost, jobs, done = submitted, 0.0, 0.0, 0, submitted
    while waiting:
        shard = waiting.pop()
        handed += costs.planning  # one submitting process, one job after another
        begin = max(heapq.heappop(free), handed)
        jobs += 1
        failure = rng.exponential(3600 / costs.failures) if costs.failures else np.inf
        if failure < work[shard]:
            seen = begin + failure + costs.poll / 2
            paid += failure
            lost += failure
            heapq.heappush(free, seen)  # another machine takes the place of the lost one
            waiting.append(shard)
            continue
        end = begin + work[shard]
        paid += work[shard]
        done = max(done, end)
        heapq.heappush(free, end + costs.poll / 2 if costs.poll else end)
    last = costs.summary * analyses
    return Outcome((done + costs.poll + last) / 3600, (paid + submitted + last) / 3600, lost / 3600, jobs)


def read_costs(path: Path = MEASURED) -> tuple[Costs, dict[str, float]]:
    """The measured costs, and what else was measured (bytes of an analysis, seconds of the real run)."""
    measured = json.loads(path.read_text(encoding="utf-8"))
    costs = Costs(**{k: measured[k] for k in ("analysis", "spread", "start", "split", "summary", "fixed", "planning")})
    return replace(costs, fixed=costs.fixed + measured["snakemake"]), measured


def main() -> None:
    """Print the check against the real run, and the plan."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--analyses", type=int, default=1_000_000)
    asked = parser.parse_args()
    costs, measured = read_costs()
    rng = np.random.default_rng(SEED)
    n, shards = int(measured["analyses"]), int(measured["shards"])
    local = replace(costs, poll=0.0, failures=0.0)
    again = simulate(local, n, size=-(-n // shards), workers=int(measured["cores"]), rng=rng)
    print(
        f"The measured run ({n:,} analyses, {shards} shards, {int(measured['cores'])} cores): "
        f"{measured['wall']:.0f} s; simulated {again.wall * 3600:.0f} s.\n"
    )
    cluster = replace(costs, start=costs.start + measured["snakemake"])  # every job of a cluster starts Snakemake again
    print(
        f"| analyses a shard | shards | cores | failures an hour | wall h | core h | lost core h | jobs |\n|{'---|' * 8}"
    )
    for size in (500, 2_000, 5_000, 20_000, 100_000):
        for workers in (16, 128):
            for failures in (0.01, 0.1):
                runs = [
                    simulate(replace(cluster, failures=failures), asked.analyses, size=size, workers=workers, rng=rng)
                    for _ in range(20)
                ]
                wall, cores, lost, jobs = (
                    np.mean([getattr(r, f) for r in runs]) for f in ("wall", "cores", "lost", "jobs")
                )
                print(
                    f"| {size:,} | {-(-asked.analyses // size):,} | {workers} | {failures:g} | {wall:.2f} | {cores:.2f} | {lost:.2f} | {jobs:,.0f} |"
                )
    print(
        f"\nStorage: {measured['bytes_in'] * asked.analyses / 1e9:.2f} GB of tables in, "
        f"{measured['bytes_out'] * asked.analyses / 1e9:.2f} GB of Parquet out."
    )
    for name, why in ASSUMED.items():
        print(f"Assumed, {name}: {why}.")


if __name__ == "__main__":
    main()
