"""Time a clean run of all shipped reviews and a run with nothing to do, on a copy; print a Markdown table."""

import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from copied import copied


def timed(folder: Path, cores: int) -> tuple[float, float]:
    """Wall and processor seconds of one call of Snakemake."""
    environment = os.environ | {"PYTHONPATH": str(folder / "scripts")}
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    command = [sys.executable, "-m", "snakemake", "--cores", str(cores), "--quiet", "rules", "progress"]
    subprocess.run(command, cwd=folder, env=environment, check=True, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return time.perf_counter() - start, used


def main() -> None:
    """Copy what a run needs, without results, and time two runs on it for one core and for two."""
    print("| run | cores | wall s | processor s |\n| --- | --- | --- | --- |")
    for cores in (1, 2):
        with tempfile.TemporaryDirectory(prefix="metaudit-benchmark-") as name:
            copied(Path(name))
            for run in ("clean", "nothing to do"):
                wall, used = timed(Path(name), cores)
                print(f"| {run} | {cores} | {wall:.1f} | {used:.1f} |", flush=True)


if __name__ == "__main__":
    sys.exit(main())
