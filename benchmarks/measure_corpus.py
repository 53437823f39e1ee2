"""Measure the audit of a whole library: in memory on one core, and through Snakemake for three sizes; score it; print tables.

The corpora are made by ``make_corpus.py``, in a folder that is not measured. The run through Snakemake is that of
``snakemake corpus`` on a copy of the workflow: split, a job a shard, summary. Peak memory is looked at every fifth of a second
over all processes of the run; their sum counts what they share each time, so that it is an upper bound. What one analysis and
one job cost is a line through the shards of all sizes. Writes ``benchmarks/measured/corpus.json``, which
``simulate_scale.py`` reads.

    python benchmarks/measure_corpus.py [--sizes 1000,5000,20000] [--in-memory 8500] [--shards 16] [--cores 2] [--search missed]
"""

from __future__ import annotations

import argparse
import csv
import itertools
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from metaudit.formats.review import Review

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ[_name] = "1"
ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "scripts"), str(ROOT / "benchmarks")]

import make_corpus  # noqa: E402 - after the path to the library
import numpy as np  # noqa: E402
from copied import copied  # noqa: E402
from corpus_scoring import as_markdown, score  # noqa: E402

MEASURED = ROOT / "benchmarks" / "measured" / "corpus.json"
TABLES = ("extraction", "claims", "analyses")
EVERY = 0.2  # seconds between two looks at the memory
REVIEWS_AT_ONCE = 100
MB = 1024**2


@dataclass(frozen=True)
class Run:
    """One call of Snakemake: wall and processor seconds, and the peak memory of one process and of all together, bytes."""

    analyses: int
    wall: float
    cpu: float
    largest: int
    together: int


@dataclass(frozen=True)
class Costs:
    """What simulate_scale.py wants to know; seconds, or bytes an analysis.

    Attributes
    ----------
    analysis, spread : mean and SD of one analysis inside a shard, processor seconds
    start : of one job, without Snakemake's own
    snakemake : Snakemake's start-up, which a job on a cluster pays once more
    split, summary : of one analysis in the first and the last job
    planning : Snakemake's own work for one job
    analyses, shards, cores, wall : of the largest run
    """

    analysis: float
    spread: float
    start: float
    snakemake: float
    split: float
    summary: float
    fixed: float
    planning: float
    analyses: int
    shards: int
    cores: int
    wall: float
    bytes_in: float
    bytes_out: float


# In memory ----------------------------------------------------------------------------------------------------------


def measure_in_memory(number: int, search: str) -> None:
    """In a process of its own: print analyses, reviews, printed numbers, processor seconds and the peak memory in MB."""
    from metaudit.audit import audit_many

    reviews = reviews_in_memory(number)
    analyses = sum(len(r.analyses) for r in reviews)
    audit_many(reviews[:2], search=search)  # what only the first call pays for
    rows, start = 0, time.process_time()
    for i in range(0, len(reviews), REVIEWS_AT_ONCE):
        rows += sum(len(a.rows) for a in audit_many(reviews[i : i + REVIEWS_AT_ONCE], search=search))
    seconds = time.process_time() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"analyses": analyses, "reviews": len(reviews), "rows": rows, "seconds": seconds, "peak": peak}))


def reviews_in_memory(number: int) -> list[Review]:
    """A corpus of two-group analyses as it is read from its tables."""
    from metaudit.corpus.read import open_corpus
    from metaudit.corpus.shard import read_shard
    from metaudit.corpus.split import split

    with tempfile.TemporaryDirectory(prefix="metaudit-corpus-") as name:
        folder = Path(name)
        make_corpus.write_parquet(two_groups(number), folder)
        (shard,) = split(open_corpus(folder), 1, folder / "shards")
        reviews, problems = read_shard(shard)
    if problems:
        raise AssertionError(f"the made-up corpus is not clean: {problems[0]}")
    return reviews


def two_groups(number: int) -> list[make_corpus.Made]:
    """Analyses of counts and means of two groups; those of ready-made effects are left out."""
    found: list[make_corpus.Made] = []
    for made in make_corpus.corpus(2 * number, make_corpus.SEED):
        if made.drawn.method.measure != "GEN-LOG":
            found.append(made)
        if len(found) == number:
            break
    return found


# Through Snakemake --------------------------------------------------------------------------------------------------


