"""Where the workflow finds what it reads, and the code that its rules depend on, whatever folder it is run from."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from metaudit.config import REVIEWS, Selection, check_config_file, require
from metaudit.files import digest
from metaudit.formats.places import DATA, PACKAGE, read_of_review
from metaudit.formats.references import outside
from metaudit.formats.yaml_file import plain, read_yaml
from metaudit.seal import code_hash

CONFIG = "config.yaml"
SNAKEFILE = "Snakefile"
RESULTS = "results"
FOUNDATION = (
    "collector",
    "display",
    "errors",
    "files",
    "listing",
    "measures",
    "printed",
    "records",
    "rule",
    "seal",
    "versions",
)


@dataclass(frozen=True)
class Source:
    """Where the workflow finds what it reads, whatever folder it is run from.

    Parameters
    ----------
    here : folder of the workflow's Snakefile
    main : the Snakefile that is run; another one where it uses this workflow as a module
    library_dir : folder of the library
    """

    here: Path
    main: Path
    library_dir: Path = PACKAGE

    @cached_property
    def is_module(self) -> bool:
        """Whether another workflow runs this one."""
        return (self.here / SNAKEFILE).resolve() != self.main.resolve()

    @property
    def reviews_dir(self) -> Path:
        """Folder of the reviews that the configuration names without a path."""
        return Path(self.path(self.here / REVIEWS))

    @property
    def config_file(self) -> str:
        """``config.yaml`` of the working directory, else the one beside the Snakefile."""
        return CONFIG if Path(CONFIG).is_file() and not self.is_module else self.path(self.here / CONFIG)

    @property
    def config_origin(self) -> str:
        """What a problem of the configuration as a whole is said of."""
        return "the config of the module" if self.is_module else f"{self.config_file} with --config or --configfile"

    def path(self, file: Path) -> str:
        """A file as a rule names it: relative below the working directory, so that a moved folder is not computed anew.

        In a module absolute, because a relative path would be looked for below the module's ``prefix:``.
        """
        whole = str(file.absolute())
        return whole if self.is_module else whole.removeprefix(f"{Path.cwd()}{os.sep}")

    def completed(self, config: Mapping[str, Any]) -> dict[str, Any]:
        """What another workflow asks for, and for every key it leaves out what ``config.yaml`` ships."""
        require(check_config_file(self.config_file, reviews_dir=self.reviews_dir))
        shipped, _ = read_yaml(Path(self.config_file), self.config_file)
        return {**plain(shipped), **config}

    def data(self, name: str) -> str:
        """A file that comes with metaudit."""
        return self.path(DATA / name)

    def presets(self) -> list[str]:
        """Files that say what programs do by default."""
        return sorted(map(self.path, (DATA / "presets").glob("*.yaml")))

    def workflow_files(self) -> list[str]:
        """Files of the workflow itself: what is run, with which versions, and how it is cited."""
        names = [self.here / name for name in (SNAKEFILE, "CITATION.cff", "requirements.lock")]
        files = [*names, *sorted((self.here / "rules").glob("*.smk"))]
        return [*(self.path(file) for file in files if file.is_file()), self.config_file]

    def review_files(self, chosen: Selection) -> list[str]:
        """Every file typed in for the reviews of a run, and for those that they refer to."""
        folders = [*chosen.folders.values(), *outside(chosen.folders.values())]
        return sorted({self.path(p) for folder in folders for p in read_of_review(folder)})

    def data_folder(self, wildcards: object) -> str:
        """Folder of the reviews; a function, because Snakemake takes a text that begins a file's path for a mistake."""
        return str(self.reviews_dir)

    @cached_property
    def loaded(self) -> dict[str, list[str]]:
        """Modules and templates behind every hash that :meth:`library` gave out."""
        return {}

    def library(self, *rooms: str) -> str:
        """Hash of the modules and templates of some rooms of the library, as a rule names them; see :func:`library`.

        A parameter, not inputs: four hundred paths, which Snakemake would note again with their checksums for each of a
        rule's outputs, were nine tenths of its records. Whatever changes in any module changes the hash, and so does another
        version of a package that computes.
        """
        files = library(*rooms, library_dir=self.library_dir)
        digest = code_hash(map(self._hash, files))
        self.loaded[digest] = [self.path(self.library_dir / file) for file in files]
        return digest

    @cached_property
    def _hashes(self) -> dict[str, str]:
        return {}

    def _hash(self, file: str) -> str:
        """SHA-256 of one file of the library; the rules share most of them."""
        if file not in self._hashes:
            self._hashes[file] = digest(self.library_dir / file)
        return self._hashes[file]


def all_cores(workflow: Any) -> int:
    """How many cores a run has; one where nothing is run and Snakemake is not told of any, as with ``--report``."""
    from snakemake.exceptions import WorkflowError

    try:
        return int(workflow.cores)
    except WorkflowError:
        return 1


def results_folder(wildcards: object, output: Any) -> str:
    """Folder of what is computed, where the rule's own outputs have it: with ``prefix:`` a module's lie below the prefix."""
    board = output.get("board")
    return str(Path(board).parent if board else Path(output.get("seal")).parents[2] / RESULTS)


def library(*rooms: str, library_dir: Path = PACKAGE) -> list[str]:
    """Modules and templates of some rooms of the library, and of its foundation, which every rule uses.

    Snakemake watches a rule's script but not what the script imports; the hash of the modules, a parameter of the rule,
    makes up for it. ``stages/pool`` names one module of a room. A test compares the rooms of every rule with what its
    script imports.

    Returns
    -------
    Their paths below ``library_dir``, sorted.
    """
    found: set[Path] = set()
    for room in (*FOUNDATION, *rooms):
        module, folder = library_dir / f"{room}.py", library_dir / room
        inside = {p for p in folder.rglob("*") if p.suffix in {".py", ".j2", ".css", ".js", ".json", ".yaml", ".woff2"}}
        if not inside and not module.is_file():
            message = f"the library has no room {room!r}"
            raise FileNotFoundError(message)
        found |= inside or {module}
    return sorted(file.relative_to(library_dir).as_posix() for file in found)
