"""The part of slurm.sh that runs the workflow: locally, then over SLURM with a job cancelled and a node drained.

    python tests/cluster/slurm_run.py SCRATCH [--analyses N] [--shards N]

slurm.sh has started SLURM before.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

ROOT = Path(__file__).resolve().parents[2]
COPIED = ("Snakefile", "rules", "scripts", "profiles", "workflow-report", "data/schemas", "data/presets")
COPIED += ("data/specs.yaml", "data/edits.yaml", "data/import-columns.yaml")
COPIED += ("CITATION.cff", "requirements.lock", "LICENSE", "README.md")  # what the record holds
FOREVER = 900.0


def slurm(*command: str) -> str:
    """What one of SLURM's commands prints."""
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def running(rule: str) -> list[tuple[str, str]]:
    """Number and node of the jobs of a rule that run now; the plugin puts the rule into a job's comment."""
    lines = slurm("squeue", "--noheader", "--states=RUNNING", "--format=%i|%N|%k").splitlines()
    return [(job, node) for job, node, comment in (line.split("|", 2) for line in lines) if rule in comment]


def project(folder: Path, corpus: Path, shards: int) -> Path:
    """A copy of the workflow that runs one corpus and no reviews."""
    for name in COPIED:
        source, target = ROOT / name, folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__", "*.egg-info"))
        else:
            shutil.copy2(source, target)
    lines = ["reviews: none", f"corpus: {{path: {corpus}, shards: {shards}}}", "level: 0.95", "seed: 20260101"]
    (folder / "config.yaml").write_text("\n".join([*lines, "figure_formats: [svg]", ""]), encoding="utf-8")
    return folder


def snakemake(folder: Path, *arguments: str, plugin: str = "") -> subprocess.Popen[str]:
    """A run of the workflow, its words collected in a file beside the folder."""
    path = os.pathsep.join(filter(None, [plugin, str(folder / "scripts")]))
    environment = os.environ | {"PYTHONPATH": path, "PYTHONHASHSEED": "random"}
    with folder.with_suffix(".said").open("a", encoding="utf-8") as said:
        command = [sys.executable, "-m", "snakemake", "corpus", *arguments]
        return subprocess.Popen(command, cwd=folder, env=environment, stdout=said, stderr=said, text=True)


def ended(process: subprocess.Popen[str], folder: Path, *, expected: bool) -> float:
    """Wait for a run; stop with what it said when it ends otherwise than expected."""
    start = time.monotonic()
    code = process.wait(timeout=FOREVER)
    if (code == 0) != expected:
        stop(f"snakemake ended with {code}; expected {'0' if expected else 'a failure'}", folder)
    return time.monotonic() - start


def stop(why: str, folder: Path) -> NoReturn:
    """End with what the run said and what its jobs said."""
    logs = sorted([*folder.glob("logs/**/*.log"), *folder.glob(".snakemake/slurm_logs/**/*.log")])
    for path in [folder.with_suffix(".said"), *logs]:
        text = path.read_text(encoding="utf-8", errors="replace").strip()
        if text:
            print(f"--- {path}\n{text[-4000:]}", file=sys.stderr)
    sys.exit(why)


def disturb(run: subprocess.Popen[str]) -> tuple[str, str]:
    """Cancel one running shard and drain the node of another, while the run goes on; both are named."""
    cancelled = ""
    until = time.monotonic() + FOREVER
    while time.monotonic() < until and run.poll() is None:
        jobs = running("corpus_audit")
        if not cancelled and jobs:
            cancelled = jobs[0][0]
            slurm("scancel", cancelled)
        elif cancelled and (others := [(j, n) for j, n in jobs if j != cancelled]):
            node = others[0][1]
            slurm("scontrol", "update", f"nodename={node}", "state=drain", "reason=test")
            return cancelled, node
        time.sleep(0.3)
    sys.exit("the run ended before a job could be cancelled and a node drained: more analyses are needed (--analyses)")


def contents(folder: Path) -> dict[str, bytes]:
    """Every file below a folder."""
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def say(what: str) -> None:
    """One line of the record."""
    print(what, flush=True)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run, disturb, resume, compare."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("scratch", type=Path)
    parser.add_argument("--analyses", type=int, default=2000)
    parser.add_argument("--shards", type=int, default=8)
    asked = parser.parse_args(arguments)
    plugin = os.environ["METAUDIT_SLURM_PLUGIN"]
    corpus = asked.scratch / "corpus"
    command = [sys.executable, str(ROOT / "benchmarks/make_corpus.py"), "--analyses", str(asked.analyses)]
    made = os.environ | {"PYTHONPATH": str(ROOT / "scripts")}
    subprocess.run([*command, "--out", str(corpus), "--as", "parquet"], check=True, env=made)

    local = project(asked.scratch / "local", corpus, asked.shards)
    took = ended(snakemake(local, "--cores", "2"), local, expected=True)
    say(f"local run, two cores, {asked.analyses} analyses in {asked.shards} shards: {took:.0f} s")

    cluster = project(asked.scratch / "cluster", corpus, asked.shards)
    over_slurm = ("--workflow-profile", "profiles/slurm", "--slurm-init-seconds-before-status-checks", "3")
    over_slurm += ("--latency-wait", "15", "--default-resources", "mem_mb=1000", "runtime=10", "slurm_partition=main")
    start = time.monotonic()
    run = snakemake(cluster, *over_slurm, plugin=plugin)
    cancelled, node = disturb(run)
    ended(run, cluster, expected=False)
    made_first = sorted(p.name for p in (cluster / "results/corpus/audit").glob("*.parquet"))
    say(
        f"over SLURM: job {cancelled} cancelled, node {node} drained; {len(made_first)} of {asked.shards} shards made; {time.monotonic() - start:.0f} s"
    )
    if not 0 < len(made_first) < asked.shards:
        stop("the cancelled job's shard should be missing, and only that one", cluster)
    if (cluster / "results/corpus/summary").exists():
        sys.exit("a summary was written although a shard is missing")
    if "drain" not in slurm("sinfo", "--noheader", "--nodes", node, "--format=%T"):
        sys.exit(f"node {node} was not drained")

    slurm("scontrol", "update", f"nodename={node}", "state=resume")
    start = time.monotonic()
    before = {p.name: p.stat().st_mtime_ns for p in (cluster / "results/corpus/audit").glob("*.parquet")}
    ended(snakemake(cluster, *over_slurm, plugin=plugin), cluster, expected=True)
    after = {p.name: p.stat().st_mtime_ns for p in (cluster / "results/corpus/audit").glob("*.parquet")}
    again = [name for name, when in before.items() if after[name] != when]
    say(f"resumed: {len(after) - len(before)} shards made, {len(again)} made again; {time.monotonic() - start:.0f} s")
    if again:
        sys.exit(f"shards that were ready were made again: {again}")
    if "corpus_audit" not in cluster.with_suffix(".said").read_text(encoding="utf-8"):
        sys.exit("no shard went through SLURM")
    ours, theirs = contents(local / "results"), contents(cluster / "results")
    differing = sorted(n for n in ours.keys() | theirs.keys() if ours.get(n) != theirs.get(n))
    if differing:
        sys.exit(f"files that differ from the local run's: {differing}")
    say(f"all {len(ours)} files are those of the local run, byte for byte")


if __name__ == "__main__":
    main()
