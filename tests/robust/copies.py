"""Copies of the project with a handful of reviews, to be run, killed and compared."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from metaudit.files import is_scratch

ROOT = Path(__file__).resolve().parents[2]
REVIEWS = ("aman-2021", "noppers-2011")  # printed numbers alone, and a small table: the shortest run with every stage
CORPUS = ("hardy-2012", "noppers-2011")
FILES = (
    "Snakefile",
    "config.yaml",
    "Makefile",
    "requirements.lock",
    "pyproject.toml",
    "setup.py",
    "README.md",
    "LICENSE",
    "CHANGELOG.md",
    "CITATION.cff",
    "data/README.md",
    "data/specs.yaml",
    "data/edits.yaml",
    "data/import-columns.yaml",
)
FOLDERS = ("rules", "profiles/default", "scripts", "workflow-report", "data/schemas", "data/presets")
MADE = ("results", "logs/seals", "logs/forests")


def copy_project(folder: Path, reviews: Sequence[str] = REVIEWS, *, corpus: Sequence[str] = CORPUS) -> Path:
    """Copy what a run needs, with an environment that is ready: ``make`` finds its programs, and installs nothing.

    Parameters
    ----------
    folder : where to
    reviews : which reviews; without any, a corpus alone
    corpus : reviews of a corpus beside them, of two shards
    """
    for name in FILES:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, folder / name)
    for name in (*FOLDERS, *(f"data/reviews/{review}" for review in reviews)):
        ignored = shutil.ignore_patterns("__pycache__", "*.egg-info")
        shutil.copytree(ROOT / name, folder / name, ignore=ignored)
    for name in corpus:
        shutil.copytree(ROOT / "data" / "reviews" / name, folder / "corpus" / name)
    if not reviews:
        (folder / "data" / "reviews").mkdir()
        choose(folder, "reviews", "all", "none")
    if corpus:
        choose(folder, "corpus", "null", "{path: corpus, shards: 2}")
    programs = folder / ".venv" / "bin"
    programs.mkdir(parents=True)
    for program, call in {"python": "", "snakemake": " -m snakemake"}.items():
        (programs / program).write_text(f'#!/bin/sh\nexec "{sys.executable}"{call} "$@"\n', encoding="utf-8")
        (programs / program).chmod(0o755)
    for stamp in ("packages", "ready"):
        (folder / ".venv" / stamp).touch()
    return folder


def choose(folder: Path, key: str, old: str, new: str) -> None:
    """Choose otherwise in config.yaml."""
    text = (folder / "config.yaml").read_text(encoding="utf-8")
    assert text.count(f"\n{key}: {old} ") == 1
    (folder / "config.yaml").write_text(text.replace(f"\n{key}: {old} ", f"\n{key}: {new} "), encoding="utf-8")


def environment(folder: Path, **more: str) -> dict[str, str]:
    """Variables of a user who works in a copy; nothing of the ``make`` that may have called us."""
    left_out = ("MAKE", "MFLAGS", "PYTHONDONTWRITEBYTECODE")  # the library would be compiled again by every job
    kept = {k: v for k, v in os.environ.items() if not k.startswith(left_out)}
    path = os.pathsep.join((str(folder / ".venv" / "bin"), os.environ["PATH"]))
    return kept | {"PYTHONPATH": str(folder / "scripts"), "PATH": path} | more


def run(folder: Path, *command: str, env: Mapping[str, str] | None = None) -> tuple[int, str]:
    """Exit code of a command in a copy, and all it says."""
    done = subprocess.run(
        command, cwd=folder, env=env or environment(folder), capture_output=True, text=True, errors="replace"
    )
    return done.returncode, done.stdout + done.stderr


def made(folder: Path) -> dict[str, str]:
    """SHA-256 of every file a run leaves, by its path; of half-written ones only that they are there."""
    found = (p for top in MADE for p in sorted((folder / top).rglob("*")) if p.is_file())
    return {p.relative_to(folder).as_posix(): "scratch" if in_scratch(p, folder) else digest(p) for p in found}


def in_scratch(path: Path, folder: Path) -> bool:
    """Whether a file is scratch, or lies in a folder that is."""
    return any(is_scratch(Path(part)) for part in path.relative_to(folder).parts)


def digest(path: Path) -> str:
    """SHA-256 of a file; empty when it was taken away just now."""
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except FileNotFoundError:
        return ""


def differences(right: Mapping[str, str], found: Mapping[str, str]) -> list[str]:
    """One line for every file that is missing, too many, or of other bytes."""
    lines = [f"{name}: missing" for name in sorted(right.keys() - found.keys())]
    lines += [f"{name}: should not be there" for name in sorted(found.keys() - right.keys())]
    return lines + [f"{n}: other bytes" for n in sorted(right.keys() & found.keys()) if right[n] != found[n]]
