"""A copy of the workflow with three small reviews, run once; every test works on its own copy of that."""

import importlib.util
import os
import shutil
import subprocess
import sys
import sysconfig
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
    "setup.py",
    "MANIFEST.in",
    "README.md",
    "LICENSE",
    "CHANGELOG.md",
    "CITATION.cff",
    "data/README.md",
    "data/specs.yaml",
    "data/edits.yaml",
    "data/import-columns.yaml",
)
FOLDERS = (
    "profiles",
    "rules",
    "scripts",
    "workflow-report",
    "data/schemas",
    "data/presets",
    *(f"data/reviews/{r}" for r in REVIEWS),
)


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


@pytest.fixture(scope="session")
def tree_in() -> type[Tree]:
    """The workflow in a folder of the test's own choice."""
    return Tree


@pytest.fixture
def unrun(fresh, tmp_path) -> Tree:
    return Tree(shutil.copytree(fresh, tmp_path / "tree"))


@pytest.fixture
def tree(finished, tmp_path) -> Tree:
    return Tree(shutil.copytree(finished, tmp_path / "tree"))


class Environment:
    """A Python of its own that sees every package of the one that runs the tests, but not metaudit."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.programs = folder / "bin"
        self.python = self.programs / "python"
        base = sys._base_executable
        subprocess.run([base, "-m", "venv", "--without-pip", folder], check=True)
        command = [self.python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"]
        self.packages = Path(subprocess.check_output(command, text=True).strip())
        # A path in a .pth file does not bring the .pth files that lie there, so an editable metaudit stays unseen.
        (self.packages / "theirs.pth").write_text(f"{sysconfig.get_path('purelib')}\n", encoding="utf-8")
        self.variables = {k: v for k, v in os.environ.items() if k not in {"PYTHONPATH", "VIRTUAL_ENV"}}
        self.variables["PATH"] = os.pathsep.join((str(self.programs), os.environ["PATH"]))

    def install(self, *what: str | Path) -> None:
        """Install a package that is here; nothing is fetched."""
        command = [sys._base_executable, "-m", "pip", "--python", self.python, "install", "--quiet", "--no-deps"]
        command += ["--no-index", "--no-build-isolation", "--disable-pip-version-check", *what]
        done = subprocess.run(command, env=self.variables, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr

    def run(self, *command: str | Path, cwd: Path, **options) -> subprocess.CompletedProcess:
        """Run a command in a folder; streams come back apart."""
        return subprocess.run(command, cwd=cwd, env=self.variables, capture_output=True, text=True, **options)


@pytest.fixture(scope="session")
def new_environment(tmp_path_factory):
    """Make an environment with all packages, but no metaudit."""
    return lambda: Environment(tmp_path_factory.mktemp("environment") / "venv")


@pytest.fixture(scope="session")
def wheel_of_checkout(fresh, tmp_path_factory) -> Path:
    """The wheel built of the workflow's copy."""
    sources = shutil.copytree(fresh, tmp_path_factory.mktemp("built") / "tree")
    build = "from setuptools import build_meta; print(build_meta.build_wheel('wheels'))"
    done = subprocess.run([sys.executable, "-c", build], cwd=sources, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return sources / "wheels" / done.stdout.split()[-1]