def snakemake(folder: Path, corpus: Path, shards: int, *asked: str, cores: int, search: str) -> Run:
    """Run the corpus in a copy of the workflow and watch its memory."""
    import psutil  # comes with Snakemake

    settings = f"corpus={{path: {corpus}, shards: {shards}, search: {search}}}"
    command = [
        sys.executable,
        "-m",
        "snakemake",
        "corpus",
        *asked,
        "--cores",
        str(cores),
        "--quiet",
        "rules",
        "progress",
    ]
    command += ["--config", "reviews=none", settings]
    environment = os.environ | {"PYTHONPATH": str(folder / "scripts")}
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    with (folder / "said.txt").open("w", encoding="utf-8") as said:
        process = subprocess.Popen(command, cwd=folder, env=environment, stdout=said, stderr=subprocess.STDOUT)
        largest, together = 0, 0
        while process.poll() is None:
            sizes = memory(psutil.Process(process.pid))
            largest, together = max([largest, *sizes]), max(together, sum(sizes))
            time.sleep(EVERY)
    if process.returncode:
        raise SystemExit((folder / "said.txt").read_text(encoding="utf-8")[-3000:])
    wall, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Run(0, wall, used, largest, together)


def memory(process: object) -> list[int]:
    """Resident memory of a process and of all below it, bytes; those that end while it is looked at count nothing."""
    import psutil  # comes with Snakemake

    assert isinstance(process, psutil.Process)
    sizes = []
    try:
        for one in (process, *process.children(recursive=True)):
            try:
                sizes.append(one.memory_info().rss)
            except psutil.Error:
                continue
    except psutil.Error:
        pass
    return sizes


def jobs(folder: Path) -> dict[str, float]:
    """Seconds of every job of a run by its name: split, summary, shard-000, ...

    Wall time, because Snakemake looks at the processor's only now and then.
    """
    found = {}
    for path in sorted((folder / "logs" / "benchmarks" / "corpus").glob("*.tsv")):
        with path.open(encoding="utf-8", newline="") as handle:
            found[path.stem] = float(next(csv.DictReader(handle, delimiter="\t"))["s"])
    return found


def sizes_of_shards(folder: Path) -> dict[str, int]:
    """Analyses in every shard."""
    import pyarrow.parquet as pq

    paths = sorted((folder / "results" / "corpus" / "analyses").glob("*.parquet"))
    return {p.stem: pq.ParquetFile(p).metadata.num_rows for p in paths}


# Costs --------------------------------------------------------------------------------------------------------------


def line(x: Sequence[float], y: Sequence[float]) -> tuple[float, float]:
    """Intercept and slope of the least-squares line."""
    slope, intercept = np.polyfit(x, y, 1)
    return float(intercept), float(slope)


def costs(runs: Sequence[Run], folders: Sequence[Path], corpora: Sequence[Path], *, shards: int, cores: int) -> Costs:
    """What an analysis, a job and the bookkeeping cost, from the runs of several sizes."""
    found = [jobs(f) for f in folders]
    pairs = [(n, of_run[s]) for f, of_run in zip(folders, found, strict=True) for s, n in sizes_of_shards(f).items()]
    n, seconds = (np.array(a, dtype=float) for a in zip(*pairs, strict=True))
    start, each = line(n.tolist(), seconds.tolist())
    # The seconds of a shard are a sum over its analyses: the variance around the line grows with their number.
    spread = float(np.sqrt(np.mean((seconds - start - each * n) ** 2 / n)))
    analyses = [r.analyses for r in runs]
    first, split = line(analyses, [of_run["split"] for of_run in found])
    last, summary = line(analyses, [of_run["summary"] for of_run in found])
    sealed = float(np.mean([of_run.get("code", 0.0) for of_run in found]))
    bare, planning = planned(folders[0], corpora[0], search="missed")
    given, made = corpora[-1], folders[-1] / "results" / "corpus"
    size_in = sum((given / f"{t}.parquet").stat().st_size for t in TABLES)
    size_out = sum(p.stat().st_size for t in ("audit", "analyses", "problems") for p in (made / t).glob("*.parquet"))
    largest = runs[-1]
    return Costs(
        each, spread, start, bare, split, summary, max(first + last, 0.0) + sealed, planning, largest.analyses, shards, cores, largest.wall,
        size_in / largest.analyses, size_out / largest.analyses,
    )  # fmt: skip


