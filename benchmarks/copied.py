"""A copy of the workflow without its results, to be run and timed."""

from __future__ import annotations

import shutil
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
NEEDED = ("Snakefile", "rules", "config.yaml", "requirements.lock", "CITATION.cff", "LICENSE", "README.md")
NEEDED += ("profiles", "workflow-report", "data", "scripts")


def copied(folder: Path) -> Path:
    """Copy what a run needs into a folder, which is made; the folder again."""
    folder.mkdir(exist_ok=True)
    for item in NEEDED:
        source = ROOT / item
        if source.is_dir():
            shutil.copytree(source, folder / item, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copyfile(source, folder / item)
    return folder
