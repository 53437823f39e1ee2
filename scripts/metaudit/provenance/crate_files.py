"""The files of an RO-Crate: where it keeps them, and what it says of each."""

from __future__ import annotations

import json
import mimetypes
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from metaudit.provenance.places import CRATE, PROVENANCE, WORKFLOW, Places, absolute, there

SNAKEFILE = "Snakefile"
_MOST_METADATA = 50_000_000  # bytes; a crate of a hundred reviews has less than one million

DESCRIBED = ("audit.csv", "audit.json")
"""Files of a review's results that are described one by one; the others belong to its folder, and to provenance.json."""
# The table of the system's own kinds differs between machines.
_KINDS = mimetypes.MimeTypes(filenames=())
_OWN_KINDS = {
    ".csv": "text/csv",
    ".md": "text/markdown",
    ".parquet": "application/vnd.apache.parquet",
    ".smk": "text/x-python",
    ".woff2": "font/woff2",
    ".yaml": "application/yaml",
    ".j2": "text/plain",
    ".in": "text/plain",
    ".lock": "text/plain",
    ".cff": "application/yaml",
}

Entity = dict[str, Any]


@dataclass(frozen=True)
class Layout:
    """Where a crate has the files.

    Parameters
    ----------
    results : path of the results folder from the crate's root: empty when it is the root
    inputs : path of the folder around the results from the crate's root
    readme : path of the crate's own README; empty when it has none
    """

    results: str
    inputs: str
    readme: str = ""

    def result(self, name: str) -> str:
        """Path of a result from the crate's root."""
        return f"{self.results}{name}"

    def input(self, name: str) -> str:
        """Path of an input from the crate's root."""
        return f"{self.inputs}{inside(name)}"


IN_PLACE = Layout(results="", inputs="../")
"""The metadata lies in the results folder; inputs are named as the files they are, beside it."""
PACKED = Layout(results="results/", inputs="", readme="README.md")
"""The metadata lies in the folder around: everything is inside the crate."""


def inside(name: str) -> str:
    """Where a crate keeps an input: those of the folder around the results in their places, others in ``outside/``."""
    if name.startswith(WORKFLOW):
        return name.removeprefix(WORKFLOW)
    return f"outside/{re.sub(r'^([.][.]/)+', '', name)}" if name.startswith("../") else name


@dataclass(frozen=True)
class InCrate(Places):
    """The files of a crate that was unpacked: every input lies inside, wherever it lay when the run read it.

    Parameters
    ----------
    inputs : names of the inputs in the record
    """

    inputs: tuple[str, ...] = ()

    @cached_property
    def _names(self) -> dict[str, str]:
        return {inside(name): name for name in self.inputs}

    def name(self, file: str | Path) -> str:
        """The record's name of a file that it has, and of another one its path in the crate."""
        place = super().name(file)
        return self._names.get(place, place)

    def file(self, name: str) -> Path:
        """The file in the crate that a name of the record means."""
        return absolute(self.base / inside(name))

    def told(self, name: str) -> str:
        """Path in the crate, where a reader finds the file."""
        return inside(name)


def unpacked(base: Path, provenance: Mapping[str, Any]) -> bool:
    """Whether a folder is the unpacked crate of this record, and keeps inputs elsewhere than the record has them.

    It has metadata in its root, as no clone has. A working folder may be a crate of its own, and one that was unpacked may have been
    run in again, with files from elsewhere: so the metadata has to describe each of those inputs as the record does.
    """
    inputs = provenance["inputs"].items()
    moved = {name: entry for name, entry in inputs if inside(name) != name and entry["kind"] != "code"}
    if not moved or not (there(base / CRATE) and (base / CRATE).is_file()):
        return False
    described = _entities(base / CRATE)
    wanted = (file_of(PACKED.input(name), entry) for name, entry in moved.items())
    return all(one["@id"] in described and described[one["@id"]].get("sha256") == one.get("sha256") for one in wanted)


def _entities(metadata: Path) -> dict[str, Entity]:
    """What a crate describes, by identifier; nothing where the file is no metadata of a crate."""
    try:
        with metadata.open("rb") as file:
            content = file.read(_MOST_METADATA + 1)
        found = json.loads(content) if len(content) <= _MOST_METADATA else None
    except (OSError, ValueError, RecursionError):
        return {}
    graph = found.get("@graph") if isinstance(found, dict) else None
    return {str(e.get("@id")): e for e in graph if isinstance(e, dict)} if isinstance(graph, list) else {}


def links(ids: Sequence[str]) -> Any:
    """References; a single one stands alone, as RO-Crate's JSON-LD has it."""
    found = [{"@id": i} for i in ids]
    return found[0] if len(found) == 1 else found


def _kind(path: str) -> str:
    suffix = Path(path).suffix
    return _OWN_KINDS.get(suffix) or _KINDS.types_map[True].get(suffix) or "text/plain"


def file_of(path: str, entry: Mapping[str, Any]) -> Entity:
    """A file, by its path from the crate's root and what the record says of it; a corpus in a folder as the folder that it is."""
    if "files" in entry:
        return {
            "@id": f"{path}/",
            "@type": "Dataset",
            "name": Path(path).name,
            "description": f"{entry['files']} files",
        }
    return {
        "@id": path,
        "@type": "File",
        "name": re.sub(r"^([.][.]/)+", "", path),
        "encodingFormat": _kind(path),
        "contentSize": str(entry["bytes"]),
        "sha256": entry["sha256"],
    }


def folder_of(name: str, layout: Layout, about: tuple[str, str]) -> Entity:
    """A folder of the results; ``about`` has its name for readers and what lies in it."""
    return {"@id": layout.result(name), "@type": "Dataset", "name": about[0], "description": about[1]}


def library_of(path: str, provenance: Mapping[str, Any]) -> Entity:
    """The library of metaudit as one entity: its modules are in the record one by one."""
    count = sum(entry["kind"] == "code" for entry in provenance["inputs"].values())
    return {
        "@id": path,
        "@type": "Dataset",
        "name": "The library",
        "description": f"{count} modules and templates that the stages load; each with its SHA-256 in {PROVENANCE}.",
    }


def review_of(review: str, provenance: Mapping[str, Any], layout: Layout, titles: Mapping[str, str]) -> Entity:
    """The folder of a review's results, and what it was made from: its files, and those of the reviews its claims refer to."""
    about = provenance["reviews"][review]
    others = [name for other in about["refers_to"] for name in provenance["reviews"][other]["inputs"]]
    described = [layout.result(f"{review}/{name}") for name in DESCRIBED if f"{review}/{name}" in provenance["outputs"]]
    return {
        "@id": layout.result(f"{review}/"),
        "@type": "Dataset",
        "name": titles.get(review, review),
        "description": f"What can be re-derived of the numbers printed in {review}.",
        "isBasedOn": links([layout.input(name) for name in [*about["inputs"], *others]]),
        "hasPart": links(described),
    }