def planned(folder: Path, corpus: Path, *, search: str, few: int = 16, many: int = 256) -> tuple[float, float]:
    """Seconds of Snakemake's start-up, and of what it does for one more job, from two dry runs."""
    walls = [snakemake(folder, corpus, n, "--dry-run", "--forceall", cores=1, search=search).wall for n in (few, many)]
    each = (walls[1] - walls[0]) / (many - few)
    return walls[0] - few * each, each


def report(runs: Sequence[Run]) -> str:
    """The table of the runs, and how their time grows."""
    lines = [
        "| analyses | wall s | processor s | ms an analysis | largest process MB | all processes MB |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    lines += [
        f"| {r.analyses:,} | {r.wall:.1f} | {r.cpu:.1f} | {1000 * r.cpu / r.analyses:.2f} | {r.largest / MB:.0f} | {r.together / MB:.0f} |"
        for r in runs
    ]
    if len(runs) > 1:
        n = [r.analyses for r in runs]
        (fixed, wall), (_, cpu) = line(n, [r.wall for r in runs]), line(n, [r.cpu for r in runs])
        steps = "; ".join(
            f"{1000 * (b.wall - a.wall) / (b.analyses - a.analyses):.2f} and "
            f"{1000 * (b.cpu - a.cpu) / (b.analyses - a.analyses):.2f} from {a.analyses:,} to {b.analyses:,}"
            for a, b in itertools.pairwise(runs)
        )
        lines += [
            "",
            f"Line through the sizes: {fixed:.1f} s, whatever the size, and {1000 * wall:.2f} ms of wall time, {1000 * cpu:.2f} ms of the "
            f"processors, an analysis. The same from one size to the next, equal where time is linear: {steps}.",
        ]
    return "\n".join(lines)


def main() -> None:
    """Print the tables and write the costs."""
    asked = arguments()
    if asked.only_in_memory:
        measure_in_memory(asked.in_memory, asked.search)
        return
    if asked.in_memory:
        command = [
            sys.executable,
            __file__,
            "--only-in-memory",
            "--in-memory",
            str(asked.in_memory),
            "--search",
            asked.search,
        ]
        done = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
        print(
            f"In memory, one core, search {asked.search}: {done['analyses']:,} two-group analyses of {done['reviews']:,} reviews, "
            f"{done['rows']:,} printed numbers, {done['seconds']:.1f} processor seconds "
            f"({1000 * done['seconds'] / done['analyses']:.2f} ms an analysis), peak {done['peak']:.0f} MB.\n",
            flush=True,
        )
    with tempfile.TemporaryDirectory(prefix="metaudit-corpus-", dir=asked.scratch) as name:
        runs, folders, corpora = [], [], []
        for size in asked.sizes:
            corpora.append(Path(name) / f"corpus-{size}")
            corpora[-1].mkdir()
            make_corpus.write_parquet(make_corpus.corpus(size, make_corpus.SEED), corpora[-1])
            folders.append(copied(Path(name) / f"run-{size}"))
            run = snakemake(folders[-1], corpora[-1], asked.shards, cores=asked.cores, search=asked.search)
            runs.append(replace(run, analyses=size))
        print(
            f"Through Snakemake, {asked.cores} cores, {asked.shards} shards, search {asked.search}:\n\n{report(runs)}\n"
        )
        print(as_markdown(score(corpora[-1] / "key.parquet", folders[-1] / "results" / "corpus")))
        if asked.out and len(runs) > 1:
            found = costs(runs, folders, corpora, shards=asked.shards, cores=asked.cores)
            asked.out.parent.mkdir(parents=True, exist_ok=True)
            asked.out.write_text(json.dumps(asdict(found), indent=1) + "\n", encoding="utf-8")
            print(f"\n```json\n{json.dumps(asdict(found), indent=1)}\n```")


def arguments() -> argparse.Namespace:
    """What is asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=lambda text: [int(n) for n in text.split(",")], default=[1000, 5000, 20_000])
    parser.add_argument("--in-memory", type=int, default=8500, help="two-group analyses in memory; 0: not measured")
    parser.add_argument("--shards", type=int, default=16)
    parser.add_argument("--cores", type=int, default=2)
    parser.add_argument("--search", choices=("missed", "all"), default="missed")
    parser.add_argument("--scratch", type=Path, help="folder for the corpora and the runs; deleted at the end")
    parser.add_argument("--out", type=Path, default=MEASURED, help="file for the costs")
    parser.add_argument("--only-in-memory", action="store_true", help=argparse.SUPPRESS)
    return parser.parse_args()


if __name__ == "__main__":
    main()
