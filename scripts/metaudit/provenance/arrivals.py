"""What came in beside the inputs of a record, and would be read by the same run today."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import PurePath
from typing import Any, NamedTuple

from metaudit.formats.places import read_of_review
from metaudit.provenance.places import Places, there

# As metaudit.corpus.read has them, which is above this room; a test compares.
TABLE, PARTS, ENDINGS = "extraction", ("claims", "analyses"), (".parquet", ".csv")
_PRESETS = "presets"
_CAME = "it came in after the run."
_CAME_WITH_ALL = "this review came in after the run, which was of all reviews."


class Arrival(NamedTuple):
    """One such file.

    Parameters
    ----------
    name : its name, as inputs have them
    said : what is said of it
    beside : an input that it came beside; what read that one would read this one
    alters : whether results of the run would be other ones; a review of its own adds to them
    """

    name: str
    said: str
    beside: str
    alters: bool = True


def arrivals(provenance: Mapping[str, Any], places: Places) -> Iterator[Arrival]:
    """Every such file."""
    for arrival in (
        *_of_reviews(provenance, places),
        *_of_all_reviews(provenance, places),
        *_of_corpus(provenance, places),
        *_of_presets(provenance, places),
    ):
        if arrival.name not in provenance["inputs"]:
            yield arrival


def _of_reviews(provenance: Mapping[str, Any], places: Places) -> Iterator[Arrival]:
    """By folders, not by ids: one of the run, and one outside that another refers to, may share an id."""
    inputs = provenance["inputs"].items()
    folders = {places.file(name).parent: name for name, entry in inputs if entry["kind"] == "review"}
    for folder, beside in folders.items():
        yield from (Arrival(places.name(file), _CAME, beside) for file in read_of_review(folder))


def _of_all_reviews(provenance: Mapping[str, Any], places: Places) -> Iterator[Arrival]:
    """Reviews beside those of a run that was told to take all of them."""
    if provenance["parameters"].get("reviews") != "all":
        return
    reviews = provenance["reviews"].items()
    named = [name for r, about in reviews for name in about["inputs"] if name.endswith(f"{r}/review.yaml")]
    for place, beside in sorted({places.file(name).parent.parent: name for name in named}.items()):
        for file in sorted(p for p in place.glob("*/review.yaml") if p.is_file()):
            yield Arrival(places.name(file), _CAME_WITH_ALL, beside, alters=False)


def _of_corpus(provenance: Mapping[str, Any], places: Places) -> Iterator[Arrival]:
    """Claims and analyses beside the table of a corpus, by the names under which they are read; a folder is one entry, and compared whole."""
    asked = provenance["parameters"].get("corpus")
    named = PurePath(str(asked["path"])).name if isinstance(asked, Mapping) and "path" in asked else ""
    inputs = provenance["inputs"].items()
    tables = [name for name, entry in inputs if entry["kind"] == "corpus" and "files" not in entry]
    for name, file in ((name, places.file(name)) for name in tables):
        if file.name == named:
            stems = [f"{file.stem}.{part}" for part in PARTS]
        elif file.stem == TABLE:  # the folder around it was named
            stems = [TABLE, *PARTS]
        else:
            continue
        beside = [file.with_name(f"{stem}{ending}") for stem in stems for ending in ENDINGS]
        yield from (Arrival(places.name(one), _CAME, name) for one in beside if there(one) and one.is_file())


def _of_presets(provenance: Mapping[str, Any], places: Places) -> Iterator[Arrival]:
    """Defaults of programs beside those that stages read: such a stage reads every file of the folder."""
    read = [name for about in provenance["stages"].values() for name in about["data"] if name.endswith(".yaml")]
    folders = {places.file(name).parent: name for name in read if places.file(name).parent.name == _PRESETS}
    for folder, beside in sorted(folders.items()):
        for file in sorted(p for p in folder.glob("*.yaml") if p.is_file()):
            yield Arrival(places.name(file), _CAME, beside)
