"""What is kept at the top of the project: scratch folders of somebody's trials are not."""

import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
KEPT = set(
    """.ci .dockerignore .github .gitignore .snakemake-workflow-catalog.yml CHANGELOG.md CITATION.cff CONTRIBUTING.md Dockerfile LICENSE
    MANIFEST.in Makefile README.md Snakefile apptainer.def benchmarks config.yaml data docs examples mkdocs.yml packaging profiles pyproject.toml
    requirements.in requirements.lock results rules scripts setup.py tests workflow-report""".split()
)


def test_nothing_else_is_kept_there():
    if not (ROOT / ".git").exists():
        pytest.skip("no clone: what is kept is not known")
    git = ["git", "-c", "safe.directory=*", "ls-files", "-z"]  # whoever owns the clone
    listed = subprocess.run(git, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert {name.split("/")[0] for name in listed.split("\0") if name} == KEPT
