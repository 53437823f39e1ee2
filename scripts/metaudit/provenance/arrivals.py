"""What came in beside the inputs of a record, and would be read by the same run today."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path, PurePath
from typing import Any

from metaudit.formats.places import read_of_review
from metaudit.provenance.places import Places, there

# As metaudit.corpus.read has them, which is above this room; a test compares.
TABLE, PARTS, ENDINGS = "extraction", ("claims", "analyses"), (".parquet", ".csv")
_PRESETS = "presets"
_CAME = "it came in after the run."
_CAME_WITH_ALL = "this review came in after the run, which was of all reviews."


def arrivals(provenance: Mapping[str, Any], places: Places) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """Name of every such file, what is said of it, and the reviews or stages whose results would be other ones."""
    known = set(provenance["inputs"])
    for name, said, concerned in (
        *_of_reviews(provenance, places),
        *_of_all_reviews(provenance, places),
        *_of_corpus(provenance, places),
        *_of_presets(provenance, places),
    ):
        if name not in known:
            yield name, said, concerned


def _of_reviews(provenance: Mapping[str, Any], places: Places) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    for review, entry in provenance["reviews"].items():
        folders = sorted({places.file(name).parent for name in entry["inputs"]})
        for name in sorted({places.name(p) for folder in folders for p in read_of_review(folder)}):
            yield name, _CAME, (review,)


def _of_all_reviews(provenance: Mapping[str, Any], places: Places) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """Reviews beside those of a run that was told to take all of them."""
    if provenance["parameters"].get("reviews") != "all":
        return
    reviews = provenance["reviews"].items()
    files = [places.file(name) for r, about in reviews for name in about["inputs"] if name.endswith(f"{r}/review.yaml")]
    for place in sorted({file.parent.parent for file in files}):
        for file in sorted(p for p in place.glob("*/review.yaml") if p.is_file()):
            yield places.name(file), _CAME_WITH_ALL, ()


def _of_corpus(provenance: Mapping[str, Any], places: Places) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """Claims and analyses beside the table of a corpus, by the names under which they are read; a folder is one entry, and compared whole."""
    asked = provenance["parameters"].get("corpus")
    named = PurePath(str(asked["path"])).name if isinstance(asked, Mapping) and "path" in asked else ""
    inputs = provenance["inputs"].items()
    for file in [places.file(name) for name, entry in inputs if entry["kind"] == "corpus" and "files" not in entry]:
        if file.name == named:
            stems = [f"{file.stem}.{part}" for part in PARTS]
        elif file.stem == TABLE:  # the folder around it was named
            stems = [TABLE, *PARTS]
        else:
            continue
        beside = [file.with_name(f"{stem}{ending}") for stem in stems for ending in ENDINGS]
        yield from ((places.name(one), _CAME, ()) for one in beside if there(one) and one.is_file())


def _of_presets(provenance: Mapping[str, Any], places: Places) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """Defaults of programs beside those that stages read: such a stage reads every file of the folder."""
    stages: dict[Path, list[str]] = {}
    for stage, about in provenance["stages"].items():
        files = [places.file(name) for name in about["data"] if name.endswith(".yaml")]
        for folder in {file.parent for file in files if file.parent.name == _PRESETS}:
            stages.setdefault(folder, []).append(stage)
    for folder, concerned in sorted(stages.items()):
        for file in sorted(p for p in folder.glob("*.yaml") if p.is_file()):
            yield places.name(file), _CAME, tuple(concerned)
