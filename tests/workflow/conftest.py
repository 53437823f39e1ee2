"""A copy of the workflow with three small reviews, run once; every test works on its own copy of that."""

import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
REVIEWS = ("aman-2021", "colditz-1994", "noppers-2011")
FILES = (
    "Snakefile",
    "config.yaml",
    "Makefile",
    "requirements.lock",
    "pyproject.toml",
    "data/specs.yaml",
    "data/edits.yaml",
)
FOLDERS = ("profiles", "scripts", "data/schemas", "data/presets", *(f"data/reviews/{r}" for r in REVIEWS))


class Tree:
    """A folder with the workflow in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        path = os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))
        self.environment = os.environ | {"PYTHONPATH": str(folder / "scripts"), "PATH": path}

    def start(self, *arguments: str, **options) -> subprocess.Popen:
        command = [sys.executable, "-m", "snakemake", *arguments]
        return subprocess.Popen(command, cwd=self.folder, env=self.environment, **options)

    def snakemake(self, *arguments: str) -> tuple[int, str]:
        """Exit code and everything said; dry runs write to the one stream, real runs to the other."""
        process = self.start(*arguments, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        said, _ = process.communicate(timeout=300)
        return process.returncode, said

    def planned(self) -> str:
        """What a dry run says."""
        code, said = self.snakemake("--dry-run")
        assert code == 0, said
        return said

    def script(self, name: str):
        """A script as a module."""
        found = importlib.util.spec_from_file_location(name, self.folder / "scripts" / f"{name}.py")
        module = importlib.util.module_from_spec(found)
        found.loader.exec_module(module)
        return module

    def edit(self, name: str, old: str, new: str) -> None:
        path = self.folder / name
        text = path.read_text(encoding="utf-8")
        assert text.count(old) >= 1, f"{name} does not contain {old!r}"
        path.write_text(text.replace(old, new, 1), encoding="utf-8")


@pytest.fixture(scope="session")
def fresh(tmp_path_factory) -> Path:
    """The workflow as in a clone without results."""
    folder = tmp_path_factory.mktemp("fresh")
    for name in FILES:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, folder / name)
    for name in FOLDERS:
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__", "*.egg-info"))
    return folder


@pytest.fixture(scope="session")
def finished(fresh, tmp_path_factory) -> Path:
    """The same after one whole run on one core."""
    folder = tmp_path_factory.mktemp("finished") / "tree"
    shutil.copytree(fresh, folder)
    code, said = Tree(folder).snakemake("--cores", "1", "--forceall")
    assert code == 0, said
    return folder


@pytest.fixture
def unrun(fresh, tmp_path) -> Tree:
    return Tree(shutil.copytree(fresh, tmp_path / "tree"))


@pytest.fixture
def tree(finished, tmp_path) -> Tree:
    return Tree(shutil.copytree(finished, tmp_path / "tree"))
