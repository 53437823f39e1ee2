"""Every speed figure beside metafor (R), PyMARE's plain loop and statsmodels, in one run; writes docs/performance.md.

    python benchmarks/run.py [--skip pipeline] [--out docs/performance.md]

All times are processor seconds on one thread, of the same data, one after another on the same machine; what a program does at its
start-up is left out everywhere. Where a peer would take minutes it does fewer units and its time is multiplied up ("from").
Nothing else should be at work. Without R, or without metafor, metafor's columns are empty and a line says so.
"""

from __future__ import annotations

import argparse
import csv
import os
import platform
import resource
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from copied import copied

ROOT = Path(__file__).resolve().parents[1]
BENCHMARKS = ROOT / "benchmarks"
ENVIRONMENT = os.environ | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "PYTHONPATH": str(ROOT / "scripts")}
SIZES = {"single fit": 500, "GOSH": 500, "multiverse": 1000, "pipeline subsets": 1000}
CORPUS_SAMPLE = 100
PEERS = ("metafor", "PyMARE", "statsmodels")
WHAT = {
    "single fit DL": ("one fit, DL, k = 13", "ms", 1e3),
    "single fit REML": ("one fit, REML, k = 13", "ms", 1e3),
    "leave-one-out": ("one fit of leave-one-out, REML, k = 100", "ms", 1e3),
    "GOSH": ("one subset of 20 studies (GOSH), REML", "µs", 1e6),
    "multiverse": ("one specification of 1,000 of one table, k = 13", "ms", 1e3),
    "corpus": ("one analysis of a corpus, ten methods each", "ms", 1e3),
}


@dataclass(frozen=True)
class Timed:
    """What one program took for one task."""

    units: int
    seconds: float

    @property
    def each(self) -> float:
        """Seconds of one unit."""
        return self.seconds / self.units


Times = dict[tuple[str, str], Timed]


