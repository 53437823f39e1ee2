"""Compute every result again in a scratch folder and compare with results/: exit 1 and one line per drift."""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from metaudit.compare import RTOL, Drift, compare_trees, environment_remarks, summary
from metaudit.provenance.places import PROVENANCE
from metaudit.provenance.verify import INPUT_CHANGED, INPUT_MISSING, verify

RESULTS = "results"
NEVER_COPIED = {"logs", "build", RESULTS}


def source_files(root: Path) -> list[Path]:
    """Files a commit of this folder would hold, without the results; outside git, all but hidden and built ones."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=root, capture_output=True, check=False)
    if listed.returncode == 0:
        names = [Path(name) for name in os.fsdecode(listed.stdout).split("\0") if name]
    else:
        names = [p.relative_to(root) for p in root.rglob("*") if not any(s.startswith(".") for s in p.parts[1:])]
    return sorted({n for n in names if n.parts[0] not in NEVER_COPIED and (root / n).is_file()})


def main(root: Path) -> int:
    """Copy the sources, run the workflow on the copy, compare; returns the exit code."""
    with tempfile.TemporaryDirectory(prefix="metaudit-check-") as name:
        scratch = Path(name)
        for path in source_files(root):
            (scratch / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(root / path, scratch / path)
        environment = os.environ | {"PYTHONPATH": str(scratch / "scripts")}
        command = [sys.executable, "-m", "snakemake", "--cores", "all", "--quiet", "rules", "progress"]
        print("Computing everything again in a scratch folder; this takes as long as a first run.", flush=True)
        done = subprocess.run(command, cwd=scratch, env=environment, check=False, capture_output=True, text=True)
        if done.returncode:
            print(done.stdout, done.stderr, "The run in the scratch folder failed: nothing was compared.", sep="\n")
            return 2
        drifts = [*_not_as_recorded(root / RESULTS), *compare_trees(root / RESULTS, scratch / RESULTS)]
        for remark in environment_remarks(root / RESULTS, scratch / RESULTS):
            print(f"Made on another machine, which is no difference of results: {remark}")
    if drifts:
        print(summary([d.below(RESULTS) for d in drifts]))
        print(f"{len(drifts)} differences between {RESULTS}/ and a fresh run. Run make, look at them, commit them.")
        return 1
    print(f"{RESULTS}/ is what a fresh run gives: text byte by byte, numbers to {RTOL:g} relative.")
    return 0


def _not_as_recorded(results: Path) -> list[Drift]:
    """Results that are not what their own provenance.json says; its inputs are compared with the fresh run's."""
    if not (results / PROVENANCE).is_file():  # the comparison with the fresh run names it
        return []
    findings = [f for f in verify(results).findings if f.what not in {INPUT_CHANGED, INPUT_MISSING}]
    return [Drift(f.file, "", "as provenance.json says", f"{f.what}: {f.message}") for f in findings]


if __name__ == "__main__":
    sys.exit(main(Path.cwd()))
