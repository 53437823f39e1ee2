"""What Snakemake's own linter and the README's generated parts say."""

import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ENVIRONMENT = os.environ | {"PYTHONPATH": str(ROOT / "scripts")}
ALLOWED = {"Specify a conda environment or container for each rule."}  # the environment is the hash-locked .venv


def test_the_linter_only_misses_a_software_environment():
    command = [sys.executable, "-m", "snakemake", "--lint"]
    done = subprocess.run(command, cwd=ROOT, env=ENVIRONMENT, capture_output=True, text=True)
    said = done.stdout + done.stderr
    lints = set(re.findall(r"^\s+\* (.*):$", said, flags=re.MULTILINE))
    assert lints == ALLOWED, said


def test_the_generated_parts_of_the_readme_are_current():
    command = [sys.executable, "scripts/write_readme.py", "--check"]
    done = subprocess.run(command, cwd=ROOT, env=ENVIRONMENT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