def write(path: Path, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """A CSV file for every program."""
    with path.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.writer(handle, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(rows)


def counts(rng: np.random.Generator, k: int) -> np.ndarray:
    """Two-by-two tables of rare events, shape ``(k, 4)``: events and people of both arms."""
    n = np.exp(rng.normal(4.2, 0.8, (k, 2))).astype(int) + 8
    risk = rng.beta(1, 8, k)
    treated = np.clip(risk * np.exp(rng.normal(-0.2, 0.4, k)), 0, 0.95)
    events = rng.binomial(n, np.column_stack([treated, risk]))
    return np.column_stack([events[:, 0], n[:, 0], events[:, 1], n[:, 1]])


def prepare(folder: Path) -> None:
    """The same data for everybody."""
    rng = np.random.default_rng(20)
    vi = np.exp(rng.normal(-2, 1, 100))
    yi = rng.normal(0.3, np.sqrt(vi + 0.1))
    cells = ("ai", "n1i", "ci", "n2i")
    write(folder / "studies.csv", ("yi", "vi"), zip(yi.tolist(), vi.tolist(), strict=True))
    table = counts(rng, 13)
    table[0, 0] = 0  # a zero cell, so that corrections matter
    write(folder / "counts.csv", cells, table.tolist())
    sizes = np.minimum(1 + rng.geometric(0.14, CORPUS_SAMPLE), 60)
    corpus = [(a, *row) for a, k in enumerate(sizes) for row in counts(rng, int(k)).tolist()]
    write(folder / "corpus.csv", ("analysis", *cells), corpus)
    write(folder / "sizes.csv", ("task", "size"), SIZES.items())
    effects = []
    for path in sorted((ROOT / "results").glob("*/effects.csv")):
        with path.open(encoding="utf-8", newline="") as handle:
            for r in csv.DictReader(handle):
                effects.append((path.parent.name, r["analysis"], r["study"], r["yi"], r["vi"]))
    write(folder / "effects.csv", ("review", "analysis", "study", "yi", "vi"), effects)


def asked(command: Sequence[str]) -> list[str]:
    """The lines a program prints; a program that fails ends the run, with what it said."""
    done = subprocess.run(command, env=ENVIRONMENT, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{' '.join(command)} ended with {done.returncode}:\n{done.stderr}")
    return [line for line in done.stdout.splitlines() if line.count("|") >= 2]


def measure(folder: Path) -> Times:
    """Everybody's times, one program after another."""
    found: Times = {}
    for task in WHAT:
        for line in asked([sys.executable, str(BENCHMARKS / "ours.py"), str(folder), task]):
            peer, name, units, seconds = line.split("|")
            found[peer, name] = Timed(int(units), float(seconds))
            print(line, flush=True)
    for line in asked([sys.executable, str(BENCHMARKS / "peers.py"), str(folder)]):
        peer, name, units, seconds = line.split("|")
        found[peer, name] = Timed(int(units), float(seconds))
        print(line, flush=True)
    rscript = shutil.which("Rscript")
    probe = (
        rscript
        and subprocess.run([rscript, "-e", "library(metafor)"], capture_output=True, check=False).returncode == 0
    )
    if not probe:
        print("metafor was not timed: no Rscript, or no package metafor", file=sys.stderr)
        return found
    for line in asked([str(rscript), str(BENCHMARKS / "peers.R"), str(folder)]):
        name, units, seconds = line.split("|")[:3]
        found["metafor", name] = Timed(int(units), float(seconds))
        print(line, flush=True)
    return found


def pipeline() -> dict[str, float]:
    """Processor seconds of a clean run of all shipped reviews, and of its stages that metafor has as well."""
    with tempfile.TemporaryDirectory(prefix="metaudit-benchmark-") as name:
        folder = Path(name)
        copied(folder)
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        command = [sys.executable, "-m", "snakemake", "--cores", "1", "--quiet", "rules", "progress"]
        environment = ENVIRONMENT | {"PYTHONPATH": str(folder / "scripts")}
        subprocess.run(command, cwd=folder, env=environment, check=True, capture_output=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        found = {"whole": after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime}
        first = stages_of(folder)
        again = [*command, "--forcerun", *first, "--until", *first]
        subprocess.run(again, cwd=folder, env=environment, check=True, capture_output=True)
        return found | {stage: min(seconds, first[stage]) for stage, seconds in stages_of(folder).items()}


def stages_of(folder: Path) -> dict[str, float]:
    """Seconds by the clock of the stages that metafor has as well, in the last run: the processor's are looked at only now and then."""
    found = {}
    for stage in ("pool", "figures"):
        with (folder / "logs" / "benchmarks" / f"{stage}.tsv").open(encoding="utf-8") as handle:
            found[stage] = float(next(csv.DictReader(handle, delimiter="\t"))["s"])
    return found


def cell(ours: Timed, theirs: Timed | None, factor: float) -> str:
    """A peer's time of one unit, and how many times ours it is."""
    if theirs is None:
        return "–"
    return f"{theirs.each * factor:.3g} ({theirs.each / ours.each:,.3g}×)"


def page(found: Times, stages: dict[str, float]) -> str:
    """docs/performance.md."""
    lines = [
        "# How fast it is, beside its peers",
        "",
        "Written by `python benchmarks/run.py`, which measures all of it in one run: processor seconds, those of a unit of one thread and without",
        "start-up; of the two stages, where the processor's are looked at only now and then, seconds by the clock of a run on one core. Of",
        "single fits the quickest of five rounds counts, of the two stages the quicker of two, for everybody: other work of the machine",
        "would decide. Measured",
        f"on {os.cpu_count()} cores of {platform.machine()}, Python {platform.python_version()}. Timings move from machine to machine;",
        "the ratios in brackets (theirs to ours) much less.",
        "",
        f"| what, a unit | metaudit | {' | '.join(PEERS)} |",
        f"| --- | --- | {' | '.join('---' for _ in PEERS)} |",
    ]
    for task, (words, unit, factor) in WHAT.items():
        ours = found["metaudit", task]
        cells = [cell(ours, found.get((peer, task)), factor) for peer in PEERS]
        lines.append(f"| {words}, {unit} | {ours.each * factor:.3g} | {' | '.join(cells)} |")
    for stage, seconds in stages.items():
        theirs = found.get(("metafor", f"{stage} stage"))
        files = ours_drawn() if stage == "figures" else 1
        if stage == "whole" or theirs is None:
            lines.append(
                f"| {STAGES[stage]} | {seconds * (1e3 if stage == 'figures' else 1) / files:.3g} | {' | '.join('–' * 3)} |"
            )
            continue
        ours = Timed(files, seconds)
        unit = 1e3 if stage == "figures" else 1.0
        per = theirs if stage == "figures" else Timed(1, theirs.seconds)
        lines.append(f"| {STAGES[stage]} | {ours.each * unit:.3g} | {cell(ours, per, unit)} | – | – |")
    lines += ["", *NOTES, ""]
    return "\n".join(lines)


STAGES = {
    "pool": "stage `pool` of all shipped reviews, start-up included, s",
    "figures": "one figure of the stage `figures`, start-up included, ms",
    "whole": "the whole pipeline, with audit, tables, documents and site, s",
}
NOTES = (
    "What a unit is:",
    "",
    "- *One fit*: ours gives estimate, interval, prediction interval, weights, Q, I², H² and the Q-profile interval",
    "  of τ², and is computed a second way. metafor's `rma` gives no interval of τ²; PyMARE is asked for its",
    "  statistics of effects and heterogeneity, statsmodels for its table and test.",
    "- *Leave-one-out*, *GOSH*: ours in one batch (all 2²⁰ subsets), metafor's own `leave1out` and `gosh` (500",
    "  subsets), the Python peers in a plain loop. statsmodels has no REML: it runs DL.",
    "- *Specification*: ours are spread over the whole declared space (measures, corrections, models, estimators,",
    "  intervals), metafor's over what it has; the Python peers vary measure and correction only.",
    "- *Corpus*: ten methods of each analysis, as `measure_search.py` has them. Searched and audited, with a",
    "  verdict for every printed number: docs/scale.md.",
    "- *Stage `pool`*: metafor fits the same analyses by the same estimators, with leave-one-out, cumulative,",
    "  influence, tests of asymmetry, trim and fill and 1,000 GOSH subsets. *Figures*: nine kinds an analysis with",
    "  `svg()`; ours all our kinds, as SVG with an embedded font, forest plots as PDF as well.",
)


def ours_drawn() -> int:
    """How many files the stage figures draws."""
    results = ROOT / "results"
    return len([*results.glob("*/figures/*.svg")]) + len(
        [*results.glob("*/figures/*.forest.svg")]
    )  # each forest as PDF, too


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--skip", choices=["pipeline"], help="leave a part out, and its row of the page")
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "performance.md")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="metaudit-benchmark-") as name:
        prepare(Path(name))
        found = measure(Path(name))
    stages = {} if options.skip == "pipeline" else pipeline()
    text = page(found, stages)
    options.out.write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
