"""How a record names files: the same names wherever the folder lies, and whatever machine it lies on."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

PROVENANCE = "provenance.json"
CRATE = "ro-crate-metadata.json"
SIGNATURE = f"{PROVENANCE}.minisig"
NOT_RECORDED = (PROVENANCE, SIGNATURE)
"""Files of a results folder that a record cannot hold the hash of: itself, and what is made of it."""
BUILT_BESIDE = (".pdf", ".png", ".docx")
"""Kinds that are built beside the committed ones (SVG, Markdown ...); a clone does not have them."""
WORKFLOW = "workflow:"


@dataclass(frozen=True)
class Places:
    """Names of files, and files of names.

    Parameters
    ----------
    results : the results folder
    workflow : folder of the Snakefile; another one than that around the results where the workflow is used as a module
    """

    results: Path
    workflow: Path

    @property
    def base(self) -> Path:
        """Folder that the results folder lies in: names of inputs begin there."""
        return absolute(self.results).parent

    def name(self, file: str | Path) -> str:
        """A file's name: below the folder around the results as it is, below the workflow's ``workflow:...``, else ``../...``."""
        whole = absolute(file)
        if not whole.is_relative_to(self.base):
            here, real = self._workflow
            whole = real / whole.relative_to(here) if whole.is_relative_to(here) else whole
            if whole.is_relative_to(real) and not whole.is_relative_to(self.base):
                return WORKFLOW + whole.relative_to(real).as_posix()
        if whole.is_relative_to(self.base):
            return whole.relative_to(self.base).as_posix()
        return Path(os.path.relpath(whole, self.base)).as_posix()

    @cached_property
    def _workflow(self) -> tuple[Path, Path]:
        """Folder of the workflow as it is named, and where it is: named through a link, its library still lies where it is."""
        here = absolute(self.workflow)
        return here, here.resolve()

    def file(self, name: str) -> Path:
        """The file that a name means."""
        if name.startswith(WORKFLOW):
            return absolute(self.workflow) / name.removeprefix(WORKFLOW)
        return absolute(self.base / name)

    def told(self, name: str) -> str:
        """How a reader is told of a file: by its name."""
        return name


def absolute(path: str | Path) -> Path:
    """A path from the root, without ``..``; links are left as they are."""
    return Path(os.path.abspath(path))  # noqa: PTH100  (resolve() would follow links)


def shown(text: str) -> str:
    """A name or a text of somebody else as a terminal may show it: signs that it would obey, or that have no look, as escapes."""
    return "".join(c if c.isprintable() or c == "\t" else repr(c)[1:-1] for c in text)


def there(path: Path) -> bool:
    """Whether there is such a file or folder; not where the name is one that none can have, or that may not be looked at."""
    try:
        return path.exists()
    except OSError:
        return False


def result_files(results: Path) -> Iterator[str]:
    """Every file of a results folder but those of :data:`NOT_RECORDED`, in alphabetical order; see :func:`walked`."""
    yield from walked(results)[0]


def walked(results: Path) -> tuple[list[str], dict[str, str]]:
    """The files of a results folder, and its folders that cannot be opened, with the reason; what lies in those is not known.

    A link to a folder is not followed and comes as a file: no result is one.
    """
    found: list[str] = []
    shut: dict[str, str] = {}

    def refused(error: OSError) -> None:
        shut[Path(error.filename).relative_to(results).as_posix()] = error.strerror or str(error)

    for place, folders, files in os.walk(results, onerror=refused):
        here = Path(place)
        links = [f for f in folders if os.path.islink(here / f)]  # noqa: PTH114  (is_symlink() raises where it may not look)
        found += [(here / f).relative_to(results).as_posix() for f in (*files, *links)]
    return sorted(name for name in found if name not in NOT_RECORDED), shut
